//! What the text of an attribute certainly is, whatever deployment makes it.
//!
//! No published data says what an attribute is, so `data/shapes.tsv` is written by hand from the
//! pages of the types. What it does not have may be anything.

use std::collections::HashMap;
use std::sync::LazyLock;

use keylint_model::{Address, Shape};

const TABLE: &str = include_str!("../../data/shapes.tsv");

/// What texts of a shape consist of, beside letters and digits.
const CHARACTERS: &str = include_str!("../../data/characters.tsv");

/// The shape of an attribute of a resource or data source of the AWS provider.
pub(super) fn of(address: &Address, attribute: &str) -> Shape {
    static SHAPES: LazyLock<HashMap<(&str, &str), Shape>> = LazyLock::new(|| {
        rows().filter_map(|(of, attribute, shape)| Some(((of, attribute), read(shape)?))).collect()
    });
    type_of(address).and_then(|of| SHAPES.get(&(of, attribute))).copied().unwrap_or_default()
}

fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut fields = line.split('\t');
        Some((fields.next()?, fields.next()?, fields.next()?))
    })
}

fn read(shape: &'static str) -> Option<Shape> {
    Some(match shape {
        form if form.starts_with("arn:") => Shape::Arn(form),
        start if start.ends_with('-') => Shape::Id(start),
        "name" => Shape::Name,
        "url" => Shape::Url,
        "account" => Shape::Account,
        "partition" => Shape::Partition,
        "region" => Shape::Region,
        "word" => Shape::Word,
        _ => return None,
    })
}

/// Whether no text of a shape contains `text`, whatever deployment makes it; false where nothing is
/// known of that.
pub(crate) fn excludes(shape: Shape, text: &str) -> bool {
    let others = match shape {
        Shape::Any | Shape::Url => return false,
        Shape::Name => return text.contains(':'),
        Shape::Word | Shape::Id(_) => return text.contains([':', '/']),
        Shape::Account => others("account"),
        Shape::Partition => others("partition"),
        Shape::Region => others("region"),
        Shape::Arn(form) => others(form),
    };
    let literal = |form: &str, character: char| {
        form.split("${").any(|piece| piece.rsplit('}').next().unwrap_or_default().contains(character))
    };
    others.is_some_and(|(form, others)| {
        let is_used = |it: char| it.is_ascii_alphanumeric() || others.contains(it) || literal(form, it);
        !text.chars().all(is_used)
    })
}

/// The characters beside letters and digits that the table has of a shape.
fn others(shape: &str) -> Option<(&'static str, &'static str)> {
    let rows = CHARACTERS.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| line.split_once('\t')).find(|(of, _)| *of == shape)
}

/// The type of a resource, with `data.` in front for a data source.
fn type_of(address: &Address) -> Option<&str> {
    let within = address.in_module()?;
    let start = if within.starts_with("data.") { "data.".len() } else { 0 };
    let (name, _) = within.get(start..)?.split_once('.')?;
    within.get(..start + name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_have_the_shape_of_their_type() {
        let shape = |address: &str, attribute: &str| of(&Address::new(address), attribute);
        for (address, attribute, expected) in [
            ("data.aws_caller_identity.current", "account_id", Shape::Account),
            ("module.a[\"x\"].data.aws_partition.this[0]", "partition", Shape::Partition),
            ("data.aws_region.here[*]", "name", Shape::Region),
            ("module.data.aws_s3_bucket.logs", "id", Shape::Word),
            ("data.aws_caller_identity.current", "arn", Shape::Any),
            ("aws_s3_bucket.logs[0]", "arn", Shape::Arn("arn:${Partition}:s3:::${BucketName:word}")),
            ("aws_vpc_endpoint.s3", "id", Shape::Id("vpce-")),
            ("aws_sqs_queue.q", "url", Shape::Url),
            ("aws_region.here", "name", Shape::Any),
            ("aws_s3_bucket.logs[\"a.b\"]", "bucket", Shape::Word),
            ("data", "id", Shape::Any),
        ] {
            assert_eq!(shape(address, attribute), expected, "{address}.{attribute}");
        }
    }

    #[test]
    fn a_text_of_a_shape_has_none_but_its_characters() {
        let secret = of(&Address::new("aws_secretsmanager_secret.a"), "id");
        let role = of(&Address::new("aws_iam_role.a"), "arn");
        for (shape, text, expected) in [
            (secret, ",", true),
            (secret, "a, b", true),
            (secret, ":", false),
            (secret, "/", false),
            (secret, "$", true),
            (role, ",", false),
            (role, "|", true),
            (Shape::Account, "-", true),
            (Shape::Region, "-", false),
            (Shape::Region, ",", true),
            (Shape::Word, "/", true),
            (Shape::Word, ",", false),
            (Shape::Any, ",", false),
            (Shape::Url, " ", false),
        ] {
            assert_eq!(excludes(shape, text), expected, "{shape:?} {text}");
        }
    }

    #[test]
    fn characters_are_those_of_shapes_that_attributes_have() {
        let shapes: Vec<&str> = rows().map(|(_, _, shape)| shape).collect();
        let keys = CHARACTERS.lines().filter(|line| !line.starts_with('#'));
        let keys: Vec<_> = keys.map(|line| line.split_once('\t').unwrap().0).collect();
        assert!(keys.is_sorted_by(|one, other| one < other), "{keys:?}");
        assert!(keys.iter().all(|key| shapes.contains(key)), "{keys:?}");
    }

    #[test]
    fn every_row_is_read_and_they_are_sorted() {
        let keys: Vec<_> = rows().map(|(of, attribute, _)| (of, attribute)).collect();
        assert!(keys.is_sorted_by(|one, other| one < other), "{keys:?}");
        assert!(rows().all(|(_, _, shape)| read(shape).is_some()));
        assert_eq!(rows().count(), TABLE.lines().filter(|line| !line.starts_with('#')).count());
    }
}
