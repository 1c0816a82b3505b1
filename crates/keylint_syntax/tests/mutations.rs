//! Parsers answer to anything, quickly and with sound spans.

mod support;

use keylint_syntax::hcl;
use keylint_syntax::{SyntaxError, Text};
use support::mutate;

const HCL_SEEDS: &[&str] = &[
    include_str!("hcl/forms.tf"),
    include_str!("hcl/strings.tf"),
    include_str!("hcl/policy.tf"),
    "a = 1\r\nb = <<-EOT\r\n    one ${x}\r\n  two\r\n  EOT\r\nc = { a = 1, a = 2 }\r\n",
];

const HCL_TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "${",
    "%{",
    "~}",
    "${~",
    "$${",
    "<<EOT\n",
    "<<-EOT\n",
    "EOT\n",
    "\n",
    "\r\n",
    "/*",
    "*/",
    "#",
    "//",
    "=",
    "==",
    "=>",
    ":",
    "::",
    "?",
    ",",
    ".",
    "...",
    ".*",
    "[*]",
    "-",
    "!",
    "for ",
    "if ",
    "in ",
    "%{ if x }",
    "%{ else }",
    "%{ endif }",
    "%{ for a in b ~}",
    "%{ endfor }",
    "null",
    "0",
    "1e5",
    "\\u00e9",
    "\\",
    "é",
    "\u{feff}",
    "\0",
    "𝄞",
    "a = a\n",
    "b {\n",
    "\t",
];

fn sound(errors: &[SyntaxError], length: usize) {
    for error in errors {
        assert!(error.span.end as usize <= length, "{error:?} lies outside");
        assert!(!error.message.is_empty() && !error.message.contains('\n'), "{:?}", error.message);
    }
}

#[test]
fn hcl_files_of_any_content_are_parsed() {
    mutate::run(HCL_SEEDS, HCL_TOKENS, 6000, |text| {
        let (file, parsed) = support::parse(text);
        sound(&parsed.errors, text.len());
        for comment in &parsed.comments {
            let written = file.slice(comment.span);
            assert!(written.starts_with(['#', '/']), "{written:?} is no comment");
            assert!(comment.span.contains(comment.content), "{comment:?}");
        }
    });
}

#[test]
fn hcl_templates_and_expressions_of_any_content_are_parsed() {
    mutate::run(HCL_SEEDS, HCL_TOKENS, 4000, |text| {
        let file = support::file(text);
        let text = Text::at(&**file.text(), file.span());
        sound(&hcl::parse_template(&text).1, text.len());
        sound(&hcl::parse_expression(&text).1, text.len());
    });
}
