//! The kinds' CloudFormation side against AWS's own schemas.

use std::collections::BTreeMap;

use keylint_cloudformation::has_property;
use keylint_rules::{Attributes, Kind, Registry};

/// Kinds that CloudFormation does not have, with the reason.
const WITHOUT: &[(&str, &str)] = &[
    ("acmpca.policy", "no type; AWS::ACMPCA::Permission takes no document"),
    ("apigateway.method_settings", "a property of AWS::ApiGateway::Stage: apigateway.stage"),
    ("apigateway.policy", "a property of AWS::ApiGateway::RestApi: apigateway.rest_api"),
    ("athena.database", "no type; a Glue database has no query results"),
    ("chime.termination_credentials", "no type"),
    ("cloudsearch.policy", "no type of CloudSearch"),
    ("codebuild.policy", "no type"),
    ("codeguru.association", "the type takes no key"),
    ("cognito.user", "AWS::Cognito::UserPoolUser takes no password"),
    ("directconnect.macsec_key", "no type"),
    ("directory.radius", "no type"),
    ("directory.trust", "no type"),
    ("dms.s3_endpoint", "AWS::DMS::Endpoint: dms.endpoint"),
    ("docdb.cluster_instance", "AWS::DocDB::DBInstance takes no key of its own"),
    ("dynamodb.policy", "a property of AWS::DynamoDB::Table: dynamodb.table"),
    ("dynamodb.table_replica", "a property of AWS::DynamoDB::GlobalTable: dynamodb.global_table"),
    ("ebs.default_encryption", "no type"),
    ("ebs.snapshot", "no type"),
    ("ebs.snapshot_copy", "no type"),
    ("ec2.image", "no type"),
    ("ec2.image_copy", "no type"),
    ("efs.policy", "a property of AWS::EFS::FileSystem: efs.file_system"),
    ("fsx.lustre", "AWS::FSx::FileSystem: fsx.file_system"),
    ("fsx.ontap", "AWS::FSx::FileSystem: fsx.file_system"),
    ("fsx.openzfs", "AWS::FSx::FileSystem: fsx.file_system"),
    ("fsx.windows", "AWS::FSx::FileSystem: fsx.file_system"),
    ("glacier.vault", "no type"),
    ("glacier.vault_lock", "no type"),
    ("glue.policy", "no type"),
    ("iam.attachment", "a property of roles, users and groups"),
    ("kms.alias_lookup", "a data source of Terraform"),
    ("kms.ciphertext", "a resource and data source of Terraform alone"),
    ("kms.external_key", "AWS::KMS::Key with an Origin: kms.key"),
    ("kms.key_lookup", "a data source of Terraform"),
    ("kms.policy", "a property of AWS::KMS::Key: kms.key"),
    ("neptune.cluster_snapshot", "no type"),
    ("networkfirewall.firewall", "the type takes no key"),
    ("networkfirewall.firewall_policy", "the type takes no key"),
    ("networkfirewall.policy", "no type"),
    ("networkfirewall.rule_group", "the type takes no key"),
    ("opensearch.policy", "a property of the domain: opensearch.domain"),
    ("opsworks.database", "a property of AWS::OpsWorks::Stack: opsworks.stack"),
    ("organizations.attachment", "a property of the policy: TargetIds of organizations.policy"),
    ("rds.activity_stream", "no type"),
    ("rds.backup_replication", "a property of AWS::RDS::DBInstance"),
    ("rds.cluster_instance", "AWS::RDS::DBInstance: rds.instance"),
    ("rds.snapshot_copy", "no type copies a snapshot"),
    ("redshift.policy", "a property of AWS::Redshift::Cluster: redshift.cluster"),
    ("s3.access_grants_policy", "no type"),
    ("s3.bucket_lookup", "a data source of Terraform"),
    ("s3.encryption", "a property of AWS::S3::Bucket: s3.bucket"),
    ("s3.object", "no type"),
    ("sagemaker.flow_definition", "no type"),
    ("secretsmanager.secret_lookup", "a data source of Terraform"),
    ("secretsmanager.version", "SecretString of AWS::SecretsManager::Secret: secretsmanager.secret"),
    ("ses.policy", "no type"),
    ("sns.platform_application", "no type"),
    ("storagegateway.gateway", "no type"),
    ("xray.encryption", "no type"),
];

/// What stands for a parameter of a template, and is no resource.
const PARAMETER: &str = "AWS::CloudFormation::Parameter";

fn kinds() -> impl Iterator<Item = &'static Kind> {
    Registry::builtin().kinds().all().filter_map(|(_, kind)| kind.ok())
}

#[test]
fn every_type_and_attribute_of_the_kinds_is_in_the_schemas() {
    let mut wrong = Vec::new();
    let mut checked = 0;
    for kind in kinds() {
        for type_name in kind.cloudformation.iter().filter(|name| &***name != PARAMETER) {
            if has_property(type_name, &[""]).is_none() {
                wrong.push(format!("{}: no type {type_name}", kind.name));
            }
        }
        checked += attributes(kind, &kind.attributes, &[Vec::new()], &mut wrong);
    }
    assert!(
        wrong.is_empty(),
        "{wrong:#?}\nwhere the type is new, run `cargo xtask cloudformation WHEEL PACKAGE`"
    );
    assert!(checked > 250, "{checked} paths");
}

/// Checks where a kind keeps attributes that are in one of the places before; how many that are.
fn attributes(kind: &Kind, of: &Attributes, before: &[Vec<&str>], wrong: &mut Vec<String>) -> usize {
    let mut checked = 0;
    for attribute in of.values() {
        let own = attribute.cloudformation.iter().filter(|path| path.companion.is_none());
        let own = own.map(|path| path.segments.iter().map(|name| &**name).collect::<Vec<_>>());
        let paths: Vec<Vec<&str>> = own
            .flat_map(|path| before.iter().map(move |before| [before.as_slice(), path.as_slice()].concat()))
            .collect();
        for path in &paths {
            let types = kind.cloudformation.iter().filter(|name| &***name != PARAMETER);
            let mut answers = types.map(|name| has_property(name, path)).peekable();
            if answers.peek().is_some() && !answers.any(|answer| answer != Some(false)) {
                wrong.push(format!(
                    "{}: {} is no property of {:?}",
                    kind.name,
                    path.join("."),
                    kind.cloudformation
                ));
            }
            checked += 1;
        }
        let inside = if paths.is_empty() { before.to_vec() } else { paths };
        checked += attributes(kind, &attribute.item, &inside, wrong);
    }
    checked
}

#[test]
fn every_kind_that_cloudformation_has_names_its_types() {
    let without: BTreeMap<&str, &str> = WITHOUT.iter().copied().collect();
    let missing: Vec<_> =
        kinds().filter(|kind| kind.cloudformation.is_empty()).map(|kind| &*kind.name).collect();
    let listed: Vec<_> = without.keys().copied().collect();
    assert_eq!(missing, listed);
}
