//! Parameters: what they are before anybody gives them a value.

use std::sync::Arc;

use keylint_model::{
    Alternative, Data, Entry, List, Map, Marks, Number, Origin, Part, Problem, Reason, Step, Unknown, Value,
    nearest,
};
use keylint_source::Span;
use keylint_syntax::data::{Member, Node, NodeKind};
use keylint_syntax::{Text, yaml};

use crate::call::View;
use crate::constraints;
use crate::dynamic;
use crate::evaluate::{from_parts, scalar, split_parts};

/// How the types begin whose values are names in Parameter Store.
const STORED: &str = "AWS::SSM::Parameter::Value<";

/// The declaration of a parameter.
pub(crate) struct Parameter<'t> {
    pub(crate) name: Arc<str>,
    /// What it is called among the stacks that are nested in each other.
    pub(crate) identity: Arc<str>,
    pub(crate) key_span: Span,
    pub(crate) span: Span,
    /// The members of the declaration as written.
    pub(crate) declaration: Map,
    /// The same as the tree has it.
    node: &'t Node,
    /// The values that it can take, where the declaration lists them.
    pub(crate) allowed: Vec<Value>,
    /// Whether its value is masked by the service, and so by us.
    pub(crate) no_echo: bool,
    kind: Kind,
    default: Option<Value>,
    /// What the stack around this one gives.
    given: Option<Value>,
}

/// The types of single values, but for those that AWS makes.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>
const SINGLE_TYPES: [&str; 2] = ["String", "Number"];

/// The types whose value is a list.
const LIST_TYPES: [&str; 3] = ["CommaDelimitedList", "List<Number>", "List<String>"];

/// What a parameter's type says about its value. Secrets Manager has none: its values come through
/// dynamic references.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A string or number.
    Single,
    /// A list, written with commas.
    List,
    /// The name of an SSM parameter, whose value the service reads.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>
    Stored,
}

impl<'t> Parameter<'t> {
    pub(crate) fn new(member: &'t Member, problems: &mut Vec<Problem>) -> Self {
        let node = &member.value;
        let name: Arc<str> = Arc::clone(member.key.shared());
        if matches!(node.kind, NodeKind::Invalid) {
            // Reported where it does not parse.
        } else if !matches!(node.kind, NodeKind::Map(_)) {
            let message = format!("the parameter `{name}` is not a mapping");
            problems.push(Problem::new("KL003", node.span, message));
        } else if node.get("Type").is_none() {
            let message = format!("the parameter `{name}` has no `Type`");
            problems.push(Problem::new("KL003", member.key_span, message));
        }
        let kind = match node.get("Type").and_then(Node::as_str).unwrap_or("String") {
            stored if stored.starts_with(STORED) => Kind::Stored,
            "CommaDelimitedList" => Kind::List,
            list if list.starts_with("List<") => Kind::List,
            _ => Kind::Single,
        };
        let no_echo = is_no_echo(node);
        let default = node.get("Default").filter(|default| !constraints::is_no_text(default));
        let default = default.map(|default| default_value(default, kind, no_echo));
        let allowed = match node.get("AllowedValues").map(|node| &node.kind) {
            Some(NodeKind::List(values)) => values.iter().map(literal).collect(),
            _ => Vec::new(),
        };
        Parameter {
            identity: Arc::clone(&name),
            given: None,
            name,
            key_span: member.key_span,
            span: member.key_span.cover(node.span),
            declaration: declaration(node, no_echo),
            node,
            allowed,
            no_echo,
            kind,
            default,
        }
    }

    /// The same in a nested stack, with the value that it is given there.
    pub(crate) fn nested(self, scope: &str, given: Option<&Value>) -> Self {
        let given = given.map(|given| {
            let mut value = given.clone();
            value.origin.marks.sensitive |= self.no_echo;
            let value = match self.kind {
                Kind::List => as_list(value, &self.name),
                Kind::Single | Kind::Stored => value,
            };
            self.or_default(value)
        });
        Parameter { identity: format!("{scope}{}", self.name).into(), given, ..self }
    }

