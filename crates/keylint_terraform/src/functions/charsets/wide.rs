//! The encodings of East Asia with one to four bytes for a character, as Terraform has them.
//!
//! What is recorded is what each sequence of bytes reads as, and the few characters that are not
//! written as the first sequence that reads as them. A table is made when a call first needs it.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The characters. `cargo xtask record-terraform-encodings` writes them and says what the lines mean.
const TABLES: &str = include_str!("../wide.tsv");

/// The numbers of GB18030's sequences of four bytes that stand for the rest of Unicode's first plane.
const OF_FIRST_PLANE: u32 = 39_420;

/// The number of GB18030's sequence of four bytes that stands for the first character beyond it.
const BEYOND_FIRST_PLANE: u32 = 189_000;

static BIG5: LazyLock<Wide> = LazyLock::new(|| Wide::of(&["big5"]));
static EUC_KR: LazyLock<Wide> = LazyLock::new(|| Wide::of(&["euc-kr"]));
static GBK: LazyLock<Wide> = LazyLock::new(|| Wide::of(&["gbk"]));
static SHIFT_JIS: LazyLock<Wide> = LazyLock::new(|| Wide::of(&["shift_jis"]));
/// `EUC-JP`, and with other bytes what `ISO-2022-JP` shifts to.
pub(super) static EUC_JP: LazyLock<Wide> = LazyLock::new(|| Wide::of(&["euc-jp"]));
/// `GB18030`, and in its sequences of two bytes what `HZ-GB-2312` shifts to.
pub(super) static GB18030: LazyLock<Wide> = LazyLock::new(|| Wide::of(&["gbk", "gb18030"]));

/// The characters of an encoding beyond ASCII, which each has as it is. A sequence of up to four
/// bytes is the number that they are with the highest first.
#[derive(Default)]
pub(super) struct Wide {
    /// The characters of sequences that follow each other, from the first of these on; in order.
    rows: Vec<(u32, Vec<Option<char>>)>,
    /// Sequences that are in no row.
    single: HashMap<u32, String>,
    /// GB18030's characters of sequences of four bytes, from the number of the first on; in order.
    runs: Vec<(u32, u32)>,
    written: HashMap<char, u32>,
}

