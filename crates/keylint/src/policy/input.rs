//! The one file that a question is about, or standard input.

use std::path::Path;
use std::sync::Arc;

use keylint_source::{Disk, SourceFile, Sources};

use crate::{check, environment};

/// The name that standard input goes by in messages.
const STANDARD_INPUT: &str = "<stdin>";

/// Reads a file, or standard input for `-`.
///
/// # Errors
///
/// One line that says which file could not be read and why.
pub(crate) fn read(path: &Path) -> Result<Arc<SourceFile>, String> {
    let directory =
        environment::working_directory().map_err(|error| format!("working directory: {error}"))?;
    let sources = Sources::new(Arc::new(Disk), directory);
    if path.as_os_str() == "-" {
        let text = String::from_utf8(check::standard_input()?)
            .map_err(|_| "standard input: the text is not UTF-8".to_owned())?;
        return Ok(sources.insert(Path::new(STANDARD_INPUT), text));
    }
    sources.load(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// `policy.json:3:14`: a place of the file as compilers write it.
pub(crate) fn place(file: &SourceFile, offset: u32) -> String {
    let position = file.position(offset);
    format!("{}:{}:{}", file.display(), position.line, position.column)
}
