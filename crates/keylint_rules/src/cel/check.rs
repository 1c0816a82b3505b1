//! Types a condition against the views and lowers it to the form that is evaluated.

use std::ops::Range;
use std::sync::Arc;

use super::ast::{BinaryOp, Expr, ExprKind, Name, UnaryOp};
use super::lowered::{Comparison, Macro, Node, Op};
use super::{CelError, parse};
use crate::kind::{Attribute, AttributeType, Attributes, Kinds};
use crate::schema::{self, Method};
use crate::types::{Type, ViewType};
use keylint_model::nearest;

/// The variables that a condition can name; a variable's slot is its place in the list.
pub type Variables = Vec<(Arc<str>, Type)>;

/// Parses, types and lowers a condition.
///
/// # Errors
///
/// What the parser rejects; a name that does not exist, with the nearest one; an operator or
/// function on types it does not take.
pub fn compile(text: &str, variables: &Variables, kinds: &Kinds) -> Result<Node, CelError> {
    let expr = parse(text)?;
    Checker { variables: variables.clone(), kinds }.node(&expr)
}

/// The same for a text that must have a certain type.
///
/// # Errors
///
/// As for [`compile`], and when the type is another one.
pub fn compile_as(ty: &Type, text: &str, variables: &Variables, kinds: &Kinds) -> Result<Node, CelError> {
    let node = compile(text, variables, kinds)?;
    expect(&node, ty)?;
    Ok(node)
}

struct Checker<'k> {
    variables: Variables,
    kinds: &'k Kinds,
}

fn expect(node: &Node, ty: &Type) -> Result<(), CelError> {
    if node.ty == *ty {
        return Ok(());
    }
    Err(CelError::new(node.range.clone(), format!("a {ty} is expected here, this is a {}", node.ty)))
}

