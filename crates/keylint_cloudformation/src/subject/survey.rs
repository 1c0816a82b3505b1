//! What a template asks for before any condition is read: parameters, and keys of mappings.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use keylint_model::{Reason, Unknown};
use keylint_syntax::data::{Member, Node, NodeKind};

use super::{MAX_SPLIT, Subject, Subjects};
use crate::asked;
use crate::call::{Call, Function, View, makes_members};
use crate::evaluate::scalar;
use crate::parameter::Parameter;
use crate::template::Template;

impl Subjects {
    /// The subjects that are known before any condition is read: parameters with a few allowed
    /// values, and the keys of mappings that are looked up by an open parameter.
    pub(crate) fn survey(template: &Template<'_>) -> Self {
        let mut subjects = Subjects {
            settled: HashMap::new(),
            found: Some(BTreeMap::new()),
            masked: IndexSet::new(),
            allowed: HashMap::new(),
            refused: HashMap::new(),
            defaults: IndexMap::new(),
            passed_on: HashMap::new(),
            scope: template.scope().into(),
            asks: 0,
        };
        let asked = asked::by_conditions(template);
        let resources = template.resources.values().copied();
        let passed = template.frame.map(|frame| frame.passed_on(resources)).unwrap_or_default();
        for parameter in template.parameters.values() {
            let name = &*parameter.name;
            if passed.contains(name) {
                subjects.passed_on.insert(Arc::clone(&parameter.identity), parameter.unknown());
            }
            subjects.survey_parameter(template, parameter, asked.contains(name) || passed.contains(name));
        }
        let conditions = template.conditions.values().map(|member| (&member.value, true));
        let resources = template.resources.values().copied().chain(template.outputs);
        let resources = resources.map(|member| (&member.value, member.value.get("Condition").is_none()));
        subjects.asks = resources.clone().filter(|(_, is_certain)| !is_certain).count();
        for (root, is_certain) in conditions.chain(resources) {
            subjects.survey_lookups(template, root, is_certain);
        }
        subjects
    }

    /// Records what a parameter can be, before anything is compared with it.
    fn survey_parameter(&mut self, template: &Template<'_>, parameter: &Parameter<'_>, is_asked: bool) {
        if parameter.no_echo {
            self.masked.insert(Arc::clone(&parameter.identity));
        }
        if !parameter.is_chosen() {
            return;
        }
        let default = parameter.default_text();
        if default.is_some() && (!is_asked || template.is_given()) {
            return;
        }
        let allowed = admitted(parameter);
        let first = default.as_deref().and_then(|default| allowed.get_index_of(default));
        let is_listed = parameter.is_one_of_allowed() && !allowed.is_empty() && !parameter.no_echo;
        let is_list = parameter.is_list() && !allowed.is_empty() && !parameter.no_echo;
        if is_list && allowed.len() <= MAX_SPLIT && default.is_none() {
            let unknown = parameter.unknown();
            let subject =
                Subject::new(template.scope(), &parameter.identity, &unknown, allowed, false, false);
            self.settled.insert(Arc::clone(&parameter.identity), Subject { is_list, ..subject });
            return;
        }
        if is_listed && allowed.len() <= MAX_SPLIT && (default.is_none() || first.is_some()) {
            // The default comes first, and with it what is said of the template as it stands.
            let allowed = reordered(allowed.clone(), first.unwrap_or_default());
            let unknown = parameter.unknown();
            let subject = Subject::new(template.scope(), &parameter.identity, &unknown, allowed, true, false);
            let subject = if default.is_some() { subject.defaulting() } else { subject };
            self.settled.insert(Arc::clone(&parameter.identity), subject);
        } else if let Some(default) = default
            && (!parameter.is_one_of_allowed() || first.is_some())
            && parameter.has_plain_default()
        {
            self.defaults.insert(Arc::clone(&parameter.identity), default.into());
            self.open_default(&parameter.identity, &parameter.unknown());
        }
        if is_listed {
            self.allowed.insert(Arc::clone(&parameter.identity), allowed);
        }
    }

