//! Files of the project, and paths.
//!
//! Only files inside the scanned project or a module's directory are read: see
//! [`crate::project::Project::may_read`]. Any other path gives an unknown value, read or not there.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#filesystem-functions>.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_model::{Data, List, Reason, Step, Unknown, Value};
use keylint_source::{EntryKind, LoadError, SourceFile, Span};
use keylint_syntax::{Text, hcl};

use super::{Call, Function, known, partial};
use crate::evaluate::Scope;
use crate::limits;
use crate::project::resolve;
use crate::values::{self, derived, made, made_bool, made_string, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    partial("abspath", 1, 1, environment),
    known("basename", 1, 1, |call, values| part_of_path(call, values, base_name)),
    known("dirname", 1, 1, |call, values| part_of_path(call, values, directory_name)),
    known("file", 1, 1, file),
    known("filebase64", 1, 1, |call, values| call.unmodelled(values)),
    known("filebase64sha256", 1, 1, |call, values| call.unmodelled(values)),
    known("filebase64sha512", 1, 1, |call, values| call.unmodelled(values)),
    known("fileexists", 1, 1, file_exists),
    known("filemd5", 1, 1, |call, values| call.unmodelled(values)),
    known("fileset", 2, 2, file_set),
    known("filesha1", 1, 1, |call, values| call.unmodelled(values)),
    known("filesha256", 1, 1, |call, values| call.unmodelled(values)),
    known("filesha512", 1, 1, |call, values| call.unmodelled(values)),
    partial("pathexpand", 1, 1, |call, values| match values.first().and_then(Value::as_str) {
        Some(path) if !path.starts_with('~') => {
            values.first().cloned().unwrap_or_else(|| rejected(call.span))
        }
        _ => environment(call, values),
    }),
    partial("templatefile", 2, 2, template_file),
];

/// What depends on the machine that Terraform runs on.
fn environment(call: &Call<'_, '_>, values: &[Value]) -> Value {
    if values.iter().any(|value| value.as_unknown().is_some()) {
        return derived(call.name, values, call.span);
    }
    values::unknown(Unknown::new(Reason::Environment(call.name.into())).with_place(call.span), call.span)
}

fn part_of_path(call: &Call<'_, '_>, values: &[Value], part: fn(&str) -> &str) -> Value {
    match values.first().and_then(values::to_string) {
        Some(path) => made_string(part(&path), call.span),
        None => rejected(call.span),
    }
}

fn base_name(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.is_empty() => ".",
        "" => "/",
        trimmed => trimmed.rsplit('/').next().unwrap_or(trimmed),
    }
}

fn directory_name(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((directory, _)) => match directory.trim_end_matches('/') {
            "" => "/",
            trimmed => trimmed,
        },
        None => ".",
    }
}

/// The absolute path of an argument: relative to the directory of the root module.
fn path_of(call: &Call<'_, '_>, value: &Value) -> Option<PathBuf> {
    let text = values::to_string(value)?;
    let path = resolve(&call.evaluator.root_path(), &text);
    call.evaluator.project.may_read(call.evaluator.sources, &path).then_some(path)
}

fn read(call: &Call<'_, '_>, value: &Value) -> Result<Arc<SourceFile>, Box<Value>> {
    let out_of_reach = || Box::new(call.unmodelled(std::slice::from_ref(value)));
    let path = path_of(call, value).ok_or_else(out_of_reach)?;
    match call.evaluator.sources.load(&path) {
        Ok(source) if source.text().len() > limits::FILE_BYTES => {
            Err(Box::new(call.evaluator.over_limit(call.span, "the file is too large")))
        }
        Ok(source) => Ok(source),
        // The file may be made before Terraform runs, or only be there for binary use.
        Err(LoadError::Io(_) | LoadError::NotUtf8 { .. }) => Err(out_of_reach()),
        Err(LoadError::TooLarge) => {
            Err(Box::new(call.evaluator.over_limit(call.span, "the file is too large")))
        }
    }
}

/// The text of a file, each byte where it is in it.
fn whole(source: &SourceFile) -> Text {
    let shift = source.mark_len();
    let text = source.text().get(shift..).unwrap_or_default();
    Text::at(text, Span::new(source.id(), shift, source.text().len()))
}

fn through(call: &Call<'_, '_>, value: Value, source: &SourceFile) -> Value {
    let origin = value.origin.through(Step::File, Arc::clone(source.display()), call.span);
    Value { origin, ..value }
}

