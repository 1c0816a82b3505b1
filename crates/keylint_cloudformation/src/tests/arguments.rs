//! What a stack gives to the parameters of one that it nests.

use super::nested::project;

#[test]
fn an_argument_that_the_parameter_refuses_is_reported() {
    let parent = "
Parameters:
  Short: {Type: String, Default: a}
  Env: {Type: String, Default: stage, AllowedValues: [stage, prod]}
Resources:
  A:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {Name: a, Env: stage, Count: many}}
  B:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {Name: !Ref Short, Env: !Ref Env, Count: 2}}
  C:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {Name: !Sub 'x-${AWS::Region}', Env: prod, Count: '9'}}
";
    let child = "
Parameters:
  Name: {Type: String, MinLength: 3}
  Env: {Type: String, AllowedValues: [dev, prod]}
  Count: {Type: Number, MaxValue: 5}
Resources: {R: {Type: Custom::R, Properties: {A: !Ref Name, B: !Ref Env, C: !Ref Count}}}
";
    let read = project(&[("main.yaml", parent), ("child.yaml", child)], &["main.yaml"]);
    assert_eq!(
        read.problems(),
        [
            "main.yaml KL005 `a`: the value that `Name` is given is shorter than its `MinLength`",
            "main.yaml KL005 `stage`: the value that `Env` is given is none of its `AllowedValues`",
            "main.yaml KL005 `many`: the value that `Count` is given is no number",
            "main.yaml KL005 `'9'`: the value that `Count` is given is more than its `MaxValue`",
        ]
    );
}

#[test]
fn an_argument_is_looked_at_in_each_case_in_which_the_stack_exists() {
    let parent = "
Parameters:
  Env: {Type: String}
  Mode: {Type: String, AllowedValues: [on, off]}
Conditions: {IsProd: !Equals [!Ref Env, prod], HasKey: !Not [!Equals [!Ref Env, '']]}
Resources:
  A:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {Name: !If [IsProd, x, long], Mode: !Ref Mode}}
  B:
    Type: AWS::CloudFormation::Stack
    Condition: HasKey
    Properties: {TemplateURL: child.yaml, Parameters: {Name: !If [HasKey, !Ref Env, ''], Mode: auto}}
";
    let child = "
Parameters:
  Name: {Type: String, MinLength: 3}
  Mode: {Type: String, AllowedValues: [on, auto]}
Resources: {R: {Type: Custom::R, Properties: {A: !Ref Name, B: !Ref Mode}}}
";
    let read = project(&[("main.yaml", parent), ("child.yaml", child)], &["main.yaml"]);
    assert_eq!(
        read.problems(),
        [
            "main.yaml KL005 `x`: the value that `Name` is given is shorter than its `MinLength` when IsProd is true"
        ]
    );
}
