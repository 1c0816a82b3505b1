//! The fields of an ARN, as far as they are known.
//!
//! What only deployment knows keeps to its field where it is a name, an account, a Region or a
//! partition: the fields behind it are known as well then. Anything else can hold colons, so that the
//! fields end in front of it, unless it is in the last one, which takes them.

use std::borrow::Cow;

use keylint_model::{Part, Shape, Unknown};

use super::is_placeholder;
use crate::element::Element;

/// The number of the last field, which may have colons of its own.
const LAST: usize = 5;

/// What stands in the text of a field for what is not known: a form of a variable.
const HOLE: &str = "${…}";

/// A field.
#[derive(Default)]
pub(super) struct Field<'d> {
    /// Its text, with `${…}` for what is not known.
    text: String,
    /// What is not known of it, the last of it where there is more.
    hole: Option<&'d Unknown>,
    /// Whether it has known text.
    has_text: bool,
    /// Whether its known text stands for more than itself.
    is_wild: bool,
}

impl Field<'_> {
    /// Its text, with `${…}` for what is not known.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What a message may show of it, unless it is secret.
    pub(super) fn shown(&self) -> Cow<'_, str> {
        let identity = self.whole_hole().and_then(|unknown| unknown.identity.as_deref());
        match identity {
            Some(identity) => Cow::Owned(format!("${{{identity}}}")),
            None => Cow::Borrowed(&self.text),
        }
    }

    /// Whether it is not empty, and no pattern: one text, be it known or not.
    pub(super) fn is_given(&self) -> bool {
        !self.text.is_empty() && !self.is_wild
    }

    /// Whether it is one text that is known.
    pub(super) fn is_known(&self) -> bool {
        self.is_given() && self.hole.is_none()
    }

    /// Whether it can be of a shape, where it has something that is not known.
    pub(super) fn can_be(&self, shape: Shape) -> bool {
        self.whole_hole().is_none_or(|unknown| match unknown.shape {
            // The fields of an ARN are what they are.
            Shape::Any | Shape::Name | Shape::Word | Shape::Arn(_) => true,
            own => own == shape,
        })
    }

    fn whole_hole(&self) -> Option<&Unknown> {
        self.hole.filter(|_| !self.has_text)
    }
}

/// The fields of a resource that are known, from the start.
pub(super) struct Fields<'d> {
    pub(super) fields: Vec<Field<'d>>,
    /// Whether these are all fields.
    pub(super) is_whole: bool,
}

impl<'d> Fields<'d> {
    /// Colons within a policy variable are no separators.
    pub(super) fn of(resource: &'d Element) -> Fields<'d> {
        let mut fields = vec![Field::default()];
        for (place, part) in resource.text.parts().iter().enumerate() {
            if let (0, Part::Hole(unknown, _)) = (place, part)
                && let Shape::Arn(form) = unknown.shape
            {
                fields = of_form(form, unknown);
                continue;
            }
            let keeps = match part {
                Part::Known(text) => !is_placeholder(text),
                Part::Hole(unknown, _) => unknown.shape.is_in_field() || fields.len() > LAST,
            };
            if !keeps {
                fields.pop();
                return Fields { fields, is_whole: false };
            }
            match part {
                Part::Known(text) => add(&mut fields, text),
                Part::Hole(unknown, _) => {
                    if let Some(field) = fields.last_mut() {
                        field.text.push_str(match unknown.shape {
                            Shape::Arn(_) => "arn:",
                            Shape::Url => "https://",
                            _ => "",
                        });
                        field.text.push_str(HOLE);
                        field.hole = Some(unknown);
                    }
                }
            }
        }
        Fields { fields, is_whole: true }
    }
}

/// The fields of an ARN of which only the form is known.
fn of_form<'d>(form: &str, unknown: &'d Unknown) -> Vec<Field<'d>> {
    let one = |field: &str| {
        let mut text = String::new();
        for (index, piece) in field.split("${").enumerate() {
            match piece.split_once('}').filter(|_| index > 0) {
                Some((_, after)) => text.extend([HOLE, after]),
                None => text.push_str(piece),
            }
        }
        let hole = field.contains("${").then_some(unknown);
        Field { has_text: !text.is_empty() && text != HOLE, text, hole, is_wild: false }
    };
    form.splitn(LAST + 1, ':').map(one).collect()
}

fn add(fields: &mut Vec<Field<'_>>, text: &str) {
    let mut depth = 0_u32;
    let mut previous = ' ';
    for character in text.chars() {
        match character {
            '{' if previous == '$' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        previous = character;
        if character == ':' && depth == 0 {
            fields.push(Field::default());
        } else if let Some(field) = fields.last_mut() {
            field.text.push(character);
            field.has_text = true;
            field.is_wild |= matches!(character, '*' | '?' | '$');
        }
    }
}
