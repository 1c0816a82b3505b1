//! Texts of a policy as one request fills them in.
//!
//! Set reasoning keeps a policy variable as a letter of its own; a request gives it a value. What
//! is put in stands for itself: a `*` in a tag is a star, not a wildcard.

use keylint_model::{Part, Verdict};

use super::{LAST_FIELD, Piece, Pieces, in_fields, literal_symbols, units, wildcard};
use crate::document::Version;
use crate::element::PartlyKnown;
use crate::glob::{self, Symbol};

/// What a request puts in for a policy variable.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Substitute<'v> {
    /// This text.
    Text(&'v PartlyKnown),
    /// Nothing: the key is absent, or has several values. A default of the variable counts then,
    /// unless there are several values.
    Absent,
    /// Nothing, whatever default the variable has.
    Several,
    /// Only the service knows.
    Unknown,
}

/// A text of a policy with its variables filled in.
#[derive(Debug)]
pub(crate) struct Template<'t> {
    symbols: Vec<Symbol<'t>>,
    /// A variable has no value: the text equals and matches nothing.
    pub(crate) is_void: bool,
    /// What is put in for a variable is not known, or whether AWS puts anything in: the symbols are
    /// the widest that it can be.
    unsure: bool,
    /// A variable stands in front of the last field of an ARN, where AWS documents none.
    early_variable: bool,
    /// How many colons were put in.
    colons_put_in: usize,
}

impl<'t> Template<'t> {
    /// Fills in a text. Wildcards count where `wildcards` says so; elsewhere they are characters.
    pub(crate) fn fill(
        text: &'t PartlyKnown,
        version: Version,
        wildcards: bool,
        value_of: impl Fn(&str) -> Substitute<'t>,
    ) -> Self {
        let mut template = Template {
            symbols: Vec::new(),
            is_void: false,
            unsure: false,
            early_variable: false,
            colons_put_in: 0,
        };
        let has_holes = text.holes().next().is_some();
        for part in text.parts() {
            let known = match part {
                Part::Known(known) => known.as_str(),
                Part::Hole(unknown, _) => {
                    template.symbols.push(Symbol::Hole(unknown));
                    continue;
                }
            };
            // The name of a variable may go on in a hole.
            template.unsure |= has_holes && version != Version::V2008 && is_open(known);
            for piece in (Pieces { rest: known, version }) {
                match piece {
                    Piece::Symbol(character) if wildcards => {
                        template.symbols.extend(units(character).map(wildcard));
                    }
                    Piece::Symbol(character) | Piece::Escaped(character) => {
                        template.symbols.extend(units(character).map(Symbol::Char));
                    }
                    Piece::Variable(variable) => template.put_in(variable, version, &value_of),
                }
            }
        }
        template
    }

    /// Puts in what stands for a variable: `key`, or `key, 'default'`.
    /// Source: IAM User Guide, "IAM policy elements: Variables and tags", "Specifying default values".
    fn put_in(&mut self, variable: &'t str, version: Version, value_of: impl Fn(&str) -> Substitute<'t>) {
        // Only a known version says whether this is a variable at all.
        self.unsure |= version == Version::Other;
        let before = colons(&self.symbols);
        self.early_variable |= before < LAST_FIELD;
        let (key, default) = match variable.split_once(',') {
            Some((key, rest)) => (key, Some(rest)),
            None => (variable, None),
        };
        let quoted = |rest: &'t str| rest.strip_prefix(" '").and_then(|rest| rest.strip_suffix('\''));
        let default = default.map(quoted);
        match (value_of(key.trim()), default) {
            // A key "that has no value" counts as absent, says the page; whether an empty value is
            // none, it does not.
            (Substitute::Text(text), _) if text.as_known() == Some("") => {
                self.unsure = true;
                self.symbols.push(Symbol::Run);
            }
            (Substitute::Text(text), _) => self.symbols.extend(literal_symbols(text)),
            (Substitute::Absent, Some(Some(default))) => {
                self.symbols.extend(default.chars().flat_map(units).map(Symbol::Char));
            }
            (Substitute::Absent, None) | (Substitute::Several, _) => self.is_void = true,
            // A default that is not written as AWS documents it.
            (Substitute::Absent, Some(None)) | (Substitute::Unknown, _) => {
                self.unsure = true;
                self.symbols.push(Symbol::Run);
            }
        }
        self.colons_put_in += colons(&self.symbols).saturating_sub(before);
    }

