//! Encodings, digests, and what only the moment of deployment gives.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#encoding-functions>.

use std::sync::Arc;

use keylint_model::{Data, Origin, Value};
use keylint_syntax::{Segment, Text};

use super::{ANY, Call, Function, Takes, known, partial};
use crate::limits;
use crate::values::{self, derived, rejected};

/// Functions whose result is not computed: digests, which no rule asks about, the moment and
/// chance, which nothing knows before.
const fn opaque(name: &'static str) -> Function {
    Function { name, least: 0, most: ANY, takes: Takes::Partial, run: |call, values| call.unmodelled(values) }
}

pub(super) const FUNCTIONS: &[Function] = &[
    known("base64decode", 1, 1, decode_base64),
    known("base64encode", 1, 1, encode_base64),
    partial("jsondecode", 1, 1, decode_json),
    partial("jsonencode", 1, 1, encode_json),
    opaque("base64gzip"),
    opaque("base64sha256"),
    opaque("base64sha512"),
    opaque("bcrypt"),
    opaque("csvdecode"),
    opaque("formatdate"),
    opaque("md5"),
    opaque("plantimestamp"),
    opaque("rsadecrypt"),
    opaque("sha1"),
    opaque("sha256"),
    opaque("sha512"),
    opaque("timeadd"),
    opaque("timecmp"),
    opaque("timestamp"),
    opaque("urlencode"),
    opaque("uuid"),
    opaque("uuidv5"),
];

/// The value itself, kept decoded so that its elements keep their places.
fn encode_json(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(value) = values.first() else { return rejected(call.span) };
    let hidden = values::is_sensitive(value);
    let data = match &value.data {
        Data::Unknown(_) => return derived(call.name, values, call.span),
        _ => Data::Json(Arc::new(value.clone())),
    };
    let origin = Origin { via: value.origin.via.clone(), sensitive: hidden, ..Origin::at(call.span) };
    Value::new(data, origin)
}

fn decode_json(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(value) = values.first() else { return rejected(call.span) };
    match (&value.data, values::decode(value)) {
        (_, Some(decoded)) => decoded,
        // The string that a number or a boolean converts to says the same in JSON.
        (Data::Number(_) | Data::Bool(_), None) => value.clone(),
        _ => call.unless_known(values),
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode_base64(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(text) = values.first().and_then(values::to_string) else { return rejected(call.span) };
    if text.len() > limits::STRING_BYTES / 2 {
        return call.evaluator.over_limit(call.span, "the string is too long");
    }
    let mut encoded = String::with_capacity(text.len().div_ceil(3) * 4);
    for chunk in text.as_bytes().chunks(3) {
        let byte = |position: usize| u32::from(chunk.get(position).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for position in 0..4usize {
            let digit = (bits >> (18 - 6 * position)) & 63;
            let letter = ALPHABET.get(digit as usize).copied().unwrap_or(b'=');
            encoded.push(if position <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    values::made_string(encoded, call.span)
}

fn decode_base64(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let Some(text) = values.first().and_then(super::strings::text) else { return rejected(call.span) };
    let trimmed = text.trim_end_matches('=');
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(trimmed.len()), 0u32, 0u32);
    for byte in trimmed.bytes() {
        let Some(digit) = ALPHABET.iter().position(|letter| *letter == byte) else {
            return rejected(call.span);
        };
        bits = (bits << 6 | u32::try_from(digit).unwrap_or(0)) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    match String::from_utf8(bytes) {
        Ok(decoded) => {
            let decoded = match text.span() {
                Some(span) => Text::mapped(decoded, vec![Segment { start: 0, span, exact: false }]),
                None => Text::synthetic(decoded),
            };
            super::strings::string(decoded, call)
        }
        Err(_) => rejected(call.span),
    }
}
