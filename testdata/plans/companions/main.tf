variable "own" { default = true }
variable "regions" { default = ["eu-central-1"] }
variable "password" {
  default   = "Tr0ub4dor-and-3-more"
  sensitive = true
}

resource "aws_kms_key" "k" {
  count = var.own ? 1 : 0

  enable_key_rotation = true
}

resource "aws_kms_alias" "k" {
  count = var.own ? 1 : 0

  name          = "alias/app"
  target_key_id = aws_kms_key.k[count.index].key_id
}

resource "aws_secretsmanager_secret" "s" {
  name       = "app"
  kms_key_id = var.own ? aws_kms_key.k[0].arn : null

  replica {
    region = var.regions[0]
  }
}

resource "aws_secretsmanager_secret" "t" {
  name       = "other"
  kms_key_id = one(aws_kms_alias.k[*].target_key_arn)
}

resource "aws_ssm_parameter" "p" {
  name   = "/app/password"
  type   = "SecureString"
  key_id = var.own ? aws_kms_alias.k[0].id : "alias/aws/ssm"
  value  = var.password
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "inline" {
  for_each = { own = aws_secretsmanager_secret.s.arn, other = aws_secretsmanager_secret.t.arn }

  statement {
    actions   = [each.key == "own" ? "secretsmanager:*" : "secretsmanager:GetSecretValue"]
    resources = [each.value]
  }
}

resource "aws_iam_role" "r" {
  name               = "reader"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "r" {
  for_each = data.aws_iam_policy_document.inline

  role   = aws_iam_role.r.id
  name   = each.key
  policy = each.value.json
}

resource "aws_iam_role" "open" {
  name = "open"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "*" }
    }]
  })
  managed_policy_arns = [aws_iam_policy.all.arn]
}

resource "aws_iam_policy" "all" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:*", Resource = "*" }] })
}
