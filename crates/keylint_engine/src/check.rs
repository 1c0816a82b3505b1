//! Runs the rules over one stack.

use keylint_model::{Problem, Stack};
use keylint_rules::{Checked, Context, Registry, Selection, check};
use keylint_source::FileId;

use crate::caught::catch;
use crate::problem;
use crate::settings::{PolicyChoice, Settings};

/// Runs the rules of the settings over a stack.
///
/// When keylint fails in one of them, every rule is run on its own, so that only the one that
/// fails is missing, and it is reported with its name.
pub(crate) fn run(settings: &Settings, stack: &Stack, file: FileId) -> (Checked, Vec<Problem>) {
    let registry = Registry::builtin();
    let context = Context {
        policy_kind: match settings.policies {
            Some(PolicyChoice::Kind(kind)) => Some(kind),
            Some(PolicyChoice::Auto) | None => None,
        },
    };
    let run = |selection: &Selection| catch(|| check(registry, stack, selection, context));
    if let Ok(checked) = run(&settings.selection) {
        return (checked, Vec::new());
    }
    let (mut all, mut problems) = (Checked::default(), Vec::new());
    for id in settings.selection.rules() {
        let selector = registry.selector(id.as_str()).ok();
        let selection = registry.select(selector.as_slice(), &[]);
        match run(&selection) {
            Ok(checked) => {
                all.findings.extend(checked.findings);
                all.undecided.extend(checked.undecided);
                all.secret_spans = checked.secret_spans;
                all.policies = checked.policies;
            }
            Err(place) => {
                problems.push(problem::internal_error(file, &format!("checking {id}"), &place));
            }
        }
    }
    (all, problems)
}
