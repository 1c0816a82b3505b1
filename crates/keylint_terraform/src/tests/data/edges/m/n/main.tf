variable "x" {}
variable "all" {}
resource "terraform_data" "leaf" { input = var.x }
resource "terraform_data" "leaf2" { input = var.all[0].id }
output "x" { value = terraform_data.leaf.id }
