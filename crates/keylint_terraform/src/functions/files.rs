//! Files of the project, and paths.
//!
//! Only files inside the scanned project or a module's directory are read: see
//! [`crate::project::Project::may_read`]. Any other path gives an unknown value, read or not there.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#filesystem-functions>.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_model::{Data, Reason, Step, Unknown, Value};
use keylint_source::{EntryKind, LoadError, SourceFile};
use keylint_syntax::Text;

use super::{Call, Function, known, partial};
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
    known("filebase64", 1, 1, file_base64),
    known("fileexists", 1, 1, file_exists),
    partial("pathexpand", 1, 1, |call, values| match values.first().and_then(Value::as_str) {
        Some(path) if !path.starts_with('~') => {
            values.first().cloned().unwrap_or_else(|| rejected(call.span))
        }
        Some(path) if path != "~" && !path.starts_with("~/") => {
            call.invalid("the home of another user is not looked up")
        }
        _ if values.iter().all(is_path) => environment(call, values),
        _ => call.unless_known(values),
    }),
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

/// Whether a call may read a path.
pub(super) fn may_read(call: &Call<'_, '_>, path: &Path) -> bool {
    let module = call.evaluator.module_of(call.scope);
    let directory = module.as_ref().map(|module| module.directory.path.as_path());
    call.evaluator.project.may_read(call.evaluator.sources, path, directory)
}

/// The absolute path of an argument: relative to the directory of the root module.
pub(super) fn path_of(call: &Call<'_, '_>, value: &Value) -> Option<PathBuf> {
    let text = values::to_string(value)?;
    let path = resolve(&call.evaluator.root_path(), &text);
    may_read(call, &path).then_some(path)
}

/// The path of a file that may be read; what the call gives where there is none.
fn readable(call: &Call<'_, '_>, value: &Value) -> Result<PathBuf, Box<Value>> {
    let arguments = std::slice::from_ref(value);
    if !is_path(value) {
        return Err(Box::new(call.unless_known(arguments)));
    }
    let path = path_of(call, value).ok_or_else(|| Box::new(call.unmodelled(arguments)))?;
    match call.evaluator.sources.kind(&path) {
        Ok(EntryKind::Directory) => Err(Box::new(call.invalid("the path is that of a directory"))),
        _ => Ok(path),
    }
}

fn too_large(call: &Call<'_, '_>) -> Box<Value> {
    Box::new(call.evaluator.over_limit(call.span, "the file is too large"))
}

/// The bytes of a file, text or not.
pub(super) fn bytes(call: &Call<'_, '_>, value: &Value) -> Result<Vec<u8>, Box<Value>> {
    let path = readable(call, value)?;
    let most = u64::try_from(limits::FILE_BYTES).unwrap_or(u64::MAX);
    match call.evaluator.sources.read_aside(&path, most) {
        Ok(bytes) if call.evaluator.spend(bytes.len() / 64, call.span) => Ok(bytes),
        Ok(_) => Err(Box::new(values::limit(call.span))),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => Err(too_large(call)),
        // It may be made before Terraform runs.
        Err(_) => Err(Box::new(call.unmodelled(std::slice::from_ref(value)))),
    }
}

/// A file of text.
pub(super) fn read(call: &Call<'_, '_>, value: &Value) -> Result<Arc<SourceFile>, Box<Value>> {
    let path = readable(call, value)?;
    let no_text = || Box::new(call.invalid("the file is not UTF-8"));
    let loaded = call.evaluator.sources.load(&path);
    loaded.iter().for_each(|source| call.evaluator.has_read(source));
    match loaded {
        Ok(source) if source.text().len() > limits::FILE_BYTES => Err(too_large(call)),
        // What is not UTF-8 is in the store with this character in its place.
        Ok(source) if source.text().contains('\u{fffd}') => match String::from_utf8(bytes(call, value)?) {
            Ok(_) => Ok(source),
            Err(_) => Err(no_text()),
        },
        Ok(source) => Ok(source),
        Err(LoadError::NotUtf8 { .. }) => Err(no_text()),
        // It may be made before Terraform runs.
        Err(LoadError::Io(_)) => Err(Box::new(call.unmodelled(std::slice::from_ref(value)))),
        Err(LoadError::TooLarge) => Err(too_large(call)),
    }
}

/// What was read from a file, with the step that says so.
pub(super) fn through(call: &Call<'_, '_>, value: Value, source: &SourceFile) -> Value {
    let origin = value.origin.through(Step::File, Arc::clone(source.display()), call.span);
    Value { origin, ..value }
}

fn file(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(path) = values.first() else { return rejected(call.span) };
    match read(call, path) {
        Ok(source) => through(call, Value::string(values::normalised(Text::of_file(&source))), &source),
        Err(value) => *value,
    }
}

fn file_base64(call: &Call<'_, '_>, values: &[Value]) -> Value {
    match values.first().map(|path| bytes(call, path)) {
        Some(Ok(bytes)) => super::encoding::encoded(call, &bytes),
        Some(Err(value)) => *value,
        None => rejected(call.span),
    }
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