    /// Records what is looked up in mappings. `is_certain` says whether the service evaluates the
    /// tree in every deployment.
    fn survey_lookups(&mut self, template: &Template<'_>, root: &Node, is_certain: bool) {
        let mut waiting = vec![(root, is_certain)];
        while let Some((node, is_certain)) = waiting.pop() {
            let call = Call::of(View::from(node));
            let is_if = call.is_some_and(|call| call.function == Function::If);
            self.asks += usize::from(is_if);
            let is_certain = is_certain && !is_if;
            match &node.kind {
                NodeKind::List(elements) => {
                    waiting.extend(elements.iter().map(|element| (element, is_certain)));
                }
                NodeKind::Map(members) => {
                    let certain = |member: &Member| is_certain && !makes_members(&member.key);
                    waiting.extend(members.iter().map(|member| (&member.value, certain(member))));
                }
                _ => continue,
            }
            let Some(Call { function: Function::FindInMap, argument, .. }) = call else { continue };
            let Some([mapping, top, second, default @ ..]) = argument.elements() else { continue };
            let Some(mapping) = mapping.as_str().and_then(|name| template.mappings.get(name)) else {
                continue;
            };
            let is_certain = is_certain && default.is_empty();
            let members = mapping.members();
            self.survey_key(template, top, members.iter(), is_certain);
            match View::from(top).as_str() {
                Some(top) => {
                    let inner = mapping.get(top).map(Node::members).unwrap_or_default();
                    self.survey_key(template, second, inner.iter(), is_certain);
                }
                None => {
                    let inner = members.iter().flat_map(|member| member.value.members());
                    self.survey_key(template, second, inner, is_certain);
                }
            }
        }
    }

    /// Records a key of a lookup among these members that is a parameter which deployment chooses.
    fn survey_key<'m>(
        &mut self,
        template: &Template<'_>,
        key: &Node,
        members: impl Iterator<Item = &'m Member>,
        is_certain: bool,
    ) {
        let key = Call::of(View::from(key)).filter(|call| call.function == Function::Ref);
        let Some(name) = key.and_then(|call| call.argument.as_str()) else { return };
        let parameter = template.parameters.get(name);
        let is_open = |one: &Parameter<'_>| one.is_open() || self.defaults.contains_key(&one.identity);
        if !name.starts_with("AWS::") && !parameter.is_some_and(is_open) {
            return;
        }
        let mut keys: IndexSet<&str> = IndexSet::new();
        for member in members {
            keys.insert(member.key.as_str());
            if keys.len() > MAX_SPLIT {
                return;
            }
        }
        let identity = parameter.map_or_else(|| name.into(), |one| Arc::clone(&one.identity));
        let environment = || Unknown::new(Reason::Environment(name.into()));
        let unknown = parameter.map_or_else(environment, Parameter::unknown);
        for key in &keys {
            self.record(&identity, &unknown, key);
        }
        if let Some(found) = self.found.as_mut().and_then(|found| found.get_mut(&identity))
            && is_certain
        {
            let is_allowed = |key: &&str| found.required.as_ref().is_none_or(|known| known.contains(*key));
            found.required = Some(keys.into_iter().filter(is_allowed).map(Arc::from).collect());
        }
    }
}

/// The values that a parameter lists and its other constraints leave.
fn admitted(parameter: &Parameter<'_>) -> IndexSet<Arc<str>> {
    if parameter.allowed.is_empty() {
        return IndexSet::new();
    }
    let admits = parameter.admitting();
    parameter.allowed.iter().filter_map(scalar).filter(|text| admits(text)).map(Arc::from).collect()
}

/// The same with one element before all others.
fn reordered(mut all: IndexSet<Arc<str>>, first: usize) -> IndexSet<Arc<str>> {
    if first < all.len() {
        all.move_index(first, 0);
    }
    all
}
