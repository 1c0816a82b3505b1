//! A rule, compiled: its conditions typed and lowered for each of its targets.

use std::sync::Arc;

use keylint_syntax::Text;

use crate::cel::lowered::Node;
use crate::cel::{self, Variables};
use crate::finding::{Confidence, RuleId, Severity};
use crate::kind::{AttributeType, Kinds};
use crate::page::template::Template;
use crate::page::{Levels, Page, Target};
use crate::reader::LoadError;
use crate::types::{Type, ViewType};

/// A compiled rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) id: RuleId,
    pub(crate) name: Arc<str>,
    pub(crate) severity: Levels<Severity>,
    pub(crate) confidence: Levels<Confidence>,
    pub(crate) help: Option<Arc<str>>,
    pub(crate) supersedes: Vec<RuleId>,
    /// One for each target.
    pub(crate) programs: Vec<(Target, Program)>,
}

/// A rule as it is evaluated on one target.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The filter and the condition, in this order.
    pub(crate) conditions: Vec<Node>,
    pub(crate) at: Option<Node>,
    pub(crate) message: Template,
    pub(crate) related: Vec<(Node, Template)>,
}

impl Rule {
    /// Compiles a page.
    ///
    /// # Errors
    ///
    /// Everything that does not compile.
    pub(crate) fn compile(page: &Page, kinds: &Kinds) -> Result<Rule, Vec<LoadError>> {
        let mut errors = Vec::new();
        let mut programs = Vec::new();
        for target in page.on.iter().filter(|target| **target != Target::Problem) {
            match variables(target, kinds) {
                Some(mut variables) => {
                    if page.check.is_some() {
                        variables.push(("issue".into(), Type::View(ViewType::Fixed("issue"))));
                    }
                    let program = Program::compile(page, &variables, kinds, &mut errors);
                    programs.extend(program.map(|program| (target.clone(), program)));
                }
                None => {
                    errors.push(LoadError::new(0..0, format!("`{target}` is no list attribute of a kind")));
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Rule {
            id: page.id,
            name: Arc::clone(&page.name),
            severity: page.severity.clone(),
            confidence: page.confidence.clone(),
            help: page.help.clone(),
            supersedes: page.supersedes.clone(),
            programs,
        })
    }
}

impl Program {
    fn compile(
        page: &Page,
        variables: &Variables,
        kinds: &Kinds,
        errors: &mut Vec<LoadError>,
    ) -> Option<Program> {
        let mut compile = |text: &Text, ty: Option<&Type>| {
            let node = match ty {
                Some(ty) => cel::compile_as(ty, text, variables, kinds),
                None => cel::compile(text, variables, kinds),
            };
            node.map_err(|error| errors.push(LoadError::in_condition(text, &error))).ok()
        };
        let conditions: Vec<_> = [&page.filter, &page.when]
            .into_iter()
            .flatten()
            .filter_map(|text| compile(text, Some(&Type::Bool)))
            .collect();
        let at = page.at.as_ref().and_then(|text| compile(text, None));
        let places: Vec<_> = page.related.iter().map(|(at, _)| compile(at, None)).collect();
        let mut template =
            |text: &Text| Template::compile(text, variables, kinds).map_err(|error| errors.push(error)).ok();
        let message = page.message.as_ref().and_then(&mut template);
        let related = page.related.iter().zip(places);
        let related = related.filter_map(|((_, text), at)| Some((at?, template(text)?))).collect();
        Some(Program { conditions, at, message: message?, related })
    }
}

/// The variables that a condition on a target can name, in the order of their slots.
pub(crate) fn variables(target: &Target, kinds: &Kinds) -> Option<Variables> {
    let view = |name: &'static str| Type::View(ViewType::Fixed(name));
    let any = || ("self".into(), view(crate::schema::RESOURCE));
    Some(match target {
        Target::Kind(kind) => {
            kinds.get(kind)?;
            vec![("self".into(), Type::View(ViewType::Resource(Arc::clone(kind))))]
        }
        Target::Item(kind, attribute) => {
            let list = kinds.get(kind)?.attributes.get(attribute)?;
            if list.ty != AttributeType::List {
                return None;
            }
            let path = [Arc::clone(attribute)];
            vec![
                ("self".into(), Type::View(ViewType::Resource(Arc::clone(kind)))),
                ("item".into(), Type::View(ViewType::Item(Arc::clone(kind), Arc::new(path)))),
            ]
        }
        Target::Policy => vec![("policy".into(), view("policy"))],
        Target::Statement | Target::Together => {
            vec![("policy".into(), view("policy")), ("statement".into(), view("statement"))]
        }
        Target::Action => vec![
            ("policy".into(), view("policy")),
            ("statement".into(), view("statement")),
            ("action".into(), view("action")),
        ],
        Target::Encryption => vec![any(), ("store".into(), view("store"))],
        Target::Secret => vec![any(), ("value".into(), view("value"))],
        Target::Environment => vec![any(), ("entry".into(), view("entry"))],
        Target::Problem => Vec::new(),
    })
}
