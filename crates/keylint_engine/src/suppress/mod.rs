//! Suppressions: comments and template metadata that silence a finding at a place.
//!
//! Three decisions shape this. A directive that is not understood is a finding (KL010), so that a
//! typing error does not pass for a decision. One that silences nothing is a finding (KL011), so
//! that it does not outlive its reason. And silencing happens before equal findings of several
//! instances are merged: a comment on one module call silences what that call brings about, not
//! what its sisters do.

mod collect;
mod directive;
mod foreign;
mod index;
mod place;

use std::collections::HashSet;

use keylint_model::Problem;
use keylint_rules::{Finding, Registry, RuleId};
use keylint_source::{FileId, Span};

use crate::date::Date;
use crate::selection::INTERNAL_ERROR;

pub(crate) use collect::{Tree, in_file, in_stack};
pub(crate) use directive::may_contain as may_have_directives;
pub(crate) use foreign::{ForeignComments, hint};
use index::Index;

/// A suppression that was understood.
#[derive(Clone, Debug)]
pub(crate) struct Suppression {
    covers: Cover,
    rules: Vec<Named>,
    /// The last day on which it holds, with its place.
    until: Option<(Date, Span)>,
}

/// A rule that a suppression names.
#[derive(Clone, Debug)]
struct Named {
    id: RuleId,
    /// Where it is named.
    span: Span,
    used: bool,
}

/// What a suppression covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cover {
    /// Everything in a file.
    File(FileId),
    /// What is reported on a line, and the block that opens on it.
    Line(Span),
    /// What lies in a range, and what is brought about by what lies in it.
    Range(Span),
}

impl Cover {
    fn covers(self, finding: &Finding) -> bool {
        match self {
            Cover::File(file) => {
                finding.span.file == file || finding.scopes.iter().any(|scope| scope.file == file)
            }
            Cover::Line(line) => {
                touches(line, finding.span) || finding.scopes.iter().any(|scope| starts_on(line, *scope))
            }
            Cover::Range(range) => {
                range.contains(finding.span) || finding.scopes.iter().any(|scope| range.contains(*scope))
            }
        }
    }

    /// Whether something that is not a finding yet could lie in it.
    fn may_cover(self, span: Span) -> bool {
        match self {
            Cover::File(file) => span.file == file,
            Cover::Line(line) => touches(line, span),
            Cover::Range(range) => range.contains(span),
        }
    }

    fn file(self) -> FileId {
        match self {
            Cover::File(file) => file,
            Cover::Line(span) | Cover::Range(span) => span.file,
        }
    }
}

/// Whether a range starts or ends on a line: one that is longer than a line is not on each of the
/// lines it runs over.
fn touches(line: Span, span: Span) -> bool {
    let last = span.end.saturating_sub(1).max(span.start);
    starts_on(line, span) || (line.file == span.file && line.start <= last && last <= line.end)
}

fn starts_on(line: Span, span: Span) -> bool {
    line.file == span.file && line.start <= span.start && span.start <= line.end
}

/// All suppressions of a run.
#[derive(Debug, Default)]
pub(crate) struct Suppressions {
    all: Vec<Suppression>,
    /// Made when all are known.
    index: Index,
}

impl Suppressions {
    pub(crate) fn extend(&mut self, more: impl IntoIterator<Item = Suppression>) {
        self.all.extend(more);
    }

    /// Splits off what is silenced on a day, and notes which suppressions did it. Every covering
    /// suppression counts as used: which of two is superfluous is not for the machine to say.
    pub(crate) fn apply(
        &mut self,
        findings: Vec<Finding>,
        today: Option<Date>,
    ) -> (Vec<Finding>, Vec<Finding>) {
        if self.all.is_empty() {
            return (findings, Vec::new());
        }
        self.index = Index::new(&self.all);
        findings.into_iter().partition(|finding| !self.silences(finding, today))
    }

