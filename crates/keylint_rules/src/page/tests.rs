//! Tests of reading and checking pages: every mistake has its place.

use super::{Expectation, Language, Page, Target};
use crate::{LoadError, Registry};

const KEY: &str = "kind: kms.key
noun: key
terraform: aws_kms_key
attributes:
  rotation: {type: bool, terraform: enable_key_rotation, default: false}
  policy: {type: policy(key), terraform: policy}
";

const SECRET: &str = "kind: sm.secret
noun: secret
terraform: aws_secretsmanager_secret
attributes:
  name: {type: string, terraform: name}
  value: {type: secret, terraform: value}
  kms_key: {type: ref(kms.key), terraform: kms_key_id}
  replicas:
    type: list
    terraform: replica
    item:
      region: {type: string, terraform: region}
";

fn page(front: &str) -> String {
    format!("---\nid: SM001\nname: some-rule\nseverity: high\n{front}---\n\n## Why it matters\n\nIt does.\n")
}

fn load(text: &str) -> Result<Registry, Vec<LoadError>> {
    let kinds = [("kms.key.yaml", KEY), ("secret.yaml", SECRET)];
    Registry::from_texts([("page.md", text)], kinds)
        .map_err(|errors| errors.into_iter().flat_map(|(_, errors)| errors).collect())
}

/// The text that each error points at, with its message.
fn mistakes(front: &str) -> Vec<(String, String)> {
    let text = page(front);
    let errors = load(&text).expect_err("the page is wrong");
    errors
        .iter()
        .map(|error| (text.get(error.range.clone()).unwrap().to_owned(), error.message.clone()))
        .collect()
}

#[test]
fn a_page_is_read_whole() {
    let text = page(
        "confidence: {default: high, policy: low}\ndefault: off\non: [kms.key, sm.secret]\nwhen: |\n  self.address != \"\"\n\
         message: \"{{{self.noun}}}\"\nsupersedes: [ENC002]\naliases: [checkov:CKV_AWS_7]\n",
    ) + "\n## Reported\n\n```hcl\na\n```\n\n```text\nout\n```\n\n## Clean\n\n```json key-policy raw\n{}\n```\n";
    let registry = load(&text).unwrap();
    let read = registry.page(registry.find("some-RULE").unwrap()).unwrap();
    assert!(!read.enabled);
    assert_eq!(read.confidence.of("policy").name(), "low");
    assert_eq!(read.on, [Target::Kind("kms.key".into()), Target::Kind("sm.secret".into())]);
    assert_eq!(read.section("Why it matters"), Some("It does."));
    let examples: Vec<_> = read.examples.iter().map(|example| (example.expectation, example.raw)).collect();
    assert_eq!(examples, [(Expectation::Reported, false), (Expectation::Clean, true)]);
    assert_eq!(read.examples[0].output.clone().and_then(|range| text.get(range)), Some("out\n"));
    assert!(matches!(read.examples[1].language, Language::Policy(_)));
}

#[test]
fn mistakes_in_conditions_are_found_with_their_place() {
    let cases = [
        ("on: kms.key\nwhen: |\n  !self.rotaton\nmessage: x\n", "rotaton", "did you mean `rotation`?"),
        (
            "on: kms.key\nwhen: |\n  self.rotation == \"no\"\nmessage: x\n",
            "self.rotation == \"no\"",
            "does not go with",
        ),
        ("on: kms.key\nwhen: |\n  self.rotation &&\nmessage: x\n", "", "a value is expected"),
        ("on: kms.key\nwhen: |\n  self.address\nmessage: x\n", "self.address", "a bool is expected"),
        ("on: sm.secret\nwhen: |\n  slef.name == null\nmessage: x\n", "slef", "did you mean `self`?"),
        ("on: sm.secret\nwhen: |\n  self.name.startWith(\"a\")\nmessage: x\n", "startWith", "`startsWith`"),
        (
            "on: sm.secret\nwhen: |\n  self.replicas.exists(r, r.reigon == null)\nmessage: x\n",
            "reigon",
            "`region`",
        ),
        (
            "on: sm.secret\nwhen: |\n  self.kms_key.managed_by == \"aws\"\nmessage: \"a {self.nam} b\"\n",
            "nam",
            "`name`",
        ),
        (
            "on: sm.secret\nwhen: |\n  self.value != null\nmessage: \"{self.value}\"\n",
            "self.value",
            "a string or a number",
        ),
        (
            "on: sm.secret\nwhen: |\n  self.value == \"x\"\nmessage: x\n",
            "self.value == \"x\"",
            "does not go with",
        ),
        ("on: sm.secret.replicas\nwhen: |\n  item.regions == null\nmessage: x\n", "regions", "`region`"),
        ("on: policy.statement\nwhen: |\n  statement.grants()\nmessage: x\n", "grants", "takes 1 arguments"),
        ("on: kms.key\nwhen: |\n  !self.rotation\nmessage: \"{self.noun\"\n", "{", "no partner"),
    ];
    for (front, token, message) in cases {
        let found = mistakes(front);
        let is_there = found.iter().any(|(at, said)| at == token && said.contains(message));
        assert!(is_there, "{front}\nexpected {token:?}: {message}, found {found:?}");
    }
}

