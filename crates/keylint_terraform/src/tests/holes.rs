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
    assert!(made("replace(\"a${var.a}\", \"/[a-z]/\", \"1\")").starts_with("?replace("));
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
    assert!(made("split(\"::\", \"a:${var.a}\")").starts_with("[ .."));
}

#[test]
fn a_key_that_is_not_known_may_be_any_that_its_known_text_allows() {
    assert!(made("{ a = 1, (var.a) = 2 }.a").starts_with('?'));
    assert_eq!(made("{ (var.a) = 2, a = 1 }.a"), "1");
    assert_eq!(made("{ a = 1, \"${var.a}:sub\" = 2 }.a"), "1");
    assert!(made("{ \"x:sub\" = 1, \"${var.a}:sub\" = 2 }[\"x:sub\"]").starts_with('?'));
}
