//! What a case has that the two evaluators are known to see differently, or that keylint does not
//! decide. Each name is that of an entry of `docs/policy-differences.md`.

use keylint_policy::evaluate::{Decision, Evaluation};
use keylint_policy::{Base, Operator, SetPrefix};
use serde_json::{Map, Value};

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
}

/// The explanations of a difference that fit a case, the most particular first.
pub(super) fn explanations(case: &Compared<'_>) -> Vec<&'static str> {
    let own_is = |decision: Decision| case.own.decision == decision;
    // What may be denied and is allowed by nothing is denied, be it so or so.
    let may_be_denied = case.own.because.iter().any(|it| it.why.contains("may deny"));
    let undecided = own_is(Decision::Undecided) || may_be_denied;
    let mut found: Vec<&'static str> = Vec::new();
    let mut add = |name: &'static str, fits: bool| {
        if fits {
            found.push(name);
        }
    };
    let caller = text(case.input, "/request/principal");
    let action = text(case.input, "/request/action");
    let statements = statements(case.input);
    let has =
        |name: &str| case.input.get(name).is_some_and(|list| list.as_array().is_none_or(|it| !it.is_empty()));
    let is_key = action.starts_with("kms:");
    let is_trust = action.starts_with("sts:");

    add("root-user", caller.ends_with(":root") && own_is(Decision::Allowed));
    add("federated-user", caller.contains(":federated-user/"));
    add("policy-not-given", (is_key || is_trust) && !has("resourcePolicy") && undecided);
    add(
        "anonymous-key-or-role",
        (is_key || is_trust) && caller == "anonymous" && own_is(Decision::ImplicitlyDenied),
    );
    add("service-linked-role", caller.contains("AWSServiceRoleFor"));
    let service = action.split(':').next().unwrap_or("");
    let is_covered =
        keylint_policy::service::service(service).is_none_or(keylint_policy::service::Service::supports_rcp);
    add("rcp-services", !is_covered && has("resourceControlPolicies"));
    add("retire-grant", action == "kms:RetireGrant" && has("resourceControlPolicies"));
    add(
        "unknown-principal",
        undecided && !CALLERS.iter().any(|(_, known)| *known == caller) && is_of_other_kind(caller),
    );
    add(
        "session-limits",
        has("sessionPolicies") && own_is(Decision::Allowed) && is_allowed_directly(case.own),
    );
    let names = |element: &str, inner: &str| {
        statements
            .iter()
            .any(|(_, statement)| statement.get(element).is_some_and(|it| it.to_string().contains(inner)))
    };
    add(
        "endpoint-account",
        undecided
            && has("endpointPolicies")
            && (action.starts_with("s3:") || action.starts_with("dynamodb:")),
    );
    let at_endpoint = |statement: &Value| {
        let everybody = [serde_json::json!("*"), serde_json::json!({"AWS": "*"})];
        statement.get("Principal").is_some_and(|it| !everybody.contains(it))
    };
    add(
        "endpoint-principal",
        statements.iter().any(|(kind, it)| *kind == "endpointPolicies" && at_endpoint(it)),
    );
    add("not-principal", statements.iter().any(|(_, statement)| statement.get("NotPrincipal").is_some()));
    add("canonical-user", undecided && names("Principal", "CanonicalUser"));
    add("unique-id", names("Principal", "AROA") || names("Principal", "AIDA"));
    add(
        "role-without-session",
        undecided && caller.contains(":role/") && names("Principal", ":assumed-role/"),
    );
    add(
        "key-statement",
        is_key
            && statements.iter().any(|(kind, it)| {
                *kind == "resourcePolicy" && it.get("Resource").is_none() && it.get("NotResource").is_none()
            }),
    );
    add(
        "rejected-document",
        undecided && statements.iter().any(|(kind, statement)| is_rejected(kind, statement)),
    );
    add("role-path", caller.contains(":assumed-role/") && !case.context.contains_key("aws:principalarn"));
    for element in ["Resource", "NotResource"] {
        for pattern in statements.iter().flat_map(|(_, statement)| texts(statement.get(element))) {
            add("resource-variable", undecided && has_early_variable(&pattern));
            let resource = text(case.input, "/request/resource");
            add("colon-in-name", runs_over_colons(&pattern) && name_of(resource).contains(':'));
            add("resource-type", has_wildcard_in_type(&pattern, action));
            add("variable-escape", pattern.contains("${*}") || pattern.contains("${?}"));
            add("variable-list", default_of_list(&pattern, case.context));
            add("variable-absent", element == "NotResource" && absent_variable(&pattern, case.context));
            add(
                "literal-wildcards",
                text(case.input, "/request/resource").contains(['*', '?'])
                    || case.context.contains_key("test:star"),
            );
        }
    }
    for (_, statement) in &statements {
        for entry in entries(statement, case.context) {
            for (name, fits) in of_entry(&entry, case, undecided) {
                add(name, fits);
            }
        }
    }
    let spelled_twice =
        case.input.pointer("/request/context").and_then(Value::as_object).is_some_and(|context| {
            context
                .keys()
                .any(|key| context.keys().any(|other| key != other && key.eq_ignore_ascii_case(other)))
        });
    add("case-collision", undecided && spelled_twice);
    found
}

