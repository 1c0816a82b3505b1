//! Conditions of every operator, with contexts that hold for about half of them.

use serde_json::{Map, Value, json};

use super::random::Random;

/// The operators with the type of their values.
pub(super) const OPERATORS: [(&str, Type); 27] = [
    ("StringEquals", Type::Text),
    ("StringNotEquals", Type::Text),
    ("StringEqualsIgnoreCase", Type::Text),
    ("StringNotEqualsIgnoreCase", Type::Text),
    ("StringLike", Type::Pattern),
    ("StringNotLike", Type::Pattern),
    ("NumericEquals", Type::Number),
    ("NumericNotEquals", Type::Number),
    ("NumericLessThan", Type::Number),
    ("NumericLessThanEquals", Type::Number),
    ("NumericGreaterThan", Type::Number),
    ("NumericGreaterThanEquals", Type::Number),
    ("DateEquals", Type::Date),
    ("DateNotEquals", Type::Date),
    ("DateLessThan", Type::Date),
    ("DateLessThanEquals", Type::Date),
    ("DateGreaterThan", Type::Date),
    ("DateGreaterThanEquals", Type::Date),
    ("Bool", Type::Bool),
    ("BinaryEquals", Type::Binary),
    ("IpAddress", Type::Address),
    ("NotIpAddress", Type::Address),
    ("ArnEquals", Type::Arn),
    ("ArnLike", Type::Arn),
    ("ArnNotEquals", Type::Arn),
    ("ArnNotLike", Type::Arn),
    ("Null", Type::Presence),
];

/// What an operator compares.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Pattern,
    Number,
    Date,
    Bool,
    Binary,
    Address,
    Arn,
    Presence,
}

impl Type {
    /// A key with one value, and one with a list of them.
    fn keys(self) -> (&'static [&'static str], &'static str) {
        match self {
            Type::Text | Type::Pattern => (
                &["aws:PrincipalTag/team", "aws:RequestTag/env", "kms:ViaService", "AWS:principaltag/Team"],
                "aws:TagKeys",
            ),
            Type::Number => (&["s3:max-keys", "aws:MultiFactorAuthAge"], "test:Numbers"),
            Type::Date => (&["aws:CurrentTime", "aws:TokenIssueTime"], "test:Dates"),
            Type::Bool => (&["aws:SecureTransport", "aws:ViaAWSService"], "test:Flags"),
            Type::Binary => (&["test:Digest"], "test:Digests"),
            Type::Address => (&["aws:SourceIp", "aws:VpcSourceIp"], "test:Addresses"),
            Type::Arn => (&["aws:SourceArn", "kms:KeyArn"], "test:Arns"),
            Type::Presence => (&["aws:PrincipalTag/team", "aws:SourceIp", "test:Absent"], "aws:TagKeys"),
        }
    }

    /// What a request may have.
    fn values(self) -> &'static [&'static str] {
        match self {
            Type::Text | Type::Pattern | Type::Presence => {
                &["blue", "Blue", "red", "a/b:c", "secretsmanager.eu-west-1.amazonaws.com", "bl", "b*e"]
            }
            Type::Number => &["0", "5", "5.0", "10", "-3", "2.5", "100000000000"],
            Type::Date => &[
                "2020-01-01T00:00:00Z",
                "2020-01-01",
                "2024-06-30T12:30:00Z",
                "2024-06-30T14:30:00+02:00",
                "2019-12-31T23:59:59Z",
            ],
            Type::Bool => &["true", "false", "True", "FALSE"],
            Type::Binary => &["QQ==", "QUI=", "AAECAw=="],
            Type::Address => {
                &["10.0.0.5", "10.1.2.3", "203.0.113.7", "2001:db8::1", "2001:db8:1::5", "192.168.0.1"]
            }
            Type::Arn => &[
                "arn:aws:s3:::bucket",
                "arn:aws:s3:::bucket/a/b:c",
                "arn:aws:iam::111122223333:role/team/app",
                "arn:aws:sns:eu-west-1:999988887777:topic",
                "arn:aws-cn:s3:::bucket",
            ],
        }
    }

    /// What a policy may ask for.
    fn asked(self) -> &'static [&'static str] {
        match self {
            Type::Text => &[
                "blue",
                "BLUE",
                "red",
                "a/b:c",
                "",
                "b*",
                "${aws:PrincipalAccount}",
                "${aws:PrincipalTag/team, 'blue'}",
            ],
            Type::Pattern => &[
                "blue",
                "b*",
                "*",
                "?lu?",
                "*:c",
                "a*c",
                "*e*",
                "secretsmanager.*.amazonaws.com",
                "b??",
                "${aws:PrincipalTag/team, 'blue'}*",
            ],
            Type::Number => &["0", "5", "05.00", "10", "-3", "2.50", "99999999999"],
            Type::Date => &[
                "2020-01-01T00:00:00Z",
                "2020-01-01",
                "2020-01",
                "2024-06-30T12:30:00.000Z",
                "2024-06-30T12:30Z",
            ],
            Type::Bool => &["true", "false", "TRUE"],
            Type::Binary => &["QQ==", "QUI=", "AAECAw=="],
            Type::Address => &[
                "10.0.0.0/8",
                "10.0.0.5",
                "10.0.0.5/32",
                "203.0.113.0/24",
                "2001:db8::/32",
                "2001:db8::1",
                "10.0.0.9/30",
            ],
            Type::Arn => &[
                "arn:aws:s3:::bucket",
                "arn:aws:s3:::bucket*",
                "arn:aws:s3:::*",
                "arn:aws:*:*:*:*",
                "arn:*:s3:::bucket",
                "arn:aws:iam::*:role/*/app",
                "arn:aws:s3:::${aws:PrincipalTag/team, 'bucket'}",
                "arn:aws:iam::111122223333:role/${test:None, 'team'}/*",
                "arn:aws:sns:eu-west-?:999988887777:t*c",
            ],
            Type::Presence => &["true", "false"],
        }
    }
}

