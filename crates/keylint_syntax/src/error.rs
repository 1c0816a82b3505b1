//! What is wrong with a text.

use keylint_source::Span;

/// What sort of problem a [`SyntaxError`] is; decides the rule it is reported under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SyntaxErrorKind {
    /// The text is not in the language (KL001).
    Syntax,
    /// A mapping names a key twice (KL002).
    DuplicateKey,
    /// A limit on depth or expansion was reached (KL004).
    Limit,
    /// YAML that its consumer does not accept: alias, merge key, foreign tag (KL007).
    UnsupportedYaml,
}

/// A problem with a text, at a place. What could be read around it is in the tree all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What sort of problem it is.
    pub kind: SyntaxErrorKind,
    /// The smallest range that shows it.
    pub span: Span,
    /// The fact, in present tense, lower case, without full stop. Never contains source text
    /// beyond a key name: it may be a secret.
    pub message: String,
    /// Another place that belongs to it, with a label: the first use of a duplicate key.
    pub related: Option<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether some of the text may be missing from the tree for it: not after a comma too many.
    pub(crate) loses: bool,
}

impl SyntaxError {
    /// An error without related place or help.
    pub fn new(kind: SyntaxErrorKind, span: Span, message: impl Into<String>) -> Self {
        SyntaxError { kind, span, message: message.into(), related: None, help: None, loses: true }
    }

    /// Whether some of the text may be missing from the tree: a part that does not parse, or that lies
    /// beyond a limit.
    pub fn cuts(&self) -> bool {
        self.loses && matches!(self.kind, SyntaxErrorKind::Syntax | SyntaxErrorKind::Limit)
    }
}
