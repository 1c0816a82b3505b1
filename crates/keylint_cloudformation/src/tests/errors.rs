//! What the service would reject, at the token, and what it would not.

use super::*;

#[track_caller]
fn complains(value: &str, expected: &str) {
    assert_eq!(complain(SECTIONS, value), [expected], "{value}");
}

#[track_caller]
fn is_fine(value: &str) {
    assert_eq!(complain(SECTIONS, value), [""; 0], "{value}");
}

const SECTIONS: &str = "
Transform: AWS::LanguageExtensions
Parameters: {Env: {Type: String}, Region: {Type: String, Default: mars}}
Conditions: {IsProd: !Equals [!Ref Env, prod]}
Mappings: {Sizes: {dev: {Small: 1}}}
";

#[test]
fn references_to_nothing_are_reported_at_the_name() {
    complains("!Ref Nope", "KL003 at `Nope`: `Nope` is neither a parameter nor a resource of this template");
    complains(
        "!Ref AWS::Nope",
        "KL003 at `AWS::Nope`: `AWS::Nope` is neither a parameter nor a resource of this template",
    );
    complains("!GetAtt Nope.Arn", "KL003 at `Nope.Arn`: `Nope` is not a resource of this template");
    complains("!GetAtt Env.Arn", "KL003 at `Env.Arn`: `Env` is not a resource of this template");
    complains(
        "!Sub 'a ${Nope} b'",
        "KL003 at `Nope`: `Nope` is neither a parameter nor a resource of this template",
    );
    complains("!Sub 'a ${Nope.Arn} b'", "KL003 at `Nope.Arn`: `Nope` is not a resource of this template");
    complains("!If [Nope, 1, 2]", "KL003 at `Nope`: `Nope` is not a condition of this template");
    complains("!FindInMap [Nope, a, b]", "KL003 at `Nope`: `Nope` is not a mapping of this template");
}

#[test]
fn keys_that_a_mapping_lacks_are_reported_when_the_template_writes_them() {
    complains("!FindInMap [Sizes, test, Small]", "KL003 at `test`: the mapping `Sizes` has no such key");
    complains("!FindInMap [Sizes, dev, Large]", "KL003 at `Large`: the mapping `Sizes` has no such key");
    is_fine("!FindInMap [Sizes, !Ref Region, Small]");
    is_fine("!FindInMap [Sizes, test, Small, {DefaultValue: 2}]");
}

#[test]
fn malformed_calls_are_reported_at_the_function() {
    complains("!If [IsProd, 1]", "KL003 at `!If`: `Fn::If` takes the name of a condition and two values");
    complains(
        "{'Fn::If': [IsProd, 1]}",
        "KL003 at `'Fn::If'`: `Fn::If` takes the name of a condition and two values",
    );
    complains("!Join [a]", "KL003 at `!Join`: `Fn::Join` takes a delimiter and a list");
    complains("!Join [a, b]", "KL003 at `b`: `Fn::Join` takes a list of strings");
    complains("!Select [a]", "KL003 at `!Select`: `Fn::Select` takes an index and a list");
    complains(
        "!Select [2, [a, b]]",
        "KL003 at `2`: `Fn::Select` asks for an element that the list does not have",
    );
    complains(
        "!GetAtt Bucket",
        "KL003 at `!GetAtt`: `Fn::GetAtt` takes a resource and the name of an attribute",
    );
    complains(
        "!Sub [a]",
        "KL003 at `!Sub`: `Fn::Sub` takes a string, or a string and a mapping of variables",
    );
    complains("!Ref [a]", "KL003 at `!Ref`: `Ref` takes the name of a parameter or resource");
    complains(
        "{'Fn::Nope': 1}",
        "KL003 at `'Fn::Nope'`: `Fn::Nope` is no intrinsic function of CloudFormation",
    );
    complains("!Nope x", "KL003 at `!Nope`: `!Nope` is no intrinsic function of CloudFormation");
    complains("!Rain::Embed x", "KL007 at `!Rain::Embed`: `!Rain::Embed` is no tag of CloudFormation");
}

