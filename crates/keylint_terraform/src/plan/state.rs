//! The file that a state is kept in, `terraform.tfstate`, version 4.
//!
//! It has the values of attributes as the provider gave them, and paths to those that the
//! configuration made sensitive; what the provider itself calls sensitive is not marked.
//!
//! Source: `internal/states/statefile/version4.go` of Terraform.

use keylint_model::{Mode, Problem, Resource};
use keylint_syntax::data::{Node, NodeKind};

use super::attributes::Reader;
use super::configuration::Configuration;
use super::hidden::Hidden;
use super::instances::Instance;
use super::{list, mode, over_limit, resource};
use crate::instance_key::bracketed;
use crate::limits;

/// The instances that are current.
pub(super) fn resources(node: &Node, problems: &mut Vec<Problem>) -> Vec<Resource> {
    let reader = Reader::new(Configuration::new(node), false);
    let mut resources = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for block in list(node.get("resources")) {
        let (Some(type_name), Some(name)) = (text(block, "type"), text(block, "name")) else { continue };
        let mode = mode(block);
        let module = text(block, "module").map(|module| format!("{module}.")).unwrap_or_default();
        let data = if mode == Mode::Data { "data." } else { "" };
        for instance in list(block.get("instances")).iter().filter(|one| one.get("deposed").is_none()) {
            if resources.len() >= limits::RESOURCES {
                over_limit(problems, instance.span, "there are too many resources");
                return resources;
            }
            let key = instance.get("index_key").map(key).unwrap_or_default();
            let address = format!("{module}{data}{type_name}.{name}{key}");
            if !seen.insert(address.clone()) {
                continue;
            }
            let hidden = Hidden::by_paths(list(instance.get("sensitive_attributes")));
            let header = block.get("name").map_or(block.span, |name| name.span);
            let instance_of =
                Instance { values: instance.get("attributes"), unknown: None, hidden, span: header };
            let attributes = reader.attributes(&address, mode, &instance_of);
            resources.push(resource(&address, type_name, mode, attributes, (instance.span, header)));
        }
    }
    resources
}

fn text<'n>(node: &'n Node, name: &str) -> Option<&'n str> {
    node.get(name)?.as_str()
}

fn key(node: &Node) -> String {
    match &node.kind {
        NodeKind::Number(text) => format!("[{text}]"),
        NodeKind::String(text) => bracketed(text),
        _ => String::new(),
    }
}
