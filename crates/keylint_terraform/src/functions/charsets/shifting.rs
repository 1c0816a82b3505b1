//! HZ-GB-2312 and ISO-2022-JP: seven bits, in which bytes shift to another set of characters and back.
//!
//! Terraform reads more than the standards have and ends HZ where it is; both functions of each
//! follow it byte for byte, and recorded answers hold them to it.
//!
//! Sources: <https://www.rfc-editor.org/rfc/rfc1843>, <https://www.rfc-editor.org/rfc/rfc1468>.

use super::wide::{EUC_JP, GB18030};

/// The text of bytes in HZ-GB-2312.
pub(super) fn decode_hz(bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut is_shifted = false;
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            (b'~', [b'{', after @ ..]) => {
                is_shifted = true;
                after
            }
            (b'~', [b'}', after @ ..]) => {
                is_shifted = false;
                after
            }
            (b'~', [b'~', after @ ..]) => {
                text.push('~');
                after
            }
            (b'~', [b'\n', after @ ..]) => after,
            (b'~', _) => return None,
            (0..0x80, _) if !is_shifted => {
                text.push(char::from(*first));
                after
            }
            (0x21..0x7e, [second @ 0x21..0x7f, after @ ..]) => {
                let sequence = u32::from_be_bytes([0, 0, first | 0x80, second | 0x80]);
                GB18030.read(sequence, &mut text).then_some(after)?
            }
            _ => return None,
        };
    }
    Some(text)
}

/// The bytes of a text in HZ-GB-2312.
pub(super) fn encode_hz(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut is_shifted = false;
    for character in text.chars() {
        match u8::try_from(character) {
            Ok(b'~') => bytes.extend(b"~~"),
            Ok(ascii @ 0..0x80) => {
                if is_shifted {
                    bytes.extend(b"~}");
                }
                is_shifted = false;
                bytes.push(ascii);
            }
            _ => {
                let sequence = GB18030.written(character)?.to_be_bytes();
                let [0, 0, first @ 0xa1..=0xff, second @ 0xa1..=0xff] = sequence else { return None };
                if !is_shifted {
                    bytes.extend(b"~{");
                }
                is_shifted = true;
                bytes.extend([first & 0x7f, second & 0x7f]);
            }
        }
    }
    Some(bytes)
}

/// A set of characters that ISO-2022-JP shifts to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    Katakana,
    /// JIS X 0208, two bytes for a character.
    Main,
    /// JIS X 0212, two bytes for a character.
    Supplement,
}

impl Set {
    /// The set that bytes after an escape shift to, and what comes after them.
    fn shifted(bytes: &[u8]) -> Option<(Set, &[u8])> {
        Some(match bytes {
            [b'(', b'B' | b'J', rest @ ..] => (Set::Ascii, rest),
            [b'(', b'I', rest @ ..] => (Set::Katakana, rest),
            [b'$', b'@' | b'B', rest @ ..] => (Set::Main, rest),
            [b'$', b'(', b'D', rest @ ..] => (Set::Supplement, rest),
            _ => return None,
        })
    }

    /// The bytes that shift to it when Terraform writes.
    fn escape(self) -> &'static [u8] {
        match self {
            Set::Ascii => b"\x1b(B",
            Set::Katakana => b"\x1b(I",
            Set::Main => b"\x1b$B",
            Set::Supplement => b"\x1b$(D",
        }
    }

    /// The sequence of EUC-JP for a character of the set with 94 rows. A second byte that is out of
    /// its range counts on into the rows that follow.
    fn of_two(self, first: u8, second: u8) -> Option<u32> {
        let index = u32::from(first.wrapping_sub(0x21)) * 94 + u32::from(second.wrapping_sub(0x21));
        let (row, column) = (index / 94, index % 94);
        let prefix = if self == Set::Supplement { 0x8f_0000 } else { 0 };
        (row < 94).then_some(prefix + ((row + 0xa1) << 8) + column + 0xa1)
    }
}

/// The text of bytes in ISO-2022-JP.
pub(super) fn decode_iso_2022_jp(bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut set = Set::Ascii;
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = match (set, first, after) {
            (_, 0x80.., _) => return None,
            (_, 0x1b, _) => {
                let (new, after) = Set::shifted(after)?;
                set = new;
                after
            }
            (Set::Ascii, _, _) => {
                text.push(char::from(*first));
                after
            }
            (Set::Katakana, _, _) => EUC_JP.read(0x8e80 + u32::from(*first), &mut text).then_some(after)?,
            (_, b'\n', _) => {
                set = Set::Ascii;
                text.push('\n');
                after
            }
            (_, _, [second, after @ ..]) => {
                EUC_JP.read(set.of_two(*first, *second)?, &mut text).then_some(after)?
            }
            _ => return None,
        };
    }
    Some(text)
}

/// The bytes of a text in ISO-2022-JP.
pub(super) fn encode_iso_2022_jp(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut set = Set::Ascii;
    let mut shift = |bytes: &mut Vec<u8>, new: Set| {
        if set != new {
            bytes.extend(new.escape());
        }
        set = new;
    };
    for character in text.chars() {
        if character.is_ascii() {
            shift(&mut bytes, Set::Ascii);
            bytes.extend(u8::try_from(character));
            continue;
        }
        match EUC_JP.written(character)?.to_be_bytes() {
            [0, 0, 0x8e, katakana] => {
                shift(&mut bytes, Set::Katakana);
                bytes.push(katakana & 0x7f);
            }
            [0, 0, first, second] => {
                shift(&mut bytes, Set::Main);
                bytes.extend([first & 0x7f, second & 0x7f]);
            }
            _ => return None,
        }
    }
    shift(&mut bytes, Set::Ascii);
    Some(bytes)
}
