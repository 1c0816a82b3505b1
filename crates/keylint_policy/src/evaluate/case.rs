//! Requests with their policies as JSON: the input of `keylint policy simulate`.

use keylint_model::{Origin, World, nearest};
use keylint_source::Span;
use keylint_syntax::data::{Member, Node, NodeKind};

use super::caller::{Caller, is_account};
use super::context::{Context, ContextValue};
use super::decide::{Evaluation, Policies, evaluate};
use super::request::Request;
use crate::document::{Document, Parsed};
use crate::json::value_of;
use crate::service::{ConditionKey, condition_key};

/// A request with the policies that count for it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The request.
    pub request: Request,
    identity: Vec<Parsed>,
    boundaries: Vec<Parsed>,
    session: Vec<Parsed>,
    resource: Option<Parsed>,
    scps: Vec<Vec<Parsed>>,
    rcps: Vec<Vec<Parsed>>,
    endpoint: Vec<Parsed>,
}

/// What is wrong with the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// Which value it is about: `[2].request.action`.
    pub path: String,
    /// Where that is written.
    pub span: Span,
    /// What is wrong, in present tense, lower case, without full stop or values.
    pub message: String,
}

/// Reads one case or a list of them.
///
/// # Errors
///
/// Everything that is wrong, in the order of the input. What is wrong within a policy is none of it:
/// a policy that AWS would not accept leaves its requests undecided.
pub fn read_cases(root: &Node) -> Result<Vec<Case>, Vec<InputError>> {
    let mut reader = Reader::default();
    let cases = match &root.kind {
        NodeKind::List(nodes) => {
            let nodes = nodes.iter().enumerate();
            nodes.filter_map(|(place, node)| reader.case(node, &format!("[{place}]"))).collect()
        }
        _ => reader.case(root, "").into_iter().collect(),
    };
    if reader.errors.is_empty() { Ok(cases) } else { Err(reader.errors) }
}

impl Case {
    /// The policies.
    pub fn policies(&self) -> Policies<'_> {
        Policies {
            identity: self.identity.iter().collect(),
            boundaries: self.boundaries.iter().collect(),
            session: self.session.iter().collect(),
            resource: self.resource.as_ref(),
            scps: levels_of(&self.scps),
            rcps: levels_of(&self.rcps),
            endpoint: self.endpoint.iter().collect(),
            grants: Vec::new(),
        }
    }

    /// Decides the request.
    pub fn evaluate(&self) -> Evaluation {
        evaluate(&self.request, &self.policies())
    }
}

/// A value in the form that AWS publishes for the key: one value of a multivalued key is a list of
/// one, and a list of one is the value of a key that has one.
fn in_form(key: &str, value: ContextValue) -> ContextValue {
    let is_multi_valued = condition_key(key).map(ConditionKey::is_multi_valued);
    match (value, is_multi_valued) {
        (ContextValue::One(value), Some(true)) => ContextValue::Many(vec![value]),
        (ContextValue::Many(mut values), Some(false)) if values.len() == 1 => match values.pop() {
            Some(only) => ContextValue::One(only),
            None => ContextValue::Many(values),
        },
        (value, _) => value,
    }
}

fn levels_of(levels: &[Vec<Parsed>]) -> Vec<Vec<&Parsed>> {
    levels.iter().map(|level| level.iter().collect()).collect()
}

const MEMBERS: [&str; 8] = [
    "request",
    "identityPolicies",
    "permissionsBoundaries",
    "sessionPolicies",
    "resourcePolicy",
    "serviceControlPolicies",
    "resourceControlPolicies",
    "endpointPolicies",
];

const REQUEST_MEMBERS: [&str; 5] = ["action", "resource", "resourceAccount", "principal", "context"];

#[derive(Default)]
struct Reader {
    errors: Vec<InputError>,
}

impl Reader {
    fn wrong(&mut self, path: &str, span: Span, message: impl Into<String>) {
        let path = if path.is_empty() { "the input".to_owned() } else { path.to_owned() };
        self.errors.push(InputError { path, span, message: message.into() });
    }

