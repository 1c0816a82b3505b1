//! What the files of a module declare, by name.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Mode, Problem};
use keylint_source::Span;
use keylint_syntax::hcl::{Attribute, Block, Body, Expr, ExprKind, Item, Name};

use crate::types::{self, Type};

/// A `variable` block.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: Name,
    pub(crate) block: Block,
    /// Its type constraint; [`Type::Any`] without one.
    pub(crate) constraint: Type,
    pub(crate) sensitive: bool,
    pub(crate) ephemeral: bool,
    pub(crate) nullable: bool,
}

impl Variable {
    /// The expression of its default.
    pub(crate) fn default(&self) -> Option<&Expr> {
        self.block.body.attribute("default").map(|attribute| &attribute.value)
    }

    /// Whether a text that is given for it is its value as it stands, not an expression.
    pub(crate) fn takes_literals(&self) -> bool {
        self.block.body.attribute("type").is_none()
            || matches!(self.constraint, Type::String | Type::Number | Type::Bool)
    }

    /// The conditions of its validations.
    pub(crate) fn validations(&self) -> impl Iterator<Item = &Expr> {
        let blocks = self.block.body.blocks().filter(|block| &*block.name.text == "validation");
        blocks.filter_map(|block| block.body.attribute("condition")).map(|attribute| &attribute.value)
    }
}

/// One name of a `locals` block.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) name: Name,
    pub(crate) value: Expr,
}

/// An `output` block.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) name: Name,
    pub(crate) block: Block,
    pub(crate) sensitive: bool,
    pub(crate) ephemeral: bool,
}

/// A `module` block.
#[derive(Debug)]
pub(crate) struct ModuleCall {
    pub(crate) name: Name,
    pub(crate) block: Block,
    /// The source as it is written, where it is a plain string; otherwise what the files of the
    /// module make of it, if anything.
    pub(crate) source: Option<(Arc<str>, Span)>,
    /// Whether the source is an expression, so that it may be another one in a module that is called.
    pub(crate) computed: bool,
}

impl ModuleCall {
    /// The only version that the call allows, where it names one.
    pub(crate) fn exact_version(&self) -> Option<Arc<str>> {
        let (version, _) = plain_string(&self.block.body.attribute("version")?.value)?;
        let exact = version.trim().trim_start_matches('=').trim();
        exact.starts_with(|first: char| first.is_ascii_digit()).then(|| exact.into())
    }
}

/// A `resource`, `data` or `ephemeral` block.
#[derive(Debug)]
pub(crate) struct ResourceBlock {
    pub(crate) mode: Mode,
    pub(crate) type_name: Name,
    /// The address within its module: `aws_kms_key.this`, `data.aws_region.current`.
    pub(crate) address: Arc<str>,
    pub(crate) block: Block,
}

impl ResourceBlock {
    /// Whether it is an `ephemeral` block, whose attributes do not outlast a run.
    pub(crate) fn is_ephemeral(&self) -> bool {
        &*self.block.name.text == "ephemeral"
    }
}

/// What a module declares. Later declarations of a name that is taken are dropped, each with a
/// problem.
#[derive(Debug, Default)]
pub(crate) struct Declarations {
    pub(crate) variables: IndexMap<Arc<str>, Variable>,
    pub(crate) locals: IndexMap<Arc<str>, Local>,
    pub(crate) outputs: IndexMap<Arc<str>, Output>,
    pub(crate) calls: IndexMap<Arc<str>, ModuleCall>,
    pub(crate) resources: Vec<ResourceBlock>,
    /// The blocks that make no values: `check`, `import`, `moved`, `removed`, `provider`, `terraform`.
    pub(crate) others: Vec<Block>,
    by_type: HashMap<(Kind, Arc<str>), HashMap<Arc<str>, usize>>,
}

/// Which namespace a resource is named in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// `aws_kms_key.this`
    Managed,
    /// `data.aws_region.current`
    Data,
    /// `ephemeral.aws_secretsmanager_secret_version.db`
    Ephemeral,
}

