//! `keylint check`.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use keylint_engine::{ConfigurationChoice, PolicyChoice, Project, Report, RunError, Settings, lint, select};
use keylint_report::{Format, Options, RuleDoc, coverage_line, printable};
use keylint_rules::{Entry, Registry};
use keylint_source::{Disk, FileSystem, MAX_FILE_BYTES, Memory, Overlay, Sources};

use crate::arguments::{CheckArguments, ConfigurationArguments, InputArguments, OutputFormat};
use crate::exit::{Exit, failed};
use crate::{environment, output, progress, rule};

/// Checks what was asked for and writes the reports.
pub(crate) fn run(arguments: &CheckArguments) -> Exit {
    let settings = match settings(arguments) {
        Ok(settings) => settings,
        Err(message) => return failed(&message),
    };
    let project = match project(&arguments.inputs) {
        Ok(project) => project,
        Err(message) => return failed(&message),
    };
    let outputs = match outputs(arguments) {
        Ok(outputs) => outputs,
        Err(message) => return failed(&message),
    };
    let shown = progress::show(&settings.progress, arguments.quiet);
    let report = lint(&project, &settings);
    drop(shown);
    // A word that nothing was found would be taken for an answer.
    if report.is_void() {
        say_lines(&error_lines(&report));
        return Exit::Failed;
    }
    let written = write(&report, arguments, &outputs);
    say(&report, arguments.quiet);
    match written {
        Ok(()) => exit_code(&report, arguments),
        Err(message) => failed(&message),
    }
}

/// What the arguments say about how to check.
fn settings(arguments: &CheckArguments) -> Result<Settings, String> {
    let selection = select(Registry::builtin(), &arguments.select, &arguments.ignore)
        .map_err(|error| error.to_string())?;
    let inputs = &arguments.inputs;
    Ok(Settings {
        selection,
        min_severity: arguments.min_severity.0,
        plan: arguments.plan.clone(),
        parameters: arguments.parameters.clone(),
        select: arguments.select.clone(),
        ignore: arguments.ignore.clone(),
        fail_on: arguments.fail_on.map(|name| name.0),
        inputs: arguments.variables.0.clone(),
        environment_inputs: match arguments.tf_var_env {
            true => environment::terraform_variables(),
            false => Vec::new(),
        },
        environments: arguments.environments.clone(),
        ..input_settings(inputs)?
    })
}

/// What the arguments say about what to read.
pub(crate) fn input_settings(inputs: &InputArguments) -> Result<Settings, String> {
    let policies = match inputs.policy_kind.as_deref() {
        None => None,
        Some("auto") => Some(PolicyChoice::Auto),
        Some(name) => Some(PolicyChoice::Kind(
            name.parse().map_err(|error: keylint_policy::UnknownKind| error.to_string())?,
        )),
    };
    Ok(Settings {
        policies,
        configuration: configuration_choice(&inputs.configuration),
        exclude: inputs.exclude.clone(),
        force_exclude: inputs.force_exclude,
        respect_gitignore: !inputs.no_respect_gitignore,
        threads: inputs.threads.map(usize::from),
        today: Some(environment::today()),
        ..Settings::default()
    })
}

/// Which configuration counts.
pub(crate) fn configuration_choice(arguments: &ConfigurationArguments) -> ConfigurationChoice {
    match &arguments.config {
        Some(path) => ConfigurationChoice::File(path.clone()),
        None if arguments.isolated => ConfigurationChoice::Isolated,
        None => ConfigurationChoice::Nearest,
    }
}

