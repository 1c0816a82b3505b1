//! Decisions against a reference that spells everything out, on domains so small that every case of a
//! request can be looked at; and decisions about policies with a hole against every way to fill it.

use super::super::{Caller, Context, ContextValue, Policies, Request, evaluate};
use super::*;
use crate::document::{Document, Parsed};
use crate::testing::value;
use keylint_model::World;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

const ACTIONS: [&str; 2] = ["sqs:Send", "sqs:Read"];
const QUEUES: [&str; 2] = ["arn:aws:sqs:r:111122223333:a", "arn:aws:sqs:r:111122223333:b"];
const KEYS: [&str; 2] = ["arn:aws:kms:r:111122223333:key/a", "arn:aws:kms:r:111122223333:key/b"];
const CALLERS: [&str; 4] = [
    "arn:aws:iam::111122223333:user/ana",
    "arn:aws:sts::111122223333:assumed-role/app/s",
    "arn:aws:iam::999988887777:user/eve",
    "service:sns.amazonaws.com",
];
const NAMES: [&str; 7] = [
    "*",
    "111122223333",
    "999988887777",
    "arn:aws:iam::111122223333:user/ana",
    "arn:aws:iam::111122223333:role/app",
    "arn:aws:sts::111122223333:assumed-role/app/s",
    "arn:aws:iam::999988887777:user/eve",
];

/// A statement of the small language; `None` where everything fits.
#[derive(Clone, Debug)]
struct Small {
    allows: bool,
    name: &'static str,
    /// `Action` or `NotAction` with the letter that the action ends in, or all.
    action: (bool, Option<&'static str>),
    resource: (bool, Option<&'static str>),
    /// Operator and value over the key `k`.
    condition: Option<(&'static str, &'static str)>,
}

const OPERATORS: [&str; 8] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIfExists",
    "StringLike",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringEquals",
    "ForAnyValue:StringNotEquals",
    "Null",
];

impl Small {
    fn any(random: &mut Random) -> Small {
        let maybe = |random: &mut Random, list: [&'static str; 2]| {
            if random.below(3) == 0 { None } else { Some(random.pick(&list)) }
        };
        let operator = random.pick(&OPERATORS);
        let asked =
            if operator == "Null" { random.pick(&["true", "false"]) } else { random.pick(&["p", "q", "*"]) };
        Small {
            allows: random.below(4) > 0,
            name: random.pick(&NAMES),
            action: (random.below(5) == 0, maybe(random, ["Send", "Read"])),
            resource: (random.below(5) == 0, maybe(random, ["a", "b"])),
            condition: (random.below(2) == 0).then_some((operator, asked)),
        }
    }

