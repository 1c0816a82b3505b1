//! What a front end has to report of its own: findings that are no rule of AWS.

use keylint_source::Span;
use keylint_syntax::{SyntaxError, SyntaxErrorKind};

/// A problem that a front end met: reported under one of the rules KL001 to KL020.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The id of the rule: `KL001`.
    pub rule: &'static str,
    /// The smallest range that shows it.
    pub span: Span,
    /// The fact, in present tense, lower case, without full stop; no values of the source.
    pub message: String,
    /// What to do about it, where that is not obvious.
    pub help: Option<String>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// Whether something of the file is not looked at because of it, so that nobody may say that all
    /// was decided.
    pub leaves_out: bool,
}

/// A place that belongs to a finding, with what it has to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The place.
    pub span: Span,
    /// What it has to do with the finding: `called here`, `default of variable x`.
    pub message: String,
}

impl Problem {
    /// A problem without related places or help. Text that does not parse, what lies beyond a limit, and
    /// the other of two values with one key are left out.
    pub fn new(rule: &'static str, span: Span, message: impl Into<String>) -> Self {
        let leaves_out = matches!(rule, "KL001" | "KL002" | "KL004");
        Problem { rule, span, message: message.into(), help: None, related: Vec::new(), leaves_out }
    }

    /// The rule that says it of the text of a policy, where there is one: POL027 has the name that IAM
    /// Access Analyzer gives to JSON that does not parse.
    pub fn in_policy(&self) -> Option<&'static str> {
        (self.rule == "KL001").then_some("POL027")
    }

    /// The same where nothing of what stands there is looked at.
    #[must_use]
    pub fn leaving_out(self) -> Self {
        Problem { leaves_out: true, ..self }
    }

    /// The same with a remedy.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Problem { help: Some(help.into()), ..self }
    }

    /// The same with a related place.
    #[must_use]
    pub fn with_related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related { span, message: message.into() });
        self
    }
}

impl From<SyntaxError> for Problem {
    fn from(error: SyntaxError) -> Self {
        let rule = match error.kind {
            SyntaxErrorKind::Syntax => "KL001",
            SyntaxErrorKind::DuplicateKey => "KL002",
            SyntaxErrorKind::Limit => "KL004",
            SyntaxErrorKind::UnsupportedYaml => "KL007",
        };
        let related = error.related.into_iter().map(|(span, message)| Related { span, message }).collect();
        Problem { help: error.help, related, ..Problem::new(rule, error.span, error.message) }
    }
}
