//! Templates that name others on disk: nested stacks and snippets.

use std::collections::BTreeSet;
use std::path::PathBuf;

use keylint_syntax::classify::parse;

use super::*;
use crate::{Given, ParsedFile, Project};

/// A project of files, and the stacks that a run makes of it.
pub(super) struct Nested {
    pub(super) sources: Sources,
    pub(super) stacks: Vec<Stack>,
}

/// Reads templates by name; files whose name has no `.yaml` or `.json` are found by name alone.
pub(super) fn project(files: &[(&str, &str)], templates: &[&str]) -> Nested {
    let mut memory = Memory::new();
    for (name, text) in files {
        memory.insert(format!("/p/{name}"), text);
    }
    let sources = Sources::new(Arc::new(memory), "/p");
    let parsed = templates.iter().map(|name| {
        let source = sources.load(Path::new(name)).unwrap();
        let content = parse(&source);
        ParsedFile { source, content }
    });
    let parsed: Vec<_> = parsed.collect();
    let project =
        Project::new(&sources, parsed, |path| path.starts_with("/p"), |path| path.starts_with("/app"));
    let mut left: BTreeSet<PathBuf> = project.paths();
    let mut stacks = Vec::new();
    while !left.is_empty() {
        for root in project.roots(&left) {
            left.remove(&root);
            let evaluated = project.evaluate(&root, &Given::default()).unwrap();
            left.retain(|path| !evaluated.templates.contains(path));
            stacks.push(evaluated.stack);
        }
    }
    Nested { sources, stacks }
}

impl Nested {
    pub(super) fn only(&self) -> &Stack {
        let [stack] = self.stacks.as_slice() else { panic!("{:?}", self.stacks) };
        stack
    }

    /// A property as `Address.Property: value`.
    pub(super) fn property(&self, address: &str, name: &str) -> String {
        self.property_of(self.only(), address, name)
    }

    /// The same of the first stack, where there are others.
    pub(super) fn first_property(&self, address: &str, name: &str) -> String {
        self.property_of(self.stacks.first().unwrap(), address, name)
    }

    fn property_of(&self, stack: &Stack, address: &str, name: &str) -> String {
        let found = stack.resources.iter().find(|resource| resource.address.as_str() == address);
        let found = found.unwrap_or_else(|| panic!("no {address}: {:?}", self.problems()));
        found.value(name).map_or_else(|| "nothing".to_owned(), show)
    }

    /// When a resource exists.
    pub(super) fn guard(&self, address: &str) -> String {
        self.only().resource(&keylint_model::Address::new(address)).unwrap().guard.describe()
    }

    pub(super) fn addresses(&self) -> Vec<&str> {
        let managed = |resource: &&keylint_model::Resource| resource.mode == keylint_model::Mode::Managed;
        let resources = self.stacks.iter().flat_map(|stack| &stack.resources);
        resources.filter(managed).map(|resource| resource.address.as_str()).collect()
    }

    pub(super) fn problems(&self) -> Vec<String> {
        let problems = self.stacks.iter().flat_map(|stack| &stack.problems);
        let shown = problems.map(|problem| {
            let file = self.sources.get(problem.span.file);
            format!("{} {} `{}`: {}", file.display(), problem.rule, file.slice(problem.span), problem.message)
        });
        shown.collect()
    }

    fn opaque(&self) -> Vec<&str> {
        let missing = self.stacks.iter().flat_map(|stack| &stack.missing_modules);
        missing.map(|call| call.address.as_str()).collect()
    }
}

const CHILD: &str = "
Parameters:
  Name: {Type: String, Default: none}
  Key: {Type: String, Default: ''}
  Zones: {Type: CommaDelimitedList, Default: a}
  Env: {Type: String}
Conditions:
  HasKey: !Not [!Equals [!Ref Key, '']]
  IsProd: !Equals [!Ref Env, prod]
Resources:
  Secret:
    Type: AWS::SecretsManager::Secret
    Condition: IsProd
    Properties:
      Name: !Ref Name
      KmsKeyId: !If [HasKey, !Ref Key, none]
      ReplicaRegions: !Ref Zones
      Description: !Ref Secret
      Type: !Ref AWS::StackName
      Tags: !Ref AWS::Region
Outputs:
  Arn: {Value: !Ref Secret}
  Name: {Value: !Sub '${Name}-x'}
