//! What the cases were made of, counted, so that nothing is left out without being noticed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::conditions::OPERATORS;
use super::features::statements;
use super::generate::CALLERS;

/// How often each thing has to be met.
const AT_LEAST: usize = 100;

/// Counts of cases by sort and name.
#[derive(Default)]
pub(super) struct Coverage {
    counts: BTreeMap<(&'static str, String), usize>,
}

const KINDS: [&str; 7] = [
    "identityPolicies",
    "permissionsBoundaries",
    "sessionPolicies",
    "resourcePolicy",
    "serviceControlPolicies",
    "resourceControlPolicies",
    "endpointPolicies",
];

const ELEMENTS: [&str; 9] = [
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
    "Allow",
    "Deny",
];

const PRINCIPALS: [&str; 9] = [
    "\"*\"",
    "AWS *",
    "account id",
    "account ARN",
    "user",
    "role",
    "session",
    "service",
    "identity provider",
];

const DECISIONS: [&str; 4] = ["allowed", "implicitly-denied", "explicitly-denied", "undecided"];

impl Coverage {
    pub(super) fn new() -> Self {
        let mut coverage = Coverage::default();
        for (name, _) in OPERATORS {
            coverage.counts.insert(("operator", name.to_owned()), 0);
        }
        let expected: [(&'static str, &[&str]); 5] = [
            ("prefix or suffix", &["ForAllValues:", "ForAnyValue:", "IfExists", "none"]),
            ("policy", &KINDS),
            ("element", &ELEMENTS),
            ("principal", &PRINCIPALS),
            ("decision", &DECISIONS),
        ];
        for (sort, names) in expected {
            for name in names {
                coverage.counts.insert((sort, (*name).to_owned()), 0);
            }
        }
        for (form, _) in CALLERS {
            coverage.counts.insert(("caller", form.to_owned()), 0);
        }
        coverage
    }

    /// Counts a case: each thing once.
    pub(super) fn count(&mut self, input: &Value, decision: &str) {
        let mut met: Vec<(&'static str, String)> = vec![("decision", decision.to_owned())];
        let caller = input.pointer("/request/principal").and_then(Value::as_str).unwrap_or("");
        met.push(("caller", form_of(caller).to_owned()));
        for kind in KINDS {
            if input.get(kind).is_some_and(|list| list.as_array().is_none_or(|it| !it.is_empty())) {
                met.push(("policy", kind.to_owned()));
            }
        }
        for (_, statement) in statements(input) {
            let elements = ELEMENTS.iter().filter(|name| {
                statement.get(**name).is_some()
                    || statement.get("Effect").and_then(Value::as_str) == Some(**name)
            });
            met.extend(elements.map(|name| ("element", (*name).to_owned())));
            met.extend(principals(statement).into_iter().map(|name| ("principal", name.to_owned())));
            let condition = statement.get("Condition").and_then(Value::as_object);
            for name in condition.into_iter().flat_map(|condition| condition.keys()) {
                operator(name, &mut met);
            }
        }
        met.sort();
        met.dedup();
        for key in met {
            *self.counts.entry(key).or_default() += 1;
        }
    }

    /// The table, and what was met too rarely.
    pub(super) fn table(&self) -> (String, Vec<String>) {
        let mut text = String::new();
        let mut rare = Vec::new();
        for ((sort, name), count) in &self.counts {
            text.push_str(&format!("  {sort:<18}{name:<28}{count:>8}\n"));
            let is_operator = OPERATORS.iter().any(|(known, _)| known == name);
            // Operators that AWS does not have, and callers that are none, are there to be refused.
            let is_expected = match *sort {
                "operator" => is_operator,
                _ => name != "other",
            };
            if *count < AT_LEAST && is_expected {
                rare.push(format!("{sort} {name}: {count}"));
            }
        }
        (text, rare)
    }
}

fn operator(name: &str, met: &mut Vec<(&'static str, String)>) {
    let (prefix, rest) = match name.split_once(':') {
        Some((prefix, rest)) => (Some(prefix), rest),
        None => (None, name),
    };
    let (base, has_suffix) = match rest.strip_suffix("IfExists") {
        Some(base) => (base, true),
        None => (rest, false),
    };
    met.push(("operator", base.to_owned()));
    if let Some(prefix) = prefix {
        met.push(("prefix or suffix", format!("{prefix}:")));
    }
    if has_suffix {
        met.push(("prefix or suffix", "IfExists".to_owned()));
    }
    if prefix.is_none() && !has_suffix {
        met.push(("prefix or suffix", "none".to_owned()));
    }
}

/// The forms of the principals that a statement names.
fn principals(statement: &Value) -> Vec<&'static str> {
    let element = statement.get("Principal").or_else(|| statement.get("NotPrincipal"));
    if element.is_some_and(|it| it.as_str() == Some("*")) {
        return vec!["\"*\""];
    }
    let mut forms = Vec::new();
    for (key, values) in element.and_then(Value::as_object).into_iter().flatten() {
        for text in super::features::texts(Some(values)) {
            forms.push(match key.as_str() {
                "Service" => "service",
                "Federated" => "identity provider",
                "AWS" if text == "*" => "AWS *",
                "AWS" if text.ends_with(":root") => "account ARN",
                "AWS" if text.contains(":user/") => "user",
                "AWS" if text.contains(":role/") => "role",
                "AWS" if text.contains(":assumed-role/") => "session",
                "AWS" if text.bytes().all(|byte| byte.is_ascii_digit()) => "account id",
                _ => continue,
            });
        }
    }
    forms
}

/// The form of a caller, by its account too.
fn form_of(caller: &str) -> &'static str {
    if let Some((form, _)) = CALLERS.iter().find(|(_, known)| *known == caller) {
        return form;
    }
    match caller {
        _ if caller.contains(":user/") => "user",
        _ if caller.contains(":assumed-role/") => "session",
        _ if caller.contains(":role/") => "role",
        _ => "other",
    }
}
