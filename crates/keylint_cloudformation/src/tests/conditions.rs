//! Conditions: known, open, and never contradicting each other.

use keylint_model::{Guard, World};

use super::*;

/// Every combination of two properties that some world reads, as `first/second`.
fn combinations(read: &Read, resource: &str, properties: &[&str]) -> Vec<String> {
    let resource = read.resource(resource);
    let start = World::of(&resource.guard);
    let answers = World::explore(&start, 64, |world| {
        let values = properties.iter().map(|name| resource.value(name).unwrap().resolve(world));
        values.map(|value| value.map(show)).collect::<Result<Vec<_>, _>>()
    });
    let mut seen: Vec<_> = answers.unwrap().into_iter().map(|(_, values)| values.join("/")).collect();
    seen.sort();
    seen.dedup();
    seen
}

fn template(conditions: &str, properties: &str) -> Read {
    read_yaml(&format!(
        "
Parameters:
  Env: {{Type: String}}
  Key: {{Type: String}}
  Stage: {{Type: String, Default: prod, AllowedValues: [prod]}}
  Tier: {{Type: String, AllowedValues: [low, high]}}
Conditions:
{conditions}
Resources:
  R:
    Type: Custom::R
    Properties:
{properties}
"
    ))
}

#[test]
fn a_condition_over_the_only_allowed_value_is_known() {
    let read = template(
        "  IsProd: !Equals [!Ref Stage, prod]\n  NotProd: !Not [!Condition IsProd]",
        "      A: !If [IsProd, yes-it-is, 'no']\n      B: !If [NotProd, 1, 2]\n      C: !If [NotProd, 1, !Ref AWS::NoValue]",
    );
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(show(read.property("R", "A")), r#""yes-it-is""#);
    assert_eq!(show(read.property("R", "B")), "2");
    assert!(read.resource("R").value("C").is_none());
}

#[test]
fn a_condition_over_an_open_parameter_keeps_both_arms_under_its_name() {
    let read = template("  IsProd: !Equals [!Ref Env, prod]", "      A: !If [IsProd, 1, !Ref AWS::NoValue]");
    assert_eq!(show(read.property("R", "A")), "(IsProd is true: 1 | IsProd is false: null)");
}

#[test]
fn conditions_over_one_parameter_never_contradict() {
    let read = template(
        "  IsProd: !Equals [!Ref Env, prod]\n  IsTest: !Equals [test, !Ref Env]\n  Either: !Or [!Condition IsProd, !Condition IsTest]",
        "      A: !If [IsProd, P, p]\n      B: !If [IsTest, T, t]\n      C: !If [Either, E, e]",
    );
    assert_eq!(combinations(&read, "R", &["A", "B"]), [r#""P"/"t""#, r#""p"/"T""#, r#""p"/"t""#]);
    assert_eq!(combinations(&read, "R", &["C", "A"]), [r#""E"/"P""#, r#""E"/"p""#, r#""e"/"p""#]);
    assert_eq!(
        combinations(&read, "R", &["A", "C"]),
        [r#""E"/"P""#, r#""E"/"p""#, r#""e"/"p""#].map(|pair| {
            let (c, a) = pair.split_once('/').unwrap();
            format!("{a}/{c}")
        })
    );
}

#[test]
fn a_negation_is_the_other_arm_of_the_same_condition() {
    let read = template(
        "  HasKey: !Not [!Equals [!Ref Key, '']]\n  NoKey: {'Fn::Equals': [{Ref: Key}, '']}",
        "      A: !If [HasKey, with, without]\n      B: !If [NoKey, without, with]",
    );
    assert_eq!(combinations(&read, "R", &["A", "B"]), [r#""with"/"with""#, r#""without"/"without""#]);
}

#[test]
fn allowed_values_and_conditions_agree() {
    let read = template(
        "  IsLow: !Equals [!Ref Tier, low]\n  IsOther: !Equals [!Ref Tier, other]",
        "      A: !Ref Tier\n      B: !If [IsLow, L, l]\n      C: !If [IsOther, 1, 2]",
    );
    assert_eq!(combinations(&read, "R", &["A", "B"]), [r#""high"/"l""#, r#""low"/"L""#]);
    assert_eq!(show(read.property("R", "C")), "2", "a value that is not allowed is never given");
}

#[test]
fn independent_conditions_combine_freely() {
    let read = template(
        "  A: !Equals [!Ref Env, prod]\n  B: !Equals [!Ref AWS::Region, us-east-1]\n  C: !And [!Condition A, {Condition: B}]",
        "      A: !If [A, 1, 0]\n      B: !If [B, 1, 0]\n      C: !If [C, 1, 0]",
    );
    assert_eq!(combinations(&read, "R", &["A", "B", "C"]), ["0/0/0", "0/1/0", "1/0/0", "1/1/1"]);
}

#[test]
fn comparisons_of_what_cannot_be_taken_apart_are_the_same_when_they_are_equal() {
    let read = template(
        "  Same: !Equals [!Ref Env, !Ref Key]\n  Again: !Equals [!Ref Key, !Ref Env]\n  Self: !Equals [!Ref Key, !Ref Key]\n  Never: !Equals [!Sub 'a-${Env}', b-c]",
        "      A: !If [Same, 1, 0]\n      B: !If [Again, 1, 0]\n      C: !If [Self, 1, 0]\n      D: !If [Never, 1, 0]",
    );
    assert_eq!(combinations(&read, "R", &["A", "B"]), ["0/0", "1/1"]);
    assert_eq!(show(read.property("R", "C")), "1");
    assert_eq!(show(read.property("R", "D")), "0");
}

#[test]
fn a_resource_under_a_condition_has_it_as_guard_or_is_not_there() {
    let read = read_yaml(
        "
Parameters: {Env: {Type: String}, Stage: {Type: String, AllowedValues: [dev]}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsTest: !Equals [!Ref Env, test]
  StageProd: !Equals [!Ref Stage, prod]
Resources:
  A: {Type: Custom::A, Condition: IsProd, Properties: {X: !If [IsTest, 1, 2], Y: !If [IsProd, 3, 4]}}
  B: {Type: Custom::B, Condition: StageProd}
  C: {Type: Custom::C, Properties: {A: !Ref A, B: !Ref B}}
",
    );
    assert_eq!(read.problems(), [""; 0]);
    let names: Vec<_> = read.stack.resources.iter().map(|resource| resource.address.as_str()).collect();
    assert_eq!(names, ["Env", "Stage", "A", "C"]);
    assert_eq!(read.resource("A").guard.describe(), "IsProd is true");
    assert_eq!([show(read.property("A", "X")), show(read.property("A", "Y"))], ["2", "3"]);
    assert_eq!(read.resource("C").guard, Guard::always());
}

#[test]
fn an_arm_knows_the_conditions_that_it_stands_under() {
    let read = template(
        "  IsProd: !Equals [!Ref Env, prod]\n  IsTest: !Equals [!Ref Env, test]\n  IsLow: !Equals [!Ref Tier, low]",
        "      A: !If [IsProd, !If [IsTest, 1, 2], !If [IsProd, 3, 4]]\n      B: !If [IsLow, !Ref Tier, x]\n      C: !Join ['', [!If [IsProd, P, p], !If [IsTest, T, t]]]",
    );
    assert_eq!(show(read.property("R", "A")), "(IsProd is true: 2 | IsProd is false: 4)");
    assert_eq!(show(read.property("R", "B")), r#"(IsLow is true: "low" | IsLow is false: "x")"#);
    assert_eq!(
        show(read.property("R", "C")),
        "(IsProd is true and IsTest is false: \"Pt\" | IsProd is false and IsTest is true: \"pT\" | \
         IsProd is false and IsTest is false: \"pt\")"
    );
}

#[test]
fn what_a_masked_parameter_is_compared_with_is_not_shown() {
    let read = read_yaml(
        "
Parameters: {Password: {Type: String, NoEcho: true}}
Conditions: {IsDefault: !Equals [!Ref Password, hunter2], None: !Equals [!Ref Password, '']}
Resources: {R: {Type: Custom::R, Properties: {A: !If [IsDefault, 1, 2], B: !If [None, 1, 2]}}}
",
    );
    assert!(!format!("{:?}", read.stack).contains("hunter2"));
}

#[test]
fn conditions_with_too_many_combinations_are_unknown_and_say_so() {
    let both = |index| format!("!And [!Equals [!Ref P{index}, a], !Equals [!Ref Q{index}, a]]");
    let parameters: String = (0..10)
        .map(|index| format!("  P{index}: {{Type: String}}\n  Q{index}: {{Type: String}}\n"))
        .collect();
    let pairs: Vec<_> = (0..10).map(both).collect();
    let text = format!(
        "Parameters:\n{parameters}\nConditions:\n  Big: !Or [{}]\nResources:\n  R: {{Type: Custom::R, Properties: \
         {{A: !If [Big, 1, 2]}}}}\n  G: {{Type: Custom::G, Condition: Big}}",
        pairs.join(", ")
    );
    let read = read_yaml(&text);
    assert_eq!(show(read.property("R", "A")), "(Big is true: 1 | Big is false: 2)");
    assert_eq!(read.stack.problems.iter().map(|problem| problem.rule).collect::<Vec<_>>(), ["KL004"]);
    assert_eq!(read.resource("G").guard.describe(), "Big is true");
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach-example-resource.html>
#[test]
fn the_name_of_a_condition_may_be_looked_up() {
    let read = read_yaml(
        "
Transform: AWS::LanguageExtensions
Parameters: {Two: {Type: String}, Which: {Type: String}}
Conditions: {HasTwo: !Equals [!Ref Two, 'yes'], Never: !Equals [a, b]}
Mappings: {Gateway: {Condition: {B: HasTwo, C: Never}}}
Resources:
  Fn::ForEach::Gateways:
    - Letter
    - [A, B, C]
    - Gateway${Letter}:
        Type: Custom::Gateway
        Condition: !FindInMap [Gateway, Condition, !Ref Letter, {DefaultValue: !Ref AWS::NoValue}]
  Open: {Type: Custom::Open, Condition: !Ref Which}
  Listed: {Type: Custom::Listed, Condition: [HasTwo]}
",
    );
    assert_eq!(read.problems(), ["KL003 at `[HasTwo]`: `Condition` takes the name of a condition"]);
    let made = read.stack.resources.iter().filter(|resource| resource.type_name.starts_with("Custom"));
    let made = made.map(|resource| format!("{} {}", resource.address, resource.guard.describe()));
    assert_eq!(
        made.collect::<Vec<_>>(),
        ["GatewayA ", "GatewayB HasTwo is true", "Open its `Condition` is true", "Listed "]
    );
}

/// The commonest template: what exists in production alone.
#[test]
fn a_default_among_allowed_values_does_not_decide_conditions() {
    let read = read_yaml(
        "
Parameters:
  Env: {Type: String, Default: dev, AllowedValues: [prod, dev, test]}
  Flag: {Type: String, Default: 'true', AllowedValues: ['true', 'false']}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsBoth: !And [!Condition IsProd, !Equals [!Sub '${Env}', test]]
Mappings: {Sizes: {dev: {A: 1}, test: {A: 2}, prod: {A: 3}}}
Resources:
  A: {Type: Custom::A, Condition: IsProd, Properties: {X: !Ref Env, Y: !FindInMap [Sizes, !Ref Env, A]}}
  C: {Type: Custom::C, Condition: IsBoth}
  D: {Type: Custom::D, Properties: {X: !Ref Env, Y: !Ref Flag, Z: !If [IsProd, 1, 2]}}
",
    );
    assert_eq!(read.problems(), [""; 0]);
    let names: Vec<_> = read.stack.resources.iter().map(|resource| resource.address.as_str()).collect();
    assert_eq!(names, ["Env", "Flag", "A", "D"]);
    assert_eq!(read.resource("A").guard.describe(), "IsProd is true");
    assert_eq!([show(read.property("A", "X")), show(read.property("A", "Y"))], [r#""prod""#, "3"]);
    assert_eq!(
        show(read.property("D", "X")),
        r#"(Env is dev: "dev" | Env is prod: "prod" | Env is test: "test")"#,
        "the default comes first"
    );
    assert_eq!(show(read.property("D", "Y")), r#""true""#, "no condition asks for it");
    assert_eq!(
        combinations(&read, "D", &["X", "Z"]),
        [r#""dev"/2"#, r#""prod"/1"#],
        "the default where no condition demands another value"
    );
}

#[test]
fn a_parameter_that_is_no_key_of_its_mapping_still_has_a_value() {
    let allowed: Vec<String> = (0..17).map(|number| format!("a{number}")).collect();
    let read = read_yaml(&format!(
        "
Parameters:
  P: {{Type: String, AllowedValues: [{}]}}
Mappings:
  M: {{b: {{k: 1}}}}
Resources:
  R: {{Type: Custom::R, Properties: {{A: !Ref P, B: !FindInMap [M, !Ref P, k]}}}}
",
        allowed.join(", ")
    ));
    for name in ["A", "B"] {
        let value = read.property("R", name);
        assert!(!matches!(&value.data, Data::Choice(_)), "{}", show(value));
    }
}
