//! What a rule reports.
//!
//! A finding cannot hold a secret: it has messages that rules compose from names and kinds, and
//! spans into files, never a value. Whoever shows the text of a span masks it first.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use keylint_model::{Address, Guard, Reason, Related};
use keylint_source::{FileId, Span};
use keylint_syntax::edit::{Insertion, Removal};

use crate::check::guards;

/// The code of a rule: two to four capital letters and three digits, e.g. `SM001`. Never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId {
    bytes: [u8; 7],
    len: u8,
}

/// A text that is not a rule id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a rule id: two to four capital letters and three digits")]
pub struct InvalidRuleId(pub String);

impl RuleId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.bytes
            .get(..usize::from(self.len))
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or("")
    }
}

impl FromStr for RuleId {
    type Err = InvalidRuleId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
        let digits = text.bytes().skip(letters).take_while(u8::is_ascii_digit).count();
        let mut bytes = [0; 7];
        match bytes.get_mut(..text.len()) {
            Some(start) if (2..=4).contains(&letters) && digits == 3 && letters + digits == text.len() => {
                start.copy_from_slice(text.as_bytes());
                Ok(RuleId { bytes, len: u8::try_from(text.len()).unwrap_or(0) })
            }
            _ => Err(InvalidRuleId(text.to_owned())),
        }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// How bad it is; ordered from least to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing (SARIF note).
    Info,
    /// SARIF warning.
    Low,
    /// SARIF warning.
    Medium,
    /// SARIF error.
    High,
    /// SARIF error.
    Critical,
}

impl Severity {
    /// All severities, worst first.
    pub const ALL: [Severity; 5] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

    /// The name used on the command line and in every output.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// How likely the finding is what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Worth a look.
    Low,
    /// Usually right.
    Medium,
    /// Follows from what is written.
    High,
}

impl Confidence {
    /// The name used in every output.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// The statement of a policy that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementName {
    /// Its Sid, where it has one.
    pub sid: Option<Arc<str>>,
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its place among the statements of the document that are made of the same text, from 0.
    pub copy: usize,
}

/// The identity of a finding across runs: made of rule, stack, address, policy path and value,
/// never of a line or of anything secret. The one identity for baseline, SARIF and the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub Arc<str>);

impl Fingerprint {
    /// The fingerprint of what identifies a finding: FNV-1a over the parts with separators. It
    /// needs to be the same everywhere and for ever, not to resist an attacker.
    pub fn of(parts: &[&str]) -> Fingerprint {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for part in parts {
            for byte in part.bytes().chain([0]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        Fingerprint(format!("{hash:016x}").into())
    }
}

/// Whether a fix may be applied without a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Applicability {
    /// Access, meaning and comments survive. A fix that changes who has access is never safe.
    Safe,
    /// Probably what is wanted.
    Unsafe,
    /// To show, not to apply.
    DisplayOnly,
}

/// A replacement of a range of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// How a finding can be mended by edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Whether it may be applied without a look.
    pub applicability: Applicability,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
    /// What becomes an edit by the text of its file, which rules do not see; the engine has it.
    pub pending: Option<Pending>,
}

/// An edit that depends on how the text around its place is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// An element to take out of a list.
    Removal(Removal),
    /// A name to put into a mapping.
    Insertion(Insertion),
}

impl Pending {
    /// The file that it is about.
    pub fn file(&self) -> FileId {
        match self {
            Pending::Removal(removal) => removal.list.file,
            Pending::Insertion(insertion) => insertion.map.file,
        }
    }

    /// The edit in the text of that file; none where the text is written otherwise than is understood.
    pub fn edit(&self, text: &str) -> Option<Edit> {
        match self {
            Pending::Removal(removal) => removal.edit(text).map(|span| Edit { span, text: String::new() }),
            Pending::Insertion(insertion) => insertion.edit(text).map(|(span, text)| Edit { span, text }),
        }
    }
}

