//! `aws_iam_policy_document`: the policy that the data source builds out of its blocks.
//!
//! Every action, principal and condition value keeps the place it was written at, so that a
//! finding in the built document points into the data source.
//!
//! Source: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>;
//! merging and the form of principals follow the provider's `policy_model.go`.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Alternative, Data, Entry, List, Map, Origin, Part, Reason, Step, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::Text;
use keylint_syntax::hcl::Block;

use super::Evaluator;
use crate::values::{self, made};

impl Evaluator<'_> {
    /// Adds `json` and `minified_json` to the arguments of a document.
    pub(super) fn add_document(&self, arguments: &mut Map, address: &Arc<str>, block: &Block) {
        let span = block.header;
        let names = [
            "statement",
            "source_json",
            "source_policy_documents",
            "override_json",
            "override_policy_documents",
        ];
        let absent = Value::synthetic(Data::Null);
        let operands = names.map(|name| arguments.value(name).cloned().unwrap_or_else(|| absent.clone()));
        let fixed = Fixed { version: given(arguments, "version"), id: given(arguments, "policy_id") };
        let document = values::distribute("aws_iam_policy_document", &operands, span, |values| {
            let [statement, source_json, sources, override_json, overrides] = values else {
                return values::invalid(span);
            };
            let before = documents(&[source_json, sources]);
            let after = documents(&[override_json, overrides]);
            let all: Vec<_> =
                before.iter().chain(std::iter::once(statement)).chain(&after).cloned().collect();
            values::distribute("aws_iam_policy_document", &all, span, |all| {
                build(all, before.len(), &fixed, span)
            })
        });
        let document = came_through(document, address, span);
        for name in ["json", "minified_json"] {
            let entry = Entry { key_span: Some(span), span: Some(span), value: document.clone() };
            arguments.entries.insert(name.into(), entry);
        }
    }
}

/// What stands at the top of the document.
struct Fixed {
    version: Option<Entry>,
    id: Option<Entry>,
}

fn given(arguments: &Map, name: &str) -> Option<Entry> {
    arguments.get(name).filter(|entry| !entry.value.is_null()).cloned()
}

/// The documents to merge, each as its own value; a list of which there may be more ends in an
/// unknown one.
fn documents(from: &[&Value]) -> Vec<Value> {
    let mut documents = Vec::new();
    for value in from {
        match &value.data {
            Data::Null => {}
            Data::List(list) => {
                documents.extend(list.elements.iter().map(|element| values::inherit(&value.origin, element)));
                documents.extend(
                    list.rest.iter().map(|rest| Value::unknown((**rest).clone(), value.origin.clone())),
                );
            }
            _ => documents.push((*value).clone()),
        }
    }
    documents
}

/// Merges documents: those before position `own` are sources, the one at it is the data source's
/// own list of statements, the others override.
fn build(all: &[Value], own: usize, fixed: &Fixed, span: Span) -> Value {
    let mut merged = Merged::default();
    for (position, document) in all.iter().enumerate() {
        if position == own {
            merged.add_own(document, fixed, span);
        } else {
            merged.add_document(document, span);
        }
    }
    let Merged { version, id, statements, rest } = merged;
    let mut entries = IndexMap::new();
    let version = version.unwrap_or_else(|| synthetic("2012-10-17"));
    entries.insert(Arc::from("Version"), version);
    if let Some(id) = id {
        entries.insert(Arc::from("Id"), id);
    }
    let list =
        Value::new(Data::List(Arc::new(List { elements: statements, rest, set: false })), Origin::at(span));
    entries.insert(Arc::from("Statement"), values::entry(list));
    let policy = values::made_map(entries, span);
    made(Data::Json(Arc::new(policy)), span)
}

#[derive(Default)]
struct Merged {
    version: Option<Entry>,
    id: Option<Entry>,
    statements: Vec<Value>,
    rest: Option<Arc<Unknown>>,
}

impl Merged {
    fn add_own(&mut self, statements: &Value, fixed: &Fixed, span: Span) {
        if let Some(id) = &fixed.id {
            self.id = Some(id.clone());
        }
        self.add_version(fixed.version.clone().unwrap_or_else(|| synthetic("2012-10-17")));
        match &statements.data {
            Data::List(list) => {
                for element in &list.elements {
                    self.add_statement(statement(element, span));
                }
                self.add_rest(list.rest.as_ref());
            }
            Data::Unknown(unknown) => self.add_rest(Some(unknown)),
            _ => {}
        }
    }

