//! Decisions and comparisons, each table with the page that it is from.

mod brute;
mod composition;
mod conditions;
mod input;

use keylint_syntax::{Text, json};

use super::{Case, Decision, read_cases};
use crate::testing::file;

/// The cases of a text.
fn cases(text: &str) -> Vec<Case> {
    let file = file(text);
    let (root, errors) = json::parse(&Text::of_file(&file));
    assert!(errors.is_empty(), "{text}: {errors:?}");
    read_cases(&root.unwrap()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

/// The decision about the one case of a text.
fn decision(text: &str) -> Decision {
    cases(text)[0].evaluate().decision
}
