//! Sources of modules that are no plain strings.
//!
//! OpenTofu builds them of locals and variables. Which directory that may be has to be known when
//! the directories are read, before anything is evaluated: what the files of the module itself say
//! is taken. The evaluation then asks again, with the values that the module has.
//!
//! Source: <https://opentofu.org/docs/language/modules/sources/>.

use std::sync::Arc;

use keylint_syntax::hcl::{Body, Expr, ExprKind, TemplatePart};

use super::declarations::Declarations;

/// How many names a source may go through.
const DEPTH: u32 = 16;

/// Gives the calls whose source is an expression the one that the module's own files make of it.
pub(super) fn sources(declarations: &mut Declarations, inputs: &[Body]) {
    let found: Vec<_> = declarations
        .calls
        .values()
        .filter(|call| call.source.is_none())
        .filter_map(|call| {
            let expression = &call.block.body.attribute("source")?.value;
            let text = Folding { declarations, inputs }.text(expression, DEPTH)?;
            Some((Arc::clone(&call.name.text), (Arc::<str>::from(text), expression.span)))
        })
        .collect();
    for (name, source) in found {
        if let Some(call) = declarations.calls.get_mut(&name) {
            call.source = Some(source);
            call.computed = true;
        }
    }
}

struct Folding<'d> {
    declarations: &'d Declarations,
    inputs: &'d [Body],
}

impl<'d> Folding<'d> {
    fn text(&self, expression: &'d Expr, depth: u32) -> Option<String> {
        let expression = self.resolved(expression, depth)?;
        match &expression.kind {
            ExprKind::String(text) => Some(text.as_str().to_owned()),
            ExprKind::Template(template) => {
                let parts = template.parts.iter().map(|part| match part {
                    TemplatePart::Literal(text) => Some(text.as_str().to_owned()),
                    TemplatePart::Interpolation(inner) => self.text(inner, depth.checked_sub(1)?),
                    _ => None,
                });
                parts.collect()
            }
            ExprKind::Attribute(base, name) => match &base.kind {
                ExprKind::Variable(root) if (&*root.text, &*name.text) == ("path", "module") => {
                    Some(".".to_owned())
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// What an expression of names stands for; itself where it is none.
    fn resolved(&self, expression: &'d Expr, depth: u32) -> Option<&'d Expr> {
        let depth = depth.checked_sub(1)?;
        match &expression.kind {
            ExprKind::Parenthesis(inner) => self.resolved(inner, depth),
            ExprKind::Attribute(base, name) => {
                if let ExprKind::Variable(root) = &base.kind {
                    return match &*root.text {
                        "local" => self.resolved(&self.declarations.locals.get(&name.text)?.value, depth),
                        "var" => self.resolved(self.variable(&name.text)?, depth),
                        _ => Some(expression),
                    };
                }
                self.member(self.resolved(base, depth)?, &name.text, depth)
            }
            ExprKind::Index(base, key) => {
                let key = self.text(key, depth)?;
                self.member(self.resolved(base, depth)?, &key, depth)
            }
            _ => Some(expression),
        }
    }

    fn member(&self, object: &'d Expr, name: &str, depth: u32) -> Option<&'d Expr> {
        let ExprKind::Object(items) = &object.kind else { return None };
        let is_it = |key: &Expr| matches!(&key.kind, ExprKind::String(text) if text.as_str() == name);
        let item = items.iter().rev().find(|item| is_it(&item.key))?;
        self.resolved(&item.value, depth)
    }

    fn variable(&self, name: &str) -> Option<&'d Expr> {
        let given = self.inputs.iter().rev().find_map(|body| body.attribute(name)).map(|it| &it.value);
        given.or_else(|| self.declarations.variables.get(name)?.default())
    }
}
