//! The form of a resource: the fields of an ARN, as far as they do not depend on the service.
//!
//! IAM completes an ARN of an identity policy that has fewer than six fields with `*`, but refuses one
//! with empty fields in between. Source: IAM User Guide, "Grammar of the IAM JSON policy language";
//! its messages are recorded in `testdata/policies`.

use keylint_model::{Part, Shape};

use super::fields::{Field, Fields};
use super::variable::is_swallowed;
use super::{Check, Fate, Issue, Said, Suggestion, Walk, action, form, holder, is_placeholder};
use crate::element::Element;
use crate::evaluate::is_account;
use crate::kind::PolicyKind;
use crate::service;

/// What the resource part of an ARN of IAM starts with: IAM lists it in the message with which it
/// refuses others.
const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// Checks an element of `Resource` or `NotResource`.
pub(super) fn resource<'d>(walk: &mut Walk<'d>, element: &'static str, resource: &'d Element) {
    if walk.kind() == PolicyKind::Trust || resource.as_known() == Some("*") {
        return;
    }
    if action::wrong_type(walk, element, resource) || is_swallowed(resource, walk.document.version) {
        return;
    }
    let fate = if walk.is_identity() { Fate::Rejected } else { Fate::Unknown };
    if is_name(resource) {
        walk.report(Issue::of(Check::InvalidArnPrefix, resource).element(element).fate(fate));
        return;
    }
    let Fields { fields, is_whole } = Fields::of(resource);
    let Some((prefix, rest)) = fields.split_first() else { return };
    let prefix = prefix.text();
    if rest.is_empty() {
        // A text without a colon that is known to the end, or one that starts otherwise than an ARN.
        let is_other = is_whole && !is_abbreviated(walk, prefix);
        if is_other {
            walk.report(Issue::of(Check::InvalidArnPrefix, resource).element(element).fate(fate));
        }
        return;
    }
    if prefix != "arn" {
        if !is_abbreviated(walk, prefix) && !is_pattern(prefix) {
            prefix_missing(walk, element, resource, prefix, rest);
        }
        return;
    }
    fields_of_arn(walk, element, resource, rest, is_whole);
}

/// The fields of a text that starts with `arn:`, from the partition on.
fn fields_of_arn<'d>(
    walk: &mut Walk<'d>,
    element: &'static str,
    resource: &'d Element,
    fields: &[Field<'_>],
    is_whole: bool,
) {
    let fate = if walk.is_identity() { Fate::Rejected } else { Fate::Unknown };
    let issue = |check| Issue::of(check, resource).element(element);
    let Some((partition, rest)) = fields.split_first() else { return };
    if !is_partition(partition) {
        let shown = Said::of(&resource.origin, partition.shown().into_owned());
        walk.report(issue(Check::InvalidPartition).other(shown).fate(fate));
    }
    let Some(service) = rest.first().map(Field::text) else {
        if is_whole {
            walk.report(issue(Check::MissingArnField).other("a service").fate(fate));
        }
        return;
    };
    if service.is_empty() {
        walk.report(issue(Check::MissingArnField).other("a service").fate(fate));
    } else if service.bytes().any(|byte| byte.is_ascii_uppercase()) && !is_pattern(service) {
        service_case(walk, element, resource, service);
    }
    holder::resource(walk, element, resource, service);
    if is_whole && rest.len() < 4 && !service.is_empty() {
        let is_completed = walk.is_identity() && walk.kind() != PolicyKind::Session;
        let has_gap = rest.iter().any(|field| field.text().is_empty()) || partition.text().is_empty();
        let fate = match (is_completed, has_gap) {
            (true, false) => Fate::Accepted,
            (true, true) => Fate::Rejected,
            (false, _) => fate,
        };
        walk.report(issue(Check::MissingArnField).other("a resource").fate(fate));
        return;
    }
    if let Some(account) = rest.get(2).filter(|account| !is_account_field(account)) {
        let fate = if walk.is_identity() { Fate::Accepted } else { Fate::Unknown };
        let shown = Said::of(&resource.origin, account.shown().into_owned());
        walk.report(issue(Check::InvalidArnAccount).other(shown).fate(fate));
    }
    if has_arn_within(service, rest) {
        let what = "a name where this has an ARN or a URL";
        walk.report(issue(Check::InvalidArnResource).other(what));
        return;
    }
    iam_path(walk, element, resource, rest);
    if is_whole {
        form::check(walk, element, resource, partition, rest);
    }
}

