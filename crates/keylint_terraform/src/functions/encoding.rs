//! Encodings, digests, and what only the moment of deployment gives.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#encoding-functions>.

use std::sync::Arc;

use base64::Engine;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use keylint_model::{Data, List, ListKind, Map, MapKind, Marks, Origin, Value};
use keylint_syntax::{Segment, Text};

use super::strings::{letters, string, text};
use super::{Call, Function, Takes, known, partial};
use crate::limits;
use crate::values::{self, derived, rejected};

/// Functions whose result is not computed: what only OpenTofu has of compression, and the moment
/// and chance, which nothing knows before.
const fn opaque(name: &'static str, least: usize, most: usize) -> Function {
    let run = |call: &Call<'_, '_>, values: &[Value]| match values.iter().any(Value::is_null) {
        true => call.invalid("does not take null"),
        false => call.unmodelled(values),
    };
    Function { name, least, most, takes: Takes::Partial, run }
}

pub(super) const FUNCTIONS: &[Function] = &[
    known("base64decode", 1, 1, decode_base64),
    known("base64encode", 1, 1, encode_base64),
    opaque("base64gunzip", 1, 1),
    partial("jsondecode", 1, 1, decode_json),
    partial("jsonencode", 1, 1, encode_json),
    known("urldecode", 1, 1, decode_url),
    partial("urlencode", 1, 1, |call, values| letters(call, values, query_escaped)),
    partial("base64gzip", 1, 1, encode_gzip),
    opaque("bcrypt", 1, 2),
    opaque("plantimestamp", 0, 0),
    partial("rsadecrypt", 2, 2, decrypt),
    opaque("timestamp", 0, 0),
    opaque("uuid", 0, 0),
];

/// What a key decrypts is a secret that keylint does not make out; what is no key or no ciphertext
/// Terraform rejects.
fn decrypt(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [ciphertext, key] = values else { return rejected(call.span) };
    if ciphertext.is_null() || key.is_null() {
        return call.invalid("does not take null");
    }
    if text(ciphertext).is_some_and(|text| decoded(&text).is_none()) {
        return call.invalid("the ciphertext is not Base64");
    }
    if text(key).is_some_and(|key| !key.contains("-----BEGIN ")) {
        return call.invalid("the key is not in the PEM format");
    }
    call.unmodelled(values)
}

/// The value itself, kept decoded so that its elements keep their places.
fn encode_json(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(value) = values.first() else { return rejected(call.span) };
    let marks = values::marks(value);
    let data = match &value.data {
        Data::Unknown(_) => return derived(call.name, values, call.span),
        _ if has_infinity(value) => return call.invalid("JSON has no infinite numbers"),
        _ => Data::Json(Arc::new(value.clone())),
    };
    let origin = Origin { via: value.origin.via.clone(), marks, ..Origin::at(call.span) };
    Value::new(data, origin)
}

/// Whether a number of the value is infinite, whatever deployment decides.
fn has_infinity(value: &Value) -> bool {
    match &value.data {
        Data::Number(number) => number.is_infinite(),
        Data::List(list) => list.elements.iter().any(has_infinity),
        Data::Map(map) => map.entries.values().any(|entry| has_infinity(&entry.value)),
        _ => false,
    }
}

fn decode_json(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(value) = values.first() else { return rejected(call.span) };
    match (&value.data, values::decode(value)) {
        // Of a set, a list or a map JSON keeps no more than the elements.
        (Data::Json(_), Some(decoded)) => as_written(&decoded),
        (_, Some(decoded)) => decoded,
        // The string that a number or a boolean converts to says the same in JSON.
        (Data::Number(_) | Data::Bool(_), None) => value.clone(),
        _ => call.unless_known(values),
    }
}

