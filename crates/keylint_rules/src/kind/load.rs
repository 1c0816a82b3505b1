//! Reads a kind file.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, Entry, List, Map, Number, Origin, Value};
use keylint_policy::PolicyKind;
use keylint_syntax::Text;
use keylint_syntax::data::{Node, NodeKind};

use super::{
    Attribute, AttributeType, Attributes, Companion, DefaultKey, Encryption, Kind, Path, PolicyChoice,
    StatementSpec, When,
};
use crate::reader::{self, Fields, LoadError};
use keylint_model::nearest;

/// Reads a kind file.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn parse_kind(text: &str) -> Result<Kind, Vec<LoadError>> {
    let mut errors = Vec::new();
    let kind = reader::parse(text, 0..text.len(), &mut errors).and_then(|node| kind(&node, &mut errors));
    match kind {
        Some(kind) if errors.is_empty() => Ok(kind),
        None if errors.is_empty() => Err(vec![LoadError::new(0..0, "the file is empty")]),
        _ => Err(errors),
    }
}

fn kind(node: &Node, errors: &mut Vec<LoadError>) -> Option<Kind> {
    let mut fields = Fields::of(node, errors);
    let name = fields.need("kind", errors).and_then(|node| reader::string(node, errors));
    let noun = fields.need("noun", errors).and_then(|node| reader::string(node, errors));
    let types = |node: Option<&Node>, errors: &mut Vec<LoadError>| {
        node.map(|node| shared(reader::strings(node, errors))).unwrap_or_default()
    };
    let terraform = types(fields.take("terraform"), errors);
    let cloudformation = types(fields.take("cloudformation"), errors);
    let attributes = fields.take("attributes").map(|node| attributes(node, errors)).unwrap_or_default();
    let companions = fields.take("companions").map(|node| companions(node, errors)).unwrap_or_default();
    let mut kind = Kind {
        name: Arc::clone(name?.shared()),
        noun: Arc::clone(noun?.shared()),
        terraform,
        cloudformation,
        attributes,
        companions,
        encryption: Vec::new(),
        secrets: Vec::new(),
        environment: Vec::new(),
        stands_for: None,
        statements: Vec::new(),
    };
    kind.encryption = match fields.take("encryption") {
        Some(node) => {
            reader::elements(node).iter().filter_map(|node| encryption(node, &kind, errors)).collect()
        }
        None => Vec::new(),
    };
    kind.secrets = attribute_names(fields.take("secrets"), &kind.attributes, errors);
    kind.environment = attribute_names(fields.take("environment"), &kind.attributes, errors);
    kind.stands_for = attribute_names(fields.take("stands_for"), &kind.attributes, errors).pop();
    kind.statements = match fields.take("statements") {
        Some(node) => reader::elements(node)
            .iter()
            .filter_map(|node| statement(node, &kind.attributes, errors))
            .collect(),
        None => Vec::new(),
    };
    fields.finish(errors);
    check_companion_paths(&kind, node, errors);
    Some(kind)
}

fn shared(texts: Vec<&Text>) -> Vec<Arc<str>> {
    texts.into_iter().map(|text| Arc::clone(text.shared())).collect()
}

fn attributes(node: &Node, errors: &mut Vec<LoadError>) -> Attributes {
    if !matches!(node.kind, NodeKind::Map(_)) {
        errors.push(LoadError::new(node.span.range(), "a mapping of attributes is expected here"));
    }
    let mut attributes = Attributes::new();
    for member in node.members() {
        if let Some(attribute) = attribute(member.key.shared(), &member.value, errors) {
            attributes.insert(Arc::clone(member.key.shared()), attribute);
        }
    }
    attributes
}