/// Whether a resource is the name of something, which deployment gives it, and no ARN: it starts with
/// the name, and nothing in it can bring a colon; or it is an address of the web.
fn is_name(resource: &Element) -> bool {
    let mut parts = resource.text.parts().iter();
    let Some(Part::Hole(first, _)) = parts.next() else { return false };
    let is_plain = |part: &Part| match part {
        Part::Known(text) => !text.contains(':') && !is_placeholder(text),
        Part::Hole(unknown, _) => unknown.shape.is_in_field(),
    };
    first.shape == Shape::Url || first.shape.is_in_field() && parts.all(is_plain)
}

/// Whether an ARN, or an address of the web, stands where an ARN has a name. The key of an object of S3 may
/// be anything.
fn has_arn_within(service: &str, fields: &[Field<'_>]) -> bool {
    let path = fields.get(3..).unwrap_or_default();
    let may_be = path.iter().any(|field| field.text().contains("arn") || field.text().contains("https"));
    if !may_be || !service::has_plain_names(service) {
        return false;
    }
    let path = path.iter().map(Field::text).collect::<Vec<_>>().join(":");
    let is_name = |at: usize| {
        let before = path.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|before| matches!(before, ':' | '/') && service != "s3")
    };
    path.starts_with("https://") || path.match_indices("arn:").any(|(at, _)| is_name(at))
}

/// An ARN of IAM names one of its types, or everything.
fn iam_path<'d>(walk: &mut Walk<'d>, element: &'static str, resource: &'d Element, rest: &[Field<'_>]) {
    let [service, _, _, path, ..] = rest else { return };
    let path = path.text();
    // The root user is the resource of `sts:AssumeRoot`.
    let is_path = ["*", "root"].contains(&path) || IAM_PATHS.iter().any(|start| path.starts_with(start));
    // A pattern for the type is refused as well; a variable in it is not known to be.
    let known = path.split("${").next().unwrap_or_default();
    let may_be = known.len() < path.len() && IAM_PATHS.iter().any(|start| start.starts_with(known));
    if service.text() != "iam" || is_path || may_be || path.is_empty() {
        return;
    }
    let fate = if walk.is_identity() { Fate::Rejected } else { Fate::Unknown };
    let issue = Issue::of(Check::InvalidArnResource, resource).element(element);
    walk.report(issue.other("user/, role/, group/, policy/ or another type of IAM").fate(fate));
}

/// A resource that does not start with `arn:`. IAM skips what stands there and takes the next field for
/// the partition.
fn prefix_missing<'d>(
    walk: &mut Walk<'d>,
    element: &'static str,
    resource: &'d Element,
    prefix: &str,
    rest: &[Field<'_>],
) {
    let fate = if walk.is_identity() { Fate::Rejected } else { Fate::Unknown };
    let text = resource.as_known();
    let is_forgotten = service::partition(prefix).is_some();
    let suggestion =
        text.filter(|_| is_forgotten).map(|text| Suggestion::value(resource, format!("arn:{text}")));
    let issue = Issue::of(Check::InvalidArnPrefix, resource).element(element);
    walk.report(issue.suggest(suggestion).fate(fate));
    if let Some(partition) = rest.first().filter(|partition| !is_forgotten && !is_partition(partition)) {
        let issue = Issue::of(Check::InvalidPartition, resource).element(element);
        let shown = Said::of(&resource.origin, partition.shown().into_owned());
        walk.report(issue.other(shown).fate(fate));
    }
}

