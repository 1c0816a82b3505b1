//! Static policy-as-code linter for secrets, keys and access policies on AWS.

fn main() {}
