//! `AWS::Serverless::Function`: a function with its role, its permissions and its URL.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>

use keylint_syntax::data::{Member, Node, NodeKind};

use super::build::{Make, alternatives, call, is_no_value, plain};
use super::policies::Role;
use super::{Output, Source, events, tags};

/// What becomes of the function: the parts that other resources refer to.
pub(super) struct Target {
    /// The logical id of the function.
    pub(super) id: String,
    /// The logical id of the alias that SAM publishes, where it does.
    pub(super) alias: Option<String>,
}

impl Target {
    /// The function for a permission: its name, or the alias.
    pub(super) fn name(&self, make: Make) -> Node {
        make.reference(self.alias.as_ref().unwrap_or(&self.id))
    }

    pub(super) fn arn(&self, make: Make) -> Node {
        match &self.alias {
            Some(alias) => make.reference(alias),
            None => make.get_att(&self.id, "Arn"),
        }
    }
}

pub(super) fn expand(mut source: Source<'_>, output: &mut Output<'_>) {
    let make = source.make();
    let id = source.id.to_owned();
    let mut role = role(&mut source, output);
    let target = Target { alias: publish(&mut source, output), id };
    if let Some(url) = source.take("FunctionUrlConfig") {
        function_url(&source, &target, &url, output);
    }
    if let Some(config) = source.take("EventInvokeConfig") {
        event_invoke(&source, &config, &mut role, output);
    }
    for event in events::of(&mut source) {
        events::add(&source, &target, &event, &mut role, output);
    }
    let given = source.take("Role");
    let role_arn = finish_role(&source, given, role, output);
    source.properties.push(Member { key: make.characters("Role"), key_span: make.0, value: role_arn });
    pass(source, output);
}

/// The function itself.
fn pass(mut source: Source<'_>, output: &mut Output<'_>) {
    tags(&mut source);
    if let Some(member) = source.take_member("Tracing") {
        let make = Make(member.key_span);
        let value = make.map([("Mode", member.value)]);
        source.properties.push(make.member("TracingConfig", value));
    }
    let mut code: Vec<Member> = Vec::new();
    for (from, to) in
        [("InlineCode", "ZipFile"), ("ImageUri", "ImageUri"), ("SourceKMSKeyArn", "SourceKMSKeyArn")]
    {
        if let Some(member) = source.take_member(from) {
            code.push(Member { key: Make(member.key_span).characters(to), ..member });
        }
    }
    if let Some(first) = code.first() {
        let make = Make(first.key_span);
        source.properties.push(make.member("Code", make.members(code)));
    }
    if let Some(member) = source.take_member("DeadLetterQueue")
        && let Some(arn) = member.value.get("TargetArn")
    {
        let make = Make(member.key_span);
        source.properties.push(make.member("DeadLetterConfig", make.map([("TargetArn", arn.clone())])));
    }
    for name in ["CodeUri", "ProvisionedConcurrencyConfig", "DeploymentPreference", "AutoPublishCodeSha256"]
        .into_iter()
        .chain([
            "AutoPublishAliasAllProperties",
            "PropagateTags",
            "VersionDescription",
            "VersionDeletionPolicy",
        ])
    {
        source.take(name);
    }
    output.pass(source, "AWS::Lambda::Function");
}

/// The role that the function gets unless it names one.
fn role(source: &mut Source<'_>, output: &mut Output<'_>) -> Role {
    let make = source.make();
    let trust = source.take("AssumeRolePolicyDocument");
    let mut role =
        Role::new(format!("{}Role", source.id), trust.unwrap_or_else(|| make.trust("lambda.amazonaws.com")));
    let basic = if source.get("DurableConfig").is_some() {
        "AWSLambdaBasicDurableExecutionRolePolicy"
    } else {
        "AWSLambdaBasicExecutionRole"
    };
    role.attach(make, basic);
    if source.get("Tracing").is_some_and(|tracing| plain(tracing) != Some("Disabled")) {
        role.attach(make, "AWSXRayDaemonWriteAccess");
    }
    if source.get("VpcConfig").is_some_and(|config| !is_no_value(config)) {
        role.attach(make, "AWSLambdaVPCAccessExecutionRole");
    }
    if let Some(queue) = source.get("DeadLetterQueue").cloned()
        && let (Some(kind), Some(arn)) = (queue.get("Type").and_then(plain), queue.get("TargetArn"))
    {
        let action = if kind == "SNS" { "sns:Publish" } else { "sqs:SendMessage" };
        let document = Make(queue.span).document(vec![Make(queue.span).allow(&[action], arn.clone())]);
        role.inline.push(Make(queue.span).inline("DeadLetterQueuePolicy", document));
    }
    if let Some(policies) = source.take("Policies") {
        role.add_policies(&policies, &mut output.problems);
    }
    for (from, to) in [("PermissionsBoundary", "PermissionsBoundary"), ("RolePath", "Path")] {
        if let Some(member) = source.take_member(from) {
            role.others.push(Member { key: Make(member.key_span).characters(to), ..member });
        }
    }
    role.others.extend(source.open());
    role
}

