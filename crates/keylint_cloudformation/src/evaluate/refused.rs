//! What the service refuses of the arguments of functions, by the pages of these: see "Supported functions"
//! of each below <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>.
//!
//! Only what is written, and is refused whatever deployment brings, is reported.

use keylint_model::{Data, Problem, Value};
use keylint_source::Span;
use keylint_syntax::data::{Member, Node, NodeKind};

use crate::call::{Call, Function, View};
use crate::evaluate::Evaluator;
use crate::evaluate::text::index_of;
use crate::template::ADD_EXTENSIONS;

impl<'t> Evaluator<'t> {
    /// Reports a delimiter of `Fn::Join` and `Fn::Split` that is no plain string.
    pub(super) fn check_delimiter(&mut self, call: &Call<'t>, delimiter: &'t Node) {
        let view = View::from(delimiter);
        let is_refused = match Call::of(view) {
            // The page of the language extensions says nothing of delimiters.
            Some(call) => !self.template.is_extended && is_of_service(call.function),
            None => is_written_collection(delimiter),
        };
        if is_refused {
            self.invalid(
                view.whole(),
                format!("the delimiter of `{}` is a string without functions", call.name()),
            );
        }
    }

    /// Reports an element of a written list of `Fn::Join` that is no string.
    pub(super) fn check_joined(&mut self, list: &'t Node) {
        let elements = View::from(list).elements().unwrap_or_default();
        if let Some(element) = elements.iter().find(|element| is_written_collection(element)) {
            self.invalid(element.span, "an element of `Fn::Join` is a string");
        }
    }

    /// Whether a value is certainly no list: one that is written, or a parameter of a single value.
    pub(super) fn is_text(&self, node: &'t Node, value: &Value) -> bool {
        let reference = Call::of(View::from(node)).filter(|call| call.function == Function::Ref);
        let parameter = reference.and_then(|call| self.template.parameters.get(call.argument.as_str()?));
        matches!(value.data, Data::String(_) | Data::Bool(_) | Data::Number(_) | Data::Partial(_))
            || parameter.is_some_and(|parameter| parameter.is_single())
    }

    /// Reports keys of `Fn::FindInMap` that are no strings, and functions in it that only the language
    /// extensions allow. The page counts `Fn::Select` among these, but AWS's own Solutions Constructs
    /// deploy a Region's first part as a key without them. A `DefaultValue` needs them no longer.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-findinmap.html>
    pub(super) fn check_keys(&mut self, parts: &'t [Node]) {
        for part in parts.iter().take(3) {
            let view = View::from(part);
            match Call::of(view).map(|call| call.function) {
                Some(Function::Ref | Function::FindInMap | Function::Select) => {}
                Some(function) if is_of_service(function) => {
                    let what = format!("`{}` in `Fn::FindInMap`", function.name());
                    self.needs_extensions(view.whole(), &what);
                }
                None if is_written_collection(part) => {
                    self.invalid(part.span, "the name of a mapping and its keys are strings");
                }
                _ => {}
            }
        }
        let [_, _, _, last] = parts else { return };
        let is_default = last.get("DefaultValue").is_some();
        if !is_default && Call::of(View::from(last)).is_none_or(|call| is_of_service(call.function)) {
            let message = "the fourth part of `Fn::FindInMap` is a mapping with a `DefaultValue`";
            self.invalid(View::from(last).whole(), message);
        }
    }

    /// Reports a name of an export that is no string, or depends on a resource.
    pub(crate) fn check_export(&mut self, name: View<'t>, what: &str) {
        let is_empty = name.as_str().is_some_and(str::is_empty);
        if is_empty || Call::of(name).is_none() && matches!(name.kind, NodeKind::List(_) | NodeKind::Map(_)) {
            self.invalid(name.whole(), format!("{what} is a string"));
        } else if let Some(place) = self.resource_in(name) {
            self.invalid(place, format!("{what} cannot depend on a resource"));
        }
    }

    /// Whether a condition asks for what is known only when resources exist, or in another stack; reported.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html>
    pub(crate) fn is_refused_condition(&mut self, condition: &'t Node) -> bool {
        if self.template.rewritten {
            return false;
        }
        let root = View::from(condition);
        let is_import = |call: Call<'_>| call.function == Function::ImportValue;
        if let Some(place) =
            find_call(root, |call| call.function == Function::GetAtt || self.names_resource(call))
        {
            self.invalid(place, "a condition cannot depend on a resource");
        } else if let Some(place) = find_call(root, is_import) {
            self.invalid(place, "a condition cannot depend on another stack");
        } else {
            return false;
        }
        true
    }

