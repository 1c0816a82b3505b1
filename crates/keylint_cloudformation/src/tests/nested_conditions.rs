//! Conditions of stacks and of those that are nested in them.

use super::nested::project;

/// What `!GetAtt Child.Outputs.X` is in a template around one.
fn output_of(parent: &str, child: &str) -> String {
    let read = project(&[("main.yaml", parent), ("child.yaml", child)], &["main.yaml", "child.yaml"]);
    read.property("User", "A")
}

const CHILD: &str = "
Parameters: {Mode: {Type: String}}
Conditions: {IsAdmin: !Equals [!Ref Mode, admin]}
Resources: {R: {Type: Custom::R}}
Outputs:
  Scope: {Condition: IsAdmin, Value: '*'}
  Always: {Value: x}
";

/// A template with the child that passes this to its parameters, and reads one of its outputs.
fn parent(given: &str, more: &str, read: &str) -> String {
    format!(
        "
Parameters: {{Env: {{Type: String}}}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Equals [!Ref Env, dev]
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    {more}
    Properties: {{TemplateURL: child.yaml, Parameters: {{{given}}}}}
  User: {{Type: Custom::User, Properties: {{A: {read}}}}}
"
    )
}

#[test]
fn an_output_exists_where_its_condition_holds() {
    let scope = "!GetAtt Child.Outputs.Scope";
    assert_eq!(output_of(&parent("Mode: admin", "", scope), CHILD), r#""*""#);
    assert_eq!(output_of(&parent("Mode: user", "", scope), CHILD), "<invalid>");
    assert_eq!(output_of(&parent("Mode: user", "", "!GetAtt Child.Outputs.Always"), CHILD), r#""x""#);
    assert_eq!(
        output_of(&parent("Mode: !If [IsProd, admin, user]", "", scope), CHILD),
        r#"(IsAdmin is true: "*" | IsAdmin is false: <invalid>)"#
    );
    // The arm in which it is read has a world of its own.
    let read = format!("!If [IsProd, {scope}, none]");
    assert_eq!(
        output_of(&parent("Mode: !If [IsProd, user, admin]", "", &read), CHILD),
        r#"(IsProd is true: <invalid> | IsProd is false: "none")"#
    );
    assert_eq!(
        output_of(&parent("Mode: !If [IsProd, admin, user]", "", &read), CHILD),
        r#"(IsProd is true: "*" | IsProd is false: "none")"#
    );
}

#[test]
fn reading_an_output_that_certainly_does_not_exist_is_a_problem() {
    let problems = |given: &str, more: &str, read: &str| {
        let parent = parent(given, more, read);
        project(&[("main.yaml", &parent), ("child.yaml", CHILD)], &["main.yaml", "child.yaml"]).problems()
    };
    let scope = "!GetAtt Child.Outputs.Scope";
    let message =
        "main.yaml KL003 `Child.Outputs.Scope`: the output `Scope` of the nested template does not exist";
    assert_eq!(problems("Mode: user", "", scope), [message]);
    assert_eq!(
        problems("Mode: !If [IsProd, user, admin]", "", &format!("!If [IsProd, {scope}, none]")),
        [format!("{message} when IsProd is true")]
    );
    for (given, read) in [
        ("Mode: admin", scope.to_owned()),
        ("Mode: !If [IsProd, admin, user]", scope.to_owned()),
        ("Mode: !If [IsProd, admin, user]", format!("!If [IsProd, {scope}, none]")),
        ("Mode: user", "!If [Never, !GetAtt Child.Outputs.Scope, none]".to_owned()),
        // What never exists itself asks for nothing.
        ("Mode: user", format!("{scope}}}, Condition: Never, Metadata: {{")),
    ] {
        let parent = parent(given, "", &read).replace("Conditions:", "Conditions:\n  Never: !Equals [a, b]");
        let read = project(&[("main.yaml", &parent), ("child.yaml", CHILD)], &["main.yaml", "child.yaml"]);
        assert_eq!(read.problems(), [""; 0], "{parent}");
    }
}

#[test]
fn what_reads_an_output_in_any_case_exists_where_the_output_does() {
    let guard = |given: &str, more: &str, read: &str| {
        let parent = parent(given, more, read);
        let read = project(&[("main.yaml", &parent), ("child.yaml", CHILD)], &["main.yaml", "child.yaml"]);
        read.guard("User")
    };
    let scope = "!GetAtt Child.Outputs.Scope";
    assert_eq!(guard("Mode: admin", "", scope), "");
    assert_eq!(guard("Mode: !If [IsProd, admin, user]", "", scope), "IsAdmin is true");
    assert_eq!(guard("Mode: admin", "Condition: IsProd", scope), "IsProd is true");
    assert_eq!(guard("Mode: user", "", scope), "");
    assert_eq!(
        guard("Mode: !If [IsProd, admin, user]", "", &format!("{scope}}}, Condition: IsProd, Metadata: {{")),
        "IsProd is true"
    );
    assert_eq!(guard("Mode: !If [IsProd, admin, user]", "", &format!("!If [IsDev, {scope}, none]")), "");
    assert_eq!(
        guard("Mode: !If [IsProd, admin, user]", "", &format!("{scope}}}, Condition: IsDev, Metadata: {{")),
        "IsDev is true"
    );
}

#[test]
fn the_outputs_of_a_stack_exist_where_it_does() {
    let always = "!GetAtt Child.Outputs.Always";
    assert_eq!(
        output_of(&parent("Mode: admin", "Condition: IsProd", always), CHILD),
        r#"(IsProd is true: "x" | IsProd is false: <invalid>)"#
    );
    let read = format!("!If [IsProd, {always}, none]");
    assert_eq!(
        output_of(&parent("Mode: admin", "Condition: IsProd", &read), CHILD),
        r#"(IsProd is true: "x" | IsProd is false: "none")"#
    );
    let never = parent("Mode: admin", "Condition: Never", always)
        .replace("Conditions:", "Conditions:\n  Never: !Equals [a, b]");
    let read = project(&[("main.yaml", &never), ("child.yaml", CHILD)], &["main.yaml", "child.yaml"]);
    // What is never a part of the stack is checked alone.
    assert_eq!(read.addresses(), ["User", "R"]);
}

#[test]
fn a_snippet_that_reads_like_a_template_is_no_stack_of_its_own() {
    let parent = "
Transform: {Name: AWS::Include, Parameters: {Location: snippet.yaml}}
Parameters: {Env: {Type: String}}
Resources: {Own: {Type: Custom::R}}
";
    let snippet = "
Conditions: {IsProd: !Equals [!Ref Env, prod], NotProd: !Not [!Equals [!Ref Env, prod]]}
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Condition: NotProd
    Properties: {TemplateURL: child.yaml, Parameters: {Mode: !If [IsProd, admin, user]}}
  User: {Type: Custom::User, Condition: NotProd, Properties: {A: !GetAtt Child.Outputs.Always}}
";
    let files = [("main.yaml", parent), ("snippet.yaml", snippet), ("child.yaml", CHILD)];
    let read = project(&files, &["child.yaml", "main.yaml", "snippet.yaml"]);
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(read.addresses(), ["Own", "Child", "Child/R", "User"]);
    assert_eq!((read.guard("User"), read.property("User", "A")), ("NotProd is true".into(), r#""x""#.into()));
    // Where it adds no sections its resources are those of a stack of its own alone.
    let parent = "
Metadata: {Shown: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: snippet.yaml}}}}
Resources: {Own: {Type: Custom::R}}
";
    let files = [("main.yaml", parent), ("snippet.yaml", "Resources: {Far: {Type: Custom::R}}")];
    let read = project(&files, &["main.yaml", "snippet.yaml"]);
    let addresses = read.stacks.iter().flat_map(|stack| &stack.resources).map(|one| one.address.as_str());
    assert_eq!(addresses.collect::<Vec<_>>(), ["Own", "Far"]);
}

#[test]
fn what_one_value_is_compared_with_agrees_in_all_stacks() {
    let child = "
Parameters: {Mode: {Type: String}}
Conditions: {IsDev: !Equals [!Ref Mode, dev], IsProd: !Equals [!Ref Mode, prod]}
Resources:
  Dev: {Type: Custom::R, Condition: IsDev}
  Prod: {Type: Custom::R, Condition: IsProd}
Outputs:
  Scope: {Condition: IsDev, Value: '*'}
";
    let of = |more: &str| {
        let parent = parent("Mode: !Ref Env", more, "!If [IsProd, !GetAtt Child.Outputs.Scope, none]");
        let read = project(&[("main.yaml", &parent), ("child.yaml", child)], &["main.yaml", "child.yaml"]);
        (read.addresses().join(" "), read.property("User", "A"))
    };
    let read = r#"(IsProd is true: <invalid> | IsProd is false: "none")"#;
    assert_eq!(of(""), ("Child Child/Dev Child/Prod User".to_owned(), read.to_owned()));
    assert_eq!(of("Condition: IsProd").0, "Child Child/Prod User");
    assert_eq!(of("Condition: IsDev").0, "Child Child/Dev User");
}

#[test]
fn a_default_that_is_passed_to_conditions_of_another_stack_may_be_another_value() {
    let child = "
Parameters: {Mode: {Type: String, Default: dev}, Size: {Type: String, Default: s}}
Conditions: {IsProd: !Equals [!Ref Mode, prod]}
Resources:
  Prod: {Type: Custom::R, Condition: IsProd, Properties: {A: !Ref Mode, B: !Ref Size}}
  Any: {Type: Custom::R, Properties: {A: !Ref Mode}}
";
    let middle = "
Parameters: {Stage: {Type: String}}
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {Mode: !Sub '${Stage}'}}
";
    let read = |parameter: &str, url: &str, given: &str| {
        let parent = format!(
            "
Parameters: {{Env: {{Type: String, Default: dev{parameter}}}}}
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: {{TemplateURL: {url}, Parameters: {{{given}}}}}
"
        );
        project(&[("main.yaml", &parent), ("child.yaml", child), ("middle.yaml", middle)], &["main.yaml"])
    };
    let listed = read(", AllowedValues: [dev, prod]", "child.yaml", "Mode: !Ref Env");
    assert_eq!(listed.addresses(), ["Child", "Child/Prod", "Child/Any"]);
    assert_eq!(listed.property("Child/Any", "A"), r#"(Env is dev: "dev" | Env is prod: "prod")"#);
    let open = read("", "child.yaml", "Mode: !Sub '${Env}'");
    assert_eq!(open.addresses(), ["Child", "Child/Prod", "Child/Any"]);
    assert_eq!(open.property("Child/Any", "A"), r#"(Env is dev: "dev" | Env is another value: <input Env>)"#);
    assert_eq!(read("", "middle.yaml", "Stage: !Ref Env").addresses().len(), 4);
    // Nothing asks for this one.
    let other = read("", "child.yaml", "Size: !Ref Env");
    assert_eq!(other.addresses(), ["Child", "Child/Any"]);
    assert_eq!(read("", "child.yaml", "Mode: dev").addresses(), ["Child", "Child/Any"]);
}

#[test]
fn where_a_parameter_is_given_no_value_its_default_counts() {
    let child = "
Parameters: {Mode: {Type: String, Default: admin}, Names: {Type: CommaDelimitedList, Default: 'a,b'}}
Conditions: {IsAdmin: !Equals [!Ref Mode, admin]}
Resources:
  Admin: {Type: Custom::R, Condition: IsAdmin}
  Any: {Type: Custom::R, Properties: {A: !Ref Mode, B: !Ref Names}}
Outputs: {Scope: {Value: x}}
";
    let given = "Mode: !If [IsProd, !Ref AWS::NoValue, user], Names: !If [IsProd, 'c', !Ref AWS::NoValue]";
    let parent = parent(given, "", "!GetAtt Child.Outputs.Scope");
    let read = project(&[("main.yaml", &parent), ("child.yaml", child)], &["main.yaml"]);
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(read.guard("Child/Admin"), "IsAdmin is true");
    let shown = ["A", "B"].map(|name| read.property("Child/Any", name));
    assert_eq!(
        shown,
        [
            r#"(IsProd is true: "admin" | IsProd is false: "user")"#,
            r#"(IsProd is true: ["c"] | IsProd is false: ["a", "b"])"#
        ]
    );
}

#[test]
fn two_levels_of_stacks_agree() {
    let middle = "
Parameters: {Level: {Type: String}}
Conditions: {HasInner: !Not [!Equals [!Ref Level, none]]}
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Condition: HasInner
    Properties: {TemplateURL: inner.yaml, Parameters: {Mode: !Ref Level}}
Outputs:
  Scope: {Condition: HasInner, Value: !GetAtt Inner.Outputs.Scope}
";
    let of = |level: &str| {
        let parent = parent(&format!("Level: {level}"), "", "!GetAtt Child.Outputs.Scope");
        let files = [("main.yaml", parent.as_str()), ("child.yaml", middle), ("inner.yaml", CHILD)];
        let read = project(&files, &["main.yaml"]);
        // A template that nothing makes a stack of is checked alone.
        read.first_property("User", "A")
    };
    assert_eq!(of("none"), "<invalid>");
    assert_eq!(of("user"), "<invalid>");
    assert_eq!(of("admin"), r#""*""#);
    assert_eq!(
        of("!Ref Env"),
        r#"(IsAdmin is true: (HasInner is true: "*" | HasInner is false: <invalid>) | IsAdmin is false: <invalid>)"#
    );
}

#[test]
fn parameters_that_are_chosen_as_a_whole_are_given_in_each_case() {
    let child = CHILD.replace("{Type: String}", "{Type: String, Default: user}");
    let of = |chosen: &str| {
        let parent = parent("CHOSEN", "", "!GetAtt Child.Outputs.Scope").replace("{CHOSEN}", chosen);
        output_of(&parent, &child)
    };
    let either = r#"(IsAdmin is true: "*" | IsAdmin is false: <invalid>)"#;
    assert_eq!(of("!If [IsProd, {Mode: admin}, {Mode: user}]"), either);
    assert_eq!(of("!If [IsProd, {Mode: admin}, !Ref AWS::NoValue]"), either);
    assert_eq!(of("!If [IsProd, {Mode: other}, !Ref AWS::NoValue]"), "<invalid>");
    // What a macro returns may give it anything.
    assert_eq!(of("{'Fn::Transform': {Name: Macro}}"), either);
}

#[test]
fn what_conditions_cost_is_counted_over_all_nested_stacks() {
    let parameters: String =
        (0..5).map(|index| format!("  P{index}: {{Type: String, AllowedValues: [a, b, c]}}\n")).collect();
    let any = |literal: &str| {
        let all: Vec<_> = (0..5).map(|index| format!("!Equals [!Ref P{index}, {literal}]")).collect();
        format!("{{'Fn::Or': [{}]}}", all.join(", "))
    };
    let conditions: String =
        (0..10).map(|index| format!("  D{index}: {{'Fn::And': [{}, {}]}}\n", any("a"), any("b"))).collect();
    let child = format!(
        "Parameters:\n{parameters}Conditions:\n{conditions}Resources: {{R: {{Type: Custom::R, Condition: D9}}}}\n"
    );
    let given: Vec<_> = (0..5).map(|index| format!("P{index}: !Ref P{index}")).collect();
    let properties = format!("{{TemplateURL: child.yaml, Parameters: {{{}}}}}", given.join(", "));
    let stack =
        |index| format!("  S{index}: {{Type: AWS::CloudFormation::Stack, Properties: {properties}}}\n");
    let parent = |stacks: usize| {
        format!("Parameters:\n{parameters}Resources:\n{}", (0..stacks).map(stack).collect::<String>())
    };
    let problems = |stacks: usize| {
        project(&[("main.yaml", &parent(stacks)), ("child.yaml", &child)], &["main.yaml"]).problems()
    };
    assert_eq!(problems(1), [""; 0]);
    let many = problems(40);
    assert!(matches!(many.as_slice(), [one] if one.contains("too many combinations")), "{many:?}");
}

#[test]
fn what_conditions_ask_for_is_looked_for_no_deeper_than_stacks_nest() {
    let template = |index: usize| {
        let nested = format!("{{TemplateURL: t{}.yaml, Parameters: {{Mode: !Sub 'x${{Mode}}'}}}}", index + 1);
        let text = format!(
            "
Parameters: {{Mode: {{Type: String}}}}
Conditions: {{IsAdmin: !Equals [!Ref Mode, admin]}}
Resources: {{S: {{Type: AWS::CloudFormation::Stack, Properties: {nested}}}}}
"
        );
        (format!("t{index}.yaml"), text)
    };
    let files: Vec<(String, String)> = (0..3_000).map(template).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let read = project(&files, &["t0.yaml"]);
    assert!(read.stacks.iter().any(|stack| stack.problems.iter().any(|problem| problem.rule == "KL004")));
}
