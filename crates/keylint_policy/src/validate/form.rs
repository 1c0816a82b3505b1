//! Whether the ARNs of a service have a Region and an account at all.
//!
//! Source: Service Authorization Reference, "Resource types defined by …" of each service.

use keylint_model::{Shape, Verdict, nearest};

use super::fields::Field;
use super::{Check, Fate, Issue, Said, Suggestion, Walk};
use crate::element::Element;
use crate::glob::{self, Symbol};
use crate::service::{self, ArnForm, Region, is_without_account, regions, service};

/// Services whose Regions IAM looks at when it stores a policy for an identity. Its messages are recorded
/// in `testdata/policies`.
const REFUSED: [&str; 2] = ["iam", "s3"];

/// Checks the fields of a whole ARN after its partition.
pub(super) fn check<'d>(
    walk: &mut Walk<'d>,
    element: &'static str,
    resource: &'d Element,
    partition: &Field<'_>,
    fields: &[Field<'_>],
) {
    let [prefix, region, account, path @ ..] = fields else { return };
    let is_open = |field: &Field<'_>| !field.is_given() && !field.text().is_empty();
    if is_open(region) && is_open(account) {
        return;
    }
    let prefix = prefix.text();
    let path = path.iter().map(Field::text).collect::<Vec<_>>().join(":");
    let all = forms(prefix);
    let like: Vec<ArnForm> = all.iter().copied().filter(|form| can_be(form.resource(), &path)).collect();
    let forms = if like.is_empty() { &all } else { &like };
    if forms.is_empty() {
        return;
    }
    let issue = |check| {
        Issue::of(check, resource).element(element).other(Said::of(&resource.origin, prefix.to_owned()))
    };
    let missing = if walk.is_identity() { Fate::Accepted } else { Fate::Unknown };
    if region.is_given() {
        let is_refused = walk.is_identity() && REFUSED.contains(&prefix);
        let fate = if is_refused { Fate::Rejected } else { Fate::Unknown };
        if forms.iter().all(|form| form.region().is_empty()) {
            walk.report(issue(Check::ArnRegionNotAllowed).fate(fate));
        } else if !forms.iter().any(|form| form.region() == region.text()) {
            no_region(walk, element, resource, prefix, [partition, region]);
        }
    }
    if account.is_given() && forms.iter().all(|form| form.account().is_empty()) {
        walk.report(issue(Check::ArnAccountNotAllowed));
    }
    if region.text().is_empty() && forms.iter().all(|form| !form.region().is_empty()) {
        walk.report(issue(Check::MissingArnRegion).fate(missing));
    }
    let has_account = !like.is_empty() && like.iter().all(|form| !form.account().is_empty());
    if account.text().is_empty()
        && has_account
        && !is_without_account(prefix, |pattern| can_be(pattern, &path))
    {
        walk.report(issue(Check::MissingArnAccount).fate(missing));
    }
}

/// A Region that is none of the partition.
fn no_region<'d>(
    walk: &mut Walk<'d>,
    element: &'static str,
    resource: &'d Element,
    prefix: &str,
    [partition, region]: [&Field<'_>; 2],
) {
    let issue = |fate| Issue::of(Check::InvalidArnRegion, resource).element(element).fate(fate);
    let fate = if walk.is_identity() && !REFUSED.contains(&prefix) { Fate::Accepted } else { Fate::Unknown };
    if !region.is_known() {
        if !region.can_be(Shape::Region) {
            let shown = Said::of(&resource.origin, region.shown().into_owned());
            walk.report(issue(fate).other(shown));
        }
        return;
    }
    let region = region.text();
    // A text in brackets is for somebody to fill in: no name has them.
    let is_of = |it: &Region| it.partition == partition.text() || !partition.is_known();
    let found = service::region(region);
    if region.contains(['{', '[', '<']) || found.is_some_and(|found| is_of(&found)) {
        return;
    }
    // Of a Region of another partition it may be the partition that is wrong.
    let known = regions().filter(|it| found.is_none() && is_of(it)).map(|it| it.name);
    let meant = nearest(region, known).zip(resource.as_known()).map(|(meant, text)| {
        let fixed = text.replacen(&format!(":{prefix}:{region}:"), &format!(":{prefix}:{meant}:"), 1);
        Suggestion::value(resource, fixed)
    });
    walk.report(issue(fate).other(Said::of(&resource.origin, region.to_owned())).suggest(meant));
}

/// The forms that ARNs of a service have.
fn forms(prefix: &str) -> Vec<ArnForm> {
    let types = service(prefix).into_iter().flat_map(|service| service.resource_types().collect::<Vec<_>>());
    types.map(|of_type| of_type.arn()).filter(|form| form.service() == prefix).collect()
}

/// Whether the last field of an ARN, which may be a pattern, can be of a form.
fn can_be(form: &str, text: &str) -> bool {
    glob::overlaps(&symbols(form), &symbols(text)) != Verdict::No
}