impl Checker<'_> {
    fn node(&mut self, expr: &Expr) -> Result<Node, CelError> {
        let range = expr.range.clone();
        let made = |ty, op| Ok(Node { range: range.clone(), ty, op });
        match &expr.kind {
            ExprKind::Null => made(Type::Null, Op::Null),
            ExprKind::Bool(value) => made(Type::Bool, Op::Bool(*value)),
            ExprKind::Number(value) => made(Type::Number, Op::Number(value.clone())),
            ExprKind::String(value) => made(Type::String, Op::String(Arc::clone(value))),
            ExprKind::Ident(name) => self.variable(name, range),
            ExprKind::List(elements) => self.list(elements, range),
            ExprKind::Select(operand, name) => {
                let operand = self.node(operand)?;
                let ty = self.field(&operand.ty, name)?;
                made(ty, Op::Field(Box::new(operand), Arc::clone(&name.text)))
            }
            ExprKind::Call(target, name, arguments) => self.call(target.as_deref(), name, arguments, range),
            ExprKind::Unary(UnaryOp::Not, operand) => {
                let operand = self.node(operand)?;
                expect(&operand, &Type::Bool)?;
                made(Type::Bool, Op::Not(Box::new(operand)))
            }
            ExprKind::Unary(UnaryOp::Negate, operand) => match &operand.kind {
                ExprKind::Number(number) => made(Type::Number, Op::Number(number.negated())),
                _ => Err(CelError::new(range, "`-` stands before numbers only")),
            },
            ExprKind::Binary(operator, left, right) => self.binary(*operator, left, right, range),
            ExprKind::Conditional(test, then, otherwise) => {
                let (test, then) = (self.node(test)?, self.node(then)?);
                let otherwise = self.node(otherwise)?;
                expect(&test, &Type::Bool)?;
                let ty = self.common(&then, &otherwise)?;
                made(ty, Op::Conditional(Box::new([test, then, otherwise])))
            }
        }
    }

    fn variable(&self, name: &Arc<str>, range: Range<usize>) -> Result<Node, CelError> {
        // The innermost variable of a name hides the others.
        let found = self.variables.iter().enumerate().rev().find(|(_, (known, _))| known == name);
        match found {
            Some((slot, (_, ty))) => Ok(Node { range, ty: ty.clone(), op: Op::Variable(slot) }),
            None => {
                let names = self.variables.iter().map(|(name, _)| &**name);
                Err(unknown("variable", name, range, names))
            }
        }
    }

    fn list(&mut self, elements: &[Expr], range: Range<usize>) -> Result<Node, CelError> {
        let nodes: Vec<Node> = elements.iter().map(|element| self.node(element)).collect::<Result<_, _>>()?;
        let Some((first, rest)) = nodes.split_first() else {
            return Err(CelError::new(range, "an empty list has no type: ask for `size()`"));
        };
        for node in rest {
            expect(node, &first.ty)?;
        }
        let ty = Type::list(first.ty.clone());
        Ok(Node { range, ty, op: Op::List(nodes) })
    }

    fn common(&self, then: &Node, otherwise: &Node) -> Result<Type, CelError> {
        match (&then.ty, &otherwise.ty) {
            (Type::Null, ty) | (ty, Type::Null) => Ok(ty.clone()),
            (ty, _) => expect(otherwise, ty).map(|()| ty.clone()),
        }
    }

    fn binary(
        &mut self,
        operator: BinaryOp,
        left: &Expr,
        right: &Expr,
        range: Range<usize>,
    ) -> Result<Node, CelError> {
        let (left, right) = (self.node(left)?, self.node(right)?);
        let mismatch = |left: &Node, right: &Node| {
            let message =
                format!("`{}` does not go with a {} and a {}", operator.symbol(), left.ty, right.ty);
            CelError::new(range.clone(), message)
        };
        let ordered = |comparison, left: Node, right: Node| {
            expect(&left, &Type::Number)?;
            expect(&right, &Type::Number)?;
            Ok((Type::Bool, Op::Compare(comparison, Box::new([left, right]))))
        };
        let (ty, op) = match operator {
            BinaryOp::Or | BinaryOp::And => {
                expect(&left, &Type::Bool)?;
                expect(&right, &Type::Bool)?;
                let both = Box::new([left, right]);
                (Type::Bool, if operator == BinaryOp::Or { Op::Or(both) } else { Op::And(both) })
            }
            BinaryOp::Equal | BinaryOp::NotEqual => {
                if !left.ty.is_comparable(&right.ty) {
                    return Err(mismatch(&left, &right));
                }
                let comparison =
                    if operator == BinaryOp::Equal { Comparison::Equal } else { Comparison::NotEqual };
                (Type::Bool, Op::Compare(comparison, Box::new([left, right])))
            }
            BinaryOp::Less => ordered(Comparison::Less, left, right)?,
            BinaryOp::LessEqual => ordered(Comparison::LessEqual, left, right)?,
            BinaryOp::Greater => ordered(Comparison::Greater, left, right)?,
            BinaryOp::GreaterEqual => ordered(Comparison::GreaterEqual, left, right)?,
            BinaryOp::In => match &right.ty {
                Type::List(element) if element.is_comparable(&left.ty) => {
                    (Type::Bool, Op::In(Box::new([left, right])))
                }
                _ => return Err(mismatch(&left, &right)),
            },
            BinaryOp::Add => {
                expect(&left, &Type::String)?;
                expect(&right, &Type::String)?;
                (Type::String, Op::Concat(Box::new([left, right])))
            }
        };
        Ok(Node { range, ty, op })
    }

    fn call(
        &mut self,
        target: Option<&Expr>,
        name: &Name,
        arguments: &[Expr],
        range: Range<usize>,
    ) -> Result<Node, CelError> {
        let Some(target) = target else { return self.function(name, arguments, range) };
        let target = self.node(target)?;
        if let Type::List(element) = &target.ty {
            let element = Type::clone(element);
            return self.list_method(target, &element, name, arguments, range);
        }
        let view = match &target.ty {
            Type::String => schema::STRING,
            Type::Map => schema::MAP,
            Type::View(ViewType::Fixed(name)) => name,
            Type::View(ViewType::Resource(_) | ViewType::Item(..)) => schema::RESOURCE,
            Type::View(ViewType::Reference(_)) => schema::REFERENCE,
            other => {
                return Err(CelError::new(name.range.clone(), format!("a {other} has no methods")));
            }
        };
        if &*name.text == "size" && target.ty == Type::String && arguments.is_empty() {
            return Ok(Node { range, ty: Type::Number, op: Op::Size(Box::new(target)) });
        }
        let methods = schema::view(view).map(|view| view.methods).unwrap_or_default();
        let Some(method) = methods.iter().find(|method| method.name == &*name.text) else {
            let names = methods.iter().map(|method| method.name);
            return Err(unknown("method", &name.text, name.range.clone(), names));
        };
        let arguments = self.arguments(method, name, arguments)?;
        let ty = method.result.to_type();
        Ok(Node { range, ty, op: Op::Call(Box::new(target), method.name, arguments) })
    }

    fn arguments(&mut self, method: &Method, name: &Name, given: &[Expr]) -> Result<Vec<Node>, CelError> {
        let count = method.parameters.len();
        if given.len() != count && !(method.repeats && given.len() >= count) {
            let message = format!("`{}` takes {count} arguments, {} are given", method.name, given.len());
            return Err(CelError::new(name.range.clone(), message));
        }
        let mut nodes = Vec::with_capacity(given.len());
        let last = method.parameters.iter().skip(count.saturating_sub(1)).cycle();
        let parameters = method.parameters.iter().take(count.saturating_sub(1)).chain(last);
        for (expr, parameter) in given.iter().zip(parameters) {
            let node = self.node(expr)?;
            expect(&node, &parameter.to_type())?;
            nodes.push(node);
        }
        Ok(nodes)
    }

    fn function(&mut self, name: &Name, arguments: &[Expr], range: Range<usize>) -> Result<Node, CelError> {
        const FUNCTIONS: [&str; 3] = ["has", "size", "origin"];
        let ([argument], true) = (arguments, FUNCTIONS.contains(&&*name.text)) else {
            if FUNCTIONS.contains(&&*name.text) {
                let message = format!("`{}` takes one argument", name.text);
                return Err(CelError::new(name.range.clone(), message));
            }
            return Err(unknown("function", &name.text, name.range.clone(), FUNCTIONS));
        };
        let argument = self.node(argument)?;
        let (ty, op) = match &*name.text {
            "size" => match argument.ty {
                Type::List(_) | Type::String => (Type::Number, Op::Size(Box::new(argument))),
                ref other => {
                    return Err(CelError::new(argument.range, format!("a {other} has no size")));
                }
            },
            "origin" => (argument.ty.clone(), Op::Origin(Box::new(argument))),
            _ => {
                let null = Node { range: range.clone(), ty: Type::Null, op: Op::Null };
                (Type::Bool, Op::Compare(Comparison::NotEqual, Box::new([argument, null])))
            }
        };
        Ok(Node { range, ty, op })
    }

    fn list_method(
        &mut self,
        target: Node,
        element: &Type,
        name: &Name,
        arguments: &[Expr],
        range: Range<usize>,
    ) -> Result<Node, CelError> {
        let which = match (&*name.text, arguments) {
            ("size", []) => return Ok(Node { range, ty: Type::Number, op: Op::Size(Box::new(target)) }),
            ("exists", [_, _]) => Macro::Exists,
            ("all", [_, _]) => Macro::All,
            ("filter", [_, _]) => Macro::Filter,
            ("map", [_, _]) => Macro::Map,
            ("exists" | "all" | "filter" | "map", _) => {
                let message = format!("`{}` takes a variable and an expression", name.text);
                return Err(CelError::new(name.range.clone(), message));
            }
            _ => {
                let names = ["size", "exists", "all", "filter", "map"];
                return Err(unknown("method", &name.text, name.range.clone(), names));
            }
        };
        let [Expr { kind: ExprKind::Ident(variable), .. }, body] = arguments else {
            return Err(CelError::new(name.range.clone(), "the first argument is the name of a variable"));
        };
        self.variables.push((Arc::clone(variable), element.clone()));
        let slot = self.variables.len() - 1;
        let body = self.node(body);
        self.variables.pop();
        let body = body?;
        if which != Macro::Map {
            expect(&body, &Type::Bool)?;
        }
        let ty = match which {
            Macro::Exists | Macro::All => Type::Bool,
            Macro::Filter => target.ty.clone(),
            Macro::Map => Type::list(body.ty.clone()),
        };
        Ok(Node { range, ty, op: Op::Quantifier(which, slot, Box::new([target, body])) })
    }

    fn field(&self, operand: &Type, name: &Name) -> Result<Type, CelError> {
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut fixed = |view: &str| {
            let fields = schema::view(view).map(|view| view.fields).unwrap_or_default();
            names.extend(fields.iter().map(|field| Arc::from(field.name)));
            fields.iter().find(|field| field.name == &*name.text).map(|field| field.ty.to_type())
        };
        let found = match operand {
            Type::View(ViewType::Fixed(view)) => fixed(view),
            Type::View(ViewType::Reference(kind)) => fixed(schema::REFERENCE).or_else(|| {
                names.push("resource".into());
                (&*name.text == "resource").then(|| Type::View(ViewType::Resource(Arc::clone(kind))))
            }),
            Type::View(ViewType::Item(kind, path)) => {
                let attributes = self.kinds.get(kind).and_then(|kind| kind.item(path));
                self.attribute(attributes, kind, path, &name.text, &mut names)
            }
            Type::View(ViewType::Resource(kind)) => {
                let companions = self.kinds.get(kind).map(|kind| &kind.companions);
                let attributes = self.kinds.get(kind).map(|kind| &kind.attributes);
                fixed(schema::RESOURCE)
                    .or_else(|| self.attribute(attributes, kind, &[], &name.text, &mut names))
                    .or_else(|| {
                        let companions = companions?;
                        names.extend(companions.keys().cloned());
                        let companion = companions.get(&name.text)?;
                        let [kind] = companion.kinds.as_slice() else {
                            return Some(Type::list(Type::View(ViewType::Fixed(schema::RESOURCE))));
                        };
                        Some(Type::list(Type::View(ViewType::Resource(Arc::clone(kind)))))
                    })
            }
            other => {
                let message = format!("a {other} has no fields");
                return Err(CelError::new(name.range.clone(), message));
            }
        };
        found.ok_or_else(|| {
            let what = format!("field of {operand}");
            unknown(&what, &name.text, name.range.clone(), names.iter().map(|name| &**name))
        })
    }

    fn attribute(
        &self,
        attributes: Option<&Attributes>,
        kind: &Arc<str>,
        path: &[Arc<str>],
        name: &str,
        names: &mut Vec<Arc<str>>,
    ) -> Option<Type> {
        let attributes = attributes?;
        names.extend(attributes.keys().cloned());
        attributes.get(name).map(|attribute| attribute_type(attribute, kind, path))
    }
}

