//! Output of the CDK: what its manifests say of templates.

use super::nested::project;
use super::*;

#[test]
fn constructs_of_the_cdk_point_at_the_code_that_makes_them() {
    // As newer versions write it, into a file beside the manifest, and as older ones do.
    let manifest = r#"{"artifacts": {
        "A": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "A.template.json"},
              "environment": "aws://unknown-account/unknown-region", "additionalMetadataFile": "A.metadata.json"},
        "B": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "B.template.json"},
              "environment": "aws://unknown-account/unknown-region",
              "metadata": {"/B/Key": [{"type": "aws:cdk:logicalId", "data": "Key", "trace": ["Object.<anonymous> (/app/main.js:3:1)"]}],
                           "/B/Far": [{"type": "aws:cdk:logicalId", "data": "Far", "trace": ["x (/elsewhere/main.js:1:1)"]}]}}}}"#;
    let metadata = r#"{"/A/Key": [{"type": "aws:cdk:logicalId", "data": "Key"}, {"type": "aws:cdk:creationStack", "data": [
        "...aws-cdk-lib...", "new Key (/app/node_modules/aws-cdk-lib/kms.js:1:1)", "new A (/app/main.js:2:10)"]}]}"#;
    let template = |stack: &str| {
        format!(
            r#"{{"Resources": {{"Key": {{"Type": "AWS::KMS::Key", "Metadata": {{"aws:cdk:path": "{stack}/Key"}}}},
                "Far": {{"Type": "AWS::KMS::Key", "Metadata": {{"aws:cdk:path": "{stack}/Far"}}}}}}}}"#
        )
    };
    let (a, b) = (template("A"), template("B"));
    let files = [
        ("manifest.json", manifest),
        ("A.metadata.json", metadata),
        ("A.template.json", &a),
        ("B.template.json", &b),
        ("../app/main.js", "// app\n  new Key(this);\n  new Other(this);\n"),
        ("../app/node_modules/aws-cdk-lib/kms.js", "inner\n"),
        ("../elsewhere/main.js", "no\n"),
    ];
    let read = project(&files, &["A.template.json", "B.template.json"]);
    let code = |stack: &Stack, name: &str| {
        let resource = stack.resource(&keylint_model::Address::new(name)).unwrap();
        let calls = resource.calls.iter();
        calls.map(|call| read.sources.get(call.span.file).slice(call.span).to_owned()).collect::<Vec<_>>()
    };
    let [a, b] = read.stacks.as_slice() else { panic!() };
    assert_eq!(code(a, "Key"), ["new Key(this);"]);
    assert_eq!(code(b, "Key"), ["new Other(this);"]);
    assert_eq!(code(b, "Far"), [""; 0]);
}

