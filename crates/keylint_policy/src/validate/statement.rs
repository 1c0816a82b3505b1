//! Checks of a statement: which elements it must and must not have, and what is empty in it.
//!
//! Source: IAM User Guide, "IAM JSON policy elements reference", and the syntax pages of service
//! control policies and resource control policies of AWS Organizations.

use super::{Check, Fate, Issue, Said, Walk};
use crate::document::{Effect, Malformed, PrincipalKind, Principals, Statement};
use crate::element::Elements;
use crate::kind::PolicyKind;
use crate::operator::SetPrefix;
use crate::service::resource_policies;

pub(super) fn check<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    required(walk, statement);
    forbidden(walk, statement);
    controls(walk, statement);
    empty(walk, statement);
}

/// The issue of an element that is not there, at the statement.
fn lacking<'d>(check: Check, statement: &'d Statement, element: &'static str) -> Issue<'d> {
    Issue::at(check, statement.span, Some(&statement.origin)).element(element)
}

fn required<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    if statement.rest.is_some() {
        return;
    }
    if statement.actions.is_none() && statement.not_actions.is_none() {
        walk.report(lacking(Check::MissingAction, statement, "Action"));
    }
    if statement.resources.is_none() && statement.not_resources.is_none() && needs_resource(walk, statement) {
        walk.report(lacking(Check::MissingResource, statement, "Resource"));
    }
    let needs_principal = match walk.kind() {
        PolicyKind::Trust | PolicyKind::Key | PolicyKind::Secret | PolicyKind::Resource => true,
        // Taken for these kinds by the principals of other statements.
        PolicyKind::Rcp | PolicyKind::Endpoint => true,
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session | PolicyKind::Scp => false,
    };
    if needs_principal && statement.principals.is_none() && statement.not_principals.is_none() {
        walk.report(lacking(Check::MissingPrincipal, statement, "Principal"));
    }
}

/// Whether a statement must have `Resource`. Policies of some resources (of ECR, for one) take statements
/// without it.
fn needs_resource(walk: &Walk<'_>, statement: &Statement) -> bool {
    let of_service = |name: Option<&str>, separator| {
        let service = name.and_then(|name| name.split(separator).next()).unwrap_or_default();
        resource_policies(service).is_some_and(|policies| policies.needs_resource)
    };
    match (walk.kind(), walk.usage.holder) {
        (PolicyKind::Trust, _) => false,
        (PolicyKind::Resource, Some(holder)) => of_service(Some(holder), '.'),
        (PolicyKind::Resource, None) => {
            statement.actions.iter().flatten().any(|action| of_service(action.as_known(), ':'))
        }
        _ => true,
    }
}

fn forbidden<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    let at_principal = |check, principals: &'d Principals, element: &'static str| {
        Issue::at(check, principals.key_span.or(principals.span), Some(&statement.origin)).element(element)
    };
    let named = [("Principal", &statement.principals), ("NotPrincipal", &statement.not_principals)];
    for (element, principals) in named {
        let Some(principals) = principals else { continue };
        match walk.kind() {
            PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session => {
                walk.report(at_principal(Check::UnsupportedPrincipal, principals, element));
            }
            PolicyKind::Scp => walk.report(at_principal(Check::ScpSyntaxErrorPrincipal, principals, element)),
            PolicyKind::Trust if element == "NotPrincipal" => {
                let check = Check::RoleTrustPolicySyntaxErrorNotprincipal;
                walk.report(at_principal(check, principals, element));
            }
            _ => {}
        }
    }
    if walk.kind() == PolicyKind::Trust {
        let resources = [("Resource", &statement.resources), ("NotResource", &statement.not_resources)];
        for (element, elements) in resources {
            let Some(elements) = elements else { continue };
            let check = Check::RoleTrustPolicySyntaxErrorResource;
            let span = elements.key_span.or(elements.span);
            walk.report(Issue::at(check, span, Some(&statement.origin)).element(element));
        }
        let bare = statement.principals.iter().flat_map(|principals| principals.of(PrincipalKind::Bare));
        for principal in bare.filter(|principal| principal.as_known() == Some("*")) {
            let check = Check::RoleTrustPolicyUnsupportedWildcardInPrincipal;
            walk.report(Issue::of(check, principal).element("Principal"));
        }
    }
}

