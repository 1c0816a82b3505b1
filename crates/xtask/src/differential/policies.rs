//! Policies of all kinds around one request.

use serde_json::{Map, Value, json};

use super::conditions;
use super::random::Random;

pub(super) const OWN: &str = "111122223333";
pub(super) const OTHER: &str = "999988887777";

/// What a request is about: action, resource, and whether the resource has a policy that must allow.
pub(super) struct Subject {
    pub(super) action: &'static str,
    pub(super) resource: &'static str,
    pub(super) must_allow: bool,
    /// Other actions of the same service.
    others: &'static [&'static str],
}

pub(super) const SUBJECTS: [Subject; 10] = [
    subject("s3:GetObject", "arn:aws:s3:::bucket/team/a:b/key.txt", &["s3:PutObject", "s3:ListBucket"]),
    subject("s3:ListBucket", "arn:aws:s3:::bucket", &["s3:GetObject", "s3:DeleteBucket"]),
    subject("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:queue", &["sqs:ReceiveMessage"]),
    subject(
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf",
        &["secretsmanager:DescribeSecret"],
    ),
    subject("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/t", &["dynamodb:PutItem"]),
    subject(
        "logs:PutLogEvents",
        "arn:aws:logs:eu-west-1:111122223333:log-group:g:log-stream:s",
        &["logs:CreateLogStream"],
    ),
    subject("SNS:publish", "arn:aws:sns:eu-west-1:111122223333:topic", &["sns:Subscribe"]),
    Subject {
        must_allow: true,
        ..subject(
            "kms:Decrypt",
            "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab",
            &["kms:Encrypt", "kms:PutKeyPolicy"],
        )
    },
    Subject {
        must_allow: true,
        ..subject("kms:GenerateDataKey", "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", &["kms:Decrypt"])
    },
    Subject {
        must_allow: true,
        ..subject("sts:AssumeRole", "arn:aws:iam::111122223333:role/team/target", &["sts:TagSession"])
    },
];

const fn subject(action: &'static str, resource: &'static str, others: &'static [&'static str]) -> Subject {
    Subject { action, resource, must_allow: false, others }
}

impl Subject {
    pub(super) fn is_trust(&self) -> bool {
        self.action.starts_with("sts:")
    }
}

/// The elements of `Principal` that a policy may have for a caller: those that name it in some way,
/// and those that do not.
pub(super) fn principals(caller: &str) -> (Vec<Value>, Vec<Value>) {
    let own_or_other =
        |account: &str| vec![json!({"AWS": account}), json!({"AWS": format!("arn:aws:iam::{account}:root")})];
    let mut naming =
        vec![json!("*"), json!({"AWS": "*"}), json!({"AWS": ["arn:aws:iam::111122223333:user/nobody", "*"]})];
    // Whom a provider vouches for is no identity of the account that has the provider.
    let is_provider = caller.contains("-provider/");
    let account = caller.split(':').nth(4).filter(|account| account.len() == 12 && !is_provider);
    if let Some(account) = account {
        naming.extend(own_or_other(account));
        naming.push(json!({"AWS": caller}));
        naming.push(
            json!({"AWS": [caller, "arn:aws:iam::111122223333:role/other"], "Service": "sns.amazonaws.com"}),
        );
    }
    if let Some(role) = caller.split("assumed-role/").nth(1).and_then(|rest| rest.split('/').next()) {
        let role = format!("arn:aws:iam::{}:role/{role}", account.unwrap_or(OWN));
        naming.extend([json!({"AWS": role}), json!({"AWS": role}), json!({"AWS": role})]);
    }
    if let Some(service) = caller.strip_prefix("service:") {
        naming.extend([json!({"Service": service}), json!({"Service": [service, "s3.amazonaws.com"]})]);
    }
    if is_provider {
        naming.extend([json!({"Federated": caller}), json!({"Federated": [caller]})]);
    }
    let away = vec![
        json!({"AWS": "arn:aws:iam::111122223333:user/nobody"}),
        json!({"AWS": "arn:aws:iam::111122223333:role/other"}),
        json!({"AWS": "arn:aws:sts::111122223333:assumed-role/other/one"}),
        json!({"AWS": "444455556666"}),
        json!({"Service": "ec2.amazonaws.com"}),
        json!({"Federated": "arn:aws:iam::111122223333:saml-provider/other"}),
    ];
    (naming, away)
}

/// Everything that statements are made for.
pub(super) struct Setting<'s> {
    pub(super) subject: &'s Subject,
    pub(super) caller: &'s str,
    pub(super) context: &'s Map<String, Value>,
}

/// What a policy of a kind may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// No principal.
    Plain,
    /// A principal, and resources.
    Named,
    /// A principal, and no resources.
    Trust,
    /// The principal `*`.
    Everybody,
    /// The principal `*`, and denials.
    Control,
}

