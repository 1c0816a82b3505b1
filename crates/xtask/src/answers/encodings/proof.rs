//! What Terraform answers of the encodings of East Asia, which keylint's answers are compared with.
//!
//! `testdata/terraform/encodings.tsv` has lines of four fields: the encoding, a kind, and
//! - `reads`: bytes, and a digest of what reads as each sequence that they begin: all that differ in
//!   the last four bits of them, each alone and with every further byte;
//! - `writes`: a character's hexadecimal number, and a digest of what the [`BLOCK`] characters from
//!   there on are written as, without halves of surrogate pairs;
//! - `read`: bytes, and the hexadecimal numbers of the characters that they read as;
//! - `written`: the other way round.
//!
//! `-` stands for what Terraform rejects. A digest is of a line for each answer, of the bytes in
//! UTF-8 where it is a text: the first eight bytes of SHA-256.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};

use super::{Terraform, hex};

const RECORD: &str = "testdata/terraform/encodings.tsv";

/// The encodings, by one of their names.
const NAMES: [&str; 8] =
    ["big5", "euc-jp", "euc-kr", "gb18030", "gbk", "hz-gb-2312", "iso-2022-jp", "shift_jis"];

/// Bytes after which two more are asked for, beside none.
const PREFIXES: [(&str, &[u8]); 10] = [
    ("euc-jp", b"\x8f"),
    ("gb18030", b"\x81\x30"),
    ("gb18030", b"\x83\x36"),
    ("gb18030", b"\x84\x31"),
    ("gb18030", b"\x90\x30"),
    ("gb18030", b"\xe3\x32"),
    ("hz-gb-2312", b"~{"),
    ("iso-2022-jp", b"\x1b$B"),
    ("iso-2022-jp", b"\x1b$(D"),
    ("iso-2022-jp", b"\x1b(I"),
];

/// Characters in one line.
const BLOCK: usize = 4_096;

/// Random sequences and texts of each encoding that are asked for.
const DRAWN: usize = 2_000;

/// How many of them are kept of those that Terraform takes, and of those that it rejects.
const KEPT: usize = 40;

/// What random sequences are made of.
const PIECES: [&[u8]; 30] = [
    b"A",
    b"~",
    b"~~",
    b"~{",
    b"~}",
    b"~\n",
    b"\n",
    b"\x1b$B",
    b"\x1b$@",
    b"\x1b$(D",
    b"\x1b(B",
    b"\x1b(J",
    b"\x1b(I",
    b"\x1b",
    b"\x80",
    b"\xff",
    b"0!",
    b"\x22/",
    b"\x8e\xb1",
    b"\x8f\xa2\xaf",
    b"\x810\x810",
    b"\x905\xf46",
    b"\xa4\xa2",
    b"\xc4\xe3",
    b"1",
    b"\x7f",
    b"\x88b",
    b"\xb0\xa1",
    b"\x83@",
    b"\x8e",
];

/// What random texts are made of.
const LETTERS: [char; 20] = [
    'A', '~', '\n', '\u{1b}', '\u{7f}', '\u{80}', 'é', '€', 'あ', 'ｱ', '漢', '中', '한', '黑', '兀', '丂',
    '\u{e000}', '\u{fffd}', '𠀋', '😀',
];

/// What every character of the first and third plane of Unicode is written as.
pub(super) struct Writing {
    characters: Vec<char>,
    answers: BTreeMap<&'static str, Vec<Option<Vec<u8>>>>,
    /// The characters as Terraform keeps them.
    normal: BTreeMap<u32, String>,
}

impl Writing {
    pub(super) fn ask(terraform: &Terraform<'_>) -> Result<Writing> {
        let characters: Vec<char> =
            (0..0x1_0000).chain(0x2_0000..0x3_0000).filter_map(char::from_u32).collect();
        let texts: Vec<String> = characters.iter().map(char::to_string).collect();
        let answers = NAMES.into_iter().map(|name| Ok((name, terraform.written(name, &texts)?)));
        let answers = answers.collect::<Result<_>>()?;
        let mut normal = BTreeMap::new();
        for (character, bytes) in characters.iter().zip(terraform.written("utf-8", &texts)?) {
            normal.insert(u32::from(*character), String::from_utf8(bytes.context("UTF-8 has it")?)?);
        }
        Ok(Writing { characters, answers, normal })
    }

    /// The text that Terraform keeps of a character.
    pub(super) fn normal(&self, code: u32) -> Option<&str> {
        self.normal.get(&code).map(String::as_str)
    }