impl Declarations {
    /// The position of a resource.
    pub(crate) fn resource(&self, kind: Kind, type_name: &Arc<str>, name: &str) -> Option<usize> {
        self.by_type.get(&(kind, Arc::clone(type_name)))?.get(name).copied()
    }

    /// The entries of `required_providers`.
    pub(crate) fn required_providers(&self) -> impl Iterator<Item = &Attribute> {
        let settings = self.others.iter().filter(|block| &*block.name.text == "terraform");
        let required = settings.flat_map(|block| block.body.blocks());
        let required = required.filter(|block| &*block.name.text == "required_providers");
        required.flat_map(|block| block.body.attributes())
    }

    /// Whether the module certainly does not name a provider among those that it requires, as it
    /// must to call its functions.
    ///
    /// Source: <https://developer.hashicorp.com/terraform/language/functions#provider-defined-functions>.
    pub(crate) fn lacks_provider(&self, name: &str) -> bool {
        // In the JSON syntax the block is an argument.
        let mut settings = self.others.iter().filter(|block| &*block.name.text == "terraform");
        settings.all(|block| block.body.attribute("required_providers").is_none())
            && self.required_providers().all(|entry| &*entry.name.text != name)
    }

    /// Takes in the top-level items of a file.
    pub(crate) fn add(&mut self, body: Body, problems: &mut Vec<Problem>) {
        for item in body.items {
            // Attributes at the top level are a syntax matter that Terraform reports itself.
            if let Item::Block(block) = item {
                self.add_block(block, problems);
            }
        }
    }

    fn add_block(&mut self, block: Block, problems: &mut Vec<Problem>) {
        match (&*block.name.text, block.labels.as_slice()) {
            ("variable", [name]) => {
                let name = name.clone();
                insert(
                    &mut self.variables,
                    &name.clone(),
                    variable(name, block, problems),
                    |it| it.block.header,
                    problems,
                );
            }
            ("output", [name]) => {
                let name = name.clone();
                let (sensitive, ephemeral) =
                    (flag(&block, "sensitive", false), flag(&block, "ephemeral", false));
                insert(
                    &mut self.outputs,
                    &name.clone(),
                    Output { name, block, sensitive, ephemeral },
                    |it| it.block.header,
                    problems,
                );
            }
            ("module", [name]) => {
                let name = name.clone();
                let source =
                    block.body.attribute("source").and_then(|attribute| plain_string(&attribute.value));
                insert(
                    &mut self.calls,
                    &name.clone(),
                    ModuleCall { name, block, source, computed: false },
                    |it| it.block.header,
                    problems,
                );
            }
            ("locals", _) => {
                for attribute in block.body.items.into_iter().filter_map(attribute_of) {
                    let local = Local { name: attribute.name.clone(), value: attribute.value };
                    insert(&mut self.locals, &attribute.name, local, |it| it.name.span, problems);
                }
            }
            ("resource", [_, _]) => self.add_resource(Kind::Managed, block, problems),
            ("data", [_, _]) => self.add_resource(Kind::Data, block, problems),
            ("ephemeral", [_, _]) => self.add_resource(Kind::Ephemeral, block, problems),
            // The data source of a check is read like any other of the module.
            // Source: https://developer.hashicorp.com/terraform/language/checks#scoped-data-sources
            ("check", [_]) => self.add_check(block, problems),
            _ => self.others.push(block),
        }
    }

    fn add_check(&mut self, mut block: Block, problems: &mut Vec<Problem>) {
        let is_data = |item: &Item| match item {
            Item::Block(inner) => (&*inner.name.text, inner.labels.len()) == ("data", 2),
            Item::Attribute(_) => false,
        };
        let (data, rest): (Vec<Item>, _) =
            std::mem::take(&mut block.body.items).into_iter().partition(is_data);
        block.body.items = rest;
        self.others.push(block);
        for item in data {
            if let Item::Block(inner) = item {
                self.add_resource(Kind::Data, inner, problems);
            }
        }
    }

