//! Finds literals that are given to names which speak of secrets: `password = "…"`.
//!
//! Read line by line and without a tree: the text may be a script in a heredoc, a file of values or
//! a file that does not parse, and a secret is to be hidden in all of them.

use std::ops::Range;

use memchr::{memchr, memchr3_iter, memmem};

use super::expressions::{of_expression, of_interpolation, outside_interpolations};
use super::values;

/// A name speaks of a secret when it ends like this, in lower case and without separators.
const ENDINGS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secretstring",
    "secretstringwo",
    "passwordwo",
    "secret",
    "secretkey",
    "accesskey",
    "apikey",
    "token",
    "privatekey",
    "credential",
];

/// Beginnings of values that are not literals: references, intrinsics, nested structures.
const NOT_LITERAL: [&str; 18] = [
    "$", "!", "{", "[", "|", ">", "*", "&", "<", "(", "var.", "local.", "data.", "module.", "each.", "aws_",
    "random_", "arn:",
];

/// Adds the ranges of such literals.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    in_lines(text, 0, speaks_of_secret, found);
    nested_values(text, found);
    defaults_of_variables(text, found);
    defaults_without_echo(text, found);
}

/// How much of the text behind a name is looked at: bounds the work on lines of megabytes.
pub(super) const REACH: usize = 4_096;

/// How many lines around `NoEcho` can belong to the same parameter.
const SIBLINGS: usize = 32;

fn speaks_of_secret(name: &str) -> bool {
    let is_end = |ending: &str| {
        let mut backwards = name.bytes().rev().filter(u8::is_ascii_alphanumeric);
        ending
            .bytes()
            .rev()
            .all(|byte| backwards.next().is_some_and(|other| other.to_ascii_lowercase() == byte))
    };
    let Some(last) = name.bytes().rev().find(u8::is_ascii_alphanumeric) else { return false };
    let last = last.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| ending.as_bytes().last() == Some(&last) && is_end(ending))
}

/// The start of a text, at most [`REACH`] bytes of it.
fn reach(text: &str) -> &str {
    text.get(..text.floor_char_boundary(REACH)).unwrap_or(text)
}

/// What may stand between a name and the sign behind it, besides white space.
const CLOSING: [char; 4] = ['"', '\'', '\\', ']'];

/// Literals that each line gives to names which `wanted` accepts.
///
/// A name is looked for where a sign follows it, because there are few signs in a text of megabytes
/// and many words.
fn in_lines(text: &str, offset: usize, wanted: impl Fn(&str) -> bool, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let (mut line_start, mut line_end) = (0, None);
    // What stands before it is read: the line starts there, or the last value ended.
    let mut done = 0;
    for sign in memchr3_iter(b'\n', b':', b'=', bytes) {
        if bytes.get(sign) == Some(&b'\n') {
            (line_start, line_end, done) = (sign + 1, None, done.max(sign + 1));
            continue;
        }
        if sign < done || is_inside_name(bytes, sign) {
            continue;
        }
        let before = text.get(done..sign).unwrap_or("").trim_end().trim_end_matches(CLOSING);
        let length = before.bytes().rev().take_while(|byte| is_name(&byte)).count();
        let name = before.get(before.len() - length..).unwrap_or("");
        if name.is_empty() || !wanted(name) {
            continue;
        }
        let end =
            *line_end.get_or_insert_with(|| memchr(b'\n', bytes.get(sign..)?).map(|skip| sign + skip + 1));
        let line = text.get(line_start..end.unwrap_or(text.len())).unwrap_or("");
        if let Some(end) = nested(text, line_start, done + before.len(), name, offset, found) {
            done = end;
        } else if let Some(value) = value_after(line, done + before.len() - line_start) {
            done = line_start + value.end;
            outside_interpolations(line, value, offset + line_start, found);
        }
    }
}