    /// What it is given, with its default in the cases in which that is no value.
    fn or_default(&self, given: Value) -> Value {
        match (&given.data, &self.default) {
            (Data::Null, Some(default)) => {
                let origin = default.origin.through(Step::Default, Arc::clone(&self.name), self.key_span);
                Value::new(default.data.clone(), origin)
            }
            (Data::Null, None) => self.unknown_value(given.origin.span.unwrap_or(self.key_span)),
            (Data::Choice(alternatives), _) => {
                let all = alternatives.iter().map(|alternative| Alternative {
                    guard: alternative.guard.clone(),
                    value: self.or_default(alternative.value.clone()),
                });
                let marks =
                    given.origin.marks | self.default.iter().map(|default| default.origin.marks).collect();
                Value { data: Data::Choice(all.collect()), origin: Origin { marks, ..given.origin }, ..given }
            }
            _ => given,
        }
    }

    /// Whether a stack cannot be made without a value for it.
    pub(crate) fn is_required(&self) -> bool {
        self.default.is_none()
    }

    /// What a reference to the parameter stands for; for a choice among allowed values see
    /// [`crate::subject`].
    pub(crate) fn value(&self, reference: Span) -> Value {
        let marks = Marks::secret(self.no_echo);
        match (self.given.as_ref().or(self.default.as_ref()), self.kind) {
            (Some(default), Kind::Stored) => {
                let stored = match marks.sensitive {
                    true => "…",
                    false => default.as_str().unwrap_or(&self.name),
                };
                let reason = Reason::DynamicReference(format!("ssm:{stored}").into());
                let unknown =
                    Unknown::new(reason).with_identity(Arc::clone(&self.identity)).with_place(self.key_span);
                Value::unknown(unknown, Origin { marks, ..Origin::at(reference) })
            }
            (Some(given), _) if self.given.is_some() => given.clone(),
            (Some(default), _) => {
                let origin = default.origin.through(Step::Default, Arc::clone(&self.name), self.key_span);
                Value::new(default.data.clone(), origin)
            }
            (None, _) => self.unknown_value(reference),
        }
    }

    /// What a reference stands for where deployment gives a value that nobody knows.
    pub(crate) fn unknown_value(&self, reference: Span) -> Value {
        let marks = Marks::secret(self.no_echo);
        Value::unknown(self.unknown(), Origin { marks, ..Origin::at(reference) })
    }

    /// What a reference stands for where deployment gives this value instead of the default. What has
    /// to be a key of a mapping, or is only compared with the parameter, is written there and not as a
    /// value.
    pub(crate) fn other_value(&self, literal: &Arc<str>, reference: Span) -> Value {
        let allowed = self.allowed.iter().find(|value| scalar(value).as_deref() == Some(literal));
        let mut value =
            allowed.cloned().unwrap_or_else(|| Value::string(Text::at(Arc::clone(literal), reference)));
        value.origin.marks |= Marks::secret(self.no_echo);
        match self.kind {
            Kind::List => as_list(value, &self.name),
            Kind::Single | Kind::Stored => value,
        }
    }

    /// The parameter as a value that deployment gives.
    pub(crate) fn unknown(&self) -> Unknown {
        let reason = Reason::Input(Arc::clone(&self.name));
        Unknown::new(reason).with_identity(Arc::clone(&self.identity)).with_place(self.key_span)
    }

    /// Whether deployment has to choose the value, among those that are allowed.
    pub(crate) fn is_open(&self) -> bool {
        self.default.is_none() && self.is_chosen() && self.kind == Kind::Single
    }

    /// Whether deployment may choose the value, be there a default or not.
    pub(crate) fn is_chosen(&self) -> bool {
        self.given.is_none() && self.kind != Kind::Stored
    }

    /// Whether its value is a list.
    pub(crate) fn is_list(&self) -> bool {
        self.kind == Kind::List
    }

    /// Whether its value is a single one, whoever gives it.
    pub(crate) fn is_single(&self) -> bool {
        self.kind == Kind::Single
    }

