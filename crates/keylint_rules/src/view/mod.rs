//! What conditions can ask of a stack: typed views over its resources and policies.
//!
//! A view reads in the world of its [`Env`] and answers with a datum that knows its place. What a
//! view can be asked is listed in [`crate::schema`] and in the kinds; the checker has seen to it
//! that nothing else is.

mod attribute;
mod duration;
mod entities;
mod policy;
mod read;
mod reference;
mod secret;
mod verbs;

use std::rc::Rc;

use keylint_model::{NeedsSplit, Origin, Reason, Unknown, Value, World};
use keylint_policy::validate::Issue;
use keylint_source::Span;

pub(crate) use attribute::{
    Item, elements as attribute_elements, of_resource as attribute_datum, values as attribute_values,
    values_in as attribute_values_in,
};
pub(crate) use entities::{Entities, Entity};
pub(crate) use policy::{Beside, PolicyView, Principal, StatementView};
pub(crate) use read::Readings;
pub(crate) use reference::Reference;
pub(crate) use secret::{Secret, Variable};

use crate::eval::{Data, Datum, Place, Text, Truth, why};
use crate::identities::Identity;
use crate::policies::Policy;

/// What a view reads from.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a, 'w> {
    /// The resources of the stack.
    pub(crate) entities: &'a Entities<'a>,
    /// Its policies; empty while they are collected.
    pub(crate) policies: &'a [Policy<'a>],
    /// Its identities that have several policies; empty while these are collected.
    pub(crate) identities: &'a [Identity<'a>],
    /// The world to read in.
    pub(crate) world: &'w World,
}

