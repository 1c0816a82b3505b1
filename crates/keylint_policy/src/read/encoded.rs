//! Values that stand as JSON text where a policy has a string: `jsonencode`, `Fn::ToJsonString`.

use std::sync::Arc;

use keylint_model::{Data, NeedsSplit, Part, Reason, Unknown, Value, World};
use keylint_syntax::Text;

/// The text of a value as JSON. What languages write in different ways is a hole: members of a mapping,
/// whose order they choose, and characters that only some of them escape.
///
/// # Errors
///
/// [`NeedsSplit`] when the value has an alternative that the world leaves open.
pub(super) fn parts(value: &Value, world: &World) -> Result<Vec<Part>, NeedsSplit> {
    let mut writer = Writer { world, parts: Vec::new(), text: String::new() };
    writer.value(value)?;
    writer.flush();
    Ok(writer.parts)
}

struct Writer<'w> {
    world: &'w World,
    parts: Vec<Part>,
    /// What is known since the last hole.
    text: String,
}

impl Writer<'_> {
    /// Values are no deeper than the evaluator that made them goes.
    fn value(&mut self, value: &Value) -> Result<(), NeedsSplit> {
        let value = value.resolve(self.world)?;
        match &value.data {
            Data::Null => self.text.push_str("null"),
            Data::String(_) | Data::Partial(_) => {
                self.text.push('"');
                self.string(&value.parts().unwrap_or_default());
                self.text.push('"');
            }
            Data::Bool(_) | Data::Number(_) => {
                for part in value.parts().unwrap_or_default().iter() {
                    match part {
                        Part::Known(text) => self.text.push_str(text),
                        Part::Hole(unknown, _) => self.hole(Arc::clone(unknown)),
                    }
                }
            }
            Data::List(list) if list.rest.is_none() && !list.is_set() => {
                self.text.push('[');
                let mut is_first = true;
                for element in &list.elements {
                    if list.gaps && element.resolve(self.world)?.is_null() {
                        continue;
                    }
                    if !std::mem::take(&mut is_first) {
                        self.text.push(',');
                    }
                    self.value(element)?;
                }
                self.text.push(']');
            }
            Data::List(_) => self.open("[", "]"),
            Data::Map(map) if map.rest.is_none() && map.entries.len() < 2 => {
                self.text.push('{');
                for (key, entry) in &map.entries {
                    self.value(&Value::string(Text::synthetic(Arc::clone(key))))?;
                    self.text.push(':');
                    self.value(&entry.value)?;
                }
                self.text.push('}');
            }
            Data::Map(_) => self.open("{", "}"),
            Data::Json(_) => self.open("\"", "\""),
            Data::Unknown(unknown) => self.hole(Arc::new(made_of(unknown))),
            Data::Choice(_) => self.hole(Arc::new(Unknown::new(Reason::Limit))),
        }
        Ok(())
    }

    fn string(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Known(text) if text.chars().all(is_plain) => self.text.push_str(text),
                Part::Known(_) => self.hole(Arc::new(escaped())),
                Part::Hole(unknown, _) => self.hole(Arc::new(made_of(unknown))),
            }
        }
    }

    fn open(&mut self, start: &str, end: &str) {
        self.text.push_str(start);
        self.hole(Arc::new(escaped()));
        self.text.push_str(end);
    }

    fn hole(&mut self, unknown: Arc<Unknown>) {
        self.flush();
        self.parts.push(Part::Hole(unknown, None));
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.parts.push(Part::Known(Text::synthetic(std::mem::take(&mut self.text))));
        }
    }
}

/// Whether every language writes a character of a string as itself.
fn is_plain(character: char) -> bool {
    (' '..='~').contains(&character) && !matches!(character, '"' | '\\' | '<' | '>' | '&' | '/' | '\'')
}

/// What is known, but not how it is written.
fn escaped() -> Unknown {
    Unknown::new(Reason::Function("JSON".into()))
}

/// A part that is not known: what stands for it in the text may be quoted and escaped.
fn made_of(unknown: &Unknown) -> Unknown {
    Unknown { at: unknown.at, causes: Arc::clone(&unknown.causes), ..Unknown::new(unknown.reason.clone()) }
}
