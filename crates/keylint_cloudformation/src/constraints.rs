//! Values of parameters that the constraints of the same parameter refuse: defaults, those of parameter
//! files, and what a stack gives to one that it nests.
//!
//! CloudFormation makes no stack with such a value, so what the template says with it concerns a
//! deployment that cannot happen. No message says a value: it may be a secret.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>

use core::cmp::Ordering;

use keylint_model::{Data, Guard, Problem, Step, Value};
use keylint_syntax::data::{Member, Node, NodeKind};
use regex::bytes::{Regex, RegexBuilder};

use crate::call::{Call, View};
use crate::evaluate::scalar;
use crate::parameter::literal;

/// How large a pattern may become in memory, in bytes.
const MAX_PATTERN: usize = 256 * 1024;

/// What the constraints of a parameter are about: which there are for its type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Constrained {
    Text,
    Number,
    Texts,
    Numbers,
    /// Of the types of AWS only the values can be listed.
    OfAws,
}

/// Reports a default that a parameter's own type and constraints refuse.
pub(crate) fn check(member: &Member, problems: &mut Vec<Problem>) {
    let Some(default) = member.value.get("Default") else { return };
    if is_no_text(default) {
        let message = format!("the default of `{}` is no string", member.key.as_str());
        let problem = Problem::new("KL003", View::from(default).whole(), message);
        problems.push(problem.with_help("a default is written out: functions have no meaning in parameters"));
        return;
    }
    if let Some(refused) = refused(&member.value, &literal(default)) {
        let name = member.key.as_str();
        let problem = Problem::new("KL005", default.span, format!("the default of `{name}` {refused}"));
        problems
            .push(problem.with_help("give a default that the parameter takes, or correct the constraint"));
    }
}

/// Whether a default is a function, a list or a mapping: "Every Default member must be a string".
pub(crate) fn is_no_text(default: &Node) -> bool {
    Call::of(View::from(default)).is_some() || matches!(default.kind, NodeKind::List(_) | NodeKind::Map(_))
}

/// Reports a value that a parameter is given although its own type and constraints refuse it. One that
/// comes from the default of a parameter around it may be another one; of several, those count that are
/// written where the value is given.
pub(crate) fn check_given(member: &Member, given: &Value, problems: &mut Vec<Problem>) {
    check_alternative(member, given, &Guard::always(), problems);
}

fn check_alternative(member: &Member, given: &Value, case: &Guard, problems: &mut Vec<Problem>) {
    if given.origin.steps().any(|via| via.step == Step::Default) {
        return;
    }
    if let Data::Choice(alternatives) = &given.data {
        let is_written = |one: &Value| {
            one.origin.span.zip(given.origin.span).is_some_and(|(own, whole)| whole.contains(own))
        };
        for alternative in alternatives.iter().filter(|one| is_written(&one.value)) {
            if let Some(both) = case.and(&alternative.guard) {
                check_alternative(member, &alternative.value, &both, problems);
            }
        }
        return;
    }
    if let Some(refused) = refused(&member.value, given) {
        let span = given.origin.span.unwrap_or(member.key_span);
        let when = if case.is_always() { String::new() } else { format!(" when {}", case.describe()) };
        let message = format!("the value that `{}` is given {refused}{when}", member.key.as_str());
        let problem = Problem::new("KL005", span, message).with_related(member.key_span, "declared here");
        problems.push(problem.with_help("give a value that the parameter takes, or correct the constraint"));
    }
}

/// Whether a parameter of a single value may be given a text. Where that is not certain, it may.
pub(crate) fn admitting(declaration: &Node) -> impl Fn(&str) -> bool {
    let constraints = Constraints::of(declaration);
    move |text| {
        constraints.as_ref().is_none_or(|constraints| match constraints.of {
            Constrained::Texts | Constrained::Numbers => true,
            // It names something that the account has.
            // docs/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
            Constrained::OfAws if text.is_empty() => false,
            _ => constraints.broken(&[text.to_owned()]).is_none(),
        })
    }
}

/// What is wrong with a value of a parameter, to be read behind what it is called.
fn refused(declaration: &Node, value: &Value) -> Option<&'static str> {
    let constraints = Constraints::of(declaration)?;
    let values = elements(value, constraints.of)?;
    // Whether the elements of a list or its text is compared no page says.
    let is_allowed =
        |text: &String| constraints.allowed.as_ref().is_some_and(|allowed| allowed.contains(text));
    if constraints.of == Constrained::Texts && scalar(value).as_ref().is_some_and(is_allowed) {
        return Constraints { allowed: None, ..constraints }.broken(&values);
    }
    constraints.broken(&values)
}

