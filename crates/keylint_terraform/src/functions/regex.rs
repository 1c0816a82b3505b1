//! `regex`, `regexall`, and `replace` with a pattern. What is found points where it was written.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/regex>.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, List, ListKind, Origin, Part, Value};
use keylint_syntax::Text;
use regex::Captures;

use super::holes;
use super::pattern::{self, Pattern, Wrong};
use super::search::{First, Search};
use super::strings::{string, text};
use super::{Call, Function, partial};
use crate::limits;
use crate::types::{Attribute, Type};
use crate::unify::{known_as, typed};
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

/// A string in which a pattern is looked for.
enum Subject {
    Known(Text),
    /// One with holes.
    Partly(Vec<Part>),
}

/// The pattern of the first argument and the string of the second.
fn operands(call: &Call<'_, '_>, arguments: &[Value]) -> Result<(Rc<Pattern>, Subject), Value> {
    let [pattern, whole] = arguments else { return Err(rejected(call.span)) };
    let unless_known = || call.unless_known(arguments);
    let pattern = compiled(call, text(pattern).ok_or_else(unless_known)?.as_str(), arguments)?;
    let named = pattern.names.iter().flatten().count();
    if named > 0 && named < pattern.names.len() {
        return Err(call.invalid("a pattern has either named or unnamed groups, not both"));
    }
    let subject = match holes::parts(whole) {
        Some(parts) => Subject::Partly(parts),
        None => Subject::Known(text(whole).ok_or_else(unless_known)?),
    };
    Ok((pattern, subject))
}

/// What it takes to make an automaton, in steps of the evaluator.
const AUTOMATON: usize = 20_000;

/// The automaton of a pattern, and whether the pattern matches in the string, where that is certain.
fn certainty<'p>(
    call: &Call<'_, '_>,
    pattern: &'p Pattern,
    parts: &[Part],
) -> Option<(&'p Search, Option<bool>)> {
    let length = |part: &Part| match part {
        Part::Known(text) => text.len(),
        Part::Hole(..) => 64,
    };
    if !call.evaluator.spend(AUTOMATON + parts.iter().map(length).sum::<usize>(), call.span) {
        return None;
    }
    let search = pattern.search()?;
    Some((search, search.matches(parts, 0)))
}

/// The first match of a string with holes.
fn find_partly(call: &Call<'_, '_>, pattern: &Pattern, parts: &[Part], arguments: &[Value]) -> Value {
    let unless_known = || call.unless_known(arguments);
    let Some((search, certainty)) = certainty(call, pattern, parts) else { return unless_known() };
    if certainty == Some(false) {
        return no_match(call);
    }
    if let Some(Part::Known(text)) = parts.first()
        && matches!(search.first(text, 0), First::Decided)
        && let Some(captures) = pattern.regex.captures(text)
    {
        return found(call, pattern, text, &captures);
    }
    match (certainty, unless_known().data) {
        // That there is one is certain, so that what is found is a string.
        (Some(true), Data::Unknown(unknown)) if pattern.names.is_empty() => {
            let hole = Part::Hole(unknown, Some(call.span));
            values::made(Data::Partial([hole].into()), call.span)
        }
        _ => unless_known(),
    }
}

/// The matches of a string with holes: those that are certain, and what else there may be.
fn find_all_partly(call: &Call<'_, '_>, pattern: &Pattern, parts: &[Part], arguments: &[Value]) -> Value {
    let unless_known = || call.unless_known(arguments);
    let Some((search, certainty)) = certainty(call, pattern, parts) else { return unless_known() };
    if certainty == Some(false) {
        return typed(list_of(Vec::new(), call.span), &Type::List(Box::new(type_of_match(pattern))));
    }
    let (mut all, mut from) = (Vec::new(), 0);
    if let Some(Part::Known(text)) = parts.first() {
        while let Some(captures) = next_decided(call, pattern, search, text, from) {
            all.push(found(call, pattern, text, &captures));
            from = captures.get_match().end();
        }
    }
    match unless_known().as_unknown() {
        Some(rest) if !all.is_empty() => {
            let list =
                List { elements: all, rest: Some(Arc::clone(rest)), kind: ListKind::List, ..List::default() };
            values::made(Data::List(Arc::new(list)), call.span)
        }
        _ => unless_known(),
    }
}

/// The next match in the known text before the first hole that no content of this changes.
fn next_decided<'t>(
    call: &Call<'_, '_>,
    pattern: &Pattern,
    search: &Search,
    text: &'t str,
    from: usize,
) -> Option<Captures<'t>> {
    // What matches the empty string is followed by other rules.
    let decided = pay(call, pattern, text.len().saturating_sub(from))
        && matches!(search.first(text, from), First::Decided);
    decided
        .then(|| pattern.regex.captures_at(text, from))
        .flatten()
        .filter(|captures| !captures.get_match().is_empty())
}

