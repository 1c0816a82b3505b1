use super::*;

/// Each line was compared with `terraform console` of Terraform 1.11.
#[test]
fn known_expressions_have_terraforms_values() {
    let cases = [
        ("1 + 2 * 3", "7"),
        ("7 / 2", "3.5"),
        ("7 % 3", "1"),
        ("!true || 2 >= 2", "true"),
        ("\"a\" == \"a\" ? 1 : 2", "1"),
        ("\"${1}-${true}\"", "\"1-true\""),
        ("[for x in [1, 2, 3] : x * 2 if x != 2]", "[2, 6]"),
        ("{for k, v in {b = 1, a = 2} : v => k}", "{2: \"a\", 1: \"b\"}"),
        ("{for x in [\"a\", \"b\", \"aa\"] : substr(x, 0, 1) => x...}", "{a: [\"a\", \"aa\"], b: [\"b\"]}"),
        ("[{a = 1}, {a = 2}][*].a", "[1, 2]"),
        ("{a = {b = [10, 20]}}.a.b[1]", "20"),
        ("toset([\"b\", \"a\", \"b\"])", "[\"a\", \"b\"]"),
        ("merge({a = 1, b = 1}, {b = 2}, null)", "{a: 1, b: 2}"),
        ("flatten([[1], [[2, 3]], []])", "[1, 2, 3]"),
        ("format(\"%s/%d/%05d/%q/%%/%v\", \"a\", 3, 42, \"x\", true)", "\"a/3/00042/\\\"x\\\"/%/true\""),
        ("format(\"%.2f\", 1.5)", "\"1.50\""),
        ("formatlist(\"%s-%s\", [\"a\", \"b\"], \"x\")", "[\"a-x\", \"b-x\"]"),
        ("join(\",\", [\"a\", \"b\"])", "\"a,b\""),
        ("split(\",\", \"a,b\")", "[\"a\", \"b\"]"),
        ("replace(\"a-b-c\", \"-\", \"+\")", "\"a+b+c\""),
        ("substr(\"hello\", -3, -1)", "\"llo\""),
        ("title(\"hello world\")", "\"Hello World\""),
        ("trim(\"?!hello?!\", \"!?\")", "\"hello\""),
        ("element([\"a\", \"b\", \"c\"], 4)", "\"b\""),
        ("lookup({a = 1}, \"b\", 2)", "2"),
        ("try({a = 1}.b, \"none\")", "\"none\""),
        ("can({a = 1}.b)", "false"),
        ("coalesce(null, \"\", \"x\")", "\"x\""),
        ("one([])", "null"),
        ("range(1, 6, 2)", "[1, 3, 5]"),
        ("setproduct([\"a\", \"b\"], [1])", "[[\"a\", 1], [\"b\", 1]]"),
        ("zipmap([\"a\", \"b\"], [1, 2])", "{a: 1, b: 2}"),
        ("base64decode(base64encode(\"hällo!\"))", "\"hällo!\""),
        ("jsondecode(\"{\\\"a\\\": [1, null]}\")", "{a: [1, null]}"),
        ("\"x${jsonencode({a = \"<\"})}\"", "\"x{\\\"a\\\":\\\"\\\\u003c\\\"}\""),
        ("basename(\"a/b/c.txt\")", "\"c.txt\""),
        ("dirname(\"a/b/c.txt\")", "\"a/b\""),
        ("contains([\"a\"], \"a\")", "true"),
        ("alltrue([])", "true"),
        ("slice([1, 2, 3], 1, 2)", "[2]"),
        ("sort([\"b\", \"a\"])", "[\"a\", \"b\"]"),
        ("keys({b = 1, a = 2})", "[\"a\", \"b\"]"),
        ("values({b = 1, a = 2})", "[2, 1]"),
        ("max(1, 3, 2) + ceil(1.2) + abs(-1)", "6"),
        ("setsubtract([\"a\", \"b\"], [\"a\"])", "[\"b\"]"),
        ("compact([\"a\", \"\", null])", "[\"a\"]"),
        ("tonumber(\"5\") + 1", "6"),
        ("\"%{ for x in [1, 2] }${x};%{ endfor }\"", "\"1;2;\""),
        ("\"%{ if false }a%{ else }b%{ endif }\"", "\"b\""),
        ("path.module", "\".\""),
    ];
    for (expression, expected) in cases {
        assert_eq!(evaluate(expression), expected, "{expression}");
    }
}

