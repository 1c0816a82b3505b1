//! What rules look at: each subject of a stack, with its elements in a world.

use std::rc::Rc;

use keylint_model::{Data as ModelData, NeedsSplit, World};
use keylint_policy::Reading;
use keylint_policy::validate::{Check, Issue};

use super::{Scope, issues, sinks, stores};
use crate::eval::{Data, Datum, Whys};
use crate::identities::Identity;
use crate::kind::{Attribute, AttributeType};
use crate::page::Target;
use crate::policies::{Content, Policy};
use crate::view::{
    Beside, Entity, PolicyView, Secret, StatementView, Variable, View, attribute_datum, attribute_values,
};

/// Something that a rule looks at, with all its elements.
#[derive(Clone, Debug)]
pub(super) enum Subject<'a> {
    Resource(&'a Entity<'a>),
    /// The elements of a list attribute.
    Items(&'a Entity<'a>, &'a Attribute),
    Policy(&'a Policy<'a>),
    /// The statements of a policy.
    Statements(&'a Policy<'a>),
    /// The statements of a policy that an identity has beside others.
    Together(&'a Identity<'a>, &'a Policy<'a>),
    /// The elements of `Action` of the statements of a policy.
    Actions(&'a Policy<'a>),
    /// What a check of the validator has found in each version of a policy.
    Issues(&'a Policy<'a>, &'a [Vec<Issue<'a>>], Check),
    /// One of the stores of a resource.
    Stores(&'a Entity<'a>, usize),
    /// The values of an attribute of type `secret`, which may stand inside items.
    Secrets(&'a Entity<'a>, Vec<&'a Attribute>),
    /// The variables of an attribute.
    Variables(&'a Entity<'a>, &'a Attribute),
}

/// One element of a subject in one world.
#[derive(Clone)]
pub(super) struct Element<'a> {
    /// The variables of the rule.
    pub(super) variables: Vec<Datum<'a>>,
    /// How a fingerprint tells it from the other elements of its subject.
    pub(super) name: Rc<str>,
    /// The statement that it is.
    pub(super) statement: Option<StatementView<'a>>,
    /// Set when it is not known whether there is such an element at all.
    pub(super) doubt: Option<Whys>,
    /// Where findings point when the rule does not say.
    pub(super) place: crate::eval::Place<'a>,
}

