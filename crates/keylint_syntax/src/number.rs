//! The form of numbers in JSON, which is also the only one that YAML's plain scalars are held to.

/// How a text relates to the grammar of JSON's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A number of JSON.
    Json,
    /// One but for a zero at its start: an account id, or what YAML 1.1 reads as octal.
    LeadingZero,
    /// Something else.
    Other,
}

pub(crate) fn form(text: &str) -> Form {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    // Most scalars are words.
    if !unsigned.starts_with(|first: char| first.is_ascii_digit()) {
        return Form::Other;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    if !digits(whole) || !fraction.is_none_or(digits) || !exponent.is_none_or(digits) {
        return Form::Other;
    }
    if whole.len() > 1 && whole.starts_with('0') { Form::LeadingZero } else { Form::Json }
}
