//! What the policies of one identity add up to.
//!
//! A role has inline and managed policies and a permissions boundary, a user also what its groups have.
//! AWS asks all of them at once, so that `iam:PassRole` in one document and `lambda:CreateFunction` in
//! another are worth what they are worth in one. What a document has alone is said of it alone; here is
//! only what takes several.
//!
//! Source: IAM User Guide, "Policy evaluation logic", "Permissions boundaries for IAM entities".

use keylint_model::Verdict;

use super::abac::{Setting, Tag, tags};
use super::guard::may_be;
use super::{Fact, Remark};
use crate::document::{Document, Statement};
use crate::escalation::{Escalation, escalations};
use crate::exposure::{PolicyChange, policy_changes};

/// The documents of one identity.
#[derive(Clone, Debug)]
pub struct Together<'d> {
    documents: Vec<&'d Document>,
    boundary: Boundary<'d>,
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
        Together { documents, boundary }
    }

    /// The documents.
    pub fn documents(&self) -> &[&'d Document] {
        &self.documents
    }

    /// By which known set of actions the identity gains permissions where no document has all of the set: said
    /// at the first statement that has the action that decides it, of the document `home`. What its document
    /// says of the statement already is left to it.
    /// Source: `data/escalation.tsv`.
    pub fn escalation_by(&self, home: usize, statement: &'d Statement) -> Completed<'d> {
        let Some(document) = self.documents.get(home) else { return Completed::none() };
        if statement.is_allow() == Verdict::No
            || document.escalation_by(statement).fact.verdict != Verdict::No
        {
            return Completed::none();
        }
        let services = statement.named_services();
        let may_cover = |service| services.as_ref().is_none_or(|services| services.contains(&service));
        let sets = escalations().iter().filter(|set| !set.others.is_empty() && may_cover(set.service));
        Completed::first(sets.map(|set| {
            let completed = self.escalates(home, statement, set);
            let is_said = || completed.verdict() == Verdict::Yes && self.is_said_of(home, statement, set);
            if completed.verdict() == Verdict::No || self.is_alone(set) || is_said() {
                return Completed::none();
            }
            completed
        }))
    }

    /// Whether a document has all of a set.
    fn is_alone(&self, set: &'static Escalation) -> bool {
        let statements = self.documents.iter().flat_map(|document| {
            document.statements.iter().map(move |statement| document.escalates(statement, set))
        });
        statements.into_iter().any(|remark| remark.fact.verdict == Verdict::Yes)
    }

    /// Whether an earlier statement says the same of a set.
    fn is_said_of(&self, home: usize, statement: &Statement, set: &'static Escalation) -> bool {
        let before = self.documents.iter().enumerate().take(home.saturating_add(1));
        let mut earlier = before
            .flat_map(|(place, document)| document.statements.iter().map(move |earlier| (place, earlier)))
            .take_while(|(_, earlier)| !std::ptr::eq(*earlier, statement));
        earlier.any(|(place, earlier)| self.escalates(place, earlier, set).verdict() == Verdict::Yes)
    }

    fn escalates(&self, home: usize, statement: &'d Statement, set: &'static Escalation) -> Completed<'d> {
        let granted = statement.grants(set.action);
        if granted.verdict == Verdict::No {
            return Completed::none();
        }
        let resource = Some((set.service, set.resource));
        let everywhere = statement.covers_every(set.service, set.resource).verdict;
        let open = everywhere.and(!statement.is_narrowed().verdict);
        if open == Verdict::No {
            return Completed::none();
        }
        let mut verdict = granted.verdict.and(open).and(self.leaves(set.action, resource));
        let mut by = Vec::new();
        for action in &set.others {
            let piece = self.grant_of(home, action);
            verdict = verdict.and(piece.fact.verdict).and(self.leaves(action, None));
            if verdict == Verdict::No {
                return Completed::none();
            }
            by.extend(piece.into_piece().filter(|piece| piece.document != home));
        }
        let fact = Fact { verdict, ..granted };
        Completed { remark: Remark { fact, text: set.means.into() }, by }
    }

    /// The statement that allows an action on something, of the document `home` where one of its does.
    fn grant_of(&self, home: usize, action: &str) -> Grant<'d> {
        let own = self.documents.get(home).map(|document| (home, document));
        let others = self.documents.iter().enumerate().filter(|(place, _)| *place != home);
        let mut answer = Grant { place: None, fact: Fact::bare(Verdict::No) };
        for (place, document) in own.into_iter().chain(others) {
            for statement in &document.statements {
                let fact = statement.grants(action);
                match (fact.verdict, answer.fact.verdict) {
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

    /// Whether no document takes an action away, on what `resource` describes, and the boundary has it.
    fn leaves(&self, action: &str, resource: Option<(&str, &str)>) -> Verdict {
        let denied =
            Verdict::any(self.documents.iter().map(|document| document.takes_away(action, resource)));
        let left = match self.boundary {
            Boundary::None => Verdict::Yes,
            Boundary::Unknown => Verdict::Unknown,
            Boundary::Document(limit) => {
                let allowing = limit.statements.iter().map(|statement| {
                    let granted = statement.grants(action).verdict;
                    match resource {
                        Some((service, name)) if granted != Verdict::No => {
                            let open = statement.covers_every(service, name).verdict;
                            granted.and(open).and(!statement.is_narrowed().verdict)
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
        Completed::first(policy_changes().iter().map(|change| {
            let changing = change.changes.iter().map(|action| {
                let granted = statement.grants(action);
                let verdict = match granted.verdict {
                    Verdict::No => Verdict::No,
                    verdict => verdict.and(self.leaves_anywhere(action)),
                };
                Remark { fact: Fact { verdict, ..granted }, text: (*action).into() }
            });
            let mut remark = Remark::first(changing);
            if remark.fact.verdict == Verdict::No || self.rewrites_alone(change) {
                return Completed::none();
            }
            let uses = |change: &PolicyChange| {
                let grants = change.data.iter().map(|action| {
                    let piece = self.grant_of(home, action);
                    (piece.fact.verdict.and(self.leaves_anywhere(action)), piece)
                });
                grants.collect::<Vec<_>>()
            };
            let of_service = policy_changes().iter().filter(|other| other.service == change.service);
            let used: Vec<_> = of_service.flat_map(uses).collect();
            let some = Verdict::any(used.iter().map(|(verdict, _)| *verdict));
            let lacks = Verdict::any(uses(change).iter().map(|(verdict, _)| !*verdict));
            remark.fact.verdict = remark.fact.verdict.and(some).and(lacks);
            let by = used.into_iter().find(|(verdict, _)| *verdict == some);
            let by = by.and_then(|(_, grant)| grant.into_piece()).filter(|piece| piece.document != home);
            Completed { remark, by: by.into_iter().collect() }
        }))
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
        let mut guarded = others
            .flat_map(|(place, other)| other.tagged().map(move |guarded| (place, *other, guarded)))
            .peekable();
        if guarded.peek().is_none() {
            return Completed::none();
        }
        let setting = Setting::of(statement);
        if setting.is_empty() {
            return Completed::none();
        }
        Completed::first(guarded.flat_map(|(place, other, guarded)| {
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

/// What allows an action.
struct Grant<'d> {
    place: Option<(usize, &'d Statement)>,
    fact: Fact<'d>,
}

impl<'d> Grant<'d> {
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
