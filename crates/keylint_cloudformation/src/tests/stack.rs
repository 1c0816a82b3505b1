//! What a template declares, besides the values of properties.

use keylint_model::Mode;

use super::*;

#[test]
fn parameters_are_inputs_and_resources_are_managed() {
    let read = read_yaml(
        "
Parameters:
  Password: {Type: String, NoEcho: true, Default: hunter2, Description: the password}
Resources:
  Key: {Type: AWS::KMS::Key, DeletionPolicy: Retain, DependsOn: Other, Properties: {EnableKeyRotation: true}}
  Other: {Type: AWS::KMS::Alias}
",
    );
    let shown: Vec<_> = read
        .stack
        .resources
        .iter()
        .map(|resource| (resource.address.as_str(), &*resource.type_name, resource.mode))
        .collect();
    assert_eq!(
        shown,
        [
            ("Password", "AWS::CloudFormation::Parameter", Mode::Input),
            ("Key", "AWS::KMS::Key", Mode::Managed),
            ("Other", "AWS::KMS::Alias", Mode::Managed),
        ]
    );
    let password = read.resource("Password");
    assert_eq!(password.value("NoEcho").unwrap().as_bool(), Some(true));
    assert!(password.value("Default").unwrap().origin.marks.sensitive);
    assert!(!password.value("Description").unwrap().origin.marks.sensitive);
    let names: Vec<_> = read.resource("Key").attributes.entries.keys().map(|name| &**name).collect();
    assert_eq!(names, ["EnableKeyRotation"]);
}

#[test]
fn metadata_names_the_construct_and_the_suppressions() {
    let read = read_json(
        r#"{"Resources": {"Key": {"Type": "AWS::KMS::Key", "Metadata": {
             "aws:cdk:path": "Stack/Key/Resource", "keylint": {"ignore": ["KMS001", "KMS002"]}}},
             "Other": {"Type": "AWS::KMS::Key", "Metadata": {"keylint": {"other": 1}}}}}"#,
    );
    assert_eq!(read.resource("Key").construct.as_deref(), Some("Stack/Key/Resource"));
    assert_eq!(read.resource("Other").construct, None);
    let [suppression] = read.stack.suppressions.as_slice() else { panic!() };
    let rules: Vec<_> =
        suppression.rules.iter().map(|(rule, span)| (&**rule, read.file.slice(*span))).collect();
    assert_eq!(rules, [("KMS001", "\"KMS001\""), ("KMS002", "\"KMS002\"")]);
    assert!(read.file.slice(suppression.covers).starts_with("\"Key\": {\"Type\""));
}

#[test]
fn properties_that_a_transform_or_loop_makes_are_left_open() {
    let read = read_yaml(
        "
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList}}
Resources:
  'Fn::ForEach::Keys': [Name, !Ref Names, {'Key${Name}': {Type: AWS::KMS::Key}}]
  A: {Type: Custom::A, Properties: {'Fn::Transform': {Name: AWS::Include}, X: 1}}
  B: {Type: Custom::B, Properties: {'Fn::Transform': {Name: AWS::Include}}}
  C: {Type: Custom::C, Properties: {Key: !Ref KeyA}}
",
    );
    assert_eq!(read.problems(), [""; 0]);
    assert!(read.resource("A").attributes.rest.is_some());
    assert_eq!(show(read.property("A", "X")), "1");
    assert!(read.resource("B").attributes.rest.is_some());
}

#[test]
fn a_macro_over_the_whole_template_leaves_open_what_is_not_written() {
    let read = read_yaml(
        "
Transform: [AWS::LanguageExtensions, {Name: Explode, Parameters: {A: b}}]
Resources:
  A: {Type: Custom::A, Properties: {X: 1}}
  B: {Type: Custom::B, Properties: !Nope}
",
    );
    assert!(read.resource("A").attributes.rest.is_some());
    assert_eq!(show(read.property("A", "X")), "1");
    assert!(read.stack.open.is_some());
    let said: Vec<_> = read.stack.missing_modules.iter().map(|call| call.address.as_str()).collect();
    assert_eq!(said, ["Explode"]);
    let ordinary = read_yaml("Transform: AWS::LanguageExtensions\nResources: {A: {Type: Custom::A}}");
    assert!(ordinary.stack.open.is_none() && ordinary.resource("A").attributes.rest.is_none());
    let snippet = read_yaml("Resources:\n  Fn::Transform: {Name: AWS::Include}\n  A: {Type: Custom::A}");
    assert!(snippet.stack.open.is_some() && snippet.resource("A").attributes.rest.is_none());
}

#[test]
fn an_empty_template_is_an_empty_stack() {
    assert_eq!(read_json("{}").stack.resources.len(), 0);
    assert_eq!(read_yaml("Resources:\nOutputs:\n").stack.resources.len(), 0);
    assert_eq!(read_json("[]").problems(), ["KL003 at `[]`: a template is a mapping"]);
}

#[test]
fn loops_make_a_resource_for_each_item() {
    let read = read_yaml(
        "
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList, Default: 'a, b.c'}}
Resources:
  'Fn::ForEach::Keys':
    - Name
    - !Ref Names
    - 'Key&{Name}':
        Type: Custom::Key
        Properties:
          Description: !Sub '${Name} in ${AWS::Region}'
          Alias: !Ref Name
          'Fn::ForEach::Tags': [Tag, [One, 2], {'${Name}-${Tag}': '${Tag}'}]
Outputs: {O: {Value: !Ref Keybc}}
",
    );
    assert_eq!(read.problems(), [""; 0]);
    let shown = |name: &str| {
        let entries = &read.resource(name).attributes.entries;
        entries
            .iter()
            .map(|(key, entry)| format!("{key}: {}", show(&entry.value)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert_eq!(shown("Keya"), r#"Description: "a in ${AWS::Region}", Alias: "a", a-One: "One", a-2: "2""#);
    assert_eq!(
        shown("Keybc"),
        r#"Description: "b.c in ${AWS::Region}", Alias: "b.c", b.c-One: "One", b.c-2: "2""#
    );
    assert_eq!(read.file.slice(read.resource("Keybc").header), "'Key&{Name}'");
}

#[test]
fn loops_in_loops_stop_at_a_limit() {
    let items = (0..200).map(|index| index.to_string()).collect::<Vec<_>>().join(", ");
    let mut fragment = "{'x${A}${B}${C}': {Type: Custom::X}}".to_owned();
    for name in ["A", "B", "C"] {
        fragment = format!("{{'Fn::ForEach::L{name}': [{name}, [{items}], {fragment}]}}");
    }
    let read = read_yaml(&format!("Transform: AWS::LanguageExtensions\nResources: {fragment}"));
    assert_eq!(read.stack.problems.iter().map(|problem| problem.rule).collect::<Vec<_>>(), ["KL004"]);
}
