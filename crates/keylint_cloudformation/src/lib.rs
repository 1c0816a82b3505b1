//! CloudFormation templates as keylint stacks.
