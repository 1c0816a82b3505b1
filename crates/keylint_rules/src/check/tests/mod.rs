//! Tests of rules over stacks that are made by hand: what decides, what is left open, what is
//! said when, what is merged.

mod fields;
mod worlds;

use std::path::Path;
use std::sync::Arc;

use keylint_model::{
    Address, Alternative, CallSite, Condition, Data, Entry, FrontEnd, Guard, List, Map, Mode, Number, Origin,
    Part, Reason, Reference, Resource, Stack, Step, Unknown, Value,
};
use keylint_source::{FileId, Memory, Sources, Span};
use keylint_syntax::Text;

use super::{Checked, Context, check};
use crate::{Registry, Selection};

const KINDS: [(&str, &str); 4] = [
    (
        "kms.key.yaml",
        "kind: kms.key\nnoun: key\nterraform: aws_kms_key\nattributes:\n  policy: {type: policy(key), terraform: policy}\n",
    ),
    (
        "kms.alias.yaml",
        "kind: kms.alias\nnoun: alias\nterraform: aws_kms_alias\nattributes:\n  \
         key: {type: ref(kms.key), terraform: target_key_id}\nstands_for: key\n",
    ),
    (
        "sm.secret.yaml",
        "kind: sm.secret\nnoun: secret\nterraform: aws_secretsmanager_secret\nattributes:\n  \
         name: {type: string, terraform: name}\n  active: {type: bool, terraform: active}\n  window: {type: int, terraform: window, default: 30}\n  \
         value: {type: secret, terraform: value}\n  kms_key: {type: ref(kms.key), terraform: kms_key_id}\n  \
         variables: {type: map, terraform: variables}\n  replicas:\n    type: list\n    terraform: replica\n    item:\n      region: {type: string, terraform: region}\n\
         companions:\n  rotations: {kind: sm.rotation, by: secret}\n\
         encryption:\n  - {encrypted: always, key: kms_key}\n\
         environment: [variables]\n",
    ),
    (
        "sm.rotation.yaml",
        "kind: sm.rotation\nnoun: rotation\nterraform: aws_secretsmanager_secret_rotation\nattributes:\n  \
         secret: {type: ref(sm.secret), terraform: secret_id}\n",
    ),
];

fn file() -> FileId {
    Sources::new(Arc::new(Memory::new()), "/").insert(Path::new("/main.tf"), "").id()
}

fn span(start: usize) -> Span {
    Span::new(file(), start, start + 1)
}

fn at(start: usize, data: Data) -> Value {
    Value::new(data, Origin::at(span(start)))
}

fn text(known: &str) -> Value {
    at(5, Data::String(Text::at(known, span(5))))
}

fn unknown(reason: Reason) -> Arc<Unknown> {
    Arc::new(Unknown::new(reason))
}

fn input(name: &str) -> Value {
    at(6, Data::Unknown(Arc::new(Unknown::new(Reason::Input(name.into())).with_identity(name))))
}

fn referring(address: &str) -> Value {
    let reference = Reference { address: Address::new(address), attribute: "arn".into() };
    at(7, Data::Unknown(Arc::new(Unknown::new(Reason::Computed(address.into())).with_reference(reference))))
}

fn partial(before: &str, name: &str, after: &str) -> Value {
    let known = |text: &str| Part::Known(Text::synthetic(text));
    let hole = Arc::new(Unknown::new(Reason::Input(name.into())).with_identity(name));
    at(8, Data::Partial([known(before), Part::Hole(hole, None), known(after)].into()))
}

fn holds(name: &str, outcome: &str) -> Guard {
    Guard::when(Condition::plain(name, name, None), outcome)
}

