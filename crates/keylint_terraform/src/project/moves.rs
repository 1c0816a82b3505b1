//! Addresses that blocks name instead of referring to them: `import`, `moved`, `removed`.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/moved>, and the pages of the others.

use std::collections::{HashMap, HashSet};

use keylint_model::Problem;
use keylint_source::Span;
use keylint_syntax::hcl::{Block, Expr, ExprKind, Name};

use super::blocks::{boolean, call_in, needs};
use super::declarations::{Declarations, Kind};
use super::walk::Walker;

/// The blocks that name addresses.
const ADDRESSED: [&str; 3] = ["import", "moved", "removed"];

/// Reports what is wrong with the addresses in `import`, `moved` and `removed` blocks.
pub(super) fn check(declarations: &Declarations, problems: &mut Vec<Problem>) {
    for block in &declarations.others {
        for name in ["from", "to"].into_iter().filter(|_| ADDRESSED.contains(&&*block.name.text)) {
            let named = block.body.attribute(name).filter(|it| !matches!(it.value.kind, ExprKind::Invalid));
            let Some(attribute) = named else { continue };
            match address(block, name) {
                None => problems.push(Problem::new("KL003", attribute.value.span, COMPUTED)),
                // Which instances are imported an evaluation tells.
                Some(_) if &*block.name.text == "import" => {}
                Some(_) => problems.extend(keys(&attribute.value).into_iter().find_map(wrong_key)),
            }
        }
        match &*block.name.text {
            "import" => import(declarations, block, problems),
            "moved" => moved(declarations, block, problems),
            "removed" => removed(declarations, block, problems),
            _ => {}
        }
    }
    ambiguous(declarations, problems);
}

const COMPUTED: &str = "an address is named as it is, and nothing is computed";

/// What is wrong with the key of an instance that is written as it stands.
fn wrong_key(key: &Expr) -> Option<Problem> {
    let message = match &key.kind {
        ExprKind::String(_) | ExprKind::Invalid => return None,
        ExprKind::Number(number) if number.bytes().all(|digit| digit.is_ascii_digit()) => return None,
        ExprKind::Number(_) | ExprKind::Bool(_) => "the key of an instance is a string or a whole number",
        _ => COMPUTED,
    };
    Some(Problem::new("KL003", key.span, message))
}

/// What is wrong with the keys in the address of an `import` block: with `for_each` they are made of
/// `each`, without it they are written as they stand. OpenTofu takes any expression.
///
/// Source: <https://developer.hashicorp.com/terraform/language/import>.
pub(crate) fn wrong_import_key(block: &Block) -> Option<Problem> {
    let to = &block.body.attribute("to")?.value;
    let is_repeated = block.body.attribute("for_each").is_some();
    keys(to).into_iter().find_map(|key| {
        if !is_repeated || matches!(key.kind, ExprKind::Number(_) | ExprKind::Bool(_)) {
            return wrong_key(key);
        }
        let mut other = call_in(key);
        let note = |name: &Name, _: &[Option<&Name>]| {
            other = other.or(Some(name.span).filter(|_| &*name.text != "each"));
        };
        Walker::new(note).expression(key);
        let message = "only `each` tells which instance is imported";
        other.map(|span| Problem::new("KL003", span, message))
    })
}

/// What is wrong with an `import` block that names an instance of a resource that has none, or all
/// of one that has some.
pub(crate) fn wrong_import_instance(block: &Block, declarations: &Declarations) -> Option<Problem> {
    let address = address(block, "to")?;
    let position = address.own_resource(declarations)?;
    let body = &declarations.resources.get(position)?.block.body;
    let repeats = ["count", "for_each"].into_iter().find(|argument| body.attribute(argument).is_some());
    let message = match repeats {
        Some(argument) if !address.names_instance => {
            format!("the resource has `{argument}`: name an instance")
        }
        None if address.names_instance => "the resource has neither `count` nor `for_each`".to_owned(),
        _ => return None,
    };
    Some(Problem::new("KL003", address.span, message))
}

/// Which resource of this module has the instance that an `import` block names, and its key.
pub(crate) fn import_target<'b>(block: &'b Block, declarations: &Declarations) -> Option<(usize, &'b Expr)> {
    let position = address(block, "to")?.own_resource(declarations)?;
    match &block.body.attribute("to")?.value.kind {
        ExprKind::Index(_, key) => Some((position, &**key)),
        _ => None,
    }
}

