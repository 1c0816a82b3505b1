use super::*;

#[test]
fn what_depends_on_itself_is_a_cycle() {
    let fixture = root(
        "locals {\n a = local.b\n b = local.a\n}\nresource \"aws_x\" \"it\" {\n a = local.a\n own = aws_x.it.own\n}",
    );
    assert_eq!(show(&fixture.value("aws_x.it", &["a"])), "?cycle");
    let problems = fixture.problems();
    assert!(
        problems.iter().all(|problem| problem.starts_with("KL003") && problem.ends_with("depends on itself"))
    );
    assert_eq!(problems.len(), 2);
}

#[test]
fn a_product_of_ranges_is_a_limit() {
    let fixture = root(
        "resource \"aws_x\" \"it\" {\n b = [for x in range(1000) : [for y in range(1000) : [for z in range(1000) : 1]]]\n}\n\
         resource \"aws_x\" \"many\" {\n count = 1000000000\n}",
    );
    assert!(fixture.resource("aws_x.many[*]").symbolic);
    assert!(fixture.problems().iter().all(|problem| problem.starts_with("KL004")));
    assert!(fixture.problems().len() >= 2);
}

#[test]
fn a_range_ends_where_terraform_ends_it() {
    let fixture = root(
        "resource \"aws_x\" \"it\" {\n a = length(range(1024))\n b = range(1000000000000)\n c = range(0, 1, 0)\n}",
    );
    assert_eq!(show(&fixture.value("aws_x.it", &["a"])), "1024");
    assert_eq!(fixture.problems(), ["KL003 `range`: the range has more than 1024 elements"; 2]);
}

#[test]
fn huge_numbers_take_no_time_and_no_memory() {
    let fixture = root(&format!(
        "locals {{\n many = parseint(\"{}\", 10)\n}}\n\
         resource \"aws_x\" \"it\" {{\n a = pow(2, 1e9)\n b = tonumber(\"1e999999999999\")\n\
         c = tonumber(\"1e600000000\") + 1 > 0\n d = \"x${{tonumber(\"1e100000000\")}}\"\n\
         e = tonumber(\"1e-600000000\") + 1\n f = local.many\n}}",
        "9".repeat(100_000)
    ));
    let value = |name: &str| show(&fixture.value("aws_x.it", &[name]));
    assert_eq!(["c", "d", "e", "f"].map(value), ["true", "?limit", "1", "?limit"]);
    assert_eq!(
        fixture.problems(),
        [
            "KL004 the number has too many digits",
            "KL003 the value is infinite",
            "KL003 the value is infinite"
        ]
    );
}

#[test]
fn doubling_values_and_strings_end() {
    let mut lists = String::from("locals {\n l0 = [1]\n s0 = \"x\"\n");
    for number in 1..64 {
        let before = number - 1;
        lists.push_str(&format!(" l{number} = [local.l{before}, local.l{before}]\n"));
        lists.push_str(&format!(" s{number} = \"${{local.s{before}}}${{local.s{before}}}\"\n"));
    }
    lists.push_str("}\nresource \"aws_x\" \"it\" {\n l = local.l63\n s = local.s63\n}");
    let fixture = root(&lists);
    assert!(fixture.problems().iter().any(|problem| problem == "KL004 the value has too many parts"));
    assert!(fixture.problems().iter().any(|problem| problem == "KL004 the string is too long"));
}

/// Each asks for gigabytes, in a different way.
#[test]
fn repetition_ends_with_a_limit_at_the_place_that_repeats() {
    let thrice = |inner: &str| {
        let one = "%{ for i in range(1000) }";
        format!("{0}{0}{0}{inner}%{{ endfor }}%{{ endfor }}%{{ endfor }}", one)
    };
    let line = "x".repeat(2048);
    let cases = [
        (format!("\"{}\"", thrice("x")), "KL004 the template has too many parts"),
        ("templatefile(\"t.tpl\", {})".to_owned(), "KL004 the template has too many parts"),
        (
            format!("join(\"\", [for i in range(1000) : join(\"\", [for j in range(1000) : \"{line}\"])])"),
            "KL004 the string is too long",
        ),
        (
            "length(setproduct(range(1000), range(1000), range(1000)))".to_owned(),
            "KL004 the product has too many elements",
        ),
        (
            "concat([for i in range(20) : [for j in range(1000) : j]]...)".to_owned(),
            "KL004 the list has too many elements",
        ),
    ];
    for (expression, problem) in cases {
        let main = format!("resource \"aws_x\" \"it\" {{\n x = {expression}\n after = \"seen\"\n}}");
        let fixture = load(&[("main.tf", &main), ("t.tpl", &thrice(&line))], &["."]);
        assert_eq!(fixture.problems(), [problem], "{expression}");
        assert_eq!(show(&fixture.value("aws_x.it", &["after"])), "\"seen\"");
    }
}

