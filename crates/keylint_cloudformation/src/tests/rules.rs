//! The `Rules` section: combinations of parameters that the service does not take are none.

use super::*;

const RULES: &str = "
Parameters:
  Env: {Type: String}
  Encrypt: {Type: String, AllowedValues: ['true', 'false']}
  Public: {Type: String, AllowedValues: ['yes', 'no']}
  Tier: {Type: String, AllowedValues: [low, mid, high]}
Rules:
  Known:
    Assertions:
      - {Assert: {'Fn::Contains': [[dev, prod], !Ref Env]}, AssertDescription: an environment that exists}
      - Assert: {'Fn::Contains': [[mid, high, huge], !Ref Tier]}
  Encrypted:
    RuleCondition: !Equals [!Ref Env, prod]
    Assertions: [{Assert: !Equals [!Ref Encrypt, 'true']}]
  Either:
    Assertions: [{Assert: !Or [!Not [!Equals [!Ref Public, 'yes']], !Not [!Equals [!Ref Encrypt, 'false']]]}]
  Vpc:
    Assertions:
      - Assert: {'Fn::EachMemberIn': [{'Fn::ValueOfAll': ['AWS::EC2::VPC::Id', Tags.x]}, {'Fn::RefAll': 'AWS::EC2::VPC::Id'}]}
  Broken: {RuleCondition: !Equals [x], Assertions: [{Assert: !Equals [!Ref Env, dev]}]}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Equals [!Ref Env, dev]
  Neither: !Not [!Or [!Condition IsProd, !Condition IsDev]]
  Encrypted: !Equals [!Ref Encrypt, 'true']
  Open: !And [!Condition IsProd, !Not [!Condition Encrypted]]
  IsPublic: !Equals [!Ref Public, 'yes']
";

#[test]
fn what_the_rules_forbid_never_holds() {
    let read = with_property(RULES, "[!If [Neither, 1, 0], !If [Open, 1, 0], !If [Encrypted, 1, 0]]");
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(
        resolve(RULES, "[!If [Neither, 1, 0], !If [Open, 1, 0]]"),
        "[0, 0]",
        "a value of no rule, and production without encryption"
    );
    assert_eq!(resolve(RULES, "!Ref Tier"), r#"(Tier is mid: "mid" | Tier is high: "high")"#);
}

#[test]
fn conditions_that_only_a_forbidden_combination_brings_exclude_each_other() {
    let inner = |outer: &str| resolve(RULES, &format!("!If [{outer}, !If [Encrypted, e, o], x]"));
    assert_eq!(inner("IsProd"), r#"(IsProd is true: "e" | IsProd is false: "x")"#);
    assert_eq!(inner("IsPublic"), r#"(IsPublic is true: "e" | IsPublic is false: "x")"#);
    assert_eq!(
        inner("IsDev"),
        r#"(IsDev is true: (Encrypted is true: "e" | Encrypted is false: "o") | IsDev is false: "x")"#
    );
}

#[test]
fn rules_that_cannot_be_met_or_told_leave_everything_open() {
    let prelude = "
Parameters: {Env: {Type: String}}
Rules:
  Never: {Assertions: [{Assert: !Equals [!Ref Env, a]}, {Assert: !Equals [!Ref Env, b]}]}
  NoList: {Assertions: 5}
  NoMap: x
Conditions: {IsA: !Equals [!Ref Env, a]}";
    assert_eq!(resolve(prelude, "!If [IsA, 1, 0]"), "(IsA is true: 1 | IsA is false: 0)");
    assert_eq!(complain(prelude, "!If [IsA, 1, 0]"), [""; 0]);
}

#[test]
fn what_no_condition_asks_for_is_bound_by_the_rules_as_well() {
    let prelude = "
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod]}
  Size: {Type: String, AllowedValues: [s, l]}
Rules:
  Large: {RuleCondition: !Equals [!Ref Env, prod], Assertions: [{Assert: {'Fn::Contains': [[l], !Ref Size]}}]}";
    assert_eq!(
        resolve(prelude, "!Sub '${Env}-${Size}'"),
        r#"(Env is dev and Size is s: "dev-s" | Env is dev and Size is l: "dev-l" | Env is prod and Size is l: "prod-l")"#
    );
    let read = with_property(prelude, "[!Ref Env, !Ref Size]");
    let list = read.property("Subject", "Value").as_list().unwrap().clone();
    let worlds = keylint_model::World::explore(&keylint_model::World::open(), 8, |world| {
        let seen: Result<Vec<_>, _> = list.elements.iter().map(|one| one.resolve(world).map(show)).collect();
        seen.map(|seen| seen.join(" "))
    });
    let seen: Vec<_> = worlds.unwrap().into_iter().map(|(_, seen)| seen).collect();
    assert_eq!(seen, [r#""dev" "s""#, r#""dev" "l""#, r#""prod" "l""#]);
}
