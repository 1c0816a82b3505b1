//! Messages: text with expressions in braces.

use std::sync::Arc;

use keylint_syntax::Text;

use crate::cel::lowered::Node;
use crate::cel::{self, Variables};
use crate::kind::Kinds;
use crate::reader::{LoadError, range};
use crate::types::Type;

/// A message.
#[derive(Clone, Debug)]
pub struct Template(pub Vec<Piece>);

/// A part of a message.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text as it is.
    Text(Arc<str>),
    /// A string or number to be computed.
    Expression(Node),
}

impl Template {
    /// Compiles `the {self.noun} has {size(self.replicas)} replicas`. `{{` and `}}` are braces.
    ///
    /// # Errors
    ///
    /// A brace without its partner, an expression that does not compile or that is neither a
    /// string nor a number: a view of a secret value is neither, so no message can show one.
    pub fn compile(text: &Text, variables: &Variables, kinds: &Kinds) -> Result<Self, LoadError> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut offset = 0;
        while let Some(rest) = text.get(offset..).filter(|rest| !rest.is_empty()) {
            let Some(at) = rest.find(['{', '}']) else {
                plain.push_str(rest);
                break;
            };
            plain.push_str(rest.get(..at).unwrap_or(""));
            let brace = rest.get(at..).unwrap_or("");
            offset += at;
            if brace.starts_with("{{") || brace.starts_with("}}") {
                plain.push_str(brace.get(..1).unwrap_or(""));
                offset += 2;
                continue;
            }
            let Some(end) = brace.find('}').filter(|end| *end > 0) else {
                let whole = range(text);
                let place = text.span_of(offset..offset + 1).map_or(whole, keylint_source::Span::range);
                return Err(LoadError::new(place, "the brace has no partner; write it twice to mean itself"));
            };
            let inner = text.slice(offset + 1..offset + end);
            let node = cel::compile(&inner, variables, kinds)
                .map_err(|error| LoadError::in_condition(&inner, &error))?;
            if !matches!(node.ty, Type::String | Type::Number) {
                let message = format!("a string or a number is expected here, this is a {}", node.ty);
                return Err(LoadError::new(range(&inner), message));
            }
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain).into()));
            }
            pieces.push(Piece::Expression(node));
            offset += end + 1;
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain.into()));
        }
        Ok(Template(pieces))
    }
}