#[test]
fn a_misspelt_function_is_an_error_of_its_own_place_alone() {
    let read = read_yaml(
        "
Resources:
  Key: {Type: AWS::KMS::Key, Properties: {Description: !Reff Nothing, EnableKeyRotation: true}}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Nowhere, Tags: !Split [a, !Reff b]}}
  Other: {Type: Custom::Other, Properties: {Value: {'Fn::GetAttr': Key.Arn}}}
",
    );
    assert_eq!(
        read.problems(),
        [
            "KL003 at `!Reff`: `!Reff` is no intrinsic function of CloudFormation",
            "KL003 at `Nowhere`: `Nowhere` is neither a parameter nor a resource of this template",
            "KL003 at `!Reff`: `!Reff` is no intrinsic function of CloudFormation",
            "KL003 at `'Fn::GetAttr'`: `Fn::GetAttr` is no intrinsic function of CloudFormation",
        ]
    );
    let helps: Vec<_> = read.stack.problems.iter().map(|problem| problem.help.as_deref()).collect();
    let [reff, near] = ["did you mean `!Ref`?", "did you mean `Fn::GetAtt`?"];
    assert_eq!(helps, [Some(reff), None, Some(reff), Some(near)]);
    assert_eq!(show(read.property("Key", "EnableKeyRotation")), "true");
}

#[test]
fn arguments_of_the_wrong_kind_are_reported_where_they_stand() {
    complains("!Split [',', [a]]", "KL003 at `[a]`: `Fn::Split` takes a string to split");
    complains("!Select [x, [a]]", "KL003 at `x`: `Fn::Select` takes the number of an element");
    complains("!Base64 [a]", "KL003 at `[a]`: `Fn::Base64` takes a string");
    complains("!Sub ['${a}', {a: [1]}]", "KL003 at `[1]`: a variable of `Fn::Sub` is a string");
    complains("!Cidr [10.0.0.0/8, 300, 8]", "KL003 at `300`: `Fn::Cidr` makes 1 to 256 blocks");
    complains("!Cidr [10.0.0.0/8, 0, 8]", "KL003 at `0`: `Fn::Cidr` makes 1 to 256 blocks");
    let bits = "`Fn::Cidr` takes the number of bits of an address that a block leaves open";
    complains("!Cidr [10.0.0.0/8, 6, 129]", &format!("KL003 at `129`: {bits}"));
    complains("!Cidr [10.0.0.0/8, 6, x]", &format!("KL003 at `x`: {bits}"));
    is_fine("!Cidr [10.0.0.0/16, 256, '8']");
    is_fine("!Sub ['${a}', {a: !Join ['', [x]]}]");
}

#[test]
fn condition_functions_are_no_values() {
    complains("{'Fn::Not': [x]}", "KL003 at `'Fn::Not'`: `Fn::Not` stands in conditions alone");
    complains("{'Fn::Or': [x, y]}", "KL003 at `'Fn::Or'`: `Fn::Or` stands in conditions alone");
    complains("!Equals [a, b]", "KL003 at `!Equals`: `Fn::Equals` stands in conditions alone");
    complains("[!Condition IsProd]", "KL003 at `!Condition`: `Condition` stands in conditions alone");
    is_fine("{Condition: {StringEquals: {a: b}}}");
}

#[test]
fn language_extensions_are_asked_for() {
    let text = "
Mappings: {M: {a: {b: 1}}}
Conditions: {'Fn::ForEach::C': [X, [a], {'Is${X}': {'Fn::Equals': [a, b]}}]}
Resources:
  'Fn::ForEach::R': [X, [a], {'R${X}': {Type: Custom::R}}]
  S:
    Type: Custom::S
    Properties:
      A: {'Fn::Length': [1]}
      B: {'Fn::ToJsonString': {a: 1}}
";
    let needs = |token: &str, what: &str| format!("KL003 at `{token}`: {what} needs the language extensions");
    assert_eq!(
        read_yaml(text).problems(),
        [
            needs("'Fn::ForEach::C'", "`Fn::ForEach`"),
            needs("'Fn::ForEach::R'", "`Fn::ForEach`"),
            needs("'Fn::Length'", "`Fn::Length`"),
            needs("'Fn::ToJsonString'", "`Fn::ToJsonString`"),
        ]
    );
    assert_eq!(read_yaml(&format!("Transform: [AWS::LanguageExtensions]{text}")).problems(), [""; 0]);
    assert_eq!(read_yaml(&format!("Transform: Macro{text}")).problems(), [""; 0]);
}

