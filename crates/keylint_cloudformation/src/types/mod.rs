//! Resource types: which properties and attributes exist, and what `Ref` and ARNs consist of.
//!
//! `resource-types.tsv` and `property-shapes.tsv` are generated from AWS's schemas and say which
//! names exist; `returns.tsv` is generated from the same schemas and the CDK's specification, and says
//! of `Ref` and the attributes what is certain there. All are read where they lie: a run looks up a
//! handful of their lines. `identities.tsv` is written by hand from the pages of the types and goes
//! first, because the data tells of few types what an ARN is put together from, and of an id without
//! a pattern not that it is no ARN. A type that none of them knows is not judged.

mod names;
mod returns;

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::LazyLock;

use keylint_model::Shape;

pub(crate) use names::Names;
use returns::Returned;

/// Written by `cargo xtask cloudformation`.
const TYPES: &str = include_str!("resource-types.tsv");

const IDENTITIES: &str = include_str!("identities.tsv");

/// A resource type of AWS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResourceType {
    /// What only AWS writes, as paths with dots, separated by spaces.
    attributes: &'static str,
    /// The other properties of the first level, separated by spaces.
    properties: &'static str,
}

impl ResourceType {
    /// The type of this name, where the schemas have it.
    pub(crate) fn named(name: &str) -> Option<ResourceType> {
        let mut fields = line_of(TYPES, name)?.split('\t');
        Some(ResourceType { attributes: fields.next()?, properties: fields.next()? })
    }

    /// What `Fn::GetAtt` is documented to read.
    pub(crate) fn attributes(self) -> impl Iterator<Item = &'static str> {
        self.attributes.split(' ').filter(|name| !name.is_empty())
    }

    /// Whether a property of the first level is written by the template.
    pub(crate) fn has_property(self, name: &str) -> bool {
        self.properties.split(' ').any(|known| known == name)
    }

    /// Whether `Fn::GetAtt` may know an attribute. Many types also return properties that the
    /// template writes, which the schemas do not tell, so these count.
    pub(crate) fn may_return(self, attribute: &str) -> bool {
        let first = attribute.split('.').next().unwrap_or(attribute);
        if self.has_property(first) {
            return true;
        }
        let parts = |known: &str| {
            let inside = |outer: &str, inner: &str| {
                inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'))
            };
            known == attribute || inside(known, attribute) || inside(attribute, known)
        };
        let nested = self.attributes().any(|known| known.starts_with(&format!("{first}.")));
        self.attributes().any(|known| if nested { known == attribute } else { parts(known) })
    }
}

/// The names of all types of AWS.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TYPES.lines().skip(1).filter_map(|line| line.split('\t').next())
}

/// The rest of the line of a sorted table that starts with a name, found without reading the others.
fn line_of(table: &'static str, name: &str) -> Option<&'static str> {
    let mut rest = table;
    while !rest.is_empty() {
        let middle = rest.floor_char_boundary(rest.len() / 2);
        let (before, _) = rest.split_at_checked(middle)?;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let (before, from) = rest.split_at_checked(start)?;
        let (line, after) = from.split_once('\n').unwrap_or((from, ""));
        let (known, fields) = line.split_once('\t').unwrap_or((line, ""));
        match known.cmp(name) {
            Ordering::Equal => return Some(fields),
            Ordering::Less => rest = after,
            Ordering::Greater => rest = before,
        }
    }
    None
}

/// The form of what `Ref` (as the attribute of this name) or `Fn::GetAtt` returns, where it is kept by hand.
fn form(type_name: &str, attribute: &str) -> Option<&'static str> {
    static INDEX: LazyLock<HashMap<(&str, &str), &str>> = LazyLock::new(|| {
        let entries = IDENTITIES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let mut fields = line.split('\t');
            Some(((fields.next()?, fields.next()?), fields.next()?))
        });
        entries.collect()
    });
    INDEX.get(&(type_name, attribute)).copied()
}

/// The name of `Ref` in the tables.
pub(crate) const REF: &str = "Ref";

/// The stretches of what `Ref` or an attribute returns, where it is put together from what a template
/// may know.
pub(crate) fn put_together(type_name: &str, attribute: &str) -> Option<Vec<Piece>> {
    if let Some(form) = form(type_name, attribute) {
        return Some(pieces(form));
    }
    let returned = returned(type_name, attribute)?;
    match returned.form {
        Some(form) => Some(pieces(form)),
        None if returned.is_given => Some(vec![returned.as_piece()]),
        None => None,
    }
}

