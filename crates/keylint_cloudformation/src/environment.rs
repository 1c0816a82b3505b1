//! What the pseudo parameters of the place that a stack is made in can be.
//!
//! A Region, a partition and the suffix of host names are compared with anything, but only what has the
//! form of one ever holds, and a Region has one partition: a template that asks for both has no
//! deployment in `us-east-1` of `aws-cn`. AWS adds Regions every year, so one that is not in the table
//! may be newer than it, and belongs to whatever partition.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>

use std::sync::Arc;

use keylint_model::Guard;

use crate::conditions::MAX_CASES;
use crate::subject::Subject;

/// Partitions with their suffix, and Regions with their partition.
const TABLE: &str = include_str!("../data/regions.tsv");

pub(crate) const REGION: &str = "AWS::Region";
pub(crate) const PARTITION: &str = "AWS::Partition";
pub(crate) const SUFFIX: &str = "AWS::URLSuffix";

/// Whether a pseudo parameter may have a value, by its form.
pub(crate) fn admits(name: &str, value: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let words = || value.split('-');
    match name {
        REGION => {
            let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
            let number = words().next_back().is_some_and(is_number);
            let count = words().count();
            number && count > 2 && words().take(count - 1).all(is_word)
        }
        PARTITION => words().next() == Some("aws") && words().all(is_word),
        "AWS::AccountId" => value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit()),
        SUFFIX => {
            value.contains('.')
                && value.split('.').flat_map(|label| label.split('-')).all(|part| {
                    !part.is_empty()
                        && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
                })
        }
        _ => true,
    }
}

/// The outcomes that Region, partition and suffix can have together; empty: all, or too many to tell.
pub(crate) fn together([region, partition, suffix]: [Option<&Subject>; 3]) -> Vec<Guard> {
    if [region, partition, suffix].iter().flatten().count() < 2 {
        return Vec::new();
    }
    let mut guards = Vec::new();
    for (region_name, in_region) in outcomes(region) {
        let of_region = region_name.and_then(|name| row("region", name));
        for (partition_name, in_partition) in outcomes(partition) {
            if !agrees(partition, partition_name, of_region) {
                continue;
            }
            let of_partition = of_region.or(partition_name).and_then(|name| row("partition", name));
            for (suffix_name, with_suffix) in outcomes(suffix) {
                let all = in_region.and(&in_partition).and_then(|both| both.and(&with_suffix));
                if agrees(suffix, suffix_name, of_partition) {
                    guards.extend(all);
                }
            }
            if guards.len() > MAX_CASES {
                return Vec::new();
            }
        }
    }
    guards
}

/// The literal of each outcome, with when it holds; one that always holds where nothing asks for it.
fn outcomes(subject: Option<&Subject>) -> Vec<(Option<&str>, Guard)> {
    let Some(subject) = subject else { return vec![(None, Guard::always())] };
    let outcomes = subject.outcomes();
    outcomes.map(|(literal, outcome)| (literal.map(|it: &Arc<str>| &**it), subject.when(outcome))).collect()
}

/// Whether an outcome, by its literal, can be what the table says; `None` of the table is anything.
fn agrees(subject: Option<&Subject>, literal: Option<&str>, known: Option<&str>) -> bool {
    match (subject, literal, known) {
        (Some(_), Some(literal), Some(known)) => literal == known,
        (Some(subject), None, Some(known)) => subject.outcome_of(known).is_none(),
        _ => true,
    }
}

/// The partition of a Region, where the table has it.
pub(crate) fn partition_of(region: &str) -> Option<&'static str> {
    row("region", region)
}

/// What the host names of a partition end with, where the table has it.
pub(crate) fn suffix_of(partition: &str) -> Option<&'static str> {
    row("partition", partition)
}

/// What the table says of a name.
fn row(kind: &str, name: &str) -> Option<&'static str> {
    TABLE.lines().find_map(|line| {
        let (key, value) = line.strip_prefix(kind)?.strip_prefix('\t')?.split_once('\t')?;
        (key == name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_table_has_the_form() {
        let mut count = 0;
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<_> = line.split('\t').collect();
            let [kind, name, value] = fields[..] else { panic!("{line}") };
            let expected = if kind == "region" { [REGION, PARTITION] } else { [PARTITION, SUFFIX] };
            assert!(admits(expected[0], name) && admits(expected[1], value), "{line}");
            assert_eq!(row(kind, name), Some(value));
            count += 1;
        }
        assert!(count > 40, "{count}");
    }

    #[test]
    fn what_has_no_such_form_is_none() {
        for (name, value) in [
            (REGION, ""),
            (REGION, "k"),
            (REGION, "us-east"),
            (REGION, "us-1"),
            (REGION, "US-EAST-1"),
            (REGION, "us-east-1a"),
            (REGION, "us--1"),
            (REGION, "default"),
            (PARTITION, "amazon"),
            (PARTITION, "aws-"),
            ("AWS::AccountId", "12345678901"),
            (SUFFIX, "amazonaws"),
            (SUFFIX, "amazonaws..com"),
        ] {
            assert!(!admits(name, value), "{name} {value}");
        }
        assert!(admits(REGION, "us-moon-12") && admits("AWS::StackName", ""), "what the table does not have");
    }
}
