//! What a policy says twice.
//!
//! Source: IAM User Guide, "IAM policy validation check reference".

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use keylint_model::Verdict;
use keylint_source::Span;

use super::issue::is_own;
use super::{Check, Issue, Said, Suggestion, Walk};
use crate::document::{ConditionEntry, Effect, PrincipalKind, Statement};
use crate::element::{Element, Elements};
use crate::kind::PolicyKind;
use crate::matching::{covers_actions, covers_resources};
use crate::operator::Base;

/// How many comparisons are made of one list: longer ones are only looked through for the same text.
const MAX_COMPARISONS: usize = 10_000;

pub(super) fn check<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    let actions = [("Action", &statement.actions), ("NotAction", &statement.not_actions)];
    for (element, elements) in actions {
        let covers = |pattern: &Element, other: &Element| match other.as_known() {
            Some(other) => covers_actions(&pattern.text, other),
            None => Verdict::Unknown,
        };
        list(walk, statement, Check::RedundantAction, element, elements.as_ref(), covers);
    }
    let resources = [("Resource", &statement.resources), ("NotResource", &statement.not_resources)];
    for (element, elements) in resources {
        let covers = |pattern: &Element, other: &Element| {
            covers_resources(&pattern.text, &other.text, statement.version)
        };
        list(walk, statement, Check::RedundantResource, element, elements.as_ref(), covers);
    }
    for entry in &statement.conditions.entries {
        numbers(walk, statement, entry);
    }
    sessions(walk, statement);
}

/// The elements of a list that another one covers.
fn list<'d>(
    walk: &mut Walk<'d>,
    statement: &'d Statement,
    check: Check,
    name: &'static str,
    elements: Option<&'d Elements>,
    covers: impl Fn(&Element, &Element) -> Verdict,
) {
    let Some(elements) = elements.filter(|elements| elements.items.len() > 1) else { return };
    let others = covering(elements, check == Check::RedundantAction, covers);
    let is_own = is_own(walk.document, statement);
    // Whether the element before goes with the comma behind it.
    let mut takes_comma = false;
    for (place, (item, other)) in elements.iter().zip(others.iter().copied()).enumerate() {
        // Of two that stand in for each other in a row the one that stays is the last of them.
        let chain = std::iter::successors(other, |other| others.get(*other).copied().flatten());
        let other = chain.take(others.len()).last();
        let found = other.and_then(|other| Some((other, elements.items.get(other)?)));
        // Of one place that stands for several there is nothing to take away.
        let Some((kept, other)) = found.filter(|(_, kept)| item.span.is_some() && item.span != kept.span)
        else {
            takes_comma = false;
            continue;
        };
        let mut suggestion = Suggestion::removal(elements.span, &elements.origin, item, other);
        suggestion.is_safe &= is_own;
        if takes_comma && kept < place {
            suggestion.change = None;
        }
        takes_comma = kept > place;
        walk.report(Issue::of(check, item).element(name).other(other).suggest(Some(suggestion)));
    }
}

/// For each element the place of another one that covers it: an earlier one of the same text, or a pattern.
fn covering(
    elements: &Elements,
    ignores_case: bool,
    covers: impl Fn(&Element, &Element) -> Verdict,
) -> Vec<Option<usize>> {
    let is_pattern = |item: &Element| item.text.contains('*') || item.text.contains('?');
    let items = || elements.iter().enumerate();
    let patterns: Vec<(usize, &Element)> = items().filter(|(_, item)| is_pattern(item)).collect();
    let is_short = patterns.len() * elements.items.len() <= MAX_COMPARISONS;
    let same = |text: &str| if ignores_case { text.to_ascii_lowercase() } else { text.to_owned() };
    let equal = |one: &str, other: &str| match ignores_case {
        true => one.eq_ignore_ascii_case(other),
        false => one == other,
    };
    // What a pattern covers starts as the pattern does, up to what stands for something else. Most
    // elements of a list are of other services or resources.
    let starts_as = |text: &str, pattern: &str| {
        let head = pattern.split(['*', '?', '$']).next().unwrap_or_default();
        text.get(..head.len()).is_some_and(|start| equal(start, head))
    };
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut covering = |(place, item): (usize, &Element)| {
        let text = item.text.meaning()?;
        let earlier = seen.get(&same(&text)).copied();
        let wider = || {
            // Of two that cover each other the first stays.
            let is_wider = |(other_place, pattern): &(usize, &Element)| {
                pattern.text.meaning().is_some_and(|other| {
                    !equal(&other, &text)
                        && starts_as(&text, &other)
                        && covers(pattern, item) == Verdict::Yes
                        && (*other_place < place || covers(item, pattern) != Verdict::Yes)
                })
            };
            patterns.iter().find(|pattern| is_wider(pattern)).map(|(place, _)| *place)
        };
        let other = earlier.or_else(|| is_short.then(wider).flatten());
        if other.is_none() {
            seen.insert(same(&text), place);
        }
        other
    };
    items().map(&mut covering).collect()
}

