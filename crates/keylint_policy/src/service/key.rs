//! Condition keys: their types, and which key a name in a policy means.

use std::fmt;
use std::sync::LazyLock;

use super::action::Action;
use super::catalogue::{Service, service, services_of_key};
use super::table::{find, find_row, rows};

const GLOBAL: &str = include_str!("../../data/global-keys.tsv");
const TYPES: &str = include_str!("../../data/key-types.tsv");
const CLAIMS: &str = include_str!("../../data/oidc-claims.tsv");

/// What a condition key's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// Any text.
    String,
    /// `true` or `false`.
    Bool,
    /// A number.
    Numeric,
    /// A point in time.
    Date,
    /// An ARN.
    Arn,
    /// An IP address.
    IpAddress,
    /// Bytes in Base64.
    Binary,
}

impl KeyType {
    /// Reads a letter of a block, with `*` for a key of several values.
    fn read(letters: &str) -> (Option<KeyType>, bool) {
        let (letter, is_multi_valued) = match letters.strip_suffix('*') {
            Some(letter) => (letter, true),
            None => (letters, false),
        };
        let key_type = match letter {
            "s" => KeyType::String,
            "b" => KeyType::Bool,
            "n" => KeyType::Numeric,
            "d" => KeyType::Date,
            "a" => KeyType::Arn,
            "i" => KeyType::IpAddress,
            "y" => KeyType::Binary,
            _ => return (None, is_multi_valued),
        };
        (Some(key_type), is_multi_valued)
    }

    /// The type of a word of the table of global keys.
    fn named(word: &str) -> Option<KeyType> {
        Some(match word {
            "string" => KeyType::String,
            "bool" => KeyType::Bool,
            "numeric" => KeyType::Numeric,
            "date" => KeyType::Date,
            "arn" => KeyType::Arn,
            "ip" => KeyType::IpAddress,
            "binary" => KeyType::Binary,
            _ => return None,
        })
    }

    /// The name as AWS writes it: `IPAddress`.
    pub fn name(self) -> &'static str {
        match self {
            KeyType::String => "String",
            KeyType::Bool => "Bool",
            KeyType::Numeric => "Numeric",
            KeyType::Date => "Date",
            KeyType::Arn => "ARN",
            KeyType::IpAddress => "IPAddress",
            KeyType::Binary => "Binary",
        }
    }
}

/// A condition key, or a family of keys with a variable part such as `aws:ResourceTag/${TagKey}`.
#[derive(Clone, Copy, Debug)]
pub struct ConditionKey {
    name: &'static str,
    key_type: Option<KeyType>,
    other_type: Option<KeyType>,
    is_multi_valued: bool,
    /// The texts before and after a variable part.
    hole: Option<(&'static str, &'static str)>,
    global: Option<Global>,
}

/// What is known of a global key alone.
#[derive(Clone, Copy, Debug)]
struct Global {
    presence: Presence,
    is_sensitive: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Always,
    Signed,
    Sometimes,
}

/// In the order of their names.
static GLOBALS: LazyLock<Vec<ConditionKey>> =
    LazyLock::new(|| rows(GLOBAL).filter_map(|row| ConditionKey::read(&row)).collect());

/// Claims of any provider of OpenID Connect.
static OF_PROVIDERS: LazyLock<Vec<ConditionKey>> =
    LazyLock::new(|| rows(CLAIMS).filter_map(|row| ConditionKey::read(&row)).collect());

/// Global keys that only some services have, each with one of them.
static ONLY: LazyLock<Vec<(&str, &str)>> =
    LazyLock::new(|| pairs(include_str!("../../data/key-services.tsv")));

/// Global keys with actions that do not have them.
static EXCEPTIONS: LazyLock<Vec<(&str, &str)>> =
    LazyLock::new(|| pairs(include_str!("../../data/key-exceptions.tsv")));

/// The condition keys that do not belong to one service, in the order of their names.
///
/// Source: IAM User Guide, "AWS global condition context keys",
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.
pub fn global_keys() -> impl ExactSizeIterator<Item = ConditionKey> {
    GLOBALS.iter().copied()
}