/// A value as JSON has it: sequences are tuples, maps are objects.
fn as_written(value: &Value) -> Value {
    let data = match &value.data {
        Data::List(list) => {
            let elements = list.elements.iter().map(as_written).collect();
            Data::List(Arc::new(List { elements, kind: ListKind::Tuple, ..(**list).clone() }))
        }
        Data::Map(map) => {
            let mut map = Map { kind: MapKind::Object, ..(**map).clone() };
            map.entries.values_mut().for_each(|entry| entry.value = as_written(&entry.value));
            Data::Map(Arc::new(map))
        }
        Data::Choice(alternatives) => {
            let mut written = alternatives.to_vec();
            written.iter_mut().for_each(|one| one.value = as_written(&one.value));
            Data::Choice(written.into())
        }
        other => other.clone(),
    };
    Value::new(data, value.origin.clone())
}

/// The alphabet and the padding that Go insists on; unlike it, bits that are left over are ignored.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

fn encode_base64(call: &Call<'_, '_>, values: &[Value]) -> Value {
    match values.first().and_then(text) {
        Some(text) => encoded(call, text.as_bytes()),
        None => rejected(call.span),
    }
}

/// What a secret compresses to is not made out: it says the secret.
fn encode_gzip(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [value] = values else { return rejected(call.span) };
    if value.is_null() {
        return call.invalid("does not take null");
    }
    let text = match text(value) {
        Some(text) if values::marks(value) == Marks::NONE => text,
        None if values::is_wholly_known(value) => return call.unless_known(values),
        _ => return call.unmodelled(values),
    };
    let afford = &mut |steps| call.evaluator.spend(steps, call.span);
    match super::gzip::compressed(text.as_bytes(), afford) {
        Some(bytes) => encoded(call, &bytes),
        None => values::limit(call.span),
    }
}

/// Bytes as Base64, within the limit.
pub(super) fn encoded(call: &Call<'_, '_>, bytes: &[u8]) -> Value {
    if bytes.len() > limits::STRING_BYTES / 2 {
        return call.evaluator.over_limit(call.span, "the string is too long");
    }
    values::made_string(BASE64.encode(bytes), call.span)
}

/// The bytes that Base64 says; line ends between the letters mean nothing.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let letters: String = text.chars().filter(|letter| !matches!(letter, '\r' | '\n')).collect();
    BASE64.decode(letters).ok()
}

/// A string for the place of the text that it was made of.
pub(super) fn instead(of: &Text, new: String, call: &Call<'_, '_>) -> Value {
    let text = match of.span() {
        Some(span) => Text::mapped(new, vec![Segment { start: 0, span, exact: false }]),
        None => Text::synthetic(new),
    };
    string(text, call)
}

/// Whether a text is Base64 without line ends.
pub(super) fn is_base64(text: &str) -> bool {
    BASE64.decode(text).is_ok()
}

fn decode_base64(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(text) = values.first().and_then(text) else { return rejected(call.span) };
    let Some(bytes) = decoded(&text) else { return call.invalid("the string is not Base64") };
    match String::from_utf8(bytes) {
        Ok(new) => instead(&text, new, call),
        Err(_) => call.invalid("what the Base64 says is not UTF-8"),
    }
}

/// As Go's `url.QueryEscape` writes it.
fn query_escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => written.push('+'),
            b'-' | b'_' | b'.' | b'~' => written.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => written.push(char::from(byte)),
            _ => written.push_str(&format!("%{byte:02X}")),
        }
    }
    written
}

/// OpenTofu's reverse of `urlencode`.
fn decode_url(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(whole) = values.first().and_then(text) else { return rejected(call.span) };
    let mut bytes = Vec::with_capacity(whole.len());
    let mut rest = whole.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (digit(rest.next()), digit(rest.next())) {
                (Some(high), Some(low)) => u8::try_from(high * 16 + low).unwrap_or_default(),
                _ => return call.invalid("a `%` is not followed by two hexadecimal digits"),
            },
            other => other,
        });
    }
    match String::from_utf8(bytes) {
        Ok(new) => instead(&whole, new, call),
        Err(_) => call.unmodelled(values),
    }
}
