//! Parameter files: the values that a deployment gives to the parameters of templates.
//!
//! These spellings are in use: the lists of the AWS CLI
//! (`[{"ParameterKey": "Env", "ParameterValue": "prod"}]`,
//! <https://docs.aws.amazon.com/cli/latest/reference/cloudformation/create-stack.html>, and
//! `["Env=prod"]`, <https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/index.html>),
//! the template configuration file of CodePipeline (`{"Parameters": {"Env": "prod"}}`,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html>),
//! the deployment file of Git sync (`parameters: {Env: prod}`,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/git-sync-concepts-terms.html>), and a
//! plain mapping of names to values.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use keylint_model::{Origin, Problem, Reason, Step, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::data::{Node, NodeKind};

use crate::parameter::literal;

/// The values of parameter files. Where several files give one parameter the last counts.
#[derive(Clone, Debug, Default)]
pub struct Given {
    values: IndexMap<Arc<str>, (Span, Value)>,
}

impl Given {
    /// Adds the values of a file; what is no value of a parameter is answered as problems.
    pub fn add(&mut self, root: &Node) -> Vec<Problem> {
        let mut problems = Vec::new();
        let section = root.get("Parameters").or_else(|| root.get("parameters"));
        let section = section.filter(|node| matches!(node.kind, NodeKind::Map(_)));
        match (&root.kind, section) {
            (NodeKind::List(entries), _) => {
                for entry in entries {
                    self.add_entry(entry, &mut problems);
                }
            }
            (NodeKind::Map(_), Some(Node { kind: NodeKind::Map(members), .. }))
            | (NodeKind::Map(members), None) => {
                for member in members {
                    self.add_value(member.key.shared(), member.key_span, &member.value, &mut problems);
                }
            }
            _ => problems.push(
                Problem::new("KL003", root.span, "a parameter file is a list of parameters or a mapping")
                    .with_help(
                        "write `[{\"ParameterKey\": …, \"ParameterValue\": …}]`, or `{\"Parameters\": {…}}`",
                    ),
            ),
        }
        problems
    }

    /// These values, with those of another where it gives some.
    #[must_use]
    pub fn with(mut self, stronger: &Given) -> Given {
        self.values.extend(stronger.values.iter().map(|(name, value)| (Arc::clone(name), value.clone())));
        self
    }

    /// The names of the parameters that have a value, with where they are written.
    pub fn names(&self) -> impl Iterator<Item = (&str, Span)> {
        self.values.iter().map(|(name, (span, _))| (&**name, *span))
    }

    /// `{"ParameterKey": …, "ParameterValue": …}`, or `Key=Value` as one string. With
    /// `UsePreviousValue` the stack knows the value.
    fn add_entry(&mut self, entry: &Node, problems: &mut Vec<Problem>) {
        if let NodeKind::String(text) = &entry.kind
            && let Some((name, written)) = text.split_once('=')
        {
            let value = Value::string(text.slice(text.len() - written.len()..text.len()));
            let origin = value.origin.through(Step::VariableFile, name, entry.span);
            self.values.insert(name.into(), (entry.span, Value { origin, ..value }));
            return;
        }
        let Some((key, NodeKind::String(name))) = entry.get("ParameterKey").map(|key| (key, &key.kind))
        else {
            problems.push(Problem::new(
                "KL003",
                entry.span,
                "an entry of a parameter file has no `ParameterKey`",
            ));
            return;
        };
        match entry.get("ParameterValue") {
            Some(value) => self.add_value(name.shared(), key.span, value, problems),
            None => {
                let unknown = Unknown::new(Reason::Input(Arc::clone(name.shared())))
                    .with_identity(Arc::clone(name.shared()))
                    .with_place(key.span);
                let value = Value::unknown(unknown, Origin::at(key.span));
                self.values.insert(Arc::clone(name.shared()), (key.span, value));
            }
        }
    }

    fn add_value(&mut self, name: &Arc<str>, key: Span, node: &Node, problems: &mut Vec<Problem>) {
        if matches!(node.kind, NodeKind::Map(_) | NodeKind::Null) {
            let message = format!("the value of the parameter `{name}` is no string");
            return problems.push(Problem::new("KL003", node.span, message));
        }
        let value = literal(node);
        let origin = value.origin.through(Step::VariableFile, Arc::clone(name), key);
        self.values.insert(Arc::clone(name), (key, Value { origin, ..value }));
    }

    /// The values by the parameter's name; `None` where there are none at all.
    pub(crate) fn values(&self) -> Option<HashMap<Arc<str>, Value>> {
        if self.values.is_empty() {
            return None;
        }
        Some(self.values.iter().map(|(name, (_, value))| (Arc::clone(name), value.clone())).collect())
    }

    /// Where the values of some parameters are written.
    pub(crate) fn places(&self, of: impl Fn(&str) -> bool) -> Vec<Span> {
        let those = self.values.iter().filter(|(name, _)| of(name));
        those.filter_map(|(_, (_, value))| value.origin.span).collect()
    }

    /// A problem for each value whose parameter nobody declares.
    pub(crate) fn undeclared(&self, declares: impl Fn(&str) -> bool) -> Vec<Problem> {
        let unknown = self.values.iter().filter(|(name, _)| !declares(name));
        let problem = |(name, (span, _)): (&Arc<str>, &(Span, Value))| {
            Problem::new("KL003", *span, format!("no template that is checked has a parameter `{name}`"))
        };
        unknown.map(problem).collect()
    }
}
