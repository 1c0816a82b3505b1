//! One thing that a configuration creates or reads.

use std::sync::Arc;

use keylint_source::Span;

use crate::condition::Guard;
use crate::reference::Address;
use crate::value::{Entry, Map, Value};

/// Whether a resource is created or only read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Created by the configuration.
    Managed,
    /// Read by it: a Terraform data source.
    Data,
    /// A bare policy document.
    Document,
    /// No resource at all but an input of the template, so that rules can ask about it: a
    /// CloudFormation parameter, with type name `AWS::CloudFormation::Parameter`, its name as
    /// address and its declaration (`Type`, `Default`, `NoEcho`, …) as attributes. Not counted
    /// as a resource in the coverage.
    Input,
}

/// One instance of a resource of a configuration.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its name in the stack; unique there.
    pub address: Address,
    /// The front end's own type: `aws_kms_key`, `AWS::KMS::Key`; for a bare document
    /// `policy`.
    pub type_name: Arc<str>,
    /// Whether it is created or only read.
    pub mode: Mode,
    /// Its arguments or properties under the front end's own names. Terraform blocks are lists of
    /// maps, whatever their number.
    pub attributes: Map,
    /// Where it is written, its body included.
    pub span: Span,
    /// Where it is named: the block's type and labels, the logical id.
    pub header: Span,
    /// When it exists.
    pub guard: Guard,
    /// Whether it stands for a number of instances that only deployment decides (`[*]`).
    pub symbolic: bool,
    /// The calls it was reached through, innermost first; empty in a root module.
    pub calls: Arc<[CallSite]>,
    /// The CDK path, where the template says it.
    pub construct: Option<Arc<str>>,
}

/// A step on the way to a resource: a module call, a nested stack, a resource that it was made of.
#[derive(Clone, Debug)]
pub struct CallSite {
    /// The address of the module instance: `module.fleet["a"]`.
    pub address: Address,
    /// Where the call is written: its header, `module "fleet"`.
    pub span: Span,
    /// The whole call block, its arguments included: a suppression on it covers what it creates.
    pub block: Span,
    /// What the step is.
    pub kind: CallKind,
}

/// What a step on the way to a resource is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallKind {
    /// The call of a module.
    #[default]
    Module,
    /// A stack within another.
    Stack,
    /// A resource of the template that a transform turns into several.
    Transform,
    /// A file that the template includes.
    Include,
    /// Code of a CDK app that makes a construct.
    Construct,
}

impl CallSite {
    /// The label of the place in a report about a resource that the step leads to.
    pub fn describe(&self, resource: &Resource) -> String {
        match self.kind {
            CallKind::Module | CallKind::Stack => "called here".to_owned(),
            CallKind::Construct => format!("`{}` is made here", self.address),
            CallKind::Include => "included here".to_owned(),
            CallKind::Transform => format!("`{}` is made of this", resource.address),
        }
    }
}

impl Resource {
    /// Where it is called and written.
    pub fn places(&self) -> impl Iterator<Item = Span> {
        self.calls.iter().map(|call| call.span).chain([self.span])
    }

    /// The address of what is written for it: its own, or that of the resource of the template that a
    /// transform made it of. This is where a reader finds it; its own may stand nowhere.
    pub fn written_address(&self) -> &Address {
        let made = self.calls.iter().find(|call| call.kind == CallKind::Transform);
        made.map_or(&self.address, |call| &call.address)
    }

    /// The entry of an attribute.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.attributes.get(name)
    }

    /// The value of an attribute.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.attributes.value(name)
    }
}
