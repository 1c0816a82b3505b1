//! Policies and statements: thin adapters over the facts of `keylint_policy`.

mod denied;
mod elements;
mod judge;
mod open;
mod organisation;
mod provider;
mod together;

use std::sync::Arc;

use keylint_model::{NeedsSplit, Reason, Unknown, Verdict};
use keylint_policy::{Document, Effect, Element, Elements, Fact, PartlyKnown, PolicyKind, Statement, Whom};
use keylint_source::Span;

pub(crate) use together::Beside;

pub(crate) use elements::{ActionView, Principal, action_call, action_field, condition_field, issue_field};

use super::{Entity, Env, Place, View, made, missing, undecided, verbs};
use crate::eval::{Data, Datum, Truth, Whys, is_given, why};
use crate::policies::{Content, Policy};

/// A policy as it is in one world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PolicyView<'a> {
    pub(crate) policy: &'a Policy<'a>,
    pub(crate) content: &'a Content,
}

/// A statement of a policy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StatementView<'a> {
    pub(crate) policy: PolicyView<'a>,
    pub(crate) document: &'a Document,
    pub(crate) statement: &'a Statement,
    /// The policies beside this one that an identity has, where it is about what they allow together.
    pub(crate) beside: Option<Beside<'a>>,
}

/// The policy that an attribute of a resource holds, among those collected.
pub(super) fn of_attribute<'a>(
    entity: &'a Entity<'a>,
    name: &str,
    env: &Env<'a, '_>,
) -> Result<Datum<'a>, NeedsSplit> {
    let place = Place::new(Some(entity.resource.header), None);
    let found = env.policies.iter().find(|policy| {
        policy.resource.address == entity.resource.address
            && policy.attribute.iter().map(|name| &**name).eq([name])
    });
    let Some(policy) = found else { return Ok(Datum::null().at(place)) };
    for (world, content) in &policy.versions {
        if env.world.satisfies(&world.guard())? {
            return Ok(View::Policy(PolicyView { policy, content }).datum());
        }
    }
    Ok(Datum::null().at(place))
}

impl<'a> PolicyView<'a> {
    pub(super) fn is_null(&self) -> Truth {
        match self.content {
            Content::Document(_) | Content::Invalid(_) => Truth::No,
            Content::Unknown(unknown) if is_given(unknown) => Truth::No,
            Content::Unknown(unknown) => Truth::Unknown(why(unknown, self.policy.used)),
        }
    }