/// Makes the role, where it is wanted; answers what the function's `Role` is.
fn finish_role(source: &Source<'_>, given: Option<Node>, role: Role, output: &mut Output<'_>) -> Node {
    let make = source.make();
    let id = role.id.clone();
    let own = make.get_att(&id, "Arn");
    let Some(given) = given else {
        output.add_role(source, make, role);
        return own;
    };
    let Some([condition, holds, fails]) = alternatives(&given) else { return given };
    // Only where one of the arms leaves the role to SAM is there one, under that condition.
    let (arms, name) = match (is_no_value(holds), is_no_value(fails), plain(condition)) {
        (true, _, Some(name)) => ([own, fails.clone()], name.to_owned()),
        (false, true, Some(name)) => {
            let negated = format!("NOT{name}");
            let inner = make.map([("Condition", condition.clone())]);
            output.conditions.push(make.member(&negated, make.call("Fn::Not", make.list(vec![inner]))));
            ([holds.clone(), own], negated)
        }
        _ => return given,
    };
    let already = output.members.len();
    output.add_role(source, make, role);
    for member in output.members.iter_mut().skip(already) {
        if let NodeKind::Map(members) = &mut member.value.kind {
            members.retain(|member| member.key.as_str() != "Condition");
            members.push(make.member("Condition", make.text(&name)));
        }
    }
    let [holds, fails] = arms;
    make.call("Fn::If", make.list(vec![condition.clone(), holds, fails]))
}

/// `AutoPublishAlias` makes a version and an alias. The version has a digest in its logical id; it
/// is known here by the name that SAM takes for it in references: `Function.Version`.
fn publish(source: &mut Source<'_>, output: &mut Output<'_>) -> Option<String> {
    let alias = source.take("AutoPublishAlias")?;
    let make = Make(alias.span);
    let version = format!("{}.Version", source.id);
    let function = vec![make.member("FunctionName", make.reference(source.id))];
    output.add(source, make, &version, "AWS::Lambda::Version", function);
    let id = match plain(&alias) {
        Some(name) => format!("{}Alias{}", source.id, name.replace('-', "D").replace('_', "U")),
        None => format!("{}.Alias", source.id),
    };
    let properties = vec![
        make.member("Name", alias),
        make.member("FunctionName", make.reference(source.id)),
        make.member("FunctionVersion", make.get_att(&version, "Version")),
    ];
    output.add(source, make, &id, "AWS::Lambda::Alias", properties);
    Some(id)
}

/// A URL, and with `AuthType: NONE` the permissions for everybody to call it.
fn function_url(source: &Source<'_>, target: &Target, config: &Node, output: &mut Output<'_>) {
    let url = Make(config.span);
    let mut properties: Vec<Member> = config.members().to_vec();
    properties.push(url.member("TargetFunctionArn", target.arn(url)));
    output.add(source, url, &format!("{}Url", source.id), "AWS::Lambda::Url", properties);
    let Some(auth) = config.get("AuthType").filter(|auth| plain(auth) == Some("NONE")) else { return };
    let make = Make(auth.span);
    let permission = |action: &str, name: &str, value: Node| {
        vec![
            make.member("Action", make.text(action)),
            make.member("FunctionName", target.name(make)),
            make.member("Principal", make.text("*")),
            make.member(name, value),
        ]
    };
    let public = permission("lambda:InvokeFunctionUrl", "FunctionUrlAuthType", make.text("NONE"));
    output.add(source, make, &format!("{}UrlPublicPermissions", source.id), events::PERMISSION, public);
    let invoke = permission("lambda:InvokeFunction", "InvokedViaFunctionUrl", make.boolean(true));
    output.add(source, make, &format!("{}URLInvokeAllowPublicAccess", source.id), events::PERMISSION, invoke);
}

/// Destinations of asynchronous calls: the role may send there, and a queue or topic is made where
/// none is named.
fn event_invoke(source: &Source<'_>, config: &Node, role: &mut Role, output: &mut Output<'_>) {
    let id = format!("{}EventInvokeConfig", source.id);
    let destinations = config.get("DestinationConfig").map(Node::members).unwrap_or_default();
    for event in destinations {
        let name = event.key.as_str();
        if !matches!(name, "OnSuccess" | "OnFailure") || call(&event.value).is_some() {
            continue;
        }
        let kind = event.value.get("Type").and_then(plain).unwrap_or_default();
        let make = Make(event.key_span);
        let target = match event.value.get("Destination") {
            Some(target) if !is_no_value(target) => target.clone(),
            _ => {
                let (suffix, type_name) = match kind {
                    "SQS" => ("Queue", "AWS::SQS::Queue"),
                    "SNS" => ("Topic", "AWS::SNS::Topic"),
                    _ => continue,
                };
                let made = format!("{id}{name}{suffix}");
                output.add(source, make, &made, type_name, Vec::new());
                if kind == "SQS" { make.get_att(&made, "Arn") } else { make.reference(&made) }
            }
        };
        if let Some(policy) = destination_policy(make, kind, target, &format!("{id}{name}")) {
            role.inline.push(policy);
        }
    }
    let make = Make(config.span);
    let mut properties: Vec<Member> = config.members().to_vec();
    properties.push(make.member("FunctionName", make.reference(source.id)));
    output.add(source, make, &id, "AWS::Lambda::EventInvokeConfig", properties);
}

/// What a role needs to send to a destination of a type.
pub(super) fn destination_policy(make: Make, kind: &str, target: Node, prefix: &str) -> Option<Node> {
    let (name, statements) = match kind {
        "SQS" => ("SQSPolicy", vec![make.allow(&["sqs:SendMessage"], target)]),
        "SNS" => ("SNSPolicy", vec![make.allow(&["sns:publish"], target)]),
        "EventBridge" => ("EventBridgePolicy", vec![make.allow(&["events:PutEvents"], target)]),
        "Lambda" => ("LambdaPolicy", vec![make.allow(&["lambda:InvokeFunction"], target)]),
        "S3" | "S3Bucket" => {
            let parts = make.list(vec![target.clone(), make.text("*")]);
            let objects = make.call("Fn::Join", make.list(vec![make.text("/"), parts]));
            let statements =
                vec![make.allow(&["s3:PutObject"], objects), make.allow(&["s3:ListBucket"], target)];
            ("S3Policy", statements)
        }
        _ => return None,
    };
    Some(make.inline(&format!("{prefix}{name}"), make.document(statements)))
}
