//! Makes a report of what the parts of a run have gathered.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use keylint_model::{CallSite, Mode, Problem, Resource, Stack};
use keylint_rules::{Checked, Finding, Fix, RuleId, Severity, Undecided};
use keylint_source::{FileId, LineIndex, Sources, Span};

use crate::configuration::{Configurations, Configured};
use crate::environments;
use crate::inputs::Inputs;
use crate::mask::mask;
use crate::merge::merge;
use crate::parallel;
use crate::problem;
use crate::redact::Secrets;
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
    /// Where each policy is given, and where its resource is written and called.
    policies: Vec<Vec<Span>>,
    missing_modules: Vec<CallSite>,
    /// Files of which an environment could not read something.
    pub(crate) unread: HashSet<FileId>,
    /// The resources of the stacks, which nobody needs any more. Freeing them takes a while, and waits
    /// until there is nothing else to do.
    spent: Vec<Vec<Resource>>,
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

    /// Takes in what the environments of one root module gave: what is there in several counts
    /// once, and each finding knows where it holds.
    pub(crate) fn add_environments(&mut self, sources: &Sources, all: Vec<OfEnvironment>) {
        let (mut findings, mut undecided) = (Vec::new(), Vec::new());
        let mut resources = BTreeMap::new();
        let mut policies: HashMap<Vec<Span>, usize> = HashMap::new();
        for OfEnvironment { environment, stack, checked, problems } in all {
            let mut one = Gathered::default();
            one.add(checked);
            for resource in stack.resources.iter().filter(|resource| is_real(resource)) {
                resources.insert(resource.address.clone(), resource.places().collect());
            }
            one.add_stack(stack);
            one.problems.extend(problems);
            self.unread.extend(one.problems.iter().filter(|it| it.leaves_out).map(|it| it.span.file));
            self.missing_modules.extend(one.missing_modules);
            self.spent.append(&mut one.spent);
            for (file, ranges) in one.secrets {
                self.secrets.entry(file).or_default().extend(ranges);
            }
            let mut counted: HashMap<Vec<Span>, usize> = HashMap::new();
            one.policies.into_iter().for_each(|places| *counted.entry(places).or_default() += 1);
            for (places, count) in counted {
                let most = policies.entry(places).or_default();
                *most = count.max(*most);
            }
            let reported = one.problems.into_iter().filter_map(|problem| problem::finding(problem, sources));
            findings.push((Arc::clone(&environment), one.findings.into_iter().chain(reported).collect()));
            undecided.push((environment, one.undecided));
        }
        self.findings.extend(environments::findings(findings));
        self.undecided.extend(environments::undecided(undecided));
        self.resources.extend(resources.into_values());
        let counted = policies.into_iter().flat_map(|(places, count)| std::iter::repeat_n(places, count));
        self.policies.extend(counted);
    }

    pub(crate) fn add_stack(&mut self, stack: Stack) {
        self.problems.extend(stack.problems);
        self.missing_modules.extend(stack.missing_modules);
        let real = stack.resources.iter().filter(|resource| is_real(resource));
        self.resources.extend(real.map(|resource| resource.places().collect()));
        self.spent.push(stack.resources);
    }
}

/// What one environment of a root module gave.
#[derive(Debug)]
pub(crate) struct OfEnvironment {
    pub(crate) environment: Arc<str>,
    pub(crate) stack: Stack,
    pub(crate) checked: Checked,
    pub(crate) problems: Vec<Problem>,
}

fn is_real(resource: &Resource) -> bool {
    matches!(resource.mode, Mode::Managed | Mode::Data)
}

/// A problem of a policy document, under the rule that says it of policies where that one is selected.
fn of_policy(sources: &Sources, configurations: &Configurations<'_>, problem: Problem) -> Problem {
    let is_selected = |rule: &&str| {
        let configured = in_force(sources, configurations, problem.span.file);
        rule.parse().is_ok_and(|rule| configured.selection().contains(rule))
    };
    let rule = problem.in_policy().filter(is_selected).unwrap_or(problem.rule);
    Problem { rule, ..problem }
}

