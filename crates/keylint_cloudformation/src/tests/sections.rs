//! Misspelt sections and attributes: reported, and read as if they were spelt right.

use super::*;

const POLICY: &str = "{PolicyDocument: {Statement: []}}";

/// The problems with their help, and the properties of the resource `P`.
fn told(template: &str) -> (Vec<String>, String) {
    let read = read_yaml(template);
    let help = |problem: &Problem| match &problem.help {
        Some(help) => {
            format!("{} at `{}`: {}; {help}", problem.rule, read.file.slice(problem.span), problem.message)
        }
        None => format!("{} at `{}`: {}", problem.rule, read.file.slice(problem.span), problem.message),
    };
    let problems = read.stack.problems.iter().map(help).collect();
    let found = read.stack.resources.iter().find(|resource| resource.address.as_str() == "P");
    let shown = found.map_or("none".to_owned(), |resource| {
        let names: Vec<_> = resource.attributes.entries.keys().map(|name| &**name).collect();
        let rest = if resource.attributes.rest.is_some() { "…" } else { "" };
        format!("{}{rest} when {}", names.join(" "), resource.guard.describe())
    });
    (problems, shown)
}

#[test]
fn a_misspelt_attribute_of_a_resource_is_read_as_if_it_were_right() {
    let no = "is no attribute of a resource";
    for (resource, problem, properties) in [
        (
            format!("Type: AWS::IAM::ManagedPolicy, Propertis: {POLICY}"),
            format!("KL003 at `Propertis`: `Propertis` {no}; did you mean `Properties`?"),
            "PolicyDocument when ",
        ),
        (
            format!("Type: AWS::IAM::ManagedPolicy, properties: {POLICY}"),
            format!("KL003 at `properties`: `properties` {no}; did you mean `Properties`?"),
            "PolicyDocument when ",
        ),
        (
            format!("type: AWS::IAM::ManagedPolicy, Properties: {POLICY}"),
            format!("KL003 at `type`: `type` {no}; did you mean `Type`?"),
            "PolicyDocument when ",
        ),
        (
            format!("Type: AWS::IAM::ManagedPolicy, Condtion: C, Properties: {POLICY}"),
            format!("KL003 at `Condtion`: `Condtion` {no}; did you mean `Condition`?"),
            "PolicyDocument when C is true",
        ),
        (
            "Type: AWS::IAM::ManagedPolicy, Path: /x/, Properties: {Description: x}".to_owned(),
            format!("KL003 at `Path`: `Path` {no}; move it into the `Properties` of the resource"),
            "Description Path when ",
        ),
        (
            "Type: AWS::IAM::ManagedPolicy, PolicyDocument: {Statement: []}".to_owned(),
            format!(
                "KL003 at `PolicyDocument`: `PolicyDocument` {no}; move it into the `Properties` of the resource"
            ),
            "PolicyDocument when ",
        ),
        (
            format!("Type: AWS::IAM::ManagedPolicy, Contents: {POLICY}"),
            format!("KL003 at `Contents`: `Contents` {no}"),
            "… when ",
        ),
        (
            "Type: AWS::IAM::ManagedPolicy, Contents: x, Properties: {Path: /}".to_owned(),
            format!("KL003 at `Contents`: `Contents` {no}"),
            "Path when ",
        ),
        (
            format!("Type: AWS::IAM::ManagedPolicy, Properties: {{Path: /}}, Propertis: {POLICY}"),
            format!("KL003 at `Propertis`: `Propertis` {no}; did you mean `Properties`?"),
            "Path PolicyDocument when ",
        ),
    ] {
        let template = format!(
            "Parameters: {{A: {{Type: String}}}}\nConditions: {{C: !Equals [!Ref A, b]}}\nResources: {{P: {{{resource}}}}}"
        );
        assert_eq!(told(&template), (vec![problem], properties.to_owned()), "{resource}");
    }
}

