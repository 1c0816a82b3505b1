//! Templates of SAM, against what the transform makes of them.

use std::collections::BTreeMap;

use super::*;

/// Every use of the transform that is modelled, and the answers of `aws-sam-translator` to it.
const RECORDED: [(&str, &str); 2] = [
    (include_str!("data/sam.yaml"), include_str!("data/sam.json")),
    (include_str!("data/sam-more.yaml"), include_str!("data/sam-more.json")),
];

/// Resources whose logical id ends in a digest of what is deployed.
const WITH_DIGEST: [&str; 3] =
    ["AWS::ApiGateway::Deployment", "AWS::Lambda::LayerVersion", "AWS::Lambda::Version"];

/// The resources of a stack, with what policies they have in short.
fn resources(stack: &Stack) -> BTreeMap<String, String> {
    let managed = stack.resources.iter().filter(|resource| resource.mode == keylint_model::Mode::Managed);
    let without_digest = managed.filter(|resource| !WITH_DIGEST.contains(&&*resource.type_name));
    without_digest
        .map(|resource| {
            let about = ["Policies", "PolicyDocument", "AssumeRolePolicyDocument"]
                .into_iter()
                .filter_map(|name| resource.value(name))
                .flat_map(statements)
                .chain(
                    ["Action", "Principal", "SourceAccount", "PermissionsBoundary"]
                        .into_iter()
                        .filter_map(|name| Some(format!("{name} {}", show(resource.value(name)?)))),
                );
            let mut about: Vec<_> = about.collect();
            about.sort();
            let guard = resource.guard.describe();
            let shown = format!("{} {guard}\n{}", resource.type_name, about.join("\n"));
            (resource.address.to_string(), shown)
        })
        .collect()
}

/// The statements in a value, each in one spelling.
fn statements(value: &Value) -> Vec<String> {
    match &value.data {
        Data::List(list) => list.elements.iter().flat_map(statements).collect(),
        Data::Choice(_) => vec![show(value)],
        Data::Map(map) => match (map.value("PolicyDocument"), map.value("Statement"), map.value("Effect")) {
            (Some(document), ..) => statements(document),
            (_, Some(inner), _) => statements(inner),
            (.., Some(_)) => {
                let mut entries: Vec<_> =
                    map.entries.iter().map(|(key, entry)| spelled(key, entry)).collect();
                entries.sort();
                vec![entries.join(", ")]
            }
            _ => Vec::new(),
        },
        _ => vec![show(value)],
    }
}

/// A member of a statement; a single action is the list of it.
fn spelled(key: &str, entry: &keylint_model::Entry) -> String {
    let shown = show(&entry.value);
    format!("{key}: {}", shown.trim_start_matches('[').trim_end_matches(']'))
}

#[test]
fn resources_are_those_that_the_transform_makes() {
    for (template, recorded) in RECORDED {
        let own = read_yaml(template);
        assert_eq!(own.problems(), [""; 0]);
        let (own, recorded) = (resources(&own.stack), resources(&read_json(recorded).stack));
        let names = |resources: &BTreeMap<String, String>| resources.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&own), names(&recorded));
        assert!(own.len() > 50, "{}", own.len());
    }
}

#[test]
fn policies_are_those_that_the_transform_makes() {
    for (template, recorded) in RECORDED {
        let (own, recorded) = (resources(&read_yaml(template).stack), resources(&read_json(recorded).stack));
        for (name, recorded) in &recorded {
            assert_eq!(own.get(name), Some(recorded), "{name}");
        }
    }
}

#[test]
fn what_is_made_has_the_properties_of_its_type() {
    let mut strange = Vec::new();
    for (template, _) in RECORDED {
        for resource in &read_yaml(template).stack.resources {
            let Some(known) = crate::types::ResourceType::named(&resource.type_name) else { continue };
            let unknown = resource.attributes.entries.keys().filter(|name| !known.has_property(name));
            strange.extend(unknown.map(|name| format!("{} {} {name}", resource.address, resource.type_name)));
        }
    }
    assert_eq!(strange, [""; 0]);
}