/// Whether a sign is a colon with the next part of a longer name right behind it, as in an ARN: what
/// gives a value has white space or a quote behind it.
fn is_inside_name(bytes: &[u8], sign: usize) -> bool {
    let is_part = |next: &u8| next.is_ascii_graphic() && !matches!(next, b'"' | b'\'' | b'\\' | b'>');
    bytes.get(sign) == Some(&b':') && bytes.get(sign + 1).is_some_and(is_part)
}

/// The literals inside of the value of a name that ends at `at`, and where the value ends; `None` where it
/// is none of several parts.
fn nested(
    text: &str,
    line_start: usize,
    at: usize,
    name: &str,
    offset: usize,
    found: &mut Vec<Range<usize>>,
) -> Option<usize> {
    let rest = text.get(at..)?;
    let tail = rest.trim_start_matches(CLOSING).trim_start_matches([' ', '\t']);
    let (sign, value) = (tail.get(..1)?, tail.get(1..)?);
    let line = reach(value).split('\n').next().unwrap_or("").trim();
    let untagged: fn(&str) -> &str = if sign == ":" { values::untagged } else { |value| value };
    let (line, said) = (untagged(line), untagged(value.trim_start()));
    let start = text.len() - said.len();
    let before = found.len();
    let end = match sign {
        // An expression in HCL, which a line of a script is not.
        "=" if line.starts_with(['[', '{'])
            || (value.starts_with([' ', '\t']) && !line.starts_with(['\\', '\''])) =>
        {
            of_expression(text, start, found)
        }
        ":" if said.starts_with(['[', '{']) && !is_described(text, line_start, at, name) => {
            values::of_brackets(text, start, found)?
        }
        ":" if (line.is_empty() || opens_block(line)) && !is_described(text, line_start, at, name) => {
            let next = text.len() - value.len() + value.find('\n')? + 1;
            let column = text.get(line_start..at)?.len() - name.len();
            values::of_block(text, next, column, line.starts_with(['|', '>']), found)?
        }
        _ => return None,
    };
    found.iter_mut().skip(before).for_each(|range| *range = range.start + offset..range.end + offset);
    Some(end)
}

/// Whether the value of a key in YAML stands on the lines below: behind a sign of a text, a comment or a
/// tag alone.
fn opens_block(line: &str) -> bool {
    line.starts_with(['|', '>', '#']) || (line.starts_with('!') && !line.contains(' '))
}

/// Whether the name is that of a resource, a variable or a description of a secret that is to be made,
/// and no value.
fn is_described(text: &str, line_start: usize, at: usize, name: &str) -> bool {
    if ["aws_", "random_", "Generate"].iter().any(|start| name.starts_with(start)) {
        return true;
    }
    let start = at.saturating_sub(name.len());
    let before = text.get(text.ceil_char_boundary(start.saturating_sub(REACH))..start).unwrap_or("");
    let around = match enclosing(before) {
        Some(around) => around,
        None => {
            let column = start - line_start;
            let indent = |line: &&str| line.len() - line.trim_start().len();
            let mut above = before.lines().rev().skip(1);
            let parent = above.find(|line| !line.trim().is_empty() && indent(line) < column);
            parent.unwrap_or("")
        }
    };
    let key = around.trim().trim_end_matches(['{', ':', ' ', '"', '\'', '[', '\n', '\r']);
    let key = key.rsplit(['"', '\'', ' ', '{', ',']).next().unwrap_or("");
    key.starts_with("aws_") || DECLARING.contains(&key)
}

/// What has declarations in it by their names.
const DECLARING: [&str; 8] =
    ["resource", "data", "variable", "output", "module", "Resources", "Parameters", "Outputs"];

/// The text before the brace around the end of a text.
fn enclosing(before: &str) -> Option<&str> {
    let mut closed = 0_usize;
    for (at, byte) in before.bytes().enumerate().rev() {
        match byte {
            b'}' => closed += 1,
            b'{' if closed == 0 => return before.get(..at),
            b'{' => closed -= 1,
            _ => {}
        }
    }
    None
}

