//! Values that must not be shown, and what can be told of them without showing them.

use keylint_model::{Data as ModelData, NeedsSplit, Part, Reason, Step, Unknown, World};
use keylint_syntax::Text as SourceText;

use super::{Place, Used, View, missing, undecided};
use crate::credentials;
use crate::eval::{Data, Datum, Truth, is_given, why};

/// An attribute of type `secret`, the value of an environment variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Secret<'a> {
    /// The attribute or variable.
    pub(crate) name: &'a str,
    /// The key that it has in an object that is the value as a whole.
    pub(crate) key: Option<&'a str>,
    /// The value; `None` when absent or null.
    pub(crate) used: Option<Used<'a>>,
}

/// One environment variable.
#[derive(Clone, Debug)]
pub(crate) struct Variable<'a> {
    pub(crate) name: Datum<'a>,
    pub(crate) kind: Datum<'a>,
    pub(crate) secret: Secret<'a>,
}

impl<'a> Secret<'a> {
    pub(crate) fn new(name: &'a str, used: Option<Used<'a>>) -> Self {
        Secret { name, key: None, used }
    }

    /// The credentials that a value is made of: itself, or the leaves of an object.
    pub(crate) fn leaves(
        name: &'a str,
        used: Used<'a>,
        world: &World,
    ) -> Result<Vec<Secret<'a>>, NeedsSplit> {
        let mut leaves = Vec::new();
        collect_leaves(Secret::new(name, Some(used)), used, world, &mut leaves, 0)?;
        Ok(leaves)
    }

    pub(crate) fn is_null(&self) -> Truth {
        match self.used.map(|used| &used.value.data) {
            None | Some(ModelData::Null) => Truth::Yes,
            Some(ModelData::Unknown(unknown)) if !is_given(unknown) => Truth::Unknown(why(unknown, None)),
            Some(_) => Truth::No,
        }
    }

    /// The strings that the value is made of: itself, the elements of what is encoded as JSON, the
    /// known parts between holes.
    pub(crate) fn texts(&self) -> Vec<&'a SourceText> {
        let mut texts = Vec::new();
        // What was given from outside is nobody's text.
        if let Some(used) = self.used.filter(|used| !came_through(used, Step::Given)) {
            collect(&used.value.data, &mut texts, 0);
        }
        texts
    }

    /// What fills the text that is known.
    fn holes(&self) -> impl Iterator<Item = &'a Unknown> {
        let parts: &'a [Part] = match self.used.map(|used| &used.value.data) {
            Some(ModelData::Partial(parts)) => parts,
            _ => &[],
        };
        parts.iter().filter_map(|part| match part {
            Part::Hole(unknown, _) => Some(&**unknown),
            Part::Known(_) => None,
        })
    }

    pub(super) fn field(&self, name: &str, place: Place<'a>) -> Datum<'a> {
        let known = |answer: bool| Datum { data: Data::Bool(answer), place };
        let unknown = self.used.and_then(|used| used.value.as_unknown());
        if let Some(unknown) = unknown {
            // What is not known before deployment is not written in the source: it is no literal.
            let (is_secure, is_plain) = (is_secure(unknown), is_plain(unknown));
            return match name {
                "attribute" => Datum::text(self.name),
                "key" => self.key.map_or_else(Datum::null, Datum::text),
                "token" => Datum::null(),
                "exposure" => Datum::text(exposure(is_plain)),
                "is_dynamic_reference" => known(is_secure),
                "is_plain_parameter" => known(is_plain),
                "is_whole" => known(true),
                _ => known(false),
            };
        }
        let texts = self.texts();
        let is_secure = || texts.iter().any(|text| is_secure_text(text)) || self.holes().any(is_secure);
        let is_plain = || texts.iter().any(|text| is_plain_text(text)) || self.holes().any(is_plain);
        let whole = self.used.and_then(|used| used.value.as_str()).map(str::trim);
        let token = || texts.iter().find_map(|text| self.token(text));
        match name {
            "attribute" => Datum::text(self.name),
            "key" => self.key.map_or_else(Datum::null, Datum::text),
            "is_literal" if self.is_literal(&texts) && self.is_planned() => undecided(self.name),
            "is_literal" => known(self.is_literal(&texts)),
            "is_placeholder" => known(
                !texts.is_empty()
                    && texts.iter().all(|text| text.trim().is_empty() || credentials::is_placeholder(text)),
            ),
            "is_setting" => known(whole.is_some_and(credentials::is_setting)),
            "is_description" => known(self.key.is_some_and(credentials::describes)),
            "is_token" => known(token().is_some()),
            "token" => token().map_or_else(Datum::null, Datum::text),
            "exposure" => Datum::text(exposure(is_plain())),
            "is_dynamic_reference" => known(is_secure()),
            "is_plain_parameter" => known(is_plain()),
            "is_whole" => known(self.holes().next().is_none()),
            "is_random" => known(whole.is_some_and(credentials::is_random)),
            _ => missing(name),
        }
    }

    /// Whether a plan has the value and does not say who wrote it: a constant, a local value and
    /// what a person types in when asked for it look the same there.
    fn is_planned(&self) -> bool {
        self.used.is_some_and(|used| came_through(&used, Step::Plan))
    }

    /// What a text is by its shape. Of a text with a value of the command line in it only what is
    /// written counts.
    fn token(&self, text: &SourceText) -> Option<&'static str> {
        if !self.used.is_some_and(|used| is_handed_in(&used)) {
            return credentials::token(text);
        }
        text.exact_parts().find_map(|(range, _)| credentials::token(text.get(range)?))
    }

    /// Whether a person wrote the value: known text that is not a reference to a secret elsewhere.
    /// Of an object that is encoded only the values count that are strings.
    fn is_literal(&self, texts: &[&SourceText]) -> bool {
        let is_whole = self.used.is_some_and(|used| match &used.value.data {
            // A value of the command line or of the environment is written in no file.
            _ if is_handed_in(&used) => texts.iter().any(|text| self.token(text).is_some()),
            // Text around a hole is a connection string or a prefix: the secret is what fills the
            // hole, unless the text has a credential of its own.
            ModelData::Partial(_) => texts.iter().any(|text| credentials::token(text).is_some()),
            // What CloudFormation's `Ref` returns is the name of a resource, which the template may say.
            _ => !is_reference(&used),
        });
        is_whole && texts.iter().any(|text| !text.trim().is_empty() && !text.contains("{{resolve:"))
    }
}

