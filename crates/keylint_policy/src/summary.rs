//! What a document says, put together for a reader: which services and access levels each statement
//! opens, what is public, by which known ways somebody gains permissions.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

use keylint_model::Verdict;

use crate::algebra::{Access, Any, Known, Opening, Question, Wanted, Witness, allowed_of, openings};
use crate::document::{Document, Statement};
use crate::element::{Element, PartlyKnown};
use crate::escalation::{Escalation, escalations};
use crate::kind::PolicyKind;
use crate::service::{AccessLevel, Service, expand, service};

/// A document for a reader.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What the statements allow and deny, in their order.
    pub statements: Vec<Entry>,
    /// The statements that open something to everybody, or may.
    pub public: Vec<Public>,
    /// The known ways by which whom the policy grants to gains permissions, or may. None for
    /// policies that grant nothing to an identity.
    pub escalations: Vec<Way>,
}

/// A statement for a reader.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its place in the document.
    pub statement: usize,
    /// What it is about, service by service.
    pub scopes: Vec<Scope>,
}

/// What a statement is about of one service.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The service as its actions name it; `*` for all of them.
    pub service: String,
    /// How much of it.
    pub extent: Extent,
    /// The actions as they are written.
    pub patterns: Vec<String>,
    /// Where the statement allows: whether any of it is left once the document's denials are taken
    /// off.
    pub is_left: Verdict,
}

/// How much of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every action.
    Everything,
    /// Every action but those that are written.
    AllBut,
    /// All actions of some access levels, and some of others.
    Levels {
        /// The levels of which all actions are among them.
        full: Vec<AccessLevel>,
        /// The levels of which some are.
        limited: Vec<AccessLevel>,
    },
    /// Actions that AWS does not list, or that only deployment knows.
    Unlisted,
}

/// A statement that opens something to everybody.
#[derive(Clone, Debug)]
pub struct Public {
    /// Its place in the document.
    pub statement: usize,
    /// Yes, or unknown when only deployment decides.
    pub verdict: Verdict,
    /// A request of somebody whom the policy does not know.
    pub witness: Option<Witness>,
    /// Whether it is unknown because the document has more statements than are weighed.
    pub is_cut: bool,
}

/// A known way to gain permissions that is open.
#[derive(Clone, Debug)]
pub struct Way {
    /// Which.
    pub escalation: &'static Escalation,
    /// Yes, or unknown when only deployment decides.
    pub verdict: Verdict,
    /// Whether a condition must be met for one of its actions.
    pub is_conditional: bool,
    /// The statements that allow its actions.
    pub statements: Vec<usize>,
}

impl Summary {
    /// The summary of a document of a kind.
    pub fn of(document: &Document, kind: PolicyKind) -> Summary {
        let work = Work::new(document);
        Summary {
            statements: document.statements.iter().map(|s| entry(s, kind, &work)).collect(),
            public: public(document, kind),
            escalations: if kind.grants_to_identity() { ways(document, kind, &work) } else { Vec::new() },
        }
    }
}

/// How many pairs of a statement that allows and one that denies are compared for one summary. No policy
/// that AWS takes needs as many.
const WORK_LIMIT: usize = 500_000;

/// The work that is left for one summary.
struct Work {
    left: Cell<usize>,
    allowing: usize,
    denying: usize,
    /// The document with the statements alone that may deny.
    denials: Document,
}

impl Work {
    fn new(document: &Document) -> Self {
        let count = |is: &dyn Fn(&Statement) -> bool| document.statements.iter().filter(|s| is(s)).count();
        let is_denial = |statement: &&Statement| statement.is_deny() != Verdict::No;
        let denials: Vec<Statement> = document.statements.iter().filter(is_denial).cloned().collect();
        Work {
            left: Cell::new(WORK_LIMIT),
            allowing: count(&|statement| statement.is_allow() != Verdict::No),
            denying: denials.len(),
            denials: Document { statements: denials, ..document.clone() },
        }
    }

