//! Excerpts with labels, for people: miette's graphical reports.
//!
//! miette prints the lines around a span and finds them by scanning the source from its start.
//! It is therefore handed masked text, through a source that looks lines up in an index.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::io::{self, Write};

use keylint_engine::{Excerpt, Report};
use keylint_model::Related;
use keylint_rules::{Finding, Severity, StatementName};
use keylint_source::Span;
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use crate::{Options, RuleDoc, is_control, printable, summary, url_of};

/// How many places with the same words are shown with their text: an argument that a module hands on to
/// another one is written in the second.
const EXCERPTS: usize = 2;

/// How many lines of a long span are shown; what is wrong is in the first of them.
const SHOWN_LINES: u32 = 6;
/// How many bytes of a long line are shown around a span, and of a long span itself: a template on
/// one line can have megabytes.
const SHOWN_BYTES: usize = 300;
/// How far from the finding, in bytes, a related place can be to share its excerpt.
const SHARED_BYTES: u32 = 2_000;
/// How many further instances of one finding are named, and how many bytes long their names may be with
/// the first one: what is said of the finding stands behind them.
const SHOWN_INSTANCES: usize = 3;
const INSTANCE_BYTES: usize = 120;
/// How many statements of one finding are named.
const SHOWN_STATEMENTS: usize = 4;
/// The escape character, which colours come with and which no source may send to a terminal.
const ESCAPE: char = '\u{1b}';
/// What stands for it in an excerpt until the colours are in: one byte as well, so that all offsets hold.
const STAND_IN: char = '\0';

pub(crate) fn write(
    report: &Report,
    rules: &[RuleDoc],
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let handler = handler(options);
    let mut seen = HashSet::new();
    for finding in &report.findings {
        let shown = Shown::of_finding(report, rules, finding, &mut seen);
        let mut text = String::new();
        if handler.render_report(&mut text, &shown).is_err() {
            text = format!("{shown}\n");
        }
        for line in text.lines() {
            writeln!(out, "{}", rendered(line.trim_end()))?;
        }
        writeln!(out)?;
    }
    if options.show_unknown {
        for line in summary::undecided_lines(report) {
            writeln!(out, "{line}")?;
        }
    }
    writeln!(out, "{}", summary::findings_line(report))
}

fn handler(options: &Options) -> GraphicalReportHandler {
    let theme = GraphicalTheme {
        characters: ThemeCharacters::unicode(),
        styles: if options.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    GraphicalReportHandler::new_themed(theme)
        .with_width(options.width)
        .with_links(options.color)
        .with_urls(options.color)
        .with_context_lines(1)
        .without_syntax_highlighting()
        .with_wrap_lines(true)
        .with_break_words(false)
}

/// A finding, or a place that belongs to it, as miette takes it.
#[derive(Debug)]
struct Shown<'r> {
    code: Option<String>,
    url: Option<String>,
    severity: miette::Severity,
    message: String,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
    source: Option<IndexedSource<'r>>,
    elsewhere: Vec<Shown<'r>>,
}

impl<'r> Shown<'r> {
    /// `seen` are the places beside findings whose text was shown before.
    fn of_finding(
        report: &'r Report,
        rules: &[RuleDoc],
        finding: &Finding,
        seen: &mut HashSet<Span>,
    ) -> Self {
        let (here, elsewhere): (Vec<&Related>, Vec<&Related>) =
            finding.related.iter().partition(|related| is_near(finding.span, related.span));
        let file = report.file(finding.span);
        let primary = LabeledSpan::new_primary_with_span(None, shown_span(file, finding.span));
        let others = here.iter().map(|related| {
            LabeledSpan::new_with_span(Some(plain(&related.message)), shown_span(file, related.span))
        });
        Shown {
            code: Some(format!("{} {} {}", finding.severity, finding.rule, finding.name)),
            url: url_of(rules, finding.rule).map(str::to_owned),
            severity: match finding.severity {
                Severity::Critical | Severity::High => miette::Severity::Error,
                Severity::Medium | Severity::Low => miette::Severity::Warning,
                Severity::Info => miette::Severity::Advice,
            },
            message: match subject(finding) {
                Some(subject) => plain(&format!("{} ({subject})", finding.message)),
                None => plain(&finding.message),
            },
            help: finding.help.as_deref().map(plain),
            labels: std::iter::once(primary).chain(others).collect(),
            source: file.map(IndexedSource::of),
            elsewhere: Shown::all_elsewhere(report, &elsewhere, seen),
        }
    }