#[test]
fn mistakes_in_the_front_matter_are_found_with_their_place() {
    let cases = [
        ("on: kms.kye\nwhen: |\n  true\nmessage: x\n", "kms.kye", "there is no kind"),
        ("on: kms.key\nwhne: |\n  true\nmessage: x\n", "whne", "did you mean `when`?"),
        ("on: kms.key\nwhen: |\n  true\nmessage: x\nconfidence: hihg\n", "hihg", "did you mean `high`?"),
        ("on: kms.key\nwhen: |\n  true\nmessage: x\nsupersedes: [SM1]\n", "SM1", "is not a rule id"),
        ("on: [kms.key, policy]\nwhen: |\n  true\nmessage: x\n", "[kms.key, policy]", "must all be kinds"),
        ("on: kms.key\nmessage: x\n", "", "`when` is missing"),
        ("on: problem\nwhen: |\n  true\nmessage: x\n", "", "has no `when`"),
    ];
    for (front, token, message) in cases {
        let found = mistakes(front);
        let is_there = found.iter().any(|(at, said)| at == token && said.contains(message));
        assert!(is_there, "{front}\nexpected {token:?}: {message}, found {found:?}");
    }
    assert!(Page::parse("# no front matter\n", |_| true).is_err());
}

/// Whatever is done to a page and its conditions, reading ends with a result.
#[test]
fn mutated_pages_are_read_without_a_crash() {
    let text = page(
        "on: sm.secret.replicas\nwhere: |\n  size(self.replicas) > 1 && !(self.name in [\"a\", 'b'])\nwhen: |\n  \
         self.replicas.all(r, r.region != null ? r.region.contains(\"eu\") : -1.5 < 2) || item.region == null\n\
         at: item.region\nmessage: \"{self.name} in {item.region}\"\n",
    );
    assert!(load(&text).is_ok(), "{:?}", load(&text).err());
    let characters: Vec<char> = text.chars().collect();
    let noise = ['(', ')', '[', '{', '}', '"', '\'', '.', '!', '&', '|', '?', ':', '\n', 'é', '-', ' ', '0'];
    // A fixed sequence: the same mutations in every run.
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut accepted = 0;
    for _ in 0..3000 {
        let mut mutated = characters.clone();
        for _ in 0..=next(3) {
            let at = next(mutated.len());
            match next(4) {
                0 => drop(mutated.remove(at)),
                1 => mutated.insert(at, noise[next(noise.len())]),
                2 => mutated[at] = noise[next(noise.len())],
                _ => {
                    let end = (at + next(20)).min(mutated.len());
                    let piece: Vec<char> = mutated[at..end].to_vec();
                    mutated.splice(at..at, piece);
                }
            }
        }
        let mutated: String = mutated.into_iter().collect();
        match load(&mutated) {
            Ok(_) => accepted += 1,
            Err(errors) => {
                for error in errors {
                    assert!(mutated.get(error.range.clone()).is_some(), "{error:?} lies outside of the page");
                }
            }
        }
    }
    assert!((1..2900).contains(&accepted), "{accepted} of 3000 were accepted: the mutations are of no use");
}
