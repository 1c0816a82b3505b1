resource "aws_secretsmanager_secret" "s" {
  name                    = "orders"
  kms_key_id              = aws_kms_key.k.arn
  recovery_window_in_days = 30
}

resource "aws_kms_key" "k" {
  description         = "d"
  enable_key_rotation = true
}

data "aws_iam_policy_document" "open" {
  statement {
    sid       = "Own"
    actions   = ["secretsmanager:DescribeSecret"]
    resources = [aws_secretsmanager_secret.s.arn]
    principals {
      type        = "AWS"
      identifiers = ["111122223333"]
    }
  }
  statement {
    sid       = "All"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.s.arn]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

data "aws_iam_policy_document" "merged" {
  source_policy_documents = [data.aws_iam_policy_document.open.json]
}

resource "aws_secretsmanager_secret_policy" "p" {
  secret_arn = aws_secretsmanager_secret.s.arn
  policy     = data.aws_iam_policy_document.merged.json
}
