//! Names of resources, and the edges between them.

use std::fmt;
use std::sync::Arc;

/// The name of one resource of a stack as output shows it: a Terraform address with instance keys
/// (`module.fleet["a"].aws_x.y[0]`, `data.` in front of the type for a data source, `[*]` for a
/// symbolic instance), a CloudFormation logical id, or the file name of a bare policy document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(Arc<str>);

impl Address {
    /// An address from its canonical spelling.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Address(text.into())
    }

    /// The canonical spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An attribute of a resource in the same stack, as a value that only deployment decides:
/// `aws_kms_key.this.arn`, `!GetAtt Key.Arn`, `!Ref Key`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The resource.
    pub address: Address,
    /// The attribute path in the front end's own terms: `arn`, `Endpoint.Address`; for
    /// CloudFormation's `Ref` it is `Ref`.
    pub attribute: Arc<str>,
}
