//! Evaluates conditions in three-valued logic, in one world.
//!
//! Unknown in, unknown out, unless the known part decides: `unknown && false` is false, a partly
//! known string differs from a text that it cannot become, a list of which more may follow has an
//! element when a known one fits. What is not known comes with the reasons.

mod compare;
mod datum;
mod text;

use std::rc::Rc;
use std::sync::Arc;

use keylint_model::{NeedsSplit, Number};

pub(crate) use compare::{can_be, equal};
pub(crate) use datum::{Data, Datum, List, Place, Text, Truth, Why, Whys, both, invalid, is_given, why};

use crate::cel::lowered::{Comparison, Macro, Node, Op};
use crate::view::{Env, View};

/// Evaluates expressions over variables in a world.
pub(crate) struct Evaluator<'a, 'w> {
    env: Env<'a, 'w>,
    variables: &'w [Datum<'a>],
    /// The variables of macros, whose slots follow.
    locals: Vec<Datum<'a>>,
}

impl<'a, 'w> Evaluator<'a, 'w> {
    /// An evaluator whose variables are in the order of their slots.
    pub(crate) fn new(env: Env<'a, 'w>, variables: &'w [Datum<'a>]) -> Self {
        Evaluator { env, variables, locals: Vec::new() }
    }

    /// The answer of a condition.
    ///
    /// # Errors
    ///
    /// [`NeedsSplit`] when it depends on a condition that the world leaves open; the same for the
    /// other methods.
    pub(crate) fn truth(&mut self, node: &Node) -> Result<Truth, NeedsSplit> {
        Ok(match &node.op {
            Op::Not(operand) => !self.truth(operand)?,
            Op::And(pair) => self.connect(pair, false)?,
            Op::Or(pair) => self.connect(pair, true)?,
            Op::Compare(comparison, pair) => {
                let [left, right] = &**pair;
                if let Some(same) = self.is_word(*comparison, left, right) {
                    return Ok(Truth::from(same));
                }
                let left = self.eval(left)?;
                match &right.op {
                    // Most comparisons are with a literal, which needs no copy.
                    Op::String(literal) => compare::compare(*comparison, &left, &Datum::text(literal)),
                    _ => compare::compare(*comparison, &left, &self.eval(right)?),
                }
            }
            Op::In(pair) => {
                let [element, list] = &**pair;
                let element = self.eval(element)?;
                match &list.op {
                    Op::List(nodes) => self.is_one_of(&element, nodes)?,
                    _ => contains(&element, &self.eval(list)?),
                }
            }
            _ => self.eval(node)?.truth(),
        })
    }

    /// The value of an expression.
    pub(crate) fn eval(&mut self, node: &Node) -> Result<Datum<'a>, NeedsSplit> {
        Ok(match &node.op {
            Op::Null => Datum::null(),
            Op::Bool(value) => Datum::bare(Data::Bool(*value)),
            Op::Number(value) => Datum::bare(Data::Number(value.clone())),
            Op::String(value) => Datum::bare(Data::Text(Text::Shared(Arc::clone(value)))),
            Op::Variable(slot) => self.variable(*slot).cloned().unwrap_or_else(Datum::null),
            Op::List(nodes) => {
                let items = nodes.iter().map(|node| self.eval(node)).collect::<Result<Vec<_>, _>>()?;
                Datum::list(items, None)
            }
            Op::Field(operand, name) => match self.borrowed(operand) {
                Some(operand) => self.field(operand, name)?,
                None => {
                    let operand = self.eval(operand)?;
                    self.field(&operand, name)?
                }
            },
            Op::Call(target, name, arguments) => {
                let made = match self.borrowed(target) {
                    Some(_) => None,
                    None => Some(self.eval(target)?),
                };
                let arguments =
                    arguments.iter().map(|node| self.eval(node)).collect::<Result<Vec<_>, _>>()?;
                match made.as_ref().or_else(|| self.borrowed(target)) {
                    Some(target) => self.call(target, name, &arguments)?,
                    None => Datum::null(),
                }
            }
            Op::Size(operand) => size(&self.eval(operand)?),
            Op::Origin(operand) => {
                let mut datum = self.eval(operand)?;
                if datum.place.origin.and_then(|origin| origin.span).is_some() {
                    datum.place.used = None;
                }
                datum
            }
            Op::Not(_) | Op::And(_) | Op::Or(_) | Op::Compare(..) | Op::In(_) => self.truth(node)?.datum(),
            Op::Concat(pair) => {
                let [left, right] = &**pair;
                let (left, right) = (self.eval(left)?, self.eval(right)?);
                text::concat(&left, &right)
            }
            Op::Conditional(three) => {
                let [test, then, otherwise] = &**three;
                match self.truth(test)? {
                    Truth::Yes => self.eval(then)?,
                    Truth::No => self.eval(otherwise)?,
                    Truth::Unknown(whys) => Datum::bare(Data::Unknown(whys)),
                }
            }
            Op::Quantifier(which, slot, pair) => {
                let [list, body] = &**pair;
                let list = self.eval(list)?;
                self.quantify(*which, *slot, &list, body)?
            }
        })
    }

    /// `||` with `decisive` true, `&&` with false: one operand that is `decisive` decides.
    fn connect(&mut self, pair: &[Node; 2], decisive: bool) -> Result<Truth, NeedsSplit> {
        let [left, right] = pair;
        let decides = |truth: &Truth| matches!((truth, decisive), (Truth::Yes, true) | (Truth::No, false));
        let left = self.truth(left)?;
        if decides(&left) {
            return Ok(left);
        }
        let right = self.truth(right)?;
        Ok(match (left, right) {
            (_, right) if decides(&right) => right,
            (Truth::Unknown(left), Truth::Unknown(right)) => Truth::Unknown(both(&left, &right)),
            (Truth::Unknown(whys), _) | (_, Truth::Unknown(whys)) => Truth::Unknown(whys),
            (_, right) => right,
        })
    }

    /// The variable in a slot.
    fn variable(&self, slot: usize) -> Option<&Datum<'a>> {
        match slot.checked_sub(self.variables.len()) {
            Some(local) => self.locals.get(local),
            None => self.variables.get(slot),
        }
    }

    /// The value of an expression that is a variable alone.
    fn borrowed(&self, node: &Node) -> Option<&Datum<'a>> {
        match node.op {
            Op::Variable(slot) => self.variable(slot),
            _ => None,
        }
    }

    /// The answer of a comparison with a literal that needs no more than a glance, as most do:
    /// `statement.effect == "Allow"`.
    fn is_word(&self, comparison: Comparison, left: &Node, right: &Node) -> Option<bool> {
        let (Op::Field(operand, name), Op::String(literal)) = (&left.op, &right.op) else { return None };
        let Data::View(view) = &self.borrowed(operand)?.data else { return None };
        let is_same = || view.word(name).map(|word| word == &**literal);
        match comparison {
            Comparison::Equal => is_same(),
            Comparison::NotEqual => is_same().map(|same| !same),
            _ => None,
        }
    }

    /// Whether a value equals one of the elements of a list that is written out, without making that.
    fn is_one_of(&mut self, element: &Datum<'a>, nodes: &[Node]) -> Result<Truth, NeedsSplit> {
        let mut answer = Truth::No;
        for node in nodes {
            let same = match &node.op {
                Op::String(literal) => compare::equal(element, &Datum::text(literal)),
                _ => compare::equal(element, &self.eval(node)?),
            };
            match same {
                Truth::Yes => return Ok(Truth::Yes),
                Truth::Unknown(whys) => answer = Truth::Unknown(whys),
                Truth::No => {}
            }
        }
        Ok(answer)
    }

    fn field(&self, operand: &Datum<'a>, name: &str) -> Result<Datum<'a>, NeedsSplit> {
        match &operand.data {
            Data::View(view) => view.field(name, &operand.place, &self.env),
            Data::Unknown(whys) => Ok(Datum { data: Data::Unknown(Rc::clone(whys)), place: operand.place }),
            // What nothing has is nothing.
            _ => Ok(Datum { data: Data::Null, place: operand.place }),
        }
    }

    fn call(
        &self,
        target: &Datum<'a>,
        name: &'static str,
        arguments: &[Datum<'a>],
    ) -> Result<Datum<'a>, NeedsSplit> {
        match &target.data {
            Data::View(view) => view.call(name, arguments, &self.env),
            Data::Text(text) => Ok(text::method(text, target.place, name, arguments)),
            Data::Map(map) => text::map_method(map, name, arguments, self.env.world),
            Data::Unknown(whys) => Ok(Datum { data: Data::Unknown(Rc::clone(whys)), place: target.place }),
            _ => Ok(Datum { data: Data::Null, place: target.place }),
        }
    }

    fn quantify(
        &mut self,
        which: Macro,
        slot: usize,
        list: &Datum<'a>,
        body: &Node,
    ) -> Result<Datum<'a>, NeedsSplit> {
        let (items, rest) = match &list.data {
            Data::List(list) => (Rc::clone(&list.items), list.rest.clone()),
            Data::Unknown(whys) => (Rc::default(), Some(Rc::clone(whys))),
            // What is null has no elements.
            _ => (Rc::default(), None),
        };
        let local = slot.saturating_sub(self.variables.len());
        let mut unknown = rest;
        let mut kept = Vec::new();
        for item in items.iter() {
            self.locals.truncate(local);
            self.locals.push(item.clone());
            if which == Macro::Map {
                kept.push(self.eval(body)?);
                continue;
            }
            match (which, self.truth(body)?) {
                (Macro::Exists, Truth::Yes) | (Macro::All, Truth::No) => {
                    self.locals.truncate(local);
                    return Ok(Datum::bare(Data::Bool(which == Macro::Exists)).at(item.place));
                }
                (Macro::Filter, Truth::Yes) => kept.push(item.clone()),
                (_, Truth::Unknown(whys)) => {
                    unknown = Some(unknown.map_or_else(|| Rc::clone(&whys), |known| both(&known, &whys)));
                }
                _ => {}
            }
        }
        self.locals.truncate(local);
        Ok(match (which, unknown) {
            (Macro::Map | Macro::Filter, unknown) => Datum::list(kept, unknown).at(list.place),
            (_, Some(whys)) => Datum::bare(Data::Unknown(whys)),
            (_, None) => Datum::bare(Data::Bool(which == Macro::All)),
        })
    }
}

