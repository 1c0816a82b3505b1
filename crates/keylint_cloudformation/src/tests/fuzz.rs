//! A smoke test: templates that were cut, repeated and shuffled neither panic nor hang.

use keylint_model::{NeedsSplit, World};

use super::*;

const SEED: &str = r#"
Parameters: {Env: {Type: String, AllowedValues: [a, b]}, P: {Type: CommaDelimitedList, Default: 'x,y'}, Q: {Type: String}}
Mappings: {M: {a: {k: 1}, b: {k: [2]}}}
Conditions: {A: !Equals [!Ref Env, a], B: !Or [!Condition A, !Not [!Equals [!Ref Q, z]]], C: {Fn::And: [{Condition: A}, {Condition: B}]}}
Resources:
  R: {Type: AWS::KMS::Key, Condition: B, DependsOn: S, Properties: {A: !If [A, !Sub 'x${Env}${S.Arn}', !Ref P], B: !FindInMap [M, !Ref Env, k]}}
  S: {Type: AWS::S3::Bucket, Properties: {C: !Join [',', !Ref P], D: !Select [0, !Split [',', !Ref Q]], E: '{{resolve:ssm:x}}', F: {Fn::GetAtt: [R, Arn]}}}
Outputs: {O: {Condition: C, Value: !Sub ['${v}', {v: !ImportValue q}]}}
"#;

/// Numbers that look random and are the same in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// Words of the language, to put where they do not belong.
const WORDS: [&str; 18] = [
    "!Ref ",
    "!Sub ",
    "!If ",
    "!Join ",
    "!Select ",
    "!Split ",
    "!FindInMap ",
    "!GetAtt ",
    "!Condition ",
    "!Not ",
    "!Or ",
    "Fn::If",
    "Ref",
    "Condition",
    "AWS::NoValue",
    "${",
    "{{resolve:ssm:",
    "null",
];

/// Reads all of a value in a world; some alternative of every choice must hold.
fn walk(value: &Value, world: &World) -> Result<(), NeedsSplit> {
    match &value.resolve(world)?.data {
        Data::Choice(alternatives) => panic!("no alternative holds: {alternatives:?} in {world:?}"),
        Data::List(list) => list.elements.iter().try_for_each(|element| walk(element, world)),
        Data::Map(map) => map.entries.values().try_for_each(|entry| walk(&entry.value, world)),
        Data::Json(inner) => walk(inner, world),
        _ => Ok(()),
    }
}

#[test]
fn mutated_templates_are_read_without_a_panic() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut read = 0;
    const SAM: [&str; 2] = [include_str!("data/sam.yaml"), include_str!("data/sam-more.yaml")];
    for round in 0..2_000 {
        let seed = match round % 10 {
            0 => SAM[0],
            5 => SAM[1],
            _ => SEED,
        };
        let mut tokens: Vec<&str> = seed.split_inclusive([' ', '[', ']', ',', '{', '}', '\'']).collect();
        for _ in 0..=numbers.below(4) {
            let (at, from) = (numbers.below(tokens.len()), numbers.below(tokens.len()));
            match numbers.below(4) {
                0 => drop(tokens.remove(at)),
                1 => tokens.insert(at, tokens[from]),
                2 => tokens.swap(at, from),
                _ => tokens.insert(at, WORDS[numbers.below(WORDS.len())]),
            }
        }
        let text = tokens.concat();
        let file = file("template.yaml", &text);
        let parsed = yaml::parse(&Text::at(Arc::clone(file.text()), file.span()));
        if let Some(stack) = crate::load_documents(&file, &parsed.documents) {
            read += usize::from(!stack.resources.is_empty());
            for problem in &stack.problems {
                assert!(file.text().get(problem.span.range()).is_some(), "{problem:?}\n{text}");
            }
            for resource in &stack.resources {
                let start = World::of(&resource.guard);
                for entry in resource.attributes.entries.values() {
                    World::explore(&start, 64, |world| walk(&entry.value, world));
                }
            }
        }
    }
    assert!(read > 300, "most mutants must still be templates, else this tests the parser: {read}");
}
