//! `aws_iam_policy_document`: the policy that the data source builds out of its blocks.
//!
//! Every action, principal and condition value keeps the place it was written at, so that a
//! finding in the built document points into the data source.
//!
//! Source: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>.
//! What the page leaves open (order, single values, what is an error) follows the provider's
//! `internal/service/iam/policy_document_data_source.go` and `policy_model.go`.

mod blocks;
mod merge;
mod reject;
mod source;

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Alternative, Data, Entry, List, Map, Origin, Problem, Step, Value};
use keylint_source::Span;
use keylint_syntax::Text;
use keylint_syntax::hcl::{Block, ExprKind};

use super::Evaluator;
use crate::values::{self, made};
use merge::Merged;

/// The arguments that hold statements, in the order in which the provider merges them; the singular
/// forms are those of its versions before 5.
const MERGED: [(&str, Phase); 5] = [
    ("source_json", Phase::Source),
    ("source_policy_documents", Phase::Source),
    ("statement", Phase::Own),
    ("override_policy_documents", Phase::Override),
    ("override_json", Phase::Override),
];

/// How a document takes part in the merging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// What the data source starts from: no `Sid` may be there twice.
    Source,
    /// Its own blocks: each replaces what has its `Sid`.
    Own,
    /// What comes after: each statement replaces what has its `Sid`.
    Override,
}

impl Evaluator<'_> {
    /// Adds `json` and `minified_json` to the arguments of a document.
    pub(super) fn add_document(&self, arguments: &mut Map, address: &Arc<str>, block: &Block) {
        let span = block.header;
        let spend = |steps| self.spend(steps, span);
        let problems = add_built(arguments, address, Repeated::of(block), (span, &spend));
        problems.into_iter().for_each(|problem| self.report(problem));
    }
}

/// Adds what the provider builds of the arguments of a document, which is at `span`, as long as `spend`
/// allows that many steps more. What is wrong with them is handed back.
pub(crate) fn add_built(
    arguments: &mut Map,
    address: &Arc<str>,
    repeated: Repeated,
    (span, spend): (Span, &dyn Fn(usize) -> bool),
) -> Vec<Problem> {
    let absent = Value::synthetic(Data::Null);
    let operands = MERGED.map(|(name, _)| arguments.value(name).cloned().unwrap_or_else(|| absent.clone()));
    let fixed = Fixed { version: given(arguments, "version"), id: given(arguments, "policy_id"), repeated };
    let mut runs: Vec<Vec<Problem>> = Vec::new();
    let document = values::distribute("aws_iam_policy_document", &operands, span, |values| {
        let (phases, documents) = phased(values, span);
        values::distribute("aws_iam_policy_document", &documents, span, |documents| {
            let mut merged = Merged::new(span);
            for (phase, document) in phases.iter().zip(documents) {
                merged.add(*phase, document, &fixed);
            }
            // Each statement was compared with those before it.
            let count = merged.statements();
            if !spend(count + count * count / 64) {
                return values::limit(span);
            }
            let (document, problems) = merged.finish();
            runs.push(problems);
            document
        })
    });
    let document = came_through(document, address, span);
    for name in ["json", "minified_json"] {
        let entry = Entry { key_span: Some(span), span: Some(span), value: document.clone() };
        arguments.entries.insert(name.into(), entry);
    }
    // What goes wrong in one of several cases only may be the case that never is; what is cut
    // off is always said.
    let certain = runs.len() == 1;
    runs.into_iter().flatten().filter(|problem| certain || problem.rule == "KL004").collect()
}

/// The documents of the arguments that are [`MERGED`], each with how it takes part.
fn phased(values: &[Value], span: Span) -> (Vec<Phase>, Vec<Value>) {
    let parts = MERGED
        .iter()
        .zip(values)
        .flat_map(|((_, phase), value)| parts_of(*phase, value).into_iter().map(|one| (*phase, one)));
    let documents = parts.map(|(phase, value)| match phase {
        Phase::Own => (phase, value),
        Phase::Source | Phase::Override => (phase, source::statements(&value, span)),
    });
    let (phases, documents): (Vec<_>, Vec<_>) = documents.unzip();
    (phases, source::gathered(documents, span))
}

