//! What an expression of a plan is made of, followed to where that was made.
//!
//! The names that an expression mentions are all that a plan says of it: `module.m[each.key].arn`
//! is `module.m` and `each.key` behind it, a local value is its name alone. They are followed
//! through arguments and outputs of modules and through what `for_each` goes over, with the keys of
//! the instance that is looked at, until attributes of instances are reached.

use keylint_syntax::data::Node;

use super::address::{Place, segments, without_key};
use super::configuration::{Configuration, is_constant, member, references};
use super::instances::{self, Instances};

/// How many variables, outputs and collections are followed one behind the other.
const STEPS: usize = 16;
/// How many names are followed for one expression.
const NAMES: usize = 256;
/// How many attributes one expression is taken apart into.
const FOUND: usize = 64;

/// What is at the end of a name.
#[derive(Clone, Debug)]
pub(super) enum Source<'n> {
    /// A constant that the configuration has written out.
    Constant,
    /// The default of a variable, with that of its parts which is meant.
    Default(&'n str, Option<&'n Node>),
    /// What the plan knows and its configuration does not say: a value from outside, a key.
    Given,
    /// An attribute of an instance of the plan; empty where it is not said which.
    Attribute { address: &'n str, attribute: String },
    /// What the plan does not tell: a local value, an instance that it does not have.
    Unsaid,
}

impl Source<'_> {
    /// Whether both are the same end.
    fn is_same(&self, other: &Source<'_>) -> bool {
        match (self, other) {
            (
                Source::Attribute { address, attribute },
                Source::Attribute { address: of, attribute: other },
            ) => address == of && attribute == other,
            (Source::Default(name, _), Source::Default(other, _)) => name == other,
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }
}

/// The place where an expression is written.
#[derive(Clone)]
struct Scope<'n> {
    /// The modules that it is in, each with its key.
    modules: Vec<String>,
    /// The resource or the call that it is of, without its key.
    block: String,
    /// The key of the instance that it is evaluated for, with brackets.
    key: String,
    /// What the `for_each` goes over that has this key.
    over: Option<&'n Node>,
}

impl Scope<'_> {
    /// An address in the modules.
    fn address(&self, own: &str) -> String {
        let modules = self.modules.iter().flat_map(|module| ["module.", module.as_str(), "."]);
        modules.chain([own]).collect()
    }
}

/// What is at the end of all names of expressions of a resource, each once.
pub(super) fn follow<'n>(
    configuration: &Configuration<'n>,
    instances: &Instances<'n>,
    address: &str,
    expressions: &[&'n Node],
) -> Vec<Source<'n>> {
    let place = Place::of(address);
    let over = configuration.resource(&place).and_then(|it| it.get("for_each_expression"));
    let modules = place.modules.iter().map(|&name| name.to_owned()).collect();
    let block = address.strip_suffix(place.key).unwrap_or(address).to_owned();
    let scope = Scope { modules, block, key: place.key.to_owned(), over };
    let mut follower =
        Follower { configuration, instances, chained: String::new(), found: Vec::new(), left: NAMES };
    expressions.iter().for_each(|expression| follower.expression(&scope, expression, &[], STEPS));
    follower.found
}

struct Follower<'c, 'n> {
    configuration: &'c Configuration<'n>,
    instances: &'c Instances<'n>,
    /// The block whose `each.value` the path begins with, where it begins with the key of that.
    chained: String,
    found: Vec<Source<'n>>,
    left: usize,
}

/// A name that an expression mentions.
struct Name<'n> {
    text: &'n str,
    /// Whether the key of the instance is mentioned right behind it, as in `aws_x.y[each.key]`.
    by_own_key: bool,
}

