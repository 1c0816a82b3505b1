//! A plan beside the sources that it was made of.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use keylint_model::{FrontEnd, Stack};
use keylint_source::{LoadError, SourceFile, Sources};
use keylint_syntax::classify::{FileClass, classify};
use keylint_terraform::plan::{self, Form, Fused, Planned};

use super::terraform::Evaluated;
use super::{Loaded, LoadedStack, Noted};
use crate::caught::catch;
use crate::inputs::Inputs;
use crate::problem;
use crate::report::RunError;
use crate::settings::Settings;
use crate::suppress::Tree;

/// Lays a plan over the stack of the root module that it is of. What is wrong with that is an
/// error of the run: the sources are then checked as they are.
pub(super) fn apply(
    sources: &Sources,
    settings: &Settings,
    path: &Path,
    inputs: &mut Inputs,
    (loaded, evaluated): (&mut Loaded, Option<&Evaluated>),
) {
    let shown = path.display().to_string();
    let mut fail = |message: String| inputs.errors.push(RunError::new(shown.as_str(), message));
    let file = match sources.load(path) {
        Ok(file) => file,
        Err(error) => return fail(reason(sources, &error)),
    };
    let planned = match catch(|| read(&file, loaded)) {
        Ok(Some(planned)) => planned,
        Ok(None) => {
            return fail(
                "this is no plan of Terraform: it takes what `terraform show -json` writes".to_owned(),
            );
        }
        Err(place) => {
            let problem = problem::internal_error(file.id(), "reading a plan", &place);
            return loaded.problems.push(problem);
        }
    };
    loaded.secrets.extend(planned.secrets.iter().copied());
    let (position, fused) = match catch(|| choose(sources, &planned, path, loaded)) {
        Ok(Ok(chosen)) => chosen,
        Ok(Err(message)) => return fail(message),
        Err(place) => {
            let problem = problem::internal_error(file.id(), "laying a plan over its sources", &place);
            return loaded.problems.push(problem);
        }
    };
    // With the same values the sources have the conditions decided that were decided in the plan.
    let again = || evaluated?.again(sources, position, &planned.known);
    let fused = match catch(|| again().map(|stack| plan::fuse(&stack, &planned))) {
        Ok(again) => again.filter(|again| again.matched > 0 || fused.matched == 0).unwrap_or(fused),
        Err(place) => {
            let problem =
                problem::internal_error(file.id(), "evaluating sources as they were planned", &place);
            return loaded.problems.push(problem);
        }
    };
    inputs.hints.extend(hints(&shown, &fused, planned.form));
    settings.progress.add_files(1);
    if let Some(one) = loaded.stacks.get_mut(position) {
        one.stack = fused.stack;
    }
}

/// How an archive starts, as Terraform saves a plan with `-out`.
const ARCHIVE: &str = "PK\u{3}\u{4}";

fn reason(sources: &Sources, error: &LoadError) -> String {
    match error {
        LoadError::Io(error) => error.to_string(),
        LoadError::NotUtf8 { at } if sources.get(at.file).text().starts_with(ARCHIVE) => {
            "this is a plan as Terraform saves it: give what `terraform show -json` writes of it".to_owned()
        }
        error => error.to_string(),
    }
}

/// The plan in a file; `None` when it is none.
fn read(file: &SourceFile, loaded: &mut Loaded) -> Option<Planned> {
    let classified = classify(file, false);
    let kind = match classified.class {
        FileClass::TerraformPlan => "terraform-plan",
        FileClass::TerraformState => "terraform-state",
        _ => return None,
    };
    let content = classified.parsed?;
    let noted = Noted::of(file, &content.comments, Tree::Yaml(&content.documents));
    loaded.add_file(file, kind, noted);
    loaded.problems.extend(content.errors.into_iter().map(Into::into));
    Some(plan::read(file, content.documents.first()?))
}

