//! A policy in words.

use std::collections::BTreeMap;

use keylint_model::Verdict;
use keylint_policy::service::AccessLevel;
use keylint_policy::summary::{Entry, Extent, Scope, Summary};
use keylint_policy::{
    Account, Base, ConditionEntry, Elements, PartlyKnown, PolicyKind, SetPrefix, Statement, Whom,
};
use keylint_report::printable;

use super::WIDTH;
use crate::policy::document::Policy;

/// How many services the opening names one by one.
const MAX_SERVICES: usize = 6;

/// What the policy is and does, in some sentences.
pub(super) fn opening(policy: &Policy, kind: PolicyKind, summary: &Summary) -> String {
    let count = policy.document.statements.len();
    let statements = if count == 1 { "one statement".to_owned() } else { format!("{count} statements") };
    let article = if matches!(kind, PolicyKind::Identity | PolicyKind::Endpoint) { "an" } else { "a" };
    let mut text = format!("{} is {article} {} of {statements}.", policy.file.display(), kind.noun());
    let allowing: Vec<&Statement> =
        policy.document.statements.iter().filter(|s| s.is_allow() != Verdict::No).collect();
    if allowing.is_empty() {
        text.push_str(" It allows nothing by itself: it only denies.");
        return text;
    }
    text.push_str(&format!(" {} {}.", subject(kind), powers(summary, policy)));
    let conditional = allowing.iter().filter(|s| s.is_conditional().verdict != Verdict::No).count();
    match (conditional, allowing.len()) {
        (0, _) => text.push_str(" No condition is attached."),
        (all, count) if all == count => text.push_str(" All of it is subject to conditions."),
        (1, count) => text.push_str(&format!(" One of the {count} statements that allow has conditions.")),
        (some, count) => {
            text.push_str(&format!(" {some} of the {count} statements that allow have conditions."));
        }
    }
    if policy.document.statements.iter().any(|s| s.is_deny() == Verdict::Yes) {
        text.push_str(" What it denies is taken off.");
    }
    text
}

fn subject(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Identity => "Whoever has it may",
        PolicyKind::Boundary | PolicyKind::Scp => "It grants nothing; whoever it is attached to may at most",
        PolicyKind::Session => "The session may at most",
        PolicyKind::Rcp => "It grants nothing; requests for the resources may at most",
        PolicyKind::Endpoint => "Through the endpoint, whoever is named may at most",
        PolicyKind::Trust => "Whoever it names may",
        PolicyKind::Key | PolicyKind::Secret | PolicyKind::Resource => "Those whom it names may",
    }
}

/// What the statements that allow add up to, the most powerful first.
fn powers(summary: &Summary, policy: &Policy) -> String {
    let services = match powers_by_service(summary, policy) {
        Ok(services) => services,
        Err(everything) => return everything,
    };
    let more = services.len().saturating_sub(MAX_SERVICES);
    // What is done alike is said once.
    let mut alike: Vec<(String, Vec<String>)> = Vec::new();
    for Power { service, is_full, levels } in services.iter().take(MAX_SERVICES) {
        let (verb, name) = (power(*is_full, levels), service_name(service));
        match alike.iter_mut().find(|(other, _)| *other == verb) {
            Some((_, names)) => names.push(name),
            None => alike.push((verb, vec![name])),
        }
    }
    let mut parts: Vec<String> =
        alike.iter().map(|(verb, names)| format!("{verb} {}", joined(names, "and"))).collect();
    if more > 0 {
        parts.push(format!("use {more} other service{}", if more == 1 { "" } else { "s" }));
    }
    match parts.len() {
        0 => "do nothing: it denies all that it allows".to_owned(),
        _ => joined(&parts, "and"),
    }
}

/// What is allowed in a service.
struct Power<'s> {
    service: &'s str,
    is_full: bool,
    /// The access levels, the most powerful first, each once.
    levels: Vec<AccessLevel>,
}

