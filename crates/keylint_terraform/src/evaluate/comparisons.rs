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
use keylint_model::condition::{Comparison, Condition, Limits};
use keylint_model::{Data, List, Value, ValueType};
use keylint_source::Span;
use keylint_syntax::hcl::BinaryOperator;

use super::validations::Variables;
use super::{Evaluator, ModuleInstance, Scope};
use crate::limits;
use crate::types::Type;
use crate::values::{self, derived};

/// How many names are followed to what they stand for.
const NAMES: usize = 16;

/// What is known of a value that is compared.
struct Compared {
    /// Its number.
    of: NonZeroU32,
    /// Its type, where that is known.
    ty: ValueType,
    /// What validations leave of it.
    limits: Option<Arc<Limits>>,
}

/// What a condition says of a value, with what validations leave of that.
#[derive(Clone, Debug)]
pub(super) struct Says {
    compares: Arc<Comparison>,
    limits: Option<Arc<Limits>>,
}

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
            let identity = format!("{identity}{ty}");
            Arc::make_mut(unknown).identity = Some(identity.into());
        }
        let noted = self.compared(subject, scope).zip(scalar(constant.value));
        let says = noted.map(|(compared, is)| {
            compared.says(|of, of_type| Comparison::equality(of, [Constant { is, of_type }]))
        });
        self.note_says(&result, says);
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
        let says =
            self.compared(subject, scope).map(|compared| compared.says(|of, _| Comparison::side(of, side)));
        self.note_says(result, says);
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
        let says = are_told.then(constants).flatten().and_then(|constants| {
            let compared = self.compared(Subject::new(wanted, place), scope)?;
            let constants = |ty: &ValueType| {
                constants.into_iter().map(|is| Constant { is, of_type: ty.clone() }).collect::<Vec<_>>()
            };
            Some(compared.says(|of, ty| Comparison::equality(of, constants(&ty))))
        });
        self.note_says(result, says);
    }

    /// The condition that a value, written at `place`, decides with what it says: that of the comparison
    /// that the value is, or that the value is true.
    pub(super) fn comparing(
        &self,
        condition: Condition,
        value: &Value,
        place: Span,
        scope: &Scope<'_>,
    ) -> Condition {
        if identified(value).is_none() {
            return condition;
        }
        let truth = || {
            let compared = self.compared(Subject { value, place: Place::Of(place) }, scope)?;
            Some(compared.says(Comparison::truth))
        };
        saying(condition, self.noted(value).or_else(truth))
    }

    /// The condition that a value decides with what was noted of it.
    pub(super) fn as_noted(&self, condition: Condition, value: &Value) -> Condition {
        saying(condition, self.noted(value))
    }

    fn noted(&self, result: &Value) -> Option<Says> {
        self.comparisons.borrow().get(identified(result)?).cloned().flatten()
    }

    /// What is known of a value that is compared. `None` where nothing tells that it is the same in every
    /// comparison of its number.
    fn compared(&self, subject: Subject<'_>, scope: &Scope<'_>) -> Option<Compared> {
        let ty = match (&subject.value.data, values::declared(subject.value)) {
            (Data::Partial(_), _) => ValueType::String,
            (Data::Unknown(_), None) => ValueType::Any,
            (Data::Unknown(_), Some(ty)) if converted_to(ty).is_some() => ty.clone(),
            _ => return None,
        };
        let identity = values::identity(subject.value)?;
        let mut variables = Vec::new();
        let written = match subject.place {
            Place::Of(span) => self.written_as(span, scope, NAMES, &mut variables)?,
            Place::Length(span) => {
                let module = self.named_in(scope)?;
                let text = format!("length({})", dotted(self.source_text(span)));
                variables.extend(variable_of(&text).map(|name| (module.id, name.into())));
                format!("{}{text}{}", module.prefix, names_of(&text, scope)?)
            }
        };
        let of = self.number_of(format!("{written} {identity}"))?;
        Some(Compared { of, ty, limits: self.validations(variables) })
    }

    /// What is the same only for expressions that have the same value: their text, the module instance
    /// that it is read in, and what the names in it stand for that it does not have from there.
    ///
    /// What identifies a value does not suffice: it is kept where the value is converted, or has a default
    /// in place of null. The variables that it is, or is a part of, are added to `variables`.
    fn written_as(
        &self,
        span: Span,
        scope: &Scope<'_>,
        names: usize,
        variables: &mut Variables,
    ) -> Option<String> {
        let module = self.named_in(scope)?;
        let text = dotted(self.source_text(span));
        let next = names.checked_sub(1)?;
        if let Some(name) = text.strip_prefix("local.")
            && let Some(local) = module.directory.declarations.locals.get(name)
        {
            return self.written_as(local.value.span, &Scope::module(module.id), next, variables);
        }
        variables.extend(variable_of(&text).map(|name| (module.id, name.into())));
        if let Some(name) = text.strip_prefix("var.")
            && let Some(called_by) = &module.called_by
            && let Some(variable) = module.directory.declarations.variables.get(name)
            && (variable.nullable || variable.default().is_none())
            && matches!(variable.constraint, Type::String | Type::Number | Type::Bool | Type::Any)
            && let Some(argument) = called_by.call.block.body.attribute(name)
        {
            let scope = called_by.instance.scope(Scope::module(called_by.parent));
            return self.written_as(argument.value.span, &scope, next, variables);
        }
        Some(format!("{}{text}{}", module.prefix, names_of(&text, scope)?))
    }

    /// The module that names belong to, where that is one instance and not any of several.
    fn named_in(&self, scope: &Scope<'_>) -> Option<Rc<ModuleInstance<'_>>> {
        self.module_of(scope).filter(|module| !module.symbolic)
    }

    /// Notes what the condition says that is made of the result next: another expression may have made one of
    /// what identifies it, and said less or more.
    fn note_says(&self, result: &Value, says: Option<Says>) {
        if let Some(identity) = identified(result) {
            self.comparisons.borrow_mut().insert(Arc::clone(identity), says);
        }
    }
}