fn service_case<'d>(walk: &mut Walk<'d>, element: &'static str, resource: &'d Element, service: &str) {
    let lower = service.to_ascii_lowercase();
    let text = resource.as_known();
    let fixed = text.map(|text| text.replacen(&format!(":{service}:"), &format!(":{lower}:"), 1));
    let suggestion = fixed.map(|fixed| Suggestion::value(resource, fixed));
    let issue = Issue::of(Check::InvalidArnServiceCase, resource).element(element);
    walk.report(issue.other(Said::of(&resource.origin, service.to_owned())).suggest(suggestion));
}

/// Whether a resource policy may name its own resource in short, as that of API Gateway does.
/// Source: API Gateway Developer Guide, "API Gateway resource policy examples".
fn is_abbreviated(walk: &Walk<'_>, prefix: &str) -> bool {
    walk.kind() == PolicyKind::Resource && prefix == "execute-api"
}

fn is_partition(partition: &Field<'_>) -> bool {
    let is_known = |text: &str| is_pattern(text) || service::partition(text).is_some();
    partition.can_be(Shape::Partition) && is_known(partition.text())
}

/// Whether a field can be an account: AWS owns some resources under a word.
fn is_account_field(account: &Field<'_>) -> bool {
    let text = account.text();
    let is_text = text.is_empty()
        || is_pattern(text)
        || is_account(text)
        || text.bytes().all(|byte| byte.is_ascii_lowercase());
    account.can_be(Shape::Account) && is_text
}