/// The texts of a value, or of the elements of a list; `None` where they are not written out.
fn elements(value: &Value, of: Constrained) -> Option<Vec<String>> {
    let is_list = matches!(of, Constrained::Texts | Constrained::Numbers);
    if let Data::List(list) = &value.data {
        return list.elements.iter().filter(|_| is_list).map(scalar).collect();
    }
    let text = scalar(value)?;
    Some(match is_list {
        true if text.is_empty() => Vec::new(),
        true => text.split(',').map(|element| element.trim().to_owned()).collect(),
        false => vec![text],
    })
}

/// The constraints of a parameter, as far as they are written out.
struct Constraints {
    of: Constrained,
    allowed: Option<Vec<String>>,
    pattern: Option<Regex>,
    /// The least and the most of the length of a text or of a number.
    bounds: [Option<f64>; 2],
}

impl Constraints {
    /// `None` for the types of which nothing is known.
    fn of(declaration: &Node) -> Option<Self> {
        let of = match declaration.get("Type").and_then(|node| View::from(node).as_str())? {
            "String" => Constrained::Text,
            "Number" => Constrained::Number,
            "CommaDelimitedList" => Constrained::Texts,
            "List<Number>" => Constrained::Numbers,
            // What these are given is the name under which the value is stored, not the value.
            name if name.starts_with("AWS::") && !name.starts_with("AWS::SSM::Parameter::") => {
                Constrained::OfAws
            }
            _ => return None,
        };
        let has_pattern = matches!(of, Constrained::Text | Constrained::Texts);
        let written = declaration.get("AllowedPattern").filter(|_| has_pattern);
        let bound =
            |name: &str| declaration.get(name).and_then(|node| scalar(&literal(node))?.parse::<f64>().ok());
        let bounds = match of {
            Constrained::Text => ["MinLength", "MaxLength"].map(bound),
            Constrained::Number => ["MinValue", "MaxValue"].map(bound),
            _ => [None; 2],
        };
        Some(Constraints {
            of,
            allowed: allowed(declaration).filter(|_| of != Constrained::Numbers),
            pattern: written.and_then(|node| pattern(View::from(node).as_str()?)),
            bounds,
        })
    }

    /// The first constraint that values break, as [`refused`] says it.
    fn broken(&self, values: &[String]) -> Option<&'static str> {
        let every = |holds: &dyn Fn(&str) -> bool| values.iter().all(|value| holds(value));
        let is_number = matches!(self.of, Constrained::Number | Constrained::Numbers);
        if is_number && !every(&|value| value.trim().parse::<f64>().is_ok()) {
            return Some("is no number");
        }
        if let Some(allowed) = &self.allowed
            && !every(&|value| allowed.iter().any(|known| is_same(known, value, is_number)))
        {
            return Some("is none of its `AllowedValues`");
        }
        if let Some(pattern) = &self.pattern
            && !every(&|value| !is_plain(value) || pattern.is_match(value.as_bytes()))
        {
            return Some("does not match its `AllowedPattern`");
        }
        let size = |value: &str| match self.of {
            Constrained::Number => value.trim().parse::<f64>().ok(),
            _ => u32::try_from(value.encode_utf16().count()).ok().map(f64::from),
        };
        let is_beyond = |bound: Option<f64>, beyond: Ordering| {
            let is_beyond = |bound: f64, value: &str| {
                size(value).and_then(|size| size.partial_cmp(&bound)) == Some(beyond)
            };
            bound.is_some_and(|bound| !every(&|value| !is_beyond(bound, value)))
        };
        let [least, most] = self.bounds;
        match (self.of, is_beyond(least, Ordering::Less), is_beyond(most, Ordering::Greater)) {
            (Constrained::Number, true, _) => Some("is less than its `MinValue`"),
            (Constrained::Number, _, true) => Some("is more than its `MaxValue`"),
            (_, true, _) => Some("is shorter than its `MinLength`"),
            (_, _, true) => Some("is longer than its `MaxLength`"),
            _ => None,
        }
    }
}

/// The values that are allowed, where all of them are written out.
fn allowed(node: &Node) -> Option<Vec<String>> {
    match &node.get("AllowedValues")?.kind {
        NodeKind::List(values) => values.iter().map(|value| scalar(&literal(value))).collect(),
        _ => None,
    }
}

fn is_same(known: &str, value: &str, is_number: bool) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|_| is_number);
    known == value || number(known).is_some_and(|known| number(value) == Some(known))
}

/// Whether patterns of Java and Rust agree about a text: they count other characters as letters.
fn is_plain(text: &str) -> bool {
    text.is_ascii() && !text.contains(['\n', '\r'])
}

/// A pattern that has to match all of a text. The service takes those of Java; one that means something
/// else here, or nothing, is left out.
/// <https://docs.oracle.com/javase/8/docs/api/java/util/regex/Pattern.html>
fn pattern(written: &str) -> Option<Regex> {
    if !is_plain(written) || ["--", "~~", "\\<", "\\>"].iter().any(|other| written.contains(other)) {
        return None;
    }
    let whole = format!("^(?:{written})$");
    RegexBuilder::new(&whole).unicode(false).size_limit(MAX_PATTERN).build().ok()
}
