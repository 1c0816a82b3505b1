variable "name" { type = string }
variable "readers" { type = list(string) }
variable "days" { type = number }
variable "key" { type = string }

resource "aws_secretsmanager_secret" "this" {
  name                    = var.name
  kms_key_id              = var.key
  recovery_window_in_days = var.days
}

resource "aws_secretsmanager_secret_rotation" "this" {
  count = var.name == "orders" ? 1 : 0

  secret_id           = aws_secretsmanager_secret.this.id
  rotation_lambda_arn = "arn:aws:lambda:eu-west-1:111122223333:function:rotate"
  rotation_rules {
    automatically_after_days = 30
  }
}

data "aws_iam_policy_document" "share" {
  dynamic "statement" {
    for_each = var.readers
    content {
      sid       = "Read${statement.key}"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [aws_secretsmanager_secret.this.arn]
      principals {
        type        = "AWS"
        identifiers = [statement.value]
      }
    }
  }
}

resource "aws_secretsmanager_secret_policy" "this" {
  secret_arn          = aws_secretsmanager_secret.this.arn
  policy              = data.aws_iam_policy_document.share.json
  block_public_policy = true
}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["secretsmanager:*"]
    resources = [aws_secretsmanager_secret.this.arn]
  }
}

output "read" {
  value = data.aws_iam_policy_document.read.json
}
