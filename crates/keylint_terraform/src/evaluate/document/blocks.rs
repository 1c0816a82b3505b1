//! `statement` blocks as statements.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Data, Entry, List, Map, Marks, Origin, Part, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::Text;

use super::{one_or_list, synthetic};
use crate::values;

/// The blocks of a value: of a list of them, or the one that an object of the JSON syntax is.
pub(super) fn several(value: &Value) -> Vec<Value> {
    match &value.data {
        Data::List(list) => {
            list.elements.iter().map(|element| values::inherit(&value.origin, element)).collect()
        }
        Data::Map(_) => vec![value.clone()],
        _ => Vec::new(),
    }
}

/// Why there may be more blocks.
pub(super) fn rest(value: &Value) -> Option<Arc<Unknown>> {
    match &value.data {
        Data::List(list) => list.rest.clone(),
        Data::Unknown(unknown) => Some(Arc::clone(unknown)),
        _ => None,
    }
}

/// A `statement` block as a statement, or a choice of statements.
pub(super) fn statement(block: &Value, span: Span) -> Value {
    values::distribute("statement", std::slice::from_ref(block), span, |blocks| {
        let Some(block) = blocks.first() else { return values::rejected(span) };
        let Some(map) = block.as_map() else { return block.clone() };
        let entries = render(map, block.origin.span.unwrap_or(span));
        Value::new(
            Data::Map(Arc::new(Map {
                entries,
                rest: map.rest.clone(),
                kind: map.kind,
                named_at: map.named_at.clone(),
            })),
            block.origin.clone(),
        )
    })
}

fn render(map: &Map, span: Span) -> IndexMap<Arc<str>, Entry> {
    let mut entries = IndexMap::new();
    let mut put = |from: &str, to: &str, change: &dyn Fn(&Value) -> Value| {
        if let Some(entry) = map.get(from) {
            let value = change(&entry.value);
            if !value.is_null() {
                entries.insert(Arc::from(to), Entry { value, ..entry.clone() });
            }
        }
    };
    put("sid", "Sid", &|sid| match sid.as_str() {
        Some("") => Value::synthetic(Data::Null),
        _ => sid.clone(),
    });
    put("effect", "Effect", &|effect| {
        values::distribute("effect", std::slice::from_ref(effect), span, |effects| match effects {
            [effect] if effect.is_null() => synthetic("Allow").value,
            [effect, ..] => effect.clone(),
            [] => values::rejected(span),
        })
    });
    put("actions", "Action", &|value| strings(value, false, span));
    put("not_actions", "NotAction", &|value| strings(value, false, span));
    put("resources", "Resource", &|value| strings(value, true, span));
    put("not_resources", "NotResource", &|value| strings(value, true, span));
    put("principals", "Principal", &|blocks| principals(blocks, span));
    put("not_principals", "NotPrincipal", &|blocks| principals(blocks, span));
    put("condition", "Condition", &|blocks| conditions(blocks, span));
    entries.entry("Effect".into()).or_insert_with(|| synthetic("Allow"));
    entries
}

/// An argument that is a set of strings; null when it is empty. The provider sorts them, the last
/// first, and writes one alone as a string.
fn strings(value: &Value, variables: bool, span: Span) -> Value {
    values::distribute("statement", std::slice::from_ref(value), span, |values| {
        let Some(value) = values.first() else { return values::rejected(span) };
        let (elements, rest) = set_of(value, variables);
        let mut strings = match elements.is_empty() && rest.is_none() {
            true => return Value::synthetic(Data::Null),
            false => one_or_list(elements, rest, value.origin.clone()),
        };
        if let (Data::List(list), true) = (&mut strings.data, values::has_gaps(value)) {
            Arc::make_mut(list).gaps = true;
        }
        strings
    })
}

/// The strings of a set, in the order in which the provider writes them as far as it is known.
fn set_of(value: &Value, variables: bool) -> (Vec<Value>, Option<Arc<Unknown>>) {
    let (elements, rest) = match &value.data {
        Data::List(list) => (list.elements.clone(), list.rest.clone()),
        Data::Null => return (Vec::new(), None),
        Data::Unknown(unknown) => return (Vec::new(), Some(Arc::clone(unknown))),
        _ => (vec![value.clone()], None),
    };
    let present = elements.into_iter().filter(|element| !element.is_null()).map(values::beside_strings);
    let mut elements: Vec<Value> =
        present.map(|element| if variables { replace_variables(&element) } else { element }).collect();
    if rest.is_none() && elements.iter().all(|element| element.as_str().is_some()) {
        elements.sort_by(|a, b| b.as_str().cmp(&a.as_str()));
        elements.dedup_by(|a, b| a.as_str() == b.as_str());
    }
    (elements, rest)
}

