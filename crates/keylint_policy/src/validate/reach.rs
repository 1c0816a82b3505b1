//! Whether the actions of a statement work on the resources that it names.
//!
//! Every action has the resource types that its requests name; one without types asks for `*`.
//! Source: Service Authorization Reference, "Actions table", on the column "Resource types".

use std::collections::HashMap;

use keylint_model::{Origin, Part, Shape, Verdict};
use keylint_source::Span;

use super::fields::{Field, Fields};
use super::listed::{Actions, Listed};
use super::variable::{is_swallowed, without_variables};
use super::{Check, Issue, Said, Walk, holder, is_placeholder};
use crate::document::{ConditionEntry, Effect, Statement, Version};
use crate::element::{Element, Elements, PartlyKnown};
use crate::glob::{self, Symbol};
use crate::kind::PolicyKind;
use crate::matching::{is_given, may_be_wildcard, named_service, resource_symbols};
use crate::service::action as action_of;
use crate::service::{AccessLevel, Action, ArnForm, KeySet, Service, Whole, unlisted_forms, whole_resource};

pub(super) fn check<'d>(walk: &mut Walk<'d>, statement: &'d Statement, actions: &Actions<'d>) {
    let Some(resources) = statement.resources.as_ref().filter(|_| walk.kind() != PolicyKind::Trust) else {
        return;
    };
    if resources.is_empty() {
        return;
    }
    // Actions and ARNs of other services in the policy of a resource are wrong for that alone.
    let own = holder::service(walk);
    let is_own = |listed: &&Listed<'d>| {
        own.is_none_or(|own| listed.actions.iter().all(|action| action.service().prefix() == own))
    };
    let mut listed = actions.listed.iter().filter(is_own).peekable();
    let is_asked = listed.peek().is_some() && resources.rest.is_none();
    if is_asked && resources.iter().all(|element| is_of(element, own)) {
        let named: Vec<Named<'_>> =
            resources.iter().map(|element| Named::of(element, statement.version)).collect();
        let mut whole: HashMap<&str, bool> = HashMap::new();
        let mut misses = |action: &Action| match action.resource_types().len() {
            0 => miss_whole(&named, *action, &mut whole),
            _ => named.iter().all(|named| named.misses(*action)),
        };
        for listed in listed {
            if listed.actions.iter().all(&mut misses) {
                mismatch(walk, listed, resources);
            }
        }
    }
    star(walk, statement, actions);
}

/// How many resources of a statement are compared with those that an action works on.
const RESOURCES_READ: usize = 100;

/// Whether an action certainly works on none of the resources of a statement, so that the statement does not
/// allow it whatever its list of actions says.
pub(crate) fn works_nowhere(statement: &Statement, action: &str) -> bool {
    let Some(resources) = statement.resources.as_ref().filter(|resources| resources.rest.is_none()) else {
        return false;
    };
    let Some(action) = action_of(action).filter(|action| action.resource_types().len() > 0) else {
        return false;
    };
    // Most have this one, and every action works on it.
    let is_all = |element: &Element| element.as_known() == Some("*");
    !resources.is_empty()
        && resources.items.len() <= RESOURCES_READ
        && !resources.iter().any(is_all)
        && resources.iter().all(|element| Named::of(element, statement.version).misses(action))
}

/// Whether a resource may be of a service.
fn is_of(resource: &Element, own: Option<&str>) -> bool {
    let Some(own) = own else { return true };
    named_service(&resource.text).is_none_or(|named| named == own)
}

fn mismatch<'d>(walk: &mut Walk<'d>, listed: &Listed<'d>, resources: &Elements) {
    let mut forms: Vec<&str> = Vec::new();
    for form in listed.actions.iter().flat_map(|action| forms_of(*action)) {
        if !forms.contains(&form.text()) {
            forms.push(form.text());
        }
    }
    // What is wrong with an ARN of the service that the action works on explains why it misses.
    let may_be_meant = |resource: &Element| forms.iter().any(|form| is_of(resource, form.split(':').nth(2)));
    let meant: Vec<Span> =
        resources.iter().filter(|it| may_be_meant(it)).filter_map(|resource| resource.span).collect();
    let where_to = match forms.as_slice() {
        [] => "`*` alone".to_owned(),
        [only] => format!("`{only}`"),
        [first, second] => format!("`{first}` or `{second}`"),
        [first, rest @ ..] => format!("`{first}` and {} other types", rest.len()),
    };
    walk.report(
        Issue::of(Check::ResourceMismatch, listed.element)
            .element("Action")
            .other(Said::of(&listed.element.origin, where_to))
            .about(meant),
    );
}