fn attribute(name: &Arc<str>, node: &Node, errors: &mut Vec<LoadError>) -> Option<Attribute> {
    let mut fields = Fields::of(node, errors);
    let ty = fields.need("type", errors).and_then(|node| reader::string(node, errors));
    let choices = fields.take("kinds").map(|node| policy_choices(node, errors));
    let ty = ty.and_then(|text| match (text.as_str(), choices) {
        ("policy", Some(choices)) => Some(AttributeType::Policy(choices.into())),
        _ => attribute_type(text, errors),
    });
    let paths = |node: Option<&Node>, errors: &mut Vec<LoadError>| -> Vec<Path> {
        let texts = node.map(|node| reader::strings(node, errors)).unwrap_or_default();
        texts.into_iter().filter_map(|text| path(text, errors)).collect()
    };
    let terraform = paths(fields.take("terraform"), errors);
    let cloudformation = paths(fields.take("cloudformation"), errors);
    let (terraform_default, cloudformation_default) = match fields.take("default") {
        Some(node) if node.get("terraform").is_some() || node.get("cloudformation").is_some() => {
            (node.get("terraform").map(value), node.get("cloudformation").map(value))
        }
        Some(node) => (Some(value(node)), Some(value(node))),
        None => (None, None),
    };
    // `default: null` alone: an attribute that no front end has.
    let item = fields.take("item").map(|node| attributes(node, errors)).unwrap_or_default();
    let when = fields.take("when").and_then(|node| reader::string(node, errors)).cloned();
    let is_statement =
        fields.take("statement").and_then(|node| reader::boolean(node, errors)).unwrap_or(false);
    fields.finish(errors);
    let ty = ty?;
    if is_statement && !matches!(ty, AttributeType::Policy(_)) {
        errors.push(LoadError::new(node.span.range(), "only an attribute of type `policy` has `statement`"));
    }
    if when.is_some() && ty != AttributeType::Secret {
        errors.push(LoadError::new(node.span.range(), "only an attribute of type `secret` has `when`"));
    }
    let has_items = matches!(ty, AttributeType::List | AttributeType::Object);
    if has_items == item.is_empty() {
        let message = if has_items { "`item` is missing" } else { "only a list or an object has `item`" };
        errors.push(LoadError::new(node.span.range(), message));
    }
    let label = if name.contains('_') { name.replace('_', " ").into() } else { Arc::clone(name) };
    Some(Attribute {
        name: Arc::clone(name),
        label,
        ty,
        is_statement,
        terraform,
        cloudformation,
        terraform_default,
        cloudformation_default,
        item,
        when: when.map(When::new),
    })
}

fn attribute_type(text: &Text, errors: &mut Vec<LoadError>) -> Option<AttributeType> {
    const NAMES: [&str; 13] = [
        "bool",
        "int",
        "number",
        "string",
        "list(string)",
        "map",
        "duration",
        "secret",
        "list",
        "object",
        "ref(kind)",
        "policy(kind)",
        "any",
    ];
    let inner = |prefix: &str| text.strip_prefix(prefix)?.strip_suffix(')');
    let ty = match text.as_str() {
        "bool" => AttributeType::Bool,
        "int" | "number" => AttributeType::Number,
        "string" => AttributeType::String,
        "list(string)" => AttributeType::Strings,
        "map" => AttributeType::Map,
        "duration" => AttributeType::Duration,
        "secret" => AttributeType::Secret,
        "any" => AttributeType::Any,
        "list" => AttributeType::List,
        "object" => AttributeType::Object,
        other => {
            if let Some(kind) = inner("ref(") {
                AttributeType::Reference(kind.into())
            } else if let Some(kind) = inner("policy(") {
                match kind.parse() {
                    Ok(kind) => AttributeType::Policy([PolicyChoice { kind, when: None }].into()),
                    Err(error) => {
                        errors.push(LoadError::new(reader::range(text), error.to_string()));
                        return None;
                    }
                }
            } else {
                let hint = nearest(other, NAMES).map(|near| format!("; did you mean `{near}`?"));
                let message = format!("there is no type `{other}`{}", hint.unwrap_or_default());
                errors.push(LoadError::new(reader::range(text), message));
                return None;
            }
        }
    };
    Some(ty)
}

fn path(text: &Text, errors: &mut Vec<LoadError>) -> Option<Path> {
    let (companion, rest) = match text.strip_prefix("companion(") {
        Some(rest) => match rest.split_once(')') {
            Some((name, rest)) => (Some(Arc::from(name)), rest.strip_prefix('.').unwrap_or(rest)),
            None => {
                errors.push(LoadError::new(reader::range(text), "the companion's name has no `)`"));
                return None;
            }
        },
        None => (None, text.as_str()),
    };
    let segments: Vec<Arc<str>> = rest.split('.').map(Arc::from).collect();
    if segments.iter().any(|segment| segment.is_empty()) {
        errors.push(LoadError::new(reader::range(text), "a path is made of names with dots between them"));
        return None;
    }
    Some(Path { companion, segments })
}

