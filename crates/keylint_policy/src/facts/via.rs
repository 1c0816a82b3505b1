//! Values of `kms:ViaService`.

use keylint_model::Verdict;

use super::Remark;
use crate::document::{ConditionEntry, Statement};
use crate::element::{Element, PartlyKnown};
use crate::operator::Base;
use crate::service::{is_via_service, region};

impl Statement {
    /// Why a value of `kms:ViaService` is none that a request has: there is no such service, the
    /// Region does not exist, or the value has another form than `SERVICE.REGION.amazonaws.com`.
    /// Source: KMS Developer Guide, "AWS KMS condition keys", "kms:ViaService".
    pub fn wrong_via_service(&self) -> Remark<'_> {
        let compares =
            |entry: &&ConditionEntry| entry.operator.is_some_and(|operator| operator.base != Base::Null);
        let about = self.conditions.entries.iter().filter(|entry| entry.is_about("kms:ViaService"));
        let entries = about.filter(compares);
        Remark::first(entries.flat_map(|entry| &entry.values.items).map(|element| {
            match fault(&element.text) {
                Some(fault) => Remark::of(Verdict::Yes, element, fault),
                None => unknown(element),
            }
        }))
    }
}

fn unknown(element: &Element) -> Remark<'_> {
    let verdict = if element.text.as_hole().is_some() { Verdict::Unknown } else { Verdict::No };
    Remark::of(verdict, element, "")
}

fn fault(text: &PartlyKnown) -> Option<String> {
    let Some(known) = text.as_known() else {
        // `secretsmanager.${region}.amazonaws.com`: the service is known when a dot ends it.
        let shown = text.to_string();
        let (service, rest) = shown.split_once('.')?;
        return (!service.contains(['$', '{', '*', '?']) && rest.contains("${"))
            .then(|| fault_of_service(service))
            .flatten();
    };
    let is_wild = |field: &str| field.contains(['*', '?', '$']);
    if is_wild(known) && !known.contains('.') {
        return None;
    }
    let Some(rest) = known.strip_suffix(".amazonaws.com") else {
        // A wildcard at the end may stand for it.
        let (service, _) = known.split_once('.').unwrap_or((known, ""));
        let fault = || format!("{known} has not the form SERVICE.REGION.amazonaws.com");
        return if known.ends_with('*') && !is_wild(service) {
            fault_of_service(service)
        } else {
            (!is_wild(known)).then(fault)
        };
    };
    let Some((service, place)) = rest.rsplit_once('.') else {
        return (!is_wild(rest)).then(|| format!("{known} names no Region"));
    };
    if !is_wild(service)
        && let Some(fault) = fault_of_service(service)
    {
        return Some(fault);
    }
    (!is_wild(place) && region(place).is_none()).then(|| format!("{place} is no Region"))
}

fn fault_of_service(service: &str) -> Option<String> {
    // AWS's own policies name services that its table leaves out, so only what is no service at all is wrong.
    let is_known = is_via_service(service) || crate::service::service(service).is_some();
    (!is_known).then(|| format!("{service} is no service of AWS"))
}
