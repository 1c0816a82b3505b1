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

/// A prefix that issuers give to their credentials.
pub struct Shape {
    /// The prefix.
    pub prefix: &'static str,
    /// How many characters follow it at least where text is hidden. A shape too many is harmless there.
    pub hidden_from: usize,
    /// Which bytes belong to it where text is hidden.
    pub hidden_alphabet: fn(u8) -> bool,
    /// How it is told from other text, where it is reported.
    pub reported: Option<Reported>,
}

/// What follows the prefix of a credential that is reported.
pub struct Reported {
    /// How many characters at least.
    pub least: usize,
    /// How many at most.
    pub most: usize,
    /// Which.
    alphabet: fn(u8) -> bool,
    /// The issuer's name for it.
    name: &'static str,
}

/// A credential that is reported, and hidden from fewer characters on.
const fn reported(
    prefix: &'static str,
    hidden_from: usize,
    (least, most): (usize, usize),
    alphabet: fn(u8) -> bool,
    name: &'static str,
) -> Shape {
    let reported = Some(Reported { least, most, alphabet, name });
    Shape { prefix, hidden_from, hidden_alphabet: word, reported }
}

/// A credential that is hidden only: its prefix is too common, or its format is not documented.
const fn hidden(prefix: &'static str, hidden_from: usize) -> Shape {
    Shape { prefix, hidden_from, hidden_alphabet: word, reported: None }
}

impl Shape {
    /// The same where other bytes belong to it.
    const fn of(self, hidden_alphabet: fn(u8) -> bool) -> Shape {
        Shape { hidden_alphabet, ..self }
    }
}

fn capital(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn dotted(byte: u8) -> bool {
    word(byte) || byte == b'.'
}

/// Sources: "IAM identifiers" in the IAM User Guide; GitHub, GitLab, Slack, Stripe, Google, npm, PyPI,
/// SendGrid, OpenAI, Anthropic and the others on the formats of their tokens.
pub static SHAPES: [Shape; 40] = [
    reported("AKIA", 16, (16, 16), capital, "AWS access key").of(capital),
    reported("ASIA", 16, (16, 16), capital, "AWS access key").of(capital),
    hidden("AGE-SECRET-KEY-1", 20),
    reported("AIza", 30, (35, 35), word, "Google API key"),
    reported("SG.", 40, (60, 80), dotted, "SendGrid key").of(dotted),
    hidden("dapi", 32),
    hidden("dop_v1_", 32),
    hidden("doo_v1_", 32),
    hidden("dp.pt.", 32),
    reported("ghp_", 30, (36, 36), alphanumeric, "GitHub token"),
    reported("gho_", 30, (36, 36), alphanumeric, "GitHub token"),
    reported("ghr_", 30, (36, 36), alphanumeric, "GitHub token"),
    reported("ghs_", 30, (36, 36), alphanumeric, "GitHub token"),
    reported("ghu_", 30, (36, 36), alphanumeric, "GitHub token"),
    reported("github_pat_", 22, (40, 100), word, "GitHub token"),
    hidden("gldt-", 20),
    reported("glpat-", 20, (20, 60), word, "GitLab token"),
    hidden("glptt-", 20),
    hidden("glrt-", 20),
    hidden("hf_", 30),
    hidden("hvb.", 24),
    hidden("hvs.", 24),
    hidden("lin_api_", 32),
    reported("npm_", 30, (36, 36), alphanumeric, "npm token"),
    reported("pypi-AgE", 37, (50, 400), word, "PyPI token"),
    reported("rk_live_", 16, (24, 120), alphanumeric, "Stripe key"),
    hidden("rk_test_", 16),
    hidden("shpat_", 32),
    hidden("shpss_", 32),
    reported("sk-ant-", 20, (40, 300), word, "Anthropic key"),
    reported("sk-proj-", 20, (40, 300), word, "OpenAI key"),
    reported("sk_live_", 16, (24, 120), alphanumeric, "Stripe key"),
    hidden("sk_test_", 16),
    hidden("whsec_", 20),
    hidden("xapp-", 20),
    reported("xoxa-", 10, (20, 100), word, "Slack token"),
    reported("xoxb-", 10, (20, 100), word, "Slack token"),
    reported("xoxp-", 10, (20, 100), word, "Slack token"),
    reported("xoxs-", 10, (20, 100), word, "Slack token"),
    hidden("ya29.", 20),
];

/// The shape whose prefix a text starts with.
pub fn shape_of(text: &str) -> Option<&'static Shape> {
    let first = text.as_bytes().first()?;
    SHAPES
        .iter()
        .find(|shape| shape.prefix.as_bytes().first() == Some(first) && text.starts_with(shape.prefix))
}

/// No token is shorter, prefix included.
const SHORTEST: usize = 20;

fn known_prefix(piece: &str) -> Option<&'static str> {
    if is_web_token(piece) {
        return Some("JSON web token");
    }
    let shape = shape_of(piece)?;
    let (rest, reported) = (piece.strip_prefix(shape.prefix)?, shape.reported.as_ref()?);
    let fits = (reported.least..=reported.most).contains(&rest.len());
    (fits && rest.bytes().all(reported.alphabet)).then_some(reported.name)
}

/// A web token has a header and a payload, both base64 of JSON, and a signature.
fn is_web_token(piece: &str) -> bool {
    piece.starts_with("eyJ")
        && (63..=8195).contains(&piece.len())
        && piece.contains(".eyJ")
        && piece.bytes().all(dotted)
        && piece.split('.').count() == 3
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
        let least = |shape: &Shape| Some(shape.prefix.len() + shape.reported.as_ref()?.least);
        let shortest = SHAPES.iter().filter_map(least).min();
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
