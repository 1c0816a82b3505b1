//! What the name of a value says: `DB_PASSWORD` holds a credential, `PASSWORD_LENGTH` does not.
//!
//! English puts the head of a compound last, and so do programmers: a `secret name` is a name, a
//! `token url` is a URL. So the last word decides, after those that only qualify it.

/// Last words that are credentials by themselves.
const HEADS: [&str; 17] = [
    "password",
    "passwords",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "secret",
    "secrets",
    "token",
    "credential",
    "credentials",
    "creds",
    "apikey",
    "secretkey",
    "privatekey",
    "accesskey",
    "pat",
];

/// Words that are credentials only after another word: `DB_PASS`, but not a boarding `pass`.
const LATER_HEADS: [&str; 2] = ["pass", "pw"];

/// What stands before `key` when the key is a credential.
const KEY_QUALIFIERS: [&str; 15] = [
    "api",
    "access",
    "private",
    "secret",
    "encryption",
    "signing",
    "auth",
    "account",
    "license",
    "shared",
    "client",
    "webhook",
    "service",
    "app",
    "master",
];

/// Endings of words written together: `mysecret`, `dbpassword`, `authtoken`.
const ENDINGS: [&str; 7] = ["password", "passwd", "passphrase", "secret", "apikey", "token", "secretkey"];

/// Last words that say nothing about what the value is.
const QUALIFIERS: [&str; 15] = [
    "value",
    "string",
    "text",
    "plain",
    "plaintext",
    "current",
    "base",
    "master",
    "admin",
    "root",
    "main",
    "primary",
    "secondary",
    "old",
    "new",
];

/// Whether a name says that its value is a credential: `DB_PASSWORD`, `/orders/api-token`,
/// `stripeApiKey`; not `PASSWORD_LENGTH`, `SECRET_ARN`, `TokenUrl`, `partition_key`.
pub fn names_secret(name: &str) -> bool {
    let mut words = words(name);
    while words.len() > 1 && words.last().is_some_and(|word| QUALIFIERS.contains(&word.as_str())) {
        words.pop();
    }
    let Some((last, before)) = words.split_last() else { return false };
    let previous = before.last().map_or("", String::as_str);
    HEADS.contains(&last.as_str())
        || (!before.is_empty() && LATER_HEADS.contains(&last.as_str()))
        || (matches!(last.as_str(), "key" | "keys") && KEY_QUALIFIERS.contains(&previous))
        || (last == "word" && previous == "pass")
        || ENDINGS.iter().any(|ending| last.len() > ending.len() && last.ends_with(ending))
}

/// Whether a name says so of an environment variable. Two more do than in other places: the id of an access
/// key is half of a credential that lasts, and the other variable holds credentials of registries.
///
/// Source: <https://docs.aws.amazon.com/config/latest/developerguide/ecs-no-environment-secrets.html>.
pub fn names_secret_variable(name: &str) -> bool {
    matches!(name, "AWS_ACCESS_KEY_ID" | "ECS_ENGINE_AUTH_DATA") || names_secret(name)
}

/// Keys that stand beside the credential in the value of a secret and say where it belongs.
const DESCRIPTIONS: [&str; 28] = [
    "user",
    "username",
    "login",
    "email",
    "host",
    "hostname",
    "port",
    "engine",
    "dbname",
    "database",
    "db",
    "endpoint",
    "url",
    "uri",
    "region",
    "arn",
    "id",
    "identifier",
    "name",
    "type",
    "schema",
    "warehouse",
    "account",
    "role",
    "version",
    "description",
    "protocol",
    "ssl",
];

/// Whether a key in the value of a secret only describes the credential beside it: `username`,
/// `host`, `dbInstanceIdentifier`.
pub fn describes(key: &str) -> bool {
    !names_secret(key)
        && words(key)
            .last()
            .is_some_and(|last| DESCRIPTIONS.contains(&last.as_str()) || last.ends_with("name"))
}

/// The words of a name in lower case, numbers at their ends left out: `dbPassword2`, `DB_PASSWORD`,
/// `db-password` and `/db/password` are all `db`, `password`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous: Option<char> = None;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let next_is_lower = characters.peek().is_some_and(char::is_ascii_lowercase);
        let begins = previous.is_some_and(|previous| {
            // `dbPassword`, `APIKey`: a word begins where the case rises, or before the last capital of a run.
            character.is_ascii_uppercase()
                && (previous.is_ascii_lowercase()
                    || previous.is_ascii_digit()
                    || (previous.is_ascii_uppercase() && next_is_lower))
        });
        if begins || !character.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if character.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(character.to_ascii_lowercase());
        }
        previous = Some(character);
    }
    let trimmed = words.iter().map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned());
    trimmed.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_decides() {
        for name in [
            "DB_PASSWORD",
            "dbPassword",
            "password",
            "/orders/api-token",
            "stripeApiKey",
            "STRIPE_API_KEY",
            "APIKey",
            "MYSECRET",
            "MYSECRET2",
            "SuperSecret",
            "AWS_SECRET_ACCESS_KEY",
            "privateKey",
            "SMTP_PASS",
            "/production/database/password/master",
            "SECRET_KEY_BASE",
            "authtoken",
            "DatabasePassword",
            "NPM_TOKEN",
            "PassWord",
            "DB_PASSWORD_VALUE",
            "client_secret",
            "GITHUB_PAT",
        ] {
            assert!(names_secret(name), "{name}");
        }
        for name in [
            "PASSWORD_LENGTH",
            "SECRET_ARN",
            "SECRET_NAME",
            "TokenUrl",
            "partition_key",
            "publicKey",
            "KMS_KEY",
            "keyName",
            "MinimumPasswordLength",
            "TokenParameter",
            "DB_PASSWORD_SECRET_ARN",
            "COMPASS",
            "bypass",
            "key1",
            "APP_PRIVATE_KEY_SECRET_NAME",
            "TAGS",
            "",
            "___",
            "PASSWORD_POLICY",
            "monkey",
            "pass",
        ] {
            assert!(!names_secret(name), "{name}");
        }
    }

    #[test]
    fn what_stands_beside_a_credential_is_no_credential() {
        for key in ["username", "dbInstanceIdentifier", "HOST", "engine", "userName", "accountId"] {
            assert!(describes(key), "{key}");
        }
        for key in ["password", "token", "value", "db_password", "key"] {
            assert!(!describes(key), "{key}");
        }
    }
}
