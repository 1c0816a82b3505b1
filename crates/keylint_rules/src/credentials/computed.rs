//! Credentials that a provider makes: what only deployment knows and is secret all the same.

use keylint_model::Address;

/// The attributes, by the type of the resource or data source.
///
/// Sources: <https://registry.terraform.io/providers/hashicorp/random/latest/docs/resources/password>,
/// <https://registry.terraform.io/providers/hashicorp/tls/latest/docs/resources/private_key>,
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_access_key>,
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/secretsmanager_secret_version>,
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/secretsmanager_random_password>.
const COMPUTED: [(&str, &[&str]); 5] = [
    ("random_password", &["result"]),
    ("tls_private_key", &["private_key_pem", "private_key_openssh", "private_key_pem_pkcs8"]),
    ("aws_iam_access_key", &["secret", "ses_smtp_password_v4"]),
    ("aws_secretsmanager_secret_version", &["secret_string"]),
    ("aws_secretsmanager_random_password", &["random_password"]),
];

/// Whether an attribute of the resource or data source at an address of Terraform is a credential that
/// the provider makes or reads: `random_password.master[0]` and `result`.
pub fn is_computed(address: &Address, attribute: &str) -> bool {
    type_of(address)
        .and_then(|of| COMPUTED.iter().find(|(name, _)| *name == of))
        .is_some_and(|(_, attributes)| attributes.contains(&attribute))
}

/// The type that an address names, past its modules: `module.a["b.c"].data.TYPE.name`.
fn type_of(address: &Address) -> Option<&str> {
    let rest = address.in_module()?;
    let rest = rest.strip_prefix("data.").or_else(|| rest.strip_prefix("ephemeral.")).unwrap_or(rest);
    rest.split('.').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_and_the_attribute_decide() {
        for (address, attribute) in [
            ("random_password.master", "result"),
            ("random_password.master[\"a.b\"]", "result"),
            ("module.db[\"a.\\\"b\"].module.inner.random_password.master[0]", "result"),
            ("data.aws_secretsmanager_secret_version.db", "secret_string"),
            ("ephemeral.aws_secretsmanager_random_password.db", "random_password"),
        ] {
            assert!(is_computed(&Address::new(address), attribute), "{address}.{attribute}");
        }
        for (address, attribute) in [
            ("random_password.master", "length"),
            ("random_pet.random_password", "result"),
            ("module.random_password.random_string.x", "result"),
            ("module.random_password", "result"),
            ("data.aws_secretsmanager_secret_version.db", "arn"),
            ("tls_private_key.ssh", "public_key_openssh"),
            ("", "result"),
        ] {
            assert!(!is_computed(&Address::new(address), attribute), "{address}.{attribute}");
        }
    }
}