#[test]
fn defaults_obey_the_constraints_of_their_parameter() {
    let read = read_yaml(
        "
Parameters:
  Listed: {Type: String, Default: x, AllowedValues: [a, b]}
  Fine: {Type: String, Default: a, AllowedValues: [a, b], AllowedPattern: '[a-c]', MinLength: 1, MaxLength: '1'}
  Word: {Type: Number, Default: abc}
  Pattern: {Type: String, Default: ABC, AllowedPattern: '[a-z]+'}
  Part: {Type: String, Default: abc-, AllowedPattern: '[a-z]+'}
  Digits: {Type: String, Default: '123', AllowedPattern: '\\d+'}
  OfJava: {Type: String, Default: '-', AllowedPattern: '(?=a)a'}
  Short: {Type: String, Default: '', MinLength: 1}
  Long: {Type: String, NoEcho: true, Default: hunter2, MaxLength: 2}
  Less: {Type: Number, Default: 1, MinValue: 2}
  More: {Type: Number, Default: '9', MaxValue: 5}
  Equal: {Type: Number, Default: 1, AllowedValues: ['1.0'], MinValue: 1, MaxValue: 1}
  Several: {Type: CommaDelimitedList, Default: 'a, c', AllowedValues: [a, b]}
  Some: {Type: CommaDelimitedList, Default: 'a, b', AllowedValues: [a, b], AllowedPattern: '[ab]'}
  Whole: {Type: CommaDelimitedList, Default: 'a,b', AllowedValues: [c, 'a,b']}
  Numbers: {Type: List<Number>, Default: '1,x'}
  Stored: {Type: AWS::SSM::Parameter::Value<String>, Default: /x, AllowedValues: [a]}
  Key: {Type: AWS::EC2::KeyPair::KeyName, Default: k, AllowedValues: [l]}
Resources: {Own: {Type: Custom::Own}}
",
    );
    let refused = |value: &str, rest: &str| format!("KL005 at `{value}`: the default of {rest}");
    assert_eq!(
        read.problems(),
        [
            refused("x", "`Listed` is none of its `AllowedValues`"),
            refused("abc", "`Word` is no number"),
            refused("ABC", "`Pattern` does not match its `AllowedPattern`"),
            refused("abc-", "`Part` does not match its `AllowedPattern`"),
            refused("''", "`Short` is shorter than its `MinLength`"),
            refused("hunter2", "`Long` is longer than its `MaxLength`"),
            refused("1", "`Less` is less than its `MinValue`"),
            refused("'9'", "`More` is more than its `MaxValue`"),
            refused("'a, c'", "`Several` is none of its `AllowedValues`"),
            refused("'1,x'", "`Numbers` is no number"),
            refused("k", "`Key` is none of its `AllowedValues`"),
        ]
    );
}

#[test]
fn properties_that_a_function_makes_are_not_known() {
    let read = read_yaml(
        "
Parameters: {P: {Type: String}}
Conditions: {C: !Equals [!Ref P, a]}
Resources: {K: {Type: AWS::KMS::Key, Properties: !If [C, {EnableKeyRotation: true}, {EnableKeyRotation: false}]}}
",
    );
    assert_eq!(read.problems().len(), 1, "{:?}", read.problems());
    assert!(read.problems()[0].ends_with("the properties of a resource are a mapping"));
    assert!(read.resource("K").attributes.rest.is_some());
    let read = read_yaml("Resources: {K: {Type: AWS::KMS::Key, Properties: {'Fn::If': [C, {}, {}]}}}\n");
    let said = "KL003 at `'Fn::If'`: an intrinsic function stands alone, where a value does";
    assert_eq!(read.problems(), [said]);
}

