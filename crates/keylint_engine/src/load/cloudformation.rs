//! Templates: one project for all of them, so that one which another nests is checked through it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_cloudformation::{Evaluated, Given, ParsedFile, Project};
use keylint_model::{FrontEnd, Problem};
use keylint_source::Sources;

use super::{Loaded, LoadedStack, Noted};
use crate::callers;
use crate::caught::catch;
use crate::configuration::Configurations;
use crate::inputs::Inputs;
use crate::parallel;
use crate::parameters::{self, Evaluation, ParameterFile, Planner};
use crate::problem;
use crate::report::RunError;
use crate::scope::Scope;
use crate::settings::Settings;
use crate::suppress::Tree;

/// The values of the parameter files that were asked for.
fn given(sources: &Sources, settings: &Settings, inputs: &mut Inputs, loaded: &mut Loaded) -> Given {
    let mut given = Given::default();
    for path in &settings.parameters {
        let absolute = sources.absolute(path);
        match parameters::read(sources, &absolute) {
            Ok(read) => {
                // What is wrong with it is told, whatever else was asked for.
                inputs.scope.files.insert(absolute);
                given = given.with(&read.given);
                add_file(read, loaded);
            }
            Err(message) => inputs.errors.push(RunError::new(path.display().to_string(), message)),
        }
    }
    given
}

fn add_file(read: ParameterFile, loaded: &mut Loaded) {
    note(&read.file, loaded);
    loaded.problems.extend(read.problems);
}

/// Notes a file that is a part of templates, with the suppressions in it.
fn note(file: &ParsedFile, loaded: &mut Loaded) {
    let tree = Tree::Yaml(&file.content.documents);
    let noted = Noted::of(&file.source, &file.content.comments, tree);
    loaded.add_file(&file.source, "cloudformation", noted);
}

/// Reads and evaluates templates. The answer is the names of the environments that their
/// configurations have.
pub(super) fn load(
    sources: &Sources,
    settings: &Settings,
    configurations: &Configurations<'_>,
    templates: Vec<ParsedFile>,
    inputs: &mut Inputs,
    loaded: &mut Loaded,
) -> BTreeSet<Arc<str>> {
    let given = given(sources, settings, inputs, loaded);
    let Some(first) = templates.first().map(|file| file.source.id()) else { return BTreeSet::new() };
    let project = match read(sources, &inputs.scope, templates) {
        Ok(project) => project,
        Err(place) => {
            loaded.problems.push(problem::internal_error(first, "reading templates", &place));
            return BTreeSet::new();
        }
    };
    loaded.problems.extend(project.undeclared(&given));
    loaded.secrets.extend(project.secrets(&given));
    for file in project.included() {
        note(file, loaded);
        loaded.problems.extend(file.content.errors.iter().cloned().map(Problem::from));
    }
    // A policy that a template includes is a part of it, and judged there.
    let included: BTreeSet<_> = project.included().map(|file| file.source.id()).collect();
    loaded.stacks.retain(|one| one.stack.front_end != FrontEnd::Policy || !included.contains(&one.file));
    let mut planner = Planner::new(sources, settings, configurations, &project, &given);
    evaluate(&project, &mut planner, loaded);
    loaded.secrets.extend(planner.secrets());
    inputs.hints.extend(planner.hints());
    inputs.errors.extend(planner.errors);
    for read in planner.read {
        if !read.problems.is_empty() {
            inputs.scope.files.insert(read.file.source.path().to_owned());
        }
        add_file(read, loaded);
    }
    let named = planner.named;
    parallel::discard(project);
    named
}

/// The project of all templates.
fn read(sources: &Sources, scope: &Scope, templates: Vec<ParsedFile>) -> Result<Project, String> {
    let tops: BTreeSet<PathBuf> =
        scope.files.iter().filter_map(|path| callers::top(sources, path.parent()?)).collect();
    // Not outside of what was asked for, or of the project of a file that was.
    let may_read = |path: &Path| {
        scope.has_directory(path)
            || scope.files.contains(path)
            || path.ancestors().any(|ancestor| tops.contains(ancestor))
            || scope.files.iter().any(|file| file.parent().is_some_and(|parent| path.starts_with(parent)))
    };
    let homes: BTreeSet<PathBuf> =
        templates.iter().filter_map(|file| callers::top(sources, file.source.path().parent()?)).collect();
    let may_show = |path: &Path| path.ancestors().any(|ancestor| homes.contains(ancestor));
    catch(|| Project::new(sources, templates, may_read, may_show))
}

/// The stacks of all templates that no other nests, one for each environment.
fn evaluate(project: &Project, planner: &mut Planner<'_>, loaded: &mut Loaded) {
    let mut left = project.paths();
    while !left.is_empty() {
        let roots = project.roots(&left);
        for root in &roots {
            left.remove(root);
        }
        let evaluations: Vec<Evaluation> = roots.iter().flat_map(|root| planner.evaluations(root)).collect();
        loaded.secrets.extend(evaluations.iter().flat_map(|one| project.secrets(&one.given)));
        let evaluated =
            parallel::map(&evaluations, |one| catch(|| project.evaluate(&one.template, &one.given)));
        for (one, evaluated) in evaluations.iter().zip(evaluated) {
            let Some(file) = project.source(&one.template).map(|source| source.id()) else { continue };
            match evaluated {
                Ok(Some(Evaluated { stack, templates })) => {
                    left.retain(|path| !templates.contains(path));
                    loaded.stacks.push(LoadedStack { stack, file, environment: one.environment.clone() });
                }
                Ok(None) => {}
                Err(place) => {
                    loaded.problems.push(problem::internal_error(file, "evaluating a template", &place));
                }
            }
        }
        // A template that was only read because another names it is none of its own.
        left.retain(|path| !project.is_included(path));
    }
}

/// A template as the project takes it.
pub(super) fn parsed(document: crate::documents::Document) -> ParsedFile {
    ParsedFile { source: Arc::clone(&document.file), content: document.content }
}