impl<'n> Follower<'_, 'n> {
    fn add(&mut self, source: Source<'n>) {
        let source = if self.found.len() < FOUND { source } else { Source::Unsaid };
        if !self.found.iter().any(|known| known.is_same(&source)) {
            self.found.push(source);
        }
    }

    /// Follows the part of an expression at a path, of which each step is a name or a key with its
    /// brackets.
    fn expression(&mut self, scope: &Scope<'n>, expression: &'n Node, path: &[&str], steps: usize) {
        let Some(steps) = steps.checked_sub(1) else { return self.add(Source::Unsaid) };
        if is_constant(expression) {
            return self.add(Source::Constant);
        }
        let names = names(expression);
        if names.is_empty() {
            // The result of a function alone.
            return self.add(Source::Unsaid);
        }
        let mut others = names.iter().filter(|name| !is_own_key(name.text));
        // Of several, which of them the part is made of is not said.
        let path = match (others.next(), others.next()) {
            (Some(_), None) => path,
            _ => &[],
        };
        for name in &names {
            let Some(left) = self.left.checked_sub(1) else { return self.add(Source::Unsaid) };
            self.left = left;
            self.name(scope, name, path, steps);
        }
    }

    fn name(&mut self, scope: &Scope<'n>, name: &Name<'n>, path: &[&str], steps: usize) {
        let parts = segments(name.text);
        match parts.as_slice() {
            ["var", variable, rest @ ..] => {
                let mut variable_path: Vec<&str> = keys(variable).chain(steps_of(rest)).collect();
                let own = scope.key.clone();
                if name.by_own_key {
                    self.chained.clone_from(&scope.block);
                    variable_path.push(&own);
                }
                let path = [variable_path.as_slice(), path].concat();
                self.variable(scope, without_key(variable), &path, steps);
            }
            ["each", "value", rest @ ..] => match scope.over {
                Some(over) => {
                    let key = scope.key.clone();
                    self.chained.clone_from(&scope.block);
                    let inner: Vec<&str> = steps_of(rest).collect();
                    let path = [&[key.as_str()], inner.as_slice(), path].concat();
                    self.expression(scope, over, &path, steps);
                }
                None => self.add(Source::Unsaid),
            },
            ["each" | "count" | "path" | "terraform", ..] => self.add(Source::Given),
            ["module", call, rest @ ..] => {
                let rest: Vec<&str> = steps_of(rest).collect();
                self.module(scope, (name, call), &[rest.as_slice(), path].concat(), steps);
            }
            ["data", kind, own, rest @ ..] => {
                self.resource(scope, name, (&format!("data.{kind}."), own), rest, path);
            }
            ["local" | "self" | "ephemeral", ..] => self.add(Source::Unsaid),
            [kind, own, rest @ ..] => self.resource(scope, name, (&format!("{kind}."), own), rest, path),
            _ => self.add(Source::Unsaid),
        }
    }

    /// The argument of the call of a module, or the default.
    fn variable(&mut self, scope: &Scope<'n>, name: &str, path: &[&str], steps: usize) {
        let default = |module: Option<&'n Node>| {
            let (name, variable) = member(module?.get("variables")?, name)?;
            let mut part = variable.get("default");
            for step in path {
                part = part.and_then(|node| instances::part(node, step));
            }
            variable.get("default").map(|_| Source::Default(name, part))
        };
        let own = self.configuration.module(&scope.modules);
        let mut modules = scope.modules.clone();
        let Some(call) = modules.pop() else { return self.add(default(own).unwrap_or(Source::Given)) };
        let calls = self.configuration.module(&modules).and_then(|parent| parent.get("module_calls"));
        let Some(called) = calls.and_then(|calls| calls.get(without_key(&call))) else {
            return self.add(Source::Unsaid);
        };
        match called.get("expressions").and_then(|all| all.get(name)) {
            Some(argument) => {
                let (block, key) = call.split_at_checked(without_key(&call).len()).unwrap_or((&call, ""));
                let over = called.get("for_each_expression");
                let mut scope = Scope { modules, block: String::new(), key: key.to_owned(), over };
                scope.block = scope.address(&format!("module.{block}"));
                self.expression(&scope, argument, path, steps);
            }
            None => self.add(default(own).unwrap_or(Source::Given)),
        }
    }

    /// The output of a module, or all of them.
    fn module(&mut self, scope: &Scope<'n>, (name, call): (&Name<'_>, &str), path: &[&str], steps: usize) {
        let bare = without_key(call);
        let of_call = scope.address(&format!("module.{bare}"));
        let (keys, path) = self.keys(scope, name, (&of_call, call), path);
        if keys.is_empty() {
            self.add(Source::Unsaid);
        }
        for key in keys {
            let mut modules = scope.modules.clone();
            modules.push(format!("{bare}{key}"));
            let inner = Scope { modules, block: String::new(), key: String::new(), over: None };
            let outputs = self.configuration.module(&inner.modules).and_then(|module| module.get("outputs"));
            let Some(outputs) = outputs else { return self.add(Source::Unsaid) };
            let (wanted, path) = path.split_first().map_or((None, path), |(name, rest)| (Some(*name), rest));
            let wanted = |name: &str| wanted.is_none_or(|wanted| wanted == name);
            let meant = outputs.members().iter().filter(|output| wanted(output.key.as_str()));
            let mut expressions = meant.filter_map(|output| output.value.get("expression")).peekable();
            if expressions.peek().is_none() {
                self.add(Source::Unsaid);
            }
            expressions.for_each(|expression| self.expression(&inner, expression, path, steps));
        }
    }

    /// An attribute of a resource: which, the name says itself, or the path behind it.
    fn resource(
        &mut self,
        scope: &Scope<'n>,
        name: &Name<'_>,
        (kind, own): (&str, &str),
        attribute: &[&str],
        path: &[&str],
    ) {
        let block = scope.address(&format!("{kind}{}", without_key(own)));
        let (keys, path) = self.keys(scope, name, (&block, own), path);
        let attribute = match attribute {
            [] => {
                path.iter().take_while(|step| !step.starts_with('[')).copied().collect::<Vec<_>>().join(".")
            }
            own => own.join("."),
        };
        let found: Vec<_> =
            keys.iter().filter_map(|key| self.instances.find(&format!("{block}{key}"))).collect();
        if found.is_empty() {
            self.add(Source::Unsaid);
        }
        for address in found {
            self.add(Source::Attribute { address, attribute: attribute.clone() });
        }
    }

    /// The keys of the instances of a block that a name means, and what of the path is left: the
    /// key that is written, that of the instance itself where it is mentioned and the block has it,
    /// that with which the path begins, or all.
    fn keys<'p>(
        &self,
        scope: &Scope<'n>,
        name: &Name<'_>,
        (block, written): (&str, &'p str),
        path: &'p [&'p str],
    ) -> (Vec<&'p str>, &'p [&'p str])
    where
        'n: 'p,
    {
        let written = written.get(without_key(written).len()..).unwrap_or_default();
        let (first, rest) = match path.split_first() {
            Some((first, rest)) if first.starts_with('[') || first.is_empty() => (Some(*first), rest),
            _ => (None, path),
        };
        if !written.is_empty() {
            return (vec![written], path);
        }
        if name.by_own_key
            && let Some(own) = self.instances.counterpart(&scope.block, block, &scope.key)
        {
            return (vec![own], path);
        }
        if let Some(key) = first.and_then(|first| self.instances.counterpart(&self.chained, block, first)) {
            return (vec![key], rest);
        }
        (self.instances.keys(block).take(FOUND).collect(), rest)
    }
}

/// The steps of `names[0]`, `id` and the like: names, and keys with their brackets.
fn steps_of<'p>(parts: &'p [&'p str]) -> impl Iterator<Item = &'p str> {
    parts.iter().flat_map(|part| std::iter::once(without_key(part)).chain(keys(part)))
}

/// The keys behind a name.
fn keys(part: &str) -> impl Iterator<Item = &str> {
    let keys = part.get(without_key(part).len()..).unwrap_or_default();
    keys.split_inclusive(']').filter(|key| key.starts_with('['))
}

fn is_own_key(name: &str) -> bool {
    matches!(name, "each.key" | "count.index")
}

/// Whether a name is a resource, a module or a variable as a whole.
fn is_whole(name: &str) -> bool {
    let parts = segments(name);
    parts.len() == if parts.first() == Some(&"data") { 3 } else { 2 } && !name.starts_with("each.")
}

/// The names that an expression mentions, as often as it does; a key that is an index not as one of them. Each is listed with its shorter
/// prefixes behind it, down to that which is a resource or the like.
fn names(expression: &Node) -> Vec<Name<'_>> {
    let mut names: Vec<Name<'_>> = Vec::new();
    let mut before = "";
    for text in references(expression) {
        let is_own_key = is_own_key(text);
        let is_shorter = text.len() < before.len();
        before = text;
        match names.last_mut() {
            Some(last) if is_shorter && is_prefix(text, last.text) => {}
            last => {
                if let Some(last) = last.filter(|last| is_own_key && is_whole(last.text)) {
                    last.by_own_key = true;
                } else {
                    names.push(Name { text, by_own_key: false });
                }
            }
        }
    }
    names
}

/// Whether a name is a part of another from its beginning; keys may be left out.
fn is_prefix(name: &str, of: &str) -> bool {
    let of = segments(of);
    segments(name).iter().enumerate().all(|(position, part)| {
        let rest = of.get(position).and_then(|own| own.strip_prefix(part));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
    })
}