const UNKNOWN: &str = "variable \"x\" {}\nvariable \"y\" {}\nvariable \"flag\" { type = bool }\n\
                       resource \"aws_kms_key\" \"k\" {\n description = \"d\"\n}\n";

#[test]
fn the_known_part_decides_and_the_rest_stays_unknown() {
    let cases = [
        ("false && var.x", "false"),
        ("var.x || true", "true"),
        ("var.x == var.x", "true"),
        ("\"a-${var.x}\" == \"b-c\"", "false"),
        ("\"arn:${var.x}:root\"", "`arn:${var.x}:root`"),
        ("\"${var.x}\"", "?var.x"),
        ("var.x.a[0].b", "?var.x.a[0].b"),
        ("aws_kms_key.k.arn", "?aws_kms_key.k.arn"),
        ("aws_kms_key.k.description", "\"d\""),
        ("format(\"%s:%s\", \"a\", var.x)", "`a:${var.x}`"),
        ("join(\"/\", [\"a\", var.x])", "`a/${var.x}`"),
        ("format(\"arn:${var.x}:%s\", var.y)", "`arn:${var.x}:${var.y}`"),
        ("format(\"${var.x}:%s\", \"a\", \"b\")", "?format(\"${var.x}:%s\",\"a\",\"b\")"),
        ("upper(\"a-${var.x}\")", "`A-${upper(var.x)}`"),
        ("concat([\"a\"], var.x)", "[\"a\" ..var.x]"),
        ("merge({a = 1}, var.x, {b = 2})", "{a: ?merge(1,var.x), b: 2 ..var.x}"),
        ("merge(var.x, {b = 2}).b", "2"),
        ("[for v in var.x : v]", "[ ..var.x[*]]"),
        ("var.x[*].id", "?var.x.[*].id"),
        ("lower(var.x)", "?lower(var.x)"),
        ("length([var.x, 1])", "2"),
        ("contains([\"a\", var.x], \"a\")", "true"),
        ("startswith(\"arn:${var.x}\", \"arn:\")", "true"),
        ("startswith(\"arn:${var.x}\", \"arm\")", "false"),
        ("jsonencode({a = var.x})", "json {a: ?var.x}"),
        ("jsondecode(\"{\\\"a\\\": \\\"b${var.x}\\\"}\").a", "`b${var.x}`"),
        ("uuid()", "?function"),
        ("terraform.workspace", "?terraform.workspace"),
        ("coalesce(var.x, \"a\")", "?coalesce(var.x,\"a\")"),
        ("tomap({a = var.x}).a", "?var.x"),
    ];
    for (expression, expected) in cases {
        assert_eq!(evaluate_with(UNKNOWN, expression), expected, "{expression}");
    }
}

#[test]
fn an_unknown_condition_keeps_both_arms() {
    let cases = [
        ("var.flag ? 1 : 2", "<var.flag is true: 1 | var.flag is false: 2>"),
        ("!var.flag ? 1 : 2", "<var.flag is true: 2 | var.flag is false: 1>"),
        ("var.flag ? \"a\" : \"a\"", "\"a\""),
        ("upper(var.flag ? \"a\" : \"b\")", "<var.flag is true: \"A\" | var.flag is false: \"B\">"),
        ("\"x-${var.flag ? \"a\" : \"b\"}\"", "<var.flag is true: \"x-a\" | var.flag is false: \"x-b\">"),
        ("var.x != null ? var.x : \"d\"", "<var.x == null is true: \"d\" | var.x == null is false: ?var.x>"),
        ("var.flag ? (var.flag ? 1 : 2) : 3", "<var.flag is true: 1 | var.flag is false: 3>"),
        (
            "var.flag && var.x ? 1 : 2",
            "<var.flag is true and var.x is true: 1 | var.flag is true and var.x is false: 2 | var.flag is false: 2>",
        ),
        ("[var.flag ? 1 : 2, 3][1]", "3"),
        ("try((var.flag ? [] : [5])[0], 0)", "<var.flag is true: 0 | var.flag is false: 5>"),
    ];
    for (expression, expected) in cases {
        assert_eq!(evaluate_with(UNKNOWN, expression), expected, "{expression}");
    }
}