fn forms_of(action: Action) -> impl Iterator<Item = ArnForm> {
    let listed = action.resource_types().filter_map(|resource| resource.resource_type());
    listed.map(|of_type| of_type.arn()).chain(unlisted_forms(action.service().prefix()))
}

/// A resource of a statement, ready to be compared with many forms.
struct Named<'d> {
    symbols: Vec<Symbol<'d>>,
    /// The service field of the ARN, where it is known and no pattern.
    service: Option<&'d str>,
    /// Whether it is certainly one resource, not a pattern.
    is_one: bool,
    /// Whether a slash is in it that stands for itself.
    has_slash: bool,
    /// Whether it starts with the ARN of a resource and has a path behind: `${bucket.arn}/*`.
    is_beneath: bool,
    /// Whether it is an ARN without Region and account.
    is_global: bool,
    /// Whether it may not be what it looks like: no ARN, or one with a fault that other checks report.
    is_odd: bool,
}

impl<'d> Named<'d> {
    fn of(element: &'d Element, version: Version) -> Named<'d> {
        let text = &element.text;
        let known = known_parts(text);
        // A slash within the braces of a variable is part of its name.
        let has_slash = known.iter().any(|part| part.contains('/') && without_variables(part).contains('/'));
        let Fields { fields, is_whole } = Fields::of(element);
        let is_known_arn = match fields.as_slice() {
            _ if !is_whole || text.as_known() == Some("*") => true,
            [arn, _, service, _, _, _, ..] => {
                arn.text() == "arn" && !service.text().bytes().any(|byte| byte.is_ascii_uppercase())
            }
            _ => false,
        };
        let is_computed = text.as_hole().is_some() && !may_be_wildcard(text);
        // What somebody gives may be a pattern.
        let is_fixed = is_whole && !text.holes().any(|unknown| is_given(unknown));
        let last = fields.get(5..).unwrap_or_default();
        let is_one = is_fixed && !last.is_empty() && last.iter().all(Field::is_given);
        Named {
            symbols: resource_symbols(text, version),
            service: named_service(text),
            is_one: is_one || is_computed,
            has_slash,
            is_beneath: is_beneath(text),
            is_global: fields.len() > 5
                && fields.get(3..5).is_some_and(|place| place.iter().all(|it| it.text().is_empty())),
            is_odd: !is_known_arn
                || is_url(text)
                || known.iter().any(|part| is_placeholder(part))
                || is_swallowed(element, version),
        }
    }

    /// Whether no request for an action that works on resources names one that this one matches.
    fn misses(&self, action: Action) -> bool {
        if self.is_odd {
            return false;
        }
        forms_of(action).all(|form| {
            let is_other = |service: &str| service != form.service() && !form.service().contains("${");
            self.service.is_some_and(is_other)
                || (self.has_slash && is_name_of_bucket(form))
                || (self.is_beneath && is_name_of_access_point(form))
                || (self.is_global && has_place(form))
                || glob::overlaps(&self.symbols, &pattern(form)) == Verdict::No
        })
    }
}

/// Whether no request for an action that works on no resource is for one of these. Such a request is for `*`; a
/// request for a list may be, with some services, for a text that stands for all that the service has, or all of a
/// type, so that patterns may match it: `s3:ListAllMyBuckets` on `arn:aws:s3:::*`, `dynamodb:ListTables` on
/// `table/*`. Of other requests AWS's list of resources is not whole (its own policies allow `eks:CreateCluster` on
/// clusters), so that a pattern is left alone. `known` has the answers for lists, by service.
/// Sources: Service Authorization Reference, "Actions table"; `data/whole-resources.tsv`.
fn miss_whole(named: &[Named<'_>], action: Action, known: &mut HashMap<&'static str, bool>) -> bool {
    let service = action.service();
    let whole = whole_resource(service.prefix());
    let is_list = action.access_level() == AccessLevel::List && whole != Some(Whole::Path);
    if whole != Some(Whole::Star) && !is_list {
        return named.iter().all(|named| named.is_one && !named.is_odd);
    }
    *known.entry(service.prefix()).or_insert_with(|| {
        let mut texts = vec![vec![Symbol::Char('*')]];
        if whole.is_none() {
            texts.extend(stand_ins(service));
        }
        let misses =
            |named: &Named<'_>, text: &Vec<Symbol<'_>>| glob::overlaps(&named.symbols, text) == Verdict::No;
        let miss = |named: &Named<'_>| named.is_one || texts.iter().all(|text| misses(named, text));
        named.iter().all(|named| !named.is_odd && miss(named))
    })
}

/// The texts besides `*` that may stand for what a service has, or has of a type.
fn stand_ins(service: Service) -> impl Iterator<Item = Vec<Symbol<'static>>> {
    let literal = |text: &'static str| text.chars().map(Symbol::Char);
    let mut whole: Vec<Symbol<'static>> = literal("arn:").collect();
    whole.extend([Symbol::RunInField, Symbol::Char(':')]);
    whole.extend(literal(service.prefix()));
    whole.extend([Symbol::Char(':'), Symbol::RunInField, Symbol::Char(':'), Symbol::RunInField]);
    whole.extend(literal(":*"));
    let of_type = |form: ArnForm| {
        // `table/*` as it is written: no wildcard, but the text that stands for all tables.
        let symbols = pattern(form).into_iter();
        let written = |symbol| if matches!(symbol, Symbol::Run) { Symbol::Char('*') } else { symbol };
        symbols.map(written).collect()
    };
    std::iter::once(whole).chain(service.resource_types().map(move |of| of_type(of.arn())))
}

/// Whether a form ends in the name of a bucket, which has no slash.
/// Source: Amazon S3 User Guide, "General purpose bucket naming rules".
fn is_name_of_bucket(form: ArnForm) -> bool {
    form.service() == "s3" && form.resource() == "${BucketName}"
}

/// The same of the name of an access point.
/// Source: Amazon S3 User Guide, "Access points naming rules, restrictions, and limitations".
fn is_name_of_access_point(form: ArnForm) -> bool {
    form.service() == "s3" && form.resource() == "accesspoint/${AccessPointName}"
}

/// Whether the ARNs of a form of S3, which has some with and some without, have a Region and an account.
fn has_place(form: ArnForm) -> bool {
    form.service() == "s3" && form.text().contains(":${Region}:${Account}:")
}

/// Whether a text is the ARN that a resource has, and more behind a slash.
fn is_beneath(text: &PartlyKnown) -> bool {
    let [Part::Hole(unknown, _), Part::Known(after), ..] = text.parts() else { return false };
    let is_arn = unknown.reference.as_ref().is_some_and(|it| it.attribute.eq_ignore_ascii_case("arn"));
    is_arn && after.as_str().starts_with('/')
}

/// Whether a text is an address of the web: no ARN, which other checks report.
fn is_url(text: &PartlyKnown) -> bool {
    matches!(text.parts().first(), Some(Part::Hole(unknown, _)) if unknown.shape == Shape::Url)
}

/// Every ARN of a form, whatever its partition, Region and account: checks of their own are about these.
fn pattern(form: ArnForm) -> Vec<Symbol<'static>> {
    let literal = |text: &'static str| text.chars().map(Symbol::Char);
    let mut symbols: Vec<Symbol<'static>> = literal("arn:").collect();
    symbols.extend([Symbol::RunInField, Symbol::Char(':')]);
    match form.service().contains("${") {
        true => symbols.push(Symbol::RunInField),
        false => symbols.extend(literal(form.service())),
    }
    for _ in 0..2 {
        symbols.extend([Symbol::Char(':'), Symbol::RunInField]);
    }
    symbols.push(Symbol::Char(':'));
    symbols.extend(open(form.resource()));
    symbols
}

