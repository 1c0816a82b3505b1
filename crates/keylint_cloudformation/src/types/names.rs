//! The names of properties, at any depth of a resource type.

use std::sync::LazyLock;

use super::{ResourceType, line_of};

/// Written by `cargo xtask cloudformation`.
const SHAPES: &str = include_str!("property-shapes.tsv");

/// Stands for properties of any name.
const ANY: &str = "*";

/// The names that a mapping of a template can have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    /// The names, separated by spaces, each with the number of what it holds where that is known.
    names: &'static str,
    /// Further names: what only AWS writes.
    attributes: &'static str,
    /// The names of the first level that hold others, where these stand apart.
    nested: &'static str,
}

impl Names {
    /// The properties of a resource type; `None` when the schemas do not have it.
    pub(crate) fn of(type_name: &str) -> Option<Names> {
        let ResourceType { attributes, properties } = ResourceType::named(type_name)?;
        let nested = line_of(types(), type_name).unwrap_or_default();
        Some(Names { names: properties, attributes, nested })
    }

    /// Whether other names are right as well.
    pub(crate) fn is_open(self) -> bool {
        self.all().next() == Some(ANY)
    }

    /// Whether a name is one of these.
    pub(crate) fn contains(self, name: &str) -> bool {
        self.all().any(|known| known == name)
    }

    /// The names.
    pub(crate) fn all(self) -> impl Iterator<Item = &'static str> {
        // An attribute inside another has a dot, and the other is among the names.
        let attributes = self.attributes.split(' ').filter(|name| !name.contains('.'));
        let names = self.names.split(' ').map(|name| name.split('>').next().unwrap_or(name));
        names.chain(attributes).filter(|name| !name.is_empty())
    }

    /// The names of what a property holds, or each of its elements where it is a list. `None` where
    /// it holds no mapping, or one that the table does not describe.
    pub(crate) fn inside(self, name: &str) -> Option<Names> {
        let holders = self.nested.split(' ').chain(self.names.split(' '));
        let numbers = holders.filter_map(|holder| holder.split_once('>'));
        let number = numbers.filter(|(known, _)| *known == name).find_map(|(_, number)| number.parse().ok());
        let names = shapes().get::<usize>(number?).copied()?;
        Some(Names { names, attributes: "", nested: "" })
    }
}

/// The part of the table with a line for each type.
fn types() -> &'static str {
    split().0
}

/// The lines of the part with the shapes.
fn shapes() -> &'static [&'static str] {
    static LINES: LazyLock<Vec<&str>> = LazyLock::new(|| split().1.lines().collect());
    &LINES
}

fn split() -> (&'static str, &'static str) {
    static PARTS: LazyLock<(&str, &str)> =
        LazyLock::new(|| SHAPES.split_once("\n\n").unwrap_or((SHAPES, "")));
    *PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_at_every_depth() {
        let bucket = Names::of("AWS::S3::Bucket").unwrap();
        assert!(
            bucket.contains("BucketEncryption") && bucket.contains("Arn") && !bucket.contains("Encryption")
        );
        let rule =
            bucket.inside("BucketEncryption").unwrap().inside("ServerSideEncryptionConfiguration").unwrap();
        assert!(rule.contains("BucketKeyEnabled") && !rule.is_open());
        assert!(rule.inside("ServerSideEncryptionByDefault").unwrap().contains("KMSMasterKeyID"));
        assert!(rule.inside("BucketKeyEnabled").is_none() && bucket.inside("BucketName").is_none());
        assert!(Names::of("AWS::CloudFormation::CustomResource").unwrap().is_open());
        assert!(Names::of("AWS::S3::Pail").is_none());
    }

    #[test]
    fn the_table_is_sorted_and_every_number_has_a_shape() {
        let lines = types().lines().skip(1);
        let names: Vec<_> = lines.map(|line| line.split('\t').next().unwrap()).collect();
        assert!(names.is_sorted() && names.len() > 140, "run `cargo xtask cloudformation WHEEL PACKAGE`");
        for name in names {
            assert!(ResourceType::named(name).is_some(), "{name}");
        }
        let holders = SHAPES.split([' ', '\t', '\n']).filter_map(|holder| holder.split_once('>'));
        let numbers: Vec<usize> = holders.filter_map(|(_, number)| number.parse().ok()).collect();
        assert!(numbers.iter().all(|number| *number < shapes().len()) && numbers.len() > 1_000);
    }
}
