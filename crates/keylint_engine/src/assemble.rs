//! Makes a report of what the parts of a run have gathered.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use keylint_model::{CallSite, Mode, Problem, Stack};
use keylint_rules::{Checked, Finding, Undecided};
use keylint_source::{FileId, LineIndex, Sources, Span};

use crate::inputs::Inputs;
use crate::mask::{Copies, mask};
use crate::merge::merge;
use crate::parallel;
use crate::problem;
use crate::redact;
use crate::report::{Coverage, Excerpt, MissingModule, Report, UndecidedPlace};
use crate::scope::InScope;
use crate::selection::INTERNAL_ERROR;
use crate::settings::Settings;
use crate::suppress::{self, ForeignComments, Suppressions};

/// What the parts of a run have found, before anything is dropped, silenced or put in order.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) findings: Vec<Finding>,
    pub(crate) undecided: Vec<Undecided>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) suppressions: Suppressions,
    pub(crate) foreign: HashMap<FileId, ForeignComments>,
    /// The files that were read as configuration, with what they were read as.
    pub(crate) configuration: BTreeMap<FileId, &'static str>,
    secrets: HashMap<FileId, Vec<Range<usize>>>,
    /// Where each resource is written and called.
    resources: Vec<Vec<Span>>,
    /// Where each policy is given.
    policies: Vec<Span>,
    missing_modules: Vec<CallSite>,
}

impl Gathered {
    pub(crate) fn add(&mut self, checked: Checked) {
        self.findings.extend(checked.findings);
        self.undecided.extend(checked.undecided);
        self.policies.extend(checked.policies);
        self.add_secrets(checked.secret_spans);
    }

    /// Adds places that must not be shown.
    pub(crate) fn add_secrets(&mut self, spans: Vec<Span>) {
        for span in spans {
            self.secrets.entry(span.file).or_default().push(span.range());
        }
    }

    pub(crate) fn add_stack(&mut self, stack: Stack) {
        self.problems.extend(stack.problems);
        self.missing_modules.extend(stack.missing_modules);
        let real =
            stack.resources.iter().filter(|resource| matches!(resource.mode, Mode::Managed | Mode::Data));
        let places =
            real.map(|resource| resource.calls.iter().map(|call| call.span).chain([resource.span]).collect());
        self.resources.extend(places);
    }
}

/// Silences, drops, merges and orders, and adds what a reader needs of the files.
pub(crate) fn report(
    sources: &Sources,
    settings: &Settings,
    inputs: Inputs,
    mut gathered: Gathered,
) -> Report {
    let scope = inputs.scope.resolve(sources);
    let problems = std::mem::take(&mut gathered.problems);
    let unparsed = unparsed(&problems, &scope);
    gathered.findings.extend(problems.into_iter().filter_map(|problem| problem::finding(problem, sources)));
    let is_active = |finding: &Finding| {
        settings.selection.contains(finding.rule) || finding.rule.as_str() == INTERNAL_ERROR
    };
    gathered.findings.retain(is_active);

    let (mut findings, silenced) =
        gathered.suppressions.apply(std::mem::take(&mut gathered.findings), settings.today);
    findings.extend(unused_suppressions(sources, settings, &gathered, &scope, &unparsed));
    let is_shown = |finding: &Finding| scope.finding(finding) && finding.severity >= settings.min_severity;
    findings.retain(is_shown);
    let path = |file| Arc::clone(sources.get(file).display());
    let mut findings = merge(findings, path);
    findings.iter_mut().for_each(redact::finding);
    let suppressed = merge(silenced.into_iter().filter(|finding| is_shown(finding)).collect(), path).len();

    let mut undecided = undecided(sources, std::mem::take(&mut gathered.undecided), &scope);
    undecided.iter_mut().for_each(redact::undecided);
    let missing_modules = missing_modules(sources, std::mem::take(&mut gathered.missing_modules), &scope);
    let coverage = Coverage {
        files: gathered.configuration.keys().filter(|file| scope.file(**file)).count(),
        resources: gathered.resources.iter().filter(|places| scope.any(places.iter().copied())).count(),
        policies: gathered.policies.iter().filter(|place| scope.file(place.file)).count(),
        undecided: undecided.len(),
        missing_modules: missing_modules.len(),
        unparsed: unparsed.iter().map(|file| path(*file)).collect::<BTreeSet<_>>().into_iter().collect(),
        suppressed,
    };
    let files = excerpts(sources, &findings, &gathered.secrets);
    let mut hints = inputs.hints;
    let mut foreign = ForeignComments::default();
    gathered.foreign.iter().filter(|(file, _)| scope.file(**file)).for_each(|(_, count)| foreign.add(*count));
    hints.extend(suppress::hint(foreign));
    Report { findings, undecided, missing_modules, coverage, errors: inputs.errors, hints, files }
}

