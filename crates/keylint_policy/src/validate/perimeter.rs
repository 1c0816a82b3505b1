//! What belongs to a data perimeter: resource control policies, keys that few services have, and values that must
//! be exact.
//!
//! Sources: IAM User Guide, "IAM policy validation check reference", "AWS global condition context keys"; AWS
//! Organizations User Guide, "RCP syntax"; AWS KMS Developer Guide, "AWS KMS condition keys"; Amazon S3 User Guide,
//! "Bucket policy examples using condition keys".

use std::borrow::Cow;

use keylint_model::nearest;

use super::condition::at_key;
use super::listed::{Actions, in_a_row};
use super::variable::without_variables;
use super::{Check, Issue, Said, Suggestion, Walk, known};
use crate::document::{ConditionEntry, Effect, Statement};
use crate::element::{Element, SECRET};
use crate::glob::matches_known;
use crate::kind::PolicyKind;
use crate::matching::variables;
use crate::operator::{Base, Family, Operator};
use crate::service::{KeySet, condition_key, is_via_service, region, regions, service};

pub(super) fn check<'d>(walk: &mut Walk<'d>, statement: &'d Statement, actions: &Actions<'d>) {
    let is_rcp = walk.is_certainly(PolicyKind::Rcp) && matches!(statement.effect, Effect::Deny);
    if is_rcp {
        for action in statement.actions.iter().flatten() {
            supported(walk, action);
        }
    }
    for entry in &statement.conditions.entries {
        few_services(walk, actions, entry);
        let Some(operator) = entry.operator else { continue };
        if is_rcp && operator.holds_without_key() && operator.base != Base::Null {
            integrations(walk, statement, entry);
        }
        if operator.base.family() == Family::String {
            for value in &entry.values {
                exact(walk, statement, entry, operator, value);
                named(walk, entry, operator, value);
            }
        }
    }
}

/// An action that a resource control policy cannot be about.
fn supported<'d>(walk: &mut Walk<'d>, action: &'d Element) {
    let Some(text) = known(action) else { return };
    let prefix = text.split_once(':').map_or(text, |(prefix, _)| prefix);
    let is_supported = service(prefix).is_some_and(|service| service.supports_rcp());
    // A service that does not exist is wrong for that.
    if !is_supported && (service(prefix).is_some() || prefix.contains('*')) {
        walk.report(
            Issue::of(Check::RcpSyntaxErrorAction, action)
                .element("Action")
                .other(Said::of(&action.origin, prefix)),
        );
    }
}

/// Keys in a Deny of a resource control policy that a request without the key meets.
fn integrations<'d>(walk: &mut Walk<'d>, statement: &'d Statement, entry: &'d ConditionEntry) {
    if statement.conditions.rest.is_some() {
        return;
    }
    let entries = &statement.conditions.entries;
    let is_service = |wanted: &str| {
        entries.iter().any(|other| {
            other.is_about("aws:PrincipalIsAWSService")
                && other.operator.is_some_and(|operator| operator.base == Base::Bool)
                && other
                    .values
                    .iter()
                    .all(|value| value.as_known().is_none_or(|text| text.eq_ignore_ascii_case(wanted)))
        })
    };
    let has_source = entries.iter().any(|other| {
        ["aws:SourceAccount", "aws:SourceArn"].iter().any(|key| other.is_about(key))
            && other.operator.is_some_and(|operator| operator.base == Base::Null)
    });
    if KeySet::Caller.has(&entry.key) && !is_service("false") {
        walk.report(at_key(Check::RcpMissingRelatedPrincipalConditionKey, entry));
    }
    if KeySet::Source.has(&entry.key) {
        if !has_source && !is_service("true") {
            walk.report(at_key(Check::RcpMissingRelatedServicePrincipalConditionKey, entry));
        } else if !has_source {
            walk.report(at_key(Check::RcpMissingServiceConditionKeyNullCheck, entry));
        }
    }
}

/// Keys of VPC endpoints that only some services put into a request.
fn few_services<'d>(walk: &mut Walk<'d>, actions: &Actions<'d>, entry: &'d ConditionEntry) {
    let counts = entry.operator.is_some_and(super::keys::needs_key);
    let is_meant = counts && KeySet::EndpointOwner.has(&entry.key);
    let Some(key) = condition_key(&entry.key).filter(|_| is_meant) else {
        return;
    };
    let supporting: Vec<_> = key.only_services().collect();
    let mut others: Vec<&str> = Vec::new();
    for (element, action) in
        actions.listed.iter().flat_map(|listed| listed.actions.iter().map(|action| (listed.element, action)))
    {
        let service = action.service();
        let said = if element.origin.marks.sensitive { SECRET } else { service.prefix() };
        if !supporting.contains(&service) && !others.contains(&said) {
            others.push(said);
        }
    }
    if !supporting.is_empty() && !others.is_empty() {
        let issue = at_key(Check::UseConditionKeyOnlyWithSupportedServices, entry);
        walk.report(issue.other(in_a_row(others.into_iter().map(Cow::Borrowed))));
    }
}

