//! `keylint files`: what a check would read, and as what.

use keylint_engine::{InputFile, files};
use keylint_report::printable;
use serde_json::json;

use crate::arguments::{FilesArguments, ListFormat};
use crate::exit::{Exit, failed};
use crate::{check, output};

/// Lists the files.
pub(crate) fn run(arguments: &FilesArguments) -> Exit {
    let inputs = &arguments.inputs;
    let (project, settings) = match (check::project(inputs), check::input_settings(inputs)) {
        (Ok(project), Ok(settings)) => (project, settings),
        (Err(message), _) | (_, Err(message)) => return failed(&message),
    };
    let (files, errors) = files(&project, &settings);
    let text = match arguments.output_format {
        ListFormat::Json => {
            let entry = |file: &InputFile| json!({"path": &*file.path, "kind": file.kind});
            format!("{:#}\n", serde_json::Value::from(files.iter().map(entry).collect::<Vec<_>>()))
        }
        ListFormat::Text => {
            let width = files.iter().map(|file| file.kind.len()).max().unwrap_or(0);
            files.iter().map(|file| format!("{:<width$}  {}\n", file.kind, printable(&file.path))).collect()
        }
    };
    let written = output::to_stdout(&text);
    errors.iter().map(|error| failed(&error.to_string())).max().unwrap_or(written)
}
