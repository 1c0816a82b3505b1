//! What the properties of resource types hold, out of their JSON Schemas.
//!
//! A shape is a set of names, each with the shape of what it holds. The branches of a union become
//! one shape with the names of all of them, and a list has the shape of its elements: the question
//! that a shape answers is only whether a name can be right. Whatever a schema leaves open (a map
//! with free keys, JSON) is an open shape. Shapes that are equal are written once, over all types.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

/// How many branches and references may lie between a property and its names.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Debug, Default)]
struct Shape {
    /// Whether other names are right as well.
    open: bool,
    /// The names, with the index of the shape of what each holds, where it has names.
    names: BTreeMap<String, Option<usize>>,
}

/// The lines of the table: first the types, each with its properties that hold named ones and the
/// number of their shape, then after an empty line the shapes in the order of their numbers.
pub(super) fn lines(schemas: &BTreeMap<&str, &Value>) -> String {
    let mut all = Vec::new();
    let mut roots = Vec::new();
    for (name, schema) in schemas {
        let mut reader = Reader { root: schema, shapes: &mut all, known: HashMap::new() };
        if let Some(root) = reader.shape(&[*schema]) {
            roots.push((*name, root));
        }
    }
    let classes = classes(&all);
    let class = |shape: usize| classes.get(shape).copied().unwrap_or_default();
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    let mut waiting: Vec<usize> = Vec::new();
    let mut number = |shape: usize, waiting: &mut Vec<usize>| {
        let next = numbers.len();
        *numbers.entry(class(shape)).or_insert_with(|| {
            waiting.push(shape);
            next
        })
    };
    let mut lines = String::new();
    let mut written = 0;
    let mut shapes = Vec::new();
    for (name, root) in roots {
        let properties = all.get(root).into_iter().flat_map(|shape| &shape.names);
        let nested = properties.filter_map(|(name, inner)| Some((name, (*inner)?)));
        let nested: Vec<_> =
            nested.map(|(name, inner)| format!("{name}>{}", number(inner, &mut waiting))).collect();
        lines.push_str(&format!("{name}\t{}\n", nested.join(" ")));
    }
    lines.push('\n');
    while let Some(shape) = waiting.get(written).copied() {
        written += 1;
        let Some(shape) = all.get(shape) else { continue };
        let mut names: Vec<String> = Vec::with_capacity(shape.names.len() + 1);
        names.extend(shape.open.then(|| "*".to_owned()));
        for (name, inner) in &shape.names {
            names.push(match inner {
                Some(inner) => format!("{name}>{}", number(*inner, &mut waiting)),
                None => name.clone(),
            });
        }
        shapes.push(names.join(" "));
    }
    for shape in shapes {
        lines.push_str(&shape);
        lines.push('\n');
    }
    lines
}

/// The class of each shape: two shapes are of one class when no path tells them apart.
fn classes(shapes: &[Shape]) -> Vec<usize> {
    let mut classes = vec![0; shapes.len()];
    let mut count = 1;
    loop {
        let mut known = HashMap::new();
        let refined: Vec<usize> = shapes
            .iter()
            .map(|shape| {
                let names: Vec<_> = shape
                    .names
                    .iter()
                    .map(|(name, inner)| (name, inner.map(|inner| classes.get(inner).copied())))
                    .collect();
                let next = known.len();
                *known.entry((shape.open, names)).or_insert(next)
            })
            .collect();
        if known.len() == count {
            return refined;
        }
        count = known.len();
        classes = refined;
    }
}

struct Reader<'s> {
    root: &'s Value,
    shapes: &'s mut Vec<Shape>,
    /// The shapes that were met, by the schemas that they are the union of.
    known: HashMap<Vec<*const Value>, Option<usize>>,
}

/// The parts of a schema that say something about names.
#[derive(Default)]
struct Parts<'s> {
    open: bool,
    properties: Vec<&'s Map<String, Value>>,
    met: BTreeSet<*const Value>,
}

