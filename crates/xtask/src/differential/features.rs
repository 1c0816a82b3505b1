//! What a case has that the two evaluators are known to see differently, or that keylint does not
//! decide. Each name is that of an entry of `docs/policy-differences.md`.

use keylint_policy::evaluate::{Decision, Evaluation};
use keylint_policy::service::{ConditionKey, condition_key};
use keylint_policy::{Base, Operator, SetPrefix};
use serde_json::{Map, Value};

use super::direction::{Direction, Side, may_be_denied};
use super::generate::CALLERS;

/// A case with our decision.
pub(super) struct Compared<'c> {
    pub(super) input: &'c Value,
    /// The context as both have it.
    pub(super) context: &'c Map<String, Value>,
    pub(super) own: &'c Evaluation,
}

/// One entry of a condition.
struct Entry<'c> {
    name: &'c str,
    operator: Option<Operator>,
    asked: Vec<String>,
    /// What the request has under the key.
    present: Option<&'c Value>,
    /// Whether AWS puts the key into every request, or into every signed one.
    is_always_there: bool,
}

/// The explanations of a difference that fit a case, the most particular first, with the way that each
/// makes the decisions differ.
pub(super) fn explanations(case: &Compared<'_>) -> Vec<(&'static str, Direction)> {
    let own_is = |decision: Decision| case.own.decision == decision;
    let undecided = own_is(Decision::Undecided) || may_be_denied(case.own);
    let mut found: Vec<(&'static str, Direction)> = Vec::new();
    let mut add = |name: &'static str, direction: Direction, fits: bool| {
        if fits {
            found.push((name, direction));
        }
    };
    let caller = text(case.input, "/request/principal");
    let action = text(case.input, "/request/action");
    let statements = statements(case.input);
    let has =
        |name: &str| case.input.get(name).is_some_and(|list| list.as_array().is_none_or(|it| !it.is_empty()));
    let is_key = action.starts_with("kms:");
    let is_trust = action.starts_with("sts:");

    add("root-user", Direction::Wider, caller.ends_with(":root") && own_is(Decision::Allowed));
    // Without session policies it has nothing; which user it was is not known.
    add("federated-user", Direction::Open, caller.contains(":federated-user/"));
    add("federated-user", Direction::Narrower, caller.contains(":federated-user/"));
    add("policy-not-given", Direction::Open, (is_key || is_trust) && !has("resourcePolicy") && undecided);
    add(
        "anonymous-key-or-role",
        Direction::Narrower,
        (is_key || is_trust) && caller == "anonymous" && own_is(Decision::ImplicitlyDenied),
    );
    add("service-linked-role", Direction::Wider, caller.contains("AWSServiceRoleFor"));
    add("service-linked-role", Direction::Open, caller.contains("AWSServiceRoleFor"));
    let owner = text(case.input, "/request/resourceAccount");
    let owner = if owner.is_empty() {
        text(case.input, "/request/resource").split(':').nth(4).unwrap_or("")
    } else {
        owner
    };
    let is_other = caller.split(':').nth(4).is_none_or(|account| account != owner);
    let across = keylint_policy::service::key_actions_across_accounts().any(|known| known == action);
    add("key-across-accounts", Direction::Narrower, is_key && is_other && !across);
    let service = action.split(':').next().unwrap_or("");
    let is_covered =
        keylint_policy::service::service(service).is_none_or(keylint_policy::service::Service::supports_rcp);
    add("rcp-services", Direction::Wider, !is_covered && has("resourceControlPolicies"));
    add("retire-grant", Direction::Wider, action == "kms:RetireGrant" && has("resourceControlPolicies"));
    add(
        "unknown-principal",
        Direction::Open,
        undecided && !CALLERS.iter().any(|(_, known)| *known == caller) && is_of_other_kind(caller),
    );
    add(
        "session-limits",
        Direction::Wider,
        has("sessionPolicies") && own_is(Decision::Allowed) && is_allowed_directly(case.own),
    );
    let names = |element: &str, inner: &str| {
        statements
            .iter()
            .any(|(_, statement)| statement.get(element).is_some_and(|it| it.to_string().contains(inner)))
    };
    add(
        "endpoint-account",
        Direction::Open,
        undecided
            && has("endpointPolicies")
            && (action.starts_with("s3:") || action.starts_with("dynamodb:")),
    );
    let at_endpoint = |statement: &Value| {
        let everybody = [serde_json::json!("*"), serde_json::json!({"AWS": "*"})];
        statement.get("Principal").is_some_and(|it| !everybody.contains(it))
    };
    for (_, statement) in
        statements.iter().filter(|(kind, it)| *kind == "endpointPolicies" && at_endpoint(it))
    {
        add("endpoint-principal", Side::There.of(statement), true);
    }
    add(
        "not-principal",
        Direction::Open,
        statements.iter().any(|(_, statement)| statement.get("NotPrincipal").is_some()),
    );
    add("canonical-user", Direction::Open, undecided && names("Principal", "CanonicalUser"));
    let is_id = |text: &str| text.contains("AROA") || text.contains("AIDA");
    for (_, statement) in &statements {
        let has = statement.get("Principal").is_some_and(|it| is_id(&it.to_string()));
        add("unique-id", Side::Here.of(statement), has);
        add("unique-id", Direction::Open, has);
    }
    add(
        "role-without-session",
        Direction::Open,
        undecided && caller.contains(":role/") && names("Principal", ":assumed-role/"),
    );
    for (kind, statement) in &statements {
        let is_bare = statement.get("Resource").is_none() && statement.get("NotResource").is_none();
        add("key-statement", Side::There.of(statement), is_key && *kind == "resourcePolicy" && is_bare);
    }
    add(
        "rejected-document",
        Direction::Open,
        undecided && statements.iter().any(|(kind, statement)| is_rejected(kind, statement)),
    );
    add(
        "role-path",
        Direction::Either,
        caller.contains(":assumed-role/") && !case.context.contains_key("aws:principalarn"),
    );
    let resource = text(case.input, "/request/resource");
    for (element, (_, statement)) in ["Resource", "NotResource"]
        .into_iter()
        .flat_map(|element| statements.iter().map(move |it| (element, it)))
    {
        for pattern in texts(statement.get(element)) {
            let negated = element == "NotResource";
            let here = Side::Here.unless(negated).of(statement);
            add("resource-variable", Direction::Open, undecided && has_early_variable(&pattern));
            add("colon-in-name", here, runs_over_colons(&pattern) && name_of(resource).contains(':'));
            add("resource-type", here, has_wildcard_in_type(&pattern, action));
            add("variable-escape", here, pattern.contains("${*}") || pattern.contains("${?}"));
            let there = Side::There.unless(negated).of(statement);
            add("variable-list", there, default_of_list(&pattern, case.context));
            add("variable-absent", there, negated && absent_variable(&pattern, case.context));
            let is_literal = resource.contains(['*', '?']) || case.context.contains_key("test:star");
            // Of many resources one is what a pattern is about, and one is not.
            add("literal-wildcards", Side::There.of(statement), is_literal);
        }
    }
    for (_, statement) in &statements {
        for entry in entries(statement, case.context) {
            for (name, side, fits) in of_entry(&entry, case, undecided) {
                add(name, side.of(statement), fits);
            }
        }
    }
    let spelled_twice =
        case.input.pointer("/request/context").and_then(Value::as_object).is_some_and(|context| {
            context
                .keys()
                .any(|key| context.keys().any(|other| key != other && key.eq_ignore_ascii_case(other)))
        });
    add("case-collision", Direction::Open, undecided && spelled_twice);
    found
}

