//! The JSON form of the configuration language, as the same tree as the native one.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/syntax/json> and HCL's
//! `json/spec.md`. A nested object in a resource may be a block or an argument that is a map: only
//! the provider's schema knows. It becomes an argument, which reads the same either way, unless it
//! stands beside or around a `dynamic` block, or is named twice: then it is a block.

use std::collections::HashSet;
use std::sync::Arc;

use keylint_source::Span;
use keylint_syntax::data::{Member, Node, NodeKind};
use keylint_syntax::hcl::{self, Attribute, Block, Body, Expr, ExprKind, Item, Name, ObjectItem};
use keylint_syntax::{SyntaxError, SyntaxErrorKind, Text};

/// Parses a file; one of values has attributes at its top level, and its strings are no templates.
pub(super) fn parse(text: &Text, values: bool) -> (Body, Vec<SyntaxError>) {
    let (node, errors) = keylint_syntax::json::parse(text);
    let mut reader = Reader { errors, repeatable: HashSet::new() };
    let mut body = Body::default();
    for root in node.iter().flat_map(|node| if values { vec![node] } else { roots(node) }) {
        if !matches!(root.kind, NodeKind::Map(_) | NodeKind::Invalid) {
            let expected =
                if values { "an object is expected" } else { "an object, or a list of objects, is expected" };
            reader.errors.push(SyntaxError::new(SyntaxErrorKind::Syntax, root.span, expected.to_owned()));
        }
        for member in members(root).filter(|member| !is_comment(member)) {
            if values {
                body.items.push(Item::Attribute(reader.attribute(member, Strings::Literal)));
            } else {
                reader.top_level(member, &mut body);
            }
        }
    }
    let Reader { mut errors, repeatable } = reader;
    errors.retain(|error| error.kind != SyntaxErrorKind::DuplicateKey || !repeatable.contains(&error.span));
    (body, errors)
}

/// What a string in an expression is.
///
/// Source: the JSON syntax page, "Block-type-specific Exceptions"; what Terraform reads before it
/// evaluates anything (defaults, files of values, sources) is as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strings {
    /// A template.
    Template,
    /// A template, in an object that may be a block: `//` is a comment.
    Argument,
    /// An expression: a reference or a type.
    Bare,
    /// Text.
    Literal,
}

/// The top level may be a list of objects.
fn roots(node: &Node) -> Vec<&Node> {
    match &node.kind {
        NodeKind::List(nodes) => nodes.iter().collect(),
        _ => vec![node],
    }
}

