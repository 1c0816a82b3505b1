use super::*;

#[test]
fn files_of_values_win_in_terraforms_order() {
    let declare = |names: &str| {
        names
            .chars()
            .map(|name| format!("variable \"{name}\" {{ default = \"default\" }}\n"))
            .collect::<String>()
    };
    let main = format!(
        "{}resource \"aws_x\" \"it\" {{\n a = var.a\n b = var.b\n c = var.c\n d = var.d\n e = var.e\n}}",
        declare("abcde")
    );
    let fixture = load(
        &[
            ("main.tf", &main),
            ("terraform.tfvars", "b = \"tfvars\"\nc = \"tfvars\"\nd = \"tfvars\"\ne = \"tfvars\""),
            ("terraform.tfvars.json", r#"{"c": "json", "d": "json", "e": "json"}"#),
            ("a.auto.tfvars", "d = \"auto a\"\ne = \"auto a\""),
            ("b.auto.tfvars.json", r#"{"e": "auto b"}"#),
            ("other.tfvars", "a = \"not taken\""),
        ],
        &["."],
    );
    let read = |name: &str| fixture.value("aws_x.it", &[name]).as_str().unwrap().to_owned();
    assert_eq!(["a", "b", "c", "d", "e"].map(read), ["default", "tfvars", "json", "auto a", "auto b"]);
    let value = fixture.value("aws_x.it", &["d"]);
    assert_eq!(value.origin.steps().next().unwrap().step, keylint_model::Step::VariableFile);
    assert_eq!(fixture.place(value.origin.span.unwrap()), "a.auto.tfvars:1");
}

#[test]
fn override_files_replace_arguments_and_blocks() {
    let fixture = load(
        &[
            (
                "main.tf",
                "locals {\n a = 1\n b = 1\n}\nresource \"aws_x\" \"it\" {\n keep = local.b\n name = \"old\"\n rule {\n  n = 1\n }\n rule {\n  n = 2\n }\n}",
            ),
            ("main_override.tf", "resource \"aws_x\" \"it\" {\n name = \"new\"\n rule {\n  n = 3\n }\n}"),
            ("override.tf", "locals {\n b = 2\n}"),
        ],
        &["."],
    );
    assert_eq!(show(&fixture.value("aws_x.it", &["name"])), "\"new\"");
    assert_eq!(show(&fixture.value("aws_x.it", &["keep"])), "2");
    assert_eq!(show(&fixture.value("aws_x.it", &["rule"])), "[{n: 3}]");
}

#[test]
fn a_provider_is_configured_once_under_a_name_in_all_files() {
    let problems = |files: &[(&str, &str)]| load(files, &["."]).problems();
    let twice = problems(&[("a.tf", "provider \"aws\" {}"), ("b.tf", "provider \"aws\" {}")]);
    assert_eq!(twice, ["KL003 the provider is configured twice under this name"]);
    let aliases = "provider \"aws\" {}\nprovider \"aws\" {\n alias = \"x\"\n}";
    let over = "provider \"aws\" {\n alias = \"x\"\n region = \"eu-west-1\"\n}";
    assert!(problems(&[("a.tf", aliases), ("a_override.tf", over)]).is_empty());
}

#[test]
fn a_file_of_opentofu_shadows_its_namesake() {
    let fixture = load(
        &[
            ("a.tf", "resource \"aws_x\" \"tf\" {}"),
            ("a.tofu", "resource \"aws_x\" \"tofu\" {}"),
            ("b.tf", "resource \"aws_x\" \"b\" {}"),
        ],
        &["."],
    );
    assert_eq!(fixture.addresses(), ["aws_x.tofu", "aws_x.b"]);
}

#[test]
fn json_configuration_reads_like_the_native_form() {
    let fixture = load(
        &[(
            "main.tf.json",
            r#"{"variable": {"n": {"type": "string", "default": "x"}},
                "locals": {"l": "${var.n}-y"},
                "resource": {"aws_x": {"it": {"count": 2, "name": "${local.l}${count.index}", "//": "note", "rule": [{"a": 1}]}}}}"#,
        )],
        &["."],
    );
    assert_eq!(fixture.addresses(), ["aws_x.it[0]", "aws_x.it[1]"]);
    assert_eq!(show(&fixture.value("aws_x.it[1]", &["name"])), "\"x-y1\"");
    assert_eq!(show(&fixture.value("aws_x.it[1]", &["rule"])), "[{a: 1}]");
}

#[test]
fn types_convert_and_their_failures_are_problems() {
    let fixture = root(
        r#"
variable "n" {
  type    = number
  default = "5"
}
variable "o" {
  type    = object({ a = string, b = optional(list(string), ["d"]), c = optional(bool) })
  default = { a = 1, extra = 2 }
}
variable "bad" {
  type    = number
  default = "five"
}
variable "low" {
  default = 1
  validation {
    condition     = var.low > 2
    error_message = "too low"
  }
}
variable "fine" {
  validation {
    condition     = var.fine > 2
    error_message = "not known"
  }
}
resource "aws_x" "it" {
  n   = var.n + 1
  o   = var.o
  bad = var.bad
}
"#,
    );
    assert_eq!(show(&fixture.value("aws_x.it", &["n"])), "6");
    assert_eq!(show(&fixture.value("aws_x.it", &["o"])), "{a: \"1\", b: [\"d\"], c: null}");
    assert_eq!(show(&fixture.value("aws_x.it", &["bad"])), "?invalid");
    assert_eq!(
        fixture.problems(),
        [
            "KL005 the value of `low` fails its validation",
            "KL005 the value of `bad` is not of its type: a number is required"
        ]
    );
}

#[test]
fn names_that_nothing_declares_are_problems_once() {
    let fixture = load(
        &[
            (
                "m/main.tf",
                "resource \"aws_x\" \"it\" {\n a = false ? var.gone : [for v in [1] : v]\n b = aws_y.none.arn\n lifecycle {\n  ignore_changes = [tags_all]\n }\n}",
            ),
            ("main.tf", "module \"m\" {\n source = \"./m\"\n count = 3\n}"),
        ],
        &[".", "m"],
    );
    assert_eq!(
        fixture.problems(),
        [
            "KL003 `var.gone` is not declared in this module",
            "KL003 `aws_y.none` is not declared in this module"
        ]
    );
}

#[test]
fn what_is_not_declared_is_unknown_and_refers_to_what_it_names() {
    let fixture = root(
        "resource \"aws_x\" \"it\" {\n a = aws_kms_key.gone.arn\n b = var.gone ? local.a : module.m.x\n}",
    );
    assert_eq!(fixture.problems().len(), 4);
    let key = fixture.value("aws_x.it", &["a"]);
    let reference = key.as_unknown().unwrap().reference.clone().unwrap();
    assert_eq!((reference.address.as_str(), &*reference.attribute), ("aws_kms_key.gone", "arn"));
    assert_eq!(
        show(&fixture.value("aws_x.it", &["b"])),
        "<var.gone is true: ?local.a | var.gone is false: ?module.m.x>"
    );
}

#[test]
fn a_boolean_of_another_language_is_a_problem_and_still_read() {
    let fixture = root("resource \"aws_x\" \"it\" {\n a = False\n b = [True]\n c = true\n}");
    assert_eq!(
        fixture.problems(),
        ["KL003 `False` is no boolean of Terraform", "KL003 `True` is no boolean of Terraform"]
    );
    assert_eq!(fixture.value("aws_x.it", &["a"]).as_bool(), Some(false));
    assert_eq!(fixture.value("aws_x.it", &["b", "0"]).as_bool(), Some(true));
}

#[test]
fn an_invalid_part_of_a_text_leaves_the_rest_readable() {
    let fixture = root("resource \"aws_x\" \"it\" {\n a = \"before ${aws_y.none.arn} after\"\n}");
    assert_eq!(fixture.problems(), ["KL003 `aws_y.none` is not declared in this module"]);
    let shown = show(&fixture.value("aws_x.it", &["a"]));
    assert!(shown.contains("before ") && shown.contains(" after"), "{shown}");
}

#[test]
fn files_outside_the_project_are_not_read() {
    let files = [
        ("secret.txt", "outside"),
        ("project/in.txt", "inside"),
        ("project/.git/HEAD", ""),
        (
            "project/stack/main.tf",
            "resource \"aws_x\" \"it\" {\n in = file(\"../in.txt\")\n out = file(\"../../secret.txt\")\n \
             there = fileexists(\"../../secret.txt\")\n abs = file(\"/work/secret.txt\")\n set = fileset(\"../\", \"*.txt\")\n}",
        ),
    ];
    let fixture = load(&files, &["project/stack"]);
    assert_eq!(show(&fixture.value("aws_x.it", &["in"])), "\"inside\"");
    for name in ["out", "there", "abs"] {
        assert_eq!(show(&fixture.value("aws_x.it", &[name])), "?function", "{name}");
    }
    assert_eq!(show(&fixture.value("aws_x.it", &["set"])), "[\"in.txt\"]");
}

#[test]
fn entries_point_at_the_expression_and_values_at_where_they_are_written() {
    let fixture = root("variable \"d\" { default = 7 }\nresource \"aws_x\" \"it\" {\n days = var.d\n}");
    let entry = fixture.resource("aws_x.it").entry("days").unwrap();
    assert_eq!(fixture.slice(entry.span.unwrap()), "var.d");
    assert_eq!(fixture.slice(entry.key_span.unwrap()), "days");
    assert_eq!(fixture.written(&entry.value), "7");
}

#[test]
fn a_file_that_opentofu_passes_over_is_told() {
    let files =
        [("main.tf", "resource \"aws_x\" \"tf\" {}"), ("main.tofu", ""), ("b.tf.json", "{}"), ("b.tofu", "")];
    let fixture = load(&files, &["."]);
    let told: Vec<_> =
        fixture.project.shadowed().map(|it| (it.file.display().to_string(), &*it.by)).collect();
    assert_eq!(told, [("main.tf".to_owned(), "main.tofu")]);
}

#[test]
fn a_key_that_is_there_twice_hides_no_other_mistake() {
    let main = "locals {\n a = local.nowhere\n b = 1 + \"x\"\n c = module.m.nope\n d = { a = 1, a = 2 }\n}\nmodule \"m\" {\n source = \"./m\"\n mispelt = 1\n}";
    let module = "output \"o\" {\n value = { a = 1, a = 2 }\n}";
    let fixture = load(&[("main.tf", main), ("m/main.tf", module)], &["."]);
    let problems = fixture.problems();
    for said in ["`local.nowhere`", "`+` takes numbers", "has no output `nope`", "has no variable `mispelt`"]
    {
        assert!(problems.iter().any(|problem| problem.contains(said)), "{said}: {problems:?}");
    }
}

#[test]
fn a_call_in_a_default_is_found_wherever_it_stands() {
    for default in [
        "[for x in [upper(\"a\")] : x]",
        "{ a = 1 }[lower(\"A\")]",
        "[{ a = upper(\"b\") }][*].a",
        "\"%{ if true }${upper(\"a\")}%{ endif }\"",
        "{ a = upper(\"b\") }.a",
    ] {
        let problems = root(&format!("variable \"v\" {{\n default = {default}\n}}")).problems();
        assert!(
            problems.contains(&"KL003 functions are not called here".to_owned()),
            "{default}: {problems:?}"
        );
    }
}

#[test]
fn a_module_outside_of_the_project_is_read_by_itself_alone() {
    let files = [
        ("out/secret.json", "outside"),
        (
            "out/main.tf",
            "output \"own\" {\n value = file(\"${path.module}/secret.json\")\n}\nmodule \"part\" {\n source = \"./part\"\n}\noutput \"part\" {\n value = module.part.text\n}",
        ),
        ("out/part/main.tf", "output \"text\" {\n value = file(\"${path.module}/../secret.json\")\n}"),
        ("project/keylint.toml", ""),
        (
            "project/main.tf",
            "module \"o\" {\n source = \"../out\"\n}\nresource \"aws_x\" \"it\" {\n own = module.o.own\n part = module.o.part\n other = file(\"../out/secret.json\")\n}",
        ),
    ];
    let fixture = load(&files, &["project"]);
    assert_eq!(show(&fixture.value("aws_x.it", &["own"])), "\"outside\"");
    assert_eq!(show(&fixture.value("aws_x.it", &["part"])), "\"outside\"");
    assert_eq!(show(&fixture.value("aws_x.it", &["other"])), "?function");
}
