//! What a text says about credentials: whether a name promises one, whether a value is one.
//!
//! Rules about leaks ask three things apart, because only together they decide: is the value shaped
//! like the credential of a known provider ([`token()`]), does its name say that it is a credential
//! ([`names_secret`]), and is it only a stand-in or a pointer ([`is_placeholder`], [`is_setting`])?
//! A name alone is never enough: that is where other scanners get their false alarms from.
//!
//! Everything here is a pure function of text, linear in its length.

mod computed;
mod name;
mod token;

pub use computed::is_computed;
pub use name::{describes, names_secret, names_secret_variable};
pub use token::{Reported, SHAPES, Shape, shape_of, token};

/// Words that only a stand-in contains.
const STAND_INS: [&str; 12] = [
    "changeme",
    "change_me",
    "change-me",
    "change me",
    "placeholder",
    "example",
    "dummy",
    "replaceme",
    "replace_me",
    "replace-me",
    "redacted",
    "to-be-set",
];

/// Beginnings that only a stand-in has.
const STAND_IN_STARTS: [&str; 7] = ["replace", "your-", "your_", "your ", "insert", "fill", "set-me"];

/// Whole texts that stand for no value.
const EMPTY_WORDS: [&str; 14] = [
    "todo",
    "tbd",
    "none",
    "null",
    "nil",
    "n/a",
    "na",
    "unset",
    "empty",
    "undefined",
    "initial",
    "default",
    "not-set",
    "notset",
];

/// Whether a value is known to stand for no real credential: `changeme`, `REPLACE_ME`,
/// `<password>`, `***`, a template's own placeholder.
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    let mut characters = value.chars();
    let first = characters.next();
    // One character again and again: `xxxx`, `****`, `.`.
    first.is_none_or(|first| characters.all(|other| other == first))
        || EMPTY_WORDS.contains(&lower.as_str())
        // In generated characters such a word is no word: AWS's own sample key has one in it.
        || (!is_random(value) && STAND_INS.iter().any(|word| lower.contains(word)))
        || STAND_IN_STARTS.iter().any(|start| lower.starts_with(start))
        || is_enclosed(value)
}

/// `<password>`, `${password}`, `{{password}}`, `%PASSWORD%`, `[password]`, `__password__`.
fn is_enclosed(value: &str) -> bool {
    const PAIRS: [(&str, &str); 6] =
        [("<", ">"), ("${", "}"), ("{{", "}}"), ("%", "%"), ("[", "]"), ("__", "__")];
    PAIRS.iter().any(|(start, end)| {
        value.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).is_some_and(|inner| {
            let word = |character: char| character.is_alphanumeric() || " _-.:/[]*".contains(character);
            !inner.is_empty() && inner.chars().all(word)
        })
    })
}

/// Whether a value is a number, whatever it counts.
pub fn is_number(value: &str) -> bool {
    value.parse::<f64>().is_ok()
}

/// Whether a number is one that nobody counts or measures with under the name of a credential: six digits
/// or more and nothing else.
pub fn is_long_number(value: &str) -> bool {
    value.len() >= 6 && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a value is configuration rather than a credential, whatever its name says: a switch, an
/// ARN, an address without a password, a path, the name of a secret kept elsewhere.
pub fn is_setting(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "enabled" | "disabled")
        || value.starts_with("arn:")
        || ["/", "./", "../", "~/", "file:", "s3:", "ssm:"].iter().any(|start| value.starts_with(start))
        || (value.contains("://") && token(value).is_none())
        || is_name_of_secret(value)
}

/// `prod/orders/database`, `orders-db-password`: lower-case words with separators between them, that
/// are a path or themselves name a secret.
fn is_name_of_secret(value: &str) -> bool {
    let separator = |character: char| "/-_.:".contains(character);
    let words_only = value.chars().all(|character| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || separator(character)
    });
    let words: Vec<&str> = value.split(separator).filter(|word| !word.is_empty()).collect();
    let plain = words.iter().all(|word| !word.chars().any(|c| c.is_ascii_digit()) || word.len() <= 4);
    words_only && plain && words.len() > 1 && (value.contains('/') || names_secret(value))
}

