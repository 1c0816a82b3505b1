//! What rules about whole policies ask: what they give away, whom roles trust, what has no effect.

use keylint_model::Verdict::{No, Unknown, Yes};

use super::*;
use crate::document::Document;

fn verdict(answer: impl Fn(&Document) -> Remark<'_>, policy: &str) -> (keylint_model::Verdict, String) {
    let document = statements(policy);
    let Remark { fact, text } = answer(&document);
    (fact.verdict, text.into_owned())
}

#[test]
fn escalation_takes_every_action_and_an_open_resource() {
    let pass = r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "RESOURCE" CONDITION}"#;
    let run = r#", {"Effect": "Allow", "Action": ["lambda:Create*", "lambda:InvokeFunction"], "Resource": "arn:aws:lambda:*:*:function:app"}"#;
    let cases = [
        ("*", "", run, Yes),
        ("arn:aws:iam::111122223333:role/*", "", run, Yes),
        ("arn:aws:iam::111122223333:role/app/*", "", run, No),
        ("*", "", "", No),
        ("*", r#", "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}"#, run, No),
        ("*", r#", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#, run, Yes),
        ("«var.roles»", "", run, Unknown),
    ];
    for (resource, condition, others, expected) in cases {
        let policy = pass.replace("RESOURCE", resource).replace(" CONDITION", condition) + others;
        let (found, _) = verdict(|document| document.escalation_by(&document.statements[0]), &policy);
        assert_eq!(found, expected, "{policy}");
    }
    let denied = r#"{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}, {"Effect": "Deny", "NotAction": "iam:Get*", "Resource": "*"}"#;
    assert_eq!(verdict(|document| document.escalation_by(&document.statements[0]), denied).0, No);
    let limited = denied.replace("iam:Get*\", \"Resource\": \"*\"", "iam:Get*\", \"Resource\": \"*\", \"Condition\": {\"StringNotEquals\": {\"aws:RequestedRegion\": \"eu-west-1\"}}");
    assert_eq!(verdict(|document| document.escalation_by(&document.statements[0]), &limited).0, Yes);
}

#[test]
fn exposure_is_said_once_and_not_of_some_resources() {
    let exposed = |policy: &str, place: usize| {
        let document = statements(policy);
        let statement = &document.statements[0];
        let element = &statement.actions.as_ref().unwrap().items[place];
        let Remark { fact, text } = document.exposure_by(statement, element);
        (fact.verdict, text.into_owned())
    };
    let all = r#"{"Effect": "Allow", "Action": ["s3:List*", "dynamodb:GetItem", "dynamodb:Query", "s3:Get*"], "Resource": "*"}"#;
    assert_eq!(exposed(all, 0).0, No);
    assert_eq!(exposed(all, 1), (Yes, "tables".to_owned()));
    assert_eq!(exposed(all, 2).0, No);
    assert_eq!(exposed(all, 3), (Yes, "objects of buckets".to_owned()));
    let some = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]}"#;
    assert_eq!(exposed(some, 0).0, No);
    let tagged = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/a": "${aws:PrincipalTag/a}"}}}"#;
    assert_eq!(exposed(tagged, 0).0, No);
    let star = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringLike": {"s3:ExistingObjectTag/a": "*"}}}"#;
    assert_eq!(exposed(star, 0).0, Yes);
}