    fn add_resource(&mut self, kind: Kind, block: Block, problems: &mut Vec<Problem>) {
        let [type_name, name] = block.labels.as_slice() else { return };
        let (type_name, name) = (type_name.clone(), name.clone());
        let (prefix, mode) = match kind {
            Kind::Managed => ("", Mode::Managed),
            Kind::Data => ("data.", Mode::Data),
            Kind::Ephemeral => ("ephemeral.", Mode::Data),
        };
        let address: Arc<str> = format!("{prefix}{}.{}", type_name.text, name.text).into();
        let names = self.by_type.entry((kind, Arc::clone(&type_name.text))).or_default();
        if let Some(first) = names.get(&name.text).and_then(|position| self.resources.get(*position)) {
            problems.push(duplicate(&address, name.span, first.block.header));
            return;
        }
        names.insert(Arc::clone(&name.text), self.resources.len());
        self.resources.push(ResourceBlock { mode, type_name, address, block });
    }

    /// The configuration of a provider under an alias, or the one without.
    fn provider_mut(&mut self, name: &str, under: Option<&str>) -> Option<&mut Block> {
        self.others.iter_mut().find(|block| {
            let is_named = block.labels.first().is_some_and(|label| &*label.text == name);
            &*block.name.text == "provider" && is_named && alias(block) == under
        })
    }

    /// Takes in the top-level items of an override file: attributes replace those of the block
    /// with the same labels, nested blocks replace all of their type.
    ///
    /// Source: <https://developer.hashicorp.com/terraform/language/files/override>.
    pub(crate) fn add_override(&mut self, body: Body, problems: &mut Vec<Problem>) {
        for item in body.items {
            let Item::Block(block) = item else { continue };
            match (&*block.name.text, block.labels.as_slice()) {
                ("locals", _) => self.override_locals(block, problems),
                ("variable", [name]) if self.variables.contains_key(&name.text) => {
                    let name = Arc::clone(&name.text);
                    if let Some(base) = self.variables.get_mut(&name) {
                        let mut merged = base.block.clone();
                        merge(&mut merged.body, block.body);
                        *base = variable(base.name.clone(), merged, problems);
                    }
                }
                ("output", [name]) if self.outputs.contains_key(&name.text) => {
                    if let Some(base) = self.outputs.get_mut(&name.text) {
                        merge(&mut base.block.body, block.body);
                        base.sensitive = flag(&base.block, "sensitive", false);
                        base.ephemeral = flag(&base.block, "ephemeral", false);
                    }
                }
                ("module", [name]) if self.calls.contains_key(&name.text) => {
                    if let Some(base) = self.calls.get_mut(&name.text) {
                        merge(&mut base.block.body, block.body);
                        let source = base.block.body.attribute("source");
                        base.source = source.and_then(|attribute| plain_string(&attribute.value));
                    }
                }
                ("provider", [label]) => match self.provider_mut(&label.text, alias(&block)) {
                    Some(base) => merge(&mut base.body, block.body),
                    None => self.others.push(block),
                },
                ("resource" | "data" | "ephemeral", [_, _]) => self.override_resource(block, problems),
                ("variable" | "output" | "module", [name]) => {
                    let message =
                        overrides_nothing(&format!("{}.{}", block.name.text, name.text), block.header);
                    problems.push(message);
                    self.add_block(block, problems);
                }
                _ => self.add_block(block, problems),
            }
        }
    }

    fn override_locals(&mut self, block: Block, problems: &mut Vec<Problem>) {
        for attribute in block.body.items.into_iter().filter_map(attribute_of) {
            let name = attribute.name;
            let local = Local { name: name.clone(), value: attribute.value };
            match self.locals.get_mut(&name.text) {
                Some(base) => *base = local,
                None => problems.push(overrides_nothing(&format!("local.{}", name.text), name.span)),
            }
        }
    }

    fn override_resource(&mut self, block: Block, problems: &mut Vec<Problem>) {
        let [type_name, name] = block.labels.as_slice() else { return };
        let kind = match &*block.name.text {
            "data" => Kind::Data,
            "ephemeral" => Kind::Ephemeral,
            _ => Kind::Managed,
        };
        let position = self.resource(kind, &type_name.text, &name.text);
        match position.and_then(|position| self.resources.get_mut(position)) {
            Some(base) => merge(&mut base.block.body, block.body),
            None => {
                let address = format!("{}.{}", type_name.text, name.text);
                problems.push(overrides_nothing(&address, block.header));
                self.add_block(block, problems);
            }
        }
    }
}