/// Whether a field stands for more than itself.
pub(super) fn is_pattern(field: &str) -> bool {
    field.contains(['*', '?', '$'])
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    fn of(resource: &str, kind: PolicyKind) -> Vec<String> {
        let statement = format!(r#"{{"Effect": "Allow", "NotAction": "iam:*", "Resource": "{resource}"}}"#);
        of_statement(&statement, kind)
            .into_iter()
            .map(|found| found.split(' ').next().unwrap_or_default().to_owned())
            .collect()
    }

    #[test]
    fn the_form_of_an_arn_is_checked_field_by_field() {
        let cases = [
            ("", &["invalid-arn-prefix"][..]),
            ("bucket", &["invalid-arn-prefix"]),
            ("aws:s3:::bucket", &["invalid-arn-prefix"]),
            ("a:b:c", &["invalid-arn-prefix", "invalid-partition"]),
            ("arn:error:s3:::bucket", &["invalid-partition"]),
            ("arn:aws", &["missing-arn-field"]),
            ("arn:aws:s3::bucket", &["missing-arn-field"]),
            ("arn:aws::::bucket", &["missing-arn-field"]),
            ("arn:aws:logs:*", &["missing-arn-field"]),
            ("arn:aws:S3:::bucket", &["invalid-arn-service-case"]),
            ("arn:aws:iam:::bucket", &["invalid-arn-resource"]),
            ("arn:aws:sqs:eu-west-1:1234:queue", &["invalid-arn-account"]),
        ];
        for (resource, expected) in cases {
            assert_eq!(of(resource, PolicyKind::Identity), expected, "{resource}");
        }
    }

    #[test]
    fn what_stands_for_a_partition_region_or_account_is_a_field() {
        let cases = [
            ("arn:«AWS::Partition»:s3::111122223333:orders", &["arn-account-not-allowed"][..]),
            ("arn:aws:s3:«AWS::Region»::orders", &["arn-region-not-allowed"]),
            ("arn:aws:iam::«AWS::AccountId»:orders", &["invalid-arn-resource"]),
            ("arn:aws:iam::«AWS::AccountId»:or«var.rest»", &["invalid-arn-resource"]),
            ("arn:«AWS::Partition»:sqs:eu-wset-1:111122223333:q", &["invalid-arn-region"]),
            ("arn:«AWS::Partition»:sqs::«AWS::AccountId»:q", &["missing-arn-region"]),
            ("arn:aws:sqs:«AWS::Region»::q", &["missing-arn-account"]),
            ("arn:«AWS::Partition»:SQS:«AWS::Region»:«AWS::AccountId»:q", &["invalid-arn-service-case"]),
            ("arn:«AWS::Partition»:s3::bucket", &["missing-arn-field"]),
            ("arn:«AWS::Partition»:sqs:«AWS::Region»:1234:q", &["invalid-arn-account"]),
            // A Region is neither an account nor a partition.
            (
                "arn:«AWS::Partition»:sqs:«AWS::AccountId»:«AWS::Region»:q",
                &["invalid-arn-account", "invalid-arn-region"],
            ),
            ("arn:«AWS::Region»:s3:::bucket", &["invalid-partition"]),
            ("«AWS::AccountId»", &["invalid-arn-prefix"]),
            // An ARN or address where a name belongs.
            ("arn:aws:s3:::«aws_s3_bucket.b.arn»/*", &["invalid-arn-resource"]),
            ("arn:aws:s3:::arn:aws:s3:::bucket/*", &["invalid-arn-resource"]),
            ("arn:aws:kms:eu-west-1:111122223333:key/«aws_kms_key.k.arn»", &["invalid-arn-resource"]),
            ("arn:aws:sqs:eu-west-1:111122223333:«aws_sqs_queue.q.url»", &["invalid-arn-resource"]),
            ("«aws_sqs_queue.q.url»", &["invalid-arn-prefix"]),
            ("«aws_iam_role.r.name»", &["invalid-arn-prefix"]),
        ];
        for (resource, expected) in cases {
            assert_eq!(of(resource, PolicyKind::Identity), expected, "{resource}");
        }
    }

    #[test]
    fn numbers_and_booleans_are_no_actions_and_no_resources() {
        let statement =
            r#"{"Effect": "Allow", "Action": [1, "s3:ListBucket"], "Resource": [true, "arn:aws:s3:::a"]}"#;
        let expected = ["data-type-mismatch a number", "data-type-mismatch a boolean"];
        let mut found = of_statement(statement, PolicyKind::Identity);
        found.sort_by_key(|found| found.contains("boolean"));
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_an_arn_or_may_become_one_is_left_alone() {
        let resources = [
            "*",
            "arn:aws:s3:::bucket/*",
            "arn:*:iam::*:role/*",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:iam::*:*",
            "arn:aws:iam::111122223333:user/${aws:username}",
            "arn:aws:s3:::${aws:PrincipalTag/team, 'all'}/*",
            "arn:aws-cn:dynamodb:*:*:table/x",
            "arn:aws:autoscaling:*:*:scalingPolicy:*:autoScalingGroupName/a:policyName/b",
            "«var.arn»",
            "«var.arn»/*",
            "<the-arn-of-the-bucket>",
            "arn:aws:sqs:eu-west-1:{{ account }}:queue",
            "arn:aws:«var.rest»",
            "arn:«var.partition»:s3::111122223333:orders",
            "arn:aws:s3:«var.region»::orders",
            "arn:aws:sqs:«var.region»::q",
            "arn:aws:iam::«AWS::AccountId»:«var.role»",
            "arn:aws:iam::«AWS::AccountId»:ro«var.role»",
            "arn:aws:s3:::«var.bucket»/*",
            "arn:aws:s3:::bucket/«aws_s3_bucket.b.arn»/*",
            "arn:aws:s3:::arnold/*",
            "arn:aws:kms:eu-west-1:111122223333:key/«aws_kms_key.k.key_id»",
            "«aws_kms_key.k.arn»",
            "«aws_s3_bucket.b.arn»/*",
            "arn:aws:s3:«AWS::Region»:«AWS::AccountId»:«var.accesspoint»",
            // It may be an access point of several Regions.
            "arn:«AWS::Partition»:s3::«AWS::AccountId»:«var.bucket»",
            "arn:«AWS::Partition»:apigateway:«AWS::Region»::/restapis/«var.api»",
            "arn:«AWS::Partition»:ssm:«AWS::Region»::«var.parameter»",
            "arn:«AWS::Partition»:sqs:«AWS::Region»-x:«AWS::AccountId»:q",
            "arn:«data.aws_partition.x.partition»:iam::«var.account»:role/x",
        ];
        for resource in resources {
            assert!(of(resource, PolicyKind::Identity).is_empty(), "{resource}");
        }
    }
}
