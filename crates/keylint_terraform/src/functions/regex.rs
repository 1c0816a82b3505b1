//! `regex`, `regexall`, and `replace` with a pattern. What is found points where it was written.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/regex>.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use indexmap::IndexMap;
use keylint_model::{Data, Value};
use keylint_syntax::Text;
use regex::Captures;

use super::pattern::{self, Pattern, Wrong};
use super::strings::{string, text};
use super::{Call, Function, partial};
use crate::limits;
use crate::values::{self, list_of, made_list, made_map, rejected};

pub(super) const FUNCTIONS: &[Function] =
    &[partial("regex", 2, 2, find), partial("regexall", 2, 2, find_all)];

/// Compiled patterns that a thread keeps: one in a `for` is compiled once.
const KEPT: usize = 64;

thread_local! {
    static COMPILED: RefCell<HashMap<Box<str>, Rc<Pattern>>> = RefCell::default();
}

/// The pattern, or the value of a call with one that cannot be used.
fn compiled(call: &Call<'_, '_>, written: &str, arguments: &[Value]) -> Result<Rc<Pattern>, Value> {
    if let Some(known) = COMPILED.with_borrow(|compiled| compiled.get(written).cloned()) {
        return Ok(known);
    }
    // About what it takes: some microseconds for a character.
    if !call.evaluator.spend(200 + written.len() * 8, call.span) {
        return Err(values::limit(call.span));
    }
    let pattern = match pattern::compile(written) {
        Ok(pattern) => Rc::new(pattern),
        Err(Wrong::Rejected(why)) => return Err(call.invalid(format_args!("invalid pattern: {why}"))),
        Err(Wrong::NotModelled) => return Err(call.unmodelled(arguments)),
    };
    COMPILED.with_borrow_mut(|compiled| {
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        compiled.insert(written.into(), Rc::clone(&pattern));
    });
    Ok(pattern)
}

/// The pattern of the first argument and the text of the second, where both are known.
fn operands(call: &Call<'_, '_>, arguments: &[Value]) -> Result<(Rc<Pattern>, Text), Value> {
    let [pattern, whole] = arguments else { return Err(rejected(call.span)) };
    let unless_known = || call.unless_known(arguments);
    let pattern = compiled(call, text(pattern).ok_or_else(unless_known)?.as_str(), arguments)?;
    let named = pattern.names.iter().flatten().count();
    if named > 0 && named < pattern.names.len() {
        return Err(call.invalid("a pattern has either named or unnamed groups, not both"));
    }
    Ok((pattern, text(whole).ok_or_else(unless_known)?))
}

/// Pays for one search of a text from an offset to its end.
fn pay(call: &Call<'_, '_>, pattern: &Pattern, left: usize) -> bool {
    let states = 1 + pattern.regex.as_str().len() / 64;
    call.evaluator.spend(1 + left / 64 * states, call.span)
}

fn find(call: &Call<'_, '_>, arguments: &[Value]) -> Value {
    let (pattern, whole) = match operands(call, arguments) {
        Ok(operands) => operands,
        Err(value) => return value,
    };
    if !pay(call, &pattern, whole.len()) {
        return values::limit(call.span);
    }
    match pattern.regex.captures(&whole) {
        Some(captures) => found(call, &pattern, &whole, &captures),
        None => call.invalid("the pattern does not match any part of the string"),
    }
}

fn find_all(call: &Call<'_, '_>, arguments: &[Value]) -> Value {
    let (pattern, whole) = match operands(call, arguments) {
        Ok(operands) => operands,
        Err(value) => return value,
    };
    let mut all = Vec::new();
    match each(call, &pattern, &whole, |captures| all.push(found(call, &pattern, &whole, captures))) {
        Ok(()) => list_of(all, call.span),
        Err(value) => value,
    }
}

