//! Digests of known strings and of files, and identifiers made of them.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions#hash-and-crypto-functions>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keylint_model::Value;
use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};

use super::strings::text;
use super::{Call, Function, known};
use crate::values::{made_string, rejected};

pub(super) const FUNCTIONS: &[Function] = &[
    known("base64sha256", 1, 1, |call, values| {
        digest(call, values, |bytes| STANDARD.encode(Sha256::digest(bytes)))
    }),
    known("base64sha512", 1, 1, |call, values| {
        digest(call, values, |bytes| STANDARD.encode(Sha512::digest(bytes)))
    }),
    known("filebase64sha256", 1, 1, |call, values| {
        of_file(call, values, |bytes| STANDARD.encode(Sha256::digest(bytes)))
    }),
    known("filebase64sha512", 1, 1, |call, values| {
        of_file(call, values, |bytes| STANDARD.encode(Sha512::digest(bytes)))
    }),
    known("filemd5", 1, 1, |call, values| of_file(call, values, |bytes| hexadecimal(&Md5::digest(bytes)))),
    known("filesha1", 1, 1, |call, values| of_file(call, values, |bytes| hexadecimal(&Sha1::digest(bytes)))),
    known("filesha256", 1, 1, |call, values| {
        of_file(call, values, |bytes| hexadecimal(&Sha256::digest(bytes)))
    }),
    known("filesha512", 1, 1, |call, values| {
        of_file(call, values, |bytes| hexadecimal(&Sha512::digest(bytes)))
    }),
    known("md5", 1, 1, |call, values| digest(call, values, |bytes| hexadecimal(&Md5::digest(bytes)))),
    known("sha1", 1, 1, |call, values| digest(call, values, |bytes| hexadecimal(&Sha1::digest(bytes)))),
    known("sha256", 1, 1, |call, values| digest(call, values, |bytes| hexadecimal(&Sha256::digest(bytes)))),
    known("sha512", 1, 1, |call, values| digest(call, values, |bytes| hexadecimal(&Sha512::digest(bytes)))),
    known("uuidv5", 2, 2, uuid),
];

fn digest(call: &Call<'_, '_>, values: &[Value], of: fn(&[u8]) -> String) -> Value {
    match values.first().and_then(text) {
        Some(text) if call.evaluator.spend(text.len() / 32, call.span) => {
            made_string(of(text.as_bytes()), call.span)
        }
        Some(_) => crate::values::limit(call.span),
        None => rejected(call.span),
    }
}

/// The digest of the bytes of a file.
fn of_file(call: &Call<'_, '_>, values: &[Value], of: fn(&[u8]) -> String) -> Value {
    match values.first().map(|path| super::files::bytes(call, path)) {
        Some(Ok(bytes)) => made_string(of(&bytes), call.span),
        Some(Err(value)) => *value,
        None => rejected(call.span),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A UUID of a name in a namespace: RFC 4122, version 5.
fn uuid(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [namespace, name] = values else { return rejected(call.span) };
    let (Some(namespace), Some(name)) = (text(namespace), text(name)) else { return rejected(call.span) };
    let namespace = match namespace.as_str() {
        "dns" => Some(WELL_KNOWN),
        "url" => Some(WELL_KNOWN + (1 << 96)),
        "oid" => Some(WELL_KNOWN + (2 << 96)),
        "x500" => Some(WELL_KNOWN + (4 << 96)),
        other => read_uuid(other),
    };
    let Some(namespace) = namespace else {
        return call.invalid("the namespace is neither `dns`, `url`, `oid` or `x500` nor a UUID");
    };
    let hash = Sha1::new().chain_update(namespace.to_be_bytes()).chain_update(name.as_bytes()).finalize();
    let mut bits = hash.iter().take(16).fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    bits = bits & !(0xf << 76) | 5 << 76;
    bits = bits & !(0b11 << 62) | 0b10 << 62;
    let digits = format!("{bits:032x}");
    let mut written = String::with_capacity(36);
    for (position, digit) in digits.chars().enumerate() {
        if matches!(position, 8 | 12 | 16 | 20) {
            written.push('-');
        }
        written.push(digit);
    }
    made_string(written, call.span)
}

/// The namespace of domain names; the others differ in their first group.
const WELL_KNOWN: u128 = 0x6ba7b810_9dad_11d1_80b4_00c04fd430c8;

/// A UUID as 36 characters, perhaps in braces or as a URN, or as 32 digits.
fn read_uuid(text: &str) -> Option<u128> {
    let plain = match text.len() {
        45 => text.get(..9).filter(|start| start.eq_ignore_ascii_case("urn:uuid:")).and(text.get(9..))?,
        38 => text.get(1..37)?,
        _ => text,
    };
    let digits = match plain.len() {
        32 => plain.to_owned(),
        36 if plain.char_indices().all(|(at, one)| matches!(at, 8 | 13 | 18 | 23) == (one == '-')) => {
            plain.replace('-', "")
        }
        _ => return None,
    };
    let hexadecimal = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    hexadecimal.then(|| u128::from_str_radix(&digits, 16).ok()).flatten()
}
