//! What a rule answers on the elements of a subject, in every world that it asks for.

use keylint_model::{NeedsSplit, World};

use super::subject::{Element, Subject};
use super::{MAX_WORLDS, Scope, parts};
use crate::cel::lowered::Node;
use crate::eval::{Data, Datum, Evaluator, Place, Truth, Why, Whys, place};
use crate::page::template::{Piece, Template};
use crate::rule::Program;

/// The answer of a rule on one element in one world.
pub(super) struct Outcome<'a> {
    /// Which of the worlds of the subject it is in.
    pub(super) outer: usize,
    /// Which of the elements it is about.
    pub(super) element: usize,
    pub(super) world: World,
    pub(super) answer: Answer<'a>,
}

/// What a rule answers.
pub(super) enum Answer<'a> {
    No,
    Yes(Box<Hit<'a>>),
    Unknown(Whys),
    /// It would have taken too many worlds.
    Limit(Place<'a>),
}

/// What a rule reports of an element.
pub(super) struct Hit<'a> {
    pub(super) place: Place<'a>,
    pub(super) message: String,
    pub(super) related: Vec<(Place<'a>, String)>,
    /// The value that it is about, for the fingerprint. Never a secret.
    pub(super) value: Option<String>,
    pub(super) element: Element<'a>,
}

/// All answers of a rule on a subject but the plain no of an element, with how many worlds the
/// subject has.
pub(super) struct Outcomes<'a> {
    pub(super) worlds: usize,
    pub(super) all: Vec<Outcome<'a>>,
}

/// The elements of a subject in one of its worlds.
pub(super) struct Part<'a> {
    /// Which of the worlds it is.
    pub(super) outer: usize,
    pub(super) world: World,
    /// What [`Subject::worlds`] gave with it.
    version: usize,
    pub(super) elements: Vec<Element<'a>>,
}

/// A subject with its elements, which all rules share.
pub(super) struct Opened<'s, 'a> {
    scope: Scope<'a>,
    subject: &'s Subject<'a>,
    /// How many worlds it has, and what it is in those in which it is there; `None` when there are
    /// too many to look at.
    parts: Option<(usize, Vec<Part<'a>>)>,
}

impl<'s, 'a> Opened<'s, 'a> {
    pub(super) fn new(scope: Scope<'a>, subject: &'s Subject<'a>) -> Self {
        let parts = subject.worlds(scope).map(|worlds| {
            let there = worlds.iter().enumerate();
            let parts = there.filter_map(|(outer, (world, version))| {
                let version = (*version)?;
                // The world was chosen so that the elements can be told.
                let elements = subject.elements(scope, world, version).unwrap_or_default();
                Some(Part { outer, world: world.clone(), version, elements })
            });
            (worlds.len(), parts.collect())
        });
        Opened { scope, subject, parts }
    }

    /// The answers of a rule.
    pub(super) fn outcomes(&self, program: &Program) -> Outcomes<'a> {
        let Some((worlds, parts)) = &self.parts else {
            let world = self.subject.start();
            let outcome = Outcome { outer: 0, element: 0, world, answer: self.limit() };
            return Outcomes { worlds: 1, all: vec![outcome] };
        };
        let mut all = Vec::new();
        for part in parts {
            let Some(asked) = self.left_to_ask(program, part) else { continue };
            for (element, first) in part.elements.iter().enumerate() {
                // Most elements are decided at once, and most of them have nothing to be said.
                match answer(self.scope, &asked, first, &part.world) {
                    Ok(Answer::No) => {}
                    Ok(answer) => {
                        all.push(Outcome { outer: part.outer, element, world: part.world.clone(), answer });
                    }
                    Err(_) => self.survey(&asked, part, element, first, &mut all),
                }
            }
        }
        if let Some(policy) = self.subject.policy().filter(|_| self.subject.is_in_parts()) {
            parts::settle(policy, &self.subject.start().guard(), parts, &mut all);
        }
        Outcomes { worlds: *worlds, all }
    }

    /// What a rule has to be asked for each element of a part: without its first condition where that is
    /// about what all elements share, and certainly holds. `None` where it certainly does not hold.
    fn left_to_ask<'p>(&self, program: &'p Program, part: &Part<'a>) -> Option<Asking<'p>> {
        let all = Asking { program, conditions: &program.conditions };
        let [condition, others @ ..] = program.conditions.as_slice() else { return Some(all) };
        let Some(first) = part.elements.first().filter(|_| condition.asks_first_variable_only()) else {
            return Some(all);
        };
        match Evaluator::new(self.scope.env(&part.world), &first.variables).truth(condition) {
            Ok(Truth::No) => None,
            // What holds in a world holds in each that decides more.
            Ok(Truth::Yes) => Some(Asking { program, conditions: others }),
            Ok(Truth::Unknown(_)) | Err(_) => Some(all),
        }
    }

