//! Checks the spans of a whole tree: each lies within that of its parent, and every character of
//! every decoded text points at what it was written as.

use keylint_source::{SourceFile, Span};
use keylint_syntax::Text;
use keylint_syntax::hcl::{Body, Expr, ExprKind, Item, Name, SplatOperator, TemplatePart};

/// Panics when a span is wrong.
pub(crate) fn check(file: &SourceFile, body: &Body) {
    Checker { file }.body(body, file.span());
}

struct Checker<'f> {
    file: &'f SourceFile,
}

impl Checker<'_> {
    fn within(&self, span: Span, outer: Span) {
        let inside = outer.contains(span) && !span.is_empty();
        assert!(inside, "{:?} {:?} is not within {:?}", span.range(), self.file.slice(span), outer.range());
    }

    fn name(&self, name: &Name, outer: Span) {
        if !name.text.is_empty() {
            self.within(name.span, outer);
        }
        let written = self.file.slice(name.span);
        let plain = !written.contains('\\') && !written.contains("::") && !written.contains("{");
        assert!(!plain || written == &*name.text, "{:?} is written {written:?}", name.text);
    }

    fn text(&self, text: &Text, outer: Span) {
        let whole = text.span().expect("a text of a file has a place");
        assert!(outer.contains(whole), "{:?} is not within {:?}", whole.range(), outer.range());
        for (index, character) in text.char_indices() {
            let span = text.span_of(index..index + character.len_utf8()).unwrap();
            let written = self.file.slice(span);
            let escape = written.starts_with('\\') || written == "$${" || written == "%%{";
            let exact = written.chars().eq([character]);
            assert!(exact || escape, "{character:?} of {:?} is written {written:?}", text.as_str());
            self.within(span, outer);
        }
    }

    fn body(&self, body: &Body, outer: Span) {
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => {
                    self.within(attribute.span, outer);
                    self.name(&attribute.name, attribute.span);
                    self.expr(&attribute.value, attribute.span);
                }
                Item::Block(block) => {
                    self.within(block.span, outer);
                    self.within(block.header, block.span);
                    self.name(&block.name, block.header);
                    block.labels.iter().for_each(|label| self.name(label, block.header));
                    self.body(&block.body, block.span);
                }
            }
        }
    }

    fn expr(&self, expr: &Expr, outer: Span) {
        let span = expr.span;
        if matches!(expr.kind, ExprKind::Invalid) {
            // Nothing at all may be written after the equals sign.
            assert!(outer.contains(span), "{:?} is not within {:?}", span.range(), outer.range());
            return;
        }
        self.within(span, outer);
        match &expr.kind {
            ExprKind::Null => assert_eq!(self.file.slice(span), "null"),
            ExprKind::Bool(value) => assert_eq!(self.file.slice(span), value.to_string()),
            ExprKind::Number(number) => assert_eq!(self.file.slice(span), &**number),
            ExprKind::Variable(name) => assert_eq!(self.file.slice(span), &*name.text),
            ExprKind::Invalid => {}
            ExprKind::String(text) => self.text(text, span),
            ExprKind::Template(template) => self.parts(&template.parts, span),
            ExprKind::List(items) => items.iter().for_each(|item| self.expr(item, span)),
            ExprKind::Object(items) => {
                for item in items {
                    self.expr(&item.key, span);
                    self.expr(&item.value, span);
                }
            }
            ExprKind::Attribute(base, name) => {
                self.expr(base, span);
                self.name(name, span);
            }
            ExprKind::AttributeSplat(base, operators) | ExprKind::FullSplat(base, operators) => {
                self.expr(base, span);
                operators.iter().for_each(|operator| self.splat(operator, span));
            }
            ExprKind::Call(call) => {
                self.name(&call.name, span);
                call.arguments.iter().for_each(|argument| self.expr(argument, span));
            }
            ExprKind::Unary(_, inner) | ExprKind::Parenthesis(inner) => self.expr(inner, span),
            ExprKind::Index(left, right) | ExprKind::Binary(_, left, right) => {
                self.expr(left, span);
                self.expr(right, span);
            }
            ExprKind::Conditional(condition, then, otherwise) => {
                [condition, then, otherwise].into_iter().for_each(|part| self.expr(part, span));
            }
            ExprKind::For(parts) => {
                let names = parts.key_name.iter().chain([&parts.value_name]);
                names.for_each(|name| self.name(name, span));
                let parts = [
                    Some(&parts.collection),
                    parts.key.as_ref(),
                    Some(&parts.value),
                    parts.condition.as_ref(),
                ];
                parts.into_iter().flatten().for_each(|part| self.expr(part, span));
            }
        }
    }

    fn splat(&self, operator: &SplatOperator, outer: Span) {
        match operator {
            SplatOperator::Attribute(name) => self.name(name, outer),
            SplatOperator::Index(key) => self.expr(key, outer),
            SplatOperator::Splat(span) => self.within(*span, outer),
        }
    }

    fn parts(&self, parts: &[TemplatePart], outer: Span) {
        for part in parts {
            match part {
                TemplatePart::Literal(text) => self.text(text, outer),
                TemplatePart::Interpolation(expression) => self.expr(expression, outer),
                TemplatePart::If { condition, then, otherwise } => {
                    self.expr(condition, outer);
                    self.parts(then, outer);
                    self.parts(otherwise, outer);
                }
                TemplatePart::For { key_name, value_name, collection, body } => {
                    key_name.iter().chain([value_name]).for_each(|name| self.name(name, outer));
                    self.expr(collection, outer);
                    self.parts(body, outer);
                }
            }
        }
    }
}
