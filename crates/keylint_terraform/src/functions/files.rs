//! Files of the project, and paths.
//!
//! Only files inside the scanned project or a module's directory are read: see
//! [`crate::project::Project::may_read`]. Any other path gives an unknown value, read or not there.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#filesystem-functions>.

use std::path::PathBuf;
use std::sync::Arc;

use keylint_model::{Data, Reason, Step, Unknown, Value};
use keylint_source::{EntryKind, LoadError, SourceFile, Span};
use keylint_syntax::{Text, hcl};

use super::{Call, Function, known, partial};
use crate::evaluate::Scope;
use crate::limits;
use crate::project::resolve;
use crate::values::{self, derived, made_bool, made_string, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    partial("abspath", 1, 1, |call, values| match values.first() {
        Some(value) if !is_path(value) => call.unless_known(values),
        Some(value) => match value.as_str().filter(|path| path.starts_with('/')) {
            Some(path) => made_string(clean(path), call.span),
            None => environment(call, values),
        },
        None => rejected(call.span),
    }),
    known("basename", 1, 1, |call, values| part_of_path(call, values, |path| base_name(path).into())),
    known("dirname", 1, 1, |call, values| part_of_path(call, values, directory_name)),
    known("file", 1, 1, file),
    known("filebase64", 1, 1, |call, values| call.unmodelled(values)),
    known("filebase64sha256", 1, 1, |call, values| call.unmodelled(values)),
    known("filebase64sha512", 1, 1, |call, values| call.unmodelled(values)),
    known("fileexists", 1, 1, file_exists),
    known("filemd5", 1, 1, |call, values| call.unmodelled(values)),
    known("filesha1", 1, 1, |call, values| call.unmodelled(values)),
    known("filesha256", 1, 1, |call, values| call.unmodelled(values)),
    known("filesha512", 1, 1, |call, values| call.unmodelled(values)),
    partial("pathexpand", 1, 1, |call, values| match values.first().and_then(Value::as_str) {
        Some(path) if !path.starts_with('~') => {
            values.first().cloned().unwrap_or_else(|| rejected(call.span))
        }
        _ if values.iter().all(is_path) => environment(call, values),
        _ => call.unless_known(values),
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

fn part_of_path(call: &Call<'_, '_>, values: &[Value], part: fn(&str) -> String) -> Value {
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

fn directory_name(path: &str) -> String {
    clean(path.rfind('/').and_then(|end| path.get(..=end)).unwrap_or_default())
}

/// The shortest path that is the same without looking at the disk, as Go's `filepath.Clean`.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if rooted => {}
            _ => parts.push(part),
        }
    }
    match (rooted, parts.join("/")) {
        (true, rest) => format!("/{rest}"),
        (false, rest) if rest.is_empty() => ".".to_owned(),
        (false, rest) => rest,
    }
}

/// Whether a value can be a path, as far as it is known.
pub(super) fn is_path(value: &Value) -> bool {
    !matches!(value.data, Data::Null | Data::List(_) | Data::Map(_))
}

/// The absolute path of an argument: relative to the directory of the root module.
pub(super) fn path_of(call: &Call<'_, '_>, value: &Value) -> Option<PathBuf> {
    let text = values::to_string(value)?;
    let path = resolve(&call.evaluator.root_path(), &text);
    call.evaluator.project.may_read(call.evaluator.sources, &path).then_some(path)
}

fn read(call: &Call<'_, '_>, value: &Value) -> Result<Arc<SourceFile>, Box<Value>> {
    let out_of_reach = || Box::new(call.unmodelled(std::slice::from_ref(value)));
    if !is_path(value) {
        return Err(Box::new(call.unless_known(std::slice::from_ref(value))));
    }
    let path = path_of(call, value).ok_or_else(out_of_reach)?;
    if matches!(call.evaluator.sources.kind(&path), Ok(EntryKind::Directory)) {
        return Err(Box::new(call.invalid("the path is that of a directory")));
    }
    match call.evaluator.sources.load(&path) {
        Ok(source) if source.text().len() > limits::FILE_BYTES => {
            Err(Box::new(call.evaluator.over_limit(call.span, "the file is too large")))
        }
        // What is not UTF-8 is in the store with this character in its place.
        Ok(source) if source.text().contains('\u{fffd}') => Err(out_of_reach()),
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
    if map.entries.keys().any(|name| !is_name(name)) {
        return call.invalid(
            "a variable of a template starts with a letter and goes on with letters, digits and underscores",
        );
    }
    let scope = Scope::template(names, depth + 1);
    let value = call.evaluator.eval_template(&template, &scope, whole(&source).span().unwrap_or(call.span));
    if value.is_null() {
        return call.invalid("the template makes null");
    }
    through(call, value, &source)
}

/// Whether a template may refer to a variable of this name.
fn is_name(name: &str) -> bool {
    name.starts_with(char::is_alphabetic)
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

fn file_exists(call: &Call<'_, '_>, values: &[Value]) -> Value {
    if !values.iter().all(is_path) {
        return call.unless_known(values);
    }
    let Some(path) = values.first().and_then(|value| path_of(call, value)) else {
        // Whether it is there must not be told of what lies outside.
        return call.unmodelled(values);
    };
    match call.evaluator.sources.kind(&path) {
        Ok(EntryKind::Directory) => call.invalid("the path is that of a directory"),
        kind => made_bool(matches!(kind, Ok(EntryKind::File)), call.span),
    }
}
