//! What `Ref` and `Fn::GetAtt` return for a resource of the template.
//!
//! An ARN is put together from the stack's own partition, Region and account and the resource's
//! name, and often the template says the name. So `!GetAtt Bucket.Arn` is a string with holes that
//! compares equal to the same ARN written with `Fn::Sub`, and a reference to a resource that is
//! named compares equal to its name. What only AWS knows, such as the id of a key, stays a hole that
//! refers to the resource.

use std::sync::Arc;

use keylint_model::{
    Alternative, Data, Origin, Part, Problem, Reason, Reference, Step, Unknown, Value, nearest,
};
use keylint_source::Span;
use keylint_syntax::data::NodeKind;
use keylint_syntax::{Segment, Text};

use crate::call::{Token, View};
use crate::evaluate::parts::{from_parts, join_known};
use crate::evaluate::{Evaluator, Named, choice, combine, narrow};
use crate::existence::Existence;
use crate::types::{self, Piece, ResourceType};

/// The attribute that stands for `Ref`.
pub(super) const REF: &str = types::REF;

/// A reference to a resource of the template.
struct Referred<'t> {
    name: &'t str,
    type_name: &'t str,
    attribute: Arc<str>,
    /// How it is called in messages.
    shown: Arc<str>,
    /// Where the reference is written.
    span: Span,
}

impl<'t> Evaluator<'t> {
    /// The value of an attribute of a resource that the template has.
    pub(super) fn attribute(&mut self, name: &str, attribute: &str, shown: Arc<str>, span: Span) -> Value {
        let Some((name, member)) = self.template.resources.get_key_value(name) else {
            return Value::unknown(Unknown::new(Reason::Invalid), Origin::at(span));
        };
        let type_name = member.value.get("Type").and_then(|node| View::from(node).as_str());
        let referred = Referred {
            name,
            type_name: type_name.unwrap_or_default(),
            attribute: attribute.into(),
            shown,
            span,
        };
        if let Some(pieces) = types::put_together(referred.type_name, attribute) {
            return self.formed(&referred, &pieces);
        }
        let is_property = ResourceType::named(referred.type_name)
            .is_some_and(|known| attribute != REF && known.has_property(attribute));
        let given = if is_property { self.property(name, attribute) } else { None };
        match given {
            Some(value) => {
                let value = self.as_attribute(&referred, attribute, value);
                narrow(self.through(&referred, value, None), &self.world)
            }
            None => self.hole(&referred, attribute),
        }
    }

    /// Reports an attribute that the type does not have.
    pub(super) fn check_attribute(&mut self, name: &str, attribute: &str, token: Token) {
        let Some(node) = self.template.resources.get(name).and_then(|member| member.value.get("Type")) else {
            return;
        };
        // What comes out of a stack or a function of the template's author is in no schema.
        const OPEN: [&str; 4] = [
            "AWS::CloudFormation::CustomResource",
            "AWS::CloudFormation::Stack",
            "AWS::Serverless::Application",
            "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
        ];
        if token.is_alternative() {
            return;
        }
        let type_name = View::from(node).as_str().unwrap_or_default();
        let known = match ResourceType::named(type_name) {
            Some(known) if !OPEN.contains(&type_name) && !known.may_return(attribute) => known,
            _ => return,
        };
        if !token.is_written() {
            let message = format!("`{type_name}` has no attribute of the name that this gives");
            return self.report_invalid(Problem::new("KL003", token.span, message));
        }
        let message = format!("`{type_name}` has no attribute `{attribute}`");
        let problem = Problem::new("KL003", token.span, message);
        let depth = |path: &str| path.split('.').count();
        let candidates = known.attributes().filter(|path| depth(path) == depth(attribute));
        self.report_invalid(match nearest(attribute, candidates) {
            Some(near) => problem.with_help(format!("did you mean `{near}`?")),
            None => problem,
        });
    }