    /// Whether its value is one of the allowed ones: those of a list are what its elements can be.
    pub(crate) fn is_one_of_allowed(&self) -> bool {
        self.kind == Kind::Single && !self.allowed.is_empty()
    }

    /// Which texts deployment can give, by its type and constraints.
    pub(crate) fn admitting(&self) -> impl Fn(&str) -> bool {
        let admits = (self.kind == Kind::Single).then(|| constraints::admitting(self.node));
        move |text| admits.as_ref().is_none_or(|admits| admits(text))
    }

    /// The text of the default, where there is one.
    pub(crate) fn default_text(&self) -> Option<String> {
        self.default.as_ref().map(|default| text_of_all(default).unwrap_or_default())
    }

    /// Whether there is a default and all of it is known.
    pub(crate) fn has_plain_default(&self) -> bool {
        self.default.as_ref().is_some_and(|default| text_of_all(default).is_some())
    }
}

/// Reports a type that the service does not have. It is told of AWS's own only where their page
/// rules them out: there may be more of them by now.
pub(crate) fn check_type(member: &Member, problems: &mut Vec<Problem>) {
    let Some(node) = member.value.get("Type") else { return };
    let Some(written) = View::from(node).as_str() else { return };
    let is_of_aws = |name: &str| name.starts_with("AWS::") && !name.starts_with(STORED);
    let is_single = |name: &str| SINGLE_TYPES.contains(&name) || is_of_aws(name);
    let is_plain = |name: &str| {
        let element = name.strip_prefix("List<").and_then(|name| name.strip_suffix('>'));
        is_single(name) || LIST_TYPES.contains(&name) || element.is_some_and(is_of_aws)
    };
    let stored = written.strip_prefix(STORED).map(|name| name.strip_suffix('>'));
    let is_known = match stored {
        Some(inner) => inner.is_some_and(is_plain),
        None => is_plain(written),
    };
    if is_known {
        return;
    }
    let problem = Problem::new("KL003", node.span, format!("`{written}` is no type of a parameter"));
    let known = SINGLE_TYPES.iter().chain(&LIST_TYPES).copied();
    let same = known.clone().find(|known| known.eq_ignore_ascii_case(written));
    problems.push(match same.or_else(|| nearest(written, known)) {
        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
        None => problem,
    });
}

/// The text of a scalar, or of a list with commas between its elements.
fn text_of_all(value: &Value) -> Option<String> {
    let Data::List(list) = &value.data else { return scalar(value) };
    let elements: Option<Vec<String>> = list.elements.iter().map(scalar).collect();
    Some(elements?.join(","))
}

/// Whether what a parameter is given may not be shown.
pub(crate) fn is_no_echo(declaration: &Node) -> bool {
    declaration.get("NoEcho").is_some_and(|node| literal(node).as_bool() == Some(true))
}

fn default_value(node: &Node, kind: Kind, no_echo: bool) -> Value {
    let mut value = literal(node);
    value.origin.marks = Marks::secret(no_echo);
    if kind == Kind::List
        && let Some(text) = text_of(&value)
    {
        value.data = split(&text, value.origin.marks);
    }
    value
}

/// What a parameter that is a list is given, in each alternative.
fn as_list(mut value: Value, name: &Arc<str>) -> Value {
    if let Some(text) = text_of(&value) {
        value.data = split(&text, value.origin.marks);
        return value;
    }
    match &value.data {
        Data::Partial(parts) => {
            value.data = match elements_of(parts, &value) {
                Some(elements) => Data::List(Arc::new(List { elements, ..List::default() })),
                None => Data::Unknown(Arc::new(Unknown::new(Reason::Operand(Arc::clone(name))))),
            };
        }
        Data::Choice(alternatives) => {
            let marks = value.origin.marks;
            let lists = alternatives.iter().map(|alternative| {
                let mut one = alternative.value.clone();
                one.origin.marks |= marks;
                Alternative { guard: alternative.guard.clone(), value: as_list(one, name) }
            });
            value.data = Data::Choice(lists.collect());
        }
        _ => {}
    }
    value
}