#[test]
fn a_policy_is_rewritten_where_it_draws_a_line() {
    let cases = [
        (r#"{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutBucketPolicy"], "Resource": "*"}"#, Yes),
        (r#"{"Effect": "Allow", "Action": ["s3:PutBucketPolicy"], "Resource": "*"}"#, No),
        (r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#, No),
        (r#"{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObjectAcl"], "Resource": "*"}"#, No),
        (
            r#"{"Effect": "Allow", "Action": ["s3:Put*", "s3:Get*"], "Resource": "*"}, {"Effect": "Deny", "Action": ["s3:*Policy*", "s3:*Delete*"], "Resource": "*"}"#,
            Yes,
        ),
        (
            r#"{"Effect": "Allow", "Action": ["s3:Put*", "s3:Get*"], "Resource": "*"}, {"Effect": "Deny", "Action": ["s3:*Policy*", "s3:*Acl", "s3:*Delete*"], "Resource": "*"}"#,
            No,
        ),
    ];
    for (policy, expected) in cases {
        assert_eq!(
            verdict(|document| document.rewrites_policy(&document.statements[0]), policy).0,
            expected,
            "{policy}"
        );
    }
}

#[test]
fn a_shared_issuer_needs_its_organisation_fixed() {
    let github = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let sentinel =
        "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d/";
    let sub = |operator: &str, value: &str| {
        format!(r#"{{"{operator}": {{"token.actions.githubusercontent.com:sub": {value}}}}}"#)
    };
    let cases = [
        (github, "{}".to_owned(), Yes),
        (github, sub("StringEquals", r#""repo:org/app:ref:refs/heads/main""#), No),
        (github, sub("StringLike", r#""repo:org/*""#), No),
        (github, sub("StringLike", r#""repo:org*""#), Yes),
        (github, sub("StringLike", r#"["repo:org/app:*", "repo:*"]"#), Yes),
        (github, sub("StringLike", r#""repo:${aws:PrincipalTag/a}/*""#), Yes),
        (github, sub("StringLikeIfExists", r#""repo:org/app:*""#), Yes),
        (github, sub("ForAllValues:StringLike", r#""repo:org/app:*""#), Yes),
        (github, sub("ForAnyValue:StringLike", r#""repo:org/app:*""#), No),
        (github, sub("StringLike", r#""repo:«var.org»/app:*""#), No),
        (github, sub("StringLike", r#""«var.subject»""#), Unknown),
        (github, sub("StringEquals", r#""environment:prod:repo:org/app""#), Yes),
        (
            github,
            r#"{"StringEquals": {"token.actions.githubusercontent.com:repository_owner_id": "177"}}"#
                .to_owned(),
            No,
        ),
        ("«aws_iam_openid_connect_provider.github.arn»", sub("StringLike", r#""repo:*""#), Yes),
        ("«aws_iam_openid_connect_provider.github.arn»", "{}".to_owned(), Unknown),
        (
            "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1",
            "{}".to_owned(),
            No,
        ),
        ("arn:aws:iam::111122223333:oidc-provider/notgitlab.com", "{}".to_owned(), No),
        (
            sentinel,
            r#"{"StringEquals": {"sts:RoleSessionName": "MicrosoftSentinel_11112222"}}"#.to_owned(),
            No,
        ),
        (sentinel, r#"{"StringLike": {"sts:RoleSessionName": "MicrosoftSentinel_*"}}"#.to_owned(), Yes),
        (sentinel, "{}".to_owned(), Yes),
        // An audience that only deployment knows is nobody's organisation.
        (
            github,
            r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "«var.audience»"}}"#.to_owned(),
            Yes,
        ),
        (
            "arn:aws:iam::111122223333:oidc-provider/gitlab.com",
            r#"{"StringEquals": {"sts:RoleSessionName": "MicrosoftSentinel_11112222"}}"#.to_owned(),
            Yes,
        ),
        ("arn:«AWS::Partition»:iam::«AWS::AccountId»:oidc-provider/gitlab.com", "{}".to_owned(), Yes),
        ("cognito-identity.amazonaws.com", "{}".to_owned(), Yes),
        (
            "cognito-identity.amazonaws.com",
            r#"{"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:a1"}}"#.to_owned(),
            No,
        ),
    ];
    for (provider, condition, expected) in cases {
        let policy = format!(
            r#"{{"Effect": "Allow", "Principal": {{"Federated": "{provider}"}}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {condition}}}"#
        );
        let (found, _) =
            verdict(|document| document.trusts_shared_issuer(&document.statements[0], &|_| None), &policy);
        assert_eq!(found, expected, "{policy}");
    }
}

#[test]
fn an_account_is_trusted_without_proof() {
    let cases = [
        ("444455556666", "{}", Yes),
        ("arn:aws:iam::«AWS::AccountId»:root", "{}", Yes),
        ("arn:aws:iam::444455556666:role/a", "{}", Unknown),
        ("444455556666", r#"{"StringEquals": {"sts:ExternalId": "«var.id»"}}"#, No),
        ("444455556666", r#"{"StringLike": {"sts:ExternalId": "*"}}"#, Yes),
        ("444455556666", r#"{"StringEqualsIfExists": {"sts:ExternalId": "a"}}"#, Yes),
        ("444455556666", r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#, No),
        ("444455556666", r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#, Yes),
        ("444455556666", r#"{"Bool": {"aws:MultiFactorAuthPresent": "False"}}"#, Yes),
        ("444455556666", r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}"#, Yes),
        ("444455556666", r#"{"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}"#, No),
        ("444455556666", r#"{"StringEquals": {"aws:PrincipalAccount": "444455556666"}}"#, Yes),
        ("444455556666", r#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#, No),
        ("444455556666", r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/a*"}}"#, No),
    ];
    for (principal, condition, expected) in cases {
        let policy = format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "sts:AssumeRole", "Condition": {condition}}}"#
        );
        let document = statements(&policy);
        let found =
            document.trusts_account(&document.statements[0], &document.owner(PolicyKind::Trust)).verdict;
        assert_eq!(found, expected, "{policy}");
    }
}

#[test]
fn a_service_says_on_whose_behalf_it_calls() {
    let cases = [
        ("states.amazonaws.com", "{}", Yes),
        ("states.«AWS::URLSuffix»", "{}", Yes),
        ("ec2.«data.aws_partition.current.dns_suffix»", "{}", No),
        ("«var.service»", "{}", Unknown),
        ("states.amazonaws.com", r#"{"StringEquals": {"aws:SourceAccount": "«AWS::AccountId»"}}"#, No),
        ("states.amazonaws.com", r#"{"ArnLike": {"aws:SourceArn": "arn:aws:states:*:*:*"}}"#, Yes),
        ("states.amazonaws.com", r#"{"ArnLike": {"aws:SourceArn": "arn:aws:states:*:111122223333:*"}}"#, No),
        ("states.amazonaws.com", r#"{"StringNotEquals": {"aws:SourceAccount": "111122223333"}}"#, Yes),
    ];
    for (service, condition, expected) in cases {
        let policy = format!(
            r#"{{"Effect": "Allow", "Principal": {{"Service": "{service}"}}, "Action": "sts:AssumeRole", "Condition": {condition}}}"#
        );
        let (found, _) =
            verdict(|document| document.open_service_with_source(&document.statements[0]), &policy);
        assert_eq!(found, expected, "{policy}");
    }
}

/// Source: Secrets Manager User Guide, "What's in a Secrets Manager secret?".
#[test]
fn a_secret_has_six_characters_behind_its_name() {
    let cases = [
        ("secret:db", Yes),
        ("secret:db-A1b2C3", No),
        ("secret:db-??????", No),
        ("secret:db-?????", Yes),
        ("secret:db-*", No),
        ("secret:*", No),
        ("secret:db*", No),
        ("secret:prod/my-secret", Yes),
        ("secret:prod-202601", Yes),
        ("secret:my-orders", Unknown),
        ("secret:prod/payments", Yes),
        ("secret:«aws_secretsmanager_secret.a.name»", Yes),
        ("secret:«var.name»", Unknown),
        ("secret:«var.name»-??????", No),
        ("secret:${aws:PrincipalTag/a}", No),
    ];
    for (name, expected) in cases {
        let policy = format!(
            r#"{{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:{name}"}}"#
        );
        assert_eq!(
            verdict(|document| document.statements[0].unsuffixed_secret(), &policy).0,
            expected,
            "{name}"
        );
    }
    let other =
        r#"{"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::secret:db", "*", "«var.arn»"]}"#;
    assert_eq!(verdict(|document| document.statements[0].unsuffixed_secret(), other).0, No);
}

#[test]
fn a_read_without_a_stage_fails_conditions_on_it() {
    let cases = [
        ("Allow", r#"{"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}"#, Yes),
        ("Allow", r#"{"StringEqualsIfExists": {"secretsmanager:VersionStage": "AWSCURRENT"}}"#, No),
        ("Allow", r#"{"Null": {"secretsmanager:VersionStage": "true"}}"#, No),
        ("Allow", r#"{"Null": {"secretsmanager:VersionStage": "false"}}"#, Yes),
        ("Deny", r#"{"StringNotEquals": {"secretsmanager:versionstage": "AWSCURRENT"}}"#, Yes),
        ("Deny", r#"{"StringEquals": {"secretsmanager:VersionStage": "AWSPREVIOUS"}}"#, No),
    ];
    for (effect, condition, expected) in cases {
        let policy = format!(
            r#"{{"Effect": "{effect}", "Action": "secretsmanager:Get*", "Resource": "*", "Condition": {condition}}}"#
        );
        assert_eq!(
            verdict(|document| document.statements[0].blocks_default_read(), &policy).0,
            expected,
            "{policy}"
        );
    }
}

#[test]
fn statements_of_a_key_policy_without_effect() {
    let own =
        r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}"#;
    let cases = [
        (r#""Principal": "*", "Action": "kms:Decrypt""#, Yes),
        (r#""Principal": "*", "Resource": "*""#, Yes),
        (r#""Principal": "*", "Action": "kms:Decrypt", "Resource": "*""#, No),
        (
            r#""Principal": "*", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:111122223333:alias/a""#,
            Yes,
        ),
        (
            r#""Principal": "*", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:111122223333:key/a""#,
            No,
        ),
        (r#""Principal": "*", "Action": "kms:Decrypt", "Resource": ["arn:aws:s3:::b", "*"]"#, No),
        (r#""Principal": "*", "Action": "kms:Decrypt", "Resource": "«aws_s3_bucket.b.arn»""#, Yes),
        (r#""Principal": "*", "Action": "kms:Decrypt", "Resource": "«var.key»""#, No),
        (
            r#""Principal": {"AWS": "444455556666"}, "Action": ["kms:Decrypt", "kms:ScheduleKeyDeletion"], "Resource": "*""#,
            Yes,
        ),
        (
            r#""Principal": {"AWS": "444455556666"}, "Action": ["kms:ReEncrypt*", "kms:*"], "Resource": "*""#,
            No,
        ),
        (
            r#""Principal": {"AWS": ["444455556666", "111122223333"]}, "Action": "kms:PutKeyPolicy", "Resource": "*""#,
            No,
        ),
    ];
    for (elements, expected) in cases {
        let policy = format!(r#"{own}, {{"Effect": "Allow", {elements}}}"#);
        let answer = |document: &Document| {
            let owner = document.owner(PolicyKind::Key);
            let Remark { fact, text } = document.statements[1].ineffective_in_key(&owner);
            (fact.verdict, text.into_owned())
        };
        assert_eq!(answer(&statements(&policy)).0, expected, "{elements}");
    }
}

/// Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
#[test]
fn a_condition_that_everything_passes_narrows_nothing() {
    let narrowed = |condition: &str| {
        let policy = format!(
            r#"{{"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "iam:PutUserPolicy"], "Resource": "*", "Condition": {condition}}}"#
        );
        let document = statements(&policy);
        let narrowed = document.statements[0].is_narrowed().verdict;
        let (escalates, _) = verdict(|document| document.escalation_by(&document.statements[0]), &policy);
        assert_eq!(escalates, !narrowed, "{condition}");
        narrowed
    };
    for condition in [
        r#"{"StringEqualsIfExists": {"aws:RequestTag/team": "x"}}"#,
        r#"{"Null": {"aws:RequestTag/team": "true"}}"#,
        r#"{"Null": {"aws:RequestTag/team": "false"}}"#,
        r#"{"Null": {"aws:ResourceTag/team": "true"}}"#,
        r#"{"ForAllValues:StringEquals": {"aws:TagKeys": "env"}}"#,
        r#"{"Bool": {"aws:ViaAWSService": "false"}}"#,
        r#"{"StringNotEquals": {"aws:ResourceTag/team": "x"}}"#,
    ] {
        assert_eq!(narrowed(condition), No, "{condition}");
    }
    for condition in [
        r#"{"StringEquals": {"aws:RequestTag/team": "x"}}"#,
        r#"{"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}"#,
        r#"{"Null": {"aws:ResourceTag/team": "false"}}"#,
        r#"{"Null": {"secretsmanager:ResourceTag/team": "False"}}"#,
        r#"{"ForAnyValue:StringEquals": {"aws:TagKeys": "env"}}"#,
        r#"{"Bool": {"aws:ViaAWSService": "true"}}"#,
        // Every request has the key.
        r#"{"BoolIfExists": {"aws:ViaAWSService": "true"}}"#,
    ] {
        assert_eq!(narrowed(condition), Yes, "{condition}");
    }
}

#[test]
fn grants_need_a_condition() {
    let cases = [
        (r#""kms:CreateGrant""#, "{}", Yes),
        (r#""kms:Create*""#, "{}", Yes),
        (r#""kms:*""#, "{}", No),
        (r#""kms:ListGrants""#, "{}", No),
        (r#""kms:CreateGrant""#, r#"{"Bool": {"kms:GrantIsForAWSResource": true}}"#, No),
        (r#""kms:CreateGrant""#, r#"{"Bool": {"kms:GrantIsForAWSResource": "false"}}"#, Yes),
        (r#""kms:CreateGrant""#, r#"{"StringEquals": {"kms:CallerAccount": "111122223333"}}"#, Yes),
        (
            r#""kms:CreateGrant""#,
            r#"{"StringEquals": {"kms:ViaService": "rds.eu-west-1.amazonaws.com"}}"#,
            No,
        ),
        (
            r#""kms:CreateGrant""#,
            r#"{"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]}}"#,
            No,
        ),
        (r#""kms:CreateGrant""#, r#"{"StringLike": {"kms:GranteePrincipal": "*"}}"#, Yes),
        (r#""kms:CreateGrant""#, r#"{"BoolIfExists": {"kms:GrantIsForAWSResource": "true"}}"#, Yes),
        (r#""kms:CreateGrant""#, r#"{"Null": {"kms:GrantOperations": "false"}}"#, Yes),
        (
            r#""kms:CreateGrant""#,
            r#"{"StringEqualsIfExists": {"kms:RetiringPrincipal": "arn:aws:iam::111122223333:role/b"}}"#,
            Yes,
        ),
        (
            r#""kms:CreateGrant""#,
            r#"{"StringEquals": {"kms:GranteePrincipal": "arn:aws:iam::111122223333:role/b"}}"#,
            No,
        ),
    ];
    for (action, condition, expected) in cases {
        let policy = format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::111122223333:role/a"}}, "Action": {action}, "Resource": "*", "Condition": {condition}}}"#
        );
        assert_eq!(statements(&policy).statements[0].makes_any_grant().verdict, expected, "{policy}");
    }
}

#[test]
fn requests_without_tls_are_kept_out() {
    let allow = r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "*"}"#;
    let deny = |principal: &str, action: &str, condition: &str| {
        format!(
            r#"{allow}, {{"Effect": "Deny", "Principal": {principal}, "Action": "{action}", "Resource": "*", "Condition": {condition}}}"#
        )
    };
    let insecure = r#"{"Bool": {"aws:SecureTransport": "false"}}"#;
    let on = |allowed: &str, denied: &str| {
        deny(r#""*""#, "s3:*", insecure)
            .replacen(r#""Resource": "*""#, &format!(r#""Resource": {allowed}"#), 1)
            .replacen(r#""Resource": "*""#, &format!(r#""Resource": {denied}"#), 1)
    };
    let (bucket, objects) = (r#""arn:aws:s3:::bucket""#, r#""arn:aws:s3:::bucket/*""#);
    let both = format!("[{bucket}, {objects}]");
    let cases = [
        (allow.to_owned(), No),
        (deny(r#""*""#, "s3:*", insecure), Yes),
        (on(objects, bucket), No),
        (on(objects, objects), Yes),
        (on(&both, objects), No),
        (on(objects, &both), Yes),
        (on(r#""«aws_s3_bucket.b.arn»/*""#, r#"["«aws_s3_bucket.b.arn»", "«aws_s3_bucket.b.arn»/*"]"#), Yes),
        (on(r#""«aws_s3_bucket.b.arn»/*""#, r#""«aws_s3_bucket.b.arn»""#), Unknown),
        (deny(r#""*""#, "s3:Put*", insecure), No),
        (deny(r#"{"AWS": "111122223333"}"#, "s3:*", insecure), No),
        (deny(r#""*""#, "s3:*", r#"{"Bool": {"aws:SecureTransport": "true"}}"#), No),
        (
            deny(
                r#""*""#,
                "s3:*",
                r#"{"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
            ),
            No,
        ),
        (
            allow.replace(
                r#""Resource": "*""#,
                r#""Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}"#,
            ),
            Yes,
        ),
    ];
    for (policy, expected) in cases {
        assert_eq!(statements(&policy).requires_tls(None).verdict, expected, "{policy}");
    }
}

#[test]
fn a_denial_guards_keys_only_where_it_reaches_everybody_everywhere() {
    let guards = |resource: &str, condition: &str| {
        let document = statements(&format!(
            r#"{{"Effect": "Deny", "Action": "kms:ScheduleKeyDeletion", "Resource": "{resource}", "Condition": {condition}}}"#
        ));
        document.guards("kms:ScheduleKeyDeletion")
    };
    for (condition, expected) in [
        ("{}", Yes),
        (r#"{"Bool": {"aws:PrincipalIsAWSService": "false"}}"#, Yes),
        (r#"{"Bool": {"aws:PrincipalIsAWSService": "true"}}"#, No),
        (r#"{"BoolIfExists": {"aws:ViaAWSService": "true"}}"#, No),
        (r#"{"Bool": {"aws:ViaAWSService": "«var.flag»"}}"#, Unknown),
        (r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}"#, Yes),
        (r#"{"StringNotLike": {"aws:PrincipalArn": "*"}}"#, No),
        (
            r#"{"StringNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/admin", "«var.spared»"]}}"#,
            Unknown,
        ),
        (r#"{"StringNotEquals": {"aws:PrincipalArn": "«var.spared»"}}"#, Yes),
        (r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#, No),
        (r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#, No),
    ] {
        assert_eq!(guards("*", condition), expected, "{condition}");
    }
    for (resource, expected) in [
        ("arn:aws:kms:*:*:key/*", Yes),
        ("arn:*:kms:*:*:*", Yes),
        ("arn:aws:*", Yes),
        ("arn:aws:kms:*:111122223333:key/*", Unknown),
        ("arn:aws:kms:eu-west-1:111122223333:key/*", No),
        ("arn:aws:kms:eu-west-1:*:key/*", No),
        ("arn:aws:kms:*:*:alias/*", No),
        ("arn:aws:*:eu-west-1:111122223333:*", No),
    ] {
        assert_eq!(guards(resource, "{}"), expected, "{resource}");
    }
}

/// In the policy of a bucket the actions of S3 are all that there are.
#[test]
fn what_is_denied_of_the_service_of_a_policy_is_denied() {
    let required = |allow: &str, deny: &str| {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": "*", {allow}, "Resource": "*"}},
               {{"Effect": "Deny", "Principal": "*", {deny}, "Resource": "*", "Condition": {{"Bool": {{"aws:SecureTransport": "false"}}}}}}"#
        ));
        [Some("s3"), Some("sqs"), None].map(|service| document.requires_tls(service).verdict)
    };
    assert_eq!(required(r#""Action": "*""#, r#""Action": "s3:*""#), [Yes, No, No]);
    assert_eq!(required(r#""NotAction": "s3:Delete*""#, r#""Action": "s3:*""#), [Yes, No, No]);
    assert_eq!(required(r#""Action": "*""#, r#""NotAction": "sqs:*""#)[0], Yes);
    assert_eq!(required(r#""Action": "*""#, r#""Action": ["s3:Get*", "s3:Put*"]"#)[0], No);
    assert_eq!(required(r#""Action": "*""#, r#""Action": "«var.actions»""#)[0], Unknown);
}

/// What of a denial is not known may deny what is asked about.
#[test]
fn a_denial_that_is_not_whole_leaves_it_open() {
    let allow = r#"{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}"#;
    let condition = r#"{"StringNotEquals": {"aws:SourceAccount": "111122223333"}}"#;
    let whole = format!(
        r#"{{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {condition}}}"#
    );
    let open = |change: &dyn Fn(&mut Document)| {
        let mut document = statements(&format!("{allow}, {whole}"));
        change(&mut document);
        document.open_service(&document.statements[0]).fact.verdict
    };
    let more = || Some(std::sync::Arc::new(keylint_model::Unknown::new(keylint_model::Reason::Invalid)));
    assert_eq!(open(&|_| {}), No);
    let changes: [&dyn Fn(&mut crate::document::Statement); 4] = [
        &|denial| denial.actions = None,
        &|denial| denial.principals = None,
        &|denial| denial.resources = None,
        &|denial| denial.conditions.entries.clear(),
    ];
    for (place, change) in changes.iter().enumerate() {
        let without = |document: &mut Document| change(&mut document.statements[1]);
        assert_eq!(open(&without), Yes, "{place}");
        let unknown = |document: &mut Document| {
            without(document);
            document.statements[1].rest = more();
        };
        assert_eq!(open(&unknown), Unknown, "{place}");
    }
    assert_eq!(
        open(&|document| {
            document.statements.truncate(1);
            document.rest = more();
        }),
        Unknown
    );
    assert_eq!(
        open(&|document| {
            document.statements[1].conditions.entries.clear();
            document.statements[1].conditions.rest = more();
        }),
        Unknown
    );
}

/// An account is named in two ways, and is all of its identities.
#[test]
fn principals_are_compared_by_whose_they_are() {
    let limited = |allowed: &str, denied: &str| {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": {allowed}, "Action": "kms:Decrypt", "Resource": "*"}},
               {{"Effect": "Deny", {denied}, "Action": "kms:*", "Resource": "*",
                 "Condition": {{"StringNotEquals": {{"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}}}}"#
        ));
        document.is_limited(&document.statements[0]).verdict
    };
    let root = r#"{"AWS": "arn:aws:iam::999988887777:root"}"#;
    let id = r#"{"AWS": "999988887777"}"#;
    let role = r#"{"AWS": "arn:aws:iam::999988887777:role/a"}"#;
    let session = r#"{"AWS": "arn:aws:sts::999988887777:assumed-role/a/s"}"#;
    let other = r#"{"AWS": "111122223333"}"#;
    let held = r#"{"AWS": "«var.role»"}"#;
    let unique = r#"{"AWS": "AROAABCDEFGHIJKLMNOPQ"}"#;
    let principal = |denied: &str| format!(r#""Principal": {denied}"#);
    for (allowed, denied, expected) in [
        (root, id, Yes),
        (id, root, Yes),
        (role, root, Yes),
        (role, id, Yes),
        (session, id, Yes),
        (session, role, Unknown),
        (root, role, No),
        (role, r#"{"AWS": "arn:aws:iam::999988887777:role/b"}"#, No),
        (role, other, No),
        (held, other, Unknown),
        (held, held, Yes),
        (unique, id, Unknown),
        (role, unique, Unknown),
        (r#"{"AWS": ["999988887777", "111122223333"]}"#, id, No),
        (r#"{"AWS": "arn:aws:iam::«AWS::AccountId»:role/a"}"#, r#"{"AWS": "«AWS::AccountId»"}"#, Yes),
    ] {
        assert_eq!(limited(allowed, &principal(denied)), expected, "{allowed} {denied}");
    }
    // Whether who is named is spared depends on the service; who is not named may be of an account that is.
    assert_eq!(limited(role, &format!(r#""NotPrincipal": {role}"#)), No);
    assert_eq!(limited(role, &format!(r#""NotPrincipal": {other}"#)), Unknown);
    assert_eq!(limited(r#""*""#, &format!(r#""NotPrincipal": {other}"#)), No);
}

/// A key is locked by what denies it to those who may administer it, however they are named, and not by
/// what is about something else.
#[test]
fn a_key_is_locked_by_denials_of_itself() {
    let cause = |allowed: &str, denied: &str, resource: &str| {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": {allowed}}}, "Action": "kms:*", "Resource": "*"}},
               {{"Effect": "Deny", "Principal": {denied}, "Action": "kms:*", "Resource": "{resource}"}}"#
        ));
        document.can_lock_out()
    };
    let root = r#""arn:aws:iam::111122223333:root""#;
    let two = r#"["arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b"]"#;
    let id = r#"{"AWS": "111122223333"}"#;
    assert_eq!(cause(root, id, "*"), (Yes, Some(Lockout::Denied)));
    assert_eq!(cause(two, &format!(r#"{{"AWS": {root}}}"#), "*"), (Yes, Some(Lockout::Denied)));
    assert_eq!(cause(two, r#"{"AWS": "444455556666"}"#, "*").0, No);
    assert_eq!(cause(root, r#""*""#, "arn:aws:s3:::x").0, No);
    assert_eq!(cause(root, r#""*""#, "arn:aws:kms:eu-west-1:111122223333:key/a").0, Unknown);
    assert_eq!(cause(root, r#""*""#, "*").0, Yes);
}

/// No policy that AWS takes has as many statements; how many pairs of them are compared has a limit.
#[test]
fn what_is_compared_has_a_limit() {
    let of = |count: usize| {
        let allow = |place: usize| {
            format!(
                r#"{{"Effect": "Allow", "Principal": {{"Service": "sns.amazonaws.com"}}, "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:111122223333:q{place}"}}"#
            )
        };
        let deny = |place: usize| {
            format!(
                r#"{{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "arn:aws:sqs:eu-west-1:111122223333:q{place}", "Condition": {{"StringNotEquals": {{"aws:SourceAccount": "111122223333"}}}}}}"#
            )
        };
        let all: Vec<String> = (0..count).map(allow).chain((0..count).map(deny)).collect();
        statements(&all.join(","))
    };
    let document = of(100);
    assert_eq!(document.weighed().count(), 100);
    assert!(document.statements.iter().all(|it| document.open_service(it).fact.verdict == No));
    let document = of(3_000);
    let weighed = document.weighed().count();
    assert!((30..300).contains(&weighed), "{weighed}");
    // Each statement has four elements or more.
    assert!(weighed * document.statements.len() * 4 * 4 <= 10_000_000, "{weighed}");
    let verdicts = [0, weighed - 1, weighed, 2_999]
        .map(|place| document.open_service(&document.statements[place]).fact.verdict);
    assert_eq!(verdicts, [No, No, Unknown, Unknown]);
}
