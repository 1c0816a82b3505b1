//! All rules, and which of them a run uses.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use crate::finding::{Confidence, RuleId, Severity};
use crate::kind::{EmbeddedKind, Kinds};
use crate::page::{Page, Target};
use crate::reader::LoadError;
use crate::rule::Rule;
use keylint_model::nearest;
use keylint_policy::validate::Check;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// A rule page with what the build has read of it.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedPage {
    /// Its path under `rules/`.
    pub path: &'static str,
    /// The id of its rule.
    pub id: &'static str,
    /// The name of its rule.
    pub name: &'static str,
    /// The severity, unless the kind has its own.
    pub severity: &'static str,
    /// The confidence, unless the kind has its own; empty for the usual one.
    pub confidence: &'static str,
    /// Whether the rule runs unless it is switched off.
    pub enabled: bool,
    /// What the rule looks at.
    pub on: &'static [&'static str],
    /// The check that it binds: `validate/invalid-action`; empty without.
    pub check: &'static str,
    /// The whole page.
    pub text: &'static str,
}

/// All rules and kinds.
#[derive(Debug)]
pub struct Registry {
    rules: Vec<Entry>,
    kinds: Kinds,
}

/// One rule of a registry: what is needed to list and select it. The page is read, and the rule
/// compiled, when something first asks for them.
#[derive(Debug)]
pub struct Entry {
    /// The id.
    pub id: RuleId,
    /// The name.
    pub name: Arc<str>,
    /// The severity, unless the kind has its own.
    pub severity: Severity,
    /// The confidence, unless the kind has its own.
    pub confidence: Confidence,
    /// Whether it runs unless it is switched off.
    pub enabled: bool,
    /// What it looks at.
    pub on: Vec<Target>,
    /// The check of the policy validator that it binds.
    pub check: Option<Check>,
    /// The path of its page.
    pub path: Arc<str>,
    text: Arc<str>,
    page: OnceLock<Result<Page, Vec<LoadError>>>,
    rule: OnceLock<Option<Rule>>,
}

impl Registry {
    /// The rules and kinds that are compiled in.
    pub fn builtin() -> &'static Registry {
        static BUILTIN: OnceLock<Registry> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            let kinds = Kinds::embedded(KINDS);
            let mut rules: Vec<Entry> =
                PAGES.iter().filter_map(|page| Entry::embedded(page, &kinds)).collect();
            rules.sort_by_key(|entry| entry.id);
            Registry { rules, kinds }
        })
    }

    /// How many pages are compiled in, whether or not they can be read.
    pub fn embedded_pages() -> usize {
        PAGES.len()
    }

    /// A registry of pages and kinds given as text, each with its path: for rules of one's own and
    /// for tests.
    ///
    /// # Errors
    ///
    /// The path of each file that is wrong, with everything that is wrong with it.
    pub fn from_texts<'t>(
        pages: impl IntoIterator<Item = (&'t str, &'t str)>,
        kinds: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Registry, Vec<(String, Vec<LoadError>)>> {
        let kinds = Kinds::from_texts(kinds)?;
        let (mut rules, mut errors) = (Vec::new(), Vec::new());
        for (path, text) in pages {
            let page = Page::parse(text, |name| kinds.get(name).is_some());
            match page.and_then(|page| Rule::compile(&page, &kinds).map(|rule| (page, rule))) {
                Ok((page, rule)) => rules.push(Entry {
                    id: page.id,
                    name: Arc::clone(&page.name),
                    severity: page.severity.default,
                    confidence: page.confidence.default,
                    enabled: page.enabled,
                    on: page.on.clone(),
                    check: page.check,
                    path: path.into(),
                    text: text.into(),
                    page: OnceLock::from(Ok(page)),
                    rule: OnceLock::from(Some(rule)),
                }),
                Err(wrong) => errors.push((path.to_owned(), wrong)),
            }
        }
        rules.sort_by_key(|entry| entry.id);
        if errors.is_empty() { Ok(Registry { rules, kinds }) } else { Err(errors) }
    }

    /// All rules, sorted by id.
    pub fn rules(&self) -> &[Entry] {
        &self.rules
    }

    /// All kinds.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// The rule with this id or name, whatever the case.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.rules.iter().find(|entry| entry.is_called(name))
    }

    /// The id or name of a rule that somebody probably meant.
    pub fn suggest(&self, name: &str) -> Option<&str> {
        let names = self.rules.iter().flat_map(|entry| [entry.id.as_str(), &*entry.name]);
        nearest(name, names)
    }

    /// Parses a selector and checks that it matches a rule.
    ///
    /// # Errors
    ///
    /// The text with the nearest name, when it matches none.
    pub fn selector(&self, text: &str) -> Result<Selector, UnknownSelector> {
        let selector = Selector(text.trim().into());
        if self.rules.iter().any(|entry| selector.weight(entry).is_some()) {
            return Ok(selector);
        }
        let suggestion = self.suggest(text.trim()).map(str::to_owned);
        Err(UnknownSelector { text: text.trim().to_owned(), suggestion })
    }

    /// The page of a rule.
    ///
    /// # Errors
    ///
    /// What is wrong with the page; a test rules that out for the rules that are compiled in.
    pub fn page<'r>(&self, entry: &'r Entry) -> Result<&'r Page, &'r [LoadError]> {
        let page = entry
            .page
            .get_or_init(|| Page::parse(&entry.text, |name| self.kinds.names().any(|known| known == name)));
        page.as_ref().map_err(Vec::as_slice)
    }

    /// Compiles a rule, for what checks pages.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the page.
    pub fn compile(&self, entry: &Entry) -> Result<(), Vec<LoadError>> {
        let page = self.page(entry).map_err(<[LoadError]>::to_vec)?;
        Rule::compile(page, &self.kinds).map(|_| ())
    }

    /// The compiled rule; `None` when its page is wrong.
    pub(crate) fn rule<'r>(&self, entry: &'r Entry) -> Option<&'r Rule> {
        let rule = entry.rule.get_or_init(|| {
            let page = self.page(entry).ok()?;
            Rule::compile(page, &self.kinds).ok()
        });
        rule.as_ref()
    }

    /// The rules that a run uses. Without `select` those that are on by default; otherwise those
    /// that match a selector, also when they are off by default. `ignore` takes rules away, but
    /// the more specific selector wins: `select` of `SM001` stands against `ignore` of `SM`. At
    /// equal weight `ignore` wins.
    pub fn select(&self, select: &[Selector], ignore: &[Selector]) -> Selection {
        let best = |selectors: &[Selector], entry: &Entry| {
            selectors.iter().filter_map(|selector| selector.weight(entry)).max()
        };
        let is_chosen = |entry: &Entry| {
            let selected = match best(select, entry) {
                None if select.is_empty() && entry.enabled => Some(0),
                other => other,
            };
            let ignored = best(ignore, entry);
            match (selected, ignored) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(selected), Some(ignored)) => selected > ignored,
            }
        };
        let rules = self.rules.iter().filter(|entry| is_chosen(entry)).map(|entry| entry.id);
        Selection { rules: rules.collect() }
    }
}

