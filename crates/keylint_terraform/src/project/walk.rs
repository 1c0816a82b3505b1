//! The references in expressions, found without evaluating anything.

use std::sync::Arc;

use keylint_syntax::hcl::{Attribute, Block, Body, Expr, ExprKind, Item, Name, Template, TemplatePart};

/// Goes through expressions and tells of each name that they do not introduce themselves, with what
/// is read of it: names, and nothing for an index.
pub(super) struct Walker<F> {
    found: F,
    /// Names that surrounding expressions introduce.
    names: Vec<Arc<str>>,
}

impl<F: FnMut(&Name, &[Option<&Name>])> Walker<F> {
    /// A walker that calls `found` for each reference.
    pub(super) fn new(found: F) -> Self {
        Walker { found, names: Vec::new() }
    }
}

impl<F: FnMut(&Name, &[Option<&Name>])> Walker<F> {
    /// Goes through all expressions of a body.
    pub(super) fn body(&mut self, body: &Body) {
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

    /// Goes through the body of a provisioner.
    pub(super) fn provisioner(&mut self, body: &Body) {
        // These two are words: `when = destroy`, `on_failure = continue`.
        let is_value = |it: &&Attribute| !matches!(&*it.name.text, "when" | "on_failure");
        body.attributes().filter(is_value).for_each(|it| self.expression(&it.value));
        body.blocks().for_each(|block| self.block(block));
    }

    /// Goes through a nested block, a `dynamic` one included.
    pub(super) fn block(&mut self, block: &Block) {
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

    /// Goes through an expression. The parser limits its depth.
    pub(super) fn expression(&mut self, expression: &Expr) {
        match &expression.kind {
            ExprKind::Template(template) => self.template(template),
            ExprKind::Variable(_) | ExprKind::Attribute(..) | ExprKind::Index(..) => {
                self.traversal(expression);
            }
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
            // No other form introduces names.
            _ => expression.each_child(&mut |inner| self.expression(inner)),
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
        (self.found)(name, &attributes);
    }
}
