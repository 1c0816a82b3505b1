//! Texts in encodings as Terraform has them, recorded once.
//!
//! `cargo xtask record-terraform-encodings` writes the record and says what its lines mean.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;

use super::*;

const RECORDED: &str = include_str!("../../../../../testdata/terraform/encodings.tsv");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    let (pairs, _) = hex.as_bytes().as_chunks::<2>();
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.iter().map(|pair| byte(pair)).collect()
}

fn text(codes: &str) -> String {
    codes.split(' ').map(|code| char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap()).collect()
}

/// What bytes read as, as Terraform keeps it.
fn read(encoding: &Encoding, bytes: Vec<u8>) -> Option<String> {
    encoding.decode(bytes).map(|text| text.nfc().collect())
}

/// What a text is written as, of which Terraform keeps the normal form.
fn written(encoding: &Encoding, text: &str) -> Option<Vec<u8>> {
    encoding.encode(&text.nfc().collect::<String>())
}

fn digest(answers: impl Iterator<Item = Option<Vec<u8>>>) -> String {
    let lines: String = answers.map(|it| it.map_or("-\n".to_owned(), |bytes| hex(&bytes) + "\n")).collect();
    hex(&Sha256::digest(lines)[..8])
}

/// The sequences of one digest, that begin with these bytes.
fn sequences(first: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let (last, prefix) = first.split_last().unwrap();
    let begun: Vec<Vec<u8>> = (*last..=last | 0xf).map(|last| [prefix, &[last]].concat()).collect();
    begun.into_iter().flat_map(|begun| {
        let longer = begun.clone();
        let longer = (0..=u8::MAX).map(move |byte| [longer.as_slice(), &[byte]].concat());
        std::iter::once(begun).chain(longer)
    })
}

#[test]
fn every_name_of_an_encoding_is_that_of_one() {
    let names: Vec<&str> =
        ENCODINGS.lines().filter(|line| !line.starts_with('#')).flat_map(|line| line.split(' ')).collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    assert!(names.iter().all(|name| Encoding::named(&name.to_uppercase()).is_some()));
}

#[test]
fn texts_are_read_and_written_as_terraform_does() {
    let mut encodings = HashMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in RECORDED.lines().filter(|line| !line.starts_with('#')) {
        let [name, kind, asked, answer] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let encoding = encodings.entry(name).or_insert_with(|| Encoding::named(name).unwrap());
        let ours = match kind {
            "reads" => {
                digest(sequences(&bytes(asked)).map(|bytes| read(encoding, bytes).map(String::into_bytes)))
            }
            "writes" => {
                let first = u32::from_str_radix(asked, 16).unwrap();
                let characters = (first..0x3_0000).filter(|code| !(0x1_0000..0x2_0000).contains(code));
                let characters = characters.filter_map(char::from_u32).take(4_096);
                digest(characters.map(|one| written(encoding, &one.to_string())))
            }
            "read" => read(encoding, bytes(asked)).map_or("-".to_owned(), |text| {
                text.chars().map(|one| format!("{:x}", u32::from(one))).collect::<Vec<_>>().join(" ")
            }),
            "written" => written(encoding, &text(asked)).map_or("-".to_owned(), |bytes| hex(&bytes)),
            _ => panic!("{line}"),
        };
        *counts.entry(kind).or_default() += 1;
        if ours != answer {
            wrong.push(format!("{line}: {ours}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(encodings.len(), 8);
    assert!(counts["read"] >= 500 && counts["written"] >= 500, "{counts:?}");
    assert!(counts["reads"] >= 18 * 16 && counts["writes"] >= 8 * 31, "{counts:?}");
}
