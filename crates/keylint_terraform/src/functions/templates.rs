//! Templates that are written elsewhere: in a file, or in a string that a file or a variable holds.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/templatefile> and
//! <https://developer.hashicorp.com/terraform/language/functions/templatestring>.

use std::rc::Rc;
use std::sync::Arc;

use keylint_model::{Data, Value};
use keylint_source::{SourceFile, Span};
use keylint_syntax::Text;
use keylint_syntax::hcl::{self, Template};

use super::files::{read, through};
use super::strings::text;
use super::{Call, Function, partial};
use crate::evaluate::Scope;
use crate::values::{self, derived, rejected};

pub(super) const FUNCTIONS: &[Function] =
    &[partial("templatefile", 2, 2, template_file), partial("templatestring", 2, 2, template_string)];

/// How many templates of OpenTofu may render each other here.
const DEPTH: u32 = 8;

fn template_file(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [path, given] = values else { return rejected(call.span) };
    if !values::is_wholly_known(path) {
        return derived(call.name, std::slice::from_ref(path), call.span);
    }
    match read(call, path) {
        Ok(source) => {
            let shift = source.mark_len();
            let written = source.text().get(shift..).unwrap_or_default();
            let template = Text::at(written, Span::new(source.id(), shift, source.text().len()));
            let Some(parsed) = parsed(call, &source, &template) else { return values::limit(call.span) };
            let place = template.span().unwrap_or(call.span);
            through(call, render(call, &parsed, (given, place), values), &source)
        }
        Err(value) => *value,
    }
}

pub(super) fn template_string(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [template, given] = values else { return rejected(call.span) };
    let is_secret = template.origin.marks.sensitive || template.origin.marks.ephemeral;
    match &template.data {
        Data::String(_) | Data::Json(_) => match text(template) {
            Some(template) => {
                if !call.evaluator.spend(template.len() / 64, call.span) {
                    return values::limit(call.span);
                }
                let place = template.span().unwrap_or(call.span);
                let run = || render(call, &parse(call, &template), (given, place), values);
                match is_secret {
                    true => without_quoting(call, run),
                    false => run(),
                }
            }
            None => call.unless_known(values),
        },
        Data::Unknown(_) | Data::Partial(_) => call.unless_known(values),
        _ => call.invalid(format_args!("a template is a string, not {}", values::describe(template))),
    }
}

/// What is made of a template that is a secret: what is wrong with it is not quoted.
fn without_quoting(call: &Call<'_, '_>, run: impl FnOnce() -> Value) -> Value {
    let message = "the template is not valid";
    let value = call.evaluator.without_quoting(call.span, message, run);
    if values::has_invalid(&value) { values::invalid(call.span, message) } else { value }
}

/// The template that a file is, parsed once however often it is rendered; `None` where there is no
/// fuel left.
fn parsed(call: &Call<'_, '_>, source: &SourceFile, template: &Text) -> Option<Rc<Template>> {
    let kept = &call.evaluator.templates;
    let known = kept.borrow().get(&source.id()).cloned();
    // Whoever renders it goes through it.
    if !call.evaluator.spend(template.len() / 64, call.span) {
        return None;
    }
    Some(known.unwrap_or_else(|| {
        let parsed = Rc::new(parse(call, template));
        kept.borrow_mut().insert(source.id(), Rc::clone(&parsed));
        parsed
    }))
}

fn parse(call: &Call<'_, '_>, template: &Text) -> Template {
    let (parsed, errors) = hcl::parse_template(template);
    for error in errors {
        call.evaluator.report(error.into());
    }
    parsed
}

/// What a template that is written at `place` makes of the variables given to it.
fn render(
    call: &Call<'_, '_>,
    template: &Template,
    (given, place): (&Value, Span),
    values: &[Value],
) -> Value {
    let depth = call.scope.template_depth();
    if depth > 0 && !call.evaluator.is_opentofu() {
        return call.invalid("a template does not render another one");
    }
    if depth >= DEPTH {
        return call.evaluator.over_limit(call.span, "templates render each other too deeply");
    }
    let map = match &given.data {
        Data::Map(map) if map.rest.is_none() => map,
        _ => return call.unless_known(values),
    };
    if map.entries.keys().any(|name| !is_name(name)) {
        return call.invalid(
            "a variable of a template starts with a letter and goes on with letters, digits and underscores",
        );
    }
    let names = map
        .entries
        .iter()
        .map(|(name, entry)| (Arc::clone(name), values::inherit(&given.origin, &entry.value)))
        .collect();
    let scope = Scope::template(names, depth + 1);
    let value = call.evaluator.eval_template(template, &scope, place);
    if value.is_null() { call.invalid("the template makes null") } else { value }
}

/// Whether a template may refer to a variable of this name.
fn is_name(name: &str) -> bool {
    name.starts_with(char::is_alphabetic)
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}