impl<'a> Subject<'a> {
    /// The resource that findings name.
    pub(super) fn resource(&self) -> &'a keylint_model::Resource {
        match self {
            Subject::Resource(entity)
            | Subject::Items(entity, _)
            | Subject::Stores(entity, _)
            | Subject::Secrets(entity, _)
            | Subject::Variables(entity, _) => entity.resource,
            Subject::Policy(policy)
            | Subject::Statements(policy)
            | Subject::Together(_, policy)
            | Subject::Actions(policy)
            | Subject::Issues(policy, ..) => policy.resource,
        }
    }

    /// The resource with its kind; `None` for a bare document.
    fn entity(&self) -> Option<&'a Entity<'a>> {
        match self {
            Subject::Resource(entity)
            | Subject::Items(entity, _)
            | Subject::Stores(entity, _)
            | Subject::Secrets(entity, _)
            | Subject::Variables(entity, _) => Some(entity),
            Subject::Policy(policy)
            | Subject::Statements(policy)
            | Subject::Together(_, policy)
            | Subject::Actions(policy)
            | Subject::Issues(policy, ..) => policy.entity,
        }
    }

    /// The world in which its resource is there.
    pub(super) fn start(&self) -> World {
        self.entity().map_or_else(|| World::of(&self.resource().guard), |entity| entity.world.clone())
    }

    /// The policy that it is about.
    pub(super) fn policy(&self) -> Option<&'a Policy<'a>> {
        match self {
            Subject::Policy(policy)
            | Subject::Statements(policy)
            | Subject::Together(_, policy)
            | Subject::Actions(policy)
            | Subject::Issues(policy, ..) => Some(policy),
            _ => None,
        }
    }

    /// Whether its worlds are those of the parts of a policy: see [`Policy::is_in_parts`].
    pub(super) fn is_in_parts(&self) -> bool {
        match self {
            Subject::Policy(policy)
            | Subject::Statements(policy)
            | Subject::Actions(policy)
            | Subject::Issues(policy, ..) => policy.is_in_parts(),
            _ => false,
        }
    }

    /// Whether several of its worlds may hold at once.
    pub(super) fn worlds_overlap(&self) -> bool {
        match self {
            Subject::Together(identity, _) => identity.is_in_parts,
            _ => self.is_in_parts(),
        }
    }

    /// The name by which a page gives it a level of its own.
    pub(super) fn kind(&self) -> &'a str {
        self.entity().and_then(|entity| entity.kind).map_or("policy", |kind| &kind.name)
    }

    /// The worlds that decide which elements it has, with `None` for one in which it is not there.
    pub(super) fn worlds(&self, scope: Scope<'a>) -> Option<Vec<(World, Option<usize>)>> {
        if let Subject::Together(identity, _) = self {
            let versions = identity.versions.iter().enumerate();
            let there = versions.map(|(index, (world, held))| (world.clone(), held.as_ref().map(|_| index)));
            return Some(there.collect());
        }
        if let Some(policy) = self.policy() {
            let there =
                policy.versions.iter().enumerate().map(|(index, (world, _))| (world.clone(), Some(index)));
            return Some(there.chain(policy.absent.iter().map(|world| (world.clone(), None))).collect());
        }
        let worlds = World::explore(&self.start(), super::MAX_WORLDS, |world| {
            self.elements(scope, world, 0).map(|_| ())
        })?;
        Some(worlds.into_iter().map(|(world, ())| (world, Some(0))).collect())
    }

    /// The elements in a world; `version` is what [`Subject::worlds`] gave with it.
    pub(super) fn elements(
        &self,
        scope: Scope<'a>,
        world: &World,
        version: usize,
    ) -> Result<Vec<Element<'a>>, NeedsSplit> {
        let env = scope.env(world);
        Ok(match self {
            Subject::Resource(entity) => vec![Element::of(vec![resource(entity)], String::new())],
            Subject::Items(entity, attribute) => {
                let list = attribute_datum(entity, attribute, &env)?;
                let known = items(&list).iter().enumerate().map(|(index, item)| {
                    Element::of(vec![resource(entity), item.clone()], format!("{}[{index}]", attribute.name))
                });
                let rest =
                    rest(&list).map(|whys| in_doubt(vec![resource(entity)], whys, &list, &attribute.name));
                known.chain(rest).collect()
            }
            Subject::Policy(policy) => policy
                .versions
                .get(version)
                .map(|(_, content)| {
                    Element::of(vec![View::Policy(PolicyView { policy, content }).datum()], policy.path())
                })
                .into_iter()
                .collect(),
            Subject::Statements(policy) => match policy.versions.get(version) {
                Some((_, content)) => statements(policy, content, version),
                None => Vec::new(),
            },
            Subject::Together(identity, policy) => together(identity, policy, version),
            Subject::Actions(policy) => match policy.versions.get(version) {
                Some((_, content)) => statements(policy, content, version).iter().flat_map(actions).collect(),
                None => Vec::new(),
            },
            Subject::Issues(policy, versions, check) => {
                match (policy.versions.get(version), versions.get(version)) {
                    (Some((_, content)), Some(issues)) => issues::elements(policy, content, issues, *check),
                    _ => Vec::new(),
                }
            }
            Subject::Stores(entity, index) => stores::elements(scope, entity, *index, world)?,
            Subject::Secrets(entity, path) => sinks::elements(scope, entity, path, world)?,
            Subject::Variables(entity, attribute) => variables(scope, entity, attribute, world)?,
        })
    }
}

impl<'a> Element<'a> {
    pub(super) fn of(variables: Vec<Datum<'a>>, name: impl Into<Rc<str>>) -> Self {
        let name = name.into();
        let place = variables.last().map(crate::eval::place).unwrap_or_default();
        Element { variables, name, statement: None, doubt: None, place }
    }

    /// How much of the statement that it is hangs on conditions.
    pub(super) fn reading(&self) -> Option<Reading> {
        self.statement.map(|view| view.statement.reading)
    }
}

pub(super) fn resource<'a>(entity: &'a Entity<'a>) -> Datum<'a> {
    View::Resource(entity).datum()
}

pub(super) fn items<'d, 'a>(datum: &'d Datum<'a>) -> &'d [Datum<'a>] {
    match &datum.data {
        Data::List(list) => &list.items,
        _ => &[],
    }
}

/// Why there may be more elements in a list than are known.
pub(super) fn rest(datum: &Datum<'_>) -> Option<Whys> {
    match &datum.data {
        Data::List(list) => list.rest.clone(),
        Data::Unknown(whys) => Some(whys.clone()),
        _ => None,
    }
}

/// One element for all those of a list that only deployment knows: a rule must not pass for having
/// looked at none of them.
fn in_doubt<'a>(before: Vec<Datum<'a>>, whys: Whys, list: &Datum<'a>, name: &str) -> Element<'a> {
    let unknown = Datum { data: Data::Unknown(Rc::clone(&whys)), place: list.place };
    let variables = before.into_iter().chain([unknown]).collect();
    Element { doubt: Some(whys), ..Element::of(variables, format!("{name}[*]")) }
}

