//! `fileset`: the files that match a pattern.
//!
//! A pattern has `*`, `**`, `?`, classes (`[a-f]`, `[^x]`), alternatives (`{txt,md}`) and escapes.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/fileset>.

use std::path::Path;
use std::sync::Arc;

use keylint_model::{Data, List, ListKind, Value};
use keylint_source::EntryKind;

use super::files::{is_path, may_read, path_of};
use super::{Call, Function, known};
use crate::limits;
use crate::values::{self, made, made_string, rejected};

pub(super) const FUNCTIONS: &[Function] = &[known("fileset", 2, 2, file_set)];

/// Most patterns that the alternatives of one may be.
const ALTERNATIVES: usize = 64;

/// What one character, or several, of a name may be.
enum Token {
    Star,
    Any,
    Letter(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// A pattern between two slashes.
enum Part {
    /// `**`: any number of directories.
    Deep,
    Name(Vec<Token>),
}

/// Why a pattern has no tokens.
enum Fault {
    Syntax,
    NotModelled,
}

fn file_set(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [base, pattern] = values else { return rejected(call.span) };
    if !values.iter().all(is_path) {
        return call.unless_known(values);
    }
    let Some(mut directory) = path_of(call, base) else { return call.unmodelled(values) };
    let Some(pattern) = values::to_string(pattern) else { return rejected(call.span) };
    let mut pattern: &str = &pattern;
    let mut above = String::new();
    loop {
        if let Some(rest) = pattern.strip_prefix("./") {
            pattern = rest;
        } else if let Some(rest) = pattern.strip_prefix("../") {
            pattern = rest;
            above.push_str("../");
            directory.pop();
        } else {
            break;
        }
    }
    let inside = may_read(call, &directory);
    if !inside || pattern.split('/').any(|part| matches!(part, "." | "..")) {
        return call.unmodelled(values);
    }
    let patterns = match alternatives(pattern).and_then(|all| all.iter().map(|one| parse(one)).collect()) {
        Ok(patterns) => patterns,
        Err(Fault::Syntax) => return call.invalid("the pattern has a bracket or brace that is not closed"),
        Err(Fault::NotModelled) => return call.unmodelled(values),
    };
    let mut walk = Walk { call, patterns, found: Vec::new(), budget: limits::FILES };
    walk.directory(&directory, &mut Vec::new());
    if walk.budget == 0 {
        return call.evaluator.over_limit(call.span, "there are too many files");
    }
    walk.found.sort();
    let names = walk.found.into_iter().map(|name| made_string(format!("{above}{name}"), call.span));
    let names = List { elements: names.collect(), kind: ListKind::Set, ..List::default() };
    made(Data::List(Arc::new(names)), call.span)
}

struct Walk<'w, 'c, 'p> {
    call: &'w Call<'c, 'p>,
    patterns: Vec<Vec<Part>>,
    found: Vec<String>,
    budget: usize,
}

impl Walk<'_, '_, '_> {
    fn directory(&mut self, directory: &Path, above: &mut Vec<String>) {
        // Deeper trees than this are loops of links.
        if above.len() > 32 {
            return;
        }
        let Ok(entries) = self.call.evaluator.sources.list(directory) else { return };
        for entry in entries {
            self.budget = self.budget.saturating_sub(1);
            // A path is compared with each pattern.
            if self.budget == 0 || !self.call.evaluator.spend(self.patterns.len(), self.call.span) {
                self.budget = 0;
                return;
            }
            let Ok(name) = entry.name.into_string() else { continue };
            let path = directory.join(&name);
            above.push(name);
            match entry.kind {
                EntryKind::File if self.patterns.iter().any(|pattern| matches(pattern, above)) => {
                    self.found.push(above.join("/"));
                }
                EntryKind::Directory if self.patterns.iter().any(|pattern| reaches(pattern, above.len())) => {
                    self.directory(&path, above);
                }
                _ => {}
            }
            above.pop();
        }
    }
}

