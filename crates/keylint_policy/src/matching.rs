//! Actions, resources and other strings against the patterns of a policy.
//!
//! The sources are the pages "IAM JSON policy elements: Action", "… Resource" and "… Condition
//! operators" of the IAM User Guide. Every answer has three values: a part that only deployment
//! knows makes it unknown, unless the known parts rule the match out or in.

use keylint_model::{Part, Reason, Shape, Unknown, Verdict};

use crate::document::Version;
use crate::element::PartlyKnown;
use crate::glob::{self, Symbol};

mod request;

pub(crate) use request::{Substitute, Template};

/// The fresh character of [`glob`], as a string.
const FRESH: &str = "\u{10FFFF}";

/// How many pairs of characters of a pattern and an action may be compared.
const COMPARED: usize = 1 << 20;

/// The number of the last field of an ARN, which takes any character.
const LAST_FIELD: usize = 5;

/// Whether `pattern` matches `action`, which is written `service:Name` without wildcards.
///
/// Case is ignored in both parts; `*` and `?` match anywhere, also across the colon.
pub fn matches_action(pattern: &PartlyKnown, action: &str) -> Verdict {
    match pattern.as_known() {
        Some(known) if is_long(known, action) => Verdict::Unknown,
        Some(known) => glob::matches_known(known, action, |a, b| a.eq_ignore_ascii_case(&b)).into(),
        // Whatever a pattern of which nothing is known turns out to be, it may match.
        None if pattern.as_hole().is_some() => Verdict::Unknown,
        None => glob::covers(&action_symbols(pattern), &action_symbols(&action.into())),
    }
}

/// Whether `pattern` matches every action that `actions` matches: `s3:*` covers `s3:Get*`.
pub fn covers_actions(pattern: &PartlyKnown, actions: &str) -> Verdict {
    if !actions.contains(['*', '?']) {
        return matches_action(pattern, actions);
    }
    match pattern.as_known() {
        Some("*") => return Verdict::Yes,
        Some(known) if is_long(known, actions) => return Verdict::Unknown,
        // A character that no pattern names stands for the wildcards.
        Some(known) => {
            let sample = actions.replace(['*', '?'], FRESH);
            if !glob::matches_known(known, &sample, |a, b| a.eq_ignore_ascii_case(&b)) {
                return Verdict::No;
            }
        }
        None if may_be_wildcard(pattern) => return Verdict::Unknown,
        None => {}
    }
    glob::covers(&action_symbols(pattern), &action_symbols(&actions.into()))
}

/// Whether comparing two texts may take longer than any policy that AWS takes needs.
fn is_long(pattern: &str, text: &str) -> bool {
    pattern.len().saturating_mul(text.len()) > COMPARED
}

/// Whether an action can match both patterns.
pub fn overlaps_actions(left: &PartlyKnown, right: &PartlyKnown) -> Verdict {
    glob::overlaps(&action_symbols(left), &action_symbols(right))
}

/// Whether `pattern` matches the resource with this ARN, in which wildcards mean themselves. Case
/// counts.
///
/// In the first five fields of an ARN `*` and `?` do not match a colon, but a `*` that ends its
/// field "can expand to match beyond the colon boundaries". An ARN of fewer than six fields is
/// completed with `*`, as in identity policies (page "Grammar of the IAM JSON policy language").
pub fn matches_resource(pattern: &PartlyKnown, arn: &PartlyKnown, version: Version) -> Verdict {
    glob::covers(&resource_symbols(pattern, version), &literal_symbols(arn))
}

/// Whether `pattern` matches every resource that `other` matches.
pub fn covers_resources(pattern: &PartlyKnown, other: &PartlyKnown, version: Version) -> Verdict {
    if may_be_wildcard(pattern) {
        return Verdict::Unknown;
    }
    glob::covers(&resource_symbols(pattern, version), &resource_symbols(other, version))
}

