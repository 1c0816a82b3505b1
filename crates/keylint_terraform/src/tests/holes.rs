//! Functions of text on strings of which a part is not known.

use super::*;

/// `${a}` and `${b}` are not known.
fn made(expression: &str) -> String {
    evaluate_with("variable \"a\" {}\nvariable \"b\" {}", expression)
}

#[test]
fn known_text_beside_a_hole_is_replaced() {
    assert_eq!(made("replace(\"x-${var.a}-y\", \"-\", \"+\")"), "`x+${replace(var.a,\"-\",\"+\")}+y`");
    // A document with a placeholder for what only deployment knows.
    assert_eq!(
        made("replace(\"arn:aws:iam::ACCOUNT:root\", \"ACCOUNT\", var.a)"),
        "`arn:aws:iam::${var.a}:root`"
    );
    assert_eq!(made("replace(\"none\", \"ACCOUNT\", var.a)"), "\"none\"");
    // The hole may begin or end what is searched for.
    assert!(made("replace(\"x${var.a}CCOUNT\", \"ACCOUNT\", \"1\")").starts_with("?replace("));
    assert!(made("replace(\"ACC${var.a}\", \"ACCOUNT\", \"1\")").starts_with("?replace("));
    assert!(made("replace(\"x${var.a}COU${var.b}\", \"ACCOUNT\", \"1\")").starts_with("?replace("));
    assert_eq!(
        made("replace(\"ACCOUNT/${var.a}\", \"ACCOUNT\", \"1\")"),
        "`1/${replace(var.a,\"ACCOUNT\",\"1\")}`"
    );
}

#[test]
fn a_pattern_says_of_a_string_with_holes_what_no_content_of_them_changes() {
    let found = |pattern: &str, text: &str| made(&format!("regex(\"{pattern}\", \"{text}\")"));
    let matches = |pattern: &str, text: &str| made(&format!("can(regex(\"{pattern}\", \"{text}\"))"));
    // What is before the hole decides.
    assert_eq!(found("^arn:([a-z-]+):", "arn:aws:iam::${var.a}:root"), "[\"aws\"]");
    assert_eq!(found("^arn:[a-z]+", "arn:aws:iam::${var.a}:root"), "\"arn:aws\"");
    // The match may go on in the hole, or begin in it.
    assert!(found("^arn:[a-z]+", "arn:aws${var.a}").starts_with('`'));
    assert!(found("aws", "arn:${var.a}:aws").starts_with('`'));
    assert!(found("(a)", "arn:${var.a}").starts_with('['));
    assert!(found("(b)", "arn:${var.a}").starts_with('?'));
    // Whether there is a match at all.
    for (pattern, text, expected) in [
        ("^arn:", "arn:${var.a}", "true"),
        ("^arn:aws[a-z-]*:iam", "arn:aws:iam::${var.a}", "true"),
        ("root$", "arn:aws:iam::${var.a}:root", "true"),
        ("^arn:.*:root$", "arn:${var.a}:root", "?"),
        ("^(?s:arn:.*:root)$", "arn:${var.a}:root", "true"),
        ("^arn:", "${var.a}", "?"),
        ("^arn:", "https://${var.a}", "false"),
        ("/$", "https://${var.a}.com", "false"),
        ("^[a-z]+$", "${var.a}/x", "false"),
        ("^[a-z/]+$", "${var.a}/x", "?"),
        ("^(.*/)?x$", "${var.a}/x", "?"),
        ("a", "${var.a}b${var.b}", "?"),
        ("b", "${var.a}b${var.b}", "true"),
        ("bc", "${var.a}b${var.b}", "?"),
        ("\\\\bx", "-x${var.a}", "true"),
        ("\\\\bx", "${var.a}x", "?"),
        ("x\\\\b", "x${var.a}", "?"),
        ("^$", "${var.a}x", "false"),
        ("", "${var.a}x", "true"),
    ] {
        let answer = matches(pattern, text);
        let same = if expected == "?" { answer.contains("is true: true | ") } else { answer == expected };
        assert!(same, "{pattern} in {text}: {answer}");
    }
}

#[test]
fn the_certain_matches_of_a_string_with_holes_are_there() {
    assert_eq!(made("regexall(\"^x\", \"arn:${var.a}\")"), "[]");
    assert_eq!(made("length(regexall(\"^x\", \"arn:${var.a}\")) > 0"), "false");
    let all = made("regexall(\"[a-z]+:\", \"arn:aws:${var.a}\")");
    assert!(all.starts_with("[\"arn:\", \"aws:\" ..regexall("), "{all}");
    assert!(made("regexall(\"[a-z]+\", \"${var.a}:aws\")").starts_with("?regexall("));
}

