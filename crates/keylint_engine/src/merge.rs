//! Puts findings in order and makes one of those that say the same thing of the same token.
//!
//! A module called from three roots, or a file that two stacks read, shows the same problem in
//! each of them. It is mended in one place, so it is one finding that names all its instances.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use keylint_model::Address;
use keylint_rules::{Finding, Fingerprint, RuleId};
use keylint_source::{FileId, Span};

use crate::environments::unite;

/// The findings in the order of all reports (path, place, rule, message), equal ones merged.
/// `path` gives the shown path of a file.
pub(crate) fn merge(mut findings: Vec<Finding>, path: impl Fn(FileId) -> Arc<str>) -> Vec<Finding> {
    let paths: HashMap<FileId, Arc<str>> =
        findings.iter().map(|finding| (finding.span.file, path(finding.span.file))).collect();
    findings.sort_by(|a, b| {
        let path = |finding: &Finding| paths.get(&finding.span.file);
        path(a)
            .cmp(&path(b))
            .then_with(|| (a.span.start, a.span.end, a.rule).cmp(&(b.span.start, b.span.end, b.rule)))
            .then_with(|| (&a.fact, &a.message).cmp(&(&b.fact, &b.message)))
            .then_with(|| a.written.cmp(&b.written))
            .then_with(|| address_order(a.resource.as_ref(), b.resource.as_ref()))
            .then_with(|| a.stack.cmp(&b.stack))
            .then_with(|| a.fingerprint.cmp(&b.fingerprint))
    });
    let mut merged: Vec<Merged> = Vec::with_capacity(findings.len());
    for finding in findings {
        let instance = finding.resource.clone().map(|address| (address, finding.stack.clone()));
        match merged.last_mut().filter(|(last, _)| key(last) == key(&finding)) {
            Some((last, instances)) => {
                instances.extend(instance);
                absorb(last, finding);
            }
            None => merged.push((finding, Vec::from_iter(instance))),
        }
    }
    let merged = united(merged).into_iter().map(settle_instances);
    let mut merged = Vec::from_iter(merged);
    distinguish(&mut merged);
    merged
}

/// A resource of a stack.
type Instance = (Address, Option<Arc<str>>);

/// A finding with the instances that it is about.
type Merged = (Finding, Vec<Instance>);

/// What is the same of equal findings. Different faults in a module of others, which all its users
/// mend at the call, are not.
fn key(finding: &Finding) -> (RuleId, Span, &str, Option<Span>) {
    (finding.rule, finding.span, &finding.message, finding.written)
}

