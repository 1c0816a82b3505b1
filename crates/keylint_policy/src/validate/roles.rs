//! Statements that let an identity pass any role to a service, or have any service make a role of its
//! own.
//!
//! Which roles a naming convention keeps apart is not published, so a resource counts only when it takes
//! in every role of an account. Sources: IAM User Guide, "IAM policy validation check reference", "Grant a
//! user permissions to pass a role to an AWS service", "Create a service-linked role".

use keylint_model::Verdict;

use super::{Check, Issue, Walk};
use crate::document::{Effect, Statement};
use crate::element::{Element, Elements};
use crate::kind::PolicyKind;
use crate::matching::{covers_every, matches_action};

/// An action on roles, with the checks for each way in which a statement can spread it.
struct Spread {
    action: &'static str,
    /// What an ARN of the roles that it is about ends in, after the account.
    roles: &'static str,
    /// Condition keys that say which roles or services are meant.
    narrowing: &'static [&'static str],
    not_resource: [Check; 3],
    every_resource: [Check; 3],
}

const SPREADS: [Spread; 2] = [
    Spread {
        action: "iam:PassRole",
        roles: "role/*",
        narrowing: &["iam:PassedToService", "iam:AssociatedResourceArn"],
        not_resource: [
            Check::PassRoleWithNotResource,
            Check::PassRoleWithStarInActionAndNotResource,
            Check::PassRoleWithNotActionAndNotResource,
        ],
        every_resource: [
            Check::PassRoleWithStarInResource,
            Check::PassRoleWithStarInActionAndResource,
            Check::PassRoleWithStarInResourceAndNotAction,
        ],
    },
    Spread {
        action: "iam:CreateServiceLinkedRole",
        roles: "role/aws-service-role/*",
        narrowing: &["iam:AWSServiceName"],
        not_resource: [
            Check::CreateSlrWithNotResource,
            Check::CreateSlrWithStarInActionAndNotResource,
            Check::CreateSlrWithNotActionAndNotResource,
        ],
        every_resource: [
            Check::CreateSlrWithStarInResource,
            Check::CreateSlrWithStarInActionAndResource,
            Check::CreateSlrWithStarInResourceAndNotAction,
        ],
    },
];

pub(super) fn check<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    let gives = matches!(walk.kind(), PolicyKind::Identity | PolicyKind::Session);
    if !gives || !matches!(statement.effect, Effect::Allow) || statement.conditions.rest.is_some() {
        return;
    }
    for spread in &SPREADS {
        of_action(walk, statement, spread);
    }
}

fn of_action<'d>(walk: &mut Walk<'d>, statement: &'d Statement, spread: &Spread) {
    let is_narrowed = statement
        .conditions
        .entries
        .iter()
        .any(|entry| spread.narrowing.iter().any(|key| entry.is_about(key)) && !entry.values.is_empty());
    let Some((naming, place)) = named(statement, spread.action).filter(|_| !is_narrowed) else { return };
    let checks = match (&statement.resources, &statement.not_resources) {
        (None, Some(spared)) if !spared.iter().any(|all| all.as_known() == Some("*")) => &spread.not_resource,
        (Some(resources), None) if takes_in_all(walk, resources, spread) => &spread.every_resource,
        _ => return,
    };
    if walk.document.denies(statement, spread.action) == Verdict::Yes {
        return;
    }
    let [exact, pattern, except] = *checks;
    let check = match naming {
        Naming::Exact => exact,
        Naming::Pattern => pattern,
        Naming::Except => except,
    };
    let issue = match place {
        Place::Element(element) => Issue::of(check, element),
        Place::Whole(elements) => {
            Issue::at(check, elements.key_span.or(elements.span), Some(&statement.origin))
        }
    };
    walk.report(issue.other(spread.action));
}

/// How a statement names an action, in the order of the checks of a spread.
#[derive(Clone, Copy)]
enum Naming {
    /// As it is.
    Exact,
    /// By a pattern.
    Pattern,
    /// By leaving it out of `NotAction`.
    Except,
}

