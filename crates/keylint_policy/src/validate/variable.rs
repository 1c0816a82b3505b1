//! Checks of policy variables: `${aws:username}`.
//!
//! Source: IAM User Guide, "IAM policy elements: Variables and tags".

use keylint_model::Part;
use keylint_source::Span;
use keylint_syntax::Text;

use super::condition::unknown_global;
use super::{Check, Fate, Issue, Said, Suggestion, Walk};
use crate::document::{ConditionEntry, Statement, Version};
use crate::element::Element;
use crate::operator::Base;

pub(super) fn check<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    let lists = [("Resource", &statement.resources), ("NotResource", &statement.not_resources)];
    for (name, elements) in lists {
        for element in elements.iter().flatten() {
            text(walk, &name.into(), element);
        }
    }
    for entry in &statement.conditions.entries {
        condition(walk, entry);
    }
    let others = [("Action", &statement.actions), ("NotAction", &statement.not_actions)];
    for (name, elements) in others {
        elements.iter().flatten().for_each(|element| unsupported(walk, name, element));
    }
    let principals = [("Principal", &statement.principals), ("NotPrincipal", &statement.not_principals)];
    for (name, principals) in principals {
        let items = principals.iter().flat_map(|principals| &principals.items);
        items.for_each(|(_, element)| unsupported(walk, name, element));
    }
    if let Some(sid) = &statement.sid {
        unsupported(walk, "Sid", sid);
    }
}

fn condition<'d>(walk: &mut Walk<'d>, entry: &'d ConditionEntry) {
    let takes_variables = entry.operator.is_none_or(|operator| takes_variables(operator.base));
    for value in &entry.values {
        if takes_variables {
            text(walk, &Said::key(entry), value);
        } else if let Some(variable) = variables(value).next() {
            let issue = Issue::of(Check::InvalidVariableForOperator, value).element(Said::operator(entry));
            walk.report(issue.other(Said::of(&value.origin, variable.shown())));
        }
    }
}

fn takes_variables(base: Base) -> bool {
    use Base::{
        ArnEquals, ArnLike, ArnNotEquals, ArnNotLike, StringEquals, StringEqualsIgnoreCase, StringLike,
        StringNotEquals, StringNotEqualsIgnoreCase, StringNotLike,
    };
    matches!(
        base,
        ArnEquals
            | ArnLike
            | ArnNotEquals
            | ArnNotLike
            | StringEquals
            | StringEqualsIgnoreCase
            | StringLike
            | StringNotEquals
            | StringNotEqualsIgnoreCase
            | StringNotLike
    )
}

/// A variable where AWS knows none.
fn unsupported<'d>(walk: &mut Walk<'d>, name: &'static str, element: &'d Element) {
    let named = variables(element).find(|variable| variable.name().contains(':'));
    if let Some(variable) = named {
        let issue = Issue::of(Check::VariableUnsupportedInElement, element).element(name);
        walk.report(issue.other(Said::of(&element.origin, variable.shown())));
    }
}

/// The variables of a text in which AWS replaces them.
fn text<'d>(walk: &mut Walk<'d>, name: &Said<'d>, element: &'d Element) {
    for variable in variables(element) {
        let issue = |check| {
            let issue = Issue::of(check, element).element(name.clone());
            issue.other(Said::of(&element.origin, variable.shown()))
        };
        if element_version(walk) == Version::V2008 {
            // A brace alone, or a template's parameter, was never meant for AWS.
            if variable.name().contains(':') {
                walk.report(issue(Check::VariableUnsupportedInVersion).fate(Fate::Unknown));
            }
            continue;
        }
        let is_formed = variable.is_closed && !variable.name().contains(' ');
        if is_formed && let Some(meant) = unknown_global(variable.name()) {
            let (name, span) = (variable.name().to_owned(), variable.name_span());
            let suggestion = meant.map(|meant| Suggestion::token(&name, span, meant));
            let fate = if walk.is_identity() { Fate::Accepted } else { Fate::Unknown };
            let place = span.or(element.span);
            let issue = Issue::at(Check::InvalidGlobalConditionKey, place, Some(&element.origin));
            walk.report(issue.value(Said::of(&element.origin, name)).suggest(suggestion).fate(fate));
        }
        let Variable { inner, is_closed, .. } = variable;
        if !is_closed {
            walk.report(issue(Check::MissingBraceInVariable));
        } else if inner.trim().is_empty() {
            walk.report(issue(Check::EmptyVariable));
        } else if let Some((key, default)) = inner.split_once(',') {
            let default = default.trim();
            let is_quoted = default.len() >= 2 && default.starts_with('\'') && default.ends_with('\'');
            if !is_quoted {
                walk.report(issue(Check::MissingQuoteInVariable));
            } else if key.contains(' ') {
                walk.report(issue(Check::UnsupportedSpaceInVariable));
            }
        } else if inner.contains(' ') {
            walk.report(issue(Check::UnsupportedSpaceInVariable));
        }
    }
}

fn element_version(walk: &Walk<'_>) -> Version {
    walk.document.version
}

