//! Whether one statement applies to a request.

use std::fmt;

use keylint_model::Verdict;

use super::condition::{self, Unmet};
use super::naming::{self, Naming};
use super::scope::Scope;
use crate::document::{Document, Effect, Statement};
use crate::element::Elements;
use crate::kind::PolicyKind;
use crate::matching::matches_action;

/// Whether a statement applies, and what keeps it from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Application<'p> {
    /// Whether action, resource and conditions fit, and the caller is named.
    pub(crate) verdict: Verdict,
    /// As what the caller is named, where the rest fits.
    pub(crate) naming: Naming,
    /// What does not fit, or is not known to.
    pub(crate) obstacle: Option<Obstacle<'p>>,
}

/// What keeps a statement from applying, or from being known to apply.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Obstacle<'p> {
    /// AWS does not take the document as it is; the element shows why.
    Rejected(&'p str),
    /// The statement lacks the element, so that it has no effect.
    Ineffective(&'static str),
    /// More of the statement is decided at deployment.
    Open,
    /// Another caller is named.
    Caller(Verdict),
    /// Another action is named.
    Action(Verdict),
    /// Another resource is named.
    Resource(Verdict),
    /// A condition: operator and key.
    Condition(&'p str, &'p str, Unmet),
}

impl Obstacle<'_> {
    /// Whether only a condition stands in the way.
    pub(crate) fn is_condition(&self) -> bool {
        matches!(self, Obstacle::Condition(..))
    }
}

impl fmt::Display for Obstacle<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |out: &mut fmt::Formatter<'_>, part: &str, verdict: Verdict| match verdict {
            Verdict::Unknown => write!(out, "whether it names the {part} is not known"),
            _ => write!(out, "it does not name the {part}"),
        };
        match self {
            Obstacle::Rejected(element) => {
                write!(out, "AWS does not accept the document because of `{element}`")
            }
            Obstacle::Ineffective(element) => {
                write!(out, "a statement of a key policy without `{element}` has no effect")
            }
            Obstacle::Open => out.write_str("part of the statement is not known before deployment"),
            Obstacle::Caller(verdict) => part(out, "caller", *verdict),
            Obstacle::Action(verdict) => part(out, "action", *verdict),
            Obstacle::Resource(verdict) => part(out, "resource", *verdict),
            Obstacle::Condition(operator, key, unmet) => {
                write!(out, "its condition `{operator}` on `{key}` ")?;
                out.write_str(match unmet {
                    Unmet::NoKey => "does not hold: the request does not have the key",
                    Unmet::Differs => "does not hold",
                    Unmet::Several => {
                        "does not hold: the key has a list of values, which only ForAllValues: and ForAnyValue: compare"
                    }
                    Unmet::NoOperator => "is not known to hold: AWS has no such operator",
                    Unmet::Unsure => "is not known to hold",
                })
            }
        }
    }
}

/// What a statement is compared with beside the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// The kind of the policy.
    pub(crate) kind: PolicyKind,
    /// Whether the caller has a permissions boundary.
    pub(crate) has_boundary: bool,
}

/// Whether a statement of a document applies to a request, whatever its effect.
pub(crate) fn apply<'p>(
    document: &'p Document,
    statement: &'p Statement,
    setting: Setting,
    scope: &Scope<'_>,
) -> Application<'p> {
    let mut parts = Parts { verdict: Verdict::Yes, obstacle: None };
    let mut naming = Naming::direct(Verdict::Yes);
    if parts.goes_on() {
        let verdict =
            matches_part([statement.actions.as_ref(), statement.not_actions.as_ref()], |elements| {
                any(elements, |element| matches_action(&element.text, &scope.request.action))
            });
        parts.actions(verdict, setting);
    }
    if parts.goes_on() {
        let verdict =
            matches_part([statement.resources.as_ref(), statement.not_resources.as_ref()], |elements| {
                any(elements, |element| scope.matches_resource(&element.text, statement.version))
            });
        parts.resources(verdict, setting);
    }
    if parts.goes_on() {
        naming = names(statement, setting, scope, &mut parts);
    }
    for entry in &statement.conditions.entries {
        if !parts.goes_on() {
            break;
        }
        let (verdict, unmet) = condition::holds(entry, statement.version, scope);
        let unmet = unmet.unwrap_or(Unmet::Unsure);
        parts.add(verdict, || Obstacle::Condition(&entry.operator_name, &entry.key, unmet));
    }
    if statement.rest.is_some() || statement.conditions.rest.is_some() {
        parts.add(Verdict::Unknown, || Obstacle::Open);
    }
    if let Some(element) = rejected(document, statement) {
        parts.add(Verdict::Unknown, || Obstacle::Rejected(element));
    }
    Application { verdict: parts.verdict, naming: naming.and(parts.verdict), obstacle: parts.obstacle }
}