/// What resource control policies must look like. A guess is not enough to blame one for it.
/// Source: AWS Organizations User Guide, "RCP syntax".
fn controls<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    if !walk.is_certainly(PolicyKind::Rcp) {
        return;
    }
    let check = Check::RcpSyntaxErrorPrincipal;
    if let Some(principals) = &statement.not_principals {
        let span = principals.key_span.or(principals.span);
        walk.report(Issue::at(check, span, Some(&statement.origin)).element("NotPrincipal"));
    }
    for (kind, principal) in statement.principals.iter().flat_map(|principals| &principals.items) {
        let is_everybody = matches!(kind, PrincipalKind::Bare) && principal.as_known() == Some("*");
        if !is_everybody && principal.as_known().is_some() {
            walk.report(Issue::of(check, principal).element("Principal"));
        }
    }
    // The one that AWS attaches, `RCPFullAWSAccess`, allows everything; those that a customer makes deny.
    let is_all = |elements: &Option<Elements>| {
        elements
            .as_ref()
            .is_some_and(|elements| elements.iter().all(|element| element.as_known() == Some("*")))
    };
    let allows_all =
        is_all(&statement.resources) && is_all(&statement.actions) && statement.conditions.entries.is_empty();
    if matches!(statement.effect, Effect::Allow) && !allows_all {
        let span = statement.effect_span.or(statement.span);
        walk.report(
            Issue::at(Check::RcpSyntaxErrorAllow, span, Some(&statement.origin))
                .element("Effect")
                .value("Allow"),
        );
    }
    if let Some(elements) = &statement.not_actions {
        let span = elements.key_span.or(elements.span);
        walk.report(
            Issue::at(Check::RcpSyntaxErrorNotaction, span, Some(&statement.origin)).element("NotAction"),
        );
    }
}

fn empty<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    // IAM refuses a statement for an identity that has no actions or resources.
    let fate = if walk.is_identity() { Fate::Rejected } else { Fate::Unknown };
    let lists: [(Check, &'static str, &'d Option<Elements>); 4] = [
        (Check::EmptyArrayAction, "Action", &statement.actions),
        (Check::EmptyArrayAction, "NotAction", &statement.not_actions),
        (Check::EmptyArrayResource, "Resource", &statement.resources),
        (Check::EmptyArrayResource, "NotResource", &statement.not_resources),
    ];
    for (check, element, elements) in lists {
        // An element of another type is none, and said to be that.
        let has_type = has_type(walk, statement, element);
        let is_empty = |elements: &&Elements| elements.is_empty() && elements.is_list && has_type;
        let Some(elements) = elements.as_ref().filter(is_empty) else { continue };
        let span = elements.span.or(elements.key_span);
        walk.report(Issue::at(check, span, Some(&statement.origin)).element(element).fate(fate));
    }
    empty_principals(walk, statement);
    empty_conditions(walk, statement);
    if let Some(sid) = statement.sid.as_ref().filter(|sid| sid.as_known() == Some("")) {
        walk.report(Issue::of(Check::EmptySidValue, sid).element("Sid"));
    }
}

/// Whether nothing is wrong with the type of an element or of a part of it.
fn has_type(walk: &Walk<'_>, statement: &Statement, element: &str) -> bool {
    let of_statement = |note: &&Malformed| note.statement == Some(statement.index);
    !walk.document.malformed.iter().filter(of_statement).any(|note| &*note.element == element)
}

fn empty_principals<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    let named = [("Principal", &statement.principals), ("NotPrincipal", &statement.not_principals)];
    for (element, principals) in named {
        let Some(principals) = principals else { continue };
        for group in principals.groups.iter().filter(|group| group.is_empty) {
            let issue =
                Issue::at(Check::EmptyArrayPrincipal, group.span.or(group.key_span), Some(&statement.origin));
            walk.report(issue.element(element).value(Said::name(&group.name)));
        }
        if principals.groups.is_empty() && principals.items.is_empty() && principals.rest.is_none() {
            let span = principals.span.or(principals.key_span);
            let issue = Issue::at(Check::EmptyObjectPrincipal, span, Some(&statement.origin));
            walk.report(issue.element(element));
        }
    }
}