fn is_reference(used: &Used<'_>) -> bool {
    let mut attributes = used.value.origin.steps().filter(|via| via.step == Step::Attribute);
    attributes.any(|via| via.name.ends_with(".Ref"))
}

/// Whether the value, or a part of it, comes from the command line or the environment.
fn is_handed_in(used: &Used<'_>) -> bool {
    came_through(used, Step::CommandLine) || came_through(used, Step::Environment)
}

fn came_through(used: &Used<'_>, step: Step) -> bool {
    used.value.origin.steps().any(|via| via.step == step)
}

fn collect<'a>(data: &'a ModelData, texts: &mut Vec<&'a SourceText>, depth: usize) {
    if depth > 16 {
        return;
    }
    match data {
        ModelData::String(text) => texts.push(text),
        ModelData::Partial(parts) => texts.extend(parts.iter().filter_map(|part| match part {
            Part::Known(text) => Some(text),
            Part::Hole(..) => None,
        })),
        ModelData::Json(inner) => collect(&inner.data, texts, depth + 1),
        ModelData::Map(map) => {
            // A user name or host beside a credential is no credential.
            for (_, entry) in map.entries.iter().filter(|(key, _)| !credentials::describes(key)) {
                collect(&entry.value.data, texts, depth + 1);
            }
        }
        ModelData::List(list) => {
            for element in &list.elements {
                collect(&element.data, texts, depth + 1);
            }
        }
        ModelData::Choice(alternatives) => {
            for alternative in alternatives.iter() {
                collect(&alternative.value.data, texts, depth + 1);
            }
        }
        ModelData::Null | ModelData::Bool(_) | ModelData::Number(_) | ModelData::Unknown(_) => {}
    }
}

/// Where a value that is not secret can be read.
fn exposure(is_plain: bool) -> &'static str {
    if is_plain { "kept in plain text in Parameter Store" } else { "written in the source" }
}

/// Whether an unknown value is a dynamic reference to one that is kept secret.
fn is_secure(unknown: &Unknown) -> bool {
    let Reason::DynamicReference(reference) = &unknown.reason else { return false };
    reference.starts_with("secretsmanager:") || reference.starts_with("ssm-secure:")
}

/// Whether an unknown value is a dynamic reference to a parameter that is kept in plain text.
fn is_plain(unknown: &Unknown) -> bool {
    matches!(&unknown.reason, Reason::DynamicReference(reference) if reference.starts_with("ssm:"))
}

/// The same for text that is no template's: nothing replaced the reference.
fn is_secure_text(text: &str) -> bool {
    text.contains("{{resolve:secretsmanager:") || text.contains("{{resolve:ssm-secure:")
}

fn is_plain_text(text: &str) -> bool {
    text.contains("{{resolve:ssm:")
}

/// How deep an object that is a secret is looked into.
const MAX_DEPTH: usize = 16;

fn collect_leaves<'a>(
    secret: Secret<'a>,
    used: Used<'a>,
    world: &World,
    leaves: &mut Vec<Secret<'a>>,
    depth: usize,
) -> Result<(), NeedsSplit> {
    let value = used.value.resolve(world)?;
    let inner = |value, at| Used { value, at };
    match &value.data {
        _ if depth > MAX_DEPTH => {}
        ModelData::Json(json) => collect_leaves(secret, inner(&**json, used.at), world, leaves, depth + 1)?,
        ModelData::Map(map) => {
            for (key, entry) in &map.entries {
                let secret = Secret { key: Some(key), ..secret };
                collect_leaves(secret, inner(&entry.value, entry.span), world, leaves, depth + 1)?;
            }
        }
        ModelData::List(list) => {
            for element in &list.elements {
                collect_leaves(secret, inner(element, element.origin.span), world, leaves, depth + 1)?;
            }
        }
        _ => leaves.push(Secret { used: Some(inner(value, used.at)), ..secret }),
    }
    Ok(())
}

impl<'a> Variable<'a> {
    pub(super) fn field(&self, name: &str) -> Datum<'a> {
        match name {
            "name" => self.name.clone(),
            "type" => self.kind.clone(),
            "value" => {
                let place = self.secret.used.map(|used| used.place()).unwrap_or_default();
                Datum { data: Data::View(View::Secret(self.secret)), place }
            }
            "names_secret" => match &self.name.data {
                Data::Text(text) => match text.as_known() {
                    Some(known) => Datum::bare(Data::Bool(credentials::names_secret(known))),
                    None => Datum::bare(Data::Unknown(text.whys(self.name.place.used))),
                },
                _ => Datum::bare(Data::Bool(false)),
            },
            _ => missing(name),
        }
    }
}
