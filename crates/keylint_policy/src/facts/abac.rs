//! Access by tags, and who may write the tags.

use keylint_model::Verdict;

use super::Remark;
use crate::document::{ConditionEntry, Document, Effect, Statement};
use crate::element::{Element, Elements, PartlyKnown};
use crate::matching::overlaps_resources;
use crate::service::{AccessLevel, expand};

/// How many actions that a pattern matches are looked at.
const ACTIONS_READ: usize = 5_000;

/// How many forms of ARNs are compared with the resources of two statements.
const FORMS_READ: usize = 500;

/// A tag on which a statement depends.
struct Tag<'s> {
    key: &'s str,
    /// Whether it is a tag of the caller, not of the resource.
    of_caller: bool,
}

impl Document {
    /// The tag that a statement lets its holder write, where another statement of the document makes access
    /// depend on it: whoever may write the tag opens what it was to keep closed.
    /// Source: IAM User Guide, "Controlling access to AWS resources using tags", "Define permissions based on
    /// attributes with ABAC authorization".
    pub fn writable_tag<'s>(&'s self, statement: &'s Statement) -> Remark<'s> {
        if !matches!(statement.effect, Effect::Allow) || statement.conditions.rest.is_some() {
            return Remark::none();
        }
        let guarded = self.statements.iter().filter(|guarded| matches!(guarded.effect, Effect::Allow));
        Remark::first(guarded.flat_map(|guarded| {
            tags(guarded).into_iter().map(move |tag| self.writes(statement, guarded, &tag))
        }))
    }

    fn writes<'s>(&self, statement: &'s Statement, guarded: &'s Statement, tag: &Tag<'s>) -> Remark<'s> {
        // Who may do the same without the tag is not kept out by it.
        if !std::ptr::eq(statement, guarded) && grants_anyway(statement, guarded) {
            return Remark::none();
        }
        if limits_tags(statement, tag) || self.statements.iter().any(|other| protects(other, tag)) {
            return Remark::none();
        }
        let apart = !may_share_resources(statement, guarded);
        if apart && !tag.of_caller {
            return Remark::none();
        }
        let element = statement.actions.iter().flatten().find(|element| tags_with(element, guarded, tag));
        match element {
            Some(element) => Remark::of(Verdict::Yes, element, tag.key.to_owned()),
            None => Remark::none(),
        }
    }
}

/// The tags that a statement depends on: a positive comparison of a tag of the resource, or of the caller.
fn tags(statement: &Statement) -> Vec<Tag<'_>> {
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
        ((of_caller || of_resource) && is_own).then_some(Tag { key, of_caller })
    });
    found.collect()
}

/// Whether what one statement tags may be what another one is about: a resource of a type that an action of
/// the latter works on, in the resources of both.
fn may_share_resources(tagging: &Statement, guarded: &Statement) -> bool {
    let (Some(tagged), Some(opened)) = (&tagging.resources, &guarded.resources) else { return true };
    let Some(actions) = &guarded.actions else { return true };
    let known = actions.iter().filter_map(Element::as_known);
    let mut forms: Vec<&str> = Vec::new();
    for action in known.flat_map(|pattern| expand(pattern).take(ACTIONS_READ)) {
        let types = action.resource_types().filter_map(|resource| resource.resource_type());
        forms.extend(types.map(|form| form.arn().text()));
    }
    forms.sort_unstable();
    forms.dedup();
    let meets = |elements: &Elements, form: &PartlyKnown| {
        elements
            .iter()
            .any(|element| overlaps_resources(&in_one_place(element), form, tagging.version) != Verdict::No)
    };
    forms.iter().take(FORMS_READ).any(|form| {
        let form = in_one_place_of(&with_wildcards(form));
        meets(tagged, &form) && meets(opened, &form)
    })
}

/// The form of an ARN with a wildcard for each of its variables.
fn with_wildcards(form: &str) -> String {
    let mut pattern = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once("${") {
        pattern.push_str(before);
        pattern.push('*');
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    pattern + rest
}

/// The ARN without its Region and account, whose wildcards reach into the resource by the letter of the
/// language, but match no ARN that there is.
fn in_one_place(element: &Element) -> PartlyKnown {
    element.as_known().map_or_else(|| element.text.clone(), in_one_place_of)
}

fn in_one_place_of(known: &str) -> PartlyKnown {
    let fields: Vec<&str> = known.splitn(6, ':').collect();
    match fields.as_slice() {
        ["arn", _, service, _, _, resource] => {
            PartlyKnown::from(format!("arn:p:{service}:r:a:{resource}").as_str())
        }
        _ => PartlyKnown::from(known),
    }
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

/// Whether a statement denies some tagging by the tags.
fn protects(statement: &Statement, tag: &Tag<'_>) -> bool {
    matches!(statement.effect, Effect::Deny)
        && statement.conditions.entries.iter().any(|entry| is_about_tags(entry, tag))
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

/// Whether an element of `Action` sets tags on what another statement is about, or on the caller.
fn tags_with(element: &Element, guarded: &Statement, tag: &Tag<'_>) -> bool {
    let Some(known) = element.as_known() else { return false };
    expand(known).take(ACTIONS_READ).any(|action| {
        let name = action.name();
        let sets = action.access_level() == AccessLevel::Tagging
            && !name.starts_with("Untag")
            && !name.starts_with("Delete")
            && !name.starts_with("Remove");
        let prefix = action.service().prefix();
        if tag.of_caller {
            return sets && prefix == "iam" && matches!(name, "TagRole" | "TagUser");
        }
        let own = guarded.actions.iter().flatten().any(|other| {
            let other = other.text.to_string();
            other.split_once(':').is_some_and(|(service, _)| service.eq_ignore_ascii_case(prefix))
        });
        sets && own
    })
}
