//! Functions that make and take apart strings: `Fn::Sub`, `Fn::Join`, `Fn::Split`, `Fn::Select`.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use keylint_model::{Data, List, Number, Origin, Part, Problem, Reason, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::data::NodeKind;

use crate::call::{Call, Function, Token, View};
use crate::dynamic;
use crate::evaluate::parts::{from_parts, join_known, push_parts};
use crate::evaluate::refused::is_beyond_written;
use crate::evaluate::{Evaluator, choice, combine};

/// What SAM makes of a resource under names that a template may use like attributes in `Fn::Sub`, and in `Ref`.
///
/// Source: `referable_properties` in aws-sam-translator 1.115.0.
const REFERABLE: [&str; 10] = [
    "Alias",
    "ApiKey",
    "Deployment",
    "DestinationQueue",
    "DestinationTopic",
    "DomainName",
    "Stage",
    "UsagePlan",
    "UsagePlanKey",
    "Version",
];

/// A piece of a string that is put together: a value, with where its hole is written.
struct Piece {
    value: Value,
    hole: Option<Span>,
}

impl<'t> Evaluator<'t> {
    pub(super) fn sub(&mut self, call: Call<'t>) -> Value {
        let (template, variables) = match (call.argument.kind, call.argument.elements()) {
            (NodeKind::String(text), None) if call.argument.tag.is_none() => (text, None),
            (_, Some([template, variables])) => match (&template.kind, &variables.kind) {
                (NodeKind::String(text), NodeKind::Map(_)) if template.tag.is_none() => {
                    (text, Some(variables))
                }
                _ => return self.malformed(&call, "takes a string and a mapping of variables"),
            },
            // What a macro returns there.
            _ if Call::of(call.argument).is_some_and(|inner| inner.function == Function::Transform) => {
                return self.derived(&call, &[]);
            }
            _ => return self.malformed(&call, "takes a string, or a string and a mapping of variables"),
        };
        let mut given = HashMap::new();
        for member in variables.map(|variables| View::from(variables).members()).unwrap_or_default() {
            let mut value = self.value(&member.value);
            if is_collection(&value) {
                value = self.refused(&call, View::from(&member.value), "a variable of `Fn::Sub` is a string");
            }
            given.insert(member.key.as_str(), value);
        }
        let fragments = fragments(template);
        let mut pieces = Vec::with_capacity(fragments.len());
        for fragment in fragments {
            pieces.push(match fragment {
                Fragment::Text(range) => Piece { value: Value::string(template.slice(range)), hole: None },
                Fragment::Variable(range, hole) => {
                    let token = template.span_of(range.clone()).unwrap_or(call.span);
                    let hole = template.span_of(hole).unwrap_or(call.span);
                    let name = template.get(range).unwrap_or_default();
                    let value = match given.get(name) {
                        Some(value) => value.clone(),
                        None => self.variable(name, hole, token),
                    };
                    Piece { value, hole: Some(hole) }
                }
            });
        }
        self.text(&call, &pieces, None)
    }