enum Place<'d> {
    Element(&'d Element),
    Whole(&'d Elements),
}

/// How a statement certainly names an action, and where.
fn named<'d>(statement: &'d Statement, action: &str) -> Option<(Naming, Place<'d>)> {
    if let Some(actions) = &statement.actions {
        let is_exact =
            |element: &&Element| element.as_known().is_some_and(|text| text.eq_ignore_ascii_case(action));
        if let Some(element) = actions.iter().find(is_exact) {
            return Some((Naming::Exact, Place::Element(element)));
        }
        let element = actions.iter().find(|element| matches_action(&element.text, action) == Verdict::Yes)?;
        return Some((Naming::Pattern, Place::Element(element)));
    }
    let except = statement.not_actions.as_ref().filter(|except| except.rest.is_none())?;
    let is_left_out = except.iter().all(|element| matches_action(&element.text, action) == Verdict::No);
    is_left_out.then_some((Naming::Except, Place::Whole(except)))
}

fn takes_in_all(walk: &Walk<'_>, resources: &Elements, spread: &Spread) -> bool {
    resources.iter().any(|resource| {
        covers_every(&resource.text, "iam", spread.roles, walk.document.version) == Verdict::Yes
    })
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    /// The checks of this module that a statement with these elements fails.
    fn of(elements: &str) -> Vec<String> {
        let found = of_statement(&format!(r#"{{"Effect": "Allow", {elements}}}"#), PolicyKind::Identity);
        let own = found.iter().filter_map(|issue| issue.split(' ').next());
        own.filter(|name| name.starts_with("pass-role") || name.starts_with("create-slr"))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn each_way_of_naming_all_roles_has_its_check() {
        let cases = [
            (r#""Action": "iam:PassRole", "Resource": "*""#, &["pass-role-with-star-in-resource"][..]),
            (
                r#""Action": "iam:passrole", "Resource": "arn:aws:iam::111122223333:role/*""#,
                &["pass-role-with-star-in-resource"],
            ),
            (r#""Action": "iam:Pass*", "Resource": "*""#, &["pass-role-with-star-in-action-and-resource"]),
            (
                r#""NotAction": "s3:*", "Resource": "*""#,
                &[
                    "pass-role-with-star-in-resource-and-not-action",
                    "create-slr-with-star-in-resource-and-not-action",
                ],
            ),
            (
                r#""Action": "iam:PassRole", "NotResource": "arn:aws:iam::111122223333:role/admin""#,
                &["pass-role-with-not-resource"],
            ),
            (
                r#""Action": "iam:*", "NotResource": "arn:aws:iam::111122223333:role/admin""#,
                &[
                    "pass-role-with-star-in-action-and-not-resource",
                    "create-slr-with-star-in-action-and-not-resource",
                ],
            ),
            (
                r#""NotAction": "s3:*", "NotResource": "arn:aws:iam::111122223333:role/admin""#,
                &[
                    "pass-role-with-not-action-and-not-resource",
                    "create-slr-with-not-action-and-not-resource",
                ],
            ),
            (
                r#""Action": "iam:CreateServiceLinkedRole", "Resource": "arn:aws:iam::*:role/aws-service-role/*""#,
                &["create-slr-with-star-in-resource"],
            ),
        ];
        for (elements, expected) in cases {
            assert_eq!(of(elements), expected, "{elements}");
        }
    }

    #[test]
    fn what_names_its_roles_or_services_is_left_alone() {
        let cases = [
            r#""Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/app/*""#,
            r#""Action": "iam:PassRole", "Resource": "«aws_iam_role.app.arn»""#,
            r#""Action": "«var.action»", "Resource": "*""#,
            r#""NotAction": "iam:*", "Resource": "*""#,
            r#""NotAction": ["s3:*", "«var.action»"], "Resource": "*""#,
            r#""Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}"#,
            r#""Action": "iam:CreateServiceLinkedRole", "Resource": "*", "Condition": {"StringLike": {"iam:awsservicename": "rds.amazonaws.com"}}"#,
            r#""Action": "iam:CreateServiceLinkedRole", "Resource": "arn:aws:iam::*:role/aws-service-role/rds.amazonaws.com/*""#,
        ];
        for elements in cases {
            assert!(of(elements).is_empty(), "{elements}");
        }
        let boundary = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
        assert!(of_statement(boundary, PolicyKind::Boundary).is_empty());
    }
}
