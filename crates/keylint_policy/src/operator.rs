//! Condition operators: `ForAnyValue:StringLikeIfExists` and its parts.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators".

/// How an operator treats keys with several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetPrefix {
    /// `ForAllValues:`: true also for a request without the key.
    ForAllValues,
    /// `ForAnyValue:`: false for a request without the key.
    ForAnyValue,
}

/// The comparison that an operator makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Base {
    /// Exact, with case.
    StringEquals,
    /// Not that.
    StringNotEquals,
    /// Exact, whatever the case.
    StringEqualsIgnoreCase,
    /// Not that.
    StringNotEqualsIgnoreCase,
    /// With `*` and `?`.
    StringLike,
    /// Not that.
    StringNotLike,
    /// Equal numbers.
    NumericEquals,
    /// Not that.
    NumericNotEquals,
    /// Smaller.
    NumericLessThan,
    /// Smaller or equal.
    NumericLessThanEquals,
    /// Greater.
    NumericGreaterThan,
    /// Greater or equal.
    NumericGreaterThanEquals,
    /// Equal times.
    DateEquals,
    /// Not that.
    DateNotEquals,
    /// Earlier.
    DateLessThan,
    /// Earlier or equal.
    DateLessThanEquals,
    /// Later.
    DateGreaterThan,
    /// Later or equal.
    DateGreaterThanEquals,
    /// True or false.
    Bool,
    /// Equal bytes, given in base 64.
    BinaryEquals,
    /// Within a range of addresses.
    IpAddress,
    /// Not that.
    NotIpAddress,
    /// The same as [`Base::ArnLike`].
    ArnEquals,
    /// Each of the six fields with `*` and `?`.
    ArnLike,
    /// Not that.
    ArnNotEquals,
    /// Not that.
    ArnNotLike,
    /// Whether the key is absent.
    Null,
}

/// The names as AWS spells them. They are read whatever their case: no page says that case
/// decides, and a condition that is read too strictly would hide what a statement allows.
const NAMES: [(&str, Base); 27] = [
    ("StringEquals", Base::StringEquals),
    ("StringNotEquals", Base::StringNotEquals),
    ("StringEqualsIgnoreCase", Base::StringEqualsIgnoreCase),
    ("StringNotEqualsIgnoreCase", Base::StringNotEqualsIgnoreCase),
    ("StringLike", Base::StringLike),
    ("StringNotLike", Base::StringNotLike),
    ("NumericEquals", Base::NumericEquals),
    ("NumericNotEquals", Base::NumericNotEquals),
    ("NumericLessThan", Base::NumericLessThan),
    ("NumericLessThanEquals", Base::NumericLessThanEquals),
    ("NumericGreaterThan", Base::NumericGreaterThan),
    ("NumericGreaterThanEquals", Base::NumericGreaterThanEquals),
    ("DateEquals", Base::DateEquals),
    ("DateNotEquals", Base::DateNotEquals),
    ("DateLessThan", Base::DateLessThan),
    ("DateLessThanEquals", Base::DateLessThanEquals),
    ("DateGreaterThan", Base::DateGreaterThan),
    ("DateGreaterThanEquals", Base::DateGreaterThanEquals),
    ("Bool", Base::Bool),
    ("BinaryEquals", Base::BinaryEquals),
    ("IpAddress", Base::IpAddress),
    ("NotIpAddress", Base::NotIpAddress),
    ("ArnEquals", Base::ArnEquals),
    ("ArnLike", Base::ArnLike),
    ("ArnNotEquals", Base::ArnNotEquals),
    ("ArnNotLike", Base::ArnNotLike),
    ("Null", Base::Null),
];

/// The names of the comparisons.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

/// What a comparison reads its values as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    String,
    Numeric,
    Date,
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

impl Base {
    /// What it reads its values as.
    pub(crate) fn family(self) -> Family {
        match self {
            Base::StringEquals
            | Base::StringNotEquals
            | Base::StringEqualsIgnoreCase
            | Base::StringNotEqualsIgnoreCase
            | Base::StringLike
            | Base::StringNotLike => Family::String,
            Base::NumericEquals
            | Base::NumericNotEquals
            | Base::NumericLessThan
            | Base::NumericLessThanEquals
            | Base::NumericGreaterThan
            | Base::NumericGreaterThanEquals => Family::Numeric,
            Base::DateEquals
            | Base::DateNotEquals
            | Base::DateLessThan
            | Base::DateLessThanEquals
            | Base::DateGreaterThan
            | Base::DateGreaterThanEquals => Family::Date,
            Base::Bool => Family::Bool,
            Base::BinaryEquals => Family::Binary,
            Base::IpAddress | Base::NotIpAddress => Family::Ip,
            Base::ArnEquals | Base::ArnLike | Base::ArnNotEquals | Base::ArnNotLike => Family::Arn,
            Base::Null => Family::Null,
        }
    }
}