/// Whether a pattern can match a file below directories of this depth.
fn reaches(pattern: &[Part], depth: usize) -> bool {
    pattern.len() > depth || pattern.iter().any(|part| matches!(part, Part::Deep))
}

/// The patterns without alternatives that a pattern stands for.
fn alternatives(pattern: &str) -> Result<Vec<String>, Fault> {
    let mut made = vec![String::new()];
    let mut rest = pattern.chars();
    let extend = |made: &mut Vec<String>, letter: char| made.iter_mut().for_each(|one| one.push(letter));
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => {
                extend(&mut made, letter);
                extend(&mut made, rest.next().ok_or(Fault::Syntax)?);
            }
            '{' => {
                let (inside, after) = rest.as_str().split_once('}').ok_or(Fault::Syntax)?;
                if inside.contains(['{', '\\', '/', '[']) {
                    return Err(Fault::NotModelled);
                }
                made = made
                    .iter()
                    .flat_map(|one| inside.split(',').map(move |option| format!("{one}{option}")))
                    .take(ALTERNATIVES + 1)
                    .collect();
                if made.len() > ALTERNATIVES {
                    return Err(Fault::NotModelled);
                }
                rest = after.chars();
            }
            _ => extend(&mut made, letter),
        }
    }
    Ok(made)
}

fn parse(pattern: &str) -> Result<Vec<Part>, Fault> {
    let mut parts: Vec<Part> = Vec::new();
    for text in pattern.split('/') {
        match text {
            // Two neighbours say no more than one.
            "**" if matches!(parts.last(), Some(Part::Deep)) => {}
            "**" => parts.push(Part::Deep),
            _ => parts.push(Part::Name(tokens(text)?)),
        }
    }
    // Each multiplies the ways in which a path can match.
    match parts.iter().filter(|part| matches!(part, Part::Deep)).count() {
        0..=2 => Ok(parts),
        _ => Err(Fault::NotModelled),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        tokens.push(match letter {
            '*' => Token::Star,
            '?' => Token::Any,
            '\\' => Token::Letter(letters.next().ok_or(Fault::Syntax)?),
            '[' => {
                let (inside, after) = letters.as_str().split_once(']').ok_or(Fault::Syntax)?;
                letters = after.chars();
                class(inside)?
            }
            _ => Token::Letter(letter),
        });
    }
    Ok(tokens)
}

fn class(inside: &str) -> Result<Token, Fault> {
    let (negated, inside) = match inside.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, inside),
    };
    if inside.is_empty() || inside.starts_with(['!', '-']) || inside.contains(['\\', '[']) {
        return Err(Fault::NotModelled);
    }
    let mut ranges = Vec::new();
    let mut letters = inside.chars().peekable();
    while let Some(from) = letters.next() {
        let to = match letters.next_if_eq(&'-') {
            Some(_) => letters.next().ok_or(Fault::Syntax)?,
            None => from,
        };
        ranges.push((from, to));
    }
    Ok(Token::Class { negated, ranges })
}

fn matches(pattern: &[Part], path: &[String]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((Part::Deep, rest)), _) => {
            matches(rest, path) || path.split_first().is_some_and(|(_, path)| matches(pattern, path))
        }
        (Some((Part::Name(first), pattern)), Some((name, path))) => {
            matches_name(first, name) && matches(pattern, path)
        }
        _ => false,
    }
}

/// Goes back to the last star only, so that the time is bounded by the product of the lengths.
fn matches_name(pattern: &[Token], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut position) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = name.get(position) {
        match pattern.get(at) {
            Some(Token::Star) => {
                star = Some((at, position));
                at += 1;
            }
            Some(token) if token.is(*letter) => {
                at += 1;
                position += 1;
            }
            _ => match star {
                Some((back, from)) => {
                    star = Some((back, from + 1));
                    at = back + 1;
                    position = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|token| matches!(token, Token::Star))
}

impl Token {
    fn is(&self, letter: char) -> bool {
        match self {
            Token::Star => false,
            Token::Any => true,
            Token::Letter(own) => *own == letter,
            Token::Class { negated, ranges } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&letter)) != *negated
            }
        }
    }
}
