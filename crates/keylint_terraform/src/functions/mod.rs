//! Terraform's functions, as tables of names, arities and implementations, one file for a family.
//!
//! A function that is not in a table gives an unknown value that names it: never a guess. What is
//! in one says how it takes what is not known: most need every argument known, those marked
//! `partial` look for themselves. Alternatives never reach an implementation as an argument: the
//! call is made for each combination.

mod arguments;
mod charsets;
mod collections;
mod csv;
mod dates;
mod digests;
mod empty;
mod encoding;
pub(crate) mod figures;
mod files;
mod format;
mod gaps;
mod globs;
mod gzip;
mod holes;
mod joined;
mod matching;
mod network;
mod nulls;
mod numbers;
mod pattern;
mod regex;
mod search;
mod selection;
mod sets;
mod signatures;
mod sources;
mod strings;
mod templates;
mod types;
mod yaml;

pub(crate) use sources::{attribute as computed_attribute, complete, computes};

use std::collections::HashMap;
use std::sync::OnceLock;

use keylint_model::{Marks, Reason, Unknown, Value, nearest};
use keylint_source::Span;
use keylint_syntax::hcl::{Expr, Name};

use crate::evaluate::{Evaluator, Scope};
use crate::values::{self, derived, invalid};

/// One call, as an implementation sees it.
pub(crate) struct Call<'c, 'p> {
    pub(crate) evaluator: &'c Evaluator<'p>,
    pub(crate) scope: &'c Scope<'c>,
    pub(crate) name: &'static str,
    pub(crate) span: Span,
    /// Where the arguments are written.
    places: &'c [Expr],
}

/// How a function takes arguments that are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    /// Every argument must be known in every part.
    Known,
    /// It looks for itself; invalid arguments do not reach it.
    Partial,
    /// It looks for itself, and what it makes has the marks of any part of the arguments.
    Mixing,
    /// It looks for itself, and gives one of its arguments, or a part, with the marks of that.
    Choosing,
    /// It looks for itself, at invalid arguments too.
    Everything,
}

/// A function of a table.
struct Function {
    name: &'static str,
    least: usize,
    most: usize,
    takes: Takes,
    run: fn(&Call<'_, '_>, &[Value]) -> Value,
}

/// As many arguments as the caller likes.
const ANY: usize = usize::MAX;

/// A function that needs every argument known.
const fn known(
    name: &'static str,
    least: usize,
    most: usize,
    run: fn(&Call<'_, '_>, &[Value]) -> Value,
) -> Function {
    Function { name, least, most, takes: Takes::Known, run }
}

/// A function that makes something of arguments that are partly known.
const fn partial(
    name: &'static str,
    least: usize,
    most: usize,
    run: fn(&Call<'_, '_>, &[Value]) -> Value,
) -> Function {
    Function { name, least, most, takes: Takes::Partial, run }
}

/// A function that makes something of arguments that are partly known, in which it is not seen of
/// which parts it is made.
const fn mixing(
    name: &'static str,
    least: usize,
    most: usize,
    run: fn(&Call<'_, '_>, &[Value]) -> Value,
) -> Function {
    Function { name, least, most, takes: Takes::Mixing, run }
}

/// The functions by family.
const FAMILIES: [&[Function]; 19] = [
    charsets::FUNCTIONS,
    collections::FUNCTIONS,
    csv::FUNCTIONS,
    dates::FUNCTIONS,
    digests::FUNCTIONS,
    encoding::FUNCTIONS,
    files::FUNCTIONS,
    format::FUNCTIONS,
    globs::FUNCTIONS,
    matching::FUNCTIONS,
    network::FUNCTIONS,
    numbers::FUNCTIONS,
    regex::FUNCTIONS,
    selection::FUNCTIONS,
    sets::FUNCTIONS,
    strings::FUNCTIONS,
    templates::FUNCTIONS,
    types::FUNCTIONS,
    yaml::FUNCTIONS,
];

fn registry() -> &'static HashMap<&'static str, &'static Function> {
    static REGISTRY: OnceLock<HashMap<&'static str, &'static Function>> = OnceLock::new();
    REGISTRY
        .get_or_init(|| FAMILIES.into_iter().flatten().map(|function| (function.name, function)).collect())
}

