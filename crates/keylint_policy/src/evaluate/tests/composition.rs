//! How policies of all sorts decide together.

use super::*;
use Decision::{Allowed, ExplicitlyDenied, ImplicitlyDenied, Undecided};

const ROLE: &str = "arn:aws:iam::111122223333:role/team/app";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/one";
const USER: &str = "arn:aws:iam::111122223333:user/ana";
const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/ana";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const FOREIGN: &str = "arn:aws:iam::999988887777:user/eve";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1";

/// A document with one statement that allows everything.
const ALL: &str = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
const NONE: &str = r#"{"Statement": {"Effect": "Allow", "Action": "a:b", "Resource": "*"}}"#;
const DENY: &str = r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;

/// The policy of a resource with one statement.
fn resource(effect: &str, principal: &str) -> String {
    format!(
        r#""resourcePolicy": {{"Version": "2012-10-17", "Statement":
            {{"Effect": "{effect}", {principal}, "Action": "*", "Resource": "*"}}}}"#
    )
}

fn allow(aws: &str) -> String {
    resource("Allow", &format!(r#""Principal": {{"AWS": "{aws}"}}"#))
}

/// The decision about a queue of the account 111122223333.
fn queue(principal: &str, policies: &[&str]) -> Decision {
    on("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q", principal, policies)
}

fn on(action: &str, arn: &str, principal: &str, policies: &[&str]) -> Decision {
    let policies: String = policies.iter().map(|policy| format!(", {policy}")).collect();
    decision(&format!(
        r#"{{"request": {{"action": "{action}", "resource": "{arn}", "principal": "{principal}"}}{policies}}}"#
    ))
}

fn list(name: &str, documents: &[&str]) -> String {
    format!(r#""{name}": [{}]"#, documents.join(", "))
}

/// The page "How AWS enforcement code logic evaluates requests to allow or deny access": who is
/// named in the policy of a resource decides which limits count.
#[test]
fn who_is_named_matters_within_an_account() {
    let boundary = list("permissionsBoundaries", &[NONE]);
    let session = list("sessionPolicies", &[NONE]);
    let cases = [
        (USER, USER, Allowed),
        (SESSION, SESSION, Allowed),
        (FEDERATED, FEDERATED, Allowed),
        (SESSION, "*", Allowed),
        (USER, "*", Allowed),
        (SESSION, ROLE, ImplicitlyDenied),
        (ROLE, ROLE, ImplicitlyDenied),
        (USER, "111122223333", ImplicitlyDenied),
        (USER, ROOT, ImplicitlyDenied),
        (ROOT, ROOT, Allowed),
        // Which user made the session is not known; that the limits forbid it is.
        (FEDERATED, USER, ImplicitlyDenied),
    ];
    for (caller, named, expected) in cases {
        assert_eq!(queue(caller, &[&allow(named), &boundary, &session]), expected, "{caller} {named}");
    }
    assert_eq!(queue(SESSION, &[&allow(ROLE)]), Allowed);
    assert_eq!(queue(ROLE, &[&allow(ROLE)]), Allowed);
    assert_eq!(queue(ROLE, &[&allow(SESSION), &boundary]), Undecided);
    assert_eq!(queue(FEDERATED, &[&allow(USER)]), Undecided);
    // An account that is named still has to allow its identities.
    assert_eq!(queue(USER, &[&allow(ROOT)]), ImplicitlyDenied);
    assert_eq!(queue(USER, &[&allow(ROOT), &list("identityPolicies", &[ALL])]), Allowed);
    assert_eq!(queue(USER, &[&list("identityPolicies", &[ALL])]), Allowed);
}

#[test]
fn every_limit_limits_and_every_deny_denies() {
    let identity = list("identityPolicies", &[ALL]);
    for name in ["permissionsBoundaries", "sessionPolicies", "endpointPolicies"] {
        let principal = if name == "endpointPolicies" { r#""Principal": "*", "# } else { "" };
        let document = |effect: &str| {
            format!(r#"{{"Statement": {{"Effect": "{effect}", {principal}"Action": "*", "Resource": "*"}}}}"#)
        };
        assert_eq!(queue(SESSION, &[&identity, &list(name, &[&document("Allow")])]), Allowed, "{name}");
        assert_eq!(queue(SESSION, &[&identity, &list(name, &[NONE])]), ImplicitlyDenied, "{name}");
        let denies = list(name, &[&document("Allow"), &document("Deny")]);
        assert_eq!(queue(SESSION, &[&identity, &denies]), ExplicitlyDenied, "{name}");
    }
    assert_eq!(queue(USER, &[&list("identityPolicies", &[ALL, DENY])]), ExplicitlyDenied);
    assert_eq!(queue(USER, &[&identity, &resource("Deny", r#""Principal": "*""#)]), ExplicitlyDenied);
    assert_eq!(queue(USER, &[]), ImplicitlyDenied);
}

/// Organizations User Guide, "SCP evaluation": an allow at every level; "RCPs": never a grant.
#[test]
fn control_policies_count_level_by_level() {
    let identity = list("identityPolicies", &[ALL]);
    let scps = |levels: &[&str]| list("serviceControlPolicies", levels);
    let rcps = |levels: &[&str]| list("resourceControlPolicies", levels);
    let (all, none, deny) = (format!("[{ALL}]"), format!("[{NONE}]"), format!("[{ALL}, {DENY}]"));
    assert_eq!(queue(USER, &[&identity, &scps(&[&all, &all])]), Allowed);
    assert_eq!(queue(USER, &[&identity, &scps(&[&all, &none])]), ImplicitlyDenied);
    assert_eq!(queue(USER, &[&identity, &scps(&[&all, &deny])]), ExplicitlyDenied);
    assert_eq!(queue(ROOT, &[&scps(&[&deny])]), ExplicitlyDenied);
    let principal =
        r#"[{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}}]"#;
    assert_eq!(queue(USER, &[&identity, &rcps(&["[]"])]), Allowed);
    assert_eq!(queue(USER, &[&identity, &rcps(&["[]", principal])]), ExplicitlyDenied);
    assert_eq!(queue(USER, &[&rcps(&["[]"])]), ImplicitlyDenied);
    // Service-linked roles are exempt; a session shows its role by name only.
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    assert_eq!(queue(linked, &[&identity, &scps(&[&deny]), &rcps(&[principal])]), Allowed);
    let session = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s";
    assert_eq!(queue(session, &[&identity, &scps(&[&deny])]), Undecided);
    // Service control policies restrict identities, resource control policies everybody.
    let open = resource("Allow", r#""Principal": "*""#);
    assert_eq!(queue("anonymous", &[&open, &scps(&[&deny])]), Allowed);
    assert_eq!(queue("anonymous", &[&open, &rcps(&[principal])]), ExplicitlyDenied);
}

/// The page "Cross-account policy evaluation logic".
#[test]
fn across_accounts_both_sides_must_allow() {
    let identity = list("identityPolicies", &[ALL]);
    for named in [FOREIGN, "999988887777", "arn:aws:iam::999988887777:root", "*"] {
        assert_eq!(queue(FOREIGN, &[&allow(named), &identity]), Allowed, "{named}");
        assert_eq!(queue(FOREIGN, &[&allow(named)]), ImplicitlyDenied, "{named}");
        let boundary = list("permissionsBoundaries", &[NONE]);
        assert_eq!(queue(FOREIGN, &[&allow(named), &identity, &boundary]), ImplicitlyDenied, "{named}");
    }
    assert_eq!(queue(FOREIGN, &[&identity]), ImplicitlyDenied);
    assert_eq!(queue(FOREIGN, &[&allow(ROOT), &identity]), ImplicitlyDenied);
    // Whose bucket it is the ARN does not say.
    let bucket = |policies: &[&str]| on("s3:GetObject", "arn:aws:s3:::b/k", USER, policies);
    assert_eq!(bucket(&[&identity]), Undecided);
    assert_eq!(bucket(&[&identity, &allow(USER)]), Allowed);
    assert_eq!(bucket(&[]), ImplicitlyDenied);
}

#[test]
fn services_and_strangers_need_the_policy_of_the_resource() {
    let service = resource("Allow", r#""Principal": {"Service": "sns.amazonaws.com"}"#);
    assert_eq!(queue("service:sns.amazonaws.com", &[&service]), Allowed);
    assert_eq!(queue("service:s3.amazonaws.com", &[&service]), ImplicitlyDenied);
    assert_eq!(queue("service:s3.amazonaws.com", &[]), ImplicitlyDenied);
    assert_eq!(queue("service:s3.amazonaws.com", &[&allow("*")]), Allowed);
    assert_eq!(queue("anonymous", &[&allow("*")]), Allowed);
    assert_eq!(queue("anonymous", &[&allow(ROOT)]), ImplicitlyDenied);
    assert_eq!(queue("anonymous", &[&service]), ImplicitlyDenied);
    assert_eq!(queue("arn:aws:iam::111122223333:group/g", &[&list("identityPolicies", &[ALL])]), Undecided);
    let canonical = resource("Allow", r#""Principal": {"CanonicalUser": "79a5"}"#);
    assert_eq!(queue(FOREIGN, &[&canonical, &list("identityPolicies", &[ALL])]), Undecided);
}

/// KMS Developer Guide, "Key policies in AWS KMS" and "Default key policy".
#[test]
fn a_key_policy_must_allow_the_caller_or_its_account() {
    let identity = list("identityPolicies", &[ALL]);
    let key = |principal: &str, policies: &[&str]| on("kms:Decrypt", KEY, principal, policies);
    assert_eq!(key(USER, &[&identity, &allow("arn:aws:iam::111122223333:user/bob")]), ImplicitlyDenied);
    assert_eq!(key(USER, &[&identity, &allow(ROOT)]), Allowed);
    assert_eq!(key(USER, &[&allow(ROOT)]), ImplicitlyDenied);
    assert_eq!(key(USER, &[&allow(USER)]), Allowed);
    assert_eq!(key(SESSION, &[&allow(ROLE)]), Allowed);
    assert_eq!(key(ROOT, &[&allow(ROOT)]), Allowed);
    assert_eq!(key(ROOT, &[&allow(USER)]), ImplicitlyDenied);
    assert_eq!(key(USER, &[&identity]), Undecided);
    assert_eq!(key(FOREIGN, &[&identity, &allow("999988887777")]), Allowed);
    assert_eq!(key(FOREIGN, &[&allow("999988887777")]), ImplicitlyDenied);
    assert_eq!(key("anonymous", &[&allow("*")]), ImplicitlyDenied);
    // "If the required Resource element is missing … the policy statement has no effect."
    for element in [r#""Action": "*""#, r#""Resource": "*""#] {
        let policy = format!(
            r#""resourcePolicy": {{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{USER}"}}, {element}}}}}"#
        );
        assert_eq!(key(USER, &[&policy]), ImplicitlyDenied, "{element}");
    }
    // What has no key is for policies of identities alone.
    assert_eq!(on("kms:ListKeys", "*", USER, &[&identity]), Allowed);
}

/// KMS Developer Guide, "Allowing users in other accounts to use a KMS key": permission for other operations
/// has no effect.
#[test]
fn what_only_the_account_of_a_key_can_do_is_allowed_to_no_other() {
    let identity = list("identityPolicies", &[ALL]);
    let across = |action: &str, caller: &str| on(action, KEY, caller, &[&identity, &allow("*")]);
    for action in ["kms:Decrypt", "kms:createGrant", "kms:VerifyMac", "kms:RetireGrant"] {
        assert_eq!(across(action, FOREIGN), Allowed, "{action}");
    }
    for action in ["kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "kms:GetKeyPolicy", "kms:TagResource"] {
        assert_eq!(across(action, FOREIGN), ImplicitlyDenied, "{action}");
        assert_eq!(across(action, USER), Allowed, "{action}");
    }
}

#[test]
fn a_trust_policy_must_allow_the_caller_or_its_account() {
    let trust = |principal: &str| {
        format!(
            r#""resourcePolicy": {{"Statement": {{"Effect": "Allow", "Principal": {principal}, "Action": "sts:*"}}}}"#
        )
    };
    let assume = |caller: &str, policies: &[&str]| on("sts:AssumeRole", ROLE, caller, policies);
    let identity = list("identityPolicies", &[ALL]);
    let own = trust(&format!(r#"{{"AWS": "{ROOT}"}}"#));
    assert_eq!(assume(USER, &[&own, &identity]), Allowed);
    assert_eq!(assume(USER, &[&own]), ImplicitlyDenied);
    assert_eq!(assume(USER, &[&trust(&format!(r#"{{"AWS": "{USER}"}}"#))]), Allowed);
    assert_eq!(assume(USER, &[&identity]), Undecided);
    assert_eq!(assume(ROOT, &[&own]), ImplicitlyDenied);
    let service = trust(r#"{"Service": "ec2.amazonaws.com"}"#);
    assert_eq!(assume("service:ec2.amazonaws.com", &[&service]), Allowed);
    assert_eq!(assume(USER, &[&service, &identity]), ImplicitlyDenied);
    let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let federated = trust(&format!(r#"{{"Federated": "{provider}"}}"#));
    let web = |caller: &str| on("sts:AssumeRoleWithWebIdentity", ROLE, caller, &[&federated]);
    assert_eq!(web(provider), Allowed);
    assert_eq!(web("federated:accounts.google.com"), ImplicitlyDenied);
}

/// The page "AWS JSON policy elements: NotPrincipal".
#[test]
fn not_principal_spares_whom_it_names_with_the_account() {
    let identity = list("identityPolicies", &[ALL]);
    let except = |names: &str| resource("Deny", &format!(r#""NotPrincipal": {{"AWS": [{names}]}}"#));
    let (user, role, account) = (format!("\"{USER}\""), format!("\"{ROLE}\""), format!("\"{ROOT}\""));
    assert_eq!(queue(USER, &[&identity, &except(&format!("{user}, {account}"))]), Allowed);
    assert_eq!(queue(USER, &[&identity, &except(&user)]), Undecided);
    assert_eq!(queue(USER, &[&identity, &except(&role)]), ExplicitlyDenied);
    assert_eq!(queue(SESSION, &[&identity, &except(&format!("{role}, {account}"))]), Allowed);
    assert_eq!(queue(USER, &[&identity, &except(&format!("{role}, {account}"))]), ExplicitlyDenied);
    assert_eq!(queue(SESSION, &[&identity, &except(&format!("{user}, {account}"))]), ExplicitlyDenied);
    assert_eq!(queue(USER, &[&identity, &except(&account)]), Undecided);
    let session = format!("\"{SESSION}\"");
    assert_eq!(queue(SESSION, &[&identity, &except(&format!("{session}, {account}"))]), Undecided);
    assert_eq!(queue(SESSION, &[&identity, &except(&format!("{session}, {role}, {account}"))]), Allowed);
    let boundary = list("permissionsBoundaries", &[ALL]);
    assert_eq!(
        queue(USER, &[&identity, &boundary, &except(&format!("{user}, {account}"))]),
        ExplicitlyDenied
    );
    let allows = resource("Allow", r#""NotPrincipal": {"AWS": "999988887777"}"#);
    assert_eq!(queue(USER, &[&allows]), Undecided);
}

#[test]
fn what_aws_would_not_accept_is_not_decided() {
    for statement in [
        r#"{"Effect": "allow", "Action": "*", "Resource": "*"}"#,
        r#"{"Effect": "Allow", "Action": "*"}"#,
        r#"{"Effect": "Allow", "Resource": "*"}"#,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}"#,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Conditions": {}}"#,
        r#"{"Effect": "Allow", "Action": "*", "NotAction": "iam:*", "Resource": "*"}"#,
    ] {
        let document = format!(r#"{{"Statement": {statement}}}"#);
        assert_eq!(queue(USER, &[&list("identityPolicies", &[&document])]), Undecided, "{statement}");
        // What allows without it still does.
        let both = list("identityPolicies", &[ALL, &document]);
        let expected = if statement.contains(r#""Effect": "Allow""#) { Allowed } else { Undecided };
        assert_eq!(queue(USER, &[&both]), expected, "{statement}");
    }
    assert_eq!(queue(USER, &[&list("identityPolicies", &[r#""no JSON""#])]), Undecided);
}

#[test]
fn reasons_name_policy_and_statement() {
    let text = format!(
        r#"{{"request": {{"action": "sqs:SendMessage", "resource": "arn:aws:sqs:eu-west-1:111122223333:q",
            "principal": "{USER}"}}, "identityPolicies": [{ALL}, {{"Statement":
            {{"Sid": "No", "Effect": "Deny", "Action": "sqs:*", "Resource": "*"}}}}]}}"#
    );
    let evaluation = cases(&text)[0].evaluate();
    let reasons: Vec<_> =
        evaluation.because.iter().map(|it| (&*it.policy, &it.statement, it.effect)).collect();
    assert_eq!(reasons, [("identityPolicies[1]", &Some((Some("No".to_owned()), 0)), Some("Deny"))]);
    assert_eq!(evaluation.because[0].why, "the statement denies sqs:SendMessage");
}
