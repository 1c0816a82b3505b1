//! What conditions say of one value that only deployment decides.
//!
//! `var.env == "prod"` and `var.env == "dev"` are two conditions, but both cannot hold. What a
//! condition compares is known where the comparison is made; the condition itself is made by whoever
//! asks for it, later and in another place. So what a comparison says is kept under what identifies
//! its result.

use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;

use keylint_model::condition::comparison::{Constant, Scalar, Side};
use keylint_model::condition::{Comparison, Condition};
use keylint_model::{Data, List, Value, ValueType};
use keylint_source::Span;
use keylint_syntax::hcl::BinaryOperator;

use super::{Evaluator, ModuleInstance, Scope};
use crate::limits;
use crate::types::Type;
use crate::values::{self, derived};

/// How many names are followed to what they stand for.
const NAMES: usize = 16;

/// A value that may be compared with a constant, and what tells where its expression is written.
#[derive(Clone, Copy)]
pub(super) struct Subject<'v> {
    pub(super) value: &'v Value,
    pub(super) place: Place,
}

/// Where an expression is written, of which a value is.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// It is the value itself.
    Of(Span),
    /// It is the collection of which the value is the length.
    Length(Span),
}

impl Evaluator<'_> {
    /// Whether two values are equal, which only deployment decides. The constant comes last, wherever
    /// it is written.
    pub(super) fn equality(&self, sides: [Subject<'_>; 2], span: Span, scope: &Scope<'_>) -> Value {
        let [left, right] = sides;
        let (subject, constant) = if scalar(left.value).is_some() { (right, left) } else { (left, right) };
        let mut result = derived("==", &[subject.value.clone(), constant.value.clone()], span);
        if let Data::Unknown(unknown) = &mut result.data
            && let Some(identity) = &unknown.identity
        {
            // What is converted keeps what identifies it, but the number 5 is not the text.
            let ty = values::declared(subject.value).and_then(converted_to).unwrap_or_default();
            let instance = self.instance_in(subject, scope).unwrap_or_default();
            let identity = format!("{identity}{ty}{instance}");
            Arc::make_mut(unknown).identity = Some(identity.into());
        }
        let noted = self.compared(subject, scope).zip(scalar(constant.value));
        let comparison =
            noted.map(|((of, of_type), is)| Comparison::equality(of, [Constant { is, of_type }]));
        self.note_comparison(&result, comparison);
        result
    }

    /// Notes of the result of a comparison of numbers, which only deployment decides, what it says.
    pub(super) fn note_order(
        &self,
        result: &Value,
        operator: BinaryOperator,
        [left, right]: [Subject<'_>; 2],
        scope: &Scope<'_>,
    ) {
        let (subject, constant, is_turned) = match values::to_number(left.value) {
            Some(number) => (right, number, true),
            None => match values::to_number(right.value) {
                Some(number) => (left, number, false),
                None => return,
            },
        };
        let (is_less, is_with) = match operator {
            BinaryOperator::Less => (true, false),
            BinaryOperator::LessOrEqual => (true, true),
            BinaryOperator::Greater => (false, false),
            BinaryOperator::GreaterOrEqual => (false, true),
            _ => return,
        };
        let side = Side { number: constant, is_below: is_less != is_turned, is_with };
        self.note_comparison(result, self.compared(subject, scope).map(|(of, _)| Comparison::side(of, side)));
    }

    /// Notes of what `contains` says of a list of constants, which only deployment decides, that it
    /// compares with each of them what is written at `place`.
    pub(crate) fn note_contains(
        &self,
        result: &Value,
        list: &List,
        (wanted, place): (&Value, Span),
        scope: &Scope<'_>,
    ) {
        let are_told = list.rest.is_none() && !list.gaps && list.elements.len() <= limits::COMPARED;
        let constants = || list.elements.iter().map(scalar).collect::<Option<Vec<_>>>();
        let comparison = are_told.then(constants).flatten().and_then(|constants| {
            let (of, ty) = self.compared(Subject::new(wanted, place), scope)?;
            let constants = constants.into_iter().map(|is| Constant { is, of_type: ty.clone() });
            Some(Comparison::equality(of, constants))
        });
        self.note_comparison(result, comparison);
    }

    /// The condition that a value, written at `place`, decides with what it says: that of the comparison
    /// that the value is, or that the value is true.
    pub(super) fn comparing(
        &self,
        mut condition: Condition,
        value: &Value,
        place: Span,
        scope: &Scope<'_>,
    ) -> Condition {
        let Some(identity) = identified(value) else { return condition };
        let noted = self.comparisons.borrow().get(identity).cloned().flatten();
        let truth = || {
            let (of, ty) = self.compared(Subject { value, place: Place::Of(place) }, scope)?;
            Some(Arc::new(Comparison::truth(of, ty)))
        };
        condition.compares = noted.or_else(truth);
        condition
    }

    /// The number of a value that is compared, with its type where that is known. `None` where nothing
    /// tells that it is the same in every comparison of that number.
    fn compared(&self, subject: Subject<'_>, scope: &Scope<'_>) -> Option<(NonZeroU32, ValueType)> {
        let ty = match (&subject.value.data, values::declared(subject.value)) {
            (Data::Partial(_), _) => ValueType::String,
            (Data::Unknown(_), None) => ValueType::Any,
            (Data::Unknown(_), Some(ty)) if converted_to(ty).is_some() => ty.clone(),
            _ => return None,
        };
        let identity = values::identity(subject.value)?;
        let written = match subject.place {
            Place::Of(span) => self.written_as(span, scope, NAMES)?,
            Place::Length(span) => {
                let module = self.named_in(scope)?;
                let text = format!("length({})", self.source_text(span));
                format!("{}{text}{}", module.prefix, names_of(&text, scope)?)
            }
        };
        Some((self.number_of(format!("{written} {identity}"))?, ty))
    }

    /// What is the same only for expressions that have the same value: their text, the module instance
    /// that it is read in, and what the names in it stand for that it does not have from there.
    ///
    /// What identifies a value does not suffice: it is kept where the value is converted, or has a default
    /// in place of null, and all instances of a resource that are not known share it.
    fn written_as(&self, span: Span, scope: &Scope<'_>, names: usize) -> Option<String> {
        let module = self.named_in(scope)?;
        let text = self.source_text(span);
        let next = names.checked_sub(1)?;
        if let Some(name) = text.strip_prefix("local.")
            && let Some(local) = module.directory.declarations.locals.get(name)
        {
            return self.written_as(local.value.span, &Scope::module(module.id), next);
        }
        if let Some(name) = text.strip_prefix("var.")
            && let Some(called_by) = &module.called_by
            && let Some(variable) = module.directory.declarations.variables.get(name)
            && (variable.nullable || variable.default().is_none())
            && matches!(variable.constraint, Type::String | Type::Number | Type::Bool | Type::Any)
            && let Some(argument) = called_by.call.block.body.attribute(name)
        {
            let scope = called_by.instance.scope(Scope::module(called_by.parent));
            return self.written_as(argument.value.span, &scope, next);
        }
        Some(format!("{}{text}{}", module.prefix, names_of(&text, scope)?))
    }

    /// What tells instances that are read by keys that are written from each other, where all that are not known
    /// are one.
    fn instance_in(&self, subject: Subject<'_>, scope: &Scope<'_>) -> Option<String> {
        let Place::Of(span) = subject.place else { return None };
        if !identified(subject.value)?.contains("[*]") {
            return None;
        }
        let written = self.written_as(span, scope, NAMES)?;
        let is_key = |rest: &str| rest.starts_with(|c: char| c == '"' || c.is_ascii_digit());
        written.split('[').skip(1).any(is_key).then(|| format!(" in {written}"))
    }

    /// The module that names belong to, where that is one instance and not any of several.
    fn named_in(&self, scope: &Scope<'_>) -> Option<Rc<ModuleInstance<'_>>> {
        self.module_of(scope).filter(|module| !module.symbolic)
    }

    /// Notes what the condition says that is made of the result next: another expression may have made one of
    /// what identifies it, and said less or more.
    fn note_comparison(&self, result: &Value, comparison: Option<Comparison>) {
        if let Some(identity) = identified(result) {
            self.comparisons.borrow_mut().insert(Arc::clone(identity), comparison.map(Arc::new));
        }
    }
}

impl<'v> Subject<'v> {
    pub(super) fn new(value: &'v Value, place: Span) -> Self {
        Subject { value, place: Place::Of(place) }
    }
}

fn identified(value: &Value) -> Option<&Arc<str>> {
    value.as_unknown().and_then(|unknown| unknown.identity.as_ref())
}

/// What tells a value that has been converted from one that has not.
fn converted_to(ty: &ValueType) -> Option<&'static str> {
    match ty {
        ValueType::String => Some(" as string"),
        ValueType::Number => Some(" as number"),
        ValueType::Bool => Some(" as bool"),
        _ => None,
    }
}

/// What the names stand for that the scope itself gives a text; `None` where one of them is not known, as
/// it then may be another in each instance or turn.
fn names_of(text: &str, scope: &Scope<'_>) -> Option<String> {
    let mut known = String::new();
    let mut add = |value: &Value| {
        known.push('|');
        known.push_str(&values::identity(value)?);
        values::is_wholly_known(value).then_some(())
    };
    let words = || text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
    for word in words().filter(|word| !word.is_empty()) {
        if let Some(value) = scope.get(word) {
            add(value)?;
        }
        match (word, scope.each(), scope.count()) {
            ("each", Some((key, value)), _) => {
                add(key)?;
                if words().any(|word| word == "value") {
                    add(value)?;
                }
            }
            ("count", _, Some(index)) => add(index)?,
            _ => {}
        }
    }
    Some(known)
}

/// A constant that a value is compared with.
fn scalar(value: &Value) -> Option<Scalar> {
    match &value.data {
        Data::Null => Some(Scalar::Null),
        Data::Bool(known) => Some(Scalar::Bool(*known)),
        Data::Number(number) => Some(Scalar::Number(number.clone())),
        Data::String(text) => Some(Scalar::String(Arc::clone(text.shared()))),
        _ => None,
    }
}