    /// The members of an object, which may have only these names.
    fn members<'n>(&mut self, node: &'n Node, path: &str, names: &[&str]) -> Option<&'n [Member]> {
        let NodeKind::Map(members) = &node.kind else {
            self.wrong(path, node.span, "expected an object");
            return None;
        };
        for member in members {
            if !names.contains(&member.key.as_str()) {
                let near = nearest(member.key.as_str(), names.iter().copied());
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                let message = format!("there is no member `{}` here{near}", member.key.as_str());
                self.wrong(path, member.key_span, message);
            }
        }
        Some(members)
    }

    fn case(&mut self, node: &Node, path: &str) -> Option<Case> {
        self.members(node, path, &MEMBERS)?;
        let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let request = match node.get("request") {
            Some(request) => self.request(request, &inner("request")),
            None => {
                self.wrong(&inner("request"), node.span, "the member is missing");
                None
            }
        };
        let mut list = |name: &str| match node.get(name) {
            Some(list) => self.policies(list, &inner(name)),
            None => Vec::new(),
        };
        let (identity, boundaries) = (list("identityPolicies"), list("permissionsBoundaries"));
        let (session, endpoint) = (list("sessionPolicies"), list("endpointPolicies"));
        let resource =
            node.get("resourcePolicy").and_then(|policy| self.policy(policy, &inner("resourcePolicy")));
        let mut levels = |name: &str| match node.get(name) {
            Some(levels) => self.levels(levels, &inner(name)),
            None => Vec::new(),
        };
        let (scps, rcps) = (levels("serviceControlPolicies"), levels("resourceControlPolicies"));
        Some(Case { request: request?, identity, boundaries, session, resource, scps, rcps, endpoint })
    }

    fn request(&mut self, node: &Node, path: &str) -> Option<Request> {
        self.members(node, path, &REQUEST_MEMBERS)?;
        let action = self.text(node, path, "action", true);
        let resource = self.text(node, path, "resource", true);
        let account = self.text(node, path, "resourceAccount", false);
        let principal = self.text(node, path, "principal", true);
        let context = match node.get("context") {
            Some(context) => self.context(context, &format!("{path}.context")),
            None => Context::new(),
        };
        let (action, resource, principal) = (action?, resource?, principal?);
        let is_action =
            action.0.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
        if !is_action || action.0.contains(['*', '?']) {
            self.wrong(&format!("{path}.action"), action.1, "expected one action, `service:Name`");
        }
        if resource.0 != "*" && !resource.0.starts_with("arn:") {
            self.wrong(
                &format!("{path}.resource"),
                resource.1,
                "expected an ARN, or `*` for an action without resource",
            );
        }
        if let Some((text, span)) = &account
            && !is_account(text)
        {
            self.wrong(&format!("{path}.resourceAccount"), *span, "expected twelve digits");
        }
        Some(Request {
            action: action.0,
            resource: resource.0,
            resource_account: account.map(|(text, _)| text),
            caller: Caller::parse(&principal.0),
            context,
        })
    }

    fn text(&mut self, node: &Node, path: &str, name: &str, required: bool) -> Option<(String, Span)> {
        let Some(member) = node.get(name) else {
            if required {
                self.wrong(&format!("{path}.{name}"), node.span, "the member is missing");
            }
            return None;
        };
        if !required && matches!(member.kind, NodeKind::Null) {
            return None;
        }
        match member.as_str().filter(|text| !text.is_empty()) {
            Some(text) => Some((text.to_owned(), member.span)),
            None => {
                self.wrong(&format!("{path}.{name}"), member.span, "expected a string that is not empty");
                None
            }
        }
    }

    fn context(&mut self, node: &Node, path: &str) -> Context {
        let mut context = Context::new();
        let NodeKind::Map(members) = &node.kind else {
            self.wrong(path, node.span, "expected an object of condition keys");
            return context;
        };
        for member in members {
            let path = format!("{path}[{:?}]", member.key.as_str());
            let value = match &member.value.kind {
                // A key without value is one that the request does not have.
                NodeKind::Null => continue,
                NodeKind::List(values) => {
                    let values = values.iter().enumerate();
                    let values = values.map(|(place, value)| self.scalar(value, &format!("{path}[{place}]")));
                    ContextValue::Many(
                        values
                            .collect::<Vec<_>>()
                            .into_iter()
                            .flatten()
                            .map(|it| it.as_str().into())
                            .collect(),
                    )
                }
                _ => match self.scalar(&member.value, &path) {
                    Some(value) => ContextValue::One(value.as_str().into()),
                    None => continue,
                },
            };
            context.insert(member.key.as_str(), in_form(member.key.as_str(), value));
        }
        context
    }

    fn scalar(&mut self, node: &Node, path: &str) -> Option<String> {
        match &node.kind {
            NodeKind::String(text) => Some(text.as_str().to_owned()),
            NodeKind::Bool(known) => Some(known.to_string()),
            NodeKind::Number(text) => Some(text.to_string()),
            _ => {
                self.wrong(path, node.span, "expected a string, number or boolean, or a list of them");
                None
            }
        }
    }

    fn policies(&mut self, node: &Node, path: &str) -> Vec<Parsed> {
        match &node.kind {
            NodeKind::Null => Vec::new(),
            NodeKind::List(policies) => {
                let policies = policies.iter().enumerate();
                policies
                    .filter_map(|(place, policy)| self.policy(policy, &format!("{path}[{place}]")))
                    .collect()
            }
            _ => {
                self.wrong(path, node.span, "expected a list of policy documents");
                Vec::new()
            }
        }
    }

    fn levels(&mut self, node: &Node, path: &str) -> Vec<Vec<Parsed>> {
        match &node.kind {
            NodeKind::Null => Vec::new(),
            NodeKind::List(levels) => {
                let levels = levels.iter().enumerate();
                levels.map(|(place, level)| self.policies(level, &format!("{path}[{place}]"))).collect()
            }
            _ => {
                self.wrong(path, node.span, "expected a list of levels, each a list of policy documents");
                Vec::new()
            }
        }
    }

    /// A document as an object, or as the text of one. `None` for null.
    fn policy(&mut self, node: &Node, path: &str) -> Option<Parsed> {
        match node.kind {
            NodeKind::Null => return None,
            NodeKind::Map(_) | NodeKind::String(_) => {}
            _ => {
                self.wrong(path, node.span, "expected a policy document, as an object or as its text");
                return None;
            }
        }
        let value = value_of(node, &[], &Origin::default());
        // Without alternatives there is nothing to split.
        Document::parse(&value, &World::open()).ok().filter(|parsed| !matches!(parsed, Parsed::Absent))
    }
}