/// The attribute or property that `Ref` returns, where that is known.
pub(crate) fn name_by_ref(type_name: &str) -> Option<&'static str> {
    match form(type_name, REF).map(pieces).as_deref() {
        Some([Piece::Named { name, .. }]) => Some(name),
        Some(_) => None,
        None => Returned::by_ref(type_name).map(|returned| returned.name),
    }
}

/// What is certain of what `Ref` or an attribute returns.
pub(crate) fn shape(type_name: &str, attribute: &str) -> Shape {
    match form(type_name, attribute).map(pieces).as_deref() {
        Some([Piece::Named { shape, .. }]) => *shape,
        Some(_) => Shape::Any,
        None => returned(type_name, attribute).map_or(Shape::Any, |returned| returned.shape),
    }
}

fn returned(type_name: &str, attribute: &str) -> Option<Returned> {
    match attribute {
        REF => Returned::by_ref(type_name),
        _ => Returned::attribute(type_name, attribute),
    }
}

/// A stretch of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(&'static str),
    /// A pseudo parameter.
    Pseudo(&'static str),
    /// A property, or an id that AWS gives.
    Named {
        name: &'static str,
        /// What stands for a property that is not given.
        default: Option<&'static str>,
        /// Whether it has a slash in front in any case.
        slash: bool,
        /// What it looks like, where it is all that is returned.
        shape: Shape,
    },
}

/// The stretches of a form.
fn pieces(form: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, part) in form.split("${").enumerate() {
        let text = match part.split_once('}').filter(|_| index > 0) {
            Some((name, text)) => {
                pieces.push(placeholder(name));
                text
            }
            None => part,
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
    }
    pieces
}

fn placeholder(name: &'static str) -> Piece {
    if name.starts_with("AWS::") {
        return Piece::Pseudo(name);
    }
    let (slash, name) = name.strip_prefix('/').map_or((false, name), |name| (true, name));
    let (name, default) = name.split_once('=').map_or((name, None), |(name, default)| (name, Some(default)));
    let (name, shape) = match name.split_once(':') {
        Some((name, "word")) => (name, Shape::Word),
        Some((name, "url")) => (name, Shape::Url),
        Some((name, start)) => (name, Shape::Id(start)),
        None => (name, Shape::Name),
    };
    Piece::Named { name, default, slash, shape }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_of_a_type_and_attribute_that_exist() {
        for line in IDENTITIES.lines().filter(|line| !line.starts_with('#')) {
            let [name, attribute, form] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let known = ResourceType::named(name).unwrap_or_else(|| panic!("no type {name}"));
            assert!(attribute == "Ref" || known.may_return(attribute), "{line}");
            for piece in pieces(form) {
                if let Piece::Named { name, default: Some(_), .. } = piece {
                    assert!(known.has_property(name), "{line}: {name}");
                }
            }
        }
    }

    #[test]
    fn the_table_is_sorted_and_has_the_types_that_count() {
        let names: Vec<_> = names().collect();
        assert!(names.is_sorted(), "run `cargo xtask cloudformation WHEEL PACKAGE`");
        assert!(names.len() > 1_500);
    }

    #[test]
    fn attributes_are_judged_by_the_schemas() {
        let database = ResourceType::named("AWS::RDS::DBInstance").unwrap();
        for known in ["Endpoint.Address", "DBInstanceArn", "Port", "MasterUserSecret.SecretArn"] {
            assert!(database.may_return(known), "{known}");
        }
        for unknown in ["Endpoint.Adress", "Arn", "Endpoints.Address"] {
            assert!(!database.may_return(unknown), "{unknown}");
        }
    }

    #[test]
    fn forms_fall_into_their_pieces() {
        assert_eq!(
            pieces("a${AWS::Region}b${Path=/}${/Name:word}"),
            [
                Piece::Text("a"),
                Piece::Pseudo("AWS::Region"),
                Piece::Text("b"),
                Piece::Named { name: "Path", default: Some("/"), slash: false, shape: Shape::Name },
                Piece::Named { name: "Name", default: None, slash: true, shape: Shape::Word },
            ]
        );
    }
}