fn members(node: &Node) -> impl Iterator<Item = &Member> {
    match &node.kind {
        NodeKind::Map(members) => members.iter(),
        _ => [].iter(),
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

/// Whether a node is an object, or a list of nothing else: the body of blocks.
fn is_body(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Map(_) => true,
        NodeKind::List(nodes) => nodes.iter().all(is_body),
        _ => false,
    }
}

/// Whether a member is `"dynamic": {"label": {"for_each": …, "content": …}}`.
fn is_dynamic(member: &Member) -> bool {
    fn is_repeated(node: &Node) -> bool {
        match &node.kind {
            NodeKind::List(nodes) => nodes.iter().all(is_repeated),
            NodeKind::Map(members) => {
                ["for_each", "content"].iter().all(|name| members.iter().any(|it| it.key.as_str() == *name))
            }
            _ => false,
        }
    }
    member.key.as_str() == "dynamic"
        && roots(&member.value).iter().all(|node| {
            let mut labels = members(node).filter(|member| !is_comment(member)).peekable();
            labels.peek().is_some() && labels.all(|label| is_repeated(&label.value))
        })
}

/// Whether there is a `dynamic` block in an object, at any depth. The parser limits the depth.
fn has_dynamic(node: &Node) -> bool {
    match &node.kind {
        NodeKind::List(nodes) => nodes.iter().any(has_dynamic),
        NodeKind::Map(members) => {
            members.iter().any(|member| is_dynamic(member) || has_dynamic(&member.value))
        }
        _ => false,
    }
}

/// What blocks of a type have for labels.
fn labels(block: &str) -> Option<usize> {
    Some(match block {
        "resource" | "data" | "ephemeral" => 2,
        "variable" | "output" | "module" | "provider" | "check" => 1,
        "locals" | "terraform" | "moved" | "import" | "removed" => 0,
        _ => return None,
    })
}

/// What stands in the body of a block.
enum Content {
    /// Nested blocks with so many labels.
    Blocks(usize),
    /// An argument.
    Argument(Strings),
    /// What only the schema of a provider tells.
    Open,
}

/// Source: the JSON syntax page, and the reference of each block.
fn content(block: &str, name: &str) -> Content {
    use Content::{Argument, Blocks, Open};
    match (block, name) {
        ("resource" | "data" | "ephemeral" | "removed", "lifecycle" | "connection") => Blocks(0),
        ("resource" | "data" | "ephemeral" | "removed", "provisioner") => Blocks(1),
        ("provisioner", "connection") => Blocks(0),
        ("resource" | "data" | "ephemeral", "count" | "for_each") => Argument(Strings::Template),
        ("resource" | "data" | "ephemeral", "depends_on" | "provider") => Argument(Strings::Bare),
        ("lifecycle", "precondition" | "postcondition") => Blocks(0),
        ("lifecycle", "ignore_changes" | "replace_triggered_by") => Argument(Strings::Bare),
        ("check", "assert") => Blocks(0),
        ("check", "data") => Blocks(2),
        ("variable", "validation") | ("output", "precondition") | ("dynamic", "content") => Blocks(0),
        ("variable", "type") => Argument(Strings::Bare),
        ("variable", "default") | ("variable" | "output", "description") => Argument(Strings::Literal),
        ("variable" | "output", "sensitive" | "ephemeral" | "nullable") => Argument(Strings::Literal),
        ("lifecycle", "create_before_destroy" | "prevent_destroy" | "destroy") => Argument(Strings::Literal),
        ("terraform", "required_providers") => Blocks(0),
        ("module", "source" | "version") => Argument(Strings::Literal),
        ("terraform" | "required_providers", _) => Argument(Strings::Literal),
        ("module", "providers" | "depends_on") | ("output", "depends_on") => Argument(Strings::Bare),
        ("dynamic", "iterator") | ("moved" | "removed", "from" | "to") => Argument(Strings::Bare),
        ("import", "to" | "provider") => Argument(Strings::Bare),
        ("resource" | "data" | "ephemeral" | "content", _) => Open,
        _ => Argument(Strings::Template),
    }
}

/// The members of a mapping as attributes whose strings are no templates.
pub(crate) fn values(members: &[Member]) -> Body {
    let mut reader = Reader { errors: Vec::new(), repeatable: HashSet::new() };
    let attributes = members.iter().map(|member| reader.attribute(member, Strings::Literal));
    Body { items: attributes.map(Item::Attribute).collect() }
}

struct Reader {
    errors: Vec<SyntaxError>,
    /// The keys that may be there twice: types and labels of blocks.
    repeatable: HashSet<Span>,
}

impl Reader {
    fn top_level(&mut self, member: &Member, body: &mut Body) {
        match labels(&member.key) {
            Some(count) => self.member_blocks(member, count, body),
            // No block of Terraform's: whoever looks at the blocks says so.
            None => {
                let (name, span) = (name(member), member.key_span.cover(member.value.span));
                let (labels, header) = (Vec::new(), name.span);
                body.items.push(Item::Block(Block { name, labels, body: Body::default(), span, header }));
            }
        }
    }

    fn member_blocks(&mut self, member: &Member, labels: usize, body: &mut Body) {
        self.repeatable.insert(member.key_span);
        self.blocks(&name(member), &member.value, labels, Vec::new(), body);
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
                    self.repeatable.insert(member.key_span);
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
            // Reported where it does not parse; null is no block.
            NodeKind::Invalid => {}
            NodeKind::Null if left == 0 => {}
            _ => self.errors.push(SyntaxError::new(
                SyntaxErrorKind::Syntax,
                node.span,
                format!("an object is expected for `{}`", block.text),
            )),
        }
    }

    fn body(&mut self, block: &str, all: &[Member]) -> Body {
        let mut body = Body::default();
        let blocks = block_types(all);
        for member in all.iter().filter(|member| !is_comment(member)) {
            let key = member.key.as_str();
            match content(block, key) {
                Content::Blocks(labels) => self.member_blocks(member, labels, &mut body),
                Content::Argument(strings) => {
                    body.items.push(Item::Attribute(self.attribute(member, strings)));
                }
                Content::Open if is_dynamic(member) => self.member_blocks(member, 1, &mut body),
                Content::Open
                    if is_body(&member.value) && (blocks.contains(key) || has_dynamic(&member.value)) =>
                {
                    let (block, mut inner) = (name(member), Body::default());
                    self.repeatable.insert(member.key_span);
                    self.nested(&block, &member.value, &mut inner);
                    body.items.append(&mut inner.items);
                }
                Content::Open => body.items.push(Item::Attribute(self.attribute(member, Strings::Argument))),
            }
        }
        body
    }

    /// Blocks of a provider.
    fn nested(&mut self, block: &Name, node: &Node, body: &mut Body) {
        match &node.kind {
            NodeKind::List(nodes) => nodes.iter().for_each(|node| self.nested(block, node, body)),
            NodeKind::Map(members) => {
                let span = block.span.cover(node.span);
                let inner = self.body("content", members);
                let block =
                    Block { name: block.clone(), labels: Vec::new(), body: inner, span, header: block.span };
                body.items.push(Item::Block(block));
            }
            _ => {}
        }
    }

    fn attribute(&mut self, member: &Member, strings: Strings) -> Attribute {
        let name = name(member);
        let value = self.expression(&member.value, strings);
        Attribute { span: member.key_span.cover(member.value.span), name, value }
    }

    /// The parser of JSON limits the depth.
    fn expression(&mut self, node: &Node, strings: Strings) -> Expr {
        let kind = match &node.kind {
            NodeKind::Null => ExprKind::Null,
            NodeKind::Bool(known) => ExprKind::Bool(*known),
            NodeKind::Number(text) => ExprKind::Number(text.clone()),
            NodeKind::String(text) => match strings {
                Strings::Literal => ExprKind::String(text.clone()),
                // Before Terraform 0.12 references were templates.
                Strings::Bare if !text.starts_with("${") => {
                    let (expression, errors) = hcl::parse_expression(text);
                    self.errors.extend(errors);
                    return expression;
                }
                _ => self.template(text),
            },
            NodeKind::Hole(_) | NodeKind::Invalid => ExprKind::Invalid,
            NodeKind::List(nodes) => {
                ExprKind::List(nodes.iter().map(|node| self.expression(node, strings)).collect())
            }
            NodeKind::Map(members) => {
                let shown = |member: &&Member| strings != Strings::Argument || !is_comment(member);
                ExprKind::Object(members.iter().filter(shown).map(|it| self.item(it, strings)).collect())
            }
        };
        Expr { span: node.span, kind }
    }

    fn item(&mut self, member: &Member, strings: Strings) -> ObjectItem {
        let key = match strings {
            Strings::Template | Strings::Argument => self.template(&member.key),
            Strings::Bare | Strings::Literal => ExprKind::String(member.key.clone()),
        };
        let key = Expr { span: member.key_span, kind: key };
        ObjectItem { key, value: self.expression(&member.value, strings) }
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

/// The types of a provider's blocks that are blocks for certain: what a `dynamic` block makes is of
/// one type with what stands beside it, and no argument is there twice.
fn block_types(all: &[Member]) -> HashSet<&str> {
    let dynamic = all.iter().filter(|member| is_dynamic(member));
    let labels = dynamic.flat_map(|it| roots(&it.value)).flat_map(members);
    let mut types: HashSet<&str> = labels.map(|label| label.key.as_str()).collect();
    let mut seen = HashSet::with_capacity(all.len());
    for member in all.iter().filter(|member| is_body(&member.value)) {
        if !seen.insert(member.key.as_str()) {
            types.insert(member.key.as_str());
        }
    }
    types
}