/// A document of one to three statements.
pub(super) fn document(random: &mut Random, setting: &Setting<'_>, shape: Shape, denials: usize) -> Value {
    let count = 1 + random.below(3);
    let statements: Vec<Value> = (0..count).map(|_| statement(random, setting, shape, denials)).collect();
    let statements = match statements.as_slice() {
        [only] if random.percent(30) => only.clone(),
        _ => Value::Array(statements),
    };
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// A document that allows everything to everybody.
pub(super) fn everything(shape: Shape) -> Value {
    let mut statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    if let Some(object) = statement.as_object_mut() {
        if shape != Shape::Plain {
            object.insert("Principal".to_owned(), json!("*"));
        }
        if shape == Shape::Trust {
            object.remove("Resource");
        }
    }
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

fn statement(random: &mut Random, setting: &Setting<'_>, shape: Shape, denials: usize) -> Value {
    let mut statement = Map::new();
    let denies = shape == Shape::Control || random.percent(denials);
    statement.insert("Effect".to_owned(), json!(if denies { "Deny" } else { "Allow" }));
    // Denials that always apply would leave nothing else to see.
    let fit = if denies { 45 } else { 82 };
    let actions = actions(random, setting.subject, fit);
    let is_not = random.percent(12);
    // A NotAction of other actions fits.
    let actions = if is_not { json!(setting.subject.others) } else { actions };
    statement.insert(if is_not { "NotAction" } else { "Action" }.to_owned(), actions);
    if shape != Shape::Trust {
        let is_not = random.percent(12);
        let resources = match is_not {
            true => resources(random, setting.subject, 100 - fit, 5),
            false => resources(random, setting.subject, fit, 6),
        };
        statement.insert(if is_not { "NotResource" } else { "Resource" }.to_owned(), resources);
    }
    match shape {
        Shape::Plain => {}
        Shape::Everybody | Shape::Control => {
            statement.insert("Principal".to_owned(), json!("*"));
        }
        Shape::Named | Shape::Trust => {
            let (naming, away) = principals(setting.caller);
            let principal = if random.percent(fit) { random.pick(&naming) } else { random.pick(&away) };
            statement.insert("Principal".to_owned(), principal.clone());
        }
    }
    if random.percent(55) {
        statement.insert("Condition".to_owned(), conditions::condition(random, setting.context));
    }
    Value::Object(statement)
}

fn actions(random: &mut Random, subject: &Subject, fit: usize) -> Value {
    let (service, name) = subject.action.split_once(':').unwrap_or((subject.action, ""));
    let cut: String = name.chars().take(3).collect();
    let fitting = [
        subject.action.to_owned(),
        subject.action.to_lowercase(),
        format!("{service}:*"),
        "*".to_owned(),
        format!("{service}:{cut}*"),
        format!("{}:?{}", service.to_uppercase(), name.chars().skip(1).collect::<String>()),
        format!("{service}:*{}", name.chars().skip(2).collect::<String>()),
    ];
    let other = ["ec2:RunInstances".to_owned(), format!("{service}:{name}?"), format!("{service}:Un*")];
    let one = if random.percent(fit) { random.pick(&fitting).clone() } else { random.pick(&other).clone() };
    match random.below(3) {
        0 => json!([one, random.pick(&other)]),
        1 => json!([one]),
        _ => json!(one),
    }
}

/// The value of `Resource`; of other resources as many kinds as `others` says.
fn resources(random: &mut Random, subject: &Subject, fit: usize, others: usize) -> Value {
    let one = if random.percent(fit) {
        fitting_resource(random, subject.resource)
    } else {
        other_resource(random, subject.resource, others)
    };
    match random.below(3) {
        0 => json!([one, other_resource(random, subject.resource, others)]),
        1 => json!([one]),
        _ => json!(one),
    }
}

/// A pattern that most likely matches.
fn fitting_resource(random: &mut Random, arn: &str) -> String {
    if random.percent(30) {
        return "*".to_owned();
    }
    let mut fields: Vec<String> = arn.splitn(6, ':').map(str::to_owned).collect();
    for (place, field) in fields.iter_mut().enumerate().skip(1) {
        // The service takes no wildcard; one in the resource type is a case of its own.
        let is_typed = place == 5 && !arn.starts_with("arn:aws:s3:") && field.contains(['/', ':']);
        if place == 2 || is_typed || !random.percent(25) {
            continue;
        }
        let characters: Vec<char> = field.chars().collect();
        let cut = random.below(characters.len() + 1);
        let head: String = characters.iter().take(cut).collect();
        let tail: String = characters.iter().skip(cut + 1).collect();
        *field = match random.below(4) {
            0 => "*".to_owned(),
            1 => format!("{head}*"),
            2 if cut < characters.len() => format!("{head}?{tail}"),
            _ => format!("{head}*{tail}"),
        };
    }
    let typed = arn.splitn(6, ':').nth(5).filter(|_| !arn.starts_with("arn:aws:s3:"));
    if let Some((start, name)) = typed
        .and_then(|name| name.split_once(['/', ':']).zip(Some(name)))
        .map(|((start, _), name)| (start, name))
        && random.percent(40)
        && let Some(last) = fields.last_mut()
    {
        *last = match random.below(3) {
            0 => format!("{start}*"),
            1 => "*".to_owned(),
            _ => {
                name.split_at_checked(start.len() + 2).map_or(name.to_owned(), |(head, _)| format!("{head}*"))
            }
        };
    }
    fields.join(":")
}

fn other_resource(random: &mut Random, arn: &str, kinds: usize) -> String {
    let others = [
        format!("{arn}x"),
        format!("{arn}/*"),
        "arn:aws:ec2:*:*:instance/*".to_owned(),
        arn.replace("111122223333", "444455556666").replace("bucket", "pail"),
        arn.to_uppercase().replacen("ARN", "arn", 1),
        "arn:aws:s3:::bucket/${aws:PrincipalTag/none}/*".to_owned(),
    ];
    // The last one, whose variable has no value, is a case of its own in NotResource.
    random.pick(others.get(..kinds).unwrap_or(&others)).clone()
}