/// The result of a call. The arguments are written at `places`, of which the last may stand for any
/// number of them.
pub(crate) fn call(
    evaluator: &Evaluator<'_>,
    name: &Name,
    scope: &Scope<'_>,
    span: Span,
    places: &[Expr],
    arguments: &[Value],
) -> Value {
    let plain = name.text.strip_prefix("core::").unwrap_or(&name.text);
    let Some(function) = registry().get(plain).copied() else {
        return unheard_of(evaluator, name, scope, span, arguments);
    };
    if arguments.len() < function.least || arguments.len() > function.most {
        return invalid(span, arity_message(function, arguments.len()));
    }
    let call = Call { evaluator, scope, name: function.name, span, places };
    let run = |arguments: &[Value]| run(function, &call, arguments);
    if GATHERING.contains(&function.name)
        && let Some(gathered) = values::gathered(arguments, span)
    {
        return run(&gathered);
    }
    let arguments = &*values::spread(arguments, span);
    match function.name {
        // It tells which entries a map may replace, although it does not know which map it is.
        "merge" => values::distribute_or(arguments, span, Value::clone, run),
        name if TESTS.contains(&name) => {
            let result = values::distribute(name, arguments, span, run);
            let is_modelled = |it: &std::sync::Arc<Unknown>| !matches!(it.reason, Reason::Function(_));
            match result.as_unknown().is_none_or(is_modelled) {
                true => evaluator.decide(result, span, scope, None),
                false => result,
            }
        }
        name => values::distribute(name, arguments, span, run),
    }
}

/// The functions that take elements over, each by itself: a list of which conditions leave out some
/// stays one.
const GATHERING: [&str; 7] = ["compact", "concat", "distinct", "flatten", "setunion", "tolist", "toset"];

/// The functions that say whether something holds. What they say is true or false, whatever their
/// arguments are.
const TESTS: [&str; 8] =
    ["alltrue", "anytrue", "can", "cidrcontains", "contains", "endswith", "startswith", "strcontains"];

fn arity_message(function: &Function, given: usize) -> String {
    let Function { name, least, most, .. } = function;
    let takes = match (*least, *most) {
        (least, ANY) => format!("at least {least}"),
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least} to {most}"),
    };
    let plural = if takes == "1" || takes == "at least 1" { "" } else { "s" };
    format!("`{name}` takes {takes} argument{plural}, not {given}")
}

/// The result of a call whose last argument stands for any number of arguments.
pub(crate) fn call_open(
    evaluator: &Evaluator<'_>,
    name: &Name,
    scope: &Scope<'_>,
    span: Span,
    places: &[Expr],
    arguments: &[Value],
) -> Value {
    let plain = name.text.strip_prefix("core::").unwrap_or(&name.text);
    if !registry().contains_key(plain) {
        return unheard_of(evaluator, name, scope, span, arguments);
    }
    match plain {
        // What they make of one unknown argument they make of any number of them.
        "merge" | "concat" | "setunion" => call(evaluator, name, scope, span, places, arguments),
        _ if forgives(name) => {
            let possible = arguments.iter().filter(|argument| !values::has_invalid(argument));
            derived(&name.text, &possible.cloned().collect::<Vec<_>>(), span)
        }
        _ => derived(&name.text, arguments, span),
    }
}

/// Whether an error in an argument of this function is none.
pub(crate) fn forgives(name: &Name) -> bool {
    matches!(name.text.strip_prefix("core::").unwrap_or(&name.text), "try" | "can")
}

/// Whether the first argument of this function has to be a reference.
pub(crate) fn needs_reference(name: &Name) -> bool {
    name.text.strip_prefix("core::").unwrap_or(&name.text) == "templatestring"
}

fn run(function: &Function, call: &Call<'_, '_>, arguments: &[Value]) -> Value {
    let expanded = signatures::expanded(function.name, arguments);
    let arguments = expanded.as_deref().unwrap_or(arguments);
    let result = signatures::typed(function.name, arguments, computed(function, call, arguments));
    nulls::refined(function.name, result)
}