fn file(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(path) = values.first() else { return rejected(call.span) };
    match read(call, path) {
        Ok(source) => through(call, Value::string(whole(&source)), &source),
        Err(value) => *value,
    }
}

fn template_file(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [path, given] = values else { return rejected(call.span) };
    if !values::is_wholly_known(path) {
        return derived(call.name, std::slice::from_ref(path), call.span);
    }
    let source = match read(call, path) {
        Ok(source) => source,
        Err(value) => return *value,
    };
    let depth = call.scope.template_depth();
    if depth >= 8 {
        return call.evaluator.over_limit(call.span, "templates render each other too deeply");
    }
    let map = match &given.data {
        Data::Map(map) if map.rest.is_none() => map,
        _ => return call.unless_known(values),
    };
    let names = map
        .entries
        .iter()
        .map(|(name, entry)| (Arc::clone(name), values::inherit(&given.origin, &entry.value)))
        .collect();
    let (template, errors) = hcl::parse_template(&whole(&source));
    for error in errors {
        call.evaluator.report(error.into());
    }
    let scope = Scope::template(names, depth + 1);
    let value = call.evaluator.eval_template(&template, &scope, whole(&source).span().unwrap_or(call.span));
    through(call, value, &source)
}

fn file_exists(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(path) = values.first().and_then(|value| path_of(call, value)) else {
        // Whether it is there must not be told of what lies outside.
        return call.unmodelled(values);
    };
    made_bool(matches!(call.evaluator.sources.kind(&path), Ok(EntryKind::File)), call.span)
}

fn file_set(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [base, pattern] = values else { return rejected(call.span) };
    let Some(directory) = path_of(call, base) else { return call.unmodelled(values) };
    let Some(pattern) = values::to_string(pattern) else { return rejected(call.span) };
    // Classes and alternatives are not modelled.
    if pattern.contains(['[', '{', '\\']) || pattern.contains("..") || pattern.matches("**").count() > 2 {
        return call.unmodelled(values);
    }
    let mut found = Vec::new();
    let mut budget = limits::FILES;
    walk(call, &directory, "", &pattern, &mut found, &mut budget);
    if budget == 0 {
        return call.evaluator.over_limit(call.span, "there are too many files");
    }
    found.sort();
    let elements = found.into_iter().map(|name| made_string(name, call.span)).collect();
    made(Data::List(Arc::new(List { elements, rest: None, set: true })), call.span)
}

fn walk(
    call: &Call<'_, '_>,
    directory: &Path,
    prefix: &str,
    pattern: &str,
    found: &mut Vec<String>,
    budget: &mut usize,
) {
    // Deeper trees than this are loops of links.
    if prefix.matches('/').count() > 32 {
        return;
    }
    let Ok(entries) = call.evaluator.sources.list(directory) else { return };
    for entry in entries {
        *budget = budget.saturating_sub(1);
        if *budget == 0 {
            return;
        }
        let Ok(name) = entry.name.into_string() else { continue };
        let path = format!("{prefix}{name}");
        match entry.kind {
            EntryKind::File if matches(pattern, &path) => found.push(path),
            EntryKind::Directory if pattern.contains('/') => {
                walk(call, &directory.join(&name), &format!("{path}/"), pattern, found, budget);
            }
            _ => {}
        }
    }
}

/// Whether a path matches a pattern of `*`, `**` and `?`.
fn matches(pattern: &str, path: &str) -> bool {
    let mut pattern_parts: Vec<&str> = pattern.split('/').collect();
    let path_parts: Vec<&str> = path.split('/').collect();
    // Two neighbours say no more than one.
    pattern_parts.dedup_by(|a, b| *a == "**" && *b == "**");
    matches_parts(&pattern_parts, &path_parts)
}

fn matches_parts(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            matches_parts(rest, path)
                || path.split_first().is_some_and(|(_, path)| matches_parts(pattern, path))
        }
        (Some((first, pattern)), Some((name, path))) => {
            matches_name(first, name) && matches_parts(pattern, path)
        }
        _ => false,
    }
}

/// Goes back to the last star only, so that the time is bounded by the product of the lengths.
fn matches_name(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut position) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while position < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, position));
                at += 1;
            }
            Some(letter) if *letter == '?' || name.get(position) == Some(letter) => {
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
    pattern.iter().skip(at).all(|letter| *letter == '*')
}
