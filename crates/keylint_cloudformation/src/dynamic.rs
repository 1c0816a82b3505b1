//! Dynamic references: `{{resolve:secretsmanager:MySecret:SecretString:password}}` in a string.
//!
//! The service replaces them when it deploys, after all functions are resolved, so a reference may
//! be put together by `Fn::Sub` or `Fn::Join` and have holes of its own.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>

use std::sync::Arc;

use keylint_model::{Part, Reason, Unknown};
use keylint_source::Span;
use keylint_syntax::Text;

const OPEN: &str = "{{resolve:";
const CLOSE: &str = "}}";

/// Whether a text can hold the start of a reference.
pub(crate) fn occurs_in(text: &str) -> bool {
    start(text).is_some()
}

/// Where the first reference starts. Most strings do not even have a brace, which is found out faster.
fn start(text: &str) -> Option<usize> {
    text.contains('{').then(|| text.find(OPEN)).flatten()
}

/// The parts with each dynamic reference as one hole. One that never closes stays text. What the
/// references name is left out where something that is put together here is `sensitive`.
pub(crate) fn resolve(parts: Vec<Part>, sensitive: bool) -> Vec<Part> {
    let has_reference = |part: &Part| matches!(part, Part::Known(text) if start(text).is_some());
    if !parts.iter().any(has_reference) {
        return parts;
    }
    let mut done = Vec::with_capacity(parts.len());
    let mut open: Option<Open> = None;
    for part in parts {
        open = match (open, part) {
            (open, Part::Known(text)) => references_in(&text, open, &mut done, sensitive),
            (None, hole) => {
                done.push(hole);
                None
            }
            (Some(reference), hole) => Some(reference.with(hole)),
        };
    }
    if let Some(unclosed) = open {
        done.extend(unclosed.parts);
    }
    done
}

/// Adds what a text brings; `open` is the reference that it starts in. The answer is the one that it
/// ends in. What is behind a reference is not copied before it is clear what it is: there may be many.
fn references_in(text: &Text, mut open: Option<Open>, done: &mut Vec<Part>, sensitive: bool) -> Option<Open> {
    let mut from = 0;
    loop {
        let rest = text.get(from..).unwrap_or_default();
        let Some(reference) = open.take() else {
            let Some(at) = start(rest) else {
                push(done, if from == 0 { text.clone() } else { text.slice(from..text.len()) });
                return None;
            };
            push(done, text.slice(from..from + at));
            from += at;
            open = Some(Open::default());
            continue;
        };
        let Some(at) = rest.find(CLOSE) else {
            return Some(reference.with(Part::Known(text.slice(from..text.len()))));
        };
        let end = from + at + CLOSE.len();
        done.push(reference.with(Part::Known(text.slice(from..end))).close(sensitive));
        from = end;
    }
}

/// A reference whose end was not met yet.
#[derive(Default)]
struct Open {
    parts: Vec<Part>,
}

impl Open {
    fn with(mut self, part: Part) -> Open {
        self.parts.push(part);
        self
    }

    fn close(self, sensitive: bool) -> Part {
        let mut named = String::new();
        let mut identified = true;
        for part in &self.parts {
            match part {
                Part::Known(text) => named.push_str(text),
                Part::Hole(unknown, _) => {
                    identified &= unknown.identity.is_some();
                    let identity = unknown.identity.as_deref().unwrap_or("…");
                    named.push_str(&format!("${{{identity}}}"));
                }
            }
        }
        // What stands between may have been written elsewhere: the default of a parameter.
        let first = self.parts.first().and_then(place);
        let last = self.parts.last().and_then(place);
        let span = first.map(|first| last.map_or(first, |last| first.cover(last)));
        let content = named.strip_prefix(OPEN).and_then(|rest| rest.strip_suffix(CLOSE)).unwrap_or(&named);
        let unknown = match sensitive {
            true => Unknown::new(Reason::DynamicReference(format!("{}…", service(content)).into())),
            false => Unknown::new(Reason::DynamicReference(content.into())),
        };
        let unknown = if identified && !sensitive { unknown.with_identity(named) } else { unknown };
        Part::Hole(Arc::new(unknown), span)
    }
}

/// The service that a reference asks, with its colon.
fn service(reference: &str) -> &'static str {
    let known = ["secretsmanager:", "ssm-secure:", "ssm:"];
    known.into_iter().find(|service| reference.starts_with(service)).unwrap_or_default()
}

fn place(part: &Part) -> Option<Span> {
    match part {
        Part::Known(text) => text.span(),
        Part::Hole(_, place) => *place,
    }
}

fn push(done: &mut Vec<Part>, text: Text) {
    if !text.is_empty() {
        done.push(Part::Known(text));
    }
}