/// The condition key that a name in a policy means, in any case, with the variable part filled in or
/// not: `aws:ResourceTag/Team` is `aws:ResourceTag/${TagKey}`.
///
/// The claims that any OpenID Connect provider may have are `${Provider}:sub` and the like, whatever
/// the provider. A name that is none here may still exist if it is another claim of a provider that
/// AWS does not know: what stands before its colon then has a dot, which no prefix of a service has.
///
/// Source of claims: IAM User Guide, "IAM and AWS STS condition context keys", "Available keys for AWS
/// OIDC federation".
pub fn condition_key(name: &str) -> Option<ConditionKey> {
    if let Some(key) = find(&GLOBALS, name, |key| key.name) {
        return Some(*key);
    }
    if let Some(key) = GLOBALS.iter().find(|key| key.matches(name)) {
        return Some(*key);
    }
    let (prefix, _) = name.split_once(':')?;
    if prefix.contains('.')
        && let Some(claim) = OF_PROVIDERS.iter().find(|claim| claim.matches(name))
    {
        return Some(*claim);
    }
    let own = service(prefix).and_then(|service| service.condition_key(name));
    own.or_else(|| services_of_key(name).find_map(|service| service.condition_key(name)))
}

impl ConditionKey {
    /// The key of a line of a block.
    pub(super) fn new(name: &'static str, letters: &str) -> ConditionKey {
        let (key_type, is_multi_valued) = KeyType::read(letters);
        let global = find(&GLOBALS, name, |key| key.name).and_then(|key| key.global);
        let key =
            ConditionKey { name, key_type, other_type: None, is_multi_valued, hole: hole(name), global };
        match find_row(TYPES, name).as_deref() {
            Some([_, types, values, _]) => key.with_types(types, values),
            _ => key,
        }
    }

    /// Reads a line of the table of global keys.
    fn read(row: &[&'static str]) -> Option<ConditionKey> {
        let [name, types, values, present, sensitive, _] = *row else { return None };
        let presence = match present {
            "always" => Presence::Always,
            "signed" => Presence::Signed,
            _ => Presence::Sometimes,
        };
        let global = Some(Global { presence, is_sensitive: sensitive == "sensitive" });
        let (key_type, other_type, is_multi_valued) = (None, None, false);
        let key = ConditionKey { name, key_type, other_type, is_multi_valued, hole: hole(name), global };
        Some(key.with_types(types, values))
    }

    /// The key with types as the tables write them: `string`, or `date+numeric`.
    fn with_types(mut self, types: &str, values: &str) -> ConditionKey {
        let (one, other) = types.split_once('+').unwrap_or((types, ""));
        (self.key_type, self.other_type) = (KeyType::named(one), KeyType::named(other));
        self.is_multi_valued = values == "many";
        self
    }

    /// The name as AWS writes it, with `${…}` or another placeholder for a variable part.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// What its values are; none if AWS does not publish it.
    pub fn key_type(self) -> Option<KeyType> {
        self.key_type
    }

    /// The second type of the few keys that have two: `aws:EpochTime` is a date or a number.
    pub fn other_type(self) -> Option<KeyType> {
        self.other_type
    }

    /// Whether a request can have several values for it, so that a condition needs `ForAllValues` or
    /// `ForAnyValue`.
    pub fn is_multi_valued(self) -> bool {
        self.is_multi_valued
    }

    /// Whether the name has a variable part, which a policy fills in.
    pub fn is_template(self) -> bool {
        self.hole.is_some()
    }

    /// Whether it does not belong to one service: it is in the list of global keys, or a claim of any
    /// OpenID Connect provider.
    pub fn is_global(self) -> bool {
        self.global.is_some()
    }

    /// Whether every request has the key, anonymous ones too. Not so if it is not known.
    pub fn is_always_present(self) -> bool {
        self.global.is_some_and(|global| global.presence == Presence::Always)
    }

    /// Whether every request that is not anonymous has the key. Not so if it is not known.
    pub fn is_present_if_signed(self) -> bool {
        self.global.is_some_and(|global| global.presence != Presence::Sometimes)
    }

    /// Whether AWS says that a wildcard in a value of this key is never right.
    ///
    /// Source: IAM User Guide, "AWS global condition context keys", "Sensitive condition keys".
    pub fn is_sensitive(self) -> bool {
        self.global.is_some_and(|global| global.is_sensitive)
    }

    /// Whether requests for an action can have this global key: not so for the actions and services
    /// that AWS excepts. For keys of tags it is not known from here, since they depend on the resource.
    pub(super) fn reaches(self, action: Action) -> bool {
        let of_tags = ["aws:ResourceTag/${TagKey}", "aws:RequestTag/${TagKey}", "aws:TagKeys"];
        if of_tags.contains(&self.name) {
            return false;
        }
        let mut listed = self.only_services().peekable();
        (listed.peek().is_none() || listed.any(|service| service == action.service()))
            && !self.exceptions().any(|pattern| is_matched(pattern, action))
    }

    /// The actions, perhaps with wildcards, whose requests never have this global key.
    ///
    /// Source: the sections of the keys of the IAM User Guide, "AWS global condition context keys".
    pub fn exceptions(self) -> impl Iterator<Item = &'static str> {
        EXCEPTIONS.iter().filter(move |(key, _)| *key == self.name).map(|(_, action)| *action)
    }