impl Entry {
    fn embedded(page: &EmbeddedPage, kinds: &Kinds) -> Option<Entry> {
        let is_kind = |name: &str| kinds.names().any(|known| known == name);
        Some(Entry {
            id: page.id.parse().ok()?,
            name: page.name.into(),
            severity: Severity::ALL.into_iter().find(|severity| severity.name() == page.severity)?,
            confidence: match page.confidence {
                "low" => Confidence::Low,
                "medium" => Confidence::Medium,
                _ => Confidence::High,
            },
            enabled: page.enabled,
            on: page.on.iter().filter_map(|name| Target::parse(name, is_kind)).collect(),
            check: page.check.strip_prefix("validate/").and_then(Check::named),
            path: page.path.into(),
            text: page.text.into(),
            page: OnceLock::new(),
            rule: OnceLock::new(),
        })
    }

    /// The whole page, front matter included.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn is_called(&self, name: &str) -> bool {
        self.id.as_str().eq_ignore_ascii_case(name) || self.name.eq_ignore_ascii_case(name)
    }
}

/// Which rules are meant: `ALL`, a prefix of ids (`SM`, `KMS0`), an id, a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Selector(Arc<str>);

impl Selector {
    /// How specifically the selector means a rule; `None` when it does not.
    fn weight(&self, entry: &Entry) -> Option<usize> {
        const EXACT: usize = usize::MAX;
        if self.0.eq_ignore_ascii_case("ALL") {
            return Some(0);
        }
        if entry.is_called(&self.0) {
            return Some(EXACT);
        }
        let id = entry.id.as_str();
        let prefix = id.get(..self.0.len())?;
        (prefix.len() >= 2 && prefix.eq_ignore_ascii_case(&self.0)).then_some(prefix.len())
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A selector that matches no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSelector {
    /// The selector.
    pub text: String,
    /// The rule that may be meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for UnknownSelector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "there is no rule `{}`", self.text)?;
        match &self.suggestion {
            Some(suggestion) => write!(formatter, "; did you mean `{suggestion}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownSelector {}

/// The rules that a run uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Their ids, sorted.
    rules: Vec<RuleId>,
}

impl FromIterator<RuleId> for Selection {
    fn from_iter<I: IntoIterator<Item = RuleId>>(ids: I) -> Self {
        let mut rules: Vec<RuleId> = ids.into_iter().collect();
        rules.sort_unstable();
        rules.dedup();
        Selection { rules }
    }
}

impl Selection {
    /// Whether a rule is among them.
    pub fn contains(&self, rule: RuleId) -> bool {
        self.rules.binary_search(&rule).is_ok()
    }

    /// Whether the rule with this id is among them.
    pub fn contains_id(&self, id: &str) -> bool {
        RuleId::from_str(id).is_ok_and(|rule| self.contains(rule))
    }

    /// Their ids, sorted.
    pub fn rules(&self) -> &[RuleId] {
        &self.rules
    }
}