/// Whether a resource can match both patterns.
pub fn overlaps_resources(left: &PartlyKnown, right: &PartlyKnown, version: Version) -> Verdict {
    glob::overlaps(&resource_symbols(left, version), &resource_symbols(right, version))
}

/// Whether `pattern` matches a string as `StringLike` has it. Case counts.
pub fn matches_like(pattern: &PartlyKnown, text: &PartlyKnown, version: Version) -> Verdict {
    glob::covers(&like_symbols(pattern, version), &literal_symbols(text))
}

/// Whether two strings are the same. Case counts, and no character is a wildcard.
pub(crate) fn matches_literal(left: &PartlyKnown, right: &PartlyKnown) -> Verdict {
    match (left.as_known(), right.as_known()) {
        (Some(left), Some(right)) => (left == right).into(),
        _ => glob::covers(&literal_symbols(left), &literal_symbols(right)),
    }
}

/// Whether nothing of a string is known and what stands for it may hold wildcards after all: a
/// parameter can be given as `*`; what AWS computes cannot, nor what another module or stack hands
/// out of what it created. Beside known text a hole
/// counts as plain: nobody writes half of a pattern.
pub(crate) fn may_be_wildcard(text: &PartlyKnown) -> bool {
    text.as_hole().is_some_and(|unknown| is_given(unknown))
}

/// Whether somebody gives what is not known, rather than AWS or what another module or stack created.
pub(crate) fn is_given(unknown: &Unknown) -> bool {
    !matches!(
        unknown.reason,
        Reason::Computed(_)
            | Reason::DataSource(_)
            | Reason::Environment(_)
            | Reason::Import(_)
            | Reason::RemoteModule(_)
            | Reason::DynamicReference(_)
    )
}

/// Whether a pattern covers every resource of a service that `name` describes (`secret:*`, `key/*`),
/// be it only those of one partition, account and Region.
pub(crate) fn covers_every(pattern: &PartlyKnown, service: &str, name: &str, version: Version) -> Verdict {
    match pattern.as_known() {
        Some("*") => return Verdict::Yes,
        None if may_be_wildcard(pattern) => return Verdict::Unknown,
        // The service cannot hold a wildcard: most patterns are of another one.
        _ if names_other_service(pattern, service) => return Verdict::No,
        _ => {}
    }
    if let Some(last) = last_field(pattern, service, version) {
        let mut resources = Vec::with_capacity(name.len());
        like(name, version, &mut resources);
        return glob::covers(&last, &resources);
    }
    let every = PartlyKnown::from(format!("arn:p:{service}:r:a:{name}").as_str());
    glob::covers(&anywhere(pattern, version, &[1, 3, 4]), &resource_symbols(&every, version))
}

/// The last field of a pattern that names its service in full and has neither wildcards nor variables in the
/// fields before: in whatever partition, Region and account, that field alone decides what it covers.
fn last_field<'p>(pattern: &'p PartlyKnown, service: &str, version: Version) -> Option<Vec<Symbol<'p>>> {
    let is_written = matches!(pattern.parts().first(), Some(Part::Known(_)));
    if !is_written || named_service(pattern) != Some(service) {
        return None;
    }
    let mut field = 0;
    let mut parts = pattern.parts().iter();
    while let Some(part) = parts.next() {
        let Part::Known(text) = part else { continue };
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'*' | b'?' | b'$' => return None,
                b':' => field += 1,
                _ => {}
            }
            if field == LAST_FIELD {
                let mut symbols = Vec::with_capacity(text.len() - at);
                like(text.as_str().get(at + 1..)?, version, &mut symbols);
                parts.for_each(|part| match part {
                    Part::Known(text) => like(text, version, &mut symbols),
                    Part::Hole(unknown, _) => symbols.push(Symbol::Hole(unknown)),
                });
                return Some(symbols);
            }
        }
    }
    None
}