#[test]
fn shell_and_javascript_in_sub_must_be_escaped() {
    complains(
        "!Sub 'echo ${VAR:-x}'",
        "KL003 at `VAR:-x`: a variable of `Fn::Sub` has other characters than letters, digits, `_`, `.` and `:`",
    );
    is_fine("!Sub 'echo ${!VAR:-x} $VAR $(date) ${}'");
    is_fine("{'Fn::Sub': {'Fn::Transform': {Name: Macro}}}");
}

#[test]
fn nulls_are_not_allowed() {
    complains("null", "KL003 at `null`: null values are not allowed in templates");
    is_fine("{a: '', b: 'null'}");
}

#[test]
fn conditions_that_depend_on_themselves_are_reported() {
    let read = read_yaml(
        "
Conditions: {A: !Not [!Condition B], B: !Not [!Condition A], C: !And [!Condition C, !Condition C]}
Resources: {R: {Type: Custom::R, Properties: {A: !If [A, 1, 2]}}}
",
    );
    assert_eq!(
        read.problems(),
        [
            "KL003 at `A`: the condition `A` depends on itself",
            "KL003 at `C`: the condition `C` depends on itself"
        ]
    );
    assert_eq!(show(read.property("R", "A")), "(A is true: 1 | A is false: 2)");
}

#[test]
fn condition_functions_say_what_they_take() {
    let read = read_yaml(
        "
Conditions: {A: !Equals [1], B: !And [!Condition A], C: !Not [], D: !Condition Nope, E: maybe}
Resources: {R: {Type: Custom::R, Condition: Nope, DependsOn: [Nope, R]}}
Outputs: {O: {Value: !Ref Nope}}
",
    );
    assert_eq!(
        read.problems(),
        [
            "KL003 at `!Equals`: `Fn::Equals` takes two values",
            "KL003 at `!And`: `Fn::And` takes a list of two to ten conditions",
            "KL003 at `!Not`: `Fn::Not` takes a list with one condition",
            "KL003 at `Nope`: `Nope` is not a condition of this template",
            "KL003 at `maybe`: a condition is a function of other conditions or values",
            "KL003 at `Nope`: `Nope` is not a condition of this template",
            "KL003 at `Nope`: `Nope` is not a resource of this template",
            "KL003 at `Nope`: `Nope` is neither a parameter nor a resource of this template",
        ]
    );
}

#[test]
fn malformed_declarations_are_reported_and_the_rest_is_read() {
    let read = read_yaml(
        "
Parameters: {P: text, Q: {Default: 1}}
Resources:
  A: text
  B: {Properties: {}}
  C: {Type: [x]}
  D: {Type: Custom::D, Properties: [1]}
  E: {Type: Custom::E, Properties: {X: 1}}
Outputs: [1]
",
    );
    assert_eq!(
        read.problems(),
        [
            "KL003 at `text`: the parameter `P` is not a mapping",
            "KL003 at `Q`: the parameter `Q` has no `Type`",
            "KL003 at `A`: the resource `A` is not a mapping",
            "KL003 at `B`: the resource `B` has no `Type`",
            "KL003 at `[x]`: the type of the resource `C` is not a string",
            "KL003 at `[1]`: the properties of a resource are a mapping",
            "KL003 at `[1]`: the section `Outputs` is not a mapping",
        ]
    );
    assert_eq!(show(read.property("E", "X")), "1");
}

/// The types are those of
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>.
#[test]
fn types_of_parameters_that_the_service_does_not_have_are_reported() {
    let known = [
        "String",
        "Number",
        "CommaDelimitedList",
        "List<Number>",
        "AWS::EC2::VPC::Id",
        "List<AWS::EC2::Subnet::Id>",
        "AWS::SSM::Parameter::Name",
        "AWS::SSM::Parameter::Value<String>",
        "AWS::SSM::Parameter::Value<List<String>>",
        "AWS::SSM::Parameter::Value<CommaDelimitedList>",
        "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
        "AWS::SSM::Parameter::Value<List<AWS::EC2::Image::Id>>",
    ];
    let wrong = [
        ("string", "String"),
        ("Strng", "String"),
        ("CommaDelimitedlist", "CommaDelimitedList"),
        ("SecureString", ""),
        ("Boolean", ""),
        ("List<AWS::SSM::Parameter::Value<String>>", ""),
        ("AWS::SSM::Parameter::Value<SecureString>", ""),
        ("AWS::SSM::Parameter::Value<AWS::SSM::Parameter::Value<String>>", ""),
    ];
    let read = |name: &str| {
        read_yaml(&format!("Parameters: {{P: {{Type: '{name}'}}}}\nResources: {{R: {{Type: Custom::R}}}}\n"))
    };
    for name in known {
        assert_eq!(read(name).problems(), [""; 0], "{name}");
    }
    for (name, near) in wrong {
        let read = read(name);
        assert_eq!(read.problems(), [format!("KL003 at `'{name}'`: `{name}` is no type of a parameter")]);
        let help = read.stack.problems[0].help.clone().unwrap_or_default();
        let expected = if near.is_empty() { String::new() } else { format!("did you mean `{near}`?") };
        assert_eq!(help, expected, "{name}");
    }
}