    /// What decides what is left of one statement: it and the denials.
    fn part(&self, statement: &Statement) -> Document {
        let mut part = self.denials.clone();
        if part.statements.iter().all(|denial| denial.index != statement.index) {
            part.statements.push(statement.clone());
        }
        part
    }

    /// Takes the work of a question about so many statements that allow; `false` when that is not left.
    fn can_ask(&self, allowing: usize) -> bool {
        let left = self.left.get().checked_sub(allowing.saturating_mul(self.denying + 1));
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }
}

fn entry(statement: &Statement, kind: PolicyKind, work: &Work) -> Entry {
    let part = OnceCell::new();
    let is_left = |elements: &[&Element]| {
        if statement.is_allow() == Verdict::No {
            return Verdict::No;
        }
        if !work.can_ask(1) {
            return Verdict::Unknown;
        }
        let part = part.get_or_init(|| work.part(statement));
        let actions: Vec<PartlyKnown> = elements.iter().map(|element| element.text.clone()).collect();
        let question = Question { actions: &actions, resources: &[] };
        let access = allowed_of(part, kind, &question, Wanted::Statement(statement.index), &Any);
        match access.by.iter().any(|(index, _)| *index == statement.index) {
            true => Verdict::Yes,
            false => access.verdict.and(Verdict::Unknown),
        }
    };
    Entry { statement: statement.index, scopes: scopes(statement, &is_left) }
}

fn scopes(statement: &Statement, is_left: &dyn Fn(&[&Element]) -> Verdict) -> Vec<Scope> {
    if let Some(excluded) = &statement.not_actions {
        let patterns = excluded.iter().map(|element| element.text.to_string()).collect();
        return vec![Scope {
            service: "*".to_owned(),
            extent: Extent::AllBut,
            patterns,
            is_left: is_left(&[]),
        }];
    }
    let mut by_service: BTreeMap<String, Vec<&Element>> = BTreeMap::new();
    for element in statement.actions.iter().flatten() {
        let text = element.text.to_string();
        let prefix = text.split_once(':').map_or("*", |(prefix, _)| prefix);
        let is_named = !prefix.contains(['*', '?', '$']);
        let name = if is_named { prefix.to_ascii_lowercase() } else { "*".to_owned() };
        by_service.entry(name).or_default().push(element);
    }
    let scope = |(name, elements): (String, Vec<&Element>)| {
        let extent = extent(&name, &elements);
        let patterns = elements.iter().map(|element| element.text.to_string()).collect();
        Scope { service: name, extent, patterns, is_left: is_left(&elements) }
    };
    by_service.into_iter().map(scope).collect()
}

fn extent(name: &str, elements: &[&Element]) -> Extent {
    let is_all = |element: &&Element| {
        element.is_everything() == Verdict::Yes || name != "*" && element.is_whole_service() == Verdict::Yes
    };
    if elements.iter().any(is_all) {
        return Extent::Everything;
    }
    let Some(known) = service(name) else { return Extent::Unlisted };
    let mut counts = count(known.actions().map(|action| action.access_level()));
    let mut names: Vec<&str> = Vec::new();
    let patterns = elements.iter().filter_map(|element| element.as_known());
    let mut matched: Vec<AccessLevel> = Vec::new();
    for action in patterns.flat_map(expand) {
        if !names.contains(&action.name()) {
            names.push(action.name());
            matched.push(action.access_level());
        }
    }
    if matched.is_empty() {
        return Extent::Unlisted;
    }
    let matched = count(matched.into_iter());
    counts.retain(|level, _| matched.contains_key(level));
    let is_full = |level: &AccessLevel| counts.get(level) == matched.get(level);
    let (full, limited): (Vec<_>, Vec<_>) = matched.keys().partition(|level| is_full(level));
    if limited.is_empty() && names.len() == known.actions().len() {
        return Extent::Everything;
    }
    Extent::Levels { full, limited }
}

fn count(levels: impl Iterator<Item = AccessLevel>) -> BTreeMap<AccessLevel, usize> {
    let mut counts = BTreeMap::new();
    for level in levels {
        *counts.entry(level).or_default() += 1;
    }
    counts
}

