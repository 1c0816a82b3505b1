//! Finds text that has the shape of a credential.
//!
//! The shapes are those that the issuers document (a prefix made for scanners), AWS secret access
//! keys, private key blocks, and passwords in addresses. This is for hiding, not for reporting:
//! a shape too many is harmless.

use std::ops::Range;

use keylint_rules::credentials;
use memchr::memmem;

/// No shape is shorter; most words of a file are, and are skipped.
const SHORTEST: usize = 15;

/// Adds the ranges of credentials.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    private_keys(text, found);
    passwords_in_addresses(text, found);
    let bytes = text.as_bytes();
    // A run that is long enough covers one of the bytes that are so far apart. What stands before
    // `done` is looked at.
    let (mut done, mut probe) = (0, SHORTEST - 1);
    while let Some(byte) = bytes.get(probe) {
        if is_token_byte(*byte) {
            let before = bytes.get(done..probe).unwrap_or_default();
            let start = probe - before.iter().rev().take_while(|byte| is_token_byte(**byte)).count();
            done = probe + run(bytes, probe, is_token_byte);
            if done - start >= SHORTEST {
                in_word(text, start..done, found);
            }
            probe = done;
        }
        probe += SHORTEST;
    }
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+' | b'=')
}

fn run(bytes: &[u8], start: usize, part_of: impl Fn(u8) -> bool) -> usize {
    bytes.iter().skip(start).take_while(|byte| part_of(**byte)).count()
}

/// Credentials in one run of token characters, which may be `NAME=value`.
fn in_word(text: &str, word: Range<usize>, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = word.start;
    while at < word.end {
        let fresh = at == word.start
            || at
                .checked_sub(1)
                .and_then(|before| bytes.get(before))
                .is_some_and(|byte| !byte.is_ascii_alphanumeric());
        if fresh {
            let rest = text.get(at..word.end).unwrap_or("");
            if let Some(length) = prefixed(rest).or_else(|| web_token(rest)) {
                found.push(at..at + length);
                at += length;
                continue;
            }
        }
        at += 1;
    }
    secret_access_keys(bytes, word, found);
}

fn prefixed(rest: &str) -> Option<usize> {
    let shape = credentials::shape_of(rest)?;
    let body = rest.get(shape.prefix.len()..)?;
    let length = run(body.as_bytes(), 0, |byte| (shape.hidden_alphabet)(byte));
    (length >= shape.hidden_from).then_some(shape.prefix.len() + length)
}

/// A JSON web token: three parts, the first two of which are JSON objects in base64.
fn web_token(rest: &str) -> Option<usize> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let part = |from: usize| {
        rest.get(from..)?.starts_with("eyJ").then(|| from + run(rest.as_bytes(), from, is_base64))
    };
    let header = part(0)?;
    rest.get(header..)?.starts_with('.').then_some(())?;
    let payload = part(header + 1)?;
    rest.get(payload..)?.starts_with('.').then_some(())?;
    Some(payload + 1 + run(rest.as_bytes(), payload + 1, is_base64))
}

/// AWS secret access keys: 40 characters of base64 with all classes in them, and no more.
fn secret_access_keys(bytes: &[u8], word: Range<usize>, found: &mut Vec<Range<usize>>) {
    const LENGTH: usize = 40;
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+');
    let mut at = word.start;
    while at < word.end {
        let length = run(bytes, at, is_base64).min(word.end - at);
        if length == LENGTH && looks_random(bytes.get(at..at + length).unwrap_or(&[])) {
            found.push(at..at + length);
        }
        at += length.max(1);
    }
}