/// Of several numbers that one comparison with the widest of them stands for, all but that.
fn numbers<'d>(walk: &mut Walk<'d>, statement: &'d Statement, entry: &'d ConditionEntry) {
    let Some(operator) = entry.operator.filter(|operator| operator.set.is_none()) else { return };
    let takes_greatest = match operator.base {
        Base::NumericLessThan | Base::NumericLessThanEquals => true,
        Base::NumericGreaterThan | Base::NumericGreaterThanEquals => false,
        _ => return,
    };
    if entry.values.rest.is_some() || entry.values.items.len() < 2 {
        return;
    }
    let read = |value: &'d Element| {
        let text = value.as_known()?;
        Some((value, text.parse::<f64>().ok().filter(|number| number.is_finite())?))
    };
    let Some(values) = entry.values.iter().map(read).collect::<Option<Vec<(&Element, f64)>>>() else {
        return;
    };
    let wider = |one: (&'d Element, f64), other: (&'d Element, f64)| {
        let is_wider = if takes_greatest { other.1 > one.1 } else { other.1 < one.1 };
        if is_wider { other } else { one }
    };
    let Some((widest, _)) = values.iter().copied().reduce(wider) else { return };
    let is_own = is_own(walk.document, statement);
    for value in entry.values.iter() {
        // Of one place that stands for several there is nothing to take away.
        if std::ptr::eq(value, widest) || value.span.is_none() || value.span == widest.span {
            continue;
        }
        let mut suggestion = Suggestion::removal(entry.values.span, &entry.values.origin, value, widest);
        suggestion.is_safe &= is_own;
        let issue = Issue::of(Check::RedundantConditionValueNum, value).element(Said::operator(entry));
        walk.report(issue.other(widest).suggest(Some(suggestion)));
    }
}

/// Sessions of a role that a trust policy names beside the role.
fn sessions<'d>(walk: &mut Walk<'d>, statement: &'d Statement) {
    if walk.kind() != PolicyKind::Trust {
        return;
    }
    let Some(principals) = &statement.principals else { return };
    for session in principals.of(PrincipalKind::Aws) {
        let Some(text) = in_fields(session) else { continue };
        let Some((partition, account, role)) = role_of_session(&text) else { continue };
        let is_role = |other: &&Element| {
            in_fields(other).is_some_and(|text| {
                let mut fields = text.splitn(6, ':').skip(1);
                let is_iam = fields.next() == Some(partition)
                    && fields.next() == Some("iam")
                    && fields.next() == Some("");
                let path = (fields.next() == Some(account)).then(|| fields.next()).flatten();
                let name = path.and_then(|path| path.strip_prefix("role/"));
                is_iam && name.is_some_and(|name| name.rsplit('/').next() == Some(role))
            })
        };
        let Some(parent) = principals.of(PrincipalKind::Aws).find(is_role) else { continue };
        let holds = |list: Span| session.span.is_some_and(|span| list.contains(span));
        let group = principals.groups.iter().find(|group| group.span.is_some_and(holds));
        // The role also lets in its other sessions, so that who takes out the session may have meant it.
        let suggestion = group.map(|group| Suggestion {
            is_safe: false,
            ..Suggestion::removal(group.span, &group.origin, session, parent)
        });
        let issue = Issue::of(Check::RedundantPrincipalInRoleTrustPolicy, session).element("Principal");
        walk.report(issue.other(parent).suggest(suggestion));
    }
}

/// What a text means, where its colons are known.
fn in_fields(element: &Element) -> Option<Cow<'_, str>> {
    let keeps = element.text.holes().all(|unknown| unknown.shape.is_in_field());
    element.text.meaning().filter(|_| keeps)
}

/// The partition, the account and the name of the role that a session is of.
fn role_of_session(arn: &str) -> Option<(&str, &str, &str)> {
    let mut fields = arn.splitn(6, ':').skip(1);
    let (partition, service, region) = (fields.next()?, fields.next()?, fields.next()?);
    let (account, resource) = (fields.next()?, fields.next()?);
    let (role, _) = resource.strip_prefix("assumed-role/")?.split_once('/')?;
    (service == "sts" && region.is_empty()).then_some((partition, account, role))
}

