variable "key_arn" {
  type = string
}

variable "readers" {
  type = set(string)
}

variable "principal" {
  type = string
}

data "aws_caller_identity" "current" {}

resource "aws_secretsmanager_secret" "orders" {
  name       = "orders"
  kms_key_id = var.key_arn
}

resource "aws_secretsmanager_secret_policy" "orders" {
  secret_arn = aws_secretsmanager_secret.orders.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Own"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
        Action    = "secretsmanager:GetSecretValue"
        Resource  = "*"
      },
      {
        Sid       = "Readers"
        Effect    = "Allow"
        Principal = var.principal
        Action    = "secretsmanager:GetSecretValue"
        Resource  = "*"
      },
    ]
  })
}

module "reader" {
  source   = "./modules/reader"
  for_each = var.readers
  name     = each.key
}
