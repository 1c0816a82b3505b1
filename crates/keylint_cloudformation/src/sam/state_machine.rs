//! `AWS::Serverless::StateMachine`: a state machine with its role, and the roles of its events.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-statemachine.html>

use keylint_syntax::data::{Member, Node};

use super::build::{Make, plain};
use super::policies::Role;
use super::{Output, Source, api, events, tags};

pub(super) fn expand(mut source: Source<'_>, output: &mut Output<'_>) {
    let make = source.make();
    let policies = source.take("Policies");
    let role_arn = source.take("Role").unwrap_or_else(|| {
        let mut role = Role::new(format!("{}Role", source.id), make.trust("states.amazonaws.com"));
        let is_traced = |tracing: &Node| {
            tracing
                .get("Enabled")
                .is_some_and(|enabled| crate::parameter::literal(enabled).as_bool() == Some(true))
        };
        if source.get("Tracing").is_some_and(is_traced) {
            role.attach(make, "AWSXRayDaemonWriteAccess");
        }
        if let Some(policies) = &policies {
            role.add_policies(policies, &mut output.problems);
        }
        for (from, to) in [("PermissionsBoundary", "PermissionsBoundary"), ("RolePath", "Path")] {
            role.others.extend(source.get(from).map(|value| Make(value.span).member(to, value.clone())));
        }
        role.others.extend(source.open());
        let arn = make.get_att(&role.id, "Arn");
        output.add_role(&source, make, role);
        arn
    });
    if let Some(alias) = source.take("AutoPublishAlias") {
        publish(&source, &alias, output);
    }
    for event in events::of(&mut source) {
        add_event(&source, &event, output);
    }
    source.properties.push(Member { key: make.characters("RoleArn"), key_span: make.0, value: role_arn });
    for (from, to) in [
        ("Name", "StateMachineName"),
        ("Type", "StateMachineType"),
        ("Logging", "LoggingConfiguration"),
        ("Tracing", "TracingConfiguration"),
    ] {
        source.rename(from, to);
    }
    for name in ["PermissionsBoundary", "RolePath", "DefinitionUri", "DeploymentPreference", "PropagateTags"]
        .into_iter()
        .chain(["UseAliasAsEventTarget"])
    {
        source.take(name);
    }
    tags(&mut source);
    output.pass(source, "AWS::StepFunctions::StateMachine");
}

/// The version and the alias that SAM publishes.
fn publish(source: &Source<'_>, alias: &Node, output: &mut Output<'_>) {
    let make = Make(alias.span);
    let machine = make.member("StateMachineArn", make.reference(source.id));
    output.add(
        source,
        make,
        &format!("{}Version", source.id),
        "AWS::StepFunctions::StateMachineVersion",
        vec![machine],
    );
    if let Some(name) = plain(alias) {
        let id = format!("{}Alias{name}", source.id);
        output.add(
            source,
            make,
            &id,
            "AWS::StepFunctions::StateMachineAlias",
            vec![make.member("Name", alias.clone())],
        );
    }
}

/// An event starts the state machine under a role of its own.
fn add_event(source: &Source<'_>, event: &events::Event, output: &mut Output<'_>) {
    let make = event.make;
    let id = format!("{}{}", source.id, event.name);
    let machine = make.reference(source.id);
    let statement = make.allow(&["states:StartExecution"], machine.clone());
    let (service, is_rule) = match event.kind.as_str() {
        "Api" => {
            if event.get("RestApiId").is_none() {
                api::implicit_rest(source, make, output);
            }
            ("apigateway.amazonaws.com", false)
        }
        "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => ("events.amazonaws.com", true),
        "ScheduleV2" => return events::schedule(source, &id, event, machine, statement, output),
        _ => return,
    };
    let given = event.get("RoleArn").filter(|given| plain(given) != Some("")).cloned();
    let role_arn = given.unwrap_or_else(|| {
        let mut role = Role::new(format!("{id}Role"), make.trust(service));
        role.inline
            .push(make.inline(&format!("{id}RoleStartExecutionPolicy"), make.document(vec![statement])));
        let boundary = source.get("PermissionsBoundary").cloned();
        role.others.extend(boundary.map(|boundary| make.member("PermissionsBoundary", boundary)));
        let arn = make.get_att(&role.id, "Arn");
        output.add_role(source, make, role);
        arn
    });
    if is_rule {
        events::rule(source, &id, event, machine, Some(role_arn), output);
    }
}