/// What of a document AWS refuses, so that its effect is not known: it cannot be attached as it is.
fn rejected<'p>(document: &'p Document, statement: &Statement) -> Option<&'p str> {
    if !document.problems.is_empty() {
        return Some("its JSON");
    }
    let first = document.malformed.iter().find(|note| note.statement.is_none_or(|it| it == statement.index));
    let other = first.or_else(|| document.malformed.first());
    other.map(|note| &*note.element)
}

/// The answer so far.
struct Parts<'p> {
    verdict: Verdict,
    obstacle: Option<Obstacle<'p>>,
}

impl<'p> Parts<'p> {
    fn goes_on(&self) -> bool {
        self.verdict != Verdict::No
    }

    /// Takes in a part; the first that rules the statement out is the obstacle, else the first that
    /// is not known.
    fn add(&mut self, verdict: Verdict, obstacle: impl FnOnce() -> Obstacle<'p>) {
        let before = self.verdict;
        self.verdict = self.verdict.and(verdict);
        if self.verdict != before {
            self.obstacle = Some(obstacle());
        }
    }

    fn actions(&mut self, verdict: Option<Verdict>, setting: Setting) {
        match verdict {
            Some(verdict) => self.add(verdict, || Obstacle::Action(verdict)),
            // Source: KMS Developer Guide, "Creating a key policy".
            None if setting.kind == PolicyKind::Key => {
                self.add(Verdict::No, || Obstacle::Ineffective("Action"));
            }
            None => self.add(Verdict::Unknown, || Obstacle::Rejected("Action")),
        }
    }

    fn resources(&mut self, verdict: Option<Verdict>, setting: Setting) {
        match (verdict, setting.kind) {
            // The resource of a trust policy is its role. Source: IAM User Guide, "Roles terms".
            (None, PolicyKind::Trust) => {}
            (Some(_), PolicyKind::Trust) => self.add(Verdict::Unknown, || Obstacle::Rejected("Resource")),
            (Some(verdict), _) => self.add(verdict, || Obstacle::Resource(verdict)),
            (None, PolicyKind::Key) => self.add(Verdict::No, || Obstacle::Ineffective("Resource")),
            (None, _) => self.add(Verdict::Unknown, || Obstacle::Rejected("Resource")),
        }
    }
}

/// Whether an element or its `Not` form fits; `None` when neither is there.
fn matches_part(
    [positive, negative]: [Option<&Elements>; 2],
    any: impl Fn(&Elements) -> Verdict,
) -> Option<Verdict> {
    match (positive, negative) {
        (Some(elements), None) => Some(any(elements)),
        (None, Some(elements)) => Some(!any(elements)),
        (Some(_), Some(_)) => Some(Verdict::Unknown),
        (None, None) => None,
    }
}

fn any(elements: &Elements, matches: impl Fn(&crate::Element) -> Verdict) -> Verdict {
    let found = Verdict::any(elements.iter().map(matches));
    if elements.rest.is_some() { found.or(Verdict::Unknown) } else { found }
}

/// As what the statement names the caller; policies of identities name nobody.
fn names<'p>(statement: &'p Statement, setting: Setting, scope: &Scope<'_>, parts: &mut Parts<'p>) -> Naming {
    use PolicyKind::{Boundary, Endpoint, Identity, Key, Rcp, Resource, Scp, Secret, Session, Trust};
    let principals = (&statement.principals, &statement.not_principals);
    match setting.kind {
        Identity | Boundary | Session | Scp => {
            if principals.0.is_some() || principals.1.is_some() {
                parts.add(Verdict::Unknown, || Obstacle::Rejected("Principal"));
            }
            Naming::direct(Verdict::Yes)
        }
        Trust | Key | Secret | Resource | Rcp | Endpoint => {
            let naming = match principals {
                (Some(principals), None) => naming::named(principals, scope),
                (None, Some(principals)) => {
                    let applies = !naming::left_out(principals, scope, setting.has_boundary);
                    // "Using it with Allow is not supported."
                    let is_deny = matches!(statement.effect, Effect::Deny);
                    Naming::direct(if is_deny { applies } else { applies.and(Verdict::Unknown) })
                }
                (None, None) | (Some(_), Some(_)) => {
                    parts.add(Verdict::Unknown, || Obstacle::Rejected("Principal"));
                    Naming::direct(Verdict::Unknown)
                }
            };
            let any = naming.any();
            parts.add(any, || Obstacle::Caller(any));
            naming
        }
    }
}