    fn json(&self, is_named: bool, action: &str, resources: &str) -> String {
        let not = |is_not: bool| if is_not { "Not" } else { "" };
        let effect = if self.allows { "Allow" } else { "Deny" };
        let principal =
            if is_named { format!(r#""Principal": {{"AWS": "{}"}}, "#, self.name) } else { String::new() };
        let condition = self.condition.map_or(String::new(), |(operator, asked)| {
            format!(r#", "Condition": {{"{operator}": {{"k": "{asked}"}}}}"#)
        });
        let of_action = self.action.1.map_or("*".to_owned(), |name| format!("{action}:{name}"));
        let of_resource = self.resource.1.map_or("*".to_owned(), |name| format!("{resources}{name}"));
        format!(
            r#"{{"Effect": "{effect}", {principal}"{}Action": "{of_action}", "{}Resource": "{of_resource}"{condition}}}"#,
            not(self.action.0),
            not(self.resource.0)
        )
    }

    fn applies(&self, request: &Asked<'_>) -> bool {
        let fits = |(is_not, wanted): (bool, Option<&str>), actual: &str| {
            is_not != wanted.is_none_or(|wanted| actual.ends_with(wanted))
        };
        fits(self.action, request.action) && fits(self.resource, request.resource) && self.holds(request.k)
    }

    fn holds(&self, k: &K) -> bool {
        let Some((operator, asked)) = self.condition else { return true };
        let wild = |value: &str| asked == "*" || value == asked;
        match (operator, k) {
            ("Null", K::Absent) => asked == "true",
            ("Null", _) => asked == "false",
            ("StringNotEquals" | "StringEqualsIfExists" | "ForAllValues:StringEquals", K::Absent) => true,
            (_, K::Absent) => false,
            ("StringEquals" | "StringEqualsIfExists", K::One(value)) => *value == asked,
            ("StringNotEquals", K::One(value)) => *value != asked,
            ("StringLike", K::One(value)) => wild(value),
            (_, K::One(value)) => match operator {
                "ForAnyValue:StringNotEquals" => *value != asked,
                _ => *value == asked,
            },
            ("ForAllValues:StringEquals", K::Many(values)) => values.iter().all(|value| *value == asked),
            ("ForAnyValue:StringEquals", K::Many(values)) => values.contains(&asked),
            ("ForAnyValue:StringNotEquals", K::Many(values)) => values.iter().any(|value| *value != asked),
            (_, K::Many(_)) => false,
        }
    }

    /// As what it names a caller: nobody, one of the account, the role, the caller itself.
    fn names(&self, caller: &str) -> Named {
        let account = caller.split(':').nth(4).unwrap_or("");
        match self.name {
            "*" => Named::Itself,
            name if name == caller => Named::Itself,
            "arn:aws:iam::111122223333:role/app" if caller.contains("assumed-role/app/") => Named::Role,
            name if name == account => Named::Account,
            _ => Named::Nobody,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Nobody,
    Account,
    Role,
    Itself,
}

#[derive(Debug)]
enum K {
    Absent,
    One(&'static str),
    Many(&'static [&'static str]),
}

const KS: [K; 6] = [K::Absent, K::One("p"), K::One("q"), K::Many(&[]), K::Many(&["p"]), K::Many(&["p", "q"])];

struct Asked<'c> {
    action: &'c str,
    resource: &'c str,
    caller: &'c str,
    k: &'c K,
}

/// Policies of the small language.
#[derive(Clone, Debug)]
struct Setup {
    is_key: bool,
    identity: Vec<Small>,
    boundary: Option<Vec<Small>>,
    session: Option<Vec<Small>>,
    resource: Vec<Small>,
    levels: Vec<Vec<Small>>,
}

impl Setup {
    fn any(random: &mut Random) -> Setup {
        fn some(random: &mut Random, least: usize) -> Vec<Small> {
            (0..least + random.below(3)).map(|_| Small::any(random)).collect()
        }
        Setup {
            is_key: random.below(2) == 0,
            identity: some(random, 1),
            boundary: (random.below(3) == 0).then(|| some(random, 1)),
            session: (random.below(3) == 0).then(|| some(random, 1)),
            resource: some(random, 1),
            levels: (0..random.below(3)).map(|_| some(random, 1)).collect(),
        }
    }

    /// The decision, spelled out.
    fn decides(&self, asked: &Asked<'_>) -> Decision {
        let is_identity = !asked.caller.starts_with("service:");
        let denies = |list: &[Small]| list.iter().any(|it| !it.allows && it.applies(asked));
        let allows = |list: &[Small]| list.iter().any(|it| it.allows && it.applies(asked));
        let limits = [&self.boundary, &self.session];
        let own = [&self.identity].into_iter().chain(limits.into_iter().flatten()).chain(&self.levels);
        let denied_by_own = is_identity && own.into_iter().any(|list| denies(list));
        let names = |it: &&Small| it.applies(asked) && it.names(asked.caller) != Named::Nobody;
        if denied_by_own || self.resource.iter().filter(names).any(|it| !it.allows) {
            return ExplicitlyDenied;
        }
        let named = |named: Named| {
            self.resource.iter().filter(names).any(|it| it.allows && it.names(asked.caller) == named)
        };
        let limited = limits.into_iter().flatten().all(|list| allows(list));
        let levels = self.levels.iter().all(|list| allows(list));
        let identity = allows(&self.identity) && limited;
        let granted = if !is_identity {
            named(Named::Itself)
        } else if asked.caller.contains("999988887777") {
            identity && (named(Named::Itself) || named(Named::Account))
        } else {
            let by_identity = identity && (!self.is_key || named(Named::Account));
            named(Named::Itself) || named(Named::Role) && limited || by_identity
        };
        if granted && (levels || !is_identity) { Allowed } else { ImplicitlyDenied }
    }

    fn documents(&self) -> Documents {
        let (action, resources) = match self.is_key {
            true => ("kms", "arn:aws:kms:r:111122223333:key/"),
            false => ("sqs", "arn:aws:sqs:r:111122223333:"),
        };
        let of = |list: &[Small], is_named: bool| {
            let list: Vec<_> = list.iter().map(|it| it.json(is_named, action, resources)).collect();
            format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, list.join(", "))
        };
        Documents {
            identity: of(&self.identity, false),
            boundary: self.boundary.as_ref().map(|list| of(list, false)),
            session: self.session.as_ref().map(|list| of(list, false)),
            resource: of(&self.resource, true),
            levels: self.levels.iter().map(|list| of(list, false)).collect(),
        }
    }
}

use Decision::{Allowed, ExplicitlyDenied, ImplicitlyDenied, Undecided};

/// Documents as text, in which `«name»` is a hole.
#[derive(Clone, Debug)]
struct Documents {
    identity: String,
    boundary: Option<String>,
    session: Option<String>,
    resource: String,
    levels: Vec<String>,
}

impl Documents {
    fn read(&self) -> Read {
        let parse = |text: &String| Document::parse(&value(text), &World::open()).unwrap();
        Read {
            identity: parse(&self.identity),
            boundary: self.boundary.as_ref().map(parse),
            session: self.session.as_ref().map(parse),
            resource: parse(&self.resource),
            levels: self.levels.iter().map(parse).collect(),
        }
    }
}

struct Read {
    identity: Parsed,
    boundary: Option<Parsed>,
    session: Option<Parsed>,
    resource: Parsed,
    levels: Vec<Parsed>,
}

impl Read {
    fn decide(&self, is_key: bool, asked: &Asked<'_>) -> Decision {
        let policies = Policies {
            identity: vec![&self.identity],
            boundaries: self.boundary.iter().collect(),
            session: self.session.iter().collect(),
            resource: Some(&self.resource),
            scps: self.levels.iter().map(|level| vec![level]).collect(),
            ..Policies::default()
        };
        let mut context = Context::new();
        match asked.k {
            K::Absent => {}
            K::One(value) => context.insert("k", (*value).into()),
            K::Many(values) => {
                let values = values.iter().map(|value| crate::PartlyKnown::from(*value)).collect();
                context.insert("k", ContextValue::Many(values));
            }
        }
        let action = if is_key { asked.action.replace("sqs", "kms") } else { asked.action.to_owned() };
        let request = Request {
            action,
            resource: asked.resource.to_owned(),
            resource_account: None,
            caller: Caller::parse(asked.caller),
            context,
        };
        evaluate(&request, &policies).decision
    }
}

/// All requests of the small world.
fn requests(is_key: bool) -> Vec<Asked<'static>> {
    let resources = if is_key { &KEYS } else { &QUEUES };
    let mut all = Vec::new();
    for action in ACTIONS {
        for resource in resources {
            for caller in CALLERS {
                all.extend(KS.iter().map(|k| Asked { action, resource, caller, k }));
            }
        }
    }
    all
}

#[test]
fn decisions_are_those_of_the_reference() {
    let mut random = Random(5);
    let mut met = std::collections::HashMap::new();
    for _ in 0..60 {
        let world = Setup::any(&mut random);
        let documents = world.documents();
        let read = documents.read();
        for asked in requests(world.is_key) {
            let (own, expected) = (read.decide(world.is_key, &asked), world.decides(&asked));
            let Asked { action, resource, caller, k } = asked;
            assert_eq!(own, expected, "{documents:#?}\n{action} {resource} {caller} {k:?}");
            *met.entry(own).or_insert(0) += 1;
        }
    }
    for decision in [Allowed, ImplicitlyDenied, ExplicitlyDenied] {
        assert!(met.get(&decision).is_some_and(|count| *count > 200), "{met:?}");
    }
}

/// Whatever stands for a hole, the decision about the policy with the hole holds.
#[test]
fn what_is_decided_with_a_hole_holds_however_it_is_filled() {
    let fillings = [
        (r#""Action": "sqs:"#, "Send", vec!["Send", "Read", "Send*"]),
        (r#""Effect": ""#, "Deny", vec!["Deny", "Allow"]),
        (r#""k": ""#, "p", vec!["p", "q", "other"]),
        (":111122223333:", "a", vec!["a", "b", "c"]),
    ];
    let mut random = Random(11);
    let (mut open, mut settled) = (0, 0);
    for round in 0..160 {
        let mut world = Setup::any(&mut random);
        world.is_key = false;
        let documents = world.documents();
        let (before, known, values) = &fillings[round % fillings.len()];
        let place = format!("{before}{known}");
        let with = |text: &str| {
            let mut documents = documents.clone();
            for document in [&mut documents.identity, &mut documents.resource] {
                *document = document.replacen(&place, &format!("{before}{text}"), 1);
            }
            documents
        };
        if !documents.identity.contains(&place) && !documents.resource.contains(&place) {
            continue;
        }
        let with_hole = with("«var.x»");
        let read = with_hole.read();
        let filled: Vec<_> = values.iter().map(|filling| (filling, with(filling).read())).collect();
        for asked in requests(false) {
            let decision = read.decide(false, &asked);
            if decision == Undecided {
                open += 1;
                continue;
            }
            settled += 1;
            for (filling, filled) in &filled {
                let filled = filled.decide(false, &asked);
                // What nothing allows is denied, whether something denies it as well or not.
                let agrees = filled == decision || decision == ImplicitlyDenied && filled == ExplicitlyDenied;
                let Asked { action, resource, caller, k } = asked;
                assert!(
                    agrees,
                    "{decision} and {filled} with {filling}: {with_hole:#?}\n{action} {resource} {caller} {k:?}"
                );
            }
        }
    }
    assert!(open > 200 && settled > 200, "{open} {settled}");
}
