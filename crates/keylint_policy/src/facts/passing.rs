//! Whether a condition on the service that a role is passed to leaves a way to gain permissions open.
//!
//! `iam:PassedToService` holds the service that gets the role. A way that ends in that very service is as open
//! with the condition as without it, one that ends in another is shut.
//! Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".

use keylint_model::Verdict;

use super::guard::may_be;
use crate::algebra::{Bound, KeyValue, Test};
use crate::document::Statement;
use crate::escalation::Escalation;
use crate::service::rows;

const KEY: &str = "iam:PassedToService";
const TABLE: &str = include_str!("../../data/passed-services.tsv");

impl Statement {
    /// Whether what the statement allows is open for a way to gain permissions: no condition narrows it to some
    /// resources or requests, but for one on the service that gets the role, which lets the service of the way pass.
    pub(super) fn is_open_for(&self, way: &Escalation) -> Verdict {
        let narrowed = !self.is_narrowed_beside(KEY).verdict;
        if narrowed == Verdict::No { narrowed } else { narrowed.and(self.passes_role_for(way)) }
    }

    /// Whether the conditions on the service that gets a role let that of a way pass. Yes without such a condition,
    /// and for ways that pass no role.
    pub(crate) fn passes_role_for(&self, way: &Escalation) -> Verdict {
        let mut entries = self.conditions.entries.iter().filter(|entry| entry.is_about(KEY)).peekable();
        if entries.peek().is_none() || way.action != "iam:PassRole" {
            return Verdict::Yes;
        }
        let Some(service) = service_of(way) else { return Verdict::Unknown };
        // Some services have another name in China, which a policy for that partition has.
        let names = [service.to_owned(), format!("{service}.cn")].map(KeyValue::One);
        let verdicts = entries.map(|entry| {
            let Some(test) = Test::of(entry, self.version) else { return Verdict::Unknown };
            let holds = |bound| names.iter().any(|name| test.holds(name, bound));
            match (holds(Bound::Least), holds(Bound::Most)) {
                (true, _) => Verdict::Yes,
                (false, most) => may_be(most),
            }
        });
        Verdict::all(verdicts)
    }

    /// Whether all conditions of the statement are on the service that gets a role.
    pub(crate) fn asks_only_for_passed_service(&self) -> bool {
        self.conditions.rest.is_none() && self.conditions.entries.iter().all(|entry| entry.is_about(KEY))
    }
}

/// The service that gets the role, by the first of the actions that use it.
fn service_of(way: &Escalation) -> Option<&'static str> {
    let (prefix, _) = way.others.first()?.split_once(':')?;
    rows(TABLE).find_map(|row| match row[..] {
        [service, principal, _] if service == prefix => Some(principal),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escalation::escalations;
    use crate::testing::document;

    #[test]
    fn the_service_of_the_way_decides() {
        let way = |path: &str| escalations().iter().find(|way| way.path == path).unwrap();
        let passes = |condition: &str, path: &str| {
            let text = format!(
                r#"{{"Statement": {{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {{{condition}}}}}}}"#
            );
            let document = document(&text);
            let statement = &document.statements[0];
            (statement.passes_role_for(way(path)), statement.is_open_for(way(path)))
        };
        let cases = [
            (
                r#""StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}"#,
                "lambda-001",
                Verdict::Yes,
            ),
            (r#""StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}"#, "ec2-001", Verdict::No),
            (r#""StringLike": {"iam:passedtoservice": "*.amazonaws.com"}"#, "ec2-001", Verdict::Yes),
            (
                r#""StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}"#,
                "lambda-001",
                Verdict::Yes,
            ),
            (r#""StringEquals": {"iam:PassedToService": "«var.service»"}"#, "lambda-001", Verdict::Unknown),
            (
                r#""StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}"#,
                "ecs-003",
                Verdict::Yes,
            ),
            (r#""StringEquals": {"iam:PassedToService": "ecs.amazonaws.com"}"#, "ecs-003", Verdict::No),
            (r#""StringEquals": {"iam:PassedToService": "ec2.amazonaws.com.cn"}"#, "ec2-001", Verdict::Yes),
            (
                r#""StringEquals": {"iam:PassedToService": "x.amazonaws.com"}"#,
                "datapipeline-001",
                Verdict::Unknown,
            ),
            (r#""StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}"#, "image-build", Verdict::Yes),
            (
                r#""StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}"#,
                "emr-serverless",
                Verdict::No,
            ),
            (r#""StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}"#, "automation", Verdict::Yes),
            (
                r#""StringEquals": {"iam:PassedToService": "bedrock-agentcore.amazonaws.com"}"#,
                "bedrock-001",
                Verdict::Yes,
            ),
            (
                r#""StringEquals": {"iam:PassedToService": "tasks.apprunner.amazonaws.com"}"#,
                "apprunner-001",
                Verdict::Unknown,
            ),
            (r#""StringEquals": {"iam:PassedToService": "x.amazonaws.com"}"#, "iam-001", Verdict::Yes),
            (r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#, "ec2-001", Verdict::Yes),
        ];
        for (condition, path, expected) in cases {
            assert_eq!(passes(condition, path), (expected, expected), "{condition} {path}");
        }
        let both =
            r#""StringEquals": {"iam:PassedToService": "lambda.amazonaws.com", "iam:ResourceTag/a": "b"}"#;
        assert_eq!(passes(both, "lambda-001"), (Verdict::Yes, Verdict::No));
    }

    #[test]
    fn every_row_names_its_page() {
        assert!(rows(TABLE).count() > 8);
        for row in rows(TABLE) {
            let [service, principal, source] = row[..] else { panic!("{row:?}") };
            assert!(crate::service::service(service).is_some(), "{service}");
            assert!(principal.ends_with(".amazonaws.com"), "{principal}");
            assert!(source.starts_with("https://docs.aws.amazon.com/"), "{source}");
        }
    }
}