#[test]
fn stacks_of_the_cdk_know_their_environment_and_their_nested_templates() {
    let manifest = r#"{"artifacts": {
        "Dev": {"type": "aws:cloudformation:stack", "environment": "aws://123456789012/eu-west-1",
                "properties": {"templateFile": "Dev.template.json"}},
        "Any": {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region",
                "properties": {"templateFile": "Any.template.json"}},
        "Dev.assets": {"type": "cdk:asset-manifest"}}}"#;
    let parent = r#"{"Resources": {
        "V": {"Type": "AWS::CloudFormation::Stack",
              "Properties": {"TemplateURL": {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::URLSuffix"}, "/b/k"]]}},
              "Metadata": {"aws:asset:path": "DevV.nested.template.json", "aws:asset:property": "TemplateURL"}},
        "A": {"Type": "Custom::A", "Properties": {"R": {"Ref": "AWS::Region"}}}}}"#;
    let child = r#"{"Resources": {"B": {"Type": "Custom::B", "Metadata": {"aws:cdk:path": "Dev/V/B"},
        "Properties": {"Arn": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}}}}"#;
    let files =
        [("manifest.json", manifest), ("Dev.template.json", parent), ("DevV.nested.template.json", child)];
    let read = project(&files, &["Dev.template.json", "DevV.nested.template.json"]);
    assert_eq!(read.addresses(), ["V", "V/B", "A"]);
    assert_eq!(read.property("A", "R"), r#""eu-west-1""#);
    assert_eq!(read.only().account.as_deref(), Some("123456789012"));
    assert_eq!(read.property("V/B", "Arn"), r#""arn:aws:iam::123456789012:root""#);
    let other = [("manifest.json", manifest), ("Any.template.json", parent)];
    let read = project(&other, &["Any.template.json"]);
    assert_eq!(read.property("A", "R"), "<environment AWS::Region>");
    assert_eq!(read.only().account, None);
}

#[test]
fn what_an_assembly_says_of_its_files_and_ids_stands_for_metadata_that_are_left_out() {
    let manifest = r#"{"artifacts": {
        "Dev.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Dev.assets.json"}},
        "Far.assets": {"type": "cdk:asset-manifest", "properties": {"file": "../Far.assets.json"}},
        "Dev": {"type": "aws:cloudformation:stack", "environment": "aws://123456789012/eu-west-1",
                "properties": {"templateFile": "Dev.template.json"},
                "metadata": {
                    "/Dev/V": [{"type": "aws:cdk:templateFile", "data": "DevV.nested.template.json"}],
                    "/Dev/V/B/Resource": [{"type": "aws:cdk:logicalId", "data": "B"}],
                    "/Dev/A/Resource": [{"type": "aws:cdk:logicalId", "data": "A"}],
                    "/Dev/One": [{"type": "aws:cdk:logicalId", "data": "Twice"}],
                    "/Dev/Two": [{"type": "aws:cdk:logicalId", "data": "Twice"}]}}}}"#;
    let asset = |path: &str| {
        format!(
            r#"{{"source": {{"path": "{path}", "packaging": "file"}}, "destinations": {{"here": {{"bucketName": "b", "objectKey": "k/5e1f.json"}}}}}}"#
        )
    };
    let assets = format!(r#"{{"files": {{"5e1f": {}}}}}"#, asset("DevV.nested.template.json"));
    let parent = |url: &str| {
        format!(
            r#"{{"Resources": {{
                "V": {{"Type": "AWS::CloudFormation::Stack", "Properties": {{"TemplateURL": {url}}}}},
                "A": {{"Type": "Custom::A"}}, "Twice": {{"Type": "Custom::A"}}}}}}"#
        )
    };
    let child = r#"{"Resources": {"B": {"Type": "Custom::B"}, "A": {"Type": "Custom::B"}}}"#;
    let read = |url: &str, assets: &str| {
        let parent = parent(url);
        let files = [
            ("manifest.json", manifest),
            ("Dev.assets.json", assets),
            ("../Far.assets.json", assets),
            ("Dev.template.json", &parent),
            ("DevV.nested.template.json", child),
        ];
        let read = project(&files, &["Dev.template.json"]);
        let shown = |resource: &keylint_model::Resource| {
            format!("{} {}", resource.address, resource.construct.as_deref().unwrap_or("-"))
        };
        read.only().resources.iter().map(shown).collect::<Vec<_>>()
    };
    let joined = r#"{"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::URLSuffix"}, "/b/k/5e1f.json"]]}"#;
    let whole = ["V -", "V/B Dev/V/B/Resource", "V/A -", "A Dev/A/Resource", "Twice -"];
    assert_eq!(read(joined, &assets), whole);
    assert_eq!(read(r#""https://b.s3.amazonaws.com/k/5e1f.json""#, &assets), whole);
    let without = ["V -", "A Dev/A/Resource", "Twice -"];
    assert_eq!(read(r#""https://b.s3.amazonaws.com/k/0000.json""#, &assets), without);
    assert_eq!(read(joined, &assets.replace("DevV.nested.template.json", "code.zip")), without);
    assert_eq!(read(joined, "{"), without);
}

/// Nested stacks that say the same are uploaded once, and parameters may hold the address.
#[test]
fn a_nested_stack_is_the_template_of_its_construct_whatever_its_address() {
    let stack = |name: &str| {
        let nested = |id: &str| {
            format!(
                r#""/{name}/{id}": [{{"type": "aws:cdk:templateFile", "data": "{name}{id}.nested.template.json"}}],
                   "/{name}/{id}.NestedStack/{id}.NestedStackResource": [{{"type": "aws:cdk:logicalId", "data": "{id}"}}],
                   "/{name}/{id}/Made": [{{"type": "aws:cdk:logicalId", "data": "R"}}]"#
            )
        };
        format!(
            r#""{name}": {{"type": "aws:cloudformation:stack", "properties": {{"templateFile": "{name}.template.json"}},
               "metadata": {{"/{name}": [{{"type": "aws:cdk:templateFile", "data": "{name}.template.json"}}], {}, {}}}}}"#,
            nested("V"),
            nested("W")
        )
    };
    let manifest = format!(
        r#"{{"artifacts": {{{}, {}, "A": {{"type": "cdk:asset-manifest", "properties": {{"file": "A.json"}}}}}}}}"#,
        stack("Dev"),
        stack("Prod")
    );
    let assets = r#"{"files": {"5e": {"source": {"path": "ProdW.nested.template.json"},
        "destinations": {"here": {"objectKey": "5e.json"}}}}}"#;
    let parent = |url: &str| {
        let nested =
            format!(r#"{{"Type": "AWS::CloudFormation::Stack", "Properties": {{"TemplateURL": {url}}}}}"#);
        format!(r#"{{"Resources": {{"V": {nested}, "W": {nested}}}}}"#)
    };
    let child = r#"{"Resources": {"R": {"Type": "Custom::R"}}}"#;
    let by_parameter = r#"{"Fn::Join": ["", ["https://", {"Ref": "P"}, {"Ref": "K"}]]}"#;
    for url in [r#""https://b.s3.amazonaws.com/5e.json""#, by_parameter] {
        let (dev, prod) = (parent(url), parent(url));
        let files = [
            ("manifest.json", manifest.as_str()),
            ("A.json", assets),
            ("Dev.template.json", &dev),
            ("Prod.template.json", &prod),
            ("DevV.nested.template.json", child),
            ("DevW.nested.template.json", child),
            ("ProdV.nested.template.json", child),
            ("ProdW.nested.template.json", child),
        ];
        let names: Vec<&str> = files[2..].iter().map(|(name, _)| *name).collect();
        let read = project(&files, &names);
        let made = read.stacks.iter().flat_map(|stack| &stack.resources);
        let made: Vec<String> = made
            .filter(|resource| resource.address.as_str().ends_with('R'))
            .map(|resource| format!("{} {}", resource.address, resource.construct.as_deref().unwrap_or("-")))
            .collect();
        assert_eq!(made, ["V/R Dev/V/Made", "W/R Dev/W/Made", "V/R Prod/V/Made", "W/R Prod/W/Made"], "{url}");
    }
}

#[test]
fn an_arn_of_a_resource_has_the_account_and_partition_of_its_assembly() {
    let template = r#"{"Resources": {
        "R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x"}},
        "S": {"Type": "Custom::S", "Properties": {"X": {"Fn::GetAtt": ["R", "Arn"]}}}}}"#;
    let manifest = r#"{"version": "36.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack",
        "environment": "aws://123456789012/eu-west-1", "properties": {"templateFile": "S.template.json"},
        "additionalMetadataFile": "sub/metadata.json"}}}"#;
    let outside = r#"{"/S/R": [{"type": "aws:cdk:creationStack", "data": ["new R (/app/a.ts:1:1)"]}]}"#;
    let files = [("S.template.json", template), ("manifest.json", manifest), ("sub/metadata.json", outside)];
    let nested = project(&files, &["S.template.json"]);
    assert_eq!(nested.property("S", "X"), r#""arn:aws:iam::123456789012:role/x""#);
    let is_read = |path: &str| nested.sources.files().iter().any(|file| file.path().ends_with(path));
    assert!(is_read("manifest.json") && !is_read("metadata.json"), "a manifest names files beside itself");
}