fn is_of_other_kind(caller: &str) -> bool {
    [":group/", ":instance-profile/"].iter().any(|kind| caller.contains(kind))
}

/// Whether the policy of the resource allows the caller itself, or everybody.
fn is_allowed_directly(evaluation: &Evaluation) -> bool {
    evaluation.because.iter().any(|it| it.policy == "resourcePolicy" && it.why.ends_with(" to the caller"))
}

fn of_entry(entry: &Entry<'_>, case: &Compared<'_>, undecided: bool) -> Vec<(&'static str, Side, bool)> {
    let Some(operator) = entry.operator.filter(|it| it.base != Base::Null || !it.if_exists) else {
        return vec![("unknown-operator", Side::Open, undecided)];
    };
    let values = present_texts(entry.present);
    let asked = |test: &dyn Fn(&str) -> bool| entry.asked.iter().any(|text| test(text));
    let present = |test: &dyn Fn(&str) -> bool| values.iter().any(|text| test(text));
    let either = |test: &dyn Fn(&str) -> bool| asked(test) || present(test);
    let is_date = entry.name.contains("Date");
    let is_number = entry.name.contains("Numeric");
    let is_text = entry.name.contains("String");
    let is_arn = entry.name.contains("Arn");
    let is_address = entry.name.contains("IpAddress");
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
    let has_variable = |text: &str| text.contains("${");
    // What holds of a value, or of its negation.
    let (here, there) = (Side::Here.unless(operator.is_negated()), Side::There.unless(operator.is_negated()));
    vec![
        (
            "any-if-exists",
            Side::Here,
            operator.set == Some(SetPrefix::ForAnyValue) && operator.if_exists && entry.present.is_none(),
        ),
        ("epoch-date", Side::Either, is_date && either(&digits)),
        (
            "date-form",
            Side::Open,
            is_date
                && undecided
                && either(&|text| text.contains('T') && !text.contains(['Z', '+']) || digits(text)),
        ),
        (
            "not-a-value",
            Side::Here,
            (is_date || is_number)
                && operator.is_negated()
                && present(&|text| !text.contains(|c: char| c.is_ascii_digit())),
        ),
        ("bool-text", Side::Here, operator.base == Base::Bool && present(&|text| !is_bool(text))),
        (
            "policy-value",
            Side::Open,
            undecided && !is_text && !is_arn && asked(&|text| is_refused(operator.base, text)),
        ),
        ("ipv6-host-bits", there, is_address && asked(&|text| text.contains(':') && text.contains("::5/"))),
        (
            "address-families",
            Side::Here,
            operator.base == Base::NotIpAddress
                && asked(&|text| text.contains(':'))
                && present(&|text| !text.contains(':')),
        ),
        ("address-range-of-all", here, is_address && asked(&|text| text == "0.0.0.0/0")),
        ("mapped-address", here, is_address && present(&|text| text.starts_with("::ffff:"))),
        ("address-spelling", here, is_address && present(&|text| text.starts_with('0'))),
        ("address-spelling", Side::Open, is_address && present(&|text| text.ends_with(':'))),
        ("variable-list", there, asked(&|text| default_of_list(text, case.context))),
        (
            "variable-absent",
            Side::Here,
            operator.is_negated() && asked(&|text| absent_variable(text, case.context)),
        ),
        (
            "variable-escape",
            here,
            asked(&|text| ["${*}", "${?}", "${$}"].iter().any(|escape| text.contains(escape))),
        ),
        (
            "variable-in-arn",
            here,
            is_arn && asked(&|text| text.starts_with("arn:") && has_early_variable(text)),
        ),
        ("variable-empty", Side::Open, undecided && asked(&|text| empty_variable(text, case.context))),
        (
            "variable-default",
            Side::Open,
            undecided && asked(&|text| text.contains("${") && text.contains(',') && !text.contains(", '")),
        ),
        ("variable-elsewhere", Side::Open, undecided && !is_text && !is_arn && asked(&has_variable)),
        (
            "empty-string",
            Side::Open,
            undecided
                && operator.set == Some(SetPrefix::ForAllValues)
                && !values.is_empty()
                && values.iter().all(String::is_empty),
        ),
        (
            "null-over-lists",
            if operator.set == Some(SetPrefix::ForAllValues) { Side::Here } else { Side::There },
            operator.set.is_some() && operator.base == Base::Null,
        ),
        (
            "key-of-every-request",
            Side::Open,
            undecided
                && (entry.present.is_none() && entry.is_always_there
                    || asked(&|text| variable_of_every_request(text, case.context))),
        ),
        ("utf-16", Side::Either, present(&|text| text.chars().any(|character| character.len_utf16() > 1))),
        ("line-feed", here, present(&|text| text.contains('\n'))),
        ("sigma", Side::Open, undecided && either(&|text| text.contains(['Σ', 'ς']))),
        (
            "arn-value",
            Side::Open,
            undecided && is_arn && asked(&|text| text.matches(':').count() < 5 || text.starts_with("${")),
        ),
    ]
}