";

#[test]
fn a_child_has_the_values_that_its_parent_gives_and_the_parent_its_outputs() {
    let parent = "
Parameters: {Env: {Type: String}}
Resources:
  Key: {Type: AWS::KMS::Key}
  Vault:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./children/vault.yaml
      Parameters: {Name: token, Key: !GetAtt Key.Arn, Zones: 'b, c', Env: !Ref Env}
  User: {Type: Custom::User, Properties: {A: !GetAtt Vault.Outputs.Arn, B: !Sub '${Vault.Outputs.Name}'}}
";
    let read = project(
        &[("main.yaml", parent), ("children/vault.yaml", CHILD)],
        &["main.yaml", "children/vault.yaml"],
    );
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(read.addresses(), ["Key", "Vault", "Vault/Secret", "User"]);
    assert_eq!(read.property("Vault/Secret", "Name"), r#""token""#);
    assert_eq!(
        read.property("Vault/Secret", "KmsKeyId"),
        r#""arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${Key.Ref}""#
    );
    assert_eq!(read.property("Vault/Secret", "ReplicaRegions"), r#"["b", "c"]"#);
    assert_eq!(
        read.property("Vault/Secret", "Description"),
        r#""arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:token-${Vault/Secret.Suffix}""#
    );
    assert_eq!(read.property("Vault/Secret", "Type"), "<environment Vault/AWS::StackName>");
    assert_eq!(read.property("Vault/Secret", "Tags"), "<environment AWS::Region>");
    assert_eq!(
        read.property("User", "A"),
        r#""arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:token-${Vault/Secret.Suffix}""#
    );
    assert_eq!(read.property("User", "B"), r#""token-x""#);
    let secret = read.only().resource(&keylint_model::Address::new("Vault/Secret")).unwrap();
    assert_eq!(secret.guard.describe(), "IsProd is true");
    let calls: Vec<_> = secret
        .calls
        .iter()
        .map(|call| (call.describe(secret), read.sources.get(call.span.file).slice(call.span).to_owned()))
        .collect();
    assert_eq!(calls, [("called here".to_owned(), "Vault".to_owned())]);
}

#[test]
fn a_stack_that_never_exists_leaves_its_template_to_be_checked_alone() {
    let parent = "
Conditions: {Never: !Equals [a, b]}
Resources:
  Vault: {Type: AWS::CloudFormation::Stack, Condition: Never, Properties: {TemplateURL: vault.yaml}}
";
    let read = project(&[("main.yaml", parent), ("vault.yaml", CHILD)], &["main.yaml", "vault.yaml"]);
    assert_eq!(read.stacks.len(), 2);
    assert_eq!(read.addresses(), ["Secret"]);
}

#[test]
fn conditions_of_parent_and_child_are_told_apart_by_their_stack() {
    let parent = "
Parameters: {Env: {Type: String}}
Conditions: {IsProd: !Not [!Equals [!Ref Env, test]]}
Resources:
  Vault:
    Type: AWS::CloudFormation::Stack
    Condition: IsProd
    Properties: {TemplateURL: vault.yaml, Parameters: {Env: !Ref Env}}
";
    let read = project(&[("main.yaml", parent), ("vault.yaml", CHILD)], &["main.yaml", "vault.yaml"]);
    // Both are called the same and neither excludes the other in a world.
    assert_eq!(read.addresses(), ["Vault", "Vault/Secret"]);
    let secret = read.only().resource(&keylint_model::Address::new("Vault/Secret")).unwrap();
    assert_eq!(secret.guard.literals().len(), 2, "{}", secret.guard.describe());
}

#[test]
fn arguments_and_outputs_that_do_not_fit_are_problems() {
    let parent = "
Resources:
  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: vault.yaml}}
  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: vault.yaml, Parameters: {Env: x, Envy: x}}}
  C: {Type: Custom::User, Properties: {A: !GetAtt B.Outputs.Art}}
";
    let read = project(&[("main.yaml", parent), ("vault.yaml", CHILD)], &["main.yaml", "vault.yaml"]);
    assert_eq!(
        read.problems(),
        [
            "main.yaml KL003 `A`: the nested template needs a value for its parameter `Env`",
            "main.yaml KL003 `Envy`: `Envy` is no parameter of the nested template",
            "main.yaml KL003 `B.Outputs.Art`: `Art` is no output of the nested template",
        ]
    );
}

