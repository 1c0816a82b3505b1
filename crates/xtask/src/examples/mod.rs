//! The examples of rule pages as tests: each is run, in every spelling that its input has.
//!
//! A reported example must be reported by its rule, a clean one must not. A policy is written once,
//! as JSON; it is put into Terraform and CloudFormation in every way that people write policies,
//! and each spelling must give the same answers on the same elements. The text block after a
//! reported example holds what keylint prints; `cargo xtask bless` writes it.

#[cfg(test)]
mod sinks;
mod spelling;
mod terraform;
mod yaml;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use keylint_engine::{PolicyChoice, Project, Report, Settings};
use keylint_report::{Format, Options};
#[cfg(test)]
use keylint_rules::Entry;
use keylint_rules::Registry;
use keylint_rules::page::{Example, Expectation, Language, Page, Target};
use keylint_source::{Memory, Sources};

/// One way to write an example down.
struct Spelling {
    /// What it is called in an error.
    name: &'static str,
    files: Vec<(&'static str, String)>,
    /// What bare policies are taken for.
    policies: Option<PolicyChoice>,
}

/// What the rule reports: per finding the statement, and the token it points at.
type Reported = Vec<(Option<usize>, String)>;

/// Checks the examples of a page; the answer is what is wrong.
#[cfg(test)]
pub(crate) fn check_page(entry: &Entry, page: &Page) -> Vec<String> {
    let mut wrong = Vec::new();
    for example in &page.examples {
        let line = entry.text().get(..example.range.start).map_or(0, |before| before.matches('\n').count());
        let place = format!("rules/{}:{line}", entry.path);
        match run(page, example) {
            Ok(output) => {
                let expected = example.output.clone().and_then(|range| entry.text().get(range));
                if example.expectation == Expectation::Reported && expected != Some(output.as_str()) {
                    let expected = expected.unwrap_or("nothing\n");
                    wrong.push(format!(
                        "{place}: the output is\n{output}not\n{expected}run `cargo xtask bless`"
                    ));
                }
            }
            Err(errors) => wrong.extend(errors.into_iter().map(|error| format!("{place}: {error}"))),
        }
    }
    wrong
}

/// Writes what keylint prints into the pages whose id starts with `prefix`. Answers what is wrong
/// with examples that do not do what they should.
#[expect(clippy::disallowed_methods, reason = "a developer's tool that writes into the repository")]
pub(crate) fn bless(root: &Path, prefix: &str) -> anyhow::Result<Vec<String>> {
    let registry = Registry::builtin();
    let mut wrong = Vec::new();
    for entry in registry.rules().iter().filter(|entry| entry.id.as_str().starts_with(prefix)) {
        let Ok(page) = registry.page(entry) else { continue };
        let mut text = entry.text().to_owned();
        // From the end, so that the places of earlier examples stay right.
        for example in
            page.examples.iter().rev().filter(|example| example.expectation == Expectation::Reported)
        {
            let output = match run(page, example) {
                Ok(output) => output,
                Err(errors) => {
                    wrong.extend(errors.into_iter().map(|error| format!("rules/{}: {error}", entry.path)));
                    continue;
                }
            };
            match &example.output {
                Some(range) => text.replace_range(range.clone(), &output),
                None => text.insert_str(example.block.end, &format!("\n```text\n{output}```\n")),
            }
        }
        let path = root.join("rules").join(&*entry.path);
        if text != entry.text() {
            std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        }
    }
    Ok(wrong)
}

/// Runs an example in every spelling. Answers what keylint prints for the first.
/// The day on which examples are checked, so that a suppression can have ended.
const TODAY: &str = "2026-01-01";

fn run(page: &Page, example: &Example) -> Result<String, Vec<String>> {
    let mut errors = Vec::new();
    let mut first: Option<(String, Reported)> = None;
    let mut fixable = None;
    for spelling in spelling::of(example) {
        let report = lint(page, &spelling);
        let name = spelling.name;
        let is_problem = page.on.contains(&Target::Problem);
        for finding in report.findings.iter().filter(|finding| finding.rule != page.id && !is_problem) {
            errors.push(format!("as {name} it has a problem: {} {}", finding.rule, finding.message));
        }
        errors
            .extend(unmended(page, &spelling, &report).into_iter().map(|error| format!("as {name} {error}")));
        let fixes = report.findings.iter().filter(|finding| finding.fix.is_some()).count();
        match fixable {
            None => fixable = Some(fixes),
            // What is put together, or has a name, may be used elsewhere.
            Some(expected) if expected != fixes && !spelling::PUT_TOGETHER.contains(&name) => {
                errors.push(format!("as {name} it has {fixes} fixes, not {expected}"));
            }
            Some(_) => {}
        }
        let reported = reported(page, &report);
        match (example.expectation, reported.is_empty()) {
            (Expectation::Reported, true) => {
                errors.push(format!("as {name} it is not reported{}", open(&report)));
            }
            (Expectation::Clean, false) => errors.push(format!("as {name} it is reported: {reported:?}")),
            _ => {}
        }
        match &first {
            None => first = Some((printed(page, report), reported)),
            Some((_, expected)) if !spelling::agree(expected, &reported) => {
                errors.push(format!("as {name} it is reported as {reported:?}, not {expected:?}"));
            }
            Some(_) => {}
        }
    }
    match first {
        Some((output, _)) if errors.is_empty() => Ok(output),
        _ => Err(errors),
    }
}

/// What is wrong with the fixes of a report: applied, they must leave a text that is read without an error
/// and in which their findings are gone. Of edits that overlap the later ones wait for another round, as
/// with whoever applies them.
fn unmended(page: &Page, spelling: &Spelling, report: &Report) -> Option<String> {
    let own = |report: &Report| report.findings.iter().filter(|finding| finding.rule == page.id).count();
    let mut files = spelling.files.clone();
    let mut left = own(report);
    let mut mended: Option<Report> = None;
    loop {
        let findings = &mended.as_ref().unwrap_or(report).findings;
        let findings = findings.iter().filter(|finding| finding.rule == page.id);
        let mut edits: Vec<_> =
            findings.flat_map(|finding| &finding.fix).flat_map(|fix| &fix.edits).collect();
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let mut end = None;
        edits.retain(|edit| {
            let is_apart = end.is_none_or(|end| end < (edit.span.file, edit.span.start));
            end = if is_apart {
                Some((edit.span.file, edit.span.end.max(edit.span.start + 1) - 1))
            } else {
                end
            };
            is_apart
        });
        if edits.is_empty() {
            return None;
        }
        let count = edits.len();
        for edit in edits.into_iter().rev() {
            let excerpt = mended.as_ref().unwrap_or(report).file(edit.span)?;
            let (_, text) = files.iter_mut().find(|(path, _)| *path == &*excerpt.path)?;
            if text.get(edit.span.range()).is_none() {
                return Some(format!("a fix is beyond the file: {:?}", edit.span));
            }
            text.replace_range(edit.span.range(), &edit.text);
        }
        let again =
            lint(page, &Spelling { name: spelling.name, files: files.clone(), policies: spelling.policies });
        if let Some(finding) = again.findings.iter().find(|finding| finding.rule != page.id) {
            return Some(format!("a fix breaks the text: {} {}\n{files:?}", finding.rule, finding.message));
        }
        left = left.saturating_sub(count);
        if own(&again) > left {
            return Some(format!("a fix does not mend the finding:\n{files:?}"));
        }
        mended = Some(again);
    }
}

fn open(report: &Report) -> String {
    let reasons = report.undecided.iter().map(|place| place.undecided.reason.to_string());
    let reasons: Vec<String> = reasons.collect();
    if reasons.is_empty() { String::new() } else { format!("; undecided: {}", reasons.join("; ")) }
}

fn lint(page: &Page, spelling: &Spelling) -> Report {
    let mut files = Memory::new();
    for (path, text) in &spelling.files {
        files.insert(format!("/example/{path}"), text.as_bytes());
    }
    let registry = Registry::builtin();
    // What does not parse, or is cut off by a limit, must not look like a clean example.
    let rules = [page.id.as_str(), "KL001", "KL002", "KL003", "KL004"];
    let mut selectors: Vec<_> = rules.iter().filter_map(|rule| registry.selector(rule).ok()).collect();
    if page.on.contains(&Target::Problem) {
        // What the program says of its input may depend on the rules that run: unused suppressions.
        selectors.extend(registry.selector("ALL"));
    }
    let settings = Settings {
        selection: registry.select(&selectors, &[]),
        policies: spelling.policies,
        threads: Some(1),
        today: TODAY.parse().ok(),
        ..Settings::default()
    };
    let sources = Arc::new(Sources::new(Arc::new(files), "/example"));
    keylint_engine::lint(&Project { paths: vec![".".into()], sources }, &settings)
}

fn reported(page: &Page, report: &Report) -> Reported {
    let findings = report.findings.iter().filter(|finding| finding.rule == page.id);
    let mut reported: Reported = findings
        .map(|finding| {
            let token = report.file(finding.span).and_then(|file| file.text.get(finding.span.range()));
            // A name has its quotes with it, which are escaped within a string.
            let token = token.unwrap_or("").trim_matches(['"', '\\']).to_owned();
            (finding.statement.as_ref().map(|statement| statement.index), token)
        })
        .collect();
    reported.sort();
    reported
}

/// What keylint prints about the rule.
fn printed(page: &Page, mut report: Report) -> String {
    report.findings.retain(|finding| finding.rule == page.id);
    let mut out = Vec::new();
    match keylint_report::write(&report, &[], Format::Concise, &Options::default(), &mut out) {
        Ok(()) => String::from_utf8_lossy(&out).into_owned(),
        Err(error) => error.to_string(),
    }
}

/// The files of an example that is no policy.
fn plain(language: Language, text: &str) -> Spelling {
    let (name, file) = match language {
        Language::Terraform => ("Terraform", "main.tf"),
        Language::Yaml => ("a YAML template", "template.yaml"),
        Language::Json | Language::Policy(_) => ("a JSON template", "template.json"),
    };
    Spelling { name, files: vec![(file, text.to_owned())], policies: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_does_what_its_page_says() {
        let registry = Registry::builtin();
        let mut wrong = Vec::new();
        for entry in registry.rules() {
            let page = registry.page(entry).unwrap();
            wrong.extend(check_page(entry, page));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
