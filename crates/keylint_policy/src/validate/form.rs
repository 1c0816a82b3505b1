//! Whether the ARNs of a service have a Region and an account at all.
//!
//! Source: Service Authorization Reference, "Resource types defined by …" of each service.

use super::arn::is_pattern;
use super::{Check, Fate, Issue, Said, Walk};
use crate::element::Element;
use crate::service::{ArnForm, service};

/// Services whose Regions IAM looks at when it stores a policy for an identity. Its messages are recorded
/// in `testdata/policies`.
const REFUSED: [&str; 2] = ["iam", "s3"];

/// Checks the fields of a whole ARN after its partition.
pub(super) fn check<'d>(walk: &mut Walk<'d>, element: &'static str, resource: &'d Element, fields: &[&str]) {
    let [prefix, region, account, path @ ..] = fields else { return };
    let is_given = |field: &str| !field.is_empty() && !is_pattern(field);
    if !is_given(region) && !is_given(account) && !region.is_empty() {
        return;
    }
    let path = path.join(":");
    let forms = forms(prefix, &path);
    if forms.is_empty() {
        return;
    }
    let issue = |check| {
        Issue::of(check, resource).element(element).other(Said::of(&resource.origin, (*prefix).to_owned()))
    };
    if is_given(region) && forms.iter().all(|form| form.region().is_empty()) {
        let is_refused = walk.is_identity() && REFUSED.contains(prefix);
        let fate = if is_refused { Fate::Rejected } else { Fate::Unknown };
        walk.report(issue(Check::ArnRegionNotAllowed).fate(fate));
    }
    if is_given(account) && forms.iter().all(|form| form.account().is_empty()) {
        walk.report(issue(Check::ArnAccountNotAllowed));
    }
    if region.is_empty() && forms.iter().all(|form| !form.region().is_empty()) {
        let fate = if walk.is_identity() { Fate::Accepted } else { Fate::Unknown };
        walk.report(issue(Check::MissingArnRegion).fate(fate));
    }
}

/// The forms that an ARN of a service may have: all of them where the ARN is a pattern, or like none.
fn forms(prefix: &str, path: &str) -> Vec<ArnForm> {
    let types = service(prefix).into_iter().flat_map(|service| service.resource_types().collect::<Vec<_>>());
    let all: Vec<ArnForm> =
        types.map(|of_type| of_type.arn()).filter(|form| form.service() == prefix).collect();
    let like: Vec<ArnForm> = all.iter().copied().filter(|form| fits(form.resource(), path)).collect();
    if is_pattern(path) || like.is_empty() { all } else { like }
}

/// Whether a text can be of a form, in which `${…}` stands for anything.
fn fits(form: &str, text: &str) -> bool {
    let mut pieces = form.split("${").map(|piece| piece.split_once('}').map_or(piece, |(_, rest)| rest));
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::PolicyKind;
    use crate::validate::testing::of_statement;

    #[test]
    fn forms_are_matched_around_their_names() {
        let cases = [
            ("${BucketName}", "bucket", true),
            ("accesspoint/${Name}", "bucket", false),
            ("accesspoint/${Name}", "accesspoint/x", true),
            ("${BucketName}/${ObjectName}", "bucket", false),
            ("table/${TableName}/index/${IndexName}", "table/x/index/y", true),
            ("table/${TableName}", "table", false),
            ("*", "*", true),
        ];
        for (form, text, expected) in cases {
            assert_eq!(fits(form, text), expected, "{form} {text}");
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
            ("arn:aws:iam:us-east-1:111122223333:role/x", &["arn-region-not-allowed"]),
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
