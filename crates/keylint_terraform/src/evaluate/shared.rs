//! Values that all instances of a block share.
//!
//! An argument that names neither `each` nor `count` is the same for each instance: it is
//! evaluated once in its module, however many instances there are. Where it reads all instances of
//! another block, evaluating it for each of its own would take time as the square of their number.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use keylint_model::Value;
use keylint_source::Span;
use keylint_syntax::hcl::{Block, Body, Expr, ExprKind, Item};

use super::memo::{Memo, Subject};
use super::{Evaluator, ModuleInstance, Scope};

/// By the place of an expression or block in the tree of its module: its value, or nothing where
/// it differs between instances.
pub(super) type SharedValues = HashMap<usize, Option<Rc<RefCell<Memo<Value>>>>>;

/// The block whose instances share values.
#[derive(Clone, Copy)]
pub(super) struct Instances<'b, 'p> {
    pub(super) module: &'b Rc<ModuleInstance<'p>>,
    /// What stands before the name of the block, its name and its header, as a cycle is named by.
    pub(super) subject: (&'static str, &'b Arc<str>, Span),
    /// Whether there is one instance only, which shares nothing.
    pub(super) is_single: bool,
    /// Whether Terraform itself reads the values: of which kind a provider reads collections only
    /// its schema says.
    pub(super) is_builtin: bool,
}

/// A part of a block that gives a value.
#[derive(Clone, Copy)]
pub(super) enum Piece<'b> {
    Argument(&'b Expr),
    Block(&'b Block),
}

impl Piece<'_> {
    /// The trees of modules live as long as the evaluation, so that a place in memory is one piece.
    fn place(self) -> usize {
        match self {
            Piece::Argument(expression) => std::ptr::from_ref(expression).addr(),
            Piece::Block(block) => std::ptr::from_ref(block).addr(),
        }
    }

    fn names_instance(self) -> bool {
        match self {
            Piece::Argument(expression) => in_expression(expression),
            Piece::Block(block) => in_body(&block.body),
        }
    }
}

impl<'p> Evaluator<'p> {
    /// The value of a piece of a block, evaluated in the scope of one of its instances where that
    /// makes a difference.
    pub(super) fn shared(
        &self,
        instances: Instances<'_, 'p>,
        piece: Piece<'_>,
        scope: &Scope<'_>,
        evaluate: impl Fn(&Scope<'_>) -> Value,
    ) -> Value {
        if instances.is_single {
            return evaluate(scope);
        }
        let module = instances.module;
        let cell = {
            let mut cells = module.shared.borrow_mut();
            let fresh = || (!piece.names_instance()).then(Rc::default);
            cells.entry(piece.place()).or_insert_with(fresh).clone()
        };
        let Some(cell) = cell else { return evaluate(scope) };
        let (prefix, name, span) = instances.subject;
        let once = || evaluate(&Scope::module(module.id));
        self.memo(&cell, Subject::new(prefix, name, span), once)
            .unwrap_or_else(|stop| self.stopped(&stop, span))
    }
}

/// Whether a value of the body is one of the instance that it is evaluated for.
fn in_body(body: &Body) -> bool {
    body.items.iter().any(|item| match item {
        Item::Attribute(attribute) => in_expression(&attribute.value),
        Item::Block(block) => in_body(&block.body),
    })
}

/// A loop variable that is called `each` counts as the instance's: that costs time, no more. The
/// parser limits the depth of expressions.
fn in_expression(expression: &Expr) -> bool {
    if let ExprKind::Variable(name) = &expression.kind {
        return matches!(&*name.text, "each" | "count" | "self");
    }
    let mut found = false;
    expression.each_child(&mut |inner| found = found || in_expression(inner));
    found
}