/// The statements of a policy, and one more in doubt where something of the policy is unknown: a
/// rule must not pass for having looked at statements that only deployment knows. Of a version that is
/// about a part of the policy, those alone of which it decides something, and those that what it decides may
/// deny.
fn statements<'a>(policy: &'a Policy<'a>, content: &'a Content, version: usize) -> Vec<Element<'a>> {
    let view = PolicyView { policy, content };
    let path = policy.path();
    let known = content.document().into_iter().flat_map(|document| {
        let of = move |statement| StatementView { policy: view, document, statement, beside: None };
        document.statements.iter().map(of)
    });
    if policy.is_part_version(version) {
        let whole = policy.versions.first().and_then(|(_, whole)| whole.document());
        let denies = content.document().zip(whole).is_some_and(|(own, whole)| own.decides_denials(whole));
        let is_told = |reading: Reading| reading.is_decided() || denies && reading == Reading::Fixed;
        let told = known.filter(|view| is_told(view.statement.reading));
        return told.map(|view| statement_element(view, &path)).collect();
    }
    let mut elements: Vec<_> = known.map(|view| statement_element(view, &path)).collect();
    if let Some(whys) = view.open().filter(|_| !policy.is_rest_seen()) {
        let unknown = Datum::bare(Data::Unknown(Rc::clone(&whys)));
        let element = Element::of(vec![View::Policy(view).datum(), unknown], format!("{path}:*"));
        elements.push(Element { doubt: Some(whys), ..element });
    }
    elements
}

/// A statement of the policy that this path leads to within its resource.
fn statement_element<'a>(view: StatementView<'a>, path: &str) -> Element<'a> {
    let variables = vec![View::Policy(view.policy).datum(), View::Statement(view).datum()];
    let name = match view.statement.sid() {
        Some(sid) => format!("{path}:{sid}"),
        None => format!("{path}:{}", view.statement.index),
    };
    Element { statement: Some(view), ..Element::of(variables, name) }
}

/// The statements of a policy that an identity has beside others. What is not known of them is said of the
/// policy alone.
fn together<'a>(identity: &'a Identity<'a>, policy: &'a Policy<'a>, version: usize) -> Vec<Element<'a>> {
    let held = identity.versions.get(version).and_then(|(_, held)| held.as_ref());
    let Some(held) = held else { return Vec::new() };
    let parts = held.parts.iter().enumerate();
    let own = parts.filter(|(_, part)| std::ptr::eq(identity.policy_of(part), policy));
    let elements = own.filter_map(|(home, part)| {
        let document = part.content.document()?;
        let view = PolicyView { policy, content: part.content };
        let beside = Some(Beside { identity, held, home });
        let of = move |statement| StatementView { policy: view, document, statement, beside };
        let path = policy.path();
        Some(document.statements.iter().map(of).map(move |view| statement_element(view, &path)))
    });
    elements.flatten().collect()
}

/// The elements of `Action` of a statement, and one more for those that only deployment knows.
fn actions<'a>(statement: &Element<'a>) -> Vec<Element<'a>> {
    let Some(view) = statement.statement else {
        // What is not known of the statements is not known of their actions.
        let unknown = statement.variables.last().cloned();
        let variables = statement.variables.iter().cloned().chain(unknown).collect();
        let element = Element::of(variables, Rc::clone(&statement.name));
        return vec![Element { doubt: statement.doubt.clone(), ..element }];
    };
    let actions = view.actions();
    let of = |action: Datum<'a>| {
        let variables = statement.variables.iter().cloned().chain([action]).collect();
        Element { statement: Some(view), ..Element::of(variables, Rc::clone(&statement.name)) }
    };
    let known = items(&actions).iter().cloned().map(of);
    let rest = rest(&actions).map(|whys| of(Datum { data: Data::Unknown(whys), place: actions.place }));
    known.chain(rest).collect()
}

