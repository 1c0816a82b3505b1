//! Events that a function polls for: the mapping, and what its role needs to read the source.

use keylint_syntax::data::Node;

use super::build::{Make, call, plain};
use super::events::Event;
use super::function::{Target, destination_policy};
use super::policies::Role;
use super::{Output, Source};

pub(super) const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

/// What a function in a VPC needs to reach its source.
const NETWORK: [&str; 6] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeVpcs",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
];

pub(super) fn add(
    source: &Source<'_>,
    target: &Target,
    id: &str,
    event: &Event,
    role: &mut Role,
    output: &mut Output<'_>,
) {
    let make = event.make;
    let managed = match event.kind.as_str() {
        "Kinesis" => Some("AWSLambdaKinesisExecutionRole"),
        "DynamoDB" => Some("AWSLambdaDynamoDBExecutionRole"),
        "SQS" => Some("AWSLambdaSQSQueueExecutionRole"),
        "MSK" => Some("AWSLambdaMSKExecutionRole"),
        _ => None,
    };
    if let Some(managed) = managed {
        role.attach(make, managed);
    }
    let statements = statements(event);
    if !statements.is_empty() {
        role.inline.push(make.inline(&format!("{id}Policy"), make.document(statements)));
    }
    if let Some(destination) = event.get("DestinationConfig").and_then(|config| config.get("OnFailure"))
        && let (Some(kind), Some(to)) =
            (destination.get("Type").and_then(plain), destination.get("Destination"))
    {
        role.inline.extend(destination_policy(Make(destination.span), kind, to.clone(), id));
    }
    let arn = ["Stream", "Queue", "Broker", "Cluster"].into_iter().find_map(|name| event.get(name));
    let mut properties = event.others(&[
        "Stream",
        "Queue",
        "Broker",
        "Cluster",
        "SecretsManagerKmsKeyId",
        "DynamicPolicyName",
        "KafkaBootstrapServers",
        "ConsumerGroupId",
        "SchemaRegistryConfig",
        "DatabaseName",
        "CollectionName",
        "FullDocument",
    ]);
    properties.push(make.member("FunctionName", target.name(make)));
    properties.extend(arn.map(|arn| make.member("EventSourceArn", arn.clone())));
    output.add(source, make, id, MAPPING, properties);
}

/// The statements of the inline policy that an event of a type brings.
fn statements(event: &Event) -> Vec<Node> {
    let make = event.make;
    let secret = |types: &[&str]| -> Vec<Node> {
        let configurations = access(event).filter(|configuration| {
            configuration.get("Type").and_then(plain).is_some_and(|kind| types.contains(&kind))
        });
        let uris = configurations.filter_map(|configuration| configuration.get("URI"));
        uris.map(|uri| Make(uri.span).allow(&["secretsmanager:GetSecretValue"], uri.clone())).collect()
    };
    let has = |kind: &str| {
        access(event).any(|configuration| configuration.get("Type").and_then(plain) == Some(kind))
    };
    let on = |action: &str, resource: Option<&Node>| {
        make.allow(&[action], resource.cloned().unwrap_or_else(|| make.unknown()))
    };
    let mut statements = match event.kind.as_str() {
        "MSK" => secret(&["CLIENT_CERTIFICATE_TLS_AUTH"]),
        "MQ" => {
            let mut statements = secret(&["BASIC_AUTH"]);
            statements.push(on("mq:DescribeBroker", event.get("Broker")));
            statements
        }
        "SelfManagedKafka" => {
            let mut statements = secret(&[
                "SASL_SCRAM_256_AUTH",
                "SASL_SCRAM_512_AUTH",
                "BASIC_AUTH",
                "CLIENT_CERTIFICATE_TLS_AUTH",
                "SERVER_ROOT_CA_CERTIFICATE",
            ]);
            if has("VPC_SUBNET") && has("VPC_SECURITY_GROUP") {
                statements.push(make.allow(&NETWORK, make.text("*")));
            }
            statements
        }
        "DocumentDB" => {
            let group = |kind: &str| {
                make.sub(&format!(
                    "arn:${{AWS::Partition}}:rds:${{AWS::Region}}:${{AWS::AccountId}}:{kind}:*"
                ))
            };
            let mut statements = secret(&["BASIC_AUTH"]);
            statements.push(make.allow(&["rds:DescribeDBClusterParameters"], group("cluster-pg")));
            statements.push(make.allow(&["rds:DescribeDBSubnetGroups"], group("subgrp")));
            statements.push(on("rds:DescribeDBClusters", event.get("Cluster")));
            statements.push(make.allow(&NETWORK, make.text("*")));
            statements
        }
        _ => Vec::new(),
    };
    if let Some(key) = event.get("SecretsManagerKmsKeyId") {
        let make = Make(key.span);
        let text = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${key}";
        let arguments = vec![make.text(text), make.map([("key", key.clone())])];
        statements.push(make.allow(&["kms:Decrypt"], make.call("Fn::Sub", make.list(arguments))));
    }
    statements
}

/// The access configurations that are written out.
fn access(event: &Event) -> impl Iterator<Item = &Node> {
    let configurations = event.get("SourceAccessConfigurations").filter(|node| call(node).is_none());
    let elements = configurations.and_then(|node| crate::call::View::from(node).elements());
    elements.unwrap_or_default().iter()
}
