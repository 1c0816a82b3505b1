//! What stands twice in a plan or a state: policies that a data source built and a resource has, and
//! those that one resource sets and the provider reads back as an attribute of another.
//!
//! A state does not say what refers to what, and a plan not through local values; the values do.

use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::{Address, Data, List, Map, Mode, Resource, Step, Value};
use keylint_source::Span;

use super::address::Place;
use crate::values;

/// The data source that builds policies.
const DOCUMENT: &str = "aws_iam_policy_document";

/// The arguments of it that hold other policies.
const MERGED: [&str; 4] =
    ["source_json", "source_policy_documents", "override_policy_documents", "override_json"];

/// How many documents one policy is said to come from.
const MAX_DOCUMENTS: usize = 16;

/// By what a resource is named in others.
const NAMES: [&str; 5] = ["id", "arn", "name", "key_id", "url"];

/// Says of each policy which documents it is, and leaves out what a resource has from a companion:
/// all that `is_state` may be the provider's, of a plan only blocks.
pub(super) fn settle(resources: &mut [Resource], is_state: bool) {
    let documents = Documents::of(resources);
    if !documents.all.is_empty() {
        for resource in resources.iter_mut().filter(|resource| resource.mode == Mode::Managed) {
            let modules = modules(&resource.address);
            for entry in resource.attributes.entries.values_mut() {
                documents.mark(&mut entry.value, &modules);
            }
        }
    }
    drop_copies(resources, is_state);
}

/// The policies of the data sources.
#[derive(Default)]
struct Documents {
    all: Vec<Built>,
    by_address: HashMap<Arc<str>, usize>,
    /// By the modules that they are in and what they say.
    by_text: HashMap<(String, Arc<str>), Vec<usize>>,
    /// By what they say: the first few of any module.
    anywhere: HashMap<Arc<str>, Vec<usize>>,
}

/// The policy of one data source.
struct Built {
    address: Address,
    header: Span,
    /// What it was merged of.
    of: Vec<usize>,
}

impl Documents {
    fn of(resources: &[Resource]) -> Self {
        let mut documents = Documents::default();
        let is_document = |one: &&Resource| one.mode == Mode::Data && &*one.type_name == DOCUMENT;
        let sources: Vec<&Resource> = resources.iter().filter(is_document).collect();
        for (position, source) in sources.iter().enumerate() {
            let address = source.address.clone();
            documents.by_address.insert(address.as_str().into(), position);
            if let Some(text) = source.value("json").and_then(said) {
                let anywhere = documents.anywhere.entry(Arc::clone(&text)).or_default();
                if anywhere.len() < MAX_DOCUMENTS {
                    anywhere.push(position);
                }
                documents.by_text.entry((modules(&address), text)).or_default().push(position);
            }
            documents.all.push(Built { address, header: source.header, of: Vec::new() });
        }
        for (position, source) in sources.iter().enumerate() {
            let mut of = Vec::new();
            for value in MERGED.iter().filter_map(|name| source.value(name)) {
                documents.read(value, &modules(&source.address), &mut of);
            }
            of.retain(|other| *other != position);
            if let Some(built) = documents.all.get_mut(position) {
                built.of = of;
            }
        }
        documents
    }

    /// The documents whose policies a value is or lists.
    fn read(&self, value: &Value, modules: &str, found: &mut Vec<usize>) {
        match &value.data {
            Data::List(list) => list.elements.iter().for_each(|one| self.read(one, modules, found)),
            _ => found.extend(self.written_as(value, modules)),
        }
    }

    /// The documents that say what a text says: those of the same module, or of one around it, or else of
    /// any that may hand them out.
    fn written_as(&self, value: &Value, modules: &str) -> &[usize] {
        let Some(text) = said(value) else { return &[] };
        let mut around = modules;
        loop {
            if let Some(found) = self.by_text.get(&(around.to_owned(), Arc::clone(&text))) {
                return found;
            }
            match around.rfind(".module.") {
                Some(dot) => around = around.get(..dot).unwrap_or_default(),
                None if around.is_empty() => {
                    return self.anywhere.get(&text).map(Vec::as_slice).unwrap_or_default();
                }
                None => around = "",
            }
        }
    }