/// What stands at the top of the document.
struct Fixed {
    version: Option<Entry>,
    id: Option<Entry>,
    /// What statements for the elements of a collection may replace.
    repeated: Repeated,
}

/// The `Sid` that statements for the elements of a collection may have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Repeated {
    /// One of these.
    Named(Vec<Arc<str>>),
    /// Any.
    Any,
}

impl Repeated {
    fn of(block: &Block) -> Repeated {
        let repeated = block.body.blocks().filter(|inner| &*inner.name.text == "dynamic");
        let sids = repeated.flat_map(|inner| inner.body.blocks()).filter_map(|it| it.body.attribute("sid"));
        let constant = sids.map(|sid| match &sid.value.kind {
            ExprKind::String(text) => Some(Arc::clone(text.shared())),
            _ => None,
        });
        match constant.collect() {
            Some(names) if block.body.attribute("statement").is_none() => Repeated::Named(names),
            _ => Repeated::Any,
        }
    }
}

fn given(arguments: &Map, name: &str) -> Option<Entry> {
    arguments.get(name).filter(|entry| !entry.value.is_null() && entry.value.as_str() != Some("")).cloned()
}

/// The documents of an argument, each as its own value; a list of which there may be more ends in
/// an unknown one. The data source's own blocks are one document, there or not.
fn parts_of(phase: Phase, value: &Value) -> Vec<Value> {
    match &value.data {
        _ if phase == Phase::Own => vec![value.clone()],
        Data::Null => Vec::new(),
        Data::List(list) => {
            let known = list.elements.iter().filter(|element| !element.is_null());
            let rest = list.rest.iter();
            known
                .map(|element| values::inherit(&value.origin, element))
                .chain(rest.map(|rest| Value::unknown((**rest).clone(), value.origin.clone())))
                .collect()
        }
        // The singular forms are there when they are not empty.
        Data::String(text) if text.is_empty() => Vec::new(),
        _ => vec![value.clone()],
    }
}

/// The same value, known to be what a document says. Every alternative of it is: whoever reads one
/// sees nothing of the whole that it was chosen from.
fn came_through(value: Value, address: &Arc<str>, span: Span) -> Value {
    let data = match value.data {
        Data::Choice(alternatives) => {
            let of = |alternative: &Alternative| Alternative {
                guard: alternative.guard.clone(),
                value: came_through(alternative.value.clone(), address, span),
            };
            Data::Choice(alternatives.iter().map(of).collect())
        }
        other => other,
    };
    Value::new(data, value.origin.through(Step::Document, Arc::clone(address), span))
}

/// What the provider writes of itself.
fn synthetic(text: &str) -> Entry {
    values::entry(Value::synthetic(Data::String(Text::synthetic(text))))
}

/// The one value alone, several as a list: how the provider writes both. Of which nothing is known
/// may be either.
fn one_or_list(mut elements: Vec<Value>, rest: Option<Arc<keylint_model::Unknown>>, origin: Origin) -> Value {
    match (elements.pop(), rest) {
        (Some(only), None) if elements.is_empty() => values::inherit(&origin, &only),
        (None, Some(rest)) => Value::new(Data::Unknown(rest), origin),
        (last, rest) => {
            elements.extend(last);
            Value::new(Data::List(Arc::new(List { elements, rest, ..List::default() })), origin)
        }
    }
}

/// A document of these parts.
fn document(version: Entry, id: Option<Entry>, statements: List, span: Span) -> Value {
    let mut entries = IndexMap::new();
    entries.insert(Arc::from("Version"), version);
    if let Some(id) = id {
        entries.insert(Arc::from("Id"), id);
    }
    // Without statements the provider leaves the list out.
    if !statements.elements.is_empty() || statements.rest.is_some() {
        let list = Value::new(Data::List(Arc::new(statements)), Origin::at(span));
        entries.insert(Arc::from("Statement"), values::entry(list));
    }
    made(Data::Json(Arc::new(values::made_map(entries, span))), span)
}
