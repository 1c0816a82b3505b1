//! Keys of instances as addresses have them.

use std::fmt::Write;

/// The key of an instance of a `for_each` in brackets, quoted as Terraform does: `["a"]`.
///
/// Source: `toHCLQuotedString` in `internal/addrs/instance_key.go` of Terraform.
pub(crate) fn bracketed(key: &str) -> String {
    let mut quoted = String::with_capacity(key.len() + 4);
    quoted.push_str("[\"");
    let mut letters = key.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            // What would begin an interpolation is doubled.
            '$' | '%' if letters.peek() == Some(&'{') => quoted.extend([letter, letter]),
            _ if letter.is_control() || letter.is_whitespace() && letter != ' ' => {
                let code = u32::from(letter);
                let _ = match code {
                    0..0x1_0000 => write!(quoted, "\\u{code:04x}"),
                    _ => write!(quoted, "\\U{code:08x}"),
                };
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push_str("\"]");
    quoted
}

#[cfg(test)]
mod tests {
    use super::bracketed;

    #[test]
    fn a_key_is_quoted_as_terraform_quotes_it() {
        for (key, quoted) in [
            ("a", r#"["a"]"#),
            ("", r#"[""]"#),
            ("it's", r#"["it's"]"#),
            ("a\"b\\c\n", r#"["a\"b\\c\n"]"#),
            ("${x} $ %{y}", r#"["$${x} $ %%{y}"]"#),
            ("\0\u{a0}é", r#"["\u0000\u00a0é"]"#),
        ] {
            assert_eq!(bracketed(key), quoted);
        }
    }
}