/// The resource field of a form, with a wildcard for each variable part and for what can be left out:
/// `[${EventBusName}/]`.
fn open(form: &str) -> Vec<Symbol<'static>> {
    let mut symbols = Vec::new();
    let mut characters = form.chars();
    while let Some(character) = characters.next() {
        let end = match character {
            '$' => '}',
            '[' => ']',
            '{' => '}',
            '*' => ' ',
            other => {
                symbols.push(Symbol::Char(other));
                continue;
            }
        };
        symbols.push(Symbol::Run);
        if end != ' ' {
            characters.by_ref().find(|inner| *inner == end);
        }
    }
    symbols
}

fn known_parts(text: &PartlyKnown) -> Vec<&str> {
    let known = text.parts().iter().filter_map(|part| match part {
        Part::Known(text) => Some(text.as_str()),
        Part::Hole(..) => None,
    });
    known.collect()
}

/// What an identity may do on every resource although AWS lets a statement name some.
fn star<'d>(walk: &mut Walk<'d>, statement: &'d Statement, actions: &Actions<'d>) {
    let gives = matches!(walk.kind(), PolicyKind::Identity | PolicyKind::Session);
    let is_narrowed =
        statement.conditions.rest.is_some() || statement.conditions.entries.iter().any(is_about_resources);
    if !gives || !matches!(statement.effect, Effect::Allow) || is_narrowed || !walk.wants(Check::ResourceStar)
    {
        return;
    }
    // Every service has actions that can be limited.
    let whole = statement.actions.iter().flatten().find(|action| action.is_everything() == Verdict::Yes);
    let everything = statement.resources.iter().flatten().find(|resource| resource.as_known() == Some("*"));
    if let (Some(whole), Some(everything)) = (whole, everything) {
        let what = Said::of(&whole.origin, "most actions can be given certain resources");
        walk.report(Issue::of(Check::ResourceStar, everything).element("Resource").other(what));
        return;
    }
    // Only a pattern covers every resource of a type.
    let is_pattern = |resource: &&Element| resource.as_known().is_some_and(|text| text.contains('*'));
    for resource in statement.resources.iter().flatten().filter(is_pattern) {
        let symbols = resource_symbols(&resource.text, statement.version);
        let mut found: Vec<(&Origin, Action, ArnForm)> = Vec::new();
        for (listed, action) in actions
            .listed
            .iter()
            .flat_map(|listed| listed.actions.iter().map(move |action| (listed, *action)))
        {
            let origin = &listed.element.origin;
            let is_every = |form: &ArnForm| glob::covers(&symbols, &pattern(*form)) == Verdict::Yes;
            found.extend(forms_of(action).find(is_every).map(|form| (origin, action, form)));
        }
        let Some((origin, action, form)) = found.first() else { continue };
        let more = match found.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let what = format!("`{action}` can be given `{form}`{more}");
        walk.report(
            Issue::of(Check::ResourceStar, resource).element("Resource").other(Said::of(origin, what)),
        );
        return;
    }
}

