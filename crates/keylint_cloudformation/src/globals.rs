//! The `Globals` section of SAM templates: properties that resources of a type inherit.
//!
//! A resource's own value replaces a scalar, is merged into a mapping, and follows the elements of
//! a list.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>

use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::{Data, List, Map, Origin, Step, Value};

use crate::call::View;
use crate::evaluate::Evaluator;
use crate::template::Template;

/// What the resources of each type inherit.
pub(crate) struct Globals(HashMap<String, Map>);

impl Globals {
    pub(crate) fn new<'t>(template: &'t Template<'t>, evaluator: &mut Evaluator<'t>) -> Self {
        let mut inherited = HashMap::new();
        for member in template.globals {
            let name = member.key.as_str();
            let mut map = evaluator.map(View::from(&member.value).members());
            for entry in map.entries.values_mut() {
                let origin =
                    entry.value.origin.through(Step::Default, format!("Globals.{name}"), member.key_span);
                entry.value.origin = origin;
            }
            inherited.insert(format!("AWS::Serverless::{name}"), map);
        }
        Globals(inherited)
    }

    /// The properties of a resource with those that it inherits.
    pub(crate) fn inherit(&self, type_name: &str, own: Map) -> Map {
        match self.0.get(type_name) {
            Some(global) => merge(global, own),
            None => own,
        }
    }
}

fn merge(global: &Map, own: Map) -> Map {
    let mut merged = global.clone();
    for (name, entry) in own.entries {
        let value = match merged.get(&name) {
            Some(inherited) => merge_values(&inherited.value, &entry.value),
            None => entry.value.clone(),
        };
        merged.entries.insert(name, keylint_model::Entry { value, ..entry });
    }
    merged.rest = own.rest.or(merged.rest);
    merged
}

fn merge_values(global: &Value, own: &Value) -> Value {
    let data = match (&global.data, &own.data) {
        (Data::Map(global), Data::Map(own)) => Data::Map(Arc::new(merge(global, (**own).clone()))),
        (Data::List(global), Data::List(own)) => {
            let elements = global.elements.iter().chain(&own.elements).cloned().collect();
            let rest = own.rest.clone().or_else(|| global.rest.clone());
            Data::List(Arc::new(List { elements, rest, ..List::default() }))
        }
        _ => return own.clone(),
    };
    let sensitive = global.origin.sensitive || own.origin.sensitive;
    Value::new(data, Origin { sensitive, ..own.origin.clone() })
}