/// What stands in the brackets of an address, the last first.
pub(super) fn keys(address: &Expr) -> Vec<&Expr> {
    let (mut keys, mut inner) = (Vec::new(), address);
    loop {
        inner = match &inner.kind {
            ExprKind::Attribute(base, _) => base,
            ExprKind::Index(base, key) => {
                keys.push(&**key);
                base
            }
            _ => return keys,
        };
    }
}

/// Reports the second of two moves that do not agree, and of two imports to one address.
fn ambiguous(declarations: &Declarations, problems: &mut Vec<Problem>) {
    let (mut sources, mut targets): (Moves, Moves) = (HashMap::new(), HashMap::new());
    let mut imported: HashMap<String, Span> = HashMap::new();
    for block in &declarations.others {
        let Some(to) = address(block, "to") else { continue };
        match (&*block.name.text, address(block, "from")) {
            ("moved", Some(from)) if from.text == to.text => {
                problems.push(Problem::new("KL003", block.header, "what is moved stays where it is"));
            }
            ("moved", Some(from)) => {
                let place = (to.text.clone(), block.header);
                let (moved, header) = sources.entry(from.text.clone()).or_insert(place);
                if *moved != to.text {
                    let message = format!("`{}` is moved elsewhere too", from.text);
                    problems.push(
                        Problem::new("KL003", block.header, message).with_related(*header, "the other move"),
                    );
                }
                let place = (from.text.clone(), block.header);
                let (source, header) = targets.entry(to.text.clone()).or_insert(place);
                if *source != from.text {
                    let message = format!("something else is moved to `{}` too", to.text);
                    problems.push(
                        Problem::new("KL003", block.header, message).with_related(*header, "the other move"),
                    );
                }
            }
            ("import", _) if block.body.attribute("for_each").is_none() => match imported.get(&to.text) {
                Some(first) => problems.push(
                    Problem::new("KL003", to.span, format!("`{}` is imported twice", to.text))
                        .with_related(*first, "the first time"),
                ),
                None => {
                    imported.insert(to.text, to.span);
                }
            },
            _ => {}
        }
    }
    circles(&sources, problems);
}

/// Where something is moved to, or from, with the block that says so.
type Moves = HashMap<String, (String, Span)>;

/// Reports moves that lead back to where they begin, each circle at its first block.
fn circles(moves: &Moves, problems: &mut Vec<Problem>) {
    let mut done: HashSet<&str> = HashSet::new();
    let mut found: Vec<Span> = Vec::new();
    for start in moves.keys() {
        let (mut at, mut way, mut places) = (start.as_str(), Vec::new(), HashMap::new());
        while !done.contains(at) {
            if let Some(place) = places.insert(at, way.len()) {
                let circle = way.get(place..).unwrap_or_default().iter();
                let headers = circle.filter_map(|name| moves.get(*name)).map(|(_, header)| *header);
                found.extend(headers.min_by_key(|header| (header.file, header.start)));
                break;
            }
            way.push(at);
            let Some((to, _)) = moves.get(at) else { break };
            at = to;
        }
        done.extend(way);
    }
    found.sort_by_key(|header| (header.file, header.start));
    problems.extend(
        found
            .into_iter()
            .map(|header| Problem::new("KL003", header, "what is moved comes back to where it was")),
    );
}

fn import(declarations: &Declarations, block: &Block, problems: &mut Vec<Problem>) {
    let named = block.body.attribute("identity").is_some();
    if !needs(block, if named { &["to"] } else { &["to", "id"] }, problems) {
        return;
    }
    if let Some(address) = address(block, "to")
        && !address.is_declared(declarations)
    {
        let message = "the resource that is imported is not declared";
        problems.push(Problem::new("KL003", address.span, message));
    }
}

