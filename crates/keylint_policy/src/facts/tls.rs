//! Whether a resource policy keeps out requests that anybody on the way can read.

use keylint_model::{Part, Verdict};
use keylint_syntax::Text;

use super::Fact;
use super::cover::{covers_service, covers_what, covers_where};
use crate::document::{ConditionEntry, Document, Statement};
use crate::element::PartlyKnown;
use crate::operator::Base;
use crate::service::resource_policies;

/// Whether a service, named as in actions, answers plain HTTP.
pub fn serves_http(service: &str) -> bool {
    resource_policies(service).is_some_and(|policies| policies.serves_http)
}

impl Document {
    /// Whether the document names actions of a service that answers plain HTTP.
    pub fn serves_http(&self) -> Verdict {
        let of_service = |statement: &Statement| {
            let names = |text: &PartlyKnown| {
                text.to_string().split_once(':').is_some_and(|(service, _)| serves_http(service))
            };
            statement.actions.iter().chain(&statement.not_actions).flatten().any(|e| names(&e.text))
        };
        self.statements.iter().any(of_service).into()
    }

    /// Whether requests without TLS are kept out: a statement denies everything that is allowed to
    /// everybody, where `aws:SecureTransport` is false, or each statement that allows asks for it. Where the
    /// service is known that the policy is for, only its actions count.
    pub fn requires_tls(&self, service: Option<&str>) -> Fact<'_> {
        let allowing = || self.statements.iter().filter(|statement| statement.is_allow() != Verdict::No);
        let each = Verdict::all(allowing().map(|statement| {
            let asks = statement.conditions.entries.iter().any(|entry| compares_transport(entry, "true"));
            Verdict::from(asks).or(statement.is_deny()).or(statement.more_conditions())
        }));
        let some = if self.rest.is_some() { Verdict::Unknown } else { allowing().next().is_some().into() };
        let denied = Verdict::any(self.statements.iter().map(|statement| {
            let only = match statement.conditions.entries.as_slice() {
                [only] => compares_transport(only, "false"),
                // What denies everything denies that.
                rest => rest.is_empty(),
            };
            let all = service.map_or(Verdict::No, |service| covers_service(statement, service));
            let covers = Verdict::all(allowing().map(|allowed| {
                let place = match covers_where(statement, allowed) {
                    Verdict::Unknown if service == Some("s3") => {
                        covers_where(&of_one_bucket(statement), &of_one_bucket(allowed))
                    }
                    covered => covered,
                };
                all.or(covers_what(statement, allowed)).and(place)
            }));
            let everybody = match statement.not_principals {
                Some(_) => Verdict::No,
                None => statement.names_everybody().verdict,
            };
            statement.is_deny().and(only.into()).and(everybody).and(covers).and(!statement.more_conditions())
        }));
        let verdict = each.and(some).or(denied).or(self.more_statements());
        Fact { verdict, element: None, fallback: self.span }
    }
}

/// A statement of a bucket's policy with one name for the bucket, which can be no other than its own, however it is
/// written: by the ARN of the resource, by its name.
/// Source: Amazon S3 User Guide, "Policy resources for Amazon S3".
fn of_one_bucket(statement: &Statement) -> Statement {
    let mut named = statement.clone();
    for element in named.resources.iter_mut().chain(&mut named.not_resources).flat_map(|all| &mut all.items) {
        if let Some(text) = in_one_bucket(&element.text) {
            element.text = text;
        }
    }
    named
}

/// A resource of a bucket's policy with one name for the bucket; `None` where that is a pattern, or not told.
fn in_one_bucket(text: &PartlyKnown) -> Option<PartlyKnown> {
    const BUCKET: &str = "arn:aws:s3:::bucket";
    let mut rest: Vec<Part> = vec![Part::Known(Text::synthetic(BUCKET))];
    let (mut name, parts) = match text.parts() {
        // `${aws_s3_bucket.x.arn}`
        [Part::Hole(unknown, _), parts @ ..] => {
            let is_arn = unknown.reference.as_ref()?.attribute.eq_ignore_ascii_case("arn");
            rest.extend(parts.iter().cloned());
            return is_arn.then(|| PartlyKnown::from_parts(&rest));
        }
        [Part::Known(start), Part::Hole(..), Part::Known(name), parts @ ..] if start.as_str() == "arn:" => {
            (name.as_str().strip_prefix(":s3:::")?, parts)
        }
        [Part::Known(start), parts @ ..] => {
            (start.as_str().strip_prefix("arn:")?.split_once(":s3:::")?.1, parts)
        }
        [] => return None,
    };
    // The name may go on in holes, up to the first slash.
    let mut parts = parts.iter();
    loop {
        let (in_name, path) = match name.split_once('/') {
            Some((in_name, path)) => (in_name, Some(path)),
            None => (name, None),
        };
        if in_name.contains(['*', '?', '$']) {
            return None;
        }
        if let Some(path) = path {
            rest.push(Part::Known(Text::synthetic(format!("/{path}"))));
            rest.extend(parts.cloned());
            break;
        }
        name = match parts.next() {
            Some(Part::Known(more)) => more.as_str(),
            Some(Part::Hole(..)) => "",
            None => break,
        };
    }
    Some(PartlyKnown::from_parts(&rest))
}

fn compares_transport(entry: &ConditionEntry, value: &str) -> bool {
    let compares = entry.operator.is_some_and(|operator| {
        matches!(operator.base, Base::Bool | Base::StringEquals | Base::StringEqualsIgnoreCase)
    });
    let same = |text: &PartlyKnown| text.as_known().is_some_and(|known| known.eq_ignore_ascii_case(value));
    compares
        && entry.is_about("aws:SecureTransport")
        && entry.values.rest.is_none()
        && entry.texts().all(same)
        && !entry.values.items.is_empty()
}
