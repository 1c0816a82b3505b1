//! Turns hcl-edit's tree into ours.
//!
//! Names and literals are taken from the text by their spans, never from hcl-edit's tree: the text
//! that it parsed may be a repaired copy. Recursion is bounded, as hcl-edit accepts 64 levels of
//! nesting and 128 operators.

use std::collections::HashMap;
use std::ops::Range;

use hcl_edit::Decorated;
use hcl_edit::expr::{self, Expression, ObjectKey, TraversalOperator};
use hcl_edit::structure::{self, Structure};
use hcl_edit::template::HeredocTemplate;
use keylint_source::Span;

use super::place::{Literals, Place};
use super::template::{self, Style};
use super::tree::{
    Attribute, BinaryOperator, Block, Body, Call, Expr, ExprKind, For, Item, Name, ObjectItem, SplatOperator,
    Template, TemplatePart, UnaryOperator,
};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::text::Text;

/// The deepest expression. Our tree has a level for each operator, `.name` and `[index]` too, and
/// whoever walks or drops it does so recursively.
const MAX_DEPTH: usize = 256;

/// Converts trees that were parsed from one piece of the text.
pub(super) struct Converter<'t> {
    pub(super) literals: Literals<'t>,
    /// Where in the text the parsed piece begins.
    base: usize,
    /// How many expressions the current one is in.
    depth: usize,
    pub(super) errors: Vec<SyntaxError>,
}

impl<'t> Converter<'t> {
    pub(super) fn new(text: &'t str, place: Place<'t>, base: usize) -> Self {
        Converter { literals: Literals { text, place }, base, depth: 0, errors: Vec::new() }
    }

    /// Where in the text a node is.
    pub(super) fn range(&self, node: &impl hcl_edit::Span) -> Range<usize> {
        let range = node.span().unwrap_or_default();
        range.start + self.base..range.end + self.base
    }

    fn span(&self, node: &impl hcl_edit::Span) -> Span {
        self.literals.place.span(self.range(node))
    }

    pub(super) fn name(&self, node: &impl hcl_edit::Span) -> Name {
        let range = self.range(node);
        Name { text: self.literals.written(&range).into(), span: self.literals.place.span(range) }
    }

    pub(super) fn body(&mut self, body: &structure::Body) -> Body {
        let items = body.iter().map(|structure| match structure {
            Structure::Attribute(attribute) => Item::Attribute(self.attribute(attribute)),
            Structure::Block(block) => Item::Block(self.block(block)),
        });
        let body = Body { items: items.collect() };
        self.report_redefined(&body);
        body
    }

    fn attribute(&mut self, attribute: &structure::Attribute) -> Attribute {
        let name = self.name(&attribute.key);
        let value = self.expression(&attribute.value);
        Attribute { span: name.span.cover(value.span), name, value }
    }

    fn block(&mut self, block: &structure::Block) -> Block {
        let name = self.name(&block.ident);
        let labels: Vec<_> = block.labels.iter().map(|label| self.label(label)).collect();
        let header = block.labels.last().map_or(name.span, |label| name.span.cover(self.span(label)));
        Block { name, labels, body: self.body(&block.body), span: self.span(block), header }
    }

    fn label(&self, label: &structure::BlockLabel) -> Name {
        let range = self.range(label);
        if !self.literals.written(&range).starts_with('"') {
            return self.name(label);
        }
        let inner = unquoted(range);
        let text = self.literals.decode(std::slice::from_ref(&inner), true);
        Name { text: text.shared().clone(), span: self.literals.place.span(inner) }
    }

