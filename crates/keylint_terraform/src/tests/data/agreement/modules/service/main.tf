variable "name" {
  type = string
}

variable "settings" {
  type = any
}

variable "kept" {
  type     = string
  default  = "module default"
  nullable = false
}

variable "flags" {
  type    = map(bool)
  default = { on = "true", off = false }
}

module "leaf" {
  source = "../leaf"
  value  = var.settings.port
}

resource "terraform_data" "this" {
  count = coalesce(var.settings.replicas, 1)
  input = merge({ name = "${var.name}-${count.index}", kept = var.kept, flags = var.flags }, var.settings.tags)
}

output "endpoint" {
  value = format("%s:%d", var.name, module.leaf.value)
}
