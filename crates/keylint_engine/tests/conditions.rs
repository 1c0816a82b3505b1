//! What a template has under its conditions alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use keylint_engine::{Project, Report, Settings, lint, select};
use keylint_rules::{Finding, Registry};
use keylint_source::{Memory, Sources};

fn run(path: &str, text: &str, rule: &str) -> Report {
    run_all(&[(path, text)], rule)
}

fn run_all(files: &[(&str, &str)], rule: &str) -> Report {
    let mut memory = Memory::new();
    files.iter().for_each(|(path, text)| {
        memory.insert(format!("/w/{path}"), text);
    });
    let selection = select(Registry::builtin(), &[rule.to_owned()], &[]).unwrap();
    let settings = Settings { selection, ..Settings::default() };
    let sources = Arc::new(Sources::new(Arc::new(memory), "/w"));
    lint(&Project { paths: vec![".".into()], sources }, &settings)
}

fn messages(text: &str, rule: &str) -> Vec<String> {
    let report = run("t.template.yaml", text, rule);
    assert!(report.undecided.is_empty(), "{:?}", report.undecided);
    report.findings.iter().map(|finding| finding.message.clone()).collect()
}

const POLICY: &str = r#"{Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: "kms:*", Resource: "*"}]}"#;

#[test]
fn a_resource_that_the_default_leaves_out_is_checked_and_says_when() {
    let template = |allowed: &str| {
        format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Env: {{Type: String, Default: dev{allowed}}}\n\
             Conditions:\n  IsProd: !Equals [!Ref Env, prod]\nResources:\n  Key:\n    Type: AWS::KMS::Key\n    \
             Condition: IsProd\n    Properties:\n      KeyPolicy: {POLICY}\n"
        )
    };
    assert_eq!(
        messages(&template(", AllowedValues: [dev, prod]"), "KMS002"),
        ["any AWS account can do anything with this key when IsProd is true"]
    );
    assert_eq!(messages(&template(", AllowedValues: [dev, test]"), "KMS002"), [""; 0]);
}

/// What a run of all rules reports.
fn found(path: &str, text: &str) -> Vec<String> {
    let report = run(path, text, "ALL");
    report.findings.iter().map(|finding| format!("{} {}", finding.rule, finding.message)).collect()
}

#[test]
fn statements_with_conditions_of_their_own_are_judged_however_many_there_are() {
    let names: Vec<String> = (b'a'..=b'h').map(|name| char::from(name).to_string()).collect();
    for count in [2, 4, 5, 8] {
        let names = names.get(..count).unwrap();
        let variables: String =
            names.iter().map(|name| format!("variable \"{name}\" {{ type = bool }}\n")).collect();
        let statement = |name: &String| {
            format!(
                "{{ Effect = \"Allow\", Action = var.{name} ? \"*\" : \"s3:GetObject\", Resource = \"*\" }},\n"
            )
        };
        let statements: String = names.iter().map(statement).collect();
        let text = format!(
            "{variables}resource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [\n{statements}\
             {{ Effect = \"Allow\", Action = \"iam:*\", Resource = \"*\" }}] }})\n}}\n"
        );
        let found = found("main.tf", &text);
        let critical = |name: &str| {
            let holds = |finding: &&String| {
                finding.starts_with("IAM001") && finding.ends_with(&format!("when var.{name} is true"))
            };
            found.iter().filter(holds).count()
        };
        for name in names {
            assert_eq!(critical(name), 1, "{count} {name} {found:#?}");
        }
        // What hangs on no condition is said without one.
        let fixed = found.iter().any(|finding| finding.starts_with("IAM0") && !finding.contains(" when "));
        assert!(fixed, "{count} {found:#?}");
    }
}

#[test]
fn statements_that_a_template_may_leave_out_are_judged_however_many_there_are() {
    for count in [2, 4, 5, 8] {
        let numbers = 0..count;
        let parameters: String = numbers.clone().map(|n| format!("  P{n}: {{Type: String}}\n")).collect();
        let conditions: String =
            numbers.clone().map(|n| format!("  C{n}: !Equals [!Ref P{n}, x]\n")).collect();
        let statements: String = numbers
            .clone()
            .map(|n| {
                format!(
                    "          - !If [C{n}, {{Effect: Allow, Principal: '*', Action: 'sqs:SendMessage', Resource: '*'}}, !Ref AWS::NoValue]\n"
                )
            })
            .collect();
        let text = format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n{parameters}Conditions:\n{conditions}Resources:\n  Q:\n    Type: AWS::SQS::QueuePolicy\n    \
             Properties:\n      Queues: [x]\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n{statements}"
        );
        let found = found("t.template.yaml", &text);
        for n in numbers {
            let when = format!("when C{n} is true");
            let of = found.iter().filter(|finding| finding.starts_with("PUB") && finding.ends_with(&when));
            assert_eq!(of.count(), 1, "{count} {n} {found:#?}");
        }
    }
}

