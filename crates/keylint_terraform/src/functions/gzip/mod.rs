//! gzip as Go's `compress/gzip` writes it, to the byte.
//!
//! Every compressor finds other repetitions and cuts the blocks elsewhere, so what `base64gzip`
//! gives, and every digest of it, is known only to one who compresses as Terraform does. The parts
//! are [`mod@matches`], which says what repeats what, [`blocks`], which says how that is written, and
//! [`huffman`], which gives frequent symbols short codes.
//!
//! Formats: RFC 1951 and RFC 1952. The choices that they leave open are those of Go's
//! `compress/flate` at its default level, 6.

mod blocks;
mod huffman;
mod matches;

/// Neither a name, nor a time, nor a system: what Go writes where nothing is set.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// The bytes that Terraform compresses `input` to, or nothing where `afford` refuses the steps
/// that it takes.
pub(super) fn compressed(input: &[u8], afford: &mut dyn FnMut(usize) -> bool) -> Option<Vec<u8>> {
    let mut written = HEADER.to_vec();
    written.extend(matches::deflated(input, afford)?);
    written.extend(checksum(input).to_le_bytes());
    // RFC 1952: the size modulo 2^32.
    written.extend((input.len() as u32).to_le_bytes());
    Some(written)
}

/// CRC-32 as in RFC 1952.
fn checksum(bytes: &[u8]) -> u32 {
    let next = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn no_more_is_compressed_than_can_be_afforded() {
        let input = b"abcdefgh".repeat(50_000);
        let mut spent = 0;
        assert!(
            compressed(&input, &mut |steps| {
                spent += steps;
                true
            })
            .is_some()
        );
        assert!(spent > input.len() / 64);
        let mut left = spent / 2;
        let mut afford = |steps: usize| {
            left = left.saturating_sub(steps);
            left > 0
        };
        assert!(compressed(&input, &mut afford).is_none());
    }
}