#[test]
fn names_that_a_transform_or_module_may_make_are_not_missed() {
    let body = "Resources: {R: {Type: Custom::R, Properties: {A: !Ref FunctionRole, B: !If [Made, 1, 2], C: !Join [x]}}}";
    let problems = |transform: &str| read_yaml(&format!("{transform}\n{body}")).problems().len();
    assert_eq!(problems(""), 3);
    assert_eq!(problems("Transform: AWS::LanguageExtensions"), 3);
    assert_eq!(
        problems("Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]"),
        1,
        "only the malformed call"
    );
    assert_eq!(problems("Transform: {Name: AWS::Include, Parameters: {Location: s3://x}}"), 1);
    assert_eq!(
        problems("Transform: [AWS::Serverless-2016-10-31, MyMacro]"),
        0,
        "a macro may rewrite anything"
    );
}

#[test]
fn a_second_document_is_reported() {
    let read = read_yaml("Resources: {A: {Type: Custom::A}}\n---\nResources: {B: {Type: Custom::B}}\n");
    assert_eq!(read.problems(), ["KL001 at ``: a template is a single document, and this starts another"]);
    assert_eq!(read.stack.resources.len(), 1);
}

#[test]
fn deep_nesting_is_a_limit_and_no_crash() {
    let deep = format!("{}1{}", "[".repeat(120), "]".repeat(120));
    let conditions: String =
        (0..500).map(|index| format!("  C{index}: !Not [!Condition C{}]\n", index + 1)).collect();
    let text = format!(
        "Conditions:\n{conditions}  C500: !Equals [a, a]\nResources: {{R: {{Type: Custom::R, Properties: {{A: {deep}}}}}}}"
    );
    let read = read_yaml(&text);
    assert!(read.stack.problems.iter().all(|problem| problem.rule == "KL004"), "{:?}", read.problems());
}

#[test]
fn a_large_default_that_is_used_everywhere_is_a_limit() {
    let uses: String = (0..2_000).map(|index| format!("      P{index}: !Sub 'x${{Big}}y'\n")).collect();
    let text = format!(
        "Parameters: {{Big: {{Type: String, Default: {}}}}}\nResources:\n  R:\n    Type: Custom::R\n    Properties:\n{uses}",
        "a".repeat(100_000)
    );
    let read = read_yaml(&text);
    assert_eq!(read.stack.problems.iter().map(|problem| problem.rule).collect::<Vec<_>>(), ["KL004"]);
    assert_eq!(show(read.property("R", "P1999")), "<limit>");
}

#[test]
fn what_another_tool_replaces_is_noted_and_makes_no_errors_of_its_own() {
    let read = read_yaml(
        "
Resources:
  Network: {Type: !Rain::Module ../vpc.yml}
  R: {Type: Custom::R, Properties: {A: !Ref NetworkVpc, B: {'Fn::Sub': !Rain::Embed x}}}
",
    );
    let problems = read.problems();
    assert_eq!(
        problems,
        [
            "KL007 at `!Rain::Module`: `!Rain::Module` is no tag of CloudFormation",
            "KL007 at `!Rain::Embed`: `!Rain::Embed` is no tag of CloudFormation",
        ]
    );
    assert_eq!(show(read.property("R", "B")), "<operand>");
    assert_eq!(read.stack.resources.len(), 1);
}

