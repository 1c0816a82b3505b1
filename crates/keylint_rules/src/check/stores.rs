//! What a resource keeps data in, each store as the kind describes its encryption.

use std::rc::Rc;

use keylint_model::{NeedsSplit, World};
use keylint_syntax::Text;

use super::Scope;
use super::subject::{Element, items, resource, rest};
use crate::cel;
use crate::cel::lowered::Node;
use crate::eval::{Data, Datum, Evaluator, Truth, Whys};
use crate::kind::Encryption;
use crate::page::Target;
use crate::view::{Entity, Store, View, attribute_datum};

/// Compiles a condition of a kind file. Those that are compiled in are tested to compile.
fn compiled(scope: Scope<'_>, entity: &Entity<'_>, store: &Encryption, text: &Text) -> Option<Node> {
    let kind = entity.kind?;
    let target = match &store.each {
        Some(list) => Target::Item(kind.name.clone(), list.clone()),
        None => Target::Kind(kind.name.clone()),
    };
    let variables = crate::rule::variables(&target, scope.entities.kinds)?;
    cel::compile(text, &variables, scope.entities.kinds).ok()
}

/// The stores that the description `index` of its kind finds in a resource.
pub(super) fn elements<'a>(
    scope: Scope<'a>,
    entity: &'a Entity<'a>,
    index: usize,
    world: &World,
) -> Result<Vec<Element<'a>>, NeedsSplit> {
    let env = scope.env(world);
    let Some(kind) = entity.kind else { return Ok(Vec::new()) };
    let Some(store) = kind.encryption.get(index) else { return Ok(Vec::new()) };
    // Each with why it may not be there.
    let rows: Vec<(Vec<Datum<'a>>, Option<Whys>)> =
        match store.each.as_ref().and_then(|name| kind.attributes.get(name)) {
            Some(list) => {
                let list = attribute_datum(entity, list, &env)?;
                let known = items(&list).iter().map(|item| (vec![resource(entity), item.clone()], None));
                let rest = rest(&list).map(|whys| {
                    let unknown = Datum { data: Data::Unknown(Rc::clone(&whys)), place: list.place };
                    (vec![resource(entity), unknown], Some(whys))
                });
                known.chain(rest).collect()
            }
            None => vec![(vec![resource(entity)], None)],
        };
    let mut elements = Vec::new();
    for (position, (row, in_doubt)) in rows.into_iter().enumerate() {
        let eval = |text: &Option<Text>| -> Result<Option<Datum<'a>>, NeedsSplit> {
            let node = text.as_ref().and_then(|text| compiled(scope, entity, store, text));
            node.map(|node| Evaluator::new(env, &row).eval(&node)).transpose()
        };
        let doubt = match eval(&store.when)?.map(|when| when.truth()) {
            Some(Truth::No) => continue,
            Some(Truth::Unknown(whys)) => Some(whys),
            Some(Truth::Yes) | None => in_doubt,
        };
        let encrypted = eval(&Some(store.encrypted.clone()))?.unwrap_or_else(Datum::null);
        let key = eval(&store.key)?;
        let at = eval(&store.at)?;
        let absent = row.last().map(crate::eval::place).and_then(|place| place.used);
        let is_set = at.as_ref().is_some_and(|at| crate::eval::place(at).used != absent);
        let place = at.as_ref().or(key.as_ref()).or(row.last()).map(crate::eval::place).unwrap_or_default();
        let view = Store {
            entity,
            noun: &store.noun,
            in_transit: store.in_transit,
            default_key: store.default_key.name(),
            encrypted,
            is_set,
            key,
        };
        let datum = Datum { data: Data::View(View::Store(Rc::new(view))), place };
        let element = Element::of(vec![resource(entity), datum], format!("{}[{position}]", store.noun));
        elements.push(Element { doubt, ..element });
    }
    Ok(elements)
}
