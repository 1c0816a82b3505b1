//! Comparisons in three-valued logic: the known part decides where it can.

use std::rc::Rc;
use std::sync::Arc;

use keylint_model::Number;

use super::datum::{Data, Datum, Piece, Text, Truth, Whys, both};
use crate::cel::lowered::Comparison;
use crate::view::View;

/// Compares two values.
pub(super) fn compare(comparison: Comparison, left: &Datum<'_>, right: &Datum<'_>) -> Truth {
    match comparison {
        Comparison::Equal => equal(left, right),
        Comparison::NotEqual => !equal(left, right),
        Comparison::Less => ordered(left, right, |left, right| left < right),
        Comparison::Greater => ordered(right, left, |left, right| left < right),
        Comparison::LessEqual => !ordered(right, left, |left, right| left < right),
        Comparison::GreaterEqual => !ordered(left, right, |left, right| left < right),
    }
}

/// Whether two values are equal.
pub(crate) fn equal(left: &Datum<'_>, right: &Datum<'_>) -> Truth {
    match (&left.data, &right.data) {
        (Data::Null, _) => right.null_truth(),
        (_, Data::Null) => left.null_truth(),
        (Data::Unknown(left), Data::Unknown(right)) => match (&**left, &**right) {
            ([left], [right]) if left.unknown.is_same(&right.unknown) => Truth::Yes,
            _ => Truth::Unknown(both(left, right)),
        },
        (Data::Unknown(whys), Data::Text(text)) | (Data::Text(text), Data::Unknown(whys))
            if text.as_known() == Some("") && is_name(whys) =>
        {
            Truth::No
        }
        (Data::Unknown(whys), _) | (_, Data::Unknown(whys)) => Truth::Unknown(Rc::clone(whys)),
        (Data::Bool(left), Data::Bool(right)) => Truth::from(left == right),
        (Data::Number(left), Data::Number(right)) => Truth::from(left == right),
        (Data::AtLeast(least, whys), Data::Number(number))
        | (Data::Number(number), Data::AtLeast(least, whys)) => {
            if *number < Number::Integer(*least) {
                Truth::No
            } else {
                Truth::Unknown(Rc::clone(whys))
            }
        }
        (Data::AtLeast(_, left), Data::AtLeast(_, right)) => Truth::Unknown(both(left, right)),
        (Data::Text(one), Data::Text(other)) => {
            equal_texts(one, other, || both(&one.whys(left.place.used), &other.whys(right.place.used)))
        }
        (Data::View(View::Reference(left)), Data::View(View::Reference(right))) => left.is_same(right),
        (Data::List(left), Data::List(right)) => equal_lists(left, right),
        _ => Truth::No,
    }
}

/// Whether an unknown is what a resource of the stack is called by, which is never empty: `aws_s3_bucket.logs.id`,
/// `!Ref Logs`, `!GetAtt Key.Arn`.
fn is_name(whys: &Whys) -> bool {
    let [only] = &**whys else { return false };
    let reference = only.unknown.reference.as_ref().filter(|_| !only.is_of_answer);
    reference.is_some_and(|reference| {
        let name = reference.attribute.rsplit(['.', '_']).next().unwrap_or("").to_ascii_lowercase();
        ["ref", "id", "arn", "name", "bucket"].contains(&&*name)
    })
}

fn equal_lists(left: &super::datum::List<'_>, right: &super::datum::List<'_>) -> Truth {
    if let Some(whys) = left.rest.as_ref().or(right.rest.as_ref()) {
        return Truth::Unknown(Rc::clone(whys));
    }
    if left.items.len() != right.items.len() {
        return Truth::No;
    }
    let mut answer = Truth::Yes;
    for (left, right) in left.items.iter().zip(right.items.iter()) {
        match equal(left, right) {
            Truth::No => return Truth::No,
            Truth::Unknown(whys) => answer = Truth::Unknown(whys),
            Truth::Yes => {}
        }
    }
    answer
}

/// Whether `left < right`, for numbers; without an answer when one is null.
fn ordered(left: &Datum<'_>, right: &Datum<'_>, less: impl Fn(&Number, &Number) -> bool) -> Truth {
    match (&left.data, &right.data) {
        (Data::Number(left), Data::Number(right)) => Truth::from(less(left, right)),
        // At least n is certainly not less than n.
        (Data::AtLeast(least, whys), Data::Number(number)) => {
            if less(&Number::Integer(*least), number) {
                Truth::Unknown(Rc::clone(whys))
            } else {
                Truth::No
            }
        }
        (Data::Number(number), Data::AtLeast(least, whys)) => {
            if less(number, &Number::Integer(*least)) {
                Truth::Yes
            } else {
                Truth::Unknown(Rc::clone(whys))
            }
        }
        (Data::Unknown(whys) | Data::AtLeast(_, whys), _)
        | (_, Data::Unknown(whys) | Data::AtLeast(_, whys)) => Truth::Unknown(Rc::clone(whys)),
        _ => Truth::No,
    }
}

/// Whether two strings are equal: yes when their parts are, no when no text can fill the holes so
/// that they are.
fn equal_texts(left: &Text<'_>, right: &Text<'_>, whys: impl FnOnce() -> Whys) -> Truth {
    if let (Some(left), Some(right)) = (left.as_known(), right.as_known()) {
        return Truth::from(left == right);
    }
    let (left, right) = (left.pieces(), right.pieces());
    let same = left.len() == right.len()
        && left.iter().zip(&right).all(|pair| match pair {
            (Piece::Known(left), Piece::Known(right)) => left == right,
            (Piece::Hole(left), Piece::Hole(right)) => left.is_same(right),
            _ => false,
        });
    if same {
        return Truth::Yes;
    }
    let possible = match (left.as_slice(), right.as_slice()) {
        ([Piece::Known(known)], parts) | (parts, [Piece::Known(known)]) => can_be(parts, known),
        (left, right) => ends_agree(left, right),
    };
    if possible { Truth::Unknown(whys()) } else { Truth::No }
}

/// Whether some text in the holes makes the parts read `known`.
pub(crate) fn can_be(parts: &[Piece<'_>], known: &str) -> bool {
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return known.is_empty() };
    let mut rest = known;
    if let Piece::Known(prefix) = first {
        match rest.strip_prefix(prefix) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    if let (Piece::Known(suffix), true) = (last, parts.len() > 1) {
        match rest.strip_suffix(suffix) {
            Some(before) => rest = before,
            None => return false,
        }
    }
    let inner = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default();
    for piece in inner {
        if let Piece::Known(text) = piece {
            match rest.find(text).and_then(|at| rest.get(at + text.len()..)) {
                Some(after) => rest = after,
                None => return false,
            }
        }
    }
    true
}

/// Whether the known starts of two strings with holes agree, and the known ends.
fn ends_agree(left: &[Piece<'_>], right: &[Piece<'_>]) -> bool {
    let known = |piece: Option<&Piece<'_>>| match piece {
        Some(Piece::Known(text)) => Arc::<str>::from(*text),
        _ => "".into(),
    };
    let (start, other_start) = (known(left.first()), known(right.first()));
    let (end, other_end) = (known(left.last()), known(right.last()));
    (start.starts_with(&*other_start) || other_start.starts_with(&*start))
        && (end.ends_with(&*other_end) || other_end.ends_with(&*end))
}
