# A comment, then every form of expression.
terraform {
  required_version = ">= 1.5" // at least
}

/* a block
   comment */
locals {
  numbers  = [1, -2, 0.5, 1e10, - 3]
  booleans = [true, !false, null]
  precedence = 1 + 2 * 3 - 4 / 2 % 5 == 6 && !a || b != c ? x >= 1 : y < 2
  nested   = a ? b : c ? d : e
  object   = { a = 1, "b" : 2, (c) = 3, "${d}-e" = 4, null = 5, 6 = 7 }
  lines = {
    first  = 1 # one
    second = [
      1, # trailing
      2,
    ]
    /* between */ third = (
      1 +
      2
    )
  }
  list_for   = [for x in var.list : upper(x) if x != ""]
  object_for = { for key, value in var.map : key => value... if value != null }
  traversal  = a.b.0.c["d"][0].e
  splats     = [a.*.b.c[0], a[*].b[0].c, a.b[*].c[*].d]
  call       = merge({ a = 1 }, [for m in ms : m]...)
  namespaced = provider::aws::arn_parse("arn:aws:iam::1:role/x")
  unicode_é  = "ü"
  dashed-name = var.a-b
  conditional = (
    var.a
    ? 1
    : 2
  )
  for_lines = {
    for key, value in var.map :
    key => value.enabled ?
    value.arn :
    null
  }
}

resource "aws_kms_key" "this" { enable_key_rotation = true }
empty {}
labels plain "quoted \"label\"" {
}