    /// The places in other files or far away. The text is shown of a few of those with the same words, and
    /// once in a report: a module that is called ten times makes ten places of each finding in it.
    fn all_elsewhere(report: &'r Report, related: &[&Related], seen: &mut HashSet<Span>) -> Vec<Shown<'r>> {
        let mut alike: Vec<(&str, Vec<&Related>)> = Vec::new();
        for related in related {
            match alike.iter_mut().find(|(message, _)| *message == related.message) {
                Some((_, places)) => places.push(related),
                None => alike.push((&related.message, vec![related])),
            }
        }
        let mut shown = Vec::new();
        for (message, mut places) in alike {
            let before = shown.len();
            places.retain(|related| {
                let is_new = shown.len() < before + EXCERPTS && seen.insert(related.span);
                shown.extend(is_new.then(|| Shown::of_related(report, related)));
                !is_new
            });
            let word = if shown.len() > before { " also at" } else { ":" };
            let mut named = Vec::new();
            for related in places {
                match report.file(related.span) {
                    Some(file) => {
                        let position = file.position(related.span.start);
                        named.push(format!("{}:{}:{}", file.path, position.line, position.column));
                    }
                    None => shown.push(Shown::of_related(report, related)),
                }
            }
            if !named.is_empty() {
                shown.push(Shown::in_words(&format!("{message}{word} {}", named.join(", "))));
            }
        }
        shown
    }

    /// What is said without a text that shows it.
    fn in_words(message: &str) -> Self {
        Shown {
            code: None,
            url: None,
            severity: miette::Severity::Advice,
            message: plain(message),
            help: None,
            labels: Vec::new(),
            source: None,
            elsewhere: Vec::new(),
        }
    }

    fn of_related(report: &'r Report, related: &Related) -> Self {
        let file = report.file(related.span);
        Shown {
            code: None,
            url: None,
            severity: miette::Severity::Advice,
            message: plain(&related.message),
            help: None,
            labels: vec![LabeledSpan::new_primary_with_span(None, shown_span(file, related.span))],
            source: file.map(IndexedSource::of),
            elsewhere: Vec::new(),
        }
    }
}

/// A rendered line: what its excerpt has of control characters is shown by their code, as in names.
fn rendered(line: &str) -> Cow<'_, str> {
    let is_raw = |character: char| is_control(character) && character != ESCAPE && character != '\t';
    if !line.contains(is_raw) {
        return Cow::Borrowed(line);
    }
    let mut shown = String::with_capacity(line.len() + 16);
    for character in line.chars() {
        match character {
            STAND_IN => shown.extend(ESCAPE.escape_unicode()),
            raw if is_raw(raw) => shown.extend(raw.escape_unicode()),
            other => shown.push(other),
        }
    }
    Cow::Owned(shown)
}

fn plain(text: &str) -> String {
    printable(text).into_owned()
}

/// The resource and statement, as a reader names them.
fn subject(finding: &Finding) -> Option<String> {
    let named = finding.instances.first().filter(|_| finding.construct.is_none());
    let mut subject =
        named.map_or_else(|| crate::resource(finding), |address| Some(address.as_str()))?.to_owned();
    let mut more = finding.instances.get(1..).unwrap_or_default();
    for _ in 0..SHOWN_INSTANCES {
        match more.split_first() {
            Some((next, rest)) if subject.len() + next.as_str().len() <= INSTANCE_BYTES => {
                subject = format!("{subject}, {next}");
                more = rest;
            }
            _ => break,
        }
    }
    if !more.is_empty() {
        subject = format!("{subject} and {} more", more.len());
    }
    let name = |statement: &StatementName| match &statement.sid {
        Some(sid) => sid.to_string(),
        None => (statement.index + 1).to_string(),
    };
    match (finding.statements.as_slice(), &finding.statement) {
        ([], Some(statement)) => subject = format!("{subject}, statement {}", name(statement)),
        ([], None) => {}
        (all, _) => {
            let names: Vec<String> = all.iter().take(SHOWN_STATEMENTS).map(name).collect();
            subject = format!("{subject}, statements {}", names.join(", "));
            if all.len() > names.len() {
                subject = format!("{subject} and {} more", all.len() - names.len());
            }
        }
    }
    Some(subject)
}

