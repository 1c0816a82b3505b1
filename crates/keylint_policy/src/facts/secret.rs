//! Secrets as policies name them.

use keylint_model::{Part, Shape, Verdict};

use super::Remark;
use crate::document::Statement;
use crate::element::{Element, PartlyKnown};
use crate::matching::{named_service, overlaps_actions};
use crate::operator::Base;
use crate::rewrite::Rewrite;

/// Words of six letters that end names, with a hyphen before them, more often than chance makes them.
const WORDS: [&str; 16] = [
    "access", "backup", "client", "config", "global", "master", "public", "reader", "secret", "server",
    "shared", "signer", "system", "tokens", "viewer", "writer",
];

/// What stands for any hyphen and six characters, and nothing more.
const SUFFIX: &str = "-??????";

/// Stands for a part that only deployment knows.
const HOLE: char = '\u{FFFC}';

impl Statement {
    /// A resource that is the ARN of a secret without the hyphen and six characters that Secrets Manager
    /// puts behind the name, nor a wildcard for them: it matches no secret.
    /// Source: Secrets Manager User Guide, "What's in a Secrets Manager secret?".
    pub fn unsuffixed_secret(&self) -> Remark<'_> {
        let resources = self.resources.iter().chain(&self.not_resources).flatten();
        let open = resources.map(|element| match is_anything(element) {
            true => (self.is_about_secrets().and(Verdict::Unknown), element),
            false => (lacks_suffix(element), element),
        });
        let open = open.filter(|(verdict, _)| *verdict != Verdict::No);
        Remark::first(open.map(|(verdict, element)| {
            let edit = Rewrite::behind(element, SUFFIX).filter(|_| ends_as_a_name(element));
            Remark::of(verdict, element, element.text.to_string()).with_edit(edit)
        }))
    }

    /// Whether it may be about an action of Secrets Manager.
    fn is_about_secrets(&self) -> Verdict {
        let any = PartlyKnown::from("secretsmanager:*");
        match &self.actions {
            Some(actions) => {
                let rest = actions.rest.iter().map(|_| Verdict::Unknown);
                Verdict::any(actions.iter().map(|action| overlaps_actions(&action.text, &any)).chain(rest))
            }
            None => Verdict::Unknown,
        }
    }

    /// The condition on `secretsmanager:VersionStage` that a read without a stage fails: the key is there
    /// only when the caller names one.
    /// Source: recorded answers of AWS; Secrets Manager API Reference, "GetSecretValue".
    pub fn blocks_default_read(&self) -> Remark<'_> {
        let about = self.is_about_action("secretsmanager:GetSecretValue").verdict;
        let entries =
            self.conditions.entries.iter().filter(|entry| entry.is_about("secretsmanager:VersionStage"));
        Remark::first(entries.map(|entry| {
            let Some(operator) = entry.operator else { return Remark::none() };
            let holds_without = match operator.base {
                Base::Null => entry.asks_null("true"),
                _ => operator.holds_without_key().into(),
            };
            let allow = self.is_allow().and(!holds_without);
            let deny = self.is_deny().and(holds_without);
            let verdict = allow.or(deny).and(about);
            match entry.values.items.first() {
                Some(first) => Remark::of(verdict, first, entry.operator_name.to_string()),
                None => Remark::at(verdict, entry.key_span, entry.operator_name.to_string()),
            }
        }))
    }
}

/// Whether an element ends in the name of a secret: not in what may be meant for its suffix.
fn ends_as_a_name(element: &Element) -> bool {
    let name = secret_name(&element.text).unwrap_or_default();
    name.ends_with(|last: char| last.is_ascii_alphanumeric()) && !name.contains('?')
}

/// Whether nothing at all is known of an element, so that it may be any ARN.
fn is_anything(element: &Element) -> bool {
    element.text.as_hole().is_some_and(|unknown| unknown.shape == Shape::Any && unknown.reference.is_none())
}

/// Whether an element names secrets by an ARN that none has.
fn lacks_suffix(element: &Element) -> Verdict {
    let Some(name) = secret_name(&element.text) else { return Verdict::No };
    let tail: Vec<char> = name.chars().rev().take(7).collect();
    if tail.iter().any(|character| matches!(character, '*' | '}')) {
        return Verdict::No;
    }
    if tail.contains(&HOLE) {
        return of_hole(&element.text, &name);
    }
    let fits = |(place, character): (usize, &char)| match character {
        '?' => true,
        '-' => place == 6,
        other => place < 6 && other.is_ascii_alphanumeric(),
    };
    if tail.len() < 7 || !tail.iter().enumerate().all(fits) {
        return Verdict::Yes;
    }
    let suffix: String = tail.iter().take(6).rev().collect();
    if suffix.contains('?') {
        return Verdict::No;
    }
    let is_number = suffix.chars().all(|character| character.is_ascii_digit());
    if is_number || WORDS.contains(&suffix.to_ascii_lowercase().as_str()) {
        return Verdict::Yes;
    }
    // One suffix in two hundred is all lower case; most such ends are words.
    if suffix.chars().all(|character| character.is_ascii_lowercase()) {
        Verdict::Unknown
    } else {
        Verdict::No
    }
}

/// The same where the end of the name is not known: the name of a secret of the stack is without its
/// suffix.
fn of_hole(text: &PartlyKnown, name: &str) -> Verdict {
    let is_name = |part: &Part| match part {
        Part::Hole(unknown, _) => unknown.reference.as_ref().is_some_and(|reference| {
            &*reference.attribute == "name"
                && reference.address.as_str().contains("aws_secretsmanager_secret.")
        }),
        Part::Known(_) => false,
    };
    let last = text.parts().last().filter(|_| name.ends_with(HOLE));
    match last {
        Some(part) if is_name(part) => Verdict::Yes,
        Some(part) if is_suffix(part) => Verdict::No,
        _ => Verdict::Unknown,
    }
}

/// Whether a part is what Secrets Manager puts behind the name of a secret of the stack, as the ARN
/// that CloudFormation's `Ref` returns has it.
fn is_suffix(part: &Part) -> bool {
    let Part::Hole(unknown, _) = part else { return false };
    unknown.reference.as_ref().is_some_and(|reference| &*reference.attribute == "Suffix")
}

/// The name in the ARN of a secret, with marks for holes.
fn secret_name(text: &PartlyKnown) -> Option<String> {
    if named_service(text).is_some_and(|service| service != "secretsmanager") {
        return None;
    }
    let mut shown = String::new();
    for part in text.parts() {
        match part {
            Part::Known(known) => shown.push_str(known.as_str()),
            Part::Hole(..) => shown.push(HOLE),
        }
    }
    let fields: Vec<&str> = shown.splitn(7, ':').collect();
    match fields.as_slice() {
        ["arn", _, "secretsmanager", _, _, "secret", name] => Some((*name).to_owned()),
        _ => None,
    }
}