    pub(super) fn place(&self) -> Place<'a> {
        let document = self.content.document();
        let used = document.and_then(|document| document.span).or(self.policy.used);
        let origin = document.map(|document| &document.origin);
        Place::new(used.or(Some(self.policy.resource.header)), origin)
    }

    /// Why there may be statements besides those that are known.
    pub(crate) fn open(&self) -> Option<Whys> {
        match self.content {
            Content::Document(document) => {
                document.rest.as_ref().map(|rest| why(rest, self.open_at(document)))
            }
            Content::Unknown(unknown) => Some(why(unknown, self.policy.used)),
            Content::Invalid(_) => None,
        }
    }

    /// Where to say that something of a document is open: where it is given, in every world.
    fn open_at(&self, document: &Document) -> Option<Span> {
        self.policy.used.or(document.span)
    }

    pub(super) fn field(&self, name: &str, env: &Env<'a, '_>) -> Result<Datum<'a>, NeedsSplit> {
        let document = self.content.document();
        let kind = self.policy.kind();
        if self.policy.any_kind
            && matches!(name, "kind" | "noun" | "governs")
            && let Some(whys) = self.open()
        {
            return Ok(Datum::bare(Data::Unknown(whys)));
        }
        Ok(match name {
            "kind" => Datum::text(kind.name()),
            "noun" => Datum::text(kind.noun()),
            "governs" => Datum::text(match kind {
                PolicyKind::Key => "key",
                PolicyKind::Secret => "secret",
                PolicyKind::Trust => "role",
                _ => "resource",
            }),
            "is_bare" => Datum::bare(Data::Bool(self.policy.is_bare())),
            "is_generated" => {
                let is_generated = document.is_some_and(|document| self.policy.is_generated(document));
                Datum::bare(Data::Bool(is_generated))
            }
            "owner" => match self.policy.entity {
                Some(entity) => View::Resource(entity).datum(),
                None => Datum::null(),
            },
            "statements" => {
                let statements = document.into_iter().flat_map(|document| {
                    let view = |statement| StatementView { policy: *self, document, statement, beside: None };
                    document.statements.iter().map(move |statement| View::Statement(view(statement)).datum())
                });
                Datum::list(statements.collect(), self.open())
            }
            "size" | "size_limit" | "allows_only_some" | "stands_alone" | "is_first" => {
                self.in_organisation(name, env)?
            }
            // `"Action": "*"` says nothing of the service; what the policy is attached to does.
            "serves_http" if self.is_of(keylint_policy::serves_http) => Datum::bare(Data::Bool(true)),
            "encrypts" => self.encrypts(env)?,
            _ => match document {
                Some(document) => self.judged(document, name),
                None => self.unknown(),
            },
        })
    }

    /// Whether the policy is attached to something of a service that is such.
    fn is_of(&self, such: impl Fn(&str) -> bool) -> bool {
        let kind = self.policy.entity.and_then(|entity| entity.kind);
        kind.and_then(|kind| kind.name.split_once('.')).is_some_and(|(service, _)| such(service))
    }

    /// The resources of the stack that the key of this policy is known to encrypt.
    fn encrypts(&self, env: &Env<'a, '_>) -> Result<Datum<'a>, NeedsSplit> {
        let Some(owner) = self.policy.entity else { return Ok(Datum::list(Vec::new(), None)) };
        let key = match owner.kind.and_then(|kind| kind.attributes.get("key")) {
            // A policy that is a resource of its own belongs to the key that it names.
            Some(attribute) => match super::attribute::of_resource(owner, attribute, env)?.data {
                Data::View(View::Reference(reference)) => match reference.field("resource", env)?.data {
                    Data::View(View::Resource(key)) => key,
                    _ => return Ok(Datum::list(Vec::new(), None)),
                },
                _ => owner,
            },
            None => owner,
        };
        let users = env.entities.encrypted_by(key, env)?;
        Ok(Datum::list(users.into_iter().map(|entity| View::Resource(entity).datum()).collect(), None))
    }

    fn verdict(&self, verdict: Verdict) -> Datum<'a> {
        match verdict {
            Verdict::Yes => Datum::bare(Data::Bool(true)),
            Verdict::No => Datum::bare(Data::Bool(false)),
            Verdict::Unknown => self.unknown(),
        }
    }

    fn unknown(&self) -> Datum<'a> {
        let document = self.content.document();
        let of_statements = || document?.statements.iter().find_map(open::first_unknown);
        match self.content {
            Content::Unknown(unknown) => Datum::bare(Data::Unknown(why(unknown, self.policy.used))),
            _ => match document.and_then(|document| document.rest.clone()).or_else(of_statements) {
                Some(unknown) => {
                    let at = document.and_then(|document| self.open_at(document));
                    Datum::bare(Data::Unknown(why(&unknown, at)))
                }
                None => undecided("the policy"),
            },
        }
    }
}

