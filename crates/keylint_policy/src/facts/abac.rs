//! Access by tags, and who may write the tags.

use std::collections::BTreeMap;

use keylint_model::{Part, Verdict};
use keylint_syntax::Text;

use super::Remark;
use super::cover::{covers_where, covers_whom};
use crate::document::{ConditionEntry, Document, Effect, Statement};
use crate::element::{Element, Elements, PartlyKnown, SECRET};
use crate::matching::overlaps_resources;
use crate::operator::{Base, Operator, SetPrefix};
use crate::service::{AccessLevel, Action, ArnForm, expand};

/// How many actions that a pattern matches are looked at.
const ACTIONS_READ: usize = 5_000;

/// How many forms of ARNs are compared with the resources of two statements.
const FORMS_READ: usize = 500;

/// How many pairs of resources of two statements are compared.
const PAIRS_READ: usize = 2_000;

/// The number of the last field of an ARN.
const LAST_FIELD: usize = 5;

/// A tag on which a statement depends.
pub(super) struct Tag<'s> {
    key: &'s str,
    /// What a message may say of the key.
    told: &'s str,
    /// Whether it is a tag of the caller, not of the resource.
    of_caller: bool,
}

impl Document {
    /// The tag that a statement lets its holder write, where another statement of the document makes access
    /// depend on it: whoever may write the tag opens what it was to keep closed.
    /// Source: IAM User Guide, "Controlling access to AWS resources using tags", "Define permissions based on
    /// attributes with ABAC authorization".
    pub fn writable_tag<'s>(&'s self, statement: &'s Statement) -> Remark<'s> {
        if !Setting::may_set(statement) {
            return Remark::none();
        }
        let mut guarded = self.tagged().peekable();
        if guarded.peek().is_none() {
            return Remark::none();
        }
        let setting = Setting::of(statement);
        if setting.is_empty() {
            return Remark::none();
        }
        Remark::first(guarded.flat_map(|guarded| {
            let setting = &setting;
            tags(guarded).into_iter().map(move |tag| {
                let keeps = |action: &str| self.keeps_from(statement, action, &tag);
                Document::writes(statement, setting, guarded, &tag, keeps)
            })
        }))
    }

    /// The statements that depend on tags.
    pub(super) fn tagged(&self) -> impl Iterator<Item = &Statement> {
        let positions = self.answers.tagged.get_or_init(|| {
            let statements = self.statements.iter().enumerate();
            let depends = |statement: &Statement| {
                matches!(statement.effect, Effect::Allow) && !tags(statement).is_empty()
            };
            statements.filter(|(_, statement)| depends(statement)).map(|(position, _)| position).collect()
        });
        positions.iter().filter_map(|position| self.statements.get(*position))
    }

    /// Whether a statement that sets tags writes one on which a guarded statement depends; `keeps` says whether
    /// a denial keeps who may tag with an action from it.
    pub(super) fn writes<'s>(
        statement: &'s Statement,
        setting: &[Setting<'s>],
        guarded: &Statement,
        tag: &Tag<'_>,
        keeps: impl Fn(&str) -> Verdict,
    ) -> Remark<'s> {
        let services = services_of(guarded);
        let mut shared = None;
        // Who may do the same without the tag is not kept out by it.
        if !std::ptr::eq(statement, guarded) && grants_anyway(statement, guarded) {
            return Remark::none();
        }
        if limits_tags(statement, tag) {
            return Remark::none();
        }
        Remark::first(setting.iter().map(|Setting { element, actions }| {
            let actions = actions.iter().filter(|action| sets_tag(**action, &services, tag));
            let writes = Verdict::any(actions.map(|action| !keeps(&action.to_string())));
            if writes == Verdict::No {
                return Remark::none();
            }
            // This takes longest, and most statements that tag something tag nothing of the others.
            let shared = *shared.get_or_insert_with(|| match tag.of_caller {
                true => Verdict::Yes,
                false => shares_resources(statement, guarded),
            });
            Remark::of(writes.and(shared), element, tag.told.to_owned())
        }))
    }

    /// Whether a denial keeps who may tag with an action from writing a tag.
    pub(super) fn keeps_from(&self, statement: &Statement, action: &str, tag: &Tag<'_>) -> Verdict {
        let keeping = self.weighed().map(|denial| {
            let about = denial.is_deny().and(denial.is_about_action(action).verdict);
            if about == Verdict::No {
                return about;
            }
            let holds = denial.conditions.entries.iter().map(|entry| catches_tag(entry, tag));
            let covered = covers_whom(denial, statement, None).and(covers_where(denial, statement));
            about.and(covered).and(Verdict::all(holds)).and(!denial.more_conditions())
        });
        Verdict::any(keeping.chain([self.more_denials()]))
    }
}

