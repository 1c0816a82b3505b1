//! The way of a run: find, read, evaluate, check, silence, merge, report.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use keylint_model::FrontEnd;
use keylint_source::FileId;

use crate::assemble::{self, Gathered, OfEnvironment};
use crate::check;
use crate::configuration::Configurations;
use crate::inputs::{self, Inputs};
use crate::load::{self, Loaded, LoadedStack};
use crate::parallel;
use crate::report::{Report, RunError};
use crate::settings::{Project, Settings};

/// Checks a project. The one call behind the command line, the hook and the editor.
///
/// The report is the same whatever the number of threads and the order of paths. Nothing here
/// fails: what cannot be read is in the report's errors, what does not parse is a finding.
pub fn lint(project: &Project, settings: &Settings) -> Report {
    let configurations = Configurations::new(&project.sources, settings);
    let inputs = inputs::find(project, settings, &configurations);
    let errors = configurations.take_errors();
    if !errors.is_empty() {
        // What was to be checked, and how, is not known: no answer is better than another one.
        return Report::failed(errors);
    }
    let weight = inputs.weight(&project.sources);
    let report =
        parallel::install(settings.threads, weight, || run(project, settings, &configurations, inputs));
    // Those of callers were met on the way.
    let errors = configurations.take_errors();
    if errors.is_empty() { report } else { Report::failed(errors) }
}

/// A file that a run would read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputFile {
    /// Its path as output shows it.
    pub path: Arc<str>,
    /// What it would be read as: `terraform`, `cloudformation`, `policy`.
    pub kind: &'static str,
}

/// The files that [`lint`] would read as configuration, sorted by path, and what cannot be read.
pub fn files(project: &Project, settings: &Settings) -> (Vec<InputFile>, Vec<RunError>) {
    let configurations = Configurations::new(&project.sources, settings);
    let mut inputs = inputs::find(project, settings, &configurations);
    inputs.errors.extend(configurations.take_errors());
    let files = parallel::install(settings.threads, inputs.weight(&project.sources), || {
        load::files(&project.sources, settings, &configurations, &mut inputs)
    });
    (files, inputs.errors)
}

fn run(
    project: &Project,
    settings: &Settings,
    configurations: &Configurations<'_>,
    mut inputs: Inputs,
) -> Report {
    let sources = &*project.sources;
    let loaded = load::load(sources, settings, configurations, &mut inputs);
    settings.progress.add_stacks(loaded.stacks.len());
    let checked = parallel::map(&loaded.stacks, |stack| {
        let directory = sources.get(stack.file).path().parent().map(Path::to_owned).unwrap_or_default();
        let in_force = configurations.of(&directory);
        let checked = check::run(settings, in_force.selection(), &stack.stack, stack.file);
        settings.progress.stack_checked();
        checked
    });
    let mut gathered = Gathered::default();
    let Loaded { stacks, problems, suppressions, configuration, foreign, secrets, unread } = loaded;
    gathered.add_secrets(secrets);
    gathered.problems = problems;
    gathered.unread.extend(unread);
    gathered.suppressions = suppressions;
    // A policy file that a resource reads is that resource's policy, and no document of its own.
    let attached: HashSet<FileId> =
        checked.iter().flat_map(|(checked, _)| checked.attached.iter().copied()).collect();
    let is_taken =
        |one: &LoadedStack| one.stack.front_end == FrontEnd::Policy && attached.contains(&one.file);
    let taken: HashSet<FileId> = stacks.iter().filter(|one| is_taken(one)).map(|one| one.file).collect();
    gathered
        .problems
        .retain(|problem| !matches!(problem.rule, "KL001" | "KL002") || !taken.contains(&problem.span.file));
    let mut groups = stacks.into_iter().zip(checked).filter(|(one, _)| !is_taken(one)).peekable();
    while let Some((first, (checked, problems))) = groups.next() {
        let Some(environment) = first.environment else {
            gathered.add(checked);
            gathered.problems.extend(problems);
            gathered.add_stack(first.stack);
            continue;
        };
        // Stacks of one root module stand next to each other.
        let name = Arc::clone(&first.stack.name);
        let mut group = vec![OfEnvironment { environment, stack: first.stack, checked, problems }];
        while let Some((next, (checked, problems))) =
            groups.next_if(|(next, _)| next.environment.is_some() && next.stack.name == name)
        {
            let environment = next.environment.unwrap_or_default();
            group.push(OfEnvironment { environment, stack: next.stack, checked, problems });
        }
        gathered.add_environments(sources, group);
    }
    gathered.configuration = configuration;
    gathered.foreign = foreign;
    assemble::report(sources, settings, configurations, inputs, gathered)
}