    /// The bytes of the characters that Terraform keeps as they are.
    pub(super) fn kept(&self, name: &str) -> Result<impl Iterator<Item = (char, Option<&[u8]>)>> {
        let answers = self.answers.get(name).with_context(|| format!("{name} was not asked"))?;
        let all = self.characters.iter().zip(answers).map(|(one, bytes)| (*one, bytes.as_deref()));
        Ok(all.filter(|(one, _)| self.normal(u32::from(*one)) == Some(one.to_string().as_str())))
    }
}

/// Writes the record.
pub(super) fn record(root: &Path, terraform: &Terraform<'_>, version: &str, writing: &Writing) -> Result<()> {
    let mut record = format!(
        "# Texts in encodings, asked of Terraform {version}: `cargo xtask record-terraform-encodings`.\n"
    );
    for name in NAMES {
        let own = PREFIXES.iter().filter(|(of, _)| *of == name).map(|(_, prefix)| *prefix);
        for prefix in std::iter::once(&b""[..]).chain(own) {
            record_reads(&mut record, terraform, name, prefix)?;
        }
        let answers = writing.answers.get(name).context("not asked")?;
        for (characters, answers) in writing.characters.chunks(BLOCK).zip(answers.chunks(BLOCK)) {
            let first = characters.first().map_or(0, |first| u32::from(*first));
            let lines = answers.iter().map(|bytes| bytes.as_deref().map(hex));
            writeln!(record, "{name}\twrites\t{first:x}\t{}", digest(lines))?;
        }
        record_samples(&mut record, terraform, name)?;
    }
    crate::answers::write(&root.join(RECORD), &record)
}

/// All sequences that go on from a prefix with one or two bytes.
fn record_reads(record: &mut String, terraform: &Terraform<'_>, name: &str, prefix: &[u8]) -> Result<()> {
    let mut sequences = Vec::new();
    for first in 0..=u8::MAX {
        let begun = [prefix, &[first]].concat();
        sequences.push(begun.clone());
        sequences.extend((0..=u8::MAX).map(|second| [begun.as_slice(), &[second]].concat()));
    }
    let answers = terraform.read(name, &sequences)?;
    let size = 16 * 257;
    for (sequences, answers) in sequences.chunks(size).zip(answers.chunks(size)) {
        let first = sequences.first().context("no sequence")?;
        let lines = answers.iter().map(|text| text.as_ref().map(|text| hex(text.as_bytes())));
        writeln!(record, "{name}\treads\t{}\t{}", hex(first), digest(lines))?;
    }
    Ok(())
}

fn record_samples(record: &mut String, terraform: &Terraform<'_>, name: &str) -> Result<()> {
    let mut chance = Chance(1);
    let sequences: Vec<Vec<u8>> = (0..DRAWN).map(|_| chance.some(&PIECES).concat()).collect();
    let answers = terraform.read(name, &sequences)?;
    for (bytes, text) in kept(sequences.iter().zip(&answers)) {
        writeln!(
            record,
            "{name}\tread\t{}\t{}",
            hex(bytes),
            text.map_or("-".to_owned(), |text| codes(text))
        )?;
    }
    let texts: Vec<String> = (0..DRAWN).map(|_| chance.some(&LETTERS).into_iter().collect()).collect();
    let answers = terraform.written(name, &texts)?;
    for (text, bytes) in kept(texts.iter().zip(&answers)) {
        writeln!(record, "{name}\twritten\t{}\t{}", codes(text), bytes.map_or("-".to_owned(), |it| hex(it)))?;
    }
    Ok(())
}

/// The first that Terraform takes and the first that it rejects.
fn kept<'a, Q, A>(asked: impl Iterator<Item = (Q, &'a Option<A>)>) -> Vec<(Q, Option<&'a A>)> {
    let mut count = [0; 2];
    let mut is_kept = |answer: Option<&A>| {
        let [rejected, taken] = &mut count;
        let count = if answer.is_some() { taken } else { rejected };
        *count += 1;
        *count <= KEPT
    };
    asked.map(|(asked, answer)| (asked, answer.as_ref())).filter(|(_, answer)| is_kept(*answer)).collect()
}

fn codes(text: &str) -> String {
    text.chars().map(|one| format!("{:x}", u32::from(one))).collect::<Vec<_>>().join(" ")
}

fn digest(answers: impl Iterator<Item = Option<String>>) -> String {
    let lines: String = answers.map(|answer| format!("{}\n", answer.as_deref().unwrap_or("-"))).collect();
    hex(Sha256::digest(lines).get(..8).unwrap_or_default())
}

/// A sequence of numbers that is the same in every run and looks random.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        // Knuth's MMIX constants.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    /// One to five of a list.
    fn some<T: Copy>(&mut self, all: &[T]) -> Vec<T> {
        let count = 1 + self.below(5);
        (0..count).filter_map(|_| all.get(self.below(all.len())).copied()).collect()
    }
}
