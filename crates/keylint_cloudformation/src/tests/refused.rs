//! Arguments that no deployment takes, by the pages of the functions, beside those that are fine.

use super::*;

const PRELUDE: &str = "
Parameters:
  P: {Type: String}
  L: {Type: CommaDelimitedList, Default: 'a,b'}
Mappings: {M: {a: {b: c, l: [x, y]}, d: {b: e}}}
Conditions: {C: !Equals [!Ref P, x]}
Resources:
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: logs}}
  R: {Type: Custom::R, Properties: {V: ";

fn problems(transform: &str, value: &str) -> Vec<String> {
    read_yaml(&format!("{transform}{PRELUDE}{value}}}}}\n")).problems()
}

#[test]
fn what_the_service_refuses_whatever_is_deployed_is_reported() {
    let delimiter = "is a string without functions";
    let texts = "`Fn::Join` takes a list of strings";
    let list = "`Fn::Select` takes a list to select from";
    let keys = "the name of a mapping and its keys are strings";
    let fourth = "the fourth part of `Fn::FindInMap` is a mapping with a `DefaultValue`";
    let blocks = "`Fn::Cidr` cannot make these blocks";
    let import = "the name of an import is a string";
    let resource = "the name of an import cannot depend on a resource";
    for (value, expected) in [
        ("!Join [!Ref P, [a]]", delimiter),
        ("!Join [[','], [a]]", delimiter),
        ("!Split [!Ref P, a]", delimiter),
        ("!Join [',', !Ref P]", texts),
        ("!Join [',', !Sub 'x${P}']", texts),
        ("!Join [',', [[a]]]", "an element of `Fn::Join` is a string"),
        ("!Join [',', [{a: b}]]", "an element of `Fn::Join` is a string"),
        ("!Select [0, a]", list),
        ("!Select [0, !Ref P]", list),
        ("!Select [[0], [a]]", "`Fn::Select` takes the number of an element"),
        ("!FindInMap [M, a, [b]]", keys),
        ("!FindInMap [M, {x: y}, b]", keys),
        ("!FindInMap [M, a, b, c]", fourth),
        ("!FindInMap [M, !Sub '${P}', b]", "`Fn::Sub` in `Fn::FindInMap` needs the language extensions"),
        ("!Cidr ['10.0.0.0/24', 256, 8]", blocks),
        ("!Cidr ['10.0.0.0/16', 2, 33]", blocks),
        ("!Cidr [none, 1, 8]", blocks),
        ("!GetAZs [us-east-1]", "`Fn::GetAZs` takes the name of a Region"),
        ("!ImportValue [x]", import),
        ("!ImportValue ''", import),
        ("{'Fn::ImportValue': !Ref B}", resource),
        ("{'Fn::ImportValue': !GetAtt B.Arn}", resource),
        ("{'Fn::ImportValue': !Sub '${B.Arn}-x'}", resource),
        ("!Transform {Parameters: {a: b}}", "`Fn::Transform` takes a mapping with the `Name` of a macro"),
    ] {
        let said = problems("", value);
        assert!(matches!(said.as_slice(), [one] if one.contains(expected)), "{value}: {said:?}");
    }
}

#[test]
fn what_the_service_takes_is_not_reported() {
    for value in [
        "!Join [',', !Ref L]",
        "!Join [',', [!Ref P, {'Fn::Sub': x}]]",
        "!Join [',', {'Fn::If': [C, [a], !Ref L]}]",
        "!Select [0, !FindInMap [M, a, l]]",
        "!Select [0, !If [C, [a], [b]]]",
        "!Select [0, !Split [',', !Ref P]]",
        "!FindInMap [M, !FindInMap [M, a, b], !Ref P]",
        "!FindInMap [M, a, !Ref P, {DefaultValue: x}]",
        "!FindInMap [M, !Select [0, !Split ['-', !Ref AWS::Region]], b]",
        "!Cidr ['2001:db8::/56', 4, 64]",
        "!Cidr [!Ref P, 4, 8]",
        "!GetAZs {Ref: 'AWS::Region'}",
        "!Transform [{Name: Date, Parameters: {a: b}}]",
        "{'Fn::ImportValue': !Sub '${P}-x'}",
        "{'Fn::ImportValue': !Join ['-', [!Ref P, x]]}",
    ] {
        assert_eq!(problems("", value), [""; 0], "{value}");
    }
    let extended = "!FindInMap [M, !Sub '${P}', b, {DefaultValue: !Sub 'x'}]";
    assert_eq!(problems("Transform: AWS::LanguageExtensions", extended), [""; 0]);
    assert_eq!(problems("Transform: Macro", "!Join [!Ref P, a]"), [""; 0]);
}

#[test]
fn the_name_of_an_export_depends_on_no_resource() {
    let read = |name: &str| {
        let outputs = format!("Outputs: {{O: {{Value: x, Export: {{Name: {name}}}}}}}");
        read_yaml(&format!("{PRELUDE}1}}}}\n{outputs}\n")).problems()
    };
    assert_eq!(read("!Sub '${AWS::StackName}-${P}'"), [""; 0]);
    let said = read("!Sub '${B}-x'");
    let expected = "the name of an export cannot depend on a resource";
    assert!(matches!(said.as_slice(), [one] if one.contains(expected)), "{said:?}");
}

#[test]
fn a_condition_that_depends_on_a_resource_is_refused_and_hides_nothing() {
    let resource = "a condition cannot depend on a resource";
    let stack = "a condition cannot depend on another stack";
    for (condition, place, expected) in [
        ("!Equals [!GetAtt Q.Arn, x]", "!GetAtt Q.Arn", resource),
        ("!Equals [!Ref Q, x]", "!Ref Q", resource),
        ("!Not [!Equals ['', !Sub 'a${Q}']]", "!Sub 'a${Q}'", resource),
        ("!Equals [!Sub ['${a}${Q.Arn}', {a: b}], x]", "!Sub ['${a}${Q.Arn}', {a: b}]", resource),
        ("!Or [!Equals [!Ref P, x], !Equals [!ImportValue x, y]]", "!ImportValue x", stack),
    ] {
        let read = read_yaml(&format!(
            "Parameters: {{P: {{Type: String}}}}\nConditions: {{C: {condition}, D: !Not [!Condition C]}}\n\
             Resources:\n  Q: {{Type: AWS::SQS::Queue}}\n  \
             R: {{Type: Custom::R, Condition: C, Properties: {{V: !If [D, 1, 2]}}}}\n"
        ));
        assert_eq!(read.problems(), [format!("KL003 at `{place}`: {expected}")], "{condition}");
        assert_eq!(read.resource("R").guard.describe(), "C is true", "{condition}");
        assert_eq!(show(read.property("R", "V")), "(D is true: 1 | D is false: 2)", "{condition}");
    }
    let fine = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Sub ['${Q}', {Q: !Ref P}], x]}\n\
                Resources: {Q: {Type: AWS::SQS::Queue}}";
    assert_eq!(read_yaml(fine).problems(), [""; 0], "the variable is the function's own");
}