/// Whether a condition says which resources a statement is about.
fn is_about_resources(entry: &ConditionEntry) -> bool {
    let is_tag = entry.key.to_ascii_lowercase().contains(":resourcetag/");
    let asks = entry.operator.is_none_or(|operator| !operator.holds_without_key());
    asks && (is_tag || KeySet::Resource.has(&entry.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::testing::issues;

    fn of(actions: &str, resources: &str, check: &str) -> Vec<String> {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": {actions}, "Resource": {resources}}}]}}"#
        );
        let document = crate::testing::document(&text);
        let found = issues(&document, PolicyKind::Identity);
        let of_check = found.iter().filter(|issue| issue.check.name() == check);
        of_check.map(|issue| issue.value.clone().into_owned()).collect()
    }

    #[test]
    fn forms_become_patterns() {
        let shown = |form: &str| {
            let symbols = open(form);
            let letters = symbols.iter().map(|symbol| match symbol {
                Symbol::Char(character) => *character,
                _ => '*',
            });
            letters.collect::<String>()
        };
        let cases = [
            ("key/${KeyId}", "key/*"),
            ("rule/[${EventBusName}/]${RuleName}", "rule/**"),
            ("${ApiId}/${Stage}/*", "*/*/*"),
            ("backup/${Name}-{Date}", "backup/*-*"),
            ("*", "*"),
        ];
        for (form, expected) in cases {
            assert_eq!(shown(form), expected);
        }
    }

    #[test]
    fn actions_that_work_on_none_of_the_resources_are_reported() {
        let cases = [
            (r#""s3:GetObject""#, r#""arn:aws:s3:::bucket""#),
            (r#""s3:ListBucket""#, r#""arn:aws:s3:::bucket/*""#),
            (r#""s3:PutBucketPolicy""#, r#""«var.bucket»/*""#),
            (r#""s3:ListBucket""#, r#""«aws_s3_bucket.data.arn»/*""#),
            (r#""s3:ListBucket""#, r#""arn:aws:s3:::«var.bucket»/*""#),
            (r#""secretsmanager:GetSecretValue""#, r#""arn:aws:kms:eu-west-1:111122223333:key/*""#),
            (r#""ecr:GetAuthorizationToken""#, r#""arn:aws:ecr:eu-west-1:111122223333:repository/app""#),
            (r#""ecr:GetAuthorizationToken""#, r#""«aws_ecr_repository.app.arn»""#),
            (r#""kms:List*""#, r#""arn:aws:s3:::bucket""#),
            (r#""secretsmanager:ListSecrets""#, r#""arn:aws:secretsmanager:*:111122223333:secret:*""#),
            (r#""secretsmanager:ListSecrets""#, r#""arn:aws:secretsmanager:*:*:*""#),
            (r#""secretsmanager:GetRandomPassword""#, r#""arn:aws:secretsmanager:*:*:secret:x-??????""#),
            (r#""kms:CreateKey""#, r#""arn:aws:kms:eu-west-1:111122223333:key/*""#),
            (r#""s3:ListAllMyBuckets""#, r#""arn:aws:s3:::bucket/*""#),
            (r#""s3:ListAllMyBuckets""#, r#""arn:aws:s3:::bucket*""#),
            (r#""dynamodb:ListTables""#, r#""arn:aws:dynamodb:eu-west-1:111122223333:table/app-*""#),
            (r#""ec2:DescribeInstances""#, r#""arn:aws:ec2:*:111122223333:instance/i-*""#),
            (r#""kms:Decrypt""#, r#""arn:«AWS::Partition»:s3:::«var.bucket»""#),
            (r#""kms:Decrypt""#, r#""«aws_s3_bucket.data.arn»""#),
            (r#""s3:GetObject""#, r#""«aws_s3_bucket.data.arn»""#),
            (r#""s3:GetObject""#, r#"["«aws_s3_bucket.data.arn»", "«aws_kms_key.x.arn»"]"#),
            (
                r#""kms:Decrypt""#,
                r#""arn:«AWS::Partition»:secretsmanager:«AWS::Region»:«AWS::AccountId»:secret:*""#,
            ),
            (r#""s3:GetObject""#, r#""arn:«AWS::Partition»:s3:::«AWS::StackName»""#),
            (r#""s3:ListBucket""#, r#""arn:«AWS::Partition»:s3:::«AWS::StackName»/*""#),
            (r#""kms:CreateKey""#, r#""arn:aws:kms:«AWS::Region»:«AWS::AccountId»:key/a""#),
        ];
        for (actions, resources) in cases {
            assert_eq!(
                of(actions, resources, "resource-mismatch"),
                [actions.trim_matches('"')],
                "{resources}"
            );
        }
    }

    #[test]
    fn what_may_match_is_left_alone() {
        let cases = [
            (r#""s3:GetObject""#, r#"["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]"#),
            (r#""s3:GetObject""#, r#""arn:aws:s3:::bucket*""#),
            (r#""s3:ListBucket""#, r#""arn:aws:s3:::${aws:PrincipalTag/bucket}""#),
            (r#""s3:*""#, r#""arn:aws:s3:::bucket/*""#),
            (r#""s3:GetObject""#, r#""«var.bucket»""#),
            (r#""s3:ListBucket""#, r#""«var.bucket»/*""#),
            (r#""s3:ListBucket""#, r#""«aws_s3_bucket.data.id»/*""#),
            (r#""s3:ListBucket""#, r#""«aws_s3_bucket.data.arn»*""#),
            (r#""s3:ListBucket""#, r#""arn:aws:s3:::«var.bucket»""#),
            (r#""s3:GetObject""#, r#""«aws_s3_access_point.data.arn»/object/*""#),
            (r#""s3:GetObject""#, r#""«aws_s3_bucket.data.arn»/*""#),
            (r#""s3:ListAllMyBuckets""#, r#""arn:aws:s3:::*""#),
            (r#""s3:ListAllMyBuckets""#, r#""«var.bucket»""#),
            (r#""dynamodb:ListTables""#, r#""arn:aws:dynamodb:eu-west-1:111122223333:table/*""#),
            (r#""states:ListStateMachines""#, r#""arn:aws:states:eu-west-1:111122223333:stateMachine:*""#),
            (r#""iam:ListRoles""#, r#""arn:aws:iam::111122223333:role/app/*""#),
            (r#""eks:CreateCluster""#, r#""arn:aws:eks:*:111122223333:cluster/app-*""#),
            (r#""ssmmessages:OpenDataChannel""#, r#""arn:aws:ssm:*:*:session/${aws:userid}-*""#),
            (r#""sns:ListTopics""#, r#""arn:aws:sns:*:111122223333:*""#),
            (r#""secretsmanager:ListSecrets""#, r#"["arn:aws:secretsmanager:*:*:secret:*", "*"]"#),
            (r#""secretsmanager:*""#, r#""arn:aws:secretsmanager:*:*:secret:*""#),
            (r#""secretsmanager:ListSecrets""#, r#""«var.secret»*""#),
            (r#""iam:ListRoles""#, r#""arn:aws:iam::111122223333:role/*""#),
            (r#""s3:GetObject""#, r#""arn:aws:S3:::bucket""#),
            (r#""s3:GetObject""#, r#""arn:aws:s3:::<bucket>""#),
            (r#""kms:Decrypt""#, r#""«aws_kms_key.x.arn»""#),
            // The service of an ARN of which only that is known.
            (r#""dynamodb:GetRecords""#, r#""«aws_dynamodb_table.x.stream_arn»""#),
            (r#""events:PutRule""#, r#""arn:aws:events:eu-west-1:111122223333:rule/nightly""#),
            (r#""ssm:GetParameter""#, r#""arn:aws:ssm:eu-west-1:111122223333:parameter/app/*""#),
            (r#""logs:PutLogEvents""#, r#""arn:aws:logs:eu-west-1:111122223333:log-group:/app:*""#),
            (r#""execute-api:Invoke""#, r#""arn:aws:execute-api:eu-west-1:111122223333:abc/*""#),
            (r#""sqs:SendMessage""#, r#"["arn:aws:s3:::bucket", "«var.queue»"]"#),
            (r#""arc-zonal-shift:GetManagedResource""#, r#""arn:aws:eks:eu-west-1:111122223333:cluster/a""#),
            (r#""kms:Decrypt""#, r#""arn:«var.partition»:kms:«var.region»:«var.account»:key/a""#),
            (r#""kms:Decrypt""#, r#""arn:«var.start»:key/a""#),
            (r#""s3:GetObject""#, r#""arn:«AWS::Partition»:s3:::«var.bucket»""#),
            (r#""dynamodb:ListTables""#, r#""arn:aws:dynamodb:«AWS::Region»:«AWS::AccountId»:«var.table»""#),
            (r#""eks:CreateCluster""#, r#""arn:aws:eks:«AWS::Region»:«AWS::AccountId»:cluster/«var.name»""#),
        ];
        for (actions, resources) in cases {
            assert_eq!(of(actions, resources, "resource-mismatch"), [""; 0], "{actions} {resources}");
        }
    }

    #[test]
    fn every_resource_of_a_type_is_star() {
        let star = |actions: &str, resources: &str| of(actions, resources, "resource-star");
        assert_eq!(star(r#""kms:Decrypt""#, r#""*""#), ["*"]);
        assert_eq!(
            star(r#""cloudtrail:PutEventSelectors""#, r#""arn:*:cloudtrail:*:*:trail/*""#),
            ["arn:*:cloudtrail:*:*:trail/*"]
        );
        assert_eq!(star(r#""s3:ListAllMyBuckets""#, r#""*""#), [""; 0]);
        assert_eq!(star(r#""kms:Decrypt""#, r#""arn:aws:kms:*:111122223333:key/*""#), [""; 0]);
        assert_eq!(star(r#""*""#, r#""*""#), ["*"]);
        assert_eq!(star(r#""*""#, r#""arn:aws:s3:::bucket""#), [""; 0]);
    }
}