#[test]
fn past_the_limit_the_reason_is_the_number_of_combinations() {
    let template = r#"
Parameters:
  Env: {Type: String, AllowedValues: [dev, test, prod]}
  Size: {Type: String, AllowedValues: [s, m, l]}
  Tier: {Type: String, AllowedValues: [s, m, l]}
Mappings:
  Actions: {dev: {a: "s3:GetObject"}, test: {a: "*"}, prod: {a: "s3:GetObjct"}}
  Buckets: {s: {r: "arn:aws:s3:::s/*"}, m: {r: "*"}, l: {r: "arn:aws:s3:::l/*"}}
Conditions: {Same: !Equals [!Ref Size, !Ref Tier]}
Resources:
  P:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: !FindInMap [Actions, !Ref Env, a]
            Resource: !FindInMap [Buckets, !Ref Size, r]
            Condition: !If [Same, {StringEquals: {"aws:PrincipalTag/x": y}}, !Ref "AWS::NoValue"]
"#;
    // One parameter decides what is wrong with the action.
    let [misspelt] = <[String; 1]>::try_from(messages(template, "POL005")).unwrap();
    assert!(misspelt.contains("`s3:GetObjct`") && misspelt.ends_with("when Env is prod"), "{misspelt}");
    // What takes two of them is not known, and not for lack of a value.
    let report = run("t.template.yaml", template, "IAM001");
    let reasons: Vec<String> =
        report.undecided.iter().map(|open| open.undecided.reason.to_string()).collect();
    assert_eq!(reasons, ["`Env` and other values have too many combinations"]);
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[test]
fn each_entry_of_a_mapping_with_the_same_wrong_text_is_shown() {
    let template = |parameter: &str| {
        format!(
            r#"
Parameters: {{E: {parameter}}}
Mappings:
  M:
    a: {{x: "s3:GetObjct"}}
    b: {{x: "s3:GetObjct"}}
    c: {{x: "s3:GetObjct"}}
Resources:
  P:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{{Effect: Allow, Action: !FindInMap [M, !Ref E, x], Resource: "arn:aws:s3:::b/*"}}]
"#
        )
    };
    // Whether it is known which one deployment takes, or only that it is one of them.
    for parameter in ["{Type: String, AllowedValues: [a, b, c]}", "{Type: String}"] {
        let report = run("t.template.yaml", &template(parameter), "POL005");
        let [finding] = report.findings.as_slice() else { panic!("{parameter} {:?}", report.findings) };
        let twins = finding.related.iter().filter(|related| related.message.contains("the same value"));
        let text = template(parameter);
        let shown: Vec<usize> =
            twins.map(|twin| text.get(..twin.span.range().start).unwrap().lines().count()).collect();
        assert_eq!(shown, [6, 7], "{parameter}");
    }
}

#[test]
fn conditions_that_contradict_each_other_never_hold_together() {
    let keys = [
        // What holds for no deployment.
        ("var.env == \"prod\"", "var.env != \"dev\""),
        ("var.env == \"prod\" || var.env == \"stg\"", "var.env == \"dev\" ? false : true"),
        ("contains([\"prod\", \"stg\"], var.env)", "lookup({ dev = false }, var.env, true)"),
        ("var.n > 0", "var.n == 0 ? false : true"),
        ("var.b", "var.b == false ? false : true"),
        // What does for some.
        ("var.env == \"prod\"", "var.other != \"dev\""),
        ("var.env == \"prod\" || var.env == \"stg\"", "var.env == \"stg\" ? false : true"),
        ("var.n > 0", "var.n == 1 ? false : true"),
    ];
    let keys = keys.iter().enumerate().map(|(at, (exists, rotates))| {
        format!(
            "resource \"aws_kms_key\" \"k{at}\" {{\n  count = {exists} ? 1 : 0\n  enable_key_rotation = {rotates}\n}}\n"
        )
    });
    let text = format!(
        "variable \"env\" {{}}\nvariable \"other\" {{}}\nvariable \"n\" {{ type = number }}\nvariable \"b\" {{ type = bool }}\n{}",
        keys.collect::<String>()
    );
    let report = run("main.tf", &text, "KMS001");
    assert!(report.undecided.is_empty(), "{:?}", report.undecided);
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.resource.as_ref().unwrap(), finding.message))
        .collect();
    let never = "the key material is never rotated";
    assert_eq!(
        found,
        [
            format!(
                "aws_kms_key.k5[0] {never} when var.env == \"prod\" is true and var.other == \"dev\" is true"
            ),
            format!("aws_kms_key.k6[0] {never} when var.env == \"stg\" is true"),
            format!("aws_kms_key.k7[0] {never} when var.n == 1 is true"),
        ]
    );
}

