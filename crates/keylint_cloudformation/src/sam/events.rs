//! `Events` of a function: what calls it, and the permission that this takes.
//!
//! The permissions are what AWS makes, with its logical ids: `<Function><Event>Permission`.

use keylint_syntax::data::{Member, Node, NodeKind};

use super::build::{Make, call, plain, referenced};
use super::function::Target;
use super::policies::Role;
use super::{Output, Source, api, pull};

pub(super) const PERMISSION: &str = "AWS::Lambda::Permission";

/// One event.
pub(super) struct Event {
    /// Its name in the template.
    pub(super) name: String,
    /// The name and the type of the event, for what it makes.
    pub(super) make: Make,
    pub(super) kind: String,
    pub(super) properties: Node,
}

impl Event {
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.properties
            .members()
            .iter()
            .rev()
            .find(|member| member.key.as_str() == name)
            .map(|member| &member.value)
    }

    /// Its properties without some, to pass on.
    pub(super) fn others(&self, without: &[&str]) -> Vec<Member> {
        let passed = |member: &&Member| !without.contains(&member.key.as_str());
        self.properties.members().iter().filter(passed).cloned().collect()
    }
}

/// The events of a function or state machine, taken out of it.
pub(super) fn of(source: &mut Source<'_>) -> Vec<Event> {
    let Some(events) = source.take("Events") else { return Vec::new() };
    if call(&events).is_some() {
        return Vec::new();
    }
    let events = events.members().iter().filter_map(|event| {
        let kind = event.value.get("Type")?;
        let make = Make(kind.span);
        let none = || make.members(Vec::new());
        Some(Event {
            name: event.key.as_str().to_owned(),
            make,
            kind: plain(kind)?.to_owned(),
            properties: event.value.get("Properties").cloned().unwrap_or_else(none),
        })
    });
    events.collect()
}

/// Makes what an event of a function takes.
pub(super) fn add(
    source: &Source<'_>,
    target: &Target,
    event: &Event,
    role: &mut Role,
    output: &mut Output<'_>,
) {
    let make = event.make;
    let id = format!("{}{}", source.id, event.name);
    let permit = Permit { source, target, make, id: format!("{id}Permission") };
    match event.kind.as_str() {
        "Api" => rest(&permit, event, output),
        "HttpApi" => http(&permit, event, output),
        "S3" => {
            let account = make.reference("AWS::AccountId");
            permit.give("s3.amazonaws.com", [("SourceAccount", Some(account))], output);
        }
        "SNS" => sns(source, target, event, role, output, |output| {
            permit.give("sns.amazonaws.com", [("SourceArn", event.get("Topic").cloned())], output);
        }),
        "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => {
            rule(source, &id, event, target.arn(make), None, output);
            let arn = make.get_att(&id, "Arn");
            permit.give("events.amazonaws.com", [("SourceArn", Some(arn))], output);
        }
        "ScheduleV2" => {
            let statement = make.allow(&["lambda:InvokeFunction"], target.arn(make));
            schedule(source, &id, event, target.arn(make), statement, output);
        }
        "CloudWatchLogs" => logs(&permit, &id, event, output),
        "IoTRule" => iot(&permit, &id, event, output),
        "AlexaSkill" => {
            let token = event.get("SkillId").cloned();
            permit.give("alexa-appkit.amazon.com", [("EventSourceToken", token)], output);
        }
        "Cognito" => {
            let pool = event.get("UserPool").and_then(referenced);
            let arn = pool.map_or_else(|| make.unknown(), |pool| make.get_att(pool, "Arn"));
            // One pool calls a function once, whatever the number of its events.
            let id = format!("{}CognitoPermission", target.alias.as_ref().unwrap_or(&target.id));
            let permit = Permit { id, ..permit };
            permit.give("cognito-idp.amazonaws.com", [("SourceArn", Some(arn))], output);
        }
        "Kinesis" | "DynamoDB" | "SQS" | "MSK" | "MQ" | "SelfManagedKafka" | "DocumentDB" => {
            pull::add(source, target, &id, event, role, output);
        }
        _ => output.note_opaque(source),
    }
}

