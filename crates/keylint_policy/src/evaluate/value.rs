//! Numbers, times and addresses as condition operators read them.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators". Where the page leaves
//! open how a spelling is read, the answer is [`Reading::Unsure`].

mod date;
mod ip;
mod number;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

pub(crate) use date::{Form, instant, stored_date};
pub(crate) use ip::{Address, Network};
pub(crate) use number::Decimal;

/// What a text turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading<T> {
    /// This value.
    Value(T),
    /// No value of the type.
    Not,
    /// Perhaps a value: AWS does not document this spelling.
    Unsure,
}

impl<T> Reading<T> {
    /// The value, where it is certain.
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Reading::Value(value) => Some(value),
            Reading::Not | Reading::Unsure => None,
        }
    }
}

/// Reads a boolean of a policy. What other words than the two mean there no page says.
pub(crate) fn truth(text: &str) -> Reading<bool> {
    match () {
        () if text.eq_ignore_ascii_case("true") => Reading::Value(true),
        () if text.eq_ignore_ascii_case("false") => Reading::Value(false),
        () => Reading::Unsure,
    }
}

/// Reads bytes in base 64. Of what lacks its padding no page says whether it is read.
pub(crate) fn bytes(text: &str) -> Reading<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    match STANDARD.decode(text) {
        Ok(bytes) => Reading::Value(bytes),
        Err(_) if GeneralPurpose::new(&base64::alphabet::STANDARD, config).decode(text).is_ok() => {
            Reading::Unsure
        }
        Err(_) => Reading::Not,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truths_and_bytes_have_their_forms() {
        assert_eq!(truth("TRUE"), Reading::Value(true));
        assert_eq!(truth("yes"), Reading::Unsure);
        assert_eq!(bytes("QUI="), Reading::Value(b"AB".to_vec()));
        assert_eq!(bytes("QUI"), Reading::Unsure);
        assert_eq!(bytes("not base64!"), Reading::Not);
    }
}
