//! Roles that the transform makes, with what `Policies` puts into them.
//!
//! An element of `Policies` is the name or ARN of a managed policy, a policy document, or the name
//! of a policy template with its parameters; `Fn::If` may choose between two of a sort. Any other
//! function is taken for a managed policy.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-templates.html>

use keylint_model::Problem;
use keylint_source::Span;
use keylint_syntax::data::{Member, Node, NodeKind};

use super::build::{Make, alternatives, call, is_no_value, plain};
use super::data;

/// A role in the making.
pub(super) struct Role {
    /// Its logical id.
    pub(super) id: String,
    pub(super) trust: Node,
    pub(super) managed: Vec<Node>,
    pub(super) inline: Vec<Node>,
    /// Other properties, and members that may stand for more.
    pub(super) others: Vec<Member>,
}

impl Role {
    pub(super) fn new(id: String, trust: Node) -> Self {
        Role { id, trust, managed: Vec::new(), inline: Vec::new(), others: Vec::new() }
    }

    /// Attaches a managed policy of AWS, once.
    pub(super) fn attach(&mut self, make: Make, name: &str) {
        let arn = managed_arn(make, name);
        let text = |node: &Node| call(node).and_then(|call| call.argument.as_str().map(str::to_owned));
        if !self.managed.iter().any(|known| text(known) == text(&arn)) {
            self.managed.push(arn);
        }
    }

    /// Adds what `Policies` says.
    pub(super) fn add_policies(&mut self, policies: &Node, problems: &mut Vec<Problem>) {
        let elements = match (&policies.kind, &policies.tag) {
            (NodeKind::List(elements), None) => elements.as_slice(),
            (NodeKind::Null, None) => &[],
            _ => std::slice::from_ref(policies),
        };
        for (index, element) in elements.iter().enumerate() {
            let name = format!("{}Policy{index}", self.id);
            let (managed, inline) = entry(element, &name, problems);
            self.managed.extend(managed);
            self.inline.extend(inline);
        }
    }

    /// The properties of the role.
    pub(super) fn properties(self, make: Make) -> Vec<Member> {
        let mut properties = vec![make.member("AssumeRolePolicyDocument", self.trust)];
        if !self.managed.is_empty() {
            properties.push(make.member("ManagedPolicyArns", make.list(self.managed)));
        }
        if !self.inline.is_empty() {
            properties.push(make.member("Policies", make.list(self.inline)));
        }
        properties.extend(self.others);
        properties
    }
}

/// What an element adds to the managed and to the inline policies.
fn entry(node: &Node, name: &str, problems: &mut Vec<Problem>) -> (Option<Node>, Option<Node>) {
    let make = Make(node.span);
    if is_no_value(node) || matches!(node.kind, NodeKind::Null) {
        return (None, None);
    }
    if let Some([condition, holds, fails]) = alternatives(node) {
        let (holds, fails) = (entry(holds, name, problems), entry(fails, name, problems));
        let choose = |holds: Option<Node>, fails: Option<Node>| {
            if holds.is_none() && fails.is_none() {
                return None;
            }
            let [holds, fails] = [holds, fails].map(|arm| arm.unwrap_or_else(|| make.no_value()));
            Some(make.call("Fn::If", make.list(vec![condition.clone(), holds, fails])))
        };
        return (choose(holds.0, fails.0), choose(holds.1, fails.1));
    }
    if let Some(name) = plain(node) {
        let arn = if name.starts_with("arn:") { node.clone() } else { managed_arn(make, name) };
        return (Some(arn), None);
    }
    if call(node).is_some() {
        return (Some(node.clone()), None);
    }
    if node.get("Statement").is_some() {
        return (None, Some(make.inline(name, node.clone())));
    }
    let document = match node.members() {
        [member] => from_template(member, problems),
        _ => {
            // Nothing that the transform takes; what is meant is not known.
            problems
                .push(invalid(node.span, "a policy of SAM is a managed policy, a document or a template"));
            make.unknown()
        }
    };
    (None, Some(make.inline(name, document)))
}

fn managed_arn(make: Make, name: &str) -> Node {
    make.sub(&format!("arn:${{AWS::Partition}}:iam::aws:policy/{}", data::managed_policy(name)))
}

/// The document of a policy template with its parameters.
fn from_template(member: &Member, problems: &mut Vec<Problem>) -> Node {
    let (name, make) = (member.key.as_str(), Make(member.key_span));
    let Some(template) = data::policy_template(name) else {
        let problem = invalid(member.key_span, format!("`{name}` is no policy template of SAM"));
        problems.push(match keylint_model::nearest(name, data::policy_templates()) {
            Some(near) => problem.with_help(format!("did you mean `{near}`?")),
            None => problem.with_help("a document needs a `Statement`, a managed policy is a string"),
        });
        return make.unknown();
    };
    let given = member.value.members();
    let is_given = |parameter: &&&str| given.iter().any(|member| member.key.as_str() == **parameter);
    if let Some(missing) = template.parameters.iter().find(|parameter| !is_given(parameter)) {
        let message = format!("the policy template `{name}` takes a parameter `{missing}`");
        problems.push(invalid(member.key_span, message));
        return make.unknown();
    }
    let is_parameter = |member: &&Member| template.parameters.contains(&member.key.as_str());
    let given: Vec<&Member> = given.iter().filter(is_parameter).collect();
    let mut document = substitute(make.json(template.definition), &given);
    // The transform writes none, and nobody could add it; no template has a variable that reads
    // differently by it.
    if let NodeKind::Map(members) = &mut document.kind {
        members.insert(0, make.member("Version", make.text("2012-10-17")));
    }
    document
}

/// The definition with values in place of the parameters. It never looks into a value: that may
/// refer to a parameter of the template with the same name.
fn substitute(node: Node, given: &[&Member]) -> Node {
    if let [member] = node.members()
        && member.key.as_str() == "Ref"
        && let Some(value) =
            given.iter().rev().find(|known| Some(known.key.as_str()) == member.value.as_str())
    {
        return value.value.clone();
    }
    let kind = match node.kind {
        NodeKind::Map(members) => {
            let members =
                members.into_iter().map(|member| Member { value: substitute(member.value, given), ..member });
            NodeKind::Map(members.collect())
        }
        NodeKind::List(elements) => {
            NodeKind::List(elements.into_iter().map(|element| substitute(element, given)).collect())
        }
        other => other,
    };
    Node { kind, ..node }
}

pub(super) fn invalid(span: Span, message: impl Into<String>) -> Problem {
    Problem::new("KL003", span, message)
}
