data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Admin"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.$${region}.amazonaws.com"]
    }
  }
}

resource "aws_secretsmanager_secret_policy" "this" {
  for_each   = { for name, secret in var.secrets : name => secret if secret.create }
  secret_arn = aws_secretsmanager_secret.this[each.key].arn
  policy     = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = "*"
        Action    = ["secretsmanager:GetSecretValue", "secretsmanager:*"],
        Resource  = "*"
      },
    ]
  })

  dynamic "timeouts" {
    for_each = var.timeouts[*]
    content { create = timeouts.value }
  }
}
