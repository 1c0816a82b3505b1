//! What the bytes of the encodings mean that Terraform's functions take and that have one byte for
//! each character.
//!
//! Every byte is asked for in every such encoding of `encodings.txt`, for `charmaps.tsv` beside it: a
//! line for each, with its name, the first byte that the line
//! says, and the characters from there on as hexadecimal numbers, `-` where there is none. It fails
//! where Terraform does not write a character as the byte that it reads as this character.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::super::terraform::field;
use super::Terraform;

const TABLE: &str = "crates/keylint_terraform/src/functions/charmaps.tsv";

/// Those with more than one byte for some characters.
const WIDE: [&str; 12] = [
    "utf-8",
    "utf-16be",
    "utf-16le",
    "utf-16",
    "gbk",
    "gb18030",
    "hz-gb-2312",
    "big5",
    "euc-kr",
    "shift_jis",
    "extended_unix_code_packed_format_for_japanese",
    "iso-2022-jp",
];

/// Writes the table.
pub(super) fn record(root: &Path, terraform: &Terraform<'_>, version: &str, list: &str) -> Result<()> {
    let names: Vec<&str> = narrow(list).collect();
    let bytes: Vec<String> = (0..=u8::MAX).map(|byte| BASE64.encode([byte])).collect();
    // What is read is written again at once.
    let expression = format!(
        "{{ for n in {} : n => [for b in {} : try([textdecodebase64(b, n), textencodebase64(textdecodebase64(b, n), n)], null)] }}",
        json!(names),
        json!(bytes)
    );
    let all = terraform.value(&expression)?;
    let mut table = format!(
        "# Characters of encodings, asked of Terraform {version}: `cargo xtask record-terraform-encodings`.\n"
    );
    for name in names {
        let characters = characters(field(&all, name), &bytes).with_context(|| name.to_owned())?;
        let is_ascii = characters.iter().zip('\0'..).take(128).all(|(one, ascii)| *one == Some(ascii));
        let first = if is_ascii { 128 } else { 0 };
        let codes = characters.iter().skip(first).map(|one| match one {
            Some(one) => format!("{:x}", u32::from(*one)),
            None => "-".to_owned(),
        });
        writeln!(table, "{name}\t{first}\t{}", codes.collect::<Vec<_>>().join(" "))?;
    }
    super::super::write(&root.join(TABLE), &table)
}

/// The names of the encodings with one byte for a character, each by its first.
fn narrow(list: &str) -> impl Iterator<Item = &str> {
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split(' ').next()).filter(|name| !WIDE.contains(name))
}

/// The character of each byte, as Terraform answers.
fn characters(answers: &Value, bytes: &[String]) -> Result<Vec<Option<char>>> {
    let answers = answers.as_array().context("no list")?;
    ensure!(answers.len() == bytes.len(), "{} answers", answers.len());
    let one = |(answer, byte): (&Value, &String)| {
        let Some([text, again]) = answer.as_array().map(Vec::as_slice) else { return Ok(None) };
        let mut text = text.as_str().context("no text")?.chars();
        ensure!(again.as_str() == Some(byte), "{byte} is written as {again}");
        match (text.next(), text.next()) {
            (Some(one), None) => Ok(Some(one)),
            _ => bail!("{byte} is not one character"),
        }
    };
    answers.iter().zip(bytes).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_narrow_encoding_has_its_recorded_characters() {
        let root = crate::root();
        let list = crate::answers::read(&root.join(super::super::NAMES)).unwrap();
        let table = crate::answers::read(&root.join(TABLE)).unwrap();
        let recorded: Vec<_> = table.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(
            narrow(&list).collect::<Vec<_>>(),
            recorded,
            "stale: run `cargo xtask record-terraform-encodings`"
        );
    }
}
