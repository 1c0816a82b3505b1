//! Type constraints of variables, and the conversion of values to them.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/type-constraints>.

use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{
    Alternative, Data, Entry, List, ListKind, Map, MapKind, Origin, Part, Problem, Value, ValueType,
};
use keylint_source::{FileId, Span};
use keylint_syntax::hcl::{Expr, ExprKind, ObjectItem};

use crate::project::open_part;
use crate::sets::into_set;
use crate::unify::{Row, admitted, converts, known_as, may_be_same, says_type, type_of, typed, unify_row};
use crate::values;

/// A type constraint.
#[derive(Clone, Debug)]
pub(crate) enum Type {
    /// Any type; also what a constraint that is not understood says.
    Any,
    /// What a value has of which a part is not known, so that its type is not either.
    Uncertain,
    /// `string`
    String,
    /// `number`
    Number,
    /// `bool`
    Bool,
    /// `list(T)`
    List(Box<Type>),
    /// `set(T)`
    Set(Box<Type>),
    /// `map(T)`
    Map(Box<Type>),
    /// `object({…})`
    Object(Vec<Attribute>),
    /// `tuple([…])`
    Tuple(Vec<Type>),
}

/// One attribute of an object type.
#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// Its type.
    pub(crate) constraint: Type,
    pub(crate) optional: bool,
    /// The second argument of `optional`.
    default: Option<Expr>,
}

impl Attribute {
    /// One that must be there.
    pub(crate) fn required(name: Arc<str>, constraint: Type) -> Attribute {
        Attribute { name, constraint, optional: false, default: None }
    }
}

/// Reads a type constraint. The parser limits its depth.
pub(crate) fn parse(expression: &Expr, problems: &mut Vec<Problem>) -> Type {
    match &expression.kind {
        ExprKind::Variable(name) => simple(&name.text).unwrap_or_else(|| unknown_type(expression, problems)),
        // The form of Terraform 0.11: `type = "string"`.
        ExprKind::String(text) => match simple(text.as_str()) {
            Some(ty) => {
                let message = "type constraints have no quotes since Terraform 0.12";
                problems.push(Problem::new("KL003", expression.span, message).with_help("remove the quotes"));
                ty
            }
            None => unknown_type(expression, problems),
        },
        ExprKind::Parenthesis(inner) => parse(inner, problems),
        ExprKind::Call(call) => match (&*call.name.text, call.arguments.as_slice()) {
            ("list", [inner]) => Type::List(Box::new(parse(inner, problems))),
            ("set", [inner]) => Type::Set(Box::new(parse(inner, problems))),
            ("map", [inner]) => Type::Map(Box::new(parse(inner, problems))),
            ("object", [Expr { kind: ExprKind::Object(items), .. }]) => {
                let mut attributes: Vec<Attribute> = Vec::with_capacity(items.len());
                for item in items {
                    let Some(one) = attribute(item, problems) else { continue };
                    match attributes.iter().any(|known| known.name == one.name) {
                        true => problems.push(Problem::new(
                            "KL003",
                            item.key.span,
                            format!("the object type has two attributes `{}`", one.name),
                        )),
                        false => attributes.push(one),
                    }
                }
                Type::Object(attributes)
            }
            ("tuple", [Expr { kind: ExprKind::List(items), .. }]) => {
                Type::Tuple(items.iter().map(|item| parse(item, problems)).collect())
            }
            _ => unknown_type(expression, problems),
        },
        ExprKind::Invalid => Type::Any,
        _ => unknown_type(expression, problems),
    }
}

fn simple(name: &str) -> Option<Type> {
    Some(match name {
        "string" => Type::String,
        "number" => Type::Number,
        "bool" => Type::Bool,
        "any" => Type::Any,
        "list" => Type::List(Box::new(Type::Any)),
        "set" => Type::Set(Box::new(Type::Any)),
        "map" => Type::Map(Box::new(Type::Any)),
        _ => return None,
    })
}

