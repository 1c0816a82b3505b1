//! What is said of a template that does not parse.

use keylint_syntax::classify::parse;

use super::*;
use crate::{Given, ParsedFile, Project};

/// The resources of a file, each with its properties and whether there may be more of them.
fn resources(name: &str, text: &str) -> Vec<String> {
    let sources = Sources::new(Arc::new(Memory::new()), "/");
    let source = sources.insert(Path::new(name), text);
    let content = parse(&source);
    assert!(!content.errors.is_empty(), "{text}");
    let path = source.path().to_owned();
    let project = Project::new(&sources, [ParsedFile { source, content }], |_| false, |_| false);
    let stack = project.evaluate(&path, &Given::default()).unwrap().stack;
    let shown = stack.resources.iter().map(|resource| {
        let names: Vec<_> = resource.attributes.entries.keys().map(|name| &**name).collect();
        let rest = if resource.attributes.rest.is_some() { " …" } else { "" };
        format!("{} {}{rest}", resource.address, names.join(" "))
    });
    shown.collect()
}

#[test]
fn a_key_that_does_not_parse_is_not_a_key_that_is_not_given() {
    let yaml = "
Resources:
  Before: {Type: Custom::A, Properties: {X: 1}}
  Colon:
    Type: Custom::A
    Properties:
      Engine: mysql
      StorageEncrypted true
      MultiAZ: true
  First:
    Type: Custom::A
    Properties:
      StorageEncrypted true
      Engine: mysql
  After: {Type: Custom::A, Properties: {X: 1}}
  Quote:
    Type: Custom::A
    Properties:
      Engine: mysql
      \"StorageEncrypted: true
";
    assert_eq!(
        resources("a.yaml", yaml),
        ["Before X", "Colon Engine StorageEncrypted true MultiAZ …", "First  …", "After X", "Quote Engine …"]
    );
    let json = r#"{"Resources": {
  "Before": {"Type": "Custom::A", "Properties": {"X": 1}},
  "Key": {"Type": "Custom::A", "Properties": {"Engine": "mysql", StorageEncrypted: true, "MultiAZ": true}},
  "Comma": {"Type": "Custom::A", "Properties": {"Engine": "mysql" "StorageEncrypted": true}},
  "After": {"Type": "Custom::A", "Properties": {"X": 1}}
}}"#;
    assert_eq!(
        resources("a.json", json),
        ["Before X", "Key Engine MultiAZ …", "Comma Engine StorageEncrypted …", "After X"]
    );
}

#[test]
fn functions_beside_what_does_not_parse_are_still_functions() {
    let json = r#"{"Resources": {"A": {"Type": "Custom::A", "Properties": {
  "X": {"Fn::Join": ["-", ["a", "b"]]}, "Y": {"Z": {"Ref": "AWS::Region"} "W": 1}}}}}"#;
    let sources = Sources::new(Arc::new(Memory::new()), "/");
    let source = sources.insert(Path::new("a.json"), json);
    let content = parse(&source);
    let path = source.path().to_owned();
    let project = Project::new(&sources, [ParsedFile { source, content }], |_| false, |_| false);
    let stack = project.evaluate(&path, &Given::default()).unwrap().stack;
    assert_eq!(show(stack.resources[0].value("X").unwrap()), r#""a-b""#);
    let inner = stack.resources[0].value("Y").unwrap().as_map().unwrap();
    assert_eq!(show(inner.value("Z").unwrap()), "<environment AWS::Region>");
    assert!(inner.rest.is_some());
}
