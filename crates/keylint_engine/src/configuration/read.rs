//! From the tree of a configuration file to what it says.

use std::collections::HashSet;
use std::sync::Arc;

use keylint_cloudformation::Given;
use keylint_model::nearest;
use keylint_rules::{Registry, Severity};
use keylint_source::discovery::Patterns;
use keylint_source::{SourceFile, Span};
use keylint_syntax::Text;
use keylint_syntax::data::{Member, Node, NodeKind};
use keylint_terraform::Values;

use super::{Configuration, Environment};

/// The most environments that a file may name: each is an evaluation of its own.
const MAX_ENVIRONMENTS: usize = 64;

/// What a file says, and what is wrong with it.
pub(super) fn configuration(file: &Arc<SourceFile>) -> (Configuration, Vec<(Span, String)>) {
    let (root, errors) = keylint_syntax::toml::parse(file);
    let mut reader = Reader { errors: errors.into_iter().map(|error| (error.span, error.message)).collect() };
    let mut configuration = Configuration { file: Some(Arc::clone(file)), ..Configuration::default() };
    // A part of a file that does not parse says other things than the whole.
    if reader.errors.is_empty() {
        reader.top(&root, &mut configuration);
        let directory = file.path().parent().unwrap_or(file.path());
        if let Some(error) = Patterns::check(directory, &configuration.exclude) {
            let place = root.get("exclude").map_or(root.span, |node| node.span);
            reader.errors.push((place, error));
        }
    }
    reader.errors.sort_by_key(|(span, _)| span.start);
    (configuration, reader.errors)
}

struct Reader {
    errors: Vec<(Span, String)>,
}

impl Reader {
    fn top(&mut self, root: &Node, into: &mut Configuration) {
        const KEYS: [&str; 6] = ["select", "ignore", "fail-on", "exclude", "terraform", "environments"];
        for (key, member) in self.members(root, "at the top level", &KEYS) {
            let node = &member.value;
            match key {
                "select" => into.select = self.rules(node),
                "ignore" => into.ignore = self.rules(node),
                "fail-on" => into.fail_on = self.severity(node),
                "exclude" => into.exclude = self.strings(node).into_iter().map(|(text, _)| text).collect(),
                "terraform" => self.terraform(node, into),
                _ => self.environments(node, into),
            }
        }
    }

    fn terraform(&mut self, node: &Node, into: &mut Configuration) {
        for (_, member) in self.members(node, "in `terraform`", &["stand-alone-modules"]) {
            match member.value.kind {
                NodeKind::Bool(known) => into.stand_alone_modules = known,
                _ => self.error(member.value.span, "expected true or false"),
            }
        }
    }

    fn environments(&mut self, node: &Node, into: &mut Configuration) {
        let NodeKind::List(nodes) = &node.kind else {
            return self.error(node.span, "expected tables: [[environments]]");
        };
        if nodes.len() > MAX_ENVIRONMENTS {
            return self.error(node.span, &format!("there are more than {MAX_ENVIRONMENTS} environments"));
        }
        let mut names = HashSet::new();
        for node in nodes {
            let Some(environment) = self.environment(node) else { continue };
            if !names.insert(Arc::clone(&environment.name)) {
                self.error(node.span, &format!("the environment `{}` is given twice", environment.name));
            }
            into.environments.push(environment);
        }
    }

    fn environment(&mut self, node: &Node) -> Option<Environment> {
        let (mut name, mut workspace) = (None, None);
        let (mut var_files, mut vars) = (Vec::new(), None);
        let (mut parameter_files, mut parameters) = (Vec::new(), None);
        const KEYS: [&str; 6] = ["name", "workspace", "var-files", "vars", "parameter-files", "parameters"];
        for (key, member) in self.members(node, "in an environment", &KEYS) {
            let node = &member.value;
            match key {
                "name" => name = self.name(node),
                "workspace" => workspace = self.name(node),
                "var-files" => var_files = self.strings(node),
                "parameter-files" => parameter_files = self.strings(node),
                "parameters" => parameters = self.parameters(node),
                _ => match &node.kind {
                    NodeKind::Map(members) => vars = Some(Arc::new(Values::of(members))),
                    _ => self.error(node.span, "expected a table of values: { name = value }"),
                },
            }
        }
        let Some(name) = name else {
            if self.errors.is_empty() {
                self.error(node.span, "the environment has no `name`");
            }
            return None;
        };
        let name = Arc::clone(name.shared());
        Some(Environment { name, var_files, vars, workspace, parameter_files, parameters })
    }

    fn parameters(&mut self, node: &Node) -> Option<Given> {
        if !matches!(node.kind, NodeKind::Map(_)) {
            self.error(node.span, "expected a table of values: { Name = \"value\" }");
            return None;
        }
        let mut given = Given::default();
        for problem in given.add(node) {
            self.error(problem.span, &problem.message);
        }
        Some(given)
    }

    /// The members of a table whose keys are known; the others are errors.
    fn members<'n>(
        &mut self,
        node: &'n Node,
        place: &str,
        known: &[&'static str],
    ) -> Vec<(&'static str, &'n Member)> {
        let NodeKind::Map(members) = &node.kind else {
            self.error(node.span, "expected a table");
            return Vec::new();
        };
        let mut found = Vec::new();
        for member in members {
            let key = member.key.as_str();
            match known.iter().find(|known| **known == key) {
                Some(known) => found.push((*known, member)),
                None => {
                    let meant = nearest(key, known.iter().copied());
                    let hint = match meant {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => format!("known are {}", known.join(", ")),
                    };
                    self.error(member.key_span, &format!("there is no key `{key}` {place} ({hint})"));
                }
            }
        }
        found
    }

    fn strings(&mut self, node: &Node) -> Vec<(String, Span)> {
        let NodeKind::List(nodes) = &node.kind else {
            self.error(node.span, "expected a list of strings");
            return Vec::new();
        };
        let mut strings = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node.as_str() {
                Some(text) => strings.push((text.to_owned(), node.span)),
                None => self.error(node.span, "expected a string"),
            }
        }
        strings
    }

    fn rules(&mut self, node: &Node) -> Vec<String> {
        let mut rules = Vec::new();
        for (text, span) in self.strings(node) {
            match Registry::builtin().selector(&text) {
                Ok(_) => rules.push(text),
                Err(error) => self.error(span, &error.to_string()),
            }
        }
        rules
    }

    fn severity(&mut self, node: &Node) -> Option<Severity> {
        let name = node.as_str();
        let found = Severity::ALL.into_iter().find(|severity| name == Some(severity.name()));
        if found.is_none() {
            let names = Severity::ALL.map(Severity::name).join(", ");
            self.error(node.span, &format!("severities are {names}"));
        }
        found
    }

    fn name(&mut self, node: &Node) -> Option<Text> {
        match &node.kind {
            NodeKind::String(text) if !text.trim().is_empty() && !text.chars().any(char::is_control) => {
                Some(text.clone())
            }
            _ => {
                self.error(node.span, "expected a name");
                None
            }
        }
    }

    fn error(&mut self, span: Span, message: &str) {
        self.errors.push((span, message.to_owned()));
    }
}