    /// Marks the policies in a value as what their documents are.
    fn mark(&self, value: &mut Value, modules: &str) {
        match &mut value.data {
            Data::List(list) => {
                let List { elements, .. } = Arc::make_mut(list);
                elements.iter_mut().for_each(|element| self.mark(element, modules));
            }
            Data::Map(map) => {
                let Map { entries, .. } = Arc::make_mut(map);
                entries.values_mut().for_each(|entry| self.mark(&mut entry.value, modules));
            }
            Data::String(text) if may_be_policy(text) => {
                let named = value.origin.document();
                let named = named.and_then(|address| self.by_address.get(address.as_str()).copied());
                let found = match &named {
                    Some(one) => std::slice::from_ref(one),
                    None => self.written_as(value, modules),
                };
                let mut all = Vec::new();
                found.iter().for_each(|document| self.collect(*document, &mut all));
                // The nearest is the last step.
                for document in all.into_iter().rev().filter(|document| named != Some(*document)) {
                    self.say(value, document, named.is_some());
                }
            }
            _ => {}
        }
    }

    /// A document and all that it was merged of.
    fn collect(&self, document: usize, all: &mut Vec<usize>) {
        if all.len() >= MAX_DOCUMENTS || all.contains(&document) {
            return;
        }
        all.push(document);
        let of = self.all.get(document).map(|built| built.of.as_slice()).unwrap_or_default();
        of.iter().for_each(|inner| self.collect(*inner, all));
    }

    /// Adds the step through a document; where a nearer one is known, behind that.
    fn say(&self, value: &mut Value, document: usize, is_behind: bool) {
        let Some(built) = self.all.get(document) else { return };
        let name = || Arc::<str>::from(built.address.as_str());
        let steps: Vec<_> = match is_behind {
            true => value.origin.steps().cloned().collect(),
            false => return value.origin = value.origin.through(Step::Document, name(), built.header),
        };
        let mut origin = keylint_model::Origin { via: None, ..value.origin.clone() };
        origin = origin.through(Step::Document, name(), built.header);
        for step in steps.into_iter().rev() {
            origin = origin.through(step.step, step.name, step.span);
        }
        value.origin = origin;
    }
}

/// The modules of an address.
fn modules(address: &Address) -> String {
    let place = Place::of(address.as_str());
    place.modules.iter().map(|name| format!("module.{name}")).collect::<Vec<_>>().join(".")
}

/// Whether a text can be a policy.
fn may_be_policy(text: &str) -> bool {
    text.trim_start().starts_with('{') && text.contains("\"Statement\"")
}

/// What a policy says, in one of the ways in which it can be written.
fn said(value: &Value) -> Option<Arc<str>> {
    value.as_str().filter(|text| may_be_policy(text))?;
    values::to_string(&Value::synthetic(Data::Json(Arc::new(values::decode(value)?))))
}

/// Leaves out the attributes that show what a companion of the resource sets: `aws_kms_key_policy`
/// the `policy` of `aws_kms_key`, `aws_iam_role_policy` an `inline_policy` of `aws_iam_role`.
fn drop_copies(resources: &mut [Resource], is_state: bool) {
    let mut named: HashMap<(Arc<str>, String), usize> = HashMap::new();
    for (position, resource) in resources.iter().enumerate() {
        let texts = NAMES.iter().filter_map(|name| resource.value(name)?.as_str());
        for name in texts.chain([resource.address.as_str()]) {
            named.insert((Arc::clone(&resource.type_name), name.to_owned()), position);
        }
    }
    let mut companions: HashMap<usize, Vec<Option<String>>> = HashMap::new();
    for companion in resources.iter().filter(|resource| resource.mode == Mode::Managed) {
        let Some(of) = companion.type_name.strip_suffix("_policy").map(Arc::<str>::from) else { continue };
        let found = companion.attributes.entries.values().find_map(|entry| {
            let references = entry.value.references();
            let names = references.iter().map(|it| it.address.as_str()).chain(entry.value.as_str());
            names.filter_map(|name| named.get(&(Arc::clone(&of), name.to_owned()))).next().copied()
        });
        if let Some(position) = found {
            let name = companion.value("name").and_then(Value::as_str).map(str::to_owned);
            companions.entry(position).or_default().push(name);
        }
    }
    for (position, names) in companions {
        let Some(resource) = resources.get_mut(position) else { continue };
        if is_state {
            resource.attributes.entries.shift_remove("policy");
        }
        let blocks = resource.attributes.entries.get_mut("inline_policy").map(|entry| &mut entry.value.data);
        if let Some(Data::List(list)) = blocks {
            let is_copy = |block: &Value| {
                let name = block.as_map().and_then(|map| map.value("name")?.as_str());
                name.is_some_and(|name| names.iter().flatten().any(|other| other == name))
            };
            Arc::make_mut(list).elements.retain(|block| !is_copy(block));
        }
    }
}
