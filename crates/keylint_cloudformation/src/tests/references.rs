//! What references to resources return, by the "Return values" section of each type's page.

use super::*;

const RESOURCES: &str = "
Parameters: {Name: {Type: String}, Env: {Type: String, AllowedValues: [a, b]}}
Resources:
  Plain: {Type: AWS::S3::Bucket}
  Named: {Type: AWS::S3::Bucket, Properties: {BucketName: logs}}
  Given: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Name}}
  Either: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Env}}
  Own: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub '${Own}-x'}}
  Role: {Type: AWS::IAM::Role, Properties: {Path: /app/, RoleName: reader}}
  Other: {Type: AWS::IAM::Role}
  Key: {Type: AWS::KMS::Key}
  Secret: {Type: AWS::SecretsManager::Secret, Properties: {Name: token}}
  Path: {Type: AWS::SSM::Parameter, Properties: {Name: /app/token, Value: x}}
  Flat: {Type: AWS::SSM::Parameter, Properties: {Name: token, Value: !Ref AWS::NoValue}}
  Database: {Type: AWS::RDS::DBInstance}
  R: {Type: Custom::R, Properties: {Value: ";

#[track_caller]
fn is(value: &str, expected: &str) {
    let read = read_yaml(&format!("{RESOURCES}{value}}}}}"));
    assert_eq!(read.problems(), [""; 0], "{value}");
    assert_eq!(show(read.property("R", "Value")), expected, "{value}");
}

#[test]
fn a_bucket_is_its_name() {
    is("!Ref Plain", "<computed Plain.Ref>");
    is("!Ref Named", r#""logs""#);
    is("!Sub 'arn:aws:s3:::${Named}/*'", r#""arn:aws:s3:::logs/*""#);
    is("!GetAtt Named.Arn", r#""arn:${AWS::Partition}:s3:::logs""#);
    is("!Sub '${Plain.Arn}/*'", r#""arn:${AWS::Partition}:s3:::${Plain.Ref}/*""#);
    is("!GetAtt Plain.DomainName", "<computed Plain.DomainName>");
}

#[test]
fn a_name_stands_where_it_is_referred_to_and_comes_from_where_it_is_given() {
    for (value, place, given) in [
        ("!Ref Named", "!Ref Named", "logs"),
        ("!GetAtt Named.Arn", "!GetAtt Named.Arn", "logs"),
        ("{Ref: Flat}", "{Ref: Flat}", "token"),
        ("!Select [1, !Split [':', !Sub 'x:${Named}']]", "${Named}", "logs"),
        // As long as the name: still no place of its letters.
        ("!Ref Role", "!Ref Role", "reader"),
    ] {
        let read = read_yaml(&format!("{RESOURCES}{value}}}}}"));
        let value = read.property("R", "Value");
        let parts = value.parts().unwrap();
        let places: Vec<_> = parts
            .iter()
            .filter_map(|part| match part {
                Part::Known(text) => {
                    assert_eq!(text.exact_span(), None);
                    text.span()
                }
                Part::Hole(_, place) => *place,
            })
            .map(|place| read.file.slice(place))
            .collect();
        assert!(!places.is_empty() && places.iter().all(|one| *one == place), "{places:?}");
        let came: Vec<_> = value.origin.steps().map(|via| read.file.slice(via.span)).collect();
        assert_eq!(came, [given], "{place}");
    }
}

#[test]
fn a_name_that_deployment_gives_is_the_same_value_as_what_gives_it() {
    is("!Ref Given", "<computed Name>");
    is("!Ref Either", r#"(Env is a: "a" | Env is b: "b")"#);
    is(
        "!GetAtt Either.Arn",
        r#"(Env is a: "arn:${AWS::Partition}:s3:::a" | Env is b: "arn:${AWS::Partition}:s3:::b")"#,
    );
}

#[test]
fn arns_have_their_paths_and_ids() {
    is("!GetAtt Role.Arn", r#""arn:${AWS::Partition}:iam::${AWS::AccountId}:role/app/reader""#);
    is("!GetAtt Other.Arn", r#""arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Other.Ref}""#);
    is("!GetAtt Key.Arn", r#""arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${Key.Ref}""#);
    is("!GetAtt Key.KeyId", "<computed Key.Ref>");
    is(
        "!Ref Secret",
        r#""arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:token-${Secret.Suffix}""#,
    );
    for (name, path) in [("Path", "app/token"), ("Flat", "token")] {
        let arn =
            format!(r#""arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter/{path}""#);
        is(&format!("!GetAtt {name}.Arn"), &arn);
    }
    is("!GetAtt Path.Value", r#""x""#);
    is("!GetAtt Flat.Value", "<computed Flat.Value>");
    is("!GetAtt Database.Endpoint.Address", "<computed Database.Endpoint.Address>");
}

#[test]
fn a_name_that_refers_to_itself_ends() {
    is("!Ref Own", r#""${Own.Ref}-x""#);
}

#[test]
fn attributes_that_the_type_does_not_have_are_reported_with_the_nearest() {
    let read = read_yaml(&format!(
        "{RESOURCES}[!GetAtt Key.ARN, !GetAtt Database.Endpoint.Adress, !Sub '${{Plain.Url}}']}}}}"
    ));
    assert_eq!(
        read.problems(),
        [
            "KL003 at `Key.ARN`: `AWS::KMS::Key` has no attribute `ARN`",
            "KL003 at `Database.Endpoint.Adress`: `AWS::RDS::DBInstance` has no attribute `Endpoint.Adress`",
            "KL003 at `Plain.Url`: `AWS::S3::Bucket` has no attribute `Url`",
        ]
    );
    let help: Vec<_> = read.stack.problems.iter().map(|problem| problem.help.as_deref()).collect();
    assert_eq!(help, [Some("did you mean `Arn`?"), Some("did you mean `Endpoint.Address`?"), None]);
}

#[test]
fn many_references_to_resources_that_refer_to_each_other_end() {
    let resources: String = (0..500)
        .map(|index| {
            let next = (index + 1) % 500;
            format!(
                "  B{index}: {{Type: AWS::S3::Bucket, Properties: {{BucketName: !Sub 'x${{B{next}}}'}}}}\n"
            )
        })
        .collect();
    let read = read_yaml(&format!(
        "Resources:\n{resources}  R: {{Type: Custom::R, Properties: {{A: !GetAtt B0.Arn}}}}"
    ));
    assert!(read.stack.problems.iter().all(|problem| problem.rule == "KL004"), "{:?}", read.problems());
}

/// Of types of which only deployment knows the name, what is known is what kind of thing `Ref` is.
#[test]
fn what_refs_of_other_types_return_is_known() {
    let read = read_yaml(
        "
Resources:
  Queue: {Type: AWS::Batch::JobQueue, Properties: {JobQueueName: high}}
  Task: {Type: AWS::ECS::TaskDefinition}
  Group: {Type: AWS::AutoScaling::AutoScalingGroup, Properties: {AutoScalingGroupName: workers}}
  Acl: {Type: AWS::WAFv2::WebACL}
  R: {Type: Custom::R, Properties: {A: !Ref Queue, B: !Ref Task, C: !Ref Group, D: !Ref Acl}}
",
    );
    let at =
        |service: &str| format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:");
    assert_eq!(show(read.property("R", "A")), format!("\"{}job-queue/high\"", at("batch")));
    let task = format!("\"{}task-definition/${{Task.FamilyAndRevision}}\"", at("ecs"));
    assert_eq!(show(read.property("R", "B")), task);
    assert_eq!(show(read.property("R", "C")), "\"workers\"");
    assert_eq!(show(read.property("R", "D")), "<computed Acl.Ref>");
}

/// The example of the page of `Ref`.
#[test]
fn names_that_functions_give_are_referred_to_in_each_alternative() {
    let template = |transform: &str| {
        read_yaml(&format!(
            "{transform}
Parameters: {{Stage: {{Type: String, AllowedValues: [Dev, Prod, Test]}}, What: {{Type: String}}}}
Resources:
  DevQueue: {{Type: AWS::SQS::Queue, Properties: {{QueueName: d}}}}
  ProdQueue: {{Type: AWS::SQS::Queue, Properties: {{QueueName: p}}}}
  DevTopic: {{Type: AWS::SNS::Topic, Properties: {{TopicName: d}}}}
  ProdTopic: {{Type: AWS::SNS::Topic, Properties: {{TopicName: p}}}}
  R:
    Type: Custom::R
    Properties:
      A: !GetAtt [!Sub '${{Stage}}Queue', QueueName]
      B: !Ref {{'Fn::Join': ['', [!Ref Stage, Topic]]}}
      C: !Ref {{'Fn::Sub': 'Dev${{What}}'}}
      D: !GetAtt [DevQueue, !Sub 'Queue${{What}}']
"
        ))
    };
    let read = template("Transform: AWS::LanguageExtensions");
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(
        show(read.property("R", "A")),
        r#"(Stage is Dev: "d" | Stage is Prod: "p" | Stage is Test: <invalid>)"#
    );
    let topic =
        |name| format!(r#""arn:${{AWS::Partition}}:sns:${{AWS::Region}}:${{AWS::AccountId}}:{name}""#);
    let topics =
        format!("(Stage is Dev: {} | Stage is Prod: {} | Stage is Test: <invalid>)", topic("d"), topic("p"));
    assert_eq!(show(read.property("R", "B")), topics);
    assert_eq!(show(read.property("R", "C")), r"<operand Ref(Dev${What})>");
    let needs = [
        "`!Sub '${Stage}Queue'`: a function for the resource of `Fn::GetAtt` needs the language extensions",
        "`{'Fn::Join': ['', [!Ref Stage, Topic]]}`: a function in `Ref` needs the language extensions",
        "`{'Fn::Sub': 'Dev${What}'}`: a function in `Ref` needs the language extensions",
        "`!Sub 'Queue${What}'`: a function other than `Ref` for the attribute of `Fn::GetAtt` needs the \
         language extensions",
    ];
    let read = template("");
    let problems = read.problems();
    assert_eq!(problems.len(), needs.len(), "{problems:?}");
    for (problem, needed) in problems.iter().zip(needs) {
        assert!(problem.contains(needed), "{problem}");
    }
}

#[test]
fn types_without_a_row_of_their_own_are_known_by_the_data() {
    use keylint_model::Shape;

    let read = |value: &str| {
        let text = "
Resources:
  Trail: {Type: AWS::CloudTrail::Trail, Properties: {TrailName: Main}}
  Group: {Type: AWS::S3::MultiRegionAccessPoint, Properties: {Name: all}}
  Agent: {Type: AWS::Bedrock::Agent}
  Analyzer: {Type: AWS::AccessAnalyzer::Analyzer}
  Table: {Type: AWS::DynamoDB::Table}
  Stream: {Type: AWS::KinesisVideo::Stream}
  R: {Type: Custom::R, Properties: {Value: ";
        let read = read_yaml(&format!("{text}{value}}}}}"));
        let value = read.property("R", "Value");
        (show(value), value.as_unknown().map_or(Shape::Any, |unknown| unknown.shape))
    };
    const ANY: Shape = Shape::Arn("arn:${Partition}:${Service}:${Region}:${Account}:${Resource}");
    let own = "arn:${Partition}:access-analyzer:${Region}:${Account}:analyzer/${AnalyzerName}";
    for (value, shown, shape) in [
        ("!Ref Agent", "<computed Agent.Ref>", Shape::Word),
        // The same under both names.
        ("!GetAtt Agent.AgentId", "<computed Agent.Ref>", Shape::Word),
        ("!GetAtt Table.StreamArn", "<computed Table.StreamArn>", ANY),
        ("!Ref Analyzer", "<computed Analyzer.Ref>", Shape::Arn(own)),
        ("!GetAtt Analyzer.Arn", "<computed Analyzer.Ref>", Shape::Arn(own)),
        // Neither the page nor the data says enough.
        ("!Ref Stream", "<computed Stream.Ref>", Shape::Any),
    ] {
        assert_eq!(read(value), (shown.to_owned(), shape), "{value}");
    }
    assert_eq!(read("!Ref Group").0, r#""all""#);
    assert_eq!(
        read("!GetAtt Agent.AgentArn").0,
        r#""arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:agent/${Agent.Ref}""#
    );
}
