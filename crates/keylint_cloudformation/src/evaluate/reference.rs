//! `Ref` and `Fn::GetAtt`: parameters, pseudo parameters and resources.

use std::sync::Arc;

use keylint_model::{Data, Origin, Reason, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::Text;

use crate::call::{Call, Token};
use crate::evaluate::attribute::REF;
use crate::evaluate::{Evaluator, narrow, weighed};
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
                let name = self.name(call.argument);
                match name.as_str() {
                    Some(known) => self.reference(known, call.span, Token::computed(call.argument.whole())),
                    None => self.derived(&call, &[&name]),
                }
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

    fn parameter(&self, parameter: &Parameter, span: Span) -> Value {
        match self.subjects.choice(parameter, span, !self.weighs) {
            Some(choice) => narrow(choice, &self.world),
            None if self.weighs => weighed(parameter.value(span)),
            None => parameter.value(span),
        }
    }

    /// What every template can refer to; a nested stack has a name and id of its own.
    pub(super) fn pseudo_parameter(&self, name: &str, span: Span) -> Value {
        if let Some(known) = self.template.frame.and_then(|frame| frame.environment.value(name)) {
            return Value::new(Data::String(Text::at(Arc::clone(known), span)), Origin::at(span));
        }
        let scope = if name.starts_with("AWS::Stack") { self.template.scope() } else { "" };
        let name: Arc<str> = name.into();
        let identity = if scope.is_empty() { Arc::clone(&name) } else { format!("{scope}{name}").into() };
        let unknown = Unknown::new(Reason::Environment(name)).with_identity(identity);
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
        let (name, attribute) = (self.name(name), self.name(attribute));
        match (name.as_str(), attribute.as_str()) {
            (Some(name), Some(attribute)) => self.attribute_of(name, attribute, call.span, token),
            _ => self.derived(&call, &[&name, &attribute]),
        }
    }

    /// An attribute of a resource that may not be there.
    pub(super) fn attribute_of(&mut self, name: &str, attribute: &str, span: Span, token: Token) -> Value {
        if !self.template.resources.contains_key(name) {
            return self.unresolved(name, "not a resource", span, token);
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
        self.invalid(token.span, format!("{} is {what} of this template", token.quote(name)));
        Value::unknown(Unknown::new(Reason::Invalid), Origin::at(span))
    }
}
