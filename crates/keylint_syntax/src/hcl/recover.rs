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

/// How many errors of one file are reported. After them nothing is recovered any more.
const MAX_ERRORS: usize = 1000;

/// How deep broken blocks are entered.
const MAX_DEPTH: usize = 64;

/// Parses the bodies of one file.
pub(super) struct BodyParser<'t> {
    text: &'t str,
    place: Place<'t>,
    /// How many bytes may still go to the parser, so that recovery stays linear.
    budget: u64,
    comparisons: u64,
    errors: Vec<SyntaxError>,
}

impl<'t> BodyParser<'t> {
    pub(super) fn new(text: &'t str, place: Place<'t>) -> Self {
        let budget = (text.len() as u64).saturating_mul(8).saturating_add(1 << 20);
        BodyParser { text, place, budget, comparisons: MAX_COMPARISONS, errors: Vec::new() }
    }

    /// The errors in order of position; the last one says so when there are more.
    pub(super) fn finish(mut self) -> Vec<SyntaxError> {
        self.errors.sort_by_key(|error| error.span.start);
        if self.errors.len() >= MAX_ERRORS {
            let end = self.place.span(self.text.len()..self.text.len());
            let message = format!("this file has more than {MAX_ERRORS} errors, and only these are shown");
            self.errors.push(SyntaxError::new(SyntaxErrorKind::Limit, end, message));
        }
        self.errors
    }

    /// The body that consists of these items.
    pub(super) fn body(&mut self, chunks: &[Chunk], depth: usize) -> Body {
        let mut body = Body::default();
        let mut follows_broken = false;
        for chunk in chunks {
            let errors = self.errors.len();
            let shape = self.item(chunk, depth, &mut body.items);
            if follows_broken && shape == Some(Shape::Other) && chunk.flaw.is_none() {
                // The rest of what was broken before, one more line of it: once is enough.
                self.errors.truncate(errors);
            }
            follows_broken = shape.is_some();
            self.errors.truncate(MAX_ERRORS);
        }
        let mut converter = Converter::new(self.text, self.place, 0);
        converter.report_redefined(&body);
        self.errors.append(&mut converter.errors);
        self.errors.truncate(MAX_ERRORS);
        body
    }

    /// Parses one item. When it is broken, the answer is what it looks like.
    fn item(&mut self, chunk: &Chunk, depth: usize, items: &mut Vec<Item>) -> Option<Shape> {
        if chunk.flaw.is_some() && self.errors.len() >= MAX_ERRORS {
            return Some(Shape::Other);
        }
        if let Some(problem) = self.problem_before_parsing(chunk, depth) {
            return Some(self.recover(chunk, problem, depth, items));
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
                None
            }
            Err(_) if self.errors.len() >= MAX_ERRORS => Some(Shape::Other),
            Err(error) => {
                let problem = self.diagnose(chunk, piece, error);
                Some(self.recover(chunk, problem, depth, items))
            }
        }
    }

    /// What is wrong with an item that does not parse.
    ///
    /// Where an item stops short, the parser knows only that the whole item is not what it
    /// expects. So it looks again, at the item with a character behind it that is never right.
    fn diagnose(&mut self, chunk: &Chunk, piece: &str, error: Error) -> SyntaxError {
        let mut error = error;
        if fault(&error) == Fault::Syntax {
            let line = format!("{piece}\n\u{1}");
            let lexer = Lexer::new(&line, 0..line.len());
            let again = parse_repaired(&line, lexer, parser::parse_body, &mut self.budget);
            error = again.err().unwrap_or(error);
        }
        syntax_error(&error, self.text, self.place, chunk.range.clone())
    }

    /// What keeps an item from being parsed at all.
    fn problem_before_parsing(&self, chunk: &Chunk, depth: usize) -> Option<SyntaxError> {
        let length = chunk.range.len();
        let limit = |message: &str| {
            let start = self.place.span(chunk.range.start..chunk.range.start);
            Some(SyntaxError::new(SyntaxErrorKind::Limit, start, message))
        };
        // An item of the file itself is always looked at: it may be sound after many that are not.
        if depth > 0 && self.budget < length as u64 {
            return limit("this is not read: what is around it is too broken or too deep to be taken apart");
        }
        if let Some(flaw) = &chunk.flaw {
            return Some(self.flaw(flaw));
        }
        if length > MAX_ITEM_BYTES {
            return limit("this is larger than 8 MiB");
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
                } else if written == "/*" {
                    "this comment has no end".to_owned()
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

    /// Reports a broken item and saves its sound parts: the items of a block, or at least the name
    /// of an attribute, so that it does not look as if it were not set.
    fn recover(
        &mut self,
        chunk: &Chunk,
        mut problem: SyntaxError,
        depth: usize,
        items: &mut Vec<Item>,
    ) -> Shape {
        let shape = if depth < MAX_DEPTH { shape(self.text, &chunk.range) } else { Shape::Other };
        match shape.clone() {
            Shape::Block { brace } => {
                // Going through the block once more costs less than parsing it, but not nothing.
                self.budget = self.budget.saturating_sub(chunk.range.len() as u64 / 2);
                let already = self.errors.len();
                let Some(mut block) = self.header(chunk.range.start, brace) else {
                    self.errors.push(problem);
                    return shape;
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
                let written = self.text.get(value..chunk.range.end).unwrap_or_default();
                let start = chunk.range.end - written.trim_start().len();
                let value = Expr { span: self.place.span(start..chunk.range.end), kind: ExprKind::Invalid };
                if problem.span.start == span.start && problem.kind == SyntaxErrorKind::Syntax {
                    // The parser turned back to the name, which is not what is wrong.
                    problem.span = value.span;
                    problem.message = "this value is not an expression".to_owned();
                }
                items.push(Item::Attribute(Attribute { name, value, span }));
                self.errors.push(problem);
            }
            Shape::Other => self.errors.push(problem),
        }
        shape
    }

    /// A block with what stands before its brace, and an empty body.
    fn header(&mut self, start: usize, brace: usize) -> Option<Block> {
        let header = self.text.get(start..brace)?;
        self.budget = self.budget.checked_sub(header.len() as u64 + 64)?;
        let tree = parser::parse_body(&format!("{header}{{}}")).ok()?;
        let items = Converter::new(self.text, self.place, start).body(&tree).items;
        items.into_iter().find_map(|item| match item {
            Item::Block(block) => Some(block),
            Item::Attribute(_) => None,
        })
    }
}

/// A parser's error as one of ours. `range` is where in `text` the parsed piece is.
pub(super) fn syntax_error(error: &Error, text: &str, place: Place<'_>, range: Range<usize>) -> SyntaxError {
    let mut at = (range.start + error.location().offset()).min(range.end).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    // In two places the parser has gone on over what it did not expect.
    let passed = match error.message() {
        message if message.starts_with("invalid object value assignment") => 1,
        message if message.starts_with("invalid escape sequence") => 2,
        _ => 0,
    };
    let before = text.get(..at).unwrap_or_default();
    at -= before.chars().rev().take(passed).map(char::len_utf8).sum::<usize>();
    let kind = match fault(error) {
        Fault::TooDeep => SyntaxErrorKind::Limit,
        Fault::Redefined | Fault::Syntax => SyntaxErrorKind::Syntax,
    };
    let rest = text.get(at..range.end).unwrap_or_default();
    let length = rest.chars().next().map_or(0, char::len_utf8);
    SyntaxError::new(kind, place.span(at..at + length), describe(error, text, at, at == range.start))
}

/// What an item looks like from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
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