/// The services in which something is allowed, the most powerful first; or, as an error, in words
/// what is allowed in all of them.
fn powers_by_service<'s>(summary: &'s Summary, policy: &Policy) -> Result<Vec<Power<'s>>, String> {
    let mut services: BTreeMap<&str, (bool, Vec<AccessLevel>)> = BTreeMap::new();
    let mut everything = None;
    let is_allowing = |index: usize| {
        policy.document.statements.get(index).is_some_and(|statement| statement.is_allow() != Verdict::No)
    };
    let entries = summary.statements.iter().filter(|entry| is_allowing(entry.statement));
    for scope in entries.flat_map(|entry| &entry.scopes).filter(|scope| scope.is_left != Verdict::No) {
        match &scope.extent {
            Extent::AllBut => {
                everything = everything.or(Some(format!("do everything but {}", list(&scope.patterns))));
            }
            Extent::Everything if scope.service == "*" => {
                everything = Some("do everything in every service".to_owned());
            }
            Extent::Everything => services.entry(&scope.service).or_default().0 = true,
            Extent::Levels { full, limited } => {
                services.entry(&scope.service).or_default().1.extend(full.iter().chain(limited));
            }
            Extent::Unlisted => {
                services.entry(&scope.service).or_default();
            }
        }
    }
    if let Some(everything) = everything {
        return Err(everything);
    }
    let power = |(service, (is_full, mut levels)): (_, (bool, Vec<AccessLevel>))| {
        levels.sort_unstable();
        levels.dedup();
        levels.reverse();
        Power { service, is_full, levels }
    };
    let mut powers: Vec<Power<'_>> = services.into_iter().map(power).collect();
    powers.sort_by_key(|power| (!power.is_full, std::cmp::Reverse(power.levels.first().copied())));
    Ok(powers)
}

fn power(is_full: bool, levels: &[AccessLevel]) -> String {
    if is_full {
        return "do everything in".to_owned();
    }
    let verbs: Vec<String> = levels
        .iter()
        .map(|level| match level {
            AccessLevel::PermissionsManagement => "manage permissions",
            AccessLevel::Write => "write",
            AccessLevel::Tagging => "tag",
            AccessLevel::Read => "read",
            AccessLevel::List => "list",
        })
        .map(str::to_owned)
        .collect();
    match verbs.is_empty() {
        true => "use".to_owned(),
        false => format!("{} in", joined(&verbs, "and")),
    }
}

fn service_name(prefix: &str) -> String {
    match keylint_policy::service::service(prefix) {
        Some(service) => service.name().to_owned(),
        None if prefix == "*" => "several services".to_owned(),
        None => format!("`{prefix}`"),
    }
}

/// `a, b and c`.
fn joined(parts: &[String], word: &str) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} {word} {last}", before.join(", ")),
    }
}

fn list(texts: &[String]) -> String {
    joined(texts, "and")
}

/// A name of the document on one line.
fn plain(name: impl std::fmt::Display) -> String {
    printable(&name.to_string()).into_owned()
}

/// The service of a row.
fn service(scope: &Scope) -> String {
    match scope.service.as_str() {
        "*" if scope.extent == Extent::Unlisted => "several".to_owned(),
        "*" => "all services".to_owned(),
        name => plain(name),
    }
}

/// The services of a statement with how much of each, those of equal extent together.
pub(super) fn scopes(entry: &Entry, is_allowing: bool) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for scope in &entry.scopes {
        let (service, mut access) = (service(scope), access(scope));
        if is_allowing && scope.is_left == Verdict::No {
            access.push_str("\n(all denied below)");
        }
        match rows.iter_mut().find(|(_, other)| *other == access) {
            Some((services, _)) => {
                services.push_str(", ");
                services.push_str(&service);
            }
            None => rows.push((service, access)),
        }
    }
    rows
}