    /// The answers on an element that depend on more than the world of its part decides.
    fn survey(
        &self,
        asked: &Asking<'_>,
        part: &Part<'a>,
        element: usize,
        first: &Element<'a>,
        all: &mut Vec<Outcome<'a>>,
    ) {
        let read = |world: &World| {
            // Only a world that decides more can have other elements.
            if *world == part.world {
                return answer(self.scope, asked, first, world);
            }
            match self.subject.elements(self.scope, world, part.version)?.get(element) {
                Some(element) => answer(self.scope, asked, element, world),
                None => Ok(Answer::No),
            }
        };
        match World::survey(&part.world, MAX_WORLDS, read) {
            Some(answers) => {
                let outer = part.outer;
                all.extend(answers.into_iter().map(|(world, answer)| Outcome {
                    outer,
                    element,
                    world,
                    answer,
                }));
            }
            None => {
                let (outer, world) = (part.outer, part.world.clone());
                all.push(Outcome { outer, element, world, answer: self.limit() });
            }
        }
    }

    fn limit(&self) -> Answer<'a> {
        Answer::Limit(Place::new(Some(self.subject.resource().header), None))
    }
}

/// A rule with those of its conditions that are not decided yet.
struct Asking<'p> {
    program: &'p Program,
    conditions: &'p [Node],
}

fn answer<'a>(
    scope: Scope<'a>,
    asked: &Asking<'_>,
    element: &Element<'a>,
    world: &World,
) -> Result<Answer<'a>, NeedsSplit> {
    let mut evaluator = Evaluator::new(scope.env(world), &element.variables);
    let mut unknown: Option<Whys> = None;
    for condition in asked.conditions {
        match evaluator.truth(condition)? {
            Truth::Yes => {}
            Truth::No => return Ok(Answer::No),
            Truth::Unknown(whys) => unknown = unknown.or(Some(whys)),
        }
    }
    if let Some(whys) = unknown.or_else(|| element.doubt.clone()) {
        return Ok(Answer::Unknown(whys));
    }
    let program = asked.program;
    let at = program.at.as_ref().map(|at| evaluator.eval(at)).transpose()?;
    let message = render(&program.message, &mut evaluator)?;
    let mut related = Vec::new();
    for (at, template) in &program.related {
        let (at, message) = (evaluator.eval(at)?, render(template, &mut evaluator)?);
        match &at.data {
            // Each element of a list is a place of its own.
            Data::List(list) => {
                related.extend(list.items.iter().map(|item| (place(item), message.clone())));
            }
            _ => related.push((place(&at), message)),
        }
    }
    let place = at.as_ref().map_or(element.place, place);
    let value = at.as_ref().and_then(shown);
    Ok(Answer::Yes(Box::new(Hit { place, message, related, value, element: element.clone() })))
}

/// The text of the value that a finding points at, where it may be told.
fn shown(datum: &Datum<'_>) -> Option<String> {
    if datum.place.origin.is_some_and(|origin| origin.marks.sensitive) {
        return None;
    }
    match &datum.data {
        Data::Text(text) => Some(text.shown()),
        Data::View(view) => view.shown(),
        Data::Bool(value) => Some(value.to_string()),
        Data::Number(value) => Some(value.to_string()),
        _ => None,
    }
}

fn render(template: &Template, evaluator: &mut Evaluator<'_, '_>) -> Result<String, NeedsSplit> {
    let mut message = String::new();
    for piece in &template.0 {
        match piece {
            Piece::Text(text) => message.push_str(text),
            Piece::Expression(node) => {
                let datum = evaluator.eval(node)?;
                let is_secret = datum.place.origin.is_some_and(|origin| origin.marks.sensitive);
                match &datum.data {
                    _ if is_secret => message.push_str("***"),
                    Data::Text(text) => message.push_str(&text.shown()),
                    Data::Number(number) => message.push_str(&number.to_string()),
                    _ => message.push('…'),
                }
            }
        }
    }
    Ok(message)
}

/// The first reason of an unknown.
pub(super) fn reason(whys: &Whys) -> Option<&Why> {
    whys.first()
}
