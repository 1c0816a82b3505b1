use crate::Scalar;
use keylint_model::Verdict::{No, Unknown, Yes};
use keylint_model::{Origin, Part, Reason};
use keylint_syntax::Text;
use std::sync::Arc;

use super::*;
use crate::document::Document;
use crate::element::{Element, PartlyKnown};
use crate::kind::PolicyKind;
use crate::testing::statements;

mod conditions;
mod denials;
mod domain;
mod public;
mod together;

/// A remark on a policy, with what it says.
fn verdict(answer: impl Fn(&Document) -> Remark<'_>, policy: &str) -> (keylint_model::Verdict, String) {
    let document = statements(policy);
    let Remark { fact, text, .. } = answer(&document);
    (fact.verdict, text.into_owned())
}

#[test]
fn a_fact_points_at_the_element_that_makes_it() {
    let text = r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": ["111122223333", "*"]},
        "Action": ["kms:Encrypt", "kms:Dec*"], "Resource": "*"}}"#;
    let document = crate::testing::document(text);
    let statement = &document.statements[0];
    let shown = |fact: Fact<'_>| text.get(fact.span().unwrap().range()).unwrap().to_owned();
    assert_eq!(shown(statement.is_public()), "*");
    assert!(statement.is_public().span().unwrap().start > text.find("3333").unwrap() as u32);
    assert_eq!(shown(statement.grants("kms:Decrypt")), "kms:Dec*");
    assert_eq!(statement.grants("kms:Decrypt").verdict, Yes);
}