/// Something that a condition can ask about.
#[derive(Clone, Debug)]
pub(crate) enum View<'a> {
    Resource(&'a Entity<'a>),
    Item(Item<'a>),
    Reference(Reference<'a>),
    Secret(Secret<'a>),
    Variable(Rc<Variable<'a>>),
    Store(Rc<Store<'a>>),
    Policy(PolicyView<'a>),
    Statement(StatementView<'a>),
    Principal(Principal<'a>),
    Action(policy::ActionView<'a>),
    Condition(&'a keylint_policy::ConditionEntry),
    Issue(&'a Issue<'a>),
}

/// A store at rest or data on its way, its conditions evaluated in one world.
#[derive(Clone, Debug)]
pub(crate) struct Store<'a> {
    pub(crate) entity: &'a Entity<'a>,
    pub(crate) noun: &'a str,
    pub(crate) in_transit: bool,
    pub(crate) default_key: &'static str,
    pub(crate) encrypted: Datum<'a>,
    /// Whether `encrypted` comes from a setting that somebody wrote, rather than from its absence.
    pub(crate) is_set: bool,
    pub(crate) key: Option<Datum<'a>>,
}

impl<'a> View<'a> {
    /// The answer of a field.
    pub(crate) fn field(
        &self,
        name: &str,
        place: &Place<'a>,
        env: &Env<'a, '_>,
    ) -> Result<Datum<'a>, NeedsSplit> {
        match self {
            View::Resource(entity) => entity.field(name, env),
            View::Item(item) => item.field(name, env),
            View::Reference(reference) => reference.field(name, env),
            View::Secret(secret) => Ok(secret.field(name, *place)),
            View::Variable(variable) => Ok(variable.field(name)),
            View::Store(store) => Ok(store.field(name)),
            View::Policy(policy) => policy.field(name, env),
            View::Statement(statement) if name == "shared_issuer" => statement.shared_issuer(env),
            View::Statement(statement) if name == "is_denied" => statement.is_denied(None, env),
            View::Statement(statement) => Ok(statement.field(name)),
            View::Principal(principal) => Ok(principal.field(name)),
            View::Action(action) if name == "is_denied" => {
                action.statement.is_denied(Some(action.element), env)
            }
            View::Action(action) => Ok(policy::action_field(action, name)),
            View::Condition(entry) => Ok(policy::condition_field(entry, name)),
            View::Issue(issue) => Ok(policy::issue_field(issue, name)),
        }
    }

    /// What a field certainly reads as, where that is one of a few words: [`View::field`] without the
    /// place. `None` says nothing.
    pub(crate) fn word(&self, name: &str) -> Option<&'static str> {
        match self {
            View::Statement(statement) if name == "effect" => statement.effect(),
            _ => None,
        }
    }

    /// The answer of a method.
    pub(crate) fn call(
        &self,
        name: &str,
        arguments: &[Datum<'a>],
        env: &Env<'a, '_>,
    ) -> Result<Datum<'a>, NeedsSplit> {
        Ok(match self {
            View::Policy(policy) => policy.call(name, arguments, env),
            View::Statement(statement) if name == "allows_everywhere" => {
                return statement.allows_everywhere(arguments, env);
            }
            View::Statement(statement) => statement.call(name, arguments),
            View::Action(action) => policy::action_call(action, name, arguments),
            _ => missing(name),
        })
    }

    /// Whether it stands for nothing.
    pub(crate) fn is_null(&self) -> Truth {
        match self {
            View::Reference(reference) => reference.is_null(),
            View::Secret(secret) => secret.is_null(),
            View::Policy(policy) => policy.is_null(),
            _ => Truth::No,
        }
    }

    /// Where a finding about it points.
    pub(crate) fn place(&self) -> Place<'a> {
        match self {
            View::Resource(entity) => Place::new(Some(entity.resource.header), None),
            View::Item(item) => item.place(),
            View::Statement(statement) => statement.place(),
            View::Policy(policy) => policy.place(),
            View::Issue(issue) => Place::new(issue.span, issue.origin),
            _ => Place::default(),
        }
    }

    /// The text of what it stands for, where that is no secret.
    pub(crate) fn shown(&self) -> Option<String> {
        match self {
            View::Action(action) => Some(action.element.text.to_string()),
            View::Reference(reference) => {
                reference.used.map(|used| match Datum::of_string(used.value, None).data {
                    Data::Text(text) => text.shown(),
                    _ => String::new(),
                })
            }
            _ => None,
        }
    }

    /// The view as a datum at its own place.
    pub(crate) fn datum(self) -> Datum<'a> {
        let place = self.place();
        Datum { data: Data::View(self), place }
    }
}

impl<'a> Store<'a> {
    fn field(&self, name: &str) -> Datum<'a> {
        match name {
            "noun" => Datum::text(self.noun),
            "state" => Datum::text(if self.in_transit { "in transit" } else { "at rest" }),
            "kind" => self.entity.kind.map_or_else(Datum::null, |kind| Datum::text(&kind.name)),
            "encrypted" => self.encrypted.clone(),
            "is_off" if !self.is_set => Datum::bare(Data::Bool(false)),
            "is_off" => Datum::bare(match self.encrypted.truth() {
                Truth::Yes => Data::Bool(false),
                Truth::No => Data::Bool(true),
                Truth::Unknown(whys) => Data::Unknown(whys),
            }),
            "key" => self.key.clone().unwrap_or_else(Datum::null),
            "takes_key" => Datum::bare(Data::Bool(self.key.is_some())),
            "default_key" => Datum::text(self.default_key),
            _ => missing(name),
        }
    }
}

/// A value with the place where it is used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used<'a> {
    pub(crate) value: &'a Value,
    pub(crate) at: Option<Span>,
}

impl<'a> Used<'a> {
    pub(crate) fn place(&self) -> Place<'a> {
        Place::new(self.at.or(self.value.origin.span), Some(&self.value.origin))
    }
}

/// A string made here.
pub(crate) fn made<'a>(text: impl Into<std::sync::Arc<str>>) -> Datum<'a> {
    Datum::bare(Data::Text(Text::Shared(text.into())))
}

/// An answer that nothing more precise explains.
pub(crate) fn undecided<'a>(what: &str) -> Datum<'a> {
    Datum::bare(Data::Unknown(why(&std::sync::Arc::new(Unknown::new(Reason::Operand(what.into()))), None)))
}

/// The answer of a field that a schema lists and a view does not have: unknown, so that nothing is
/// called clean by it. A test asks every field.
pub(crate) fn missing<'a>(name: &str) -> Datum<'a> {
    undecided(&format!("{MISSING}{name}"))
}

/// What the reason of a missing field starts with.
pub(crate) const MISSING: &str = "missing field ";

/// The place of a span.
pub(crate) fn at<'a>(used: Option<Span>, origin: Option<&'a Origin>) -> Place<'a> {
    Place::new(used, origin)
}