/// Silences, drops, merges and orders, and adds what a reader needs of the files.
pub(crate) fn report(
    sources: &Sources,
    settings: &Settings,
    configurations: &Configurations<'_>,
    inputs: Inputs,
    mut gathered: Gathered,
) -> Report {
    let scope = inputs.scope.resolve(sources);
    let problems = std::mem::take(&mut gathered.problems);
    let of_environments = gathered.unread.iter().filter(|file| scope.file(**file));
    let mut unparsed = unparsed(&problems, &scope, |_| true);
    unparsed.extend(of_environments.clone());
    // Of two values with one key one is looked at: what a suppression silences is still known.
    let mut unjudged = self::unparsed(&problems, &scope, |problem| problem.rule != "KL002");
    unjudged.extend(of_environments);
    gathered.findings.extend(reported(sources, configurations, &gathered.configuration, problems));
    let secrets = Secrets::new(sources, std::mem::take(&mut gathered.secrets));
    let (mut findings, suppressed) =
        settled(sources, settings, configurations, &mut gathered, &scope, &unjudged);
    findings.iter_mut().for_each(|finding| secrets.hide_in(finding));
    let is_failing = |finding: &Finding| {
        let configured = || in_force(sources, configurations, finding.span.file).configuration().fail_on;
        finding.severity >= settings.fail_on.or_else(configured).unwrap_or(Severity::Low)
    };
    let fails = findings.iter().any(is_failing);

    let open = std::mem::take(&mut gathered.undecided);
    let (undecided, files) = parallel::both(
        || {
            let mut undecided = undecided(sources, open, &scope);
            undecided.iter_mut().for_each(|place| secrets.hide_in_undecided(place));
            undecided
        },
        || excerpts(sources, &findings, &secrets),
    );
    let missing_modules = missing_modules(sources, std::mem::take(&mut gathered.missing_modules), &scope);
    let path = |file: &FileId| Arc::clone(sources.get(*file).display());
    let coverage = Coverage {
        files: gathered.configuration.keys().filter(|file| scope.file(**file)).count(),
        resources: gathered.resources.iter().filter(|places| scope.any(places.iter().copied())).count(),
        policies: gathered.policies.iter().filter(|places| scope.any(places.iter().copied())).count(),
        undecided: undecided.len(),
        missing_modules: missing_modules.len(),
        unparsed: unparsed.iter().map(path).collect::<BTreeSet<_>>().into_iter().collect(),
        suppressed,
    };
    let mut hints = inputs.hints;
    let mut foreign = ForeignComments::default();
    gathered.foreign.iter().filter(|(file, _)| scope.file(**file)).for_each(|(_, count)| foreign.add(*count));
    hints.extend(suppress::hint(foreign));
    parallel::discard(gathered.spent);
    Report { findings, undecided, missing_modules, fails, coverage, errors: inputs.errors, hints, files }
}

/// The problems of reading as findings.
fn reported<'a>(
    sources: &'a Sources,
    configurations: &'a Configurations<'_>,
    configuration: &'a BTreeMap<FileId, &'static str>,
    problems: Vec<Problem>,
) -> impl Iterator<Item = Finding> + use<'a> {
    let is_policy = move |file: &FileId| configuration.get(file) == Some(&"policy");
    let problems = problems.into_iter().map(move |problem| match is_policy(&problem.span.file) {
        true => of_policy(sources, configurations, problem),
        false => problem,
    });
    problems.filter_map(move |problem| problem::finding(problem, sources))
}

/// The findings to show, merged and in order, and the number of those that comments silence.
fn settled(
    sources: &Sources,
    settings: &Settings,
    configurations: &Configurations<'_>,
    gathered: &mut Gathered,
    scope: &InScope,
    unparsed: &HashSet<FileId>,
) -> (Vec<Finding>, usize) {
    // Rules were selected for their stack; what is no rule of one goes by the file that it is in.
    let selects = |rule: RuleId, file| in_force(sources, configurations, file).selection().contains(rule);
    let is_active = |finding: &Finding| {
        let (rule, file) = (finding.rule, finding.span.file);
        !rule.as_str().starts_with("KL") || selects(rule, file) || rule.as_str() == INTERNAL_ERROR
    };
    gathered.findings.retain(is_active);
    let (mut findings, silenced) =
        gathered.suppressions.apply(std::mem::take(&mut gathered.findings), settings.today);
    findings.extend(idle_suppressions(sources, settings, gathered, selects, scope, unparsed));
    let is_shown = |finding: &Finding| scope.finding(finding) && finding.severity >= settings.min_severity;
    findings.retain(is_shown);
    let path = |file| Arc::clone(sources.get(file).display());
    let mut findings = merge(findings, path);
    for finding in &mut findings {
        finding.fix = finding.fix.take().and_then(|fix| written(fix, sources));
        if let Some(environments) = finding.in_environments() {
            finding.message = format!("{}, {environments}", finding.message);
        }
    }
    let suppressed = merge(silenced.into_iter().filter(|finding| is_shown(finding)).collect(), path).len();
    (findings, suppressed)
}