    /// The services that put this global key into a request, where AWS lists them; empty for a key
    /// without a list.
    ///
    /// Source: the sections of `aws:SourceVpcArn`, `aws:VpceAccount`, `aws:VpceOrgID` and
    /// `aws:VpceOrgPaths` of the IAM User Guide, "AWS global condition context keys".
    pub fn only_services(self) -> impl Iterator<Item = Service> {
        ONLY.iter().filter(move |(key, _)| *key == self.name).filter_map(|(_, prefix)| service(prefix))
    }

    /// Whether a name in a policy means this key; case does not count.
    pub fn is_named(self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name) || self.matches(name)
    }

    /// The name with a text for the variable part, unless that stands at the start; none without such a part.
    pub(crate) fn with(self, text: &str) -> Option<String> {
        self.hole.filter(|(head, _)| !head.is_empty()).map(|(head, tail)| format!("{head}{text}{tail}"))
    }

    /// Whether a name is the template's with something for the variable part.
    pub(super) fn matches(self, name: &str) -> bool {
        self.hole.is_some_and(|(head, tail)| {
            let start = name.get(..head.len());
            let end = name.len().checked_sub(tail.len()).and_then(|at| name.get(at..));
            name.len() > head.len() + tail.len()
                && start.is_some_and(|start| start.eq_ignore_ascii_case(head))
                && end.is_some_and(|end| end.eq_ignore_ascii_case(tail))
        })
    }

    /// The text before the variable part, or the whole name.
    pub(super) fn head(self) -> &'static str {
        self.hole.map_or(self.name, |(head, _)| head)
    }
}

impl PartialEq for ConditionKey {
    fn eq(&self, other: &ConditionKey) -> bool {
        self.name.eq_ignore_ascii_case(other.name)
    }
}

impl Eq for ConditionKey {}

impl fmt::Display for ConditionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The lines of a table of keys: the key and what follows it.
fn pairs(table: &'static str) -> Vec<(&'static str, &'static str)> {
    rows(table).filter_map(|row| Some((row.first().copied()?, row.get(1).copied()?))).collect()
}

/// Whether a pattern of the table of exceptions is an action, or all actions of its service.
fn is_matched(pattern: &str, action: Action) -> bool {
    let Some((prefix, name)) = pattern.split_once(':') else { return false };
    prefix == action.service().prefix() && (name == "*" || name == action.name())
}

/// The texts before and after a variable part, which AWS writes in several ways.
fn hole(name: &'static str) -> Option<(&'static str, &'static str)> {
    let between = |open: &str, close: &str| {
        let (head, rest) = name.split_once(open)?;
        Some((head, rest.split_once(close)?.1))
    };
    let at_end = |end: &str| {
        let head = name.strip_suffix(end)?;
        head.ends_with('/').then_some((head, ""))
    };
    between("${", "}").or_else(|| between("<", ">")).or_else(|| at_end("tag-key")).or_else(|| at_end(""))
}
