//! Identity providers that many organisations share, and services that say on whose behalf they
//! assume a role: tables whose sources and dates their files name.

use std::sync::LazyLock;

const ISSUERS: &str = include_str!("../data/oidc-issuers.tsv");
const SOURCES: &str = include_str!("../data/source-keys.tsv");

/// A claim of a shared identity provider by which a value is tied to one organisation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    /// The provider: `token.actions.githubusercontent.com`.
    pub(crate) issuer: &'static str,
    /// The claim: `sub`.
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
    static READ: LazyLock<Vec<Claim>> = LazyLock::new(|| rows(ISSUERS).filter_map(claim).collect());
    &READ
}

fn claim(line: &'static str) -> Option<Claim> {
    let mut cells = line.split('\t');
    Some(Claim {
        issuer: cells.next()?,
        name: cells.next()?,
        start: cells.next()?,
        end: cells.next()?,
        who: cells.next()?,
    })
}

/// Whether AWS documents that a service says on whose behalf it assumes a role.
pub(crate) fn names_its_source(service: &str) -> bool {
    rows(SOURCES).filter_map(|line| line.split('\t').next()).any(|known| known.eq_ignore_ascii_case(service))
}

fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#'))
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
