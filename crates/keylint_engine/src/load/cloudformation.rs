//! Templates: one project for all of them, so that one which another nests is checked through it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_cloudformation::{Evaluated, Given, ParsedFile, Project};
use keylint_model::{FrontEnd, Problem};
use keylint_source::Sources;
use keylint_syntax::classify::parse;

use super::{Loaded, LoadedStack, Noted};
use crate::callers;
use crate::caught::catch;
use crate::inputs::Inputs;
use crate::parallel;
use crate::problem;
use crate::report::RunError;
use crate::scope::Scope;
use crate::settings::Settings;
use crate::suppress::Tree;

/// The values of the parameter files that were asked for.
pub(super) fn given(
    sources: &Sources,
    settings: &Settings,
    inputs: &mut Inputs,
    loaded: &mut Loaded,
) -> Given {
    let mut given = Given::default();
    for path in &settings.parameters {
        let file = match sources.load(&sources.absolute(path)) {
            Ok(file) => file,
            Err(error) => {
                let path = path.display().to_string();
                inputs.errors.push(RunError { path, message: error.to_string() });
                continue;
            }
        };
        // What is wrong with it is told, whatever else was asked for.
        inputs.scope.files.insert(file.path().to_owned());
        let content = parse(&file);
        loaded.problems.extend(content.errors.iter().cloned().map(Problem::from));
        if let Some(root) = content.documents.first() {
            loaded.problems.extend(given.add(root));
        }
    }
    given
}

/// Evaluates templates to stacks.
pub(super) fn load(
    sources: &Sources,
    scope: &Scope,
    templates: Vec<ParsedFile>,
    given: Given,
    loaded: &mut Loaded,
) {
    let Some(first) = templates.first().map(|file| file.source.id()) else { return };
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
    let project = match catch(|| Project::new(sources, templates, may_read, may_show)) {
        Ok(project) => project,
        Err(place) => {
            return loaded.problems.push(problem::internal_error(first, "reading templates", &place));
        }
    };
    let (project, undeclared) = project.with_parameters(given);
    loaded.problems.extend(undeclared);
    loaded.secrets.extend(project.secrets());
    for file in project.included() {
        let tree = Tree::Yaml(&file.content.documents);
        loaded.add_file(
            &file.source,
            "cloudformation",
            Noted::of(&file.source, &file.content.comments, tree),
        );
        loaded.problems.extend(file.content.errors.iter().cloned().map(Problem::from));
    }
    // A policy that a template includes is a part of it, and judged there.
    let included: BTreeSet<_> = project.included().map(|file| file.source.id()).collect();
    loaded.stacks.retain(|one| one.stack.front_end != FrontEnd::Policy || !included.contains(&one.file));
    let mut left = project.paths();
    while !left.is_empty() {
        let roots = project.roots(&left);
        for root in &roots {
            left.remove(root);
        }
        let evaluated = parallel::map(&roots, |root| catch(|| project.evaluate(root)));
        for (root, evaluated) in roots.iter().zip(evaluated) {
            let Some(file) = project.source(root).map(|source| source.id()) else { continue };
            match evaluated {
                Ok(Some(Evaluated { stack, templates })) => {
                    left.retain(|path| !templates.contains(path));
                    loaded.stacks.push(LoadedStack { stack, file, environment: None });
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
