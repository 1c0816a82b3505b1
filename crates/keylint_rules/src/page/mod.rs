//! Rule pages: Markdown with YAML front matter, which is the rule.
//!
//! Reading a page and compiling its conditions are two steps: what lists and shows rules needs
//! only the first.

mod body;
mod front;
pub mod template;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use keylint_policy::PolicyKind;
use keylint_policy::validate::Check;
use keylint_syntax::Text;

pub use body::{Example, Expectation, Language};

use crate::finding::{Confidence, RuleId, Severity};
use crate::reader::LoadError;

/// A rule page, read but not compiled.
#[derive(Clone, Debug)]
pub struct Page {
    /// The id of the rule.
    pub id: RuleId,
    /// The name of the rule.
    pub name: Arc<str>,
    /// How bad what it reports is.
    pub severity: Levels<Severity>,
    /// How sure it is.
    pub confidence: Levels<Confidence>,
    /// Whether it runs unless it is switched off.
    pub enabled: bool,
    /// What it looks at.
    pub on: Vec<Target>,
    /// A filter that known values decide.
    pub filter: Option<Text>,
    /// The condition under which it reports.
    pub when: Option<Text>,
    /// The check of the policy validator that reports instead of a condition.
    pub check: Option<Check>,
    /// Where it points.
    pub at: Option<Text>,
    /// What it says.
    pub message: Option<Text>,
    /// What to do.
    pub help: Option<Arc<str>>,
    /// Other places that it shows, with what it says of them.
    pub related: Vec<(Text, Text)>,
    /// Rules that stay silent where it speaks.
    pub supersedes: Vec<RuleId>,
    /// What other tools call it: `checkov:CKV_AWS_149`.
    pub aliases: Vec<Arc<str>>,
    /// Where its facts are from.
    pub sources: Vec<Arc<str>>,
    /// The Markdown below the front matter.
    pub body: Arc<str>,
    /// The examples in it.
    pub examples: Vec<Example>,
}

/// A level, with others for some kinds or actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels<T> {
    /// Unless the kind has its own.
    pub default: T,
    /// By kind, of which `policy` is a document that nothing shows the use of, or for a rule on
    /// actions by what stands in the policy: `logs:*`. For a rule with a check [`ACCEPTED`] is the
    /// level where AWS stores the policy as it is, and what is wrong in it has no effect, and
    /// [`REJECTED`] where it refuses to.
    pub by_kind: Vec<(Arc<str>, T)>,
}

/// The name of the level for policies that AWS is known to store in spite of what a check reports.
pub const ACCEPTED: &str = "accepted";
/// The name of the level for policies that AWS is known to refuse for what a check reports.
pub const REJECTED: &str = "rejected";

impl<T: Copy> Levels<T> {
    /// Whether the kind, the action or [`ACCEPTED`] has a level of its own.
    pub fn has(&self, kind: &str) -> bool {
        self.by_kind.iter().any(|(known, _)| known.eq_ignore_ascii_case(kind))
    }

    /// The level for a kind or an action.
    pub fn of(&self, kind: &str) -> T {
        let own = self.by_kind.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind));
        own.map_or(self.default, |(_, level)| *level)
    }
}

/// What a rule looks at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Every resource of a kind: `self`.
    Kind(Arc<str>),
    /// Every element of a list attribute of a kind: `self`, `item`.
    Item(Arc<str>, Arc<str>),
    /// Every policy: `policy`.
    Policy,
    /// Every statement of every policy: `policy`, `statement`.
    Statement,
    /// Every statement of the policies of every identity that has several, which is asked what they
    /// allow together: `policy`, `statement`.
    Together,
    /// Every element of `Action` of every statement: `policy`, `statement`, `action`.
    Action,
    /// Every store at rest: `store`, `self`.
    Encryption,
    /// Every attribute of type `secret`: `value`, `self`.
    Secret,
    /// Every environment variable: `entry`, `self`.
    Environment,
    /// Nothing: a front end or the engine reports it.
    Problem,
}

impl Target {
    /// The targets that are no kinds.
    const NAMED: [(&'static str, Target); 8] = [
        ("policy", Target::Policy),
        ("policy.statement", Target::Statement),
        ("identity.statement", Target::Together),
        ("policy.action", Target::Action),
        ("encryption", Target::Encryption),
        ("secret", Target::Secret),
        ("environment", Target::Environment),
        ("problem", Target::Problem),
    ];

    /// The target of this name; a name that is none of the fixed ones is a kind, or a kind and its
    /// list attribute.
    pub fn parse(name: &str, is_kind: impl Fn(&str) -> bool) -> Option<Target> {
        if let Some((_, target)) = Self::NAMED.into_iter().find(|(known, _)| *known == name) {
            return Some(target);
        }
        if is_kind(name) {
            return Some(Target::Kind(name.into()));
        }
        let (kind, attribute) = name.rsplit_once('.')?;
        is_kind(kind).then(|| Target::Item(kind.into(), attribute.into()))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Kind(kind) => formatter.write_str(kind),
            Target::Item(kind, attribute) => write!(formatter, "{kind}.{attribute}"),
            other => {
                let named = Self::NAMED.iter().find(|(_, target)| target == other);
                formatter.write_str(named.map_or("", |(name, _)| name))
            }
        }
    }
}

impl Page {
    /// Reads a page. `is_kind` says which kinds there are.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn parse(text: &str, is_kind: impl Fn(&str) -> bool) -> Result<Page, Vec<LoadError>> {
        front::parse(text, &is_kind)
    }

    /// The text of a section of the body, without its heading.
    pub fn section(&self, heading: &str) -> Option<&str> {
        body::section(&self.body, heading)
    }
}

/// The bytes of the front matter and of the body of a page: what stands between two lines `---`,
/// the first of which is the first line, and what follows.
pub(crate) fn split(text: &str) -> Option<(Range<usize>, Range<usize>)> {
    let first = text.find('\n')? + 1;
    if text.get(..first)?.trim_end() != "---" {
        return None;
    }
    let mut offset = first;
    for line in text.get(first..)?.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some((first..offset, offset + line.len()..text.len()));
        }
        offset += line.len();
    }
    None
}

/// The info string of a policy example: `key-policy`, `scp`.
pub(crate) fn policy_language(name: &str) -> Option<PolicyKind> {
    let bare = name.strip_suffix("-policy").unwrap_or(name);
    let kind = PolicyKind::from_str(bare).ok()?;
    let bare_names = [PolicyKind::Scp, PolicyKind::Rcp, PolicyKind::Boundary];
    (name != bare || bare_names.contains(&kind)).then_some(kind)
}

#[cfg(test)]
mod tests;
