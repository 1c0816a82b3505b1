//! Whether the services and actions that a statement names exist.
//!
//! What AWS added after the day of the data does not exist here yet; what it uses itself without listing
//! it does. Source: Service Authorization Reference.

use keylint_model::nearest;

use super::{Check, Issue, Said, Suggestion, Walk, action, known};
use crate::document::{Effect, Statement};
use crate::element::Element;
use crate::service::{
    Service, expand, is_unlisted_action, is_unlisted_service, nearest_action, nearest_service, service,
};

/// Checks an element of `Action` or `NotAction`.
pub(super) fn check<'d>(walk: &mut Walk<'d>, element: &'static str, named: &'d Element) {
    if !action::form(walk, element, named) {
        return;
    }
    let Some((prefix, name)) = known(named).and_then(|text| text.split_once(':')) else { return };
    if prefix == "*" {
        return;
    }
    let fate = walk.fate_of_names();
    let Some(service) = service(prefix) else {
        if !is_unlisted_service(prefix) {
            let meant = meant_service(prefix, name).map(|meant| Suggestion::value(named, meant));
            let issue = Issue::of(Check::InvalidServiceInAction, named)
                .element(element)
                .other(Said::of(&named.origin, prefix));
            walk.report(issue.suggest(meant).fate(fate));
        }
        return;
    };
    let text = format!("{prefix}:{name}");
    if is_unlisted_action(&text) {
        return;
    }
    let (what, meant) = if name.contains(['*', '?']) {
        // A pattern may be there for actions to come, unless it is misspelt.
        let is_used = expand(&text).next().is_some();
        let Some(meant) = (!is_used).then(|| meant_start(service, name)).flatten() else { return };
        ("matches no action", Some(meant))
    } else if service.action(name).is_some() {
        return;
    } else {
        ("does not exist", nearest_action(service, name).map(str::to_owned))
    };
    let meant = meant.map(|meant| Suggestion::value(named, format!("{prefix}:{meant}")));
    let issue = Issue::of(Check::InvalidAction, named).element(element).other(what);
    walk.report(issue.suggest(meant).fate(fate));
}

/// The pattern that is most like one that starts as no action does: `GetObject*` for `GetObjcet*`.
fn meant_start(service: Service, name: &str) -> Option<String> {
    const SHORTEST: usize = 6;
    let start =
        name.strip_suffix('*').filter(|start| start.len() >= SHORTEST && !start.contains(['*', '?']))?;
    let starts = service.actions().filter_map(|action| action.name().get(..start.len()));
    let meant = nearest(start, starts)?;
    // What actions of other services start with is no misspelling: read-only policies have `BatchGet*`
    // for every service.
    expand(&format!("*:{start}*")).next().is_none().then(|| format!("{meant}*"))
}

/// The action with the prefix that is most like one that does not exist, if there is such an action.
fn meant_service(prefix: &str, name: &str) -> Option<String> {
    let meant: Service = nearest_service(prefix)?;
    let text = format!("{}:{name}", meant.prefix());
    let exists = expand(&text).next().is_some();
    exists.then_some(text)
}

/// A wildcard for the service of an ARN, in a statement that allows.
pub(super) fn service_of_arn<'d>(
    walk: &mut Walk<'d>,
    statement: &Statement,
    element: &'static str,
    resource: &'d Element,
) {
    let field = known(resource).and_then(|text| text.strip_prefix("arn:")?.split(':').nth(1));
    let is_pattern = field.is_some_and(|field| field.contains(['*', '?']));
    if is_pattern && element == "Resource" && matches!(statement.effect, Effect::Allow) {
        walk.report(Issue::of(Check::WildcardInServiceName, resource).element(element));
    }
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::issues;

    /// The check, what it says and what it suggests for an action.
    fn of(action: &str) -> Option<(&'static str, String, Option<String>)> {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}]}}"#
        );
        let document = crate::testing::document(&text);
        let found = issues(&document, PolicyKind::Identity);
        let issue = found.iter().find(|issue| issue.element == "Action")?;
        Some((
            issue.check.name(),
            issue.other.clone().into_owned(),
            issue.suggestion.as_ref().map(|s| s.text.clone()),
        ))
    }

    #[test]
    fn names_that_do_not_exist_are_reported_with_what_was_meant() {
        let action = |what: &str, meant: Option<&str>| {
            Some(("invalid-action", what.to_owned(), meant.map(str::to_owned)))
        };
        let service = |prefix: &str, meant: Option<&str>| {
            Some(("invalid-service-in-action", prefix.to_owned(), meant.map(str::to_owned)))
        };
        let cases = [
            ("kms:Decrpyt", action("does not exist", Some("kms:Decrypt"))),
            ("KMS:Decrpyt", action("does not exist", Some("KMS:Decrypt"))),
            ("s3:Xyzzy", action("does not exist", None)),
            ("s3:GetObjcet*", action("matches no action", Some("s3:GetObject*"))),
            ("secretmanager:GetSecretValue", service("secretmanager", Some("secretsmanager:GetSecretValue"))),
            ("secretmanager:Xyzzy", service("secretmanager", None)),
            ("*:Describe*", service("*", None)),
            ("madeup:Thing", service("madeup", None)),
        ];
        for (text, expected) in cases {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn what_exists_or_is_unknown_is_left_alone() {
        for text in [
            "*",
            "*:*",
            "autoscaling:BatchGet*",
            "kms:decrypt",
            "s3:Get*",
            "S3:GetObject",
            "codestar:*",
            "ec2:View*",
            "lambda:Describe*",
            "SNS:Receive",
            "kms:«var.x»",
            "{{service}}:Get",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