    fn variable(&mut self, name: &str, span: Span, token: Span) -> Value {
        // The service's own words for what a name may consist of.
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':');
        if !name.bytes().all(valid) {
            let message =
                "a variable of `Fn::Sub` has other characters than letters, digits, `_`, `.` and `:`";
            let problem = Problem::new("KL003", token, message);
            self.report_invalid(
                problem.with_help("write `${!…}` for a `${…}` that is not for CloudFormation"),
            );
            return Value::unknown(Unknown::new(Reason::Invalid), Origin::at(span));
        }
        match name.split_once('.') {
            Some((_, made)) if self.template.open_ended && REFERABLE.contains(&made) => {
                self.reference(name, span, Token::written(token))
            }
            Some((resource, attribute)) => {
                self.attribute_of(resource, attribute, span, Token::written(token))
            }
            None => self.reference(name, span, Token::written(token)),
        }
    }

    pub(super) fn join(&mut self, call: Call<'t>) -> Value {
        let Some([delimiter, list]) = call.argument.elements() else {
            return self.malformed(&call, "takes a delimiter and a list");
        };
        self.check_delimiter(&call, delimiter);
        self.check_joined(list);
        let operands = [self.value(delimiter), self.value(list)];
        if self.is_text(list, &operands[1]) {
            return self.refused(&call, View::from(list), "`Fn::Join` takes a list of strings");
        }
        let alternatives = combine(&operands, |leaves| match leaves {
            [delimiter, list] => self.join_leaves(&call, delimiter, list),
            _ => Value::unknown(Unknown::new(Reason::Invalid), Origin::at(call.span)),
        });
        self.chosen(&call, alternatives, &operands)
    }

    fn join_leaves(&mut self, call: &Call<'t>, delimiter: &Value, list: &Value) -> Value {
        let (Data::String(glue), Data::List(elements)) = (&delimiter.data, &list.data) else {
            return self.derived(call, &[delimiter, list]);
        };
        if elements.rest.is_some() {
            return self.derived(call, &[delimiter, list]);
        }
        let pieces = elements.elements.iter();
        let pieces: Vec<_> =
            pieces.map(|element| Piece { value: element.clone(), hole: element.origin.span }).collect();
        let mut joined = self.text(call, &pieces, Some(delimiter).filter(|_| !glue.is_empty()));
        joined.origin.marks |= list.origin.marks | delimiter.origin.marks;
        joined
    }

    pub(super) fn split(&mut self, call: Call<'t>) -> Value {
        let Some([delimiter, source]) = call.argument.elements() else {
            return self.malformed(&call, "takes a delimiter and a string");
        };
        self.check_delimiter(&call, delimiter);
        let operands = [self.value(delimiter), self.value(source)];
        if is_collection(&operands[1]) {
            return self.refused(&call, View::from(source), "`Fn::Split` takes a string to split");
        }
        let alternatives = combine(&operands, |leaves| {
            let [delimiter, source] = leaves else {
                return self.derived(&call, leaves);
            };
            let (Data::String(glue), Some(parts)) = (&delimiter.data, source.parts()) else {
                return self.derived(&call, leaves);
            };
            let size =
                parts.iter().map(|part| if let Part::Known(text) = part { text.len() } else { 8 }).sum();
            if glue.is_empty() {
                // No page says what the service makes of it.
                let reason = Reason::Function(call.name().into());
                return Value::unknown(Unknown::new(reason).with_place(call.span), Origin::at(call.span));
            }
            if !self.charge(size, call.span) {
                return self.derived(&call, leaves);
            }
            let Some(elements) = split_parts(glue, &parts, source) else {
                return self.derived(&call, leaves);
            };
            let list = List { elements, ..List::default() };
            Value::new(Data::List(Arc::new(list)), source.origin.clone())
        });
        self.chosen(&call, alternatives, &operands)
    }

    pub(super) fn select(&mut self, call: Call<'t>) -> Value {
        let Some([index, list]) = call.argument.elements() else {
            return self.malformed(&call, "takes an index and a list");
        };
        let operands = [self.value(index), self.value(list)];
        if self.is_text(list, &operands[1]) {
            return self.refused(&call, View::from(list), "`Fn::Select` takes a list to select from");
        }
        if is_collection(&operands[0]) {
            return self.refused(&call, View::from(index), "`Fn::Select` takes the number of an element");
        }
        let operands = operands.map(without_gaps);
        if let Some(written) = View::from(list).elements()
            && matches!(index.kind, NodeKind::Number(_) | NodeKind::String(_))
            && index.tag.is_none()
            && index_of(&operands[0]).is_none_or(|wanted| wanted >= written.len())
        {
            let message = match operands[0].as_number() {
                Some(_) => "`Fn::Select` asks for an element that the list does not have",
                None => "`Fn::Select` takes the number of an element",
            };
            return self.refused(&call, View::from(index), message);
        }
        if is_beyond_written(index, list, &operands) {
            let message = "`Fn::Select` asks for an element that the list does not have";
            return self.refused(&call, View::from(index), message);
        }
        let alternatives = combine(&operands, |leaves| {
            let [index, list] = leaves else {
                return self.derived(&call, leaves);
            };
            let index = index
                .as_number()
                .and_then(|number| number.as_i64())
                .and_then(|index| usize::try_from(index).ok());
            let element = match (index, list.as_list()) {
                (Some(index), Some(known)) if known.rest.is_none() => {
                    let before = known.elements.iter().take(index.saturating_add(1));
                    known.elements.get(index).filter(|_| !before.clone().any(may_be_none))
                }
                _ => None,
            };
            element.cloned().unwrap_or_else(|| self.derived(&call, leaves))
        });
        self.chosen(&call, alternatives, &operands)
    }

    pub(super) fn length(&mut self, call: Call<'t>) -> Value {
        self.needs_extensions(call.token, "`Fn::Length`");
        let operands = [without_gaps(self.value(call.argument))];
        let alternatives = combine(&operands, |leaves| {
            let known = leaves.first().and_then(|list| list.as_list()).filter(|list| list.rest.is_none());
            let length = known
                .filter(|list| !list.elements.iter().any(may_be_none))
                .and_then(|list| i64::try_from(list.elements.len()).ok());
            match length {
                Some(length) => Value::new(Data::Number(Number::Integer(length)), Origin::at(call.span)),
                None => self.derived(&call, leaves),
            }
        });
        self.chosen(&call, alternatives, &operands)
    }

    /// A string from pieces with something between them, one for each combination of their
    /// alternatives. A piece that is no value brings no delimiter either.
    fn text(&mut self, call: &Call<'t>, pieces: &[Piece], glue: Option<&Value>) -> Value {
        let operands: Vec<&Value> = pieces.iter().map(|piece| &piece.value).collect();
        let build = |this: &mut Self, values: &[&Value]| {
            let length = |value: &Value| value.as_str().map_or(8, str::len);
            let size = values.iter().map(|value| length(value) + glue.map_or(0, length)).sum();
            if !this.charge(size, call.span) {
                return Value::unknown(Unknown::new(Reason::Limit), Origin::at(call.span));
            }
            let mut parts = Vec::with_capacity(values.len() * 2);
            let mut is_first = true;
            for (value, piece) in values.iter().zip(pieces) {
                if let (Some(glue), false, false) = (glue, is_first, value.is_null()) {
                    push_parts(&mut parts, glue, None);
                }
                is_first &= value.is_null();
                push_parts(&mut parts, value, piece.hole);
            }
            let origin = origin_of(call.span, values);
            from_parts(dynamic::resolve(join_known(parts), origin.marks.sensitive), origin)
        };
        let is_affordable = self.work.combinations > 0
            || !operands.iter().any(|operand| matches!(operand.data, Data::Choice(_)));
        let alternatives =
            if is_affordable { combine(&operands, |values| build(self, values)) } else { None };
        match alternatives {
            Some(alternatives) => {
                self.combined(alternatives.len(), call.span);
                choice(alternatives, Origin::at(call.span))
            }
            None => {
                let collapsed: Vec<_> = operands.iter().map(|operand| self.collapse(call, operand)).collect();
                build(self, &collapsed.iter().collect::<Vec<_>>())
            }
        }
    }

    /// One unknown in place of too many alternatives: the parameter that they come from, where
    /// they are its allowed values.
    fn collapse(&mut self, call: &Call<'t>, operand: &Value) -> Value {
        let Data::Choice(alternatives) = &operand.data else {
            return operand.clone();
        };
        let first = alternatives.first().and_then(|alternative| alternative.guard.literals().first());
        let parameter = first.and_then(|(condition, _)| self.template.parameters.get(&*condition.subject));
        match parameter {
            Some(parameter) if self.subjects.is_choice_of(parameter, alternatives) => {
                // Its default, where it has one: what stands for it everywhere else.
                Value { origin: operand.origin.clone(), ..parameter.value(parameter.key_span) }
            }
            _ => {
                let unknown = Unknown::new(Reason::Operand(call.name().into()));
                Value::unknown(unknown, operand.origin.clone())
            }
        }
    }

    /// The choice that a function made of its operands' alternatives, or an unknown.
    pub(super) fn chosen(
        &mut self,
        call: &Call<'t>,
        alternatives: Option<Vec<(keylint_model::Guard, Value)>>,
        operands: &[Value],
    ) -> Value {
        match alternatives {
            Some(alternatives) if !alternatives.is_empty() => choice(alternatives, Origin::at(call.span)),
            _ => self.derived(call, &operands.iter().collect::<Vec<_>>()),
        }
    }

    /// What a function makes of operands that are not known enough. Equal operands make equal
    /// unknowns.
    pub(super) fn derived(&self, call: &Call<'t>, operands: &[&Value]) -> Value {
        let mut unknown = Unknown::new(Reason::Operand(call.name().into()));
        unknown.at = operands.iter().find_map(|operand| operand.as_unknown().and_then(|unknown| unknown.at));
        let unknown = identify(unknown, call.name(), operands);
        Value::unknown(unknown, origin_of(call.span, operands))
    }
}