impl Compared {
    fn says(self, comparison: impl FnOnce(NonZeroU32, ValueType) -> Comparison) -> Says {
        Says { compares: Arc::new(comparison(self.of, self.ty)), limits: self.limits }
    }
}

impl<'v> Subject<'v> {
    pub(super) fn new(value: &'v Value, place: Span) -> Self {
        Subject { value, place: Place::Of(place) }
    }
}

fn saying(mut condition: Condition, says: Option<Says>) -> Condition {
    if let Some(Says { compares, limits }) = says {
        condition.compares = Some(compares);
        condition.limits = limits;
    }
    condition
}

fn identified(value: &Value) -> Option<&Arc<str>> {
    value.as_unknown().and_then(|unknown| unknown.identity.as_ref())
}

/// A text in which attributes that are written as keys are written as attributes.
fn dotted(text: String) -> String {
    if !text.contains("[\"") {
        return text;
    }
    let mut parts = text.split("[\"");
    let mut dotted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_name = |name: &&str| {
            name.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        };
        let named = part.split_once("\"]").filter(|(name, _)| is_name(name));
        // What stands before it is what is read, not a list of its own.
        let reads = dotted.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | ']'));
        match named.filter(|_| reads) {
            Some((name, rest)) => dotted.extend([".", name, rest]),
            None => dotted.extend(["[\"", part]),
        }
    }
    dotted
}

/// The variable that an expression reads, or reads a part of, or of which it is the length.
fn variable_of(text: &str) -> Option<&str> {
    let text = text.strip_prefix("length(").and_then(|inner| inner.strip_suffix(')')).unwrap_or(text);
    let read = text.strip_prefix("var.")?;
    let is_named = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let rest = read.trim_start_matches(is_named);
    let is_part = |c: char| is_named(c) || matches!(c, '.' | '[' | ']' | '"');
    rest.chars().all(is_part).then(|| read.get(..read.len() - rest.len()))?
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
    let is_named = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let words = || text.split(|c: char| !is_named(c)).filter(|word| !word.is_empty());
    // What follows a dot is read from what stands before it.
    let names = text.split(|c: char| !is_named(c) && c != '.');
    for word in names.filter_map(|path| path.split('.').next()).filter(|word| !word.is_empty()) {
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
