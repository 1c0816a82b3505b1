//! Values that must not be shown, and what can be told of them without showing them.

use std::borrow::Cow;

use keylint_model::{Data as ModelData, FrontEnd, NeedsSplit, Part, Reason, Step, Unknown, World};
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
    /// Whether a template has it.
    in_template: bool,
}

/// One environment variable.
#[derive(Clone, Debug)]
pub(crate) struct Variable<'a> {
    pub(crate) name: Datum<'a>,
    pub(crate) kind: Datum<'a>,
    pub(crate) secret: Secret<'a>,
}

impl<'a> Secret<'a> {
    pub(crate) fn new(name: &'a str, used: Option<Used<'a>>, front_end: FrontEnd) -> Self {
        Secret { name, key: None, used, in_template: front_end == FrontEnd::CloudFormation }
    }

    /// The credentials that a value is made of: itself, or the leaves of an object.
    pub(crate) fn leaves(
        name: &'a str,
        used: Used<'a>,
        front_end: FrontEnd,
        world: &World,
    ) -> Result<Vec<Secret<'a>>, NeedsSplit> {
        let mut leaves = Vec::new();
        collect_leaves(Secret::new(name, Some(used), front_end), used, world, &mut leaves, 0)?;
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
        match name {
            "attribute" => return Datum::text(self.name),
            "key" => return self.key.map_or_else(Datum::null, Datum::text),
            "parameter" => return self.parameter(),
            "is_sensitive" => return known(self.is_sensitive()),
            _ => {}
        }
        let unknown = self.used.and_then(|used| used.value.as_unknown());
        if let Some(unknown) = unknown {
            // What is not known before deployment is not written in the source: it is no literal.
            let (is_secure, is_plain) = (is_secure(unknown), is_plain(unknown));
            return match name {
                "token" => Datum::null(),
                "exposure" => Datum::text(self.exposure(is_plain)),
                "is_dynamic_reference" => known(is_secure),
                "is_plain_parameter" => known(is_plain),
                "is_whole" => known(true),
                _ => known(false),
            };
        }
        let texts = self.texts();
        let is_secure = || texts.iter().any(|text| is_secure_text(text)) || self.holes().any(is_secure);
        let is_plain = || texts.iter().any(|text| is_plain_text(text)) || self.holes().any(is_plain);
        let token = || texts.iter().find_map(|text| self.token(text));
        match name {
            "is_literal" if self.is_literal(&texts) && self.is_planned() => undecided(self.name),
            "is_literal" => known(self.is_literal(&texts)),
            "is_placeholder" => known(self.is_placeholder(&texts)),
            "is_setting" => known(self.whole().is_some_and(|whole| self.is_setting(whole.trim()))),
            "is_description" => known(self.key.is_some_and(credentials::describes)),
            "is_token" => known(token().is_some()),
            "token" => token().map_or_else(Datum::null, Datum::text),
            "exposure" => Datum::text(self.exposure(is_plain())),
            "is_dynamic_reference" => known(is_secure()),
            "is_plain_parameter" => known(is_plain()),
            "is_whole" => known(self.holes().next().is_none()),
            "is_random" => known(self.whole().is_some_and(|whole| credentials::is_random(whole.trim()))),
            _ => missing(name),
        }
    }

    /// Whether it is secret by where it comes from: marked so, or made by a provider as a credential.
    fn is_sensitive(&self) -> bool {
        let Some(used) = self.used else { return false };
        let is_computed = |unknown: &Unknown| {
            let reference = unknown.reference.as_ref();
            reference.is_some_and(|from| credentials::is_computed(&from.address, &from.attribute))
        };
        used.value.origin.marks.sensitive
            || used.value.as_unknown().is_some_and(|unknown| is_computed(unknown))
            || self.holes().any(is_computed)
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
            ModelData::Partial(_) => {
                let is_one =
                    |text: &str| credentials::token(text).is_some() || credentials::holds_secret(text);
                texts.iter().any(|text| is_one(text))
            }
            // What CloudFormation's `Ref` returns is the name of a resource, which the template may say.
            _ => !is_reference(&used),
        });
        is_whole && texts.iter().any(|text| !text.trim().is_empty() && !text.contains("{{resolve:"))
            || self.scalar().is_some() && !self.used.is_some_and(|used| is_handed_in(&used))
    }

    /// What is written where a string belongs and is none: both front ends make the string of it. In an
    /// object only a number is one, and only under a key that says so: `{"password": 12345678}`, not a port.
    fn scalar(&self) -> Option<String> {
        let used = self.used.filter(|used| !came_through(used, Step::Given) && !is_reference(used))?;
        match (&used.value.data, self.key) {
            (ModelData::Number(number), None) => number.text(),
            (ModelData::Number(number), Some(key)) if credentials::names_secret(key) => number.text(),
            (ModelData::Bool(switch), None) => Some(switch.to_string()),
            _ => None,
        }
    }

    /// The value as a whole, where all of it is known.
    fn whole(&self) -> Option<Cow<'a, str>> {
        let text = self.used.and_then(|used| used.value.as_str()).map(Cow::Borrowed);
        text.or_else(|| self.scalar().map(Cow::Owned))
    }

    fn is_placeholder(&self, texts: &[&SourceText]) -> bool {
        let is_one = |text: &str| text.trim().is_empty() || credentials::is_placeholder(text);
        match self.scalar() {
            Some(scalar) => is_one(&scalar),
            None => !texts.is_empty() && texts.iter().all(|text| is_one(text)),
        }
    }

    /// Whether it is configuration. A number is one where the key of an object does not say that it is a
    /// credential, and without a key where it is short: a password of digits alone has more of them.
    fn is_setting(&self, whole: &str) -> bool {
        let is_number = || match self.key {
            Some(key) => credentials::is_number(whole) && !credentials::names_secret(key),
            None => credentials::is_number(whole) && !credentials::is_long_number(whole),
        };
        credentials::is_setting(whole) || is_number()
    }

    /// The parameter of a template that the value is as a whole and that the service shows to whoever
    /// may see the stack, because it is not `NoEcho`. Its place is the declaration. What was not given
    /// and stays empty is given as well as what has no default.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>.
    fn parameter(&self) -> Datum<'a> {
        let shown = self.used.filter(|used| self.in_template && !used.value.origin.marks.sensitive);
        let Some(value) = shown.map(|used| used.value) else { return Datum::null() };
        let declared = match (&value.data, value.origin.steps().next()) {
            (ModelData::Unknown(unknown), _) => match &unknown.reason {
                Reason::Input(name) => Some((name, unknown.at)),
                _ => None,
            },
            (ModelData::String(text), Some(via)) if text.is_empty() && via.step == Step::Default => {
                Some((&via.name, Some(via.span)))
            }
            _ => None,
        };
        declared.map_or_else(Datum::null, |(name, at)| Datum::text(name).at(super::at(at, None)))
    }

    /// Where a value that is not secret can be read.
    fn exposure(&self, is_plain: bool) -> &'static str {
        if is_plain {
            "kept in plain text in Parameter Store"
        } else if matches!(self.parameter().data, Data::Null) {
            "written in the source"
        } else {
            "shown to everybody who can describe the stack"
        }
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
                    Some(known) => Datum::bare(Data::Bool(credentials::names_secret_variable(known))),
                    None => Datum::bare(Data::Unknown(text.whys(self.name.place.used))),
                },
                _ => Datum::bare(Data::Bool(false)),
            },
            _ => missing(name),
        }
    }
}
