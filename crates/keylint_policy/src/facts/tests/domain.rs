//! What rules about whole policies ask: what they give away, whom roles trust, what has no effect.

use keylint_model::Address;
use keylint_model::Verdict::{No, Unknown, Yes};

use super::*;
use crate::document::Document;

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
        (
            "*",
            r#", "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}"#,
            run,
            Yes,
        ),
        (
            "*",
            r#", "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com", "iam:ResourceTag/team": "a"}}"#,
            run,
            No,
        ),
        ("*", r#", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#, run, Yes),
        ("«var.roles»", "", run, Unknown),
        // What a statement cannot allow on its resources it does not allow.
        ("*", "", &run.replace("arn:aws:lambda:*:*:function:app", "arn:aws:s3:::bucket/*"), No),
        ("*", "", &run.replace("arn:aws:lambda:*:*:function:app", "«aws_s3_bucket.b.arn»/*"), No),
        ("*", "", &run.replace("arn:aws:lambda:*:*:function:app", "«var.function»"), Yes),
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
        let Remark { fact, text, .. } = document.exposure_by(statement, element);
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
    let any = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"Null": {"s3:ExistingObjectTag/a": "false"}}}"#;
    assert_eq!(exposed(any, 0).0, No);
    assert_eq!(exposed(&any.replace("false", "true"), 0).0, Yes);
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
        // No token of Cognito has a claim of Google.
        (
            "cognito-identity.amazonaws.com",
            r#"{"StringEquals": {"accounts.google.com:aud": "sts.amazonaws.com"}}"#.to_owned(),
            No,
        ),
        (
            "cognito-identity.amazonaws.com",
            r#"{"StringEqualsIfExists": {"accounts.google.com:aud": "sts.amazonaws.com"}}"#.to_owned(),
            Yes,
        ),
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
    // What may be any ARN may be that of a secret where the statement is about secrets.
    for (action, expected) in [("s3:*", No), ("secretsmanager:Get*", Unknown), ("«var.action»", Unknown)] {
        let policy = format!(
            r#"{{"Effect": "Allow", "Action": "{action}", "Resource": ["arn:aws:s3:::secret:db", "*", "«var.arn»"]}}"#
        );
        let answer = verdict(|document| document.statements[0].unsuffixed_secret(), &policy);
        assert_eq!(answer.0, expected, "{action}");
    }
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
        (r#""Principal": "*", "Action": "kms:Decrypt", "Resource": "«var.key»""#, Unknown),
        (r#""Principal": "*", "Action": "kms:Decrypt", "Resource": ["«var.key»", "*"]"#, No),
        (
            r#""Principal": "*", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:444455556666:key/a""#,
            Yes,
        ),
        (r#""Principal": "*", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:*:key/*""#, No),
        (r#""Principal": "*", "Action": "kms:Decrypt", "Resource": "«aws_kms_key.other.arn»""#, Yes),
        (r#""Principal": "*", "Action": "kms:Decrypt", "Resource": "«aws_kms_key.this.arn»""#, No),
        (r#""Principal": "*", "Action": "kms:Decrypt", "Resource": ["«aws_kms_key.other.arn»", "*"]"#, No),
        (
            r#""Principal": "*", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:«data.aws_caller_identity.a.account_id»:key/«aws_kms_key.other.key_id»""#,
            Yes,
        ),
        (
            r#""Principal": "*", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:111122223333:key/«var.key»""#,
            No,
        ),
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
    let is_other_key = |address: &Address| address.as_str() == "aws_kms_key.other";
    for (elements, expected) in cases {
        let policy = format!(r#"{own}, {{"Effect": "Allow", {elements}}}"#);
        let answer = |document: &Document| {
            let owner = document.owner(PolicyKind::Key);
            let Remark { fact, text, .. } = document.statements[1].ineffective_in_key(&owner, &is_other_key);
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
fn every_service_that_is_let_in_is_named() {
    let named = |services: &str| {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": {{"Service": {services}}}, "Action": "sqs:SendMessage", "Resource": "*"}}"#
        ));
        let Remark { fact, text, .. } = document.open_service(&document.statements[0]);
        (fact.verdict, text.into_owned())
    };
    let one = r#""sns.amazonaws.com""#;
    assert_eq!(named(one), (Yes, "sns.amazonaws.com".to_owned()));
    assert_eq!(
        named(r#"["sns.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com", "events.amazonaws.com"]"#),
        (Yes, "sns.amazonaws.com, s3.amazonaws.com and events.amazonaws.com".to_owned())
    );
    assert_eq!(named(r#"["«var.service»", "sns.amazonaws.com"]"#), (Yes, "sns.amazonaws.com".to_owned()));
}

#[test]
fn a_wildcard_that_is_compared_as_it_is_written_names_no_token() {
    let key = "token.actions.githubusercontent.com:sub";
    let named = |operator: &str, key: &str, value: &str| {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": {{"Federated": "x"}}, "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {{"{operator}": {{"{key}": {value}}}}}}}"#
        ));
        document.statements[0].names_no_token()
    };
    assert_eq!(named("StringEquals", key, r#""repo:*""#), Yes);
    assert_eq!(named("ForAnyValue:StringEqualsIgnoreCase", key, r#"["repo:*", "repo:a/?"]"#), Yes);
    assert_eq!(named("StringLike", key, r#""repo:*""#), No);
    assert_eq!(named("StringNotEquals", key, r#""repo:*""#), No);
    assert_eq!(named("StringEquals", key, r#"["repo:*", "repo:org/app:ref:refs/heads/main"]"#), No);
    assert_eq!(named("StringEquals", "aws:PrincipalTag/team", r#""a*""#), No);
}
