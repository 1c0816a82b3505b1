//! Which resource an unknown attribute of a plan refers to.
//!
//! `configuration` lists, for each argument, the names that its expression mentions: `var.x`,
//! `module.m.arn`, `aws_kms_key.this[0].arn`, each followed by its shorter prefixes. Arguments and
//! outputs of modules are followed until a single resource is reached.

use keylint_syntax::data::{Node, NodeKind};

/// How many variables and outputs are followed.
const STEPS: usize = 16;

/// The `configuration` of a plan.
pub(super) struct Configuration<'n> {
    root: Option<&'n Node>,
}

/// Where a resource is: the modules it is in, with their keys, and its own name without one.
struct Place<'p> {
    modules: Vec<&'p str>,
    resource: String,
}

impl<'n> Configuration<'n> {
    pub(super) fn new(plan: &'n Node) -> Self {
        Configuration { root: plan.get("configuration").and_then(|it| it.get("root_module")) }
    }

    /// Whether the configuration sets an argument of a resource, or may.
    pub(super) fn sets(&self, address: &str, name: &str) -> bool {
        let place = place(address);
        match self.resource(&place) {
            Some(resource) => resource.get("expressions").is_some_and(|it| it.get(name).is_some()),
            None => true,
        }
    }

    /// The resource among `addresses` and its attribute, where the argument mentions exactly one.
    pub(super) fn reference(
        &self,
        address: &str,
        name: &str,
        addresses: &[&str],
    ) -> Option<(String, String)> {
        let place = place(address);
        let expression = self.resource(&place)?.get("expressions")?.get(name)?;
        let modules = place.modules.into_iter().map(str::to_owned).collect();
        let (modules, reference) = self.follow(modules, expression, STEPS)?;
        let (resource, attribute) = split(&reference)?;
        let mut wanted = String::new();
        for module in &modules {
            wanted.push_str("module.");
            wanted.push_str(module);
            wanted.push('.');
        }
        wanted.push_str(resource);
        let exact = addresses.iter().find(|candidate| **candidate == wanted);
        let keyless = || {
            let wanted = self::place(&wanted);
            let mut found =
                addresses.iter().filter(|candidate| self::place(candidate).is_instance_of(&wanted));
            let only = found.next()?;
            found.next().is_none().then_some(only)
        };
        let found = exact.or_else(keyless)?;
        Some(((*found).to_owned(), attribute.to_owned()))
    }

    /// Follows variables and outputs to the one resource that an expression mentions. The modules
    /// keep their keys where they are known.
    fn follow(
        &self,
        mut modules: Vec<String>,
        expression: &'n Node,
        steps: usize,
    ) -> Option<(Vec<String>, String)> {
        let steps = steps.checked_sub(1)?;
        let reference = only_reference(expression)?;
        match segments(reference).as_slice() {
            ["var", name, ..] => {
                let call = modules.pop()?;
                let call = self.module(&modules)?.get("module_calls")?.get(without_key(&call))?;
                self.follow(modules, call.get("expressions")?.get(name)?, steps)
            }
            ["module", call, output, ..] => {
                modules.push((*call).to_owned());
                let value = self.module(&modules)?.get("outputs")?.get(output)?.get("expression")?;
                self.follow(modules, value, steps)
            }
            ["local" | "each" | "count" | "path" | "terraform" | "self", ..] => None,
            _ => Some((modules, reference.to_owned())),
        }
    }

    fn module<S: AsRef<str>>(&self, names: &[S]) -> Option<&'n Node> {
        names.iter().try_fold(self.root?, |module, name| {
            module.get("module_calls")?.get(without_key(name.as_ref()))?.get("module")
        })
    }

    fn resource(&self, place: &Place<'_>) -> Option<&'n Node> {
        match &self.module(&place.modules)?.get("resources")?.kind {
            NodeKind::List(nodes) => {
                nodes.iter().find(|node| node.get("address").and_then(Node::as_str) == Some(&place.resource))
            }
            _ => None,
        }
    }
}

/// The only name that an expression mentions, apart from its own prefixes.
fn only_reference(expression: &Node) -> Option<&str> {
    let NodeKind::List(references) = &expression.get("references")?.kind else { return None };
    let mut names = references.iter().filter_map(Node::as_str);
    let first = names.next()?;
    names.all(|name| first.starts_with(name)).then_some(first)
}

/// `aws_kms_key.this[0].arn` as the resource and the attribute; `data.` belongs to the resource.
fn split(reference: &str) -> Option<(&str, &str)> {
    let from = if reference.starts_with("data.") { 2 } else { 1 };
    let (dot, _) = outer_dots(reference).nth(from)?;
    Some((reference.get(..dot)?, reference.get(dot + 1..)?))
}

/// The dots of an address that are not inside a key.
fn outer_dots(address: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut quoted, mut escaped) = (false, false);
    address.char_indices().filter(move |(_, character)| {
        let is_dot = *character == '.' && !quoted;
        match character {
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = *character == '\\' && !escaped;
        is_dot
    })
}

fn segments(address: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut from = 0;
    for (dot, _) in outer_dots(address) {
        parts.push(address.get(from..dot).unwrap_or_default());
        from = dot + 1;
    }
    parts.push(address.get(from..).unwrap_or_default());
    parts
}

fn without_key(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

/// The parts of a resource's address.
fn place(address: &str) -> Place<'_> {
    let parts = segments(address);
    let mut modules = Vec::new();
    let mut rest = parts.as_slice();
    while let ["module", name, left @ ..] = rest {
        modules.push(*name);
        rest = left;
    }
    let names: Vec<_> = rest.iter().map(|part| without_key(part)).collect();
    Place { modules, resource: names.join(".") }
}

impl Place<'_> {
    /// Whether this is one of the resources that an address means which may leave keys out.
    fn is_instance_of(&self, wanted: &Place<'_>) -> bool {
        let same = |(own, wanted): (&&str, &&str)| own == wanted || without_key(own) == *wanted;
        self.resource == wanted.resource
            && self.modules.len() == wanted.modules.len()
            && self.modules.iter().zip(&wanted.modules).all(same)
    }
}