/// Whether a value is certainly no string, nor what the service makes one of.
pub(super) fn is_collection(value: &Value) -> bool {
    matches!(value.data, Data::List(_) | Data::Map(_))
}

/// Whether a value is none in some alternative, so that a list with it has one element less.
fn may_be_none(value: &Value) -> bool {
    match &value.data {
        Data::Null => true,
        Data::Choice(alternatives) => alternatives.iter().any(|alternative| may_be_none(&alternative.value)),
        _ => false,
    }
}

/// A list of which some elements may be none as the lists that it can be; the list itself where these
/// are too many.
fn without_gaps(value: Value) -> Value {
    let Data::List(list) = &value.data else { return value };
    if list.rest.is_some() || !list.elements.iter().any(may_be_none) {
        return value;
    }
    let gaps: Vec<&Value> = list.elements.iter().filter(|element| may_be_none(element)).collect();
    let lists = combine(&gaps, |leaves| {
        let mut leaves = leaves.iter();
        let elements = list.elements.iter().filter_map(|element| match may_be_none(element) {
            true => leaves.next().map(|leaf| (*leaf).clone()),
            false => Some(element.clone()),
        });
        let elements = elements.filter(|element| !element.is_null()).collect();
        let list = List { elements, ..List::default() };
        Value::new(Data::List(Arc::new(list)), value.origin.clone())
    });
    match lists {
        Some(lists) => choice(lists, value.origin.clone()),
        None => value,
    }
}

