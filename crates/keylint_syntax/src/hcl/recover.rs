//! Parses a body item by item, and saves what it can of an item that is broken.

use std::ops::Range;

use hcl_edit::parser::{self, Error};

use super::convert::Converter;
use super::lexer::{Bracket, Kind, Lexer};
use super::message::{Fault, describe, fault};
use super::place::Place;
use super::repair::parse_repaired;
use super::split::{Chunk, Flaw, split};
use super::tree::{Attribute, Block, Body, Expr, ExprKind, Item, Name};
use crate::error::{SyntaxError, SyntaxErrorKind};

/// The longest item that is given to the parser, whose tree takes some twenty times its size.
pub(super) const MAX_ITEM_BYTES: usize = 8 * 1024 * 1024;

/// What looking up keys may cost in all objects of a file, in comparisons: the parser compares
/// each key of an object with all before it. Enough for tens of objects with thousands of keys.
const MAX_COMPARISONS: u64 = 1_000_000_000;

/// How deep broken blocks are entered.
const MAX_DEPTH: usize = 64;

/// Parses the bodies of one file.
pub(super) struct BodyParser<'t> {
    text: &'t str,
    place: Place<'t>,
    /// How many bytes may still go to the parser, so that recovery stays linear.
    budget: u64,
    comparisons: u64,
    pub(super) errors: Vec<SyntaxError>,
}

impl<'t> BodyParser<'t> {
    pub(super) fn new(text: &'t str, place: Place<'t>) -> Self {
        let budget = (text.len() as u64).saturating_mul(8).saturating_add(1 << 20);
        BodyParser { text, place, budget, comparisons: MAX_COMPARISONS, errors: Vec::new() }
    }

    /// The body that consists of these items.
    pub(super) fn body(&mut self, chunks: &[Chunk], depth: usize) -> Body {
        let mut body = Body::default();
        for chunk in chunks {
            self.item(chunk, depth, &mut body.items);
        }
        let mut converter = Converter::new(self.text, self.place, 0);
        converter.report_redefined(&body);
        self.errors.append(&mut converter.errors);
        body
    }

    fn item(&mut self, chunk: &Chunk, depth: usize, items: &mut Vec<Item>) {
        if let Some(problem) = self.problem_before_parsing(chunk) {
            return self.recover(chunk, problem, depth, items);
        }
        self.comparisons = self.comparisons.saturating_sub(chunk.cost);
        let base = chunk.range.start;
        let piece = self.text.get(chunk.range.clone()).unwrap_or_default();
        let lexer = Lexer::new(piece, 0..piece.len());
        match parse_repaired(piece, lexer, parser::parse_body, &mut self.budget) {
            Ok(tree) => {
                let mut converter = Converter::new(self.text, self.place, base);
                items.append(&mut converter.body(&tree).items);
                self.errors.append(&mut converter.errors);
            }
            Err(error) => {
                let problem = self.problem(&error, base);
                self.recover(chunk, problem, depth, items);
            }
        }
    }

    /// What keeps an item from being parsed at all.
    fn problem_before_parsing(&self, chunk: &Chunk) -> Option<SyntaxError> {
        let length = chunk.range.len();
        let limit = |message: &str| {
            let start = self.place.span(chunk.range.start..chunk.range.start);
            Some(SyntaxError::new(SyntaxErrorKind::Limit, start, message))
        };
        if let Some(flaw) = &chunk.flaw {
            return Some(self.flaw(flaw));
        }
        if length > MAX_ITEM_BYTES {
            return limit("this is larger than 8 MiB");
        }
        if self.budget < length as u64 {
            return limit("this is not read: the file has too many errors");
        }
        if self.comparisons < chunk.cost {
            return limit("this has too many keys in one object");
        }
        None
    }

