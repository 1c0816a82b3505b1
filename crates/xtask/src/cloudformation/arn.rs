//! The form of a type's ARNs, where more than one source bears it out.
//!
//! The CDK takes the form from the resource type of the Service Authorization Reference that has a
//! name like that of CloudFormation, which now and then is another resource. So the form counts when
//! the pattern or an example of the attribute that returns the ARN agrees with it; when neither says
//! anything, the service counts, provided that the other types of the service bear it out.

use std::collections::{BTreeMap, BTreeSet};

use super::pattern::Pattern;
use super::returns::{Claim, Type};

/// The service in the ARNs of each service of CloudFormation, in all that speaks of them.
pub(super) fn services<'s>(
    types: impl Iterator<Item = &'s Type<'s>>,
) -> BTreeMap<&'s str, BTreeSet<&'s str>> {
    let mut services: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in types {
        let named = services.entry(one.service()).or_default();
        for path in one.own_arns() {
            let texts = one.patterns(path).into_iter().chain([one.documentation(path)]);
            named.extend(texts.flat_map(examples).filter_map(service_of));
        }
    }
    services
}

/// The form of a type's ARN. Its parts are named as in `identities.tsv` where it is put together from
/// what the template knows: `arn:${AWS::Partition}:pipes:…:pipe/${Name}`. Otherwise `${…}` stands for
/// something that differs from resource to resource.
pub(super) fn form(one: &Type<'_>, services: &BTreeMap<&str, BTreeSet<&str>>) -> Option<String> {
    let template = one.template()?;
    let fields = Fields::of(template)?;
    let says = fields.borne_out(one, ".+");
    match says {
        Says::Other => None,
        Says::This => Some(put_together(one, template, &fields).unwrap_or_else(|| template.to_owned())),
        Says::Nothing => {
            let known = services.get(one.service())?;
            let is_borne_out = known.len() == 1 && known.contains(fields.service);
            let Fields { service, region, account, .. } = fields;
            is_borne_out.then(|| format!("arn:${{Partition}}:{service}:{region}:{account}:${{Resource}}"))
        }
    }
}

/// The form with the stack's own partition, Region and account, and with what `Ref` returns for the one
/// part of the resource that differs, where that is called the same.
fn put_together(one: &Type<'_>, template: &str, fields: &Fields<'_>) -> Option<String> {
    let (path, claim, is_given) = one.by_ref()?;
    // What `Ref` returns is all that follows, where it has no colon and nothing comes after it.
    let part = if claim == Claim::Word { "[^:/]+" } else { "[^:]+" };
    if fields.borne_out(one, part) != Says::This {
        return None;
    }
    let (before, after) = fields.resource.split_once("${")?;
    let (part, after) = after.split_once('}')?;
    let (part, known) = (part.to_ascii_lowercase(), path.to_ascii_lowercase());
    let is_same = part == known || part == format!("{}{known}", one.resource().to_ascii_lowercase());
    if claim == Claim::Arn || !is_same || before.contains('$') || !after.is_empty() {
        return None;
    }
    // What a template writes may be kept in another form, which is the one that `Ref` returns.
    let name = if is_given || one.is_read_only(&path) { path.as_str() } else { "Ref" };
    let start = template
        .strip_suffix(&format!("{before}${{{}}}", template.rsplit_once("${")?.1.strip_suffix('}')?))?;
    let start = start.replace("${Partition}", "${AWS::Partition}").replace("${Region}", "${AWS::Region}");
    Some(format!("{}{before}${{{name}}}", start.replace("${Account}", "${AWS::AccountId}")))
}

/// What a source says of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    This,
    Other,
    Nothing,
}

impl Says {
    fn and(self, other: Says) -> Says {
        match (self, other) {
            (Says::Other, _) | (_, Says::Other) => Says::Other,
            (Says::This, _) | (_, Says::This) => Says::This,
            _ => Says::Nothing,
        }
    }
}

/// The fields of a form after the partition.
struct Fields<'t> {
    service: &'t str,
    region: &'t str,
    account: &'t str,
    resource: &'t str,
}

impl<'t> Fields<'t> {
    fn of(template: &'t str) -> Option<Fields<'t>> {
        let rest = template.strip_prefix("arn:${Partition}:")?;
        let mut fields = rest.splitn(4, ':');
        let (service, region) = (fields.next()?, fields.next()?);
        let (account, resource) = (fields.next()?, fields.next()?);
        (!service.contains("${")).then_some(Fields { service, region, account, resource })
    }

    /// What stands before the first part of the resource that differs.
    fn start(&self) -> &'t str {
        self.resource.split("${").next().unwrap_or_default()
    }

    /// What all patterns and examples of a type's ARN say, with what can stand for a part that differs.
    fn borne_out(&self, one: &Type<'_>, part: &str) -> Says {
        let mut says = Says::Nothing;
        for path in one.own_arns() {
            for pattern in one.patterns(path) {
                says = says.and(self.compared_with(pattern, part));
            }
            for example in examples(one.documentation(path)) {
                says = says.and(self.exemplified(example, part));
            }
        }
        says
    }

    fn compared_with(&self, pattern: &str, part: &str) -> Says {
        let Some(pattern) = Pattern::new(pattern) else { return Says::Nothing };
        let meets = |service: &str, resource: &str| {
            let region = if self.region.is_empty() { "" } else { "[a-z0-9-]+" };
            let account = if self.account.is_empty() { "" } else { "[a-z0-9]+" };
            pattern.meets(&format!("^arn:[a-z-]+:{service}:{region}:{account}:{resource}$"))
        };
        let own = regular(self.resource, part);
        // A pattern that takes other services or resources as well says nothing.
        let other = if self.start().is_empty() { Ok(false) } else { meets(self.service, "zq[:/].+") };
        match (meets(self.service, &own), meets("zq", &own), other) {
            (Ok(false), _, _) => Says::Other,
            (Ok(true), Ok(false), Ok(false)) => Says::This,
            _ => Says::Nothing,
        }
    }

    fn exemplified(&self, example: &str, part: &str) -> Says {
        if service_of(example).is_some_and(|service| service != self.service) {
            return Says::Other;
        }
        let form = format!("^arn:[^:]+:{}:[^:]*:[^:]*:{}$", self.service, regular(self.resource, part));
        let example = Pattern::new(&format!("^{}$", regex_syntax::escape(example)));
        match example.map(|example| example.meets(&form)) {
            Some(Ok(true)) if !self.start().is_empty() => Says::This,
            _ => Says::Nothing,
        }
    }
}

/// A form as a regular expression, with something for each part that differs.
fn regular(form: &str, part: &str) -> String {
    let mut pieces = form.split("${");
    let mut regular = regex_syntax::escape(pieces.next().unwrap_or_default());
    for piece in pieces {
        let after = piece.split_once('}').map_or("", |(_, after)| after);
        regular.push_str(part);
        regular.push_str(&regex_syntax::escape(after));
    }
    regular
}

/// The ARNs that a text names.
fn examples(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("arn:").map(|(at, _)| {
        let example = text.get(at..).unwrap_or_default();
        let end = |character: char| character.is_whitespace() || ['`', '"', '\''].contains(&character);
        example.split(end).next().unwrap_or_default()
    })
}

/// The service of an ARN or of the pattern of one.
fn service_of(arn: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let after = arn.strip_prefix("arn:")?;
    let end = after.char_indices().find_map(|(at, character)| {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => return Some(at),
            _ => {}
        }
        None
    })?;
    let service = after.get(end + 1..)?.split(':').next()?;
    let is_plain =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    (!service.is_empty() && service.chars().all(is_plain)).then_some(service)
}
