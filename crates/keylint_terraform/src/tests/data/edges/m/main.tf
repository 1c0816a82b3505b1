variable "key" {}
variable "obj" {}
variable "pw" { sensitive = true }
locals { k = var.key }
resource "terraform_data" "inner" { input = var.key }
resource "terraform_data" "inner_local" { input = local.k }
resource "terraform_data" "inner_fn" { input = upper(local.k) }
resource "terraform_data" "inner_obj" { input = var.obj.id }
resource "terraform_data" "inner_obj2" { input = var.obj.other[0] }
resource "terraform_data" "cnt" { count = 2 }
resource "terraform_data" "usec" {
  count = 2
  input = { x = terraform_data.cnt[count.index].id, pw = var.pw }
}
module "n" {
  source = "./n"
  count  = 2
  x      = terraform_data.cnt[count.index].id
  all    = terraform_data.cnt
}
output "out" { value = terraform_data.inner.id }
output "nested" { value = module.n[0].x }
