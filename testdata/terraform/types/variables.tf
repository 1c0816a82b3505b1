# Variables without values: what Terraform knows of them is their types.
variable "s" { type = string }
variable "b" { type = bool }
variable "n" { type = number }
variable "l" { type = list(string) }
variable "ln" { type = list(number) }
variable "t" { type = set(string) }
variable "m" { type = map(string) }
variable "o" { type = object({ a = string, n = number, l = list(object({ q = number })), c = any, e = optional(string) }) }
variable "u" { type = tuple([string, number, list(string)]) }
variable "x" { type = any }
variable "la" { type = list(any) }
variable "ma" { type = map(any) }
variable "mo" { type = map(object({ z = string })) }
variable "to" { type = set(object({ z = string })) }
variable "mm" { type = map(map(string)) }
