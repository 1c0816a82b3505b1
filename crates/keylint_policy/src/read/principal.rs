//! Reads `Principal` and `NotPrincipal`.

use std::sync::Arc;

use keylint_model::{Data, Entry, NeedsSplit};

use super::{Reader, element, place};
use crate::document::{Amiss, PrincipalGroup, PrincipalKind, Principals};

/// Source: IAM User Guide, "AWS JSON policy elements: Principal".
const KEYS: [(&str, PrincipalKind); 4] = [
    ("AWS", PrincipalKind::Aws),
    ("Service", PrincipalKind::Service),
    ("Federated", PrincipalKind::Federated),
    ("CanonicalUser", PrincipalKind::CanonicalUser),
];

impl Reader<'_> {
    pub(super) fn principals(
        &mut self,
        entry: Option<&Entry>,
        name: &str,
    ) -> Result<Option<Principals>, NeedsSplit> {
        let Some(entry) = entry else { return Ok(None) };
        let value = self.resolve(&entry.value)?;
        let span = place(value, entry);
        let mut principals = Principals { key_span: entry.key_span, span, ..Principals::default() };
        match &value.data {
            Data::Null => return Ok(None),
            Data::Unknown(unknown) => principals.rest = Some(Arc::clone(unknown)),
            Data::Map(map) => {
                principals.rest.clone_from(&map.rest);
                self.names(value, |name| KEYS.iter().any(|(known, _)| *known == name));
                for (key, inner) in &map.entries {
                    let kind = self.principal_kind(key, inner, name);
                    if let Some(strings) = self.strings(Some(inner), name)? {
                        principals.groups.push(PrincipalGroup {
                            name: Arc::clone(key),
                            kind,
                            key_span: inner.key_span,
                            span: strings.span,
                            is_empty: strings.is_empty(),
                            origin: strings.origin,
                        });
                        principals.rest = principals.rest.or(strings.rest);
                        principals.items.extend(strings.items.into_iter().map(|item| (kind, item)));
                    }
                }
            }
            _ => {
                let strings = self.strings(Some(entry), name)?.unwrap_or_default();
                // The only string that AWS takes here is `*`.
                if element(value, None).is_none_or(|text| text.as_known().is_some_and(|text| text != "*")) {
                    self.note(Amiss::WrongType, name, span);
                }
                principals.rest = strings.rest;
                principals.items.extend(strings.items.into_iter().map(|item| (PrincipalKind::Bare, item)));
            }
        }
        Ok(Some(principals))
    }

    fn principal_kind(&mut self, key: &str, entry: &Entry, name: &str) -> PrincipalKind {
        let known = KEYS.iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
        let amiss = match known {
            Some((exact, kind)) if *exact == key => return *kind,
            Some(_) => Amiss::PrincipalKeyCase,
            None => Amiss::UnknownPrincipalKey,
        };
        self.named(amiss, name, key, entry.key_span.or(entry.value.origin.span));
        known.map_or(PrincipalKind::Other, |(_, kind)| *kind)
    }
}
