//! Finds the elements of a list in brackets by its commas, brackets, strings and comments.

use std::ops::Range;

/// One element of a list.
#[derive(Debug)]
pub(super) struct Item {
    /// Where it is written, without the white space and the comments around it.
    pub(super) place: Range<usize>,
    /// Where the comma after it is.
    pub(super) comma: Option<usize>,
}

/// What stands around a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quote {
    /// How many backslashes stand before it: some, where the text is itself in a string.
    escapes: usize,
    /// `"` or `'`; nothing around a plain scalar of YAML.
    mark: Option<char>,
}

impl Quote {
    /// The quotes that make a place out of a text; `None` if the place has more than those.
    pub(super) fn around(text: &str, place: &Range<usize>, inner: &Range<usize>) -> Option<Quote> {
        let before = text.get(place.start..inner.start)?;
        if before != text.get(inner.end..place.end)? {
            return None;
        }
        let mut rest = before.chars();
        let mark = rest.next_back();
        let is_escaped = rest.clone().all(|escape| escape == '\\');
        match mark {
            None => Some(Quote { escapes: 0, mark: None }),
            Some('"') if is_escaped => Some(Quote { escapes: before.len() - 1, mark }),
            Some('\'') if before.len() == 1 => Some(Quote { escapes: 0, mark }),
            _ => None,
        }
    }
}

/// What the scanner is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    Square,
    Brace,
    Round,
    /// `${` or `%{` in a string.
    Template,
    /// A string with so many backslashes before its quotes.
    Double(usize),
    Single,
}

/// How deep brackets and strings may be in each other.
pub(super) const MAX_DEPTH: usize = 64;

/// The elements of the list that fills a range, brackets included; `None` if the range is anything else.
pub(super) fn items(text: &str, list: Range<usize>) -> Option<Vec<Item>> {
    let written = text.get(list.clone())?;
    let bytes = written.as_bytes();
    let mut inside: Vec<Inside> = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    let mut own: Option<Range<usize>> = None;
    let mut at = 0;
    while at < bytes.len() {
        let token = token(written, at, inside.last().copied())?;
        let next = at + token.length;
        match token.step {
            Step::Open(bracket) if inside.len() < MAX_DEPTH => inside.push(bracket),
            Step::Open(_) => return None,
            Step::Close(bracket) => {
                (inside.pop()? == bracket).then_some(())?;
                if inside.is_empty() {
                    items.extend(own.take().map(|place| Item { place, comma: None }));
                    // What follows the bracket makes an expression of the list.
                    return (next == bytes.len()).then(|| shifted(items, list.start));
                }
            }
            Step::Comma if inside.len() == 1 => {
                items.push(Item { place: own.take()?, comma: Some(at) });
                at = next;
                continue;
            }
            Step::Skip => {
                at = next;
                continue;
            }
            Step::Comma | Step::Other => {}
        }
        if !(inside.len() == 1 && at == 0) {
            let start = own.as_ref().map_or(at, |own| own.start);
            own = Some(start..next);
        }
        at = next;
    }
    None
}

fn shifted(items: Vec<Item>, by: usize) -> Vec<Item> {
    let shift = |item: Item| Item {
        place: item.place.start + by..item.place.end + by,
        comma: item.comma.map(|comma| comma + by),
    };
    items.into_iter().map(shift).collect()
}

pub(super) struct Token {
    pub(super) step: Step,
    pub(super) length: usize,
}

pub(super) enum Step {
    Open(Inside),
    Close(Inside),
    Comma,
    /// White space and comments.
    Skip,
    Other,
}