    fn silences(&mut self, finding: &Finding, today: Option<Date>) -> bool {
        if finding.rule.as_str() == INTERNAL_ERROR {
            return false;
        }
        let mut files: Vec<FileId> =
            finding.scopes.iter().map(|scope| scope.file).chain([finding.span.file]).collect();
        files.sort_unstable();
        files.dedup();
        let mut silenced = false;
        let candidates = files.iter().flat_map(|file| {
            let scopes = finding.scopes.iter().filter(|scope| scope.file == *file).map(|scope| scope.start);
            let own = Some(finding.span).filter(|span| span.file == *file).into_iter().flat_map(places);
            self.index.covering(*file, scopes.chain(own))
        });
        for position in candidates {
            let Some(suppression) = self.all.get_mut(position).filter(|it| it.covers.covers(finding)) else {
                continue;
            };
            let holds = !suppression.is_expired(today);
            for named in suppression.rules.iter_mut().filter(|named| named.id == finding.rule) {
                named.used = true;
                silenced |= holds;
            }
        }
        silenced
    }

    /// The suppressions that silenced nothing, as far as that can be said: their rule ran, the
    /// file could be read as a whole, nothing undecided lies in what they cover, and they have
    /// not ended.
    pub(crate) fn unused<'s>(
        &'s self,
        today: Option<Date>,
        is_judged: impl Fn(RuleId, FileId) -> bool + 's,
        undecided: &'s [(RuleId, Span)],
    ) -> impl Iterator<Item = Problem> + 's {
        let needed = self.needed(undecided);
        let living = self.all.iter().enumerate();
        let living = living.filter(move |(_, suppression)| !suppression.is_expired(today));
        living.flat_map(move |(position, suppression)| {
            let judged = |named: &&Named| {
                !named.used
                    && is_judged(named.id, suppression.covers.file())
                    && !needed.contains(&(position, named.id))
            };
            let unused: Vec<_> = suppression.rules.iter().filter(judged).collect();
            unused.into_iter().map(|named| {
                Problem::new("KL011", named.span, format!("the suppression of {} silences nothing", named.id))
                    .with_help("remove it, or the rule from it")
            })
        })
    }
}

impl Suppressions {
    /// The suppressions that have ended.
    pub(crate) fn expired(&self, today: Option<Date>) -> impl Iterator<Item = Problem> {
        self.all.iter().filter(move |suppression| suppression.is_expired(today)).filter_map(|suppression| {
            let (until, span) = suppression.until?;
            let problem = Problem::new("KL012", span, format!("the suppression has ended on {until}"));
            Some(problem.with_help("remove it and mend what it silenced, or give it another day"))
        })
    }

    /// The suppressions, each with a rule that it names, that may cover what is not decided.
    fn needed(&self, undecided: &[(RuleId, Span)]) -> HashSet<(usize, RuleId)> {
        let mut needed = HashSet::new();
        for (rule, span) in undecided {
            for position in self.index.covering(span.file, places(*span)) {
                if self.all.get(position).is_some_and(|it| it.covers.may_cover(*span)) {
                    needed.insert((position, *rule));
                }
            }
        }
        needed
    }
}

/// The first and the last byte of a range: something covers it only where it covers one of them.
fn places(span: Span) -> [u32; 2] {
    [span.start, span.end.saturating_sub(1).max(span.start)]
}

impl Suppression {
    fn is_expired(&self, today: Option<Date>) -> bool {
        matches!((self.until, today), (Some((until, _)), Some(today)) if until < today)
    }
}

/// The rules that are named, and a problem for each that does not exist.
fn resolve(written: impl IntoIterator<Item = (String, Span)>, problems: &mut Vec<Problem>) -> Vec<Named> {
    let mut named = Vec::new();
    for (name, span) in written {
        match Registry::builtin().find(&name) {
            Some(entry) => named.push(Named { id: entry.id, span, used: false }),
            None => {
                let problem = Problem::new("KL010", span, format!("no rule is called `{name}`"));
                problems.push(match Registry::builtin().suggest(&name) {
                    Some(near) => problem.with_help(format!("did you mean `{near}`?")),
                    None => problem.with_help("`keylint rule` lists the rules"),
                });
            }
        }
    }
    named
}