    /// A value put together as a form says.
    fn formed(&mut self, referred: &Referred<'t>, pieces: &[Piece]) -> Value {
        let operands: Vec<Value> = pieces.iter().map(|piece| self.piece(referred, piece)).collect();
        // What a single piece stands for is shared, and not made anew.
        let size = if operands.len() > 1 { operands.iter().map(size).sum() } else { 0 };
        if !self.charge(size, referred.span) {
            return Value::unknown(Unknown::new(Reason::Limit), Origin::at(referred.span));
        }
        let alternatives = combine(&operands, |values| joined(values, referred.span));
        let value = match alternatives {
            Some(alternatives) => choice(alternatives, Origin::at(referred.span)),
            None => self.hole(referred, REF),
        };
        // A name is right where it is given: what is wrong with its use is the reference.
        let named = operands.iter().zip(pieces).find_map(|(operand, piece)| match piece {
            Piece::Named { .. } if operand.as_unknown().is_none() => operand.origin.span,
            _ => None,
        });
        let value = self.through(referred, placed(value, referred.span), named);
        narrow(value, &self.world)
    }

    fn piece(&mut self, referred: &Referred<'t>, piece: &Piece) -> Value {
        match *piece {
            Piece::Text(text) => Value::string(Text::at(text, referred.span)),
            Piece::Pseudo(name) => self.pseudo_parameter(name, referred.span),
            Piece::Named { name, default, slash, .. } => {
                let value = match (self.property(referred.name, name), default) {
                    (Some(value), _) => self.as_attribute(referred, name, value),
                    (None, Some(default)) => Value::string(Text::at(default, referred.span)),
                    (None, None) => self.hole(referred, name),
                };
                if slash { with_slash(value, referred) } else { value }
            }
        }
    }

    /// A property as the template gives it; `None` where it gives none, and where working it out
    /// leads back to it.
    fn property(&mut self, resource: &'t str, name: &str) -> Option<Value> {
        let node = self.template.resources.get(resource)?.value.get("Properties")?;
        let member = match (&node.kind, &node.tag) {
            (NodeKind::Map(members), None) => {
                members.iter().rev().find(|member| member.key.as_str() == name)?
            }
            _ => return None,
        };
        let key = (resource, member.key.as_str());
        match self.named_properties.get(&key) {
            Some(Named::Done(known)) => return known.clone(),
            Some(Named::Pending) => {
                self.is_circular = true;
                return None;
            }
            None => {}
        }
        self.named_properties.insert(key, Named::Pending);
        // The same for whoever refers to it.
        let (value, _) = self.apart(Existence::default(), |evaluator| {
            evaluator.within(keylint_model::World::open(), |evaluator| evaluator.value(&member.value))
        });
        let value = Some(value).filter(|value| !value.is_null());
        self.named_properties.insert(key, Named::Done(value.clone()));
        value
    }

    /// A property that is read through a reference: where deployment decides it, it is still an
    /// attribute of the resource, and the same value as what gives it.
    fn as_attribute(&self, referred: &Referred<'t>, property: &str, value: Value) -> Value {
        let data = match &value.data {
            Data::Null => return self.hole(referred, property),
            Data::Unknown(given) => {
                let hole = self.unknown(referred, property);
                let hole = match &given.identity {
                    Some(identity) => hole.with_identity(Arc::clone(identity)),
                    None => hole,
                };
                Data::Unknown(Arc::new(Unknown { at: given.at.or(hole.at), ..hole }))
            }
            Data::Choice(alternatives) => {
                let named = alternatives.iter().map(|alternative| Alternative {
                    guard: alternative.guard.clone(),
                    value: self.as_attribute(referred, property, alternative.value.clone()),
                });
                Data::Choice(named.collect())
            }
            _ => return value,
        };
        Value::new(data, value.origin)
    }

    /// The value with the reference as the way that it came: from `given`, where a property gives it.
    fn through(&self, referred: &Referred<'t>, value: Value, given: Option<Span>) -> Value {
        if matches!(value.data, Data::Unknown(_)) {
            return Value { origin: Origin { span: Some(referred.span), ..value.origin }, ..value };
        }
        let place = given.or_else(|| self.template.place_of(referred.name)).unwrap_or(referred.span);
        let name = format!("{}.{}", self.template.address(referred.name), referred.attribute);
        let origin = value.origin.through(Step::Attribute, name, place);
        match &value.data {
            Data::Choice(alternatives) => {
                let through = alternatives.iter().map(|alternative| Alternative {
                    guard: alternative.guard.clone(),
                    value: self.through(referred, alternative.value.clone(), given),
                });
                Value::new(Data::Choice(through.collect()), Origin { via: None, ..origin })
            }
            _ => Value { origin, ..value },
        }
    }

    fn hole(&self, referred: &Referred<'t>, attribute: &str) -> Value {
        Value::unknown(self.unknown(referred, attribute), Origin::at(referred.span))
    }

