//! Names that nothing declares, found without evaluating anything.
//!
//! Terraform checks every reference of a module before it evaluates it, also those in arms that
//! are not taken. So does this, once for each directory and each name: a directory that is no whole
//! module, only files to be copied into one, would drown the rest otherwise.

use indexmap::IndexMap;
use keylint_model::Problem;
use keylint_source::Span;
use keylint_syntax::hcl::Name;

use super::blocks::{has_own_provider, is_own_provider};
use super::declarations::{Declarations, Kind};
use super::walk::Walker;
use crate::evaluate::{foreign_boolean, without_attribute};

/// Reports references to variables, locals, modules and resources that are not declared.
pub(super) fn references(declarations: &Declarations, problems: &mut Vec<Problem>) {
    let mut found = Check { declarations, missing: IndexMap::new(), malformed: Vec::new() };
    let mut check = Walker::new(|name: &Name, steps: &[Option<&Name>]| {
        let step = |position: usize| steps.get(position).copied().flatten();
        found.reference(name, step(0), step(1), steps.is_empty());
    });
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
            // Terraform does not look at the arguments of its own provider.
            "provider" if is_own_provider(block) && has_own_provider(declarations) => {}
            "check" | "provider" => check.body(&block.body),
            "import" => {
                let values =
                    block.body.attributes().filter(|it| !matches!(&*it.name.text, "to" | "provider"));
                values.for_each(|attribute| check.expression(&attribute.value));
            }
            _ => {}
        }
    }
    problems.append(&mut found.malformed);
    for (name, places) in found.missing {
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
}

impl Check<'_> {
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
