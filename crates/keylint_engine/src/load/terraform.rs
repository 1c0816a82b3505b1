//! Terraform directories: one project for all of them, so that a module which several roots call
//! is read once, and a directory that another calls is no root.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use keylint_model::{Problem, Stack};
use keylint_source::{FileId, Sources};
use keylint_syntax::hcl;
use keylint_terraform::plan::Known;
use keylint_terraform::{DirectoryId, ParsedFile, Project};

use super::{Loaded, LoadedStack, Noted};
use crate::caught::catch;
use crate::configuration::Configurations;
use crate::environments::{self, Evaluation};
use crate::inputs::Inputs;
use crate::parallel;
use crate::problem;
use crate::settings::Settings;
use crate::suppress::{self, Tree};

/// Root modules that were evaluated, to be evaluated again once it is known what a plan of one of them
/// was made with.
pub(super) struct Evaluated {
    project: Project,
    /// Each with the position of its stack.
    evaluations: Vec<(usize, Evaluation)>,
}

impl Evaluated {
    /// The stack at a position as it is with what a plan was made with.
    pub(super) fn again(&self, sources: &Sources, position: usize, known: &Arc<Known>) -> Option<Stack> {
        let (_, one) = self.evaluations.iter().find(|(at, _)| *at == position)?;
        let inputs = keylint_terraform::Inputs { known: Some(Arc::clone(known)), ..one.inputs.clone() };
        Some(self.project.evaluate_with(sources, one.root, &inputs))
    }
}

/// Reads and evaluates directories. The answer is the names of the environments that their
/// configurations have, and what was evaluated.
pub(super) fn load(
    sources: &Sources,
    settings: &Settings,
    configurations: &Configurations<'_>,
    inputs: &mut Inputs,
    loaded: &mut Loaded,
) -> (BTreeSet<Arc<str>>, Option<Evaluated>) {
    let directories: Vec<PathBuf> = inputs.terraform.iter().cloned().collect();
    let project = match catch(|| Project::load(sources, &directories)) {
        Ok(project) => project,
        Err(place) => {
            let file = any_file(sources, &directories);
            loaded.problems.push(problem::internal_error(file, "reading Terraform files", &place));
            return (BTreeSet::new(), None);
        }
    };
    let plan = environments::plan(sources, settings, configurations, &project);
    let read = plan.values.iter().filter_map(|values| values.file.as_ref());
    let files: Vec<&ParsedFile> = project.files().chain(read).collect();
    settings.progress.add_files(files.len());
    let noted = parallel::map(&files, |file| match project.is_foreign(file.source.id()) {
        // What others say in their code silences nothing of ours.
        true => Noted::default(),
        false => note(file),
    });
    for (file, noted) in files.iter().zip(noted) {
        loaded.add_file(&file.source, "terraform", noted);
        loaded.problems.extend(file.errors.iter().cloned().map(Problem::from));
    }
    loaded.problems.extend(project.problems().cloned());
    loaded.secrets.extend(project.secrets(plan.values.iter().map(|values| &**values)));
    for shadowed in project.shadowed() {
        let (shown, by) = (shadowed.file.display(), &shadowed.by);
        inputs
            .hints
            .push(format!("{shown} is not read: OpenTofu takes `{by}` instead of it, Terraform does not"));
        loaded.unread.push(shadowed.file.id());
    }
    inputs.errors.extend(plan.errors);
    inputs.hints.extend(plan.hints);
    let first = loaded.stacks.len();
    let evaluated = evaluate(sources, &project, plan.evaluations, &mut loaded.problems);
    let (evaluations, stacks): (Vec<_>, Vec<_>) = evaluated.into_iter().unzip();
    loaded.stacks.extend(stacks);
    let evaluations = evaluations.into_iter().enumerate().map(|(at, one)| (first + at, one)).collect();
    (plan.named, Some(Evaluated { project, evaluations }))
}

/// The evaluations with their stacks.
fn evaluate(
    sources: &Sources,
    project: &Project,
    evaluations: Vec<Evaluation>,
    problems: &mut Vec<Problem>,
) -> Vec<(Evaluation, LoadedStack)> {
    let file_of = |root: DirectoryId| {
        let first = project.directory(root).and_then(|directory| directory.files.first());
        first.map(|file| file.source.id())
    };
    let evaluated =
        parallel::map(&evaluations, |one| catch(|| project.evaluate_with(sources, one.root, &one.inputs)));
    let mut stacks = Vec::with_capacity(evaluated.len());
    for (one, stack) in evaluations.into_iter().zip(evaluated) {
        let Some(file) = file_of(one.root) else { continue };
        match stack {
            Ok(stack) => {
                let environment = one.environment.clone();
                stacks.push((one, LoadedStack { stack, file, environment }));
            }
            Err(place) => problems.push(problem::internal_error(file, "evaluating a root module", &place)),
        }
    }
    stacks
}

/// What the comments of a file say. Their places need its tree, which the project has not kept:
/// the few files with suppressions are parsed a second time.
fn note(file: &ParsedFile) -> Noted {
    let is_native = file.source.path().extension().is_none_or(|extension| extension != "json");
    let body = match is_native && suppress::may_have_directives(file.source.text()) {
        true => hcl::parse(&file.source).body,
        false => hcl::Body::default(),
    };
    Noted::of(&file.source, &file.comments, Tree::Hcl(&body))
}

/// A file to report a failure on that concerns them all.
fn any_file(sources: &Sources, directories: &[PathBuf]) -> FileId {
    let is_theirs = |path: &std::path::Path| {
        path.parent().is_some_and(|parent| directories.iter().any(|directory| directory == parent))
    };
    let files = sources.files();
    let first = files.iter().filter(|file| is_theirs(file.path())).min_by_key(|file| file.path());
    let directory = directories.first().cloned().unwrap_or_default();
    first.map_or_else(|| sources.insert(&directory, "").id(), |file| Arc::clone(file).id())
}