#[test]
fn blocks_that_multiply_run_out_of_steps() {
    let block = " dynamic \"statement\" {\n  for_each = range(1000)\n  content {\n   actions = [for a in range(1000) : \"kms:Decrypt${a}\"]\n  }\n }\n";
    let fixture = root(&format!("data \"aws_iam_policy_document\" \"d\" {{\n{}}}", block.repeat(5)));
    assert_eq!(fixture.problems(), ["KL004 the configuration takes too many steps to evaluate"]);
}

#[test]
fn long_chains_end_at_the_depth_limit_in_any_order() {
    for reversed in [false, true] {
        let mut lines: Vec<_> =
            (1..5000).map(|number| format!(" l{number} = [local.l{}]", number - 1)).collect();
        lines.push(" l0 = []".to_owned());
        if reversed {
            lines.reverse();
        }
        let text = format!(
            "locals {{\n{}\n}}\nresource \"aws_x\" \"it\" {{\n l = local.l4999\n near = local.l200\n}}",
            lines.join("\n")
        );
        let fixture = root(&text);
        assert!(fixture.problems().iter().any(|problem| problem == "KL004 the value is nested too deeply"));
        assert!(show(&fixture.value("aws_x.it", &["near"])).starts_with("[["));
    }
}

#[test]
fn doubling_modules_end() {
    let mut files: Vec<(String, String)> = Vec::new();
    for level in 0..24 {
        let next = level + 1;
        let calls = format!(
            "module \"a\" {{\n source = \"../m{next}\"\n}}\nmodule \"b\" {{\n source = \"../m{next}\"\n}}\n"
        );
        files.push((format!("m{level}/main.tf"), calls));
    }
    files.push(("m24/main.tf".to_owned(), "resource \"aws_x\" \"it\" {}".to_owned()));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let fixture = load(&files, &["m0"]);
    assert!(
        fixture.problems().iter().any(|problem| problem == "KL004 there are too many instances of modules")
    );
}

/// Every prefix and many damaged copies of a real file: no panic, no endless run.
#[test]
fn damaged_configuration_never_panics() {
    let text = "variable \"v\" { default = [1, { a = \"b\" }] }\nlocals {\n l = { for k, v in var.v : k => \"${v}-%{ if true }x%{ endif }\" if k != null }\n}\n\
                data \"aws_iam_policy_document\" \"d\" {\n dynamic \"statement\" {\n  for_each = var.v[*]\n  content {\n   actions = [try(statement.value.a, \"s3:*\")]\n  }\n }\n}\n\
                resource \"aws_x\" \"it\" {\n count = length(var.v) > 1 ? 2 : 0\n p = jsonencode({ a = data.aws_iam_policy_document.d.json, b = local.l[\"0\"] })\n}\n";
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        root(text.get(..end).unwrap());
    }
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let noise = [
        "{", "}", "\"", "${", "null", "[", "]", "var.v", "local.l", "-1", "each.key", "...", "\n", "[*]",
        "(", ")", "?", ":",
    ];
    for _ in 0..400 {
        let mut damaged = text.to_owned();
        for _ in 0..3 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let at = seed as usize % damaged.len();
            let to = (at + (seed >> 32) as usize % 6).min(damaged.len());
            damaged.replace_range(at..to, noise[(seed >> 40) as usize % noise.len()]);
        }
        root(&damaged);
    }
}

