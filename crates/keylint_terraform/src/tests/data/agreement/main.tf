variable "environment" {
  type    = string
  default = "dev"
}

variable "services" {
  type = map(object({
    port     = optional(number, 8080)
    replicas = optional(number)
    tags     = optional(map(string), {})
    public   = optional(bool, false)
  }))
  default = {
    api    = { port = "443", public = true, tags = { tier = "front" } }
    worker = {}
  }
}

variable "names" {
  type    = set(string)
  default = ["b", "a", "b"]
}

variable "pair" {
  type    = tuple([string, number])
  default = ["x", "7"]
}

variable "unset" {
  type    = string
  default = null
}

variable "kept" {
  type     = string
  default  = "kept"
  nullable = false
}

locals {
  prefix  = "${var.environment}-${local.suffix}"
  suffix  = upper(join("", [for name in var.names : substr(name, 0, 1)]))
  public  = [for name, service in var.services : name if service.public]
  ports   = { for name, service in var.services : name => service.port }
  by_port = { for name, service in var.services : service.public => name... }
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for name in sort(keys(var.services)) : {
      Sid      = title(name)
      Effect   = "Allow"
      Action   = concat(["kms:Decrypt"], name == "api" ? ["kms:Encrypt"] : [])
      Resource = "arn:aws:kms:*:*:key/${name}"
    }]
  })
}

module "service" {
  source   = "./modules/service"
  for_each = var.services

  name     = "${local.prefix}-${each.key}"
  settings = each.value
  kept     = null
}

module "counted" {
  source = "./modules/leaf"
  count  = length(local.public) + 1
  value  = count.index
}

module "absent" {
  source = "./modules/leaf"
  count  = var.environment == "prod" ? 1 : 0
  value  = "never"
}

resource "terraform_data" "locals" {
  input = {
    prefix  = local.prefix
    public  = local.public
    ports   = local.ports
    by_port = local.by_port
    policy  = local.policy
    pair    = var.pair
    unset   = var.unset
    first   = try(module.absent[0].value, "absent")
    outputs = { for key, service in module.service : key => service.endpoint }
    values  = module.counted[*].value
    total   = sum(module.counted[*].number)
    names   = var.names
  }
}

resource "terraform_data" "each" {
  for_each = { for name, service in var.services : name => service if service.port > 1000 }
  input    = "${each.key}:${each.value.port}"
}

resource "terraform_data" "set" {
  for_each         = var.names
  input            = each.value
  triggers_replace = terraform_data.locals.input.prefix
}

resource "terraform_data" "counted" {
  count = 3
  input = [count.index, element(["a", "b"], count.index)]
}

resource "terraform_data" "template" {
  input = templatefile("${path.module}/templates/list.tftpl", {
    names = var.names
    title = "Names"
    last  = one([for index, name in sort(var.names) : name if index == 1])
  })
}

resource "terraform_data" "text" {
  input = <<-EOT
    first ${local.prefix}
      second %{if length(local.public) > 0}yes%{else}no%{endif}
    third ${jsonencode(["<", 1.5, null])}
  EOT
}

resource "terraform_data" "reference" {
  input = [terraform_data.counted[1].input, terraform_data.each["worker"].input]
}