fn unknown_type(expression: &Expr, problems: &mut Vec<Problem>) -> Type {
    problems.push(Problem::new("KL003", expression.span, "the type constraint is not one of Terraform's"));
    Type::Any
}

fn attribute(item: &ObjectItem, problems: &mut Vec<Problem>) -> Option<Attribute> {
    let ExprKind::String(name) = &item.key.kind else { return None };
    let name = Arc::clone(name.shared());
    if let ExprKind::Call(call) = &item.value.kind
        && &*call.name.text == "optional"
        && let Some((constraint, rest)) = call.arguments.split_first()
    {
        let constraint = parse(constraint, problems);
        if let Some(more) = rest.get(1) {
            let message = "`optional` takes a type and a default, nothing more";
            problems.push(Problem::new("KL003", more.span, message));
        }
        if let Some(open) = rest.first().and_then(open_part) {
            let message = "the default of an attribute refers to nothing and calls nothing";
            problems.push(Problem::new("KL003", open, message));
        }
        return Some(Attribute { name, constraint, optional: true, default: rest.first().cloned() });
    }
    Some(Attribute::required(name, parse(&item.value, problems)))
}

impl From<&ValueType> for Type {
    fn from(ty: &ValueType) -> Type {
        let inner = |ty: &ValueType| Box::new(Type::from(ty));
        match ty {
            ValueType::Any => Type::Any,
            ValueType::String => Type::String,
            ValueType::Number => Type::Number,
            ValueType::Bool => Type::Bool,
            ValueType::List(of) => Type::List(inner(of)),
            ValueType::Set(of) => Type::Set(inner(of)),
            ValueType::Map(of) => Type::Map(inner(of)),
            ValueType::Tuple(row) => Type::Tuple(row.iter().map(Type::from).collect()),
            ValueType::Object(row) => Type::Object(
                row.iter().map(|(name, ty)| Attribute::required(Arc::clone(name), ty.into())).collect(),
            ),
        }
    }
}

/// A value that a type does not admit: the fact for the message.
#[derive(Debug)]
pub(crate) struct Mismatch(pub(crate) String);

impl Type {
    /// Whether a part of it may be of any type.
    fn is_open(&self) -> bool {
        match self {
            Type::Any => true,
            Type::Uncertain | Type::String | Type::Number | Type::Bool => false,
            Type::List(of) | Type::Set(of) | Type::Map(of) => of.is_open(),
            Type::Tuple(row) => row.iter().any(Type::is_open),
            Type::Object(row) => row.iter().any(|it| it.constraint.is_open()),
        }
    }

