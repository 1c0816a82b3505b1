//! `AWS::Include`: snippets of a template in other files.
//!
//! A snippet on disk (as `aws cloudformation package` uploads it) takes the place of the call, with
//! its own places. One at S3 is known only to the service, and its call stays in the tree, where it
//! leaves open what it stands in. A snippet cannot include another.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html>

use std::collections::HashMap;
use std::path::Path;

use keylint_model::{Address, CallKind, CallSite, Problem};
use keylint_source::FileId;
use keylint_syntax::data::{Member, Node, NodeKind};

use crate::call::{Call, Function, View};
use crate::project::normalized;
use crate::template::transforms;

const NAME: &str = "AWS::Include";

/// How many nodes all snippets of a template may bring.
const MAX_NODES: usize = 200_000;

/// Finds the content of a snippet by its path; whether its members are sections of the template is said with it.
pub(crate) type Find<'f, 'p> = &'f dyn Fn(&Path, bool) -> Option<&'p Node>;

/// A template with its snippets.
pub(crate) struct Included {
    pub(crate) root: Node,
    pub(crate) sites: Sites,
}

/// Where the snippet in each file is included, in the order of these places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sites(HashMap<FileId, Vec<CallSite>>);

impl Sites {
    /// Where a snippet is included first.
    pub(crate) fn first(&self, snippet: FileId) -> Option<&CallSite> {
        self.0.get(&snippet)?.first()
    }

    /// Where a snippet is included first from a place on, which is the call that brought a node of it
    /// when that is the first node behind the place.
    pub(crate) fn next(&self, snippet: FileId, file: FileId, from: u32) -> Option<&CallSite> {
        let is_behind = |site: &&CallSite| site.span.file == file && site.span.start >= from;
        self.0.get(&snippet)?.iter().filter(is_behind).min_by_key(|site| site.span.start)
    }
}

/// Whether a text can include a snippet.
pub(crate) fn may_include(text: &str) -> bool {
    text.contains(NAME)
}

/// The locations on disk that a template includes.
pub(crate) fn local_snippets(root: &Node) -> impl Iterator<Item = &str> {
    let mut found = Vec::new();
    found.extend(transforms(root).iter().filter_map(location));
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        if let Some(Call { function: Function::Transform, argument, .. }) = Call::of(View::from(node)) {
            found.extend(location_in(argument.members()));
        }
        match &node.kind {
            NodeKind::List(elements) => waiting.extend(elements),
            NodeKind::Map(members) => {
                let calls = members.iter().filter(|member| member.key.as_str() == "Fn::Transform");
                found.extend(calls.filter_map(|member| location(&member.value)));
                waiting.extend(members.iter().map(|member| &member.value));
            }
            _ => {}
        }
    }
    found.into_iter()
}

/// The template with the snippets that `find` has; `None` when it includes none of them.
pub(crate) fn expand<'p>(
    root: &Node,
    directory: &Path,
    find: Find<'_, 'p>,
    problems: &mut Vec<Problem>,
) -> Option<Included> {
    local_snippets(root).next()?;
    let mut expansion = Expansion {
        directory,
        find,
        sites: Sites::default(),
        left: MAX_NODES,
        is_reported: false,
        is_top: true,
        problems,
    };
    let mut root = expansion.node(root);
    expansion.is_top = true;
    expansion.top(&mut root);
    let sites = expansion.sites;
    Some(Included { root, sites })
}

struct Expansion<'e, 'p> {
    directory: &'e Path,
    find: Find<'e, 'p>,
    sites: Sites,
    /// How many more nodes snippets may bring.
    left: usize,
    is_reported: bool,
    /// Whether what is included next adds to the sections of the template.
    is_top: bool,
    problems: &'e mut Vec<Problem>,
}