impl Wide {
    /// The table of an encoding by its first name.
    pub(super) fn named(name: &str) -> Option<&'static Wide> {
        Some(match name {
            "big5" => &BIG5,
            "euc-kr" => &EUC_KR,
            "extended_unix_code_packed_format_for_japanese" => &EUC_JP,
            "gb18030" => &GB18030,
            "gbk" => &GBK,
            "shift_jis" => &SHIFT_JIS,
            _ => return None,
        })
    }

    /// The table of the lines of all of these names.
    fn of(names: &[&str]) -> Wide {
        let mut wide = Wide::default();
        let mut unlike = Vec::new();
        for line in TABLES.lines() {
            let mut fields = line.split('\t');
            if !fields.next().is_some_and(|name| names.contains(&name)) {
                continue;
            }
            let (Some(kind), Some(first), Some(text)) = (fields.next(), fields.next(), fields.next()) else {
                continue;
            };
            let first = u32::from_str_radix(first, 16).ok();
            match (kind, first) {
                ("row", Some(first)) => wide.take_row(first, text),
                ("single", Some(first)) => wide.take_single(first, text),
                ("run", Some(first)) => {
                    wide.runs.extend(u32::from_str_radix(text, 16).ok().map(|code| (first, code)));
                }
                ("write", sequence) => unlike.push((sequence, text)),
                _ => {}
            }
        }
        for (sequence, character) in
            unlike.iter().flat_map(|(it, text)| text.chars().map(move |one| (it, one)))
        {
            match sequence {
                Some(sequence) => wide.written.insert(character, *sequence),
                None => wide.written.remove(&character),
            };
        }
        wide
    }

    fn take_row(&mut self, first: u32, text: &str) {
        let row: Vec<Option<char>> = text.chars().map(|one| Some(one).filter(|one| *one != '-')).collect();
        for (character, sequence) in row.iter().zip(first..) {
            if let Some(character) = character {
                self.written.entry(*character).or_insert(sequence);
            }
        }
        self.rows.push((first, row));
    }

    fn take_single(&mut self, sequence: u32, codes: &str) {
        let code = |code: &str| char::from_u32(u32::from_str_radix(code, 16).ok()?);
        let text: String = codes.split(' ').filter_map(code).collect();
        let mut characters = text.chars();
        if let (Some(character), None) = (characters.next(), characters.next()) {
            self.written.entry(character).or_insert(sequence);
        }
        self.single.insert(sequence, text);
    }

    /// Adds what a sequence reads as to a text; false where it is none of this encoding.
    pub(super) fn read(&self, sequence: u32, text: &mut String) -> bool {
        let after = self.rows.partition_point(|(first, _)| *first <= sequence);
        let of_row = after.checked_sub(1).and_then(|row| {
            let (first, row) = self.rows.get(row)?;
            *row.get(usize::try_from(sequence.checked_sub(*first)?).ok()?)?
        });
        match (of_row, self.single.get(&sequence)) {
            (Some(character), _) => text.push(character),
            (None, Some(several)) => text.push_str(several),
            (None, None) => return false,
        }
        true
    }

    /// The sequence that a character beyond ASCII is written as.
    pub(super) fn written(&self, character: char) -> Option<u32> {
        let known = self.written.get(&character).copied();
        known.or_else(|| Some(u32::from_be_bytes(four_bytes(self.number_of(u32::from(character))?))))
    }

    /// The number of GB18030's sequence of four bytes for a character that has no shorter one. A run
    /// goes on to the next here, over characters that Terraform reads as none and yet writes.
    fn number_of(&self, code: u32) -> Option<u32> {
        let after = self.runs.partition_point(|(_, first)| *first <= code);
        let (number, first) = self.runs.get(after.checked_sub(1)?)?;
        Some(match code.checked_sub(0x1_0000) {
            Some(beyond) => beyond + BEYOND_FIRST_PLANE,
            None => number + (code - first),
        })
    }

    /// The bytes of a text, where the encoding has all of its characters.
    pub(super) fn encode(&self, text: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(text.len());
        for character in text.chars() {
            let sequence = if character.is_ascii() { u32::from(character) } else { self.written(character)? };
            let four = sequence.to_be_bytes();
            let zeros = four.iter().take(3).take_while(|byte| **byte == 0).count();
            bytes.extend(four.iter().skip(zeros));
        }
        Some(bytes)
    }

    /// The text of bytes, where all of them are in the encoding.
    pub(super) fn decode(&self, bytes: &[u8]) -> Option<String> {
        let mut text = String::with_capacity(bytes.len());
        let mut rest = bytes;
        while let [first, after @ ..] = rest {
            rest = if first.is_ascii() {
                text.push(char::from(*first));
                after
            } else {
                self.decode_sequence(rest, &mut text)?
            };
        }
        Some(text)
    }

    /// What comes after the sequence that the bytes begin with: no sequence is the beginning of another.
    fn decode_sequence<'b>(&self, bytes: &'b [u8], text: &mut String) -> Option<&'b [u8]> {
        let mut sequence = 0;
        for (length, byte) in (1..=3).zip(bytes) {
            sequence = sequence << 8 | u32::from(*byte);
            if self.read(sequence, text) {
                return bytes.get(length..);
            }
        }
        let (four, rest) = bytes.split_first_chunk::<4>()?;
        text.push(self.numbered(number(*four)?)?);
        Some(rest)
    }

    /// The character of GB18030 that four bytes with this number stand for.
    fn numbered(&self, number: u32) -> Option<char> {
        if number >= OF_FIRST_PLANE && !self.runs.is_empty() {
            return char::from_u32(number.checked_sub(BEYOND_FIRST_PLANE)? + 0x1_0000);
        }
        let after = self.runs.partition_point(|(first, _)| *first <= number);
        let (first, code) = self.runs.get(after.checked_sub(1)?)?;
        char::from_u32(code + (number - first))
    }
}

/// The number of a sequence of four bytes of GB18030. For the second of them Terraform takes more
/// than the ten that the standard has.
fn number(bytes: [u8; 4]) -> Option<u32> {
    let [first, second, third, fourth] = bytes;
    let digit = |byte: u8, all: std::ops::RangeInclusive<u8>| {
        all.contains(&byte).then(|| u32::from(byte) - u32::from(*all.start()))
    };
    let high = digit(first, 0x81..=0xfe)? * 10 + digit(second, 0x30..=0x3f)?;
    Some((high * 126 + digit(third, 0x81..=0xfe)?) * 10 + digit(fourth, 0x30..=0x39)?)
}

/// The sequence with this number.
fn four_bytes(number: u32) -> [u8; 4] {
    let byte = |first: u32, digit: u32| u8::try_from(first + digit).unwrap_or(u8::MAX);
    let (rest, fourth) = (number / 10, number % 10);
    let (rest, third) = (rest / 126, rest % 126);
    [byte(0x81, rest / 10), byte(0x30, rest % 10), byte(0x81, third), byte(0x30, fourth)]
}