/// Whether a pattern covers every resource of the form of some ARNs (`arn:*:kms:*:*:key/*`), in each Region and
/// account. Not known where it is only those of one account: its policy may be for that one.
pub(crate) fn covers_everywhere(pattern: &PartlyKnown, form: &str, version: Version) -> Verdict {
    if may_be_wildcard(pattern) {
        return Verdict::Unknown;
    }
    // A wildcard at the end of a field reaches beyond it, so that what is to be passed over has none.
    let fixed = |given: &[usize]| {
        let fields = form.splitn(LAST_FIELD + 1, ':').enumerate();
        let fields = fields.map(|(place, field)| match field {
            "*" if given.contains(&place) => "x",
            other => other,
        });
        PartlyKnown::from(fields.collect::<Vec<_>>().join(":").as_str())
    };
    let covers = |given: &[usize]| {
        glob::covers(&anywhere(pattern, version, given), &resource_symbols(&fixed(given), version))
    };
    // Policies are written for the partition that they are in.
    covers(&[1]).or(covers(&[1, 4]).and(Verdict::Unknown))
}

/// Whether the pattern is of a service that it names in full, and that is another one.
fn names_other_service(arn: &PartlyKnown, service: &str) -> bool {
    named_service(arn).is_some_and(|named| named != service)
}

/// The service that a pattern of ARNs names in full. The partition may be a hole: it stands for one
/// field of an ARN.
pub(crate) fn named_service(arn: &PartlyKnown) -> Option<&str> {
    let (first, others) = match arn.parts() {
        [Part::Known(first), others @ ..] => (first, others),
        [Part::Hole(unknown, _), ..] => match unknown.shape {
            Shape::Arn(form) => return form.split(':').nth(2).filter(|service| !service.contains("${")),
            _ => return None,
        },
        [] => return None,
    };
    let (partition, after) = field(first.strip_prefix("arn:")?);
    let named = match (after, others) {
        (Some(after), _) => {
            let (named, more) = field(after);
            // The last field may go on in a hole.
            (others.is_empty() || more.is_some()).then_some(named)
        }
        (None, [Part::Hole(..), Part::Known(after), ..]) if partition.is_empty() => {
            let (named, more) = after.strip_prefix(':').map(field).unwrap_or_default();
            more.map(|_| named)
        }
        _ => None,
    };
    let is_plain = |field: &str| !field.bytes().any(|byte| matches!(byte, b'*' | b'?' | b'$'));
    named.filter(|named| is_plain(named) && is_plain(partition))
}

/// A field of an ARN, and what follows its colon. It is a few bytes long, so that they are gone
/// through faster than a search begins.
fn field(text: &str) -> (&str, Option<&str>) {
    let end = text.bytes().position(|byte| byte == b':');
    end.and_then(|end| Some((text.get(..end)?, text.get(end + 1..)))).unwrap_or((text, None))
}

/// The symbols of a resource pattern, whatever it has in the fields with these numbers: the partition (1), the
/// Region (3), the account (4).
fn anywhere<'p>(pattern: &'p PartlyKnown, version: Version, fields: &[usize]) -> Vec<Symbol<'p>> {
    let symbols = resource_symbols(pattern, version);
    let mut wide = Vec::with_capacity(symbols.len() + 3);
    let mut field = 0;
    for symbol in symbols {
        match symbol {
            Symbol::Char(':') if field < 5 => {
                field += 1;
                wide.push(symbol);
                if fields.contains(&field) {
                    wide.push(Symbol::RunInField);
                }
            }
            // The last field of a run that crosses colons goes on behind them.
            Symbol::Run => wide.push(symbol),
            _ if fields.contains(&field) => {}
            _ => wide.push(symbol),
        }
    }
    wide
}

pub(crate) fn action_symbols(pattern: &PartlyKnown) -> Vec<Symbol<'_>> {
    symbols(pattern, |text, symbols| {
        symbols.extend(text.chars().map(|character| wildcard(character.to_ascii_lowercase())));
    })
}

