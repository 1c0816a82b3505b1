//! What a role trusts, with the identity providers of the stack.

use keylint_model::NeedsSplit;
use keylint_policy::{Element, PrincipalKind};

use super::StatementView;
use crate::eval::{Data, Datum};
use crate::view::{Env, attribute};

/// The kind of an identity provider.
const PROVIDER: &str = "iam.oidc_provider";

impl<'a> StatementView<'a> {
    /// Who comes through a shared provider that the statement trusts; null where nobody does.
    pub(crate) fn shared_issuer(&self, env: &Env<'a, '_>) -> Result<Datum<'a>, NeedsSplit> {
        let principals = self.statement.principals.iter();
        let mut urls: Vec<(&Element, String)> = Vec::new();
        for element in principals.flat_map(|principals| principals.of(PrincipalKind::Federated)) {
            urls.extend(url(element, env)?.map(|url| (element, url)));
        }
        let url_of = |wanted: &Element| {
            let known = urls.iter().find(|(element, _)| std::ptr::eq(*element, wanted));
            known.map(|(_, url)| url.clone())
        };
        Ok(self.remark(self.document.trusts_shared_issuer(self.statement, &url_of)))
    }
}

/// The address of the provider that a principal refers to, where all of it is known.
fn url(element: &Element, env: &Env<'_, '_>) -> Result<Option<String>, NeedsSplit> {
    let reference = element.text.as_hole().and_then(|unknown| unknown.reference.as_ref());
    let Some(entity) = reference.and_then(|reference| env.entities.at(&reference.address)) else {
        return Ok(None);
    };
    let kind = entity.kind.filter(|kind| &*kind.name == PROVIDER);
    let Some(attribute) = kind.and_then(|kind| kind.attributes.get("url")) else { return Ok(None) };
    Ok(match attribute::of_resource(entity, attribute, env)?.data {
        Data::Text(text) if text.as_known().is_some() => Some(text.shown()),
        _ => None,
    })
}
