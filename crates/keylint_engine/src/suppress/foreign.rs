//! Suppression comments of other tools: not obeyed, but said to be there.
//!
//! A rule of another tool is never quite ours, so that obeying its suppressions would silence
//! what nobody decided about. Whoever comes from that tool should know why it is loud, though.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// The tools and what their comments look like.
const TOOLS: [(&str, &[&str]); 6] = [
    ("checkov", &["checkov:skip="]),
    ("tfsec", &["tfsec:ignore:"]),
    ("trivy", &["trivy:ignore:"]),
    ("kics", &["kics-scan ignore", "kics-scan disable"]),
    ("cfn_nag", &["rules_to_suppress"]),
    ("nosec", &["#nosec", "# nosec", "//nosec", "// nosec"]),
];

/// All marks of all tools, looked for at once. `None` if they cannot be made, which a test rules out.
/// None has another one in it, so that the kind of match is all the same, but for the leftmost ones
/// text without any is passed over quickly.
static MARKS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let marks = TOOLS.iter().flat_map(|(_, marks)| *marks);
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(marks).ok()
});

/// How many there are of each tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ForeignComments([usize; TOOLS.len()]);

impl ForeignComments {
    /// Those in a text.
    pub(crate) fn count(text: &str) -> Self {
        let mut counts = ForeignComments::default();
        for found in MARKS.iter().flat_map(|marks| marks.find_iter(text)) {
            let mut upto = 0;
            // The marks of a tool stand together, in the order of the tools.
            let tool = TOOLS.iter().position(|(_, marks)| {
                upto += marks.len();
                found.pattern().as_usize() < upto
            });
            if let Some(count) = tool.and_then(|tool| counts.0.get_mut(tool)) {
                *count += 1;
            }
        }
        counts
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }
}

/// A word about them, where there are any.
pub(crate) fn hint(found: ForeignComments) -> Option<String> {
    let total: usize = found.0.iter().sum();
    let names: Vec<_> =
        TOOLS.iter().zip(found.0).filter(|(_, count)| *count > 0).map(|((name, _), _)| *name).collect();
    let comments = if total == 1 {
        "suppression comment of another tool is"
    } else {
        "suppression comments of other tools are"
    };
    (total > 0).then(|| {
        format!(
            "{total} {comments} not obeyed ({}); keylint's are `# keylint: ignore[RULE] reason`",
            names.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_other_tools_are_counted_by_tool() {
        let mut found =
            ForeignComments::count("# checkov:skip=CKV_AWS_1:why\n#tfsec:ignore:aws-x tfsec:ignore:aws-y\n");
        found.add(ForeignComments::count("password = 1 # nosec"));
        let hint = hint(found).unwrap();
        assert!(
            hint.starts_with("4 suppression comments of other tools are not obeyed (checkov, tfsec, nosec)"),
            "{hint}"
        );
        assert_eq!(super::hint(ForeignComments::count("# keylint: ignore[SM001]")), None);
    }
}