/// `resources message` of what KMS001 finds in files.
fn rotation(files: &[(&str, &str)]) -> Vec<String> {
    let report = run_all(files, "KMS001");
    assert!(report.undecided.is_empty(), "{:?}", report.undecided);
    let show = |finding: &Finding| {
        let all = finding.resource.iter().filter(|_| finding.instances.is_empty()).chain(&finding.instances);
        let all: Vec<_> = all.map(ToString::to_string).collect();
        format!("{} {}", all.join(" "), finding.message.replace("the key material is never rotated", "never"))
    };
    report.findings.iter().map(show).collect()
}

#[test]
fn an_instance_that_a_condition_makes_says_so() {
    let of = |arguments: &str| {
        let variables = "variable \"on\" {}\nvariable \"off\" {}\nvariable \"env\" {}\n";
        rotation(&[("main.tf", &format!("{variables}resource \"aws_kms_key\" \"k\" {{\n{arguments}\n}}"))])
    };
    let made = |made: &str| of(&format!("  {made}\n  enable_key_rotation = false"));
    assert_eq!(made("count = var.on ? 1 : 0"), ["aws_kms_key.k[0] never when var.on is true"]);
    assert_eq!(
        made("for_each = var.on ? { a = 1 } : {}"),
        ["aws_kms_key.k[\"a\"] never when var.on is true"]
    );
    // What makes one of them anyway is nothing to say.
    assert_eq!(made("count = var.on ? 2 : 1"), ["aws_kms_key.k[0] aws_kms_key.k[1] never"]);
    assert_eq!(
        made("for_each = var.on ? { a = 1 } : { b = 1 }"),
        ["aws_kms_key.k[\"a\"] aws_kms_key.k[\"b\"] never"]
    );
    assert_eq!(
        of(
            "  for_each = var.on ? { a = true } : { a = false, b = false }\n  enable_key_rotation = each.value"
        ),
        ["aws_kms_key.k[\"a\"] aws_kms_key.k[\"b\"] never when var.on is false"]
    );
    // Nobody has named the condition that there is one.
    assert_eq!(
        made("count = var.on || var.off ? 1 : 0"),
        ["aws_kms_key.k[0] never when var.off is true, or when var.on is true"]
    );
    // What one condition demands of the other is not said.
    assert_eq!(
        of("  count = var.env != \"prod\" ? 1 : 0\n  enable_key_rotation = var.env != \"dev\""),
        ["aws_kms_key.k[0] never when var.env == \"dev\" is true"]
    );
}

#[test]
fn what_modules_make_is_one_finding_that_says_when_any_of_it_is_there() {
    let module = "variable \"extra\" {}
resource \"aws_kms_key\" \"k\" {
  count = var.extra ? 1 : 0
  enable_key_rotation = false
}";
    let call = |name: &str, count: &str| {
        format!("module \"{name}\" {{\n  source = \"../m\"\n  count = {count}\n  extra = var.x\n}}\n")
    };
    let root = |calls: &[String]| format!("variable \"x\" {{}}\nvariable \"y\" {{}}\n{}", calls.concat());
    let (some, all) =
        (root(&[call("a", "var.y ? 1 : 0")]), root(&[call("a", "1"), call("b", "var.y ? 1 : 0")]));
    let (key, never) = ("module.a[0].aws_kms_key.k[0]", "never when");
    let m = ("m/main.tf", module);
    assert_eq!(
        rotation(&[m, ("r/main.tf", &some)]),
        [format!("{key} {never} var.extra is true and var.y is true")]
    );
    assert_eq!(
        rotation(&[m, ("r/main.tf", &all)]),
        [format!("{key} module.b[0].aws_kms_key.k[0] {never} var.extra is true")]
    );
    // Conditions of several root modules are not the same, whatever they are called.
    let other = root(&[call("a", "var.z ? 1 : 0")]).replace("variable \"y\"", "variable \"z\"");
    assert_eq!(
        rotation(&[m, ("r/main.tf", &some), ("s/main.tf", &other)]),
        [format!(
            "r:{key} s:{key} {never} var.extra is true and var.y is true, or when var.extra is true and var.z is true"
        )]
    );
}

#[test]
fn a_policy_is_read_in_no_world_that_contradicts_itself() {
    let text = r#"variable "env" {}
resource "aws_kms_key" "k" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow"
    Principal = { AWS = var.env == "dev" ? "*" : "arn:aws:iam::111122223333:root" }
    Action    = var.env == "prod" ? "kms:*" : "kms:DescribeKey"
    Resource  = "*"
  }] })
}
"#;
    let report = run("main.tf", text, "KMS002");
    let found: Vec<_> = report.findings.iter().map(|finding| &*finding.message).collect();
    assert_eq!(found, ["any AWS account can work with this key when var.env == \"dev\" is true"]);
    assert!(report.undecided.is_empty(), "{:?}", report.undecided);
}
