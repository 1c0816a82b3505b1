//! What a comment on its own line speaks of: the thing that starts right after it.
//!
//! That is the largest node of the tree that begins at the next token: in HCL a block, an
//! attribute, an item of an object or an element of a list; in YAML a key with its value, or an
//! item of a sequence. Taking the largest makes a comment above `resource` cover the resource and
//! one above a statement in `jsonencode` cover that statement, without a list of special cases.

use keylint_source::Span;
use keylint_syntax::Comment;
use keylint_syntax::data::{Node, NodeKind};
use keylint_syntax::hcl::{Body, Expr, ExprKind, Item};

/// The offset of the first byte after `from` that is neither white space nor in a comment.
/// `comments` are sorted by place.
pub(super) fn next_token(text: &str, comments: &[Comment], from: u32) -> Option<u32> {
    let mut at = from as usize;
    loop {
        let rest = text.get(at..)?;
        at += rest.len() - rest.trim_start().len();
        let offset = u32::try_from(at).ok()?;
        let after = comments.partition_point(|comment| comment.span.end <= offset);
        match comments.get(after).filter(|comment| comment.span.start <= offset) {
            Some(comment) if comment.span.end > offset => at = comment.span.end as usize,
            _ => return (at < text.len()).then_some(offset),
        }
    }
}

/// What starts at an offset of an HCL file.
pub(super) fn hcl_node_at(body: &Body, offset: u32) -> Option<Span> {
    let mut search = Search { offset, best: None };
    search.body(body);
    search.best
}

/// What starts at an offset of a YAML document, given the text that it was read from.
///
/// A block mapping begins where its first key does, so that "largest" would take in all its other
/// keys: a key stands for itself and its value, and only a dash in front stands for the whole.
pub(super) fn yaml_node_at(text: &str, roots: &[Node], offset: u32) -> Option<Span> {
    let rest = text.get(offset as usize..)?;
    let item = rest.strip_prefix('-').filter(|after| after.starts_with([' ', '\t', '\r', '\n']));
    let start = match item {
        Some(after) => offset + 1 + u32::try_from(after.len() - after.trim_start().len()).ok()?,
        None => offset,
    };
    let mut search = YamlSearch { offset: start, member: None, node: None };
    for root in roots {
        search.node(root);
    }
    match item {
        Some(_) => search.node,
        None => search.member.or(search.node),
    }
}

struct Search {
    offset: u32,
    best: Option<Span>,
}

impl Search {
    /// Notes a node; answers whether the offset can lie in it at all.
    fn note(&mut self, span: Span) -> bool {
        if span.start == self.offset && self.best.is_none_or(|best| best.end < span.end) {
            self.best = Some(span);
        }
        span.start < self.offset && self.offset < span.end
    }

    fn body(&mut self, body: &Body) {
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => {
                    if self.note(attribute.span) {
                        self.expression(&attribute.value);
                    }
                }
                Item::Block(block) => {
                    if self.note(block.span) {
                        self.body(&block.body);
                    }
                }
            }
        }
    }

    fn expression(&mut self, expression: &Expr) {
        if !self.note(expression.span) {
            return;
        }
        match &expression.kind {
            ExprKind::Object(items) => {
                for item in items {
                    if self.note(item.key.span.cover(item.value.span)) {
                        self.expression(&item.key);
                        self.expression(&item.value);
                    }
                }
            }
            // Literal text of a template is nothing that a comment can precede.
            _ => expression.each_child(&mut |inner| self.expression(inner)),
        }
    }
}

struct YamlSearch {
    offset: u32,
    member: Option<Span>,
    node: Option<Span>,
}

impl YamlSearch {
    fn node(&mut self, node: &Node) {
        // A tag (`!Sub`) stands in front of the value that it belongs to.
        let span = node.tag.as_ref().map_or(node.span, |tag| tag.span.cover(node.span));
        if span.start == self.offset && self.node.is_none_or(|best| best.end < span.end) {
            self.node = Some(span);
        }
        if self.offset < span.start || span.end <= self.offset {
            return;
        }
        match &node.kind {
            NodeKind::List(elements) => elements.iter().for_each(|element| self.node(element)),
            NodeKind::Map(members) => {
                for member in members {
                    // The value of a merge key or alias lies elsewhere.
                    let span = match member.value.span.start >= member.key_span.start {
                        true => member.key_span.cover(member.value.span),
                        false => member.key_span,
                    };
                    if span.start == self.offset && self.member.is_none_or(|best| best.end < span.end) {
                        self.member = Some(span);
                    }
                    self.node(&member.value);
                }
            }
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Number(_)
            | NodeKind::String(_)
            | NodeKind::Hole(_)
            | NodeKind::Invalid => {}
        }
    }
}
