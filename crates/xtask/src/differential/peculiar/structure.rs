//! Peculiarities of callers, principals and policies. Each function makes one sort of case.

use serde_json::{Map, Value, json};

use super::super::policies::OWN;
use super::super::random::Random;
use super::{QUEUE, USER, document, request};

type Case = Map<String, Value>;

/// All sorts; some stand twice because they have more to vary.
pub(super) const ALL: [fn(&mut Random) -> Case; 23] = [
    root_user,
    federated_user,
    federated_user,
    session_policy,
    policy_not_given,
    anonymous_to_key_or_role,
    service_linked_role,
    retire_grant,
    key_of_another_account,
    account_at_endpoint,
    not_principal,
    not_principal,
    canonical_user,
    key_statement_without_resource,
    variable_in_front_of_the_last_field,
    variable_in_resource,
    session_without_principal_arn,
    unique_id,
    rejected_document,
    role_and_session_named,
    other_principal,
    principal_at_endpoint,
    wildcard_in_resource_type,
];

const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/one";
const ROLE: &str = "arn:aws:iam::111122223333:role/app";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/zoe";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab";
const TARGET: &str = "arn:aws:iam::111122223333:role/team/target";

/// A user, session or role that sends a message.
fn sender(random: &mut Random) -> (&'static str, Case) {
    let caller = random.text(&[USER, SESSION, ROLE]);
    let mut case = request("sqs:SendMessage", QUEUE, caller, json!({}));
    open_or_closed(random, "identityPolicies", &mut case);
    (caller, case)
}

/// Adds policies that allow everything, something else, or no policies.
fn open_or_closed(random: &mut Random, name: &str, case: &mut Case) {
    let action = match random.below(3) {
        0 => return,
        1 => "*",
        _ => "ec2:*",
    };
    case.insert(name.to_owned(), json!([allowing(action)]));
}

fn allowing(action: &str) -> Value {
    document(json!([{"Effect": "Allow", "Action": action, "Resource": "*"}]))
}

/// A statement about every action, with a principal.
fn named(effect: &str, element: &str, principal: &Value) -> Value {
    json!({"Effect": effect, element: principal, "Action": "*", "Resource": "*"})
}

fn allow(principal: &Value) -> Value {
    named("Allow", "Principal", principal)
}

fn without_resource(mut statement: Value) -> Value {
    if let Some(statement) = statement.as_object_mut() {
        statement.remove("Resource");
    }
    statement
}

fn resource_policy(case: &mut Case, statement: Value) {
    case.insert("resourcePolicy".to_owned(), document(Value::Array(vec![statement])));
}

fn deny_all_as_resource_control(case: &mut Case) {
    let denial = document(json!([named("Deny", "Principal", &json!("*"))]));
    case.insert("resourceControlPolicies".to_owned(), json!([[denial]]));
}

fn identity(case: &mut Case, statement: Value) {
    case.insert("identityPolicies".to_owned(), json!([document(Value::Array(vec![statement]))]));
}

fn root_user(random: &mut Random) -> Case {
    let (action, resource) = *random.pick(&[("sqs:SendMessage", QUEUE), ("kms:Decrypt", KEY)]);
    let mut case = request(action, resource, ROOT, json!({}));
    if resource == KEY || random.percent(50) {
        resource_policy(
            &mut case,
            allow(random.pick(&[json!({"AWS": ROOT}), json!("*"), json!({"AWS": USER})])),
        );
    }
    case
}

fn federated_user(random: &mut Random) -> Case {
    let mut case = request("sqs:SendMessage", QUEUE, FEDERATED, json!({}));
    open_or_closed(random, "identityPolicies", &mut case);
    open_or_closed(random, "sessionPolicies", &mut case);
    if random.percent(60) {
        let user = json!({"AWS": "arn:aws:iam::111122223333:user/zoe"});
        let names = [json!({"AWS": FEDERATED}), user, json!({"AWS": ROOT}), json!("*")];
        resource_policy(&mut case, allow(random.pick(&names)));
    }
    case
}

fn session_policy(random: &mut Random) -> Case {
    let mut case = request("sqs:SendMessage", QUEUE, SESSION, json!({"aws:PrincipalArn": ROLE}));
    open_or_closed(random, "identityPolicies", &mut case);
    open_or_closed(random, "sessionPolicies", &mut case);
    resource_policy(
        &mut case,
        allow(random.pick(&[json!({"AWS": SESSION}), json!("*"), json!({"AWS": ROLE})])),
    );
    case
}