/// The tags that a statement depends on: a positive comparison of a tag of the resource, or of the caller.
pub(super) fn tags(statement: &Statement) -> Vec<Tag<'_>> {
    let entries = statement.conditions.entries.iter();
    let found = entries.filter_map(|entry| {
        if entry.operator.is_none_or(|operator| operator.holds_without_key()) {
            return None;
        }
        let (name, key) = entry.key.split_once('/')?;
        let of_caller = name.eq_ignore_ascii_case("aws:PrincipalTag");
        let of_resource = name.len() > 12 && name.to_ascii_lowercase().ends_with(":resourcetag");
        // Tags that start so are AWS's: nobody else sets them.
        let is_own = key.get(..4).is_none_or(|start| !start.eq_ignore_ascii_case("aws:"));
        ((of_caller || of_resource) && is_own).then_some(Tag {
            key,
            told: if entry.origin.marks.sensitive { SECRET } else { key },
            of_caller,
        })
    });
    found.collect()
}

/// Whether something of what one statement tags is what another one is about: a resource of a type that an
/// action of the latter works on, in the resources of both.
fn shares_resources(tagging: &Statement, guarded: &Statement) -> Verdict {
    let (Some(tagged), Some(opened)) = (&tagging.resources, &guarded.resources) else { return Verdict::Yes };
    let meet = |one: &PartlyKnown, other: &PartlyKnown| overlaps_resources(one, other, tagging.version);
    let pairs: Vec<(&Element, &Element, Verdict)> = tagged
        .iter()
        .flat_map(|one| opened.iter().map(move |other| (one, other)))
        .take(PAIRS_READ)
        .map(|(one, other)| {
            let placed = meet(&in_one_place(&one.text), &in_one_place(&other.text));
            (one, other, placed.and(meet(&one.text, &other.text)))
        })
        .filter(|(_, _, verdict)| *verdict != Verdict::No)
        .collect();
    let is_cut = tagged.items.len().saturating_mul(opened.items.len()) > PAIRS_READ;
    let open = is_cut || tagged.rest.is_some() || opened.rest.is_some();
    let rest = if open { Verdict::Unknown } else { Verdict::No };
    let forms = guarded.actions.as_ref().map(forms_of);
    let each =
        pairs.into_iter().map(|(one, other, both)| match &forms {
            Some(forms) => both.and(Verdict::any(forms.iter().map(|form| {
                meet(&in_one_place(&one.text), form).and(meet(&in_one_place(&other.text), form))
            }))),
            None => both,
        });
    Verdict::any(each).or(rest)
}

/// The forms of the ARNs of what some actions work on, in one place.
fn forms_of(actions: &Elements) -> Vec<PartlyKnown> {
    let known = actions.iter().filter_map(Element::as_known);
    let mut forms = BTreeMap::new();
    for action in known.flat_map(|pattern| expand(pattern).take(ACTIONS_READ)) {
        let types = action.resource_types().filter_map(|resource| resource.resource_type());
        forms.extend(types.map(|form| (form.arn().text(), form.arn())));
    }
    let patterns = forms.into_values().take(FORMS_READ).map(ArnForm::pattern);
    patterns.map(|pattern| in_one_place(&PartlyKnown::from(pattern.as_str()))).collect()
}

/// The ARN without its Region and account, whose wildcards reach into the resource by the letter of the
/// language, but match no ARN that there is.
fn in_one_place(text: &PartlyKnown) -> PartlyKnown {
    const PLACE: [&str; 6] = ["arn", "p", "", "r", "a", ""];
    let is_arn = matches!(text.parts().first(), Some(Part::Known(start)) if start.starts_with("arn:"));
    let colons = text.parts().iter().map(|part| match part {
        Part::Known(known) => known.matches(':').count(),
        Part::Hole(..) => 0,
    });
    if !is_arn || colons.sum::<usize>() < LAST_FIELD {
        return text.clone();
    }
    let mut field = 0;
    let mut parts: Vec<Part> = Vec::new();
    let fixed = |field: usize| PLACE.get(field).copied().unwrap_or_default();
    for part in text.parts() {
        match part {
            Part::Hole(..) if fixed(field).is_empty() => parts.push(part.clone()),
            Part::Hole(..) => {}
            Part::Known(known) => {
                let mut placed = String::new();
                let pieces = known.splitn(LAST_FIELD + 1 - field, ':');
                for (place, piece) in pieces.enumerate() {
                    if place > 0 {
                        placed.push_str(fixed(field));
                        placed.push(':');
                        field += 1;
                    }
                    if fixed(field).is_empty() {
                        placed.push_str(piece);
                    }
                }
                parts.push(Part::Known(Text::synthetic(placed)));
            }
        }
    }
    PartlyKnown::from_parts(&parts)
}