/// The type that an attribute has in a condition.
pub fn attribute_type(attribute: &Attribute, kind: &Arc<str>, path: &[Arc<str>]) -> Type {
    let item = || {
        let inner: Arc<[Arc<str>]> = path.iter().chain([&attribute.name]).cloned().collect();
        Type::View(ViewType::Item(Arc::clone(kind), inner))
    };
    match &attribute.ty {
        AttributeType::Bool => Type::Bool,
        AttributeType::Number | AttributeType::Duration => Type::Number,
        AttributeType::String => Type::String,
        AttributeType::Strings => Type::list(Type::String),
        AttributeType::Map => Type::Map,
        AttributeType::Any => Type::Any,
        AttributeType::Reference(kind) => Type::View(ViewType::Reference(Arc::clone(kind))),
        AttributeType::Policy(_) => Type::View(ViewType::Fixed("policy")),
        AttributeType::Secret => Type::View(ViewType::Fixed("value")),
        AttributeType::List => Type::list(item()),
        AttributeType::Object => item(),
    }
}

fn unknown<'c>(
    what: &str,
    name: &str,
    range: Range<usize>,
    names: impl IntoIterator<Item = &'c str>,
) -> CelError {
    let hint = match nearest(name, names) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    CelError::new(range, format!("there is no {what} `{name}`{hint}"))
}
