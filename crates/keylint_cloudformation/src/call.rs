//! Intrinsic functions as they are written: `!Sub x`, `{"Fn::Sub": x}`, `Fn::Sub: x`.
//!
//! The short form hangs on the node as a tag, the long form is a mapping with a single key. Both
//! become a [`Call`], and nothing behind this module knows which one was written.

use keylint_model::nearest;
use keylint_source::Span;
use keylint_syntax::data::{Member, Node, NodeKind, Tag};

/// A node, with or without its tag: the argument of a short form is the same node without it.
#[derive(Clone, Copy)]
pub(crate) struct View<'t> {
    pub(crate) span: Span,
    pub(crate) kind: &'t NodeKind,
    pub(crate) tag: Option<&'t Tag>,
}

impl<'t> From<&'t Node> for View<'t> {
    fn from(node: &'t Node) -> Self {
        View { span: node.span, kind: &node.kind, tag: node.tag.as_ref() }
    }
}

impl<'t> View<'t> {
    /// The string that is written here, if a plain one is.
    pub(crate) fn as_str(self) -> Option<&'t str> {
        match (self.kind, self.tag) {
            (NodeKind::String(text), None) => Some(text),
            _ => None,
        }
    }

    /// The elements of the list that is written here, if a plain one is.
    pub(crate) fn elements(self) -> Option<&'t [Node]> {
        match (self.kind, self.tag) {
            (NodeKind::List(elements), None) => Some(elements),
            _ => None,
        }
    }

    /// The members of the mapping that is written here; empty for anything else.
    pub(crate) fn members(self) -> &'t [Member] {
        match self.kind {
            NodeKind::Map(members) => members,
            _ => &[],
        }
    }

    /// The node with its tag.
    pub(crate) fn whole(self) -> Span {
        self.tag.map_or(self.span, |tag| tag.span.cover(self.span))
    }
}

/// Where a name is used.
#[derive(Clone, Copy)]
pub(crate) struct Token {
    pub(crate) span: Span,
    /// Whether the name itself stands there, and not a function that gives it.
    is_written: bool,
    /// Whether it is one of several names, of which a deployment has one.
    is_alternative: bool,
}

impl Token {
    /// Where the name itself is written.
    pub(crate) fn written(span: Span) -> Self {
        Token { span, is_written: true, is_alternative: false }
    }

    /// A node that is the name or gives it.
    pub(crate) fn of(node: &Node) -> Self {
        let view = View::from(node);
        Token { span: view.whole(), is_written: view.as_str().is_some(), is_alternative: false }
    }

    /// A function that gives the name.
    pub(crate) fn computed(span: Span) -> Self {
        Token { span, is_written: false, is_alternative: false }
    }

    /// The same for one of several names: that nothing has it is no fault of the other deployments.
    pub(crate) fn alternative(self) -> Self {
        Token { is_alternative: true, ..self }
    }

    /// Whether it is one of several names.
    pub(crate) fn is_alternative(self) -> bool {
        self.is_alternative
    }

    /// The same for a name of two parts, each with a place of its own.
    pub(crate) fn and(self, other: Token) -> Self {
        Token { is_written: self.is_written && other.is_written, ..self }
    }

    /// The name as a message may say it: what a function gives may be a secret.
    pub(crate) fn quote(self, name: &str) -> String {
        match self.is_written {
            true => format!("`{name}`"),
            false => "the name that this gives".to_owned(),
        }
    }

    /// Whether the name itself stands there.
    pub(crate) fn is_written(self) -> bool {
        self.is_written
    }
}

/// How the tag of what is not written in any template starts: no tag has this character.
pub(crate) const ITEM: &str = "!\0";

