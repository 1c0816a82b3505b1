//! Conditions that tell callers apart less well than they look.
//!
//! Sources: IAM User Guide, "IAM policy validation check reference", "AWS global condition context keys",
//! "Set operators for multi-valued context keys", "The confused deputy problem"; Amazon DynamoDB Developer
//! Guide, "Using IAM policy conditions for fine-grained access control".

use keylint_model::Verdict;

use super::condition::{at_key, at_operator};
use super::federation::is_audience;
use super::listed::Actions;
use super::{Check, Issue, Said, Suggestion, Walk};
use crate::document::{ConditionEntry, Effect, PrincipalKind, Statement};
use crate::element::Element;
use crate::kind::PolicyKind;
use crate::matching::matches_action;
use crate::operator::{Base, Operator, SetPrefix};
use crate::rewrite::is_alone;
use crate::service::{KeySet, KeyType, condition_key};

pub(super) fn check<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    if matches!(statement.effect, Effect::Allow)
        && walk.kind() != PolicyKind::Trust
        && let Some(except) = &statement.not_principals
    {
        let span = except.key_span.or(except.span);
        let issue = Issue::at(Check::AllowWithNotPrincipal, span, Some(&statement.origin));
        walk.report(issue.element("NotPrincipal"));
    }
    services(walk, statement);
    for entry in &statement.conditions.entries {
        spoofable(walk, statement, entry);
        pairs(walk, statement, entry);
        if let Some(operator) = entry.operator {
            single(walk, statement, entry, operator);
            arns(walk, statement, entry, operator);
        }
    }
    attributes(walk, statement);
}

/// The services that a statement of a resource policy is for; none if it is for others too.
fn services_alone(statement: &Statement) -> Vec<&Element> {
    let Some(principals) = statement.principals.as_ref().filter(|principals| principals.rest.is_none())
    else {
        return Vec::new();
    };
    let is_service = |(kind, element): &(PrincipalKind, Element)| {
        *kind == PrincipalKind::Service && element.as_known().is_some()
    };
    if !principals.items.iter().all(is_service) {
        return Vec::new();
    }
    principals.of(PrincipalKind::Service).collect()
}

fn services<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    let is_of_resource = matches!(walk.kind(), PolicyKind::Key | PolicyKind::Secret | PolicyKind::Resource);
    if !is_of_resource {
        return;
    }
    let alone = services_alone(statement);
    if !alone.is_empty() && alone.iter().all(|service| service.as_known() == Some("cloudfront.amazonaws.com"))
    {
        for entry in statement.conditions.entries.iter().filter(|entry| entry.is_about("aws:PrincipalOrgID"))
        {
            walk.report(
                at_key(Check::UnsupportedConditionKeyForServicePrincipal, entry)
                    .other("cloudfront.amazonaws.com"),
            );
        }
    }
    if !matches!(statement.effect, Effect::Allow) || statement.conditions.rest.is_some() {
        return;
    }
    let asks = |entry: &&ConditionEntry| entry.operator.is_none_or(|operator| !operator.holds_without_key());
    let says_source = |entry: &ConditionEntry| {
        KeySet::Source.has(&entry.key)
            || entry.is_about("aws:SourceOwner")
            || entry.is_about("aws:Referer")
            || entry.key.to_ascii_lowercase().starts_with("kms:encryptioncontext:")
    };
    if statement.conditions.entries.iter().filter(asks).any(says_source) {
        return;
    }
    let principals = statement.principals.iter().flat_map(|principals| principals.of(PrincipalKind::Service));
    let document = walk.document;
    for service in principals.filter(|service| service.as_known().is_some()) {
        if document.denies_other_sources(statement, service) != Verdict::No {
            continue;
        }
        walk.report(Issue::of(Check::RestrictAccessToServicePrincipal, service).element("Principal"));
    }
}

/// A key that the caller fills in. A service that calls for somebody fills in `aws:Referer` itself.
fn spoofable<'d>(walk: &mut Walk<'d>, statement: &'d Statement, entry: &'d ConditionEntry) {
    let is_null = entry.operator.is_some_and(|operator| operator.base == Base::Null);
    if is_null || !KeySet::Spoofable.has(&entry.key) {
        return;
    }
    let services = services_alone(statement);
    match services.first().filter(|service| service.as_known().is_some()) {
        Some(service) if entry.is_about("aws:Referer") => {
            walk.report(at_key(Check::RecommendedConditionKeyForServicePrincipal, entry).other(*service));
        }
        Some(_) => {}
        None => walk.report(at_key(Check::UntrustworthyConditionKey, entry)),
    }
}