fn policy_not_given(random: &mut Random) -> Case {
    let (action, resource) = *random.pick(&[("kms:Decrypt", KEY), ("sts:AssumeRole", TARGET)]);
    let mut case = request(action, resource, random.text(&[USER, SESSION, ROLE]), json!({}));
    open_or_closed(random, "identityPolicies", &mut case);
    case
}

fn anonymous_to_key_or_role(random: &mut Random) -> Case {
    let everybody = allow(&json!({"AWS": "*"}));
    if random.percent(50) {
        let mut case = request("kms:Decrypt", KEY, "anonymous", json!({}));
        resource_policy(&mut case, everybody);
        return case;
    }
    let mut case = request("sts:AssumeRole", TARGET, "anonymous", json!({}));
    resource_policy(&mut case, without_resource(everybody));
    case
}

fn service_linked_role(random: &mut Random) -> Case {
    let linked = [
        "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
        "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s",
    ];
    let mut case = request("sqs:SendMessage", QUEUE, random.text(&linked), json!({}));
    case.insert("identityPolicies".to_owned(), json!([allowing("*")]));
    if random.percent(50) {
        let effect = random.text(&["Allow", "Deny"]);
        let scp =
            document(json!([{"Effect": effect, "Action": ["sqs:*", "ec2:*"], "NotResource": "arn:aws:x*"}]));
        case.insert("serviceControlPolicies".to_owned(), json!([[scp]]));
    } else {
        deny_all_as_resource_control(&mut case);
    }
    case
}

fn retire_grant(_: &mut Random) -> Case {
    let mut case = request("kms:RetireGrant", KEY, USER, json!({}));
    resource_policy(&mut case, allow(&json!({"AWS": USER})));
    deny_all_as_resource_control(&mut case);
    case
}

fn key_of_another_account(random: &mut Random) -> Case {
    let other = "arn:aws:iam::999988887777:user/zoe";
    let action = random.text(&["kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "kms:TagResource"]);
    let mut case = request(action, KEY, other, json!({}));
    resource_policy(&mut case, allow(&json!({"AWS": other})));
    open_or_closed(random, "identityPolicies", &mut case);
    case
}

fn account_at_endpoint(random: &mut Random) -> Case {
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/t";
    let (action, resource) =
        *random.pick(&[("s3:GetObject", "arn:aws:s3:::b/k"), ("dynamodb:GetItem", table)]);
    let mut case = request(action, resource, USER, json!({}));
    open_or_closed(random, "identityPolicies", &mut case);
    let statement = allow(random.pick(&[json!({"AWS": OWN}), json!({"AWS": ROOT})]));
    case.insert("endpointPolicies".to_owned(), json!([document(json!([statement]))]));
    case
}

fn not_principal(random: &mut Random) -> Case {
    let (_, mut case) = sender(random);
    let names = [
        json!({"AWS": [USER, ROOT]}),
        json!({"AWS": USER}),
        json!({"AWS": [ROLE, ROOT]}),
        json!({"AWS": [SESSION, ROLE, ROOT]}),
        json!({"AWS": [SESSION, ROLE]}),
        json!({"AWS": ROOT}),
        json!({"AWS": ROLE}),
        json!({"Service": "sns.amazonaws.com"}),
        json!("*"),
    ];
    let effect = if random.percent(80) { "Deny" } else { "Allow" };
    resource_policy(&mut case, named(effect, "NotPrincipal", random.pick(&names)));
    open_or_closed(random, "permissionsBoundaries", &mut case);
    case
}

fn canonical_user(random: &mut Random) -> Case {
    let (_, mut case) = sender(random);
    let effect = random.text(&["Allow", "Deny"]);
    resource_policy(&mut case, named(effect, "Principal", &json!({"CanonicalUser": "79a59df900b949e5"})));
    case
}

fn key_statement_without_resource(random: &mut Random) -> Case {
    let mut case = request("kms:Decrypt", KEY, USER, json!({}));
    open_or_closed(random, "identityPolicies", &mut case);
    let principal = random.pick(&[json!({"AWS": USER}), json!({"AWS": ROOT})]).clone();
    let effect = random.text(&["Allow", "Allow", "Deny"]);
    resource_policy(&mut case, without_resource(named(effect, "Principal", &principal)));
    case
}

fn variable_in_front_of_the_last_field(random: &mut Random) -> Case {
    let patterns = [
        "arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:queue",
        "arn:aws:sqs:${aws:PrincipalTag/none}:111122223333:queue",
        "arn:aws:${test:Service}:eu-west-1:111122223333:queue",
        "arn:aws:sqs:${test:Service}:111122223333:queue",
    ];
    let mut case = request("sqs:SendMessage", QUEUE, USER, json!({"test:Service": "sqs"}));
    let element = random.text(&["Resource", "NotResource"]);
    identity(&mut case, json!({"Effect": "Allow", "Action": "sqs:*", element: random.pick(&patterns)}));
    case
}

fn variable_in_resource(random: &mut Random) -> Case {
    let patterns = [
        "arn:aws:s3:::bucket/${aws:PrincipalTag/none}",
        "arn:aws:s3:::bucket/${aws:TagKeys, 'a'}",
        "arn:aws:s3:::bucket/${*}",
        "arn:aws:s3:::bucket/${?}*",
        "arn:aws:s3:::bucket/${test:Star}",
    ];
    let resources = ["arn:aws:s3:::bucket/a", "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/?b"];
    let context = json!({"aws:TagKeys": ["a"], "test:Star": "*"});
    let mut case = request("s3:GetObject", random.text(&resources), USER, context);
    let element = random.text(&["Resource", "NotResource"]);
    identity(&mut case, json!({"Effect": "Allow", "Action": "s3:*", element: random.pick(&patterns)}));
    case
}

fn session_without_principal_arn(random: &mut Random) -> Case {
    let mut case = request("sqs:SendMessage", QUEUE, SESSION, json!({}));
    let operator = random.text(&["ArnEquals", "ArnNotEquals", "StringEquals", "Null"]);
    let other = "arn:aws:iam::111122223333:role/other";
    let asked = if operator == "Null" { "false" } else { *random.pick(&[ROLE, other]) };
    let condition = json!({operator: {"aws:PrincipalArn": asked}});
    identity(&mut case, json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}));
    case
}