#[test]
fn secure_strings_are_resolved_in_few_properties() {
    let problems = |type_name: &str, properties: &str| {
        read_yaml(&format!("Resources: {{R: {{Type: '{type_name}', Properties: {properties}}}}}")).problems()
    };
    for (type_name, properties) in [
        ("AWS::IAM::User", "{LoginProfile: {Password: '{{resolve:ssm-secure:/a:1}}'}}"),
        (
            "AWS::OpsWorks::Stack",
            "{RdsDbInstances: [{DbPassword: !Sub '{{resolve:ssm-secure:${AWS::StackName}}}'}]}",
        ),
        (
            "AWS::RDS::DBInstance",
            "{MasterUserPassword: {'Fn::Join': ['', ['{{resolve:ssm-secure:', 'a', '}}']]}}",
        ),
        ("AWS::Lambda::Function", "{Environment: {Variables: {A: '{{resolve:ssm:/a}}'}}}"),
    ] {
        assert_eq!(problems(type_name, properties), [""; 0], "{type_name} {properties}");
    }
    let text = "'{{resolve:ssm-secure:/a:1}}'";
    for (type_name, properties, path) in [
        (
            "AWS::Lambda::Function",
            format!("{{Environment: {{Variables: {{A: {text}}}}}}}"),
            "Environment.Variables.A",
        ),
        ("AWS::IAM::User", format!("{{UserName: {text}}}"), "UserName"),
        ("Custom::Own", format!("{{ServiceToken: x, Password: {text}}}"), "Password"),
    ] {
        let expected =
            format!("KL003 at `{text}`: `ssm-secure` is not resolved in `{path}` of `{type_name}`");
        assert_eq!(problems(type_name, &properties), [expected]);
    }
}

#[test]
fn an_element_beyond_a_list_that_is_made_of_what_is_written_is_refused() {
    let prelude = "
Parameters: {P: {Type: String, Default: 'a,b'}}
Mappings: {M: {x: {v: [a, b], one: a}}}
";
    let beyond = "`Fn::Select` asks for an element that the list does not have";
    for value in ["!Select [2, !Split [',', 'a,b']]", "!Select ['5', !FindInMap [M, x, v]]"] {
        let said = complain(prelude, value);
        assert!(matches!(said.as_slice(), [one] if one.contains(beyond)), "{value}: {said:?}");
    }
    for value in [
        "!Select [1, !Split [',', 'a,b']]",
        "!Select [1, !FindInMap [M, x, v]]",
        "!Select [2, !Split [',', !Ref P]]",
        "!Select [3, !Split ['-', !Ref AWS::StackName]]",
        "!Select [2, !FindInMap [M, !Ref AWS::Region, v]]",
    ] {
        assert_eq!(complain(prelude, value), [""; 0], "{value}");
    }
}