/// A default, as a value that is written nowhere.
fn value(node: &Node) -> Value {
    let data = match &node.kind {
        NodeKind::Null | NodeKind::Hole(_) | NodeKind::Invalid => Data::Null,
        NodeKind::Bool(known) => Data::Bool(*known),
        NodeKind::Number(text) => match Number::parse(text) {
            Some(number) => Data::Number(number),
            None => Data::Null,
        },
        NodeKind::String(text) => Data::String(Text::synthetic(text.as_str())),
        NodeKind::List(nodes) => {
            Data::List(Arc::new(List { elements: nodes.iter().map(value).collect(), ..List::default() }))
        }
        NodeKind::Map(members) => {
            let entry = |node| Entry { key_span: None, span: None, value: value(node) };
            let entries =
                members.iter().map(|member| (Arc::clone(member.key.shared()), entry(&member.value)));
            Data::Map(Arc::new(Map { entries: entries.collect(), rest: None, ..Map::default() }))
        }
    };
    Value::new(data, Origin::default())
}

fn companions(node: &Node, errors: &mut Vec<LoadError>) -> IndexMap<Arc<str>, Companion> {
    let mut companions = IndexMap::new();
    for member in node.members() {
        let mut fields = Fields::of(&member.value, errors);
        let kinds = fields.need("kind", errors).map(|node| shared(reader::strings(node, errors)));
        let by = fields.need("by", errors).and_then(|node| reader::string(node, errors));
        fields.finish(errors);
        if let (Some(kinds), Some(by)) = (kinds, by) {
            let companion = Companion { kinds, by: Arc::clone(by.shared()) };
            companions.insert(Arc::clone(member.key.shared()), companion);
        }
    }
    companions
}

fn policy_choices(node: &Node, errors: &mut Vec<LoadError>) -> Vec<PolicyChoice> {
    let mut choices = Vec::new();
    for node in reader::elements(node) {
        let mut fields = Fields::of(node, errors);
        let kind = fields.need("kind", errors).and_then(|node| reader::string(node, errors));
        let when = fields.take("when").and_then(|node| reader::string(node, errors)).cloned();
        fields.finish(errors);
        let kind = kind.and_then(|text| policy_kind(text, errors));
        choices.extend(kind.map(|kind| PolicyChoice { kind, when }));
    }
    choices
}

fn policy_kind(text: &Text, errors: &mut Vec<LoadError>) -> Option<PolicyKind> {
    let kind = text.parse::<PolicyKind>();
    kind.map_err(|error| errors.push(LoadError::new(reader::range(text), error.to_string()))).ok()
}

fn statement(node: &Node, attributes: &Attributes, errors: &mut Vec<LoadError>) -> Option<StatementSpec> {
    let mut fields = Fields::of(node, errors);
    let policy = fields.need("policy", errors).and_then(|node| reader::string(node, errors));
    let policy = policy.and_then(|text| policy_kind(text, errors));
    let effect = attribute_names(fields.take("effect"), attributes, errors).pop();
    let condition = attribute_names(fields.take("condition"), attributes, errors).pop();
    let principal = attribute_names(fields.need("principal", errors), attributes, errors).pop();
    let actions = attribute_names(fields.need("actions", errors), attributes, errors).pop();
    let mut conditions = Vec::new();
    for member in fields.take("conditions").map(Node::members).unwrap_or_default() {
        let value = attribute_names(Some(&member.value), attributes, errors).pop();
        match member.key.split_once(' ') {
            Some((operator, key)) => {
                conditions.extend(value.map(|value| (operator.into(), key.into(), value)));
            }
            None => errors.push(LoadError::new(
                member.key_span.range(),
                "an operator and a condition key are expected here, with a blank between them",
            )),
        }
    }
    fields.finish(errors);
    let (policy, principal, actions) = (policy?, principal?, actions?);
    Some(StatementSpec { policy, effect, principal, actions, conditions, condition })
}

