//! `textencodebase64` and `textdecodebase64`: text in other encodings than UTF-8.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/textencodebase64>.

use std::collections::HashMap;

use keylint_model::Value;

use super::encoding::{decoded, encoded, instead};
use super::strings::text;
use super::{Call, Function, known};
use crate::values::rejected;

pub(super) const FUNCTIONS: &[Function] =
    &[known("textdecodebase64", 2, 2, decode_text), known("textencodebase64", 2, 2, encode_text)];

/// The characters of the encodings with one byte for each. `cargo xtask record-terraform-encodings`
/// writes it and says what its lines mean.
const CHARMAPS: &str = include_str!("charmaps.tsv");

/// The encodings that Terraform takes, by their names at IANA.
const ENCODINGS: &str = include_str!("encodings.txt");

/// An encoding that Terraform takes.
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    /// The one above with a byte order mark, which decides where there is one.
    Utf16,
    /// One byte for each character: which one, where there is one.
    Bytes(Vec<Option<char>>),
    /// One that is not modelled.
    Other,
}

impl Encoding {
    /// The encoding of a name, for which Terraform passes over white space and case.
    fn named(name: &str) -> Option<Encoding> {
        let name = name.trim().to_lowercase();
        let lines = ENCODINGS.lines().filter(|line| !line.starts_with('#'));
        let mut encodings = lines.map(|line| line.split(' '));
        let mut names = encodings.find(|names| names.clone().any(|known| known == name))?;
        Some(match names.next()? {
            "utf-8" => Encoding::Utf8,
            "utf-16le" => Encoding::Utf16Le,
            "utf-16be" => Encoding::Utf16Be,
            "utf-16" => Encoding::Utf16,
            narrow => charmap(narrow).map_or(Encoding::Other, Encoding::Bytes),
        })
    }

    /// The bytes of a text, where the encoding has all of its characters.
    fn encode(&self, text: &str) -> Result<Vec<u8>, Wrong> {
        match self {
            Encoding::Utf8 => Some(text.as_bytes().to_vec()),
            Encoding::Utf16Le => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Encoding::Utf16Be => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Encoding::Utf16 => {
                let units = std::iter::once(0xfeff).chain(text.encode_utf16());
                Some(units.flat_map(u16::to_be_bytes).collect())
            }
            Encoding::Bytes(characters) => {
                let bytes = characters.iter().zip(0..=u8::MAX);
                let bytes: HashMap<char, u8> =
                    bytes.filter_map(|(one, byte)| Some(((*one)?, byte))).collect();
                text.chars().map(|one| bytes.get(&one).copied()).collect()
            }
            Encoding::Other => return Err(Wrong::NotModelled),
        }
        .ok_or(Wrong::Rejected)
    }

    /// The text of bytes, where all of them are in the encoding.
    fn decode(&self, bytes: Vec<u8>) -> Result<String, Wrong> {
        let wide = |unit: fn([u8; 2]) -> u16| {
            let (pairs, rest) = bytes.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
            String::from_utf16(&units).ok().filter(|_| rest.is_empty())
        };
        match self {
            Encoding::Utf8 => String::from_utf8(bytes).ok(),
            Encoding::Utf16Le => wide(u16::from_le_bytes),
            Encoding::Utf16Be => wide(u16::from_be_bytes),
            Encoding::Utf16 => match bytes.as_slice() {
                [0xff, 0xfe, rest @ ..] => return Encoding::Utf16Le.decode(rest.to_vec()),
                [0xfe, 0xff, rest @ ..] => return Encoding::Utf16Be.decode(rest.to_vec()),
                _ => wide(u16::from_be_bytes),
            },
            Encoding::Bytes(characters) => {
                bytes.iter().map(|byte| *characters.get(usize::from(*byte))?).collect()
            }
            Encoding::Other => return Err(Wrong::NotModelled),
        }
        .ok_or(Wrong::Rejected)
    }
}

/// The characters of an encoding with one byte for each.
fn charmap(name: &str) -> Option<Vec<Option<char>>> {
    let mut lines = CHARMAPS.lines().map(|line| line.split('\t'));
    let mut fields = lines.find(|fields| fields.clone().next() == Some(name))?.skip(1);
    let first = fields.next()?.parse::<u8>().ok()?;
    let ascii = (0..first).map(|byte| Some(char::from(byte)));
    let code = |code: &str| char::from_u32(u32::from_str_radix(code, 16).ok()?);
    Some(ascii.chain(fields.next()?.split(' ').map(code)).collect())
}

/// Why there is no result.
enum Wrong {
    /// A character or byte that the encoding does not have.
    Rejected,
    /// The encoding is not modelled.
    NotModelled,
}

/// What Terraform rejects in the name of an encoding.
fn no_encoding(call: &Call<'_, '_>) -> Value {
    call.invalid("no encoding that Terraform takes has this name")
}

fn encode_text(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [whole, name] = values else { return rejected(call.span) };
    let (Some(whole), Some(name)) = (text(whole), text(name)) else { return rejected(call.span) };
    let Some(encoding) = Encoding::named(&name) else { return no_encoding(call) };
    match encoding.encode(&whole) {
        Ok(bytes) => encoded(call, &bytes),
        Err(Wrong::NotModelled) => call.unmodelled(values),
        Err(Wrong::Rejected) => call.invalid("the string has characters that the encoding does not"),
    }
}

fn decode_text(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [whole, name] = values else { return rejected(call.span) };
    let (Some(whole), Some(name)) = (text(whole), text(name)) else { return rejected(call.span) };
    let Some(encoding) = Encoding::named(&name) else { return no_encoding(call) };
    let Some(bytes) = decoded(&whole) else { return call.invalid("the string is not Base64") };
    match encoding.decode(bytes) {
        Ok(new) => instead(&whole, new, call),
        Err(Wrong::NotModelled) => call.unmodelled(values),
        Err(Wrong::Rejected) => call.invalid("the string has bytes that the encoding does not"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_an_encoding_is_that_of_one() {
        let names: Vec<&str> = ENCODINGS
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(|line| line.split(' '))
            .collect();
        assert_eq!(names.iter().collect::<std::collections::HashSet<_>>().len(), names.len());
        assert!(names.iter().all(|name| Encoding::named(&name.to_uppercase()).is_some()));
        let modelled = names.iter().filter(|name| !matches!(Encoding::named(name), Some(Encoding::Other)));
        let wide = names.len() - modelled.count();
        assert_eq!(wide, 20);
    }
}
