//! The tree: bodies, blocks, expressions and templates.
//!
//! Owned and lean: nothing of the parser's own tree survives in it.
//!
//! Source: HCL Native Syntax Specification, <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>.

use std::sync::Arc;

use keylint_source::Span;

use crate::text::Text;

/// What stands in a file or between the braces of a block.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Attributes and blocks in the order in which they are written.
    pub items: Vec<Item>,
}

/// An attribute or a block.
#[derive(Clone, Debug)]
pub enum Item {
    /// `name = expression`
    Attribute(Attribute),
    /// `type "label" { … }`
    Block(Block),
}

/// `name = expression`
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name.
    pub name: Name,
    /// The expression.
    pub value: Expr,
    /// From the name to the end of the expression.
    pub span: Span,
}

/// `type "label" { … }`
#[derive(Clone, Debug)]
pub struct Block {
    /// The block type, e.g. `resource`.
    pub name: Name,
    /// The labels, quoted or not.
    pub labels: Vec<Name>,
    /// What is between the braces.
    pub body: Body,
    /// From the block type to the closing brace.
    pub span: Span,
    /// From the block type to the last label.
    pub header: Span,
}

/// A name and where it is written (for a quoted label without its quotes).
#[derive(Clone, Debug)]
pub struct Name {
    /// The name itself.
    pub text: Arc<str>,
    /// Where it is written.
    pub span: Span,
}

/// An expression and where it is written.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Where it is written.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

impl Expr {
    /// Hands each expression that is written directly in this one to `visit`, in order: operands,
    /// arguments, keys and values, what stands in a template. The parser limits how deep they go.
    pub fn each_child<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        match &self.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => {}
            ExprKind::Variable(_) | ExprKind::Invalid => {}
            ExprKind::Template(template) => each_in_parts(&template.parts, visit),
            ExprKind::List(elements) => elements.iter().for_each(visit),
            ExprKind::Object(items) => items.iter().flat_map(|item| [&item.key, &item.value]).for_each(visit),
            ExprKind::Attribute(inner, _) | ExprKind::Unary(_, inner) | ExprKind::Parenthesis(inner) => {
                visit(inner);
            }
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => [a, b].into_iter().for_each(|it| visit(it)),
            ExprKind::AttributeSplat(base, operators) | ExprKind::FullSplat(base, operators) => {
                visit(base);
                for operator in operators {
                    if let SplatOperator::Index(key) = operator {
                        visit(key);
                    }
                }
            }
            ExprKind::Call(call) => call.arguments.iter().for_each(visit),
            ExprKind::Conditional(a, b, c) => [a, b, c].into_iter().for_each(|it| visit(it)),
            ExprKind::For(form) => {
                let always = [&form.collection, &form.value];
                form.key.iter().chain(&form.condition).chain(always).for_each(visit);
            }
        }
    }
}

fn each_in_parts<'e>(parts: &'e [TemplatePart], visit: &mut dyn FnMut(&'e Expr)) {
    for part in parts {
        match part {
            TemplatePart::Literal(_) => {}
            TemplatePart::Interpolation(inner) => visit(inner),
            TemplatePart::If { condition, then, otherwise } => {
                visit(condition);
                each_in_parts(then, visit);
                each_in_parts(otherwise, visit);
            }
            TemplatePart::For { collection, body, .. } => {
                visit(collection);
                each_in_parts(body, visit);
            }
        }
    }
}

