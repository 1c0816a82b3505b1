//! Runs the rules over one stack.

use keylint_model::{Problem, Stack};
use keylint_rules::{Checked, Context, Registry, Selection, check};
use keylint_source::FileId;

use crate::caught::catch;
use crate::problem;
use crate::settings::{PolicyChoice, Settings};

/// Runs the rules of a selection over a stack.
pub(crate) fn run(
    settings: &Settings,
    selection: &Selection,
    stack: &Stack,
    file: FileId,
) -> (Checked, Vec<Problem>) {
    let registry = Registry::builtin();
    let context = Context {
        policy_kind: match settings.policies {
            Some(PolicyChoice::Kind(kind)) => Some(kind),
            Some(PolicyChoice::Auto) | None => None,
        },
    };
    isolating(selection, file, |selection| check(registry, stack, selection, context))
}

/// Runs a check. When keylint fails in it, every rule is run on its own, so that only the one
/// that fails is missing, and it is reported by name.
fn isolating(
    selection: &Selection,
    file: FileId,
    check: impl Fn(&Selection) -> Checked,
) -> (Checked, Vec<Problem>) {
    if let Ok(checked) = catch(|| check(selection)) {
        return (checked, Vec::new());
    }
    let registry = Registry::builtin();
    let (mut all, mut problems) = (Checked::default(), Vec::new());
    for id in selection.rules() {
        let selector = registry.selector(id.as_str()).ok();
        let single = registry.select(selector.as_slice(), &[]);
        match catch(|| check(&single)) {
            Ok(checked) => {
                all.findings.extend(checked.findings);
                all.undecided.extend(checked.undecided);
                all.secret_spans = checked.secret_spans;
                all.policies = checked.policies;
                all.attached = checked.attached;
            }
            Err(place) => problems.push(problem::internal_error(file, &format!("checking {id}"), &place)),
        }
    }
    (all, problems)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use keylint_source::{Memory, Sources, Span};

    use super::*;
    use crate::caught::install_panic_hook;

    #[test]
    fn a_rule_that_fails_is_reported_by_name_and_the_others_still_run() {
        install_panic_hook();
        let sources = Sources::new(Arc::new(Memory::new()), "/");
        let file = sources.insert(Path::new("main.tf"), "").id();
        let registry = Registry::builtin();
        let selectors = ["SM001", "SM004", "KMS001"].map(|id| registry.selector(id).unwrap());
        let check = |selection: &Selection| {
            assert!(!selection.contains_id("SM004"), "a secret value");
            let span = Span::new(file, 0, 0);
            Checked { secret_spans: vec![span; selection.rules().len()], ..Checked::default() }
        };
        let (checked, problems) = isolating(&registry.select(&selectors, &[]), file, check);
        assert_eq!(checked.secret_spans.len(), 1);
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        assert_eq!((problem.rule, problem.span.file), ("KL020", file));
        assert!(problem.message.starts_with("keylint failed while checking SM004 ("), "{}", problem.message);
        assert!(!problem.message.contains("secret"), "{}", problem.message);
    }
}