fn variables<'a>(
    scope: Scope<'a>,
    entity: &'a Entity<'a>,
    attribute: &'a Attribute,
    world: &World,
) -> Result<Vec<Element<'a>>, NeedsSplit> {
    let env = scope.env(world);
    let mut elements = Vec::new();
    let mut add = |name: Datum<'a>, kind: Datum<'a>, used| {
        let is_secret = name.place.origin.is_some_and(|origin| origin.marks.sensitive);
        let shown = match &name.data {
            Data::Text(text) if !is_secret => text.shown(),
            _ => String::new(),
        };
        let variable = Variable { name, kind, secret: Secret::new("value", Some(used), entity.front_end) };
        let datum = Datum { data: Data::View(View::Variable(Rc::new(variable))), place: used.place() };
        elements.push(Element::of(vec![resource(entity), datum], shown));
    };
    if attribute.ty == AttributeType::List {
        let list = attribute_datum(entity, attribute, &env)?;
        for item in items(&list) {
            let Data::View(View::Item(item)) = &item.data else { continue };
            let (name, kind) = (item.field("name", &env)?, item.field("type", &env)?);
            if let Some(used) = item.raw("value", &env)? {
                add(name, kind, used);
            }
        }
        elements
            .extend(rest(&list).map(|whys| in_doubt(vec![resource(entity)], whys, &list, &attribute.name)));
        return Ok(elements);
    }
    let values = attribute_values(entity, &[attribute], &env)?;
    let mut open: Vec<_> = values.rest.iter().map(|rest| (rest, values.rest_at)).collect();
    for used in values.found.iter().chain(&values.unknown) {
        let map = match &used.value.data {
            ModelData::Map(map) => map,
            ModelData::Unknown(unknown) => {
                open.push((unknown, used.at));
                continue;
            }
            _ => continue,
        };
        open.extend(map.rest.iter().map(|rest| (rest, used.at)));
        for (name, entry) in &map.entries {
            let value = entry.value.resolve(world)?;
            let name = Datum::text(name).at(crate::view::at(entry.key_span, Some(&used.value.origin)));
            add(name, Datum::null(), crate::view::Used { value, at: entry.span });
        }
    }
    if let Some((unknown, at)) = open.first() {
        let (whys, list) = (crate::eval::why(unknown, *at), Datum::null().at(crate::view::at(*at, None)));
        elements.push(in_doubt(vec![resource(entity)], whys, &list, &attribute.name));
    }
    Ok(elements)
}

/// Which subjects a stack has.
pub(super) struct Subjects<'a> {
    scope: Scope<'a>,
}

impl<'a> Subjects<'a> {
    pub(super) fn new(scope: Scope<'a>) -> Self {
        Subjects { scope }
    }

    /// Whether the stack has anything that a target means.
    pub(super) fn has(&self, target: &Target) -> bool {
        let kinds = || self.scope.entities.kinds();
        match target {
            Target::Kind(kind) | Target::Item(kind, _) => self.scope.entities.has_kind(kind),
            Target::Policy | Target::Statement | Target::Action => !self.scope.policies.is_empty(),
            Target::Together => !self.scope.identities.is_empty(),
            Target::Encryption => kinds().any(|kind| kind.encryption.iter().any(|store| store.rules)),
            Target::Secret => kinds().any(|kind| sinks::has_secret(&kind.attributes)),
            Target::Environment => kinds().any(|kind| !kind.environment.is_empty()),
            Target::Problem => false,
        }
    }

    /// The subjects that a target means. Nothing that is only read is looked at, nor what is no
    /// resource, unless a rule names its kind.
    pub(super) fn of(&self, target: &Target) -> Vec<Subject<'a>> {
        let entities = self.scope.entities;
        let created =
            || entities.iter().filter(|entity| entity.resource.mode == keylint_model::Mode::Managed);
        match target {
            Target::Kind(kind) => entities.of_kind(kind).map(Subject::Resource).collect(),
            Target::Item(kind, attribute) => {
                let list = |entity: &'a Entity<'a>| {
                    Some(Subject::Items(entity, entity.kind?.attributes.get(attribute)?))
                };
                entities.of_kind(kind).filter_map(list).collect()
            }
            Target::Policy => self.scope.policies.iter().map(Subject::Policy).collect(),
            Target::Statement => self.scope.policies.iter().map(Subject::Statements).collect(),
            Target::Together => {
                let of = |identity: &'a Identity<'a>| {
                    let policies = identity.policies().into_iter();
                    policies.map(move |policy| Subject::Together(identity, policy))
                };
                self.scope.identities.iter().flat_map(of).collect()
            }
            Target::Action => self.scope.policies.iter().map(Subject::Actions).collect(),
            Target::Encryption => created()
                .flat_map(|entity| {
                    let stores = entity.kind.iter().flat_map(|kind| kind.encryption.iter().enumerate());
                    stores
                        .filter(|(_, store)| store.rules)
                        .map(move |(index, _)| Subject::Stores(entity, index))
                })
                .collect(),
            Target::Secret => entities
                .iter()
                .flat_map(|entity| {
                    let kind = entity.kind.filter(|kind| sinks::has_secret(&kind.attributes));
                    let paths = kind.map(sinks::paths).unwrap_or_default();
                    paths.into_iter().map(move |path| Subject::Secrets(entity, path))
                })
                .collect(),
            Target::Environment => created()
                .flat_map(|entity| {
                    let kind = entity.kind.into_iter();
                    kind.flat_map(|kind| kind.environment.iter().filter_map(|name| kind.attributes.get(name)))
                        .map(move |attribute| Subject::Variables(entity, attribute))
                })
                .collect(),
            Target::Problem => Vec::new(),
        }
    }
}
