//! Names that nothing declares, found without evaluating anything.
//!
//! Terraform checks every reference of a module before it evaluates it, also those in arms that
//! are not taken. So does this, once for each directory and each name: a directory that is no whole
//! module, only files to be copied into one, would drown the rest otherwise.

use indexmap::IndexMap;
use keylint_model::Problem;
use keylint_source::Span;
use keylint_syntax::hcl::{
    Attribute, Block, Body, Expr, ExprKind, Item, Name, SplatOperator, Template, TemplatePart,
};

use super::declarations::{Declarations, Kind};
use crate::evaluate::{foreign_boolean, without_attribute};

/// Reports references to variables, locals, modules and resources that are not declared.
pub(super) fn references(declarations: &Declarations, problems: &mut Vec<Problem>) {
    let mut check =
        Check { declarations, missing: IndexMap::new(), malformed: Vec::new(), names: Vec::new() };
    for local in declarations.locals.values() {
        check.expression(&local.value);
    }
    for output in declarations.outputs.values() {
        check.body(&output.block.body);
    }
    for call in declarations.calls.values() {
        // `providers` maps names of providers, which are no references to values.
        for attribute in call.block.body.attributes().filter(|it| &*it.name.text != "providers") {
            check.expression(&attribute.value);
        }
    }
    for resource in &declarations.resources {
        check.body(&resource.block.body);
    }
    let validations = declarations.variables.values().flat_map(|variable| variable.block.body.blocks());
    validations.for_each(|block| check.body(&block.body));
    for block in &declarations.others {
        match &*block.name.text {
            "check" | "provider" => check.body(&block.body),
            "import" => {
                let values =
                    block.body.attributes().filter(|it| !matches!(&*it.name.text, "to" | "provider"));
                values.for_each(|attribute| check.expression(&attribute.value));
            }
            _ => {}
        }
    }
    problems.append(&mut check.malformed);
    for (name, places) in check.missing {
        let Some((first, others)) = places.split_first() else { continue };
        let problem = Problem::new("KL003", *first, format!("`{name}` is not declared in this module"));
        let shown = others.iter().take(SHOWN);
        problems.push(shown.fold(problem, |problem, place| problem.with_related(*place, "also used here")));
    }
}

/// How many more uses of a missing name are shown.
const SHOWN: usize = 4;

struct Check<'d> {
    declarations: &'d Declarations,
    /// Where each name is used that nothing declares.
    missing: IndexMap<String, Vec<Span>>,
    /// Names that are no references: booleans of other languages, types of resources alone.
    malformed: Vec<Problem>,
    /// Names that surrounding expressions introduce.
    names: Vec<std::sync::Arc<str>>,
}

