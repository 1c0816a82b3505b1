//! Checks what a kind says of others, and its conditions.

use std::sync::Arc;

use super::{AttributeType, Kind, Kinds};
use crate::cel;
use crate::page::Target;
use crate::rule::variables;
use crate::types::{Type, ViewType};

/// Names of kinds and attributes that do not exist.
pub(super) fn references(kinds: &Kinds, kind: &Kind, errors: &mut Vec<String>) {
    for (path, attribute) in kind.all_attributes() {
        if let AttributeType::Reference(other) = &attribute.ty
            && kinds.get(other).is_none()
        {
            errors.push(format!(
                "`{}{}` points at `{other}`, which is no kind",
                path.join("."),
                attribute.name
            ));
        }
    }
    for (name, companion) in &kind.companions {
        for other in &companion.kinds {
            match kinds.get(other).map(|other| other.attributes.get(&companion.by)) {
                None => errors.push(format!("the companion `{name}` is of `{other}`, which is no kind")),
                Some(Some(by)) if matches!(by.ty, AttributeType::Reference(_)) => {}
                Some(_) => {
                    errors.push(format!(
                        "`{other}` has no reference `{}` for the companion `{name}`",
                        companion.by
                    ));
                }
            }
        }
    }
}

/// Conditions that do not compile.
pub(super) fn conditions(kinds: &Kinds, kind: &Kind, errors: &mut Vec<String>) {
    let key = Type::View(ViewType::Reference("kms.key".into()));
    for store in &kind.encryption {
        let target = match &store.each {
            Some(list) => Target::Item(Arc::clone(&kind.name), Arc::clone(list)),
            None => Target::Kind(Arc::clone(&kind.name)),
        };
        let Some(variables) = variables(&target, kinds) else { continue };
        let typed = [
            (Some(&store.encrypted), Some(&Type::Bool)),
            (store.when.as_ref(), Some(&Type::Bool)),
            (store.key.as_ref(), Some(&key)),
            (store.at.as_ref(), None),
        ];
        for (text, ty) in typed {
            let Some(text) = text else { continue };
            let compiled = match ty {
                Some(ty) => cel::compile_as(ty, text, &variables, kinds),
                None => cel::compile(text, &variables, kinds),
            };
            errors.extend(compiled.err().map(|error| format!("`{}`: {error}", text.as_str())));
        }
    }
    let Some(variables) = variables(&Target::Kind(Arc::clone(&kind.name)), kinds) else { return };
    for (_, attribute) in kind.all_attributes() {
        let choices = match &attribute.ty {
            AttributeType::Policy(choices) => &**choices,
            _ => &[],
        };
        let own = attribute.when.as_ref().map(|when| &when.text);
        for when in choices.iter().filter_map(|choice| choice.when.as_ref()).chain(own) {
            let compiled = cel::compile_as(&Type::Bool, when, &variables, kinds);
            errors.extend(compiled.err().map(|error| format!("`{}`: {error}", when.as_str())));
        }
    }
}