/// The forms of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as it is written.
    Number(Box<str>),
    /// A quoted string or heredoc without interpolations and directives.
    String(Text),
    /// A quoted string or heredoc with interpolations or directives. Whether `"${x}"` alone
    /// passes the value of `x` on unchanged is the evaluator's to know: [`Template::wraps`].
    Template(Template),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{ a = b }`
    Object(Vec<ObjectItem>),
    /// A name at the start of a traversal: `var`, `aws_kms_key`, an iterator.
    Variable(Name),
    /// `a.b`, `a.0` (the index as a name of digits).
    Attribute(Box<Expr>, Name),
    /// `a[b]`
    Index(Box<Expr>, Box<Expr>),
    /// `a.*.b`: the attributes after an attribute-only splat are applied to each element. An index
    /// after them applies to the resulting list: `a.*.b[0]` is an index of a splat.
    AttributeSplat(Box<Expr>, Vec<SplatOperator>),
    /// `a[*].b[c]`: every operator after a full splat is applied to each element.
    FullSplat(Box<Expr>, Vec<SplatOperator>),
    /// `f(a, b...)`
    Call(Call),
    /// `a ? b : c`
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `!a`, `-a`
    Unary(UnaryOperator, Box<Expr>),
    /// `a + b` and so on.
    Binary(BinaryOperator, Box<Expr>, Box<Expr>),
    /// `[for k, v in c : e if d]`, `{for k, v in c : e => f... if d}`
    For(Box<For>),
    /// `(a)`
    Parenthesis(Box<Expr>),
    /// A part that does not parse or lies beyond a limit; reported where it is found.
    Invalid,
}

/// One item of an object constructor.
#[derive(Clone, Debug)]
pub struct ObjectItem {
    /// The key. A bare name is a [`ExprKind::String`]; in parentheses it is an expression.
    pub key: Expr,
    /// The value.
    pub value: Expr,
}

/// One operator after a splat.
#[derive(Clone, Debug)]
pub enum SplatOperator {
    /// `.name`
    Attribute(Name),
    /// `[key]`
    Index(Expr),
    /// A splat within a splat, `a[*].b[*].c`: the operators after it are applied to each element
    /// of what was reached so far, which gives a list of lists.
    Splat(Span),
}

/// A function call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function's name, with its namespace (`provider::aws::arn_parse`) where it has one.
    pub name: Name,
    /// The arguments.
    pub arguments: Vec<Expr>,
    /// Whether the last argument is followed by `...`.
    pub expand: bool,
}

/// `!` and `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// The operators between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

/// A `for` expression.
#[derive(Clone, Debug)]
pub struct For {
    /// The name for the key or index.
    pub key_name: Option<Name>,
    /// The name for the value.
    pub value_name: Name,
    /// What is iterated over.
    pub collection: Expr,
    /// The key of an object result; `None` for a list result.
    pub key: Option<Expr>,
    /// The value of each element.
    pub value: Expr,
    /// Whether values of equal keys are grouped (`...`).
    pub group: bool,
    /// The condition after `if`.
    pub condition: Option<Expr>,
}

/// A string template.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its parts in order. Strip markers and heredoc indentation are already applied.
    pub parts: Vec<TemplatePart>,
}

impl Template {
    /// The expression of a template that is nothing but one interpolation: `"${x}"` has the value
    /// of `x`, not its string form.
    pub fn wraps(&self) -> Option<&Expr> {
        match self.parts.as_slice() {
            [TemplatePart::Interpolation(expression)] => Some(expression),
            _ => None,
        }
    }
}

/// One part of a template.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text as it is.
    Literal(Text),
    /// `${ expression }`
    Interpolation(Expr),
    /// `%{ if c }…%{ else }…%{ endif }`
    If {
        /// The condition.
        condition: Expr,
        /// What stands when it holds.
        then: Vec<TemplatePart>,
        /// What stands when it does not.
        otherwise: Vec<TemplatePart>,
    },
    /// `%{ for k, v in c }…%{ endfor }`
    For {
        /// The name for the key or index.
        key_name: Option<Name>,
        /// The name for the value.
        value_name: Name,
        /// What is iterated over.
        collection: Expr,
        /// What stands for each element.
        body: Vec<TemplatePart>,
    },
}

impl Body {
    /// The attributes in order.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.items.iter().filter_map(|item| match item {
            Item::Attribute(attribute) => Some(attribute),
            Item::Block(_) => None,
        })
    }

    /// The blocks in order.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.items.iter().filter_map(|item| match item {
            Item::Block(block) => Some(block),
            Item::Attribute(_) => None,
        })
    }

    /// The attribute with this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes().find(|attribute| &*attribute.name.text == name)
    }
}