/// Reads blocks, each as the two attributes that decide where its values stand, in every
/// combination of alternatives.
fn grouped(
    blocks: &Value,
    names: [&str; 2],
    span: Span,
    group: impl Fn(&[Value], &[Value], Option<Arc<Unknown>>) -> Value,
) -> Value {
    values::distribute("statement", std::slice::from_ref(blocks), span, |blocks| {
        let Some(blocks) = blocks.first() else { return values::rejected(span) };
        let (list, rest) = (several(blocks), rest(blocks));
        if list.is_empty() && rest.is_none() {
            return Value::synthetic(Data::Null);
        }
        let value = values::distribute("statement", &list, span, |list| {
            let absent = Value::synthetic(Data::Null);
            // What a condition leaves out.
            let list: Vec<Value> = list.iter().filter(|block| !block.is_null()).cloned().collect();
            if list.is_empty() && rest.is_none() {
                return absent;
            }
            let keys: Vec<Value> = list
                .iter()
                .flat_map(|block| {
                    names
                        .map(|name| block.as_map().and_then(|map| map.value(name)).unwrap_or(&absent).clone())
                })
                .collect();
            values::distribute("statement", &keys, span, |keys| group(&list, keys, rest.clone()))
        });
        values::inherit(&Origin { span: None, ..blocks.origin.clone() }, &value)
    })
}

/// `principals` blocks as the value of `Principal`; null when there are none.
fn principals(blocks: &Value, span: Span) -> Value {
    grouped(blocks, ["type", "identifiers"], span, |blocks, keys, rest| {
        if let ([_], [kind, identifiers], None) = (blocks, keys, &rest)
            && kind.as_str() == Some("*")
            && let (elements, None) = set_of(identifiers, true)
            && let [only] = elements.as_slice()
            && only.as_str() == Some("*")
        {
            return values::inherit(&identifiers.origin, only);
        }
        let mut kinds = Groups::new("Principal", rest);
        for (block, keys) in blocks.iter().zip(keys.chunks(2)) {
            let (Some(map), [kind, identifiers]) = (block.as_map(), keys) else {
                kinds.open(block);
                continue;
            };
            let at = map.get("identifiers").and_then(|entry| entry.span);
            kinds.add(kind, set_of(identifiers, true), identifiers, at);
        }
        let origin = blocks.first().map(|block| block.origin.clone()).unwrap_or_default();
        let marks = kinds.marks;
        values::marked(Value::new(Data::Map(Arc::new(kinds.finish(false))), origin), marks)
    })
}

/// `condition` blocks as the value of `Condition`; null when there are none.
fn conditions(blocks: &Value, span: Span) -> Value {
    grouped(blocks, ["test", "variable"], span, |blocks, keys, rest| {
        let mut tests: IndexMap<Arc<str>, (Option<Span>, Groups)> = IndexMap::new();
        let mut marks = Marks::NONE;
        let mut open = rest;
        let mut seen = HashSet::new();
        for (block, keys) in blocks.iter().zip(keys.chunks(2)) {
            let (Some(map), [test, variable]) = (block.as_map(), keys) else {
                open = values::first_unknown(block).cloned().or(open);
                continue;
            };
            // The blocks are a set.
            if values::is_wholly_known(block)
                && let Some(text) = values::to_string(&Value::synthetic(Data::Json(Arc::new(block.clone()))))
                && !seen.insert(text)
            {
                continue;
            }
            let Some(name) = test.as_str() else {
                open = values::first_unknown(test).cloned().or(open);
                continue;
            };
            // A mapping is as secret as its keys.
            marks |= test.origin.marks;
            let (_, keys) = tests
                .entry(name.into())
                .or_insert_with(|| (test.origin.span, Groups::new("Condition", None)));
            keys.within = test.origin.span;
            let absent = Value::synthetic(Data::Null);
            let given = map.value("values").unwrap_or(&absent);
            let (elements, rest) = match &given.data {
                Data::List(list) => (list.elements.clone(), list.rest.clone()),
                Data::Null => (Vec::new(), None),
                Data::Unknown(unknown) => (Vec::new(), Some(Arc::clone(unknown))),
                _ => (vec![given.clone()], None),
            };
            let present = elements.iter().filter(|element| !element.is_null());
            let elements =
                present.map(|element| replace_variables(&values::beside_strings(element.clone()))).collect();
            let at = map.get("values").and_then(|entry| entry.span);
            keys.add(variable, (elements, rest), given, at);
        }
        let mut entries: IndexMap<Arc<str>, Entry> = tests
            .into_iter()
            .map(|(name, (key_span, keys))| {
                let origin = Origin { span: key_span, marks: keys.marks, ..Origin::default() };
                let value = Value::new(Data::Map(Arc::new(keys.finish(true))), origin);
                (name, Entry { key_span, span: key_span, value })
            })
            .collect();
        entries.sort_keys();
        let origin = blocks.first().map(|block| block.origin.clone()).unwrap_or_default();
        let value = Value::new(Data::Map(Arc::new(Map { entries, rest: open, ..Map::default() })), origin);
        values::marked(value, marks)
    })
}

