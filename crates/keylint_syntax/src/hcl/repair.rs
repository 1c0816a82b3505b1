//! Gets around what hcl-edit does not accept although Terraform does.
//!
//! The parser sees a copy of the text in which the offending places are replaced by something of
//! the same length. Spans stay right, and as every name and literal is taken from the original
//! text by its span, nobody notices the replacement.

use std::collections::HashSet;
use std::ops::Range;

use hcl_edit::parser::Error;

use super::lexer::{Bracket, Kind, Lexer, Token};
use super::message::{Fault, fault};

/// How often one text is parsed again because of a key that is given twice. The first pass over
/// the text renames all that are plainly visible, so that few are left.
const MAX_RENAMES: usize = 100;

/// Parses `text`, with repairs where the parser stops at something that is right. `lexer` scans
/// the same text. `budget` is how many bytes may be parsed before giving up.
pub(super) fn parse_repaired<T>(
    text: &str,
    lexer: Lexer<'_>,
    parse: impl Fn(&str) -> Result<T, Error>,
    budget: &mut u64,
) -> Result<T, Error> {
    // Even an empty text takes a while.
    let length = text.len() as u64 + 64;
    let mut error = match parse(text) {
        Ok(tree) => return Ok(tree),
        Err(error) => error,
    };
    *budget = budget.saturating_sub(cost(&error, length));
    let mut copy = normalize(text, lexer);
    for attempt in 0..MAX_RENAMES {
        let tried = attempt > 0 || copy == text;
        match fault(&error) {
            Fault::Redefined if tried => rename_at(&mut copy, error.location().offset(), attempt),
            Fault::TooDeep => break,
            Fault::Syntax if tried => break,
            Fault::Redefined | Fault::Syntax => {}
        }
        if *budget < length {
            break;
        }
        error = match parse(&copy) {
            Ok(tree) => return Ok(tree),
            Err(error) => error,
        };
        *budget = budget.saturating_sub(cost(&error, length));
    }
    Err(error)
}

/// How many bytes the parser read before it gave up. At the start of the text it may stand
/// because it turned back there.
fn cost(error: &Error, length: u64) -> u64 {
    match error.location().offset() {
        0 => length,
        offset => (offset as u64 + 64).min(length),
    }
}

/// The text with everything replaced that hcl-edit stumbles over:
///
/// - line endings and comments where the language ignores line endings (directly within round or
///   square brackets, templates and `{for …}`);
/// - text in a heredoc that begins like its end marker;
/// - numbers beyond those of 64 bits, which Terraform computes with;
/// - object keys and attributes given twice.
fn normalize(text: &str, lexer: Lexer<'_>) -> String {
    let mut normalizer =
        Normalizer { text, copy: text.to_owned(), frames: Vec::new(), previous: None, names: 0 };
    for token in lexer {
        normalizer.token(&token);
    }
    normalizer.copy
}

struct Normalizer<'t> {
    text: &'t str,
    copy: String,
    frames: Vec<Frame<'t>>,
    /// The token before, comments and ignored line endings left out.
    previous: Option<Token>,
    names: usize,
}

struct Frame<'t> {
    bracket: Bracket,
    is_for: bool,
    keys: HashSet<&'t str>,
    /// The key that the current item begins with, as long as nothing but the key was seen.
    key: Option<Range<usize>>,
    /// Whether the next token begins an item.
    at_start: bool,
}