/// The token at a place; `None` where it is not known how the text goes on.
pub(super) fn token(text: &str, at: usize, inside: Option<Inside>) -> Option<Token> {
    let rest = text.get(at..)?;
    let first = rest.chars().next()?;
    let plain = |step| Some(Token { step, length: first.len_utf8() });
    match inside {
        Some(Inside::Double(escapes)) => return in_string(rest, first, escapes),
        Some(Inside::Single) if rest.starts_with("''") => {
            return Some(Token { step: Step::Other, length: 2 });
        }
        Some(Inside::Single) if first == '\'' => return plain(Step::Close(Inside::Single)),
        Some(Inside::Single) => return plain(Step::Other),
        _ => {}
    }
    let starts_word = text.get(..at)?.chars().next_back().is_none_or(|before| " \t\r\n,[\"".contains(before));
    let is_comment = starts_word && (first == '#' || rest.starts_with("//"));
    match first {
        _ if is_comment => {
            let length = rest.find('\n').unwrap_or(rest.len());
            Some(Token { step: Step::Skip, length })
        }
        '/' if starts_word && rest.starts_with("/*") => {
            let length = rest.find("*/")? + 2;
            Some(Token { step: Step::Skip, length })
        }
        '\\' => {
            let escapes = rest.len() - rest.trim_start_matches('\\').len();
            let after = rest.get(escapes..)?;
            if after.starts_with('"') {
                return Some(Token { step: Step::Open(Inside::Double(escapes)), length: escapes + 1 });
            }
            let is_space = escapes == 1 && after.starts_with(['n', 't', 'r']);
            is_space.then_some(Token { step: Step::Skip, length: 2 })
        }
        '<' if rest.starts_with("<<") => None,
        '"' => plain(Step::Open(Inside::Double(0))),
        '\'' if starts_word => plain(Step::Open(Inside::Single)),
        '[' => plain(Step::Open(Inside::Square)),
        '{' => plain(Step::Open(Inside::Brace)),
        '(' => plain(Step::Open(Inside::Round)),
        ']' => plain(Step::Close(Inside::Square)),
        '}' if inside == Some(Inside::Template) => plain(Step::Close(Inside::Template)),
        '}' => plain(Step::Close(Inside::Brace)),
        ')' => plain(Step::Close(Inside::Round)),
        ',' => plain(Step::Comma),
        _ if first.is_whitespace() => plain(Step::Skip),
        _ => plain(Step::Other),
    }
}

/// The token at a place of a string.
fn in_string(rest: &str, first: char, escapes: usize) -> Option<Token> {
    let found = rest.len() - rest.trim_start_matches('\\').len();
    let is_quote = rest.get(found..)?.starts_with('"');
    if found == escapes && is_quote {
        return Some(Token { step: Step::Close(Inside::Double(escapes)), length: escapes + 1 });
    }
    if found > 0 {
        // Of two backslashes in a plain string neither escapes what follows.
        let length =
            if escapes == 0 { 1 + rest.chars().nth(1)?.len_utf8() } else { found + usize::from(is_quote) };
        return Some(Token { step: Step::Other, length });
    }
    if let Some(literal) = ["$${", "%%{"].into_iter().find(|literal| rest.starts_with(literal)) {
        return Some(Token { step: Step::Other, length: literal.len() });
    }
    if rest.starts_with("${") || rest.starts_with("%{") {
        return Some(Token { step: Step::Open(Inside::Template), length: 2 });
    }
    Some(Token { step: Step::Other, length: first.len_utf8() })
}

/// How the first name of a mapping is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    /// In quotes with a colon, as in JSON: what stands before each quote.
    Member(&'static str),
    /// With an equals sign, as in HCL.
    Attribute,
    /// Without quotes, with a colon, as in YAML.
    Entry,
}

/// How the name is written that a text starts with; `None` for anything else.
pub(super) fn first(text: &str) -> Option<First> {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    for (quote, escape) in [("\"", ""), ("\\\"", "\\")] {
        let Some((name, rest)) = text.strip_prefix(quote).and_then(|inner| inner.split_once(quote)) else {
            continue;
        };
        let rest = rest.trim_start();
        return match is_name(name) {
            true if rest.starts_with(':') => Some(First::Member(escape)),
            true if rest.starts_with('=') && escape.is_empty() => Some(First::Attribute),
            _ => None,
        };
    }
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric())?;
    let (name, rest) = text.split_at_checked(end)?;
    let rest = rest.trim_start_matches(' ');
    match is_name(name) {
        true if rest.starts_with(':') => Some(First::Entry),
        true if rest.starts_with('=') => Some(First::Attribute),
        _ => None,
    }
}