/// The intrinsic functions that have a meaning before deployment, and what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function<'t> {
    Ref,
    GetAtt,
    Sub,
    Join,
    Split,
    Select,
    FindInMap,
    If,
    And,
    Or,
    Not,
    Equals,
    Condition,
    ImportValue,
    Transform,
    Length,
    ToJsonString,
    Base64,
    Cidr,
    /// An item of a collection that is not known, by the key of its loop.
    Item(&'t str),
    /// A function of the service whose result only deployment knows: `Fn::GetAZs`.
    Opaque(&'t str),
    /// `Fn::…`, or a YAML tag, that the service does not have.
    Unknown(&'t str),
    /// A YAML tag of a tool that replaces it before the service sees the template: `!Rain::Module`. No
    /// function of the service has such a name.
    Foreign(&'t str),
}

/// One use of an intrinsic function.
#[derive(Clone, Copy)]
pub(crate) struct Call<'t> {
    pub(crate) function: Function<'t>,
    pub(crate) argument: View<'t>,
    /// Where the function is named: the tag or the key.
    pub(crate) token: Span,
    /// Where all of it is written.
    pub(crate) span: Span,
}

impl<'t> Call<'t> {
    /// The call that is written here, if one is. `Condition` as a key counts only where the
    /// caller expects a condition: policies and resources use the same key for their own ends.
    pub(crate) fn of(view: View<'t>) -> Option<Call<'t>> {
        if let Some(tag) = view.tag {
            // `!!str` and the like are the parser's business and change nothing here.
            if tag.name.starts_with("!!") || tag.name.starts_with("!<") {
                return Call::of(View { tag: None, ..view });
            }
            let function = match tag.name.strip_prefix(ITEM) {
                Some(key) => Function::Item(key),
                None => short_form(tag.name.trim_start_matches('!'), &tag.name),
            };
            let argument = View { tag: None, ..view };
            return Some(Call { function, argument, token: tag.span, span: view.whole() });
        }
        let [member] = view.members() else {
            return None;
        };
        let function = match member.key.as_str() {
            "Ref" => Function::Ref,
            // The short form of JSON; elsewhere the word is a property's.
            "Transform" if is_macro(&member.value) => Function::Transform,
            key => long_form(key)?,
        };
        Some(Call { function, argument: View::from(&member.value), token: member.key_span, span: view.span })
    }

    /// The same, with `{"Condition": "Name"}` as a call.
    pub(crate) fn of_condition(view: View<'t>) -> Option<Call<'t>> {
        if view.tag.is_none()
            && let [member] = view.members()
            && member.key.as_str() == "Condition"
        {
            let argument = View::from(&member.value);
            let token = member.key_span;
            return Some(Call { function: Function::Condition, argument, token, span: view.span });
        }
        Call::of(view)
    }

    /// The function's name in full, for messages and reasons.
    pub(crate) fn name(&self) -> &'t str {
        self.function.name()
    }
}

impl<'t> Function<'t> {
    pub(crate) fn name(self) -> &'t str {
        match self {
            Function::Ref => "Ref",
            Function::GetAtt => "Fn::GetAtt",
            Function::Sub => "Fn::Sub",
            Function::Join => "Fn::Join",
            Function::Split => "Fn::Split",
            Function::Select => "Fn::Select",
            Function::FindInMap => "Fn::FindInMap",
            Function::If => "Fn::If",
            Function::And => "Fn::And",
            Function::Or => "Fn::Or",
            Function::Not => "Fn::Not",
            Function::Equals => "Fn::Equals",
            Function::Condition => "Condition",
            Function::ImportValue => "Fn::ImportValue",
            Function::Transform => "Fn::Transform",
            Function::Length => "Fn::Length",
            Function::ToJsonString => "Fn::ToJsonString",
            Function::Base64 => "Fn::Base64",
            Function::Cidr => "Fn::Cidr",
            Function::Item(name)
            | Function::Opaque(name)
            | Function::Unknown(name)
            | Function::Foreign(name) => name,
        }
    }
}

/// The names of the functions without `Fn::`, as they are suggested.
const NAMES: [&str; 20] = [
    "Ref",
    "Condition",
    "GetAtt",
    "Sub",
    "Join",
    "Split",
    "Select",
    "FindInMap",
    "If",
    "And",
    "Or",
    "Not",
    "Equals",
    "ImportValue",
    "Transform",
    "Length",
    "ToJsonString",
    "Base64",
    "Cidr",
    "GetAZs",
];

/// The function that was probably meant by one that the service does not have, in the same form.
pub(crate) fn nearest_function(written: &str) -> Option<String> {
    let (prefix, name) = match (written.strip_prefix('!'), written.strip_prefix("Fn::")) {
        (Some(name), _) => ("!", name),
        (None, Some(name)) => ("Fn::", name),
        (None, None) => return None,
    };
    let near = nearest(name, NAMES)?;
    let is_bare = prefix == "Fn::" && matches!(near, "Ref" | "Condition");
    Some(if is_bare { near.to_owned() } else { format!("{prefix}{near}") })
}

/// The functions by their name without `Fn::`.
fn named(name: &str) -> Option<Function<'static>> {
    Some(match name {
        "GetAtt" => Function::GetAtt,
        "Sub" => Function::Sub,
        "Join" => Function::Join,
        "Split" => Function::Split,
        "Select" => Function::Select,
        "FindInMap" => Function::FindInMap,
        "If" => Function::If,
        "And" => Function::And,
        "Or" => Function::Or,
        "Not" => Function::Not,
        "Equals" => Function::Equals,
        "ImportValue" => Function::ImportValue,
        "Transform" => Function::Transform,
        "Length" => Function::Length,
        "ToJsonString" => Function::ToJsonString,
        "Base64" => Function::Base64,
        "Cidr" => Function::Cidr,
        "GetAZs" => Function::Opaque("Fn::GetAZs"),
        "GetStackOutput" => Function::Opaque("Fn::GetStackOutput"),
        _ => return None,
    })
}

fn short_form<'t>(name: &str, tag: &'t str) -> Function<'t> {
    match name {
        "Ref" => Function::Ref,
        "Condition" => Function::Condition,
        _ if name.contains("::") => Function::Foreign(tag),
        _ => named(name).unwrap_or(Function::Unknown(tag)),
    }
}

fn long_form(key: &str) -> Option<Function<'_>> {
    let name = key.strip_prefix("Fn::")?;
    if name.starts_with("ForEach::") {
        // A loop adds keys to the mapping that it stands in, even when it is the only one there.
        return None;
    }
    Some(named(name).unwrap_or(Function::Unknown(key)))
}

/// Whether a value is what a macro is called with.
fn is_macro(node: &Node) -> bool {
    let members = node.members();
    node.tag.is_none()
        && node.get("Name").is_some()
        && members.iter().all(|member| matches!(member.key.as_str(), "Name" | "Parameters"))
}

/// Whether a key of a mapping makes further members: a loop, or a transform of its siblings.
pub(crate) fn makes_members(key: &str) -> bool {
    key.starts_with("Fn::ForEach::") || key == "Fn::Transform"
}
