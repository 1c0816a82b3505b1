//! What a plan was made with: the values of the variables of its root module, and what data sources
//! answered while it was made.
//!
//! Sources beside a plan are evaluated with both, so that a condition on them has the outcome that it
//! had there. What is sensitive stays unknown: nothing that is told of it is to depend on it.

use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::{Data, Entry, List, Map, Mode, Origin, Stack, Value};
use keylint_syntax::Text;
use keylint_syntax::data::Node;

use super::{Form, is_true};
use crate::values;

/// What a plan knows besides its managed resources.
#[derive(Clone, Debug, Default)]
pub struct Known {
    variables: HashMap<Arc<str>, Value>,
    answers: HashMap<Arc<str>, Map>,
}

impl Known {
    pub(super) fn of(form: Form, node: &Node, stack: &Stack) -> Known {
        let data = stack.resources.iter().filter(|resource| resource.mode == Mode::Data);
        let answers = data.map(|it| (Arc::from(it.address.as_str()), it.attributes.clone()));
        let variables = match form {
            Form::Plan => variables(node),
            Form::State | Form::StateFile => HashMap::new(),
        };
        Known { variables, answers: answers.collect() }
    }

    /// The value that a variable of the root module was given, or has by default.
    pub(crate) fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    /// What a data source answered, where that is known and may be told.
    pub(crate) fn answer(&self, address: &str, attribute: &str) -> Option<&Value> {
        let value = self.answers.get(address)?.value(attribute)?;
        let is_told = !value.is_null()
            && values::is_wholly_known(value)
            && values::marks(value) == keylint_model::Marks::NONE;
        is_told.then_some(value)
    }
}

/// The variables that the configuration of the plan declares as not sensitive.
///
/// Source: <https://developer.hashicorp.com/terraform/internals/json-format#plan-representation>.
fn variables(node: &Node) -> HashMap<Arc<str>, Value> {
    let declared = node.get("configuration").and_then(|it| it.get("root_module")?.get("variables"));
    let is_hidden = |name: &str| {
        let declaration = declared.and_then(|all| all.get(name));
        declaration.is_some_and(|one| one.get("sensitive").is_some_and(is_true))
    };
    let all = node.get("variables").map(Node::members).unwrap_or_default();
    let shown = all.iter().filter(|variable| !is_hidden(variable.key.as_str()));
    let value = shown.filter_map(|variable| {
        let value = variable.value.get("value")?;
        Some((Arc::clone(variable.key.shared()), unwritten(&values::from_document(value))))
    });
    value.collect()
}

/// A value without its places in the plan: in the sources it is written nowhere.
fn unwritten(value: &Value) -> Value {
    let data = match &value.data {
        Data::String(text) => Data::String(Text::synthetic(Arc::clone(text.shared()))),
        Data::List(list) => {
            let elements = list.elements.iter().map(unwritten).collect();
            Data::List(Arc::new(List { elements, ..(**list).clone() }))
        }
        Data::Map(map) => {
            let entries = map.entries.iter().map(|(name, entry)| {
                let value = unwritten(&entry.value);
                (Arc::clone(name), Entry { key_span: None, span: None, value })
            });
            Data::Map(Arc::new(Map {
                entries: entries.collect(),
                rest: map.rest.clone(),
                kind: map.kind,
                named_at: map.named_at.clone(),
            }))
        }
        other => other.clone(),
    };
    Value { data, origin: Origin::default(), ..value.clone() }
}