    /// Reports attributes that a body sets twice. Terraform refuses them.
    pub(super) fn report_redefined(&mut self, body: &Body) {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for attribute in body.attributes() {
            let name = &attribute.name;
            match seen.get(&*name.text) {
                None => {
                    seen.insert(&name.text, name.span);
                }
                Some(first) => {
                    let message = format!("attribute `{}` is set twice", name.text);
                    let mut error = SyntaxError::new(SyntaxErrorKind::Syntax, name.span, message);
                    error.related = Some((*first, "set here before".to_owned()));
                    error.help = Some(
                        "keep one of the two: Terraform refuses an attribute that is set twice".to_owned(),
                    );
                    self.errors.push(error);
                }
            }
        }
    }

    pub(super) fn expression(&mut self, expression: &Expression) -> Expr {
        let span = self.span(expression);
        let levels = match expression {
            Expression::Traversal(traversal) => traversal.operators.len() + 1,
            _ => 1,
        };
        if self.depth + levels > MAX_DEPTH {
            let message = format!("this is nested or chained more than {MAX_DEPTH} levels deep");
            self.errors.push(SyntaxError::new(SyntaxErrorKind::Limit, span, message));
            return Expr { span, kind: ExprKind::Invalid };
        }
        self.depth += levels;
        let converted = self.expression_within_limit(expression, span);
        self.depth -= levels;
        converted
    }

    fn expression_within_limit(&mut self, expression: &Expression, span: Span) -> Expr {
        let kind = match expression {
            Expression::Null(_) => ExprKind::Null,
            Expression::Bool(value) => ExprKind::Bool(*value.value()),
            Expression::Number(_) => self.number(expression),
            Expression::String(_) => ExprKind::String(self.quoted(expression)),
            Expression::Array(array) => {
                ExprKind::List(array.iter().map(|item| self.expression(item)).collect())
            }
            Expression::Object(object) => self.object(object),
            Expression::StringTemplate(template) => self.template(template, Style::Quoted),
            Expression::HeredocTemplate(heredoc) => {
                let flush = self.literals.written(&self.range(expression)).starts_with("<<-");
                self.heredoc(expression, heredoc, flush)
            }
            Expression::Parenthesis(inner) => ExprKind::Parenthesis(Box::new(self.expression(inner.inner()))),
            Expression::Variable(name) => ExprKind::Variable(self.name(name)),
            Expression::Conditional(conditional) => ExprKind::Conditional(
                Box::new(self.expression(&conditional.cond_expr)),
                Box::new(self.expression(&conditional.true_expr)),
                Box::new(self.expression(&conditional.false_expr)),
            ),
            Expression::FuncCall(call) => self.call(call),
            Expression::Traversal(traversal) => return self.traversal(traversal, span),
            Expression::UnaryOp(operation) => {
                let operator = match operation.operator.value() {
                    expr::UnaryOperator::Neg => UnaryOperator::Negate,
                    expr::UnaryOperator::Not => UnaryOperator::Not,
                };
                ExprKind::Unary(operator, Box::new(self.expression(&operation.expr)))
            }
            Expression::BinaryOp(operation) => ExprKind::Binary(
                binary_operator(*operation.operator.value()),
                Box::new(self.expression(&operation.lhs_expr)),
                Box::new(self.expression(&operation.rhs_expr)),
            ),
            Expression::ForExpr(expression) => self.for_expression(expression),
        };
        Expr { span, kind }
    }

    /// A number. hcl-edit takes a minus sign into it; for us, as for Terraform, it is an operator.
    fn number(&self, expression: &Expression) -> ExprKind {
        let range = self.range(expression);
        let written = self.literals.written(&range);
        let Some(rest) = written.strip_prefix('-') else { return ExprKind::Number(written.into()) };
        let digits = rest.trim_start_matches(|character: char| !character.is_ascii_digit());
        let start = range.end - digits.len();
        let number =
            Expr { span: self.literals.place.span(start..range.end), kind: ExprKind::Number(digits.into()) };
        ExprKind::Unary(UnaryOperator::Negate, Box::new(number))
    }

    fn quoted(&self, node: &impl hcl_edit::Span) -> Text {
        self.literals.decode(&[unquoted(self.range(node))], true)
    }

