//! Cuts a body into its items before it is parsed, and collects the comments on the way.
//!
//! Each item goes to the parser on its own. A broken one then hides only itself, and the parser's
//! large tree exists for one item at a time.

use std::ops::Range;

use super::lexer::{Bracket, Kind, Lexer, Token, is_word};

/// One attribute or block, or something that is neither.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) range: Range<usize>,
    /// What is evidently wrong with it.
    pub(super) flaw: Option<Flaw>,
    /// What its brackets cost the parser, which compares each key of an object with all others.
    pub(super) cost: u64,
}

/// A mistake that the brackets and quotes alone give away.
#[derive(Clone, Debug)]
pub(super) enum Flaw {
    /// An opening bracket, quote, heredoc or comment marker without its end.
    Unclosed(Range<usize>),
    /// A closing bracket without its beginning.
    Stray(Range<usize>),
    /// A quoted string that does not end before its line does.
    BrokenString(Range<usize>),
}

/// What a body consists of.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pub(super) chunks: Vec<Chunk>,
    pub(super) comments: Vec<Range<usize>>,
    /// Where the body ends: at the closing brace, where there is one.
    pub(super) end: usize,
}

/// After an item that does not close, scanning starts anew at the next line that looks like the
/// header of a block. This often at most, so that scanning stays linear.
const MAX_RESTARTS: u32 = 8;

/// Cuts the body in `range` of `text`. With `in_braces` it ends at the first closing brace that
/// it does not open itself.
pub(super) fn split(text: &str, range: Range<usize>, in_braces: bool) -> Pieces {
    let mut splitter = Splitter {
        text,
        lexer: Lexer::new(text, range.clone()),
        in_braces,
        pieces: Pieces { end: range.end, ..Pieces::default() },
        item: None,
        counts: Vec::new(),
        anchor: None,
        restarts: 0,
    };
    splitter.run(&range);
    splitter.pieces
}

struct Splitter<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    in_braces: bool,
    pieces: Pieces,
    item: Option<Chunk>,
    /// How many items each open bracket has so far.
    counts: Vec<u64>,
    /// The first line within the current item that looks like the header of another block.
    anchor: Option<usize>,
    restarts: u32,
}

impl Splitter<'_> {
    fn run(&mut self, range: &Range<usize>) {
        loop {
            while let Some(token) = self.lexer.next() {
                if !self.token(&token) {
                    return;
                }
            }
            // The end of the text: an item that is still open hides whatever follows it.
            let Some(anchor) = self.next_anchor(range) else { break };
            self.end_item_at(anchor);
        }
        self.end_item(self.lexer.open());
    }

    /// Takes one token; false when it ends the body.
    fn token(&mut self, token: &Token) -> bool {
        match token.kind {
            Kind::Comment => {
                self.pieces.comments.push(token.range.clone());
                return true;
            }
            Kind::Newline => {
                self.newline(token.range.end);
                return true;
            }
            Kind::Stray if self.in_braces && self.text.as_bytes().get(token.range.start) == Some(&b'}') => {
                self.pieces.end = token.range.start;
                self.end_item(self.lexer.open());
                return false;
            }
            _ => {}
        }
        let item = self.item.get_or_insert_with(|| Chunk { range: token.range.clone(), flaw: None, cost: 0 });
        item.range.end = token.range.end.max(item.range.end);
        match token.kind {
            Kind::Stray => set(&mut item.flaw, Flaw::Stray(token.range.clone())),
            Kind::StringBroken => set(&mut item.flaw, Flaw::BrokenString(token.range.clone())),
            Kind::CommentOpen => set(&mut item.flaw, Flaw::Unclosed(token.range.clone())),
            Kind::Open(_) => self.counts.push(0),
            Kind::Close(bracket) => {
                let count = self.counts.pop().unwrap_or(0);
                if bracket == Bracket::Brace {
                    item.cost = item.cost.saturating_add(count.saturating_mul(count));
                }
                if let Some(opener) = self.lexer.mismatch() {
                    set(&mut item.flaw, Flaw::Unclosed(opener));
                }
            }
            Kind::Comma => self.count(),
            _ => {}
        }
        true
    }

    fn count(&mut self) {
        if let Some(count) = self.counts.last_mut() {
            *count += 1;
        }
    }

    fn newline(&mut self, next_line: usize) {
        if self.lexer.depth() == 0 {
            self.end_item(None);
            return;
        }
        self.count();
        if self.item.is_some() && looks_like_header(self.text, next_line) {
            if self.restarts > 0 {
                self.end_item_at(next_line);
            } else {
                self.anchor.get_or_insert(next_line);
            }
        }
    }

    /// Where to start anew after an item that is still open at the end of the text.
    fn next_anchor(&mut self, range: &Range<usize>) -> Option<usize> {
        let open = self.lexer.open()?;
        if self.restarts >= MAX_RESTARTS {
            return None;
        }
        let in_heredoc =
            if self.lexer.in_heredoc() { header_after(self.text, open.end, range.end) } else { None };
        self.anchor.into_iter().chain(in_heredoc).min()
    }

    fn end_item_at(&mut self, anchor: usize) {
        self.restarts += 1;
        let open = self.lexer.open_at(anchor);
        if let Some(item) = &mut self.item {
            item.range.end =
                self.text.get(..anchor).unwrap_or_default().trim_end().len().max(item.range.start);
        }
        self.end_item(open);
        while self.pieces.comments.pop_if(|comment| comment.start >= anchor).is_some() {}
        self.lexer.restart(anchor);
    }

    fn end_item(&mut self, open: Option<Range<usize>>) {
        self.anchor = None;
        self.counts.clear();
        self.lexer.forget_mismatch();
        if let Some(mut item) = self.item.take() {
            if let Some(open) = open {
                item.range.end = item.range.end.max(open.end);
                set(&mut item.flaw, Flaw::Unclosed(open));
            }
            self.pieces.chunks.push(item);
        }
    }
}

fn set(flaw: &mut Option<Flaw>, found: Flaw) {
    flaw.get_or_insert(found);
}

/// The first line after `from` that looks like the header of a block.
fn header_after(text: &str, from: usize, end: usize) -> Option<usize> {
    let rest = text.get(from..end)?;
    let starts = rest.match_indices('\n').map(|(index, _)| from + index + 1);
    std::iter::once(from).chain(starts).find(|start| looks_like_header(text, *start))
}

/// Whether a line that is not indented reads `type "label" {`.
fn looks_like_header(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    if !bytes.get(at).is_some_and(|byte| is_word(*byte)) {
        return false;
    }
    let line = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let Some((header, body)) = line.split_once('{') else { return false };
    let plain = |byte: u8| is_word(byte) || matches!(byte, b'-' | b' ' | b'\t' | b'"' | b'.' | b'/');
    header.bytes().all(plain) && matches!(body.trim_start().bytes().next(), None | Some(b'}' | b'#' | b'/'))
}