#[test]
fn deep_and_long_expressions_fit_the_stack_of_any_thread() {
    let many = |text: &str| text.repeat(20_000);
    let around = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", many(open), many(close));
    let expressions = [
        format!("1{}", many(" + 1")),
        format!("true{}", many(" && true")),
        format!("local.a{}", many(".b")),
        format!("local.a{}", many("[0]")),
        format!("local.a{}", many("[*]")),
        format!("{}1", many("-")),
        format!("{}true", many("!")),
        format!("{}1", many("true ? 1 : ")),
        around("[", "", "]"),
        around("(", "1", ")"),
        around("upper(", "\"a\"", ")"),
        around("{ a = ", "1", "}"),
        around("\"${", "1", "}\""),
        around("[for x in [1] : ", "1", "]"),
        format!("\"{}\"", many("${1}")),
        format!("[{}]", many("1,")),
    ];
    for expression in expressions {
        let text = format!(
            "locals {{\n a = 1\n x = {expression}\n}}\nresource \"aws_x\" \"it\" {{\n x = local.x\n}}\n"
        );
        let run = move || root(&text).stacks.len();
        let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(run).unwrap();
        assert_eq!(thread.join().unwrap(), 1);
    }
}

#[test]
fn instances_that_read_all_instances_of_another_share_what_they_read() {
    let fixture = load(
        &[
            (
                "main.tf",
                "resource \"aws_x\" \"a\" {\n count = 1000\n name = \"n${count.index}\"\n}\n\
                 resource \"aws_x\" \"b\" {\n count = 1000\n own = count.index\n\
                 names = join(\",\", aws_x.a[*].name)\n block {\n  names = aws_x.a[*].name\n }\n}\n\
                 module \"m\" {\n source = \"./m\"\n count = 1000\n own = count.index\n names = aws_x.a[*].name\n}",
            ),
            (
                "m/main.tf",
                "variable \"own\" {}\nvariable \"names\" {}\n\
                 resource \"aws_y\" \"c\" {\n own = var.own\n last = var.names[999]\n}",
            ),
        ],
        &["."],
    );
    assert_eq!(fixture.problems(), [""; 0]);
    for number in [0, 999] {
        let b = format!("aws_x.b[{number}]");
        assert_eq!(show(&fixture.value(&b, &["own"])), number.to_string());
        assert!(show(&fixture.value(&b, &["names"])).ends_with("n998,n999\""));
        assert_eq!(show(&fixture.value(&b, &["block", "0", "names", "7"])), "\"n7\"");
        let c = format!("module.m[{number}].aws_y.c");
        assert_eq!(show(&fixture.value(&c, &["own"])), number.to_string());
        assert_eq!(show(&fixture.value(&c, &["last"])), "\"n999\"");
    }
}

#[test]
fn what_each_instance_makes_of_all_others_runs_out_of_steps() {
    let fixture = root(
        "resource \"aws_x\" \"a\" {\n count = 4000\n name = \"n${count.index}\"\n}\n\
         resource \"aws_x\" \"b\" {\n count = 4000\n\
         others = length([for one in aws_x.a : one.name if one.name != \"n${count.index}\"])\n}",
    );
    assert_eq!(show(&fixture.value("aws_x.b[0]", &["others"])), "3999");
    assert_eq!(show(&fixture.value("aws_x.b[3999]", &["others"])), "?limit");
    assert_eq!(fixture.problems(), ["KL004 the configuration takes too many steps to evaluate"]);
}

#[test]
fn operations_on_large_values_take_as_many_steps_as_the_values_are_large() {
    let big = "locals {\n text = join(\"\", [for i in range(1000) : \"0123456789012345678901234567890123456789\"])\n\
               big = [for i in range(1000) : [for j in range(90) : { a = local.text }]]\n}\n";
    let operations = ["length(local.big)", "local.big == local.text", "local.big[var.x]"];
    for operation in operations {
        let fixture = root(&format!(
            "variable \"x\" {{}}\n{big}resource \"aws_x\" \"it\" {{\n\
             a = [for i in range(1000) : [for j in range(100) : {operation}]]\n}}"
        ));
        let problems = fixture.problems();
        assert_eq!(problems, ["KL004 the configuration takes too many steps to evaluate"], "{operation}");
    }
}