    /// Whether the text, with its wildcards, matches another.
    pub(crate) fn matches(&self, text: &PartlyKnown) -> Verdict {
        self.compare(&self.symbols, text)
    }

    /// Whether the text is another but for case: both are put in lower case and compared.
    pub(crate) fn equals_ignoring_case(&self, text: &PartlyKnown) -> Verdict {
        let (own, other) = (lower(&self.symbols), lower(&literal_symbols(text)));
        if self.is_void {
            return Verdict::No;
        }
        let verdict = glob::covers(&own, &other);
        // Whether a capital sigma becomes one letter or another depends on its neighbours.
        let sigma = |symbols: &[Symbol<'_>]| symbols.iter().any(|it| matches!(it, Symbol::Char('Σ' | 'ς')));
        let unsure = self.unsure || sigma(&self.symbols) || sigma(&literal_symbols(text));
        if unsure { verdict.and(Verdict::Unknown) } else { verdict }
    }

    /// Whether the text matches an ARN as `Resource` has it.
    ///
    /// A variable in front of the last field is documented to have no effect there ("you can't use
    /// a variable to replace parts of the ARN before the fifth colon"); what AWS does with one is not
    /// known, unless even its value does not match.
    pub(crate) fn matches_resource(&self, arn: &PartlyKnown) -> Verdict {
        let verdict = self.compare(&in_fields(self.symbols.clone()), arn);
        if self.early_variable && self.is_arn() { verdict.and(Verdict::Unknown) } else { verdict }
    }

    /// Whether the text matches an ARN as the ARN operators have it: field by field. `None` when
    /// the text is no ARN.
    pub(crate) fn matches_arn(&self, arn: &PartlyKnown) -> Option<Verdict> {
        let mut field = 0;
        let mut open = false;
        let mut symbols = self.symbols.clone();
        for symbol in &mut symbols {
            match symbol {
                Symbol::Char(':') => field += 1,
                Symbol::Hole(_) => open = true,
                Symbol::Run if field < LAST_FIELD => *symbol = Symbol::RunInField,
                Symbol::One if field < LAST_FIELD => *symbol = Symbol::OneInField,
                _ => {}
            }
        }
        // A text that is an ARN only by what is put in is none where it is stored.
        let is_arn = field >= LAST_FIELD + self.colons_put_in && self.is_arn();
        (is_arn || open || self.unsure || self.is_void).then(|| self.compare(&symbols, arn))
    }

    fn is_arn(&self) -> bool {
        let mut start = self.symbols.iter();
        "arn:".chars().all(|expected| match start.next() {
            Some(Symbol::Char(character)) => *character == expected,
            Some(_) | None => false,
        })
    }

    fn compare(&self, symbols: &[Symbol<'_>], text: &PartlyKnown) -> Verdict {
        if self.is_void {
            return Verdict::No;
        }
        let verdict = glob::covers(symbols, &literal_symbols(text));
        if self.unsure { verdict.and(Verdict::Unknown) } else { verdict }
    }
}

fn lower<'t>(symbols: &[Symbol<'t>]) -> Vec<Symbol<'t>> {
    let mut lower = Vec::with_capacity(symbols.len());
    for symbol in symbols {
        match symbol {
            // A sigma at the end of a word has a letter of its own.
            Symbol::Char('ς') => lower.push(Symbol::Char('σ')),
            Symbol::Char(character) => lower.extend(character.to_lowercase().map(Symbol::Char)),
            other => lower.push(*other),
        }
    }
    lower
}

fn colons(symbols: &[Symbol<'_>]) -> usize {
    symbols.iter().filter(|symbol| matches!(symbol, Symbol::Char(':'))).count()
}

/// Whether a variable begins that does not end.
fn is_open(text: &str) -> bool {
    text.rfind("${").is_some_and(|start| text.get(start..).is_some_and(|rest| !rest.contains('}')))
}