/// The permission by which an event calls its function.
struct Permit<'p> {
    source: &'p Source<'p>,
    target: &'p Target,
    make: Make,
    /// Its logical id.
    id: String,
}

impl Permit<'_> {
    /// Permits a service to call the function, with what is given of the other properties.
    fn give<const N: usize>(
        &self,
        principal: &str,
        others: [(&str, Option<Node>); N],
        output: &mut Output<'_>,
    ) {
        let make = self.make;
        let mut properties = vec![
            make.member("Action", make.text("lambda:InvokeFunction")),
            make.member("FunctionName", self.target.name(make)),
            make.member("Principal", make.text(principal)),
        ];
        properties.extend(others.into_iter().filter_map(|(name, value)| Some(make.member(name, value?))));
        output.add(self.source, make, &self.id, PERMISSION, properties);
    }
}

/// A method of a REST API.
fn rest(permit: &Permit<'_>, event: &Event, output: &mut Output<'_>) {
    if event.get("RestApiId").is_none() {
        api::implicit_rest(permit.source, permit.make, output);
    }
    let (suffix, arn) = rest_api(event, output);
    let permit = Permit { id: format!("{}{suffix}", permit.id), ..*permit };
    permit.give("apigateway.amazonaws.com", [("SourceArn", arn)], output);
}

/// A route of an HTTP API.
fn http(permit: &Permit<'_>, event: &Event, output: &mut Output<'_>) {
    if event.get("ApiId").is_none() {
        api::implicit_http(permit.source, permit.make, output);
    }
    let api = api_id(event.get("ApiId"), api::IMPLICIT_HTTP);
    let arn = execute_arn(permit.make, api, &execute_path(event, false));
    permit.give("apigateway.amazonaws.com", [("SourceArn", arn)], output);
}

/// A subscription to a log group.
fn logs(permit: &Permit<'_>, id: &str, event: &Event, output: &mut Output<'_>) {
    let make = permit.make;
    let group = event.get("LogGroupName").cloned().unwrap_or_else(|| make.unknown());
    let text = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${name}:*";
    permit.give("logs.amazonaws.com", [("SourceArn", Some(arn_with(make, text, group)))], output);
    let mut properties = event.others(&[]);
    properties.push(make.member("DestinationArn", permit.target.arn(make)));
    output.add(permit.source, make, id, "AWS::Logs::SubscriptionFilter", properties);
}

/// A rule of IoT.
fn iot(permit: &Permit<'_>, id: &str, event: &Event, output: &mut Output<'_>) {
    let make = permit.make;
    let text = "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:rule/${name}";
    let arn = arn_with(make, text, make.reference(id));
    let account = make.reference("AWS::AccountId");
    let others = [("SourceArn", Some(arn)), ("SourceAccount", Some(account))];
    permit.give("iot.amazonaws.com", others, output);
    let payload = make.members(event.others(&[]));
    let properties = vec![make.member("TopicRulePayload", payload)];
    output.add(permit.source, make, id, "AWS::IoT::TopicRule", properties);
}

/// An ARN with a value for its `${name}`.
fn arn_with(make: Make, text: &str, name: Node) -> Node {
    make.call("Fn::Sub", make.list(vec![make.text(text), make.map([("name", name)])]))
}

/// The suffix of the permission of a REST API, and the API's ARN.
fn rest_api(event: &Event, output: &Output<'_>) -> (String, Option<Node>) {
    let make = event.make;
    let api = api_id(event.get("RestApiId"), api::IMPLICIT_REST);
    let suffix = match event.get("RestApiId") {
        None => "Prod".to_owned(),
        Some(given) => {
            let id = referenced(given).or_else(|| plain(given));
            let stage = id.and_then(|id| output.find(id)?.get("Properties")?.get("StageName"));
            stage.and_then(plain).unwrap_or("Stage").to_owned()
        }
    };
    // A suffix with other characters becomes a digest; the id is then only near.
    let suffix = suffix.chars().filter(char::is_ascii_alphanumeric).collect();
    (suffix, execute_arn(make, api, &execute_path(event, true)))
}

fn api_id(given: Option<&Node>, implicit: &str) -> ApiId {
    given.map_or_else(|| ApiId::Implicit(implicit.to_owned()), |given| ApiId::Given(given.clone()))
}