fn is_of_other_kind(caller: &str) -> bool {
    [":group/", ":instance-profile/"].iter().any(|kind| caller.contains(kind))
}

/// Whether the policy of the resource allows the caller itself, or everybody.
fn is_allowed_directly(evaluation: &Evaluation) -> bool {
    evaluation.because.iter().any(|it| it.policy == "resourcePolicy" && it.why.ends_with(" to the caller"))
}

fn of_entry(entry: &Entry<'_>, case: &Compared<'_>, undecided: bool) -> Vec<(&'static str, bool)> {
    let Some(operator) = entry.operator.filter(|it| it.base != Base::Null || !it.if_exists) else {
        return vec![("unknown-operator", undecided)];
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
    vec![
        (
            "any-if-exists",
            operator.set == Some(SetPrefix::ForAnyValue) && operator.if_exists && entry.present.is_none(),
        ),
        ("epoch-date", is_date && either(&digits)),
        (
            "date-form",
            is_date
                && undecided
                && either(&|text| text.contains('T') && !text.contains(['Z', '+']) || digits(text)),
        ),
        (
            "not-a-value",
            (is_date || is_number)
                && operator.is_negated()
                && present(&|text| !text.contains(|c: char| c.is_ascii_digit())),
        ),
        ("bool-text", operator.base == Base::Bool && present(&|text| !is_bool(text))),
        ("policy-value", undecided && !is_text && !is_arn && asked(&|text| is_refused(operator.base, text))),
        ("ipv6-host-bits", is_address && asked(&|text| text.contains(':') && text.contains("::5/"))),
        (
            "address-families",
            operator.base == Base::NotIpAddress
                && asked(&|text| text.contains(':'))
                && present(&|text| !text.contains(':')),
        ),
        ("address-range-of-all", is_address && asked(&|text| text == "0.0.0.0/0")),
        ("mapped-address", is_address && present(&|text| text.starts_with("::ffff:"))),
        ("address-spelling", is_address && present(&|text| text.starts_with('0') || text.ends_with(':'))),
        ("variable-list", asked(&|text| default_of_list(text, case.context))),
        ("variable-absent", operator.is_negated() && asked(&|text| absent_variable(text, case.context))),
        (
            "variable-escape",
            asked(&|text| ["${*}", "${?}", "${$}"].iter().any(|escape| text.contains(escape))),
        ),
        ("variable-in-arn", is_arn && asked(&|text| text.starts_with("arn:") && has_early_variable(text))),
        ("variable-empty", undecided && asked(&|text| empty_variable(text, case.context))),
        (
            "variable-default",
            undecided && asked(&|text| text.contains("${") && text.contains(',') && !text.contains(", '")),
        ),
        ("variable-elsewhere", undecided && !is_text && !is_arn && asked(&has_variable)),
        (
            "empty-string",
            undecided
                && operator.set == Some(SetPrefix::ForAllValues)
                && !values.is_empty()
                && values.iter().all(String::is_empty),
        ),
        ("null-over-lists", undecided && operator.set.is_some() && operator.base == Base::Null),
        ("utf-16", present(&|text| text.chars().any(|character| character.len_utf16() > 1))),
        ("line-feed", present(&|text| text.contains('\n'))),
        ("sigma", undecided && either(&|text| text.contains(['Σ', 'ς']))),
        (
            "arn-value",
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
            });
        }
    }
    entries
}
