//! Policies with a value in place of each policy variable.
//!
//! A request decides what stands for `${aws:username}`. To show a request that is one for certain,
//! the variables get values first: the same in both policies, and as keys of the request.

use std::collections::BTreeMap;

use keylint_model::Part;
use keylint_syntax::Text;

use super::condition::{Test, Values};
use crate::document::{Document, Statement, Version};
use crate::element::{Elements, PartlyKnown};
use crate::glob::Symbol;
use crate::matching::{units, variables};
use crate::operator::Base;

/// The keys whose values stand for variables, in lower case, with the key as it is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pins(BTreeMap<String, (String, String)>);

impl Pins {
    /// Values worth trying for the variables of some documents: one that no document names, and then
    /// one that a condition asks for.
    pub(crate) fn attempts(documents: &[&Document]) -> Vec<Pins> {
        let mut unnamed = Pins::default();
        let statements = || documents.iter().flat_map(|document| &document.statements);
        for statement in statements() {
            for part in elements_of(statement).flat_map(PartlyKnown::parts) {
                let Part::Known(text) = part else { continue };
                for name in variables(text.as_str(), statement.version) {
                    let key = key_of(name);
                    let lower = key.to_ascii_lowercase();
                    let value = usual(&lower);
                    unnamed.0.entry(lower).or_insert_with(|| (key.to_owned(), value));
                }
            }
        }
        let mut asked = unnamed.clone();
        let mut is_asked = false;
        for entry in statements().flat_map(|statement| &statement.conditions.entries) {
            let plain = |text: &&str| !text.contains(['*', '?', '$']);
            if entry.is_positive()
                && let Some((_, value)) = asked.0.get_mut(&entry.key.to_ascii_lowercase())
                && let Some(text) = entry.texts().filter_map(PartlyKnown::as_known).find(plain)
            {
                text.clone_into(value);
                is_asked = true;
            }
        }
        let mut attempts = vec![unnamed];
        attempts.extend(is_asked.then_some(asked));
        attempts
    }

    /// What a request has under the keys that stand for variables.
    pub(crate) fn tests(&self) -> impl Iterator<Item = Test<'_>> {
        self.0.values().map(|(key, value)| {
            let value = value.chars().flat_map(units).map(Symbol::Char).collect();
            Test::made(key, Base::StringEquals, Values::Strings(vec![value]))
        })
    }

    /// The document with the values in place of the variables.
    pub(crate) fn put_into(&self, document: &Document) -> Document {
        let mut document = document.clone();
        if self.0.is_empty() {
            return document;
        }
        for statement in &mut document.statements {
            let version = statement.version;
            for elements in [&mut statement.resources, &mut statement.not_resources].into_iter().flatten() {
                self.put(elements, version);
            }
            for entry in &mut statement.conditions.entries {
                self.put(&mut entry.values, version);
            }
        }
        document
    }

    fn put(&self, elements: &mut Elements, version: Version) {
        for element in &mut elements.items {
            let parts: Vec<Part> = element
                .text
                .parts()
                .iter()
                .map(|part| match part {
                    Part::Known(text) => Part::Known(self.filled(text, version)),
                    hole => hole.clone(),
                })
                .collect();
            element.text = PartlyKnown::from_parts(&parts);
        }
    }

    fn filled(&self, text: &Text, version: Version) -> Text {
        let mut filled = text.as_str().to_owned();
        for name in variables(text.as_str(), version) {
            if let Some((_, value)) = self.0.get(&key_of(name).to_ascii_lowercase()) {
                filled = filled.replace(&format!("${{{name}}}"), value);
            }
        }
        if filled == text.as_str() { text.clone() } else { Text::synthetic(filled) }
    }
}

/// The key of a variable, without its default.
fn key_of(name: &str) -> &str {
    name.split(',').next().unwrap_or("").trim()
}

fn elements_of(statement: &Statement) -> impl Iterator<Item = &PartlyKnown> {
    let resources = statement.resources.iter().chain(&statement.not_resources).flatten();
    let values = statement.conditions.entries.iter().flat_map(|entry| &entry.values.items);
    resources.chain(values).map(|element| &element.text)
}

/// A value that no policy names by chance.
fn usual(key: &str) -> String {
    match key {
        "aws:principalaccount" | "aws:resourceaccount" | "aws:sourceaccount" | "kms:calleraccount" => {
            super::principal::STRANGER.to_owned()
        }
        "aws:principalorgid" | "aws:resourceorgid" | "aws:sourceorgid" => "o-exampleorgid".to_owned(),
        _ => {
            let name = key.rsplit([':', '/']).next().unwrap_or(key);
            format!("example-{name}")
        }
    }
}