    /// Where an expression refers to a resource.
    fn resource_in(&self, root: View<'t>) -> Option<Span> {
        find_call(root, |call| self.names_resource(call))
    }

    /// Whether a function refers to a resource of the template.
    fn names_resource(&self, call: Call<'_>) -> bool {
        let is_resource = |name: &str| {
            let name = name.split('.').next().unwrap_or(name);
            self.template.resources.contains_key(name) && !self.template.parameters.contains_key(name)
        };
        let in_text = |text: &str, own: &[Member]| {
            let names = text.split("${").skip(1).filter_map(|rest| Some(rest.split('}').next()?.trim()));
            names.filter(|name| !own.iter().any(|own| own.key.as_str() == *name)).any(is_resource)
        };
        match (call.function, call.argument.kind) {
            (Function::Ref | Function::GetAtt, NodeKind::String(name)) => is_resource(name),
            (Function::GetAtt, NodeKind::List(parts)) => {
                parts.first().and_then(Node::as_str).is_some_and(is_resource)
            }
            (Function::Sub, NodeKind::String(text)) => in_text(text, &[]),
            (Function::Sub, NodeKind::List(parts)) => {
                let own = parts.get(1).map(Node::members).unwrap_or_default();
                parts.first().and_then(Node::as_str).is_some_and(|text| in_text(text, own))
            }
            _ => false,
        }
    }

    /// Reports a macro that is called without its name.
    pub(super) fn check_macro(&mut self, call: &Call<'t>) {
        // AWS's own examples call macros in a list, of which no page speaks.
        let NodeKind::Map(members) = call.argument.kind else { return };
        let has_name = members.iter().any(|member| member.key.as_str() == "Name");
        if !has_name && Call::of(call.argument).is_none() {
            self.malformed(call, "takes a mapping with the `Name` of a macro");
        }
    }

    /// Reports what only the language extensions have where the template does not ask for them.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html>
    pub(crate) fn needs_extensions(&mut self, span: Span, what: &str) {
        if !self.template.is_extended {
            let problem = Problem::new("KL003", span, format!("{what} needs the language extensions"));
            self.report_invalid(problem.with_help(ADD_EXTENSIONS));
        }
    }
}

/// Whether a written index is beyond a list that a function makes of what is written: of a text that is
/// split, of what a mapping has.
pub(super) fn is_beyond_written(index: &Node, list: &Node, [wanted, value]: &[Value; 2]) -> bool {
    let is_text = |node: &Node| Call::of(View::from(node)).is_none() && View::from(node).as_str().is_some();
    let made = Call::of(View::from(list)).map(|call| (call.function, call.argument.elements()));
    let is_written = match made {
        Some((Function::Split, Some([_, text]))) => is_text(text),
        Some((Function::FindInMap, Some(keys @ [_, _, _]))) => keys.iter().all(is_text),
        _ => false,
    };
    let is_plain = matches!(index.kind, NodeKind::Number(_) | NodeKind::String(_)) && index.tag.is_none();
    let known = value.as_list().filter(|list| list.rest.is_none());
    let beyond = index_of(wanted).zip(known).is_some_and(|(wanted, list)| wanted >= list.elements.len());
    is_written && is_plain && beyond
}

/// Where the first function of a kind is called in an expression.
fn find_call<'t>(root: View<'t>, is_meant: impl Fn(Call<'t>) -> bool) -> Option<Span> {
    let mut waiting = vec![root];
    while let Some(view) = waiting.pop() {
        if Call::of(view).is_some_and(&is_meant) {
            return Some(view.whole());
        }
        match view.kind {
            NodeKind::List(elements) => waiting.extend(elements.iter().rev().map(View::from)),
            NodeKind::Map(members) => {
                waiting.extend(members.iter().rev().map(|member| View::from(&member.value)));
            }
            _ => {}
        }
    }
    None
}

/// Whether a function is one that the service knows: what is meant by another is reported by itself.
fn is_of_service(function: Function<'_>) -> bool {
    !matches!(function, Function::Foreign(_) | Function::Unknown(_) | Function::Item(_) | Function::Transform)
}

/// Whether a list or mapping stands here, and no function.
fn is_written_collection(node: &Node) -> bool {
    matches!(node.kind, NodeKind::List(_) | NodeKind::Map(_)) && Call::of(View::from(node)).is_none()
}