fn encryption(node: &Node, kind: &Kind, errors: &mut Vec<LoadError>) -> Option<Encryption> {
    let mut fields = Fields::of(node, errors);
    let each = fields.take("each").and_then(|node| reader::string(node, errors));
    let variable = match each {
        Some(text) => {
            let is_list = |list: &Attribute| list.ty == AttributeType::List;
            if !kind.attributes.get(text.as_str()).is_some_and(is_list) {
                let message = format!("`{}` is not a list attribute", text.as_str());
                errors.push(LoadError::new(reader::range(text), message));
            }
            "item"
        }
        None => "self",
    };
    let noun = fields.take("noun").and_then(|node| reader::string(node, errors));
    let encrypted = fields.need("encrypted", errors).and_then(|node| reader::string(node, errors)).cloned();
    let mut text = |key, errors: &mut Vec<LoadError>| {
        fields.take(key).and_then(|node| reader::string(node, errors)).cloned()
    };
    let (key, at, when) = (text("key", errors), text("at", errors), text("when", errors));
    let default_key = match text("default_key", errors) {
        Some(text) if text.as_str() == "aws-owned" => DefaultKey::AwsOwned,
        Some(text) if text.as_str() != "aws-managed" => {
            errors
                .push(LoadError::new(reader::range(&text), "`aws-owned` or `aws-managed` is expected here"));
            DefaultKey::AwsManaged
        }
        _ => DefaultKey::AwsManaged,
    };
    let mut flag =
        |key, errors: &mut Vec<LoadError>| fields.take(key).and_then(|node| reader::boolean(node, errors));
    let rules = flag("rules", errors).unwrap_or(true);
    let in_transit = flag("in_transit", errors).unwrap_or(false);
    fields.finish(errors);
    Some(Encryption {
        noun: noun.map_or_else(|| Arc::clone(&kind.noun), |noun| Arc::clone(noun.shared())),
        each: each.map(|text| Arc::clone(text.shared())),
        encrypted: expression(&encrypted?, variable),
        in_transit,
        key: key.map(|text| expression(&text, variable)),
        default_key,
        at: at.map(|text| expression(&text, variable)),
        when,
        rules,
    })
}

/// The condition that a short form stands for: `always`, the name of an attribute,
/// `not_null(attribute)`. Anything else is a condition already.
fn expression(text: &Text, variable: &str) -> Text {
    let is_name =
        |text: &str| text.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    let long = |long: String| match text.span() {
        Some(span) => Text::at(long, span),
        None => Text::synthetic(long),
    };
    match text.as_str() {
        "always" => long("true".to_owned()),
        "self" | "item" => text.clone(),
        name if is_name(name) => long(format!("{variable}.{name}")),
        other => match other.strip_prefix("not_null(").and_then(|rest| rest.strip_suffix(')')) {
            Some(name) if is_name(name) => long(format!("{variable}.{name} != null")),
            _ => text.clone(),
        },
    }
}

fn attribute_names(
    node: Option<&Node>,
    attributes: &Attributes,
    errors: &mut Vec<LoadError>,
) -> Vec<Arc<str>> {
    let texts = node.map(|node| reader::strings(node, errors)).unwrap_or_default();
    let mut names = Vec::new();
    for text in texts {
        if attributes.contains_key(text.as_str()) {
            names.push(Arc::clone(text.shared()));
        } else {
            let message = format!("there is no attribute `{}`", text.as_str());
            errors.push(LoadError::new(reader::range(text), message));
        }
    }
    names
}

fn check_companion_paths(kind: &Kind, node: &Node, errors: &mut Vec<LoadError>) {
    for (_, attribute) in kind.all_attributes() {
        for path in attribute.terraform.iter().chain(&attribute.cloudformation) {
            if let Some(companion) = &path.companion
                && !kind.companions.contains_key(companion)
            {
                let message =
                    format!("`{}` names the companion `{companion}`, which is not declared", attribute.name);
                errors.push(LoadError::new(node.span.start_point().range(), message));
            }
        }
    }
}