/// Whether a key says that what it stands in is a declaration.
pub(super) fn is_declaration(key: &str) -> bool {
    matches!(key, "Type" | "type")
}

/// The literal that follows a name which ends at `at`, without its quotes.
fn value_after(line: &str, at: usize) -> Option<Range<usize>> {
    let rest = line.get(at..)?;
    let after_quote = rest.trim_start_matches(['"', '\'', '\\', ']']);
    let tail = after_quote.trim_start();
    let (sign, value) = (tail.get(..1)?, tail.get(1..)?);
    let value = value.strip_prefix('>').unwrap_or(value);
    let is_apart = value.starts_with(char::is_whitespace);
    let trimmed = if sign == ":" { values::untagged(value.trim_start()) } else { value.trim_start() };
    let quoted = trimmed.trim_start_matches('\\').starts_with(['"', '\'']);
    match sign {
        // In an ARN or an action a colon is followed by the next part directly.
        ":" if quoted || is_apart => {}
        "=" => {}
        _ => return None,
    }
    let start = line.len() - trimmed.len();
    if quoted {
        return Some(quoted_value(line, start));
    }
    let near = reach(trimmed);
    let end: fn(&str) -> Option<usize> = match (sign, is_apart) {
        // `name = value` without quotes is an expression in HCL.
        ("=", true) => return None,
        // A script: `NAME=value`.
        ("=", false) => |near| near.find(|c: char| c.is_whitespace() || "\"';&".contains(c)),
        // YAML: to the end of the line or to a comment.
        _ => |near| near.find(" #").or_else(|| near.find(['\r', '\n', ',', '}'])),
    };
    let inside = interpolated(near, end);
    let length = near.get(inside..).and_then(end).map_or(near.len(), |end| inside + end);
    let literal = near.get(..length)?.trim_end();
    (inside > 0 || is_literal(literal)).then(|| start..start + literal.len())
}

/// Where the last interpolation of a value ends that goes on behind each of them, up to where `end` says.
fn interpolated(near: &str, end: impl Fn(&str) -> Option<usize>) -> usize {
    let mut at = 0;
    while let Some(rest) = near.get(at..)
        && let Some(open) = rest.find("${").filter(|open| end(rest).is_none_or(|end| *open < end))
        && let Some(closed) = of_interpolation(near, at + open + 2, &mut Vec::new())
    {
        at = closed;
    }
    at
}

/// Whether what stands without quotes is a literal and no reference.
pub(super) fn is_literal(literal: &str) -> bool {
    !NOT_LITERAL.iter().any(|prefix| literal.starts_with(prefix))
        && !["true", "false", "null", "~", "yes", "no", ""].contains(&literal.to_ascii_lowercase().as_str())
}

/// What stands in the quotes that open at `start`, perhaps after a backslash.
pub(super) fn quoted_value(line: &str, start: usize) -> Range<usize> {
    let rest = line.get(start..).unwrap_or("");
    let slashes = rest.len() - rest.trim_start_matches('\\').len();
    let inside = start + slashes + 1;
    let quote = rest.get(slashes..).and_then(|rest| rest.chars().next()).unwrap_or('"');
    let text = line.get(inside..).unwrap_or("");
    let mut escaped = false;
    // What stands before it is in an interpolation, which has quotes of its own.
    let mut closed = Some(0);
    for (at, character) in text.char_indices() {
        match character {
            _ if closed.is_some_and(|closed| at < closed) => {}
            '{' if slashes == 0 && quote == '"' && closed.is_some() && opens_reference(text, at) => {
                closed = of_interpolation(reach_of_line(text, at), at + 1, &mut Vec::new());
            }
            '\\' if slashes == 0 => escaped = !escaped,
            // In a string in a string the closing quote has its backslash, too.
            '\\' => return inside..inside + at,
            '\n' | '\r' => return inside..inside + at,
            _ if character == quote && !escaped => return inside..inside + at,
            _ => escaped = false,
        }
    }
    inside..line.len()
}