/// The paths with where their files come from; standard input is laid over the disk.
pub(crate) fn project(inputs: &InputArguments) -> Result<Project, String> {
    let directory =
        environment::working_directory().map_err(|error| format!("working directory: {error}"))?;
    let disk: Arc<dyn FileSystem> = Arc::new(Disk);
    let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
    if !inputs.paths.iter().any(is_stdin) {
        if inputs.stdin_filename.is_some() {
            return Err("--stdin-filename is only of use with the path -".to_owned());
        }
        return Ok(Project { paths: inputs.paths.clone(), sources: Arc::new(Sources::new(disk, directory)) });
    }
    let Some(name) = &inputs.stdin_filename else {
        return Err("standard input needs --stdin-filename: its ending says how to read it".to_owned());
    };
    let mut front = Memory::new();
    front.insert(directory.join(name), standard_input()?);
    let file_system = Arc::new(Overlay { front, back: disk });
    let paths =
        inputs.paths.iter().map(|path| if is_stdin(path) { name.clone() } else { path.clone() }).collect();
    Ok(Project { paths, sources: Arc::new(Sources::new(file_system, directory)) })
}

/// All of standard input, up to the size that a file may have.
pub(crate) fn standard_input() -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    // One byte more than allowed, so that the reader of the file says what is wrong.
    match io::stdin().lock().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(format!("standard input: {error}")),
    }
}

/// The reports to write, at most one of them to standard output.
fn outputs(arguments: &CheckArguments) -> Result<Vec<OutputFormat>, String> {
    let mut outputs = arguments.output_format.clone();
    let mut open = outputs.iter_mut().filter(|output| output.path.is_none());
    let first = open.next();
    if open.next().is_some() {
        return Err(
            "only one report can go to standard output: name a file for the others (FORMAT:PATH)".to_owned()
        );
    }
    match (first, &arguments.output_file) {
        (Some(output), Some(path)) => output.path = Some(path.clone()),
        (None, Some(_)) => {
            return Err("--output-file has nothing to do: every report names its file".to_owned());
        }
        (_, None) => {}
    }
    Ok(outputs)
}

fn write(report: &Report, arguments: &CheckArguments, outputs: &[OutputFormat]) -> Result<(), String> {
    for one in outputs {
        let rules = rule_documents(report, one.format);
        let terminal = one.path.is_none() && environment::stdout_is_terminal();
        let options = Options {
            color: environment::colors(arguments.color, terminal),
            width: environment::width(),
            show_unknown: arguments.show_unknown,
        };
        let write = |out: &mut dyn Write| keylint_report::write(report, &rules, one.format, &options, out);
        let (written, name) = match &one.path {
            Some(path) => (output::file_with(path, write), path.display().to_string()),
            None => (output::stdout_with(write), "standard output".to_owned()),
        };
        written.map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

/// What a format says about rules: SARIF describes them all, the others only those that speak.
fn rule_documents(report: &Report, format: Format) -> Vec<RuleDoc> {
    if format == Format::Sarif {
        return rule::documents();
    }
    let registry = Registry::builtin();
    let speaks = |entry: &&Entry| report.findings.iter().any(|finding| finding.rule == entry.id);
    registry.rules().iter().filter(speaks).map(|entry| rule::document(registry, entry)).collect()
}

/// What is said about the run on standard error. Errors are said also when quiet.
fn say(report: &Report, quiet: bool) {
    let mut lines = error_lines(report);
    if !quiet {
        lines.extend(report.hints.iter().map(|hint| format!("hint: {}", printable(hint))));
        lines.push(coverage_line(report));
    }
    say_lines(&lines);
}

fn error_lines(report: &Report) -> Vec<String> {
    let said = |error: &RunError| format!("keylint: {}", printable(&error.to_string()));
    report.errors.iter().map(said).collect()
}

fn say_lines(lines: &[String]) {
    let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    // Nobody is left to tell when standard error is closed.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn exit_code(report: &Report, arguments: &CheckArguments) -> Exit {
    let internal = |rule: &str| rule == "KL020";
    let failed = !report.errors.is_empty()
        || report.findings.iter().any(|finding| internal(finding.rule.as_str()))
        || (arguments.strict && report.coverage.files == 0);
    if failed {
        Exit::Failed
    } else if !arguments.exit_zero && report.fails {
        Exit::Findings
    } else {
        Exit::Clean
    }
}