/// The elements between the delimiters; `None` where what is not known may hold one.
pub(crate) fn split_parts(glue: &str, parts: &[Part], source: &Value) -> Option<Vec<Value>> {
    let mut elements: Vec<Vec<Part>> = vec![Vec::new()];
    for part in parts {
        match part {
            Part::Known(text) => {
                let mut start = 0;
                for (index, piece) in text.split(glue).enumerate() {
                    if index > 0 {
                        elements.push(Vec::new());
                    }
                    if !piece.is_empty() {
                        elements.last_mut()?.push(Part::Known(text.slice(start..start + piece.len())));
                    }
                    start += piece.len() + glue.len();
                }
            }
            Part::Hole(unknown, _) if is_word(unknown) && matches!(glue, ":" | "/" | "," | "|" | " ") => {
                elements.last_mut()?.push(part.clone());
            }
            Part::Hole(..) => return None,
        }
    }
    let elements = elements.into_iter().map(|parts| {
        let span = match parts.as_slice() {
            [Part::Known(text)] => text.span(),
            _ => source.origin.span,
        };
        from_parts(parts, Origin { span, ..source.origin.clone() })
    });
    Some(elements.collect())
}

/// Whether an unknown is certainly a word without punctuation: an account id, a Region.
fn is_word(unknown: &Unknown) -> bool {
    const WORDS: [&str; 5] =
        ["AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::StackName", "AWS::URLSuffix"];
    matches!(&unknown.reason, Reason::Environment(name) if WORDS.contains(&&**name))
}