fn unique_id(random: &mut Random) -> Case {
    let (caller, mut case) = sender(random);
    let id = if caller == USER { "AIDAEXAMPLE" } else { "AROAEXAMPLE" };
    if random.percent(50) {
        let user_id = if caller == USER { id.to_owned() } else { format!("{id}:one") };
        if let Some(context) = case.get_mut("request").and_then(|it| it.get_mut("context")) {
            *context = json!({"aws:userid": user_id});
        }
    }
    resource_policy(&mut case, allow(&json!({"AWS": random.pick(&[id, "AROAOTHER", "AIDAOTHER"])})));
    case
}

fn rejected_document(random: &mut Random) -> Case {
    let (_, mut case) = sender(random);
    let statements = [
        json!({"Effect": "allow", "Action": "*", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}),
        json!({"Effect": "Allow", "Action": "*", "NotAction": "ec2:*", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "*"}),
    ];
    identity(&mut case, random.pick(&statements).clone());
    case
}

fn role_and_session_named(_: &mut Random) -> Case {
    let mut case = request("sqs:SendMessage", QUEUE, ROLE, json!({}));
    resource_policy(&mut case, allow(&json!({"AWS": SESSION})));
    case
}

fn other_principal(random: &mut Random) -> Case {
    let callers = ["arn:aws:iam::111122223333:group/g", "arn:aws:iam::111122223333:instance-profile/p"];
    let mut case = request("sqs:SendMessage", QUEUE, random.text(&callers), json!({}));
    open_or_closed(random, "identityPolicies", &mut case);
    case
}

fn principal_at_endpoint(random: &mut Random) -> Case {
    let (caller, mut case) = sender(random);
    let names =
        [json!({"AWS": caller}), json!({"AWS": "444455556666"}), json!({"Service": "ec2.amazonaws.com"})];
    let statement = named(random.text(&["Allow", "Deny"]), "Principal", random.pick(&names));
    case.insert("endpointPolicies".to_owned(), json!([document(json!([statement]))]));
    case
}

fn wildcard_in_resource_type(random: &mut Random) -> Case {
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/t";
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:f";
    let sorts = [
        ("dynamodb:GetItem", table, ["tab*/t", "?able/*", "*/t"]),
        ("lambda:InvokeFunction", function, ["func*:f", "*:f", "functio?:*"]),
    ];
    let (action, resource, patterns) = random.pick(&sorts);
    let mut case = request(action, resource, USER, json!({}));
    let start: Vec<&str> = resource.splitn(6, ':').take(5).collect();
    let pattern = format!("{}:{}", start.join(":"), random.pick(patterns));
    let element = random.text(&["Resource", "NotResource"]);
    identity(&mut case, json!({"Effect": "Allow", "Action": "*", element: pattern}));
    case
}
