//! What is asked of the subjects of a stack: rules by what they look at, so that the elements of a
//! subject are made once for all rules that look at it.

use keylint_model::Stack;
use rayon::prelude::*;

use super::answer::Opened;
use super::subject::{Subject, Subjects};
use super::{Scope, finding};
use crate::finding::{Finding, Undecided};
use crate::page::Target;
use crate::rule::{Program, Rule};

/// Below this many questions a thread would wake up when all is answered.
const FEW: usize = 64;

/// How many subjects a thread takes at most before another one can take some: those that take long stand
/// together, and a thread that has taken them all is waited for.
const AT_ONCE: usize = 4;

/// What a rule finds, and what it leaves open.
type Reported = (Vec<Finding>, Vec<Undecided>);

/// All that is asked.
#[derive(Default)]
pub(super) struct Asked<'r, 'a> {
    groups: Vec<Group<'r, 'a>>,
    /// How many rules have asked so far.
    count: usize,
}

/// Rules that ask of the same subjects.
struct Group<'r, 'a> {
    /// What the subjects are; `None` for those that one rule alone asks about.
    target: Option<&'r Target>,
    subjects: Vec<Subject<'a>>,
    questions: Vec<Question<'r>>,
}

/// What a rule asks.
struct Question<'r> {
    /// Its place in the order of all rules and their targets.
    order: usize,
    rule: &'r Rule,
    program: &'r Program,
}

impl<'r, 'a> Asked<'r, 'a> {
    /// Adds what a rule asks of subjects that it alone looks at.
    pub(super) fn of_subjects(&mut self, subjects: Vec<Subject<'a>>, rule: &'r Rule, program: &'r Program) {
        let questions = vec![self.question(rule, program)];
        self.groups.push(Group { target: None, subjects, questions });
    }

    /// Adds what a rule asks of all subjects of a target.
    pub(super) fn of_target(
        &mut self,
        target: &'r Target,
        subjects: &Subjects<'a>,
        rule: &'r Rule,
        program: &'r Program,
    ) {
        let question = self.question(rule, program);
        match self.groups.iter_mut().find(|group| group.target == Some(target)) {
            Some(group) => group.questions.push(question),
            None => {
                let (subjects, questions) = (subjects.of(target), vec![question]);
                self.groups.push(Group { target: Some(target), subjects, questions });
            }
        }
    }

    fn question(&mut self, rule: &'r Rule, program: &'r Program) -> Question<'r> {
        self.count += 1;
        Question { order: self.count, rule, program }
    }

    /// The answers, in the order of the rules and then of the subjects, whatever the number of threads.
    pub(super) fn answers(&self, scope: Scope<'a>, stack: &Stack) -> Vec<Reported> {
        let jobs = self.groups.iter().flat_map(|group| group.subjects.iter().map(move |one| (one, group)));
        let jobs: Vec<_> = jobs.collect();
        let questions: usize = jobs.iter().map(|(_, group)| group.questions.len()).sum();
        let answered = |(subject, group): &(&Subject<'a>, &Group<'r, 'a>)| {
            let opened = Opened::new(scope, subject);
            let answers = group.questions.iter().map(|question| {
                let outcomes = opened.outcomes(question.program);
                (question.order, finding::report(question.rule, subject, stack, outcomes))
            });
            answers.filter(|(_, (found, open))| !found.is_empty() || !open.is_empty()).collect::<Vec<_>>()
        };
        let answers: Vec<Vec<(usize, Reported)>> = match questions < FEW {
            true => jobs.iter().map(answered).collect(),
            false => jobs.par_iter().with_max_len(AT_ONCE).map(answered).collect(),
        };
        let mut answers: Vec<(usize, Reported)> = answers.into_iter().flatten().collect();
        answers.sort_by_key(|(order, _)| *order);
        answers.into_iter().map(|(_, reported)| reported).collect()
    }
}
