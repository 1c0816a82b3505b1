//! Templates: which white space stays, and what their parts are.
//!
//! hcl-edit leaves strip markers to its user and its own removal of heredoc indentation differs
//! from HashiCorp's (it counts lines of white space, and drops the `\r` of every line). So the
//! literals are taken anew from the source, by their spans, and go through the three passes of
//! HashiCorp's `parser_template.go`: strip markers trim the neighbouring literal, within its line
//! unless the string is quoted; then the indentation of `<<-` is taken from each line; then the
//! literals are joined.

use std::ops::Range;

use hcl_edit::template::{Directive, Element, ForDirective, IfDirective, Strip, Template};

use super::convert::Converter;
use super::tree::TemplatePart;

/// How a template is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Between quotes: backslashes are escapes.
    Quoted,
    /// Between `<<` or `<<-` and its marker.
    Heredoc {
        /// Whether indentation is removed.
        flush: bool,
    },
    /// A whole text, as `templatefile` reads it.
    Bare,
}

/// The parts of a template.
pub(super) fn parts(converter: &mut Converter<'_>, template: &Template, style: Style) -> Vec<TemplatePart> {
    let flush = style == Style::Heredoc { flush: true };
    let mut literals = Vec::new();
    if flush || has_strip(template) {
        let mut flat = Vec::new();
        flatten(converter, template, style, &mut flat);
        strip(converter, &mut flat, style);
        if flush {
            remove_indentation(converter, &mut flat);
        }
        for piece in flat {
            match piece {
                Flat::Literal { range, first: true } => literals.push(vec![range]),
                Flat::Literal { range, first: false } => {
                    if let Some(literal) = literals.last_mut() {
                        literal.push(range);
                    }
                }
                Flat::Mark(_) => {}
            }
        }
    }
    Builder { converter, style, rewritten: literals.into_iter() }.parts(template)
}

/// One line of a literal, or what stands between literals.
enum Flat {
    /// What is left of the line; `first` when it begins a new literal.
    Literal { range: Range<usize>, first: bool },
    /// An interpolation, or one marker of a directive.
    Mark(Strip),
}

fn has_strip(template: &Template) -> bool {
    template.iter().any(|element| match element {
        Element::Literal(_) => false,
        Element::Interpolation(interpolation) => interpolation.strip != Strip::None,
        Element::Directive(directive) => match &**directive {
            Directive::If(IfDirective { if_expr, else_expr, endif_expr, .. }) => {
                let otherwise = else_expr.as_ref();
                if_expr.strip != Strip::None
                    || endif_expr.strip != Strip::None
                    || otherwise.is_some_and(|expr| expr.strip != Strip::None || has_strip(&expr.template))
                    || has_strip(&if_expr.template)
            }
            Directive::For(ForDirective { for_expr, endfor_expr, .. }) => {
                for_expr.strip != Strip::None
                    || endfor_expr.strip != Strip::None
                    || has_strip(&for_expr.template)
            }
        },
    })
}

fn flatten(converter: &Converter<'_>, template: &Template, style: Style, flat: &mut Vec<Flat>) {
    for element in template.iter() {
        match element {
            Element::Literal(literal) => {
                let range = converter.range(literal);
                if style == Style::Quoted {
                    flat.push(Flat::Literal { range, first: true });
                    continue;
                }
                let mut start = range.start;
                for line in converter.literals.written(&range).split_inclusive('\n') {
                    let end = start + line.len();
                    flat.push(Flat::Literal { range: start..end, first: start == range.start });
                    start = end;
                }
            }
            Element::Interpolation(interpolation) => flat.push(Flat::Mark(interpolation.strip)),
            Element::Directive(directive) => match &**directive {
                Directive::If(directive) => {
                    flat.push(Flat::Mark(directive.if_expr.strip));
                    flatten(converter, &directive.if_expr.template, style, flat);
                    if let Some(otherwise) = &directive.else_expr {
                        flat.push(Flat::Mark(otherwise.strip));
                        flatten(converter, &otherwise.template, style, flat);
                    }
                    flat.push(Flat::Mark(directive.endif_expr.strip));
                }
                Directive::For(directive) => {
                    flat.push(Flat::Mark(directive.for_expr.strip));
                    flatten(converter, &directive.for_expr.template, style, flat);
                    flat.push(Flat::Mark(directive.endfor_expr.strip));
                }
            },
        }
    }
}

