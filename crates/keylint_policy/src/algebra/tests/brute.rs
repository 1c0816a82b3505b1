//! Differences of random policies, compared with trying every request of a small world.

use keylint_model::Verdict::{self, No, Unknown, Yes};

use super::super::*;
use crate::evaluate::{Caller, Context, ContextValue, Request, allows_and_denies};
use crate::testing::statements;
use crate::{Document, PolicyKind};

/// A sequence of numbers that is the same in every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    pub(super) fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.roll(from.len())]
    }

    fn some(&mut self, from: &[&str]) -> String {
        let count = 1 + self.roll(2);
        let picked: Vec<String> = (0..count).map(|_| format!("\"{}\"", self.pick(from))).collect();
        format!("[{}]", picked.join(", "))
    }
}

const ACTIONS: [&str; 7] = ["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "kms:?ecrypt", "k*:*"];
const RESOURCES: [&str; 6] = [
    "*",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::a/x",
    "arn:aws:s3:::?/x*",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:kms:us-east-1:111122223333:key/*",
];
const PRINCIPALS: [&str; 6] = [
    r#""*""#,
    r#"{"AWS": "111122223333"}"#,
    r#"{"AWS": "arn:aws:iam::111122223333:role/a"}"#,
    r#"{"AWS": ["444455556666", "arn:aws:iam::111122223333:role/b"]}"#,
    r#"{"Service": "sns.amazonaws.com"}"#,
    r#"{"Service": "sns.amazonaws.com", "AWS": "arn:aws:iam::111122223333:role/a"}"#,
];
const CONDITIONS: [&str; 25] = [
    r#""StringEquals": {"aws:SourceVpc": "vpc-1"}"#,
    r#""StringLike": {"aws:SourceVpc": ["vpc-*", "x"]}"#,
    r#""StringNotEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}"#,
    r#""StringNotLikeIfExists": {"aws:SourceVpc": "vpc-*"}"#,
    r#""StringEqualsIfExists": {"aws:SourceVpc": "vpc-2"}"#,
    r#""StringEqualsIgnoreCase": {"aws:SourceVpc": ["VPC-1", "vpc-2"]}"#,
    r#""StringNotEqualsIgnoreCase": {"aws:SourceVpc": "VPC-1"}"#,
    r#""StringLike": {"s3:max-keys": "1*"}"#,
    r#""Null": {"aws:SourceVpc": "true"}"#,
    r#""Null": {"aws:SourceVpc": "false"}"#,
    r#""IpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}"#,
    r#""NotIpAddress": {"aws:SourceIp": ["10.0.0.0/9", "192.0.2.0/24"]}"#,
    r#""NumericLessThan": {"s3:max-keys": "10"}"#,
    r#""NumericGreaterThanEqualsIfExists": {"s3:max-keys": "5"}"#,
    r#""NumericNotEquals": {"s3:max-keys": ["5", "10"]}"#,
    r#""ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}"#,
    r#""ForAnyValue:StringEquals": {"aws:TagKeys": ["b"]}"#,
    r#""ForAnyValue:StringNotEquals": {"aws:TagKeys": ["b", "c"]}"#,
    r#""ForAllValues:StringNotLike": {"aws:TagKeys": ["a*"]}"#,
    r#""Bool": {"aws:SecureTransport": "true"}"#,
    r#""BoolIfExists": {"aws:SecureTransport": "false"}"#,
    r#""StringEquals": {"aws:PrincipalTag/t": "${aws:username}"}"#,
    r#""StringEqualsIgnoreCase": {"aws:PrincipalTag/t": ["A", "bob"]}"#,
    r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a*"}"#,
    r#""StringNotEquals": {"aws:PrincipalAccount": "111122223333"}"#,
];

pub(super) fn policy(dice: &mut Dice, kind: PolicyKind) -> String {
    let count = 1 + dice.roll(3);
    let all: Vec<String> = (0..count).map(|_| statement(dice, kind)).collect();
    all.join(", ")
}

fn statement(dice: &mut Dice, kind: PolicyKind) -> String {
    let effect = if dice.roll(3) == 0 { "Deny" } else { "Allow" };
    let mut text = format!(r#"{{"Effect": "{effect}""#);
    if kind == PolicyKind::Resource {
        let not = if effect == "Deny" && dice.roll(4) == 0 { "Not" } else { "" };
        text.push_str(&format!(r#", "{not}Principal": {}"#, dice.pick(&PRINCIPALS)));
    }
    let not = if dice.roll(5) == 0 { "Not" } else { "" };
    text.push_str(&format!(r#", "{not}Action": {}"#, dice.some(&ACTIONS)));
    let not = if dice.roll(6) == 0 { "Not" } else { "" };
    text.push_str(&format!(r#", "{not}Resource": {}"#, dice.some(&RESOURCES)));
    if dice.roll(2) == 0 {
        let (one, other) = (dice.pick(&CONDITIONS), dice.pick(&CONDITIONS));
        let operator = |text: &str| text.split(':').next().map(str::to_owned);
        let both = operator(one) != operator(other) && dice.roll(2) == 0;
        let entries = if both { format!("{one}, {other}") } else { one.to_owned() };
        text.push_str(&format!(r#", "Condition": {{{entries}}}"#));
    }
    text.push('}');
    text
}

/// The values of a key that are tried; `None` is its absence.
fn values(key: &str) -> Vec<Option<ContextValue>> {
    let one = |text: &str| Some(ContextValue::from(text));
    let many = |texts: &[&str]| Some(ContextValue::Many(texts.iter().map(|text| (*text).into()).collect()));
    match key {
        "aws:SourceVpc" => vec![None, one("vpc-1"), one("vpc-2"), one("x"), one("y")],
        "aws:SourceIp" => {
            vec![None, one("10.0.0.1"), one("10.200.0.1"), one("192.0.2.9"), one("198.51.100.1")]
        }
        "s3:max-keys" => vec![None, one("4"), one("5"), one("7"), one("10"), one("11")],
        "aws:TagKeys" => {
            vec![
                None,
                many(&["a"]),
                many(&["b"]),
                many(&["c"]),
                many(&["a", "b"]),
                many(&["b", "c"]),
                many(&["d"]),
            ]
        }
        "aws:SecureTransport" => vec![one("true"), one("false")],
        "aws:PrincipalTag/t" => vec![None, one("a"), one("bob"), one("z")],
        _ => vec![None],
    }
}

/// Every request of the small world that has the keys of two policies.
fn requests(texts: &str, kind: PolicyKind) -> Vec<Request> {
    let keys = [
        "aws:SourceVpc",
        "aws:SourceIp",
        "s3:max-keys",
        "aws:TagKeys",
        "aws:SecureTransport",
        "aws:PrincipalTag/t",
    ];
    let mut contexts = vec![Context::new()];
    for key in keys.iter().filter(|key| texts.contains(**key)) {
        let longer = contexts.iter().flat_map(|context| {
            values(key).into_iter().map(|value| {
                let mut context = context.clone();
                if let Some(value) = value {
                    context.insert(key, value);
                }
                context
            })
        });
        contexts = longer.collect();
    }
    let callers: &[&str] = match kind {
        PolicyKind::Resource => &[
            "arn:aws:iam::111122223333:role/a",
            "arn:aws:iam::111122223333:role/c",
            "arn:aws:iam::777788889999:role/a",
            "arn:aws:iam::444455556666:user/bob",
            "service:sns.amazonaws.com",
        ],
        _ => &["arn:aws:iam::111122223333:role/a", "arn:aws:iam::777788889999:user/bob"],
    };
    let mut requests = Vec::new();
    for action in ["s3:GetObject", "s3:PutObject", "kms:Decrypt", "ec2:RunInstances"] {
        for resource in ["arn:aws:s3:::a/x", "arn:aws:s3:::bob/x", "arn:aws:kms:us-east-1:111122223333:key/k"]
        {
            for caller in callers {
                for context in &contexts {
                    requests.push(Request {
                        action: action.to_owned(),
                        resource: resource.to_owned(),
                        resource_account: None,
                        caller: Caller::parse(caller),
                        context: context.clone(),
                    });
                }
            }
        }
    }
    requests
}

pub(super) fn allows(document: &Document, kind: PolicyKind, request: &Request) -> Verdict {
    let (allows, denies) = allows_and_denies(document, kind, request);
    allows.and(!denies)
}

#[test]
fn differences_agree_with_trying_every_request() {
    let mut dice = Dice(20_261_125);
    let (mut new_ones, mut equal, mut open) = (0, 0, 0);
    for round in 0..300 {
        let kind = if round % 2 == 0 { PolicyKind::Identity } else { PolicyKind::Resource };
        let (new, old) = (policy(&mut dice, kind), policy(&mut dice, kind));
        let (new_document, old_document) = (statements(&new), statements(&old));
        let difference = newly_allowed(&new_document, &old_document, kind, &Known);
        let case = format!("round {round} {kind}\nnew {new}\nold {old}\n{difference:?}");
        for change in difference.changes.iter().filter(|change| change.verdict == Yes) {
            let witness = change.witness.as_ref().unwrap_or_else(|| panic!("{case}"));
            let request = witness.request().unwrap_or_else(|| panic!("{case}"));
            assert_eq!(allows(&new_document, kind, &request), Yes, "{case}");
            assert_eq!(allows(&old_document, kind, &request), No, "{case}");
        }
        match difference.verdict() {
            Yes => new_ones += 1,
            Unknown => open += 1,
            No => {
                equal += 1;
                let found = requests(&format!("{new}{old}"), kind).into_iter().find(|request| {
                    allows(&new_document, kind, request) == Yes && allows(&old_document, kind, request) == No
                });
                assert!(found.is_none(), "{case}\n{found:?}");
            }
        }
    }
    assert!(new_ones > 100 && equal > 40, "{new_ones} {equal} {open}");
    // Variables whose key a condition asks something else of are not always decided.
    assert!(open < 12, "{new_ones} {equal} {open}");
}