impl Check<'_> {
    fn body(&mut self, body: &Body) {
        for item in &body.items {
            match item {
                // A provider is named, not referred to; lifecycle arguments name attributes.
                Item::Attribute(attribute) if &*attribute.name.text == "provider" => {}
                Item::Attribute(attribute) => self.expression(&attribute.value),
                Item::Block(block) if &*block.name.text == "lifecycle" => {
                    // What else is in it names events and actions.
                    let is_condition =
                        |it: &&Block| matches!(&*it.name.text, "precondition" | "postcondition");
                    block.body.blocks().filter(is_condition).for_each(|it| self.body(&it.body));
                }
                Item::Block(block) if &*block.name.text == "provisioner" => self.provisioner(&block.body),
                Item::Block(block) => self.block(block),
            }
        }
    }

    fn provisioner(&mut self, body: &Body) {
        // These two are words: `when = destroy`, `on_failure = continue`.
        let is_value = |it: &&Attribute| !matches!(&*it.name.text, "when" | "on_failure");
        body.attributes().filter(is_value).for_each(|it| self.expression(&it.value));
        body.blocks().for_each(|block| self.block(block));
    }

    fn block(&mut self, block: &Block) {
        if &*block.name.text != "dynamic" {
            return self.body(&block.body);
        }
        let mut iterator = block.labels.first().cloned();
        for attribute in block.body.attributes() {
            match (&*attribute.name.text, &attribute.value.kind) {
                ("iterator", ExprKind::Variable(name)) => iterator = Some(name.clone()),
                ("for_each", _) => self.expression(&attribute.value),
                _ => {}
            }
        }
        let depth = self.names.len();
        self.names.extend(iterator.map(|name| name.text));
        for attribute in block.body.attributes().filter(|it| &*it.name.text == "labels") {
            self.expression(&attribute.value);
        }
        for inner in block.body.blocks() {
            self.body(&inner.body);
        }
        self.names.truncate(depth);
    }

    /// The parser limits the depth of expressions.
    fn expression(&mut self, expression: &Expr) {
        match &expression.kind {
            ExprKind::Template(template) => self.template(template),
            ExprKind::List(elements) => elements.iter().for_each(|element| self.expression(element)),
            ExprKind::Object(items) => {
                for item in items {
                    self.expression(&item.key);
                    self.expression(&item.value);
                }
            }
            ExprKind::Variable(_) | ExprKind::Attribute(..) | ExprKind::Index(..) => {
                self.traversal(expression);
            }
            ExprKind::AttributeSplat(base, operators) | ExprKind::FullSplat(base, operators) => {
                self.expression(base);
                for operator in operators {
                    if let SplatOperator::Index(key) = operator {
                        self.expression(key);
                    }
                }
            }
            ExprKind::Call(call) => call.arguments.iter().for_each(|argument| self.expression(argument)),
            ExprKind::Conditional(a, b, c) => [a, b, c].into_iter().for_each(|inner| self.expression(inner)),
            ExprKind::Unary(_, inner) | ExprKind::Parenthesis(inner) => self.expression(inner),
            ExprKind::Binary(_, a, b) => [a, b].into_iter().for_each(|inner| self.expression(inner)),
            ExprKind::For(form) => {
                self.expression(&form.collection);
                let depth = self.names.len();
                let names = form.key_name.iter().chain([&form.value_name]);
                self.names.extend(names.map(|name| name.text.clone()));
                form.key
                    .iter()
                    .chain([&form.value])
                    .chain(&form.condition)
                    .for_each(|it| self.expression(it));
                self.names.truncate(depth);
            }
            _ => {}
        }
    }

    fn template(&mut self, template: &Template) {
        self.parts(&template.parts);
    }

    fn parts(&mut self, parts: &[TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Literal(_) => {}
                TemplatePart::Interpolation(inner) => self.expression(inner),
                TemplatePart::If { condition, then, otherwise } => {
                    self.expression(condition);
                    self.parts(then);
                    self.parts(otherwise);
                }
                TemplatePart::For { key_name, value_name, collection, body } => {
                    self.expression(collection);
                    let depth = self.names.len();
                    let names = key_name.iter().chain([value_name]);
                    self.names.extend(names.map(|name| name.text.clone()));
                    self.parts(body);
                    self.names.truncate(depth);
                }
            }
        }
    }

    /// A name with the attributes and indices after it.
    fn traversal(&mut self, expression: &Expr) {
        let mut attributes: Vec<Option<&Name>> = Vec::new();
        let mut root = expression;
        loop {
            match &root.kind {
                ExprKind::Attribute(inner, name) => {
                    attributes.push(Some(name));
                    root = inner;
                }
                ExprKind::Index(inner, key) => {
                    self.expression(key);
                    attributes.push(None);
                    root = inner;
                }
                _ => break,
            }
        }
        let ExprKind::Variable(name) = &root.kind else { return self.expression(root) };
        if self.names.contains(&name.text) {
            return;
        }
        attributes.reverse();
        let first = attributes.first().copied().flatten();
        let second = attributes.get(1).copied().flatten();
        self.reference(name, first, second, attributes.is_empty());
    }

    /// `is_alone`: nothing stands after the name, not even an index.
    fn reference(&mut self, name: &Name, first: Option<&Name>, second: Option<&Name>, is_alone: bool) {
        let declared = self.declarations;
        let (what, found) = match (&*name.text, first, second) {
            ("var", Some(first), _) => (first, declared.variables.contains_key(&first.text)),
            ("local", Some(first), _) => (first, declared.locals.contains_key(&first.text)),
            ("module", Some(first), _) => (first, declared.calls.contains_key(&first.text)),
            ("data", Some(first), Some(second)) => {
                (second, declared.resource(Kind::Data, &first.text, &second.text).is_some())
            }
            ("ephemeral", Some(first), Some(second)) => {
                (second, declared.resource(Kind::Ephemeral, &first.text, &second.text).is_some())
            }
            ("resource", Some(first), Some(second)) => {
                (second, declared.resource(Kind::Managed, &first.text, &second.text).is_some())
            }
            (
                "each" | "count" | "path" | "self" | "terraform" | "tofu" | "data" | "ephemeral" | "resource",
                ..,
            ) => return,
            (_, Some(first), _) => {
                (first, declared.resource(Kind::Managed, &name.text, &first.text).is_some())
            }
            (boolean, None, _) if foreign_boolean(boolean).is_some() => {
                let message = format!("`{boolean}` is no boolean of Terraform");
                let help = format!("write `{}`", boolean.to_ascii_lowercase());
                self.malformed.push(Problem::new("KL003", name.span, message).with_help(help));
                return;
            }
            (bare, None, _) if is_alone => {
                self.malformed.push(Problem::new("KL003", name.span, without_attribute(bare)));
                return;
            }
            _ => return,
        };
        if !found {
            let full = match &*name.text {
                "data" | "ephemeral" | "resource" => {
                    format!("{}.{}.{}", name.text, first.map(|it| &*it.text).unwrap_or_default(), what.text)
                }
                other => format!("{other}.{}", what.text),
            };
            self.missing.entry(full).or_default().push(name.span.cover(what.span));
        }
    }
}
