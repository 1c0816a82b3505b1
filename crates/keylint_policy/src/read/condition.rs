//! Reads `Condition`.

use std::sync::Arc;

use keylint_model::{Data, Entry, NeedsSplit};

use super::{Reader, place};
use crate::document::{Amiss, ConditionEntry, ConditionOperator, Conditions, is_name_of_aws};
use crate::operator::Operator;

impl Reader<'_> {
    pub(super) fn conditions(&mut self, entry: Option<&Entry>) -> Result<Conditions, NeedsSplit> {
        let mut conditions = Conditions::default();
        let Some(entry) = entry else { return Ok(conditions) };
        let value = self.resolve(&entry.value)?;
        conditions.key_span = entry.key_span;
        conditions.span = place(value, entry);
        conditions.is_given = !value.is_null();
        match &value.data {
            Data::Null => {}
            Data::Unknown(unknown) => conditions.rest = Some(Arc::clone(unknown)),
            Data::Map(map) => {
                conditions.rest.clone_from(&map.rest);
                self.names(value, |name| Operator::parse(name).is_some());
                for (name, inner) in &map.entries {
                    self.operator(name, inner, &mut conditions)?;
                }
            }
            _ => self.wrong_type("Condition", value, conditions.span),
        }
        Ok(conditions)
    }

    fn operator(
        &mut self,
        name: &Arc<str>,
        entry: &Entry,
        conditions: &mut Conditions,
    ) -> Result<(), NeedsSplit> {
        let operator = Operator::parse(name);
        let value = self.resolve(&entry.value)?;
        // AWS takes any name as long as nothing stands under it.
        let empty = value.as_map().is_some_and(|map| map.entries.is_empty());
        if operator.is_none() && !empty {
            self.named(Amiss::UnknownOperator, Arc::clone(name), name, entry.key_span);
        }
        conditions.operators.push(ConditionOperator {
            name: Arc::clone(name),
            key_span: entry.key_span,
            span: place(value, entry),
            is_empty: value.as_map().is_some_and(|map| map.entries.is_empty() && map.rest.is_none()),
        });
        match &value.data {
            Data::Map(map) => {
                if conditions.rest.is_none() {
                    conditions.rest.clone_from(&map.rest);
                }
                self.names(value, is_name_of_aws);
                for (key, inner) in &map.entries {
                    let values = self.strings(Some(inner), "Condition")?;
                    // A value that deployment removes takes its key with it.
                    let Some(values) = values else { continue };
                    conditions.entries.push(ConditionEntry {
                        operator,
                        operator_name: Arc::clone(name),
                        operator_span: map.name_of(key).or(entry.key_span),
                        key: Arc::clone(key),
                        key_span: inner.key_span,
                        origin: value.origin.clone(),
                        values,
                    });
                }
            }
            Data::Unknown(unknown) => conditions.rest = Some(Arc::clone(unknown)),
            Data::Null => {}
            _ => self.wrong_type("Condition", value, place(value, entry)),
        }
        Ok(())
    }
}
