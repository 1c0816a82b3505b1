//! What the tests of this crate share.

use std::path::Path;
use std::sync::Arc;

use keylint_model::{Data, Origin, Part, Reason, Reference, Shape, Unknown, Value, World};
use keylint_source::{Memory, SourceFile, Sources};
use keylint_syntax::Text;

use crate::{Document, Parsed};

/// The unknown that a name between `«` and `»` stands for in a test's policy.
fn unknown(name: &str) -> Unknown {
    if name.starts_with("AWS::") {
        let shape = match name {
            "AWS::Partition" => Shape::Partition,
            "AWS::Region" => Shape::Region,
            "AWS::AccountId" => Shape::Account,
            "AWS::StackName" => Shape::Word,
            _ => Shape::Any,
        };
        return Unknown::new(Reason::Environment(name.into())).with_identity(name).with_shape(shape);
    }
    if name.starts_with("data.") {
        return Unknown::new(Reason::DataSource(name.into())).with_identity(name);
    }
    if name.starts_with("aws_") {
        let (address, attribute) = name.rsplit_once('.').unwrap();
        let reference =
            Reference { address: keylint_model::Address::new(address), attribute: attribute.into() };
        let shape = match (address.split('.').next(), attribute) {
            (Some("aws_s3_bucket"), "arn") => Shape::Arn("arn:${Partition}:s3:::${BucketName:word}"),
            (Some("aws_kms_key"), "arn") => {
                Shape::Arn("arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}")
            }
            (Some("aws_dynamodb_table"), "stream_arn") => {
                Shape::Arn("arn:${Partition}:${Service}:${Region}:${Account}:${Resource}")
            }
            (Some("aws_sqs_queue"), "url") => Shape::Url,
            (Some("aws_vpc"), "id") => Shape::Id("vpc-"),
            (Some("aws_iam_role"), "name") => Shape::Word,
            _ => Shape::Any,
        };
        return Unknown::new(Reason::Computed(name.into())).with_reference(reference).with_shape(shape);
    }
    Unknown::new(Reason::Input(name.into())).with_identity(name)
}

/// A file that contains a text.
pub(crate) fn file(text: &str) -> Arc<SourceFile> {
    let sources = Sources::new(Arc::new(Memory::new()), "/");
    sources.insert(Path::new("policy.json"), text)
}

/// The value of JSON text that fills a file, in which `«name»` is a hole.
pub(crate) fn value(text: &str) -> Value {
    let file = file(text);
    let mut parts = Vec::new();
    let mut rest = 0;
    for (start, _) in text.match_indices('«') {
        let end = start + text.get(start..).unwrap().find('»').unwrap();
        let span = keylint_source::Span::new(file.id(), start, end + '»'.len_utf8());
        push_known(&mut parts, &file, rest..start);
        let name = text.get(start + '«'.len_utf8()..end).unwrap();
        parts.push(Part::Hole(Arc::new(unknown(name)), Some(span)));
        rest = end + '»'.len_utf8();
    }
    push_known(&mut parts, &file, rest..text.len());
    let origin = Origin::at(file.span());
    match parts.as_slice() {
        [Part::Known(text)] => Value::new(Data::String(text.clone()), origin),
        _ => Value::new(Data::Partial(parts.into()), origin),
    }
}

fn push_known(parts: &mut Vec<Part>, file: &SourceFile, range: std::ops::Range<usize>) {
    if !range.is_empty() {
        let span = keylint_source::Span::new(file.id(), range.start, range.end);
        parts.push(Part::Known(Text::at(file.text().get(range).unwrap(), span)));
    }
}

/// The document that a text is; fails the test when it is none.
pub(crate) fn document(text: &str) -> Document {
    match Document::parse(&value(text), &World::open()).unwrap() {
        Parsed::Document(document) => *document,
        other => panic!("{other:?}"),
    }
}

/// A document of statements in the current version of the language.
pub(crate) fn statements(statements: &str) -> Document {
    document(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#))
}