fn computed(function: &Function, call: &Call<'_, '_>, arguments: &[Value]) -> Value {
    if !call.evaluator.spend(1, call.span) || !call.evaluator.spend_on(arguments, call.span) {
        return values::limit(call.span);
    }
    match function.takes {
        Takes::Everything => return (function.run)(call, arguments),
        _ if arguments.iter().any(values::is_invalid) => return derived(function.name, arguments, call.span),
        _ => {}
    }
    if let Some(wrong) = arguments::wrong(call, arguments) {
        return wrong;
    }
    match function.takes {
        Takes::Known if !arguments.iter().all(values::is_wholly_known) => {
            return derived(function.name, arguments, call.span);
        }
        _ => {}
    }
    let marks = match function.takes {
        // What is made of a part of it is as secret as the whole.
        Takes::Known | Takes::Mixing => arguments.iter().map(values::marks).collect(),
        Takes::Choosing => Marks::NONE,
        _ => arguments.iter().map(|argument| argument.origin.marks).collect(),
    };
    let result = (function.run)(call, arguments);
    let nameless = result.as_unknown().is_some_and(|it| it.reason == Reason::Invalid && it.message.is_none());
    // Of arguments that have no error of their own the function itself rejects some.
    let result = match nameless && !arguments.iter().any(values::has_invalid) {
        true => call.rejects(arguments),
        false => result,
    };
    // Beside what it never knows Terraform does not call the function.
    let is_open = values::is_invalid(&result) && arguments.iter().any(values::is_never_known);
    let result = if is_open { derived(function.name, arguments, call.span) } else { result };
    values::marked(empty::typed_result(function.name, arguments, result), marks)
}

/// A function of a provider is not known here; any other that is in no table is none.
fn unheard_of(
    evaluator: &Evaluator<'_>,
    name: &Name,
    scope: &Scope<'_>,
    span: Span,
    arguments: &[Value],
) -> Value {
    if let Some(function) = name.text.strip_prefix("provider::") {
        let provider = function.split("::").next().unwrap_or_default();
        let module = evaluator.module_of(scope).filter(|module| !module.broken);
        if module.is_some_and(|module| module.directory.declarations.lacks_provider(provider)) {
            let provider = values::quoted(provider);
            let mut wrong = invalid(name.span, format!("the module does not require a provider {provider}"));
            // Its arguments are as secret as they would be in a call that is right.
            wrong.origin.span = Some(span);
            return wrong;
        }
        return not_modelled(&name.text, span, arguments);
    }
    let message = format!("there is no function {}", values::quoted(&name.text));
    // Both are gone since Terraform 0.15: https://developer.hashicorp.com/terraform/language/functions/list
    match &*name.text {
        "list" => return invalid(name.span, format!("{message} since Terraform 0.15: write `tolist([…])`")),
        "map" => return invalid(name.span, format!("{message} since Terraform 0.15: write `tomap({{…}})`")),
        _ => {}
    }
    match nearest(&name.text, registry().keys().copied()) {
        Some(meant) => invalid(name.span, format!("{message}; {} is near", values::quoted(meant))),
        None => invalid(name.span, message),
    }
}

fn not_modelled(name: &str, span: Span, arguments: &[Value]) -> Value {
    let marks = arguments.iter().map(values::marks).collect();
    let unknown = Unknown::new(Reason::Function(name.into())).with_place(span);
    values::marked(values::unknown(unknown, span), marks)
}

impl Call<'_, '_> {
    /// Where an argument is written.
    fn place(&self, argument: usize) -> Span {
        self.places.get(argument).map_or(self.span, |place| place.span)
    }

    /// What Terraform rejects in this call, and why.
    fn invalid(&self, message: impl std::fmt::Display) -> Value {
        invalid(self.span, format!("`{}`: {message}", self.name))
    }

    /// Unknown because a part of the arguments is, or invalid where all of them are known.
    fn unless_known(&self, arguments: &[Value]) -> Value {
        if arguments.iter().all(values::is_wholly_known) {
            self.rejects(arguments)
        } else {
            derived(self.name, arguments, self.span)
        }
    }

    /// Invalid because of what the arguments are.
    fn rejects(&self, arguments: &[Value]) -> Value {
        let kinds: Vec<_> = arguments.iter().map(values::describe).collect();
        self.invalid(format_args!("does not take {}", kinds.join(" and ")))
    }

    /// What keylint does not compute.
    fn unmodelled(&self, arguments: &[Value]) -> Value {
        not_modelled(self.name, self.span, arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_one_table_with_a_possible_arity() {
        assert_eq!(FAMILIES.iter().map(|family| family.len()).sum::<usize>(), registry().len());
        assert!(registry().values().all(|function| function.least <= function.most));
    }
}