#[test]
fn templates_that_are_elsewhere_are_noted_and_stay_unknown() {
    let parent = "
Transform: AWS::Serverless-2016-10-31
Parameters: {Where: {Type: String}}
Resources:
  S3: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://s3.amazonaws.com/b/vault.yaml'}}
  Gone: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: gone.yaml}}
  Open: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: !Ref Where}}
  Above: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../outside.yaml}}
  App: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: a, SemanticVersion: b}}}
  Set: {Type: AWS::CloudFormation::StackSet, Properties: {TemplateBody: '{}'}}
  Module: {Type: My::Org::Vault::MODULE}
  User: {Type: Custom::User, Properties: {A: !GetAtt S3.Outputs.X}}
";
    let read = project(&[("main.yaml", parent), ("../outside.yaml", CHILD)], &["main.yaml"]);
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(read.opaque(), ["S3", "Gone", "Open", "Above", "App", "Set", "Module"]);
    assert_eq!(read.property("User", "A"), "<computed S3.Outputs.X>");
}

#[test]
fn applications_of_sam_nest_a_template_on_disk() {
    let parent = "
Transform: AWS::Serverless-2016-10-31
Resources:
  App: {Type: AWS::Serverless::Application, Properties: {Location: ./vault.yaml, Parameters: {Env: prod}}}
";
    // Not among what was found: it is read because it is named.
    let read = project(&[("main.yaml", parent), ("vault.yaml", CHILD)], &["main.yaml"]);
    assert_eq!(read.addresses(), ["App", "App/Secret"]);
    assert_eq!(read.property("App/Secret", "KmsKeyId"), r#""none""#);
}

#[test]
fn templates_that_nest_each_other_are_read_once() {
    let one = "Resources: {B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: b.yaml}}}";
    let other = "Resources: {A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml}}}";
    let read = project(&[("a.yaml", one), ("b.yaml", other)], &["a.yaml", "b.yaml"]);
    assert_eq!(read.addresses(), ["B", "B/A"]);
    assert_eq!(
        read.problems(),
        ["b.yaml KL003 `A`: the nested stack is made of a template that it is nested in"]
    );
    // A parameter that is an output of the same stack.
    let own = "
Resources:
  V:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: v.yaml, Parameters: {Env: !GetAtt V.Outputs.Name}}
";
    let read = project(&[("a.yaml", own), ("v.yaml", CHILD)], &["a.yaml"]);
    assert_eq!(read.addresses(), ["V", "V/Secret"]);
}

#[test]
fn stacks_that_multiply_stop_at_a_limit() {
    let names: Vec<String> = (0..16).map(|index| format!("t{index}.yaml")).collect();
    let stack = |to: &str| format!("{{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {to}}}}}");
    let texts: Vec<String> = (0..16)
        .map(|index| {
            let to = format!("t{}.yaml", index + 1);
            format!("Resources: {{A: {0}, B: {0}, C: {0}}}", stack(&to))
        })
        .collect();
    let files: Vec<_> = names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let read = project(&files, &["t0.yaml"]);
    let rules: BTreeSet<_> = read.only().problems.iter().map(|problem| problem.rule).collect();
    assert_eq!(rules, BTreeSet::from(["KL004"]));
    assert!(read.addresses().len() < 5_000);
}

#[test]
fn snippets_on_disk_take_the_place_of_the_call() {
    let parent = "
Transform:
  - Name: AWS::Include
    Parameters: {Location: top.yaml}
Resources:
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./more.yaml}}
  A:
    Type: Custom::A
    Properties:
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: properties.json}}
      Other: !Transform {Name: AWS::Include, Parameters: {Location: list.yaml}}
      Away: !Transform {Name: AWS::Include, Parameters: {Location: 's3://b/k'}}
      Gone: !Transform {Name: AWS::Include, Parameters: {Location: gone.yaml}}
      Macro: !Transform {Name: Mine, Parameters: {Location: list.yaml}}
