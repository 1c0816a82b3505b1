//! What the policies of one identity add up to.
//!
//! A role has inline and managed policies and a permissions boundary, a user also what its groups have.
//! AWS asks all of them at once, so that `iam:PassRole` in one document and `lambda:CreateFunction` in
//! another are worth what they are worth in one. What a document has alone is said of it alone; here is
//! only what takes several.
//!
//! Source: IAM User Guide, "Policy evaluation logic", "Permissions boundaries for IAM entities".

use std::sync::OnceLock;

use keylint_model::Verdict;

use super::abac::{Setting, Tag, tags};
use super::guard::may_be;
use super::{Fact, Remark};
use crate::document::{Document, Statement};
use crate::escalation::{Escalation, escalations};
use crate::exposure::{PolicyChange, policy_changes};
use crate::validate::works_nowhere;

/// How many statements an identity has, to be asked what they make together: the policies that AWS lets it have
/// are a few hundred thousand characters long in all.
const STATEMENTS_READ: usize = 5_000;

/// How many statements that depend on tags are compared with one that sets tags.
const GUARDED_READ: usize = 200;

/// The documents of one identity.
#[derive(Clone, Debug)]
pub struct Together<'d> {
    documents: Vec<&'d Document>,
    boundary: Boundary<'d>,
    /// Of each known set of actions what does not depend on who asks.
    sets: OnceLock<Vec<SetAnswer>>,
    /// The same of each change of policies.
    changes: OnceLock<Vec<ChangeAnswer>>,
}

/// What the documents say of a known set of actions.
#[derive(Clone, Copy, Debug)]
struct SetAnswer {
    /// Whether all but the deciding action are allowed, and nothing takes any away.
    verdict: Verdict,
    /// The first statement that has the deciding action where that makes the set whole: document and statement.
    first: Option<(usize, usize)>,
}

/// What the documents say of a change of policies.
#[derive(Clone, Copy, Debug)]
struct ChangeAnswer {
    /// Whether some use of the data is allowed, and not all that the change gives.
    verdict: Verdict,
    /// The action that uses it.
    uses: Option<&'static str>,
}

/// The permissions boundary of an identity.
#[derive(Clone, Copy, Debug)]
pub enum Boundary<'d> {
    /// It has none.
    None,
    /// It has one, which is not known.
    Unknown,
    /// What it says.
    Document(&'d Document),
}

/// What takes several documents, said at a statement of one of them.
#[derive(Clone, Debug)]
pub struct Completed<'d> {
    /// What there is to say.
    pub remark: Remark<'d>,
    /// The parts of it that are in other documents.
    pub by: Vec<Piece<'d>>,
}

/// A part of it in another document.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'d> {
    /// Which of the documents.
    pub document: usize,
    /// The statement there.
    pub statement: &'d Statement,
    /// The element that decides, and where it is.
    pub fact: Fact<'d>,
}

impl<'d> Completed<'d> {
    fn none() -> Self {
        Completed { remark: Remark::none(), by: Vec::new() }
    }

    fn verdict(&self) -> Verdict {
        self.remark.fact.verdict
    }

    /// The first that holds, else the first that may.
    fn first(all: impl IntoIterator<Item = Self>) -> Self {
        let mut answer = Completed::none();
        for completed in all {
            match (completed.verdict(), answer.verdict()) {
                (Verdict::Yes, _) => return completed,
                (Verdict::Unknown, Verdict::No) => answer = completed,
                _ => {}
            }
        }
        answer
    }
}

impl<'d> Together<'d> {
    /// The documents of an identity, and its boundary.
    pub fn new(documents: Vec<&'d Document>, boundary: Boundary<'d>) -> Self {
        Together { documents, boundary, sets: OnceLock::new(), changes: OnceLock::new() }
    }

    /// The documents.
    pub fn documents(&self) -> &[&'d Document] {
        &self.documents
    }

    /// Whether there are more statements than are asked.
    fn is_cut(&self) -> bool {
        self.documents.iter().map(|document| document.statements.len()).sum::<usize>() > STATEMENTS_READ
    }