fn empty_conditions<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    let conditions = &statement.conditions;
    let is_empty = conditions.is_given
        && conditions.operators.is_empty()
        && conditions.entries.is_empty()
        && conditions.rest.is_none();
    if is_empty && has_type(walk, statement, "Condition") {
        let span = conditions.span.or(conditions.key_span);
        let issue = Issue::at(Check::EmptyObjectCondition, span, Some(&statement.origin));
        walk.report(issue.element("Condition"));
    }
    for operator in conditions.operators.iter().filter(|operator| operator.is_empty) {
        let span = operator.span.or(operator.key_span);
        let issue = Issue::at(Check::EmptyObjectCondition, span, Some(&statement.origin));
        walk.report(issue.element(Said::name(&operator.name)));
    }
    for entry in conditions.entries.iter().filter(|entry| entry.values.is_empty() && entry.values.is_list) {
        let check = match entry.operator {
            Some(operator) if operator.set == Some(SetPrefix::ForAllValues) => {
                Check::EmptyArrayConditionForallvalues
            }
            Some(operator) if operator.set == Some(SetPrefix::ForAnyValue) => {
                Check::EmptyArrayConditionForanyvalue
            }
            Some(operator) if operator.if_exists => Check::EmptyArrayConditionIfexists,
            _ => Check::EmptyArrayCondition,
        };
        let span = entry.values.span.or(entry.key_span);
        let issue = Issue::at(check, span, Some(&statement.origin));
        walk.report(issue.element(Said::operator(entry)).value(Said::key(entry)));
    }
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    #[test]
    fn an_element_of_another_type_is_said_to_be_that_alone() {
        let of = |resource: &str| {
            let statement =
                format!(r#"{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": {resource}}}"#);
            of_statement(&statement, PolicyKind::Identity)
        };
        assert_eq!(of(r#"[{"Fn::Sub": "x"}]"#).len(), 1);
        assert!(of("[]").iter().any(|issue| issue.starts_with("empty-array-resource")), "{:?}", of("[]"));
    }

    #[test]
    fn each_kind_has_its_elements() {
        let cases = [
            (PolicyKind::Identity, r#"{"Effect": "Allow", "Action": "s3:GetObject"}"#, "missing-resource "),
            (PolicyKind::Identity, r#"{"Effect": "Allow", "Resource": "*"}"#, "missing-action "),
            (
                PolicyKind::Identity,
                r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"}"#,
                "unsupported-principal ",
            ),
            (
                PolicyKind::Scp,
                r#"{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"}"#,
                "scp-syntax-error-principal ",
            ),
            (
                PolicyKind::Key,
                r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}"#,
                "missing-principal ",
            ),
            (
                PolicyKind::Trust,
                r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111122223333"}, "Resource": "*"}"#,
                "role-trust-policy-syntax-error-resource ",
            ),
            (
                PolicyKind::Trust,
                r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}"#,
                "role-trust-policy-unsupported-wildcard-in-principal *",
            ),
            (
                PolicyKind::Trust,
                r#"{"Effect": "Deny", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": "111122223333"}}"#,
                "role-trust-policy-syntax-error-notprincipal ",
            ),
            (
                PolicyKind::Rcp,
                r#"{"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*", "Resource": "arn:aws:s3:::x/*"}"#,
                "rcp-syntax-error-allow Allow",
            ),
            (
                PolicyKind::Rcp,
                r#"{"Effect": "Allow", "Action": "s3:*", "Principal": "*", "Resource": "*"}"#,
                "rcp-syntax-error-allow Allow",
            ),
            (
                PolicyKind::Rcp,
                r#"{"Effect": "Deny", "NotAction": "s3:GetObject", "Principal": "*", "Resource": "*"}"#,
                "rcp-syntax-error-notaction ",
            ),
            (
                PolicyKind::Rcp,
                r#"{"Effect": "Deny", "Action": "s3:GetObject", "Principal": {"AWS": "*"}, "Resource": "*"}"#,
                "rcp-syntax-error-principal *",
            ),
        ];
        for (kind, statement, expected) in cases {
            assert_eq!(of_statement(statement, kind), [expected], "{kind}: {statement}");
        }
    }

    #[test]
    fn policies_that_need_no_resource_are_left_alone() {
        let cases = [
            (
                PolicyKind::Trust,
                r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}"#,
            ),
            (
                PolicyKind::Resource,
                r#"{"Effect": "Allow", "Action": "ecr:BatchGetImage", "Principal": {"AWS": "111122223333"}}"#,
            ),
        ];
        for (kind, statement) in cases {
            assert!(of_statement(statement, kind).is_empty(), "{kind}: {statement}");
        }
    }

    #[test]
    fn what_is_empty_is_named() {
        let statement = |more: &str| {
            format!(
                r#"{{"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": {{"AWS": "111122223333"}}{more}}}"#
            )
        };
        let cases = [
            (r#", "Condition": {}"#, "empty-object-condition "),
            (r#", "Condition": {"Bool": {}}"#, "empty-object-condition "),
            (r#", "Condition": {"StringEquals": {"s3:prefix": []}}"#, "empty-array-condition s3:prefix"),
            (
                r#", "Condition": {"StringEqualsIfExists": {"s3:prefix": []}}"#,
                "empty-array-condition-ifexists s3:prefix",
            ),
            (
                r#", "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": []}}"#,
                "empty-array-condition-forallvalues aws:TagKeys",
            ),
            (
                r#", "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": []}}"#,
                "empty-array-condition-foranyvalue aws:TagKeys",
            ),
        ];
        for (more, expected) in cases {
            assert_eq!(of_statement(&statement(more), PolicyKind::Resource), [expected], "{more}");
        }
        let rest =
            r#"{"Sid": "", "Effect": "Allow", "Action": [], "Resource": [], "Principal": {"AWS": []}}"#;
        let expected =
            ["empty-array-action ", "empty-array-resource ", "empty-array-principal AWS", "empty-sid-value "];
        assert_eq!(of_statement(rest, PolicyKind::Resource), expected);
    }
}
