//! `keylint config show`: the configuration that is in force, and where it comes from.

use std::sync::Arc;

use keylint_engine::{Configuration, Environment, Settings, configuration};
use keylint_source::{Disk, EntryKind, Sources};
use serde_json::Value;

use crate::arguments::ConfigShowArguments;
use crate::exit::{Exit, failed};
use crate::{check, environment, output};

/// Prints it as a configuration file. Values of variables are left out: they may be secret.
pub(crate) fn show(arguments: &ConfigShowArguments) -> Exit {
    let directory = match environment::working_directory() {
        Ok(directory) => directory,
        Err(error) => return failed(&format!("working directory: {error}")),
    };
    let sources = Sources::new(Arc::new(Disk), directory);
    let path = sources.absolute(&arguments.path);
    let directory = match sources.kind(&path) {
        Ok(EntryKind::Directory) => path.as_path(),
        Ok(_) => path.parent().unwrap_or(&path),
        Err(error) => return failed(&format!("{}: {error}", arguments.path.display())),
    };
    let choice = check::configuration_choice(&arguments.configuration);
    let settings = Settings { configuration: choice, ..Settings::default() };
    match configuration(&sources, &settings, directory) {
        Ok(configuration) => output::to_stdout(&written(&configuration)),
        Err(errors) => errors.iter().map(|error| failed(&error.to_string())).max().unwrap_or(Exit::Failed),
    }
}

fn written(configuration: &Configuration) -> String {
    let mut lines = Vec::new();
    lines.push(match &configuration.file {
        Some(file) => format!("# {}", file.display()),
        None => "# no keylint.toml: what holds without one".to_owned(),
    });
    let fail_on = configuration.fail_on.map_or("low", |severity| severity.name());
    lines.push(format!("select = {}", list(&configuration.select)));
    lines.push(format!("ignore = {}", list(&configuration.ignore)));
    lines.push(format!("fail-on = {}", string(fail_on)));
    lines.push(format!("exclude = {}", list(&configuration.exclude)));
    lines.push(String::new());
    lines.push("[terraform]".to_owned());
    lines.push(format!("stand-alone-modules = {}", configuration.stand_alone_modules));
    configuration.environments.iter().for_each(|environment| lines.extend(of_environment(environment)));
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

fn of_environment(environment: &Environment) -> Vec<String> {
    let mut lines = vec![String::new(), "[[environments]]".to_owned()];
    lines.push(format!("name = {}", string(&environment.name)));
    if let Some(workspace) = &environment.workspace {
        lines.push(format!("workspace = {}", string(workspace.as_str())));
    }
    for (key, files) in
        [("var-files", &environment.var_files), ("parameter-files", &environment.parameter_files)]
    {
        let files: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
        if !files.is_empty() {
            lines.push(format!("{key} = {}", list(&files)));
        }
    }
    if let Some(values) = &environment.vars {
        lines.push(names("vars", values.names().map(|(name, _)| name)));
    }
    if let Some(given) = &environment.parameters {
        lines.push(names("parameters", given.names().map(|(name, _)| name)));
    }
    lines
}

fn names<'n>(key: &str, names: impl Iterator<Item = &'n str>) -> String {
    format!("# {key}: {}", names.collect::<Vec<_>>().join(", "))
}

/// A string of TOML, whose escapes are those of JSON.
fn string(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| string(text)).collect::<Vec<_>>().join(", "))
}
