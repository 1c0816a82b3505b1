//! What the text of an attribute certainly is, whatever deployment makes it.
//!
//! No published data says what an attribute is, so `data/shapes.tsv` is written by hand from the
//! pages of the types. What it does not have may be anything.

use std::collections::HashMap;
use std::sync::LazyLock;

use keylint_model::{Address, Shape};

const TABLE: &str = include_str!("../../data/shapes.tsv");

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
    fn every_row_is_read_and_they_are_sorted() {
        let keys: Vec<_> = rows().map(|(of, attribute, _)| (of, attribute)).collect();
        assert!(keys.is_sorted_by(|one, other| one < other), "{keys:?}");
        assert!(rows().all(|(_, _, shape)| read(shape).is_some()));
        assert_eq!(rows().count(), TABLE.lines().filter(|line| !line.starts_with('#')).count());
    }
}
