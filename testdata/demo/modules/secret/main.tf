resource "aws_secretsmanager_secret" "this" {
  name                    = var.name
  kms_key_id              = var.kms_key_id
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_policy" "this" {
  count = var.readers == null ? 0 : 1

  secret_arn = aws_secretsmanager_secret.this.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Read"
      Effect    = "Allow"
      Principal = var.readers
      Action    = "secretsmanager:GetSecretValue"
      Resource  = "*"
    }]
  })
}

output "arn" {
  value = aws_secretsmanager_secret.this.arn
}