/// Values that AWS wants exact: a wildcard or a variable of the caller's lets others in.
fn exact<'d>(
    walk: &mut Walk<'d>,
    statement: &'d Statement,
    entry: &'d ConditionEntry,
    operator: Operator,
    value: &'d Element,
) {
    let is_sensitive = condition_key(&entry.key).is_some_and(|key| key.is_sensitive());
    let is_user_id = entry.is_about("aws:userid");
    let Some(text) = known(value).filter(|text| *text != "*" && (is_sensitive || is_user_id)) else { return };
    let is_like = matches!(operator.base, Base::StringLike | Base::StringNotLike);
    let has_variable = variables(text, statement.version).any(is_of_caller);
    let plain = without_variables(text);
    let has_wildcard = is_like && plain.contains(['*', '?']);
    let why = if is_sensitive {
        "takes whole values only"
    } else {
        // The part before the colon is the unique id of a role, or all of it is a pattern.
        let (left, _) = text.split_once(':').unwrap_or((text, ""));
        let is_whole = matches!(left, "*") || (left.starts_with("${") && left.ends_with('}'));
        let is_fixed = text.contains(':') && !left.contains(['*', '?', '$']);
        if is_whole && text.contains(':') || is_fixed {
            return;
        }
        "has to be whole before the colon"
    };
    let check = match (has_wildcard, has_variable) {
        (true, _) => Check::WildcardUsageTooPermissive,
        (false, true) => Check::VariableUsageTooPermissive,
        (false, false) => return,
    };
    walk.report(Issue::of(check, value).element(Said::key(entry)).other(why));
}

/// Whether a caller decides what a variable stands for, or whoever tags or names the caller.
fn is_of_caller(variable: &str) -> bool {
    let name = variable.split(',').next().unwrap_or_default().trim().to_ascii_lowercase();
    ["aws:principaltag/", "aws:requesttag/", "aws:resourcetag/"].iter().any(|start| name.starts_with(start))
        || ["aws:username", "aws:userid", "aws:sourceidentity"].contains(&name.as_str())
}

/// Values that name a Region, a service or a key.
fn named<'d>(walk: &mut Walk<'d>, entry: &'d ConditionEntry, operator: Operator, value: &'d Element) {
    let Some(text) = known(value).filter(|text| !text.is_empty() && !text.contains("${")) else { return };
    let is_like = matches!(operator.base, Base::StringLike | Base::StringNotLike);
    let is_pattern = text.contains(['*', '?']);
    // Other operators compare wildcards as they are, which a check of its own says.
    if is_pattern && !is_like {
        return;
    }
    let issue = |check| Issue::of(check, value).element(Said::key(entry));
    // A value in braces is for somebody to fill in: no name has them.
    if text.contains(['{', '[', '<']) {
        return;
    }
    if entry.is_about("aws:RequestedRegion") {
        let is_known = if is_pattern {
            regions().any(|region| matches_known(text, region.name, |one, other| one == other))
        } else {
            region(text).is_some()
        };
        if !is_known {
            let meant = nearest(text, regions().map(|region| region.name)).filter(|_| !is_pattern);
            let meant = meant.map(|meant| Suggestion::value(value, meant));
            walk.report(issue(Check::InvalidRegion).suggest(meant));
        }
        return;
    }
    if is_pattern {
        return;
    }
    if entry.is_about("kms:ViaService") {
        if !is_via(text) {
            walk.report(issue(Check::InvalidServicePrincipalFormat).other("SERVICE.REGION.amazonaws.com"));
        }
    } else if KeySet::ServiceName.has(&entry.key) {
        let is_host = text.contains('.') && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        if !is_host {
            walk.report(issue(Check::InvalidServicePrincipalFormat).other("SERVICE.amazonaws.com"));
        }
    } else if entry.is_about("s3:x-amz-server-side-encryption-aws-kms-key-id") && !is_key_arn(text) {
        walk.report(issue(Check::InvalidKmsKeyValue));
    }
}

/// Whether a text can be a value of `kms:ViaService`: a service that AWS KMS lists, or one of a later day,
/// with a Region.
fn is_via(text: &str) -> bool {
    let Some(name) = text.strip_suffix(".amazonaws.com") else { return false };
    let Some((service, place)) = name.rsplit_once('.') else { return false };
    let looks_like_region =
        place.split('-').count() >= 3 && place.ends_with(|last: char| last.is_ascii_digit());
    looks_like_region && (is_via_service(service) || service.bytes().all(|byte| !byte.is_ascii_uppercase()))
}