pub(crate) fn literal_symbols(text: &PartlyKnown) -> Vec<Symbol<'_>> {
    symbols(text, |text, symbols| symbols.extend(text.chars().flat_map(units).map(Symbol::Char)))
}

pub(crate) fn like_symbols(pattern: &PartlyKnown, version: Version) -> Vec<Symbol<'_>> {
    symbols(pattern, |text, symbols| like(text, version, symbols))
}

/// Adds the symbols of the known text of such a pattern.
fn like<'p>(text: &'p str, version: Version, symbols: &mut Vec<Symbol<'p>>) {
    for piece in (Pieces { rest: text, version }) {
        match piece {
            Piece::Symbol(character) if character.is_ascii() => symbols.push(wildcard(character)),
            Piece::Symbol(character) => symbols.extend(units(character).map(wildcard)),
            Piece::Escaped(character) => symbols.push(Symbol::Char(character)),
            Piece::Variable(name) => symbols.push(Symbol::Variable(name)),
        }
    }
}

pub(crate) fn resource_symbols(pattern: &PartlyKnown, version: Version) -> Vec<Symbol<'_>> {
    in_fields(like_symbols(pattern, version))
}

/// Confines wildcards to their fields as `Resource` has it.
fn in_fields(mut symbols: Vec<Symbol<'_>>) -> Vec<Symbol<'_>> {
    let is_arn = symbols.iter().take(4).map(|symbol| match symbol {
        Symbol::Char(character) => *character,
        _ => '\0',
    });
    if !is_arn.eq("arn:".chars()) {
        return symbols;
    }
    let mut field = 0;
    for place in 0..symbols.len() {
        let ends_field = matches!(symbols.get(place + 1), None | Some(Symbol::Char(':')));
        let Some(symbol) = symbols.get_mut(place) else { break };
        match symbol {
            Symbol::Char(':') => field += 1,
            Symbol::Hole(unknown) if unknown.shape.is_in_field() => {}
            // What stands for unknown text can hold the remaining colons.
            Symbol::Hole(_) | Symbol::Variable(_) => field = LAST_FIELD,
            Symbol::Run if field < LAST_FIELD && !ends_field => *symbol = Symbol::RunInField,
            Symbol::One if field < LAST_FIELD => *symbol = Symbol::OneInField,
            _ => {}
        }
    }
    if field < LAST_FIELD {
        symbols.extend([Symbol::Char(':'), Symbol::Run]);
    }
    symbols
}

/// A character as wildcards count it: in units of UTF-16, so that `?` stands for half of one beyond
/// the basic plane. The units of such a character are given as characters of the last plane.
pub(crate) fn units(character: char) -> impl Iterator<Item = char> {
    const SURROGATES: u32 = 0xD800;
    const STAND_INS: u32 = 0x10_E000;
    let mut buffer = [0; 2];
    let length = character.encode_utf16(&mut buffer).len();
    let stand_in = move |unit: u16| match length {
        1 => character,
        _ => char::from_u32(u32::from(unit) - SURROGATES + STAND_INS).unwrap_or(character),
    };
    buffer.into_iter().take(length).map(stand_in)
}

/// The symbols of a pattern of ARNs as `ArnLike` has it: "each of the six colon-delimited components
/// of the ARN is checked separately", so that no wildcard but those of the last field takes a colon.
pub(crate) fn arn_symbols(pattern: &PartlyKnown, version: Version) -> Vec<Symbol<'_>> {
    let mut symbols = like_symbols(pattern, version);
    if matches!(symbols.as_slice(), [Symbol::Run]) {
        return symbols;
    }
    let mut field = 0;
    for symbol in &mut symbols {
        match symbol {
            Symbol::Char(':') => field += 1,
            Symbol::Hole(unknown) if unknown.shape.is_in_field() => {}
            Symbol::Hole(_) | Symbol::Variable(_) => field = 5,
            Symbol::Run if field < 5 => *symbol = Symbol::RunInField,
            Symbol::One if field < 5 => *symbol = Symbol::OneInField,
            _ => {}
        }
    }
    symbols
}

