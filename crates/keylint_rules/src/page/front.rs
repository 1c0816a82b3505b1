//! Reads the front matter of a page.

use std::str::FromStr;
use std::sync::Arc;

use keylint_syntax::Text;
use keylint_syntax::data::{Node, NodeKind};

use super::{ACCEPTED, Levels, Page, REJECTED, Target, body, split};
use crate::finding::{Confidence, RuleId, Severity};
use crate::reader::{self, Fields, LoadError};
use keylint_model::nearest;
use keylint_policy::validate::Check;

/// The parts of the front matter that a page cannot be without.
struct Needed<'n> {
    id: Option<RuleId>,
    name: Option<&'n Text>,
    severity: Option<Levels<Severity>>,
    on: Vec<Target>,
}

pub(super) fn parse(text: &str, is_kind: &dyn Fn(&str) -> bool) -> Result<Page, Vec<LoadError>> {
    let Some((front, rest)) = split(text) else {
        return Err(vec![LoadError::new(
            0..0,
            "the page does not start with front matter between `---` lines",
        )]);
    };
    let mut errors = Vec::new();
    let node = reader::parse(text, front, &mut errors);
    let page = node.and_then(|node| read(&node, is_kind, &mut errors));
    let examples = body::examples(text, rest.clone(), &mut errors);
    match page {
        Some(page) if errors.is_empty() => {
            Ok(Page { body: text.get(rest).unwrap_or("").into(), examples, ..page })
        }
        None if errors.is_empty() => Err(vec![LoadError::new(0..0, "the front matter is empty")]),
        _ => Err(errors),
    }
}

fn read(node: &Node, is_kind: &dyn Fn(&str) -> bool, errors: &mut Vec<LoadError>) -> Option<Page> {
    let mut fields = Fields::of(node, errors);
    let severities = Severity::ALL.map(|severity| (severity.name(), severity));
    let needed = Needed {
        id: fields.need("id", errors).and_then(|node| named(node, RuleId::from_str, errors)),
        name: fields.need("name", errors).and_then(|node| rule_name(node, errors)),
        severity: fields.need("severity", errors).and_then(|node| levels(node, &severities, is_kind, errors)),
        on: fields.need("on", errors).map(|node| targets(node, is_kind, errors)).unwrap_or_default(),
    };
    let confidence = fields.take("confidence").and_then(|node| levels(node, &CONFIDENCES, is_kind, errors));
    let enabled = fields.take("default").and_then(|node| switch(node, errors));
    let mut text = |key, errors: &mut Vec<LoadError>| {
        fields.take(key).and_then(|node| reader::string(node, errors)).cloned()
    };
    let (filter, when, at) = (text("where", errors), text("when", errors), text("at", errors));
    let (message, help) = (text("message", errors), text("help", errors));
    let check = fields.take("check").and_then(|node| named(node, read_check, errors));
    let related = fields.take("related").map(|node| related(node, errors)).unwrap_or_default();
    let supersedes = fields.take("supersedes").map(|node| {
        let ids = reader::elements(node).iter();
        ids.filter_map(|node| named(node, RuleId::from_str, errors)).collect()
    });
    let mut list = |key, errors: &mut Vec<LoadError>| -> Vec<Arc<str>> {
        let texts = fields.take(key).map(|node| reader::strings(node, errors)).unwrap_or_default();
        texts.into_iter().map(|text| Arc::clone(text.shared())).collect()
    };
    let (aliases, sources) = (list("aliases", errors), list("sources", errors));
    fields.finish(errors);
    let start = node.span.start_point().range();
    if check.is_some() && (when.is_some() || at.is_some() || needed.on.as_slice() != [Target::Policy]) {
        let message = "a rule with a `check` is on `policy`, without `when` and `at`";
        errors.push(LoadError::new(start.clone(), message));
    }
    match (needed.on.contains(&Target::Problem), when.is_some()) {
        (true, true) => errors.push(LoadError::new(start.clone(), "a rule on `problem` has no `when`")),
        (false, false) if check.is_none() => errors.push(LoadError::new(start.clone(), "`when` is missing")),
        _ => {}
    }
    if message.is_none() {
        errors.push(LoadError::new(start, "`message` is missing"));
    }
    Some(Page {
        id: needed.id?,
        name: Arc::clone(needed.name?.shared()),
        severity: needed.severity?,
        confidence: confidence.unwrap_or(Levels { default: Confidence::High, by_kind: Vec::new() }),
        enabled: enabled.unwrap_or(true),
        on: needed.on,
        filter,
        when,
        check,
        at,
        message,
        help: help.map(|text| text.trim().into()),
        related,
        supersedes: supersedes.unwrap_or_default(),
        aliases,
        sources,
        body: "".into(),
        examples: Vec::new(),
    })
}

const CONFIDENCES: [(&str, Confidence); 3] =
    [("low", Confidence::Low), ("medium", Confidence::Medium), ("high", Confidence::High)];