    fn describe(&self) -> &'static str {
        match self {
            Type::Any | Type::Uncertain => "any",
            Type::String => "string",
            Type::Number => "number",
            Type::Bool => "bool",
            Type::List(_) => "list",
            Type::Set(_) => "set",
            Type::Map(_) => "map",
            Type::Object(_) => "object",
            Type::Tuple(_) => "tuple",
        }
    }

    /// The type as Terraform writes it, for a message.
    pub(crate) fn named(&self) -> String {
        match self {
            Type::List(of) | Type::Set(of) | Type::Map(of) => format!("{}({})", self.describe(), of.named()),
            _ => self.describe().to_owned(),
        }
    }

    fn mismatch(&self) -> Mismatch {
        let article = if matches!(self, Type::Object(_) | Type::Any | Type::Uncertain) { "an" } else { "a" };
        Mismatch(format!("{article} {} is required", self.describe()))
    }

    /// The value as this type; what is not known stays so. `evaluate` gives the value of a default
    /// in the constraint, which refers to nothing.
    pub(crate) fn convert(
        &self,
        value: &Value,
        evaluate: &dyn Fn(&Expr) -> Value,
    ) -> Result<Value, Mismatch> {
        let data = match (&value.data, self) {
            (_, Type::Any | Type::Uncertain) => return Ok(value.clone()),
            (Data::Unknown(_), _) => return self.convert_unknown(value),
            (Data::Null, _) => return self.convert_null(value),
            (Data::Choice(alternatives), _) => {
                return self.convert_choice(value, alternatives, evaluate);
            }
            (Data::List(_) | Data::Map(_), _) if says_type(value) && !converts(&type_of(value), self) => {
                return Err(self.mismatch());
            }
            (Data::String(_) | Data::Partial(_) | Data::Json(_), Type::String) => return Ok(value.clone()),
            (Data::Bool(_) | Data::Number(_), Type::String) => {
                return values::text_parts(value, value.origin.span)
                    .map(|parts| Value::from_parts(parts, value.origin.clone()))
                    .ok_or_else(|| self.mismatch());
            }
            (Data::Partial(parts), Type::Number | Type::Bool) => return self.convert_partial(value, parts),
            // What is not known may be a number or a boolean, which JSON writes as it is.
            (Data::Json(inner), Type::Number | Type::Bool) if inner.as_unknown().is_some() => {
                return Ok(known_as(self.converted_later(value)?, self));
            }
            (_, Type::Number) => Data::Number(values::to_number(value).ok_or_else(|| self.mismatch())?),
            (_, Type::Bool) => Data::Bool(values::to_bool(value).ok_or_else(|| self.mismatch())?),
            (Data::List(list), Type::List(inner) | Type::Set(inner)) => {
                self.convert_list(list, inner, evaluate)?
            }
            (Data::List(list), Type::Tuple(types)) => self.convert_tuple(list, types, evaluate)?,
            (Data::Map(map), Type::Map(inner)) => convert_map(map, inner, evaluate)?,
            (Data::Map(map), Type::Object(attributes)) => convert_object(map, attributes, evaluate)?,
            _ => return Err(self.mismatch()),
        };
        let converted = Value::new(data, value.origin.clone());
        Ok(if values::is_empty(&converted) || values::is_open(&converted) {
            typed(converted, &admitted(&type_of(value), self))
        } else {
            converted
        })
    }

    /// What is not known as one of this type, where some values of its own type convert to it.
    fn convert_unknown(&self, value: &Value) -> Result<Value, Mismatch> {
        let from = type_of(value);
        if !converts(&from, self) {
            return Err(self.mismatch());
        }
        Ok(known_as(value.clone(), &admitted(&from, self)))
    }

    /// Null of this type, which one of another type has to convert to as any other value.
    fn convert_null(&self, value: &Value) -> Result<Value, Mismatch> {
        let from = type_of(value);
        if !converts(&from, self) {
            return Err(self.mismatch());
        }
        Ok(typed(value.clone(), &admitted(&from, self)))
    }

    /// The type as unknown values have it: any type is what is not known of it.
    pub(crate) fn declared(&self) -> ValueType {
        let inner = |ty: &Type| Arc::new(ty.declared());
        match self {
            Type::Any | Type::Uncertain => ValueType::Any,
            Type::String => ValueType::String,
            Type::Number => ValueType::Number,
            Type::Bool => ValueType::Bool,
            Type::List(of) => ValueType::List(inner(of)),
            Type::Set(of) => ValueType::Set(inner(of)),
            Type::Map(of) => ValueType::Map(inner(of)),
            Type::Tuple(row) => ValueType::Tuple(row.iter().map(Type::declared).collect()),
            Type::Object(row) => {
                let mut row: Vec<_> =
                    row.iter().map(|it| (Arc::clone(&it.name), it.constraint.declared())).collect();
                row.sort_by(|a, b| a.0.cmp(&b.0));
                ValueType::Object(row.into())
            }
        }
    }

    /// The type as values have it; `None` where a part of it is not known.
    pub(crate) fn said(&self) -> Option<ValueType> {
        let inner = |ty: &Type| ty.said().map(Arc::new);
        Some(match self {
            Type::Uncertain => return None,
            Type::Any => ValueType::Any,
            Type::String => ValueType::String,
            Type::Number => ValueType::Number,
            Type::Bool => ValueType::Bool,
            Type::List(of) => ValueType::List(inner(of)?),
            Type::Set(of) => ValueType::Set(inner(of)?),
            Type::Map(of) => ValueType::Map(inner(of)?),
            Type::Tuple(row) => ValueType::Tuple(row.iter().map(Type::said).collect::<Option<_>>()?),
            Type::Object(row) => {
                let mut row: Vec<_> = row
                    .iter()
                    .map(|it| Some((Arc::clone(&it.name), it.constraint.said()?)))
                    .collect::<Option<_>>()?;
                row.sort_by(|a, b| a.0.cmp(&b.0));
                ValueType::Object(row.into())
            }
        })
    }

    /// The alternatives as this type. One that does not convert is invalid where it holds, no more;
    /// all of them are a mismatch of the whole.
    fn convert_choice(
        &self,
        value: &Value,
        alternatives: &[Alternative],
        evaluate: &dyn Fn(&Expr) -> Value,
    ) -> Result<Value, Mismatch> {
        let mut first = None;
        let mut converted = alternatives.to_vec();
        let mut kept = 0;
        for one in &mut converted {
            let place = one.value.origin.span.or(value.origin.span);
            match self.convert(&one.value, evaluate) {
                Ok(value) => {
                    one.value = value;
                    kept += 1;
                }
                Err(mismatch) => {
                    let place = place.unwrap_or_else(|| Span::new(FileId::NOWHERE, 0, 0));
                    one.value = values::invalid(place, mismatch.0.as_str());
                    first = first.or(Some(mismatch));
                }
            }
        }
        match first {
            Some(mismatch) if kept == 0 => Err(mismatch),
            _ => Ok(Value::new(Data::Choice(converted.into()), value.origin.clone())),
        }
    }

    /// Tells of each default in the constraint that its own attribute does not admit.
    pub(crate) fn check_defaults(
        &self,
        evaluate: &dyn Fn(&Expr) -> Value,
        wrong: &mut dyn FnMut(keylint_source::Span, Mismatch),
    ) {
        match self {
            Type::List(inner) | Type::Set(inner) | Type::Map(inner) => inner.check_defaults(evaluate, wrong),
            Type::Tuple(types) => types.iter().for_each(|inner| inner.check_defaults(evaluate, wrong)),
            Type::Object(attributes) => {
                for attribute in attributes {
                    attribute.constraint.check_defaults(evaluate, wrong);
                    let Some(default) = attribute.default.as_ref().filter(|it| open_part(it).is_none())
                    else {
                        continue;
                    };
                    if let Err(mismatch) = attribute.constraint.convert(&evaluate(default), evaluate) {
                        wrong(default.span, mismatch);
                    }
                }
            }
            _ => {}
        }
    }

    /// A string with holes as a number or a boolean.
    fn convert_partial(&self, value: &Value, parts: &[Part]) -> Result<Value, Mismatch> {
        Ok(match parts.iter().find(|part| matches!(part, Part::Hole(..))) {
            Some(_) => self.converted_later(value)?,
            None => value.clone(),
        })
    }

    /// What only deployment makes a value of this type.
    fn converted_later(&self, value: &Value) -> Result<Value, Mismatch> {
        let span = value.origin.span.ok_or_else(|| self.mismatch())?;
        Ok(values::derived(self.describe(), std::slice::from_ref(value), span))
    }

    /// The length of a list is no part of its type.
    fn convert_tuple(
        &self,
        list: &List,
        types: &[Type],
        evaluate: &dyn Fn(&Expr) -> Value,
    ) -> Result<Data, Mismatch> {
        if matches!(list.kind, ListKind::List | ListKind::Set)
            || !list.gaps && list.rest.is_none() && list.elements.len() != types.len()
        {
            return Err(self.mismatch());
        }
        let pairs = list.elements.iter().zip(types);
        let elements =
            pairs.map(|(element, inner)| inner.convert(element, evaluate)).collect::<Result<_, _>>()?;
        Ok(Data::List(Arc::new(List { elements, rest: list.rest.clone(), ..List::default() })))
    }

    fn convert_list(
        &self,
        list: &Arc<List>,
        inner: &Type,
        evaluate: &dyn Fn(&Expr) -> Value,
    ) -> Result<Data, Mismatch> {
        let elements = list
            .elements
            .iter()
            .enumerate()
            .map(|(position, element)| {
                let within = |wrong: Mismatch| Mismatch(format!("element {position}: {}", wrong.0));
                inner.convert(element, evaluate).map_err(within)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let is_set = matches!(self, Type::Set(_));
        let elements = one_type(elements, inner, Row::of(&Data::List(Arc::clone(list))), is_set)?;
        let list = List { elements, kind: ListKind::List, ..(**list).clone() };
        Ok(Data::List(Arc::new(if is_set { into_set(list) } else { list })))
    }
}

/// Elements of a collection of which the type leaves open what they are as values of one type. Those
/// of a set whose type names a part of theirs are of one type as they are.
fn one_type(elements: Vec<Value>, inner: &Type, row: Row, is_set: bool) -> Result<Vec<Value>, Mismatch> {
    let wrong = || Mismatch("elements of one type are required".to_owned());
    if !inner.is_open() {
        return Ok(elements);
    }
    if matches!(inner, Type::Any) || !is_set {
        return unify_row(elements, row).ok_or_else(wrong);
    }
    let types: Vec<Type> = elements.iter().map(type_of).collect();
    match types.iter().zip(types.iter().skip(1)).all(|(one, other)| may_be_same(one, other)) {
        true => Ok(elements),
        false => Err(wrong()),
    }
}

fn convert_map(map: &Arc<Map>, inner: &Type, evaluate: &dyn Fn(&Expr) -> Value) -> Result<Data, Mismatch> {
    // A key may be as secret as what stands under it.
    let within = |wrong: Mismatch| Mismatch(format!("one of its elements: {}", wrong.0));
    let values = map.entries.values().map(|entry| inner.convert(&entry.value, evaluate).map_err(within));
    let row = Row::of(&Data::Map(Arc::clone(map)));
    let values = one_type(values.collect::<Result<_, _>>()?, inner, row, false)?;
    let entries = map.entries.iter().zip(values);
    let entries =
        entries.map(|((key, entry), value)| (Arc::clone(key), Entry { value, ..entry.clone() })).collect();
    Ok(Data::Map(Arc::new(Map { entries, rest: map.rest.clone(), kind: MapKind::Map, ..Map::default() })))
}

fn convert_object(
    map: &Map,
    attributes: &[Attribute],
    evaluate: &dyn Fn(&Expr) -> Value,
) -> Result<Data, Mismatch> {
    let mut entries = IndexMap::with_capacity(attributes.len());
    for attribute in attributes {
        let given = map.get(&attribute.name);
        let absent = given.is_none_or(|entry| entry.value.is_null());
        let entry = match given {
            Some(entry) if !(absent && attribute.optional) => {
                let value = attribute.constraint.convert(&entry.value, evaluate).map_err(|mismatch| {
                    Mismatch(format!("attribute `{}`: {}", attribute.name, mismatch.0))
                })?;
                Entry { value, ..entry.clone() }
            }
            None if map.rest.is_some() => continue,
            None if !attribute.optional => {
                return Err(Mismatch(format!("attribute `{}` is required", attribute.name)));
            }
            _ => match &attribute.default {
                Some(default) => {
                    let value = attribute.constraint.convert(&evaluate(default), evaluate)?;
                    let origin = value.origin.through(
                        keylint_model::Step::Default,
                        Arc::clone(&attribute.name),
                        default.span,
                    );
                    values::entry(Value { origin, ..value })
                }
                None => {
                    let null = typed(Value::new(Data::Null, Origin::default()), &attribute.constraint);
                    Entry { key_span: None, span: None, value: null }
                }
            },
        };
        entries.insert(Arc::clone(&attribute.name), entry);
    }
    Ok(Data::Map(Arc::new(Map { entries, rest: map.rest.clone(), kind: MapKind::Object, ..Map::default() })))
}
