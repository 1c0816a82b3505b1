variable "stores" {
  type    = map(object({ readers = list(string), days = number }))
  default = { orders = { readers = ["111122223333"], days = 7 }, users = { readers = ["*"], days = 30 } }
}

module "store" {
  source   = "./modules/store"
  for_each = var.stores

  name    = each.key
  readers = each.value.readers
  days    = each.value.days
  key     = aws_kms_key.store[each.key].arn
}

resource "aws_kms_key" "store" {
  for_each = var.stores

  description         = each.key
  enable_key_rotation = each.key == "orders"
}

resource "aws_kms_key_policy" "store" {
  for_each = aws_kms_key.store

  key_id = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Admin"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = "kms:*"
      Resource  = "*"
      }, {
      Sid       = "Everybody"
      Effect    = "Allow"
      Principal = { AWS = each.key == "users" ? "*" : "arn:aws:iam::111122223333:role/app" }
      Action    = "kms:Decrypt"
      Resource  = "*"
    }]
  })
}

resource "aws_iam_role_policy" "reader" {
  for_each = module.store

  name   = each.key
  role   = "reader"
  policy = each.value.read
}