#[test]
fn an_arm_that_terraform_rejects_is_not_deployed() {
    assert_eq!(evaluate_with(UNKNOWN, "(var.flag ? [] : [5])[0]"), "5");
    assert_eq!(evaluate_with(UNKNOWN, "jsonencode({a = (var.flag ? {} : {b = 1}).b})"), "json {a: 1}");
}

#[test]
fn sensitivity_follows_whatever_is_made_of_a_value() {
    let context = "variable \"p\" {\n sensitive = true\n default = \"secret\"\n}\n";
    for (expression, expected) in [
        ("var.p", true),
        ("\"x-${var.p}\"", true),
        ("upper(var.p)", true),
        ("jsonencode({a = {b = var.p}})", true),
        ("var.p == \"a\" ? 1 : 2", true),
        ("{a = var.p}.a", true),
        ("nonsensitive(var.p)", false),
        ("{a = var.p, b = 1}.b", false),
    ] {
        let fixture = root(&format!("{context}\nresource \"test_it\" \"it\" {{\n x = {expression}\n}}"));
        assert_eq!(fixture.value("test_it.it", &["x"]).origin.marks.sensitive, expected, "{expression}");
    }
}

#[test]
fn json_is_compared_and_converted_as_the_text_that_it_is() {
    for (expression, expected) in [
        ("jsonencode({ a = 1 }) == \"{\\\"a\\\":1}\"", "true"),
        ("jsonencode({ a = 1 }) == \"x\"", "false"),
        ("jsonencode(toset([\"a\"])) == jsonencode([\"a\"])", "true"),
        ("jsonencode([1]) == jsonencode([2])", "false"),
        ("jsondecode(jsonencode(toset([\"a\"]))) == [\"a\"]", "true"),
        ("jsondecode(jsonencode(tomap({ a = \"b\" }))) == { a = \"b\" }", "true"),
        ("jsonencode(5) + 1", "6"),
        ("jsonencode(true) ? 1 : 2", "1"),
        ("jsonencode(jsonencode(5))", "json json 5"),
    ] {
        assert_eq!(evaluate(expression), expected, "{expression}");
    }
    let unknown = evaluate_with(UNKNOWN, "jsonencode({ a = var.flag }) == \"x\"");
    assert!(unknown.contains("is true: true | "), "{unknown}");
}

#[test]
fn control_characters_are_written_as_terraform_writes_them() {
    let main = "resource \"test_it\" \"it\" {\n x = \"${jsonencode(file(\"c.txt\"))}!\"\n}";
    let fixture = load(&[("main.tf", main), ("c.txt", "\u{8}\u{c}\u{7f}\u{1}")], &["."]);
    assert_eq!(show(&fixture.value("test_it.it", &["x"])), format!("{:?}", "\"\\b\\f\u{7f}\\u0001\"!"));
}

#[test]
fn what_is_no_boolean_is_an_error_whatever_the_other_operand_is() {
    for expression in ["\"abc\" || true", "1 || true", "[] && false", "null || true", "false || \"abc\""] {
        assert_eq!(evaluate(expression), "?invalid", "{expression}");
    }
}

#[test]
fn an_alternative_that_does_not_convert_is_no_error_of_the_others() {
    let fixture = load(
        &[
            (
                "main.tf",
                "variable \"on\" {\n type = bool\n}\nmodule \"m\" {\n source = \"./m\"\n n = var.on ? 1 : \"x\"\n}",
            ),
            ("m/main.tf", "variable \"n\" {\n type = number\n}\nresource \"aws_x\" \"it\" {\n n = var.n\n}"),
        ],
        &["."],
    );
    assert_eq!(fixture.problems(), [""; 0]);
    assert_eq!(show(&fixture.value("module.m.aws_x.it", &["n"])), "1");
}
