//! Whether the services and actions that a statement names exist.
//!
//! What AWS added after the day of the data does not exist here yet; what it uses itself without listing
//! it does. Source: Service Authorization Reference.

use std::collections::HashMap;

use keylint_model::nearest;

use super::fields::Fields;
use super::{Check, Issue, Repeat, Said, Suggestion, Walk, action, known};
use crate::document::{Effect, Statement};
use crate::element::{Element, Elements};
use crate::service::{
    Service, expand, is_unlisted_action, is_unlisted_service, nearest_action, nearest_service, service,
};

/// Checks the elements of `Action` or `NotAction`. A prefix that is no service is reported once, at the first of
/// the actions that have it.
pub(super) fn check<'d>(walk: &mut Walk<'d>, element: &'static str, actions: &'d Elements) {
    let mut unknown: Vec<(&str, Issue<'d>)> = Vec::new();
    for named in actions {
        if !action::form(walk, element, named) {
            continue;
        }
        let Some((prefix, name)) = known(named).and_then(|text| text.split_once(':')) else { continue };
        match service(prefix) {
            _ if prefix == "*" => {}
            Some(service) => of_service(walk, element, named, service),
            None if is_unlisted_service(prefix) => {}
            None => {
                let meant = meant_service(prefix, name).map(|meant| Suggestion::value(named, meant));
                let is_same = |(known, _): &&mut (&str, Issue<'d>)| known.eq_ignore_ascii_case(prefix);
                let is_told = !named.origin.marks.sensitive;
                if let Some((_, first)) = unknown.iter_mut().find(is_same).filter(|_| is_told) {
                    let change = meant.and_then(|meant| meant.change);
                    first.repeats.push(Repeat { span: named.span, change });
                    continue;
                }
                let issue = Issue::of(Check::InvalidServiceInAction, named).element(element);
                let issue = issue.other(Said::of(&named.origin, prefix)).suggest(meant);
                // What is secret is compared with nothing.
                unknown.push((if is_told { prefix } else { "" }, issue));
            }
        }
    }
    let fate = walk.fate_of_names();
    unknown.into_iter().for_each(|(_, issue)| walk.report(issue.fate(fate)));
}

/// Checks an action of a service that there is.
fn of_service<'d>(walk: &mut Walk<'d>, element: &'static str, named: &'d Element, service: Service) {
    let Some((prefix, name)) = known(named).and_then(|text| text.split_once(':')) else { return };
    let fate = walk.fate_of_names();
    let text = format!("{prefix}:{name}");
    if is_unlisted_action(&text) {
        return;
    }
    let (what, meant) = if name.contains(['*', '?']) {
        if expand(&text).next().is_some() || walk.generals.has(name) {
            return;
        }
        ("matches no action", meant_start(service, name))
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
    Some(format!("{}*", nearest(start, starts)?))
}

/// How many different patterns of a document that match no action are compared with the actions of all
/// services, which takes a while for each. Policies that people write have a few such.
const MAX_GENERALS: usize = 256;

/// Which patterns are general, as far as a document asks.
#[derive(Default)]
pub(super) struct Generals(HashMap<String, bool>);

impl Generals {
    /// Whether a pattern is general. Past the limit none is: it still matches no action of its service, which
    /// is what is said of it.
    fn has(&mut self, name: &str) -> bool {
        if let Some(known) = self.0.get(name) {
            return *known;
        }
        if self.0.len() >= MAX_GENERALS {
            return false;
        }
        let is_general = is_general(name);
        self.0.insert(name.to_owned(), is_general);
        is_general
    }
}

/// Whether a pattern is one that several services have actions for: read-only policies have `BatchGet*` and
/// `Describe*` for every service, also for those that may have such actions some day. What starts as no
/// action does is as good as misspelt, and like the name of one action it may be newer than the data.
fn is_general(name: &str) -> bool {
    // What does not say how it starts would be compared with every action there is.
    if name.starts_with(['*', '?']) {
        return false;
    }
    let pattern = format!("*:{name}");
    let mut services = expand(&pattern).map(|action| action.service().prefix());
    let first = services.next();
    services.any(|other| Some(other) != first)
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
    let Fields { fields, .. } = Fields::of(resource);
    let is_pattern = match fields.as_slice() {
        [arn, _, service, ..] => arn.text() == "arn" && service.text().contains(['*', '?']),
        _ => false,
    };
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
            ("s3:zzz*", action("matches no action", None)),
            ("s3:Zzz?", action("matches no action", None)),
            ("ec2:RunInstance*x", action("matches no action", None)),
            ("s3:*zzz", action("matches no action", None)),
            ("s3:RunInstance*", action("matches no action", None)),
            ("secretsmanager:GetSecretVlaue?", action("matches no action", None)),
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
    fn a_prefix_that_is_no_service_is_reported_once_in_a_list() {
        let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", "Action": [
            "secretmanager:GetSecretValue", "madeup:X", "secretmanager:List*", "SecretManager:Xyzzy"]}]}"#;
        let document = crate::testing::document(text);
        let found = issues(&document, PolicyKind::Identity);
        let of_check = found.iter().filter(|issue| issue.check.name() == "invalid-service-in-action");
        let shown: Vec<(&str, usize, usize)> = of_check
            .map(|issue| {
                let edits = issue.repeats.iter().filter(|repeat| repeat.change.is_some()).count();
                (&*issue.value, issue.repeats.len(), edits)
            })
            .collect();
        assert_eq!(shown, [("secretmanager:GetSecretValue", 2, 1), ("madeup:X", 0, 0)]);
    }

    #[test]
    fn a_great_many_patterns_are_not_all_compared_with_every_action() {
        let mut generals = super::Generals::default();
        assert!(generals.has("BatchGet*"));
        let others = (0..2 * super::MAX_GENERALS).filter(|number| generals.has(&format!("Get{number}*")));
        assert_eq!(others.count(), 0);
        assert_eq!(generals.0.len(), super::MAX_GENERALS);
        // What was asked before is still known, what comes later is not.
        assert!(generals.has("BatchGet*"));
        assert!(!generals.has("Describe*"));
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
            "lambda:De?cribe*",
            "s3:*Object",
            "s3:Get?bject",
            "SNS:Receive",
            "kms:«var.x»",
            "{{service}}:Get",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
