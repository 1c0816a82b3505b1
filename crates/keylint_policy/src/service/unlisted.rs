//! Names that AWS uses itself although its reference does not have them.

use std::sync::LazyLock;

use super::action::Action;
use super::arn::ArnForm;
use super::table::{find, rows};

const WRITTEN: &str = include_str!("../../data/unlisted-actions.tsv");
const KEYS: &str = include_str!("../../data/unlisted-keys.tsv");
const PUBLIC: &str = include_str!("../../data/unlisted-arns.tsv");
const FORMS: &str = include_str!("../../data/unlisted-forms.tsv");
const PLAIN: &str = include_str!("../../data/plain-names.tsv");
const TABLE: &str = include_str!("../../data/unlisted.tsv");

static SERVICES: LazyLock<Vec<&str>> = LazyLock::new(|| names("service"));
static ACTIONS: LazyLock<Vec<&str>> = LazyLock::new(|| names("action"));

fn names(kind: &str) -> Vec<&'static str> {
    let names = rows(TABLE).filter_map(|row| match row[..] {
        [of, name] if of == kind => Some(name),
        _ => None,
    });
    names.collect()
}

/// Whether managed policies of AWS name a service with this prefix that the reference does not have,
/// in any case: one that AWS retired, such as `codestar`. It must not be called misspelt.
pub fn is_unlisted_service(prefix: &str) -> bool {
    find(&SERVICES, prefix, |name| name).is_some()
}

/// Whether managed policies of AWS name an action such as `cloud9:ValidateEnvironmentName` that the
/// reference does not have, in any case, or its service. It must not be called misspelt.
pub fn is_unlisted_action(name: &str) -> bool {
    name.split_once(':').is_some_and(|(prefix, _)| is_unlisted_service(prefix))
        || find(&ACTIONS, name, |action| action).is_some()
        || rows(WRITTEN).any(|row| row.first().is_some_and(|action| action.eq_ignore_ascii_case(name)))
}

/// Whether AWS uses a condition key with an action for which its reference does not have it.
pub fn is_unlisted_key(action: Action, key: &str) -> bool {
    rows(KEYS).any(|row| match row[..] {
        [known, pattern, _] => {
            let is_action = pattern.split_once(':').is_some_and(|(prefix, name)| {
                prefix == action.service().prefix() && (name == "*" || name == action.name())
            });
            is_action && known.eq_ignore_ascii_case(key)
        }
        _ => false,
    })
}

/// Whether AWS uses a condition key that its reference does not have at all, in any case.
pub fn is_unlisted_condition_key(key: &str) -> bool {
    rows(KEYS).any(|row| matches!(row[..], [known, "*", _] if known.eq_ignore_ascii_case(key)))
}

/// Whether a service has resources of AWS in ARNs without an account, which its reference does not have, among
/// those whose last field `can_be` like a pattern.
pub(crate) fn is_without_account(prefix: &str, can_be: impl Fn(&str) -> bool) -> bool {
    rows(PUBLIC).any(|row| matches!(row[..], [service, pattern, _] if service == prefix && can_be(pattern)))
}

/// Whether no name of a service's resources has a colon.
pub(crate) fn has_plain_names(service: &str) -> bool {
    rows(PLAIN).any(|row| row.first() == Some(&service))
}

/// The forms of ARNs that the actions of a service take although its reference does not list them.
pub(crate) fn unlisted_forms(prefix: &str) -> impl Iterator<Item = ArnForm> {
    static READ: LazyLock<Vec<(&str, ArnForm)>> = LazyLock::new(|| {
        let read = |row: Vec<&'static str>| match row[..] {
            [service, form, _] => Some((service, ArnForm::new(form))),
            _ => None,
        };
        rows(FORMS).filter_map(read).collect()
    });
    READ.iter().filter(move |(service, _)| *service == prefix).map(|(_, form)| *form)
}