#[test]
fn what_is_made_stands_for_what_caused_it() {
    let read = read_yaml(
        "
Transform: AWS::Serverless-2016-10-31
Resources:
  Loader:
    Type: AWS::Serverless::Function
    Properties:
      FunctionUrlConfig: {AuthType: NONE}
      Policies:
        - SSMParameterReadPolicy: {ParameterName: !Ref Loader}
      Events:
        Daily: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
",
    );
    let at = |name: &str| {
        let resource = read.resource(name);
        let calls: Vec<_> =
            resource.calls.iter().map(|call| (call.describe(resource), read.file.slice(call.span))).collect();
        (read.file.slice(resource.header), calls)
    };
    let made = |name: &str| vec![(format!("`{name}` is made of this"), "Loader")];
    for (name, cause) in [
        ("LoaderRole", "Loader"),
        ("LoaderUrlPublicPermissions", "NONE"),
        ("LoaderDailyPermission", "Schedule"),
    ] {
        assert_eq!(at(name), (cause, made(name)));
        assert_eq!(read.resource(name).written_address().as_str(), "Loader");
    }
    assert_eq!(at("Loader"), ("Loader", Vec::new()));
    let policies = read.property("LoaderRole", "Policies").as_list().unwrap();
    let document = policies.elements[0].as_map().unwrap().value("PolicyDocument").unwrap();
    assert_eq!(read.file.slice(document.origin.span.unwrap()), "SSMParameterReadPolicy");
    assert!(show(document).contains("parameter/${Loader.Ref}"), "{}", show(document));
    assert!(read.file.slice(read.resource("LoaderRole").span).starts_with("Loader:\n    Type: AWS"));
}

#[test]
fn functions_refer_to_what_is_made_of_them() {
    let read = read_yaml(
        "
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: live}}
  X: {Type: Custom::X, Properties: {A: !GetAtt FRole.Arn, B: !Ref F.Version, C: !Ref F, D: !Ref F.Alias, E: !Sub '${F.Alias}/x'}}
  Y: {Type: Custom::Y, Properties: {A: !GetAtt F.Version.FunctionArn, B: !Sub '${F.Version.Version}'}}
",
    );
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(
        show(read.property("X", "A")),
        r#""arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${FRole.Ref}""#
    );
    let functions = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function";
    assert_eq!(show(read.property("X", "B")), format!("\"{functions}:${{F.Version.FunctionAndVersion}}\""));
    assert_eq!(show(read.property("X", "C")), "<computed F.Ref>");
    assert_eq!(show(read.property("Y", "B")), "<computed F.Version.Version>");
    assert!(show(read.property("Y", "A")).contains("F.Version"), "{}", show(read.property("Y", "A")));
    let references = read.property("X", "A").references();
    assert_eq!(references.iter().map(|role| role.address.as_str()).collect::<Vec<_>>(), ["FRole", "FRole"]);
}

#[test]
fn resources_inherit_from_the_globals_of_their_type() {
    let read = read_yaml(
        "
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Timeout: 3, Runtime: x, Layers: [a], Architectures: [arm64], Environment: {Variables: {A: 1, B: 2}}}
  SimpleTable: {SSESpecification: {SSEEnabled: true}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Timeout: 9, Layers: [b], Architectures: [x86_64], Environment: {Variables: {B: 3}}}
  G: {Type: AWS::Serverless::Function, IgnoreGlobals: [Timeout, Layers], Properties: {Environment: !Ref F}}
  H: {Type: AWS::Serverless::Function, IgnoreGlobals: '*'}
  T: {Type: AWS::Serverless::SimpleTable}
  L: {Type: AWS::Lambda::Function, Properties: {Timeout: 1}}
",
    );
    assert_eq!(read.problems(), [""; 0]);
    let own = |name: &str| {
        let entries = read.resource(name).attributes.entries.iter().filter(|(key, _)| &***key != "Role");
        entries.map(|(key, entry)| format!("{key}: {}", show(&entry.value))).collect::<Vec<_>>().join(", ")
    };
    let f = r#"Timeout: 9, Runtime: "x", Layers: ["a", "b"], Architectures: ["x86_64"], Environment: {Variables: {A: 1, B: 3}}"#;
    assert_eq!(own("F"), f);
    assert_eq!(own("G"), r#"Runtime: "x", Architectures: ["arm64"], Environment: <computed F.Ref>"#);
    assert_eq!(own("H"), "");
    assert_eq!(own("T"), "SSESpecification: {SSEEnabled: true}");
    assert_eq!(own("L"), "Timeout: 1");
    let types: Vec<_> = ["F", "T"].map(|name| &*read.resource(name).type_name).into();
    assert_eq!(types, ["AWS::Lambda::Function", "AWS::DynamoDB::Table"]);
}

