variable "name" {
  type = string
}

variable "kms_key_id" {
  description = "The customer-managed key; the AWS-managed one when null"
  type        = string
  default     = null
}

variable "readers" {
  description = "Who may read the secret, besides the account's own policies"
  type        = string
  default     = null
}