    /// An attribute that only AWS knows. The one that `Ref` returns has one identity under both names.
    fn unknown(&self, referred: &Referred<'t>, attribute: &str) -> Unknown {
        let is_ref = types::name_by_ref(referred.type_name) == Some(attribute);
        let attribute = if is_ref { REF } else { attribute };
        let shape = types::shape(referred.type_name, attribute);
        let reference =
            Reference { address: self.template.address(referred.name), attribute: attribute.into() };
        let unknown = Unknown::new(Reason::Computed(Arc::clone(&referred.shown))).with_reference(reference);
        let unknown = unknown.with_shape(shape);
        match self.template.place_of(referred.name) {
            Some(place) => unknown.with_place(place),
            None => unknown,
        }
    }
}

/// How many bytes of known text a value has, in all of its alternatives.
fn size(value: &Value) -> usize {
    match &value.data {
        Data::Choice(alternatives) => alternatives.iter().map(|one| size(&one.value)).sum(),
        Data::String(text) => text.len(),
        Data::Partial(parts) => parts.iter().map(known_length).sum(),
        _ => 0,
    }
}

fn known_length(part: &Part) -> usize {
    match part {
        Part::Known(text) => text.len(),
        Part::Hole(..) => 0,
    }
}

/// One string from the values of a form's pieces.
fn joined(values: &[&Value], span: Span) -> Value {
    if let [only] = values {
        return (*only).clone();
    }
    let mut parts = Vec::with_capacity(values.len());
    for value in values {
        match value.parts() {
            // A hole is where the reference is written, not where the name is.
            Some(more) => parts.extend(more.iter().map(|part| match part {
                Part::Hole(unknown, _) => Part::Hole(Arc::clone(unknown), Some(span)),
                known => known.clone(),
            })),
            None => parts.push(Part::Hole(Arc::new(Unknown::new(Reason::Invalid)), Some(span))),
        }
    }
    let marks = values.iter().map(|value| value.origin.marks).collect();
    from_parts(join_known(parts), Origin { marks, ..Origin::at(span) })
}

/// The value as if it were written where it is referred to.
fn placed(value: Value, span: Span) -> Value {
    let text = |text: &Text| {
        let whole = Segment { start: 0, span, exact: false };
        Text::mapped(Arc::clone(text.shared()), vec![whole])
    };
    let data = match value.data {
        Data::String(known) => Data::String(text(&known)),
        Data::Partial(parts) => Data::Partial(
            parts
                .iter()
                .map(|part| match part {
                    Part::Known(known) => Part::Known(text(known)),
                    Part::Hole(unknown, _) => Part::Hole(Arc::clone(unknown), Some(span)),
                })
                .collect(),
        ),
        Data::Choice(alternatives) => Data::Choice(
            alternatives
                .iter()
                .map(|one| Alternative { guard: one.guard.clone(), value: placed(one.value.clone(), span) })
                .collect(),
        ),
        other => other,
    };
    Value::new(data, Origin { span: Some(span), ..value.origin })
}

/// The names of Systems Manager start with a slash when they are paths; their ARN has one in any case.
fn with_slash(value: Value, referred: &Referred<'_>) -> Value {
    let data = match &value.data {
        Data::Choice(alternatives) => {
            let slashed = alternatives.iter().map(|alternative| Alternative {
                guard: alternative.guard.clone(),
                value: with_slash(alternative.value.clone(), referred),
            });
            return Value::new(Data::Choice(slashed.collect()), value.origin);
        }
        Data::Unknown(unknown) => {
            let identity =
                unknown.identity.as_ref().map(|identity| format!("{identity} with a slash").into());
            Data::Unknown(Arc::new(Unknown { identity, ..(**unknown).clone() }))
        }
        _ => {
            let parts = value.parts().map(std::borrow::Cow::into_owned).unwrap_or_default();
            match parts.first() {
                Some(Part::Known(start)) if start.starts_with('/') => return value,
                Some(Part::Known(_)) => {
                    let slash = Part::Known(Text::at("/", referred.span));
                    let parts = std::iter::once(slash).chain(parts).collect();
                    return from_parts(join_known(parts), value.origin);
                }
                // Whether the hole brings a slash is not known.
                _ => Data::Unknown(Arc::new(Unknown::new(Reason::Computed(Arc::clone(&referred.shown))))),
            }
        }
    };
    Value::new(data, value.origin)
}
