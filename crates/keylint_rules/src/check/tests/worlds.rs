//! What rules say of values that deployment decides.

use std::sync::Arc;

use keylint_model::condition::Limits;
use keylint_model::{Alternative, Condition, Data, Guard, Value};

use super::{at, either, holds, input, list, map, page, resource, run_pages, secret, text, verdict};

#[test]
fn alternatives_are_said_only_where_they_matter() {
    let name = |then, otherwise| vec![secret([("name", either("IsProd", then, otherwise))])];
    let is_a = "self.name == \"a\"";
    assert_eq!(verdict(is_a, name(text("a"), text("a"))), "yes");
    assert_eq!(verdict(is_a, name(text("a"), text("b"))), "it is so when IsProd is true");
    assert_eq!(verdict(is_a, name(text("b"), text("c"))), "no");
    assert_eq!(verdict(is_a, name(text("a"), input("var.x"))), "it is so when IsProd is true");
    // One condition cannot hold here and fail there.
    let both = [
        ("name", either("IsProd", text("a"), text("b"))),
        ("active", either("IsProd", at(1, Data::Bool(false)), at(1, Data::Bool(true)))),
    ];
    assert_eq!(verdict("self.name == \"a\" && self.active", vec![secret(both)]), "no");
    // What the resource itself depends on decides its values, and is said.
    let mut conditional = secret([("name", either("IsProd", text("a"), text("b")))]);
    conditional.guard = holds("IsProd", Condition::TRUE);
    assert_eq!(verdict(is_a, vec![conditional]), "it is so when IsProd is true");
}

#[test]
fn more_alternatives_than_can_be_tried_are_counted_as_unknown() {
    let nested = (0..6).fold(text("a"), |value, index| {
        let condition = Condition::plain(format!("c{index}"), format!("c{index}"), None)
            .with_outcomes(["1", "2", "3", "4"].map(Arc::from));
        let alternative = |outcome: &Arc<str>| Alternative {
            guard: Guard::when(condition.clone(), Arc::clone(outcome)),
            value: if &**outcome == "1" { value.clone() } else { text("b") },
        };
        at(9, Data::Choice(condition.outcomes.iter().map(alternative).collect()))
    });
    assert_eq!(verdict("self.name == \"a\"", vec![secret([("name", nested)])]), "unknown");
}

#[test]
fn what_may_never_hold_is_no_finding_where_telling_takes_too_much() {
    let cases = |root: &str| {
        let case = |outcome| (holds(root, outcome), Arc::from(outcome));
        [case(Condition::TRUE), case(Condition::FALSE)]
    };
    let verdict_in = |steps: usize, guarded: bool| {
        let limits = Arc::new(Limits::new(Vec::new(), steps));
        let expression = |name: &str| {
            Condition::plain(name, name, None)
                .with_cases(cases("root"))
                .with_limits(Some(Arc::clone(&limits)))
        };
        let arm = |outcome: &str, value| Alternative {
            guard: Guard::when(expression("a"), outcome),
            value: text(value),
        };
        let name = at(9, Data::Choice([arm(Condition::TRUE, "a"), arm(Condition::FALSE, "b")].into()));
        let mut secret = secret([("name", name)]);
        if guarded {
            secret.guard = Guard::when(expression("b"), Condition::TRUE);
        }
        verdict("self.name == \"a\"", vec![secret])
    };
    assert_eq!(verdict_in(64, false), "it is so when a is true");
    assert_eq!(verdict_in(64, true), "it is so when b is true");
    assert_eq!(verdict_in(0, false), "unknown");
    assert_eq!(verdict_in(0, true), "unknown");
}

#[test]
fn what_no_alternative_changes_is_told_however_many_there_are() {
    let statement =
        |effect: Value| at(20, Data::Map(Arc::new(map([("Effect", effect), ("Principal", text("*"))]))));
    let open = (0..12).map(|index| statement(either(&format!("C{index}"), text("Allow"), text("Deny"))));
    let statements = |certain: Value| list(open.clone().chain([statement(certain)]).collect(), None);
    let verdicts = |certain: &str| {
        let document = at(21, Data::Map(Arc::new(map([("Statement", statements(text(certain)))]))));
        let when = "statement.effect == \"Allow\"";
        let stack = vec![resource("aws_kms_key", "k", [("policy", document)])];
        run_pages(&[page("KMS002", "policy.statement", when, "")], stack)
    };
    let allowed = verdicts("Allow");
    assert_eq!(allowed.findings.len(), 1);
    assert!(!allowed.findings[0].message.contains("when"), "{}", allowed.findings[0].message);
    assert_eq!(allowed.undecided.len(), 12);
    // Each of the others by itself may allow.
    let denied = verdicts("Deny");
    assert_eq!(denied.findings.len(), 1);
    let message = &denied.findings[0].message;
    assert!(message.contains("when C0 is true, or when C1 is true"), "{message}");
    assert_eq!(denied.undecided.len(), 12);
}

#[test]
fn each_part_of_a_statement_is_looked_at_in_the_worlds_of_its_own_conditions() {
    let one_of = |name: &str, values: [&str; 3]| {
        let condition =
            Condition::plain(name, name, None).with_outcomes(values.map(Arc::<str>::from).as_slice());
        let arm =
            |value: &str| Alternative { guard: Guard::when(condition.clone(), value), value: text(value) };
        at(9, Data::Choice(values.map(arm).into()))
    };
    let fields = map([
        ("Effect", one_of("Env", ["Allow", "Allow", "Deny"])),
        ("Principal", one_of("Who", ["*", "111122223333", "111122223334"])),
        ("Action", one_of("What", ["kms:Decrypt", "kms:Encrypt", "kms:Sign"])),
    ]);
    let statement = at(20, Data::Map(Arc::new(fields)));
    let document = at(21, Data::Map(Arc::new(map([("Statement", list(vec![statement], None))]))));
    let stack = || vec![resource("aws_kms_key", "k", [("policy", document.clone())])];
    let said = |when: &str| {
        let checked = run_pages(&[page("KMS002", "policy.statement", when, "")], stack());
        let found: Vec<String> = checked.findings.into_iter().map(|finding| finding.message).collect();
        (found.join("\n"), checked.undecided.len())
    };
    let (found, open) = said("statement.effect == \"Deny\"");
    assert!(found.ends_with("when Env is Deny"), "{found}");
    assert_eq!(open, 0);
    // No part alone tells what depends on two of them.
    let (found, open) = said("statement.is_public");
    assert_eq!((found.as_str(), open), ("", 1));
}