    /// By which known set of actions the identity gains permissions where no document has all of the set: said
    /// at the first statement that has the action that decides it, of the document `home`. What its document
    /// says of the statement already is left to it.
    /// Source: `data/escalation.tsv`.
    pub fn escalation_by(&self, home: usize, statement: &'d Statement) -> Completed<'d> {
        let Some(document) = self.documents.get(home) else { return Completed::none() };
        let services = statement.named_services();
        let may_cover = |service| services.as_ref().is_none_or(|services| services.contains(&service));
        let mut sets = escalations().iter().filter(|set| may_cover(set.service)).peekable();
        let is_first = |answer: &SetAnswer| answer.first == Some((home, statement.index));
        if statement.is_allow() == Verdict::No
            || sets.peek().is_none()
            || document.escalation_by(statement).fact.verdict != Verdict::No
        {
            return Completed::none();
        }
        if self.is_cut() {
            return Completed::first(sets.map(|set| {
                let granted = decides(statement, set);
                let fact = Fact { verdict: granted.verdict.and(Verdict::Unknown), ..granted };
                Completed { remark: Remark::new(fact, set.means), by: Vec::new() }
            }));
        }
        let answers = escalations().iter().zip(self.sets());
        Completed::first(answers.filter(|(set, _)| may_cover(set.service)).map(|(set, answer)| {
            if answer.verdict == Verdict::No {
                return Completed::none();
            }
            let decided = decides(statement, set);
            let verdict = decided.verdict.and(answer.verdict);
            if verdict == Verdict::No || verdict == Verdict::Yes && !is_first(answer) {
                return Completed::none();
            }
            let pieces = set.others.iter().filter_map(|action| self.grant_of(home, action).into_piece());
            let by = pieces.filter(|piece| piece.document != home).collect();
            Completed { remark: Remark::new(Fact { verdict, ..decided }, set.means), by }
        }))
    }

    fn sets(&self) -> &[SetAnswer] {
        self.sets.get_or_init(|| escalations().iter().map(|set| self.answer_of(set)).collect())
    }

    /// What does not depend on which statement decides.
    fn answer_of(&self, set: &'static Escalation) -> SetAnswer {
        let none = SetAnswer { verdict: Verdict::No, first: None };
        let mut verdict = self.leaves(set.action, Some(set));
        for action in &set.others {
            if verdict == Verdict::No {
                return none;
            }
            verdict = verdict.and(self.grant_of(0, action).fact.verdict).and(self.leaves(action, None));
        }
        let all = || {
            let documents = self.documents.iter().enumerate();
            documents.flat_map(|(place, document)| {
                document.statements.iter().map(move |statement| (place, *document, statement))
            })
        };
        // What one action does, or one document has, is said there.
        let is_whole = |(_, document, statement): (usize, &'d Document, &'d Statement)| {
            document.escalates(statement, set).fact.verdict == Verdict::Yes
        };
        if set.others.is_empty() || verdict == Verdict::No || all().any(is_whole) {
            return none;
        }
        let mut deciding = all().filter(|(_, _, statement)| decides(statement, set).verdict == Verdict::Yes);
        let first = deciding.next().filter(|_| verdict == Verdict::Yes);
        SetAnswer { verdict, first: first.map(|(place, _, statement)| (place, statement.index)) }
    }

    /// The statement that allows an action on something, of the document `home` where one of its does.
    fn grant_of(&self, home: usize, action: &str) -> Grant<'d> {
        let own = self.documents.get(home).map(|document| (home, document));
        let others = self.documents.iter().enumerate().filter(|(place, _)| *place != home);
        let mut answer = Grant::none();
        for (place, document) in own.into_iter().chain(others) {
            for statement in &document.statements {
                let fact = statement.grants(action);
                match (fact.verdict, answer.fact.verdict) {
                    (Verdict::No, _) => {}
                    _ if works_nowhere(statement, action) => {}
                    (Verdict::Yes, _) => return Grant { place: Some((place, statement)), fact },
                    (Verdict::Unknown, Verdict::No) => {
                        answer = Grant { place: Some((place, statement)), fact };
                    }
                    _ => {}
                }
            }
            let open = may_be(document.rest.is_some());
            answer.fact.verdict = answer.fact.verdict.or(open);
        }
        answer
    }