#[test]
fn grants_by_action_and_not_action() {
    let cases = [
        (r#""Action": "kms:Decrypt""#, "kms:Decrypt", Yes),
        (r#""Action": "KMS:decrypt""#, "kms:Decrypt", Yes),
        (r#""Action": "kms:Encrypt""#, "kms:Decrypt", No),
        (r#""Action": ["kms:Encrypt", "*"]"#, "kms:Decrypt", Yes),
        (r#""Action": []"#, "kms:Decrypt", No),
        (r#""NotAction": "kms:*""#, "kms:Decrypt", No),
        (r#""NotAction": "iam:*""#, "kms:Decrypt", Yes),
        (r#""NotAction": "«var.service»:*""#, "kms:Decrypt", Unknown),
        (r#""Action": «var.actions»"#, "kms:Decrypt", Unknown),
        (r#""Action": ["«var.action»", "kms:*"]"#, "kms:Decrypt", Yes),
        (r#""Action": "iam:«var.action»""#, "kms:Decrypt", No),
        (r#""Action": "kms:«var.action»""#, "kms:Decrypt", Unknown),
        (r#""Sid": "NoAction""#, "kms:Decrypt", No),
    ];
    for (element, action, verdict) in cases {
        let document = statements(&format!(r#"{{"Effect": "Allow", "Resource": "*", {element}}}"#));
        assert_eq!(document.statements[0].grants(action).verdict, verdict, "{element}");
    }
}

#[test]
fn whole_services_and_everything() {
    let cases = [
        ("*", Yes, Yes),
        ("*:*", Yes, Yes),
        ("**", Yes, Yes),
        ("kms:*", No, Yes),
        ("KMS:**", No, Yes),
        ("k*", No, Yes),
        ("kms:D*", No, No),
        ("s3:*", No, No),
        ("?ms:*", No, Yes),
    ];
    for (pattern, everything, service) in cases {
        let document =
            statements(&format!(r#"{{"Effect": "Allow", "Resource": "*", "Action": "{pattern}"}}"#));
        let statement = &document.statements[0];
        assert_eq!(statement.allows_all_actions().verdict, everything, "{pattern}");
        assert_eq!(statement.service_wildcard("kms").verdict, service, "{pattern}");
    }
    let document = statements(r#"{"Effect": "Allow", "Resource": "*", "Action": ["kms:*", "s3:Get*", "*"]}"#);
    let services: Vec<_> = document.statements[0].whole_services().map(|(service, _)| service).collect();
    assert_eq!(services, ["kms"]);
}

/// Source: IAM User Guide, "IAM JSON policy elements: Resource".
#[test]
fn every_secret_and_every_key() {
    let cases = [
        (r#""*""#, Yes, Yes),
        (r#""arn:aws:secretsmanager:*:*:secret:*""#, Yes, No),
        (r#""arn:aws:secretsmanager:*:*:*""#, Yes, No),
        (r#""arn:aws:secretsmanager:*""#, Yes, No),
        (r#""arn:aws:secretsmanager""#, Yes, No),
        (r#""arn:aws:secretsmanager:us-east-1:111122223333:secret:*""#, Yes, No),
        (r#""arn:«AWS::Partition»:secretsmanager:«AWS::Region»:«AWS::AccountId»:secret:*""#, Yes, No),
        (r#""arn:*:kms:*:*:key/*""#, No, Yes),
        (r#""arn:aws:kms:«var.region»:«data.aws_caller_identity.me.account_id»:key/*""#, No, Yes),
        (r#""arn:aws:kms:*:*:alias/*""#, No, No),
        (r#""arn:aws:secretsmanager:*:*:secret:prod/*""#, No, No),
        (r#""arn:aws:secretsmanager:*:*:secret:«var.name»""#, No, No),
        (r#""arn:aws:secretsmanager:*:*:secret:«var.prefix»*""#, Unknown, No),
        (r#""«aws_secretsmanager_secret.db.arn»""#, No, No),
        (r#""«var.secret_arn»""#, Unknown, Unknown),
        (r#"["arn:aws:s3:::bucket", "*"]"#, Yes, Yes),
    ];
    for (resource, secrets, keys) in cases {
        let document =
            statements(&format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": {resource}}}"#));
        let statement = &document.statements[0];
        assert_eq!(statement.covers_every_secret().verdict, secrets, "{resource}");
        assert_eq!(statement.covers_every_key().verdict, keys, "{resource}");
    }
}

#[test]
fn all_resources() {
    let cases = [
        (r#""Resource": "*""#, Yes),
        (r#""Resource": "arn:aws:*""#, Yes),
        (r#""Resource": "arn:*:*:*:*:*""#, Yes),
        (r#""Resource": "arn:«AWS::Partition»:*:*:*:*""#, Yes),
        (r#""Resource": "arn:aws:kms:*:*:*""#, No),
        (r#""Resource": "arn:aws:iam::*:role/*""#, No),
        (r#""NotResource": "arn:aws:iam::*:role/admin""#, Yes),
        (r#""NotResource": "*""#, No),
        (r#""Sid": "NoResource""#, No),
    ];
    for (resource, verdict) in cases {
        let document = statements(&format!(r#"{{"Effect": "Allow", "Action": "*", {resource}}}"#));
        assert_eq!(document.statements[0].covers_all_resources().verdict, verdict, "{resource}");
    }
    let roles = statements(
        r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/*"}"#,
    );
    assert_eq!(roles.statements[0].covers_every_role().verdict, Yes);
}

#[test]
fn other_accounts() {
    let own = r#""arn:aws:iam::«AWS::AccountId»:root""#;
    let cases = [
        (r#""arn:aws:iam::111122223333:root""#, Owner::default(), Unknown),
        (r#""arn:aws:iam::111122223333:root""#, Owner::known("111122223333"), No),
        (r#""arn:aws:iam::111122223333:role/r""#, Owner::known("444455556666"), Yes),
        (r#""111122223333""#, Owner { id: None, by_reference: true }, Yes),
        (r#"["111122223333", "444455556666"]"#, Owner::default(), Yes),
        (own, Owner::known("111122223333"), No),
        (r#""arn:aws:iam::«data.aws_caller_identity.current.account_id»:role/r""#, Owner::default(), No),
        (r#""«aws_iam_role.app.arn»""#, Owner::default(), No),
        (r#""«data.aws_iam_role.app.arn»""#, Owner::default(), No),
        (r#""«data.aws_caller_identity.me.arn»""#, Owner::default(), No),
        (r#""«data.terraform_remote_state.other.outputs»""#, Owner::default(), Unknown),
        (r#""«aws_ssm_parameter.role.value»""#, Owner::default(), Unknown),
        (r#""arn:aws:iam::«aws_organizations_account.member.id»:root""#, Owner::default(), Unknown),
        (r#""«var.principal»""#, Owner::default(), Unknown),
        (r#""arn:aws:iam::«var.account»:root""#, Owner::default(), Unknown),
        (r#""*""#, Owner::known("111122223333"), Yes),
    ];
    for (principal, owner, verdict) in cases {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": {principal}}}, "Action": "kms:Decrypt", "Resource": "*"}}"#
        ));
        assert_eq!(document.statements[0].allows_other_account(&owner).verdict, verdict, "{principal}");
    }
    let service = statements(
        r#"{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "*", "Resource": "*"}"#,
    );
    assert_eq!(service.statements[0].allows_other_account(&Owner::default()).verdict, No);
    for (id, verdict) in [
        ("«aws_cloudfront_origin_access_identity.site.s3_canonical_user_id»", No),
        ("«data.aws_cloudfront_log_delivery_canonical_user_id.all.id»", No),
        ("«data.aws_canonical_user_id.own.id»", No),
        // Resources of a template, whose logical ids show no type.
        ("«aws_identity.S3CanonicalUserId»", No),
        ("«aws_lookup.CanonicalId»", Unknown),
        ("«aws_lookup.Ref»", Unknown),
        ("«aws_s3_bucket.logs.id»", Unknown),
        ("«var.partner»", Unknown),
        ("79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be", Unknown),
    ] {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": {{"CanonicalUser": "{id}"}}, "Action": "s3:GetObject", "Resource": "*"}}"#
        ));
        assert_eq!(document.statements[0].allows_other_account(&Owner::default()).verdict, verdict, "{id}");
    }
}

#[test]
fn everybody_of_the_own_account_is_no_other_account() {
    let cases = [
        (r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app-*"}}"#, No),
        (r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/app-*"}}"#, Yes),
        (r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}}"#, Yes),
        (r#"{"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/a", "«var.more»"]}}"#, Unknown),
        (r#"{"StringEquals": {"kms:CallerAccount": "111122223333"}}"#, No),
        (r#"{"StringEqualsIfExists": {"aws:PrincipalAccount": "111122223333"}}"#, Yes),
        (r#"{"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/app-*"}}"#, No),
        (r#"{"StringEquals": {"aws:SourceVpc": "vpc-1a2b3c4d"}}"#, Yes),
    ];
    for (condition, verdict) in cases {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*", "Condition": {condition}}}"#
        ));
        let owner = Owner::known("111122223333");
        assert_eq!(document.statements[0].allows_other_account(&owner).verdict, verdict, "{condition}");
    }
}

#[test]
fn the_owner_shows_in_the_document() {
    let key = statements(
        r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "kms:Decrypt", "Resource": "*"}"#,
    );
    let owner = key.owner(PolicyKind::Key);
    assert_eq!(owner.id.as_deref(), Some("111122223333"));
    assert_eq!(key.statements[0].delegates_to_account(&owner).verdict, Yes);
    assert_eq!(key.statements[0].allows_other_account(&owner).verdict, No);
    assert_eq!(key.statements[1].allows_other_account(&owner).verdict, Yes);

    let secret = statements(
        r#"{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "secretsmanager:GetSecretValue",
        "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf"}"#,
    );
    assert_eq!(secret.owner(PolicyKind::Secret).id.as_deref(), Some("111122223333"));
    // In an identity policy the resources may be anybody's.
    assert_eq!(secret.owner(PolicyKind::Identity).id, None);

    let reference = statements(
        r#"{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::«AWS::AccountId»:root", "444455556666"]},
        "Action": "kms:Decrypt", "Resource": "*"}"#,
    );
    let owner = reference.owner(PolicyKind::Key);
    assert!(owner.by_reference);
    assert_eq!(reference.statements[0].allows_other_account(&owner).verdict, Yes);
    assert_eq!(reference.statements[0].names_only_own_account(&owner), No);
}

/// Source: KMS Developer Guide, "Default key policy".
#[test]
fn keys_that_can_become_unmanageable() {
    let statement = |principal: &str, action: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": {principal}}}, "Action": "{action}", "Resource": "*"}}"#
        )
    };
    let role = r#""arn:aws:iam::111122223333:role/admin""#;
    let root = r#""arn:aws:iam::111122223333:root""#;
    let conditional = format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": {root}}}, "Action": "kms:*", "Resource": "*",
        "Condition": {{"StringEquals": {{"kms:ViaService": "s3.us-east-1.amazonaws.com"}}}}}}"#
    );
    let with_denial = |principal: &str, action: &str, condition: &str| {
        format!(
            r#"{}, {{"Effect": "Deny", "Principal": {principal}, "Action": "{action}", "Resource": "*", "Condition": {condition}}}"#,
            statement(root, "kms:*")
        )
    };
    let allowed_where = |condition: &str| {
        statement(root, "kms:*")
            .replace("\"Resource\": \"*\"", &format!(r#""Resource": "*", "Condition": {condition}"#))
    };
    let cases = [
        (statement(root, "kms:*"), No),
        (statement(r#""«AWS::AccountId»""#, "kms:*"), No),
        (statement(r#""arn:aws:iam::«var.account»:root""#, "kms:*"), No),
        (statement(root, "kms:Decrypt"), Yes),
        (statement(role, "kms:*"), Yes),
        (statement(r#""«aws_iam_role.admin.arn»""#, "kms:Put*"), Yes),
        (
            statement(
                r#"["arn:aws:iam::111122223333:role/admin", "arn:aws:iam::111122223333:user/eve"]"#,
                "kms:*",
            ),
            No,
        ),
        (statement(r#""«var.admin»""#, "kms:*"), Unknown),
        (statement(role, "«var.action»"), Unknown),
        (conditional, Unknown),
        (with_denial(r#""*""#, "kms:PutKeyPolicy", "{}"), Yes),
        (with_denial(r#"{"AWS": "*"}"#, "kms:*", "{}"), Yes),
        (with_denial(r#"{"AWS": "arn:aws:iam::111122223333:root"}"#, "kms:Put*", "{}"), Yes),
        (with_denial(r#"{"AWS": "arn:aws:iam::444455556666:root"}"#, "kms:*", "{}"), No),
        (with_denial(r#""*""#, "kms:Decrypt", "{}"), No),
        (with_denial(r#""*""#, "kms:*", r#"{"Bool": {"aws:SecureTransport": "false"}}"#), No),
        (with_denial(r#""*""#, "kms:*", r#"{"Bool": {"kms:BypassPolicyLockoutSafetyCheck": true}}"#), No),
        (
            with_denial(
                r#""*""#,
                "kms:*",
                r#"{"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}"#,
            ),
            No,
        ),
        (
            with_denial(
                r#""*""#,
                "kms:*",
                r#"{"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}"#,
            ),
            Unknown,
        ),
        (
            with_denial(
                r#""*""#,
                "kms:*",
                r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}"#,
            ),
            Unknown,
        ),
        (allowed_where(r#"{"Bool": {"aws:SecureTransport": "false"}}"#), Yes),
        (allowed_where(r#"{"Bool": {"aws:SecureTransport": "true"}}"#), No),
        (allowed_where(r#"{"StringEquals": {"aws:PrincipalAccount": "444455556666"}}"#), Yes),
        (allowed_where(r#"{"StringEquals": {"kms:CallerAccount": "111122223333"}}"#), No),
        (allowed_where(r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#), Unknown),
        (
            statement(
                r#"["arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b", "«var.more»"]"#,
                "kms:*",
            ),
            No,
        ),
        (format!("{}, {}", statement(role, "kms:*"), statement(root, "kms:PutKeyPolicy")), No),
    ];
    for (policy, verdict) in cases {
        assert_eq!(statements(&policy).can_lock_out().0, verdict, "{policy}");
    }
}

#[test]
fn why_a_key_locks_everybody_out_is_named() {
    let allow = |principal: &str, condition: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": {principal}}}, "Action": "kms:*", "Resource": "*", "Condition": {condition}}}"#
        )
    };
    let root = r#""arn:aws:iam::111122223333:root""#;
    let role = r#""arn:aws:iam::111122223333:role/admin""#;
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:Put*", "Resource": "*"}"#;
    let elsewhere = r#"{"StringEquals": {"kms:CallerAccount": "444455556666"}}"#;
    for (policy, cause) in [
        (r#"{"Effect": "Allow", "Principal": {"Service": "a.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}"#.to_owned(), Some(Lockout::NotAllowed)),
        (format!("{}, {deny}", allow(root, "{}")), Some(Lockout::Denied)),
        (allow(root, elsewhere), Some(Lockout::OutOfReach)),
        (format!("{}, {}", allow(root, elsewhere), allow(role, "{}")), Some(Lockout::OneIdentity)),
        (allow(root, "{}"), None),
    ] {
        assert_eq!(statements(&policy).can_lock_out().1, cause, "{policy}");
    }
}

#[test]
fn fixed_conditions_on_some_keys() {
    let cases = [
        (r#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#, Yes),
        (r#"{"StringLike": {"aws:PrincipalOrgID": "*"}}"#, No),
        (r#"{"StringEquals": {"aws:SourceVpc": "vpc-1"}}"#, No),
        (r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}"#, No),
        ("«var.condition»", Unknown),
        (r#"{"StringEquals": {"aws:PrincipalOrgID": "«var.organisation»"}}"#, Yes),
        (r#"{"StringLike": {"aws:PrincipalOrgID": "«var.organisation»"}}"#, Unknown),
        (r#"{"StringLike": {"aws:PrincipalOrgID": "«aws_organizations_organization.o.id»"}}"#, Yes),
        (r#"{"StringLike": {"aws:PrincipalOrgID": ["o-1", "«var.organisation»"]}}"#, Unknown),
        (r#"{"StringLike": {"aws:PrincipalOrgID": ["*", "«var.organisation»"]}}"#, No),
    ];
    for (condition, verdict) in cases {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {condition}}}"#
        ));
        assert_eq!(
            document.statements[0].has_fixed_condition(&ORGANISATION_KEYS).verdict,
            verdict,
            "{condition}"
        );
    }
}

#[test]
fn services_that_a_key_is_limited_to() {
    let cases = [
        (r#"{"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}"#, Yes),
        (r#"{"StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"}}"#, Yes),
        (r#"{"StringEquals": {"kms:ViaService": "s3.«AWS::Region».amazonaws.com"}}"#, Yes),
        (r#"{"StringLike": {"kms:ViaService": "*.us-east-1.amazonaws.com"}}"#, No),
        (r#"{"StringEqualsIfExists": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}"#, No),
    ];
    for (condition, verdict) in cases {
        let document = statements(&format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {condition}}}"#
        ));
        assert_eq!(document.statements[0].limits_service().verdict, verdict, "{condition}");
    }
}

#[test]
fn a_whole_service_is_told_from_patterns_also_with_holes() {
    let hole = || Part::Hole(Arc::new(keylint_model::Unknown::new(Reason::Input("service".into()))), None);
    let known = |text: &str| Part::Known(Text::synthetic(text));
    let cases = [
        (vec![known("kms:*")], Verdict::Yes),
        (vec![known("kms:**")], Verdict::Yes),
        (vec![hole(), known(":*")], Verdict::Yes),
        (vec![known("app-"), hole(), known(":*")], Verdict::Yes),
        (vec![hole()], Verdict::Unknown),
        (vec![hole(), known("*")], Verdict::Unknown),
        (vec![known("kms:"), hole()], Verdict::Unknown),
        (vec![hole(), known(":Get*")], Verdict::No),
        (vec![hole(), known("Get*")], Verdict::No),
        (vec![known("kms:"), hole(), known("*")], Verdict::Unknown),
        (vec![known("kms:Get"), hole()], Verdict::No),
        (vec![known("kms:Get"), hole(), known("*")], Verdict::No),
        (vec![known("kms:*"), hole()], Verdict::Unknown),
        (vec![known("*")], Verdict::No),
        (vec![known("*:*")], Verdict::No),
        (vec![known(":*")], Verdict::No),
        (vec![known("k*:*")], Verdict::No),
        (vec![known("kms:Get*")], Verdict::No),
    ];
    for (parts, expected) in cases {
        let element = Element {
            text: PartlyKnown::from_parts(&parts),
            span: None,
            origin: Origin::default(),
            scalar: Scalar::String,
        };
        assert_eq!(element.is_whole_service(), expected, "{}", element.text);
    }
}
