//! Every field and method that the schema promises is answered by its view.

use super::*;

#[test]
fn every_field_and_method_of_the_schema_is_there() {
    use crate::schema::{Spec, VIEWS, View};
    let statement = at(
        20,
        Data::Map(Arc::new(map([
            ("Effect", text("Allow")),
            ("Principal", text("*")),
            ("Action", text("kms:*")),
            ("Resource", text("*")),
            (
                "Condition",
                at(
                    23,
                    Data::Map(Arc::new(map([(
                        "StringEquals",
                        at(24, Data::Map(Arc::new(map([("aws:PrincipalTag/a", text("b"))])))),
                    )]))),
                ),
            ),
        ]))),
    );
    let policy = at(21, Data::Map(Arc::new(map([("Statement", list(vec![statement], None))]))));
    let variables = at(25, Data::Map(Arc::new(map([("DB_PASSWORD", text("hunter2"))]))));
    let stack = || {
        vec![
            secret([
                ("value", text("hunter2")),
                ("name", text("x")),
                ("kms_key_id", referring("aws_kms_key.k")),
                ("variables", variables.clone()),
            ]),
            resource("aws_kms_key", "k", [("policy", policy.clone())]),
        ]
    };
    let targets = |view: &View| match view.name {
        "resource" => Some(("sm.secret", "has(self.X)")),
        "reference" => Some(("sm.secret", "has(self.kms_key.X)")),
        "value" => Some(("secret", "has(value.X)")),
        "entry" => Some(("environment", "has(entry.X)")),
        "store" => Some(("encryption", "has(store.X)")),
        "policy" => Some(("policy", "has(policy.X)")),
        "statement" => Some(("policy.statement", "has(statement.X)")),
        "principal" => Some(("policy.statement", "statement.principals.exists(p, has(p.X))")),
        "action" => Some(("policy.statement", "statement.actions.exists(p, has(p.X))")),
        "condition" => Some(("policy.statement", "statement.conditions.exists(p, has(p.X))")),
        // Strings and maps have methods alone, which the table of verdicts covers.
        _ => None,
    };
    let argument = |spec: &Spec| if *spec == Spec::Strings { "[\"kms:Decrypt\"]" } else { "\"kms:Decrypt\"" };
    let mut asked = 0;
    for view in VIEWS {
        let Some((on, when)) = targets(view) else { continue };
        let methods = view.methods.iter().map(|method| {
            let arguments: Vec<_> = method.parameters.iter().map(argument).collect();
            format!("{}({})", method.name, arguments.join(", "))
        });
        for question in view.fields.iter().map(|field| field.name.to_owned()).chain(methods) {
            let checked = run_pages(&[page("SM001", on, &when.replace('X', &question), "")], stack());
            let missing = checked.undecided.iter().find(|undecided| {
                matches!(
                    &undecided.reason,
                    Reason::Operand(reason) if reason.starts_with(crate::view::MISSING)
                )
            });
            assert!(missing.is_none(), "{} has no `{question}`", view.name);
            asked += 1;
        }
    }
    assert!(asked > 60, "only {asked} fields were asked");
    // The question itself is able to find what is missing.
    let lost = crate::view::missing("x");
    assert!(
        matches!(&lost.data, crate::eval::Data::Unknown(whys) if matches!(&whys[0].unknown.reason, Reason::Operand(reason) if reason.starts_with(crate::view::MISSING)))
    );
}
