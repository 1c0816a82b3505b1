//! Connectors: permissions from one resource to another, by the profile of their types.
//!
//! A profile says which policy a connector makes; the resources stand in it as `%{Source.Arn}`.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html>

use keylint_syntax::data::{Member, Node, NodeKind};

use super::build::{Make, call, plain};
use super::{Output, Source, data, plain_type};

/// One end of a connector.
struct End {
    /// The type as CloudFormation has it.
    type_name: String,
    /// The logical id, where it is a resource of the template.
    id: Option<String>,
    /// What is written about it.
    written: Node,
}

/// `AWS::Serverless::Connector`.
pub(super) fn expand(source: &Source<'_>, output: &mut Output<'_>) {
    let properties = source.make().members(source.properties.clone());
    let from = properties.get("Source").cloned();
    connect(source, source.id, from, &properties, output);
}

/// The attribute `Connectors` of a resource.
pub(super) fn embedded<'t>(member: &'t Member, output: &mut Output<'t>) {
    let connectors = member.value.get("Connectors").map(Node::members).unwrap_or_default();
    for connector in connectors {
        let Some(properties) = connector.value.get("Properties") else { continue };
        let source = Source { id: &member.key, member, properties: Vec::new() };
        let make = Make(connector.key_span);
        let mut from =
            properties.get("SourceReference").map(|given| given.members().to_vec()).unwrap_or_default();
        from.push(make.member("Id", make.text(&member.key)));
        let id = format!("{}{}", member.key.as_str(), connector.key.as_str());
        connect(&source, &id, Some(make.members(from)), properties, output);
    }
}

/// Makes the policies of a connector; what cannot be told is noted.
fn connect(source: &Source<'_>, id: &str, from: Option<Node>, properties: &Node, output: &mut Output<'_>) {
    let destination = properties.get("Destination");
    let permissions = properties.get("Permissions").map(|node| (node, &node.kind));
    let (Some(from), Some(destination), Some((permissions, NodeKind::List(categories)))) =
        (from, destination, permissions)
    else {
        return output.note_opaque(source);
    };
    let destinations = match &destination.kind {
        NodeKind::List(destinations) => destinations.as_slice(),
        _ => std::slice::from_ref(destination),
    };
    let is_list = matches!(destination.kind, NodeKind::List(_));
    for (index, to) in destinations.iter().enumerate() {
        let suffix = if is_list { format!("Destination{index}") } else { String::new() };
        let ends = end(&from, output).zip(end(to, output));
        let profile = ends.as_ref().and_then(|(from, to)| data::connector(&from.type_name, &to.type_name));
        let (Some(ends), Some(profile)) = (ends, profile) else {
            output.note_opaque(source);
            continue;
        };
        let make = Make(permissions.span);
        let profile = make.json(profile);
        if make_policy(source, id, &suffix, &ends, &profile, categories, output).is_none() {
            output.note_opaque(source);
        }
    }
}

/// An end: a resource of the template by `Id`, or what is written about one elsewhere.
fn end(node: &Node, output: &Output<'_>) -> Option<End> {
    let id = node.get("Id").and_then(plain).map(str::to_owned);
    let type_name = match &id {
        Some(id) => plain(output.find(id)?.get("Type")?)?,
        None => plain(node.get("Type")?)?,
    };
    let type_name = match type_name.strip_prefix(super::PREFIX) {
        Some(name) => plain_type(name)?,
        None => type_name,
    };
    Some(End { type_name: type_name.to_owned(), id, written: node.clone() })
}

