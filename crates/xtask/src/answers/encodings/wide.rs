//! The characters of the encodings of East Asia with one to four bytes for each beyond ASCII.
//!
//! `wide.tsv` has lines of four fields: the encoding, a kind, a sequence of bytes as a hexadecimal
//! number, and by the kind
//! - `row`: the characters of this sequence and of those that follow, `-` for none;
//! - `single`: the hexadecimal numbers of the characters that this one sequence reads as;
//! - `write`: characters that are written as this sequence (`-` for none) and not as the first that
//!   reads as them;
//! - `run` (GB18030 only, which has all of GBK besides): the number of a sequence of four bytes in
//!   place of the sequence, and the hexadecimal number of its character; from there both go up.
//!
//! Characters are as Terraform keeps them, in Unicode's normal form C.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::Terraform;
use super::proof::Writing;

const TABLE: &str = "crates/keylint_terraform/src/functions/wide.tsv";

/// The encodings with tables of their own. What HZ-GB-2312 and ISO-2022-JP shift to is in these.
const TABLES: [&str; 5] = ["big5", "euc-jp", "euc-kr", "gbk", "shift_jis"];

/// GB18030's sequences of four bytes for what the first plane of Unicode has beyond GBK.
const NUMBERS: u32 = 39_420;

/// How far the characters of two runs lie apart at most, where the second is told by it: more than
/// the longest stretch that GBK has.
const GAP: u32 = 300;

/// What each sequence of bytes reads as, where it is one.
type Reading = BTreeMap<u32, String>;

/// Writes the table.
pub(super) fn record(root: &Path, terraform: &Terraform<'_>, version: &str, writing: &Writing) -> Result<()> {
    let mut table = format!(
        "# Characters of encodings, asked of Terraform {version}: `cargo xtask record-terraform-encodings`.\n"
    );
    for name in TABLES {
        let reading = reading(terraform, name)?;
        write_rows(&mut table, name, &reading)?;
        write_unlike(&mut table, name, &reading, writing)?;
        if name == "gbk" {
            ensure!(reading == self::reading(terraform, "gb18030")?, "GB18030 has not what GBK has");
            write_runs(&mut table, terraform, writing)?;
            write_unlike(&mut table, "gb18030", &reading, writing)?;
        }
    }
    crate::answers::write(&root.join(TABLE), &table)
}

/// All sequences of up to two bytes, and for EUC-JP those of three that begin with the byte for them.
fn reading(terraform: &Terraform<'_>, name: &str) -> Result<Reading> {
    let mut reading = Reading::new();
    let ask = |reading: &mut Reading, sequences: Vec<Vec<u8>>| -> Result<()> {
        for (bytes, answer) in sequences.iter().zip(terraform.read(name, &sequences)?) {
            let sequence = bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
            reading.extend(answer.map(|text| (sequence, text)));
        }
        Ok(())
    };
    ask(&mut reading, (0..=u8::MAX).map(|byte| vec![byte]).collect())?;
    let is_ascii = |byte: u8| reading.get(&u32::from(byte)).is_some_and(|text| text.as_bytes() == [byte]);
    ensure!((0..0x80).all(is_ascii), "{name} has not ASCII");
    (0..0x80).for_each(|byte| drop(reading.remove(&byte)));
    let leads: Vec<u8> = (0x80..=u8::MAX).filter(|byte| !reading.contains_key(&u32::from(*byte))).collect();
    let second = |lead: &u8| (0..=u8::MAX).map(|second| vec![*lead, second]).collect::<Vec<_>>();
    ask(&mut reading, leads.iter().flat_map(second).collect())?;
    if name == "euc-jp" {
        let third = |second: u8| (0x80..=u8::MAX).map(move |third| vec![0x8f, second, third]);
        ask(&mut reading, (0x80..=u8::MAX).flat_map(third).collect())?;
    }
    Ok(reading)
}

