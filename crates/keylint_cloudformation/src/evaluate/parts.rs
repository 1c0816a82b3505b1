//! Texts with holes, put together.

use std::sync::Arc;

use keylint_model::{Data, Origin, Part, Reason, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::Text;

/// Adds what a value contributes to a string.
pub(super) fn push_parts(parts: &mut Vec<Part>, value: &Value, hole: Option<Span>) {
    match value.parts() {
        Some(more) => parts.extend(more.iter().map(|part| match part {
            // A hole is shown where it is written in this string, not where it came from.
            Part::Hole(unknown, place) if more.len() == 1 => Part::Hole(Arc::clone(unknown), hole.or(*place)),
            part => part.clone(),
        })),
        None => match &value.data {
            Data::Null => {}
            Data::Json(_) => {
                let unknown = Unknown::new(Reason::Function("Fn::ToJsonString".into()));
                parts.push(Part::Hole(Arc::new(unknown), hole));
            }
            _ => parts.push(Part::Hole(Arc::new(Unknown::new(Reason::Invalid)), hole)),
        },
    }
}

/// Neighbouring known parts as one, each run joined in a single step.
pub(super) fn join_known(parts: Vec<Part>) -> Vec<Part> {
    if Part::are_joined(&parts) {
        return parts;
    }
    let mut joined = Vec::with_capacity(parts.len());
    let mut run: Vec<Text> = Vec::new();
    for part in parts {
        match part {
            Part::Known(text) => run.push(text),
            hole => {
                finish(&mut run, &mut joined);
                joined.push(hole);
            }
        }
    }
    finish(&mut run, &mut joined);
    joined
}

fn finish(run: &mut Vec<Text>, joined: &mut Vec<Part>) {
    let text = match run.as_slice() {
        [] => return,
        [only] => only.clone(),
        several => Text::concat(several),
    };
    run.clear();
    if !text.is_empty() {
        joined.push(Part::Known(text));
    }
}

/// A string from parts; a single hole is the unknown itself.
pub(crate) fn from_parts(parts: Vec<Part>, origin: Origin) -> Value {
    match parts.as_slice() {
        [Part::Hole(unknown, _)] => Value::new(Data::Unknown(Arc::clone(unknown)), origin),
        _ => Value::from_parts(parts, origin),
    }
}