impl Expansion<'_, '_> {
    fn node(&mut self, node: &Node) -> Node {
        if let Some(Call { function: Function::Transform, argument, .. }) = Call::of(View::from(node))
            && let Some(snippet) = self.snippet(argument.members(), node)
        {
            return snippet;
        }
        let kind = match &node.kind {
            NodeKind::List(elements) => {
                NodeKind::List(elements.iter().map(|element| self.node(element)).collect())
            }
            NodeKind::Map(members) => NodeKind::Map(self.members(members)),
            other => other.clone(),
        };
        Node { kind, ..node.clone() }
    }

    /// The members, with those of a snippet in place of its call.
    fn members(&mut self, members: &[Member]) -> Vec<Member> {
        let mut made = Vec::with_capacity(members.len());
        for member in members {
            if member.key.as_str() == "Fn::Transform"
                && let Some(Node { kind: NodeKind::Map(snippet), .. }) =
                    self.snippet(member.value.members(), &member.value)
            {
                made.extend(snippet);
                continue;
            }
            let is_top = std::mem::take(&mut self.is_top);
            made.push(Member { value: self.node(&member.value), ..member.clone() });
            self.is_top = is_top;
        }
        made
    }

    /// The snippets that the top of a template includes add to its sections.
    fn top(&mut self, root: &mut Node) {
        let mut added: Vec<Member> = Vec::new();
        let mut left: Vec<Node> = Vec::new();
        for transform in transforms(root) {
            match self.snippet(transform.members(), transform) {
                Some(Node { kind: NodeKind::Map(snippet), .. }) => added.extend(snippet),
                _ => left.push(transform.clone()),
            }
        }
        let NodeKind::Map(sections) = &mut root.kind else { return };
        if added.is_empty() {
            return;
        }
        for section in sections.iter_mut().filter(|section| section.key.as_str() == "Transform") {
            section.value.kind = NodeKind::List(std::mem::take(&mut left));
        }
        for member in added {
            let known = sections.iter_mut().rev().find(|section| section.key == member.key);
            match (known.map(|section| &mut section.value.kind), member.value.kind) {
                (Some(NodeKind::Map(members)), NodeKind::Map(more)) => members.extend(more),
                (Some(known), kind) => *known = kind,
                (None, kind) => sections.push(Member { value: Node { kind, ..member.value }, ..member }),
            }
        }
    }

    /// The content of a snippet that is on disk.
    fn snippet(&mut self, call: &[Member], at: &Node) -> Option<Node> {
        let written = location_in(call)?;
        let snippet = (self.find)(&normalized(&self.directory.join(written)), self.is_top)?;
        let size = size(snippet);
        if size > self.left {
            if !std::mem::replace(&mut self.is_reported, true) {
                let message = format!("the snippets of the template have more than {MAX_NODES} values");
                self.problems.push(Problem::new("KL004", at.span.start_point(), message));
            }
            return None;
        }
        self.left -= size;
        let site = CallSite {
            address: Address::new(written),
            span: at.span,
            block: at.span,
            kind: CallKind::Include,
        };
        self.sites.0.entry(snippet.span.file).or_default().push(site);
        Some(snippet.clone())
    }
}

fn location(transform: &Node) -> Option<&str> {
    location_in(transform.members())
}

/// The path in `{Name: AWS::Include, Parameters: {Location: ./snippet.yaml}}`.
fn location_in(call: &[Member]) -> Option<&str> {
    let get = |name: &str| call.iter().rev().find(|member| member.key.as_str() == name);
    get("Name").filter(|name| name.value.as_str() == Some(NAME))?;
    let location = get("Parameters")?.value.get("Location")?;
    local_path(View::from(location).as_str()?)
}

/// A path on disk, as opposed to an address.
pub(crate) fn local_path(written: &str) -> Option<&str> {
    (!written.is_empty() && !written.contains("://")).then_some(written)
}

fn size(root: &Node) -> usize {
    let mut size = 0;
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        size += 1;
        match &node.kind {
            NodeKind::List(elements) => waiting.extend(elements),
            NodeKind::Map(members) => waiting.extend(members.iter().map(|member| &member.value)),
            _ => {}
        }
    }
    size
}