enum ApiId {
    /// The API that SAM makes for all events without one.
    Implicit(String),
    Given(Node),
}

/// The ARN by which an API calls, for all of its stages.
fn execute_arn(make: Make, api: ApiId, path: &str) -> Option<Node> {
    let id = match api {
        ApiId::Implicit(name) => make.reference(&name),
        ApiId::Given(node) => node,
    };
    let text =
        format!("arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{api}}/*/{path}");
    Some(make.call("Fn::Sub", make.list(vec![make.text(&text), make.map([("api", id)])])))
}

/// Method and path of an event as they stand in an ARN: whatever the path has in braces may be
/// anything.
fn execute_path(event: &Event, is_rest: bool) -> String {
    let method = event.get("Method").and_then(plain).unwrap_or("any").to_ascii_uppercase();
    let is_any = matches!(method.as_str(), "ANY" | "*" | "X-AMAZON-APIGATEWAY-ANY-METHOD");
    let method = if is_any || !is_rest { "*".to_owned() } else { method };
    let path = event.get("Path").and_then(plain).unwrap_or("*");
    let mut made = String::with_capacity(path.len());
    let mut in_braces = false;
    for character in path.trim_start_matches('/').chars() {
        match character {
            '{' => in_braces = true,
            '}' => {
                in_braces = false;
                made.push('*');
            }
            '$' => {}
            _ if in_braces => {}
            other => made.push(other),
        }
    }
    format!("{method}/{made}")
}