/// Statements that say the same as an earlier one, whatever they are called.
pub(super) fn statements(walk: &mut Walk<'_>) {
    let document = walk.document;
    let mut seen: HashMap<String, &Statement> = HashMap::new();
    for statement in &document.statements {
        let Some(meaning) = meaning(statement) else { continue };
        let Some(earlier) = seen.get(&meaning).copied() else {
            seen.insert(meaning, statement);
            continue;
        };
        if statement.span.is_none() || statement.span == earlier.span {
            continue;
        }
        let name = |statement: &Statement| match statement.sid() {
            Some(sid) => format!("`{sid}`"),
            None => format!("number {}", statement.index + 1),
        };
        let mut issue = Issue::at(Check::RedundantStatement, statement.span, Some(&statement.origin));
        issue.statement = Some(statement);
        let mut suggestion = Suggestion::without(document, statement, earlier, name(earlier));
        suggestion.is_safe &= is_own(document, statement) && is_own(document, earlier);
        let issue =
            issue.element("Statement").value(Said::made(name(statement))).other(Said::made(name(earlier)));
        walk.report(issue.suggest(Some(suggestion)));
    }
}

/// What a statement means, so that two of the same meaning have the same text; none if only deployment
/// knows a part of it.
fn meaning(statement: &Statement) -> Option<String> {
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
        Effect::Unknown(_) | Effect::Invalid => return None,
    };
    if statement.rest.is_some() || statement.conditions.rest.is_some() {
        return None;
    }
    let mut parts = vec![effect.to_owned()];
    for (elements, ignores_case) in [
        (&statement.actions, true),
        (&statement.not_actions, true),
        (&statement.resources, false),
        (&statement.not_resources, false),
    ] {
        parts.push(match elements {
            Some(elements) => format!("{:?}", texts(elements, ignores_case)?),
            None => "-".to_owned(),
        });
    }
    for principals in [&statement.principals, &statement.not_principals] {
        let Some(principals) = principals else {
            parts.push("-".to_owned());
            continue;
        };
        if principals.rest.is_some() {
            return None;
        }
        let one = |(kind, element): &(PrincipalKind, Element)| {
            Some(format!("{kind:?} {}", element.text.meaning()?))
        };
        parts.push(format!("{:?}", principals.items.iter().map(one).collect::<Option<BTreeSet<String>>>()?));
    }
    let one = |entry: &ConditionEntry| {
        let values = texts(&entry.values, false)?;
        // Case counts in values, and not in the names of operators and keys.
        let name = format!("{} {}", entry.operator_name, entry.key).to_lowercase();
        Some(format!("{name} {values:?}"))
    };
    let conditions = statement.conditions.entries.iter().map(one).collect::<Option<BTreeSet<String>>>()?;
    parts.push(format!("{conditions:?}"));
    Some(parts.join("\n"))
}

