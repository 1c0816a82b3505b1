//! What a policy of an organisation is beside the others of the stack.

use keylint_model::{NeedsSplit, Number, Verdict};
use keylint_policy::{Document, PolicyKind};

use super::{PolicyView, known_strings};
use crate::eval::{Data, Datum};
use crate::policies::{Content, Policy};
use crate::view::{Entity, Env, View, missing, undecided};

/// The id of the policy by which AWS allows everything.
/// Source: Organizations User Guide, "SCP evaluation".
const FULL_ACCESS: &str = "p-FullAWSAccess";

impl<'a> PolicyView<'a> {
    /// Fields that compare a policy with the limits of its kind, or with the others of the stack.
    pub(super) fn in_organisation(&self, name: &str, env: &Env<'a, '_>) -> Result<Datum<'a>, NeedsSplit> {
        let document = self.content.document();
        Ok(match name {
            "size" => match document {
                Some(document) => number(document.size.written),
                None => self.unknown(),
            },
            "size_limit" => {
                let limit = keylint_policy::service::size_limit(self.policy.kind());
                limit.map_or_else(Datum::null, |limit| number(limit.maximum))
            }
            "allows_only_some" => match document {
                Some(document) => self.verdict(document.allows_only_some()),
                None => self.unknown(),
            },
            "stands_alone" => return self.stands_alone(env),
            _ => {
                let first = env.policies.iter().find(|policy| policy.kind() == self.policy.kind());
                Datum::bare(Data::Bool(first.is_some_and(|first| std::ptr::eq(first, self.policy))))
            }
        })
    }

    /// What is asked of all policies of the organisation together.
    pub(crate) fn call(&self, name: &str, arguments: &[Datum<'a>], env: &Env<'a, '_>) -> Datum<'a> {
        let strings: Vec<&str> = arguments.iter().flat_map(known_strings).collect();
        let of_organisation = || {
            let kinds = [PolicyKind::Scp, PolicyKind::Rcp];
            env.policies.iter().filter(move |policy| kinds.contains(&policy.kind()))
        };
        let some = |test: &dyn Fn(&Document) -> Verdict| {
            Verdict::any(of_organisation().map(|policy| in_each(policy, test)))
        };
        match (name, strings.as_slice()) {
            ("some_guards", actions) => self.verdict(Verdict::all(
                actions.iter().map(|action| some(&|document| document.guards(action))),
            )),
            ("some_requires", [action, keys @ ..]) => {
                self.verdict(some(&|document| document.requires(action, keys)))
            }
            _ => missing(name),
        }
    }

    /// Whether it is attached to something to which nothing that allows everything is attached. Without an
    /// attachment in the stack that cannot be told.
    fn stands_alone(&self, env: &Env<'a, '_>) -> Result<Datum<'a>, NeedsSplit> {
        let Some(owner) = self.policy.entity else { return Ok(undecided("what the policy is attached to")) };
        let attachments = attachments(env)?;
        let own = attachments.iter().filter(|attachment| attachment.is_of(owner));
        let mut answer = None;
        for attachment in own {
            let beside = attachments.iter().filter(|other| other.target == attachment.target);
            let mut alone = Verdict::Yes;
            for other in beside {
                alone = alone.and(!other.allows_everything(env));
            }
            answer = Some(answer.map_or(alone, |known: Verdict| known.or(alone)));
        }
        Ok(match answer {
            Some(Verdict::Yes) => Datum::bare(Data::Bool(true)),
            Some(Verdict::No) => Datum::bare(Data::Bool(false)),
            Some(Verdict::Unknown) | None => undecided("what the policy is attached to"),
        })
    }
}

/// A policy attached to a root, unit or account.
struct Attachment<'a> {
    target: String,
    /// The policy's id, where it is written out.
    id: Option<String>,
    policy: Option<&'a Entity<'a>>,
}

impl<'a> Attachment<'a> {
    fn is_of(&self, owner: &Entity<'_>) -> bool {
        self.policy.is_some_and(|policy| policy.resource.address == owner.resource.address)
    }

    fn allows_everything(&self, env: &Env<'a, '_>) -> Verdict {
        if let Some(id) = &self.id {
            return if id == FULL_ACCESS { Verdict::Yes } else { Verdict::Unknown };
        }
        let Some(entity) = self.policy else { return Verdict::Unknown };
        let found = env.policies.iter().find(|policy| policy.resource.address == entity.resource.address);
        match found {
            Some(policy) => !in_each(policy, &Document::allows_only_some),
            None => Verdict::Unknown,
        }
    }
}

/// The attachments of the stack whose target is written in some way.
fn attachments<'a>(env: &Env<'a, '_>) -> Result<Vec<Attachment<'a>>, NeedsSplit> {
    let mut found = Vec::new();
    for entity in env.entities.iter() {
        let Some(kind) = entity.kind else { continue };
        if &*kind.name == "organizations.policy" {
            found.extend(own_targets(entity, env)?);
            continue;
        }
        if &*kind.name != "organizations.attachment" {
            continue;
        }
        let (Some(policy), Some(target)) = (kind.attributes.get("policy"), kind.attributes.get("target"))
        else {
            continue;
        };
        let target = super::super::attribute::of_resource(entity, target, env)?;
        let target = match &target.data {
            Data::Text(text) => text.shown(),
            Data::Unknown(whys) => match whys.first().and_then(|why| why.unknown.reference.clone()) {
                Some(reference) => reference.address.as_str().to_owned(),
                None => continue,
            },
            _ => continue,
        };
        let datum = super::super::attribute::of_resource(entity, policy, env)?;
        let Data::View(View::Reference(reference)) = datum.data else { continue };
        let policy = match reference.field("resource", env)?.data {
            Data::View(View::Resource(policy)) => Some(policy),
            _ => None,
        };
        let literal = matches!(reference.field("is_literal", env)?.data, Data::Bool(true));
        let id = match reference.field("text", env)?.data {
            Data::Text(text) if literal => Some(text.shown()),
            _ => None,
        };
        found.push(Attachment { target, id, policy });
    }
    Ok(found)
}

/// The attachments that a template writes into the policy itself.
fn own_targets<'a>(entity: &'a Entity<'a>, env: &Env<'a, '_>) -> Result<Vec<Attachment<'a>>, NeedsSplit> {
    let targets = entity.kind.and_then(|kind| kind.attributes.get("targets"));
    let Some(targets) = targets else { return Ok(Vec::new()) };
    let Data::List(list) = super::super::attribute::of_resource(entity, targets, env)?.data else {
        return Ok(Vec::new());
    };
    let texts = list.items.iter().filter_map(|item| match &item.data {
        Data::Text(text) => Some(text.shown()),
        _ => None,
    });
    Ok(texts.map(|target| Attachment { target, id: None, policy: Some(entity) }).collect())
}

/// What holds of a policy in every case: the answers of the documents that it can be.
fn in_each(policy: &Policy<'_>, test: &dyn Fn(&Document) -> Verdict) -> Verdict {
    let mut answer: Option<Verdict> = None;
    for (_, content) in &policy.versions {
        let verdict = match content {
            Content::Document(document) => test(document),
            Content::Unknown(_) => Verdict::Unknown,
            Content::Invalid(_) => Verdict::No,
        };
        answer = Some(match answer {
            Some(known) if known != verdict => Verdict::Unknown,
            _ => verdict,
        });
    }
    answer.unwrap_or(Verdict::No)
}

/// A number as a datum.
fn number<'a>(value: usize) -> Datum<'a> {
    Datum::bare(Data::Number(Number::Integer(i64::try_from(value).unwrap_or(i64::MAX))))
}