/// A variable as it is written.
#[derive(Clone, Copy)]
struct Variable<'t> {
    inner: &'t str,
    /// The text that it stands in, and the place of `inner` there.
    text: &'t Text,
    start: usize,
    is_closed: bool,
}

impl Variable<'_> {
    fn name(&self) -> &str {
        self.inner.split(',').next().unwrap_or_default().trim()
    }

    fn name_span(&self) -> Option<Span> {
        let before = self.inner.len() - self.inner.trim_start().len();
        let start = self.start + before;
        self.text.slice(start..start + self.name().len()).exact_span()
    }

    fn shown(&self) -> String {
        format!("${{{}{}", self.inner, if self.is_closed { "}" } else { "" })
    }
}

/// The variables in the known parts of a text. One that a hole cuts is not known to be open.
fn variables(element: &Element) -> impl Iterator<Item = Variable<'_>> {
    let parts = element.text.parts();
    let last = parts.len().saturating_sub(1);
    parts.iter().enumerate().flat_map(move |(index, part)| {
        let mut found = Vec::new();
        let Part::Known(text) = part else { return found };
        if !text.contains('$') {
            return found;
        }
        let mut rest = text.as_str();
        while let Some((_, after)) = rest.split_once("${") {
            let start = text.len() - after.len();
            match after.split_once('}') {
                Some((inner, tail)) if !inner.contains("${") => {
                    found.push(Variable { inner, text, start, is_closed: true });
                    rest = tail;
                }
                _ => {
                    if index == last {
                        found.push(Variable { inner: after, text, start, is_closed: false });
                    }
                    break;
                }
            }
        }
        found
    })
}

/// Whether an ARN is swallowed, before its last field, by a variable without a closing brace: what is left
/// of it says nothing.
pub(super) fn is_swallowed(element: &Element, version: Version) -> bool {
    let is_before_last = |variable: &Variable<'_>| {
        let before = variable.text.get(..variable.start).unwrap_or_default();
        before.matches(':').count() < 5
    };
    version != Version::V2008
        && variables(element).any(|variable| !variable.is_closed && is_before_last(&variable))
}

/// A text without its variables.
pub(super) fn without_variables(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        plain.push_str(before);
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::{found, of_statement};

    fn of(resource: &str) -> Vec<String> {
        let resource = format!("arn:aws:s3:::bucket/{resource}");
        let statement =
            format!(r#"{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "{resource}"}}"#);
        let found = of_statement(&statement, PolicyKind::Identity);
        found.into_iter().map(|found| found.split(' ').next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn a_variable_has_braces_a_name_and_a_quoted_default() {
        let cases = [
            ("${aws:username", "missing-brace-in-variable"),
            ("${}", "empty-variable"),
            ("${ }", "empty-variable"),
            ("${aws: username}", "unsupported-space-in-variable"),
            ("${aws:username, default}", "missing-quote-in-variable"),
            ("${aws:username, 'default}", "missing-quote-in-variable"),
        ];
        for (variable, expected) in cases {
            assert_eq!(of(variable), [expected], "{variable}");
        }
        for variable in ["${aws:username}", "${aws:PrincipalTag/team, 'a b'}", "${*}", "${$}", "$", "{x}"] {
            assert!(of(variable).is_empty(), "{variable}");
        }
    }

    #[test]
    fn what_a_variable_without_its_brace_swallows_is_not_judged() {
        let found = |resource: &str| {
            let statement =
                format!(r#"{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "{resource}"}}"#);
            let found = of_statement(&statement, PolicyKind::Identity);
            found.iter().map(|it| it.split(' ').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("arn:${AWS::Partition:s3:::b/*"), ["missing-brace-in-variable"]);
        assert_eq!(found("arn:aws:s3:${aws:username"), ["missing-brace-in-variable"]);
        let both = found("arn:aws:s3:nowhere::b/${aws:username");
        assert!(both.len() > 1 && both.contains(&"missing-brace-in-variable".to_owned()), "{both:?}");
    }

    #[test]
    fn a_variable_of_aws_names_a_key_that_there_is() {
        assert_eq!(of("${aws:userame}"), ["invalid-global-condition-key"]);
        assert_eq!(of("${aws:PrincipalTag/team}/${s3:prefix}"), [""; 0]);
    }

    #[test]
    fn variables_stand_only_where_they_are_replaced() {
        let statement = r#"{"Effect": "Allow", "Action": "s3:${aws:username}", "Resource": "*",
            "Condition": {"NumericLessThan": {"s3:max-keys": "${aws:username}"}}}"#;
        let found = of_statement(statement, PolicyKind::Identity);
        assert!(
            found.contains(&"variable-unsupported-in-element s3:${aws:username}".to_owned()),
            "{found:?}"
        );
        assert!(found.contains(&"invalid-variable-for-operator ${aws:username}".to_owned()), "{found:?}");
    }

    #[test]
    fn the_first_version_has_no_variables() {
        let text = r#"{"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bucket/${aws:username}"}]}"#;
        let found = found(text, PolicyKind::Identity);
        assert!(found.iter().any(|found| found.starts_with("variable-unsupported-in-version")), "{found:?}");
    }
}
