//! What a plan says of the configuration that it was made of.
//!
//! `configuration` lists, for each argument, its constant value or the names that its expression
//! mentions: `var.x`, `module.m.arn`, `aws_kms_key.this[0].arn`, each followed by its shorter
//! prefixes. Arguments and outputs of modules are followed until a single resource, or a constant,
//! is reached. Blocks that a `dynamic` block makes are not listed at all.
//!
//! Source: <https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation>.

use std::collections::HashMap;

use keylint_syntax::data::{Node, NodeKind};

use super::address::{Place, outer_dots, segments, without_key};
use super::list;
use crate::limits;

/// How many variables and outputs are followed.
const STEPS: usize = 16;

/// The `configuration` of a plan.
pub(super) struct Configuration<'n> {
    root: Option<&'n Node>,
    /// The resources by module, keys left out, and address.
    resources: HashMap<(String, &'n str), &'n Node>,
}

/// Where an argument, or a part of it, is written.
#[derive(Clone, Debug)]
pub(super) enum Written<'n> {
    /// In one expression, or in several that say the same.
    Expression(&'n Node),
    /// In these blocks. Which of them is which in a set is not said.
    Blocks(Vec<&'n Node>),
    /// Nowhere: the provider gives it.
    Nowhere,
    /// This plan does not say.
    Unsaid,
}

/// What the only thing is that an expression stands for.
pub(super) enum Followed<'n> {
    /// A constant.
    Constant,
    /// The default of a variable of the root module.
    Default(&'n str, &'n Node),
    /// An attribute of a resource, in the module with these names; keys where they are known.
    Resource { address: String, attribute: String },
    /// An attribute of the instance that has the key of the one that refers to it. Which attribute
    /// is not said where the key is `count.index` or `each.key`: it is empty then.
    Counterpart { address: String, attribute: String },
}

impl<'n> Configuration<'n> {
    pub(super) fn new(plan: &'n Node) -> Self {
        let root = plan.get("configuration").and_then(|it| it.get("root_module"));
        let mut configuration = Configuration { root, resources: HashMap::new() };
        if let Some(root) = root {
            configuration.index(root, "", 0);
        }
        configuration
    }

    fn index(&mut self, module: &'n Node, path: &str, depth: usize) {
        for resource in list(module.get("resources")) {
            if let Some(address) = resource.get("address").and_then(Node::as_str) {
                self.resources.entry((path.to_owned(), address)).or_insert(resource);
            }
        }
        if depth >= limits::MODULE_DEPTH {
            return;
        }
        for call in module.get("module_calls").map(Node::members).unwrap_or_default() {
            if let Some(inner) = call.value.get("module") {
                self.index(inner, &format!("{path}{}.", call.key.as_str()), depth + 1);
            }
        }
    }

    /// Where the arguments of a resource are written.
    pub(super) fn arguments(&self, address: &str) -> Written<'n> {
        match self.resource(&Place::of(address)) {
            // Without any argument there are no expressions.
            Some(resource) => Written::Blocks(resource.get("expressions").into_iter().collect()),
            None => Written::Unsaid,
        }
    }

    fn resource(&self, place: &Place<'_>) -> Option<&'n Node> {
        let path: String = place.modules.iter().flat_map(|name| [without_key(name), "."]).collect();
        self.resources.get(&(path, place.resource.as_str())).copied()
    }

    /// What an expression of a resource stands for, where it is one thing alone.
    pub(super) fn follow(&self, address: &str, expression: &'n Node) -> Option<Followed<'n>> {
        let place = Place::of(address);
        self.counterpart(&place, expression).or_else(|| {
            let modules = place.modules.into_iter().map(str::to_owned).collect();
            self.follow_in(modules, expression, STEPS)
        })
    }

    /// What `aws_x.y[count.index].id` and `aws_x.y[each.key].id` mention, and `each.value.id` where
    /// `for_each` goes over `aws_x.y`.
    fn counterpart(&self, place: &Place<'_>, expression: &'n Node) -> Option<Followed<'n>> {
        if place.key.is_empty() {
            return None;
        }
        let is_own = |name: &&str| name.starts_with("count.") || name.starts_with("each.");
        let (own, others): (Vec<&str>, Vec<&str>) = references(expression).partition(is_own);
        let (resource, attribute) = match (own.as_slice(), others.as_slice()) {
            ([_, ..], [only]) => (*only, String::new()),
            ([first, left @ ..], []) if left.iter().all(|name| is_prefix(name, first)) => {
                let parts = segments(first);
                let ["each", "value", attribute @ ..] = parts.as_slice() else { return None };
                let over = self.resource(place)?.get("for_each_expression")?;
                (only_reference(over)?, attribute.join("."))
            }
            _ => return None,
        };
        let is_resource = match segments(resource).as_slice() {
            ["var" | "local" | "module" | "path" | "terraform" | "self" | "each" | "count", ..] => false,
            ["data", _, name] | [_, name] => without_key(name) == *name,
            _ => false,
        };
        let modules = place.modules.iter().flat_map(|module| ["module.", module, "."]);
        let address = || modules.chain([resource, place.key]).collect();
        is_resource.then(|| Followed::Counterpart { address: address(), attribute })
    }

    /// The modules keep their keys where they are known.
    fn follow_in(
        &self,
        mut modules: Vec<String>,
        expression: &'n Node,
        steps: usize,
    ) -> Option<Followed<'n>> {
        let steps = steps.checked_sub(1)?;
        let Some(reference) = only_reference(expression) else {
            return is_constant(expression).then_some(Followed::Constant);
        };
        match segments(reference).as_slice() {
            ["var", name] => match modules.pop() {
                Some(call) => {
                    let call = self.module(&modules)?.get("module_calls")?.get(without_key(&call))?;
                    self.follow_in(modules, call.get("expressions")?.get(name)?, steps)
                }
                None => {
                    let (name, variable) = member(self.root?.get("variables")?, name)?;
                    Some(Followed::Default(name, variable.get("default")?))
                }
            },
            // A part of a variable: which part of the argument it is, is not said.
            ["var", ..] | ["local" | "each" | "count" | "path" | "terraform" | "self", ..] => None,
            ["module", call, output, ..] => {
                modules.push((*call).to_owned());
                let value = self.module(&modules)?.get("outputs")?.get(output)?.get("expression")?;
                self.follow_in(modules, value, steps)
            }
            _ => {
                let (resource, attribute) = split(reference)?;
                let modules = modules.iter().flat_map(|module| ["module.", module, "."]);
                let address = modules.chain([resource]).collect();
                Some(Followed::Resource { address, attribute: attribute.to_owned() })
            }
        }
    }

    fn module<S: AsRef<str>>(&self, names: &[S]) -> Option<&'n Node> {
        names.iter().try_fold(self.root?, |module, name| {
            module.get("module_calls")?.get(without_key(name.as_ref()))?.get("module")
        })
    }
}

