//! Trees as one line of text, to compare them with.

use keylint_syntax::hcl::{Body, Expr, ExprKind, Item, SplatOperator, TemplatePart};

/// `name=value` for attributes, `type[labels]{…}` for blocks.
pub(crate) fn body(body: &Body) -> String {
    let items = body.items.iter().map(|item| match item {
        Item::Attribute(attribute) => format!("{}={}", attribute.name.text, expr(&attribute.value)),
        Item::Block(block) => {
            let labels: String = block.labels.iter().map(|label| format!("[{}]", label.text)).collect();
            format!("{}{labels}{{{}}}", block.name.text, self::body(&block.body))
        }
    });
    items.collect::<Vec<_>>().join(" ")
}

/// Fully parenthesised, so that precedence shows.
pub(crate) fn expr(expr: &Expr) -> String {
    let render = self::expr;
    let list = |items: &[Expr]| items.iter().map(render).collect::<Vec<_>>().join(",");
    match &expr.kind {
        ExprKind::Null => "null".to_owned(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Number(number) => number.to_string(),
        ExprKind::String(text) => format!("{:?}", text.as_str()),
        ExprKind::Template(template) => format!("`{}`", parts(&template.parts)),
        ExprKind::List(items) => format!("[{}]", list(items)),
        ExprKind::Object(items) => {
            let items = items.iter().map(|item| format!("{}:{}", render(&item.key), render(&item.value)));
            format!("{{{}}}", items.collect::<Vec<_>>().join(","))
        }
        ExprKind::Variable(name) => name.text.to_string(),
        ExprKind::Attribute(base, name) => format!("{}.{}", render(base), name.text),
        ExprKind::Index(base, key) => format!("{}[{}]", render(base), render(key)),
        ExprKind::AttributeSplat(base, operators) => format!("({}.*{})", render(base), splat(operators)),
        ExprKind::FullSplat(base, operators) => format!("({}[*]{})", render(base), splat(operators)),
        ExprKind::Call(call) => {
            let expand = if call.expand { "..." } else { "" };
            format!("{}({}{expand})", call.name.text, list(&call.arguments))
        }
        ExprKind::Conditional(condition, then, otherwise) => {
            format!("({} ? {} : {})", render(condition), render(then), render(otherwise))
        }
        ExprKind::Unary(operator, operand) => format!("({operator:?} {})", render(operand)),
        ExprKind::Binary(operator, left, right) => {
            format!("({} {operator:?} {})", render(left), render(right))
        }
        ExprKind::For(expression) => {
            let key = expression.key_name.as_ref().map(|name| format!("{},", name.text)).unwrap_or_default();
            let result =
                expression.key.as_ref().map(|key| format!("{} => ", render(key))).unwrap_or_default();
            let group = if expression.group { "..." } else { "" };
            let condition =
                expression.condition.as_ref().map(|condition| format!(" if {}", render(condition)));
            format!(
                "<for {key}{} in {} : {result}{}{group}{}>",
                expression.value_name.text,
                render(&expression.collection),
                render(&expression.value),
                condition.unwrap_or_default()
            )
        }
        ExprKind::Parenthesis(inner) => format!("({})", render(inner)),
        ExprKind::Invalid => "INVALID".to_owned(),
    }
}

fn splat(operators: &[SplatOperator]) -> String {
    let render = |operator: &SplatOperator| match operator {
        SplatOperator::Attribute(name) => format!(".{}", name.text),
        SplatOperator::Index(key) => format!("[{}]", expr(key)),
        SplatOperator::Splat(_) => "[*]".to_owned(),
    };
    operators.iter().map(render).collect()
}

/// The parts of a template, literals quoted.
pub(crate) fn parts(parts: &[TemplatePart]) -> String {
    let render = |part: &TemplatePart| match part {
        TemplatePart::Literal(text) => format!("{:?}", text.as_str()),
        TemplatePart::Interpolation(expression) => format!("${{{}}}", expr(expression)),
        TemplatePart::If { condition, then, otherwise } => {
            format!("%if {}%{}%else%{}%endif%", expr(condition), self::parts(then), self::parts(otherwise))
        }
        TemplatePart::For { key_name, value_name, collection, body } => {
            let key = key_name.as_ref().map(|name| format!("{},", name.text)).unwrap_or_default();
            format!("%for {key}{} in {}%{}%endfor%", value_name.text, expr(collection), self::parts(body))
        }
    };
    parts.iter().map(render).collect()
}