    /// Whether no document takes an action away, on the resources of the set that it decides, and the boundary
    /// has it.
    fn leaves(&self, action: &str, set: Option<&'static Escalation>) -> Verdict {
        let resource = set.map(|set| (set.service, set.resource));
        let denied =
            Verdict::any(self.documents.iter().map(|document| document.takes_away(action, resource)));
        let left = match self.boundary {
            Boundary::None => Verdict::Yes,
            Boundary::Unknown => Verdict::Unknown,
            Boundary::Document(limit) => {
                let allowing = limit.statements.iter().map(|statement| {
                    let granted = statement.grants(action).verdict;
                    match set {
                        Some(set) if granted != Verdict::No => {
                            let open = statement.covers_every(set.service, set.resource).verdict;
                            granted.and(open).and(statement.is_open_for(set))
                        }
                        _ => granted,
                    }
                });
                let rest = may_be(limit.rest.is_some());
                Verdict::any(allowing.chain([rest])).and(!limit.takes_away(action, resource))
            }
        };
        left.and(!denied)
    }

    /// Whether a statement of the document `home` allows changing who may use what other documents let the identity
    /// use in part: see [`Document::rewrites_policy`].
    pub fn rewrites_policy(&self, home: usize, statement: &'d Statement) -> Completed<'d> {
        let Some(document) = self.documents.get(home) else { return Completed::none() };
        if statement.is_allow() == Verdict::No
            || document.rewrites_policy(statement).fact.verdict != Verdict::No
        {
            return Completed::none();
        }
        let is_cut = self.is_cut();
        let answers = if is_cut { &[] } else { self.changes() };
        Completed::first(policy_changes().iter().enumerate().map(|(place, change)| {
            let answer = answers.get(place);
            if answer.is_some_and(|answer| answer.verdict == Verdict::No) {
                return Completed::none();
            }
            let mut remark = Remark::first(change.changes.iter().map(|action| {
                let granted = statement.grants(action);
                let verdict = match granted.verdict {
                    Verdict::No => Verdict::No,
                    _ if is_cut => Verdict::Unknown,
                    verdict => verdict.and(self.leaves_anywhere(action)),
                };
                Remark::new(Fact { verdict, ..granted }, *action)
            }));
            let known = answer.map_or(Verdict::Unknown, |answer| answer.verdict);
            remark.fact.verdict = remark.fact.verdict.and(known);
            if remark.fact.verdict == Verdict::No {
                return Completed::none();
            }
            let uses = answer.and_then(|answer| answer.uses);
            let by = uses.and_then(|action| self.grant_of(home, action).into_piece());
            let by = by.filter(|piece| piece.document != home);
            Completed { remark, by: by.into_iter().collect() }
        }))
    }

    fn changes(&self) -> &[ChangeAnswer] {
        self.changes.get_or_init(|| {
            let uses = |change: &PolicyChange| -> Vec<(Verdict, &'static str)> {
                let of_action = |action: &&'static str| {
                    let granted = self.grant_of(0, action).fact.verdict;
                    (granted.and(self.leaves_anywhere(action)), *action)
                };
                change.data.iter().map(of_action).collect()
            };
            let all: Vec<Vec<(Verdict, &'static str)>> = policy_changes().iter().map(uses).collect();
            let each = policy_changes().iter().zip(&all).map(|(change, own)| {
                let of_service = policy_changes().iter().zip(&all);
                let of_service = of_service.filter(|(other, _)| other.service == change.service);
                let used: Vec<(Verdict, &'static str)> =
                    of_service.flat_map(|(_, used)| used).copied().collect();
                let some = Verdict::any(used.iter().map(|(verdict, _)| *verdict));
                let lacks = Verdict::any(own.iter().map(|(verdict, _)| !*verdict));
                let uses = used.into_iter().find(|(verdict, _)| *verdict == some);
                let is_open = some.and(lacks) != Verdict::No && !self.rewrites_alone(change);
                let verdict = if is_open { some.and(lacks) } else { Verdict::No };
                ChangeAnswer { verdict, uses: uses.map(|(_, action)| action) }
            });
            each.collect()
        })
    }

    /// Whether a document has all that a change takes.
    fn rewrites_alone(&self, change: &PolicyChange) -> bool {
        let statements = self.documents.iter().flat_map(|document| {
            document.statements.iter().map(move |statement| document.rewrites_policy(statement))
        });
        let is_of_service = |text: &str| text.split(':').next() == Some(change.service);
        let mut said = statements.into_iter().filter(|remark| remark.fact.verdict == Verdict::Yes);
        said.any(|remark| is_of_service(&remark.text))
    }

    /// Whether no statement without conditions denies an action on something, and the boundary has it.
    fn leaves_anywhere(&self, action: &str) -> Verdict {
        let denied = Verdict::any(self.documents.iter().map(|document| document.denies_somewhere(action)));
        let left = match self.boundary {
            Boundary::None => Verdict::Yes,
            Boundary::Unknown => Verdict::Unknown,
            Boundary::Document(limit) => within(limit, action).and(!limit.denies_somewhere(action)),
        };
        left.and(!denied)
    }

    /// The tag that a statement of the document `home` lets the identity write, where a statement of another
    /// document makes access depend on it, and no statement beside that one writes it.
    /// Source: as of [`Document::writable_tag`].
    pub fn writable_tag(&self, home: usize, statement: &'d Statement) -> Completed<'d> {
        let Some(document) = self.documents.get(home) else { return Completed::none() };
        if !Setting::may_set(statement) || document.writable_tag(statement).fact.verdict != Verdict::No {
            return Completed::none();
        }
        let others = self.documents.iter().enumerate().filter(|(place, _)| *place != home);
        let guarded =
            others.flat_map(|(place, other)| other.tagged().map(move |guarded| (place, *other, guarded)));
        let guarded: Vec<(usize, &Document, &Statement)> = guarded.take(GUARDED_READ + 1).collect();
        if guarded.is_empty() {
            return Completed::none();
        }
        let setting = Setting::of(statement);
        if setting.is_empty() {
            return Completed::none();
        }
        if guarded.len() > GUARDED_READ || self.is_cut() {
            let remark = Remark::at(Verdict::Unknown, statement.span, "");
            return Completed { remark, by: Vec::new() };
        }
        Completed::first(guarded.into_iter().flat_map(|(place, other, guarded)| {
            let setting = &setting;
            tags(guarded).into_iter().map(move |tag| {
                let keeps = |action: &str| {
                    let each = self.documents.iter().map(|one| one.keeps_from(statement, action, &tag));
                    Verdict::any(each).or(!self.leaves_tagging(statement, action, &tag))
                };
                let remark = Document::writes(statement, setting, guarded, &tag, keeps);
                if remark.fact.verdict == Verdict::No || other.writes_itself(guarded, &tag) {
                    return Completed::none();
                }
                let fact = Fact { verdict: Verdict::Yes, element: None, fallback: guarded.span };
                Completed { remark, by: vec![Piece { document: place, statement: guarded, fact }] }
            })
        }))
    }

    /// Whether the boundary lets an action that tags write a tag.
    fn leaves_tagging(&self, statement: &Statement, action: &str, tag: &Tag<'_>) -> Verdict {
        match self.boundary {
            Boundary::None => Verdict::Yes,
            Boundary::Unknown => Verdict::Unknown,
            Boundary::Document(limit) => within(limit, action).and(!limit.keeps_from(statement, action, tag)),
        }
    }
}

/// Whether a boundary allows an action, on something.
fn within(limit: &Document, action: &str) -> Verdict {
    let granted = limit.statements.iter().map(|allowing| allowing.grants(action).verdict);
    Verdict::any(granted.chain([may_be(limit.rest.is_some())]))
}

/// Whether a statement has the deciding action of a set, on every resource of its kind.
pub(super) fn decides<'d>(statement: &'d Statement, set: &Escalation) -> Fact<'d> {
    let granted = statement.grants(set.action);
    if granted.verdict == Verdict::No {
        return granted;
    }
    let everywhere = statement.covers_every(set.service, set.resource).verdict;
    Fact { verdict: granted.verdict.and(everywhere).and(statement.is_open_for(set)), ..granted }
}

/// What allows an action.
#[derive(Clone, Copy, Debug)]
struct Grant<'d> {
    place: Option<(usize, &'d Statement)>,
    fact: Fact<'d>,
}

impl<'d> Grant<'d> {
    fn none() -> Self {
        Grant { place: None, fact: Fact::bare(Verdict::No) }
    }

    fn into_piece(self) -> Option<Piece<'d>> {
        let (document, statement) = self.place?;
        Some(Piece { document, statement, fact: self.fact })
    }
}

impl Document {
    /// Whether a statement of this document writes a tag on which another one depends.
    fn writes_itself(&self, guarded: &Statement, tag: &Tag<'_>) -> bool {
        self.statements.iter().filter(|statement| Setting::may_set(statement)).any(|statement| {
            let setting = Setting::of(statement);
            let keeps = |action: &str| self.keeps_from(statement, action, tag);
            !setting.is_empty()
                && Document::writes(statement, &setting, guarded, tag, keeps).fact.verdict == Verdict::Yes
        })
    }
}
