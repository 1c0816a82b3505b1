//! Bodies of blocks to maps, `dynamic` blocks among them.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, Entry, List, Map, Origin, Step, Value};
use keylint_source::Span;
use keylint_syntax::hcl::{Block, Body, Item};

use super::shared::{Instances, Piece};
use super::symbolic::Open;
use super::{Evaluator, Scope};
use crate::limits;
use crate::values::{self, Items, made};

/// Where a body stands.
#[derive(Clone, Copy)]
pub(super) enum Level<'b, 'p> {
    /// Of a resource: with meta-arguments, and with values that its instances share.
    Top(Instances<'b, 'p>),
    /// Of a nested block.
    Nested,
}

/// What is said to Terraform, not to the provider.
///
/// Source: <https://developer.hashicorp.com/terraform/language/meta-arguments>.
const META_ARGUMENTS: [&str; 4] = ["count", "for_each", "depends_on", "provider"];
const META_BLOCKS: [&str; 3] = ["lifecycle", "provisioner", "connection"];

impl<'p> Evaluator<'p> {
    /// The arguments and nested blocks of a body. Blocks of one type are one list.
    pub(super) fn eval_body(&self, body: &Body, scope: &Scope<'_>, level: Level<'_, 'p>) -> Map {
        let mut entries: IndexMap<Arc<str>, Entry> = IndexMap::with_capacity(body.items.len());
        let mut blocks: IndexMap<Arc<str>, (Span, Span, Vec<Value>)> = IndexMap::new();
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => {
                    let name = &attribute.name;
                    if matches!(level, Level::Top(_)) && META_ARGUMENTS.contains(&&*name.text) {
                        continue;
                    }
                    let value = match level {
                        Level::Top(instances) => {
                            let piece = Piece::Argument(&attribute.value);
                            self.shared(instances, piece, scope, |scope| {
                                let value = self.eval(&attribute.value, scope);
                                if instances.is_builtin { value } else { values::opened(value) }
                            })
                        }
                        Level::Nested => self.eval(&attribute.value, scope),
                    };
                    // Also what is shared: whoever reads the resources goes through all of them.
                    let value = self.bounded(value, attribute.value.span);
                    let entry = Entry { key_span: Some(name.span), span: Some(attribute.value.span), value };
                    entries.insert(Arc::clone(&name.text), entry);
                }
                Item::Block(block) => {
                    if matches!(level, Level::Top(_)) && META_BLOCKS.contains(&&*block.name.text) {
                        continue;
                    }
                    let (name, is_dynamic) = match (&*block.name.text, block.labels.first()) {
                        ("dynamic", Some(label)) => (label, true),
                        _ => (&block.name, false),
                    };
                    let evaluate = |scope: &Scope<'_>| {
                        let list = match is_dynamic {
                            true => self.eval_dynamic(block, scope),
                            false => self.eval_block(block, scope),
                        };
                        if matches!(level, Level::Top(_)) { values::opened(list) } else { list }
                    };
                    let list = match level {
                        Level::Top(instances) => self.shared(instances, Piece::Block(block), scope, evaluate),
                        Level::Nested => evaluate(scope),
                    };
                    let found = blocks
                        .entry(Arc::clone(&name.text))
                        .or_insert_with(|| (name.span, block.header, Vec::new()));
                    found.2.push(list);
                }
            }
        }
        for (name, (key_span, header, lists)) in blocks {
            let value = join_lists(&lists, header);
            entries.insert(name, Entry { key_span: Some(key_span), span: Some(header), value });
        }
        Map { entries, rest: None, ..Map::default() }
    }

    /// A block as a list of itself.
    fn eval_block(&self, block: &Block, scope: &Scope<'_>) -> Value {
        values::made_list(vec![self.eval_content(&block.body, scope, block.span)], block.header)
    }

    fn eval_content(&self, body: &Body, scope: &Scope<'_>, span: Span) -> Value {
        if !self.spend(1, span) {
            return values::limit(span);
        }
        if !self.descend() {
            return self.over_limit(span, "the value is nested too deeply");
        }
        let map = self.eval_body(body, scope, Level::Nested);
        self.ascend();
        made(Data::Map(Arc::new(map)), span)
    }

    /// The blocks that a `dynamic` block makes, as a list.
    ///
    /// Source: <https://developer.hashicorp.com/terraform/language/expressions/dynamic-blocks>.
    fn eval_dynamic(&self, block: &Block, scope: &Scope<'_>) -> Value {
        let span = block.header;
        let content = block.body.blocks().find(|inner| &*inner.name.text == "content");
        let (Some(over), Some(content)) = (block.body.attribute("for_each"), content) else {
            return values::invalid(span, "a `dynamic` block needs `for_each` and a `content` block");
        };
        let label = block.labels.first().map(|label| Arc::clone(&label.text)).unwrap_or_default();
        let iterator = match block.body.attribute("iterator").map(|attribute| &attribute.value.kind) {
            Some(keylint_syntax::hcl::ExprKind::Variable(name)) => Arc::clone(&name.text),
            _ => Arc::clone(&label),
        };
        let collection = self.eval(&over.value, scope);
        let one = |pair| {
            let names = vec![(Arc::clone(&iterator), each_object(pair))];
            let value = self.eval_content(&content.body, &scope.with(names), content.span);
            let origin = value.origin.through(Step::Loop, Arc::clone(&label), span);
            Value { origin, ..value }
        };
        if let Some(made) = self.each_present(&collection, span, &|pair| Some(one(pair))) {
            return made;
        }
        self.distribute("dynamic", &collection, span, |collection| {
            let (pairs, rest) = match values::iterate(collection) {
                Items::Known(pairs, rest) => (pairs, rest),
                Items::Unknown => (Vec::new(), collection.as_unknown().cloned()),
                // Terraform rejects null too, but where a module is half known it is often the
                // sign of an arm that is not taken.
                Items::Invalid => return values::not_a_collection(collection, over.value.span),
            };
            if pairs.len() > limits::ELEMENTS {
                return self.over_limit(over.value.span, "there are too many blocks");
            }
            let known = pairs.len();
            let mut elements: Vec<Value> = pairs.into_iter().map(&one).collect();
            let rest = rest.map(|rest| {
                let open = Open { collection, rest, known };
                let unknown = values::derived(
                    "dynamic",
                    std::slice::from_ref(&open.pair(&over.value).value),
                    over.value.span,
                );
                let element = self.aside(|| one(self.open_pair(&open, &over.value)));
                // A block says something even where nothing in it is known: what it leaves out is absent.
                if let Some((there, none)) = self.presence(&open, &over.value, scope) {
                    elements.push(values::choice(vec![(there, element), (none, unknown.clone())], span));
                }
                unknown
            });
            let rest = rest.as_ref().and_then(values::first_unknown).cloned();
            made(Data::List(Arc::new(List { elements, rest, ..List::default() })), span)
        })
    }
}

/// What the iterator of a `dynamic` block is: an object of key and value.
fn each_object(pair: values::Pair) -> Value {
    let mut entries = IndexMap::with_capacity(2);
    entries.insert(Arc::from("key"), values::entry(pair.key));
    entries.insert(Arc::from("value"), values::entry(pair.value));
    Value::new(Data::Map(Arc::new(Map { entries, rest: None, ..Map::default() })), Origin::default())
}

/// Lists of blocks as one list.
fn join_lists(lists: &[Value], span: Span) -> Value {
    if let [only] = lists {
        return only.clone();
    }
    match values::gathered(lists, span) {
        Some(lists) => joined(&lists, span),
        None => values::distribute("blocks", lists, span, |lists| joined(lists, span)),
    }
}

fn joined(lists: &[Value], span: Span) -> Value {
    let mut joined = List::default();
    for list in lists {
        match &list.data {
            Data::List(list) => {
                joined.elements.extend(list.elements.iter().cloned());
                joined.rest = joined.rest.or_else(|| list.rest.clone());
                joined.gaps |= list.gaps;
            }
            Data::Unknown(unknown) => joined.rest = Some(Arc::clone(unknown)),
            _ => {}
        }
    }
    made(Data::List(Arc::new(joined)), span)
}
