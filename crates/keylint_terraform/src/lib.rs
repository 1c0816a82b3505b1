//! Terraform and OpenTofu configuration as keylint stacks.
//!
//! [`Project::load`] reads directories and the local modules that they call, each once;
//! [`Project::evaluate`] turns a root module into a [`keylint_model::Stack`]. Everything that only
//! deployment decides is an unknown value with its reason: nothing is guessed.

mod evaluate;
mod functions;
mod inputs;
mod instance_key;
mod limits;
pub mod plan;
mod project;
mod sets;
#[cfg(test)]
mod tests;
mod types;
mod unify;
mod values;

pub use inputs::{Acceptance, Argument, Given, Inputs, Values};
pub use project::{DirectoryId, ModuleDirectory, ParsedFile, Project, Shadowed, is_terraform_file};