";
    let read = project(
        &[
            ("main.yaml", parent),
            (
                "top.yaml",
                "Parameters: {P: {Type: String, Default: d}}\nResources: {Top: {Type: Custom::Top}}",
            ),
            ("more.yaml", "More: {Type: Custom::More, Properties: {P: !Ref P}}"),
            ("properties.json", r#"{"Given": 1}"#),
            ("list.yaml", "[a, b]"),
        ],
        &["main.yaml"],
    );
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(read.addresses(), ["More", "A", "Top"]);
    assert_eq!(read.property("More", "P"), r#""d""#);
    assert_eq!(read.property("A", "Given"), "1");
    assert_eq!(read.property("A", "Other"), r#"["a", "b"]"#);
    for name in ["Away", "Gone", "Macro"] {
        assert_eq!(read.property("A", name), "<function>", "{name}");
    }
    let more = read.only().resource(&keylint_model::Address::new("More")).unwrap();
    assert_eq!(&**read.sources.get(more.header.file).display(), "more.yaml");
    let calls: Vec<_> = more.calls.iter().map(|call| call.describe(more)).collect();
    assert_eq!(calls, ["included here"]);
}

#[test]
fn snippets_nest_templates_from_where_they_are_included() {
    let parent = "
Resources:
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: parts/stacks.yaml}}
";
    let snippet = "V: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: vault.yaml, Parameters: {Env: prod}}}";
    let read = project(
        &[("main.yaml", parent), ("parts/stacks.yaml", snippet), ("vault.yaml", CHILD)],
        &["main.yaml", "vault.yaml"],
    );
    assert_eq!(read.problems(), [""; 0]);
    assert_eq!(read.addresses(), ["V", "V/Secret"]);
}

#[test]
fn snippets_that_multiply_stop_at_a_limit() {
    let snippet = format!("[{}]", vec!["x"; 3_000].join(", "));
    let call = "!Transform {Name: AWS::Include, Parameters: {Location: many.yaml}}";
    let properties: Vec<_> = (0..200).map(|index| format!("P{index}: {call}")).collect();
    let parent = format!("Resources: {{A: {{Type: Custom::A, Properties: {{{}}}}}}}", properties.join(", "));
    let read = project(&[("main.yaml", &parent), ("many.yaml", &snippet)], &["main.yaml"]);
    assert_eq!(read.only().problems.iter().map(|problem| problem.rule).collect::<Vec<_>>(), ["KL004"]);
    assert_eq!(read.property("A", "P199"), "<function>");
}

#[test]
fn a_list_parameter_that_is_given_alternatives_is_a_list_in_each() {
    let child = "
Parameters: {Ps: {Type: CommaDelimitedList}}
Resources: {R: {Type: Custom::R, Properties: {X: !Ref Ps}}}
";
    let root = "
Parameters: {Env: {Type: String}}
Conditions: {C: !Equals [!Ref Env, p]}
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {Ps: !If [C, 'a, b', c]}}
";
    let nested = project(&[("root.yaml", root), ("child.yaml", child)], &["root.yaml", "child.yaml"]);
    assert_eq!(nested.property("Child/R", "X"), r#"(C is true: ["a", "b"] | C is false: ["c"])"#);
}

#[test]
fn a_list_of_ids_that_only_deployment_knows_is_still_a_list() {
    let parent = "
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./child.yaml
      Parameters:
        Accounts: !Join [',', [!Ref AWS::AccountId, '444455556666']]
        Names: !Sub '${AWS::StackName}, x'
";
    let child = "
Parameters: {Accounts: {Type: CommaDelimitedList}, Names: {Type: CommaDelimitedList}}
Resources: {R: {Type: Custom::R, Properties: {A: !Ref Accounts, B: !Ref Names}}}
";
    let sources = Sources::new(Arc::new(Memory::new()), "/");
    let parsed = |name: &str, text: &str| {
        let source = sources.insert(Path::new(name), text);
        let content = keylint_syntax::classify::parse(&source);
        crate::ParsedFile { source, content }
    };
    let files = [parsed("parent.yaml", parent), parsed("child.yaml", child)];
    let path = files[0].source.path().to_owned();
    let project = crate::Project::new(&sources, files, |_| true, |_| false);
    let stack = project.evaluate(&path, &crate::Given::default()).unwrap().stack;
    let found = stack.resources.iter().find(|resource| resource.address.as_str() == "Child/R").unwrap();
    let shown = ["A", "B"].map(|name| show(found.value(name).unwrap()));
    assert_eq!(shown, [r#"[<environment AWS::AccountId>, "444455556666"]"#, "<operand>"]);
}
