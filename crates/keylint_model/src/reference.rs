//! Names of resources, and the edges between them.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexSet;

use crate::origin::Step;
use crate::unknown::Unknown;
use crate::value::{Data, Part, Value};

/// The name of one resource of a stack as output shows it: a Terraform address with instance keys
/// (`module.fleet["a"].aws_x.y[0]`, `data.` in front of the type for a data source, `[*]` for a
/// symbolic instance), a CloudFormation logical id, or the file name of a bare policy document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(Arc<str>);

impl Address {
    /// An address from its canonical spelling.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Address(text.into())
    }

    /// The canonical spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of Terraform within its module, past those that it is in: `data.aws_x.y[0]` of
    /// `module.a["b.c"].data.aws_x.y[0]`. `None` where only modules are named.
    pub fn in_module(&self) -> Option<&str> {
        let mut rest = self.as_str();
        while let Some(inner) = rest.strip_prefix("module.") {
            rest = past_step(inner)?;
        }
        Some(rest)
    }

    /// The address without the keys of instances: what is written once, so that an identity survives one
    /// instance more.
    pub fn without_keys(&self) -> String {
        let mut depth = 0_usize;
        let mut quoted = false;
        let mut bare = String::with_capacity(self.0.len());
        for character in self.0.chars() {
            match character {
                '"' if depth > 0 => quoted = !quoted,
                '[' if !quoted => depth += 1,
                ']' if !quoted => depth = depth.saturating_sub(1),
                _ if depth == 0 => bare.push(character),
                _ => {}
            }
        }
        bare
    }
}

/// What follows a name, its key and the dot after them. A dot in a key of strings does not end it.
fn past_step(text: &str) -> Option<&str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => return text.get(at..)?.strip_prefix('.'),
            _ => {}
        }
    }
    None
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An attribute of a resource in the same stack, as a value that only deployment decides:
/// `aws_kms_key.this.arn`, `!GetAtt Key.Arn`, `!Ref Key`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The resource.
    pub address: Address,
    /// The attribute path in the front end's own terms: `arn`, `Endpoint.Address`; for
    /// CloudFormation's `Ref` it is `Ref`.
    pub attribute: Arc<str>,
}

impl Value {
    /// Every attribute of another resource that the value is made of, each once, in the order in
    /// which they are met: the edges that lead from whoever holds the value.
    ///
    /// Known values count too, where they were read through a resource (`aws_iam_role.x.name`, when
    /// the configuration sets the name), and so does what a function or a template made of
    /// references. A text in which a known attribute was spelled out is a text like any other.
    pub fn references(&self) -> Vec<Reference> {
        let mut found = IndexSet::new();
        collect(self, &mut found);
        found.into_iter().collect()
    }
}

/// Values are no deeper than the evaluator that made them goes.
fn collect(value: &Value, found: &mut IndexSet<Reference>) {
    let steps = value.origin.steps().filter(|via| via.step == Step::Attribute);
    found.extend(steps.filter_map(|via| read(&via.name)));
    let mut add = |unknown: &Unknown| found.extend(unknown.references().cloned());
    match &value.data {
        Data::Unknown(unknown) => add(unknown),
        Data::Partial(parts) => {
            for part in parts.iter() {
                if let Part::Hole(unknown, _) = part {
                    add(unknown);
                }
            }
        }
        Data::List(list) => {
            list.rest.iter().for_each(|rest| add(rest));
            list.elements.iter().for_each(|element| collect(element, found));
        }
        Data::Map(map) => {
            map.rest.iter().for_each(|rest| add(rest));
            map.entries.values().for_each(|entry| collect(&entry.value, found));
        }
        Data::Json(inner) => collect(inner, found),
        Data::Choice(alternatives) => alternatives.iter().for_each(|one| collect(&one.value, found)),
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::String(_) => {}
    }
}

/// The reference that a step through an attribute names: its last part is the attribute's name,
/// which has no dots.
fn read(name: &str) -> Option<Reference> {
    let (address, attribute) = name.rsplit_once('.')?;
    Some(Reference { address: Address::new(address), attribute: attribute.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_the_keys_of_instances_alone() {
        let cases = [
            (r#"module.fleet["a"].aws_x.y[0]"#, "module.fleet.aws_x.y"),
            (r#"aws_x.y["a]b"]"#, "aws_x.y"),
            ("aws_x.y[*]", "aws_x.y"),
            ("Database", "Database"),
        ];
        for (address, expected) in cases {
            assert_eq!(Address::new(address).without_keys(), expected);
        }
    }
}
