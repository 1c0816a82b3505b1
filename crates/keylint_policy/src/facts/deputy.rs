//! Services of AWS that act for whoever asks them.

use keylint_model::{Part, Verdict};

use super::Remark;
use super::guard::Catch;
use crate::document::{ConditionEntry, Document, PrincipalKind, Statement};
use crate::element::{Element, PartlyKnown, SECRET};
use crate::issuer::names_its_source;
use crate::matching::is_wild;
use crate::operator::Base;
use crate::service::KeySet;

/// What is encrypted says on whose behalf: a service gives its own context.
const CONTEXT: &str = "kms:EncryptionContext";

impl Document {
    /// The service that a statement lets in on whoever's behalf it calls: a service principal, and no
    /// condition on the resource, account or organisation that it calls for, in the statement or in a
    /// denial beside it.
    /// Source: IAM User Guide, "The confused deputy problem".
    pub fn open_service<'s>(&'s self, statement: &'s Statement) -> Remark<'s> {
        self.open_service_of(statement, |_| true)
    }

    /// The same for a trust policy, of the services that say on whose behalf they assume a role.
    /// Source: `data/source-keys.tsv`.
    pub fn open_service_with_source<'s>(&'s self, statement: &'s Statement) -> Remark<'s> {
        self.open_service_of(statement, names_its_source)
    }

    /// Whether a denial beside a statement closes to a service what it asks for on behalf of others.
    pub(crate) fn denies_other_sources(&self, statement: &Statement, service: &Element) -> Verdict {
        self.guards_against(statement, Some(service), catch_source)
    }

    fn open_service_of<'s>(&'s self, statement: &'s Statement, counts: impl Fn(&str) -> bool) -> Remark<'s> {
        if statement.is_allow() == Verdict::No {
            return Remark::none();
        }
        let entries = statement.conditions.entries.iter().filter(|entry| is_source(entry));
        let limits = entries.map(|entry| (entry, entry.narrows(statement.version)));
        let limited = statement.condition_fact(limits).verdict;
        let services =
            statement.principals.iter().flat_map(|principals| principals.of(PrincipalKind::Service));
        let remarks = services.filter_map(|element| {
            let (verdict, service) = match service_of(&element.text) {
                Some(service) if counts(&service) => (Verdict::Yes, service),
                Some(_) => return None,
                None => (Verdict::Unknown, String::new()),
            };
            let open = verdict.and(!limited).and(statement.is_allow());
            let open = match open {
                Verdict::No => open,
                _ => open.and(!self.denies_other_sources(statement, element)),
            };
            Some(Remark::of(open, element, service))
        });
        let rest = self.open_services(statement).and(!limited).and(statement.is_allow());
        let place = statement.principals.as_ref().and_then(|principals| principals.span);
        all_of(remarks.chain([Remark::at(rest, place, "")]).collect())
    }

    /// Whether a statement may let in services that are not known, and no denial asks on whose behalf.
    fn open_services(&self, statement: &Statement) -> Verdict {
        match statement.open_principals() {
            Verdict::No => Verdict::No,
            open => open.and(!self.guards_against(statement, None, catch_source)),
        }
    }
}

/// One remark for all that hold, at the first of them, with what each says; else the first that may hold.
fn all_of(remarks: Vec<Remark<'_>>) -> Remark<'_> {
    let holding = remarks.iter().filter(|remark| remark.fact.verdict == Verdict::Yes);
    let mut said: Vec<&str> = Vec::new();
    for remark in holding {
        let is_secret = remark.fact.origin().is_some_and(|origin| origin.marks.sensitive);
        let text = if is_secret { SECRET } else { &*remark.text };
        if !said.contains(&text) {
            said.push(text);
        }
    }
    let text = match said.as_slice() {
        [] | [_] => return Remark::first(remarks),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    Remark { text: text.into(), ..Remark::first(remarks) }
}

/// What a condition of a denial means for a service that calls on behalf of somebody else.
fn catch_source(denial: &Statement, entry: &ConditionEntry) -> Catch {
    if entry.is_about("aws:PrincipalIsAWSService") {
        return if entry.says("true") { Catch::Holds } else { Catch::Spares };
    }
    if !is_source(entry) {
        return Catch::Spares;
    }
    // Whose behalf it is, a request says that is on behalf of another.
    if entry.operator.is_some_and(|operator| operator.base == Base::Null) {
        return if entry.all_say("false") { Catch::Holds } else { Catch::Spares };
    }
    entry.asks(|text| !is_wild(text, denial.version))
}

/// The service that a principal is; `None` when only deployment knows. What stands at the end for the suffix
/// of the partition is taken for the usual one, and what stands for the Region stays out.
fn service_of(text: &PartlyKnown) -> Option<String> {
    if let Some(known) = text.as_known() {
        return Some(known.to_owned());
    }
    let [Part::Known(start), Part::Hole(..), rest @ ..] = text.parts() else { return None };
    let name = start.as_str().strip_suffix('.')?;
    match rest {
        [] => Some(format!("{name}.amazonaws.com")),
        [Part::Known(end)] if end.as_str().starts_with('.') => Some(format!("{name}{}", end.as_str())),
        // `logs.REGION.SUFFIX`
        [Part::Known(dot), Part::Hole(..)] if dot.as_str() == "." => Some(format!("{name}.amazonaws.com")),
        _ => None,
    }
}

fn is_source(entry: &ConditionEntry) -> bool {
    let is_context = entry.key.get(..CONTEXT.len()).is_some_and(|start| start.eq_ignore_ascii_case(CONTEXT));
    is_context || KeySet::Source.has(&entry.key) || KeySet::OwnSource.has(&entry.key)
}