fn size(datum: &Datum<'_>) -> Datum<'static> {
    let count = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    Datum::bare(match &datum.data {
        Data::List(List { items, rest: None }) => Data::Number(Number::Integer(count(items.len()))),
        Data::List(List { items, rest: Some(whys) }) => Data::AtLeast(count(items.len()), Rc::clone(whys)),
        Data::Text(text) => match text.as_known() {
            Some(known) => Data::Number(Number::Integer(count(known.chars().count()))),
            None => Data::Unknown(text.whys(datum.place.used)),
        },
        Data::Unknown(whys) => Data::Unknown(Rc::clone(whys)),
        _ => Data::Number(Number::Integer(0)),
    })
}

fn contains(element: &Datum<'_>, list: &Datum<'_>) -> Truth {
    let (items, rest) = match &list.data {
        Data::List(list) => (&*list.items, list.rest.as_ref()),
        Data::Unknown(whys) => (Default::default(), Some(whys)),
        _ => (Default::default(), None),
    };
    let mut answer = rest.map_or(Truth::No, |whys| Truth::Unknown(Rc::clone(whys)));
    for item in items {
        match compare::equal(element, item) {
            Truth::Yes => return Truth::Yes,
            Truth::Unknown(whys) => answer = Truth::Unknown(whys),
            Truth::No => {}
        }
    }
    answer
}

/// The place that a datum points at: its own, or for a list that of its first element.
pub(crate) fn place<'a>(datum: &Datum<'a>) -> Place<'a> {
    match &datum.data {
        Data::List(list) => list.items.first().map_or(datum.place, |first| first.place),
        Data::View(view @ (View::Resource(_) | View::Item(_))) if datum.place.used.is_none() => view.place(),
        _ => datum.place,
    }
}
