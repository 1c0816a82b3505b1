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
  Only: {Type: String, Default: app, AllowedValues: [app]}
  Stage: {Type: String, Default: Prod}
  ArnName: {Type: String, Default: Arn}
  Open: {Type: String}
  Env: {Type: String, AllowedValues: [dev, prod]}
  Names: {Type: CommaDelimitedList, Default: '10.0.48.0/24, 10.0.112.0/24, 10.0.176.0/24'}
  Letters: {Type: CommaDelimitedList, Default: 'a.1,b'}
  Index: {Type: Number, Default: 1}
  Keys: {Type: String, Default: 'dev|prod'}
Mappings:
  LogGroupMapping: {Test: {Name: test_log_group}, Prod: {Name: prod_log_group}}
  RegionMap: {us-east-1: {Same: x}, eu-west-1: {Same: x}}
  ByEnv: {dev: {Id: d}, prod: {Id: p}}
  Lists: {a: {Ids: [x, y]}, b: {At: 1}}
  Architectures: {app: {Arch: ARM64}}
  Images: {us-east-1: {HVM64: i1, ARM64: i2}, eu-west-1: {HVM64: i3, ARM64: i4}}
  Groups: {Dev: {Ids: sg-1}, Prod: {Ids: 'sg-2,sg-3'}}
Conditions:
  Always: !Equals [a, a]
  Never: !Equals [a, b]
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Equals [!Ref Env, dev]
  LongEquals: {'Fn::Equals': [{Ref: Only}, app]}
  ShortAnd: !And [!Equals [a, a], !Condition Always]
  LongAnd: {'Fn::And': [{Condition: Always}, {'Fn::Equals': [a, b]}]}
  ShortOrMember: !Or [!Equals [a, b], Condition: Always]
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
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: alarms}}
  Balancer: {Type: AWS::ElasticLoadBalancing::LoadBalancer}
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: ";

/// Every function in the forms that its page shows.
const FORMS: [&str; 70] = [
    "And long",
    "And short",
    "Base64 long",
    "Base64 long in short",
    "Base64 short",
    "Base64 short in long",
    "Cidr GetAtt",
    "Cidr long",
    "Cidr short",
    "Condition long",
    "Condition member",
    "Condition short",
    "Equals long",
    "Equals short",
    "FindInMap default",
    "FindInMap function key",
    "FindInMap long",
    "FindInMap nested",
    "FindInMap short",
    "FindInMap split",
    "ForEach",
    "ForEach FindInMap",
    "ForEach NoValue",
    "ForEach Ref",
    "ForEach nested",
    "GetAZs long",
    "GetAZs long in short",
    "GetAZs short",
    "GetAZs short in long",
    "GetAtt function name",
    "GetAtt long",
    "GetAtt long string",
    "GetAtt short",
    "GetAtt short list",
    "GetStackOutput long",
    "GetStackOutput short",
    "If NoValue",
    "If list",
    "If long",
    "If short",
    "ImportValue long",
    "ImportValue long in short",
    "ImportValue short",
    "Join list",
    "Join long",
    "Join short",
    "Length long",
    "Not long",
    "Not short",
    "Or long",
    "Or short",
    "Ref function",
    "Ref long",
    "Ref short",
    "Select index",
    "Select long",
    "Select short",
    "Split long",
    "Split short",
    "Sub attribute",
    "Sub literal",
    "Sub long",
    "Sub long map",
    "Sub short",
    "Sub short map",
    "Sub variables",
    "ToJsonString long",
    "Transform JSON short",
    "Transform long",
    "Transform short",
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
