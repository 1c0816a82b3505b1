//! Code and data generation for keylint.

fn main() {}
