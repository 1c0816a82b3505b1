//! Identity providers that many organisations share, and services that say on whose behalf they
//! assume a role: tables whose sources and dates their files name.

use std::sync::LazyLock;

use crate::service::rows;

const ISSUERS: &str = include_str!("../data/oidc-issuers.tsv");
const SOURCES: &str = include_str!("../data/source-keys.tsv");

/// A claim of a shared identity provider by which a value is tied to one organisation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    /// The provider: `token.actions.githubusercontent.com`.
    pub(crate) issuer: &'static str,
    /// The claim: `sub`; or the key of AWS that has it, `sts:RoleSessionName`.
    pub(crate) name: &'static str,
    /// How a value starts that is tied: `repo:`.
    pub(crate) start: &'static str,
    /// What ends the part that must be fixed; empty when all of the value must.
    pub(crate) end: &'static str,
    /// Who comes through the provider: `GitHub Actions workflow`.
    pub(crate) who: &'static str,
}

/// All claims.
pub(crate) fn claims() -> &'static [Claim] {
    static READ: LazyLock<Vec<Claim>> =
        LazyLock::new(|| rows(ISSUERS).filter_map(|row| claim(&row)).collect());
    &READ
}

fn claim(row: &[&'static str]) -> Option<Claim> {
    let [issuer, name, start, end, who] = *row else { return None };
    Some(Claim { issuer, name, start, end, who })
}

/// Whether AWS documents that a service says on whose behalf it assumes a role.
pub(crate) fn names_its_source(service: &str) -> bool {
    rows(SOURCES).any(|row| row.first().is_some_and(|known| known.eq_ignore_ascii_case(service)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_read() {
        assert_eq!(claims().len(), rows(ISSUERS).count());
        assert!(claims().len() > 30);
        assert!(names_its_source("states.amazonaws.com") && !names_its_source("ec2.amazonaws.com"));
    }
}
