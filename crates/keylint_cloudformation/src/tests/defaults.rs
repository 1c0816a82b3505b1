//! Parameters with a default and no list of what else they can be.

use keylint_model::World;

use super::*;

/// The values of properties of one resource, one a line.
fn shown(read: &Read, resource: &str, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| read.resource(resource).value(name).map_or("null".to_owned(), show)).collect()
}

/// The values of properties of one resource as a reader sees them who knows only that it is there.
fn seen(read: &Read, resource: &str, names: &[&str]) -> Vec<String> {
    let resource = read.resource(resource);
    let world = World::of(&resource.guard);
    names.iter().map(|name| show(resource.value(name).unwrap().resolve(&world).unwrap())).collect()
}

/// The resources that may be there, each with when.
fn guards(read: &Read) -> Vec<String> {
    let made = read.stack.resources.iter().filter(|resource| resource.type_name.starts_with("Custom"));
    made.map(|resource| format!("{} {}", resource.address, resource.guard.describe())).collect()
}

#[test]
fn what_conditions_compare_a_parameter_with_are_values_beside_its_default() {
    let read = read_yaml(
        "
Parameters:
  Env: {Type: String, Default: dev}
  Unasked: {Type: String, Default: dev}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsTest: !Equals [test, !Ref Env]
  IsBoth: !And [!Condition IsProd, !Condition IsTest]
  IsDefault: !Equals [!Ref Env, dev]
Resources:
  A: {Type: Custom::A, Condition: IsProd, Properties: {X: !Sub '${Env}-a', Y: !Ref Unasked}}
  B: {Type: Custom::B, Condition: IsBoth}
  C: {Type: Custom::C, Properties: {X: !Ref Env, Y: !If [IsTest, !Ref Env, other]}}
  D: {Type: Custom::D, Condition: IsDefault, Properties: {X: !Ref Env}}
",
    );
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(guards(&read), ["A IsProd is true", "C ", "D IsDefault is true"]);
    assert_eq!(shown(&read, "A", &["X", "Y"]), [r#""prod-a""#, r#""dev""#]);
    assert_eq!(
        shown(&read, "C", &["X", "Y"]),
        [
            r#"(Env is dev: "dev" | Env is prod: "prod" | Env is test: "test")"#,
            r#"(IsTest is true: "test" | IsTest is false: "other")"#
        ]
    );
    assert_eq!(shown(&read, "D", &["X"]), [r#""dev""#]);
}

/// "Is a key given?": the commonest condition of all.
#[test]
fn a_default_that_is_compared_with_itself_alone_has_another_value() {
    let read = read_yaml(
        "
Parameters:
  KeyArn: {Type: String, Default: ''}
  Password: {Type: String, Default: hunter2, NoEcho: true}
Conditions:
  HasKey: !Not [!Equals [!Ref KeyArn, '']]
  IsChanged: !Not [!Equals [!Ref Password, hunter2]]
Resources:
  A: {Type: Custom::A, Condition: HasKey, Properties: {X: !Ref KeyArn, Y: !Sub '${KeyArn}/x'}}
  B: {Type: Custom::B, Properties: {X: !If [HasKey, !Ref KeyArn, none], Y: !Ref KeyArn}}
  C: {Type: Custom::C, Condition: IsChanged, Properties: {X: !Ref Password}}
",
    );
    assert_eq!(guards(&read), ["A HasKey is true", "B ", "C IsChanged is true"]);
    assert_eq!(shown(&read, "A", &["X", "Y"]), ["<input KeyArn>", r#""${KeyArn}/x""#]);
    assert_eq!(
        shown(&read, "B", &["X", "Y"]),
        [
            r#"(HasKey is true: <input KeyArn> | HasKey is false: "none")"#,
            r#"(KeyArn is empty: "" | KeyArn is another value: <input KeyArn>)"#
        ]
    );
    let default = seen(&read, "B", &["Y"]);
    assert_eq!(default, [r#""""#], "where nothing says that it has another value, the default is the value");
    assert!(read.property("C", "X").origin.marks.sensitive);
    assert!(!format!("{:?}", read.resource("C").guard).contains("hunter2"));
}

#[test]
fn what_a_masked_parameter_is_compared_with_is_as_secret_as_its_value() {
    let read = read_yaml(
        "
Parameters: {Password: {Type: String, NoEcho: true, Default: hunter2}}
Conditions: {IsOld: !Equals [!Ref Password, hunter1]}
Resources: {R: {Type: Custom::R, Condition: IsOld, Properties: {X: !Ref Password}}}
",
    );
    assert_eq!(read.resource("R").guard.describe(), "IsOld is true");
    assert!(read.property("R", "X").origin.marks.sensitive);
    let shown = format!("{:?}", read.resource("R").guard);
    assert!(!shown.contains("hunter"), "{shown}");
}

#[test]
fn a_default_decides_no_condition_that_is_more_than_a_comparison() {
    let read = read_yaml(
        "
Parameters:
  A: {Type: String, Default: ''}
  B: {Type: String, Default: ''}
  Env: {Type: String, Default: dev}
  Home: {Type: String, Default: eu-west-1}
Mappings: {Flags: {dev: {Active: 0}, prod: {Active: 1}}}
Conditions:
  HasAny: !Not [!Equals [!Join ['', [!Ref A, !Ref B]], '']]
  IsOn: !Equals [!FindInMap [Flags, !Ref Env, Active], 1]
  IsHome: !Equals [!Ref AWS::Region, !Ref Home]
Resources:
  X: {Type: Custom::X, Condition: HasAny}
  Y: {Type: Custom::Y, Condition: IsOn, Properties: {V: !Ref Env}}
  Z: {Type: Custom::Z, Condition: IsHome, Properties: {V: !Ref Home}}
",
    );
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(guards(&read), ["X HasAny is true", "Y IsOn is true", "Z IsHome is true"]);
    assert_eq!(shown(&read, "Y", &["V"]), [r#""prod""#], "{:?}", read.resource("Y").guard);
    assert_eq!(seen(&read, "Z", &["V"]), [r#""eu-west-1""#], "the Region decides that condition");
}

#[test]
fn many_literals_leave_another_value_open() {
    let names: Vec<String> = (0..40).map(|index| format!("  C{index}: !Equals [!Ref P, v{index}]")).collect();
    let read = read_yaml(&format!(
        "
Parameters: {{P: {{Type: String, Default: v0}}}}
Conditions:
{}
Resources: {{A: {{Type: Custom::A, Condition: C3}}, B: {{Type: Custom::B, Condition: C0, Properties: {{X: !Ref P}}}}}}
",
        names.join("\n")
    ));
    assert_eq!(guards(&read), ["A C3 is true", "B C0 is true"]);
    assert_eq!(seen(&read, "B", &["X"]), [r#""v0""#]);
}

#[test]
fn too_many_alternatives_in_a_text_leave_the_default() {
    let flags: String = (0..6).map(|index| format!("  P{index}: {{Type: String, Default: d}}\n")).collect();
    let conditions: String =
        (0..6).map(|index| format!("  C{index}: !Equals [!Ref P{index}, x]\n")).collect();
    let read = read_yaml(&format!(
        "Parameters:\n{flags}Conditions:\n{conditions}Resources: {{R: {{Type: Custom::R, Properties: {{X: !Sub \
         '${{P0}}${{P1}}${{P2}}${{P3}}${{P4}}${{P5}}'}}}}}}\n"
    ));
    assert_eq!(shown(&read, "R", &["X"]), [r#""dddddd""#]);
}

#[test]
fn a_list_that_is_asked_for_may_be_another_one_than_its_default() {
    let read = read_yaml(
        "
Parameters:
  Subnets: {Type: CommaDelimitedList, Default: ''}
  Zones: {Type: 'List<AWS::EC2::AvailabilityZone::Name>', Default: 'a, b', AllowedValues: [a, b, c]}
Conditions:
  HasSubnets: !Not [!Equals [!Join ['', !Ref Subnets], '']]
  IsFirst: !Equals [!Select [0, !Ref Zones], a]
Resources:
  A: {Type: Custom::A, Condition: HasSubnets, Properties: {X: !Ref Subnets}}
  B: {Type: Custom::B, Properties: {X: !If [HasSubnets, !Ref Subnets, none], Y: !Ref Zones, Z: !Ref Subnets}}
  C: {Type: Custom::C, Condition: IsFirst}
",
    );
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(guards(&read), ["A HasSubnets is true", "B ", "C IsFirst is true"]);
    assert_eq!(shown(&read, "A", &["X"]), ["<input Subnets>"]);
    assert_eq!(
        shown(&read, "B", &["X"]),
        [r#"(HasSubnets is true: <input Subnets> | HasSubnets is false: "none")"#]
    );
    assert_eq!(seen(&read, "B", &["Y", "Z"]), [r#"["a", "b"]"#, r#"[""]"#]);
}

#[test]
fn a_long_list_of_allowed_values_leaves_those_that_conditions_name() {
    let values: Vec<String> = (0..20).map(|index| format!("v{index}")).collect();
    let read = read_yaml(&format!(
        "
Parameters: {{Size: {{Type: String, Default: v0, AllowedValues: [{}]}}}}
Conditions: {{IsBig: !Equals [!Ref Size, v19], IsHuge: !Equals [!Ref Size, v20]}}
Resources: {{A: {{Type: Custom::A, Condition: IsBig, Properties: {{X: !Ref Size}}}}, B: {{Type: Custom::B, Condition: IsHuge}}}}
",
        values.join(", ")
    ));
    assert_eq!(guards(&read), ["A IsBig is true"]);
    assert_eq!(shown(&read, "A", &["X"]), [r#""v19""#]);
}

/// That a flag could be set otherwise is no fault of the template, whatever asks for it.
#[test]
fn a_default_stands_for_a_parameter_unless_a_condition_demands_another_value() {
    for (allowed, compared) in
        [("", "'true'"), ("", "'false'"), (", AllowedValues: ['false', 'true']", "'true'")]
    {
        let read = read_yaml(&format!(
            "
Parameters: {{Enc: {{Type: String, Default: 'true'{allowed}}}}}
Conditions: {{IsOn: !Equals [!Ref Enc, {compared}], IsOff: !Not [!Condition IsOn]}}
Resources:
  A: {{Type: Custom::A, Properties: {{X: !Ref Enc, Y: !If [IsOn, 1, 0], Z: !Sub 'is ${{Enc}}'}}}}
  B: {{Type: Custom::B, Condition: IsOn, Properties: {{X: !Ref Enc}}}}
  C: {{Type: Custom::C, Condition: IsOff, Properties: {{X: !Ref Enc}}}}
"
        ));
        assert_eq!(seen(&read, "A", &["X", "Z"]), [r#""true""#, r#""is true""#]);
        let (on, off) = if compared == "'true'" { ("B", "C") } else { ("C", "B") };
        assert_eq!(seen(&read, on, &["X"]), [r#""true""#]);
        let other = if compared == "'true'" && allowed.is_empty() { "<input Enc>" } else { r#""false""# };
        assert_eq!(seen(&read, off, &["X"]), [other]);
        // Read together, the two go together in each world.
        let [x, y] = ["X", "Y"].map(|name| read.property("A", name));
        let both =
            World::explore(&World::open(), 8, |world| Ok((show(x.resolve(world)?), show(y.resolve(world)?))));
        let both: Vec<_> = both.unwrap().into_iter().map(|(_, both)| both).collect();
        let pair = |x: &str, y: &str| (x.to_owned(), y.to_owned());
        match compared {
            "'true'" => assert_eq!(both, [pair(r#""true""#, "1"), pair(other, "0")]),
            _ => assert_eq!(both, [pair(r#""false""#, "1"), pair(r#""true""#, "0")]),
        }
        // Who looks for all that there may be sees all of it.
        let all = World::explore(&World::open().weighing(), 8, |world| Ok(show(x.resolve(world)?))).unwrap();
        assert_eq!(all.len(), 2);
    }
}

#[test]
fn of_defaults_that_cannot_go_together_one_stands() {
    let read = read_yaml(
        "
Parameters:
  A: {Type: String, Default: 'no', AllowedValues: ['no', 'yes']}
  B: {Type: String, Default: 'no', AllowedValues: ['no', 'yes']}
Conditions:
  Any: !Or [!Equals [!Ref A, 'yes'], !Equals [!Ref B, 'yes']]
Resources:
  R: {Type: Custom::R, Condition: Any, Properties: {X: !Ref A, Y: !Ref B}}
",
    );
    assert_eq!(seen(&read, "R", &["X", "Y"]), [r#""no""#, r#""yes""#]);
    assert_eq!(seen(&read, "R", &["Y", "X"]), [r#""yes""#, r#""no""#]);
}

#[test]
fn what_a_mapping_has_for_another_value_is_written_in_the_template() {
    let read = read_yaml(
        "
Parameters: {Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}}
Mappings: {Sizes: {dev: {Size: 1}, prod: {Size: 2}}}
Conditions: {IsProd: !Equals [!Ref Env, prod]}
Resources: {R: {Type: Custom::R, Properties: {X: !FindInMap [Sizes, !Ref Env, Size]}}}
",
    );
    let x = read.property("R", "X");
    let all = World::explore(&World::open(), 8, |world| Ok(show(x.resolve(world)?))).unwrap();
    let shown: Vec<_> =
        all.iter().map(|(world, seen)| format!("{} {seen}", world.guard().describe())).collect();
    assert_eq!(shown, ["Env is dev 1", "Env is prod 2"]);
}

#[test]
fn a_list_without_a_default_is_made_of_its_allowed_values() {
    let read = read_yaml(
        "
Parameters:
  Names: {Type: CommaDelimitedList, AllowedValues: [a, '*']}
  Ports: {Type: 'List<Number>', AllowedValues: [1, 2]}
  Many: {Type: CommaDelimitedList, AllowedValues: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q]}
Resources:
  R: {Type: Custom::R, Properties: {X: !Ref Names, Y: !Join ['-', !Ref Ports], Z: !Ref Many, W: !Select [0, !Ref Names]}}
",
    );
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(
        shown(&read, "R", &["X", "Y", "Z", "W"]),
        [
            r#"(Names is a: ["a"] | Names is *: ["*"] | Names is another value: <input Names>)"#,
            "(Ports is 1: \"1\" | Ports is 2: \"2\" | Ports is another value: <operand Fn::Join(-\u{1f}${Ports})>)",
            "<input Many>",
            "(Names is a: \"a\" | Names is *: \"*\" | Names is another value: <operand Fn::Select(0\u{1f}${Names})>)"
        ]
    );
}