#[test]
fn a_pattern_is_replaced_where_it_certainly_matches() {
    let replaced = |pattern: &str, with: &str| {
        made(&format!("replace(\"arn:aws:${{var.a}}\", \"/{pattern}/\", \"{with}\")"))
    };
    assert_eq!(replaced("^arn:", ""), "`aws:${var.a}`");
    assert_eq!(replaced("^([a-z]+):", "$1-"), "`arn-aws:${var.a}`");
    assert_eq!(replaced("^https:", ""), "`arn:aws:${var.a}`");
    assert!(replaced("[a-z]+:", "x").starts_with("`xx${replace("));
    assert!(replaced("[a-z:]+", "x").starts_with("?replace("));
    assert!(replaced("", "x").starts_with("?replace("));
}

#[test]
fn known_ends_are_trimmed() {
    assert_eq!(made("trimspace(\" a ${var.a} b \")"), "`a ${var.a} b`");
    assert_eq!(made("trimspace(\" ${var.a} \")"), "`${trimspace(var.a)}`");
    assert_eq!(made("trimspace(\" ${var.a}b \")"), "`${trimspace(var.a)}b`");
    // If nothing is left of the hole, the space after it goes too.
    assert!(made("trimspace(\"${var.a} b\")").starts_with("?trimspace("));
    assert_eq!(made("chomp(\"${var.a}b\\n\")"), "`${var.a}b`");
    assert_eq!(made("trim(\"//${var.a}/b//\", \"/\")"), "?trim(\"//${var.a}/b//\",\"/\")");
    assert_eq!(made("trim(\"//x${var.a}/b//\", \"/\")"), "`x${var.a}/b`");
}

#[test]
fn prefixes_and_suffixes_that_are_known_go() {
    assert_eq!(made("trimprefix(\"https://${var.a}\", \"https://\")"), "`${var.a}`");
    assert_eq!(made("trimprefix(\"http://${var.a}\", \"https://\")"), "`http://${var.a}`");
    assert!(made("trimprefix(\"http${var.a}\", \"https://\")").starts_with("?trimprefix("));
    assert_eq!(made("trimsuffix(\"${var.a}.json\", \".json\")"), "`${var.a}`");
    assert!(made("trimsuffix(\"${var.a}n\", \".json\")").starts_with("?trimsuffix("));
}

#[test]
fn pieces_without_a_hole_are_there() {
    assert_eq!(
        made("split(\",\", \"a,b${var.a},c\")"),
        "[\"a\", \"c\" ..split(`a,b${var.a},c`)]".replace('`', "\"")
    );
    assert!(made("contains(split(\",\", \"a,b${var.a},c\"), \"c\")").contains("true"));
    assert_eq!(made("element(split(\",\", \"a,b,c${var.a},d\"), 1)"), "\"b\"");
    assert!(made("split(\",\", \"a,b,c${var.a},d\")[2]").starts_with('?'));
    assert!(made("reverse(split(\",\", \"a,b${var.a},d\"))[0]").starts_with('?'));
    assert!(made("tolist(toset(split(\",\", \"a,b${var.a},d\")))[0]").starts_with('?'));
    assert_eq!(made("concat([1, \"b\"], var.a, [2])[1]"), "\"b\"");
    assert_eq!(made("concat([\"x\"], split(\",\", \"a,b,c${var.a},d\"))[2]"), "\"b\"");
    assert!(made("concat([1, \"b\"], var.a, [2])[2]").starts_with('?'));
    assert!(made("concat(tolist([1]), var.a)[0]").starts_with('?'));
    assert!(made("split(\"::\", \"a:${var.a}\")").starts_with("[ .."));
}

#[test]
fn a_key_that_is_not_known_may_be_any_that_its_known_text_allows() {
    assert!(made("{ a = 1, (var.a) = 2 }.a").starts_with('?'));
    assert_eq!(made("{ (var.a) = 2, a = 1 }.a"), "1");
    assert_eq!(made("{ a = 1, \"${var.a}:sub\" = 2 }.a"), "1");
    assert!(made("{ \"x:sub\" = 1, \"${var.a}:sub\" = 2 }[\"x:sub\"]").starts_with('?'));
}