/// Whether the brace is that of `${`, which `$${` is not.
fn opens_reference(text: &str, brace: usize) -> bool {
    text.get(..brace).is_some_and(|before| before.ends_with('$') && !before.ends_with("$$"))
}

/// A text up to the end of the line of a place, and of what is looked at behind that.
fn reach_of_line(text: &str, at: usize) -> &str {
    let behind = text.get(at..).map(reach).unwrap_or("");
    text.get(..at + behind.find('\n').unwrap_or(behind.len())).unwrap_or(text)
}

/// Values one level below a name, as plans write variables: `"password": {"value": "…"}`.
fn nested_values(text: &str, found: &mut Vec<Range<usize>>) {
    for key in ["\"value\"", "\"default\"", "\"constant_value\""] {
        for at in memmem::find_iter(text.as_bytes(), key) {
            let is_secret = || {
                let before = text.get(..at)?.trim_end().strip_suffix('{')?.trim_end().strip_suffix(':')?;
                let name = before.trim_end().strip_suffix('"')?;
                let name = name.get(name.floor_char_boundary(name.len().saturating_sub(REACH))..)?;
                Some(speaks_of_secret(name.rsplit('"').next()?))
            };
            if is_secret() == Some(true) {
                let line = reach(text.get(at..).unwrap_or(""));
                let line = line.split_inclusive(['\n', '}']).next().unwrap_or("");
                in_lines(line, at, |name| key.contains(name), found);
            }
        }
    }
}

/// Defaults of Terraform variables that are sensitive or named like a secret.
fn defaults_of_variables(text: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(at) = place_of("variable \"", text, from) {
        let rest = text.get(at..).unwrap_or("");
        let block = rest.get(..rest.find("\n}").unwrap_or(rest.len())).unwrap_or("");
        let name = block.split('"').nth(1).unwrap_or("");
        let is_sensitive = block.lines().any(|line| {
            let words: String = line.chars().filter(|character| !character.is_whitespace()).collect();
            words.contains("sensitive=true")
        });
        if is_sensitive || speaks_of_secret(name) {
            in_lines(block, at, |name| name == "default", found);
        }
        from = at + block.len().max(1);
    }
}

/// The property of a CloudFormation parameter that is not shown.
const NO_ECHO: &str = "NoEcho";

/// Defaults of CloudFormation parameters with `NoEcho`, as they stand beside it.
fn defaults_without_echo(text: &str, found: &mut Vec<Range<usize>>) {
    for at in memmem::find_iter(text.as_bytes(), NO_ECHO) {
        let given = reach(text.get(at + NO_ECHO.len()..).unwrap_or(""));
        let given = given.trim_start_matches(|sign: char| sign.is_whitespace() || "\"':".contains(sign));
        if given.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("false")) {
            continue;
        }
        let (start, part) = siblings(text, at);
        in_lines(part, start, |name| name == "Default", found);
    }
}

/// Where a word stands next, from a place on.
fn place_of(word: &str, text: &str, from: usize) -> Option<usize> {
    memmem::find(text.as_bytes().get(from..)?, word.as_bytes()).map(|skip| from + skip)
}