/// The position that an index of `Fn::Select` stands for; it may be written as a string.
pub(super) fn index_of(value: &Value) -> Option<usize> {
    value.as_number().and_then(|number| number.as_i64()).and_then(|index| usize::try_from(index).ok())
}

/// Where a value that a function made comes from. With a single operand that was written elsewhere
/// the way to that is kept.
fn origin_of(span: Span, operands: &[&Value]) -> Origin {
    let marks = operands.iter().map(|operand| operand.origin.marks).collect();
    let mut ways = operands.iter().filter_map(|operand| operand.origin.via.as_ref());
    let via = ways.next().filter(|_| ways.next().is_none()).cloned();
    Origin { span: Some(span), via, marks }
}

/// Longer identities are not kept: nothing compares them, and they grow with the nesting.
const MAX_IDENTITY: usize = 1_024;

/// The same unknown with an identity made of a function and its operands, where they all have one.
pub(super) fn identify(unknown: Unknown, function: &str, operands: &[&Value]) -> Unknown {
    let known: Option<Vec<_>> = operands.iter().map(|operand| canonical(operand)).collect();
    match known.map(|known| format!("{function}({})", known.join("\u{1f}"))) {
        Some(identity) if identity.len() <= MAX_IDENTITY => unknown.with_identity(identity),
        _ => unknown,
    }
}

/// A spelling of a value that is the same for equal values; `None` where equality is not certain, and
/// for the text of a secret: identities are shown.
pub(crate) fn canonical(value: &Value) -> Option<String> {
    let mut spelled = String::new();
    match (&value.data, value.parts()) {
        (Data::List(list), _) if list.rest.is_none() => {
            if list.elements.len() > MAX_IDENTITY {
                return None;
            }
            let elements: Option<Vec<_>> = list.elements.iter().map(canonical).collect();
            spelled = format!("[{}]", elements?.join("\u{1f}"));
        }
        (_, Some(parts)) => {
            for part in parts.iter() {
                match part {
                    // It would read like a hole.
                    Part::Known(text) if text.contains("${") => return None,
                    Part::Known(_) if value.origin.marks.sensitive => return None,
                    Part::Known(text) => spelled.push_str(text),
                    Part::Hole(unknown, _) => {
                        spelled.push_str(&format!("${{{}}}", unknown.identity.as_deref()?));
                    }
                }
                if spelled.len() > MAX_IDENTITY {
                    return None;
                }
            }
        }
        _ => return None,
    }
    (spelled.len() <= MAX_IDENTITY).then_some(spelled)
}

/// A stretch of the template string of `Fn::Sub`.
enum Fragment {
    Text(Range<usize>),
    /// The name of a variable, and all of `${ Name }`. The service does not mind spaces around the name.
    /// <https://github.com/aws-cloudformation/cfn-lint/issues/236>
    Variable(Range<usize>, Range<usize>),
}

/// The stretches of a template string. `${!Literal}` is the text `${Literal}`; `${}` and a `${`
/// that is never closed are text as well.
fn fragments(text: &str) -> Vec<Fragment> {
    let mut fragments = Vec::with_capacity(2 * text.matches('$').count() + 1);
    let mut start = 0;
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find("${")) {
        let open = from + found;
        let name = open + 2;
        let rest = text.get(name..).unwrap_or_default();
        let spaces = rest.len() - rest.trim_start().len();
        if rest.trim_start().starts_with('!') {
            fragments.push(Fragment::Text(start..name));
            start = name + spaces + 1;
            from = start;
            continue;
        }
        match rest.find('}') {
            Some(length) if length <= spaces => from = name,
            Some(length) => {
                if start < open {
                    fragments.push(Fragment::Text(start..open));
                }
                let written = rest.get(..length).unwrap_or_default().trim();
                let first = name + spaces;
                start = name + length + 1;
                fragments.push(Fragment::Variable(first..first + written.len(), open..start));
                from = start;
            }
            None => break,
        }
    }
    if start < text.len() {
        fragments.push(Fragment::Text(start..text.len()));
    }
    fragments
}
