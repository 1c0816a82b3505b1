//! Terraform and OpenTofu configuration as keylint stacks.
