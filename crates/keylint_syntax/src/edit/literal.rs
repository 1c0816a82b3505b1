//! Whether a mapping says the same wherever it is used: it is written out, without an expression.
//!
//! Two mappings that are equal in one evaluation may differ in another, so that neither may go because of
//! the other unless both consist of names and literals alone. The same text may be JSON, HCL or YAML; what
//! could be an expression in one of them is none that is taken for a literal.

use std::ops::Range;

use super::scan::{Inside, MAX_DEPTH, Step, token};

/// Whether a range has neither an expression nor a comment.
pub(super) fn is_bare(text: &str, range: &Range<usize>) -> bool {
    scan(text, range).is_some_and(|found| !found.has_comment)
}

/// Whether a range has no expression.
pub(super) fn is_literal(text: &str, range: &Range<usize>) -> bool {
    scan(text, range).is_some()
}

/// Whether a range is a block of HCL without labels: a name and a body.
pub(super) fn is_block(text: &str, range: &Range<usize>) -> bool {
    let Some(written) = text.get(range.clone()) else { return false };
    let body = written.trim_start_matches(|letter: char| letter.is_ascii_lowercase() || letter == '_');
    body.len() < written.len() && body.trim_start_matches(' ').starts_with('{') && written.ends_with('}')
}

/// Whether what stands before and after a range is of one body: no bracket in it closes what is open before.
pub(super) fn is_one_body(text: &str, range: Range<usize>) -> bool {
    let Some(written) = text.get(range) else { return false };
    let mut inside: Vec<Inside> = Vec::new();
    let mut at = 0;
    while at < written.len() {
        let Some(token) = token(written, at, inside.last().copied()) else { return false };
        match token.step {
            Step::Open(bracket) if inside.len() < MAX_DEPTH => inside.push(bracket),
            Step::Open(_) => return false,
            Step::Close(bracket) if inside.pop() != Some(bracket) => return false,
            _ => {}
        }
        at += token.length;
    }
    inside.is_empty()
}

struct Found {
    has_comment: bool,
}

/// Reads a range; `None` where it has what may be an expression, or does not end as it begins.
fn scan(text: &str, range: &Range<usize>) -> Option<Found> {
    let written = text.get(range.clone())?;
    // The functions of a template.
    if written.contains("Fn::") || ["Ref\"", "Ref\\\"", "Ref:"].iter().any(|name| written.contains(name)) {
        return None;
    }
    let mut inside: Vec<Inside> = Vec::new();
    let mut found = Found { has_comment: false };
    let mut word = 0..0;
    let mut at = 0;
    while at < written.len() {
        let token = token(written, at, inside.last().copied())?;
        let next = at + token.length;
        let is_text = matches!(inside.last(), Some(Inside::Double(_) | Inside::Single));
        if matches!(token.step, Step::Other) && !is_text {
            word = if word.end == at { word.start..next } else { at..next };
        } else {
            is_plain(written.get(std::mem::take(&mut word))?).then_some(())?;
        }
        match token.step {
            Step::Open(Inside::Round | Inside::Template) => return None,
            Step::Open(bracket) if inside.len() < MAX_DEPTH => inside.push(bracket),
            Step::Open(_) => return None,
            Step::Close(bracket) => (inside.pop()? == bracket).then_some(())?,
            Step::Skip => found.has_comment |= written.get(at..)?.starts_with(['#', '/']),
            Step::Comma | Step::Other => {}
        }
        at = next;
    }
    is_plain(written.get(word)?).then_some(())?;
    inside.is_empty().then_some(found)
}

/// Whether a word outside of quotes is a name or a literal: no variable, tag, anchor or operator.
fn is_plain(word: &str) -> bool {
    let is_scalar = |byte: u8| byte.is_ascii_alphanumeric() || b"_-:/*".contains(&byte);
    match word {
        "" | "=" | ":" | "-" => true,
        // It begins an expression that makes a list or mapping.
        "for" | "if" | "in" => false,
        _ if word.starts_with("arn:") => word.bytes().all(|byte| is_scalar(byte) || b".?+=@".contains(&byte)),
        _ => {
            let word = word.strip_suffix('=').unwrap_or(word);
            word.starts_with(|first: char| first.is_ascii_alphanumeric()) && word.bytes().all(is_scalar)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_literals_are_no_expressions() {
        for text in [
            r#"{"Effect": "Allow", "Action": ["s3:Get*", "a,b"], "n": 1}"#,
            r#"{\"Effect\": \"Allow\",\n \"Action\": [\"s3:Get*\"]}"#,
            "{\n  Effect = \"Allow\" // why\n  Resource = \"$${aws:username}\"\n}",
            "statement {\n  actions = [\"s3:Get*\"]\n  principals {\n    type = \"AWS\"\n  }\n}",
            "Effect: Allow\nAction:\n  - s3:Get*\n  - 'it''s'\nResource: arn:aws:s3:::a.b/*",
            "{Effect: Allow, Action: [s3:Get*], Sid: A}",
        ] {
            assert!(is_literal(text, &(0..text.len())), "{text}");
        }
        let commented = "{\n  Effect = \"Allow\" # why\n}";
        assert!(!is_bare(commented, &(0..commented.len())));
    }

    #[test]
    fn what_may_be_something_else_elsewhere_is_an_expression() {
        for text in [
            "{ Action = var.actions }",
            "{Action:var.actions}",
            "{ Action = var.all ? \"s3:*\" : \"s3:Get*\" }",
            "{ Action = concat([\"a\"], [\"b\"]) }",
            "{ Action = [for a in [\"s3:Get*\"] : a] }",
            "{ Action = \"s3:${local.verb}\" }",
            "{ Action = <<A\ns3:Get*\nA\n}",
            r#"{"Action": {"Fn::If": ["C", "a", "b"]}}"#,
            r#"{"Action": {"Ref": "Action"}}"#,
            "Action: !Ref Action",
            "Action: !If [C, a, b]",
            "Action: *actions",
            "Action: &actions [a]",
            "<<: *base\nAction: a",
            "Action: |\n  a",
            "%{ if var.all }{\"Action\": \"a\"}%{ endif }",
            "{\"Action\": \"a\"",
        ] {
            assert!(!is_literal(text, &(0..text.len())), "{text}");
        }
    }
}