/// The files of which something could not be read.
fn unparsed(problems: &[Problem], scope: &InScope) -> HashSet<FileId> {
    let unread = problems.iter().filter(|problem| matches!(problem.rule, "KL001" | "KL004"));
    unread.map(|problem| problem.span.file).filter(|file| scope.file(*file)).collect()
}

/// Suppressions that silence nothing, in files that were asked for and read as a whole.
fn unused_suppressions(
    sources: &Sources,
    settings: &Settings,
    gathered: &Gathered,
    scope: &InScope,
    unparsed: &HashSet<FileId>,
) -> Vec<Finding> {
    let undecided: Vec<_> = gathered.undecided.iter().map(|one| (one.rule, one.span)).collect();
    let is_judged =
        |rule, file| settings.selection.contains(rule) && scope.file(file) && !unparsed.contains(&file);
    let unused = gathered.suppressions.unused(settings.today, is_judged, &undecided);
    let findings = unused.filter_map(|problem| problem::finding(problem, sources));
    findings.filter(|finding| settings.selection.contains(finding.rule)).collect()
}

/// The calls of modules that are not on disk, each once, in order.
fn missing_modules(sources: &Sources, calls: Vec<CallSite>, scope: &InScope) -> Vec<MissingModule> {
    let in_scope = calls.into_iter().filter(|call| scope.file(call.span.file));
    let mut missing: Vec<_> = in_scope
        .map(|call| {
            let file = sources.get(call.span.file);
            let (path, position) = (Arc::clone(file.display()), file.position(call.span.start));
            MissingModule { kind: call.kind, address: call.address, path, position }
        })
        .collect();
    let place =
        |module: &MissingModule| (Arc::clone(&module.path), module.position.line, module.position.column);
    missing.sort_by_cached_key(|module| (place(module), module.address.clone()));
    missing.dedup_by_key(|module| place(module));
    missing
}

/// What could not be decided, each place once, in order.
fn undecided(sources: &Sources, undecided: Vec<Undecided>, scope: &InScope) -> Vec<UndecidedPlace> {
    let position = |span: Span| {
        let file = sources.get(span.file);
        (Arc::clone(file.display()), file.position(span.start))
    };
    let mut places: Vec<_> = undecided
        .into_iter()
        .filter(|undecided| scope.any([Some(undecided.span), undecided.resolve_at].into_iter().flatten()))
        .map(|undecided| {
            let (path, place) = position(undecided.span);
            let resolve_at = undecided.resolve_at.map(position);
            UndecidedPlace { undecided, path, position: place, resolve_at }
        })
        .collect();
    let key = |place: &UndecidedPlace| {
        let undecided = &place.undecided;
        (
            place.path.clone(),
            place.position,
            undecided.rule,
            undecided.resource.clone(),
            undecided.reason.clone(),
        )
    };
    places.sort_by_cached_key(key);
    places.dedup_by(|a, b| key(a) == key(b));
    places
}

/// The files that findings point into, masked.
fn excerpts(
    sources: &Sources,
    findings: &[Finding],
    secrets: &HashMap<FileId, Vec<Range<usize>>>,
) -> HashMap<FileId, Excerpt> {
    let spans = findings.iter().flat_map(|finding| {
        let related = finding.related.iter().map(|related| related.span);
        let edits = finding.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        related.chain(edits).chain([finding.span])
    });
    let files: BTreeSet<FileId> = spans.map(|span| span.file).collect();
    let files: Vec<FileId> = files.into_iter().collect();
    let secret_texts: Vec<_> = secrets
        .iter()
        .flat_map(|(file, ranges)| {
            let file = sources.get(*file);
            ranges.iter().filter_map(move |range| file.text().get(range.clone()).map(str::to_owned))
        })
        .collect();
    let copies = Copies::new(secret_texts.iter().map(String::as_str));
    let made = parallel::map(&files, |id| {
        let file = sources.get(*id);
        let known = secrets.get(id).cloned().unwrap_or_default();
        let text = mask(file.text(), known, &copies);
        let (path, absolute) = (Arc::clone(file.display()), file.path().to_owned());
        (*id, Excerpt { path, absolute, lines: LineIndex::new(&text), text })
    });
    made.into_iter().collect()
}
