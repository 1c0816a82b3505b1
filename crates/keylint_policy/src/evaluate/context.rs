//! The request context: what AWS knows of a request beside its action and resource.

use std::collections::BTreeMap;

use crate::element::PartlyKnown;

/// What a request has under one condition key.
#[derive(Clone, Debug)]
pub enum ContextValue {
    /// One value.
    One(PartlyKnown),
    /// Any number of values: the type of the key begins with `ArrayOf`. Such a key is compared by
    /// the operators with `ForAllValues:` or `ForAnyValue:` only, also when it has one value.
    /// Source: IAM User Guide, "Single-valued vs. multivalued context keys".
    Many(Vec<PartlyKnown>),
    /// Whether the request has the key, or which value, is not known.
    Unknown,
}

impl From<&str> for ContextValue {
    fn from(value: &str) -> Self {
        ContextValue::One(value.into())
    }
}

/// The context of a request by condition key. The case of a key does not count. A key that is not in
/// it is not in the request.
#[derive(Clone, Debug, Default)]
pub struct Context {
    values: BTreeMap<String, ContextValue>,
}

impl Context {
    /// An empty context.
    pub fn new() -> Self {
        Context::default()
    }

    /// Adds a key. A key that is there already, be it in other case, becomes unknown: which of two
    /// tags that differ in case AWS compares is not documented.
    pub fn insert(&mut self, key: &str, value: ContextValue) {
        let entry = self.values.entry(key.to_ascii_lowercase());
        entry.and_modify(|present| *present = ContextValue::Unknown).or_insert(value);
    }

    /// Adds a key that follows from the rest of the request, unless the context has it.
    pub fn insert_derived(&mut self, key: &str, value: impl Into<ContextValue>) {
        self.values.entry(key.to_ascii_lowercase()).or_insert_with(|| value.into());
    }

    /// What the request has under a key; `None` when it does not have the key.
    pub fn get(&self, key: &str) -> Option<&ContextValue> {
        if key.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return self.values.get(&key.to_ascii_lowercase());
        }
        self.values.get(key)
    }

    /// The keys in lower case with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ContextValue)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The single value of a key, where all of it is known.
    pub fn known(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(ContextValue::One(value)) => value.as_known(),
            _ => None,
        }
    }
}