fn wildcard<'p>(character: char) -> Symbol<'p> {
    match character {
        '*' => Symbol::Run,
        '?' => Symbol::One,
        other => Symbol::Char(other),
    }
}

fn symbols<'p>(
    text: &'p PartlyKnown,
    mut known: impl FnMut(&'p str, &mut Vec<Symbol<'p>>),
) -> Vec<Symbol<'p>> {
    let length = |part: &Part| if let Part::Known(text) = part { text.len() } else { 1 };
    // Two more for what completes an ARN.
    let mut symbols = Vec::with_capacity(2 + text.parts().iter().map(length).sum::<usize>());
    for part in text.parts() {
        match part {
            Part::Known(text) => known(text.as_str(), &mut symbols),
            Part::Hole(unknown, _) => symbols.push(Symbol::Hole(unknown)),
        }
    }
    symbols
}

/// A text with policy variables, taken apart.
/// Source: IAM User Guide, "IAM policy elements: Variables and tags".
struct Pieces<'t> {
    rest: &'t str,
    version: Version,
}

enum Piece<'t> {
    /// A character that may be a wildcard.
    Symbol(char),
    /// `${*}`, `${?}` or `${$}`: the character itself.
    Escaped(char),
    /// Another variable.
    Variable(&'t str),
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        // The language of 2008 has no variables: `${` is text there.
        if self.version != Version::V2008
            && self.rest.as_bytes().first() == Some(&b'$')
            && let Some(after) = self.rest.strip_prefix("${")
            && let Some((name, rest)) = after.split_once('}')
        {
            self.rest = rest;
            return Some(match name {
                "*" => Piece::Escaped('*'),
                "?" => Piece::Escaped('?'),
                "$" => Piece::Escaped('$'),
                other => Piece::Variable(other),
            });
        }
        let mut characters = self.rest.chars();
        let character = characters.next()?;
        self.rest = characters.as_str();
        Some(Piece::Symbol(character))
    }
}

/// Whether the known parts of a text hold a policy variable.
pub(crate) fn has_variable(text: &PartlyKnown, version: Version) -> bool {
    text.parts().iter().any(|part| match part {
        Part::Known(text) => Pieces { rest: text, version }.any(|piece| matches!(piece, Piece::Variable(_))),
        Part::Hole(..) => false,
    })
}

/// The policy variables of a text, with their defaults: `aws:username`, `aws:username, 'nobody'`.
pub(crate) fn variables(text: &str, version: Version) -> impl Iterator<Item = &str> {
    Pieces { rest: text, version }.filter_map(|piece| match piece {
        Piece::Variable(name) => Some(name),
        _ => None,
    })
}

/// Whether a pattern leaves everything open: `*`, `arn:*`, `arn:aws:iam::*:*`: nothing of what it names is
/// fixed. A text with a hole names something.
pub(crate) fn is_wild(text: &PartlyKnown, version: Version) -> bool {
    let Some(known) = text.as_known() else { return false };
    let wild =
        |field: &str| !field.is_empty() && field.chars().all(|character| matches!(character, '*' | '?'));
    if wild(known) {
        return true;
    }
    // Of an ARN the partition and the service say nothing of whose it is.
    let rest = known.strip_prefix("arn:").map(|rest| rest.splitn(5, ':').skip(2));
    has_wildcard(text, version)
        && rest.is_some_and(|mut fields| fields.all(|field| field.is_empty() || wild(field)))
}

/// Whether the known parts of a text hold `*` or `?` as wildcards.
pub(crate) fn has_wildcard(text: &PartlyKnown, version: Version) -> bool {
    text.parts().iter().any(|part| match part {
        Part::Known(text) => {
            Pieces { rest: text, version }.any(|piece| matches!(piece, Piece::Symbol('*' | '?')))
        }
        Part::Hole(..) => false,
    })
}

#[cfg(test)]
mod tests;
