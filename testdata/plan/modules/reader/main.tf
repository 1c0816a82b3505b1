variable "name" {
  type = string
}

resource "aws_iam_role_policy" "reader" {
  name = var.name
  role = var.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = var.name == "admin" ? "*" : "secretsmanager:ListSecrets"
      Resource = "*"
    }]
  })
}