impl Scope {
    /// The highest access level, where it is known.
    pub fn highest(&self) -> Option<AccessLevel> {
        match &self.extent {
            Extent::Everything | Extent::AllBut => Some(AccessLevel::PermissionsManagement),
            Extent::Levels { full, limited } => full.iter().chain(limited).max().copied(),
            Extent::Unlisted => None,
        }
    }

    /// The service, where it is one.
    pub fn known_service(&self) -> Option<Service> {
        service(&self.service)
    }
}

fn public(document: &Document, kind: PolicyKind) -> Vec<Public> {
    if !kind.opens_resource() {
        return Vec::new();
    }
    let open = document.statements.iter().filter_map(|statement| {
        let verdict = document.is_public(statement).verdict;
        (verdict != Verdict::No).then_some((statement.index, verdict))
    });
    let open: Vec<(usize, Verdict)> = open.collect();
    let places: Vec<usize> = open.iter().map(|(place, _)| *place).collect();
    let found = openings(document, &places, &Known).into_iter();
    let public = |((statement, verdict), opening): ((usize, Verdict), Opening)| Public {
        statement,
        verdict,
        witness: opening.witness,
        is_cut: opening.is_cut && verdict == Verdict::Unknown,
    };
    open.into_iter().zip(found).map(public).collect()
}

/// Access by the statements that let the service of a way get the role. A condition on nothing but that service is
/// met by the way itself.
fn passing(document: &Document, escalation: &'static Escalation, mut access: Access) -> Access {
    let mut verdicts = Vec::new();
    access.by.retain_mut(|(index, is_conditional)| {
        let Some(statement) = document.statements.iter().find(|it| it.index == *index) else { return true };
        let passes = statement.passes_role_for(escalation);
        *is_conditional &= passes != Verdict::Yes || !statement.asks_only_for_passed_service();
        verdicts.push(passes);
        passes != Verdict::No
    });
    if !verdicts.is_empty() {
        access.verdict = access.verdict.and(Verdict::any(verdicts));
    }
    access
}