/// One problem at one place.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that reports it.
    pub rule: RuleId,
    /// The name of the rule: `secret-default-key`.
    pub name: Arc<str>,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// The fact, in present tense, lower case, without full stop. "when …" is already in it.
    pub message: String,
    /// The same without "when …".
    pub fact: Arc<str>,
    /// The smallest range that the user would edit.
    pub span: Span,
    /// Where the fault is, where that is in a file of others and `span` is where its users mend it.
    pub written: Option<Span>,
    /// Where the value came from, the module call, what uses the document.
    pub related: Vec<Related>,
    /// The resource; `None` for a problem of a file.
    pub resource: Option<Address>,
    /// The root directory or template that the resource is of, as output shows it; `None` for a
    /// problem of a file.
    pub stack: Option<Arc<str>>,
    /// All instances, where equal findings were merged into this one; empty otherwise. Those of
    /// several stacks that have the same address start with the stack's name and a colon.
    pub instances: Vec<Address>,
    /// The CDK path of the resource.
    pub construct: Option<Arc<str>>,
    /// The statement, where it is about one.
    pub statement: Option<StatementName>,
    /// All statements that have the fault at this place, where a loop makes several of one text; none where there is
    /// but one.
    pub statements: Vec<StatementName>,
    /// What it is about in the statement beside its own place: the key of a condition, the resources that an action is
    /// measured by.
    pub about: Vec<Span>,
    /// The cases in which it holds, by what deployment must decide; the only one of a finding that always
    /// holds demands nothing.
    pub when: Vec<Guard>,
    /// Ranges that a suppression comment may stand on to silence this finding: the block of the
    /// resource, of the statement, of each module call.
    pub scopes: Vec<Span>,
    /// The environments that it holds in, by name, where it does not hold in all; empty otherwise.
    pub environments: Vec<Arc<str>>,
    /// Its identity across runs.
    pub fingerprint: Fingerprint,
    /// What to do about it.
    pub help: Option<String>,
    /// How to mend it by edits.
    pub fix: Option<Fix>,
}

impl Finding {
    /// Takes in the same fact of other instances: the message says when it is one for any of them.
    pub fn unite<'f>(&mut self, others: impl IntoIterator<Item = &'f Finding>) {
        let mut stacks: Vec<(Option<Arc<str>>, Vec<Guard>)> = vec![(self.stack.clone(), self.when.clone())];
        for other in others {
            match stacks.iter_mut().find(|(stack, _)| *stack == other.stack) {
                Some((_, cases)) => cases.extend(other.when.iter().cloned()),
                None => stacks.push((other.stack.clone(), other.when.clone())),
            }
        }
        for (_, cases) in &mut stacks {
            *cases = guards::united(&*cases);
        }
        self.message = guards::message(&self.fact, stacks.into_iter().map(|(_, cases)| cases));
    }
}

/// A rule could not be decided at a place.
#[derive(Clone, Debug)]
pub struct Undecided {
    /// The rule.
    pub rule: RuleId,
    /// The resource that it looked at.
    pub resource: Address,
    /// Where the unknown value is used.
    pub span: Span,
    /// Why it is unknown.
    pub reason: Reason,
    /// The place that would resolve it.
    pub resolve_at: Option<Span>,
    /// The environments that it is undecided in, where these are not all; empty otherwise.
    pub environments: Vec<Arc<str>>,
}

impl Finding {
    /// `in prod only`, `in prod and staging`; nothing where it holds in all.
    pub fn in_environments(&self) -> Option<String> {
        described(&self.environments)
    }
}

impl Undecided {
    /// As of a finding.
    pub fn in_environments(&self) -> Option<String> {
        described(&self.environments)
    }
}

fn described(environments: &[Arc<str>]) -> Option<String> {
    match environments {
        [] => None,
        [only] => Some(format!("in {only} only")),
        [most @ .., last] => Some(format!("in {} and {last}", most.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_stable_and_depend_on_where_parts_end() {
        // The published test vector of FNV-1a for the byte 0.
        assert_eq!(&*Fingerprint::of(&[""]).0, "af63bd4c8601b7df");
        assert_ne!(Fingerprint::of(&["a", "b"]), Fingerprint::of(&["ab", ""]));
    }

    #[test]
    fn rule_ids_are_parsed_strictly() {
        assert_eq!("LEAK001".parse::<RuleId>().unwrap().as_str(), "LEAK001");
        assert_eq!("KL020".parse::<RuleId>().unwrap().to_string(), "KL020");
        for wrong in ["", "S001", "SM01", "SM0011", "sm001", "SECRET1", "SM001 "] {
            assert!(wrong.parse::<RuleId>().is_err(), "{wrong}");
        }
        assert!(Severity::Critical > Severity::High);
    }
}
