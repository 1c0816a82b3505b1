variable "value" {
  type = string
}

resource "terraform_data" "it" {
  input = "leaf ${var.value}"
}

output "value" {
  value = tonumber(var.value)
}

output "number" {
  value = var.value * 10
}