#[test]
fn text_in_another_encoding_has_a_limit_and_takes_steps() {
    let text = "locals {\n text = join(\"\", [for i in range(1000) : \"日本語日本語日本語日本語日本語日本語\"])\n}\n";
    let problems = |expression: &str| {
        root(&format!("{text}resource \"aws_x\" \"it\" {{\n a = {expression}\n}}")).problems()
    };
    let many = "join(\"\", [for i in range(18) : local.text])";
    let encoded = |encoding: &str| format!("textencodebase64({many}, \"{encoding}\")");
    assert_eq!(problems(&encoded("GB18030")), ["KL004 the string is too long"]);
    assert_eq!(problems(&encoded("UTF-16")), ["KL004 the string is too long"]);
    let steps = ["KL004 the configuration takes too many steps to evaluate"];
    let each = "[for i in range(1000) : textencodebase64(local.text, \"EUC-JP\")]";
    assert_eq!(problems(each), steps);
}

#[test]
fn a_cycle_through_a_shared_value_is_named_once() {
    let fixture = root(
        "resource \"aws_x\" \"a\" {\n count = 3\n name = join(\",\", aws_x.b[*].name)\n}\n\
         resource \"aws_x\" \"b\" {\n count = 3\n name = join(\",\", aws_x.a[*].name)\n}",
    );
    assert_eq!(fixture.problems(), ["KL003 `aws_x.a` depends on itself"]);
}

#[test]
fn cycles_through_modules_and_counts_are_named_once() {
    let fixture = load(
        &[
            (
                "main.tf",
                "locals {\n z = local.y\n y = module.m.out\n}\nmodule \"m\" {\n source = \"./m\"\n in = local.z\n}\n\
                 module \"again\" {\n source = \".\"\n}\n\
                 resource \"aws_x\" \"it\" {\n count = length(aws_x.it)\n a = local.z\n b = local.y\n}",
            ),
            ("m/main.tf", "variable \"in\" {}\noutput \"out\" {\n value = var.in\n}"),
        ],
        &["."],
    );
    let mut problems = fixture.problems();
    problems.sort();
    assert_eq!(
        problems,
        [
            "KL003 `aws_x.it` depends on itself",
            "KL003 `local.y` depends on itself",
            "KL004 the module calls itself through `module.again`",
        ]
    );
}

#[test]
fn modules_too_large_to_look_through_for_cycles_are_said_to_be() {
    use std::fmt::Write as _;
    let (mut module, mut calls) = (String::new(), String::from("module \"m\" {\n source = \"./m\"\n"));
    for position in 0..1500 {
        let before = if position == 0 { "1".to_owned() } else { format!("local.l{}", position - 1) };
        writeln!(module, "variable \"v{position}\" {{}}\nlocals {{\n l{position} = \"${{{before}}}${{var.v{position}}}\"\n}}\noutput \"o{position}\" {{\n value = local.l{position}\n}}").unwrap();
        writeln!(calls, " v{position} = 1").unwrap();
    }
    calls.push_str("}\nresource \"terraform_data\" \"a\" {\n input = module.m.o1499\n}\n");
    let mut memory = Memory::new();
    memory.insert("/work/main.tf", calls);
    memory.insert("/work/m/main.tf", module);
    let project = Project::load(&Sources::new(Arc::new(memory), "/work"), &["."]);
    let problems: Vec<_> = project.problems().map(|problem| problem.rule).collect();
    assert_eq!(problems, ["KL004"]);
}

#[test]
fn resources_beyond_the_limit_are_counted_in_one_problem() {
    let blocks: String =
        (0..6).map(|at| format!("resource \"aws_x\" \"r{at}\" {{\n count = 9000\n}}\n")).collect();
    let fixture = root(&format!("{blocks}resource \"aws_x\" \"last\" {{}}\n"));
    assert_eq!(fixture.stack().resources.len(), 50_000);
    assert_eq!(fixture.problems(), ["KL004 there are too many resources: 4001 of them are left out"]);
}
