//! Policies as sets of requests: what is in one and not in another, with a request that shows it.
//!
//! A statement is a product of sets, one for each dimension of a request: action, resource,
//! principal, the value of each condition key (module `region`). What a policy allows is the union of what
//! its statements allow without what its statements deny. Every question about that is the same one:
//! is there a request in some regions and outside of others (module `search`)? Each dimension answers its
//! part exactly: patterns as automata, numbers, times and networks by their borders, principals by
//! cases. So no solver of formulas is needed, and the answer comes with a request as its witness.
//!
//! Where only deployment knows a part of a policy the question is asked twice, with that part as
//! narrow and as wide as it can turn out to be; where the answers differ it is unknown. What a bound
//! on work cuts off is unknown too.

mod condition;
mod decide;
mod diff;
mod key;
mod known;
mod literal;
mod pin;
mod principal;
mod public;
mod region;
mod search;
mod witness;

#[cfg(test)]
mod tests;

pub use condition::KeyValue;
pub(crate) use condition::{Bound, Test, Values, is_same_text};
pub use decide::{Access, Question, allowed};
pub(crate) use decide::{Wanted, allowed_of};
pub use diff::{Change, Difference, Why, newly_allowed};
pub(crate) use key::{Literal, Solution, solve};
pub use known::Known;
pub use public::{Opening, openings};
pub(crate) use search::Mode;
pub use search::{Any, Preferences};
pub use witness::Witness;

use crate::glob::Symbol;
use crate::glob::search::Letters;

/// A string of letters for a reader: `${…}` for what is not known.
fn shown(letters: &Letters<'_>) -> String {
    let mut text = String::new();
    for letter in letters {
        match letter {
            Symbol::Char(character) => text.push(*character),
            Symbol::Hole(unknown) => {
                text.push_str("${");
                text.push_str(unknown.identity.as_deref().unwrap_or("…"));
                text.push('}');
            }
            Symbol::Variable(name) => {
                text.push_str("${");
                text.push_str(name);
                text.push('}');
            }
            _ => text.push('*'),
        }
    }
    text
}
