//! What a case has that the two evaluators are known to see differently, or that keylint does not
//! decide. Each name is that of an entry of `docs/policy-differences.md`.

use keylint_policy::evaluate::{Decision, Evaluation};
use keylint_policy::service::{ConditionKey, condition_key};
use keylint_policy::{Base, Operator, SetPrefix};
use serde_json::{Map, Value};

use super::direction::{Direction, Side, may_be_denied};
use super::generate::CALLERS;

/// A case with our decision.
pub(super) struct Compared<'c> {
    pub(super) input: &'c Value,
    /// The context as both have it.
    pub(super) context: &'c Map<String, Value>,
    pub(super) own: &'c Evaluation,
}

/// One entry of a condition.
struct Entry<'c> {
    name: &'c str,
    operator: Option<Operator>,
    asked: Vec<String>,
    /// What the request has under the key.
    present: Option<&'c Value>,
    /// Whether AWS puts the key into every request, or into every signed one.
    is_always_there: bool,
}

/// The explanations of a difference that fit a case, the most particular first, with the way that each
/// makes the decisions differ.
pub(super) fn explanations(case: &Compared<'_>) -> Vec<(&'static str, Direction)> {
    let statements = statements(case.input);
    let mut found = Explanations { case, action: text(case.input, "/request/action"), list: Vec::new() };
    found.of_caller();
    found.of_key_or_role();
    found.of_limits();
    found.of_principals(&statements);
    found.of_documents(&statements);
    found.of_role_path();
    found.of_patterns(&statements);
    found.of_conditions(&statements);
    found.list
}

/// A statement with the member that its policy is in.
type Placed<'c> = (&'c str, &'c Value);

/// The explanations found so far.
struct Explanations<'c> {
    case: &'c Compared<'c>,
    action: &'c str,
    list: Vec<(&'static str, Direction)>,
}

impl<'c> Explanations<'c> {
    fn add(&mut self, name: &'static str, direction: Direction, fits: bool) {
        if fits {
            self.list.push((name, direction));
        }
    }

    fn own_is(&self, decision: Decision) -> bool {
        self.case.own.decision == decision
    }

    fn is_undecided(&self) -> bool {
        self.own_is(Decision::Undecided) || may_be_denied(self.case.own)
    }

