//! The typed form of a condition, which is evaluated.

use std::ops::Range;
use std::sync::Arc;

use keylint_model::Number;

use crate::types::Type;

/// A typed expression.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it is, in bytes of the condition's text.
    pub range: Range<usize>,
    /// Its type.
    pub ty: Type,
    /// What it does.
    pub op: Op,
}

/// What a [`Node`] does.
#[derive(Clone, Debug)]
pub enum Op {
    /// The literal `null`.
    Null,
    /// A literal.
    Bool(bool),
    /// A literal.
    Number(Number),
    /// A literal.
    String(Arc<str>),
    /// The variable in a slot.
    Variable(usize),
    /// A list of elements.
    List(Vec<Node>),
    /// A field of a view.
    Field(Box<Node>, Arc<str>),
    /// A method of a view, a string or a map.
    Call(Box<Node>, &'static str, Vec<Node>),
    /// How many elements or characters there are.
    Size(Box<Node>),
    /// The same, but pointing at where the value was written.
    Origin(Box<Node>),
    /// Not.
    Not(Box<Node>),
    /// Both.
    And(Box<[Node; 2]>),
    /// One of them.
    Or(Box<[Node; 2]>),
    /// A comparison.
    Compare(Comparison, Box<[Node; 2]>),
    /// Whether the second, a list, has the first.
    In(Box<[Node; 2]>),
    /// Two strings in a row.
    Concat(Box<[Node; 2]>),
    /// The second when the first holds, otherwise the third.
    Conditional(Box<[Node; 3]>),
    /// A macro over a list, with the slot of its variable: list and body.
    Quantifier(Macro, usize, Box<[Node; 2]>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

/// What is asked of the elements of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Macro {
    /// Whether the body holds for one of them.
    Exists,
    /// Whether it holds for all of them.
    All,
    /// Those for which it holds.
    Filter,
    /// What the body makes of each.
    Map,
}