/// A condition operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operator {
    /// The set prefix, where there is one.
    pub set: Option<SetPrefix>,
    /// The comparison.
    pub base: Base,
    /// Whether it ends in `IfExists`: true for a request without the key.
    pub if_exists: bool,
}

impl Operator {
    /// The operator with this name; `None` when AWS has none.
    pub fn parse(name: &str) -> Option<Operator> {
        let (set, name) = match strip_prefix(name, "ForAllValues:") {
            Some(rest) => (Some(SetPrefix::ForAllValues), rest),
            None => match strip_prefix(name, "ForAnyValue:") {
                Some(rest) => (Some(SetPrefix::ForAnyValue), rest),
                None => (None, name),
            },
        };
        let (name, if_exists) = match strip_suffix(name, "IfExists") {
            Some(rest) => (rest, true),
            None => (name, false),
        };
        let (_, base) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(Operator { set, base: *base, if_exists })
    }

    /// Whether it is the negation of another operator: true for a request without the key.
    pub fn is_negated(self) -> bool {
        matches!(
            self.base,
            Base::StringNotEquals
                | Base::StringNotEqualsIgnoreCase
                | Base::StringNotLike
                | Base::NumericNotEquals
                | Base::DateNotEquals
                | Base::NotIpAddress
                | Base::ArnNotEquals
                | Base::ArnNotLike
        )
    }

    /// Whether a request without the key can satisfy it, so that it restricts nobody who leaves the
    /// key out. Of [`Base::Null`] that depends on its value; it counts as satisfied here.
    pub fn holds_without_key(self) -> bool {
        self.if_exists
            || self.set == Some(SetPrefix::ForAllValues)
            || (self.is_negated() && self.set != Some(SetPrefix::ForAnyValue))
            || self.base == Base::Null
    }

    /// What a `Null` with a set prefix answers whatever the request: no key is compared as a set there.
    /// Source: IAM User Guide, "IAM policy validation check reference", "Null with qualifier".
    pub(crate) fn constant_null(self) -> Option<bool> {
        let set = self.set.filter(|_| self.base == Base::Null)?;
        Some(set == SetPrefix::ForAllValues)
    }

    /// Whether its values are patterns in which `*` and `?` stand for other characters.
    pub fn has_wildcards(self) -> bool {
        matches!(
            self.base,
            Base::StringLike
                | Base::StringNotLike
                | Base::ArnEquals
                | Base::ArnLike
                | Base::ArnNotEquals
                | Base::ArnNotLike
        )
    }
}

fn strip_prefix<'n>(name: &'n str, prefix: &str) -> Option<&'n str> {
    let (head, tail) = name.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

fn strip_suffix<'n>(name: &'n str, suffix: &str) -> Option<&'n str> {
    let (head, tail) = name.split_at_checked(name.len().checked_sub(suffix.len())?)?;
    tail.eq_ignore_ascii_case(suffix).then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_and_suffix_are_taken_apart() {
        let operator = Operator::parse("ForAnyValue:StringLikeIfExists").unwrap();
        let expected =
            Operator { set: Some(SetPrefix::ForAnyValue), base: Base::StringLike, if_exists: true };
        assert_eq!(operator, expected);
        assert!(Operator::parse("StringMatches").is_none());
        assert!(Operator::parse("IfExists").is_none());
        assert!(Operator::parse("").is_none());
        assert_eq!(Operator::parse("ForAllValues:Null").unwrap().base, Base::Null);
    }

    #[test]
    fn every_name_reads_as_its_operator() {
        for (name, base) in NAMES {
            assert_eq!(Operator::parse(name).unwrap().base, base, "{name}");
            assert_eq!(Operator::parse(&name.to_lowercase()).unwrap().base, base, "{name}");
        }
    }

    /// The column "missing key" of the page named above.
    #[test]
    fn what_a_missing_key_satisfies() {
        let cases = [
            ("StringEquals", false),
            ("StringNotEquals", true),
            ("StringEqualsIfExists", true),
            ("ForAllValues:StringEquals", true),
            ("ForAnyValue:StringEquals", false),
            ("ForAnyValue:StringNotEquals", false),
            ("ArnNotLike", true),
            ("NotIpAddress", true),
            ("IpAddress", false),
            ("Bool", false),
            ("NumericLessThan", false),
        ];
        for (name, holds) in cases {
            assert_eq!(Operator::parse(name).unwrap().holds_without_key(), holds, "{name}");
        }
    }
}