impl<'s> Reader<'s> {
    /// The shape of the union of some schemas; `None` where it has no names.
    fn shape(&mut self, schemas: &[&'s Value]) -> Option<usize> {
        let key: Vec<*const Value> = schemas.iter().map(|schema| std::ptr::from_ref(*schema)).collect();
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let mut parts = Parts::default();
        for schema in schemas {
            self.collect(schema, &mut parts, MAX_DEPTH);
        }
        if parts.properties.is_empty() {
            self.known.insert(key, None);
            return None;
        }
        let index = self.shapes.len();
        self.shapes.push(Shape::default());
        self.known.insert(key, Some(index));
        let mut union: BTreeMap<&String, Vec<&'s Value>> = BTreeMap::new();
        for (name, schema) in parts.properties.into_iter().flatten() {
            union.entry(name).or_default().push(schema);
        }
        let names = union.into_iter().map(|(name, schemas)| (name.clone(), self.shape(&schemas))).collect();
        if let Some(shape) = self.shapes.get_mut(index) {
            *shape = Shape { open: parts.open, names };
        }
        Some(index)
    }

    fn collect(&self, schema: &'s Value, parts: &mut Parts<'s>, depth: usize) {
        let Some(members) = schema.as_object() else { return };
        if !parts.met.insert(std::ptr::from_ref(schema)) {
            return;
        }
        let Some(depth) = depth.checked_sub(1) else {
            parts.open = true;
            return;
        };
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            let target = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            match target {
                Some(target) => self.collect(target, parts, depth),
                None => parts.open = true,
            }
        }
        let is_open = members.get("additionalProperties").is_none_or(|other| other != &Value::Bool(false));
        match members.get("properties").and_then(Value::as_object) {
            Some(properties) => {
                parts.properties.push(properties);
                parts.open |= is_open;
            }
            None => parts.open |= members.contains_key("additionalProperties") && is_open,
        }
        parts.open |= members.contains_key("patternProperties") || is_any_object(members);
        for list in ["anyOf", "oneOf", "allOf"] {
            for branch in members.get(list).and_then(Value::as_array).into_iter().flatten() {
                self.collect(branch, parts, depth);
            }
        }
        for branch in ["if", "then", "else", "items"].iter().filter_map(|name| members.get(*name)) {
            self.collect(branch, parts, depth);
        }
    }
}

/// `{"type": "object"}` and no more: JSON of any form.
fn is_any_object(members: &Map<String, Value>) -> bool {
    let is_object = |ty: &Value| ty.as_str() == Some("object");
    let has_type = members
        .get("type")
        .is_some_and(|ty| is_object(ty) || ty.as_array().is_some_and(|types| types.iter().any(is_object)));
    let says_more =
        ["properties", "patternProperties", "additionalProperties", "anyOf", "oneOf", "allOf", "$ref"];
    has_type && !says_more.iter().any(|name| members.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unions_lists_and_recursion_become_shapes_that_are_written_once() {
        let first: Value = serde_json::from_str(
            r##"{"additionalProperties": false, "properties": {
                    "Name": {"type": "string"},
                    "Tags": {"type": "array", "items": {"$ref": "#/definitions/Tag"}},
                    "Rule": {"$ref": "#/definitions/Rule"},
                    "Free": {"type": "object", "patternProperties": {".*": {"type": "string"}}},
                    "Json": {"type": ["object", "string"]}},
                "definitions": {
                    "Tag": {"additionalProperties": false, "properties": {"Key": {}, "Value": {}}},
                    "Rule": {"oneOf": [
                        {"additionalProperties": false, "properties": {"Not": {"$ref": "#/definitions/Rule"}}},
                        {"additionalProperties": false, "required": ["Test"], "properties": {"Test": {}}}]}}}"##,
        )
        .unwrap();
        let second: Value = serde_json::from_str(
            r#"{"additionalProperties": false, "properties": {
                    "Labels": {"items": {"additionalProperties": false, "properties": {"Value": {}, "Key": {}}}},
                    "Half": {"anyOf": [{"type": "object"},
                        {"additionalProperties": false, "properties": {"A": {}}}]}}}"#,
        )
        .unwrap();
        let schemas = BTreeMap::from([("A::B::One", &first), ("A::B::Two", &second)]);
        assert_eq!(
            lines(&schemas),
            "A::B::One\tRule>0 Tags>1\nA::B::Two\tHalf>2 Labels>1\n\nNot>0 Test\nKey Value\n* A\n"
        );
    }
}