/// Whether two places are shown in one excerpt.
fn is_near(finding: Span, related: Span) -> bool {
    finding.file == related.file && finding.start.abs_diff(related.start) <= SHARED_BYTES
}

/// The span, cut to its first lines where it is long.
fn shown_span(file: Option<&Excerpt>, span: Span) -> SourceSpan {
    let (start, mut end) = (span.start as usize, span.end as usize);
    if let Some(file) = file {
        let first = file.position(span.start).line;
        if file.position(span.end).line - first >= SHOWN_LINES {
            let line = file.lines.line_range(&file.text, first);
            end = line.map_or(end, |line| line.end.min(end));
        }
        end = file.text.floor_char_boundary(end.min(start + SHOWN_BYTES));
    }
    (start, end.saturating_sub(start)).into()
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.url.as_ref().map(|url| Box::new(url) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if self.elsewhere.is_empty() {
            return None;
        }
        Some(Box::new(self.elsewhere.iter().map(|shown| shown as &dyn Diagnostic)))
    }
}

/// A masked file whose lines are found through its index.
#[derive(Debug)]
struct IndexedSource<'r> {
    file: &'r Excerpt,
    /// The text of the file, without escape characters.
    text: Cow<'r, str>,
}

impl<'r> IndexedSource<'r> {
    fn of(file: &'r Excerpt) -> Self {
        let text = match file.text.contains(ESCAPE) {
            true => Cow::Owned(file.text.replace(ESCAPE, STAND_IN.encode_utf8(&mut [0; 1]))),
            false => Cow::Borrowed(&*file.text),
        };
        IndexedSource { file, text }
    }
}

impl SourceCode for IndexedSource<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (Excerpt { path, lines, .. }, text) = (self.file, &*self.text);
        let offset = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let start = lines.position(text, offset(span.offset()));
        let end = lines.position(text, offset(span.offset() + span.len()));
        let (first, from, to) = self.bounds(span, (start.line, before), (end.line, after))?;
        let data = text.as_bytes().get(from..to).ok_or(MietteError::OutOfBounds)?;
        // With context the excerpt starts at the start of a line; miette reads the column of the
        // span itself with a second call without context.
        let (from, data, column) = if before == 0 && after == 0 {
            let begin = span.offset();
            let data = text.as_bytes().get(begin..to.max(begin)).ok_or(MietteError::OutOfBounds)?;
            (begin, data, start.column as usize - 1)
        } else {
            (from, data, 0)
        };
        Ok(Box::new(MietteSpanContents::new_named(
            plain(path),
            data,
            (from, data.len()).into(),
            first as usize - 1,
            column,
            // The lines of this excerpt: miette joins two excerpts that overlap.
            data.split(|byte| *byte == b'\n').count(),
        )))
    }
}

impl IndexedSource<'_> {
    /// The first line of an excerpt, and the bytes where it starts and ends: whole lines, or where
    /// those are long a part around the span.
    fn bounds(
        &self,
        span: &SourceSpan,
        (start_line, before): (u32, usize),
        (end_line, after): (u32, usize),
    ) -> Result<(u32, usize, usize), MietteError> {
        let (lines, text) = (&self.file.lines, &*self.text);
        let first = start_line.saturating_sub(u32::try_from(before).unwrap_or(0)).max(1);
        let last = end_line.saturating_add(u32::try_from(after).unwrap_or(0));
        let from = lines.line_range(text, first).ok_or(MietteError::OutOfBounds)?.start;
        let to = (end_line..=last).rev().find_map(|line| lines.line_range(text, line)).map(|range| range.end);
        let to = to.ok_or(MietteError::OutOfBounds)?;
        let (span_start, span_end) = (span.offset(), span.offset() + span.len());
        let is_long = span_start.abs_diff(from).max(to.abs_diff(span_end)) > 2 * SHOWN_BYTES;
        if !is_long {
            return Ok((first, from, to));
        }
        let own = lines.line_range(text, start_line).ok_or(MietteError::OutOfBounds)?.start;
        let from = own.max(text.floor_char_boundary(span_start.saturating_sub(SHOWN_BYTES / 2)));
        let own_end = lines.line_range(text, end_line).ok_or(MietteError::OutOfBounds)?.end;
        Ok((
            start_line,
            from,
            own_end.min(text.floor_char_boundary(span_end + SHOWN_BYTES / 2)).max(span_end),
        ))
    }
}