/// How much of the service: levels as AWS's own policy summaries name them.
fn access(scope: &Scope) -> String {
    let names = |levels: &[AccessLevel]| {
        let names: Vec<&str> = levels.iter().map(|level| level.name()).collect();
        names.join(", ")
    };
    match &scope.extent {
        Extent::Everything => "Full access".to_owned(),
        Extent::AllBut => format!("All but {}", plain(scope.patterns.join(", "))),
        Extent::Unlisted => format!("Unlisted: {}", plain(scope.patterns.join(", "))),
        Extent::Levels { full, limited } => {
            let mut parts = Vec::new();
            if !full.is_empty() {
                parts.push(format!("Full: {}", names(full)));
            }
            if !limited.is_empty() {
                parts.push(format!("Limited: {}", names(limited)));
            }
            let levels = parts.join("; ");
            // A few actions say more than their levels.
            let actions: Vec<&str> = scope
                .patterns
                .iter()
                .map(|text| text.split_once(':').map_or(text.as_str(), |(_, name)| name))
                .collect();
            match actions.len() {
                0..=3 => format!("{levels}\n({})", plain(actions.join(", "))),
                _ => levels,
            }
        }
    }
}

/// The resources of a statement.
pub(super) fn resources(statement: &Statement, kind: PolicyKind) -> String {
    let texts = |elements: &Elements| {
        let texts: Vec<String> = elements.iter().map(|element| plain(&element.text)).collect();
        texts.join("\n")
    };
    match (&statement.resources, &statement.not_resources) {
        (Some(resources), _) if resources.iter().any(|element| element.as_known() == Some("*")) => match kind
        {
            PolicyKind::Key => "this key".to_owned(),
            PolicyKind::Secret => "this secret".to_owned(),
            _ => "any".to_owned(),
        },
        (Some(resources), _) => texts(resources),
        (None, Some(excluded)) => format!("all but\n{}", texts(excluded)),
        (None, None) => match kind {
            PolicyKind::Trust => "this role".to_owned(),
            _ => "this resource".to_owned(),
        },
    }
}

/// Whom a statement names.
pub(super) fn principals(statement: &Statement) -> String {
    let (principals, is_exclusion) = match (&statement.principals, &statement.not_principals) {
        (Some(principals), _) => (principals, false),
        (None, Some(excluded)) => (excluded, true),
        (None, None) => return "nobody".to_owned(),
    };
    let names: Vec<String> = principals
        .items
        .iter()
        .map(|(kind, element)| match Whom::of(*kind, element) {
            Whom::Everybody => "anybody".to_owned(),
            Whom::Account(Account::Literal(id)) => format!("account {id}"),
            _ => plain(&element.text),
        })
        .collect();
    if is_exclusion { format!("all but\n{}", names.join("\n")) } else { names.join("\n") }
}

/// The conditions of a statement.
pub(super) fn conditions(statement: &Statement) -> String {
    let entries: Vec<String> =
        statement.conditions.entries.iter().map(|entry| plain(condition(entry))).collect();
    entries.join("\nand ")
}

fn condition(entry: &ConditionEntry) -> String {
    let values: Vec<String> = entry.texts().map(PartlyKnown::to_string).collect();
    let key = &entry.key;
    let Some(operator) = entry.operator else {
        return format!("{} {key} {}", entry.operator_name, values.join(", "));
    };
    if operator.base == Base::Null {
        let is_absent = values.iter().any(|value| value.eq_ignore_ascii_case("true"));
        return format!("{key} is {}", if is_absent { "absent" } else { "present" });
    }
    let subject = match operator.set {
        Some(SetPrefix::ForAllValues) => format!("every value of {key}"),
        Some(SetPrefix::ForAnyValue) => format!("some value of {key}"),
        None => key.to_string(),
    };
    let relation = match operator.base {
        Base::StringEquals | Base::StringEqualsIgnoreCase | Base::Bool | Base::BinaryEquals => "is",
        Base::NumericEquals | Base::DateEquals => "is",
        Base::StringNotEquals | Base::StringNotEqualsIgnoreCase => "is not",
        Base::NumericNotEquals | Base::DateNotEquals => "is not",
        Base::StringLike | Base::ArnLike | Base::ArnEquals => "is like",
        Base::StringNotLike | Base::ArnNotLike | Base::ArnNotEquals => "is not like",
        Base::NumericLessThan => "is less than",
        Base::NumericLessThanEquals => "is at most",
        Base::NumericGreaterThan => "is more than",
        Base::NumericGreaterThanEquals => "is at least",
        Base::DateLessThan => "is before",
        Base::DateLessThanEquals => "is not after",
        Base::DateGreaterThan => "is after",
        Base::DateGreaterThanEquals => "is not before",
        Base::IpAddress => "is in",
        Base::NotIpAddress => "is not in",
        Base::Null => "is absent",
    };
    let word = if operator.is_negated() { "nor" } else { "or" };
    let values = if values.is_empty() { "nothing".to_owned() } else { joined(&values, word) };
    let suffix = if operator.if_exists { ", if present" } else { "" };
    format!("{subject} {relation} {values}{suffix}")
}