fn write_rows(table: &mut String, name: &str, reading: &Reading) -> Result<()> {
    let mut row: Option<(u32, String)> = None;
    let mut next = 0;
    for (sequence, text) in reading {
        let mut characters = text.chars();
        let (Some(one), None, false) =
            (characters.next(), characters.next(), text.chars().any(char::is_control))
        else {
            let codes: Vec<_> = text.chars().map(|one| format!("{:x}", u32::from(one))).collect();
            writeln!(table, "{name}\tsingle\t{sequence:x}\t{}", codes.join(" "))?;
            continue;
        };
        ensure!(one != '-', "{name} has - twice");
        match &mut row {
            Some((first, characters)) if *first >> 8 == sequence >> 8 => {
                characters.extend((next..*sequence).map(|_| '-'));
                characters.push(one);
            }
            _ => {
                if let Some((first, characters)) = row.replace((*sequence, one.to_string())) {
                    writeln!(table, "{name}\trow\t{first:x}\t{characters}")?;
                }
            }
        }
        next = sequence + 1;
    }
    let (first, characters) = row.context("nothing reads")?;
    writeln!(table, "{name}\trow\t{first:x}\t{characters}")?;
    Ok(())
}

/// The characters that are not written as the first sequence that reads as them.
fn write_unlike(table: &mut String, name: &str, reading: &Reading, writing: &Writing) -> Result<()> {
    let mut first: BTreeMap<&str, u32> = BTreeMap::new();
    for (sequence, text) in reading {
        first.entry(text).or_insert(*sequence);
    }
    let mut unlike: BTreeMap<Option<u32>, String> = BTreeMap::new();
    for (character, bytes) in writing.kept(name)? {
        let sequence = bytes.map(|bytes| bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)));
        let expected = match character.is_ascii() {
            true => Some(u32::from(character)),
            false => first.get(character.to_string().as_str()).copied(),
        };
        // What has no other sequence is in GB18030's runs.
        let is_of_run = name == "gb18030" && expected.is_none() && sequence.is_some_and(|it| it > 0xff_ffff);
        if sequence != expected && !is_of_run {
            unlike.entry(sequence).or_default().push(character);
        }
    }
    for (sequence, characters) in unlike {
        let sequence = sequence.map_or("-".to_owned(), |sequence| format!("{sequence:x}"));
        writeln!(table, "{name}\twrite\t{sequence}\t{characters}")?;
    }
    Ok(())
}

/// GB18030's sequences of four bytes. A character whose normal form is another is told by those
/// before it.
fn write_runs(table: &mut String, terraform: &Terraform<'_>, writing: &Writing) -> Result<()> {
    let sequences: Vec<Vec<u8>> = (0..NUMBERS).map(four_bytes).collect::<Result<_>>()?;
    let mut next: Option<u32> = None;
    for (number, answer) in (0..).zip(terraform.read("gb18030", &sequences)?) {
        // Terraform gives no text that has U+FFFD, though this has a number.
        let Some(text) = answer else {
            next = next.map(|next| next + 1);
            continue;
        };
        let is_it = |code: &u32| writing.normal(*code) == Some(text.as_str());
        let near = next.and_then(|next| (next..next + GAP).find(is_it));
        let code = near.or_else(|| text.chars().next().map(u32::from)).context("an empty text")?;
        if next != Some(code) {
            writeln!(table, "gb18030\trun\t{number:x}\t{code:x}")?;
        }
        next = Some(code + 1);
    }
    Ok(())
}

fn four_bytes(number: u32) -> Result<Vec<u8>> {
    let (rest, fourth) = (number / 10, number % 10);
    let (rest, third) = (rest / 126, rest % 126);
    let all = [0x81 + rest / 10, 0x30 + rest % 10, 0x81 + third, 0x30 + fourth];
    Ok(all.into_iter().map(u8::try_from).collect::<Result<_, _>>()?)
}