    fn caller(&self) -> &'c str {
        text(self.case.input, "/request/principal")
    }

    fn has(&self, member: &str) -> bool {
        self.case.input.get(member).is_some_and(|it| it.as_array().is_none_or(|list| !list.is_empty()))
    }

    fn is_key(&self) -> bool {
        self.action.starts_with("kms:")
    }

    fn of_caller(&mut self) {
        let caller = self.caller();
        self.add("root-user", Direction::Wider, caller.ends_with(":root") && self.own_is(Decision::Allowed));
        // Without session policies it has nothing; which user it was is not known.
        self.add("federated-user", Direction::Open, caller.contains(":federated-user/"));
        self.add("federated-user", Direction::Narrower, caller.contains(":federated-user/"));
        self.add("service-linked-role", Direction::Wider, caller.contains("AWSServiceRoleFor"));
        self.add("service-linked-role", Direction::Open, caller.contains("AWSServiceRoleFor"));
        let is_listed = CALLERS.iter().any(|(_, known)| *known == caller);
        let is_unknown = self.is_undecided() && !is_listed && is_of_other_kind(caller);
        self.add("unknown-principal", Direction::Open, is_unknown);
    }

    /// Fits in every direction, so it comes behind what is more particular.
    fn of_role_path(&mut self) {
        let has_role_arn = self.case.context.contains_key("aws:principalarn");
        self.add("role-path", Direction::Either, self.caller().contains(":assumed-role/") && !has_role_arn);
    }

    fn of_key_or_role(&mut self) {
        let (caller, action, is_key) = (self.caller(), self.action, self.is_key());
        let is_either = is_key || action.starts_with("sts:");
        let is_missing = is_either && !self.has("resourcePolicy") && self.is_undecided();
        self.add("policy-not-given", Direction::Open, is_missing);
        let is_refused = caller == "anonymous" && self.own_is(Decision::ImplicitlyDenied);
        self.add("anonymous-key-or-role", Direction::Narrower, is_either && is_refused);
        let owner = match text(self.case.input, "/request/resourceAccount") {
            "" => text(self.case.input, "/request/resource").split(':').nth(4).unwrap_or(""),
            given => given,
        };
        let is_other = caller.split(':').nth(4).is_none_or(|account| account != owner);
        let across = keylint_policy::service::key_actions_across_accounts().any(|known| known == action);
        self.add("key-across-accounts", Direction::Narrower, is_key && is_other && !across);
    }

    fn of_limits(&mut self) {
        let action = self.action;
        let service = action.split(':').next().unwrap_or("");
        let is_covered = keylint_policy::service::service(service)
            .is_none_or(keylint_policy::service::Service::supports_rcp);
        let has_rcp = self.has("resourceControlPolicies");
        self.add("rcp-services", Direction::Wider, !is_covered && has_rcp);
        self.add("retire-grant", Direction::Wider, action == "kms:RetireGrant" && has_rcp);
        let is_direct = self.own_is(Decision::Allowed) && is_allowed_directly(self.case.own);
        self.add("session-limits", Direction::Wider, self.has("sessionPolicies") && is_direct);
        let names_account = action.starts_with("s3:") || action.starts_with("dynamodb:");
        let at_endpoint = self.is_undecided() && self.has("endpointPolicies") && names_account;
        self.add("endpoint-account", Direction::Open, at_endpoint);
    }

    fn of_principals(&mut self, statements: &[Placed<'_>]) {
        let undecided = self.is_undecided();
        let everybody = [serde_json::json!("*"), serde_json::json!({"AWS": "*"})];
        let is_named = |it: &Value| !everybody.contains(it);
        let is_id = |text: &str| text.contains("AROA") || text.contains("AIDA");
        let mut any_not = false;
        let mut names_canonical = false;
        let mut names_session = false;
        for (kind, statement) in statements {
            if let Some(spared) = statement.get("NotPrincipal").map(Value::to_string) {
                any_not = true;
                let by_account = spared.contains(":root") && !spared.contains(self.caller());
                self.add("not-principal-account", Side::Here.of(statement), by_account);
            }
            let Some(principal) = statement.get("Principal") else { continue };
            let written = principal.to_string();
            names_canonical |= written.contains("CanonicalUser");
            names_session |= written.contains(":assumed-role/");
            let is_endpoint = *kind == "endpointPolicies" && is_named(principal);
            self.add("endpoint-principal", Side::There.of(statement), is_endpoint);
            self.add("unique-id", Side::Here.of(statement), is_id(&written));
            self.add("unique-id", Direction::Open, is_id(&written));
        }
        self.add("not-principal", Direction::Open, any_not);
        self.add("canonical-user", Direction::Open, undecided && names_canonical);
        let is_role = self.caller().contains(":role/");
        self.add("role-without-session", Direction::Open, undecided && is_role && names_session);
    }

    fn of_documents(&mut self, statements: &[Placed<'_>]) {
        for (kind, statement) in statements {
            let is_bare = statement.get("Resource").is_none() && statement.get("NotResource").is_none();
            let is_key = self.is_key() && *kind == "resourcePolicy";
            self.add("key-statement", Side::There.of(statement), is_key && is_bare);
        }
        let is_rejected = statements.iter().any(|(kind, statement)| is_rejected(kind, statement));
        self.add("rejected-document", Direction::Open, self.is_undecided() && is_rejected);
    }

    fn of_patterns(&mut self, statements: &[Placed<'_>]) {
        let (context, undecided) = (self.case.context, self.is_undecided());
        let resource = text(self.case.input, "/request/resource");
        // Of many resources one is what a pattern is about, and one is not.
        let is_literal = resource.contains(['*', '?']) || context.contains_key("test:star");
        for element in ["Resource", "NotResource"] {
            let negated = element == "NotResource";
            for (_, statement) in statements {
                let here = Side::Here.unless(negated).of(statement);
                let there = Side::There.unless(negated).of(statement);
                for pattern in texts(statement.get(element)) {
                    let is_early = has_early_variable(&pattern);
                    self.add("resource-variable", Direction::Open, undecided && is_early);
                    let has_colon = runs_over_colons(&pattern) && name_of(resource).contains(':');
                    self.add("colon-in-name", here, has_colon);
                    self.add("resource-type", here, has_wildcard_in_type(&pattern, self.action));
                    self.add("variable-escape", here, pattern.contains("${*}") || pattern.contains("${?}"));
                    self.add("variable-list", there, default_of_list(&pattern, context));
                    self.add("variable-absent", there, negated && absent_variable(&pattern, context));
                    self.add("literal-wildcards", Side::There.of(statement), is_literal);
                }
            }
        }
    }

    fn of_conditions(&mut self, statements: &[Placed<'_>]) {
        for (_, statement) in statements {
            for entry in entries(statement, self.case.context) {
                for (name, side, fits) in entry.explanations(self.case.context, self.is_undecided()) {
                    self.add(name, side.of(statement), fits);
                }
            }
        }
        let context = self.case.input.pointer("/request/context").and_then(Value::as_object);
        let spelled_twice = context.is_some_and(|context| {
            let is_twice = |key: &String| context.keys().any(|it| key != it && key.eq_ignore_ascii_case(it));
            context.keys().any(is_twice)
        });
        self.add("case-collision", Direction::Open, self.is_undecided() && spelled_twice);
    }
}

fn is_of_other_kind(caller: &str) -> bool {
    [":group/", ":instance-profile/"].iter().any(|kind| caller.contains(kind))
}

/// Whether the policy of the resource allows the caller itself, or everybody.
fn is_allowed_directly(evaluation: &Evaluation) -> bool {
    evaluation.because.iter().any(|it| it.policy == "resourcePolicy" && it.why.ends_with(" to the caller"))
}

/// An explanation with the side that it is about, and whether it fits.
type Explanation = (&'static str, Side, bool);

impl Entry<'_> {
    fn explanations(&self, context: &Map<String, Value>, undecided: bool) -> Vec<Explanation> {
        let Some(operator) = self.operator.filter(|it| it.base != Base::Null || !it.if_exists) else {
            return vec![("unknown-operator", Side::Open, undecided)];
        };
        let mut found = self.of_absence(operator, context, undecided);
        found.extend(self.of_values(operator, undecided));
        found.extend(self.of_addresses(operator));
        found.extend(self.of_variables(operator, context, undecided));
        found
    }

    fn asks(&self, test: impl Fn(&str) -> bool) -> bool {
        self.asked.iter().any(|text| test(text))
    }

    /// Whether the request has a value that passes.
    fn has(&self, test: impl Fn(&str) -> bool) -> bool {
        texts(self.present).iter().any(|text| test(text))
    }

    fn is_arn(&self) -> bool {
        self.name.contains("Arn")
    }

    /// Neither strings nor ARNs are compared.
    fn is_typed(&self) -> bool {
        !self.name.contains("String") && !self.is_arn()
    }

    fn of_absence(
        &self,
        operator: Operator,
        context: &Map<String, Value>,
        undecided: bool,
    ) -> Vec<Explanation> {
        let is_any = operator.set == Some(SetPrefix::ForAnyValue) && operator.if_exists;
        let is_all = operator.set == Some(SetPrefix::ForAllValues);
        let is_absent = self.present.is_none() && self.is_always_there;
        let values = texts(self.present);
        let is_empty = is_all && !values.is_empty() && values.iter().all(String::is_empty);
        let of_absent = self.asks(|text| variable_of_every_request(text, context));
        let over_list = operator.set.is_some() && operator.base == Base::Null;
        vec![
            ("any-if-exists", Side::Here, is_any && self.present.is_none()),
            ("empty-string", Side::Open, undecided && is_empty),
            ("null-over-lists", if is_all { Side::Here } else { Side::There }, over_list),
            ("key-of-every-request", Side::Open, undecided && (is_absent || of_absent)),
        ]
    }

    fn of_values(&self, operator: Operator, undecided: bool) -> Vec<Explanation> {
        let here = Side::Here.unless(operator.is_negated());
        let (is_date, is_number) = (self.name.contains("Date"), self.name.contains("Numeric"));
        let is_bool_text = operator.base == Base::Bool && self.has(|text| !is_bool(text));
        let either = |test: fn(&str) -> bool| self.asks(test) || self.has(test);
        let no_digit = |text: &str| !text.contains(|c: char| c.is_ascii_digit());
        let no_value = (is_date || is_number) && operator.is_negated() && self.has(no_digit);
        let is_refused = self.is_typed() && self.asks(|text| is_refused(operator.base, text));
        let is_short = |text: &str| text.matches(':').count() < 5 || text.starts_with("${");
        vec![
            ("epoch-date", Side::Either, is_date && either(is_digits)),
            ("date-form", Side::Open, undecided && is_date && either(is_date_without_zone)),
            ("not-a-value", Side::Here, no_value),
            ("bool-text", Side::Here, is_bool_text),
            ("policy-value", Side::Open, undecided && is_refused),
            ("utf-16", Side::Either, self.has(|text| text.chars().any(|it| it.len_utf16() > 1))),
            ("line-feed", here, self.has(|text| text.contains('\n'))),
            ("sigma", Side::Open, undecided && either(|text| text.contains(['Σ', 'ς']))),
            ("arn-value", Side::Open, undecided && self.is_arn() && self.asks(is_short)),
        ]
    }

    fn of_addresses(&self, operator: Operator) -> Vec<Explanation> {
        if !self.name.contains("IpAddress") {
            return Vec::new();
        }
        let (here, there) = (Side::Here, Side::There);
        let (here, there) = (here.unless(operator.is_negated()), there.unless(operator.is_negated()));
        let other_family = operator.base == Base::NotIpAddress
            && self.asks(|text| text.contains(':'))
            && self.has(|text| !text.contains(':'));
        vec![
            ("ipv6-host-bits", there, self.asks(|text| text.contains(':') && text.contains("::5/"))),
            ("address-families", Side::Here, other_family),
            ("address-range-of-all", here, self.asks(|text| text == "0.0.0.0/0")),
            ("mapped-address", here, self.has(|text| text.starts_with("::ffff:"))),
            ("address-spelling", here, self.has(|text| text.starts_with('0'))),
            ("address-spelling", Side::Open, self.has(|text| text.ends_with(':'))),
        ]
    }

    fn of_variables(
        &self,
        operator: Operator,
        context: &Map<String, Value>,
        undecided: bool,
    ) -> Vec<Explanation> {
        let negated = operator.is_negated();
        let (here, there) = (Side::Here.unless(negated), Side::There.unless(negated));
        let is_escape = |text: &str| ["${*}", "${?}", "${$}"].iter().any(|escape| text.contains(escape));
        let in_arn = |text: &str| text.starts_with("arn:") && has_early_variable(text);
        let is_empty = self.asks(|text| empty_variable(text, context));
        let has_default = |text: &str| text.contains("${") && text.contains(',') && !text.contains(", '");
        let elsewhere = self.is_typed() && self.asks(|text| text.contains("${"));
        vec![
            ("variable-list", there, self.asks(|text| default_of_list(text, context))),
            ("variable-absent", Side::Here, negated && self.asks(|text| absent_variable(text, context))),
            ("variable-escape", here, self.asks(is_escape)),
            ("variable-in-arn", here, self.is_arn() && self.asks(in_arn)),
            ("variable-empty", Side::Open, undecided && is_empty),
            ("variable-default", Side::Open, undecided && self.asks(has_default)),
            ("variable-elsewhere", Side::Open, undecided && elsewhere),
        ]
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A date without an offset, or seconds since the epoch.
fn is_date_without_zone(text: &str) -> bool {
    text.contains('T') && !text.contains(['Z', '+']) || is_digits(text)
}

fn is_bool(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// Whether IAM would refuse a value for an operator.
fn is_refused(base: Base, text: &str) -> bool {
    match base {
        Base::Bool => !is_bool(text),
        Base::BinaryEquals => text.contains([' ', '!']) || !text.len().is_multiple_of(4),
        Base::IpAddress | Base::NotIpAddress => text.ends_with("/40"),
        _ => {
            !text.starts_with(|character: char| character.is_ascii_digit() || character == '-')
                || text.contains('e')
        }
    }
}

/// Whether an ARN has a variable in front of its last field.
fn has_early_variable(pattern: &str) -> bool {
    let Some(start) = pattern.find("${") else { return false };
    pattern.get(..start).is_some_and(|before| before.matches(':').count() < 5)
}

fn name_of(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or("")
}

/// Whether a pattern has a `*` that ends a field, which may go on behind it, and a wildcard within its
/// name.
fn runs_over_colons(pattern: &str) -> bool {
    let ends = pattern.splitn(6, ':').take(5).any(|field| field.ends_with('*'));
    let name = name_of(pattern);
    ends && name.strip_suffix('*').unwrap_or(name).contains(['*', '?'])
}

/// Whether the last field of an ARN has a wildcard in front of its first separator. The names of
/// buckets are no types.
fn has_wildcard_in_type(pattern: &str, action: &str) -> bool {
    let name = pattern.splitn(6, ':').nth(5).filter(|_| !action.starts_with("s3:"));
    let first = name.and_then(|name| name.split_once(['/', ':']));
    first.is_some_and(|(first, _)| first.contains(['*', '?']) && !first.contains('$'))
}

/// The keys of the variables of a text, and whether each has a default.
fn variables(text: &str) -> Vec<(String, bool)> {
    let pieces = text.split("${").skip(1).filter_map(|piece| piece.split('}').next());
    let variable = |piece: &str| match piece.split_once(',') {
        Some((key, _)) => (key.trim().to_ascii_lowercase(), true),
        None => (piece.to_ascii_lowercase(), false),
    };
    pieces.map(variable).collect()
}

fn default_of_list(text: &str, context: &Map<String, Value>) -> bool {
    variables(text).iter().any(|(key, default)| *default && context.get(key).is_some_and(Value::is_array))
}

fn absent_variable(text: &str, context: &Map<String, Value>) -> bool {
    let is_escape = |key: &str| matches!(key, "*" | "?" | "$");
    variables(text).iter().any(|(key, default)| {
        !is_escape(key)
            && (!*default && !context.contains_key(key) || context.get(key).is_some_and(Value::is_array))
    })
}

/// Whether a variable is of a key that the request must have had.
fn variable_of_every_request(text: &str, context: &Map<String, Value>) -> bool {
    variables(text).iter().any(|(key, _)| !context.contains_key(key) && is_always_there(key))
}

/// Whether AWS puts a key into every request, or into every signed one.
fn is_always_there(key: &str) -> bool {
    condition_key(key).is_some_and(ConditionKey::is_present_if_signed)
}

fn empty_variable(text: &str, context: &Map<String, Value>) -> bool {
    variables(text).iter().any(|(key, _)| context.get(key).and_then(Value::as_str) == Some(""))
}

fn is_rejected(kind: &str, statement: &Value) -> bool {
    let has = |name: &str| statement.get(name).is_some();
    let effect = statement.get("Effect").and_then(Value::as_str);
    !matches!(effect, Some("Allow" | "Deny"))
        || has("Action") == has("NotAction")
        || (kind == "identityPolicies" && (has("Principal") || has("Resource") == has("NotResource")))
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// All statements with the member that their policy is in.
pub(super) fn statements(input: &Value) -> Vec<Placed<'_>> {
    fn of_document<'v>(kind: &'v str, value: &'v Value, found: &mut Vec<Placed<'v>>) {
        match (value.get("Statement"), value.as_array()) {
            (Some(Value::Array(statements)), _) => found.extend(statements.iter().map(|it| (kind, it))),
            (Some(statement), _) => found.push((kind, statement)),
            (None, Some(list)) => list.iter().for_each(|inner| of_document(kind, inner, found)),
            (None, None) => {}
        }
    }
    let mut found = Vec::new();
    for (kind, value) in input.as_object().into_iter().flatten() {
        of_document(kind, value, &mut found);
    }
    found
}

/// A string, or a list of them.
pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Some(Value::Array(list)) => list.iter().map(one).collect(),
        Some(other) => vec![one(other)],
        None => Vec::new(),
    }
}

fn entries<'c>(statement: &'c Value, context: &'c Map<String, Value>) -> Vec<Entry<'c>> {
    let condition = statement.get("Condition").and_then(Value::as_object);
    let mut entries = Vec::new();
    for (name, keys) in condition.into_iter().flatten() {
        for (key, asked) in keys.as_object().into_iter().flatten() {
            entries.push(Entry {
                name,
                operator: Operator::parse(name),
                asked: texts(Some(asked)),
                present: context.get(&key.to_ascii_lowercase()),
                is_always_there: is_always_there(key),
            });
        }
    }
    entries
}