/// The literal alias of a configuration of a provider.
pub(super) fn alias(block: &Block) -> Option<&str> {
    block.body.attribute("alias").and_then(|attribute| match &attribute.value.kind {
        ExprKind::String(text) => Some(text.as_str()),
        _ => None,
    })
}

fn overrides_nothing(address: &str, span: Span) -> Problem {
    Problem::new("KL003", span, format!("there is no `{address}` to override"))
}

fn merge(base: &mut Body, over: Body) {
    let replaced = |item: &Item| {
        over.items.iter().any(|other| match (item, other) {
            (Item::Attribute(a), Item::Attribute(b)) => a.name.text == b.name.text,
            (Item::Block(a), Item::Block(b)) => block_type(a) == block_type(b),
            // In the JSON syntax blocks look like an argument.
            (Item::Block(a), Item::Attribute(b)) => block_type(a) == &*b.name.text && has_blocks(&b.value),
            (Item::Attribute(a), Item::Block(b)) => &*a.name.text == block_type(b),
        })
    };
    base.items.retain(|item| !replaced(item) || is_lifecycle(item));
    base.items.extend(over.items);
}

/// Whether an argument of the JSON syntax says the bodies of blocks: null and an empty list are none,
/// and replace none.
fn has_blocks(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Object(_) => true,
        ExprKind::List(bodies) => bodies.iter().any(has_blocks),
        _ => false,
    }
}

/// The type of a nested block; a `dynamic` block is of the type that it makes.
fn block_type(block: &Block) -> &str {
    match (&*block.name.text, block.labels.first()) {
        ("dynamic", Some(label)) => &label.text,
        (name, _) => name,
    }
}

fn is_lifecycle(item: &Item) -> bool {
    matches!(item, Item::Block(block) if &*block.name.text == "lifecycle")
}

fn insert<T>(
    into: &mut IndexMap<Arc<str>, T>,
    name: &Name,
    declaration: T,
    place: impl Fn(&T) -> Span,
    problems: &mut Vec<Problem>,
) {
    match into.get(&name.text) {
        Some(first) => problems.push(duplicate(&name.text, name.span, place(first))),
        None => {
            into.insert(Arc::clone(&name.text), declaration);
        }
    }
}

fn duplicate(name: &str, span: Span, first: Span) -> Problem {
    Problem::new("KL003", span, format!("`{name}` is declared twice in this module"))
        .with_related(first, "first declared here")
        .leaving_out()
}

fn variable(name: Name, block: Block, problems: &mut Vec<Problem>) -> Variable {
    let constraint = match block.body.attribute("type") {
        Some(attribute) => types::parse(&attribute.value, problems),
        None => Type::Any,
    };
    let (sensitive, nullable) = (flag(&block, "sensitive", false), flag(&block, "nullable", true));
    let ephemeral = flag(&block, "ephemeral", false);
    Variable { name, block, constraint, sensitive, ephemeral, nullable }
}

fn attribute_of(item: Item) -> Option<Attribute> {
    match item {
        Item::Attribute(attribute) => Some(attribute),
        Item::Block(_) => None,
    }
}

/// A boolean that must be literal.
fn flag(block: &Block, name: &str, default: bool) -> bool {
    match block.body.attribute(name).map(|attribute| &attribute.value.kind) {
        Some(ExprKind::Bool(known)) => *known,
        Some(ExprKind::String(text)) => super::blocks::literal_boolean(text.as_str()).unwrap_or(default),
        _ => default,
    }
}

fn plain_string(expression: &Expr) -> Option<(Arc<str>, Span)> {
    match &expression.kind {
        ExprKind::String(text) => Some((Arc::clone(text.shared()), expression.span)),
        ExprKind::Parenthesis(inner) => plain_string(inner),
        _ => None,
    }
}