fn is_bool(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// Whether IAM would refuse a value for an operator.
fn is_refused(base: Base, text: &str) -> bool {
    match base {
        Base::Bool => !is_bool(text),
        Base::BinaryEquals => text.contains([' ', '!']) || !text.len().is_multiple_of(4),
        Base::IpAddress | Base::NotIpAddress => text.ends_with("/40"),
        _ => {
            !text.starts_with(|character: char| character.is_ascii_digit() || character == '-')
                || text.contains('e')
        }
    }
}

/// Whether an ARN has a variable in front of its last field.
fn has_early_variable(pattern: &str) -> bool {
    let Some(start) = pattern.find("${") else { return false };
    pattern.get(..start).is_some_and(|before| before.matches(':').count() < 5)
}

fn name_of(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or("")
}

/// Whether a pattern has a `*` that ends a field, which may go on behind it, and a wildcard within its
/// name.
fn runs_over_colons(pattern: &str) -> bool {
    let ends = pattern.splitn(6, ':').take(5).any(|field| field.ends_with('*'));
    let name = name_of(pattern);
    ends && name.strip_suffix('*').unwrap_or(name).contains(['*', '?'])
}

/// Whether the last field of an ARN has a wildcard in front of its first separator. The names of
/// buckets are no types.
fn has_wildcard_in_type(pattern: &str, action: &str) -> bool {
    let name = pattern.splitn(6, ':').nth(5).filter(|_| !action.starts_with("s3:"));
    let first = name.and_then(|name| name.split_once(['/', ':']));
    first.is_some_and(|(first, _)| first.contains(['*', '?']) && !first.contains('$'))
}

/// The keys of the variables of a text, and whether each has a default.
fn variables(text: &str) -> Vec<(String, bool)> {
    let pieces = text.split("${").skip(1).filter_map(|piece| piece.split('}').next());
    let variable = |piece: &str| match piece.split_once(',') {
        Some((key, _)) => (key.trim().to_ascii_lowercase(), true),
        None => (piece.to_ascii_lowercase(), false),
    };
    pieces.map(variable).collect()
}

fn default_of_list(text: &str, context: &Map<String, Value>) -> bool {
    variables(text).iter().any(|(key, default)| *default && context.get(key).is_some_and(Value::is_array))
}

fn absent_variable(text: &str, context: &Map<String, Value>) -> bool {
    let is_escape = |key: &str| matches!(key, "*" | "?" | "$");
    variables(text).iter().any(|(key, default)| {
        !is_escape(key)
            && (!*default && !context.contains_key(key) || context.get(key).is_some_and(Value::is_array))
    })
}

/// Whether a variable is of a key that the request must have had.
fn variable_of_every_request(text: &str, context: &Map<String, Value>) -> bool {
    variables(text).iter().any(|(key, _)| !context.contains_key(key) && is_always_there(key))
}

/// Whether AWS puts a key into every request, or into every signed one.
fn is_always_there(key: &str) -> bool {
    condition_key(key).is_some_and(ConditionKey::is_present_if_signed)
}

fn empty_variable(text: &str, context: &Map<String, Value>) -> bool {
    variables(text).iter().any(|(key, _)| context.get(key).and_then(Value::as_str) == Some(""))
}

fn is_rejected(kind: &str, statement: &Value) -> bool {
    let has = |name: &str| statement.get(name).is_some();
    let effect = statement.get("Effect").and_then(Value::as_str);
    !matches!(effect, Some("Allow" | "Deny"))
        || has("Action") == has("NotAction")
        || (kind == "identityPolicies" && (has("Principal") || has("Resource") == has("NotResource")))
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// All statements with the member that their policy is in.
pub(super) fn statements(input: &Value) -> Vec<(&str, &Value)> {
    fn of_document<'v>(kind: &'v str, value: &'v Value, found: &mut Vec<(&'v str, &'v Value)>) {
        match (value.get("Statement"), value.as_array()) {
            (Some(Value::Array(statements)), _) => found.extend(statements.iter().map(|it| (kind, it))),
            (Some(statement), _) => found.push((kind, statement)),
            (None, Some(list)) => list.iter().for_each(|inner| of_document(kind, inner, found)),
            (None, None) => {}
        }
    }
    let mut found = Vec::new();
    for (kind, value) in input.as_object().into_iter().flatten() {
        of_document(kind, value, &mut found);
    }
    found
}

/// A string, or a list of them.
pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Some(Value::Array(list)) => list.iter().map(one).collect(),
        Some(other) => vec![one(other)],
        None => Vec::new(),
    }
}

fn present_texts(value: Option<&Value>) -> Vec<String> {
    texts(value)
}

fn entries<'c>(statement: &'c Value, context: &'c Map<String, Value>) -> Vec<Entry<'c>> {
    let condition = statement.get("Condition").and_then(Value::as_object);
    let mut entries = Vec::new();
    for (name, keys) in condition.into_iter().flatten() {
        for (key, asked) in keys.as_object().into_iter().flatten() {
            entries.push(Entry {
                name,
                operator: Operator::parse(name),
                asked: texts(Some(asked)),
                present: context.get(&key.to_ascii_lowercase()),
                is_always_there: is_always_there(key),
            });
        }
    }
    entries
}