/// A private address means nothing without the VPC that it is of.
fn pairs<'d>(walk: &mut Walk<'d>, statement: &'d Statement, entry: &'d ConditionEntry) {
    let has_network = statement.conditions.entries.iter().any(|other| KeySet::Vpc.has(&other.key));
    if entry.is_about("aws:VpcSourceIp") && statement.conditions.rest.is_none() && !has_network {
        walk.report(at_key(Check::MissingPairedConditionKeys, entry).other("aws:SourceVpc"));
    }
}

/// `ForAllValues` on a key of one value: what it adds is that a request without the key passes.
fn single<'d>(walk: &mut Walk<'d>, statement: &'d Statement, entry: &'d ConditionEntry, operator: Operator) {
    let is_for_all = operator.set == Some(SetPrefix::ForAllValues) && operator.base != Base::Null;
    if !is_for_all || !matches!(statement.effect, Effect::Allow) {
        return;
    }
    let Some(key) = condition_key(&entry.key).filter(|key| !key.is_multi_valued()) else { return };
    // Which providers have several audiences is not published.
    if key.key_type().is_none() || (is_audience(entry) && !super::federation::is_listed_claim(entry)) {
        return;
    }
    let asks_for_key = statement.conditions.entries.iter().any(|other| {
        other.is_about(&entry.key) && other.operator.is_some_and(|operator| operator.base == Base::Null)
    });
    if asks_for_key {
        return;
    }
    let name = entry.operator_name.get("ForAllValues:".len()..).unwrap_or_default();
    let suggestion = is_alone(statement, entry)
        .then(|| Suggestion::token(&entry.operator_name, entry.operator_span, name));
    walk.report(
        at_operator(Check::ForallvaluesWithSingleValuedKey, entry)
            .other(Said::name(name))
            .suggest(suggestion),
    );
}

/// Patterns of ARNs that are compared as strings, so that a wildcard of one field takes in others.
fn arns<'d>(walk: &mut Walk<'d>, statement: &'d Statement, entry: &'d ConditionEntry, operator: Operator) {
    let like = match operator.base {
        Base::StringLike => ("StringLike", "ArnLike"),
        Base::StringNotLike => ("StringNotLike", "ArnNotLike"),
        _ => return,
    };
    let is_arn = condition_key(&entry.key)
        .is_some_and(|key| key.key_type() == Some(KeyType::Arn) && key.other_type().is_none());
    let texts = || entry.values.iter().map(|value| value.text.to_string());
    let has_pattern = texts().any(|text| text != "*" && text.contains(['*', '?']));
    if !is_arn || !has_pattern {
        return;
    }
    let name = entry.operator_name.replacen(like.0, like.1, 1);
    // What is no whole ARN matches nothing as one.
    let are_whole = entry.values.iter().all(|value| {
        value.as_known().is_some_and(|text| text.starts_with("arn:") && text.splitn(6, ':').count() == 6)
    });
    let suggestion = (are_whole && name != *entry.operator_name && is_alone(statement, entry))
        .then(|| Suggestion::token(&entry.operator_name, entry.operator_span, name));
    let issue = at_operator(Check::StringLikeOperatorWithArnConditionKeys, entry).other(like.1);
    walk.report(issue.suggest(suggestion));
}

/// Attributes of a table that may be read, without the condition that a request asks for attributes at all.
fn attributes<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    const READS: [&str; 6] = [
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:TransactGetItems",
        "dynamodb:PartiQLSelect",
    ];
    let entries = &statement.conditions.entries;
    let Some(entry) = entries.iter().find(|entry| entry.is_about("dynamodb:Attributes")) else { return };
    let reads = statement
        .actions
        .iter()
        .flatten()
        .any(|action| READS.iter().any(|read| matches_action(&action.text, read) == Verdict::Yes));
    let selects = entries.iter().any(|entry| entry.is_about("dynamodb:Select"));
    let is_null = entry.operator.is_some_and(|operator| operator.base == Base::Null);
    let is_open = statement.conditions.rest.is_some() || selects || is_null;
    if matches!(statement.effect, Effect::Allow) && reads && !is_open {
        walk.report(at_key(Check::DynamodbAttributesWithoutSelect, entry));
    }
}

