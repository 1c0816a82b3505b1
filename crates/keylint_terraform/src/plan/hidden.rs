//! Which parts of a value must not be shown.

use keylint_syntax::data::{Node, NodeKind};

use super::list;

/// The marks of a value: `true` where it is sensitive as a whole, else a value of its own shape, or
/// paths that lead to what is.
#[derive(Clone, Debug, Default)]
pub(super) struct Hidden<'n> {
    masks: Vec<&'n Node>,
    paths: Vec<&'n [Node]>,
}

impl<'n> Hidden<'n> {
    /// By the marks that `terraform show -json` writes. What one of them hides is hidden.
    pub(super) fn of(masks: impl IntoIterator<Item = &'n Node>) -> Self {
        Hidden { masks: masks.into_iter().collect(), paths: Vec::new() }
    }

    /// By the paths that a state file has.
    pub(super) fn by_paths(paths: &'n [Node]) -> Self {
        Hidden { masks: Vec::new(), paths: paths.iter().map(|path| list(Some(path))).collect() }
    }

    /// Whether the value as a whole is hidden.
    pub(super) fn is_whole(&self) -> bool {
        self.masks.iter().any(|mask| super::is_true(mask)) || self.paths.iter().any(|path| path.is_empty())
    }

    /// The marks of a member.
    pub(super) fn member(&self, name: &str) -> Hidden<'n> {
        self.part(|mask| mask.get(name), |step| step.as_str() == Some(name))
    }

    /// The marks of an element.
    pub(super) fn element(&self, position: usize) -> Hidden<'n> {
        self.part(
            |mask| list(Some(mask)).get(position),
            |step| matches!(&step.kind, NodeKind::Number(text) if text.parse() == Ok(position)),
        )
    }

    fn part(&self, of_mask: impl Fn(&'n Node) -> Option<&'n Node>, is_step: impl Fn(&Node) -> bool) -> Self {
        // Most values hide nothing.
        if self.masks.is_empty() && self.paths.is_empty() {
            return Hidden::default();
        }
        let masks = self
            .masks
            .iter()
            .filter_map(|mask| if super::is_true(mask) { Some(*mask) } else { of_mask(mask) });
        let paths = self.paths.iter().filter_map(|path| match path.split_first() {
            None => Some(*path),
            Some((step, rest)) => matches(step, &is_step).then_some(rest),
        });
        Hidden { masks: masks.collect(), paths: paths.collect() }
    }
}

/// `{"type": "get_attr", "value": "password"}`, and for an index `{"type": "index", "value":
/// {"value": 0, "type": "number"}}`. What is not understood matches, so that too much is hidden
/// sooner than too little.
fn matches(step: &Node, is_step: impl Fn(&Node) -> bool) -> bool {
    let Some(value) = step.get("value") else { return true };
    match &value.kind {
        NodeKind::Map(_) => value.get("value").is_none_or(is_step),
        _ => is_step(value),
    }
}