    fn add_document(&mut self, document: &Value, span: Span) {
        let decoded = match &document.data {
            Data::Json(inner) => Some(values::inherit(&document.origin, inner)),
            Data::String(text) if text.trim().is_empty() => return,
            Data::Null => return,
            Data::String(_) | Data::Partial(_) => values::decode(document),
            _ => None,
        };
        let Some(Value { data: Data::Map(map), .. }) = decoded else {
            let unknown = values::derived("policy document", std::slice::from_ref(document), span);
            self.replaceable();
            return self.add_rest(values::first_unknown(&unknown));
        };
        if let Some(id) = map.get("Id").filter(|entry| entry.value.as_str().is_some_and(|id| !id.is_empty()))
        {
            self.id = Some(id.clone());
        }
        if let Some(version) = map.get("Version") {
            self.add_version(version.clone());
        }
        match map.value("Statement").map(|value| &value.data) {
            Some(Data::List(list)) => {
                for element in &list.elements {
                    self.add_statement(values::inherit(&document.origin, element));
                }
                self.add_rest(list.rest.as_ref());
            }
            Some(Data::Map(_)) => {
                if let Some(only) = map.value("Statement") {
                    self.add_statement(values::inherit(&document.origin, only));
                }
            }
            Some(Data::Unknown(unknown)) => self.add_rest(Some(unknown)),
            _ => {}
        }
    }

    /// The newer version wins.
    fn add_version(&mut self, version: Entry) {
        let newer = match (&self.version, version.value.as_str()) {
            (Some(known), Some(new)) => known.value.as_str().is_some_and(|known| new > known),
            _ => true,
        };
        if newer {
            self.version = Some(version);
        }
    }

    /// Appends a statement, or replaces the one with its `Sid`.
    fn add_statement(&mut self, statement: Value) {
        let sid = sid(&statement).map(str::to_owned);
        let same =
            sid.and_then(|sid| self.statements.iter_mut().find(|known| self::sid(known) == Some(&sid)));
        match same {
            Some(known) => *known = statement,
            None => self.statements.push(statement),
        }
    }

    fn add_rest(&mut self, rest: Option<&Arc<Unknown>>) {
        self.rest = self.rest.take().or_else(|| rest.cloned());
    }

