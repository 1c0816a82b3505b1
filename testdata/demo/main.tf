# A small application: two secrets, the key that one of them uses, and the role that reads them.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 6.0" }
  }
}

variable "alert_account" {
  description = "The account that is told about failed rotations"
  type        = string
}

variable "readers" {
  description = "Who may read the database password"
  type        = string
  default     = "*"
}

resource "aws_kms_key" "secrets" {
  description             = "Encrypts the secrets of the application"
  deletion_window_in_days = 7
  policy                  = file("${path.module}/policies/key.json")
}

module "database_password" {
  source = "./modules/secret"

  name       = "app/database"
  kms_key_id = aws_kms_key.secrets.arn
  readers    = var.readers
}

module "api_token" {
  source = "./modules/secret"

  name = "app/api-token"
}

resource "aws_db_instance" "app" {
  identifier        = "app"
  engine            = "postgres"
  instance_class    = "db.t4g.micro"
  allocated_storage = 20
  username          = "app"
  password          = "correct-horse-battery-9"
  storage_encrypted = true
  kms_key_id        = aws_kms_key.secrets.arn
}

resource "aws_iam_role_policy" "worker" {
  name = "read-secrets"
  role = "worker"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadOwnSecret"
        Effect   = "Allow"
        Action   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
        Resource = module.database_password.arn
      },
      {
        Sid      = "ReadEverySecret"
        Effect   = "Allow"
        Action   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
        Resource = "*"
      },
    ]
  })
}

# keylint: ignore[ENC001] until=2099-12-31 carries no data, only the name of the secret
resource "aws_sns_topic" "rotation_failed" {
  name = "rotation-failed"
}

resource "aws_sns_topic_policy" "rotation_failed" {
  arn    = aws_sns_topic.rotation_failed.arn
  policy = data.aws_iam_policy_document.rotation_failed.json
}

data "aws_iam_policy_document" "rotation_failed" {
  statement {
    sid       = "Subscribe"
    actions   = ["sns:Subscribe"]
    resources = [aws_sns_topic.rotation_failed.arn]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.alert_account}:root"]
    }
  }
}