fn named<T, E: std::fmt::Display>(
    node: &Node,
    parse: impl Fn(&str) -> Result<T, E>,
    errors: &mut Vec<LoadError>,
) -> Option<T> {
    let text = reader::string(node, errors)?;
    match parse(text) {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            errors.push(LoadError::new(reader::range(text), error.to_string()));
            None
        }
    }
}

/// A check of the validator: `validate/invalid-action`.
fn read_check(text: &str) -> Result<Check, String> {
    let name = text.strip_prefix("validate/").ok_or("a check is written `validate/NAME`")?;
    Check::named(name).ok_or_else(|| {
        let hint = nearest(name, Check::ALL.iter().map(|check| check.name()));
        let hint = hint.map(|near| format!("; did you mean `validate/{near}`?")).unwrap_or_default();
        format!("there is no check `{text}`{hint}")
    })
}

fn rule_name<'n>(node: &'n Node, errors: &mut Vec<LoadError>) -> Option<&'n Text> {
    let text = reader::string(node, errors)?;
    let is_name = text.split('-').all(|word| {
        !word.is_empty()
            && word.chars().all(|character| character.is_ascii_lowercase() || character.is_ascii_digit())
    });
    if !is_name {
        errors.push(LoadError::new(
            reader::range(text),
            "a name is made of lower-case words with hyphens between",
        ));
    }
    Some(text)
}

/// One of a fixed set of words.
fn choice<T: Copy>(node: &Node, words: &[(&'static str, T)], errors: &mut Vec<LoadError>) -> Option<T> {
    let text = reader::string(node, errors)?;
    let found = words.iter().find(|(word, _)| *word == text.as_str());
    if found.is_none() {
        let hint = nearest(text, words.iter().map(|(word, _)| *word));
        let hint = hint.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("`{}` is none of {}{hint}", text.as_str(), known.join(", "));
        errors.push(LoadError::new(reader::range(text), message));
    }
    found.map(|(_, value)| *value)
}

/// `on` and `off`: booleans in YAML as CloudFormation reads it.
fn switch(node: &Node, errors: &mut Vec<LoadError>) -> Option<bool> {
    match &node.kind {
        NodeKind::Bool(value) => Some(*value),
        _ => choice(node, &[("on", true), ("off", false)], errors),
    }
}

/// A level, or a mapping from kinds or actions to levels with a default.
fn levels<T: Copy>(
    node: &Node,
    words: &[(&'static str, T)],
    is_kind: &dyn Fn(&str) -> bool,
    errors: &mut Vec<LoadError>,
) -> Option<Levels<T>> {
    if !matches!(node.kind, NodeKind::Map(_)) {
        let default = choice(node, words, errors)?;
        return Some(Levels { default, by_kind: Vec::new() });
    }
    let mut default = None;
    let mut by_kind = Vec::new();
    for member in node.members() {
        let level = choice(&member.value, words, errors);
        match (member.key.as_str(), level) {
            ("default", level) => default = level,
            (kind, level)
                if [ACCEPTED, REJECTED, "policy"].contains(&kind) || kind.contains(':') || is_kind(kind) =>
            {
                by_kind.extend(level.map(|level| (kind.into(), level)));
            }
            (kind, _) => {
                errors.push(LoadError::new(member.key_span.range(), format!("there is no kind `{kind}`")));
            }
        }
    }
    if default.is_none() {
        errors.push(LoadError::new(node.span.start_point().range(), "`default` is missing"));
    }
    Some(Levels { default: default?, by_kind })
}

fn targets(node: &Node, is_kind: &dyn Fn(&str) -> bool, errors: &mut Vec<LoadError>) -> Vec<Target> {
    let mut targets = Vec::new();
    for text in reader::strings(node, errors) {
        match Target::parse(text, is_kind) {
            Some(target) => targets.push(target),
            None => errors.push(LoadError::new(
                reader::range(text),
                format!("there is no kind `{}`, and it is none of the general targets", text.as_str()),
            )),
        }
    }
    let kinds = |target: &Target| matches!(target, Target::Kind(_));
    let statements = |target: &Target| matches!(target, Target::Statement | Target::Together);
    if targets.len() > 1 && !targets.iter().all(kinds) && !targets.iter().all(statements) {
        errors.push(LoadError::new(node.span.range(), "several targets must all be kinds, or statements"));
    }
    targets
}

fn related(node: &Node, errors: &mut Vec<LoadError>) -> Vec<(Text, Text)> {
    let mut related = Vec::new();
    for node in reader::elements(node) {
        let mut fields = Fields::of(node, errors);
        let at = fields.need("at", errors).and_then(|node| reader::string(node, errors)).cloned();
        let message = fields.need("message", errors).and_then(|node| reader::string(node, errors)).cloned();
        fields.finish(errors);
        related.extend(at.zip(message));
    }
    related
}
