//! Collections while they are still open.

use std::collections::HashSet;
use std::sync::Arc;

use keylint_source::Span;

use crate::data::{Member, Node, NodeKind, Tag};
use crate::text::Text;

/// A finished node with what its parent needs to know.
pub(super) struct Built {
    pub(super) node: Node,
    /// How many levels of collections it has.
    pub(super) height: usize,
    /// How many values it has.
    pub(super) size: usize,
    /// Where it ends in the source.
    pub(super) end: usize,
}

/// A node that aliases can refer to.
pub(super) struct Anchored {
    pub(super) node: Node,
    pub(super) height: usize,
    pub(super) size: usize,
}

/// A collection that is still open.
pub(super) struct Frame {
    pub(super) content: Content,
    /// The column that the entries of a block collection start in; `None` in brackets.
    pub(super) column: Option<usize>,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) tag: Option<Tag>,
    pub(super) anchor: usize,
    pub(super) height: usize,
    pub(super) size: usize,
}

pub(super) enum Content {
    List(Vec<Node>),
    Map { members: Vec<Member>, key: Option<Key>, merges: Vec<Merge> },
}

/// Room that closed collections no longer need: how many entries an open one gets nobody knows, and most
/// have few.
#[derive(Default)]
pub(super) struct Spare {
    elements: Vec<Vec<Node>>,
    members: Vec<Vec<Member>>,
}

impl Spare {
    /// Room for the elements of a list.
    pub(super) fn elements(&mut self) -> Vec<Node> {
        self.elements.pop().unwrap_or_default()
    }

    /// Room for the members of a mapping.
    pub(super) fn members(&mut self) -> Vec<Member> {
        self.members.pop().unwrap_or_default()
    }

    /// The elements of a closed list in no more room than they need.
    pub(super) fn list(&mut self, mut elements: Vec<Node>) -> Vec<Node> {
        let mut list = Vec::with_capacity(elements.len());
        list.append(&mut elements);
        self.elements.push(elements);
        list
    }

    /// The members of a closed mapping in no more room than they need.
    pub(super) fn map(&mut self, mut members: Vec<Member>) -> Vec<Member> {
        let mut map = Vec::with_capacity(members.len());
        map.append(&mut members);
        self.members.push(members);
        map
    }
}

pub(super) struct Key {
    pub(super) text: Text,
    pub(super) span: Span,
    /// Whether it is a plain `<<`.
    pub(super) merge: bool,
}

/// The value of a `<<` and before which member it stands.
pub(super) struct Merge {
    pub(super) position: usize,
    pub(super) value: Node,
}

impl Frame {
    pub(super) fn is_block_at(&self, column: usize, dashes: bool) -> bool {
        self.column == Some(column) && matches!(self.content, Content::List(_)) == dashes
    }

    pub(super) fn expects_key(&self) -> bool {
        matches!(&self.content, Content::Map { key: None, .. })
    }

    /// Whether the value that comes next is that of a merge key.
    pub(super) fn expects_merge(&self) -> bool {
        matches!(&self.content, Content::Map { key: Some(key), .. } if key.merge)
    }

    pub(super) fn set_key(&mut self, text: Text, span: Span, merge: bool) {
        if let Content::Map { key, .. } = &mut self.content {
            *key = Some(Key { text, span, merge });
        }
    }

    /// Takes in an element, or the value of the pending key.
    pub(super) fn add(&mut self, built: Built) {
        self.height = self.height.max(built.height);
        self.size += built.size;
        self.end = self.end.max(built.end);
        match &mut self.content {
            Content::List(elements) => elements.push(built.node),
            Content::Map { members, key, merges } => match key.take() {
                Some(key) if key.merge => merges.push(Merge { position: members.len(), value: built.node }),
                Some(key) => members.push(Member { key: key.text, key_span: key.span, value: built.node }),
                None => {}
            },
        }
    }

    /// Takes over the entries of another block; `false` when it is not of the same form.
    pub(super) fn absorb(&mut self, other: Frame) -> bool {
        self.height = self.height.max(other.height);
        self.size += other.size;
        self.end = self.end.max(other.end);
        match (&mut self.content, other.content) {
            (Content::List(elements), Content::List(more)) => elements.extend(more),
            (
                Content::Map { members, key, merges },
                Content::Map { members: more, key: last, merges: new },
            ) => {
                let before = members.len();
                members.extend(more);
                merges.extend(
                    new.into_iter().map(|merge| Merge { position: before + merge.position, ..merge }),
                );
                *key = last;
            }
            _ => return false,
        }
        true
    }
}

/// Puts the members of merged mappings where their `<<` stands. A key of the mapping itself wins
/// over a merged one, and an earlier merged mapping over a later one: <https://yaml.org/type/merge.html>.
/// Answers with the values that cannot be merged.
pub(super) fn merge(members: &mut Vec<Member>, merges: Vec<Merge>) -> Vec<Span> {
    let (mut added, mut wrong) = (0, Vec::new());
    let mut taken: HashSet<Arc<str>> = members.iter().map(|member| Arc::clone(member.key.shared())).collect();
    for Merge { position, value } in merges {
        let position = (position + added).min(members.len());
        let sources = match value.kind {
            NodeKind::List(sources) => sources,
            _ => vec![value],
        };
        let mut found = Vec::new();
        for source in sources {
            match source.kind {
                NodeKind::Map(more) if source.tag.is_none() => {
                    found.extend(
                        more.into_iter().filter(|member| taken.insert(Arc::clone(member.key.shared()))),
                    );
                }
                NodeKind::Invalid => {}
                _ => wrong.push(source.span),
            }
        }
        added += found.len();
        members.splice(position..position, found);
    }
    wrong
}
