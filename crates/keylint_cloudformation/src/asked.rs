//! The names that expressions refer to, and what conditions ask for by them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keylint_syntax::data::{Member, Node, NodeKind};

use crate::call::{Call, Function, View};
use crate::nested::child_path;
use crate::project::{Project, normalized};
use crate::template::Template;

/// The parameters that the conditions of templates ask for, their own and those of what is nested in them, by
/// the path of the template and how many levels below it are looked at.
#[derive(Default)]
pub(crate) struct Wanted(HashMap<(PathBuf, usize), Arc<BTreeSet<String>>>);

impl Wanted {
    /// The parameters of a template.
    fn of(&mut self, project: &Project, path: &Path, levels: usize) -> Arc<BTreeSet<String>> {
        let key = (path.to_owned(), levels);
        if let Some(known) = self.0.get(&key) {
            return Arc::clone(known);
        }
        let root = project.template(path).and_then(|file| file.content.documents.first());
        let section =
            |name: &str| root.and_then(|root| root.get(name)).map(Node::members).unwrap_or_default();
        let passed = self.passed_on(project, path, section("Resources").iter(), levels);
        let asked = names(section("Conditions").iter().map(|member| &member.value));
        let is_asked = |name: &&str| asked.contains(name) || passed.contains(name);
        let parameters = section("Parameters").iter().map(|member| member.key.as_str());
        let wanted: Arc<BTreeSet<String>> =
            Arc::new(parameters.filter(is_asked).map(str::to_owned).collect());
        self.0.insert(key, Arc::clone(&wanted));
        wanted
    }

    /// The names in what resources give to parameters of nested templates whose conditions ask for these.
    pub(crate) fn passed_on<'t>(
        &mut self,
        project: &Project,
        template: &Path,
        resources: impl Iterator<Item = &'t Member>,
        levels: usize,
    ) -> HashSet<&'t str> {
        let Some(below) = levels.checked_sub(1) else { return HashSet::new() };
        let directory = template.parent().unwrap_or(Path::new("/"));
        let mut found = HashSet::new();
        for resource in resources {
            let id = Some(resource.key.as_str());
            let Some(path) = child_path(template, id, &resource.value, project.uploaded(directory)) else {
                continue;
            };
            let wanted = self.of(project, &normalized(&directory.join(path)), below);
            let given = resource.value.get("Properties").and_then(|properties| properties.get("Parameters"));
            let given = given.map(Node::members).unwrap_or_default();
            found.extend(names(
                given.iter().filter(|one| wanted.contains(one.key.as_str())).map(|one| &one.value),
            ));
        }
        found
    }
}

/// The names that the conditions of a template refer to.
pub(crate) fn by_conditions<'t>(template: &Template<'t>) -> HashSet<&'t str> {
    names(template.conditions.values().map(|member| &member.value))
}

/// The names that expressions refer to, by `Ref` or in the text of `Fn::Sub`.
pub(crate) fn names<'t>(roots: impl IntoIterator<Item = &'t Node>) -> HashSet<&'t str> {
    let mut names = HashSet::new();
    let mut waiting: Vec<&'t Node> = roots.into_iter().collect();
    while let Some(node) = waiting.pop() {
        if let Some(call) = Call::of(View::from(node)) {
            match (call.function, call.argument.kind) {
                (Function::Ref, NodeKind::String(name)) => {
                    names.insert(name.as_str());
                }
                (Function::Sub, NodeKind::String(text)) => names.extend(variables(text)),
                (Function::Sub, NodeKind::List(elements)) => {
                    let text = elements.first().and_then(Node::as_str);
                    names.extend(text.into_iter().flat_map(variables));
                }
                _ => {}
            }
        }
        match &node.kind {
            NodeKind::List(elements) => waiting.extend(elements),
            NodeKind::Map(members) => waiting.extend(members.iter().map(|member| &member.value)),
            _ => {}
        }
    }
    names
}

/// The names between `${` and `}`.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.trim()))
}