/// What `replace` makes of a string with holes: what is certain, up to where it is not. `None` where
/// nothing is.
pub(super) fn replace_partly(
    call: &Call<'_, '_>,
    parts: &[Part],
    search: &str,
    replacement: &Text,
    arguments: &[Value],
) -> Option<Value> {
    let pattern = match compiled(call, search, arguments) {
        Ok(pattern) => pattern,
        Err(value) => return Some(value),
    };
    let (automaton, certainty) = certainty(call, &pattern, parts)?;
    if certainty == Some(false) {
        return arguments.first().cloned();
    }
    let Some(Part::Known(text)) = parts.first() else { return None };
    let template = template(replacement, &pattern);
    let (mut made, mut from) = (Vec::new(), 0);
    while let Some(captures) = next_decided(call, &pattern, automaton, text, from) {
        let place = captures.get_match();
        made.push(text.slice(from..place.start()));
        made.extend(filled(&template, text, &captures));
        from = place.end();
        if made.len() > limits::ELEMENTS {
            return None;
        }
    }
    if from == 0 {
        return None;
    }
    let rest = match automaton.matches(parts, from) {
        Some(false) => {
            made.push(text.slice(from..text.len()));
            parts.get(1..).unwrap_or_default().to_vec()
        }
        _ => {
            let replaced = values::derived(call.name, arguments, call.span);
            vec![Part::Hole(Arc::clone(replaced.as_unknown()?), Some(call.span))]
        }
    };
    let all = made.into_iter().map(Part::Known).chain(rest).collect();
    Some(call.evaluator.assemble(all, Origin::at(call.span), call.span))
}

/// A replacement with what the groups of a match say.
fn filled(template: &[Piece], whole: &Text, captures: &Captures<'_>) -> Vec<Text> {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => Some(text.clone()),
        Piece::Group(position) => captures.get(*position).map(|group| whole.slice(group.range())),
    };
    template.iter().filter_map(piece).collect()
}

fn no_match(call: &Call<'_, '_>) -> Value {
    call.invalid("the pattern does not match any part of the string")
}

/// Pays for one search of a text from an offset to its end.
fn pay(call: &Call<'_, '_>, pattern: &Pattern, left: usize) -> bool {
    let states = 1 + pattern.regex.as_str().len() / 64;
    call.evaluator.spend(1 + left / 64 * states, call.span)
}

fn find(call: &Call<'_, '_>, arguments: &[Value]) -> Value {
    as_match(call, arguments, find_first(call, arguments), |ty| ty)
}

/// What is not known of the result as what the groups of the pattern make of a match.
fn as_match(call: &Call<'_, '_>, arguments: &[Value], result: Value, wrap: fn(Type) -> Type) -> Value {
    let is_open = values::is_open(&result)
        || result.as_unknown().is_some_and(|unknown| !values::is_settled(&unknown.reason));
    let written = arguments.first().filter(|_| is_open).and_then(text);
    match written.map(|written| compiled(call, written.as_str(), arguments)) {
        Some(Ok(pattern)) => {
            let ty = wrap(type_of_match(&pattern));
            typed(known_as(result, &ty), &ty)
        }
        _ => result,
    }
}

fn find_first(call: &Call<'_, '_>, arguments: &[Value]) -> Value {
    let (pattern, whole) = match operands(call, arguments) {
        Ok((pattern, Subject::Known(whole))) => (pattern, whole),
        Ok((pattern, Subject::Partly(parts))) => return find_partly(call, &pattern, &parts, arguments),
        Err(value) => return value,
    };
    if !pay(call, &pattern, whole.len()) {
        return values::limit(call.span);
    }
    match pattern.regex.captures(&whole) {
        Some(captures) => found(call, &pattern, &whole, &captures),
        None => no_match(call),
    }
}

fn find_all(call: &Call<'_, '_>, arguments: &[Value]) -> Value {
    as_match(call, arguments, find_each(call, arguments), |ty| Type::List(Box::new(ty)))
}

fn find_each(call: &Call<'_, '_>, arguments: &[Value]) -> Value {
    let (pattern, whole) = match operands(call, arguments) {
        Ok((pattern, Subject::Known(whole))) => (pattern, whole),
        Ok((pattern, Subject::Partly(parts))) => return find_all_partly(call, &pattern, &parts, arguments),
        Err(value) => return value,
    };
    let mut all = Vec::new();
    match each(call, &pattern, &whole, |captures| all.push(found(call, &pattern, &whole, captures))) {
        Ok(()) => typed(list_of(all, call.span), &Type::List(Box::new(type_of_match(&pattern)))),
        Err(value) => value,
    }
}

/// The type of what is found: see [`found`].
fn type_of_match(pattern: &Pattern) -> Type {
    let names: Option<Vec<_>> = pattern.names.iter().map(Option::as_deref).collect();
    match names {
        _ if pattern.names.is_empty() => Type::String,
        None => Type::Tuple(vec![Type::String; pattern.names.len()]),
        Some(names) => Type::Object(
            names.into_iter().map(|name| Attribute::required(name.into(), Type::String)).collect(),
        ),
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
        None => typed(values::made(Data::Null, call.span), &Type::String),
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
        for piece in filled(&template, whole, captures) {
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