    fn flaw(&self, flaw: &Flaw) -> SyntaxError {
        let (range, message, help) = match flaw {
            Flaw::Unclosed(range) => {
                let written = self.text.get(range.clone()).unwrap_or_default().trim_end();
                let message = if written.starts_with("<<") {
                    "this heredoc has no end".to_owned()
                } else if written == "\"" {
                    "this string has no end".to_owned()
                } else {
                    format!("this `{written}` is not closed")
                };
                let help = written
                    .starts_with("<<")
                    .then(|| "write the end marker on a line of its own, with nothing after it".to_owned());
                let end = range.start + written.len();
                (range.start..end, message, help)
            }
            Flaw::Stray(range) => {
                let written = self.text.get(range.clone()).unwrap_or_default();
                (range.clone(), format!("this `{written}` closes nothing"), None)
            }
            Flaw::BrokenString(range) => {
                let help = "close the string, or write a heredoc (`<<-EOT`) for a text of several lines";
                (range.clone(), "this string does not end on its line".to_owned(), Some(help.to_owned()))
            }
        };
        let mut error = SyntaxError::new(SyntaxErrorKind::Syntax, self.place.span(range), message);
        error.help = help;
        error
    }

    fn problem(&self, error: &Error, base: usize) -> SyntaxError {
        syntax_error(error, self.text, self.place, base)
    }

    /// Reports a broken item and saves its sound parts: the items of a block, or at least the name
    /// of an attribute, so that it does not look as if it were not set.
    fn recover(&mut self, chunk: &Chunk, problem: SyntaxError, depth: usize, items: &mut Vec<Item>) {
        let shape = if depth < MAX_DEPTH { shape(self.text, &chunk.range) } else { Shape::Other };
        match shape {
            Shape::Block { brace } => {
                let already = self.errors.len();
                let Some(mut block) = self.header(chunk.range.start, brace) else {
                    self.errors.push(problem);
                    return;
                };
                let pieces = split(self.text, brace + 1..chunk.range.end, true);
                block.body = self.body(&pieces.chunks, depth + 1);
                block.span = self.place.span(chunk.range.clone());
                items.push(Item::Block(block));
                // The mistake is one of the items', reported there, unless none of them has any.
                let own = problem.span == self.place.span(brace..brace + 1);
                if own || self.errors.len() == already {
                    self.errors.push(problem);
                }
            }
            Shape::Attribute { name, value } => {
                let span = self.place.span(chunk.range.clone());
                let name = Name {
                    text: self.text.get(name.clone()).unwrap_or_default().into(),
                    span: self.place.span(name),
                };
                let value = Expr { span: self.place.span(value..chunk.range.end), kind: ExprKind::Invalid };
                items.push(Item::Attribute(Attribute { name, value, span }));
                self.errors.push(problem);
            }
            Shape::Other => self.errors.push(problem),
        }
    }

    /// A block with what stands before its brace, and an empty body.
    fn header(&mut self, start: usize, brace: usize) -> Option<Block> {
        let header = self.text.get(start..brace)?;
        self.budget = self.budget.checked_sub(header.len() as u64)?;
        let tree = parser::parse_body(&format!("{header}{{}}")).ok()?;
        let items = Converter::new(self.text, self.place, start).body(&tree).items;
        items.into_iter().find_map(|item| match item {
            Item::Block(block) => Some(block),
            Item::Attribute(_) => None,
        })
    }
}

/// A parser's error as one of ours. `base` is where in `text` the parsed piece begins.
pub(super) fn syntax_error(error: &Error, text: &str, place: Place<'_>, base: usize) -> SyntaxError {
    let mut at = (base + error.location().offset()).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let kind = match fault(error) {
        Fault::TooDeep => SyntaxErrorKind::Limit,
        Fault::Redefined | Fault::Syntax => SyntaxErrorKind::Syntax,
    };
    let length = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    SyntaxError::new(kind, place.span(at..at + length), describe(error, text, at))
}

/// What an item looks like from outside.
enum Shape {
    Block { brace: usize },
    Attribute { name: Range<usize>, value: usize },
    Other,
}

fn shape(text: &str, range: &Range<usize>) -> Shape {
    let mut name = None;
    for token in Lexer::new(text, range.clone()) {
        match (token.kind, &name) {
            (Kind::Word, None) => name = Some(token.range),
            (Kind::Equals, Some(name)) => {
                return Shape::Attribute { name: name.clone(), value: token.range.end };
            }
            (Kind::Open(Bracket::Brace), Some(_)) => return Shape::Block { brace: token.range.start },
            (Kind::Word | Kind::StringOpen | Kind::StringClose | Kind::Comment, Some(_)) => {}
            _ => break,
        }
    }
    Shape::Other
}
