//! The tree of a JSON or YAML document.

use keylint_source::Span;

use crate::text::Text;

/// A value of a JSON or YAML document.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it is written: a string with its quotes, a collection with its brackets.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
    /// A YAML tag, with the `!`, such as `!Sub`. `None` in JSON.
    pub tag: Option<Tag>,
}

/// A YAML tag.
#[derive(Clone, Debug)]
pub struct Tag {
    /// Where the tag is written.
    pub span: Span,
    /// The tag as written, `!` included.
    pub name: Box<str>,
}

/// What a [`Node`] is.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// `null`, and in YAML also `~` and nothing at all.
    Null,
    /// `true` or `false`; in YAML as CloudFormation reads it (1.1: `yes`, `On`, …).
    Bool(bool),
    /// A number, as it is written.
    Number(Box<str>),
    /// A string. Holes of the input (see [`Hole`]) appear in it as their characters.
    String(Text),
    /// A hole where a value is expected: `{"a": ${var.x}}` in a template.
    Hole(Hole),
    /// A list.
    List(Vec<Node>),
    /// An object or mapping. Duplicate keys are all kept, in order, and reported.
    Map(Vec<Member>),
    /// A part that does not parse or lies beyond a limit; reported where it is found. Not
    /// [`NodeKind::Null`], because what was meant is not known.
    Invalid,
}

/// One member of a mapping.
#[derive(Clone, Debug)]
pub struct Member {
    /// The key.
    pub key: Text,
    /// Where the key is written, quotes included.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// A part of the input that is not text but stands for an unknown value: JSON is also parsed out
/// of templates whose interpolations are not known. The caller writes the n-th hole as the
/// character [`Hole::character`]; these characters (Unicode plane 15, private use) occur in no
/// real configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole(pub u16);

impl Hole {
    /// How many holes one text can have.
    pub const MAX: usize = 65_533;
    const FIRST: u32 = 0xF_0000;

    /// The character that stands for the hole.
    pub fn character(self) -> char {
        char::from_u32(Self::FIRST + u32::from(self.0)).unwrap_or('\u{F0000}')
    }

    /// The hole that a character stands for.
    pub fn from_character(character: char) -> Option<Hole> {
        let index = (character as u32).checked_sub(Self::FIRST)?;
        let index = u16::try_from(index).ok()?;
        (usize::from(index) < Self::MAX).then_some(Hole(index))
    }
}

impl Node {
    /// The members of a mapping; empty for anything else.
    pub fn members(&self) -> &[Member] {
        match &self.kind {
            NodeKind::Map(members) => members,
            _ => &[],
        }
    }

    /// The value of a key of a mapping; the last one where the key is given twice, as JSON and
    /// YAML readers take it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.members().iter().rev().find(|member| member.key.as_str() == key).map(|member| &member.value)
    }

    /// The string that this node is.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String(text) => Some(text),
            _ => None,
        }
    }
}