fn either(name: &str, then: Value, otherwise: Value) -> Value {
    let alternatives = [
        Alternative { guard: holds(name, Condition::TRUE), value: then },
        Alternative { guard: holds(name, Condition::FALSE), value: otherwise },
    ];
    at(9, Data::Choice(alternatives.into()))
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Map {
    let entry = |(name, value): (&str, Value)| {
        (Arc::from(name), Entry { key_span: None, span: value.origin.span, value })
    };
    Map { entries: entries.into_iter().map(entry).collect(), rest: None, ..Map::default() }
}

fn list(elements: Vec<Value>, rest: Option<Arc<Unknown>>) -> Value {
    at(10, Data::List(Arc::new(List { elements, rest, ..List::default() })))
}

fn resource<const N: usize>(type_name: &str, name: &str, attributes: [(&str, Value); N]) -> Resource {
    Resource {
        address: Address::new(format!("{type_name}.{name}")),
        type_name: type_name.into(),
        mode: Mode::Managed,
        attributes: map(attributes),
        span: Span::new(file(), 0, 100),
        header: span(1),
        guard: Guard::always(),
        symbolic: false,
        calls: Arc::new([]),
        construct: None,
    }
}

fn secret<const N: usize>(attributes: [(&str, Value); N]) -> Resource {
    resource("aws_secretsmanager_secret", "s", attributes)
}

fn page(id: &str, on: &str, when: &str, more: &str) -> String {
    let name = id.to_ascii_lowercase();
    format!(
        "---\nid: {id}\nname: rule-{name}\nseverity: low\non: {on}\nwhen: |\n  {when}\nmessage: it is so\n{more}---\n"
    )
}

fn run_pages(pages: &[String], resources: Vec<Resource>) -> Checked {
    let named = pages.iter().map(|text| ("page.md", text.as_str()));
    let registry = Registry::from_texts(named, KINDS).unwrap();
    let selection: Selection = registry.rules().iter().map(|entry| entry.id).collect();
    let stack = Stack::new(FrontEnd::Terraform, "stack", resources, Vec::new());
    check(&registry, &stack, &selection, Context::default())
}

/// `yes`, `no`, `unknown`, or the message where it says when.
fn verdict(when: &str, resources: Vec<Resource>) -> String {
    let checked = run_pages(&[page("SM001", "sm.secret", when, "")], resources);
    match (checked.findings.as_slice(), checked.undecided.len()) {
        ([finding], 0) if finding.message == "it is so" => "yes".to_owned(),
        ([finding], _) => finding.message.clone(),
        ([], 0) => "no".to_owned(),
        ([], _) => "unknown".to_owned(),
        (many, _) => format!("{} findings", many.len()),
    }
}

#[test]
fn the_known_part_decides_where_it_can() {
    let known = || vec![secret([("name", text("prod/db")), ("active", at(1, Data::Bool(true)))])];
    let open = || vec![secret([("name", partial("prod/", "var.x", "/db")), ("active", input("var.active"))])];
    let cases = [
        ("self.active", "yes", "unknown"),
        ("!self.active", "no", "unknown"),
        ("self.active && self.name == \"other\"", "no", "no"),
        ("self.active || self.name.startsWith(\"prod\")", "yes", "yes"),
        ("self.active ? self.active : !self.active", "yes", "unknown"),
        ("self.name == \"prod/db\"", "yes", "no"),
        ("self.name == \"prod/x/db\"", "no", "unknown"),
        ("self.name != \"test/db\"", "yes", "yes"),
        ("self.name == self.name", "yes", "yes"),
        ("self.name == null", "no", "no"),
        ("self.active == null", "no", "unknown"),
        ("has(self.name)", "yes", "yes"),
        ("self.name in [\"a\", \"prod/db\"]", "yes", "no"),
        ("self.name.startsWith(\"prod/d\")", "yes", "unknown"),
        ("self.name.startsWith(\"test\")", "no", "no"),
        ("self.name.endsWith(\"/db\")", "yes", "yes"),
        ("self.name.contains(\"prod\")", "yes", "yes"),
        ("self.name.contains(\"od/d\")", "yes", "unknown"),
        ("self.window < 7", "no", "no"),
        ("self.window == 30", "yes", "yes"),
        ("self.value == null", "yes", "yes"),
    ];
    for (when, of_known, of_open) in cases {
        assert_eq!(verdict(when, known()), of_known, "{when}, known");
        assert_eq!(verdict(when, open()), of_open, "{when}, partly known");
    }
}

#[test]
fn a_list_of_which_more_may_follow_answers_by_its_known_elements() {
    let replica = |region: Value| at(11, Data::Map(Arc::new(map([("region", region)]))));
    let open = || {
        let rest = unknown(Reason::Input("var.replicas".into()));
        vec![secret([("replica", list(vec![replica(text("eu-west-1"))], Some(rest)))])]
    };
    let closed = || vec![secret([("replica", list(vec![replica(text("eu-west-1"))], None))])];
    let cases = [
        ("size(self.replicas) == 0", "no", "no"),
        ("size(self.replicas) >= 1", "yes", "yes"),
        ("size(self.replicas) > 1", "no", "unknown"),
        ("size(self.replicas) < 1", "no", "no"),
        ("self.replicas.exists(r, r.region == \"eu-west-1\")", "yes", "yes"),
        ("self.replicas.exists(r, r.region == \"us-east-1\")", "no", "unknown"),
        ("self.replicas.all(r, r.region == \"eu-west-1\")", "yes", "unknown"),
        ("self.replicas.all(r, r.region == \"us-east-1\")", "no", "no"),
        ("size(self.replicas.filter(r, r.region == \"us-east-1\")) == 0", "yes", "unknown"),
        ("\"eu-west-1\" in self.replicas.map(r, r.region)", "yes", "yes"),
    ];
    for (when, of_closed, of_open) in cases {
        assert_eq!(verdict(when, closed()), of_closed, "{when}, closed");
        assert_eq!(verdict(when, open()), of_open, "{when}, open");
    }
}

#[test]
fn a_policy_that_is_not_wholly_known_leaves_its_rules_open() {
    let harmless = at(20, Data::Map(Arc::new(map([("Effect", text("Deny")), ("Principal", text("*"))]))));
    let document = |statements| at(21, Data::Map(Arc::new(map([("Statement", statements)]))));
    let reason = || Some(unknown(Reason::Input("var.more".into())));
    let cases = [
        ("an unknown policy", input("var.policy"), 1),
        ("a known statement and unknown ones", document(list(vec![harmless.clone()], reason())), 1),
        ("unknown statements", document(input("var.statements")), 1),
        ("a known policy", document(list(vec![harmless], None)), 0),
        ("no policy", at(22, Data::Null), 0),
    ];
    for (name, policy, open) in cases {
        for (kind, expected) in [("key", open), ("resource", 0)] {
            // What the statement is cannot matter where the kind of the policy already decides.
            let when = format!("policy.kind == \"{kind}\" && statement.effect == \"Allow\"");
            let stack = vec![resource("aws_kms_key", "k", [("policy", policy.clone())])];
            let checked = run_pages(&[page("KMS002", "policy.statement", &when, "")], stack);
            assert!(checked.findings.is_empty(), "{name}");
            assert_eq!(checked.undecided.len(), expected, "{name}, asked for a {kind} policy");
        }
    }
}

#[test]
fn who_manages_a_key_follows_from_how_it_is_named() {
    let by_aws = |value: Value| {
        verdict(
            "self.kms_key.managed_by == \"aws\"",
            vec![
                secret([("kms_key_id", value)]),
                resource("aws_kms_key", "own", []),
                resource("aws_kms_alias", "own", [("target_key_id", referring("aws_kms_key.own"))]),
            ],
        )
    };
    let of_aws = [
        "",
        "alias/aws/secretsmanager",
        "aws/secretsmanager",
        "arn:aws:kms:eu-west-1:111122223333:alias/aws/secretsmanager",
    ];
    for name in of_aws {
        assert_eq!(by_aws(text(name)), "yes", "{name}");
    }
    let of_customer = [
        "alias/own",
        "alias/team/aws/secretsmanager",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd",
        "arn:aws-cn:kms:cn-north-1:111122223333:alias/own",
    ];
    for name in of_customer {
        assert_eq!(by_aws(text(name)), "no", "{name}");
    }
    assert_eq!(by_aws(at(1, Data::Null)), "yes");
    assert_eq!(by_aws(referring("aws_kms_key.own")), "no");
    assert_eq!(by_aws(referring("aws_kms_alias.own")), "no");
    assert_eq!(by_aws(input("var.key")), "unknown");
    assert_eq!(by_aws(partial("arn:aws:kms:", "region", ":111122223333:alias/aws/secretsmanager")), "yes");
    assert_eq!(by_aws(partial("arn:aws:kms:", "region", ":111122223333:key/1234")), "no");
    assert_eq!(by_aws(partial("alias/", "var.name", "")), "unknown");
    assert_eq!(by_aws(partial("alias/app-", "var.name", "")), "no");
    assert_eq!(
        by_aws(either("IsProd", referring("aws_kms_key.own"), at(1, Data::Null))),
        "it is so when IsProd is false"
    );
}

#[test]
fn data_sources_of_keys_follow_their_argument() {
    let with_alias = |name: Value| {
        let mut source = resource("aws_kms_alias", "x", [("name", name)]);
        source.address = Address::new("data.aws_kms_alias.x");
        source.mode = Mode::Data;
        let secret = secret([("kms_key_id", referring("data.aws_kms_alias.x"))]);
        verdict("self.kms_key.managed_by == \"aws\"", vec![secret, source])
    };
    assert_eq!(with_alias(text("alias/aws/secretsmanager")), "yes");
    assert_eq!(with_alias(text("alias/own")), "no");
    assert_eq!(with_alias(input("var.alias")), "unknown");
}

#[test]
fn companions_are_those_that_point_at_the_resource() {
    let with = |target: Value| {
        let rotation = resource("aws_secretsmanager_secret_rotation", "r", [("secret_id", target)]);
        verdict("size(self.rotations) == 0", vec![secret([("name", text("prod/db"))]), rotation])
    };
    assert_eq!(with(referring("aws_secretsmanager_secret.s")), "no");
    assert_eq!(with(referring("aws_secretsmanager_secret.other")), "yes");
    assert_eq!(with(text("prod/db")), "no");
    assert_eq!(with(text("prod/other")), "yes");
    assert_eq!(with(input("var.secret")), "unknown");
}

#[test]
fn instances_of_one_block_have_one_identity() {
    let instance = |key: &str| Resource {
        address: Address::new(format!("module.fleet[\"{key}\"].aws_secretsmanager_secret.s")),
        calls: Arc::new([CallSite {
            address: Address::new("module.fleet"),
            span: span(50),
            block: span(50),
            kind: keylint_model::CallKind::Module,
        }]),
        ..secret([])
    };
    let pages = [page("SM001", "sm.secret", "self.kms_key == null", "at: self.kms_key\n")];
    let checked = run_pages(&pages, vec![instance("a"), instance("b")]);
    let [first, second] = checked.findings.as_slice() else { panic!("{:?}", checked.findings) };
    assert_eq!(first.span, span(1), "what is absent is pointed at by the header");
    assert_eq!(
        first.related.iter().map(|related| related.message.as_str()).collect::<Vec<_>>(),
        ["called here"]
    );
    // The engine makes one finding of them, after suppressions had their say on each.
    assert_eq!(
        (&first.fingerprint, first.span, &first.message),
        (&second.fingerprint, second.span, &second.message)
    );
}

#[test]
fn a_finding_shows_what_its_value_came_through() {
    let through = Origin::at(span(40)).through(Step::Default, "key", span(41));
    let through = through.through(Step::Argument, "kms_key_id", span(42));
    let mut resource = secret([("kms_key_id", Value::new(Data::Null, through))]);
    resource.attributes.entries["kms_key_id"].span = Some(span(3));
    let checked = run_pages(
        &[page("SM001", "sm.secret", "self.kms_key == null", "at: self.kms_key\n")],
        vec![resource],
    );
    let finding = &checked.findings[0];
    assert_eq!(finding.span, span(3));
    let related: Vec<_> =
        finding.related.iter().map(|related| (related.span, related.message.as_str())).collect();
    assert_eq!(related, [(span(42), "argument `kms_key_id` of the call"), (span(40), "default of `key`")]);
}

#[test]
fn the_winner_silences_the_loser_at_the_same_place_alone() {
    let pages = |at: &str| {
        [
            page("SM001", "sm.secret", "self.kms_key == null", "at: self\nsupersedes: [SM002]\n"),
            page("SM002", "sm.secret", "self.name != null", at),
        ]
    };
    let ids = |at: &str, name: Value| -> Vec<String> {
        let checked = run_pages(&pages(at), vec![secret([("name", name)])]);
        checked.findings.iter().map(|finding| finding.rule.to_string()).collect()
    };
    assert_eq!(ids("at: self\n", text("a")), ["SM001"]);
    assert_eq!(ids("at: self.name\n", text("a")), ["SM001", "SM002"]);
    let conditional = vec![secret([("kms_key_id", either("A", text("alias/x"), at(1, Data::Null)))])];
    let checked =
        run_pages(&[pages("")[0].clone(), page("SM002", "sm.secret", "true", "at: self\n")], conditional);
    assert_eq!(checked.findings.len(), 2, "what holds sometimes silences nothing that holds always");
}

#[test]
fn what_holds_in_two_of_three_cases_silences_nothing_in_the_third() {
    let condition = Condition::plain("stage", "stage", None).with_outcomes(["a", "b", "c"].map(Arc::from));
    let alternative = |outcome: &Arc<str>| Alternative {
        guard: Guard::when(condition.clone(), Arc::clone(outcome)),
        value: text(outcome),
    };
    let name = at(9, Data::Choice(condition.outcomes.iter().map(alternative).collect()));
    let said = |loser: &str| -> Vec<String> {
        let pages = [
            page("SM001", "sm.secret", "self.name in ['a', 'b']", "at: self\nsupersedes: [SM002]\n"),
            page("SM002", "sm.secret", loser, "at: self\n"),
        ];
        let checked = run_pages(&pages, vec![secret([("name", name.clone())])]);
        checked.findings.iter().map(|finding| format!("{} {}", finding.rule, finding.message)).collect()
    };
    let winner = "SM001 it is so when stage is a or b";
    assert_eq!(said("true"), [winner, "SM002 it is so"]);
    assert_eq!(said("self.name == 'c'"), [winner, "SM002 it is so when stage is c"]);
    assert_eq!(said("self.name == 'b'"), [winner]);
}

#[test]
fn winners_that_hold_in_all_cases_together_silence_what_each_does_in_some() {
    let name = |of_true: &str, of_false: &str| either("A", text(of_true), at(9, text(of_false).data));
    let said = |name: Value| -> Vec<String> {
        let winner = |id: &str, value: &str| {
            page(id, "sm.secret", &format!("self.name == '{value}'"), "at: self\nsupersedes: [SM002]\n")
        };
        let pages =
            [winner("SM001", "a"), page("SM002", "sm.secret", "true", "at: self\n"), winner("SM003", "b")];
        let checked = run_pages(&pages, vec![secret([("name", name)])]);
        checked.findings.iter().map(|finding| format!("{} {}", finding.rule, finding.message)).collect()
    };
    let [when_a, when_b] = ["SM001 it is so when A is true", "SM003 it is so when A is false"];
    assert_eq!(said(name("a", "b")), [when_a, when_b]);
    assert_eq!(said(name("a", "c")), [when_a, "SM002 it is so"]);
}

/// A question that a better rule asks of the same place, or answers, is not asked again.
#[test]
fn the_winner_silences_what_the_loser_leaves_open() {
    let ids = |when: &str, name: Value| -> (Vec<String>, Vec<String>) {
        let pages = [
            page("SM001", "sm.secret", when, "at: self.name\nsupersedes: [SM002]\n"),
            page("SM002", "sm.secret", "self.name == 'b'", "at: self.name\n"),
        ];
        let checked = run_pages(&pages, vec![secret([("name", name)])]);
        let undecided = checked.undecided.iter().map(|open| open.rule.to_string()).collect();
        (checked.findings.iter().map(|finding| finding.rule.to_string()).collect(), undecided)
    };
    let none = Vec::<String>::new;
    assert_eq!(ids("self.name == 'a'", input("name")), (none(), vec!["SM001".to_owned()]));
    assert_eq!(ids("self.name != null && false", input("name")), (none(), vec!["SM002".to_owned()]));
    assert_eq!(ids("self.active != true", input("name")), (vec!["SM001".to_owned()], none()));
}

#[test]
fn a_policy_without_use_is_inferred_and_one_with_use_is_not_counted_twice() {
    let document = |via: Origin| {
        let statement = at(
            20,
            Data::Map(Arc::new(map([
                ("Effect", text("Allow")),
                ("Principal", text("*")),
                ("Action", text("kms:*")),
                ("Resource", text("*")),
            ]))),
        );
        let policy = at(21, Data::Map(Arc::new(map([("Statement", list(vec![statement], None))]))));
        Value::new(Data::Json(Arc::new(policy)), via)
    };
    let source = || Resource {
        address: Address::new("data.aws_iam_policy_document.p"),
        mode: Mode::Data,
        ..resource("aws_iam_policy_document", "p", [("json", document(Origin::at(span(22))))])
    };
    let pages = [page(
        "KMS002",
        "policy.statement",
        "statement.is_public && policy.kind == \"key\"",
        "at: statement.principal\n",
    )];
    let alone = run_pages(&pages, vec![source()]);
    assert_eq!((alone.policies.len(), alone.findings.len()), (1, 1));
    let via = Origin::at(span(22)).through(Step::Document, "data.aws_iam_policy_document.p", span(22));
    let used = run_pages(&pages, vec![source(), resource("aws_kms_key", "k", [("policy", document(via))])]);
    assert_eq!((used.policies.len(), used.findings.len()), (1, 1));
    assert_eq!(used.findings[0].resource.as_ref().map(Address::as_str), Some("aws_kms_key.k"));
    assert_eq!(used.findings[0].span, span(5));
}

#[test]
fn secrets_are_masked_whatever_is_selected() {
    let mut resource = secret([
        ("value", either("A", text("hunter2"), at(30, Data::Number(Number::Integer(1234))))),
        ("name", text("prod/db")),
    ]);
    resource.attributes.entries["name"].value.origin.span = Some(span(31));
    let checked = run_pages(&[], vec![resource]);
    assert_eq!(checked.secret_spans, [span(5), span(30)]);
}
