//! Statements by their `Sid`: which replaces which.
//!
//! A statement whose `Sid` is not known may replace any that has one, or be replaced; what may have
//! been replaced is not known any more, what certainly was not stays.

use std::sync::Arc;

use keylint_model::{Data, Entry, List, Map, Problem, Reason, Unknown, Value};
use keylint_source::{FileId, Span};

use super::{Fixed, Phase, Repeated, blocks, document, reject, synthetic};
use crate::limits;
use crate::values;

/// A statement of the document that is being built.
struct Slot {
    /// Its `Sid`; `None` when it has none.
    sid: Option<Value>,
    value: Value,
    /// Whether it is one of the data source's own, of which no other has its `Sid`.
    is_own: bool,
}

/// The document that is being built.
pub(super) struct Merged {
    /// The data source, for what is written nowhere.
    span: Span,
    version: Option<Entry>,
    id: Option<Entry>,
    slots: Vec<Slot>,
    rest: Option<Arc<Unknown>>,
    /// Whether conditions leave out statements, which are null then.
    gaps: bool,
    problems: Vec<Problem>,
}

impl Merged {
    pub(super) fn new(span: Span) -> Merged {
        let (slots, problems) = (Vec::new(), Vec::new());
        Merged { span, version: None, id: None, slots, rest: None, gaps: false, problems }
    }

    /// Takes in a document, or the list of `statement` blocks.
    pub(super) fn add(&mut self, phase: Phase, value: &Value, fixed: &Fixed) {
        match phase {
            Phase::Own => self.add_own(value, fixed),
            Phase::Source | Phase::Override => self.add_document(phase, value),
        }
    }

    /// How many statements there are.
    pub(super) fn statements(&self) -> usize {
        self.slots.len()
    }

    /// The document, and what the provider would reject.
    pub(super) fn finish(self) -> (Value, Vec<Problem>) {
        let elements = self.slots.into_iter().map(|slot| slot.value).collect();
        let list = List { elements, rest: self.rest, gaps: self.gaps, ..List::default() };
        let version = self.version.unwrap_or_else(|| synthetic("2012-10-17"));
        (document(version, self.id, list, self.span), self.problems)
    }

    fn add_own(&mut self, value: &Value, fixed: &Fixed) {
        if let Some(id) = &fixed.id {
            self.id = Some(id.clone());
        }
        let version = fixed.version.clone().unwrap_or_else(|| synthetic("2012-10-17"));
        let is_old = version.value.as_str() == Some("2008-10-17");
        self.problems.extend(reject::version(&version.value, self.span));
        self.add_version(version);
        let before = self.slots.len();
        self.gaps |= values::has_gaps(value);
        for block in blocks::several(value) {
            let statement = blocks::statement(&block, self.span);
            self.problems.extend(reject::statement(&block, is_old, self.span));
            self.add_statement(Phase::Own, before, statement);
        }
        if let Some(rest) = blocks::rest(value) {
            match &fixed.repeated {
                Repeated::Any => self.replaceable_by_own(before),
                Repeated::Named(names) => {
                    for name in names {
                        let name = Value::string(keylint_syntax::Text::synthetic(Arc::clone(name)));
                        let may_be = |slot: &&mut Slot| !slot.is_own && slot.has(&name) != Some(false);
                        self.slots.iter_mut().take(before).filter(may_be).for_each(Slot::forget);
                    }
                }
            }
            self.rest = self.rest.take().or(Some(rest));
        }
    }

    fn add_document(&mut self, phase: Phase, value: &Value) {
        let Data::Map(map) = &value.data else {
            let rest = match &value.data {
                Data::Unknown(unknown) => Arc::clone(unknown),
                // A condition leaves it out.
                Data::Null => return,
                _ => {
                    let span = value.origin.span.unwrap_or(self.span);
                    let message = "the policy document to merge is not a JSON object";
                    self.problems.push(Problem::new("KL003", span, message));
                    Arc::new(Unknown::new(Reason::Invalid))
                }
            };
            self.rest = self.rest.take().or(Some(rest));
            if phase == Phase::Override {
                self.replaceable(self.slots.len());
            }
            return;
        };
        if let Some(id) = map.get("Id").filter(|entry| entry.value.as_str() != Some("")) {
            self.id = Some(id.clone());
        }
        if let Some(version) = map.get("Version") {
            self.add_version(version.clone());
        }
        self.add_statements(phase, map);
    }

    fn add_statements(&mut self, phase: Phase, map: &Map) {
        let before = self.slots.len();
        let mut open = map.rest.clone();
        match map.value("Statement").map(|value| (&value.data, value)) {
            Some((Data::List(list), _)) => {
                for element in &list.elements {
                    self.add_statement(phase, before, element.clone());
                }
                open = open.or_else(|| list.rest.clone());
                self.gaps |= list.gaps;
            }
            Some((Data::Map(_), only)) => {
                let span = only.origin.span.unwrap_or(self.span);
                let message = "the provider takes a list of statements, not one statement";
                self.problems.push(Problem::new("KL003", span, message));
                self.add_statement(phase, before, only.clone());
            }
            Some((Data::Unknown(unknown), _)) => open = open.or_else(|| Some(Arc::clone(unknown))),
            _ => {}
        }
        if let Some(open) = open {
            if phase == Phase::Override {
                self.replaceable(before);
            }
            self.rest = self.rest.take().or(Some(open));
        }
    }

    /// The newer version wins: as texts, they compare as dates.
    fn add_version(&mut self, new: Entry) {
        const NEWEST: &str = "2012-10-17";
        let newer = match &self.version {
            None => true,
            Some(known) => match (known.value.as_str(), new.value.as_str()) {
                (Some(known), Some(new)) => new > known,
                (Some(known), None) => known != NEWEST,
                (None, new) => new == Some(NEWEST),
            },
        };
        if newer {
            self.version = Some(new);
        }
    }