/// Whether a statement allows without conditions every action of another one.
fn grants_anyway(statement: &Statement, guarded: &Statement) -> bool {
    let all = guarded.actions.iter().flatten().all(|element| match element.as_known() {
        Some(known) => statement.is_about_all_actions(known).is_yes(),
        None => false,
    });
    all && statement.conditions.entries.is_empty() && guarded.actions.is_some()
}

/// Whether a statement that allows tagging is limited as to which tags, or to resources that have the tag.
fn limits_tags(statement: &Statement, tag: &Tag<'_>) -> bool {
    statement.conditions.entries.iter().any(|entry| is_about_tags(entry, tag) || is_on_creation(entry))
}

/// Whether an entry of a denial holds for whoever writes a tag.
fn catches_tag(entry: &ConditionEntry, tag: &Tag<'_>) -> Verdict {
    let Some(operator) = entry.operator.filter(|_| is_about_tags(entry, tag)) else {
        return Verdict::Unknown;
    };
    let Some((name, _)) = entry.key.split_once('/') else { return catches_key(entry, operator, tag) };
    match operator.base {
        Base::Null if name.to_ascii_lowercase().ends_with(":requesttag") => entry.asks_null("false"),
        // To spare one value is how a denial fixes it.
        _ if operator.is_negated() => Verdict::Yes,
        _ => Verdict::Unknown,
    }
}

/// The same for `aws:TagKeys`: whether one of its values, or none under a negated operator, is the tag.
fn catches_key(entry: &ConditionEntry, operator: Operator, tag: &Tag<'_>) -> Verdict {
    let is_tag = |text: &PartlyKnown| match text.as_known() {
        Some(known) if known.eq_ignore_ascii_case(tag.key) => Verdict::Yes,
        Some("*") if operator.has_wildcards() => Verdict::Yes,
        Some(known) if !operator.has_wildcards() || !known.contains(['*', '?']) => Verdict::No,
        _ => Verdict::Unknown,
    };
    let rest = if entry.values.rest.is_some() { Verdict::Unknown } else { Verdict::No };
    let named = Verdict::any(entry.texts().map(is_tag).chain([rest]));
    match operator.set {
        _ if operator.base == Base::Null => entry.asks_null("false"),
        Some(SetPrefix::ForAnyValue) if operator.is_negated() => !named,
        Some(SetPrefix::ForAnyValue) => named,
        // Another tag in the same request passes.
        _ => Verdict::Unknown,
    }
}

fn is_about_tags(entry: &ConditionEntry, tag: &Tag<'_>) -> bool {
    let Some((name, key)) = entry.key.split_once('/') else { return entry.is_about("aws:TagKeys") };
    let name = name.to_ascii_lowercase();
    (name.ends_with(":requesttag") || name.ends_with(":resourcetag")) && key.eq_ignore_ascii_case(tag.key)
}

/// Whether tags can only be set on what is created in the same call.
fn is_on_creation(entry: &ConditionEntry) -> bool {
    entry.key.to_ascii_lowercase().ends_with(":createaction")
}

/// The actions of an element of `Action` that set tags.
pub(super) struct Setting<'s> {
    element: &'s Element,
    actions: Vec<Action>,
}

impl<'s> Setting<'s> {
    /// Whether a statement is asked for such actions at all: it certainly allows, under conditions that are
    /// known.
    pub(super) fn may_set(statement: &Statement) -> bool {
        matches!(statement.effect, Effect::Allow) && statement.conditions.rest.is_none()
    }

    /// The elements of a statement that have such actions.
    pub(super) fn of(statement: &'s Statement) -> Vec<Setting<'s>> {
        let sets = |action: &Action| {
            let name = action.name();
            action.access_level() == AccessLevel::Tagging
                && !name.starts_with("Untag")
                && !name.starts_with("Delete")
                && !name.starts_with("Remove")
        };
        let of_element = |element: &'s Element| {
            let all = element.as_known().into_iter().flat_map(|known| expand(known).take(ACTIONS_READ));
            Setting { element, actions: all.filter(sets).collect() }
        };
        let elements = statement.actions.iter().flatten().map(of_element);
        elements.filter(|setting| !setting.actions.is_empty()).collect()
    }
}

/// The prefixes of the actions of a statement.
fn services_of(statement: &Statement) -> Vec<String> {
    let texts = statement.actions.iter().flatten().map(|element| element.text.to_string());
    let mut prefixes: Vec<String> =
        texts.filter_map(|text| Some(text.split_once(':')?.0.to_ascii_lowercase())).collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes
}

/// Whether an action that sets tags sets them on something of these services, or on the caller.
fn sets_tag(action: Action, services: &[String], tag: &Tag<'_>) -> bool {
    let prefix = action.service().prefix();
    match tag.of_caller {
        true => prefix == "iam" && matches!(action.name(), "TagRole" | "TagUser"),
        false => services.iter().any(|service| service == prefix),
    }
}