/// A key that says whose a resource is, in the policy of that resource.
pub(super) fn irrelevant<'d>(walk: &mut Walk<'d>, actions: &Actions<'d>, entry: &'d ConditionEntry) {
    let is_of_s3 = match walk.usage.holder {
        Some(holder) => holder.starts_with("s3."),
        None => {
            let mut services = actions.listed.iter().flat_map(|listed| &listed.actions);
            actions.is_whole
                && !actions.listed.is_empty()
                && services.all(|action| action.service().prefix() == "s3")
        }
    };
    if walk.kind() == PolicyKind::Resource && is_of_s3 && entry.is_about("s3:ResourceAccount") {
        walk.report(at_key(Check::IrrelevantConditionKeyInPolicy, entry));
    }
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    fn of(statement: &str, kind: PolicyKind, check: &str) -> Vec<String> {
        let found = of_statement(statement, kind).into_iter();
        found.filter_map(|found| Some(found.strip_prefix(check)?.trim().to_owned())).collect()
    }

    fn identity(actions: &str, condition: &str) -> String {
        format!(
            r#"{{"Effect": "Allow", "Action": {actions}, "Resource": "*", "Condition": {{{condition}}}}}"#
        )
    }

    fn resource(principal: &str, condition: &str) -> String {
        format!(
            r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {{{condition}}}}}"#
        )
    }

    #[test]
    fn services_are_tied_to_a_source() {
        let sns = r#"{"Service": "sns.amazonaws.com"}"#;
        let open = |principal: &str, condition: &str| {
            of(&resource(principal, condition), PolicyKind::Resource, "restrict-access-to-service-principal")
        };
        let loose = r#""StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}"#;
        assert_eq!(open(sns, loose), ["sns.amazonaws.com"]);
        for condition in [
            r#""StringEquals": {"aws:SourceAccount": "111122223333"}"#,
            r#""ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:x"}"#,
        ] {
            assert_eq!(open(sns, condition), [""; 0], "{condition}");
        }
        assert_eq!(open(r#"{"AWS": "111122223333"}"#, ""), [""; 0]);
        let denial = r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}}"#;
        let guarded = format!("{}, {denial}", resource(sns, ""));
        assert_eq!(of(&guarded, PolicyKind::Resource, "restrict-access-to-service-principal"), [""; 0]);
    }

    #[test]
    fn what_callers_fill_in_is_no_control() {
        let referer = r#""StringEquals": {"aws:Referer": "111122223333"}"#;
        let everybody = resource(r#""*""#, referer);
        assert_eq!(of(&everybody, PolicyKind::Resource, "untrustworthy-condition-key"), ["aws:Referer"]);
        let service = resource(r#"{"Service": "ses.amazonaws.com"}"#, referer);
        assert_eq!(of(&service, PolicyKind::Resource, "untrustworthy-condition-key"), [""; 0]);
        assert_eq!(
            of(&service, PolicyKind::Resource, "recommended-condition-key"),
            ["-for-service-principal aws:Referer"]
        );
    }

    #[test]
    fn keys_are_compared_with_what_fits_them() {
        let cases = [
            (
                r#""s3:*""#,
                r#""ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-12345678"}"#,
                "forallvalues-with-single-valued-key",
                "aws:SourceVpc",
            ),
            (
                r#""s3:*""#,
                r#""StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}"#,
                "string-like-operator-with-arn-condition-keys",
                "aws:PrincipalArn",
            ),
            (
                r#""s3:*""#,
                r#""IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}"#,
                "missing-paired-condition-keys",
                "aws:VpcSourceIp",
            ),
            (
                r#""dynamodb:Query""#,
                r#""ForAllValues:StringEquals": {"dynamodb:Attributes": ["a"]}"#,
                "dynamodb-attributes-without-select",
                "dynamodb:Attributes",
            ),
        ];
        for (actions, condition, check, expected) in cases {
            assert_eq!(
                of(&identity(actions, condition), PolicyKind::Identity, check),
                [expected],
                "{condition}"
            );
        }
        let right = [
            (
                r#""s3:*""#,
                r#""ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-12345678"}, "Null": {"aws:SourceVpc": "false"}"#,
                "forallvalues",
            ),
            (r#""s3:*""#, r#""ForAllValues:StringEquals": {"aws:TagKeys": "a"}"#, "forallvalues"),
            (r#""s3:*""#, r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}"#, "string-like"),
            (
                r#""s3:*""#,
                r#""IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}, "StringEquals": {"aws:SourceVpc": "vpc-12345678"}"#,
                "missing-paired",
            ),
            (
                r#""dynamodb:PutItem""#,
                r#""ForAllValues:StringEquals": {"dynamodb:Attributes": ["a"]}"#,
                "dynamodb",
            ),
            (
                r#""dynamodb:Query""#,
                r#""ForAllValues:StringEquals": {"dynamodb:Attributes": ["a"]}, "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}"#,
                "dynamodb",
            ),
        ];
        for (actions, condition, check) in right {
            assert_eq!(
                of(&identity(actions, condition), PolicyKind::Identity, check),
                [""; 0],
                "{condition}"
            );
        }
    }
}
