//! HCL: the native syntax of Terraform and OpenTofu.
//!
//! The parser is hcl-edit; what this module adds is what a linter needs and an editor of files
//! does not. A file is cut into its items by a scanner of our own (`lexer`, `split`), each item is
//! parsed on its own (`recover`), with what hcl-edit wrongly rejects replaced by something of the
//! same length (`repair`), and converted to a tree of ours (`convert`, `template`) whose literals
//! know byte by byte where they were written (`place`).
//!
//! Source: HCL Native Syntax Specification, <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>.

mod convert;
mod lexer;
mod message;
mod place;
mod recover;
mod repair;
mod split;
mod template;
mod tree;

use hcl_edit::parser;
use keylint_source::{FileId, SourceFile, Span};

pub use tree::{
    Attribute, BinaryOperator, Block, Body, Call, Expr, ExprKind, For, Item, Name, ObjectItem, SplatOperator,
    Template, TemplatePart, UnaryOperator,
};

use crate::comment::Comment;
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::text::Text;
use convert::Converter;
use lexer::Lexer;
use place::Place;
use recover::{BodyParser, syntax_error};
use template::Style;

/// Whether a text is an identifier of HCL.
pub fn is_identifier(text: &str) -> bool {
    hcl_edit::Ident::try_new(text).is_ok()
}

/// A parsed HCL file.
#[derive(Clone, Debug, Default)]
pub struct HclFile {
    /// What is in it, as far as it could be read.
    pub body: Body,
    /// Its comments in order.
    pub comments: Vec<Comment>,
    /// What is wrong with it, in order of position.
    pub errors: Vec<SyntaxError>,
}

/// Parses a file of the native syntax.
///
/// A broken item hides only itself. Of a broken block the sound items are kept; a broken attribute
/// is kept with [`ExprKind::Invalid`] as its value.
pub fn parse(file: &SourceFile) -> HclFile {
    let shift = file.mark_len();
    let text = file.text().get(shift..).unwrap_or_default();
    let place = Place::File(file.id(), shift);
    let pieces = split::split(text, 0..text.len(), false);
    let mut parser = BodyParser::new(text, place);
    let body = parser.body(&pieces.chunks, 0);
    let comments = pieces.comments.into_iter().map(|range| comment(text, place, range)).collect();
    let errors = parser.finish();
    HclFile { body, comments, errors }
}

fn comment(text: &str, place: Place<'_>, range: std::ops::Range<usize>) -> Comment {
    let written = text.get(range.clone()).unwrap_or_default();
    let (open, close) = match written.as_bytes() {
        [b'/', b'*', .., b'*', b'/'] if written.len() >= 4 => (2, 2),
        [b'/', _, ..] => (2, 0),
        _ => (1, 0),
    };
    let before = text.get(..range.start).unwrap_or_default().trim_end_matches([' ', '\t', '\r']);
    Comment {
        span: place.span(range.clone()),
        content: place.span(range.start + open..range.end - close),
        own_line: before.is_empty() || before.ends_with('\n'),
    }
}

/// Parses a text that is a template as a whole: the content of a template file, or a string of the
/// JSON syntax. When it does not parse, the template is one part that is invalid.
pub fn parse_template(text: &Text) -> (Template, Vec<SyntaxError>) {
    let (source, place) = (text.as_str(), Place::Text(text));
    let tree = match limits(source, place) {
        Ok(mut budget) => {
            repair::parse_repaired(source, Lexer::template(source), parser::parse_template, &mut budget)
                .map_err(|error| syntax_error(&error, source, place, 0..source.len()))
        }
        Err(error) => Err(error),
    };
    match tree {
        Ok(tree) => {
            let mut converter = Converter::new(source, place, 0);
            let parts = template::parts(&mut converter, &tree, Style::Bare);
            (Template { parts }, converter.errors)
        }
        Err(error) => {
            let invalid = Expr { span: whole(text), kind: ExprKind::Invalid };
            (Template { parts: vec![TemplatePart::Interpolation(invalid)] }, vec![error])
        }
    }
}

/// Parses a text that is an expression as a whole. When it does not parse, the expression is
/// [`ExprKind::Invalid`].
pub fn parse_expression(text: &Text) -> (Expr, Vec<SyntaxError>) {
    let (source, place) = (text.as_str(), Place::Text(text));
    let tree = match limits(source, place) {
        Ok(mut budget) => {
            let lexer = Lexer::new(source, 0..source.len());
            repair::parse_repaired(source, lexer, parser::parse_expr, &mut budget)
                .map_err(|error| syntax_error(&error, source, place, 0..source.len()))
        }
        Err(error) => Err(error),
    };
    match tree {
        Ok(tree) => {
            let mut converter = Converter::new(source, place, 0);
            let expression = converter.expression(&tree);
            (expression, converter.errors)
        }
        Err(error) => (Expr { span: whole(text), kind: ExprKind::Invalid }, vec![error]),
    }
}

fn whole(text: &Text) -> Span {
    text.span().unwrap_or(Span::new(FileId::NOWHERE, 0, 0))
}

/// How many bytes may be parsed of a text that is parsed as a whole.
fn limits(text: &str, place: Place<'_>) -> Result<u64, SyntaxError> {
    if text.len() > recover::MAX_ITEM_BYTES {
        let start = place.span(0..0);
        return Err(SyntaxError::new(SyntaxErrorKind::Limit, start, "this is larger than 8 MiB"));
    }
    Ok((text.len() as u64).saturating_mul(8).saturating_add(1 << 20))
}