fn moved(declarations: &Declarations, block: &Block, problems: &mut Vec<Problem>) {
    if !needs(block, &["from", "to"], problems) {
        return;
    }
    let (Some(from), Some(to)) = (address(block, "from"), address(block, "to")) else { return };
    if from.is_module() != to.is_module() {
        let message = "a module and a resource do not become each other";
        problems.push(Problem::new("KL003", block.header, message));
    } else if !from.names_instance && from.steps != to.steps && from.declared(declarations).is_some() {
        problems.push(Problem::new("KL003", from.span, "what is moved is still declared"));
    }
}

fn removed(declarations: &Declarations, block: &Block, problems: &mut Vec<Problem>) {
    if !needs(block, &["from"], problems) {
        return;
    }
    let lifecycles = block.body.blocks().filter(|inner| &*inner.name.text == "lifecycle");
    for destroy in lifecycles.filter_map(|lifecycle| lifecycle.body.attribute("destroy")) {
        boolean(destroy, problems);
    }
    let Some(from) = address(block, "from") else { return };
    if from.has_keys {
        let message = "all instances of a resource or a module are removed, not one";
        problems.push(Problem::new("KL003", from.span, message));
    } else if let Some(declared) = from.declared(declarations) {
        problems.push(
            Problem::new("KL003", declared, "what is removed is still declared")
                .with_related(from.span, "removed here"),
        );
    }
}

/// An address as `moved` and its kin write it.
struct Address {
    /// The names in it, without indices.
    steps: Vec<String>,
    /// All of it, with the keys of instances.
    text: String,
    /// Whether its last step is an index.
    names_instance: bool,
    /// Whether any of its steps is.
    has_keys: bool,
    span: Span,
}

fn address(block: &Block, name: &str) -> Option<Address> {
    let expression = &block.body.attribute(name)?.value;
    let mut steps = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    let mut inner = expression;
    loop {
        match &inner.kind {
            ExprKind::Attribute(base, name) => {
                steps.push(name.text.to_string());
                keys.push(format!(".{}", name.text));
                inner = base;
            }
            ExprKind::Index(base, key) => {
                keys.push(match &key.kind {
                    ExprKind::String(key) => crate::instance_key::bracketed(key),
                    ExprKind::Number(key) => format!("[{key}]"),
                    // One that is computed is compared with none.
                    _ => format!("[@{}]", key.span.start),
                });
                inner = base;
            }
            ExprKind::Variable(name) => {
                steps.push(name.text.to_string());
                keys.push(name.text.to_string());
                break;
            }
            _ => return None,
        }
    }
    steps.reverse();
    let text = keys.into_iter().rev().collect();
    let names_instance = matches!(expression.kind, ExprKind::Index(..));
    let has_keys = !self::keys(expression).is_empty();
    Some(Address { steps, text, names_instance, has_keys, span: expression.span })
}

impl Address {
    /// Whether it is that of a module call, not of something in it.
    fn is_module(&self) -> bool {
        self.steps.len().is_multiple_of(2) && self.steps.iter().step_by(2).all(|step| step == "module")
    }

    /// The resource of this module that it names.
    fn own_resource(&self, declarations: &Declarations) -> Option<usize> {
        match self.steps.as_slice() {
            [root, _] if root == "module" => None,
            [type_name, name] => declarations.resource(Kind::Managed, &type_name.as_str().into(), name),
            [root, type_name, name] if root == "resource" => {
                declarations.resource(Kind::Managed, &type_name.as_str().into(), name)
            }
            _ => None,
        }
    }

    /// Where it is declared in this module. What lies in a module that is called counts as declared
    /// with its call for whoever wants it there, and is not looked for by others.
    fn declared(&self, declarations: &Declarations) -> Option<Span> {
        let steps: Vec<&str> = self.steps.iter().map(String::as_str).collect();
        match steps.as_slice() {
            ["module", name] => declarations.calls.get(*name).map(|call| call.block.header),
            ["resource", type_name, name] | [type_name, name] => {
                let position = declarations.resource(Kind::Managed, &(*type_name).into(), name)?;
                declarations.resources.get(position).map(|resource| resource.block.header)
            }
            _ => None,
        }
    }

    fn is_declared(&self, declarations: &Declarations) -> bool {
        match self.steps.first().map(String::as_str) {
            Some("module") if self.steps.len() > 2 => {
                self.steps.get(1).is_some_and(|name| declarations.calls.contains_key(&**name))
            }
            _ => self.declared(declarations).is_some(),
        }
    }
}
