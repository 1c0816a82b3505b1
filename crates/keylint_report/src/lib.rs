//! Every output format, from a [`Report`] alone.
//!
//! A report holds no secret: its files are masked and its messages are made of names. A format
//! therefore cannot leak, whatever it prints.

mod concise;
mod full;
mod github;
mod json;
mod line_hash;
mod sarif;
mod summary;

use std::borrow::Cow;
use std::io::{self, Write};
use std::str::FromStr;
use std::sync::Arc;

use keylint_engine::Report;
use keylint_rules::{Confidence, Finding, RuleId, Severity};
use keylint_source::{Position, Span};

pub use summary::coverage_line;

/// The output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Excerpts with labels, for people.
    Full,
    /// One line for each finding.
    Concise,
    /// The JSON contract, version 1.
    Json,
    /// SARIF 2.1.0 as GitHub code scanning takes it.
    Sarif,
    /// GitHub workflow commands, which show as annotations of a pull request.
    Github,
}

impl Format {
    /// All formats with their names.
    pub const ALL: [(Format, &'static str); 5] = [
        (Format::Full, "full"),
        (Format::Concise, "concise"),
        (Format::Json, "json"),
        (Format::Sarif, "sarif"),
        (Format::Github, "github"),
    ];

    /// The name used on the command line.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(format, _)| *format == self).map_or("", |(_, name)| name)
    }
}

/// A name that is no output format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an output format: full, concise, json, sarif or github")]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(format, _)| *format).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// How to write a report.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether to use terminal colours.
    pub color: bool,
    /// The width of the terminal in columns.
    pub width: usize,
    /// Whether to list what could not be decided.
    pub show_unknown: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { color: false, width: 100, show_unknown: false }
    }
}

/// What a format says about a rule apart from its findings. The same in every run of a release.
#[derive(Clone, Debug)]
pub struct RuleDoc {
    /// The code.
    pub id: RuleId,
    /// The name in words with hyphens.
    pub name: Arc<str>,
    /// The severity (the worst, where it depends on the kind).
    pub severity: Severity,
    /// How sure its findings are.
    pub confidence: Confidence,
    /// One sentence.
    pub summary: String,
    /// The whole page in Markdown.
    pub markdown: String,
    /// Where the page is published.
    pub url: String,
    /// The service and the like, for filters.
    pub tags: Vec<String>,
}

/// Writes a report in a format. `rules` are all rules of the program: SARIF describes them, and
/// every format takes the address of a rule's page from them.
///
/// # Errors
///
/// Those of the writer.
pub fn write(
    report: &Report,
    rules: &[RuleDoc],
    format: Format,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Full => full::write(report, rules, options, out),
        Format::Concise => concise::write(report, options, out),
        Format::Json => json::write(report, rules, options, out),
        Format::Sarif => sarif::write(report, rules, out),
        Format::Github => github::write(report, out),
    }
}

/// A span as people and tools see it.
struct Place<'r> {
    path: &'r str,
    start: Position,
    end: Position,
}

impl<'r> Place<'r> {
    /// The place of a span; the start of an unnamed file where the report lacks the file.
    fn of(report: &'r Report, span: Span) -> Place<'r> {
        match report.file(span) {
            Some(file) => {
                Place { path: &file.path, start: file.position(span.start), end: file.position(span.end) }
            }
            None => {
                let start = Position { line: 1, column: 1, utf16: 1 };
                Place { path: "", start, end: start }
            }
        }
    }
}

/// What a reader knows the resource of a finding by: the path of its construct in a CDK app, or
/// its address.
fn resource(finding: &Finding) -> Option<&str> {
    finding.construct.as_deref().or(finding.resource.as_ref().map(|address| address.as_str()))
}

/// A text on one line of a terminal or log: control characters, and those that change the direction of
/// what follows, are shown by their code. Names come out of files that anybody may have written, and a
/// line of its own in a log can be a command to whoever reads that.
pub fn printable(text: &str) -> Cow<'_, str> {
    let is_plain = |character: char| !is_control(character);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match is_plain(character) {
            true => shown.push(character),
            false => shown.extend(character.escape_unicode()),
        }
    }
    Cow::Owned(shown)
}

/// A path at the start of a line: one that reads like a workflow command starts with `./`.
pub fn printable_path(path: &str) -> Cow<'_, str> {
    match is_command(path) {
        true => Cow::Owned(format!("./{}", printable(path))),
        false => printable(path),
    }
}

/// Lines of which none is a workflow command, whatever names they start with.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    if !text.lines().any(is_command) {
        return Cow::Borrowed(text);
    }
    let shown = text.split_inclusive('\n').map(|line| match is_command(line) {
        true => format!("\\{}", line.trim_start()),
        false => line.to_owned(),
    });
    Cow::Owned(shown.collect())
}

/// Whether GitHub's runner takes a line for a workflow command; it skips the spaces before one.
fn is_command(line: &str) -> bool {
    let start = line.trim_start();
    start.starts_with("::") || start.starts_with("##[")
}

fn is_control(character: char) -> bool {
    let directs =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || directs
}

fn url_of(rules: &[RuleDoc], id: RuleId) -> Option<&str> {
    rules.iter().find(|rule| rule.id == id).map(|rule| rule.url.as_str())
}