    fn template(&mut self, template: &hcl_edit::template::Template, style: Style) -> ExprKind {
        let parts = template::parts(self, template, style);
        match <[TemplatePart; 1]>::try_from(parts) {
            Ok([TemplatePart::Literal(text)]) => ExprKind::String(text),
            Ok([part]) => ExprKind::Template(Template { parts: vec![part] }),
            Err(parts) => ExprKind::Template(Template { parts }),
        }
    }

    fn heredoc(&mut self, expression: &Expression, heredoc: &HeredocTemplate, flush: bool) -> ExprKind {
        let range = self.range(expression);
        if heredoc.template.is_empty() {
            // Nothing between the markers: the empty string stands after the first line.
            let written = self.literals.written(&range);
            let start = range.start + written.find('\n').map_or(0, |newline| newline + 1);
            return ExprKind::String(self.literals.decode(std::slice::from_ref(&(start..start)), false));
        }
        self.template(&heredoc.template, Style::Heredoc { flush })
    }

    fn object(&mut self, object: &expr::Object) -> ExprKind {
        let items: Vec<_> = object
            .iter()
            .map(|(key, value)| ObjectItem {
                key: self.object_key(key),
                value: self.expression(value.expr()),
            })
            .collect();
        self.report_duplicates(&items);
        ExprKind::Object(items)
    }

    /// A key. A bare word is a string, even where it reads `null` or `true`.
    fn object_key(&mut self, key: &ObjectKey) -> Expr {
        match key {
            ObjectKey::Ident(_)
            | ObjectKey::Expression(Expression::Null(_) | Expression::Bool(_) | Expression::Variable(_)) => {
                let range = self.range(key);
                let text = self.literals.decode(std::slice::from_ref(&range), false);
                Expr { span: self.literals.place.span(range), kind: ExprKind::String(text) }
            }
            ObjectKey::Expression(expression) => self.expression(expression),
        }
    }

    fn report_duplicates(&mut self, items: &[ObjectItem]) {
        let keys = items.iter().filter_map(|item| match &item.key.kind {
            ExprKind::String(text) => Some((text.as_str(), item.key.span)),
            ExprKind::Number(number) => Some((&**number, item.key.span)),
            _ => None,
        });
        for (key, span, first) in repeated(keys) {
            let message = format!("object key `{key}` is given twice");
            let mut error = SyntaxError::new(SyntaxErrorKind::DuplicateKey, span, message);
            error.related = Some((first, "given here before".to_owned()));
            error.help = Some("the last value counts: remove the others".to_owned());
            self.errors.push(error);
        }
    }

    fn call(&mut self, call: &expr::FuncCall) -> ExprKind {
        let last = self.name(&call.name.name);
        let name = match call.name.namespace.first() {
            None => last,
            Some(first) => {
                let parts = call.name.namespace.iter().map(|part| self.name(part).text);
                let namespace: Vec<_> = parts.collect();
                let text = format!("{}::{}", namespace.join("::"), last.text);
                Name { text: text.into(), span: self.span(first).cover(last.span) }
            }
        };
        ExprKind::Call(Call {
            name,
            arguments: call.args.iter().map(|argument| self.expression(argument)).collect(),
            expand: call.args.expand_final(),
        })
    }

    fn for_expression(&mut self, expression: &expr::ForExpr) -> ExprKind {
        ExprKind::For(Box::new(For {
            key_name: expression.intro.key_var.as_ref().map(|name| self.name(name)),
            value_name: self.name(&expression.intro.value_var),
            collection: self.expression(&expression.intro.collection_expr),
            key: expression.key_expr.as_ref().map(|key| self.expression(key)),
            value: self.expression(&expression.value_expr),
            group: expression.grouping,
            condition: expression.cond.as_ref().map(|condition| self.expression(&condition.expr)),
        }))
    }