/// A default that is masked, in every place where a name is looked up.
#[test]
fn what_a_function_gives_for_a_name_is_not_quoted() {
    const SECRET: &str = "hunter2SuperSecretX9";
    let prelude = format!(
        "Transform: AWS::LanguageExtensions\n\
         Parameters: {{P: {{Type: String, NoEcho: true, Default: {SECRET}}}, O: {{Type: String}}}}\n\
         Mappings: {{M: {{a: {{b: c}}}}}}"
    );
    let gives = "this gives";
    for (value, expected) in [
        ("{Ref: !Sub '${P}'}", gives),
        ("{Ref: !Join ['', [x, !Ref P]]}", gives),
        ("!GetAtt [!Ref P, Arn]", gives),
        ("!GetAtt [Bucket, !Ref P]", gives),
        ("!FindInMap [!Ref P, a, b]", gives),
        ("!FindInMap [M, !Ref P, b]", ""),
        ("!FindInMap [M, a, !Ref P]", ""),
        ("!If [!Ref P, 1, 2]", "takes the name of a condition"),
        ("!Select [!Ref P, [a]]", ""),
        ("!Join [',', !Ref P]", ""),
        ("{'Fn::ForEach::X': [I, !Ref P, {'A${I}': 1}]}", ""),
    ] {
        let read = with_property(&prelude, value);
        let problems = read.problems();
        assert!(problems.iter().all(|problem| !problem.contains(SECRET)), "{value}: {problems:?}");
        match expected {
            "" => {}
            _ => assert!(problems.iter().any(|problem| problem.contains(expected)), "{value}: {problems:?}"),
        }
    }
    for transform in ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"] {
        let read = read_yaml(&format!(
            "Transform: {transform}\nParameters: {{P: {{Type: String, NoEcho: true, Default: {SECRET}}}}}\n\
             Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Condition: !Ref P\n    \
             Properties: {{QueueName: {{Ref: !Sub '${{P}}'}}}}\n"
        ));
        let resource = read.resource("A");
        let said = format!(
            "{:?} {} {:?}",
            read.problems(),
            resource.guard.describe(),
            read.property("A", "QueueName")
        );
        assert!(!said.contains(SECRET), "{said}");
    }
}

/// What is said of a value that is not known names the parameter, never its default.
#[test]
fn reasons_of_unknown_values_have_no_secrets() {
    const SECRET: &str = "hunter2SuperSecretX9";
    let prelude = format!(
        "Parameters:\n  P: {{Type: String, NoEcho: true, Default: {SECRET}}}\n  O: {{Type: String}}\n  \
         S: {{Type: 'AWS::SSM::Parameter::Value<String>', NoEcho: true, Default: {SECRET}}}\n"
    );
    for (value, expected) in [
        ("!Sub '{{resolve:ssm:${P}}}'", "ssm:…"),
        ("!Sub '{{resolve:secretsmanager:${P}:SecretString:${O}}}'", "secretsmanager:…"),
        ("!Ref S", "ssm:…"),
        ("{'Fn::ImportValue': !Ref P}", "…"),
        ("{'Fn::ImportValue': !Sub '${O}-${P}'}", "…"),
        ("!Sub '{{resolve:ssm:x}}'", "ssm:x"),
    ] {
        let read = with_property(&prelude, value);
        let unknown = read.property("Subject", "Value").as_unknown().cloned().unwrap();
        let said = format!("{} {:?}", unknown.reason, unknown.identity);
        assert!(!said.contains(SECRET), "{value}: {said}");
        assert!(unknown.reason.to_string().contains(&format!("`{expected}`")), "{value}: {said}");
    }
    let derived = with_property(&prelude, "!Sub '${O}${P}'");
    let split = with_property(&prelude, "!Join [',', !Split ['-', !Sub '${O}${P}']]");
    for read in [derived, split] {
        let value = read.property("Subject", "Value");
        let identities = format!("{:?}", value.as_unknown().and_then(|unknown| unknown.identity.clone()));
        assert!(!identities.contains(SECRET), "{identities}");
    }
}
