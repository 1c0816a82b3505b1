//! Makes nodes that the transform adds to a template.
//!
//! Each stands for the place of the template that caused it: a policy template for its name, a
//! permission for its event. So a finding about what SAM makes points at what the user can edit.

use keylint_source::Span;
use keylint_syntax::data::{Member, Node, NodeKind};

use keylint_syntax::{Segment, Text, json};

use crate::call::{Call, Function, View};

/// Makes nodes for a place.
#[derive(Clone, Copy)]
pub(super) struct Make(pub(super) Span);

impl Make {
    fn node(self, kind: NodeKind) -> Node {
        Node { span: self.0, kind, tag: None }
    }

    /// Text that is written nowhere, and stands for the place as a whole.
    pub(super) fn characters(self, text: &str) -> Text {
        Text::mapped(text, vec![Segment { start: 0, span: self.0, exact: false }])
    }

    pub(super) fn text(self, text: &str) -> Node {
        self.node(NodeKind::String(self.characters(text)))
    }

    pub(super) fn boolean(self, value: bool) -> Node {
        self.node(NodeKind::Bool(value))
    }

    pub(super) fn list(self, elements: Vec<Node>) -> Node {
        self.node(NodeKind::List(elements))
    }

    pub(super) fn member(self, name: &str, value: Node) -> Member {
        Member { key: self.characters(name), key_span: self.0, value }
    }

    pub(super) fn map<'n>(self, members: impl IntoIterator<Item = (&'n str, Node)>) -> Node {
        let members = members.into_iter().map(|(name, value)| self.member(name, value));
        self.node(NodeKind::Map(members.collect()))
    }

    pub(super) fn members(self, members: Vec<Member>) -> Node {
        self.node(NodeKind::Map(members))
    }

    /// A function in its long form.
    pub(super) fn call(self, name: &str, argument: Node) -> Node {
        self.map([(name, argument)])
    }

    pub(super) fn reference(self, name: &str) -> Node {
        self.call("Ref", self.text(name))
    }

    pub(super) fn get_att(self, name: &str, attribute: &str) -> Node {
        self.call("Fn::GetAtt", self.list(vec![self.text(name), self.text(attribute)]))
    }

    pub(super) fn sub(self, text: &str) -> Node {
        self.call("Fn::Sub", self.text(text))
    }

    pub(super) fn no_value(self) -> Node {
        self.reference("AWS::NoValue")
    }

    /// What the transform makes here in a way that is not modelled.
    pub(super) fn unknown(self) -> Node {
        self.call("Fn::Transform", self.map([("Name", self.text(super::TRANSFORM))]))
    }

    /// The tree of a JSON text.
    pub(super) fn json(self, text: &str) -> Node {
        let (root, _) = json::parse(&self.characters(text));
        root.unwrap_or_else(|| self.unknown())
    }

    /// A policy document of statements.
    pub(super) fn document(self, statements: Vec<Node>) -> Node {
        self.map([("Version", self.text("2012-10-17")), ("Statement", self.list(statements))])
    }

    /// A statement that allows actions on a resource.
    pub(super) fn allow(self, actions: &[&str], resource: Node) -> Node {
        let actions = actions.iter().map(|action| self.text(action)).collect();
        self.map([("Effect", self.text("Allow")), ("Action", self.list(actions)), ("Resource", resource)])
    }

    /// The trust policy of a role that a service takes.
    pub(super) fn trust(self, service: &str) -> Node {
        let principal = self.map([("Service", self.list(vec![self.text(service)]))]);
        let statement = self.map([
            ("Effect", self.text("Allow")),
            ("Action", self.list(vec![self.text("sts:AssumeRole")])),
            ("Principal", principal),
        ]);
        self.document(vec![statement])
    }

    /// An element of `Policies` of a role.
    pub(super) fn inline(self, name: &str, document: Node) -> Node {
        self.map([("PolicyName", self.text(name)), ("PolicyDocument", document)])
    }
}

/// The call that a node is, in either form.
pub(super) fn call(node: &Node) -> Option<Call<'_>> {
    Call::of(View::from(node))
}

/// The name that a node refers to by `Ref`.
pub(super) fn referenced(node: &Node) -> Option<&str> {
    let call = call(node).filter(|call| call.function == Function::Ref)?;
    call.argument.as_str()
}

pub(super) fn is_no_value(node: &Node) -> bool {
    referenced(node) == Some("AWS::NoValue")
}

/// The plain string that a node is.
pub(super) fn plain(node: &Node) -> Option<&str> {
    View::from(node).as_str()
}

/// The parts of an `Fn::If`: condition and two values.
pub(super) fn alternatives(node: &Node) -> Option<[&Node; 3]> {
    let call = call(node).filter(|call| call.function == Function::If)?;
    match call.argument.elements()? {
        [condition, holds, fails] => Some([condition, holds, fails]),
        _ => None,
    }
}