fn looks_random(bytes: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in bytes {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    // A path or a word in camel case repeats its letters; 40 random ones of 64 rarely do.
    let separators = bytes.iter().filter(|byte| **byte == b'/').count();
    distinct >= 18
        && separators <= 4
        && bytes.iter().any(u8::is_ascii_uppercase)
        && bytes.iter().any(u8::is_ascii_lowercase)
        && bytes.iter().any(u8::is_ascii_digit)
        && in_words(bytes) * 5 < bytes.len() * 4
}

/// How many of the characters are in words as names write them, one with a capital behind another:
/// `AllowReadOfParameters2`. What is generated has 15 of 40, and next to never 32.
fn in_words(bytes: &[u8]) -> usize {
    let (mut all, mut at) = (0, 0);
    while at < bytes.len() {
        let capital = run(bytes, at, |byte| byte.is_ascii_uppercase()).min(1);
        let small = run(bytes, at + capital, |byte| byte.is_ascii_lowercase());
        all += if small > 1 { capital + small } else { 0 };
        at += (capital + small).max(1);
    }
    all
}

/// Where some text stands next, from a place on.
fn next(wanted: &str, text: &str, from: usize) -> Option<usize> {
    memmem::find(text.as_bytes().get(from..)?, wanted.as_bytes()).map(|skip| from + skip)
}

/// What stands between the first and the last line of a private key.
fn private_keys(text: &str, found: &mut Vec<Range<usize>>) {
    const DASHES: &str = "-----";
    let mut from = 0;
    while let Some(at) = next("-----BEGIN ", text, from) {
        let name_at = at + DASHES.len();
        let rest = text.get(name_at..).unwrap_or("");
        let name = rest.get(..rest.floor_char_boundary(64)).and_then(|near| near.split_once(DASHES));
        let Some((name, _)) = name else {
            from = name_at;
            continue;
        };
        let body_at = name_at + name.len() + DASHES.len();
        // The longest keys in use have some 13,000 characters.
        let body = text.get(body_at..).unwrap_or("");
        let body = body.get(..body.floor_char_boundary(16_384)).unwrap_or(body);
        let end = body.find("-----END").unwrap_or_else(|| body.find(['"', '\'']).unwrap_or(body.len()));
        if name.contains("PRIVATE KEY") {
            found.push(body_at..body_at + end);
            from = body_at + end;
        } else {
            from = name_at;
        }
    }
}

/// The password of `scheme://user:password@host`.
fn passwords_in_addresses(text: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(at) = next("://", text, from).map(|at| at + 3) {
        let rest = text.get(at..).unwrap_or("");
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '/' | '<' | '>'))
            .unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or("");
        if let Some((user, _)) = authority.rsplit_once('@')
            && let Some((name, password)) = user.split_once(':')
            // `${var.password}` and `$PASSWORD` are names, not values.
            && !password.starts_with('$')
        {
            let start = at + name.len() + 1;
            found.push(start..start + password.len());
        }
        from = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        find(text, &mut found);
        found.into_iter().map(|range| text.get(range).unwrap()).collect()
    }

    #[test]
    fn the_documented_shapes_are_found() {
        let body = "Zx9".repeat(20);
        for shape in credentials::SHAPES.iter().filter(|shape| !matches!(shape.prefix, "AKIA" | "ASIA")) {
            let (prefix, least) = (shape.prefix, shape.hidden_from);
            let token = format!("{prefix}{}", body.get(..least).unwrap());
            assert_eq!(hidden(&format!("export TOKEN={token};")), [&token], "{prefix}");
            let short = format!("{prefix}{}", body.get(..least - 1).unwrap());
            assert!(!hidden(&short).contains(&&*short), "{short}");
        }
        assert_eq!(hidden("AKIAIOSFODNN7EXAMPLE"), ["AKIAIOSFODNN7EXAMPLE"]);
        assert_eq!(
            hidden("k=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"]
        );
        assert_eq!(hidden("x eyJhbGci.eyJzdWIi.c2ln-_ y"), ["eyJhbGci.eyJzdWIi.c2ln-_"]);
    }

    /// What a rule reports is never shown beside its message.
    #[test]
    fn whatever_is_reported_is_hidden() {
        for shape in &credentials::SHAPES {
            let Some(reported) = &shape.reported else { continue };
            for length in [reported.least, reported.most] {
                let token = format!("{}{}", shape.prefix, "Z9".repeat(length).get(..length).unwrap());
                assert!(credentials::token(&token).is_some(), "{token}");
                assert_eq!(hidden(&token), [&token], "{token}");
            }
        }
    }

    #[test]
    fn the_body_of_a_private_key_is_found_also_on_one_line() {
        let block = "-----BEGIN RSA PRIVATE KEY-----\nabc\ndef\n-----END RSA PRIVATE KEY-----";
        assert_eq!(hidden(block), ["\nabc\ndef\n"]);
        assert_eq!(hidden(r#"k = "-----BEGIN PRIVATE KEY-----\nabc""#), [r"\nabc"]);
        assert!(hidden("-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----").is_empty());
    }

    #[test]
    fn a_password_in_an_address_is_found_and_a_reference_is_not() {
        assert_eq!(hidden("postgres://app:hunter2@db:5432/x"), ["hunter2"]);
        assert!(hidden("postgres://app:${var.password}@db").is_empty());
        assert!(hidden("https://docs.aws.amazon.com/kms/ mail@example.com").is_empty());
    }

    #[test]
    fn digests_identifiers_and_paths_stay_readable() {
        for text in [
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "aws_secretsmanager_secret_rotation.this",
            "github.com/cloudposse/terraform-aws-components",
            "AllowReadOfParametersForApplication2Only",
        ] {
            assert!(hidden(text).is_empty(), "{text}");
        }
    }
}
