//! `textencodebase64` and `textdecodebase64`: text in other encodings than UTF-8.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/textencodebase64>.

mod shifting;
mod wide;

use std::collections::HashMap;

use keylint_model::Value;

use self::wide::Wide;
use super::encoding::{decoded, encoded, instead};
use super::strings::text;
use super::{Call, Function, known};
use crate::values::{limit, rejected};

pub(super) const FUNCTIONS: &[Function] =
    &[known("textdecodebase64", 2, 2, decode_text), known("textencodebase64", 2, 2, encode_text)];

/// The characters of the encodings with one byte for each. `cargo xtask record-terraform-encodings`
/// writes it and says what its lines mean.
const CHARMAPS: &str = include_str!("../charmaps.tsv");

/// The encodings that Terraform takes, by their names at IANA.
const ENCODINGS: &str = include_str!("../encodings.txt");

/// Bytes that are looked up in the time of one step of evaluation.
const BYTES_A_STEP: usize = 8;

/// An encoding that Terraform takes.
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    /// The one above with a byte order mark, which decides where there is one.
    Utf16,
    /// One byte for each character: which one, where there is one.
    Bytes(Vec<Option<char>>),
    /// One to four bytes for each character.
    Wide(&'static Wide),
    HzGb2312,
    Iso2022Jp,
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
            "hz-gb-2312" => Encoding::HzGb2312,
            "iso-2022-jp" => Encoding::Iso2022Jp,
            name => match Wide::named(name) {
                Some(wide) => Encoding::Wide(wide),
                None => Encoding::Bytes(charmap(name)?),
            },
        })
    }

    /// The bytes of a text, where the encoding has all of its characters.
    fn encode(&self, text: &str) -> Option<Vec<u8>> {
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
            Encoding::Wide(wide) => wide.encode(text),
            Encoding::HzGb2312 => shifting::encode_hz(text),
            Encoding::Iso2022Jp => shifting::encode_iso_2022_jp(text),
        }
    }

    /// The text of bytes, where all of them are in the encoding. U+FFFD is what Terraform takes for
    /// a sign that they are not.
    fn decode(&self, bytes: Vec<u8>) -> Option<String> {
        self.decode_all(bytes).filter(|text| !text.contains(char::REPLACEMENT_CHARACTER))
    }

    fn decode_all(&self, bytes: Vec<u8>) -> Option<String> {
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
                [0xff, 0xfe, rest @ ..] => Encoding::Utf16Le.decode(rest.to_vec()),
                [0xfe, 0xff, rest @ ..] => Encoding::Utf16Be.decode(rest.to_vec()),
                _ => wide(u16::from_be_bytes),
            },
            Encoding::Bytes(characters) => {
                bytes.iter().map(|byte| *characters.get(usize::from(*byte))?).collect()
            }
            Encoding::Wide(wide) => wide.decode(&bytes),
            Encoding::HzGb2312 => shifting::decode_hz(&bytes),
            Encoding::Iso2022Jp => shifting::decode_iso_2022_jp(&bytes),
        }
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

/// What Terraform rejects in the name of an encoding.
fn no_encoding(call: &Call<'_, '_>) -> Value {
    call.invalid("no encoding that Terraform takes has this name")
}

fn encode_text(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [whole, name] = values else { return rejected(call.span) };
    let (Some(whole), Some(name)) = (text(whole), text(name)) else { return rejected(call.span) };
    let Some(encoding) = Encoding::named(&name) else { return no_encoding(call) };
    if !call.evaluator.spend(whole.len() / BYTES_A_STEP, call.span) {
        return limit(call.span);
    }
    match encoding.encode(&whole) {
        Some(bytes) => encoded(call, &bytes),
        None => call.invalid("the string has characters that the encoding does not"),
    }
}

fn decode_text(call: &Call<'_, '_>, values: &[Value]) -> Value {
    let [whole, name] = values else { return rejected(call.span) };
    let (Some(whole), Some(name)) = (text(whole), text(name)) else { return rejected(call.span) };
    let Some(encoding) = Encoding::named(&name) else { return no_encoding(call) };
    let Some(bytes) = decoded(&whole) else { return call.invalid("the string is not Base64") };
    if !call.evaluator.spend(bytes.len() / BYTES_A_STEP, call.span) {
        return limit(call.span);
    }
    match encoding.decode(bytes) {
        Some(new) => instead(&whole, new, call),
        None => call.invalid("the string has bytes that the encoding does not"),
    }
}

#[cfg(test)]
mod tests;