/// The problems of a function with policies.
fn policies(policies: &str) -> (Vec<String>, String) {
    let read = read_yaml(&format!(
        "Transform: AWS::Serverless-2016-10-31\nConditions: {{C: !Equals [!Ref P, a]}}\nParameters: {{P: {{Type: \
         String}}}}\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Policies: \
         {policies}\n"
    ));
    let shown = read.resource("FRole").value("Policies").map(show).unwrap_or_default();
    (read.problems(), shown)
}

#[test]
fn policies_that_the_transform_refuses_are_problems() {
    let problems = |text: &str| policies(text).0;
    assert_eq!(
        problems("[DynamoDBCrud: {TableName: x}]"),
        ["KL003 at `DynamoDBCrud`: `DynamoDBCrud` is no policy template of SAM"]
    );
    assert_eq!(
        problems("[SQSPollerPolicy: {Queue: x}]"),
        ["KL003 at `SQSPollerPolicy`: the policy template `SQSPollerPolicy` takes a parameter `QueueName`"]
    );
    assert_eq!(
        problems("[{Version: '2012-10-17', Id: x}]"),
        [
            "KL003 at `{Version: '2012-10-17', Id: x}`: a policy of SAM is a managed policy, a document or a template"
        ]
    );
    // What is in it is unknown, but there is a policy.
    assert_eq!(
        policies("[DynamoDBCrud: {TableName: x}]").1,
        r#"[{PolicyName: "FRolePolicy0", PolicyDocument: <function>}]"#
    );
}

#[test]
fn policies_are_chosen_by_conditions() {
    let (problems, shown) = policies("[!If [C, {Statement: []}, !Ref AWS::NoValue], !If [C, A, !Ref P]]");
    assert_eq!(problems, [""; 0]);
    assert_eq!(
        shown,
        r#"[(C is true: {PolicyName: "FRolePolicy0", PolicyDocument: {Statement: []}} | C is false: null)]"#
    );
}

#[test]
fn properties_that_a_function_makes_leave_the_role_open() {
    let read = read_yaml(
        "
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Timeout: 3, 'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s3://a/b}}}
  G: {Type: AWS::Serverless::Function, Properties: {'Fn::Transform': {Name: AWS::Include}}}
  W: {Type: AWS::Serverless::Wonder, Properties: {A: 1}}
",
    );
    let unknown = "KL006 at `AWS::Serverless::Wonder`: AWS has no resource type `AWS::Serverless::Wonder`";
    assert_eq!(read.problems(), [unknown]);
    assert!(read.resource("FRole").attributes.rest.is_some());
    assert!(read.resource("G").attributes.rest.is_some());
    assert_eq!(&*read.resource("W").type_name, "AWS::Serverless::Wonder");
    let opaque: Vec<_> = read.stack.missing_modules.iter().map(|call| call.address.as_str()).collect();
    assert_eq!(opaque, ["W"]);
}

#[test]
fn a_template_with_too_many_resources_stops_at_a_limit() {
    let resources = (0..20_100).map(|index| format!("  F{index}: {{Type: AWS::Serverless::Function}}"));
    let read = read_yaml(&format!(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n{}",
        resources.collect::<Vec<_>>().join("\n")
    ));
    assert_eq!(read.stack.problems.iter().map(|problem| problem.rule).collect::<Vec<_>>(), ["KL004"]);
}
