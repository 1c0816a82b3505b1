//! Parts of the documents that are generated.

use std::path::Path;

use anyhow::Context as _;

/// What stands before the generated part of `docs/rules-language.md`.
const MARK: &str = "<!-- views -->\n";

/// The document as it should be.
fn language(text: &str) -> Option<String> {
    let (before, _) = text.split_once(MARK)?;
    Some(format!("{before}{MARK}{}", keylint_rules::schema::reference()))
}

/// Writes the generated part of `docs/rules-language.md`.
#[expect(clippy::disallowed_methods, reason = "a developer's tool that writes into the repository")]
pub(crate) fn write(root: &Path) -> anyhow::Result<()> {
    let path = root.join("docs/rules-language.md");
    let text = std::fs::read_to_string(&path)?;
    std::fs::write(&path, language(&text).context("the mark is missing")?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_of_views_is_fresh() {
        let text = include_str!("../../../docs/rules-language.md");
        assert_eq!(language(text).as_deref(), Some(text), "run `cargo xtask docs`");
    }
}