impl<'a> StatementView<'a> {
    pub(super) fn place(&self) -> Place<'a> {
        Place::new(self.statement.span.or(self.document.span), Some(&self.statement.origin))
    }

    /// Its effect, where that is known and one that there is.
    pub(super) fn effect(&self) -> Option<&'static str> {
        match &self.statement.effect {
            Effect::Allow => Some("Allow"),
            Effect::Deny => Some("Deny"),
            Effect::Unknown(_) | Effect::Invalid => None,
        }
    }

    /// The elements of `Action`.
    pub(crate) fn actions(&self) -> Datum<'a> {
        self.elements(self.statement.actions.as_ref())
    }

    pub(super) fn field(&self, name: &str) -> Datum<'a> {
        let statement = self.statement;
        let present = |there: bool| match (&statement.rest, there) {
            (Some(rest), false) => Datum::bare(Data::Unknown(why(rest, statement.span))),
            _ => Datum::bare(Data::Bool(there)),
        };
        match name {
            "effect" => {
                let datum = match &statement.effect {
                    Effect::Unknown(unknown) => {
                        Datum::bare(Data::Unknown(why(unknown, statement.effect_span)))
                    }
                    _ => self.effect().map_or_else(Datum::null, Datum::text),
                };
                datum.at(super::at(statement.effect_span.or(statement.span), Some(&statement.origin)))
            }
            "sid" => match statement.sid.as_ref().map(|sid| (sid, sid.as_known())) {
                Some((sid, Some(known))) if !known.is_empty() => {
                    Datum::text(known).at(super::at(sid.span, Some(&sid.origin)))
                }
                _ => Datum::null(),
            },
            "is_public" if self.document.is_public_cut(statement) => {
                let limit = Arc::new(Unknown::new(Reason::Limit));
                Datum::bare(Data::Unknown(why(&limit, statement.span)))
            }
            "is_public" => self.fact(self.public()),
            "allows_everybody" => self.fact(statement.is_public()),
            "names_everybody" => self.fact(statement.names_everybody()),
            "is_limited" => self.fact(self.document.is_limited(statement)),
            "is_conditional" => self.fact(statement.is_conditional()),
            "limits_service" => self.fact(statement.limits_service()),
            "external" => self.fact(statement.allows_other_account(&self.policy.policy.owner(self.document))),
            "delegates" => {
                self.fact(statement.delegates_to_account(&self.policy.policy.owner(self.document)))
            }
            "narrows_org" => self.fact(self.document.narrows_organisation(statement)),
            "allows_all_actions" => self.fact(statement.allows_all_actions()),
            "covers_all_resources" => self.fact(statement.covers_all_resources()),
            "covers_every_secret" => self.fact(statement.covers_every_secret()),
            "covers_every_key" => self.fact(statement.covers_every_key()),
            "covers_every_parameter" => self.fact(statement.covers_every_parameter()),
            "covers_every_role" => self.fact(statement.covers_every_role()),
            "has_not_principal" => present(statement.not_principals.is_some()),
            "has_not_action" => present(statement.not_actions.is_some()),
            "has_not_resource" => present(statement.not_resources.is_some()),
            "service_wildcards" => {
                let services = statement.whole_services().map(|(service, element)| {
                    Datum::text(service).at(super::at(element.span, Some(&element.origin)))
                });
                Datum::list(services.collect(), self.rest_of(statement.actions.as_ref()))
            }
            "principals" => self.principals(),
            "principal" => {
                let everybody = statement.names_everybody();
                let element = everybody.element.filter(|_| everybody.is_yes());
                let of_element = element.and_then(|element| element.span);
                let principals = statement.not_principals.as_ref().or(statement.principals.as_ref());
                let span = of_element.or_else(|| match principals {
                    Some(principals) => match principals.items.as_slice() {
                        [(_, only)] => only.span.or(principals.span),
                        _ => principals.key_span.or(principals.span),
                    },
                    None => None,
                });
                Datum::null().at(super::at(
                    span.or(statement.span),
                    Some(element.map_or(&statement.origin, |element| &element.origin)),
                ))
            }
            "actions" => self.actions(),
            "not_actions" => self.elements(statement.not_actions.as_ref()),
            "resources" => self.elements(statement.resources.as_ref()),
            "conditions" => {
                let entries = statement.conditions.entries.iter().map(|entry| {
                    Datum::bare(Data::View(View::Condition(entry))).at(super::at(entry.key_span, None))
                });
                let rest = statement.conditions.rest.as_ref().or(statement.rest.as_ref());
                Datum::list(entries.collect(), rest.map(|rest| why(rest, statement.conditions.span)))
            }
            "verbs" => made(verbs::verbs(statement, self.policy.policy.kind())),
            _ => self.judged(name),
        }
    }

    pub(super) fn call(&self, name: &str, arguments: &[Datum<'a>]) -> Datum<'a> {
        let strings: Vec<&str> = arguments.iter().flat_map(known_strings).collect();
        let first = strings.first().copied().unwrap_or("");
        let statement = self.statement;
        match name {
            "grants" => self.fact(statement.grants(first)),
            "grants_any" => self.fact(statement.grants_any(&strings)),
            "grants_all" => self.fact(statement.service_wildcard(first)),
            "covers_every" => {
                let name = strings.get(1).copied().unwrap_or("*");
                self.fact(statement.covers_every(first, name))
            }
            "names_only_others" => Datum::bare(Data::Bool(statement.names_only_others(first))),
            "has_fixed_condition" => self.fact(statement.has_fixed_condition(&self.keys(&strings))),
            "has_narrowing_condition" => self.fact(statement.has_narrowing_condition(&self.keys(&strings))),
            "has_condition_on" => self.fact(statement.has_condition_on(&self.keys(&strings))),
            "action" => self.action(&strings),
            "completed_by" => self.completed_by(first),
            _ => missing(name),
        }
    }

    /// Whether the statement is public once its policy's denials are taken into account.
    pub(super) fn public(&self) -> Fact<'a> {
        self.document.is_public(self.statement)
    }

    /// The keys of the statement's conditions that are among the wanted ones, of which one that
    /// ends with `*` means all that start so; and the wanted ones without a wildcard.
    fn keys<'s>(&'s self, wanted: &[&'s str]) -> Vec<&'s str> {
        let mut keys: Vec<&str> = wanted.iter().copied().filter(|key| !key.ends_with('*')).collect();
        for prefix in wanted.iter().filter_map(|key| key.strip_suffix('*')) {
            let entries = self.statement.conditions.entries.iter();
            keys.extend(entries.map(|entry| &*entry.key).filter(|key| {
                key.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            }));
        }
        keys
    }

    /// The action element that lets one of some actions through: the widest one.
    fn action(&self, wanted: &[&str]) -> Datum<'a> {
        let statement = self.statement;
        let place = |element: &'a Element| super::at(element.span.or(statement.span), Some(&element.origin));
        let elements = statement.actions.as_ref().map(|actions| actions.items.as_slice()).unwrap_or_default();
        let is_pattern = |element: &Element| element.text.contains('*') || element.text.contains('?');
        let covers = |element: &Element, action: &str| {
            if action == "*" {
                return element
                    .as_known()
                    .is_some_and(|known| known.chars().all(|character| matches!(character, '*' | ':')));
            }
            keylint_policy::covers_actions(&element.text, action) == Verdict::Yes
        };
        let overlaps = |element: &Element, action: &str| {
            keylint_policy::overlaps_actions(&element.text, &PartlyKnown::from(action)) == Verdict::Yes
        };
        let find = |test: &dyn Fn(&Element, &str) -> bool| {
            wanted.iter().find_map(|action| elements.iter().find(|element| test(element, action)))
        };
        let is_whole = |element: &Element| element.is_whole_service() == Verdict::Yes;
        let is_all = |element: &Element| element.is_everything() == Verdict::Yes;
        let found = find(&|element, action| is_all(element) && covers(element, action))
            .or_else(|| find(&|element, action| is_whole(element) && covers(element, action)))
            .or_else(|| find(&|element, action| is_pattern(element) && covers(element, action)))
            .or_else(|| find(&covers))
            .or_else(|| find(&|element, action| is_whole(element) && overlaps(element, action)))
            .or_else(|| find(&|element, action| is_pattern(element) && overlaps(element, action)))
            .or_else(|| find(&overlaps));
        if let Some(element) = found {
            return self.action_view(element).at(place(element));
        }
        let whole = statement.not_actions.as_ref().or(statement.actions.as_ref());
        let span = whole.and_then(|actions| actions.key_span.or(actions.span)).or(statement.span);
        Datum::null().at(super::at(span, Some(&statement.origin)))
    }

    fn principals(&self) -> Datum<'a> {
        let Some(principals) = &self.statement.principals else {
            return Datum::list(
                Vec::new(),
                self.statement.rest.as_ref().map(|rest| why(rest, self.statement.span)),
            );
        };
        let items = principals.items.iter().map(|(kind, element)| {
            let whom = Whom::of(*kind, element);
            Datum::bare(Data::View(View::Principal(Principal { kind: *kind, whom, element })))
                .at(super::at(element.span, Some(&element.origin)))
        });
        let rest = principals.rest.as_ref().map(|rest| why(rest, principals.span));
        Datum::list(items.collect(), rest).at(super::at(principals.span, None))
    }

    fn elements(&self, elements: Option<&'a Elements>) -> Datum<'a> {
        let items = elements.map(|elements| elements.items.as_slice()).unwrap_or_default();
        let views = items.iter().map(|element| self.action_view(element));
        let place = elements.and_then(|elements| elements.key_span.or(elements.span));
        Datum::list(views.collect(), self.rest_of(elements))
            .at(super::at(place.or(self.statement.span), None))
    }

    fn action_view(&self, element: &'a Element) -> Datum<'a> {
        let view = ActionView { element, statement: *self };
        Datum::bare(Data::View(View::Action(view))).at(super::at(element.span, Some(&element.origin)))
    }

    fn rest_of(&self, elements: Option<&'a Elements>) -> Option<Whys> {
        let rest = match elements {
            Some(elements) => elements.rest.as_ref(),
            None => self.statement.rest.as_ref(),
        };
        rest.map(|rest| why(rest, elements.and_then(|elements| elements.span).or(self.statement.span)))
    }

    /// An answer of the policy language as a datum.
    fn fact(&self, fact: Fact<'a>) -> Datum<'a> {
        let used = fact.span().or(self.statement.span).or_else(|| self.beside?.at());
        let data = match fact.verdict {
            Verdict::Yes => Data::Bool(true),
            Verdict::No => Data::Bool(false),
            Verdict::Unknown => Data::Unknown(why(&open::cause(self, &fact), used)),
        };
        Datum { data, place: super::at(used, Some(fact.origin().unwrap_or(&self.statement.origin))) }
    }
}

/// The strings that an argument is, or that it lists.
fn known_strings<'d>(datum: &'d Datum<'_>) -> Vec<&'d str> {
    match &datum.data {
        Data::Text(text) => text.as_known().into_iter().collect(),
        Data::List(list) => list.items.iter().flat_map(known_strings).collect(),
        _ => Vec::new(),
    }
}
