//! Each intrinsic function in each of its forms, against what its page says it returns.
//!
//! The expectations in `data/intrinsics.tsv` are written from the pages, not from our output. A value
//! stands as the `Resource` of a statement, where the functions matter to us.

use std::collections::BTreeSet;

use super::*;

const CASES: &str = include_str!("data/intrinsics.tsv");

const TEMPLATE: &str = "
Transform: AWS::LanguageExtensions
Parameters:
  Name: {Type: String, Default: app}
  Stage: {Type: String, Default: Prod}
  ArnName: {Type: String, Default: Arn}
  Open: {Type: String}
  Env: {Type: String, AllowedValues: [dev, prod]}
  Names: {Type: CommaDelimitedList, Default: '10.0.48.0/24, 10.0.112.0/24, 10.0.176.0/24'}
  Letters: {Type: CommaDelimitedList, Default: 'a.1,b'}
Mappings:
  LogGroupMapping: {Test: {Name: test_log_group}, Prod: {Name: prod_log_group}}
  RegionMap: {us-east-1: {Same: x}, eu-west-1: {Same: x}}
  ByEnv: {dev: {Id: d}, prod: {Id: p}}
  Lists: {a: {Ids: [x, y]}}
Conditions:
  Always: !Equals [a, a]
  Never: !Equals [a, b]
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Equals [!Ref Env, dev]
  LongEquals: {'Fn::Equals': [{Ref: Name}, app]}
  ShortAnd: !And [!Equals [a, a], !Condition Always]
  LongAnd: {'Fn::And': [{Condition: Always}, {'Fn::Equals': [a, b]}]}
  ShortOr: !Or [!Equals [a, b], !Condition Always]
  LongOr: {'Fn::Or': [{Condition: Never}, {'Fn::Equals': [a, b]}]}
  ShortNot: !Not [!Equals [a, b]]
  LongNot: {'Fn::Not': [{Condition: Always}]}
  ShortCondition: !And [!Condition Always, !Condition Always]
  LongCondition: {Condition: Always}
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Named: {Type: AWS::S3::Bucket, Properties: {BucketName: logs}}
  Key: {Type: AWS::KMS::Key}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: alarms}}
  Balancer: {Type: AWS::ElasticLoadBalancing::LoadBalancer}
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: ";

/// Every function in the forms that its page shows.
const FORMS: [&str; 43] = [
    "And long",
    "And short",
    "Base64 long",
    "Base64 short",
    "Cidr long",
    "Cidr short",
    "Condition long",
    "Condition short",
    "Equals long",
    "Equals short",
    "FindInMap default",
    "FindInMap long",
    "FindInMap short",
    "ForEach",
    "ForEach FindInMap",
    "ForEach Ref",
    "GetAZs long",
    "GetAZs short",
    "GetAtt long",
    "GetAtt long string",
    "GetAtt short",
    "GetAtt short list",
    "If long",
    "If short",
    "ImportValue long",
    "ImportValue short",
    "Join long",
    "Join short",
    "Length long",
    "Not long",
    "Not short",
    "Or long",
    "Or short",
    "Ref long",
    "Ref short",
    "Select long",
    "Select short",
    "Split long",
    "Split short",
    "Sub literal",
    "Sub long map",
    "ToJsonString long",
    "Transform long",
];

#[test]
fn every_intrinsic_resolves_as_its_page_says() {
    let mut forms = BTreeSet::new();
    let mut wrong = Vec::new();
    for line in CASES.lines().filter(|line| !line.starts_with('#')) {
        let [form, value, expected, page] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        assert!(page.ends_with(".html"), "{line}");
        forms.insert(form);
        let read = read_yaml(&format!("{TEMPLATE}{value}}}]\n"));
        let document = read.property("Policy", "PolicyDocument").as_map().unwrap();
        let statement =
            document.value("Statement").and_then(Value::as_list).unwrap().elements[0].as_map().unwrap();
        let resolved = statement.value("Resource").map_or_else(String::new, show).replace('\u{1f}', "␟");
        if resolved != expected || !read.stack.problems.is_empty() {
            wrong.push(format!("{form}: {value}\n  is {resolved}\n not {expected}\n {:?}", read.problems()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for form in FORMS {
        assert!(forms.contains(form), "no case for {form}");
    }
}
