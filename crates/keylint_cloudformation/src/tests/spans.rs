//! Where values say they were written.

use keylint_model::{Part, Step};

use super::*;

const TEMPLATE: &str = r#"
Parameters:
  Name:
    Type: String
    Default: "app-default"
Mappings:
  Sizes:
    dev: {Small: 17}
Resources:
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties:
      Name: 'my-secret'
      Description: !Ref Name
      Size: !FindInMap [Sizes, dev, Small]
      Arn: !Sub arn:aws:s3:::${Name}/${AWS::Region}/x
      Joined: !Join ['-', [one, two]]
"#;

#[test]
fn entries_and_values_are_where_they_are_written() {
    let read = read_yaml(TEMPLATE);
    let at = |span: Option<keylint_source::Span>| read.file.slice(span.unwrap());
    let resource = read.resource("Secret");
    assert_eq!(read.file.slice(resource.header), "Secret");
    assert!(read.file.slice(resource.span).starts_with("Secret:\n    Type:"));
    assert!(read.file.slice(resource.span).trim_end().ends_with("[one, two]]"));
    let name = resource.entry("Name").unwrap();
    assert_eq!(
        (at(name.key_span), at(name.span), at(name.value.origin.span)),
        ("Name", "'my-secret'", "'my-secret'")
    );
    let description = resource.entry("Description").unwrap();
    assert_eq!((at(description.span), at(description.value.origin.span)), ("!Ref Name", r#""app-default""#));
    let via: Vec<_> =
        description.value.origin.steps().map(|via| (via.step, via.describe(), at(Some(via.span)))).collect();
    assert_eq!(via, [(Step::Default, "default of `Name`".to_owned(), "Name")]);
    let size = resource.entry("Size").unwrap();
    assert_eq!((at(size.span), at(size.value.origin.span)), ("!FindInMap [Sizes, dev, Small]", "17"));
    let via: Vec<_> = size.value.origin.steps().map(|via| (via.describe(), at(Some(via.span)))).collect();
    assert_eq!(via, [("mapping `Sizes`".to_owned(), "Small")]);
}

#[test]
fn parts_of_a_string_point_at_their_own_text() {
    let read = read_yaml(TEMPLATE);
    let parts = read.property("Secret", "Arn").parts().unwrap().into_owned();
    let [Part::Known(known), Part::Hole(_, hole), Part::Known(end)] = parts.as_slice() else {
        panic!("{parts:?}");
    };
    assert_eq!(known.as_str(), "arn:aws:s3:::app-default/");
    let at = |text: &Text, part: &str| {
        let start = text.find(part).unwrap();
        read.file.slice(text.span_of(start..start + part.len()).unwrap()).to_owned()
    };
    assert_eq!(at(known, "s3"), "s3");
    assert_eq!(at(known, "app-default"), "app-default");
    assert_eq!(read.file.slice(hole.unwrap()), "${AWS::Region}");
    assert_eq!(at(end, "/x"), "/x");
    let joined = read.property("Secret", "Joined");
    let Data::String(text) = &joined.data else { panic!() };
    assert_eq!(at(text, "two"), "two");
}

#[test]
fn json_is_read_like_yaml() {
    let read = read_json(
        r#"{"Parameters": {"Env": {"Type": "String"}},
            "Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {
              "Enabled": "true", "Description": {"Fn::Sub": "a\n${Env}${!x}"},
              "PendingWindowInDays": {"Fn::If": ["Nope", 1, {"Ref": "AWS::NoValue"}]}}}}}"#,
    );
    assert_eq!(read.problems(), [r#"KL003 at `"Nope"`: `Nope` is not a condition of this template"#]);
    assert_eq!(show(read.property("Key", "Description")), r#""a\n${Env}${x}""#);
    assert_eq!(read.property("Key", "Enabled").as_bool(), Some(true));
    let entry = read.resource("Key").entry("Enabled").unwrap();
    assert_eq!(read.file.slice(entry.key_span.unwrap()), "\"Enabled\"");
}

#[test]
fn a_known_bool_property_is_a_bool_in_every_spelling() {
    for spelling in ["true", "'true'", "True", "yes", "On"] {
        let read = with_property("", spelling);
        assert_eq!(read.property("Subject", "Value").as_bool(), Some(true), "{spelling}");
    }
    assert_eq!(with_property("", "'yes'").property("Subject", "Value").as_bool(), None);
}

#[test]
fn a_block_scalar_keeps_its_places_through_sub() {
    let read = read_yaml(
        "
Resources:
  R:
    Type: Custom::R
    Properties:
      Folded: !Sub >-
        one ${AWS::Region}
        two
      Policy:
        Fn::Sub: |
          {\"Resource\":
            \"arn:${AWS::Partition}:s3:::x\"}
",
    );
    for (name, hole, word) in [("Folded", "${AWS::Region}", "two"), ("Policy", "${AWS::Partition}", "s3:::x")]
    {
        let parts = read.property("R", name).parts().unwrap().into_owned();
        let [Part::Known(_), Part::Hole(_, place), Part::Known(end)] = parts.as_slice() else {
            panic!("{parts:?}");
        };
        assert_eq!(read.file.slice(place.unwrap()), hole);
        let start = end.find(word).unwrap();
        assert_eq!(read.file.slice(end.span_of(start..start + word.len()).unwrap()), word);
    }
}
