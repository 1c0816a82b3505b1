//! `keylint server`: the language server on the engine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_engine::{ConfigurationChoice, Project, Report, RunError, Settings, configuration, lint};
use keylint_report::RuleDoc;
use keylint_server::Linter;
use keylint_source::{Disk, Memory, Overlay, Sources};

use crate::exit::{Exit, failed};
use crate::{environment, rule};

/// The engine as the server sees it.
struct Engine {
    directory: PathBuf,
    rules: Vec<RuleDoc>,
}

impl Engine {
    /// A store of its own for each run: files change between them.
    fn sources(&self, buffers: &Memory) -> Sources {
        let file_system = Overlay { front: buffers.clone(), back: Arc::new(Disk) };
        Sources::new(Arc::new(file_system), &self.directory)
    }
}

impl Linter for Engine {
    fn lint(&self, files: &[PathBuf], buffers: &Memory) -> Report {
        let sources = self.sources(buffers);
        let settings = Settings { today: Some(environment::today()), ..Settings::default() };
        lint(&Project { paths: files.to_vec(), sources: Arc::new(sources) }, &settings)
    }

    fn configuration_errors(&self, file: &Path, buffers: &Memory) -> Vec<RunError> {
        let settings =
            Settings { configuration: ConfigurationChoice::File(file.to_owned()), ..Settings::default() };
        configuration(&self.sources(buffers), &settings, &self.directory).err().unwrap_or_default()
    }

    fn rules(&self) -> &[RuleDoc] {
        &self.rules
    }
}

/// Serves until the editor ends it.
pub(crate) fn run() -> Exit {
    let directory = match environment::working_directory() {
        Ok(directory) => directory,
        Err(error) => return failed(&format!("working directory: {error}")),
    };
    match keylint_server::run(&Engine { directory, rules: rule::documents() }) {
        Ok(()) => Exit::Clean,
        Err(error) => failed(&error.to_string()),
    }
}
