//! Reads the statements that deny in some of the cases that a world leaves open.
//!
//! What such a case allows is looked at in the worlds that decide it. What it denies bears on the
//! statements beside it: these must not be taken for what stands whatever it turns out to be.

use std::sync::Arc;

use keylint_model::{Data, Map, Unknown, Value};

use super::Reader;
use crate::document::{Effect, Reading, Statement};

/// The place of a statement that stands in no list of statements.
const NOWHERE: usize = usize::MAX;

impl Reader<'_> {
    /// Adds the statements among the alternatives of a value that may deny.
    pub(super) fn denials_in(&self, value: &Value, unknown: &Arc<Unknown>, found: &mut Vec<Statement>) {
        match &value.data {
            Data::Choice(alternatives) => {
                let is_out = |guard| matches!(self.world.satisfies(guard), Ok(false));
                let may_be = alternatives.iter().filter(|it| !is_out(&it.guard));
                may_be.for_each(|alternative| self.denials_in(&alternative.value, unknown, found));
            }
            Data::List(list) => {
                list.elements.iter().for_each(|element| self.denials_in(element, unknown, found));
            }
            Data::Map(map) if may_deny(map) => {
                let mut reader = Reader::new(self.world, Reading::Open);
                reader.version = self.version;
                // A statement that cannot be read in this world is none that can be compared.
                if let Ok(mut statement) = reader.statement(NOWHERE, map, value) {
                    statement.effect = Effect::Unknown(Arc::clone(unknown));
                    found.push(statement);
                }
            }
            _ => {}
        }
    }
}

/// Whether a statement denies, or may: most do not, and nothing else is read of these.
fn may_deny(map: &Map) -> bool {
    map.entries.get("Effect").is_some_and(|entry| entry.value.as_str().is_none_or(|effect| effect == "Deny"))
}