fn make_policy(
    source: &Source<'_>,
    id: &str,
    suffix: &str,
    ends: &(End, End),
    profile: &Node,
    categories: &[Node],
    output: &mut Output<'_>,
) -> Option<()> {
    let properties = profile.get("Properties")?;
    let access = properties.get("AccessCategories")?;
    let is_of_source = matches!(properties.get("SourcePolicy")?.kind, NodeKind::Bool(true));
    let subject = if is_of_source { &ends.0 } else { &ends.1 };
    let chosen = access
        .members()
        .iter()
        .filter(|category| categories.iter().any(|name| plain(name) == Some(category.key.as_str())));
    let make = Make(profile.span);
    let kind = profile.get("Type").and_then(plain)?;
    if kind == "AWS_LAMBDA_PERMISSION" {
        for category in chosen {
            let mut members = vec![make.member("FunctionName", subject.attribute(make, "Arn")?)];
            for member in category.value.members() {
                members.push(Member { value: replaced(&member.value, ends), ..member.clone() });
            }
            let id = format!("{id}{}LambdaPermission{suffix}", category.key.as_str());
            output.add(source, make, &id, super::events::PERMISSION, members);
        }
        return Some(());
    }
    let statements = chosen
        .filter_map(|category| category.value.get("Statement"))
        .flat_map(|statements| crate::call::View::from(statements).elements().unwrap_or_default().iter());
    let document = make.document(statements.map(|statement| replaced(statement, ends)).collect());
    let document = make.member("PolicyDocument", document);
    let (name, type_name, on) = match kind {
        "AWS_IAM_ROLE_MANAGED_POLICY" => {
            let role = subject.role(make, output)?;
            ("Policy", "AWS::IAM::ManagedPolicy", make.member("Roles", make.list(vec![role])))
        }
        "AWS_SQS_QUEUE_POLICY" => {
            let url = subject.attribute(make, "QueueUrl")?;
            ("QueuePolicy", "AWS::SQS::QueuePolicy", make.member("Queues", make.list(vec![url])))
        }
        "AWS_SNS_TOPIC_POLICY" => {
            let arn = subject.attribute(make, "Arn")?;
            ("TopicPolicy", "AWS::SNS::TopicPolicy", make.member("Topics", make.list(vec![arn])))
        }
        _ => return None,
    };
    output.add(source, make, &format!("{id}{name}{suffix}"), type_name, vec![document, on]);
    Some(())
}

impl End {
    /// What stands for the end in a policy.
    fn attribute(&self, make: Make, name: &str) -> Option<Node> {
        let Some(id) = &self.id else { return self.written.get(name).cloned() };
        if let Some(written) = self.written.get(name) {
            return Some(written.clone());
        }
        // `Ref` of these gives the ARN.
        let is_arn = matches!(&*self.type_name, "AWS::SNS::Topic" | "AWS::StepFunctions::StateMachine");
        match name {
            "Arn" if is_arn => Some(make.reference(id)),
            "Arn" => Some(make.get_att(id, "Arn")),
            "QueueUrl" | "ResourceId" => Some(make.reference(id)),
            "Name" => Some(make.get_att(id, "Name")),
            // The suffix of an API's ARN: all of it unless said otherwise.
            "Qualifier" => Some(make.text("*")),
            _ => None,
        }
    }

    /// The name of the role that the end runs under.
    fn role(&self, make: Make, output: &Output<'_>) -> Option<Node> {
        let Some(id) = &self.id else { return self.written.get("RoleName").cloned() };
        let resource = output.find(id)?;
        let properties = resource.get("Properties");
        let named = ["Role", "RoleArn", "ServiceRoleArn"]
            .iter()
            .find_map(|name| properties.and_then(|properties| properties.get(name)));
        match named {
            Some(role) => {
                let role = call(role)?.argument;
                let first = || role.elements()?.first().and_then(plain);
                let id = role.as_str().or_else(first)?;
                Some(make.reference(id.split('.').next().unwrap_or(id)))
            }
            None if super::serverless_type(resource).is_some() => Some(make.reference(&format!("{id}Role"))),
            None => None,
        }
    }
}

/// The tree with the ends in place of `%{Source.Arn}` and the like.
fn replaced(node: &Node, ends: &(End, End)) -> Node {
    let make = Make(node.span);
    let kind = match &node.kind {
        NodeKind::String(text) if text.contains("%{") => return text_replaced(make, text, ends),
        NodeKind::List(elements) => {
            NodeKind::List(elements.iter().map(|element| replaced(element, ends)).collect())
        }
        NodeKind::Map(members) => {
            let members = members
                .iter()
                .map(|member| Member { value: replaced(&member.value, ends), ..member.clone() });
            NodeKind::Map(members.collect())
        }
        other => other.clone(),
    };
    Node { kind, ..node.clone() }
}

fn text_replaced(make: Make, text: &str, ends: &(End, End)) -> Node {
    let mut pattern = String::new();
    let mut arguments: Vec<Member> = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("%{") {
        let Some((name, after)) = after.split_once('}') else { break };
        let value = match name.split_once('.') {
            Some(("Source", attribute)) => ends.0.attribute(make, attribute),
            Some(("Destination", attribute)) => ends.1.attribute(make, attribute),
            _ => None,
        };
        let variable = format!("v{}", arguments.len());
        pattern.push_str(before);
        pattern.push_str(&format!("${{{variable}}}"));
        arguments.push(make.member(&variable, value.unwrap_or_else(|| make.unknown())));
        rest = after;
    }
    pattern.push_str(rest);
    match arguments.as_slice() {
        [only] if pattern == "${v0}" => only.value.clone(),
        _ => make.call("Fn::Sub", make.list(vec![make.text(&pattern), make.members(arguments)])),
    }
}