/// The text around `at` that belongs to the same mapping: the lines around it that are indented
/// as much, or the braces around it where it does not start its line.
fn siblings(text: &str, at: usize) -> (usize, &str) {
    let before = text.get(..at).unwrap_or("");
    // A template on one line can have megabytes, and a parameter every few bytes.
    let from = before.floor_char_boundary(at.saturating_sub(REACH));
    let near = before.get(from..).unwrap_or("");
    let line_start = from + near.rfind('\n').map_or(0, |newline| newline + 1);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let opening = text.get(line_start..at).unwrap_or("");
    if opening.trim().trim_start_matches(['"', '\'']).is_empty() {
        let depth = indent(opening);
        let belongs = |line: &&str| line.trim().is_empty() || indent(line) >= depth;
        let above = before.get(..line_start).unwrap_or("").split_inclusive('\n').rev();
        let start = line_start - above.take(SIBLINGS).take_while(belongs).map(str::len).sum::<usize>();
        let rest = text.get(start..).unwrap_or("");
        let length = rest.split_inclusive('\n').take(2 * SIBLINGS).take_while(belongs).map(str::len).sum();
        return (start, rest.get(..length).unwrap_or(""));
    }
    let start = opening.rfind('{').map_or(line_start, |brace| line_start + brace);
    let rest = reach(text.get(start..).unwrap_or(""));
    (start, rest.get(..rest.find('}').unwrap_or(rest.len())).unwrap_or(""))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The pieces of a text that are to be hidden, in its order.
    pub(in crate::mask) fn hidden(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        find(text, &mut found);
        found.sort_by_key(|range| (range.start, range.end));
        found.dedup();
        found.into_iter().filter_map(|range| text.get(range)).filter(|text| !text.is_empty()).collect()
    }

    #[test]
    fn literals_given_to_secret_names_are_found_in_every_notation() {
        let cases = [
            ("  password = \"hunter2\"", "hunter2"),
            ("  master_password=\"hunter2\"", "hunter2"),
            ("MasterUserPassword: hunter2 # why", "hunter2"),
            ("MasterUserPassword: 'hunter2'", "hunter2"),
            ("\"MasterUserPassword\": \"hunter2\",", "hunter2"),
            ("{\"password\":\"hunter2\",\"user\":\"app\"}", "hunter2"),
            (
                r#"  secret_string = "{\"user\":\"app\",\"password\":\"hunter2\"}""#,
                r#"{\"user\":\"app\",\"password\":\"hunter2\"}"#,
            ),
            (r#"x = "{\"password\":\"hunter2\"}""#, "hunter2"),
            ("export DB_PASSWORD=hunter2", "hunter2"),
            ("  \"API_TOKEN\" = \"hunter2\"", "hunter2"),
            ("token = \"pre-${var.x}\"", "pre-"),
            ("variable \"p\" {\n  default   = \"hunter2\"\n  sensitive = true\n}", "hunter2"),
            ("variable \"db_password\" {\n  default = \"hunter2\"\n}", "hunter2"),
            ("  P:\n    Type: String\n    Default: hunter2\n    NoEcho: true\n", "hunter2"),
            ("  \"P\": {\n    \"NoEcho\": true,\n    \"Default\": \"hunter2\"\n  }", "hunter2"),
            ("\"P\": {\"Default\": \"hunter2\", \"NoEcho\": true}", "hunter2"),
            (
                "{\"variables\":{\"db_password\":{\"value\":\"hunter2\"},\"x\":{\"value\":\"shown\"}}}",
                "hunter2",
            ),
            ("\"token\": {\n  \"value\": \"hunter2\"\n}", "hunter2"),
        ];
        for (text, secret) in cases {
            assert_eq!(hidden(text), [secret], "{text}");
        }
    }

    #[test]
    fn references_names_and_policies_stay_readable() {
        for text in [
            "password = var.password",
            "  secret_id = aws_secretsmanager_secret.this.id",
            "MasterUserPassword: !Ref Password",
            "MasterUserPassword: '{{resolve:secretsmanager:db:SecretString:password}}'",
            "SecretArn: !Ref Secret",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf",
            "\"Action\": \"secretsmanager:GetSecretValue\"",
            "  Secret:\n    Type: AWS::SecretsManager::Secret\n",
            "password = \"${var.password}\"",
            "variable \"region\" {\n  default = \"eu-west-1\"\n}",
            "  P:\n    Default: shown\n  Q:\n    NoEcho: true\n",
            "manage_master_user_password = true",
        ] {
            assert!(hidden(text).is_empty(), "{text}: {:?}", hidden(text));
        }
    }

    #[test]
    fn literals_inside_of_the_value_of_a_secret_name_are_found() {
        let cases: [(&str, &[&str]); 18] = [
            ("password = [\"one\"]", &["one"]),
            ("password=[\"one\"]", &["one"]),
            ("private_key = { a = \"one\" }\nengine = \"shown\"", &["one"]),
            (
                "token = {\n  \"a\" = \"one\" # \"no\"\n  b = [true, \"two\"]\n}\nx = \"shown\"",
                &["one", "two"],
            ),
            ("password = split(\";\", \"one,${var.pw}\")[0]", &["one,"]),
            ("password = var.a ? \"one\" : \"two\"", &["one", "two"]),
            ("x = { password = var.a[\"shown\"], user = \"shown\" }", &[]),
            ("password = \"${var.m[\"shown\"]}one${f(\"two\")}\"", &["one", "two"]),
            ("password = <<-EOT\n  one ${var.x}\n  two\nEOT\nx = \"shown\"", &["\n  one ", "\n  two\n"]),
            ("{\"password\": [\"one\", [\"two\"]], \"x\": [\"shown\"]}", &["one", "two"]),
            ("{\"password\": {\"a\": \"one\", \"b\": true}, \"x\": \"shown\"}", &["one"]),
            ("{\"Password\": {\"Fn::Join\": [\"\", [\"one\", {\"Ref\": \"Shown\"}]]}}", &["one"]),
            ("Password: [one, 'two']\nx: shown", &["one", "two"]),
            ("a:\n  Password:\n  - one\n  - 'two'\n  x: shown", &["one", "two"]),
            ("a:\n  Password:\n    \"b\": one # why\n    c:\n      - two\n  x: shown", &["one", "two"]),
            ("a:\n  Password: |\n    one: x\n    two\n  x: shown", &["one: x", "two"]),
            (
                "{\"DbSecret\": {\"Properties\": {\"Password\": \"one\", \"x\": \"shown\"}, \"Type\": \"A\"}}",
                &["one"],
            ),
            ("Password: !Join\n  - ''\n  - [one, !Ref Shown]", &["one"]),
        ];
        for (text, secrets) in cases {
            assert_eq!(hidden(text), secrets, "{text}");
        }
    }

    #[test]
    fn declarations_with_the_name_of_a_secret_stay_readable() {
        for text in [
            "password = jsondecode(data.aws_x.y.secret_string)[\"password\"]",
            "{\"resource\": {\"aws_secretsmanager_secret\": {\"db\": {\"name\": \"shown\"}}}}",
            "{\"resource\": {\"aws_x\": {\"a\": {\"b\": \"c\"}, \"db_secret\": {\"name\": \"shown\"}}}}",
            "{\"Resources\": {\"DbSecret\": {\"Properties\": {\"Name\": \"shown\"}}}}",
            "{\"DbSecret\": {\"Type\": \"AWS::SecretsManager::Secret\", \"Properties\": {\"Name\": \"shown\"}}}",
            "DbSecret:\n  Properties:\n    Name: shown\n  Type: AWS::SecretsManager::Secret\n",
            "Resources:\n  DbSecret:\n    DependsOn: shown\n",
            "  GenerateSecretString:\n    ExcludeCharacters: '@/'\n",
            "Password:\n  Fn::GetAtt:\n    - Shown\n    - Arn\n",
        ] {
            assert!(hidden(text).is_empty(), "{text}: {:?}", hidden(text));
        }
    }

    #[test]
    fn escaped_quotes_do_not_end_a_value() {
        assert_eq!(hidden(r#"password = "hun\"ter2" # x"#), [r#"hun\"ter2"#]);
    }
}