fn member<'n>(node: &'n Node, name: &str) -> Option<(&'n str, &'n Node)> {
    let found = node.members().iter().rev().find(|member| member.key.as_str() == name)?;
    Some((found.key.as_str(), &found.value))
}

impl<'n> Written<'n> {
    /// Where the argument `name` of these blocks is written.
    pub(super) fn argument(&self, name: &str) -> Written<'n> {
        let Written::Blocks(blocks) = self else {
            // A part of what one expression says.
            return self.clone();
        };
        let found: Vec<_> = blocks.iter().filter_map(|block| block.get(name)).collect();
        let Some((first, others)) = found.split_first() else { return Written::Nowhere };
        let mut nested = Vec::new();
        for node in &found {
            match &node.kind {
                NodeKind::List(blocks) => nested.extend(blocks),
                NodeKind::Map(_) if !is_expression(node) => nested.push(*node),
                _ => {}
            }
        }
        match (nested.is_empty(), is_expression(first)) {
            (false, false) => Written::Blocks(nested),
            (true, true) if others.is_empty() => Written::Expression(first),
            (true, true) if found.iter().all(|one| is_constant(one)) => Written::Expression(first),
            _ => Written::Unsaid,
        }
    }

    /// Where an element of a list of that many is written.
    pub(super) fn element(&self, of: usize) -> Written<'n> {
        match self {
            // There are others, that a `dynamic` block makes.
            Written::Blocks(blocks) if blocks.len() != of => Written::Unsaid,
            other => other.clone(),
        }
    }
}

/// Whether a node is an expression and not a block in which there are some.
fn is_expression(node: &Node) -> bool {
    let is_map = matches!(node.kind, NodeKind::Map(_));
    is_map && node.members().iter().all(|one| matches!(one.key.as_str(), "constant_value" | "references"))
}

fn is_constant(node: &Node) -> bool {
    node.get("constant_value").is_some() && node.get("references").is_none()
}

/// The names that an expression mentions.
fn references(expression: &Node) -> impl Iterator<Item = &str> {
    list(expression.get("references")).iter().filter_map(Node::as_str)
}

/// The only name that an expression mentions, apart from its own prefixes.
fn only_reference(expression: &Node) -> Option<&str> {
    let mut names = references(expression);
    let first = names.next()?;
    names.all(|name| is_prefix(name, first)).then_some(first)
}

/// Whether a name is a part of another from its beginning; keys may be left out.
fn is_prefix(name: &str, of: &str) -> bool {
    let of = segments(of);
    segments(name)
        .iter()
        .enumerate()
        .all(|(position, part)| of.get(position).is_some_and(|own| own == part || without_key(own) == *part))
}

/// `aws_kms_key.this[0].arn` as the resource and the attribute; `data.` belongs to the resource.
fn split(reference: &str) -> Option<(&str, &str)> {
    let from = if reference.starts_with("data.") { 2 } else { 1 };
    let dot = outer_dots(reference).nth(from)?;
    Some((reference.get(..dot)?, reference.get(dot + 1..)?))
}