impl Normalizer<'_> {
    fn token(&mut self, token: &Token) {
        let ignores_lines =
            self.frames.last().is_some_and(|frame| frame.bracket != Bracket::Brace || frame.is_for);
        match token.kind {
            Kind::Newline | Kind::Comment if ignores_lines => {
                blank(&mut self.copy, token.range.clone());
                return;
            }
            Kind::Comment => return,
            Kind::FalseMarker => overwrite(&mut self.copy, token.range.clone(), "-"),
            Kind::Open(bracket) => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.at_start = false;
                }
                self.frames.push(Frame {
                    bracket,
                    is_for: false,
                    keys: HashSet::new(),
                    key: None,
                    at_start: true,
                });
            }
            Kind::Close(_) => {
                self.frames.pop();
            }
            _ => self.in_braces(token),
        }
        if token.kind == Kind::Word {
            self.large_number(token);
        }
        self.previous = Some(token.clone());
    }

    /// Makes a number small that is larger than a float can be.
    fn large_number(&mut self, token: &Token) {
        let before = self.text.get(..token.range.start).unwrap_or_default();
        let ends_mantissa = |text: &str| {
            let mantissa = text.strip_suffix(['e', 'E']).unwrap_or_default();
            mantissa.ends_with(|last: char| last.is_ascii_digit())
        };
        let follows_exponent = before.strip_suffix('+').is_some_and(ends_mantissa);
        let word = self.text.get(token.range.clone()).unwrap_or_default();
        // What the scanner takes for a name with a dash is a subtraction.
        let word = word.split('-').next().unwrap_or_default();
        if let Some(digits) = large_digits(word, follows_exponent) {
            let start = token.range.start;
            overwrite(&mut self.copy, start + digits.start..start + digits.end, "0");
        }
    }

    /// Follows the keys of an object and the names of a body.
    fn in_braces(&mut self, token: &Token) {
        let text = self.text;
        let Some(frame) = self.frames.last_mut() else { return };
        if frame.bracket != Bracket::Brace {
            return;
        }
        match token.kind {
            Kind::Newline | Kind::Comma => {
                frame.at_start = true;
                frame.key = None;
            }
            Kind::Word if frame.at_start => {
                frame.key = Some(token.range.clone());
                frame.at_start = false;
            }
            Kind::StringOpen if frame.at_start => {
                frame.key = Some(token.range.clone());
                frame.at_start = false;
            }
            Kind::StringClose => {
                let opened = self.previous.as_ref().is_some_and(|token| token.kind == Kind::StringOpen);
                frame.key = frame.key.take().filter(|_| opened).map(|key| key.start..token.range.end);
            }
            Kind::Word => {
                let begun = frame.key.take();
                let follows_brace = begun.and_then(|key| text.get(key)) == Some("for");
                if follows_brace && frame.keys.is_empty() {
                    frame.is_for = true;
                }
            }
            Kind::Equals | Kind::Colon => {
                if let Some(key) = frame.key.take() {
                    let written = text.get(key.clone()).unwrap_or_default();
                    if !frame.keys.insert(written) {
                        self.names += 1;
                        rename(&mut self.copy, key, self.names);
                    }
                }
            }
            _ => {
                frame.key = None;
                frame.at_start = false;
            }
        }
    }
}

/// How many digits a number has at most that is not beyond those of 64 bits, and how many its
/// exponent.
const MOST_DIGITS: usize = 300;
const MOST_EXPONENT: usize = 2;

/// The digits of a number that make it large: those of its exponent, or all of them.
fn large_digits(word: &str, follows_exponent: bool) -> Option<Range<usize>> {
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if follows_exponent {
        return (word.len() > MOST_EXPONENT && are_digits(word)).then_some(0..word.len());
    }
    match word.split_once(['e', 'E']) {
        Some((digits, exponent)) if are_digits(digits) && are_digits(exponent) => {
            (exponent.len() > MOST_EXPONENT).then(|| digits.len() + 1..word.len())
        }
        _ => (word.len() > MOST_DIGITS && are_digits(word)).then_some(0..word.len()),
    }
}

/// Renames the key that begins at `at`: the first name, number or string found there.
fn rename_at(copy: &mut String, at: usize, number: usize) {
    let mut lexer = Lexer::new(copy, at..copy.len());
    let mut open = None;
    let found = lexer.by_ref().take(16).find_map(|token| match token.kind {
        Kind::Word => Some(token.range),
        Kind::StringOpen => {
            open = Some(token.range.start);
            None
        }
        Kind::StringClose => open.map(|start| start..token.range.end),
        _ => None,
    });
    if let Some(range) = found {
        rename(copy, range, number);
    }
}

/// Puts a name of the same length, one that is unlikely to be there already, in place of a name,
/// number or quoted string.
fn rename(copy: &mut String, range: Range<usize>, number: usize) {
    let quoted = copy.get(range.clone()).is_some_and(|written| written.starts_with('"'));
    let digits = copy
        .get(range.clone())
        .is_some_and(|written| written.starts_with(|first: char| first.is_ascii_digit()));
    let range =
        if quoted { range.start + 1..range.end.saturating_sub(1).max(range.start + 1) } else { range };
    const LETTERS: &[u8] = b"qxzjkvwybghpufmcdlrnisotaeQXZJKVWYBGHPUFMCDLRNISOTAE_";
    let alphabet = if digits { b"9876543210".as_slice() } else { LETTERS };
    let mut number = number;
    let name: String = (0..range.len())
        .map(|_| {
            let letter = alphabet.get(number % alphabet.len()).copied().unwrap_or(b'q');
            number /= alphabet.len();
            char::from(letter)
        })
        .collect();
    if copy.get(range.clone()).is_some() {
        copy.replace_range(range, &name);
    }
}

fn blank(copy: &mut String, range: Range<usize>) {
    overwrite(copy, range, " ");
}

fn overwrite(copy: &mut String, range: Range<usize>, with: &str) {
    if copy.get(range.clone()).is_some() {
        let filler = with.repeat(range.len());
        copy.replace_range(range, &filler);
    }
}
