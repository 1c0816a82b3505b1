variable "names" { default = ["a", "b"] }
variable "pw" {
  default   = "x"
  sensitive = true
}
locals {
  m   = { for n in var.names : n => { value = n, key = terraform_data.key[n].id } }
  ids = [for k in terraform_data.key : k.id]
  one = terraform_data.single.id
}
resource "terraform_data" "single" {}
resource "terraform_data" "key" { for_each = toset(var.names) }
resource "terraform_data" "cnt" { count = 2 }
resource "terraform_data" "user_local" { input = local.one }
resource "terraform_data" "user_local2" { input = "${local.one}/x" }
resource "terraform_data" "user_ids" { input = join(",", local.ids) }
resource "terraform_data" "user_splat" { input = terraform_data.cnt[*].id }
resource "terraform_data" "user_oldsplat" { input = terraform_data.cnt.*.id }
resource "terraform_data" "user_cond" { input = length(var.names) > 1 ? terraform_data.single.id : terraform_data.cnt[0].id }
resource "terraform_data" "by_each" {
  for_each = toset(var.names)
  input    = terraform_data.key[each.key].id
}
resource "terraform_data" "by_each_val" {
  for_each = terraform_data.key
  input    = each.value.id
}
resource "terraform_data" "by_each_local" {
  for_each = local.m
  input    = each.value.key
}
resource "terraform_data" "by_count" {
  count = 2
  input = terraform_data.cnt[count.index].id
}
resource "terraform_data" "by_count_mod" {
  count = 2
  input = terraform_data.cnt[(count.index + 1) % 2].id
}
resource "terraform_data" "by_lit" { input = terraform_data.key["a"].id }
resource "terraform_data" "by_var" { input = terraform_data.key[var.names[0]].id }
resource "terraform_data" "by_mod_each" {
  for_each = toset(var.names)
  input    = module.m[each.key].out
}
resource "terraform_data" "by_mod_each_two" {
  for_each = toset(var.names)
  input    = { a = module.m[each.key].out, b = terraform_data.single.id, c = "const" }
}
resource "terraform_data" "by_mod_val" {
  for_each = module.m
  input    = each.value.out
}
resource "terraform_data" "by_mod_all" { input = values(module.m)[*].out }
resource "terraform_data" "by_mod_whole" { input = [for k, v in module.m : v.nested] }
resource "terraform_data" "json" { input = jsonencode({ Statement = [{ Resource = terraform_data.single.id, Sid = "x" }, { Resource = module.m["a"].nested }] }) }
resource "terraform_data" "repl" {
  input            = "x"
  triggers_replace = [terraform_data.single, var.pw]
  lifecycle { replace_triggered_by = [terraform_data.key["a"]] }
  depends_on = [module.m]
}
module "m" {
  source   = "./m"
  for_each = toset(var.names)
  key      = terraform_data.key[each.key].id
  obj      = { id = terraform_data.single.id, other = [terraform_data.cnt[0].id] }
  pw       = var.pw
}
resource "terraform_data" "known" { input = "x" }
resource "terraform_data" "impure" { input = [uuid(), terraform_data.known.input] }
resource "terraform_data" "mix" { input = { a = [1, { b = terraform_data.key["a"].id, c = "x" }], d = "y", e = sensitive("zz") } }
resource "terraform_data" "by_other_mod" {
  for_each = toset(["a", "b", "c"])
  input    = try(module.m[each.key].out, terraform_data.single.id)
}
resource "terraform_data" "by_map" {
  for_each = { a = terraform_data.cnt[0].id, b = terraform_data.cnt[1].id }
  input    = each.value
}
resource "terraform_data" "through" { input = module.pass.given }
resource "terraform_data" "through_all" { input = module.pass.all["b"].id }
module "pass" {
  source = "./pass"
  keys   = terraform_data.key
  key    = terraform_data.key["a"].id
}
output "o" {
  value = { for k, m in module.m : k => m.out }
}
