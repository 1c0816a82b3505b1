//! Values of `kms:ViaService`.

use keylint_model::Verdict;

use super::Remark;
use crate::document::{ConditionEntry, Statement};
use crate::element::{Element, Elements, PartlyKnown, SECRET};
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
            match fault(&element.text).or_else(|| self.elsewhere(&element.text)) {
                Some(fault) => Remark::of(Verdict::Yes, element, fault),
                None => unknown(element),
            }
        }))
    }

    /// Why a service of another Region does not come: a secret or parameter is encrypted with a key of its
    /// own Region, and the statement names the Region of the keys, or of what they encrypt.
    /// Sources: Secrets Manager User Guide, "Secret encryption and decryption"; Systems Manager User Guide,
    /// "AWS KMS encryption for AWS Systems Manager Parameter Store SecureString parameters".
    fn elsewhere(&self, value: &PartlyKnown) -> Option<String> {
        let (service, rest) = value.as_known()?.split_once('.')?;
        let place = rest.strip_suffix(".amazonaws.com").filter(|place| region(place).is_some())?;
        let (_, what, context) = IN_THEIR_REGION.iter().find(|(known, ..)| *known == service)?;
        let of_keys = self.resources.as_ref().and_then(|keys| regions_of(keys, "kms"));
        let named =
            self.conditions.entries.iter().filter(|entry| entry.is_about(context) && entry.is_positive());
        let of_named = named.filter_map(|entry| regions_of(&entry.values, service));
        let wrong = |(what, regions): (&str, Vec<Place>)| {
            let is_there = regions.iter().any(|known| known.name == place);
            let told = || regions.iter().map(|region| if region.is_secret { SECRET } else { &region.name });
            (!is_there).then(|| {
                let regions = told().collect::<Vec<_>>().join(" or ");
                format!("{place} is not the Region of the {what}, {regions}")
            })
        };
        of_keys
            .map(|regions| ("key", regions))
            .into_iter()
            .chain(of_named.map(|it| (*what, it)))
            .find_map(wrong)
    }
}

/// Services whose things are encrypted with keys of their own Region, with what these are called and the
/// context that names them.
const IN_THEIR_REGION: [(&str, &str, &str); 2] = [
    ("secretsmanager", "secret", "kms:EncryptionContext:SecretARN"),
    ("ssm", "parameter", "kms:EncryptionContext:PARAMETER_ARN"),
];

/// A Region that an ARN names.
#[derive(PartialEq)]
struct Place {
    name: String,
    is_secret: bool,
}

/// The Regions of ARNs of a service; `None` where one of them may be of any.
fn regions_of(elements: &Elements, service: &str) -> Option<Vec<Place>> {
    if elements.rest.is_some() || elements.is_empty() {
        return None;
    }
    let one = |element: &Element| {
        let text = element.text.meaning()?;
        let mut fields = text.split(':').skip(2);
        let is_own = fields.next() == Some(service);
        let place = fields.next().filter(|place| is_own && region(place).is_some())?;
        Some(Place { name: place.to_owned(), is_secret: element.origin.marks.sensitive })
    };
    let mut regions = elements.iter().map(one).collect::<Option<Vec<Place>>>()?;
    regions.dedup();
    Some(regions)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_their_keys_are_in_one_region() {
        let found = |resource: &str, via: &str, context: &str| {
            let document = crate::testing::statements(&format!(
                r#"{{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": {resource},
                    "Condition": {{"StringEquals": {{"kms:ViaService": "{via}"}}{context}}}}}"#
            ));
            let remark = document.statements[0].wrong_via_service();
            (remark.fact.verdict, remark.text.into_owned())
        };
        let key = r#""arn:aws:kms:eu-west-1:111122223333:key/«var.id»""#;
        let secret = r#", "StringLike": {"kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-*"}"#;
        let (verdict, text) = found(key, "secretsmanager.us-east-1.amazonaws.com", "");
        assert_eq!((verdict, &*text), (Verdict::Yes, "us-east-1 is not the Region of the key, eu-west-1"));
        let (verdict, text) = found(r#""*""#, "secretsmanager.us-east-1.amazonaws.com", secret);
        assert_eq!((verdict, &*text), (Verdict::Yes, "us-east-1 is not the Region of the secret, eu-west-1"));
        for (resource, via) in [
            (key, "secretsmanager.eu-west-1.amazonaws.com"),
            (key, "secretsmanager.*.amazonaws.com"),
            // Of other services no page says so.
            (key, "s3.us-east-1.amazonaws.com"),
            (r#""arn:aws:kms:*:111122223333:key/*""#, "ssm.us-east-1.amazonaws.com"),
            (r#""arn:aws:kms:«var.region»:111122223333:key/a""#, "ssm.us-east-1.amazonaws.com"),
            (r#"["«var.key»", "arn:aws:kms:eu-west-1:111122223333:key/a"]"#, "ssm.us-east-1.amazonaws.com"),
        ] {
            assert_eq!(found(resource, via, "").0, Verdict::No, "{resource} {via}");
        }
    }
}
