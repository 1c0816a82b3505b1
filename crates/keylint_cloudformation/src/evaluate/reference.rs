//! `Ref` and `Fn::GetAtt`: parameters, pseudo parameters and resources.

use std::sync::Arc;

use keylint_model::{Data, Guard, Origin, Reason, Shape, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::Text;

use crate::call::{Call, Function, Token, View};
use crate::evaluate::attribute::REF;
use crate::evaluate::{Evaluator, combine, narrow, weighed};
use crate::parameter::Parameter;

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html>
const PSEUDO_PARAMETERS: [&str; 7] = [
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

impl<'t> Evaluator<'t> {
    pub(super) fn ref_call(&mut self, call: Call<'t>) -> Value {
        match call.argument.as_str() {
            Some(name) => self.reference(name, call.span, Token::written(call.argument.span)),
            // The language extensions let the name be a function of parameters.
            None if Call::of(call.argument).is_some() => {
                let place = call.argument.whole();
                self.needs_extensions(place, "a function in `Ref`");
                let names = [self.name(call.argument)];
                self.named_by(&call, &names, Token::computed(place), |evaluator, name, token| match name {
                    [name] => evaluator.reference(name, call.span, token),
                    _ => evaluator.derived(&call, &[]),
                })
            }
            None => self.malformed(&call, "takes the name of a parameter or resource"),
        }
    }

    /// What a name stands for. `token` is where the name is written, `span` all of the reference.
    pub(super) fn reference(&mut self, name: &str, span: Span, token: Token) -> Value {
        if name == "AWS::NoValue" {
            return Value::new(Data::Null, Origin::at(span));
        }
        if PSEUDO_PARAMETERS.contains(&name) {
            return self.pseudo_parameter(name, span);
        }
        if let Some(parameter) = self.template.parameters.get(name) {
            return self.parameter(parameter, span);
        }
        if self.template.resources.contains_key(name) {
            return self.attribute(name, REF, name.into(), span);
        }
        // What SAM makes of a resource is referred to through it: `!Ref Function.Alias`.
        if let Some((resource, attribute)) = name.split_once('.')
            && self.template.resources.contains_key(resource)
            && self.template.open_ended
        {
            return self.attribute(resource, attribute, name.into(), span);
        }
        self.unresolved(name, "neither a parameter nor a resource", span, token)
    }

    fn parameter(&self, parameter: &Parameter<'_>, span: Span) -> Value {
        match self.subjects.choice(parameter, span, !self.weighs) {
            Some(choice) => narrow(choice, &self.world),
            None if self.weighs => weighed(parameter.value(span)),
            None => parameter.value(span),
        }
    }

    /// What every template can refer to; a nested stack has a name and id of its own.
    pub(super) fn pseudo_parameter(&self, name: &str, span: Span) -> Value {
        if let Some(known) = self.template.frame.and_then(|frame| frame.environment.value(name)) {
            return Value::new(Data::String(Text::at(known, span)), Origin::at(span));
        }
        let scope = if name.starts_with("AWS::Stack") { self.template.scope() } else { "" };
        let shape = match name {
            "AWS::AccountId" => Shape::Account,
            "AWS::Partition" => Shape::Partition,
            "AWS::Region" => Shape::Region,
            // Letters, digits and hyphens.
            "AWS::StackName" => Shape::Word,
            _ => Shape::Any,
        };
        let name: Arc<str> = name.into();
        let identity = if scope.is_empty() { Arc::clone(&name) } else { format!("{scope}{name}").into() };
        let unknown = Unknown::new(Reason::Environment(name)).with_identity(identity).with_shape(shape);
        Value::unknown(unknown, Origin::at(span))
    }

    pub(super) fn get_att(&mut self, call: Call<'t>) -> Value {
        if let Some(path) = call.argument.as_str() {
            return match path.split_once('.') {
                Some((name, attribute)) => {
                    self.attribute_of(name, attribute, call.span, Token::written(call.argument.span))
                }
                None => self.malformed(&call, "takes a resource and the name of an attribute"),
            };
        }
        let Some([name, attribute]) = call.argument.elements() else {
            return self.malformed(&call, "takes a resource and the name of an attribute");
        };
        let token = Token::of(name).and(Token::of(attribute));
        let calls = [name, attribute].map(|part| (Call::of(View::from(part)), View::from(part).whole()));
        let [(by_call, place), (of_call, other)] = calls;
        if by_call.is_some() {
            self.needs_extensions(place, "a function for the resource of `Fn::GetAtt`");
        }
        if of_call.is_some_and(|call| call.function != Function::Ref) {
            self.needs_extensions(other, "a function other than `Ref` for the attribute of `Fn::GetAtt`");
        }
        let names = [self.name(name), self.name(attribute)];
        self.named_by(&call, &names, token, |evaluator, names, token| match names {
            [name, attribute] => evaluator.attribute_of(name, attribute, call.span, token),
            _ => evaluator.derived(&call, &[]),
        })
    }

    /// What the parts of a name refer to that functions give, in each alternative of these.
    fn named_by(
        &mut self,
        call: &Call<'t>,
        parts: &[Value],
        token: Token,
        refer: impl Fn(&mut Self, &[&str], Token) -> Value,
    ) -> Value {
        let mut names: Vec<Option<Vec<String>>> = Vec::new();
        let combined = combine(parts, |parts| {
            names.push(parts.iter().map(|part| part.as_str().map(str::to_owned)).collect());
            Value::new(Data::Null, Origin::at(call.span))
        });
        let guards: Vec<Guard> = combined.unwrap_or_default().into_iter().map(|(guard, _)| guard).collect();
        let token = if guards.len() > 1 { token.alternative() } else { token };
        let mut alternatives = Vec::new();
        for (guard, name) in guards.into_iter().zip(names) {
            let value = match name {
                Some(name) => {
                    let name: Vec<&str> = name.iter().map(String::as_str).collect();
                    self.under(&guard, |evaluator| refer(evaluator, &name, token))
                }
                None => self.derived(call, &parts.iter().collect::<Vec<_>>()),
            };
            alternatives.push((guard, value));
        }
        self.chosen(call, Some(alternatives), parts)
    }

    /// An attribute of a resource that may not be there.
    pub(super) fn attribute_of(&mut self, name: &str, attribute: &str, span: Span, token: Token) -> Value {
        if !self.template.resources.contains_key(name) {
            return self.unresolved(name, "not a resource", span, token);
        }
        // What SAM makes of a resource: `Function.Version.FunctionArn`.
        if let Some((made, attribute)) = attribute.split_once('.')
            && let made = format!("{name}.{made}")
            && self.template.resources.contains_key(made.as_str())
        {
            return self.attribute_of(&made, attribute, span, token);
        }
        if let Some(output) = self.child_output(name, attribute, span, token) {
            return output;
        }
        self.check_attribute(name, attribute, token);
        self.attribute(name, attribute, format!("{name}.{attribute}").into(), span)
    }

    fn unresolved(&mut self, name: &str, what: &str, span: Span, token: Token) -> Value {
        if self.template.open_ended {
            if !token.is_written() {
                let unknown = Unknown::new(Reason::Operand("Ref".into()));
                return Value::unknown(unknown.with_place(token.span), Origin::at(span));
            }
            let unknown = Unknown::new(Reason::Computed(name.into())).with_identity(format!("{name}.Ref"));
            return Value::unknown(unknown, Origin::at(span));
        }
        if !token.is_alternative() {
            self.invalid(token.span, format!("{} is {what} of this template", token.quote(name)));
        }
        Value::unknown(Unknown::new(Reason::Invalid), Origin::at(span))
    }
}