/// Whether it is public, with examples.
pub(super) fn public(policy: &Policy, kind: PolicyKind, summary: &Summary) -> String {
    if !kind.opens_resource() {
        return wrapped(
            &format!("Public: no. By itself {} {} opens nothing to others.", article(kind), kind.noun()),
            "",
            WIDTH,
        );
    }
    if summary.public.is_empty() {
        return wrapped(
            "Public: no. Nobody whom it does not name or fix by a condition is let in.",
            "",
            WIDTH,
        );
    }
    let is_sure = summary.public.iter().any(|public| public.verdict == Verdict::Yes);
    let mut out =
        if is_sure { "Public: yes.\n".to_owned() } else { "Public: this cannot be decided.\n".to_owned() };
    for public in &summary.public {
        let name = policy.name_of(public.statement);
        let line = match &public.witness {
            Some(witness) => {
                let resource =
                    if witness.resource == "*" { String::new() } else { format!(" on {}", witness.resource) };
                format!(
                    "- {name} lets anybody in: {} may use {}{resource}",
                    witness.principal, witness.action
                )
            }
            None if public.is_cut => {
                format!("- {name} may let anybody in: the policy has more statements than are weighed")
            }
            None => format!("- {name} may let anybody in"),
        };
        out.push_str(&wrapped(&line, "  ", WIDTH));
    }
    out
}

fn article(kind: PolicyKind) -> &'static str {
    if matches!(kind, PolicyKind::Identity | PolicyKind::Endpoint) { "an" } else { "a" }
}

/// The known ways to gain permissions.
pub(super) fn escalations(policy: &Policy, summary: &Summary) -> String {
    let count = summary.escalations.len();
    if count == 0 {
        return String::new();
    }
    let ways = if count == 1 { "one known way".to_owned() } else { format!("{count} known ways") };
    let mut out = format!("Escalation: {ways} to gain permissions that it does not give:\n");
    for way in &summary.escalations {
        let escalation = way.escalation;
        let actions = std::iter::once(escalation.action).chain(escalation.others.iter().copied());
        let names: Vec<String> = way.statements.iter().map(|index| policy.name_of(*index)).collect();
        let mut line = format!("- {} ({})", escalation.means, actions.collect::<Vec<_>>().join(", "));
        if policy.document.statements.len() > 1 {
            line.push_str(&format!(" by {}", joined(&names, "and")));
        }
        match (way.verdict, way.is_conditional) {
            (Verdict::Yes, false) => {}
            (Verdict::Yes, true) => line.push_str(", if its conditions are met"),
            _ => line.push_str(", perhaps: this cannot be decided"),
        }
        out.push_str(&wrapped(&line, "  ", WIDTH));
    }
    out
}

/// A paragraph in lines of a width, all but the first indented.
pub(in crate::policy) fn wrapped(text: &str, indent: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in printable(text).split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            out.push_str(indent);
            column = indent.len();
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
    out
}
