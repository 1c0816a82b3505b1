//! The form of an action: what IAM refuses whatever the service is.
//!
//! The messages of IAM ("Actions/Conditions must be prefaced by a vendor", "can contain only one
//! colon", "Vendor … is not valid") are recorded in `testdata/policies`; that "Action vendors must not
//! contain wildcards" is what it says of `*:Untag*`
//! (<https://github.com/boogy/iam-policy-validator/pull/172>).

use super::{Check, Fate, Issue, Said, Walk, holder, known};
use crate::element::{Element, Scalar};

/// Checks an element of `Action` or `NotAction`. Answers whether its form is right, so that its service
/// and name can be looked up.
pub(super) fn form<'d>(walk: &mut Walk<'d>, element: &'static str, action: &'d Element) -> bool {
    if wrong_type(walk, element, action) {
        return false;
    }
    let Some(text) = known(action) else { return false };
    if text == "*" {
        return true;
    }
    let issue = |check| Issue::of(check, action).element(element).fate(Fate::Rejected);
    match text.split_once(':') {
        None => walk.report(issue(Check::InvalidAction).other("has no service before a colon")),
        Some((_, name)) if name.contains(':') => {
            walk.report(issue(Check::InvalidAction).other("has more than one colon"));
        }
        // `*:*` is `*`, and nothing else may stand for several services.
        Some((service, name)) if (service, name) != ("*", "*") && !is_vendor(service) => {
            walk.report(issue(Check::InvalidServiceInAction).other(Said::of(&action.origin, service)));
        }
        Some(_) => {
            holder::action(walk, element, action);
            return true;
        }
    }
    false
}

/// Reports a number or a boolean where a string belongs, and says whether it is one.
pub(super) fn wrong_type<'d>(walk: &mut Walk<'d>, name: &'static str, element: &'d Element) -> bool {
    let found = match element.scalar {
        Scalar::Number => "a number",
        Scalar::Bool => "a boolean",
        Scalar::String | Scalar::Unknown => return false,
    };
    let issue = Issue::at(Check::DataTypeMismatch, element.span, Some(&element.origin));
    walk.report(issue.element(name).value(found).other("a string or a list of strings"));
    true
}

fn is_vendor(service: &str) -> bool {
    !service.is_empty()
        && service.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}