/// Values by name, those of several blocks together.
struct Groups {
    /// The element of the policy that they make up.
    element: &'static str,
    entries: IndexMap<Arc<str>, Group>,
    rest: Option<Arc<Unknown>>,
    /// What is said of the names.
    marks: Marks,
    /// Where the group that they are in is named for what is added next.
    within: Option<Span>,
}

struct Group {
    key_span: Option<Span>,
    /// Where the group that it is in is named for it.
    within: Option<Span>,
    elements: Vec<Value>,
    rest: Option<Arc<Unknown>>,
    origin: Origin,
    blocks: usize,
}

impl Groups {
    fn new(element: &'static str, rest: Option<Arc<Unknown>>) -> Self {
        Groups { element, entries: IndexMap::new(), rest, marks: Marks::NONE, within: None }
    }

    /// Adds the elements and the rest of a set that is given by the expression `at`.
    fn add(
        &mut self,
        name: &Value,
        (elements, rest): (Vec<Value>, Option<Arc<Unknown>>),
        given: &Value,
        at: Option<Span>,
    ) {
        let Some(known) = name.as_str() else { return self.open(name) };
        self.marks |= name.origin.marks;
        let elements = elements.into_iter().map(|element| {
            let value = values::inherit(&given.origin, &element);
            Value { origin: value.origin.used_as(self.element, at), ..value }
        });
        let group = self.entries.entry(known.into()).or_insert_with(|| Group {
            key_span: name.origin.span,
            within: self.within,
            elements: Vec::new(),
            rest: None,
            origin: given.origin.clone(),
            blocks: 0,
        });
        group.elements.extend(elements);
        group.rest = group.rest.take().or(rest);
        group.blocks += 1;
    }

    /// A block of which the name is not known.
    fn open(&mut self, unknown: &Value) {
        self.rest = values::first_unknown(unknown).cloned().or(self.rest.take());
    }

    /// The entries as the provider's map writes them: sorted by name, one value alone as a string.
    /// The identifiers of two blocks stay a list even where both give the same one.
    fn finish(self, alone: bool) -> Map {
        let within = |(name, group): (&Arc<str>, &Group)| Some((Arc::clone(name), group.within?));
        let named_at: Vec<_> = self.entries.iter().filter_map(within).collect();
        let mut entries: IndexMap<Arc<str>, Entry> = self
            .entries
            .into_iter()
            .map(|(name, group)| {
                let span = group.origin.span;
                let value = match alone || group.blocks == 1 {
                    true => one_or_list(group.elements, group.rest, group.origin),
                    false => {
                        let list = List { elements: group.elements, rest: group.rest, ..List::default() };
                        Value::new(Data::List(Arc::new(list)), group.origin)
                    }
                };
                (name, Entry { key_span: group.key_span, span, value })
            })
            .collect();
        entries.sort_keys();
        Map {
            entries,
            rest: self.rest,
            named_at: (!named_at.is_empty()).then(|| named_at.into()),
            ..Map::default()
        }
    }
}

/// `&{…}` stands for a policy variable, `${…}` would be Terraform's own.
fn replace_variables(value: &Value) -> Value {
    let data = match &value.data {
        Data::String(text) if text.contains("&{") => Data::String(with_variables(text)),
        Data::Partial(parts) => Data::Partial(
            parts
                .iter()
                .map(|part| match part {
                    Part::Known(text) if text.contains("&{") => Part::Known(with_variables(text)),
                    other => other.clone(),
                })
                .collect(),
        ),
        Data::List(list) => {
            let elements = list.elements.iter().map(replace_variables).collect();
            Data::List(Arc::new(List { elements, ..(**list).clone() }))
        }
        Data::Choice(alternatives) => {
            let mut replaced = alternatives.to_vec();
            for one in &mut replaced {
                one.value = replace_variables(&one.value);
            }
            Data::Choice(replaced.into())
        }
        other => other.clone(),
    };
    Value::new(data, value.origin.clone())
}

fn with_variables(text: &Text) -> Text {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (offset, _) in text.match_indices("&{") {
        pieces.push(text.slice(from..offset));
        pieces.push(match text.span_of(offset..offset + 2) {
            Some(span) => Text::at("${", span),
            None => Text::synthetic("${"),
        });
        from = offset + 2;
    }
    pieces.push(text.slice(from..text.len()));
    Text::concat(&pieces)
}
