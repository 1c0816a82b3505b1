//! The syntax tree of a condition.

use std::ops::Range;
use std::sync::Arc;

/// An expression, with the bytes of the condition that it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Where it is, in bytes of the condition's text.
    pub range: Range<usize>,
    /// What it is.
    pub kind: ExprKind,
}

/// A name with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// Where it is.
    pub range: Range<usize>,
    /// The name.
    pub text: Arc<str>,
}

/// What an [`Expr`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number; CEL's int, uint and double are one type here.
    Number(keylint_model::Number),
    /// A string, its escapes decoded.
    String(Arc<str>),
    /// A variable.
    Ident(Arc<str>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `operand.field`.
    Select(Box<Expr>, Name),
    /// `name(arguments)` or `target.name(arguments)`.
    Call(Option<Box<Expr>>, Name, Vec<Expr>),
    /// `!x` or `-x`.
    Unary(UnaryOp, Box<Expr>),
    /// `a && b`, `a == b`, …
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `test ? then : otherwise`.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// An operator with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// An operator with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
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
    /// `in`
    In,
    /// `+`
    Add,
}

impl BinaryOp {
    /// The operator as it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Or => "||",
            BinaryOp::And => "&&",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::In => "in",
            BinaryOp::Add => "+",
        }
    }
}