#[test]
fn a_misspelt_section_is_read_as_if_it_were_right() {
    let right = format!("{{P: {{Type: AWS::IAM::ManagedPolicy, Properties: {POLICY}}}}}");
    let no = "is no section of a template";
    for (template, problem) in [
        (
            format!("Resource: {right}"),
            format!("KL003 at `Resource`: `Resource` {no}; did you mean `Resources`?"),
        ),
        (
            format!("resources: {right}"),
            format!("KL003 at `resources`: `resources` {no}; did you mean `Resources`?"),
        ),
        (
            format!("Resource: {right}\nResources: {{Q: {{Type: AWS::SQS::Queue}}}}"),
            format!("KL003 at `Resource`: `Resource` {no}; did you mean `Resources`?"),
        ),
        (
            format!("Resources:\nRessources: {right}"),
            format!("KL003 at `Ressources`: `Ressources` {no}; did you mean `Resources`?"),
        ),
        (
            format!("Everything: {right}"),
            format!("KL003 at `Everything`: `Everything` {no}; did you mean `Resources`?"),
        ),
        (format!("Resources: {right}\nCommon: {{a: b}}"), format!("KL003 at `Common`: `Common` {no}")),
    ] {
        assert_eq!(told(&template), (vec![problem], "PolicyDocument when ".to_owned()), "{template}");
    }
    let (problems, shown) = told(&format!(
        "Condition: {{C: !Equals [!Ref A, b]}}\nParameter: {{A: {{Type: String}}}}\n\
         Resources: {{P: {{Type: AWS::IAM::ManagedPolicy, Condition: C, Properties: {POLICY}}}}}"
    ));
    assert_eq!((problems.len(), &*shown), (2, "PolicyDocument when C is true"), "{problems:?}");
}

#[test]
fn what_a_loop_makes_is_corrected_as_well() {
    let read = read_yaml(&format!(
        "Transform: AWS::LanguageExtensions\nResources:\n  'Fn::ForEach::Each':\n    - Name\n    - [A, B]\n    - \
         'P${{Name}}': {{Type: AWS::IAM::ManagedPolicy, Propertis: {POLICY}}}"
    ));
    assert_eq!(read.problems(), ["KL003 at `Propertis`: `Propertis` is no attribute of a resource"]);
    for name in ["PA", "PB"] {
        assert!(read.resource(name).value("PolicyDocument").is_some(), "{name}");
    }
}

#[test]
fn names_that_something_else_reads_are_no_mistakes() {
    for template in [
        "Resources: {P: {Type: AWS::S3::Bucket, Metadata: {}, DependsOn: [], DeletionPolicy: Retain}}\nHooks: {}",
        "Resources: {P: {Type: Custom::X, Version: '1.0', Properties: {ServiceToken: x}}}",
        // A macro, a tool with tags of its own, a type that a tool replaces.
        "Transform: Own\nResources: {P: {Type: AWS::S3::Bucket, Count: 2}}\nEnvironments: {}",
        "Resources: {P: {Type: {'Rain::Module': x}, Overrides: {}}}",
    ] {
        let (problems, shown) = told(template);
        assert!(
            problems.iter().all(|problem| !problem.contains("is no ")),
            "{template}: {problems:?} {shown}"
        );
    }
    let (problems, _) = told(
        "Transform: AWS::Serverless-2016-10-31\nResources: {P: {Type: AWS::Serverless::SimpleTable, Note: x}}",
    );
    assert_eq!(
        problems,
        ["KL006 at `Note`: `Note` is no attribute of a resource"],
        "the transform leaves it out"
    );
}

#[test]
fn global_properties_are_those_of_types_that_can_have_them() {
    let template = "
Transform: AWS::Serverless-2016-10-31
Globals: {Functon: {KmsKeyArn: alias/x}, Application: {Location: x}}
Resources: {P: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, InlineCode: x, Runtime: python3.12}}}";
    let (problems, shown) = told(template);
    let no = "is no type of SAM that has global properties";
    assert_eq!(
        problems,
        [
            format!("KL003 at `Functon`: `Functon` {no}; did you mean `Function`?"),
            format!("KL003 at `Application`: `Application` {no}"),
        ]
    );
    assert!(shown.contains("KmsKeyArn"), "{shown}");
}