/// Every match in turn, each paid for before the next is looked for.
fn each(
    call: &Call<'_, '_>,
    pattern: &Pattern,
    whole: &Text,
    mut take: impl FnMut(&Captures<'_>),
) -> Result<(), Value> {
    let mut from = 0;
    let mut matches = pattern.regex.captures_iter(whole);
    for count in 0.. {
        if count > limits::ELEMENTS {
            return Err(call.evaluator.over_limit(call.span, "the pattern matches too often"));
        }
        if !pay(call, pattern, whole.len().saturating_sub(from)) {
            return Err(values::limit(call.span));
        }
        let Some(captures) = matches.next() else { break };
        from = captures.get_match().end();
        take(&captures);
    }
    Ok(())
}

/// One match as Terraform gives it: an object of named groups, a tuple of unnamed ones, or the
/// whole where there is no group. A group that took no part is null.
fn found(call: &Call<'_, '_>, pattern: &Pattern, whole: &Text, captures: &Captures<'_>) -> Value {
    let part = |position: usize| match captures.get(position) {
        Some(part) => string(whole.slice(part.range()), call),
        None => values::made(Data::Null, call.span),
    };
    if pattern.names.is_empty() {
        return part(0);
    }
    let groups = (1..=pattern.names.len()).map(part);
    if pattern.names.iter().any(Option::is_none) {
        return made_list(groups.collect(), call.span);
    }
    let names = pattern.names.iter().flatten();
    let entries: IndexMap<_, _> =
        names.zip(groups).map(|(name, group)| ((&**name).into(), values::entry(group))).collect();
    made_map(entries, call.span)
}

/// `replace` with a pattern, whose groups the replacement may name.
pub(super) fn replace_all(
    call: &Call<'_, '_>,
    whole: &Text,
    search: &str,
    replacement: &Text,
    arguments: &[Value],
) -> Value {
    let pattern = match compiled(call, search, arguments) {
        Ok(pattern) => pattern,
        Err(value) => return value,
    };
    let template = template(replacement, &pattern);
    let (mut pieces, mut from, mut bytes) = (Vec::new(), 0, 0usize);
    let replaced = each(call, &pattern, whole, |captures| {
        let found = captures.get_match();
        pieces.push(whole.slice(from..found.start()));
        from = found.end();
        for piece in &template {
            let piece = match piece {
                Piece::Text(text) => text.clone(),
                Piece::Group(position) => match captures.get(*position) {
                    Some(group) => whole.slice(group.range()),
                    None => continue,
                },
            };
            bytes = bytes.saturating_add(piece.len());
            if bytes <= limits::STRING_BYTES {
                pieces.push(piece);
            }
        }
    });
    if let Err(value) = replaced {
        return value;
    }
    if whole.len().saturating_add(bytes) > limits::STRING_BYTES {
        return call.evaluator.over_limit(call.span, "the string is too long");
    }
    pieces.push(whole.slice(from..whole.len()));
    string(Text::concat(&pieces), call)
}

/// A piece of a replacement.
enum Piece {
    Text(Text),
    Group(usize),
}

/// Reads `$1`, `${1}`, `$name` and `$$` in a replacement, as Go does: a name goes as far as it can,
/// an unknown one is empty, and a `$` before anything else stands for itself.
fn template(replacement: &Text, pattern: &Pattern) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(offset) = replacement.get(at..).and_then(|rest| rest.find('$')) {
        let start = at + offset;
        let rest = replacement.get(start + 1..).unwrap_or_default();
        if rest.starts_with('$') {
            pieces.push(Piece::Text(replacement.slice(from..start + 1)));
            (from, at) = (start + 2, start + 2);
            continue;
        }
        let Some((name, length)) = group_name(rest) else {
            at = start + 1;
            continue;
        };
        pieces.push(Piece::Text(replacement.slice(from..start)));
        (from, at) = (start + 1 + length, start + 1 + length);
        let position = match name.parse::<usize>() {
            Ok(position) if name.bytes().all(|digit| digit.is_ascii_digit()) => Some(position),
            _ => pattern.names.iter().position(|known| known.as_deref() == Some(name)).map(|it| it + 1),
        };
        pieces.extend(position.map(Piece::Group));
    }
    pieces.push(Piece::Text(replacement.slice(from..replacement.len())));
    pieces
}

/// The name of a group behind a `$`, and the length of what names it.
fn group_name(text: &str) -> Option<(&str, usize)> {
    let (inner, braced) = match text.strip_prefix('{') {
        Some(inner) => (inner, true),
        None => (text, false),
    };
    let end = inner.find(|one: char| !one.is_alphanumeric() && one != '_').unwrap_or(inner.len());
    let name = inner.get(..end).filter(|name| !name.is_empty())?;
    match (braced, inner.get(end..)?.starts_with('}')) {
        (true, true) => Some((name, end + 2)),
        (true, false) => None,
        (false, _) => Some((name, end)),
    }
}
