//! APIs: what of `AWS::Serverless::Api`, `HttpApi` and `GraphQLApi` a policy or a key is in.

use keylint_syntax::data::{Member, Node, NodeKind};

use super::build::{Make, call, plain};
use super::policies::Role;
use super::{Output, Source, tags};

/// The APIs that SAM makes for the events that name none.
pub(super) const IMPLICIT_REST: &str = "ServerlessRestApi";
pub(super) const IMPLICIT_HTTP: &str = "ServerlessHttpApi";

/// The REST API of all events that name none, and its stage.
pub(super) fn implicit_rest(source: &Source<'_>, make: Make, output: &mut Output<'_>) {
    output.add(source, make, IMPLICIT_REST, "AWS::ApiGateway::RestApi", Vec::new());
    let stage = vec![
        make.member("RestApiId", make.reference(IMPLICIT_REST)),
        make.member("StageName", make.text("Prod")),
    ];
    output.add(source, make, &format!("{IMPLICIT_REST}ProdStage"), "AWS::ApiGateway::Stage", stage);
}

/// The HTTP API of all events that name none, and its stage.
pub(super) fn implicit_http(source: &Source<'_>, make: Make, output: &mut Output<'_>) {
    output.add(source, make, IMPLICIT_HTTP, "AWS::ApiGatewayV2::Api", Vec::new());
    let stage = vec![make.member("ApiId", make.reference(IMPLICIT_HTTP))];
    let id = format!("{IMPLICIT_HTTP}ApiGatewayDefaultStage");
    output.add(source, make, &id, "AWS::ApiGatewayV2::Stage", stage);
}

/// `AWS::Serverless::Api`: the API, its stage, and the policy that `Auth.ResourcePolicy` makes.
pub(super) fn rest(mut source: Source<'_>, output: &mut Output<'_>) {
    let make = source.make();
    let stage_name = source.take("StageName");
    let mut stage = vec![make.member("RestApiId", make.reference(source.id))];
    stage.extend(stage_name.clone().map(|name| make.member("StageName", name)));
    for (from, to) in [
        ("CacheClusterEnabled", "CacheClusterEnabled"),
        ("CacheClusterSize", "CacheClusterSize"),
        ("MethodSettings", "MethodSettings"),
        ("Variables", "Variables"),
        ("AccessLogSetting", "AccessLogSetting"),
        ("CanarySetting", "CanarySetting"),
        ("TracingEnabled", "TracingEnabled"),
    ] {
        stage.extend(
            source
                .take_member(from)
                .map(|member| Member { key: Make(member.key_span).characters(to), ..member }),
        );
    }
    // A stage whose name only deployment knows is called by the digest of that; near enough.
    let name = stage_name.as_ref().and_then(plain).unwrap_or_default();
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    output.add(&source, make, &format!("{}{name}Stage", source.id), "AWS::ApiGateway::Stage", stage);
    if let Some(auth) = source.take("Auth")
        && let Some(policy) = auth.get("ResourcePolicy")
    {
        source.properties.push(Make(policy.span).member("Policy", resource_policy(policy)));
    }
    if let Some(body) = source.take_member("DefinitionBody") {
        source.properties.push(Member { key: Make(body.key_span).characters("Body"), ..body });
    }
    tags(&mut source);
    for name in ["DefinitionUri", "Cors", "OpenApiVersion", "MergeDefinitions", "Models", "Domain", "Mode"]
        .into_iter()
        .chain(["GatewayResponses", "AlwaysDeploy", "PropagateTags"])
    {
        source.take(name);
    }
    output.pass(source, "AWS::ApiGateway::RestApi");
}

/// The policy of custom statements. The lists of accounts, addresses and VPCs add statements that
/// are not modelled, so with one of them the policy is not known.
fn resource_policy(policy: &Node) -> Node {
    let make = Make(policy.span);
    let is_whole = policy.members().iter().all(|member| member.key.as_str() == "CustomStatements");
    match policy.get("CustomStatements") {
        Some(statements) if is_whole && call(policy).is_none() => {
            let statements = match &statements.kind {
                NodeKind::List(_) => statements.clone(),
                _ if call(statements).is_some() => statements.clone(),
                _ => Make(statements.span).list(vec![statements.clone()]),
            };
            make.map([("Version", make.text("2012-10-17")), ("Statement", statements)])
        }
        _ => make.unknown(),
    }
}

pub(super) fn http(mut source: Source<'_>, output: &mut Output<'_>) {
    let make = source.make();
    let stage_name = source.take("StageName");
    let mut stage = vec![make.member("ApiId", make.reference(source.id))];
    for name in ["AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables"] {
        stage.extend(source.take_member(name));
    }
    let id = match stage_name.as_ref().map(plain) {
        None => format!("{}ApiGatewayDefaultStage", source.id),
        Some(name) => {
            let name = name.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric);
            format!("{}{}Stage", source.id, name.collect::<String>())
        }
    };
    stage.extend(stage_name.map(|name| make.member("StageName", name)));
    output.add(&source, make, &id, "AWS::ApiGatewayV2::Stage", stage);
    if let Some(body) = source.take_member("DefinitionBody") {
        source.properties.push(Member { key: Make(body.key_span).characters("Body"), ..body });
    }
    for name in ["DefinitionUri", "Auth", "Domain", "PropagateTags"] {
        source.take(name);
    }
    output.pass(source, "AWS::ApiGatewayV2::Api");
}

/// `AWS::Serverless::GraphQLApi`: the API and its cache. The roles of its data sources are made
/// by connectors and are not modelled.
pub(super) fn graphql(mut source: Source<'_>, output: &mut Output<'_>) {
    let make = source.make();
    if let Some(cache) = source.take_member("Cache") {
        let at = Make(cache.key_span);
        let mut properties = cache.value.members().to_vec();
        properties.push(at.member("ApiId", make.get_att(source.id, "ApiId")));
        output.add(&source, at, &format!("{}ApiCache", source.id), "AWS::AppSync::ApiCache", properties);
    }
    let logging = source.take("Logging");
    if logging.is_none_or(|logging| logging.get("CloudWatchLogsRoleArn").is_none()) {
        let id = format!("{}CloudWatchRole", source.id);
        let mut role = Role::new(id, make.trust("appsync.amazonaws.com"));
        role.attach(make, "AWSAppSyncPushToCloudWatchLogs");
        output.add_role(&source, make, role);
    }
    if source.take("DataSources").is_some() {
        output.note_opaque(&source);
    }
    let schema = vec![make.member("ApiId", make.get_att(source.id, "ApiId"))];
    output.add(&source, make, &format!("{}Schema", source.id), "AWS::AppSync::GraphQLSchema", schema);
    for name in ["Auth", "ApiKeys", "SchemaInline", "SchemaUri", "Functions", "Resolvers", "DomainName"] {
        source.take(name);
    }
    tags(&mut source);
    output.pass(source, "AWS::AppSync::GraphQLApi");
}
