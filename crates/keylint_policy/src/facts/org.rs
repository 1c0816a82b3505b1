//! Policies of an organisation: whom they keep out that they should not, and what they guard.

use keylint_model::Verdict;

use super::Remark;
use super::guard::may_be;
use super::loose::is_everything;
use super::narrow::is_variable_of;
use super::telling::{About, about};
use crate::document::{ConditionEntry, Document, Effect, Statement, Version};
use crate::element::PartlyKnown;
use crate::kind::PolicyKind;
use crate::matching::may_be_wildcard;
use crate::operator::Base;
use crate::service;

/// A request that a policy of an organisation must let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// A service of AWS calls for an account of the organisation.
    Service,
    /// A principal of the organisation calls by itself.
    Member,
    /// A service of AWS calls with the permissions of a principal of the organisation.
    Forwarded,
}

impl Document {
    /// Which requests a statement of a perimeter denies that it is not meant for: those that AWS services
    /// make, or hand on, of which it makes no exception.
    /// Sources: IAM User Guide, "Data perimeters", "AWS global condition context keys"; Organizations User
    /// Guide, "Resource control policies".
    pub fn blocks_services<'s>(&'s self, statement: &'s Statement, kind: PolicyKind) -> Remark<'s> {
        let open = statement.conditions.rest.is_some() || statement.rest.is_some();
        if !matches!(statement.effect, Effect::Deny) || open {
            return Remark::none();
        }
        let (wanted, subjects): (&[(Wanted, &'static str)], &[About]) = match kind {
            PolicyKind::Rcp => (
                &[
                    (Wanted::Service, "requests that AWS services make for accounts of the organisation"),
                    (Wanted::Member, "requests that no AWS service makes"),
                ],
                &[About::Caller, About::Address, About::Vpc, About::Source],
            ),
            PolicyKind::Scp => (
                &[(
                    Wanted::Forwarded,
                    "requests that AWS services make with the permissions of their callers",
                )],
                &[About::Address, About::Vpc],
            ),
            _ => return Remark::none(),
        };
        // A perimeter denies who is outside of it.
        let bounds = |entry: &&ConditionEntry| {
            let is_bound = entry.operator.is_some_and(|operator| operator.is_negated());
            is_bound
                && about(&entry.key).is_some_and(|about| subjects.contains(&about))
                && !entry.key.contains('/')
        };
        let Some(bound) = statement.conditions.entries.iter().find(bounds) else { return Remark::none() };
        let blocked = wanted.iter().find(|(request, _)| {
            statement.conditions.entries.iter().all(|entry| request.satisfies(entry) == Verdict::Yes)
        });
        let Some((_, text)) = blocked else { return Remark::none() };
        match bound.values.items.first() {
            Some(first) => Remark::of(Verdict::Yes, first, *text),
            None => Remark::at(Verdict::Yes, bound.key_span, *text),
        }
    }

    /// Whether the document denies an action to all but named principals, or to everybody.
    pub fn guards(&self, action: &str) -> Verdict {
        let guard = self.weighed().map(|statement| {
            let holds = statement.conditions.entries.iter().map(|entry| spares(entry, statement.version));
            denies_everywhere(statement, action).and(Verdict::all(holds))
        });
        Verdict::any(guard.chain([self.more_denials(), self.may_leave_out(action)]))
    }

    /// Whether statements that are not known may deny an action, or the document leaves it out of what it
    /// allows: such a policy denies the rest, unless one beside it allows everything.
    /// Source: Organizations User Guide, "SCP evaluation".
    fn may_leave_out(&self, action: &str) -> Verdict {
        let allowing = self.statements.iter().filter(|statement| statement.is_allow() != Verdict::No);
        let allows = Verdict::any(allowing.map(|statement| statement.is_about_action(action).verdict));
        match self.allows_only_some() {
            Verdict::Yes if allows != Verdict::Yes => Verdict::Unknown,
            _ if self.rest.is_some() => Verdict::Unknown,
            _ => Verdict::No,
        }
    }

    /// Whether the document denies an action where one of some keys is absent, or has not one of some values.
    pub fn requires(&self, action: &str, keys: &[&str]) -> Verdict {
        let asks = |entry: &ConditionEntry| match entry.operator {
            Some(operator) if operator.base == Base::Null => entry.asks_null("true"),
            operator => operator.is_some_and(|operator| operator.is_negated()).into(),
        };
        let guard = self.weighed().map(|statement| {
            let is_one = |entry: &&ConditionEntry| keys.iter().any(|key| entry.is_about(key));
            let entries = || statement.conditions.entries.iter();
            let asked = Verdict::any(entries().filter(is_one).map(asks));
            let others = entries().filter(|entry| !is_one(entry)).map(|entry| {
                match spares(entry, statement.version) {
                    Verdict::Yes => Verdict::Yes,
                    _ => Verdict::Unknown,
                }
            });
            denies_everywhere(statement, action).and(asked).and(Verdict::all(others))
        });
        Verdict::any(guard.chain([self.more_denials(), self.may_leave_out(action)]))
    }

    /// Whether every statement that allows lists what it allows, and there is one: such a policy of an
    /// organisation denies everything else unless another one beside it allows everything.
    pub fn allows_only_some(&self) -> Verdict {
        let allowing =
            || self.statements.iter().filter(|statement| matches!(statement.effect, Effect::Allow));
        let all = Verdict::any(allowing().map(|statement| {
            let unconditional = statement.conditions.entries.is_empty();
            statement
                .allows_all_actions()
                .verdict
                .and(statement.covers_all_resources().verdict)
                .and(unconditional.into())
        }));
        let rest = if self.rest.is_some() { Verdict::Unknown } else { Verdict::No };
        (!all.or(rest)).and(allowing().next().is_some().into())
    }
}

/// Whether a statement denies an action to everybody and on everything, as far as its conditions hold.
fn denies_everywhere(statement: &Statement, action: &str) -> Verdict {
    let nobody_named = statement.principals.is_none() && statement.not_principals.is_none();
    let everybody = match &statement.principals {
        Some(principals) => principals.include_everybody().verdict,
        None => nobody_named.into(),
    };
    statement
        .is_deny()
        .and(statement.is_about_action(action).verdict)
        .and(statement.covers_everywhere("arn:*:*:*:*:*").or(covers_every_of(statement, action)))
        .and(everybody)
        .and(!statement.more_conditions())
}

/// Whether a statement is about every resource that an action works on.
pub(super) fn covers_every_of(statement: &Statement, action: &str) -> Verdict {
    let types = service::action(action).into_iter().flat_map(|action| action.resource_types());
    let forms: Vec<String> =
        types.filter_map(|resource| resource.resource_type()).map(|form| form.arn().pattern()).collect();
    let covered = forms.iter().map(|form| statement.covers_everywhere(form));
    Verdict::all(covered).and((!forms.is_empty()).into())
}

/// Whether an entry of a denial holds for all but named principals, or for all but services of AWS.
fn spares(entry: &ConditionEntry, version: Version) -> Verdict {
    let Some(operator) = entry.operator else { return Verdict::No };
    let rest = may_be(entry.values.rest.is_some());
    if operator.base == Base::Bool && is_service_key(&entry.key) {
        let says_false = |text: &PartlyKnown| match text.as_known() {
            Some(known) => known.eq_ignore_ascii_case("false").into(),
            None => Verdict::Unknown,
        };
        return Verdict::any(entry.texts().map(says_false).chain([rest]));
    }
    // Whoever a policy of an organisation is about is of the organisation.
    let names = about(&entry.key) == Some(About::Caller) && !entry.is_about("aws:PrincipalOrgID");
    if !names || !operator.is_negated() {
        return Verdict::No;
    }
    let is_all = |text: &PartlyKnown| {
        let is_self = text.as_known().is_some_and(|known| is_variable_of(known, &entry.key));
        let takes_patterns = operator.has_wildcards();
        Verdict::from(is_self || takes_patterns && is_everything(text, version))
            .or(may_be(takes_patterns && may_be_wildcard(text)))
    };
    !Verdict::any(entry.texts().map(is_all))
}

fn is_service_key(key: &str) -> bool {
    ["aws:PrincipalIsAWSService", "aws:ViaAWSService"].iter().any(|known| known.eq_ignore_ascii_case(key))
}

impl Wanted {
    /// Whether the request satisfies an entry; unknown where that depends on what is asked for.
    fn satisfies(self, entry: &ConditionEntry) -> Verdict {
        let Some(operator) = entry.operator else { return Verdict::Unknown };
        let absent = match operator.base {
            Base::Null => entry.asks_null("true") == Verdict::Yes,
            _ => operator.holds_without_key(),
        };
        let present = match operator.base {
            Base::Null => entry.asks_null("false") == Verdict::Yes,
            // A perimeter names what is inside, which these requests are.
            _ => !operator.is_negated(),
        };
        let flag = |value: &str| {
            let same =
                |text: &PartlyKnown| text.as_known().is_some_and(|known| known.eq_ignore_ascii_case(value));
            Verdict::from(entry.texts().any(same))
        };
        if entry.is_about("aws:PrincipalIsAWSService") {
            return flag(if self == Wanted::Service { "true" } else { "false" });
        }
        if entry.is_about("aws:ViaAWSService") {
            return flag(if self == Wanted::Forwarded { "true" } else { "false" });
        }
        match about(&entry.key) {
            // The names of services are an exception of their own.
            Some(About::Caller) if entry.key.to_ascii_lowercase().starts_with("aws:principalservicename") => {
                Verdict::No
            }
            Some(About::Caller) => match self {
                Wanted::Service => absent.into(),
                Wanted::Member => present.into(),
                // Whoever is named: those that a denial is about make such requests too.
                Wanted::Forwarded => Verdict::Yes,
            },
            // What calls from AWS's own network has no address of the organisation's.
            Some(About::Address | About::Vpc) if self == Wanted::Member => present.into(),
            Some(About::Address) => (operator.is_negated() || absent).into(),
            Some(About::Vpc) => absent.into(),
            Some(About::Source) if self == Wanted::Service => present.into(),
            Some(About::Source) => absent.into(),
            // A tag that makes an exception is absent, mostly.
            Some(About::Resource) if operator.is_negated() || operator.if_exists => Verdict::Yes,
            Some(About::Resource) | None => Verdict::Unknown,
        }
    }
}