/// Whether a value reads like generated characters rather than words: long, of several classes of
/// characters, without structure.
pub fn is_random(value: &str) -> bool {
    let length = value.chars().count();
    if !(16..=512).contains(&length) || value.contains(char::is_whitespace) {
        return false;
    }
    let (mut lower, mut upper, mut digits, mut changes) = (0, 0, 0, 0);
    let mut previous = None;
    for character in value.chars() {
        let class = match character {
            'a'..='z' => {
                lower += 1;
                0
            }
            'A'..='Z' => {
                upper += 1;
                1
            }
            '0'..='9' => {
                digits += 1;
                2
            }
            _ => 3,
        };
        changes += usize::from(previous.is_some_and(|previous| previous != class));
        previous = Some(class);
    }
    // Words change their class of characters rarely, generated text at nearly every character.
    lower > 0 && upper > 0 && digits > 0 && changes * 3 > length
}

/// Whether a part of a text, with something that is not known before or behind it, is long and mixed
/// enough to be a credential by itself. Prefixes are words: they have digits at their end, or in the short
/// names of services and versions (`MyApiV2Service`), and no generated characters.
pub fn holds_secret(part: &str) -> bool {
    let is_separator =
        |character: char| !character.is_ascii_alphanumeric() && !"+!#$%^&*~".contains(character);
    !is_setting(part)
        && !is_placeholder(part)
        && part.split(is_separator).any(|word| is_random(word) && is_mixed(word.as_bytes()))
}

/// Whether digits stand where words have none: `S3cret`, and not `S3Bucket` or `Database01`.
fn is_mixed(word: &[u8]) -> bool {
    let between = |run: &&[u8]| {
        matches!(run, [before, digit, after]
            if before.is_ascii_alphabetic() && digit.is_ascii_digit() && after.is_ascii_alphabetic())
    };
    let inner: Vec<_> = word.windows(3).filter(between).collect();
    inner.len() > 2 || inner.iter().any(|run| run.last().is_some_and(u8::is_ascii_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_told_from_values() {
        for value in [
            "changeme",
            "CHANGE_ME",
            "REPLACE_ME",
            "replace with the token",
            "<password>",
            "${password}",
            "{{ password }}",
            "${aws_iam_role.app[count.index].arn}",
            "xxxxxxxx",
            "****",
            "",
            "  ",
            "TODO",
            "placeholder",
            "your-api-key",
            "example-string-to-protect",
            "%PASSWORD%",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        let sample = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        for value in ["hunter2", "password", "Zc4vX1pQ7mT0sW9k", sample, "<a>b<c>", "{\"a\": 1}", "ab"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn settings_are_told_from_values() {
        for value in [
            "true",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-b1c2d3",
            "/orders/database/password",
            "https://example.com/token",
            "prod/orders/database",
            "my-secret",
            "orders-db-password",
        ] {
            assert!(is_setting(value), "{value}");
        }
        for value in [
            "hunter2",
            "Zc4vX1pQ7mT0sW9k",
            "postgres://orders:Zc4vX1pQ@db/orders",
            "secret",
            "a1b2c3d4/e5f6a7b8",
        ] {
            assert!(!is_setting(value), "{value}");
        }
    }

    #[test]
    fn passwords_of_digits_are_told_from_amounts() {
        assert!(["12", "3.5", "-1", "12345678"].iter().all(|value| is_number(value)));
        assert!(is_long_number("12345678"));
        assert!(!["3600", "123456.5", "-1234567", "1234567a"].iter().any(|value| is_long_number(value)));
    }

    #[test]
    fn generated_text_is_told_from_words() {
        assert!(is_random("Zc4vX1pQ7mT0sW9k"));
        for value in [
            "short1A",
            "handler.handlerVeryLongCustomName1",
            "us-east-1",
            "111122223333444455556666",
            "correct horse Battery 1",
        ] {
            assert!(!is_random(value), "{value}");
        }
    }

    #[test]
    fn a_part_of_a_text_is_a_secret_by_itself_or_a_prefix() {
        for part in
            ["hunter2Sup3rS3cret-", "-Zc4vX1pQ7mT0sW9k", "prod/Zc4vX1pQ7mT0sW9k-", "K7Mx2PqR9sT4vW6yZ"]
        {
            assert!(holds_secret(part), "{part}");
        }
        for part in [
            "",
            "-",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:Zc4vX1pQ7mT0sW9k-",
            "https://example.com/Zc4vX1pQ7mT0sW9k/",
            "MyServiceProdDatabase01-",
            "MyApiV2ServiceS3BucketProd-",
            "myapp-prod-database-password-",
            "AWSLambdaPowertoolsPythonV3-python312-",
            "3f2504e04f8911d39a0c0305e82c3301",
            "Tr0ub4dor",
            "<Zc4vX1pQ7mT0sW9k>",
        ] {
            assert!(!holds_secret(part), "{part}");
        }
    }
}