/// What holds for a file.
fn in_force(sources: &Sources, configurations: &Configurations<'_>, file: FileId) -> Arc<Configured> {
    let file = sources.get(file);
    configurations.of(file.path().parent().unwrap_or(file.path()))
}

/// The files of which something could not be read.
fn unparsed(problems: &[Problem], scope: &InScope, counts: fn(&Problem) -> bool) -> HashSet<FileId> {
    let unread = problems.iter().filter(|problem| problem.leaves_out && counts(problem));
    unread.map(|problem| problem.span.file).filter(|file| scope.file(*file)).collect()
}

/// Suppressions that have ended or, in files that were read as a whole, silence nothing.
fn idle_suppressions(
    sources: &Sources,
    settings: &Settings,
    gathered: &Gathered,
    selects: impl Fn(RuleId, FileId) -> bool + Copy,
    scope: &InScope,
    unparsed: &HashSet<FileId>,
) -> Vec<Finding> {
    let undecided: Vec<_> = gathered.undecided.iter().map(|one| (one.rule, one.span)).collect();
    let is_judged = |rule, file| selects(rule, file) && scope.file(file) && !unparsed.contains(&file);
    let unused = gathered.suppressions.unused(settings.today, is_judged, &undecided);
    let is_asked = |problem: &Problem| scope.file(problem.span.file);
    let expired = gathered.suppressions.expired(settings.today).filter(is_asked);
    let findings = unused.chain(expired).filter_map(|problem| problem::finding(problem, sources));
    findings.filter(|finding| selects(finding.rule, finding.span.file)).collect()
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
    // They come in runs that are in order: those of each rule.
    places.sort_by(|a, b| {
        let key = |place: &UndecidedPlace| (place.position, place.undecided.rule);
        let (one, other) = (&a.undecided, &b.undecided);
        let paths = || if Arc::ptr_eq(&a.path, &b.path) { Ordering::Equal } else { a.path.cmp(&b.path) };
        let rest = || one.resource.cmp(&other.resource).then_with(|| one.reason.cmp(&other.reason));
        paths().then_with(|| key(a).cmp(&key(b))).then_with(rest)
    });
    places.dedup_by(|next, kept| {
        let (one, other) = (&next.undecided, &kept.undecided);
        let is_same = (&next.path, next.position, one.rule, &one.resource, &one.reason)
            == (&kept.path, kept.position, other.rule, &other.resource, &other.reason);
        if is_same {
            let environments = std::mem::take(&mut next.undecided.environments);
            environments::unite(&mut kept.undecided.environments, environments);
        }
        is_same
    });
    places
}

/// The fix with all of its edits; none where the text does not show what to edit.
fn written(mut fix: Fix, sources: &Sources) -> Option<Fix> {
    if let Some(pending) = fix.pending.take() {
        fix.edits.push(pending.edit(sources.get(pending.file()).text())?);
    }
    Some(fix)
}

/// The files that findings point into, masked.
fn excerpts(sources: &Sources, findings: &[Finding], secrets: &Secrets<'_>) -> HashMap<FileId, Excerpt> {
    let spans = findings.iter().flat_map(|finding| {
        let related = finding.related.iter().map(|related| related.span);
        let edits = finding.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        related.chain(edits).chain([finding.span])
    });
    let files: BTreeSet<FileId> = spans.map(|span| span.file).collect();
    let files: Vec<FileId> = files.into_iter().collect();
    let made = parallel::map(&files, |id| {
        let file = sources.get(*id);
        let text = mask(file.text(), secrets.of(*id).iter().cloned(), secrets.copies());
        let (path, absolute) = (Arc::clone(file.display()), file.path().to_owned());
        (*id, Excerpt { path, absolute, lines: LineIndex::new(&text), text })
    });
    made.into_iter().collect()
}
