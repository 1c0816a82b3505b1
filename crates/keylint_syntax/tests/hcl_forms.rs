//! Every form of HCL arrives in the tree, with sound spans.

mod support;

use keylint_syntax::Text;
use keylint_syntax::hcl::{ExprKind, Item, TemplatePart, parse_expression, parse_template};
use support::render;

fn assert_attributes(source: &str, cases: &[(&str, &str)]) {
    let (file, parsed) = support::parse(source);
    assert_eq!(support::errors(&file, &parsed.errors), "");
    for (name, expected) in cases {
        assert_eq!(support::attribute(&parsed, name), *expected, "{name}");
    }
}

#[test]
fn expressions_arrive_with_their_precedence_and_shape() {
    let source = include_str!("hcl/forms.tf");
    let cases = [
        ("numbers", "[1,(Negate 2),0.5,1e10,(Negate 3)]"),
        ("booleans", "[true,(Not false),null]"),
        (
            "precedence",
            "((((((1 Add (2 Multiply 3)) Subtract ((4 Divide 2) Remainder 5)) Equal 6) And (Not a)) \
             Or (b NotEqual c)) ? (x GreaterOrEqual 1) : (y Less 2))",
        ),
        ("nested", "(a ? b : (c ? d : e))"),
        ("object", r#"{"a":1,"b":2,(c):3,`${d}"-e"`:4,"null":5,6:7}"#),
        ("lines", r#"{"first":1,"second":[1,2],"third":((1 Add 2))}"#),
        ("list_for", r#"<for x in var.list : upper(x) if (x NotEqual "")>"#),
        ("object_for", "<for key,value in var.map : key => value... if (value NotEqual null)>"),
        ("traversal", r#"a.b.0.c["d"][0].e"#),
        ("splats", "[(a.*.b.c)[0],(a[*].b[0].c),(a.b[*].c[*].d)]"),
        ("call", r#"merge({"a":1},<for m in ms : m>...)"#),
        ("namespaced", r#"provider::aws::arn_parse("arn:aws:iam::1:role/x")"#),
        ("unicode_é", r#""ü""#),
        ("dashed-name", "var.a-b"),
        ("conditional", "((var.a ? 1 : 2))"),
        ("for_lines", "<for key,value in var.map : key => (value.enabled ? value.arn : null)>"),
    ];
    assert_attributes(source, &cases);
}

#[test]
fn numbers_beyond_those_of_64_bits_arrive_as_they_are_written() {
    let long = "9".repeat(400);
    let source = format!("large = [1e400, -1.5E+400, 1e400-1, {long}, 1e-400]\nafter = 1\n");
    let list = format!("[1e400,(Negate 1.5E+400),(1e400 Subtract 1),{long},1e-400]");
    assert_attributes(&source, &[("large", &list), ("after", "1")]);
}

#[test]
fn strings_and_templates_are_decoded_as_terraform_decodes_them() {
    let source = include_str!("hcl/strings.tf");
    let cases = [
        ("plain", r#""text""#),
        ("empty", r#""""#),
        ("escapes", r#""tab\there\nnew \"quoted\" \\ é 😀""#),
        ("dollars", r#"`"$ $5 $$ % 100% ${not} %{not} "${yes}`"#),
        ("wrapped", "`${var.x}`"),
        ("nested", r#"`"a "${b(`"c "${d}" e"`)}" f"`"#),
        ("strip", r#"`"a"${b}"c"`"#),
        ("directive", r#"`"x "%if a%"yes \"q\""%else%"no"%endif%" y"`"#),
        ("loop", r#"`%for k,v in m%""${k}"="${v}" "%endfor%`"#),
        ("heredoc", r#"`"  kept\nline "${interpolated}" end\n${literal} \"quotes\" \\n no escape\n"`"#),
        ("indented", r#"`"four\n  six "${x}"\n\n$5\n"`"#),
        ("not_removed", r#"`"    four\n"${x}" none\n"`"#),
        // The line after a strip marker keeps its indentation: terraform issue 23710.
        ("loop_lines", r#"`""%for ip in ips%"  server "${ip}"\n"%endfor%"  end\n"`"#),
        ("in_function", r#"f("one\n",`${"two\n"}"\n"`)"#),
        ("false_end", r#""EOT follows\n  EOT) no\n""#),
    ];
    assert_attributes(source, &cases);
}

#[test]
fn carriage_returns_and_a_byte_order_mark_move_no_span() {
    for name in ["hcl/forms.tf", "hcl/strings.tf", "hcl/policy.tf"] {
        let source = match name {
            "hcl/forms.tf" => include_str!("hcl/forms.tf"),
            "hcl/strings.tf" => include_str!("hcl/strings.tf"),
            _ => include_str!("hcl/policy.tf"),
        };
        let plain = support::parse(source).1;
        let (file, marked) = support::parse(&format!("\u{feff}{}", source.replace('\n', "\r\n")));
        assert_eq!(support::errors(&file, &marked.errors), "", "{name}");
        let unified = render::body(&marked.body).replace("\\r\\n", "\\n");
        assert_eq!(unified, render::body(&plain.body), "{name}");
        assert_eq!(marked.comments.len(), plain.comments.len(), "{name}");
    }
}

#[test]
fn blocks_have_labels_headers_and_bodies() {
    let (file, parsed) = support::parse(include_str!("hcl/forms.tf"));
    let blocks: Vec<_> = parsed.body.blocks().collect();
    let labels: Vec<_> =
        blocks[4].labels.iter().map(|label| (&*label.text, file.slice(label.span))).collect();
    assert_eq!(labels, [("plain", "plain"), ("quoted \"label\"", "quoted \\\"label\\\"")]);
    assert_eq!(file.slice(blocks[2].header), "resource \"aws_kms_key\" \"this\"");
    assert_eq!(
        file.slice(blocks[2].span),
        "resource \"aws_kms_key\" \"this\" { enable_key_rotation = true }"
    );
    assert_eq!(file.slice(blocks[3].span), "empty {}");
    assert!(blocks[3].body.items.is_empty());
}

#[test]
fn comments_are_found_outside_strings_only() {
    let source = "a = \"# no ${f( /* inside */ 1)} // no\" # yes\n  // own\nb = <<EOT\n# no\nEOT\n/* two\nlines */ c = 1 //\n";
    let (file, parsed) = support::parse(source);
    let comments: Vec<_> = parsed
        .comments
        .iter()
        .map(|comment| (file.slice(comment.span), file.slice(comment.content), comment.own_line))
        .collect();
    let expected = [
        ("/* inside */", " inside ", false),
        ("# yes", " yes", false),
        ("// own", " own", true),
        ("/* two\nlines */", " two\nlines ", true),
        ("//", "", false),
    ];
    assert_eq!(comments, expected);
}

#[test]
fn spans_point_at_the_written_bytes() {
    let (file, parsed) = support::parse("a = x.y[0].z\nb = \"p\\u00e9q\"\nc = -5\nd = p::q::f(1)\n");
    let Item::Attribute(traversal) = &parsed.body.items[0] else { panic!() };
    let ExprKind::Attribute(base, name) = &traversal.value.kind else { panic!() };
    assert_eq!((file.slice(base.span), file.slice(name.span)), ("x.y[0]", "z"));
    let ExprKind::String(text) = &parsed.body.attribute("b").unwrap().value.kind else { panic!() };
    assert_eq!(file.slice(text.span_of(1..3).unwrap()), "\\u00e9");
    assert_eq!(file.slice(text.span_of(3..4).unwrap()), "q");
    let ExprKind::Unary(_, number) = &parsed.body.attribute("c").unwrap().value.kind else { panic!() };
    assert_eq!(file.slice(number.span), "5");
    let ExprKind::Call(call) = &parsed.body.attribute("d").unwrap().value.kind else { panic!() };
    assert_eq!(file.slice(call.name.span), "p::q::f");
}

#[test]
fn a_template_in_a_string_points_into_the_file() {
    let (file, parsed) = support::parse("a = \"x\\n$${b} %%{c}\"\n");
    let ExprKind::String(text) = &parsed.body.attribute("a").unwrap().value.kind else { panic!() };
    assert_eq!(text.as_str(), "x\n${b} %{c}");
    let (template, errors) = parse_template(&text.slice(0..6));
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(render::parts(&template.parts), "\"x\\n\"${b}");
    let TemplatePart::Interpolation(name) = &template.parts[1] else { panic!() };
    assert_eq!(file.slice(name.span), "b");
    let (_, errors) = parse_template(text);
    assert_eq!(errors.len(), 1, "`%{{c}}` is no directive");
}

#[test]
fn a_whole_text_is_a_template_or_an_expression() {
    let template = |source: &str| {
        let (template, errors) = parse_template(&Text::synthetic(source));
        (render::parts(&template.parts), errors.len())
    };
    assert_eq!(template("{\n \"a\": \"${x}\"\n}"), (r#""{\n \"a\": \""${x}"\"\n}""#.to_owned(), 0));
    let looped = template("%{ for a in b ~}\n  ${a},\n%{ endfor ~}\n");
    assert_eq!(looped, (r#"%for a in b%"  "${a}",\n"%endfor%"""#.to_owned(), 0));
    assert_eq!(template("$${a} %%{b} \\n $"), (r#""${a} %{b} \\n $""#.to_owned(), 0));
    assert_eq!(template(""), (String::new(), 0));
    assert_eq!(template("${"), ("${INVALID}".to_owned(), 1));

    let expression = |source: &str| {
        let (expression, errors) = parse_expression(&Text::synthetic(source));
        (render::expr(&expression), errors.len())
    };
    assert_eq!(expression("var.a[0]"), ("var.a[0]".to_owned(), 0));
    assert_eq!(expression("(a ?\n b :\n c)"), ("((a ? b : c))".to_owned(), 0));
    assert_eq!(expression("a b"), ("INVALID".to_owned(), 1));
    assert_eq!(expression(""), ("INVALID".to_owned(), 1));
}
