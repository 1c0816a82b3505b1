//! What a statement lets somebody do, in words for a message: `decrypt`, `read and delete`.

use keylint_policy::{PolicyKind, Statement};

/// Verbs by the start of an action's name, in the order in which a message lists them.
const VERBS: [(&str, &[&str]); 7] = [
    (
        "read",
        &[
            "Get", "List", "Describe", "BatchGet", "Receive", "Scan", "Query", "View", "Read", "Select",
            "Pull", "Download",
        ],
    ),
    (
        "write to",
        &[
            "Put", "Update", "Create", "Send", "Publish", "Write", "Upload", "Tag", "Modify", "Set", "Add",
            "Restore",
        ],
    ),
    ("delete", &["Delete", "Remove", "Purge"]),
    ("invoke", &["Invoke", "Start", "Execute", "Run"]),
    ("assume", &["Assume"]),
    ("connect to", &["Connect", "Subscribe", "ClientMount"]),
    ("mount", &["Mount"]),
];

/// The verbs for key actions, which a message follows by "with this key".
const KEY_VERBS: [(&str, &[&str]); 5] = [
    ("decrypt", &["kms:Decrypt", "kms:ReEncryptFrom"]),
    ("encrypt", &["kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptTo"]),
    ("sign", &["kms:Sign", "kms:GenerateMac"]),
    ("make grants", &["kms:CreateGrant"]),
    ("change policies", &["kms:PutKeyPolicy"]),
];

/// The verbs of a statement. Never empty.
pub(super) fn verbs(statement: &Statement, kind: PolicyKind) -> String {
    if kind == PolicyKind::Key {
        if statement.is_about_all_actions("kms:*").is_yes() {
            return "do anything".to_owned();
        }
        let found = KEY_VERBS
            .iter()
            .filter(|(_, actions)| actions.iter().any(|action| statement.is_about_action(action).is_yes()));
        return join(found.map(|(verb, _)| *verb), "work");
    }
    let actions = statement.actions.iter().flat_map(|actions| actions.iter());
    let names: Vec<&str> = actions
        .filter_map(|element| {
            let known = element.as_known()?;
            Some(known.split_once(':').map_or(known, |(_, name)| name))
        })
        .collect();
    if statement.not_actions.is_some() || names.iter().any(|name| name.starts_with('*')) {
        return "do anything with".to_owned();
    }
    let found = VERBS.iter().filter(|(_, starts)| {
        let starts_so = |name: &str| {
            starts
                .iter()
                .any(|start| name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
        };
        names.iter().any(|name| starts_so(name))
    });
    join(found.map(|(verb, _)| *verb), "use")
}

fn join<'v>(verbs: impl Iterator<Item = &'v str>, otherwise: &str) -> String {
    let verbs: Vec<&str> = verbs.collect();
    match verbs.as_slice() {
        [] => otherwise.to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