/// The context of a request: keys of all types, each there or not.
pub(super) fn context(random: &mut Random) -> Map<String, Value> {
    let mut context = Map::new();
    let types = [Type::Text, Type::Number, Type::Date, Type::Bool, Type::Binary, Type::Address, Type::Arn];
    for of_type in types {
        let (keys, list) = of_type.keys();
        for key in keys {
            // Spellings of one key beside each other are a case of their own.
            let is_there = context.keys().any(|present: &String| present.eq_ignore_ascii_case(key));
            if !is_there && random.percent(70) {
                context.insert((*key).to_owned(), json!(random.pick(of_type.values())));
            }
        }
        if random.percent(70) {
            let count = random.below(4);
            // The empty string in a list is a case of its own, and so are addresses of two families.
            let is_plain =
                |value: &&str| !value.is_empty() && (of_type != Type::Address || !value.contains(':'));
            let values = (0..count).map(|_| *random.pick(of_type.values())).filter(is_plain);
            context.insert(list.to_owned(), values.map(Value::from).collect());
        }
    }
    context
}

/// A condition of one to three entries.
pub(super) fn condition(random: &mut Random, context: &Map<String, Value>) -> Value {
    let mut condition = Map::new();
    for _ in 0..=random.below(10) / 5 {
        let (name, of_type) = *random.pick(&OPERATORS);
        let (operator, key, values) = entry(random, context, name, of_type);
        let of_operator = condition.entry(operator).or_insert_with(|| json!({}));
        if let Some(keys) = of_operator.as_object_mut() {
            keys.insert(key, values);
        }
    }
    Value::Object(condition)
}

/// One entry: the operator with set prefix and suffix, the key, the values.
fn entry(
    random: &mut Random,
    context: &Map<String, Value>,
    name: &str,
    of_type: Type,
) -> (String, String, Value) {
    let (keys, list) = of_type.keys();
    // What AWS does with a set prefix and Null no page says.
    let set = if of_type == Type::Presence { 9 } else { random.below(6) };
    let prefix = match set {
        0 => "ForAllValues:",
        1 => "ForAnyValue:",
        _ => "",
    };
    // Most keys with a set operator have a list, most others one value.
    let usual = random.percent(88);
    let key = if (set < 2) == usual { list } else { random.pick(keys) };
    let is_there = context.keys().any(|present| present.eq_ignore_ascii_case(key));
    // ForAnyValue with IfExists and no key is a case of its own.
    let may_have_suffix = of_type != Type::Presence && (set != 1 || is_there);
    let suffix = if may_have_suffix && random.percent(30) { "IfExists" } else { "" };
    let present =
        context.iter().find(|(present, _)| present.eq_ignore_ascii_case(key)).map(|(_, value)| value);
    // Addresses of two families are a case of their own.
    let is_v6 = present.is_some_and(|value| value.to_string().contains(':'));
    let asked: Vec<&str> = of_type
        .asked()
        .iter()
        .copied()
        .filter(|it| of_type != Type::Address || it.contains(':') == is_v6)
        .collect();
    let count = 1 + random.below(8) / 5;
    let mut values: Vec<Value> = (0..count).map(|_| json!(random.pick(&asked))).collect();
    // Take a value that holds, more often than chance would.
    if of_type != Type::Presence && random.percent(35) {
        let first = match present {
            Some(Value::Array(values)) => values.first(),
            other => other,
        };
        let plain = |value: &&Value| value.as_str().is_some_and(|text| !text.contains('*'));
        values.extend(first.filter(plain).cloned());
    }
    let values = match values.as_slice() {
        [only] if random.percent(70) => coerced(random, only),
        _ => Value::Array(values),
    };
    (format!("{prefix}{name}{suffix}"), key.to_owned(), values)
}

/// Booleans and numbers may be written without quotes.
fn coerced(random: &mut Random, value: &Value) -> Value {
    match value.as_str() {
        Some("true") if random.percent(30) => json!(true),
        Some("false") if random.percent(30) => json!(false),
        Some("5") if random.percent(30) => json!(5),
        _ => value.clone(),
    }
}