    /// An unknown document follows: a statement with a `Sid` may be replaced by one of it.
    fn replaceable(&mut self) {
        for known in &mut self.statements {
            if sid(known).is_some() {
                let unknown = Unknown::new(Reason::Operand("policy document".into()));
                known.data = Data::Unknown(Arc::new(unknown));
            }
        }
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
    Value { data, origin: value.origin.through(Step::Document, Arc::clone(address), span) }
}

/// The `Sid` of a statement, where it has one.
fn sid(statement: &Value) -> Option<&str> {
    statement.as_map()?.value("Sid")?.as_str().filter(|sid| !sid.is_empty())
}

fn synthetic(text: &str) -> Entry {
    values::entry(Value::synthetic(Data::String(Text::synthetic(text))))
}

/// A `statement` block as a statement.
fn statement(block: &Value, span: Span) -> Value {
    let parts = |block: &Value| -> Option<[Value; 4]> {
        let map = block.as_map()?;
        Some(
            ["principals", "not_principals", "condition", "effect"]
                .map(|name| map.value(name).cloned().unwrap_or_else(|| Value::synthetic(Data::Null))),
        )
    };
    values::distribute("statement", std::slice::from_ref(block), span, |blocks| {
        let Some(block) = blocks.first() else { return values::invalid(span) };
        let (Some(map), Some(parts)) = (block.as_map(), parts(block)) else { return block.clone() };
        values::distribute("statement", &parts, span, |parts| match parts {
            [principals, not_principals, condition, effect] => {
                let entries = render(map, [principals, not_principals, condition, effect]);
                Value::new(Data::Map(Arc::new(Map { entries, rest: map.rest.clone() })), block.origin.clone())
            }
            _ => values::invalid(span),
        })
    })
}

fn render(
    map: &Map,
    [principals, not_principals, condition, effect]: [&Value; 4],
) -> IndexMap<Arc<str>, Entry> {
    let mut entries = IndexMap::new();
    let absent = |value: &Value| match &value.data {
        Data::Null => true,
        Data::List(list) => list.elements.is_empty() && list.rest.is_none(),
        Data::String(text) => text.is_empty(),
        _ => false,
    };
    let mut copy = |from: &str, to: &str, variables: bool| {
        if let Some(entry) = map.get(from).filter(|entry| !absent(&entry.value)) {
            let value = if variables { replace_variables(&entry.value) } else { entry.value.clone() };
            entries.insert(Arc::from(to), Entry { value, ..entry.clone() });
        }
    };
    copy("sid", "Sid", false);
    copy("actions", "Action", false);
    copy("not_actions", "NotAction", false);
    copy("resources", "Resource", true);
    copy("not_resources", "NotResource", true);
    let effect = match (&effect.data, map.get("effect")) {
        (Data::Null, _) | (_, None) => synthetic("Allow"),
        (_, Some(entry)) => Entry { value: effect.clone(), ..entry.clone() },
    };
    entries.insert("Effect".into(), effect);
    for (from, to, value) in
        [("principals", "Principal", principals), ("not_principals", "NotPrincipal", not_principals)]
    {
        if let Some(value) = principal(value) {
            let span = map.get(from).and_then(|entry| entry.span);
            entries
                .insert(to.into(), Entry { key_span: map.get(from).and_then(|it| it.key_span), span, value });
        }
    }
    if let Some(value) = conditions(condition) {
        let given = map.get("condition");
        let (key_span, span) = (given.and_then(|it| it.key_span), given.and_then(|it| it.span));
        entries.insert("Condition".into(), Entry { key_span, span, value });
    }
    entries
}

/// `principals` blocks as the value of `Principal`. `None` when there are none.
fn principal(blocks: &Value) -> Option<Value> {
    let list = match &blocks.data {
        Data::List(list) => list,
        Data::Null => return None,
        _ => return Some(blocks.clone()),
    };
    if list.elements.is_empty() && list.rest.is_none() {
        return None;
    }
    if let ([only], None) = (list.elements.as_slice(), &list.rest)
        && let Some(everyone) = everyone(only)
    {
        return Some(everyone);
    }
    let mut map = Map { entries: IndexMap::new(), rest: list.rest.clone() };
    for block in &list.elements {
        let Some(block) = block.as_map() else {
            map.rest = values::first_unknown(block).cloned().or(map.rest);
            continue;
        };
        let identifiers = block.value("identifiers").map(replace_variables);
        let (Some(kind), Some(identifiers)) = (block.get("type"), identifiers) else { continue };
        match kind.value.as_str() {
            Some(name) => append(&mut map, name, kind.value.origin.span, identifiers),
            None => map.rest = values::first_unknown(&kind.value).cloned().or(map.rest),
        }
    }
    Some(Value::new(Data::Map(Arc::new(map)), blocks.origin.clone()))
}

/// The `"*"` of a block of type `*` with the only identifier `*`.
fn everyone(block: &Value) -> Option<Value> {
    let block = block.as_map()?;
    block.value("type")?.as_str().filter(|kind| *kind == "*")?;
    let identifiers = block.value("identifiers")?.as_list()?;
    match (identifiers.elements.as_slice(), &identifiers.rest) {
        ([only], None) if only.as_str() == Some("*") => Some(only.clone()),
        _ => None,
    }
}

/// Adds the elements of a list to an entry.
fn append(map: &mut Map, name: &str, key_span: Option<Span>, more: Value) {
    let Some(entry) = map.entries.get_mut(name) else {
        let entry = Entry { key_span, span: more.origin.span, value: more };
        map.entries.insert(name.into(), entry);
        return;
    };
    match (&entry.value.data, &more.data) {
        (Data::List(known), Data::List(more)) => {
            let elements = known.elements.iter().chain(&more.elements).cloned().collect();
            let rest = known.rest.clone().or_else(|| more.rest.clone());
            entry.value.data = Data::List(Arc::new(List { elements, rest, set: false }));
        }
        (Data::List(known), _) => {
            let rest = values::first_unknown(&more).cloned().or_else(|| known.rest.clone());
            entry.value.data = Data::List(Arc::new(List { rest, ..(**known).clone() }));
        }
        (_, Data::List(list)) => {
            let rest = values::first_unknown(&entry.value).cloned().or_else(|| list.rest.clone());
            entry.value.data = Data::List(Arc::new(List { rest, ..(**list).clone() }));
        }
        _ => {}
    }
}

/// `condition` blocks as the value of `Condition`. `None` when there are none.
fn conditions(blocks: &Value) -> Option<Value> {
    let list = match &blocks.data {
        Data::List(list) => list,
        Data::Null => return None,
        _ => return Some(blocks.clone()),
    };
    if list.elements.is_empty() && list.rest.is_none() {
        return None;
    }
    let mut tests: IndexMap<Arc<str>, (Option<Span>, Map)> = IndexMap::new();
    let mut rest = list.rest.clone();
    for block in &list.elements {
        let Some(map) = block.as_map() else {
            rest = values::first_unknown(block).cloned().or(rest);
            continue;
        };
        let (Some(test), Some(variable)) = (map.get("test"), map.get("variable")) else { continue };
        let Some(name) = test.value.as_str() else {
            rest = values::first_unknown(&test.value).cloned().or(rest);
            continue;
        };
        let (_, keys) = tests.entry(name.into()).or_insert_with(|| (test.value.origin.span, Map::default()));
        let given = map.value("values").map(replace_variables);
        match (variable.value.as_str(), given) {
            (Some(key), Some(given)) => append(keys, key, variable.value.origin.span, given),
            (None, _) => keys.rest = values::first_unknown(&variable.value).cloned().or(keys.rest.take()),
            (_, None) => {}
        }
    }
    let entries = tests.into_iter().map(|(name, (key_span, keys))| {
        let value = Value::new(Data::Map(Arc::new(keys)), Origin { span: key_span, ..Origin::default() });
        (name, Entry { key_span, span: key_span, value })
    });
    let map = Map { entries: entries.collect(), rest };
    Some(Value::new(Data::Map(Arc::new(map)), blocks.origin.clone()))
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
            Data::List(Arc::new(List { elements, rest: list.rest.clone(), set: list.set }))
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