/// The root module that a plan is of, by its position among the stacks, with the plan laid over it.
fn choose(
    sources: &Sources,
    planned: &Planned,
    path: &Path,
    loaded: &Loaded,
) -> Result<(usize, Fused), String> {
    let directory = |one: &LoadedStack| sources.get(one.file).path().parent().map(Path::to_owned);
    let own = sources.absolute(path).parent().map(Path::to_owned);
    // Documents of Terraform have no directory: they are plans themselves.
    let is_root = |one: &LoadedStack| {
        one.stack.front_end == FrontEnd::Terraform
            && loaded.configuration.get(&one.file) == Some(&"terraform")
    };
    let roots = loaded.stacks.iter().enumerate().filter(|(_, one)| is_root(one));
    let mut candidates: Vec<(usize, Fused, Option<PathBuf>)> =
        roots.map(|(position, one)| (position, plan::fuse(&one.stack, planned), directory(one))).collect();
    if candidates.is_empty() {
        return Err(
            "there are no Terraform sources to lay it over; to check it alone, give it as a path".to_owned()
        );
    }
    let is_empty = planned.stack.resources.is_empty();
    if !is_empty {
        candidates.retain(|(_, fused, _)| fused.matched > 0);
    }
    // The most instances, then the fewest that are not accounted for, then the same directory.
    let rank = |(_, fused, directory): &(usize, Fused, Option<PathBuf>)| {
        (fused.matched, Reverse(fused.unmatched.len() + fused.unplanned.len()), *directory == own)
    };
    candidates.sort_by_key(|one| Reverse(rank(one)));
    let name = |one: Option<&(usize, Fused, Option<PathBuf>)>| -> String {
        one.map(|(_, fused, _)| fused.stack.name.to_string()).unwrap_or_default()
    };
    let best =
        candidates.first().and_then(|(position, fused, _)| Some((loaded.stacks.get(*position)?, fused)));
    if let Some((LoadedStack { environment: Some(_), .. }, fused)) = best {
        let of_root = loaded.stacks.iter().filter(|one| is_root(one) && one.stack.name == fused.stack.name);
        let names: Vec<&str> = of_root.filter_map(|one| one.environment.as_deref()).collect();
        return Err(format!("it is of one environment: name that with --env ({})", names.join(", ")));
    }
    match candidates.as_slice() {
        [] => Err(mismatch(&planned.stack)),
        [first, second, ..] if rank(first) == rank(second) => Err(format!(
            "it fits several root modules ({}, {}): give the path of the one that it is of",
            name(candidates.first()),
            name(candidates.get(1))
        )),
        _ => {
            let (position, fused, _) = candidates.swap_remove(0);
            Ok((position, fused))
        }
    }
}

fn mismatch(plan: &Stack) -> String {
    let first = plan.resources.first().map(|resource| resource.address.to_string()).unwrap_or_default();
    format!("it is of other sources than those given: they have nothing of it, not even `{first}`")
}

/// What a person should know who trusts the plan.
fn hints(path: &str, fused: &Fused, form: Form) -> Vec<String> {
    let mut hints = Vec::new();
    let mut say = |count: usize, first: Option<String>, what: &str, why: &str| {
        if let Some(first) = first {
            let plural = if count == 1 { "" } else { "s" };
            hints.push(format!("{path}: {count} {what}{plural} {why} (`{first}`)"));
        }
    };
    let name = |addresses: &[keylint_model::Address]| addresses.first().map(ToString::to_string);
    say(
        fused.unmatched.len(),
        name(&fused.unmatched),
        "resource",
        "of it not in the sources: was it made of them?",
    );
    if form == Form::Plan {
        say(
            fused.unplanned.len(),
            name(&fused.unplanned),
            "resource",
            "of the sources not in it: checked without it",
        );
    }
    say(
        fused.leaving.len(),
        name(&fused.leaving),
        "resource",
        "of the sources that it destroys or forgets: not checked",
    );
    let differing = &fused.differing;
    say(
        differing.len(),
        differing.first().cloned(),
        "attribute",
        "with another value than in the sources: the plan's is taken",
    );
    hints
}
