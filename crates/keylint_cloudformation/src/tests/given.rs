//! Parameter files: every spelling, what they decide, and what they cannot.

use keylint_model::Step;
use keylint_syntax::classify::parse;

use super::*;
use crate::{Given, ParsedFile, Project};

const TEMPLATE: &str = "
Transform: AWS::LanguageExtensions
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod], Default: dev}
  Names: {Type: CommaDelimitedList, Default: a, AllowedPattern: '[a-z]'}
  Password: {Type: String, NoEcho: true, MinLength: 3}
Conditions: {IsProd: !Equals [!Ref Env, prod]}
Resources:
  R:
    Type: Custom::R
    Properties:
      Env: !Ref Env
      IsProd: !If [IsProd, 1, 0]
      Names: !Ref Names
      Password: !Ref Password
      'Fn::ForEach::Each': [Name, !Ref Names, {'Is${Name}': 1}]
";

struct Read {
    sources: Sources,
    stack: Stack,
    problems: Vec<String>,
    secrets: Vec<String>,
}

/// The template with the values of these files, in order.
fn read(files: &[(&str, &str)]) -> Read {
    let sources = Sources::new(Arc::new(Memory::new()), "/");
    let parsed = |name: &str, text: &str| {
        let source = sources.insert(Path::new(name), text);
        let content = parse(&source);
        ParsedFile { source, content }
    };
    let mut given = Given::default();
    let mut problems = Vec::new();
    for (name, text) in files {
        let file = parsed(name, text);
        problems.extend(given.add(&file.content.documents[0]));
    }
    let template = parsed("template.yaml", TEMPLATE);
    let path = template.source.path().to_owned();
    let project = Project::new(&sources, [template], |_| false, |_| false);
    problems.extend(project.undeclared(&given));
    let at = |span: keylint_source::Span| sources.get(span.file).slice(span).to_owned();
    let problems = problems
        .iter()
        .map(|problem| format!("{} at `{}`: {}", problem.rule, at(problem.span), problem.message));
    let problems = problems.collect();
    let secrets = project.secrets(&given).into_iter().map(at).collect();
    let stack = project.evaluate(&path, &given).unwrap().stack;
    Read { sources, stack, problems, secrets }
}

impl Read {
    fn value(&self, name: &str) -> &Value {
        let found = self.stack.resources.iter().find(|resource| resource.address.as_str() == "R");
        found.and_then(|resource| resource.value(name)).unwrap()
    }
}

#[test]
fn all_spellings_give_the_same_values() {
    let files = [
        (
            "a.json",
            r#"[{"ParameterKey": "Env", "ParameterValue": "prod"}, {"ParameterKey": "Names", "ParameterValue": "x, y"}]"#,
        ),
        ("b.json", r#"{"Parameters": {"Env": "prod", "Names": "x,y"}, "Tags": {"Env": "none"}}"#),
        ("c.json", r#"{"Env": "prod", "Names": "x,y"}"#),
        ("d.yaml", "Env: prod\nNames: [x, y]\n"),
        ("f.json", r#"["Env=prod", "Names=x,y"]"#),
        (
            "g.yaml",
            "template-file-path: template.yaml\nparameters:\n  Env: prod\n  Names: x,y\ntags: {Env: none}\n",
        ),
        (
            "e.yaml",
            "- {ParameterKey: Env, ParameterValue: prod}\n- ParameterKey: Names\n  ParameterValue: x,y\n",
        ),
    ];
    for file in files {
        let read = read(&[file]);
        assert_eq!(read.problems, [""; 0], "{file:?}");
        let shown = ["Env", "IsProd", "Names"].map(|name| show(read.value(name)));
        assert_eq!(shown, [r#""prod""#, "1", r#"["x", "y"]"#], "{file:?}");
        let step = read.value("Env").origin.steps().next().unwrap();
        assert_eq!((step.step, &*step.name), (Step::VariableFile, "Env"));
        let place = read.value("Env").origin.span.unwrap();
        assert_eq!(read.sources.get(place.file).slice(place).trim_matches('"'), "prod");
    }
}

#[test]
fn loops_go_over_the_values_that_are_given() {
    let read = read(&[("a.json", r#"{"Names": "x,y"}"#)]);
    assert_eq!([show(read.value("Isx")), show(read.value("Isy"))], ["1", "1"]);
}

#[test]
fn the_last_file_counts_and_a_previous_value_is_not_known() {
    let read = read(&[
        ("a.json", r#"{"Env": "dev", "Password": "hunter2"}"#),
        ("b.json", r#"[{"ParameterKey": "Env", "UsePreviousValue": true}]"#),
    ]);
    assert_eq!(show(read.value("Env")), "<input Env>");
    assert!(read.value("Password").origin.marks.sensitive);
    assert_eq!(read.secrets, [r#""hunter2""#]);
}

#[test]
fn a_value_that_the_parameter_refuses_is_reported_in_its_file() {
    let refused = |files: &[(&str, &str)]| {
        let read = read(files);
        let problems = read.stack.problems.iter().filter(|problem| problem.rule == "KL005");
        let at = |span: keylint_source::Span| read.sources.get(span.file).slice(span).to_owned();
        problems.map(|problem| format!("{} at {}", problem.message, at(problem.span))).collect::<Vec<_>>()
    };
    let stage = r#"the value that `Env` is given is none of its `AllowedValues` at "stage""#;
    let password = r#"the value that `Password` is given is shorter than its `MinLength` at "pw""#;
    let names = r#"the value that `Names` is given does not match its `AllowedPattern` at "a, B""#;
    assert_eq!(
        refused(&[("a.json", r#"{"Env": "stage", "Password": "pw", "Names": "a, B"}"#)]),
        [stage, password, names]
    );
    let entry = r#"[{"ParameterKey": "Env", "ParameterValue": "stage"}]"#;
    assert_eq!(refused(&[("a.json", entry)]), [stage]);
    assert_eq!(refused(&[("a.json", entry), ("b.json", r#"{"Env": "prod", "Names": "a,b"}"#)]), [""; 0]);
    // The file is one of another template.
    assert_eq!(refused(&[("a.json", r#"{"Env": "stage", "Other": "x"}"#)]), [""; 0]);
}

#[test]
fn what_is_no_value_or_has_no_parameter_is_reported() {
    let read = read(&[
        ("a.json", r#"[{"Key": "Env"}, {"ParameterKey": "Nope", "ParameterValue": "x"}]"#),
        ("b.json", r#"{"Env": {"a": 1}}"#),
        ("c.json", r#""text""#),
    ]);
    assert_eq!(
        read.problems,
        [
            r#"KL003 at `{"Key": "Env"}`: an entry of a parameter file has no `ParameterKey`"#,
            r#"KL003 at `{"a": 1}`: the value of the parameter `Env` is no string"#,
            r#"KL003 at `"text"`: a parameter file is a list of parameters or a mapping"#,
            r#"KL003 at `"Nope"`: no template that is checked has a parameter `Nope`"#,
        ]
    );
}
