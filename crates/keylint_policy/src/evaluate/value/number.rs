//! Decimal numbers of any length, compared exactly.

use std::cmp::Ordering;

use super::Reading;

/// A number as it is written, without the zeros that do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
}

impl<'t> Decimal<'t> {
    /// Reads an integer or decimal number. Signs and leading zeros are taken; of an exponent no page
    /// says whether it is.
    pub(crate) fn read(text: &'t str) -> Reading<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() || !is_digits(whole) || !is_digits(fraction) {
            let mantissa = digits.split(['e', 'E']).next().unwrap_or("");
            let exponent = mantissa.len() < digits.len()
                && !mantissa.is_empty()
                && mantissa.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            return if exponent { Reading::Unsure } else { Reading::Not };
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let negative = negative && !(whole.is_empty() && fraction.is_empty());
        Reading::Value(Decimal { negative, whole, fraction })
    }
}

impl Decimal<'_> {
    /// Whether it is less than zero.
    pub(crate) fn is_negative(self) -> bool {
        self.negative
    }

    /// How many digits follow its point.
    pub(crate) fn places(self) -> usize {
        self.fraction.len()
    }

    /// The number, and those next to it on both sides of as many decimal places; its own are not more.
    pub(crate) fn around(self, places: usize) -> [String; 3] {
        // The width of a format ends at 65,535, and a number may be longer.
        let zeros = |count: usize| "0".repeat(count);
        let digits =
            format!("{}{}{}", self.whole, self.fraction, zeros(places.saturating_sub(self.fraction.len())));
        let shown = |negative: bool, digits: &str| {
            let digits = format!("{}{digits}", zeros((places + 1).saturating_sub(digits.len())));
            let (whole, fraction) = digits.split_at_checked(digits.len() - places).unwrap_or((&digits, ""));
            let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
            let whole = if whole.is_empty() { "0" } else { whole };
            let (sign, point) = (if negative { "-" } else { "" }, if fraction.is_empty() { "" } else { "." });
            format!("{sign}{whole}{point}{fraction}")
        };
        let is_zero = digits.bytes().all(|digit| digit == b'0');
        let nearer = if is_zero { "1".to_owned() } else { step(&digits, '0', '9', |digit| digit - 1) };
        [
            shown(self.negative, &digits),
            shown(self.negative || is_zero, &nearer),
            shown(self.negative, &step(&digits, '9', '0', |digit| digit + 1)),
        ]
    }
}

/// Counts one further: trailing digits that are `full` become `empty`, and the one before them changes.
fn step(digits: &str, full: char, empty: char, change: impl Fn(u8) -> u8) -> String {
    let kept = digits.trim_end_matches(full);
    let wrapped = empty.to_string().repeat(digits.len() - kept.len());
    let mut rest = kept.chars();
    let last = rest.next_back().and_then(|last| u8::try_from(last).ok()).unwrap_or(b'0');
    format!("{}{}{wrapped}", rest.as_str(), char::from(change(last)))
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |number: &Self| (number.whole.len(), number.whole.to_owned(), number.fraction.to_owned());
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(self).cmp(&size(other)),
            (true, true) => size(other).cmp(&size(self)),
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(left: &str, right: &str) -> Option<Ordering> {
        match (Decimal::read(left), Decimal::read(right)) {
            (Reading::Value(left), Reading::Value(right)) => Some(left.cmp(&right)),
            _ => None,
        }
    }

    #[test]
    fn numbers_compare_by_value() {
        let cases = [
            ("10", "9", Ordering::Greater),
            ("+007", "7.00", Ordering::Equal),
            ("-0", "0.0", Ordering::Equal),
            ("-2", "-10", Ordering::Greater),
            ("0.30000000000000001", "0.3", Ordering::Greater),
            (".5", "0.50", Ordering::Equal),
            ("99999999999999999999999999", "100000000000000000000000000", Ordering::Less),
            ("1.05", "1.5", Ordering::Less),
        ];
        for (left, right, expected) in cases {
            assert_eq!(order(left, right), Some(expected), "{left} {right}");
            assert_eq!(order(right, left), Some(expected.reverse()), "{right} {left}");
        }
    }

    #[test]
    fn numbers_have_neighbours() {
        let around = |text: &str, places| match Decimal::read(text) {
            Reading::Value(number) => number.around(places),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(around("5", 0), ["5", "4", "6"]);
        assert_eq!(around("0", 0), ["0", "-1", "1"]);
        assert_eq!(around("-9.5", 2), ["-9.5", "-9.49", "-9.51"]);
        assert_eq!(around("199", 1), ["199", "198.9", "199.1"]);
        assert_eq!(around("0.0", 1), ["0", "-0.1", "0.1"]);
        assert_eq!(around("1", 0), ["1", "0", "2"]);
        assert_eq!(
            around("99999999999999999999999999", 0),
            ["99999999999999999999999999", "99999999999999999999999998", "100000000000000000000000000"]
        );
    }

    #[test]
    fn numbers_of_any_length_have_neighbours() {
        let long = format!("0.{}1", "0".repeat(70_000));
        let Reading::Value(number) = Decimal::read(&long) else { panic!("no number") };
        let [itself, below, above] = number.around(number.places());
        assert_eq!((itself, below.as_str()), (long.clone(), "0"));
        assert_eq!(above, format!("0.{}2", "0".repeat(70_000)));
        let Reading::Value(one) = Decimal::read("1") else { panic!("no number") };
        assert_eq!(one.around(70_001)[2], format!("1.{}1", "0".repeat(70_000)));
    }

    #[test]
    fn what_is_no_number_and_what_may_be_one() {
        for text in ["", "-", ".", "ten", "1,000", "0x10", " 1", "1.2.3", "e5"] {
            assert_eq!(Decimal::read(text), Reading::Not, "{text}");
        }
        for text in ["1e3", "-2.5E-1"] {
            assert_eq!(Decimal::read(text), Reading::Unsure, "{text}");
        }
    }
}
