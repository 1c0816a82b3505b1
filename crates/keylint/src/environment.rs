//! What the program takes from its surroundings: the working directory, the day, the terminal.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use keylint_engine::Date;

use crate::arguments::ColorChoice;

/// The directory that relative paths start from.
#[expect(clippy::disallowed_methods, reason = "the program knows where it runs and passes it on")]
pub(crate) fn working_directory() -> std::io::Result<PathBuf> {
    std::env::current_dir()
}

/// Today in UTC, which suppressions with an end are compared with.
pub(crate) fn today() -> Date {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Date::from_unix_seconds(now.as_secs())
}

/// Whether to use colours on a stream.
///
/// Source: <https://no-color.org>, <https://bixense.com/clicolors>.
pub(crate) fn colors(choice: ColorChoice, stream_is_terminal: bool) -> bool {
    let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR") => false,
        ColorChoice::Auto
            if variable("CLICOLOR_FORCE").is_some_and(|value| value != "0" && !value.is_empty()) =>
        {
            true
        }
        ColorChoice::Auto => {
            stream_is_terminal
                && variable("CLICOLOR").is_none_or(|value| value != "0")
                && variable("TERM").is_none_or(|value| value != "dumb")
        }
    }
}

/// Whether standard output is read by a person.
pub(crate) fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether standard error is read by a person.
pub(crate) fn stderr_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// The values that `TF_VAR_name` gives to Terraform's variables, by name. Read only when asked: in
/// a pipeline they hold secrets, which what is checked could bring out.
///
/// Source: <https://developer.hashicorp.com/terraform/language/values/variables#environment-variables>.
pub(crate) fn terraform_variables() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| {
            let name = name.to_str()?.strip_prefix("TF_VAR_")?.to_owned();
            Some((name, value.into_string().ok()?))
        })
        .collect();
    found.sort();
    found
}

/// The width to lay text out for: that of the terminal, where it says it.
pub(crate) fn width() -> usize {
    variable("COLUMNS").and_then(|columns| columns.parse().ok()).unwrap_or(100).clamp(40, 200)
}

#[expect(clippy::disallowed_methods, reason = "the program reads the environment and passes it on")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
