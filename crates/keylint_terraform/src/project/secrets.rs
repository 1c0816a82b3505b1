//! Where the values of sensitive variables are written, and what is called sensitive in place.
//!
//! What a value becomes is not asked: a conversion drops attributes or rejects the whole, and what
//! is dropped or rejected is as secret as the rest.

use keylint_source::Span;
use keylint_syntax::hcl::{Body, Expr, ExprKind, Item, TemplatePart};

use super::declarations::Declarations;
use super::directory::ModuleDirectory;

/// The places of all literals in the defaults of the variables of a directory that are sensitive
/// or ephemeral, and in what its own files give them.
pub(super) fn of(directory: &ModuleDirectory, spans: &mut Vec<Span>) {
    let secret = |name: &str| {
        directory.declarations.variables.get(name).is_some_and(|it| it.sensitive || it.ephemeral)
    };
    for variable in directory.declarations.variables.values().filter(|it| secret(&it.name.text)) {
        variable.default().into_iter().for_each(|default| literals(default, spans));
    }
    directory.inputs.iter().for_each(|body| given(body, secret, spans));
    // Few files have such a call, and going through all expressions takes time.
    if directory.files.iter().any(|file| file.source.text().contains("sensitive(")) {
        called_sensitive(&directory.declarations, spans);
    }
}

/// The places of the literals in calls of `sensitive`.
fn called_sensitive(declarations: &Declarations, spans: &mut Vec<Span>) {
    let blocks = declarations.variables.values().map(|it| &it.block);
    let blocks = blocks.chain(declarations.outputs.values().map(|it| &it.block));
    let blocks = blocks.chain(declarations.calls.values().map(|it| &it.block));
    let blocks = blocks.chain(declarations.resources.iter().map(|it| &it.block)).chain(&declarations.others);
    blocks.for_each(|block| in_body(&block.body, spans));
    declarations.locals.values().for_each(|local| in_calls(&local.value, spans));
}

fn in_body(body: &Body, spans: &mut Vec<Span>) {
    for item in &body.items {
        match item {
            Item::Attribute(attribute) => in_calls(&attribute.value, spans),
            Item::Block(block) => in_body(&block.body, spans),
        }
    }
}

fn in_calls(expression: &Expr, spans: &mut Vec<Span>) {
    match &expression.kind {
        ExprKind::Call(call) if matches!(&*call.name.text, "sensitive" | "core::sensitive") => {
            call.arguments.iter().for_each(|argument| literals(argument, spans));
        }
        _ => expression.each_child(&mut |inner| in_calls(inner, spans)),
    }
}

/// The places of the values that a file gives to the variables for which `is_secret` holds.
pub(super) fn given(body: &Body, is_secret: impl Fn(&str) -> bool, spans: &mut Vec<Span>) {
    for item in &body.items {
        if let Item::Attribute(attribute) = item
            && is_secret(&attribute.name.text)
        {
            literals(&attribute.value, spans);
        }
    }
}

/// The parser limits how deep expressions go.
fn literals(expression: &Expr, spans: &mut Vec<Span>) {
    match &expression.kind {
        ExprKind::String(text) => spans.extend(text.spans()),
        ExprKind::Number(_) => spans.push(expression.span),
        ExprKind::Template(template) => {
            in_parts(&template.parts, spans);
            expression.each_child(&mut |inner| literals(inner, spans));
        }
        // Names of attributes say what a value is, not what it is made of.
        ExprKind::Object(items) => items.iter().for_each(|item| literals(&item.value, spans)),
        _ => expression.each_child(&mut |inner| literals(inner, spans)),
    }
}

fn in_parts(parts: &[TemplatePart], spans: &mut Vec<Span>) {
    for part in parts {
        match part {
            TemplatePart::Literal(text) => spans.extend(text.spans()),
            TemplatePart::Interpolation(_) => {}
            TemplatePart::If { then, otherwise, .. } => {
                in_parts(then, spans);
                in_parts(otherwise, spans);
            }
            TemplatePart::For { body, .. } => in_parts(body, spans),
        }
    }
}
