//! `keylint policy simulate`: requests against the policies that are given with them.

use std::path::PathBuf;

use clap::Args;
use keylint_policy::evaluate::{Because, Case, InputError, read_cases};
use keylint_source::SourceFile;
use keylint_syntax::data::NodeKind;
use keylint_syntax::{Text, json};
use serde_json::{Value, json};

use super::input;
use crate::exit::{Exit, failed};
use crate::output;

/// How many mistakes of the input are said before the rest is only counted.
const MAX_MISTAKES: usize = 20;

#[derive(Debug, Args)]
#[command(long_about = "Decide requests by the policies that are given with them, as AWS would.

FILE holds one case as a JSON object, or a list of them:

  {\"request\": {
     \"action\": \"kms:Decrypt\",
     \"resource\": \"arn:aws:kms:eu-west-1:111122223333:key/1234abcd\",
     \"resourceAccount\": \"111122223333\",
     \"principal\": \"arn:aws:iam::111122223333:role/app\",
     \"context\": {\"kms:ViaService\": \"secretsmanager.eu-west-1.amazonaws.com\"}},
   \"identityPolicies\": [POLICY, …],
   \"permissionsBoundaries\": [POLICY, …],
   \"sessionPolicies\": [POLICY, …],
   \"resourcePolicy\": POLICY,
   \"serviceControlPolicies\": [[POLICY, …], …],
   \"resourceControlPolicies\": [[POLICY, …], …],
   \"endpointPolicies\": [POLICY, …]}

All but request may be left out, and of it resourceAccount (where the ARN names the account) and \
context. principal is the ARN of a user, role, session, federated user, root user or identity \
provider, service:NAME, or anonymous. The context is taken to be complete, but for keys that follow \
from the request, such as aws:PrincipalArn; a key with a list of values is a multivalued key. \
Control policies are given level by level from the root. POLICY is a document as an object or as \
its text.

The answer has the shape of the input:

  {\"decision\": \"allowed\" | \"implicitly-denied\" | \"explicitly-denied\" | \"undecided\",
   \"because\": [{\"policy\", \"statement\", \"effect\", \"why\"}]}

undecided is said where a policy has parts that AWS would not accept, or where something is missing \
that decides. The exit code is 0 whatever is decided, and 2 when the input is wrong.")]
pub(crate) struct SimulateArguments {
    /// A JSON file with one case or a list of them; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,
}

/// Decides every case.
pub(crate) fn run(arguments: &SimulateArguments) -> Exit {
    let file = match input::read(&arguments.path) {
        Ok(file) => file,
        Err(message) => return failed(&message),
    };
    match answers(&file) {
        Ok(answers) => output::to_stdout(&format!("{answers:#}\n")),
        Err(mistakes) => mistakes.iter().map(|mistake| failed(mistake)).max().unwrap_or(Exit::Failed),
    }
}

/// The answers in the shape of the input, or what is wrong with it, line by line.
fn answers(file: &SourceFile) -> Result<Value, Vec<String>> {
    let (root, errors) = json::parse(&Text::of_file(file));
    let mut mistakes: Vec<String> = errors
        .iter()
        .map(|error| format!("{}: {}", input::place(file, error.span.start), error.message))
        .collect();
    // What cannot be read as JSON says nothing about what is missing.
    let readable = root.as_ref().filter(|_| errors.is_empty());
    let cases = readable.map_or(Ok(Vec::new()), read_cases).unwrap_or_else(|errors| {
        let line = |error: &InputError| {
            format!("{}: {}: {}", input::place(file, error.span.start), error.path, error.message)
        };
        mistakes.extend(errors.iter().map(line));
        Vec::new()
    });
    if !mistakes.is_empty() {
        let more = mistakes.len().saturating_sub(MAX_MISTAKES);
        mistakes.truncate(MAX_MISTAKES);
        if more > 0 {
            mistakes.push(format!("{}: {more} more mistakes", file.display()));
        }
        return Err(mistakes);
    }
    let is_list = root.is_some_and(|root| matches!(root.kind, NodeKind::List(_)));
    let mut answers: Vec<Value> = cases.iter().map(answer).collect();
    Ok(if is_list { Value::from(answers) } else { answers.pop().unwrap_or(Value::Null) })
}

fn answer(case: &Case) -> Value {
    let evaluation = case.evaluate();
    let because: Vec<Value> = evaluation.because.iter().map(reason).collect();
    json!({"decision": evaluation.decision.name(), "because": because})
}

fn reason(because: &Because) -> Value {
    let statement = because.statement.as_ref().map(|(sid, index)| match sid {
        Some(sid) => Value::from(sid.as_str()),
        None => Value::from(*index),
    });
    json!({
        "policy": because.policy,
        "statement": statement,
        "effect": because.effect,
        "why": because.why,
    })
}
