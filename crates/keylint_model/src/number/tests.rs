use super::*;

fn number(text: &str) -> Number {
    Number::convert(text).unwrap()
}

fn shown(number: Option<Number>) -> String {
    number.map_or_else(|| "none".to_owned(), |number| number.to_string())
}

#[test]
fn text_is_as_short_as_the_precision_allows() {
    for (written, text) in [
        ("0.1", "0.1"),
        ("1.50", "1.5"),
        ("-1.5e-3", "-0.0015"),
        ("1e21", "1000000000000000000000"),
        ("9007199254740993", "9007199254740993"),
        ("-9223372036854775809", "-9223372036854775809"),
        ("-0", "-0"),
        ("1p3", "8"),
        ("010", "10"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e999999999", "+Inf"),
        ("-1e999999999", "-Inf"),
        ("1e-999999999", "0"),
        ("inf", "+Inf"),
    ] {
        assert_eq!(number(written).to_string(), text, "{written}");
    }
    let tiny = number("1e-400").to_string();
    assert_eq!(tiny, format!("0.{}1", "0".repeat(399)));
}

#[test]
fn text_of_other_forms_is_no_number() {
    for text in ["", "-", ".", "e5", "1e", "0x10", "1_000", " 1", "NaN", "INF", "1p3p", "1e5.5"] {
        assert!(Number::convert(text).is_none(), "{text}");
    }
    assert!(Number::parse("inf").is_none() && Number::parse("1p3").is_none());
}

#[test]
fn sums_of_decimal_fractions_are_rounded_at_512_bits() {
    assert_eq!(shown(number("0.1").add(&number("0.2"))), "0.3");
    let third = number("1").divide(&number("3")).unwrap();
    assert_eq!(third.to_string().len(), 157);
    assert_eq!(third.multiply(&number("3")), Some(number("1")));
    assert_eq!(shown(Number::counted(2).divide(&Number::counted(3))), "0.6666666666666666667");
    assert_eq!(
        shown(number("1e100000").add(&number("1")).and_then(|sum| sum.subtract(&number("1e100000")))),
        "0"
    );
}

#[test]
fn zeros_and_infinities_follow_their_signs() {
    let (zero, one) = (number("0"), number("1"));
    let infinite = one.divide(&zero).unwrap();
    assert!(infinite.is_infinite() && infinite > number("1e9999"));
    assert_eq!(shown(one.negated().divide(&zero)), "-Inf");
    assert_eq!(shown(zero.multiply(&one.negated())), "-0");
    assert_eq!(zero.negated(), zero);
    for none in [
        zero.divide(&zero),
        infinite.subtract(&infinite),
        infinite.multiply(&zero),
        infinite.divide(&infinite),
        infinite.remainder(&one),
        one.remainder(&infinite),
    ] {
        assert_eq!(none, None);
    }
}

#[test]
fn remainders_have_the_sign_of_the_dividend() {
    for (a, b, rest) in
        [("5.5", "2", "1.5"), ("-5.5", "2", "-1.5"), ("5.5", "0.1", "0"), ("1e30", "7", "1"), ("5", "0", "5")]
    {
        assert_eq!(shown(number(a).remainder(&number(b))), rest, "{a} % {b}");
    }
    assert_eq!(shown(Number::Integer(i64::MIN).remainder(&number("-1"))), "0");
}

#[test]
fn rounding_to_whole_numbers_keeps_every_digit() {
    let large = number("1e40").add(&number("0.5")).unwrap();
    assert_eq!(large.floor().to_string(), format!("1{}", "0".repeat(40)));
    assert_eq!(large.ceil().to_string(), format!("1{}1", "0".repeat(39)));
    assert_eq!(number("-0.5").ceil().to_string(), "0");
    assert_eq!(number("-0.5").floor().to_string(), "-1");
}

#[test]
fn whole_numbers_have_digits_of_their_base() {
    assert_eq!(Number::parse_whole("zZ", 62).unwrap(), Number::Integer(2231));
    assert_eq!(Number::parse_whole("-fF", 16).unwrap(), Number::Integer(-255));
    assert_eq!(Number::parse_whole("+777", 8).unwrap(), Number::Integer(511));
    for text in ["", "-", "1_0", "0x1", "8", "1.0", "--1"] {
        assert_eq!(Number::parse_whole(text, 8), Err(NotWhole::Malformed), "{text}");
    }
    assert_eq!(Number::parse_whole(&"9".repeat(1_000_000), 10), Err(NotWhole::TooLong));
}

#[test]
fn what_is_too_long_to_write_is_still_compared() {
    let (large, larger) = (number("1e100000"), number("1e100001"));
    assert!(large < larger && large.text().is_none() && larger.is_whole());
    assert!(number("1e-100000").text().is_none());
    assert_eq!(number(&format!("0.{}", "3".repeat(1_000_000))).to_string().len(), 157);
}

#[test]
fn floats_are_what_they_are_nearest_to() {
    for float in [0.1, 1.0 / 3.0, -2.5, 5e-324, f64::MAX, f64::MIN_POSITIVE, 0.0] {
        let number = Number::from_f64(float).unwrap();
        assert_eq!(number.as_f64(), float);
        assert_eq!(Number::parse(&number.to_string()).map(|number| number.as_f64()), Some(float));
    }
    assert!(Number::from_f64(f64::NAN).is_none());
    assert_eq!(Number::from_f64(2_f64.sqrt()).unwrap().to_string(), "1.4142135623730951");
}
