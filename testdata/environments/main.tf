variable "reader" {
  type = string
}

resource "aws_kms_key" "data" {
  enable_key_rotation = terraform.workspace == "prod"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = var.reader }, Action = "kms:Decrypt", Resource = "*" }]
  })
}
