//! The JSON form of the configuration language, as the same tree as the native one.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/syntax/json>. A nested object in a
//! resource may be a block or an argument that is a map: only the provider's schema knows. It
//! becomes an argument; a list of objects reads the same either way.

use std::sync::Arc;

use keylint_syntax::data::{Member, Node, NodeKind};
use keylint_syntax::hcl::{self, Attribute, Block, Body, Expr, ExprKind, Item, Name, ObjectItem};
use keylint_syntax::{SyntaxError, SyntaxErrorKind, Text};

/// Parses a file; one of values has attributes at its top level.
pub(super) fn parse(text: &Text, values: bool) -> (Body, Vec<SyntaxError>) {
    let (node, errors) = keylint_syntax::json::parse(text);
    let mut reader = Reader { errors };
    let mut body = Body::default();
    for root in node.iter().flat_map(roots) {
        for member in root.members() {
            if is_comment(member) {
                continue;
            }
            if values {
                body.items.push(Item::Attribute(reader.attribute(member, false)));
            } else {
                reader.top_level(member, &mut body);
            }
        }
    }
    (body, reader.errors)
}

/// The top level may be a list of objects.
fn roots(node: &Node) -> Vec<&Node> {
    match &node.kind {
        NodeKind::List(nodes) => nodes.iter().collect(),
        _ => vec![node],
    }
}

/// `//` is a comment.
fn is_comment(member: &Member) -> bool {
    member.key.as_str() == "//"
}

fn name(member: &Member) -> Name {
    let span = member.key.span().unwrap_or(member.key_span);
    Name { text: Arc::clone(member.key.shared()), span }
}

/// What blocks of a type have for labels.
fn labels(block: &str) -> Option<usize> {
    Some(match block {
        "resource" | "data" | "ephemeral" => 2,
        "variable" | "output" | "module" | "provider" => 1,
        "locals" | "terraform" | "moved" | "import" | "removed" => 0,
        _ => return None,
    })
}

struct Reader {
    errors: Vec<SyntaxError>,
}

impl Reader {
    fn top_level(&mut self, member: &Member, body: &mut Body) {
        let Some(count) = labels(&member.key) else { return };
        self.blocks(&name(member), &member.value, count, Vec::new(), body);
    }

    /// Descends through the labels to the bodies.
    fn blocks(&mut self, block: &Name, node: &Node, left: usize, labels: Vec<Name>, body: &mut Body) {
        match &node.kind {
            NodeKind::List(nodes) => {
                for node in nodes {
                    self.blocks(block, node, left, labels.clone(), body);
                }
            }
            NodeKind::Map(members) if left > 0 => {
                for member in members.iter().filter(|member| !is_comment(member)) {
                    let mut labels = labels.clone();
                    labels.push(name(member));
                    self.blocks(block, &member.value, left - 1, labels, body);
                }
            }
            NodeKind::Map(members) => {
                let header = labels.last().map_or(block.span, |label| label.span);
                let span = header.cover(node.span);
                let body_of = self.body(&block.text, members);
                let block = Block { name: block.clone(), labels, body: body_of, span, header };
                body.items.push(Item::Block(block));
            }
            _ => self.errors.push(SyntaxError::new(
                SyntaxErrorKind::Syntax,
                node.span,
                format!("an object is expected for `{}`", block.text),
            )),
        }
    }

    fn body(&mut self, block: &str, members: &[Member]) -> Body {
        let mut body = Body::default();
        for member in members.iter().filter(|member| !is_comment(member)) {
            match (block, member.key.as_str()) {
                ("variable", "validation")
                | ("resource" | "data", "lifecycle" | "provisioner" | "connection") => {
                    self.blocks(&name(member), &member.value, 0, Vec::new(), &mut body);
                }
                ("resource" | "data", "dynamic") => {
                    self.blocks(&name(member), &member.value, 1, Vec::new(), &mut body);
                }
                ("dynamic", "content") => {
                    self.blocks(&name(member), &member.value, 0, Vec::new(), &mut body);
                }
                ("variable", "type") => body.items.push(Item::Attribute(self.attribute(member, true))),
                _ => body.items.push(Item::Attribute(self.attribute(member, false))),
            }
        }
        body
    }

    /// An attribute. `bare` when its string is an expression, not a template.
    fn attribute(&mut self, member: &Member, bare: bool) -> Attribute {
        let name = name(member);
        let value = match &member.value.kind {
            NodeKind::String(text) if bare => {
                let (expression, errors) = hcl::parse_expression(text);
                self.errors.extend(errors);
                expression
            }
            _ => self.expression(&member.value),
        };
        Attribute { span: member.key_span.cover(member.value.span), name, value }
    }

    /// The parser of JSON limits the depth.
    fn expression(&mut self, node: &Node) -> Expr {
        let kind = match &node.kind {
            NodeKind::Null => ExprKind::Null,
            NodeKind::Bool(known) => ExprKind::Bool(*known),
            NodeKind::Number(text) => ExprKind::Number(text.clone()),
            NodeKind::String(text) => self.template(text),
            NodeKind::Hole(_) | NodeKind::Invalid => ExprKind::Invalid,
            NodeKind::List(nodes) => ExprKind::List(nodes.iter().map(|node| self.expression(node)).collect()),
            NodeKind::Map(members) => {
                let members = members.iter().filter(|member| !is_comment(member));
                ExprKind::Object(members.map(|member| self.item(member)).collect())
            }
        };
        Expr { span: node.span, kind }
    }

    fn item(&mut self, member: &Member) -> ObjectItem {
        let key = Expr { span: member.key_span, kind: self.template(&member.key) };
        ObjectItem { key, value: self.expression(&member.value) }
    }

    fn template(&mut self, text: &Text) -> ExprKind {
        if !text.contains("${") && !text.contains("%{") {
            return ExprKind::String(text.clone());
        }
        let (template, errors) = hcl::parse_template(text);
        self.errors.extend(errors);
        ExprKind::Template(template)
    }
}
