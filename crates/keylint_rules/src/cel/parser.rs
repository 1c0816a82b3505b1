//! Text to tree: precedence climbing over the grammar of CEL that conditions use.

use std::ops::Range;
use std::sync::Arc;

use super::ast::{BinaryOp, Expr, ExprKind, Name, UnaryOp};
use super::lexer::{Token, TokenKind, tokens};
use super::{CelError, MAX_DEPTH, MAX_LENGTH};

/// Parses a condition.
///
/// # Errors
///
/// The first thing that is not in the language, with its place; a text longer than
/// [`MAX_LENGTH`] or nested deeper than [`MAX_DEPTH`].
pub fn parse(text: &str) -> Result<Expr, CelError> {
    if text.len() > MAX_LENGTH {
        return Err(CelError::new(0..text.len(), format!("the condition is longer than {MAX_LENGTH} bytes")));
    }
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0 };
    let expr = parser.expression()?;
    match parser.peek() {
        Token { kind: TokenKind::End, .. } => Ok(expr),
        token => Err(CelError::new(
            token.range.clone(),
            format!("{} is not expected here: an operator or the end is", token.kind.describe()),
        )),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

static END: Token = Token { range: 0..0, kind: TokenKind::End };

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).or(self.tokens.last()).unwrap_or(&END)
    }

    fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn take(&mut self, symbol: &str) -> Option<Range<usize>> {
        match self.peek() {
            Token { kind: TokenKind::Symbol(found), range } if *found == symbol => {
                let range = range.clone();
                self.next += 1;
                Some(range)
            }
            _ => None,
        }
    }

    fn expect(&mut self, symbol: &str) -> Result<Range<usize>, CelError> {
        self.take(symbol).ok_or_else(|| {
            let token = self.peek();
            CelError::new(
                token.range.clone(),
                format!("`{symbol}` is expected, {} stands here", token.kind.describe()),
            )
        })
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, CelError>) -> Result<T, CelError> {
        if self.depth >= MAX_DEPTH {
            return Err(CelError::new(
                self.peek().range.clone(),
                format!("the condition is nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn expression(&mut self) -> Result<Expr, CelError> {
        self.nested(|parser| {
            let test = parser.binary(0)?;
            if parser.take("?").is_none() {
                return Ok(test);
            }
            let then = parser.expression()?;
            parser.expect(":")?;
            let otherwise = parser.expression()?;
            let range = test.range.start..otherwise.range.end;
            let kind = ExprKind::Conditional(Box::new(test), Box::new(then), Box::new(otherwise));
            Ok(Expr { range, kind })
        })
    }

    fn binary(&mut self, at_least: u8) -> Result<Expr, CelError> {
        let mut left = self.unary()?;
        // A chain of operators nests to the left without recursion here, but whoever walks the
        // tree recurses: count it as depth.
        let mut chain = 0;
        while let Some((operator, precedence)) = operator(&self.peek().kind) {
            if precedence < at_least {
                break;
            }
            self.next += 1;
            chain += 1;
            if chain > MAX_DEPTH * 2 {
                return Err(CelError::new(left.range, "the condition has too many operators in a row"));
            }
            let right = self.nested(|parser| parser.binary(precedence + 1))?;
            let range = left.range.start..right.range.end;
            left = Expr { range, kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, CelError> {
        let operator = match self.peek().kind {
            TokenKind::Symbol("!") => UnaryOp::Not,
            TokenKind::Symbol("-") => UnaryOp::Negate,
            _ => return self.postfix(),
        };
        let start = self.advance().range.start;
        let operand = self.nested(Parser::unary)?;
        let range = start..operand.range.end;
        Ok(Expr { range, kind: ExprKind::Unary(operator, Box::new(operand)) })
    }

    fn postfix(&mut self) -> Result<Expr, CelError> {
        let mut operand = self.primary()?;
        let mut chain = 0;
        while self.take(".").is_some() {
            chain += 1;
            if chain > MAX_DEPTH {
                return Err(CelError::new(operand.range, "the path is too long"));
            }
            let name = self.name()?;
            let start = operand.range.start;
            operand = match self.arguments()? {
                Some((arguments, end)) => {
                    Expr { range: start..end, kind: ExprKind::Call(Some(Box::new(operand)), name, arguments) }
                }
                None => {
                    Expr { range: start..name.range.end, kind: ExprKind::Select(Box::new(operand), name) }
                }
            };
        }
        Ok(operand)
    }

    fn name(&mut self) -> Result<Name, CelError> {
        let token = self.advance();
        match token.kind {
            TokenKind::Name(text) => Ok(Name { range: token.range, text }),
            other => Err(CelError::new(
                token.range,
                format!("the name of a field is expected, {} stands here", other.describe()),
            )),
        }
    }

    fn arguments(&mut self) -> Result<Option<(Vec<Expr>, usize)>, CelError> {
        if self.take("(").is_none() {
            return Ok(None);
        }
        let (arguments, end) = self.list(")")?;
        Ok(Some((arguments, end)))
    }

    fn list(&mut self, close: &str) -> Result<(Vec<Expr>, usize), CelError> {
        let mut elements = Vec::new();
        loop {
            if let Some(range) = self.take(close) {
                return Ok((elements, range.end));
            }
            elements.push(self.expression()?);
            if self.take(",").is_none() {
                let range = self.expect(close)?;
                return Ok((elements, range.end));
            }
        }
    }

    fn primary(&mut self) -> Result<Expr, CelError> {
        let token = self.advance();
        let range = token.range;
        let kind = match token.kind {
            TokenKind::String(text) => ExprKind::String(text),
            TokenKind::Number(number) => ExprKind::Number(number),
            TokenKind::Name(name) => return self.named(name, range),
            TokenKind::Symbol("(") => {
                let inner = self.expression()?;
                let end = self.expect(")")?.end;
                return Ok(Expr { range: range.start..end, kind: inner.kind });
            }
            TokenKind::Symbol("[") => {
                let (elements, end) = self.list("]")?;
                return Ok(Expr { range: range.start..end, kind: ExprKind::List(elements) });
            }
            other => {
                return Err(CelError::new(
                    range,
                    format!("a value is expected, {} stands here", other.describe()),
                ));
            }
        };
        Ok(Expr { range, kind })
    }

    fn named(&mut self, name: Arc<str>, range: Range<usize>) -> Result<Expr, CelError> {
        let kind = match &*name {
            "null" => ExprKind::Null,
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            _ => match self.arguments()? {
                Some((arguments, end)) => {
                    let name = Name { range: range.clone(), text: name };
                    return Ok(Expr { range: range.start..end, kind: ExprKind::Call(None, name, arguments) });
                }
                None => ExprKind::Ident(name),
            },
        };
        Ok(Expr { range, kind })
    }
}

fn operator(token: &TokenKind) -> Option<(BinaryOp, u8)> {
    Some(match token {
        TokenKind::Symbol("||") => (BinaryOp::Or, 1),
        TokenKind::Symbol("&&") => (BinaryOp::And, 2),
        TokenKind::Symbol("==") => (BinaryOp::Equal, 3),
        TokenKind::Symbol("!=") => (BinaryOp::NotEqual, 3),
        TokenKind::Symbol("<") => (BinaryOp::Less, 3),
        TokenKind::Symbol("<=") => (BinaryOp::LessEqual, 3),
        TokenKind::Symbol(">") => (BinaryOp::Greater, 3),
        TokenKind::Symbol(">=") => (BinaryOp::GreaterEqual, 3),
        TokenKind::Name(name) if &**name == "in" => (BinaryOp::In, 3),
        TokenKind::Symbol("+") => (BinaryOp::Add, 4),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree as a text with all brackets written.
    fn shown(expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Null => "null".to_owned(),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Number(value) => value.to_string(),
            ExprKind::String(value) => format!("{value:?}"),
            ExprKind::Ident(name) => name.to_string(),
            ExprKind::List(elements) => {
                format!("[{}]", elements.iter().map(shown).collect::<Vec<_>>().join(", "))
            }
            ExprKind::Select(operand, name) => format!("{}.{}", shown(operand), name.text),
            ExprKind::Call(target, name, arguments) => {
                let target = target.as_ref().map(|target| shown(target) + ".").unwrap_or_default();
                let arguments: Vec<_> = arguments.iter().map(shown).collect();
                format!("{target}{}({})", name.text, arguments.join(", "))
            }
            ExprKind::Unary(UnaryOp::Not, operand) => format!("!{}", shown(operand)),
            ExprKind::Unary(UnaryOp::Negate, operand) => format!("-{}", shown(operand)),
            ExprKind::Binary(op, left, right) => {
                format!("({} {} {})", shown(left), op.symbol(), shown(right))
            }
            ExprKind::Conditional(test, then, otherwise) => {
                format!("({} ? {} : {})", shown(test), shown(then), shown(otherwise))
            }
        }
    }

    #[test]
    fn operators_bind_as_in_cel() {
        let cases = [
            ("a || b && c == d + 'x'", "(a || (b && (c == (d + \"x\"))))"),
            ("!a.b && !(a || b)", "(!a.b && !(a || b))"),
            ("a in ['x', r'\\d'] ? 1 : -2.5", "((a in [\"x\", \"\\\\d\"]) ? 1 : -2.5)"),
            (
                "s.list.exists(x, x.is_public) // why\n && size(s) >= 3",
                "(s.list.exists(x, x.is_public) && (size(s) >= 3))",
            ),
            ("a - b", ""),
            ("invalid", "invalid"),
            ("null == nullable", "(null == nullable)"),
        ];
        for (text, tree) in cases {
            let parsed = parse(text).map(|expr| shown(&expr)).unwrap_or_default();
            assert_eq!(parsed, tree, "{text}");
        }
    }

    #[test]
    fn errors_point_at_what_is_wrong() {
        let cases = [
            ("", 0..0),
            ("a &&", 4..4),
            ("a b", 2..3),
            ("a.(b)", 2..3),
            ("a == 'x", 5..6),
            ("a == \"\\q\"", 6..8),
            ("f(a", 3..3),
            ("a % b", 2..3),
            ("{a: b}", 0..1),
            ("é", 0..2),
        ];
        for (text, range) in cases {
            assert_eq!(parse(text).unwrap_err().range, range, "{text}");
        }
    }

    #[test]
    fn size_and_depth_are_limited() {
        let deep = "(".repeat(10_000);
        assert!(parse(&deep).unwrap_err().message.contains("longer"));
        for text in
            ["(".repeat(3000), "!".repeat(3000), "a.b".repeat(300), "f(".repeat(1500), "a&&".repeat(1000)]
        {
            assert!(parse(&text).is_err());
        }
        assert!(parse(&vec!["a"; 100].join("||")).is_ok());
    }
}