/// The elements of a comma-delimited list with holes, where none of these can hold a comma. The spaces
/// that the service trims are looked for in what is written alone.
fn elements_of(parts: &[Part], list: &Value) -> Option<Vec<Value>> {
    let has_space = parts.iter().any(|part| matches!(part, Part::Known(text) if text.contains(' ')));
    if has_space { None } else { split_parts(",", parts, list) }
}

/// The elements of a comma-delimited list.
fn split(text: &Text, marks: Marks) -> Data {
    let mut elements = Vec::new();
    let mut start = 0;
    for piece in text.split(',') {
        // The service trims the spaces around the elements of a comma-delimited list.
        let skipped = piece.len() - piece.trim_start().len();
        let from = start + skipped;
        let element = Value::string(text.slice(from..from + piece.trim().len()));
        let origin = Origin { marks, ..element.origin.clone() };
        elements.push(Value { origin, ..element });
        start += piece.len() + 1;
    }
    Data::List(Arc::new(List { elements, ..List::default() }))
}

/// The text of a scalar, with its place.
fn text_of(value: &Value) -> Option<Text> {
    match value.parts()?.as_ref() {
        [Part::Known(text)] => Some(text.clone()),
        _ => None,
    }
}

fn declaration(node: &Node, no_echo: bool) -> Map {
    let mut map = Map::default();
    for member in node.members() {
        let mut value = literal(&member.value);
        value.origin.marks.sensitive = no_echo && matches!(member.key.as_str(), "Default" | "AllowedValues");
        let entry = Entry { key_span: Some(member.key_span), span: Some(member.value.span), value };
        map.entries.insert(Arc::clone(member.key.shared()), entry);
    }
    map
}

/// The value of a node in which no function has a meaning. Dynamic references in it are resolved
/// where it is used.
pub(crate) fn literal(node: &Node) -> Value {
    if let NodeKind::String(text) = &node.kind
        && dynamic::occurs_in(text)
    {
        return from_parts(dynamic::resolve(vec![Part::Known(text.clone())], false), Origin::at(node.span));
    }
    let data = match &node.kind {
        NodeKind::Null => Data::Null,
        NodeKind::Hole(_) | NodeKind::Invalid => Data::Unknown(Arc::new(Unknown::new(Reason::Invalid))),
        NodeKind::Bool(known) => Data::Bool(*known),
        NodeKind::Number(text) => number(text, node.span),
        NodeKind::String(text) => string(text, node.span),
        NodeKind::List(elements) => {
            let elements = elements.iter().map(literal).collect();
            Data::List(Arc::new(List { elements, ..List::default() }))
        }
        NodeKind::Map(members) => {
            let mut map = Map::default();
            for member in members {
                let value = literal(&member.value);
                let entry = Entry { key_span: Some(member.key_span), span: Some(member.value.span), value };
                map.entries.insert(Arc::clone(member.key.shared()), entry);
            }
            Data::Map(Arc::new(map))
        }
    };
    Value::new(data, Origin::at(node.span))
}

/// A string, or the number that the service reads in its place: `0144` without quotes is 100. Twelve
/// digits stay text, for they are meant as an account id, although the service loses it.
/// `docs/AWSCloudFormation/latest/UserGuide/template-formats.md` (YAML 1.1), <https://yaml.org/type/int.html>,
/// <https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/745>
pub(crate) fn string(text: &Text, span: Span) -> Data {
    // What stands in quotes, or after a tag, starts at another place than the expression.
    let is_plain = text.span() == Some(span) && text.len() != 12;
    let number = is_plain.then(|| yaml::other_number(text)).flatten();
    match number.and_then(|number| Number::parse(&number)) {
        Some(number) => Data::Number(number),
        None => Data::String(text.clone()),
    }
}

/// A number as it is written. One that would be written differently from its value (`0123`, `1.10`)
/// stays text: the service passes it on as it stands, and it may be an account id.
pub(crate) fn number(text: &str, span: Span) -> Data {
    match Number::parse(text) {
        Some(number) if number.to_string() == text => Data::Number(number),
        _ => Data::String(Text::at(text, span)),
    }
}
