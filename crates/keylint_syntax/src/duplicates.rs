//! Finds keys that a mapping names twice.

use std::collections::HashMap;

use crate::data::{Hole, Member};
use crate::error::{SyntaxError, SyntaxErrorKind};

/// Up to this many members, comparing each with each is quicker than hashing.
const FEW: usize = 12;

/// More errors than this are of no use to anybody.
const MAX_ERRORS: usize = 100;

/// One error for each further use of a key, with the first as its related place.
pub(crate) fn report(members: &[Member]) -> Vec<SyntaxError> {
    let mut errors = Vec::new();
    if members.len() <= FEW {
        for (position, member) in members.iter().enumerate() {
            let mut before = members.iter().take(position);
            if let Some(first) = before.find(|other| other.key == member.key) {
                errors.push(duplicate(first, member));
            }
        }
        return errors;
    }
    let mut seen: HashMap<&str, &Member> = HashMap::with_capacity(members.len());
    for member in members {
        if errors.len() > MAX_ERRORS {
            break;
        }
        match seen.entry(member.key.as_str()) {
            std::collections::hash_map::Entry::Occupied(first) => errors.push(duplicate(first.get(), member)),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(member);
            }
        }
    }
    errors
}

fn duplicate(first: &Member, second: &Member) -> SyntaxError {
    let mut error = SyntaxError::new(
        SyntaxErrorKind::DuplicateKey,
        second.key_span,
        format!("the key `{}` is given twice", shown(&second.key)),
    );
    error.related = Some((first.key_span, "first given here".to_owned()));
    error.help = Some("remove one of the two: readers take only the last, or refuse both".to_owned());
    error
}

/// A key as a message may show it: of bounded length, on one line, holes left open.
fn shown(key: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown = String::new();
    for (position, character) in key.chars().enumerate() {
        if position == LONGEST {
            shown.push('…');
            break;
        }
        let open = character.is_control() || Hole::from_character(character).is_some();
        shown.push(if open { '…' } else { character });
    }
    shown
}
