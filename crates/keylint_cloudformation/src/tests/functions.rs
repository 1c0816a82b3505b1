//! What each intrinsic function stands for, in each of its forms.

use super::*;

const PARAMETERS: &str = "
Transform: AWS::LanguageExtensions
Parameters:
  Name: {Type: String, Default: app}
  Open: {Type: String}
  Env: {Type: String, AllowedValues: [dev, prod]}
  Flag: {Type: String, Default: 'true'}
  Size: {Type: Number, Default: 7}
  Names: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Ids: {Type: List<AWS::EC2::Subnet::Id>}
  Image: {Type: AWS::SSM::Parameter::Value<String>, Default: /ami/latest}
  Account: {Type: String, Default: 012345678901}
";

#[track_caller]
fn is(value: &str, expected: &str) {
    assert_eq!(resolve(PARAMETERS, value), expected, "{value}");
}

#[test]
fn ref_stands_for_parameters_resources_and_pseudo_parameters() {
    is("!Ref Name", r#""app""#);
    is("{Ref: Name}", r#""app""#);
    is("!Ref Size", "7");
    is("!Ref Open", "<input Open>");
    is("!Ref Env", r#"(Env is dev: "dev" | Env is prod: "prod")"#);
    is("!Ref Names", r#"["a", "b", "c"]"#);
    is("!Ref Ids", "<input Ids>");
    is("!Ref Bucket", "<computed Bucket.Ref>");
    is("!Ref AWS::Region", "<environment AWS::Region>");
    is("!Ref 'AWS::AccountId'", "<environment AWS::AccountId>");
}

#[test]
fn an_account_id_keeps_its_leading_zero() {
    is("!Ref Account", r#""012345678901""#);
}

#[test]
fn a_number_without_quotes_is_read_as_the_service_reads_it() {
    is("0144", "100");
    is("0x64", "100");
    is("1_000", "1000");
    is("'0144'", r#""0144""#);
    is("!!str 0144", r#""0144""#);
    is("!Sub [\"${x}\", {x: 0300}]", r#""192""#);
}

#[test]
fn the_default_of_a_stored_parameter_is_a_name_and_not_the_value() {
    is("!Ref Image", "<dynamic-reference Image>");
}

#[test]
fn dynamic_references_count_wherever_they_are_written() {
    let prelude = "
Parameters:
  Password: {Type: String, Default: '{{resolve:secretsmanager:db:SecretString:password}}'}
  Version: {Type: String}
  Names: {Type: CommaDelimitedList, Default: '{{resolve:ssm:/names:1}}'}
Mappings: {M: {a: {b: 'x-{{resolve:ssm:/app/name:1}}'}}}";
    let cases = [
        ("!Ref Password", "<dynamic-reference {{resolve:secretsmanager:db:SecretString:password}}>"),
        ("!Sub 'u:${Password}@h'", r#""u:${{{resolve:secretsmanager:db:SecretString:password}}}@h""#),
        ("!FindInMap [M, a, b]", r#""x-${{{resolve:ssm:/app/name:1}}}""#),
        ("!Select [0, !Ref Names]", "<operand Fn::Select(0\u{1f}${{{resolve:ssm:/names:1}}})>"),
        // Put together from parts, of which some are not known.
        (
            "!Join ['', ['{{resolve:ssm:/app/', 'name:1}}']]",
            "<dynamic-reference {{resolve:ssm:/app/name:1}}>",
        ),
        ("!Sub '{{resolve:ssm:/app:${Version}}}/x'", r#""${{{resolve:ssm:/app:${Version}}}}/x""#),
        (
            "!Join [':', ['{{resolve:secretsmanager', !Ref Bucket, 'SecretString:a}}']]",
            "<dynamic-reference {{resolve:secretsmanager:${Bucket.Ref}:SecretString:a}}>",
        ),
        (
            "'{{resolve:secretsmanager:arn:aws:secretsmanager:us-west-2:123456789012:secret:MySecret}}'",
            "<dynamic-reference {{resolve:secretsmanager:arn:aws:secretsmanager:us-west-2:123456789012:secret:MySecret}}>",
        ),
        ("'{{resolve:ssm:a}}{{resolve:ssm:b:2}}'", r#""${{{resolve:ssm:a}}}${{{resolve:ssm:b:2}}}""#),
        ("'{{resolve:ssm:a'", r#""{{resolve:ssm:a""#),
    ];
    for (value, expected) in cases {
        assert_eq!(resolve(prelude, value), expected, "{value}");
    }
}

#[test]
fn no_value_leaves_the_property_or_element_out() {
    is("[1, !Ref AWS::NoValue, 2]", "[1, 2]");
    is("{a: !Ref AWS::NoValue, b: 1}", "{b: 1}");
}

#[test]
fn get_att_is_read_in_all_its_forms() {
    for form in [
        "!GetAtt Bucket.Arn",
        "!GetAtt [Bucket, Arn]",
        "{'Fn::GetAtt': [Bucket, Arn]}",
        "{'Fn::GetAtt': Bucket.Arn}",
    ] {
        is(form, r#""arn:${AWS::Partition}:s3:::${Bucket.Ref}""#);
    }
    is("!GetAtt Subject.Outputs.Deep.Name", "<computed Subject.Outputs.Deep.Name>");
}

#[test]
fn sub_fills_in_what_is_known() {
    is("!Sub 'plain'", r#""plain""#);
    is(
        "!Sub 'arn:${AWS::Partition}:x-${Name}/${Bucket.WebsiteURL}/${Key}'",
        r#""arn:${AWS::Partition}:x-app/${Bucket.WebsiteURL}/${Key.Ref}""#,
    );
    is("{'Fn::Sub': '${Size}'}", r#""7""#);
    is("!Sub ['${Own}-${Name}', {Own: !Ref Open, Name: mine}]", r#""${Open}-mine""#);
    is("!Sub '${Open}'", "<input Open>");
}

#[test]
fn sub_leaves_literals_alone() {
    is("!Sub '${!Name} and ${Name}'", r#""${Name} and app""#);
    // As the service reads them.
    is("!Sub '<${ Name }${Name }>'", r#""<appapp>""#);
    is("!Sub ['<${ Own }>', {Own: mine}]", r#""<mine>""#);
    is("!Sub '${ !Name }'", r#""${Name }""#);
    is("!Sub '${ }'", r#""${ }""#);
    is("!Sub '$Name {Name} $${Name}'", r#""$Name {Name} $app""#);
    is("!Sub 'unclosed ${Name'", r#""unclosed ${Name""#);
}

#[test]
fn join_puts_lists_together() {
    is("!Join ['-', [a, !Ref Name, !Ref Open]]", r#""a-app-${Open}""#);
    is(
        "!Join ['', ['arn:aws:iam::', !Ref AWS::AccountId, ':root']]",
        r#""arn:aws:iam::${AWS::AccountId}:root""#,
    );
    is("!Join [',', !Ref Names]", r#""a,b,c""#);
    is("!Join [',', !Ref Ids]", "<operand Fn::Join(,\u{1f}${Ids})>");
    is("!Join ['-', [a, !Ref AWS::NoValue, b]]", r#""a-b""#);
    is("{'Fn::Join': ['/', [{'Fn::Join': ['-', [a, b]]}, c]]}", r#""a-b/c""#);
}

#[test]
fn split_and_select_take_apart() {
    is("!Split [',', 'a,b']", r#"["a", "b"]"#);
    is("!Select [1, !Ref Names]", r#""b""#);
    is("!Select ['2', !Split ['/', 'x/y/z']]", r#""z""#);
    is("!Select [0, [!Ref Open, b]]", "<input Open>");
    is("!Select [0, !GetAZs '']", "<operand Fn::Select(0\u{1f}${Fn::GetAZs(${AWS::Region})})>");
}

#[test]
fn equal_unknown_calls_are_the_same_value() {
    let arn = "!Select [4, !Split [':', !GetAtt Bucket.Arn]]";
    let value = format!("[{arn}, {arn}, !Select [5, !Split [':', !GetAtt Bucket.Arn]]]");
    let read = with_property(PARAMETERS, &value);
    let list = read.property("Subject", "Value").as_list().unwrap();
    let [one, same, other] = list.elements.as_slice() else { panic!() };
    let unknown = |value: &Value| Arc::clone(value.as_unknown().unwrap());
    assert!(unknown(one).is_same(&unknown(same)));
    assert!(!unknown(one).is_same(&unknown(other)));
}

#[test]
fn alternatives_of_a_part_are_alternatives_of_the_whole() {
    is("!Sub 'x-${Env}'", r#"(Env is dev: "x-dev" | Env is prod: "x-prod")"#);
    is("!Join ['-', [!Ref Env, !Ref Env]]", r#"(Env is dev: "dev-dev" | Env is prod: "prod-prod")"#);
}

#[test]
fn too_many_alternatives_become_the_parameters_again() {
    let parameters = "
Parameters:
  A: {Type: String, AllowedValues: [a1, a2, a3, a4, a5]}
  B: {Type: String, AllowedValues: [b1, b2, b3, b4, b5]}
";
    assert_eq!(resolve(parameters, "!Sub '${A}/${B}'"), r#""${A}/${B}""#);
}

#[test]
fn find_in_map_looks_up_known_keys() {
    let mappings = "
Transform: AWS::LanguageExtensions
Parameters:
  Env: {Type: String, Default: dev}
  Stage: {Type: String, AllowedValues: [dev, prod]}
  Zone: {Type: String}
Mappings:
  Sizes:
    dev: {Small: 1, Same: x, Names: [a, b]}
    prod: {Small: 2, Same: x, Names: [c]}
";
    let is = |value: &str, expected: &str| assert_eq!(resolve(mappings, value), expected, "{value}");
    is("!FindInMap [Sizes, dev, Small]", "1");
    is("{'Fn::FindInMap': [Sizes, !Ref Env, Names]}", r#"["a", "b"]"#);
    is("!FindInMap [Sizes, !Ref Stage, Small]", "(Stage is dev: 1 | Stage is prod: 2)");
    is("!FindInMap [Sizes, !Ref Zone, Same]", r#""x""#);
    // The service refuses a zone that the mapping does not have.
    is("!FindInMap [Sizes, !Ref Zone, Small]", "(Zone is dev: 1 | Zone is prod: 2)");
    is(
        "!FindInMap [Sizes, !Ref Zone, Small, {DefaultValue: 3}]",
        "(Zone is dev: 1 | Zone is prod: 2 | Zone is another value: 3)",
    );
    is("!FindInMap [Sizes, test, Small, {DefaultValue: 3}]", "3");
    is("!Sub ['${S}', {S: !FindInMap [Sizes, prod, Small]}]", r#""2""#);
}

#[test]
fn a_parameter_that_must_be_a_key_is_one() {
    let mappings = "
Transform: AWS::LanguageExtensions
Parameters: {Zone: {Type: String}, Size: {Type: String}, Maybe: {Type: String}, Known: {Type: String, AllowedValues: [a, c]}}
Conditions: {Is: !Equals [!Ref Known, a]}
Mappings: {M: {a: {x: 1, y: 2}, b: {x: 3, y: 4}}, One: {only: {z: 5}}}
";
    let is = |value: &str, expected: &str| assert_eq!(resolve(mappings, value), expected, "{value}");
    is(
        "[!FindInMap [M, !Ref Zone, x], !Ref Zone]",
        r#"[(Zone is a: 1 | Zone is b: 3), (Zone is a: "a" | Zone is b: "b")]"#,
    );
    is("!FindInMap [M, a, !Ref Size]", "(Size is x: 1 | Size is y: 2)");
    is("!FindInMap [M, !Ref AWS::StackName, y]", "(AWS::StackName is a: 2 | AWS::StackName is b: 4)");
    is(
        "!FindInMap [M, !Ref Zone, !Ref Size]",
        "(Size is x and Zone is a: 1 | Size is y and Zone is a: 2 | Size is x and Zone is b: 3 | Size is y and Zone is b: 4)",
    );
    is("[!FindInMap [One, !Ref Zone, z], !Ref Zone]", r#"[5, "only"]"#);
    // Not where the service may never look it up, or has another answer.
    is(
        "[!If [Is, !FindInMap [M, !Ref Maybe, x], 0], !Ref Maybe]",
        "[(Is is true: (Maybe is a: 1 | Maybe is b: 3 | Maybe is another value: <operand Fn::FindInMap(M\u{1f}${Maybe}\u{1f}x)>) | Is is false: 0), <input Maybe>]",
    );
    is(
        "!FindInMap [M, !Ref Maybe, x, {DefaultValue: 9}]",
        "(Maybe is a: 1 | Maybe is b: 3 | Maybe is another value: 9)",
    );
}

#[test]
fn mappings_with_more_keys_than_are_looked_at_are_unknown_but_for_what_they_share() {
    let rows = |count: usize| {
        let row = |key: usize| {
            let first = if key == 0 { 'w' } else { 'v' };
            format!(
                "k{key}: {{x: {first}{key}, same: s, service: 'states.r-{key}.amazonaws.com', arn: 'arn:{key}:x'}}"
            )
        };
        (0..count).map(row).collect::<Vec<_>>().join(", ")
    };
    let prelude =
        |count| format!("Parameters: {{Key: {{Type: String}}}}\nMappings: {{M: {{{}}}}}", rows(count));
    let at = |count, second: &str| {
        resolve(&prelude(count), &format!("!Sub ['<${{V}}>', {{V: !FindInMap [M, !Ref Key, {second}]}}]"))
    };
    assert_eq!(at(16, "x").matches(" | ").count(), 15);
    assert_eq!(at(17, "x"), r#""<${Fn::FindInMap(M\u{1f}${Key}\u{1f}x)}>""#);
    assert_eq!(at(200, "same"), r#""<s>""#);
    let hole = |second: &str| format!("${{Fn::FindInMap(M\\u{{1f}}${{Key}}\\u{{1f}}{second})}}");
    assert_eq!(at(200, "service"), format!(r#""<states.r-{}.amazonaws.com>""#, hole("service")));
    assert_eq!(at(200, "arn"), format!(r#""<arn:{}:x>""#, hole("arn")));
    // Not where another entry or the default is something else.
    let mixed = |default: &str| {
        let entries = "a1: {x: ab}, a2: {x: ac}, a3: {y: z}";
        let more: Vec<_> = (0..20).map(|key| format!("b{key}: {{x: a{key}}}")).collect();
        let prelude = format!(
            "Parameters: {{Key: {{Type: String}}}}\nMappings: {{M: {{{entries}, {}}}}}",
            more.join(", ")
        );
        resolve(&prelude, &format!("!FindInMap [M, !Ref Key, x{default}]"))
    };
    assert_eq!(mixed(""), format!(r#""a{}""#, hole("x")));
    assert_eq!(mixed(", {DefaultValue: a}"), format!(r#""a{}""#, hole("x")));
    let switch = "Parameters: {Key: {Type: 'AWS::SSM::Parameter::Value<String>'}}\nMappings: {M: {a: {x: 'true'}, b: {x: 'false'}}}";
    assert!(!resolve(switch, "!FindInMap [M, !Ref Key, x]").contains('"'));
    assert_eq!(mixed(", {DefaultValue: b}"), "<operand Fn::FindInMap(M\u{1f}${Key}\u{1f}x)>");
    assert_eq!(mixed(", {DefaultValue: !Ref Key}"), "<operand Fn::FindInMap(M\u{1f}${Key}\u{1f}x)>");
    // What is between the parts that are shared may be a wildcard.
    assert_eq!(mixed(", {DefaultValue: 'a*'}"), "<operand Fn::FindInMap(M\u{1f}${Key}\u{1f}x)>");
}

#[test]
fn lookups_in_two_mappings_are_not_the_same_value() {
    let rows = (0..20)
        .map(|key| format!("k{key}: {{x: {}{key}}}", ['v', 'w'][key % 2]))
        .collect::<Vec<_>>()
        .join(", ");
    let read = read_yaml(&format!(
        "
Parameters: {{Key: {{Type: String}}}}
Mappings: {{M: {{{rows}}}, N: {{{rows}}}}}
Conditions: {{Same: !Equals [!FindInMap [M, !Ref Key, x], !FindInMap [N, !Ref Key, x]]}}
Resources: {{R: {{Type: Custom::R, Condition: Same, Properties: {{X: !FindInMap [M, !Ref Key, x]}}}}}}
"
    ));
    assert_eq!(read.resource("R").guard.describe(), "Same is true");
    let unknown = read.property("R", "X").as_unknown().unwrap();
    assert_eq!(unknown.reason.to_string(), "a part of `Fn::FindInMap [M, …]` is not known");
    assert_eq!(unknown.at.map(|span| read.file.slice(span)), Some("Key"));
}

#[test]
fn language_extensions_are_read() {
    is("!Length [a, b]", "2");
    is("{'Fn::Length': {Ref: Names}}", "3");
    is("{'Fn::ToJsonString': {a: !Ref Name, b: [!Ref Open]}}", r#"json {a: "app", b: [<input Open>]}"#);
}

#[test]
fn what_only_deployment_knows_says_why() {
    is("!GetAZs ''", "<function Fn::GetAZs(${AWS::Region})>");
    is("!ImportValue shared-key", "<import Fn::ImportValue(shared-key)>");
    is("{'Fn::ImportValue': !Sub '${Open}-key'}", "<import Fn::ImportValue(${Open}-key)>");
    is("!Base64 {Ref: Open}", "<function Fn::Base64(${Open})>");
    is("!Cidr [!Ref Open, 2, 8]", "<function Fn::Cidr(${Open}\u{1f}2\u{1f}8)>");
    is("{'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s3://x/y}}}", "<function>");
}

#[test]
fn a_transform_hides_only_its_own_mapping() {
    let value = "{a: 1, 'Fn::Transform': {Name: AWS::Include}}";
    assert_eq!(resolve("", &format!("{{b: {value}, c: 2}}")), "{b: {a: 1, …function}, c: 2}");
}

#[test]
fn dynamic_references_are_holes_that_name_their_service() {
    let of = |value: &str| {
        let read = with_property(PARAMETERS, value);
        let value = read.property("Subject", "Value").clone();
        let parts = value.parts().unwrap().into_owned();
        let shown = parts.iter().map(|part| match part {
            Part::Known(text) => format!("{:?}", text.as_str()),
            Part::Hole(unknown, span) => {
                format!("{} at `{}`", unknown.reason, read.file.slice(span.unwrap()))
            }
        });
        shown.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        of("'{{resolve:ssm-secure:/db/password:1}}'"),
        "`ssm-secure:/db/password:1` is resolved at deployment at `'{{resolve:ssm-secure:/db/password:1}}'`"
    );
    assert_eq!(
        of("!Sub 'postgres://u:{{resolve:secretsmanager:${Bucket}:SecretString:pw}}@h'"),
        "\"postgres://u:\" `secretsmanager:${Bucket.Ref}:SecretString:pw` is resolved at deployment at \
         `{{resolve:secretsmanager:${Bucket}:SecretString:pw}}` \"@h\""
    );
    assert_eq!(
        of("!Join ['', ['{{resolve:ssm:', !Ref Name, '}}{{resolve:ssm:x}}']]"),
        "`ssm:app` is resolved at deployment at `{{resolve:ssm:', !Ref Name, '}}` \
         `ssm:x` is resolved at deployment at `{{resolve:ssm:x}}`"
    );
    assert_eq!(of("'{{resolve:ssm:never closed'"), r#""{{resolve:ssm:never closed""#);
    assert_eq!(of("'{{other:x}}'"), r#""{{other:x}}""#);
}

#[test]
fn keys_of_policies_are_no_functions() {
    is(
        "{Effect: Allow, Condition: {Null: {x: 'true'}}}",
        r#"{Effect: "Allow", Condition: {Null: {x: "true"}}}"#,
    );
    is("{Condition: {Bool: {x: true}}}", "{Condition: {Bool: {x: true}}}");
}

#[test]
fn masked_parameters_stay_sensitive_through_functions() {
    let parameters = "
Parameters:
  Password: {Type: String, NoEcho: true, Default: hunter2}
  Other: {Type: String, NoEcho: 'true'}
  Plain: {Type: String, NoEcho: false, Default: x}
";
    let sensitive =
        |value: &str| with_property(parameters, value).property("Subject", "Value").origin.marks.sensitive;
    assert!(sensitive("!Ref Password"));
    assert!(sensitive("!Ref Other"));
    assert!(sensitive("!Sub 'user:${Password}'"));
    assert!(sensitive("!Join ['', [a, !Ref Other]]"));
    assert!(sensitive("!Select [0, !Split [',', !Ref Password]]"));
    assert!(sensitive("!Base64 {Ref: Password}"));
    assert!(!sensitive("!Ref Plain"));
}

#[test]
fn what_is_no_value_in_one_arm_brings_no_delimiter_and_no_element() {
    let prelude = "Transform: AWS::LanguageExtensions\nParameters: {Env: {Type: String}}\nConditions: {C: !Equals [!Ref Env, p]}";
    for (value, expected) in [
        ("!Join [',', [a, !If [C, b, !Ref AWS::NoValue], c]]", r#"(C is true: "a,b,c" | C is false: "a,c")"#),
        ("!Join [',', [!If [C, b, !Ref AWS::NoValue], c]]", r#"(C is true: "b,c" | C is false: "c")"#),
        ("!Join [',', [a, '']]", r#""a,""#),
        ("!Select [1, [a, !If [C, b, !Ref AWS::NoValue], c]]", r#"(C is true: "b" | C is false: "c")"#),
        ("{'Fn::Length': [a, !If [C, b, !Ref AWS::NoValue]]}", "(C is true: 2 | C is false: 1)"),
    ] {
        assert_eq!(resolve(prelude, value), expected, "{value}");
    }
}

#[test]
fn what_is_looked_up_in_a_mapping_again_and_again_is_made_once() {
    let list = (0..1_000).map(|index| format!("i{index}")).collect::<Vec<_>>().join(", ");
    let mut text = format!("Mappings: {{M: {{a: {{b: [{list}]}}, c: {{b: [{list}]}}}}}}\nResources:\n");
    for index in 0..5_000 {
        text.push_str(&format!(
            "  R{index}: {{Type: Custom::R, Properties: {{X: !FindInMap [M, !Ref AWS::Region, b]}}}}\n"
        ));
    }
    let read = read_yaml(&text);
    assert_eq!(read.problems(), [""; 0]);
    let lists = [0, 4_999].map(|index| read.property(&format!("R{index}"), "X").data.clone());
    let [Data::List(one), Data::List(other)] = &lists else { panic!("{lists:?}") };
    assert!(Arc::ptr_eq(one, other));
}

#[test]
fn what_an_empty_delimiter_splits_is_not_known() {
    let read = with_property("", "!Split ['', abc]");
    let unknown = read.property("Subject", "Value").as_unknown().cloned().unwrap();
    let said = unknown.root().reason.to_string();
    assert_eq!(said, "the result of `Fn::Split` is not known before deployment");
    assert_eq!(read.problems(), [""; 0]);
}