fn is_key_arn(text: &str) -> bool {
    let mut fields = text.splitn(6, ':');
    let (arn, _, service) = (fields.next(), fields.next(), fields.next());
    let is_placed = fields.next().is_some_and(|region| !region.is_empty())
        && fields.next().is_some_and(|account| !account.is_empty());
    let is_key =
        fields.next().and_then(|resource| resource.strip_prefix("key/")).is_some_and(|id| !id.is_empty());
    arn == Some("arn") && service == Some("kms") && is_placed && is_key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::testing::of_statement;

    fn of(effect: &str, action: &str, condition: &str, kind: PolicyKind) -> Vec<String> {
        let principal = if kind == PolicyKind::Rcp { r#""Principal": "*", "# } else { "" };
        let statement = format!(
            r#"{{"Effect": "{effect}", {principal}"Action": {action}, "Resource": "*", "Condition": {{{condition}}}}}"#
        );
        let wanted = [
            "rcp-",
            "use-condition-key",
            "too-permissive",
            "invalid-region",
            "invalid-service-principal",
            "invalid-kms",
        ];
        let found = of_statement(&statement, kind).into_iter();
        found.filter(|found| wanted.iter().any(|part| found.contains(part))).collect()
    }

    #[test]
    fn resource_control_policies_spare_services() {
        let rcp = |action: &str, condition: &str| of("Deny", action, condition, PolicyKind::Rcp);
        let org = r#""StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#;
        let source = r#""StringNotEqualsIfExists": {"aws:SourceOrgID": "o-a1b2c3d4e5"}"#;
        let flag = |value: &str| format!(r#", "BoolIfExists": {{"aws:PrincipalIsAWSService": "{value}"}}"#);
        let null = r#", "Null": {"aws:SourceAccount": "false"}"#;
        assert_eq!(rcp(r#""s3:*""#, org), ["rcp-missing-related-principal-condition-key aws:PrincipalOrgID"]);
        assert_eq!(rcp(r#""s3:*""#, &(org.to_owned() + &flag("false"))), [""; 0]);
        assert_eq!(
            rcp(r#""s3:*""#, source),
            ["rcp-missing-related-service-principal-condition-key aws:SourceOrgID"]
        );
        assert_eq!(
            rcp(r#""s3:*""#, &(source.to_owned() + &flag("true"))),
            ["rcp-missing-service-condition-key-null-check aws:SourceOrgID"]
        );
        assert_eq!(rcp(r#""s3:*""#, &(source.to_owned() + &flag("true") + null)), [""; 0]);
        assert_eq!(
            rcp(r#"["s3:*", "iam:*", "*"]"#, ""),
            ["rcp-syntax-error-action iam:*", "rcp-syntax-error-action *"]
        );
    }

    #[test]
    fn values_are_what_their_keys_have() {
        let wrong = [
            (r#""StringLike": {"aws:SourceVpc": "vpc-*"}"#, "wildcard-usage-too-permissive vpc-*"),
            (
                r#""StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalTag/account}"}"#,
                "variable-usage-too-permissive ${aws:PrincipalTag/account}",
            ),
            (r#""StringLike": {"aws:userid": "AROA*"}"#, "wildcard-usage-too-permissive AROA*"),
            (r#""StringEquals": {"aws:RequestedRegion": "eu-wset-1"}"#, "invalid-region eu-wset-1"),
            (
                r#""StringEquals": {"kms:ViaService": "secretsmanager.amazonaws.com"}"#,
                "invalid-service-principal-format secretsmanager.amazonaws.com",
            ),
            (
                r#""StringEquals": {"iam:PassedToService": "ecs-tasks"}"#,
                "invalid-service-principal-format ecs-tasks",
            ),
            (
                r#""StringEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "alias/app"}"#,
                "invalid-kms-key-value alias/app",
            ),
        ];
        for (condition, expected) in wrong {
            assert_eq!(of("Allow", r#""*""#, condition, PolicyKind::Identity), [expected], "{condition}");
        }
        let right = [
            r#""StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}"#,
            r#""StringLike": {"aws:userid": ["AROAEXAMPLE:*", "*:me"]}"#,
            r#""StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}"#,
            r#""StringLike": {"aws:RequestedRegion": ["eu-*", "eu-west-1"]}"#,
            r#""StringEquals": {"aws:RequestedRegion": "{example-region-1}"}"#,
            r#""StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"}"#,
            r#""StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}"#,
            r#""StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}"#,
            r#""StringEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-west-1:111122223333:key/x"}"#,
            r#""StringEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "«aws_kms_key.x.arn»"}"#,
        ];
        for condition in right {
            assert_eq!(of("Allow", r#""*""#, condition, PolicyKind::Identity), [""; 0], "{condition}");
        }
    }
}