/// A topic, directly or through a queue.
fn sns<'o, 't>(
    source: &Source<'_>,
    target: &Target,
    event: &Event,
    role: &mut Role,
    output: &'o mut Output<'t>,
    permit: impl FnOnce(&mut Output<'t>),
) {
    let make = event.make;
    let id = format!("{}{}", source.id, event.name);
    let topic = event.get("Topic").cloned().unwrap_or_else(|| make.unknown());
    let queued = event.get("SqsSubscription").filter(|queued| !matches!(queued.kind, NodeKind::Bool(false)));
    let (protocol, endpoint) = match queued {
        None => {
            permit(output);
            ("lambda", target.arn(make))
        }
        Some(queued) => {
            role.attach(make, "AWSLambdaSQSQueueExecutionRole");
            ("sqs", queue(source, target, make, &id, queued, topic.clone(), output))
        }
    };
    let mut properties = event.others(&["Topic", "SqsSubscription"]);
    properties.push(make.member("Protocol", make.text(protocol)));
    properties.push(make.member("Endpoint", endpoint));
    properties.push(make.member("TopicArn", topic));
    output.add(source, make, &id, "AWS::SNS::Subscription", properties);
}

/// The queue between a topic and its function with its policy and mapping; its ARN.
fn queue(
    source: &Source<'_>,
    target: &Target,
    make: Make,
    id: &str,
    queued: &Node,
    topic: Node,
    output: &mut Output<'_>,
) -> Node {
    let given = |name: &str| queued.get(name).cloned();
    let (arn, url) = match (given("QueueArn"), given("QueueUrl")) {
        (Some(arn), Some(url)) => (arn, url),
        _ => {
            let queue = format!("{id}Queue");
            output.add(source, make, &queue, "AWS::SQS::Queue", Vec::new());
            (make.get_att(&queue, "Arn"), make.reference(&queue))
        }
    };
    let policy = match queued.get("QueuePolicyLogicalId").and_then(plain) {
        Some(policy) => policy.to_owned(),
        None => format!("{id}QueuePolicy"),
    };
    let statement = make.map([
        ("Effect", make.text("Allow")),
        ("Action", make.text("sqs:SendMessage")),
        ("Principal", make.text("*")),
        ("Resource", arn.clone()),
        ("Condition", make.map([("ArnEquals", make.map([("aws:SourceArn", topic)]))])),
    ]);
    let properties = vec![
        make.member("Queues", make.list(vec![url])),
        make.member("PolicyDocument", make.document(vec![statement])),
    ];
    output.add(source, make, &policy, "AWS::SQS::QueuePolicy", properties);
    let mapping =
        vec![make.member("FunctionName", target.name(make)), make.member("EventSourceArn", arn.clone())];
    output.add(source, make, &format!("{id}EventSourceMapping"), pull::MAPPING, mapping);
    arn
}

/// A rule of EventBridge, and the queue for what it cannot deliver.
pub(super) fn rule(
    source: &Source<'_>,
    id: &str,
    event: &Event,
    target: Node,
    role_arn: Option<Node>,
    output: &mut Output<'_>,
) {
    let make = event.make;
    let mut entry = vec![make.member("Arn", target)];
    entry.extend(role_arn.map(|arn| make.member("RoleArn", arn)));
    let mut properties = Vec::new();
    for (from, to) in [
        ("Schedule", "ScheduleExpression"),
        ("Pattern", "EventPattern"),
        ("EventBusName", "EventBusName"),
        ("State", "State"),
        ("Name", "Name"),
        ("RuleName", "Name"),
    ] {
        properties.extend(event.get(from).map(|value| make.member(to, value.clone())));
    }
    properties.push(make.member("Targets", make.list(vec![make.members(entry)])));
    output.add(source, make, id, "AWS::Events::Rule", properties);
    dead_letters(source, id, event, output);
}

/// The queue that SAM makes for what a rule or schedule cannot deliver.
fn dead_letters(source: &Source<'_>, id: &str, event: &Event, output: &mut Output<'_>) -> Option<Node> {
    let make = event.make;
    let config = event.get("DeadLetterConfig")?;
    if let Some(arn) = config.get("Arn") {
        return Some(arn.clone());
    }
    config.get("Type").and_then(plain).filter(|kind| *kind == "SQS")?;
    let queue = match config.get("QueueLogicalId").and_then(plain) {
        Some(queue) => queue.to_owned(),
        None => format!("{id}Queue"),
    };
    output.add(source, make, &queue, "AWS::SQS::Queue", Vec::new());
    let arn = make.get_att(&queue, "Arn");
    if event.kind != "ScheduleV2" {
        let source_arn = make.map([("aws:SourceArn", make.get_att(id, "Arn"))]);
        let statement = make.map([
            ("Effect", make.text("Allow")),
            ("Action", make.text("sqs:SendMessage")),
            ("Principal", make.map([("Service", make.text("events.amazonaws.com"))])),
            ("Resource", arn.clone()),
            ("Condition", make.map([("ArnEquals", source_arn)])),
        ]);
        let properties = vec![
            make.member("Queues", make.list(vec![make.reference(&queue)])),
            make.member("PolicyDocument", make.document(vec![statement])),
        ];
        output.add(source, make, &format!("{id}QueuePolicy"), "AWS::SQS::QueuePolicy", properties);
    }
    Some(arn)
}

/// A schedule of EventBridge Scheduler with the role that it runs under.
pub(super) fn schedule(
    source: &Source<'_>,
    id: &str,
    event: &Event,
    target: Node,
    statement: Node,
    output: &mut Output<'_>,
) {
    let make = event.make;
    let queue = dead_letters(source, id, event, output);
    let role_arn = event.get("RoleArn").cloned().unwrap_or_else(|| {
        let mut role = Role::new(format!("{id}Role"), make.trust("scheduler.amazonaws.com"));
        role.inline.push(make.inline(&format!("{id}Policy"), make.document(vec![statement])));
        if let Some(queue) = queue {
            let document = make.document(vec![make.allow(&["sqs:SendMessage"], queue)]);
            role.inline.push(make.inline(&format!("{id}SQSPolicy"), document));
        }
        let boundary = event.get("PermissionsBoundary").cloned();
        role.others.extend(boundary.map(|boundary| make.member("PermissionsBoundary", boundary)));
        let arn = make.get_att(&role.id, "Arn");
        output.add_role(source, make, role);
        arn
    });
    let mut properties = event.others(&["DeadLetterConfig", "RoleArn", "PermissionsBoundary", "RetryPolicy"]);
    properties.retain(|member| !matches!(member.key.as_str(), "Input" | "OmitName"));
    properties.push(make.member("Target", make.map([("Arn", target), ("RoleArn", role_arn)])));
    output.add(source, make, id, "AWS::Scheduler::Schedule", properties);
}