    fn traversal(&mut self, traversal: &expr::Traversal, span: Span) -> Expr {
        let mut result = self.expression(&traversal.expr);
        let mut operators = traversal.operators.iter().peekable();
        while let Some(operator) = operators.next() {
            let mut end = self.span(operator);
            let base = Box::new(result);
            let kind = match operator.value() {
                TraversalOperator::GetAttr(name) => ExprKind::Attribute(base, self.name(name)),
                TraversalOperator::LegacyIndex(index) => ExprKind::Attribute(base, self.name(index)),
                TraversalOperator::Index(index) => ExprKind::Index(base, Box::new(self.expression(index))),
                TraversalOperator::AttrSplat(_) => {
                    let mut splat = Vec::new();
                    while let Some(operator) = operators.next_if(|operator| is_attribute(operator.value())) {
                        end = end.cover(self.span(operator));
                        splat.push(self.splat_operator(operator));
                    }
                    ExprKind::AttributeSplat(base, splat)
                }
                TraversalOperator::FullSplat(_) => {
                    let mut splat = Vec::new();
                    for operator in operators.by_ref() {
                        end = end.cover(self.span(operator));
                        splat.push(self.splat_operator(operator));
                    }
                    ExprKind::FullSplat(base, splat)
                }
            };
            result = Expr { span: Span { end: end.end, ..span }, kind };
        }
        result
    }

    fn splat_operator(&mut self, operator: &Decorated<TraversalOperator>) -> SplatOperator {
        match operator.value() {
            TraversalOperator::GetAttr(name) => SplatOperator::Attribute(self.name(name)),
            TraversalOperator::LegacyIndex(index) => SplatOperator::Attribute(self.name(index)),
            TraversalOperator::Index(index) => SplatOperator::Index(self.expression(index)),
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                SplatOperator::Splat(self.span(operator))
            }
        }
    }
}

/// The names that were there before, with the place of the first.
fn repeated<'n>(names: impl Iterator<Item = (&'n str, Span)> + Clone) -> Vec<(&'n str, Span, Span)> {
    /// Up to here comparing each with each is quicker than hashing.
    const FEW: usize = 12;
    let mut found = Vec::new();
    if names.clone().nth(FEW).is_none() {
        for (index, (name, span)) in names.clone().enumerate() {
            let first = names.clone().take(index).find(|(other, _)| *other == name);
            found.extend(first.map(|(_, first)| (name, span, first)));
        }
        return found;
    }
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for (name, span) in names {
        let first = *seen.entry(name).or_insert(span);
        if first != span {
            found.push((name, span, first));
        }
    }
    found
}

fn is_attribute(operator: &TraversalOperator) -> bool {
    matches!(operator, TraversalOperator::GetAttr(_) | TraversalOperator::LegacyIndex(_))
}

fn unquoted(range: Range<usize>) -> Range<usize> {
    let start = range.start + 1;
    start..range.end.saturating_sub(1).max(start)
}

fn binary_operator(operator: expr::BinaryOperator) -> BinaryOperator {
    match operator {
        expr::BinaryOperator::Eq => BinaryOperator::Equal,
        expr::BinaryOperator::NotEq => BinaryOperator::NotEqual,
        expr::BinaryOperator::LessEq => BinaryOperator::LessOrEqual,
        expr::BinaryOperator::GreaterEq => BinaryOperator::GreaterOrEqual,
        expr::BinaryOperator::Less => BinaryOperator::Less,
        expr::BinaryOperator::Greater => BinaryOperator::Greater,
        expr::BinaryOperator::Plus => BinaryOperator::Add,
        expr::BinaryOperator::Minus => BinaryOperator::Subtract,
        expr::BinaryOperator::Mul => BinaryOperator::Multiply,
        expr::BinaryOperator::Div => BinaryOperator::Divide,
        expr::BinaryOperator::Mod => BinaryOperator::Remainder,
        expr::BinaryOperator::And => BinaryOperator::And,
        expr::BinaryOperator::Or => BinaryOperator::Or,
    }
}