#[test]
fn a_template_has_resources_and_one_version() {
    let one = "a template has at least one resource";
    for (template, expected) in [
        ("AWSTemplateFormatVersion: '2010-09-09'\nResources:", format!("KL003 at `Resources`: {one}")),
        ("Resources: {}", format!("KL003 at `Resources`: {one}")),
        (
            "AWSTemplateFormatVersion: '2010-09-09'\nParameters: {A: {Type: String}}",
            format!("KL003 at ``: {one}"),
        ),
        (
            "AWSTemplateFormatVersion: '2012-10-17'\nResources: {P: {Type: AWS::S3::Bucket}}",
            "KL003 at `'2012-10-17'`: the only version of the format is `2010-09-09`".to_owned(),
        ),
        (
            "AWSTemplateFormatVersion: !Ref A\nParameters: {A: {Type: String}}\nResources: {P: {Type: AWS::S3::Bucket}}",
            "KL003 at `!Ref A`: the only version of the format is `2010-09-09`".to_owned(),
        ),
    ] {
        assert_eq!(read_yaml(template).problems(), [expected], "{template}");
    }
    for template in [
        "AWSTemplateFormatVersion: 2010-09-09\nResources: {P: {Type: AWS::S3::Bucket}}",
        "AWSTemplateFormatVersion: \"2010-09-09\"\nTransform: {Name: AWS::Include, Parameters: {Location: s3://x/y}}",
        "AWSTemplateFormatVersion: \"2010-09-09\"\nTransform: Own\nResources: {}",
        "Resources: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s3://x/y}}}",
    ] {
        assert_eq!(read_yaml(template).problems(), [""; 0], "{template}");
    }
}

#[test]
fn a_default_is_written_out() {
    for default in ["!Ref A", "{Ref: A}", "[a]", "{a: b}", "!Sub '${AWS::Region}'"] {
        let template = format!(
            "Parameters: {{A: {{Type: String}}, B: {{Type: String, Default: {default}}}}}\nResources: {{P: {{Type: AWS::S3::Bucket}}}}"
        );
        assert_eq!(
            read_yaml(&template).problems(),
            [format!("KL003 at `{default}`: the default of `B` is no string")]
        );
    }
}

#[test]
fn suppressions_in_metadata_that_are_not_understood_are_reported() {
    for (declared, expected) in [
        (
            "{ignor: [KMS001]}",
            "KL010 at `ignor`: `ignor` is no part of a suppression: did you mean `ignore`?",
        ),
        ("[KMS001]", "KL010 at `keylint`: a suppression names its rules under `ignore`"),
        ("KMS001", "KL010 at `keylint`: a suppression names its rules under `ignore`"),
        ("{ignore: [1]}", "KL010 at `1`: a suppression names rules by their ids"),
        (
            "{ignore: KMS001, untill: 2027-01-01}",
            "KL010 at `untill`: `untill` is no part of a suppression: did you mean `until`?",
        ),
        ("{ignore: KMS001, note: x}", "KL010 at `note`: `note` is no part of a suppression"),
    ] {
        let template =
            format!("Resources: {{P: {{Type: AWS::KMS::Key, Metadata: {{keylint: {declared}}}}}}}");
        let read = read_yaml(&template);
        assert_eq!(read.problems(), [expected], "{declared}");
        let rule = if declared.contains("KMS001") { "KMS001" } else { "SM001" };
        let help = format!("write `keylint: {{ignore: [{rule}], reason: …}}`");
        assert!(read.stack.problems.iter().all(|problem| problem.help.as_ref() == Some(&help)), "{declared}");
    }
}
