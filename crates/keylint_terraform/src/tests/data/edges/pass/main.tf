variable "keys" {}
variable "key" {}
variable "unset" { default = "fixed" }
resource "terraform_data" "chained" {
  for_each = var.keys
  input    = each.value.id
}
resource "terraform_data" "indexed" {
  for_each = var.keys
  input    = var.keys[each.key].id
}
resource "terraform_data" "default" { input = "${var.unset}-${var.key}" }
output "given" { value = var.key }
output "all" { value = var.keys }
