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

impl Node {
    /// Whether the first variable alone decides what it is. A macro counts as asking for more.
    pub(crate) fn asks_first_variable_only(&self) -> bool {
        let all = |nodes: &[Node]| nodes.iter().all(Node::asks_first_variable_only);
        match &self.op {
            Op::Null | Op::Bool(_) | Op::Number(_) | Op::String(_) => true,
            Op::Variable(slot) => *slot == 0,
            Op::List(nodes) => all(nodes),
            Op::Field(one, _) | Op::Size(one) | Op::Origin(one) | Op::Not(one) => {
                one.asks_first_variable_only()
            }
            Op::Call(target, _, arguments) => target.asks_first_variable_only() && all(arguments),
            Op::And(pair) | Op::Or(pair) | Op::Compare(_, pair) | Op::In(pair) | Op::Concat(pair) => {
                all(&**pair)
            }
            Op::Conditional(three) => all(&**three),
            Op::Quantifier(..) => false,
        }
    }
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

#[cfg(test)]
mod tests {
    use keylint_syntax::Text;

    use crate::Registry;
    use crate::page::Target;

    #[test]
    fn it_is_told_what_the_first_variable_alone_decides() {
        let kinds = Registry::builtin().kinds();
        let variables = crate::rule::variables(&Target::Statement, kinds).unwrap();
        let cases = [
            (r#"policy.kind == "key""#, true),
            (r#"policy.kind in ["key", "secret"] && !(has(policy.owner) && policy.serves_http)"#, true),
            (r#"policy.some_guards(["kms:DisableKey"]) || policy.size > policy.size_limit"#, true),
            (r#"statement.effect == "Allow""#, false),
            (r#"policy.kind == "key" && statement.is_public"#, false),
            (r#"policy.kind == "key" ? policy.is_bare : statement.is_public"#, false),
            (r#"policy.statements.exists(s, s.is_public)"#, false),
        ];
        for (condition, expected) in cases {
            let node = crate::cel::compile(&Text::synthetic(condition), &variables, kinds).unwrap();
            assert_eq!(node.asks_first_variable_only(), expected, "{condition}");
        }
    }
}
