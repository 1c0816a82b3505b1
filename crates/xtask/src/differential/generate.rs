//! Cases for both evaluators: most without anything that they are known to see differently.

use serde_json::{Value, json};

use super::conditions;
use super::peculiar;
use super::policies::{OTHER, OWN, SUBJECTS, Setting, Shape, document, everything};
use super::random::Random;

/// The callers, by form.
pub(super) const CALLERS: [(&str, &str); 10] = [
    ("user", "arn:aws:iam::111122223333:user/division/ana"),
    ("session", "arn:aws:sts::111122223333:assumed-role/app/one"),
    ("role", "arn:aws:iam::111122223333:role/app"),
    ("foreign user", "arn:aws:iam::999988887777:user/eve"),
    ("foreign session", "arn:aws:sts::999988887777:assumed-role/visitor/two"),
    ("service", "service:sns.amazonaws.com"),
    ("anonymous", "anonymous"),
    ("identity provider", "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"),
    ("root user", "arn:aws:iam::111122223333:root"),
    ("federated user", "arn:aws:sts::111122223333:federated-user/zoe"),
];

/// How many of the callers are seen alike by both evaluators.
const PLAIN_CALLERS: usize = 8;

/// One case, as `keylint policy simulate` reads it.
pub(super) fn case(random: &mut Random) -> Value {
    let mut case = plain(random);
    if random.percent(17) {
        peculiar::change(random, &mut case);
    }
    case
}

fn plain(random: &mut Random) -> Value {
    let (form, caller) = *CALLERS.get(random.below(PLAIN_CALLERS)).unwrap_or(&CALLERS[0]);
    of_caller(random, form, caller)
}

/// A case about one caller.
pub(super) fn of_caller(random: &mut Random, form: &str, caller: &str) -> Value {
    // Whom an identity provider vouches for can do nothing but assume a role.
    let subject = match form {
        "identity provider" => SUBJECTS.iter().find(|subject| subject.is_trust()).unwrap_or(&SUBJECTS[0]),
        // KMS serves nobody who is anonymous, nor does a role trust anybody like that.
        "anonymous" => SUBJECTS.get(random.below(7)).unwrap_or(&SUBJECTS[0]),
        _ => random.pick(&SUBJECTS),
    };
    let mut context = conditions::context(random);
    if form.ends_with("session") {
        let account = if form.starts_with("foreign") { OTHER } else { OWN };
        let role = if form.starts_with("foreign") { "visitor" } else { "app" };
        context.insert("aws:PrincipalArn".to_owned(), json!(format!("arn:aws:iam::{account}:role/{role}")));
    }
    let setting = Setting { subject, caller, context: &context };
    let has_identity = caller.starts_with("arn:") && form != "identity provider";
    let action = match form {
        "identity provider" => "sts:AssumeRoleWithWebIdentity",
        _ => subject.action,
    };
    let mut case = json!({"request": {
        "action": action,
        "resource": subject.resource,
        "resourceAccount": OWN,
        "principal": caller,
        "context": context,
    }});
    let mut set = |name: &str, value: Value| {
        if let Some(case) = case.as_object_mut() {
            case.insert(name.to_owned(), value);
        }
    };
    if has_identity {
        let count = if random.percent(80) { 1 + random.below(2) } else { 0 };
        let identity = (0..count).map(|_| document(random, &setting, Shape::Plain, 12));
        set("identityPolicies", identity.collect());
        if form != "root user" && random.percent(25) {
            set("permissionsBoundaries", json!([limit(random, &setting, Shape::Plain)]));
        }
        if form.ends_with("session") && random.percent(20) {
            set("sessionPolicies", json!([limit(random, &setting, Shape::Plain)]));
        }
        if random.percent(30) {
            set("serviceControlPolicies", levels(random, &setting, Shape::Plain));
        }
    }
    let shape = if subject.is_trust() { Shape::Trust } else { Shape::Named };
    if subject.must_allow || !has_identity || form.starts_with("foreign") || random.percent(50) {
        set("resourcePolicy", document(random, &setting, shape, 12));
    }
    if random.percent(20) {
        set("resourceControlPolicies", levels(random, &setting, Shape::Control));
    }
    if random.percent(15) {
        set("endpointPolicies", json!([limit(random, &setting, Shape::Everybody)]));
    }
    case
}

/// A document that limits: one that allows everything, with or without more, or any.
fn limit(random: &mut Random, setting: &Setting<'_>, shape: Shape) -> Value {
    if random.percent(40) { everything(shape) } else { document(random, setting, shape, 15) }
}

fn levels(random: &mut Random, setting: &Setting<'_>, shape: Shape) -> Value {
    let count = 1 + random.below(3);
    let level = |random: &mut Random| {
        let mut level = Vec::new();
        if shape == Shape::Plain && random.percent(75) {
            level.push(everything(shape));
        }
        if random.percent(50) {
            level.push(document(random, setting, shape, 60));
        }
        Value::Array(level)
    };
    (0..count).map(|_| level(random)).collect()
}
