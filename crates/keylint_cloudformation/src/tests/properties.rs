//! Names of properties that a resource type does not have.

use super::{read_json, read_yaml};

/// The problems of a resource with these properties, in flow style.
fn problems(type_name: &str, properties: &str) -> Vec<String> {
    let text = format!(
        "Transform: AWS::LanguageExtensions\nConditions: {{C: !Equals [!Ref AWS::Region, a]}}\nResources:\n  R:\n    \
         Type: {type_name}\n    Properties: {properties}\n"
    );
    read_yaml(&text).problems()
}

#[test]
fn an_unknown_name_is_a_note_with_the_nearest() {
    let read = read_json(
        r#"{"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotaton": true}}}}"#,
    );
    assert_eq!(
        read.problems(),
        [r#"KL006 at `"EnableKeyRotaton"`: `AWS::KMS::Key` has no property `EnableKeyRotaton`"#]
    );
    let help = read.stack.problems.first().and_then(|problem| problem.help.as_deref());
    assert_eq!(help, Some("did you mean `EnableKeyRotation`?"));
}

#[test]
fn unknown_names_are_found_in_lists_branches_and_loops() {
    let cases = [
        (
            "AWS::KMS::Key",
            "{Tags: [{Key: a, Value: b}, {key: a}]}",
            "`Tags` of `AWS::KMS::Key` has no property `key`",
        ),
        (
            "AWS::S3::Bucket",
            "{BucketEncryption: !If [C, !Ref AWS::NoValue, {Rules: []}]}",
            "`BucketEncryption` of `AWS::S3::Bucket` has no property `Rules`",
        ),
        (
            "AWS::KMS::Key",
            "{'Fn::ForEach::L': [X, [A, B], {'Enable${X}': true}]}",
            "`AWS::KMS::Key` has no property `EnableA`",
        ),
        // A type that is no kind: the names of the first level are known.
        ("AWS::EC2::Subnet", "{Cidrblock: 10.0.0.0/8}", "`AWS::EC2::Subnet` has no property `Cidrblock`"),
        // What the elements of a list hold.
        (
            "AWS::IAM::Role",
            "{Policies: [{PolicyName: a, Document: {}}]}",
            "`Policies` of `AWS::IAM::Role` has no property `Document`",
        ),
    ];
    for (type_name, properties, message) in cases {
        let problems = problems(type_name, properties);
        assert!(problems.iter().any(|problem| problem.ends_with(message)), "{properties}: {problems:?}");
    }
}

#[test]
fn what_may_be_right_is_not_judged() {
    let cases = [
        // Free names: JSON, maps, custom resources, types without a schema.
        ("AWS::IAM::Role", "{AssumeRolePolicyDocument: {Anything: 1}}"),
        ("AWS::Lambda::Function", "{Environment: {Variables: {ANY: x}}}"),
        ("AWS::SSM::Document", "{Content: {anything: [{at: all}]}}"),
        ("Custom::Thing", "{Anything: 1}"),
        ("AWS::CloudFormation::CustomResource", "{ServiceToken: a, Anything: 1}"),
        ("Third::Party::New", "{Anything: 1}"),
        // Below the first level of a type that is no kind nothing is known.
        ("AWS::EC2::Subnet", "{PrivateDnsNameOptionsOnLaunch: {Anything: 1}}"),
        // What only AWS writes has a name all the same, and no value is no property.
        ("AWS::S3::Bucket", "{Arn: a}"),
        ("AWS::KMS::Key", "{Wrong: !Ref AWS::NoValue}"),
        // Functions make what is not written.
        ("AWS::KMS::Key", "{Wrong: 1, 'Fn::Transform': {Name: Mine}}"),
        ("AWS::KMS::Key", "{Tags: {'Fn::FindInMap': [A, B, C]}}"),
        ("AWS::KMS::Key", "{'Fn::ForEach::L': [X, !Ref Unknown, {'${X}': true}]}"),
    ];
    for (type_name, properties) in cases {
        let problems = problems(type_name, properties);
        assert!(!problems.iter().any(|problem| problem.starts_with("KL006")), "{properties}: {problems:?}");
    }
    for transform in ["Mine", "[AWS::Serverless-2016-10-31, Mine]"] {
        let read = read_yaml(&format!(
            "Transform: {transform}\nResources: {{Key: {{Type: AWS::KMS::Key, Properties: {{Wrong: 1}}}}}}"
        ));
        assert_eq!(read.problems(), [""; 0]);
    }
    let sam = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    \
               Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., AutoPublishAlias: live, Events: {}}";
    assert_eq!(read_yaml(sam).problems(), [""; 0]);
}

#[test]
fn types_that_aws_does_not_have_are_noted() {
    let text = "
Resources:
  K: {Type: AWS::KMS::Keyy}
  M: {Type: AWS::S3::Bucket::MODULE}
  T: {Type: Third::Party::Thing}
  C: {Type: Custom::Thing}
  N: {Type: AWS::Nowhere::NothingOfTheSort}
  F: {Type: AWS::Serverless::SimpleTable}
  G: {Type: AWS::Serverless::SimpleTable}
";
    let read = read_yaml(text);
    assert_eq!(
        read.problems(),
        [
            "KL006 at `AWS::KMS::Keyy`: AWS has no resource type `AWS::KMS::Keyy`",
            "KL006 at `AWS::Nowhere::NothingOfTheSort`: AWS has no resource type `AWS::Nowhere::NothingOfTheSort`",
            "KL006 at `AWS::Serverless::SimpleTable`: `AWS::Serverless::SimpleTable` is a type of the transform of SAM, which the template does not have",
        ]
    );
    assert_eq!(read.stack.problems[0].help.as_deref(), Some("did you mean `AWS::KMS::Key`?"));
    let with_sam = read_yaml(&format!("Transform: [AWS::Serverless-2016-10-31]{text}"));
    assert_eq!(with_sam.problems().len(), 2);
    assert_eq!(read_yaml(&format!("Transform: Macro{text}")).problems(), [""; 0]);
}
