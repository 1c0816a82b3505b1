//! Secure strings of Parameter Store (`{{resolve:ssm-secure:…}}`) where CloudFormation does not resolve them.
//!
//! It does so in a few properties alone, and refuses the template for any other: "SSM Secure reference is
//! not supported in". What stands in metadata, outputs and parameters is not judged here.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm-secure-strings.html>

use keylint_model::Problem;
use keylint_syntax::data::{Member, Node, NodeKind};

use crate::call::View;

/// The properties that take one.
const TABLE: &str = include_str!("types/secure-strings.tsv");

/// How a reference starts.
const START: &str = "{{resolve:ssm-secure:";

/// Reports the secure strings of a resource in properties that take none.
pub(crate) fn check(type_name: &str, properties: &Node, problems: &mut Vec<Problem>) {
    if !mentions_one(properties) {
        return;
    }
    // Each part of the properties with the names that lead to it; functions and lists have none.
    let mut waiting = vec![(properties, String::new())];
    while let Some((node, path)) = waiting.pop() {
        match &node.kind {
            NodeKind::String(text) if text.contains(START) && !takes_one(type_name, &path) => {
                let message = format!("`ssm-secure` is not resolved in `{path}` of `{type_name}`");
                let problem = Problem::new("KL003", View::from(node).whole(), message);
                problems
                    .push(problem.with_help("refer to a secret of Secrets Manager, or read it at run time"));
            }
            NodeKind::List(elements) => {
                waiting.extend(elements.iter().rev().map(|element| (element, path.clone())));
            }
            NodeKind::Map(members) => {
                waiting.extend(members.iter().rev().map(|member| (&member.value, inside(&path, member))));
            }
            _ => {}
        }
    }
}

/// Whether there is a secure string at all.
fn mentions_one(properties: &Node) -> bool {
    let mut waiting = vec![properties];
    while let Some(node) = waiting.pop() {
        match &node.kind {
            NodeKind::String(text) if text.contains(START) => return true,
            NodeKind::List(elements) => waiting.extend(elements),
            NodeKind::Map(members) => waiting.extend(members.iter().map(|member| &member.value)),
            _ => {}
        }
    }
    false
}

fn inside(path: &str, member: &Member) -> String {
    match (member.key.as_str(), path) {
        (name, _) if name.starts_with("Fn::") || name == "Ref" => path.to_owned(),
        (name, "") => name.to_owned(),
        (name, _) => format!("{path}.{name}"),
    }
}

fn takes_one(type_name: &str, path: &str) -> bool {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .any(|line| line.split_once('\t') == Some((type_name, path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_properties_that_exist() {
        let mut count = 0;
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let (type_name, path) = line.split_once('\t').unwrap();
            let path: Vec<_> = path.split('.').collect();
            assert_eq!(crate::has_property(type_name, &path[..1]), Some(true), "{line}");
            assert_ne!(crate::has_property(type_name, &path), Some(false), "{line}");
            count += 1;
        }
        assert_eq!(count, 11);
    }
}