/// The symbols of a text in which `${…}` stands for anything, as a wildcard does.
fn symbols(text: &str) -> Vec<Symbol<'static>> {
    let mut symbols = Vec::new();
    let mut rest = text;
    loop {
        let (before, after) =
            rest.split_once("${").map_or((rest, None), |(before, after)| (before, Some(after)));
        symbols.extend(before.chars().map(|character| match character {
            '*' => Symbol::Run,
            '?' => Symbol::One,
            other => Symbol::Char(other),
        }));
        let Some(after) = after else { return symbols };
        symbols.push(Symbol::Run);
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    #[test]
    fn forms_are_compared_with_what_a_pattern_can_be() {
        let cases = [
            ("${BucketName}", "bucket", true),
            ("accesspoint/${Name}", "bucket", false),
            ("accesspoint/${Name}", "accesspoint/x", true),
            ("${BucketName}/${ObjectName}", "bucket", false),
            ("${BucketName}/${ObjectName}", "bucket/*", true),
            ("accesspoint/${Name}", "bucket/*", false),
            ("accesspoint/${Name}", "a*", true),
            ("accesspoint/${Name}", "${aws:username}/*", true),
            ("accesspoint/${Name}", "b${aws:username}/*", false),
            ("table/${TableName}/index/${IndexName}", "table/x/index/y", true),
            ("table/${TableName}", "table", false),
            ("*", "*", true),
        ];
        for (form, text, expected) in cases {
            assert_eq!(can_be(form, text), expected, "{form} {text}");
        }
    }

    #[test]
    fn regions_and_accounts_stand_where_the_service_has_them() {
        let of = |resource: &str| {
            let statement =
                format!(r#"{{"Effect": "Allow", "NotAction": "iam:*", "Resource": "{resource}"}}"#);
            let found = of_statement(&statement, PolicyKind::Identity);
            found
                .into_iter()
                .map(|found| found.split(' ').next().unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
        };
        let cases = [
            ("arn:aws:s3:us-east-1::bucket", &["arn-region-not-allowed"][..]),
            ("arn:aws:s3::111122223333:bucket", &["arn-account-not-allowed"]),
            ("arn:aws:s3::111122223333:bucket/*", &["arn-account-not-allowed"]),
            ("arn:aws:s3:us-east-1::bucket/*", &["arn-region-not-allowed"]),
            ("arn:aws:s3:us-east-1:111122223333:${aws:username}/*", &[]),
            ("arn:aws:s3:us-east-1:111122223333:a*", &[]),
            ("arn:aws:iam:us-east-1:111122223333:role/x", &["arn-region-not-allowed"]),
            ("arn:aws:iam:us-east-1:111122223333:role/*", &["arn-region-not-allowed"]),
            ("arn:aws:secretsmanager::111122223333:secret:*", &["missing-arn-region"]),
            ("arn:aws:sqs:us-esat-1:111122223333:q", &["invalid-arn-region"]),
            ("arn:aws:sqs:cn-north-1:111122223333:q", &["invalid-arn-region"]),
            ("arn:aws-cn:sqs:cn-north-1:111122223333:q", &[]),
            ("arn:*:sqs:cn-north-1:111122223333:q", &[]),
            ("arn:aws:sqs:{region}:111122223333:q", &[]),
            ("arn:aws:s3:us-esat-1::bucket", &["arn-region-not-allowed"]),
            ("arn:aws:iam:::role/x", &["missing-arn-account"]),
            ("arn:aws:iam:::role/*", &["missing-arn-account"]),
            ("arn:aws:secretsmanager:us-east-1::secret:x-abcdef", &["missing-arn-account"]),
            ("arn:aws:sqs:*::q", &["missing-arn-account"]),
            ("arn:aws:sqs:::q", &["missing-arn-region", "missing-arn-account"]),
            ("arn:aws:ec2:us-east-1::image/*", &[]),
            ("arn:aws:ec2:us-east-1::instance/*", &["missing-arn-account"]),
            ("arn:aws:ssm:us-east-1::document/AWS-RunShellScript", &[]),
            ("arn:aws:ssm:us-east-1::parameter/aws/service/*", &[]),
            ("arn:aws:ssm:us-east-1::parameter/orders", &["missing-arn-account"]),
            ("arn:aws:ssm:us-east-1::*", &[]),
            ("arn:aws:secretsmanager::111122223333:secret:x-abcdef", &["missing-arn-region"]),
            ("arn:aws:s3:us-west-2:111122223333:accesspoint/x", &[]),
            ("arn:aws:s3:us-west-2:111122223333:accesspoint/x/object/*", &[]),
            ("arn:aws:s3:::bucket/*", &[]),
            ("arn:aws:secretsmanager:*:111122223333:secret:*", &[]),
            ("arn:aws:iam::111122223333:role/x", &[]),
        ];
        for (resource, expected) in cases {
            assert_eq!(of(resource), expected, "{resource}");
        }
    }
}