fn ways(document: &Document, kind: PolicyKind, work: &Work) -> Vec<Way> {
    let way = |escalation: &'static Escalation| {
        let Escalation { action, service, resource, others, .. } = escalation;
        let target = PartlyKnown::from(format!("arn:*:{service}:*:*:{resource}").as_str());
        let mut way =
            Way { escalation, verdict: Verdict::Yes, is_conditional: false, statements: Vec::new() };
        let targets = std::iter::once((*action, Some(target)));
        for (action, target) in targets.chain(others.iter().map(|action| (*action, None))) {
            let actions = [PartlyKnown::from(action)];
            let resources: Vec<PartlyKnown> = target.into_iter().collect();
            let question = Question { actions: &actions, resources: &resources };
            if !work.can_ask(work.allowing) {
                way.verdict = way.verdict.and(Verdict::Unknown);
                continue;
            }
            let mut access = allowed_of(document, kind, &question, Wanted::Allowing, &Any);
            if action == escalation.action {
                access = passing(document, escalation, access);
            }
            way.verdict = way.verdict.and(access.verdict);
            if way.verdict == Verdict::No {
                return None;
            }
            way.is_conditional |= access.by.iter().all(|(_, is_conditional)| *is_conditional);
            way.statements.extend(access.by.iter().map(|(index, _)| *index));
        }
        way.statements.sort_unstable();
        way.statements.dedup();
        Some(way)
    };
    escalations().iter().filter_map(way).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::statements;

    fn summary(text: &str, kind: PolicyKind) -> Summary {
        Summary::of(&statements(text), kind)
    }

    #[test]
    fn levels_are_full_or_limited() {
        let text = r#"{"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"},
            {"Effect": "Allow", "Action": ["kms:List*", "kms:Decrypt", "sns:Publish"], "Resource": "*"},
            {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
            {"Effect": "Allow", "Action": ["nosuch:Thing", "«var.service»:Get"], "Resource": "*"}"#;
        let summary = summary(text, PolicyKind::Identity);
        let extents: Vec<Vec<_>> = summary
            .statements
            .iter()
            .map(|entry| entry.scopes.iter().map(|scope| (scope.service.as_str(), &scope.extent)).collect())
            .collect();
        assert_eq!(extents[0], [("s3", &Extent::Everything)]);
        let [("kms", Extent::Levels { full, limited }), ("sns", Extent::Levels { .. })] =
            extents[1].as_slice()
        else {
            panic!("{:?}", extents[1])
        };
        assert_eq!(
            (full.as_slice(), limited.as_slice()),
            (&[AccessLevel::List][..], &[AccessLevel::Write][..])
        );
        assert_eq!(extents[2], [("*", &Extent::AllBut)]);
        assert_eq!(extents[3], [("*", &Extent::Unlisted), ("nosuch", &Extent::Unlisted)]);
    }

    #[test]
    fn what_is_denied_again_is_not_left() {
        let text = r#"{"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "i*", "Resource": "*"}"#;
        let summary = summary(text, PolicyKind::Identity);
        let scopes = summary.statements.iter().flat_map(|entry| &entry.scopes);
        let left: Vec<Verdict> = scopes.map(|scope| scope.is_left).collect();
        assert_eq!(left, [Verdict::No, Verdict::Yes, Verdict::No]);
        assert!(summary.escalations.is_empty(), "{:?}", summary.escalations);
    }

    #[test]
    fn what_there_is_no_work_left_for_is_unknown() {
        let document = statements(r#"{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}"#);
        let work = Work { left: Cell::new(1), ..Work::new(&document) };
        let left = |work: &Work| entry(&document.statements[0], PolicyKind::Identity, work).scopes[0].is_left;
        assert_eq!((left(&work), left(&work)), (Verdict::Yes, Verdict::Unknown));
        let ways = ways(&document, PolicyKind::Identity, &work);
        assert!(!ways.is_empty() && ways.iter().all(|way| way.verdict == Verdict::Unknown));
    }

    #[test]
    fn a_statement_is_left_by_itself() {
        let text = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}"#;
        let summary = summary(text, PolicyKind::Identity);
        let left: Vec<Verdict> = summary.statements.iter().map(|entry| entry.scopes[0].is_left).collect();
        assert_eq!(left, [Verdict::No, Verdict::Yes, Verdict::No]);
    }

    #[test]
    fn ways_to_escalate_need_all_their_actions() {
        let with = |text: &str| {
            let ways = summary(text, PolicyKind::Identity).escalations;
            ways.iter().map(|way| (way.escalation.path, way.verdict, way.is_conditional)).collect::<Vec<_>>()
        };
        let pass = r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}"#;
        assert_eq!(with(pass), []);
        let all = with(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#);
        assert_eq!(all.len(), escalations().len());
        let one = with(
            r#"{"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#,
        );
        assert_eq!(one, [("iam-002", Verdict::Yes, true)]);
        let tied = |service: &str| {
            with(&format!(
                r#"{{"Effect": "Allow", "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*"}},
                {{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {{"StringEquals": {{"iam:PassedToService": "{service}"}}}}}}"#
            ))
        };
        assert_eq!(tied("lambda.amazonaws.com"), [("lambda-001", Verdict::Yes, false)]);
        assert_eq!(tied("ec2.amazonaws.com"), []);
        // Not on the resource that it takes.
        assert_eq!(
            with(
                r#"{"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::111122223333:role/x"}"#
            ),
            []
        );
    }

    #[test]
    fn what_is_public_comes_with_a_request() {
        let text = r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}"#;
        let summary = summary(text, PolicyKind::Resource);
        let [public] = summary.public.as_slice() else { panic!("{summary:?}") };
        assert_eq!(public.verdict, Verdict::Yes);
        let witness = public.witness.as_ref().unwrap();
        assert_eq!(
            (witness.action.as_str(), witness.resource.as_str()),
            ("s3:GetObject", "arn:aws:s3:::b/example")
        );
    }
}