fn texts(elements: &Elements, ignores_case: bool) -> Option<BTreeSet<String>> {
    if elements.rest.is_some() {
        return None;
    }
    let one = |element: &Element| {
        let text = element.text.meaning()?;
        Some(if ignores_case { text.to_ascii_lowercase() } else { text.into_owned() })
    };
    elements.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use crate::kind::PolicyKind;
    use crate::validate::testing::{found, of_statement};

    fn redundant(statement: &str, kind: PolicyKind) -> Vec<String> {
        of_statement(statement, kind).into_iter().filter(|found| found.starts_with("redundant")).collect()
    }

    #[test]
    fn what_another_element_covers_is_redundant() {
        let cases = [
            (r#""Action": ["iam:Get*", "iam:GetUser"], "Resource": "*""#, "redundant-action iam:GetUser"),
            (r#""Action": ["iam:GetUser", "IAM:getuser"], "Resource": "*""#, "redundant-action IAM:getuser"),
            (r#""Action": ["s3:GetObject*", "s3:Get*"], "Resource": "*""#, "redundant-action s3:GetObject*"),
            (r#""Action": ["s3:Get**", "s3:Get*"], "Resource": "*""#, "redundant-action s3:Get*"),
            (r#""NotAction": ["s3:Get*", "s3:*"], "Resource": "*""#, "redundant-action s3:Get*"),
            (
                r#""Action": "s3:*", "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::a*"]"#,
                "redundant-resource arn:aws:s3:::a",
            ),
            (
                r#""Action": "s3:*", "Resource": "*", "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": ["2700", "3600"]}}"#,
                "redundant-condition-value-num 2700",
            ),
        ];
        for (elements, expected) in cases {
            let statement = format!(r#"{{"Effect": "Deny", {elements}}}"#);
            assert_eq!(redundant(&statement, PolicyKind::Identity), [expected], "{elements}");
        }
    }

    /// Two of the same identity are the same text.
    #[test]
    fn what_is_not_known_is_equal_to_itself() {
        let cases = [
            (r#"["arn:«AWS::Partition»:s3:::b/*", "arn:«AWS::Partition»:s3:::b/x/*"]"#, true),
            (r#"["arn:«AWS::Partition»:s3:::b/*", "arn:aws:s3:::b/x/*"]"#, false),
            (r#"["«var.bucket»", "«var.bucket»"]"#, true),
            (r#"["«var.bucket»", "«var.other»"]"#, false),
            (r#"["«aws_s3_bucket.b.arn»", "«aws_s3_bucket.b.arn»*"]"#, true),
            (r#"["«aws_s3_bucket.b.arn»", "«aws_s3_bucket.b.arn»/*"]"#, false),
        ];
        for (resources, expected) in cases {
            let statement = format!(r#"{{"Effect": "Allow", "Action": "s3:*", "Resource": {resources}}}"#);
            assert_eq!(!redundant(&statement, PolicyKind::Identity).is_empty(), expected, "{resources}");
        }
        let statement = |sid: &str, account: &str| {
            format!(
                r#"{{"Sid": "{sid}", "Effect": "Allow", "Action": "sts:AssumeRole",
                    "Principal": {{"AWS": "arn:aws:iam::{account}:root"}}}}"#
            )
        };
        let of_two = |account: &str, other: &str| {
            let both = format!("{}, {}", statement("A", account), statement("B", other));
            let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{both}]}}"#);
            found(&text, PolicyKind::Trust).iter().any(|found| found.starts_with("redundant-statement"))
        };
        assert!(of_two("«AWS::AccountId»", "«AWS::AccountId»"));
        assert!(!of_two("«AWS::AccountId»", "«var.account»"));
    }

    #[test]
    fn what_adds_something_is_not() {
        for elements in [
            r#""Action": ["iam:Get*", "iam:*CredentialReport"], "Resource": "*""#,
            r#""Action": ["iam:Get*", "«var.action»"], "Resource": "*""#,
            r#""Action": "s3:*", "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::A", "arn:aws:s3:::a/*"]"#,
            r#""Action": "s3:*", "Resource": "*", "Condition": {"NumericEquals": {"s3:max-keys": ["1", "2"]}}"#,
        ] {
            let statement = format!(r#"{{"Effect": "Allow", {elements}}}"#);
            assert_eq!(redundant(&statement, PolicyKind::Identity), [""; 0], "{elements}");
        }
    }

    #[test]
    fn a_session_beside_its_role_is_redundant_in_a_trust_policy() {
        let statement = r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": [
            "arn:aws:iam::111122223333:role/path/app", "arn:aws:sts::111122223333:assumed-role/app/s",
            "arn:aws-cn:sts::111122223333:assumed-role/app/s",
            "arn:aws:sts::111122223333:assumed-role/other/s"]}}"#;
        assert_eq!(
            redundant(statement, PolicyKind::Trust),
            ["redundant-principal-in-role-trust-policy arn:aws:sts::111122223333:assumed-role/app/s"]
        );
    }

    #[test]
    fn statements_are_the_same_whatever_they_are_called_and_ordered() {
        let document = |second: &str| {
            let first = r#"{"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"}"#;
            let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{first}, {second}]}}"#);
            let found = found(&text, PolicyKind::Identity).into_iter();
            found.filter(|found| found.starts_with("redundant-statement")).count()
        };
        let same = r#"{"Sid": "B", "Effect": "Allow", "Resource": ["*"], "Action": ["s3:putobject", "s3:GetObject"]}"#;
        let other = r#"{"Sid": "B", "Effect": "Deny", "Resource": ["*"], "Action": ["s3:putobject", "s3:GetObject"]}"#;
        assert_eq!((document(same), document(other)), (1, 0));
        let under = |value: &str| {
            let statement = |value: &str| {
                format!(
                    r#"{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {{"StringEquals": {{"aws:PrincipalTag/a": "{value}"}}}}}}"#
                )
            };
            let text = format!(
                r#"{{"Version": "2012-10-17", "Statement": [{}, {}]}}"#,
                statement("Prod"),
                statement(value)
            );
            found(&text, PolicyKind::Identity).iter().any(|found| found.starts_with("redundant-statement"))
        };
        assert!(under("Prod") && !under("prod"));
    }
}