/// Trims the line before each `~` at the start of a marker, and the one after each at its end.
fn strip(converter: &Converter<'_>, flat: &mut [Flat], style: Style) {
    let quoted = style == Style::Quoted;
    let mut after_strip = false;
    for index in 0..flat.len() {
        let before_strip = matches!(flat.get(index + 1), Some(Flat::Mark(mark)) if mark.strip_start());
        match flat.get_mut(index) {
            Some(Flat::Literal { range, .. }) => {
                if after_strip {
                    *range = converter.literals.trim_start(range.clone(), quoted);
                }
                if before_strip {
                    *range = converter.literals.trim_end(range.clone(), quoted);
                }
                after_strip = false;
            }
            Some(Flat::Mark(mark)) => after_strip = mark.strip_end(),
            None => {}
        }
    }
}

/// Takes from each line the white space that all lines begin with. Lines of nothing but white
/// space do not count, and stay as they are.
///
/// A line whose end was trimmed away by a strip marker is joined with the next, whose indentation
/// therefore stays. It surprises, and it is what Terraform does:
/// <https://github.com/hashicorp/terraform/issues/23710>.
fn remove_indentation(converter: &Converter<'_>, flat: &mut [Flat]) {
    let mut common = usize::MAX;
    let mut line_start = true;
    let mut indented = Vec::new();
    for (index, piece) in flat.iter().enumerate() {
        let begins_line = std::mem::take(&mut line_start);
        let Flat::Literal { range, .. } = piece else {
            if begins_line {
                common = 0;
            }
            continue;
        };
        let written = converter.literals.written(range);
        if begins_line {
            let content = written.trim_start();
            if !(content.is_empty() && written.ends_with('\n')) {
                let spaces = written.strip_suffix(content).unwrap_or_default();
                common = common.min(spaces.chars().count());
                indented.push(index);
            }
        }
        line_start = written.ends_with('\n');
    }
    for index in indented {
        if let Some(Flat::Literal { range, .. }) = flat.get_mut(index) {
            let spaces = converter.literals.written(range).chars().take(common);
            range.start += spaces.map(char::len_utf8).sum::<usize>();
        }
    }
}

struct Builder<'c, 't> {
    converter: &'c mut Converter<'t>,
    style: Style,
    /// What is left of each literal in order, when anything was taken from them.
    rewritten: std::vec::IntoIter<Vec<Range<usize>>>,
}

impl Builder<'_, '_> {
    fn parts(&mut self, template: &Template) -> Vec<TemplatePart> {
        template.iter().map(|element| self.part(element)).collect()
    }

    fn part(&mut self, element: &Element) -> TemplatePart {
        match element {
            Element::Literal(literal) => {
                let ranges = self.rewritten.next().unwrap_or_else(|| vec![self.converter.range(literal)]);
                TemplatePart::Literal(self.converter.literals.decode(&ranges, self.style == Style::Quoted))
            }
            Element::Interpolation(interpolation) => {
                TemplatePart::Interpolation(self.converter.expression(&interpolation.expr))
            }
            Element::Directive(directive) => match &**directive {
                Directive::If(directive) => TemplatePart::If {
                    condition: self.converter.expression(&directive.if_expr.cond_expr),
                    then: self.parts(&directive.if_expr.template),
                    otherwise: directive
                        .else_expr
                        .as_ref()
                        .map_or_else(Vec::new, |otherwise| self.parts(&otherwise.template)),
                },
                Directive::For(ForDirective { for_expr, .. }) => TemplatePart::For {
                    key_name: for_expr.key_var.as_ref().map(|name| self.converter.name(name)),
                    value_name: self.converter.name(&for_expr.value_var),
                    collection: self.converter.expression(&for_expr.collection_expr),
                    body: self.parts(&for_expr.template),
                },
            },
        }
    }
}
