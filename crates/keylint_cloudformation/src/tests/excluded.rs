//! What no deployment brings: values that a parameter's own constraints refuse, and places that AWS does
//! not have.

use super::*;

/// What the condition `C: !Equals [!Ref P, LITERAL]` decides for a declaration of `P`.
fn compared(declaration: &str, literal: &str) -> String {
    let prelude =
        format!("Parameters: {{P: {{{declaration}}}}}\nConditions: {{C: !Equals [!Ref P, {literal}]}}");
    resolve(&prelude, "!If [C, 1, 0]")
}

#[test]
fn what_a_constraint_refuses_never_holds() {
    for (declaration, literal) in [
        ("Type: String, MinLength: 1", "''"),
        ("Type: String, MinLength: 4", "abc"),
        ("Type: String, MaxLength: '3'", "abcd"),
        ("Type: String, AllowedPattern: 'arn:aws:kms:.+'", "''"),
        ("Type: String, AllowedPattern: '[a-z]+'", "'a1'"),
        ("Type: Number", "''"),
        ("Type: Number, MinValue: 1", "0"),
        ("Type: Number, MaxValue: 8", "9"),
        ("Type: AWS::EC2::VPC::Id", "''"),
        ("Type: String, MinLength: 1, Default: x", "''"),
        ("Type: String, AllowedPattern: 'arn:.+', Default: 'arn:x'", "''"),
        ("Type: String, AllowedValues: [a, bb], MaxLength: 1", "bb"),
        ("Type: String, AllowedValues: [a, bb], MaxLength: 1, Default: a", "bb"),
        ("Type: String, NoEcho: true, MinLength: 1", "''"),
    ] {
        assert_eq!(compared(declaration, literal), "0", "{declaration}: {literal}");
    }
}

#[test]
fn what_no_constraint_refuses_may_hold() {
    for (declaration, literal) in [
        ("Type: String", "''"),
        ("Type: String, MinLength: 1", "x"),
        ("Type: String, MinLength: !Ref X", "''"),
        ("Type: String, MaxLength: 0", "''"),
        ("Type: String, AllowedPattern: '(arn:.+)?'", "''"),
        // Java knows it, and nothing here does.
        ("Type: String, AllowedPattern: '\\\\p{javaLowerCase}+'", "''"),
        ("Type: Number, MinValue: 1", "'1'"),
        ("Type: AWS::EC2::VPC::Id", "vpc-1"),
        // What it is given is the name under which the value is stored.
        ("Type: 'AWS::SSM::Parameter::Value<String>', MinLength: 1", "''"),
        ("Type: CommaDelimitedList, AllowedPattern: 'a'", "b"),
    ] {
        let shown = compared(declaration, literal);
        assert!(shown.starts_with("(C is true: 1 | C is false: 0)"), "{declaration}: {literal}: {shown}");
    }
}

#[test]
fn a_default_that_the_constraints_refuse_is_still_the_default() {
    let prelude = "
Parameters: {P: {Type: String, MinLength: 1, Default: ''}}
Conditions: {C: !Equals [!Ref P, '']}";
    let read = with_property(prelude, "!If [C, 1, 0]");
    assert_eq!(read.problems(), ["KL005 at `''`: the default of `P` is shorter than its `MinLength`"]);
}

#[test]
fn a_place_that_aws_cannot_have_never_holds() {
    let holds = |condition: &str| resolve(&format!("Conditions: {{C: {condition}}}"), "!If [C, 1, 0]");
    for condition in [
        "!Equals [!Ref AWS::Region, default]",
        "!Equals ['', !Ref AWS::Region]",
        "!Equals [!Ref AWS::AccountId, '1234']",
        "!Equals [!Ref AWS::Partition, china]",
        "!Equals [!Ref AWS::URLSuffix, amazonaws]",
        "!And [!Equals [!Ref AWS::Region, us-east-1], !Equals [!Ref AWS::Partition, aws-cn]]",
        "!And [!Equals [!Ref AWS::Region, cn-north-1], !Not [!Equals [!Ref AWS::Partition, aws-cn]]]",
        "!And [!Equals [!Ref AWS::Region, cn-north-1], !Equals [!Ref AWS::URLSuffix, amazonaws.com]]",
        "!And [!Equals [!Ref AWS::Partition, aws-us-gov], !Not [!Equals [!Ref AWS::URLSuffix, amazonaws.com]]]",
    ] {
        assert_eq!(holds(condition), "0", "{condition}");
    }
    for condition in [
        "!Equals [!Ref AWS::Region, us-moon-1]",
        "!And [!Equals [!Ref AWS::Region, us-moon-1], !Equals [!Ref AWS::Partition, aws-cn]]",
        "!And [!Equals [!Ref AWS::Region, cn-north-1], !Equals [!Ref AWS::Partition, aws-cn]]",
        "!And [!Equals [!Ref AWS::Partition, aws-moon], !Equals [!Ref AWS::URLSuffix, amazonaws.com.cn]]",
        "!And [!Not [!Equals [!Ref AWS::Region, cn-north-1]], !Equals [!Ref AWS::Partition, aws-cn]]",
    ] {
        assert_eq!(holds(condition), "(C is true: 1 | C is false: 0)", "{condition}");
    }
}

#[test]
fn conditions_over_region_and_partition_are_read_together() {
    let prelude = "
Conditions:
  China: !Equals [!Ref AWS::Partition, aws-cn]
  Beijing: !Equals [!Ref AWS::Region, cn-north-1]
  Dublin: !Equals [!Ref AWS::Region, eu-west-1]";
    let inner = |outer: &str| resolve(prelude, &format!("!If [{outer}, !If [China, c, o], x]"));
    assert_eq!(inner("Beijing"), r#"(Beijing is true: "c" | Beijing is false: "x")"#);
    assert_eq!(inner("Dublin"), r#"(Dublin is true: "o" | Dublin is false: "x")"#);
}

#[test]
fn a_key_that_is_no_region_is_no_value_of_a_lookup_by_region() {
    let prelude = "Mappings: {M: {k: {a: x}, us-east-1: {a: y}, default: {a: z}, eu-west-1: {a: w}}}";
    assert_eq!(
        resolve(prelude, "!FindInMap [M, !Ref AWS::Region, a]"),
        r#"(AWS::Region is us-east-1: "y" | AWS::Region is eu-west-1: "w")"#
    );
}
