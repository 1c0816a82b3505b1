//! The shapes of providers' credentials.
//!
//! Only shapes that hardly anything else has: a fixed prefix with a fixed length or alphabet, a
//! framed key, an address with a password in it. Entropy alone never decides.

/// What credential of a known provider a text contains; `None` when it contains none.
pub fn token(text: &str) -> Option<&'static str> {
    // Most strings are words.
    if text.len() < SHORTEST && !text.contains([' ', ':']) {
        return None;
    }
    // One character is looked for faster than several, and most strings have none of these.
    if text.contains('-') && text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Some("private key");
    }
    if text.contains('@') && has_password_in_address(text) {
        return Some("address with a password");
    }
    if text.len() < SHORTEST {
        return None;
    }
    let piece =
        |character: char| !(character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.'));
    text.split(piece).filter(|piece| piece.len() >= SHORTEST).find_map(known_prefix)
}

/// A prefix, the number of characters that follow it at least and at most, which they are, and the
/// provider's name for it.
struct Shape {
    prefix: &'static str,
    least: usize,
    most: usize,
    alphabet: fn(char) -> bool,
    name: &'static str,
}

const fn shape(
    prefix: &'static str,
    least: usize,
    most: usize,
    alphabet: fn(char) -> bool,
    name: &'static str,
) -> Shape {
    Shape { prefix, least, most, alphabet, name }
}

fn capital(character: char) -> bool {
    character.is_ascii_uppercase() || character.is_ascii_digit()
}

fn alphanumeric(character: char) -> bool {
    character.is_ascii_alphanumeric()
}

fn word(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-".contains(character)
}

fn dotted(character: char) -> bool {
    word(character) || character == '.'
}

/// Sources: "IAM identifiers" in the IAM User Guide; GitHub, GitLab, Slack, Stripe, Google, npm, PyPI,
/// SendGrid, OpenAI and Anthropic on the formats of their tokens.
static SHAPES: [Shape; 22] = [
    shape("AKIA", 16, 16, capital, "AWS access key"),
    shape("ASIA", 16, 16, capital, "AWS access key"),
    shape("ghp_", 36, 36, alphanumeric, "GitHub token"),
    shape("gho_", 36, 36, alphanumeric, "GitHub token"),
    shape("ghu_", 36, 36, alphanumeric, "GitHub token"),
    shape("ghs_", 36, 36, alphanumeric, "GitHub token"),
    shape("ghr_", 36, 36, alphanumeric, "GitHub token"),
    shape("github_pat_", 40, 100, word, "GitHub token"),
    shape("glpat-", 20, 60, word, "GitLab token"),
    shape("xoxb-", 20, 100, word, "Slack token"),
    shape("xoxp-", 20, 100, word, "Slack token"),
    shape("xoxa-", 20, 100, word, "Slack token"),
    shape("xoxs-", 20, 100, word, "Slack token"),
    shape("sk_live_", 24, 120, alphanumeric, "Stripe key"),
    shape("rk_live_", 24, 120, alphanumeric, "Stripe key"),
    shape("AIza", 35, 35, word, "Google API key"),
    shape("npm_", 36, 36, alphanumeric, "npm token"),
    shape("pypi-AgE", 50, 400, word, "PyPI token"),
    shape("SG.", 60, 80, dotted, "SendGrid key"),
    shape("sk-proj-", 40, 300, word, "OpenAI key"),
    shape("sk-ant-", 40, 300, word, "Anthropic key"),
    shape("eyJ", 60, 8192, dotted, "JSON web token"),
];

/// No token is shorter, prefix included.
const SHORTEST: usize = 20;

fn known_prefix(piece: &str) -> Option<&'static str> {
    let first = piece.as_bytes().first()?;
    let shape =
        SHAPES.iter().filter(|shape| shape.prefix.as_bytes().first() == Some(first)).find(|shape| {
            piece.strip_prefix(shape.prefix).is_some_and(|rest| {
                let length = rest.chars().count();
                (shape.least..=shape.most).contains(&length) && rest.chars().all(shape.alphabet)
            })
        })?;
    // A web token has a header and a payload, both base64 of JSON, and a signature.
    let is_web_token = || piece.split('.').count() == 3 && piece.contains(".eyJ");
    (shape.prefix != "eyJ" || is_web_token()).then_some(shape.name)
}

/// `postgres://orders:Zc4vX1pQ@host/db`: a user and a literal password in an address.
fn has_password_in_address(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '#', ' ', '"', '\'', ',']).next().unwrap_or("");
        let Some((user, _)) = authority.rsplit_once('@') else { return false };
        let Some((_, password)) = user.split_once(':') else { return false };
        !password.is_empty()
            && !super::is_placeholder(password)
            && !password.contains("${")
            && password != "password"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_shape_is_shorter_than_the_shortest() {
        let shortest = SHAPES.iter().map(|shape| shape.prefix.len() + shape.least).min();
        assert_eq!(shortest, Some(SHORTEST));
    }

    #[test]
    fn shapes_of_providers_are_known() {
        let web = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlc2lnbmF0dXJl";
        let cases = [
            ("AKIAAAAAAAAAAAAAAAAA", Some("AWS access key")),
            ("key=AKIAAAAAAAAAAAAAAAAA;", Some("AWS access key")),
            ("AKIAAAAAAAAAAAAAAAAAB", None),
            ("AKIAaaaaaaaaaaaaaaaa", None),
            ("ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Some("GitHub token")),
            ("ghp_short", None),
            ("-----BEGIN RSA PRIVATE KEY-----\nMII", Some("private key")),
            ("-----BEGIN PUBLIC KEY-----\nMII", None),
            ("postgres://orders:Zc4vX1pQ@db.internal/orders", Some("address with a password")),
            ("postgres://orders:${password}@db.internal/orders", None),
            ("postgres://orders@db.internal/orders", None),
            ("https://example.com/a:b@c", None),
            (web, Some("JSON web token")),
            ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9aaaaaaaaaaaaa", None),
            ("handler.handlerverylongcustomhandlernameforservi", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(token(text), expected, "{text}");
        }
    }
}