/// Findings of one fact that differ in nothing but in when it is one, as one that says when it is one for
/// any of its instances. In some environments alone it may be one in other cases.
fn united(findings: Vec<Merged>) -> Vec<Merged> {
    let is_of = |one: &Finding, other: &Finding| {
        (one.rule, one.span, &one.fact, one.written) == (other.rule, other.span, &other.fact, other.written)
    };
    let mut groups: Vec<Vec<Merged>> = Vec::with_capacity(findings.len());
    for one in findings {
        let near = groups.iter_mut().rev();
        let mut of_fact = near.take_while(|group| group.first().is_some_and(|(it, _)| is_of(it, &one.0)));
        let has_its = |group: &&mut Vec<Merged>| {
            group.first().is_some_and(|(first, _)| first.environments == one.0.environments)
        };
        match of_fact.find(has_its) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups.into_iter().filter_map(as_one).collect()
}

/// The first by address is the one that takes in the others.
fn as_one(mut group: Vec<Merged>) -> Option<Merged> {
    group.sort_by(|(a, _), (b, _)| {
        address_order(a.resource.as_ref(), b.resource.as_ref())
            .then_with(|| (&a.stack, &a.fingerprint).cmp(&(&b.stack, &b.fingerprint)))
    });
    let mut all = group.into_iter();
    let (mut first, mut instances) = all.next()?;
    let others: Vec<Merged> = all.collect();
    if !others.is_empty() {
        first.unite(others.iter().map(|(other, _)| other));
    }
    for (other, own) in others {
        instances.extend(own);
        absorb(&mut first, other);
    }
    Some((first, instances))
}

/// Takes in an equal finding. The first keeps its identity: it is the smallest by address, so that
/// the identity does not depend on which stack was checked first.
fn absorb(first: &mut Finding, other: Finding) {
    for related in other.related {
        if !first.related.contains(&related) {
            first.related.push(related);
        }
    }
    unite(&mut first.environments, other.environments);
    for scope in other.scopes {
        if !first.scopes.contains(&scope) {
            first.scopes.push(scope);
        }
    }
}

/// Instances in order, each once; none where there is but one. Those that have their address in
/// several stacks are told apart by these.
fn settle_instances((mut finding, mut instances): Merged) -> Finding {
    let order = |a: &Instance, b: &Instance| {
        let stack = |one: &Instance| one.1.clone().unwrap_or_default();
        natural(a.0.as_str(), b.0.as_str()).then_with(|| natural(&stack(a), &stack(b)))
    };
    instances.sort_by(order);
    instances.dedup();
    if let [(first, stack), _, ..] = instances.as_slice() {
        (finding.resource, finding.stack) = (Some(first.clone()), stack.clone());
        let same = |one: Option<&Instance>, address: &Address| one.is_some_and(|(other, _)| other == address);
        let shown = instances.iter().enumerate().map(|(position, (address, stack))| {
            let before = position.checked_sub(1).and_then(|before| instances.get(before));
            let is_shared = same(before, address) || same(instances.get(position + 1), address);
            match stack.as_ref().filter(|_| is_shared) {
                Some(stack) => Address::new(format!("{stack}:{address}")),
                None => address.clone(),
            }
        });
        finding.instances = shown.collect();
    }
    finding
}

/// Makes the fingerprints of different findings differ: consumers drop the second of two equal
/// ones. The order among equal ones is the order of the report.
fn distinguish(findings: &mut [Finding]) {
    let mut seen: HashMap<Fingerprint, usize> = HashMap::new();
    for finding in findings {
        let count = seen.entry(finding.fingerprint.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            finding.fingerprint = Fingerprint::of(&[&finding.fingerprint.0, &count.to_string()]);
        }
    }
}

fn address_order(a: Option<&Address>, b: Option<&Address>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => natural(a.as_str(), b.as_str()),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// Compares texts with the numbers in them taken as numbers: `x[2]` before `x[10]`.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    // Addresses of instances are alike but for their numbers.
    let alike = a.bytes().zip(b.bytes()).take_while(|(one, two)| one == two).count();
    let alike = a.floor_char_boundary(alike);
    let digits = a.as_bytes().iter().take(alike).rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (mut left, mut right) =
        (a.get(alike - digits..).unwrap_or(""), b.get(alike - digits..).unwrap_or(""));
    loop {
        let (digits_left, digits_right) = (leading_digits(left), leading_digits(right));
        let order = if digits_left.is_empty() || digits_right.is_empty() {
            let (mut one, mut two) = (left.chars(), right.chars());
            let order = match (one.next(), two.next()) {
                // Equal as numbers but not as text: `01` and `1`.
                (None, None) => return a.cmp(b),
                (one, two) => one.cmp(&two),
            };
            (left, right) = (one.as_str(), two.as_str());
            order
        } else {
            left = left.get(digits_left.len()..).unwrap_or("");
            right = right.get(digits_right.len()..).unwrap_or("");
            let (one, two) = (digits_left.trim_start_matches('0'), digits_right.trim_start_matches('0'));
            one.len().cmp(&two.len()).then_with(|| one.cmp(two))
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn leading_digits(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use keylint_model::{Guard, Related};
    use keylint_rules::{Confidence, Severity};
    use keylint_source::{Memory, Sources};

    use super::*;

    fn finding(span: Span, address: &str, message: &str) -> Finding {
        Finding {
            rule: "SM001".parse().unwrap(),
            name: "secret-default-key".into(),
            severity: Severity::High,
            confidence: Confidence::High,
            message: message.to_owned(),
            fact: message.into(),
            span,
            written: None,
            related: vec![Related { span, message: format!("called by {address}") }],
            resource: Some(Address::new(address)),
            stack: Some("a".into()),
            instances: Vec::new(),
            construct: None,
            statement: None,
            statements: Vec::new(),
            about: Vec::new(),
            when: vec![Guard::always()],
            scopes: Vec::new(),
            environments: Vec::new(),
            fingerprint: Fingerprint(address.into()),
            help: None,
            fix: None,
        }
    }

    #[test]
    fn equal_findings_become_one_whatever_their_order() {
        let sources = Sources::new(Arc::new(Memory::new()), "/w");
        let file = sources.insert(Path::new("main.tf"), "0123456789").id();
        let span = Span::new(file, 2, 4);
        let findings = ["x[10]", "x[2]", "x[2]", "y"].map(|address| finding(span, address, "same"));
        let other = finding(span, "x[2]", "different");
        let mut all: Vec<Finding> = findings.into_iter().chain([other]).collect();
        for _ in 0..all.len() {
            all.rotate_left(1);
            let merged = merge(all.clone(), |file| Arc::clone(sources.get(file).display()));
            let [different, same] = &merged[..] else { panic!("{merged:?}") };
            assert_eq!(different.message, "different");
            assert!(different.instances.is_empty());
            let instances: Vec<_> = same.instances.iter().map(Address::as_str).collect();
            assert_eq!(instances, ["x[2]", "x[10]", "y"]);
            assert_eq!(same.resource.as_ref().unwrap().as_str(), "x[2]");
            assert_eq!(same.related.len(), 3);
            assert_ne!(different.fingerprint, same.fingerprint);
        }
    }

    #[test]
    fn equal_addresses_of_different_stacks_are_different_instances() {
        let sources = Sources::new(Arc::new(Memory::new()), "/w");
        let file = sources.insert(Path::new("main.tf"), "0123456789").id();
        let of = |stack: &str, address: &str| Finding {
            stack: Some(stack.into()),
            ..finding(Span::new(file, 2, 4), address, "same")
        };
        let all = vec![of("envs/b", "x"), of("envs/a", "x"), of("envs/a", "x"), of("envs/a", "y")];
        let merged = merge(all, |file| Arc::clone(sources.get(file).display()));
        let [one] = &merged[..] else { panic!("{merged:?}") };
        let instances: Vec<_> = one.instances.iter().map(Address::as_str).collect();
        assert_eq!(instances, ["envs/a:x", "envs/b:x", "y"]);
        assert_eq!(one.resource.as_ref().unwrap().as_str(), "x");
    }

    #[test]
    fn numbers_in_addresses_count_as_numbers() {
        let mut addresses = ["b", "a[10]", "a[9]", "a[\"x\"]", "a", "a[01]", "a[1]"];
        addresses.sort_by(|a, b| natural(a, b));
        assert_eq!(addresses, ["a", "a[\"x\"]", "a[01]", "a[1]", "a[9]", "a[10]", "b"]);
    }
}