    /// Appends a statement, or replaces the one with its `Sid`. `before` is the number of
    /// statements that were there before its document.
    fn add_statement(&mut self, phase: Phase, before: usize, value: Value) {
        if self.slots.len() >= limits::STATEMENTS {
            if !self.problems.iter().any(|problem| problem.rule == "KL004") {
                let problem = Problem::new("KL004", self.span, "the policy document has too many statements")
                    .with_help("what lies beyond the limit is not checked");
                self.problems.push(problem);
            }
            self.rest = Some(Arc::new(Unknown::new(Reason::Limit)));
            return;
        }
        let sid = sid_of(phase, &value);
        let is_own = phase == Phase::Own;
        let Some(wanted) = &sid else { return self.slots.push(Slot { sid, value, is_own }) };
        // A document of its own may not say a `Sid` twice, an overriding one replaces its own too.
        let (replaced, unique) = match phase {
            Phase::Source => (0, 0),
            Phase::Own => (before, before),
            Phase::Override => (self.slots.len(), self.slots.len()),
        };
        let same = |slot: &Slot| slot.has(wanted);
        let mut with_it = self.slots.iter().enumerate().filter(|(_, slot)| same(slot) == Some(true));
        let first = with_it.find(|(position, slot)| *position >= unique || is_own && slot.is_own);
        if let Some((_, first)) = first {
            let span = place(wanted, &value).unwrap_or(self.span);
            let mut problem = Problem::new("KL003", span, "another statement has this `Sid`")
                .with_help("remove the `Sid` or make it unique; an overriding document may repeat it");
            if let Some(first) = first.sid.as_ref().and_then(|sid| place(sid, &first.value)) {
                problem = problem.with_related(first, "first used here");
            }
            self.problems.push(problem);
        }
        if let Some(slot) = self.slots.iter_mut().take(replaced).find(|slot| same(slot) == Some(true)) {
            *slot = Slot { sid, value, is_own };
            return;
        }
        // Of its own statements none replaces another one.
        let others = self.slots.iter_mut().take(replaced).filter(|slot| !(is_own && slot.is_own));
        others.filter(|slot| same(slot).is_none()).for_each(Slot::forget);
        self.slots.push(Slot { sid, value, is_own });
    }

    /// Statements follow that are not known: any of the first `count` with a `Sid` may be replaced.
    fn replaceable(&mut self, count: usize) {
        self.slots.iter_mut().take(count).filter(|slot| slot.sid.is_some()).for_each(Slot::forget);
    }

    /// The data source's own statements that are not known may replace any that came from a source.
    fn replaceable_by_own(&mut self, count: usize) {
        let others = self.slots.iter_mut().take(count).filter(|slot| !slot.is_own && slot.sid.is_some());
        others.for_each(Slot::forget);
    }
}

impl Slot {
    /// Whether its `Sid` is one that is wanted; each may be one of several.
    fn has(&self, wanted: &Value) -> Option<bool> {
        let alternatives = |value: &Value| match &value.data {
            Data::Choice(all) => all.iter().map(|one| one.value.clone()).collect(),
            _ => vec![value.clone()],
        };
        let Some(sid) = &self.sid else { return Some(false) };
        let wanted = alternatives(wanted);
        let sids = alternatives(sid);
        let pairs = sids.iter().flat_map(|sid| wanted.iter().map(move |wanted| (sid, wanted)));
        // No `Sid` is no name that two statements share.
        let mut answers = pairs.map(|(sid, wanted)| match sid.is_null() || wanted.is_null() {
            true => Some(false),
            false => values::equal(sid, wanted),
        });
        let first = answers.next()?;
        if answers.all(|answer| answer == first) { first } else { None }
    }

    /// Keeps the place and the `Sid`: a later document that has it replaces whatever is here.
    fn forget(&mut self) {
        if self.value.as_unknown().is_none() {
            let unknown = Unknown::new(Reason::Operand("policy document".into()));
            self.value.data = Data::Unknown(Arc::new(unknown));
        }
    }
}

fn place(sid: &Value, statement: &Value) -> Option<Span> {
    sid.origin.span.or(statement.origin.span)
}

/// The `Sid` of a statement, where it has one; unknown where the statement is.
fn sid_of(phase: Phase, statement: &Value) -> Option<Value> {
    let place = statement.origin.span.unwrap_or_else(|| Span::new(FileId::NOWHERE, 0, 0));
    match &statement.data {
        Data::Map(map) => match map.value("Sid") {
            Some(sid) => (!sid.is_null() && sid.as_str() != Some("")).then(|| sid.clone()),
            None => map.rest.as_ref().map(|rest| Value::unknown((**rest).clone(), statement.origin.clone())),
        },
        // Whichever of them it is, it has none; what is not known stays so if it is replaced.
        Data::Choice(alternatives)
            if alternatives
                .iter()
                .all(|one| one.value.as_unknown().is_some() || sid_of(phase, &one.value).is_none()) =>
        {
            None
        }
        Data::Choice(alternatives) => {
            let none = || Value::synthetic(Data::Null);
            let sid = |value: &Value| match value.as_unknown() {
                // There is no such block: what stands for the others says what these replace.
                Some(_) if phase == Phase::Own => none(),
                _ => sid_of(phase, value).unwrap_or_else(none),
            };
            let sids = alternatives.iter().map(|one| (one.guard.clone(), sid(&one.value)));
            Some(values::choice(sids.collect(), place))
        }
        Data::Unknown(_) => Some(statement.clone()),
        _ => None,
    }
}
