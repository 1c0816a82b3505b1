use keylint_model::{Alternative, Condition, Guard, List, Number, Origin, Reason, Unknown};
use keylint_syntax::Text;

use super::*;
use crate::document::{Effect, PrincipalKind};
use crate::kind::PolicyKind;
use crate::operator::Base;
use crate::testing::{document, file, value};

fn parsed(text: &str) -> Parsed {
    Document::parse(&value(text), &World::open()).unwrap()
}

/// Every element with what is written at its place; a wrong span shows as the wrong text.
fn places(text: &str, document: &Document) -> Vec<String> {
    let mut elements: Vec<&Element> = Vec::new();
    for statement in &document.statements {
        elements.extend(&statement.sid);
        elements.extend(statement.principals.iter().flat_map(|p| p.items.iter().map(|(_, e)| e)));
        for list in [&statement.actions, &statement.not_actions, &statement.resources] {
            elements.extend(list.iter().flatten());
        }
        elements.extend(statement.conditions.entries.iter().flat_map(|entry| &entry.values));
    }
    let shown = |element: &Element| text.get(element.span.unwrap().range()).unwrap().to_owned();
    elements.into_iter().map(shown).collect()
}

/// What does not parse may have held whatever is not there.
#[test]
fn what_a_mistake_hides_is_open() {
    let of = |text: &str| {
        let document = parsed(text).into_document().unwrap();
        let open = document.statements.iter().map(|statement| statement.rest.is_some());
        (document.rest.is_some(), open.collect::<Vec<_>>(), document.problems.is_empty())
    };
    let first = r#"{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}"#;
    assert_eq!(of(&format!(r#"{{"Statement": [{first}]}}"#)), (false, vec![false], true));
    let lost = r#"{"Effect": "Allow", Action: "kms:*", "Resource": "*"}"#;
    assert_eq!(of(&format!(r#"{{"Statement": [{first}, {lost}]}}"#)), (true, vec![false, true], false));
    let missing = r#"{"Effect": "Allow" "Resource": "*"}"#;
    assert_eq!(of(&format!(r#"{{"Statement": [{missing}, {first}]}}"#)), (false, vec![false, false], false));
    assert_eq!(of(&format!(r#"{{"Statement": [{first},]}}"#)), (false, vec![false], false));
    let unclosed = r#"{"Effect": "Allow", "Action": "kms:*", "Resource": "*""#;
    assert_eq!(of(&format!(r#"{{"Statement": [{first}, {unclosed}]}}"#)), (true, vec![false, true], false));
    let twice = r#"{"Effect": "Allow", "Effect": "Allow", "Action": "kms:*", "Resource": "*"}"#;
    assert_eq!(of(&format!(r#"{{"Statement": [{twice}]}}"#)), (false, vec![false], false));
}

#[test]
fn every_element_has_its_place() {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Read", "Effect": "Allow",
        "Principal": {"AWS": ["111122223333"], "Service": "sns.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:\u0045ncrypt"], "Resource": "*",
        "Condition": {"StringLike": {"aws:PrincipalOrgID": ["o-1"]}, "Bool": {"aws:SecureTransport": true}}}]}"#;
    let document = document(text);
    let expected =
        ["Read", "111122223333", "sns.amazonaws.com", "kms:Decrypt", r"kms:\u0045ncrypt", "*", "o-1", "true"];
    assert_eq!(places(text, &document), expected);
    let statement = &document.statements[0];
    assert_eq!(statement.sid(), Some("Read"));
    assert_eq!(statement.actions.as_ref().unwrap().items[1].as_known(), Some("kms:Encrypt"));
    let entry = &statement.conditions.entries[0];
    let shown = |span: Option<Span>| text.get(span.unwrap().range()).unwrap();
    assert_eq!(shown(entry.key_span), r#""aws:PrincipalOrgID""#);
    assert_eq!(shown(entry.operator_span), r#""StringLike""#);
    assert_eq!(shown(statement.effect_span), "Allow");
    assert_eq!(shown(statement.span).chars().next(), Some('{'));
    assert!(document.malformed.is_empty());
}

#[test]
fn single_values_and_lists_read_alike() {
    let one = document(
        r#"{"Statement": {"Effect": "Allow", "Action": "a:b", "Resource": "*", "Principal": {"AWS": "*"}}}"#,
    );
    let list = document(
        r#"{"Statement": [{"Effect": "Allow", "Action": ["a:b"], "Resource": ["*"], "Principal": {"AWS": ["*"]}}]}"#,
    );
    for document in [&one, &list] {
        let statement = &document.statements[0];
        assert_eq!(statement.actions.as_ref().unwrap().items[0].as_known(), Some("a:b"));
        assert_eq!(statement.principals.as_ref().unwrap().of(PrincipalKind::Aws).count(), 1);
        assert!(document.malformed.is_empty());
    }
}

#[test]
fn a_policy_inside_a_quoted_string_keeps_its_places() {
    // As HCL or YAML has it: the text is decoded once before it is JSON.
    let source = r#""{\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"kms:*\", \"Resource\": \"*\"}}""#;
    let file = file(source);
    let mut decoded = String::new();
    let mut segments = Vec::new();
    let mut escaped = false;
    for (at, character) in source.char_indices().skip(1) {
        if character == '\\' && !escaped {
            escaped = true;
            continue;
        }
        if character == '"' && !escaped {
            break;
        }
        let start = if escaped { at - 1 } else { at };
        segments.push(keylint_syntax::Segment {
            start: u32::try_from(decoded.len()).unwrap(),
            span: Span::new(file.id(), start, at + 1),
            exact: !escaped,
        });
        decoded.push(character);
        escaped = false;
    }
    let value = Value::string(Text::mapped(decoded, segments));
    let document = Document::parse(&value, &World::open()).unwrap().into_document().unwrap();
    assert_eq!(places(source, &document), ["kms:*", "*"]);
}

#[test]
fn holes_are_found_again_where_they_were() {
    let text = r#"{"Statement": [{"Effect": "Allow", "Action": «var.actions», "Resource":
        ["arn:aws:s3:::«var.bucket»/*", "«var.whole»"], "Condition": {"StringEquals": {"«var.key»": "x"}}},
        «var.more»]}"#;
    let document = document(text);
    let statement = &document.statements[0];
    assert_eq!(places(text, &document), ["«var.actions»", "arn:aws:s3:::«var.bucket»/*", "«var.whole»"]);
    let resources = statement.resources.as_ref().unwrap();
    assert_eq!(resources.items[0].text.to_string(), "arn:aws:s3:::${var.bucket}/*");
    assert_eq!(resources.items[1].text.as_hole().unwrap().identity.as_deref(), Some("var.whole"));
    assert_eq!(statement.conditions.rest.as_ref().unwrap().identity.as_deref(), Some("var.key"));
    assert_eq!(document.rest.as_ref().unwrap().identity.as_deref(), Some("var.more"));
}

/// A hole between elements may be the comma that is missing there; one in a string is only text.
#[test]
fn a_hole_that_may_change_the_structure_takes_no_blame() {
    let problems = |text: &str| document(text).problems.iter().map(|it| it.rule).collect::<Vec<_>>();
    let statement = r#"{"Effect": "Allow", "Action": "*", "Resource": "*""#;
    for open in ["«x»}]}", "«x» \"Sid\": \"a\"}]}", "}]} «x»", "} «x» {}]}", ", «x» \"Sid\" \"a\"}]}"]
    {
        let text = format!("{{\"Statement\": [{statement} {open}");
        assert_eq!(problems(&text), [""; 0], "{text}");
        assert_eq!(document(&text).statements[0].actions.as_ref().unwrap().items.len(), 1, "{text}");
    }
    for wrong in [",}]}", ", \"Sid\": \"«x»\",}]}", ", \"Sid\": «x»,}]}"] {
        assert_eq!(problems(&format!("{{\"Statement\": [{statement} {wrong}")), ["KL001"], "{wrong}");
    }
    // What comes before the hole is wrong whatever it is.
    assert_eq!(problems(&format!("{{\"Version\": , \"Statement\": [{statement}}} «x» ]}}")), ["KL001"]);
}

#[test]
fn what_is_no_policy() {
    assert!(matches!(parsed(""), Parsed::Absent));
    assert!(matches!(parsed("  \n"), Parsed::Absent));
    assert!(matches!(parsed("«var.policy»"), Parsed::Unknown(_)));
    assert!(matches!(parsed("«var.a»\n«var.b»"), Parsed::Unknown(_)));
    let world = World::open();
    assert!(matches!(Document::parse(&Value::synthetic(Data::Null), &world).unwrap(), Parsed::Absent));
    for text in ["not json", "[]", "12", r#""a string""#, "<xml/>"] {
        match parsed(text) {
            Parsed::Invalid(problems) => {
                assert_eq!(problems[0].rule, "KL001", "{text}");
                assert!(!problems[0].message.contains(text), "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    for data in [Data::Bool(true), Data::Number(Number::Integer(1)), Data::List(Arc::new(List::default()))] {
        let value = Value::new(data, Origin::at(file("x").span()));
        assert!(
            matches!(Document::parse(&value, &world).unwrap(), Parsed::Invalid(problems) if problems.len() == 1)
        );
    }
}

#[test]
fn a_mistake_in_the_json_hides_only_itself() {
    let text = r#"{"Statement": [{"Effect": "Allow", "Action": ["a:b", "c:d",], "Resource": "«var.x»"}]}"#;
    let document = document(text);
    assert_eq!(places(text, &document), ["a:b", "c:d", "«var.x»"]);
    assert_eq!(document.problems.len(), 1);
    assert_eq!(document.problems[0].rule, "KL001");
    assert!(document.problems[0].span.start > 50);

    let twice = self::document(
        r#"{"Statement": {"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
    );
    assert_eq!(twice.problems[0].rule, "KL002");
    assert!(matches!(twice.statements[0].effect, Effect::Allow));
}

/// What AWS rejects is noted and read all the same.
#[test]
fn malformed_shapes_are_noted() {
    let statement = |rest: &str| {
        format!(r#"{{"Statement": {{"Effect": "Allow", "Action": "a:b", "Resource": "*"{rest}}}}}"#)
    };
    let cases = [
        ("{}".to_owned(), Amiss::Missing, "Statement"),
        (r#"{"statement": []}"#.to_owned(), Amiss::ElementCase, "Statement"),
        (r#"{"Statement": ["x"]}"#.to_owned(), Amiss::WrongType, "Statement"),
        (r#"{"Statement": "x"}"#.to_owned(), Amiss::WrongType, "Statement"),
        (r#"{"Statement": [], "Name": "x"}"#.to_owned(), Amiss::UnknownElement, "Name"),
        (r#"{"Statement": [], "Version": "2012-10-18"}"#.to_owned(), Amiss::UnknownValue, "Version"),
        (r#"{"Statement": {"Action": "a:b", "Resource": "*"}}"#.to_owned(), Amiss::Missing, "Effect"),
        (r#"{"Statement": {"Effect": "allow"}}"#.to_owned(), Amiss::ValueCase, "Effect"),
        (r#"{"Statement": {"Effect": "Permit"}}"#.to_owned(), Amiss::UnknownValue, "Effect"),
        (statement(r#", "NotAction": "c:d""#), Amiss::BothForms, "NotAction"),
        (statement(r#", "NotResource": "x""#), Amiss::BothForms, "NotResource"),
        (statement(r#", "action": "c:d""#), Amiss::UnknownElement, "action"),
        (statement(r#", "Actions": "c:d""#), Amiss::UnknownElement, "Actions"),
        (statement(r#", "Principal": {"aws": "*"}"#), Amiss::PrincipalKeyCase, "Principal"),
        (statement(r#", "Principal": {"User": "*"}"#), Amiss::UnknownPrincipalKey, "Principal"),
        (statement(r#", "Principal": "arn:aws:iam::111122223333:root""#), Amiss::WrongType, "Principal"),
        (statement(r#", "Principal": ["*"]"#), Amiss::WrongType, "Principal"),
        (statement(r#", "Principal": {"AWS": [["*"]]}"#), Amiss::WrongType, "Principal"),
        (statement(r#", "Condition": "x""#), Amiss::WrongType, "Condition"),
        (statement(r#", "Condition": {"StringEquals": "x"}"#), Amiss::WrongType, "Condition"),
        (statement(r#", "Condition": {"StringEquals": {"k": {"x": 1}}}"#), Amiss::WrongType, "Condition"),
        (statement(r#", "Condition": {"StringIs": {"k": "x"}}"#), Amiss::UnknownOperator, "StringIs"),
    ];
    for (text, amiss, element) in cases {
        let document = document(&text);
        let found: Vec<_> = document.malformed.iter().map(|note| (note.amiss, &*note.element)).collect();
        assert!(found.contains(&(amiss, element)), "{text}: {found:?}");
        assert!(document.malformed.iter().all(|note| note.span.is_some()), "{text}");
    }
}

/// From the documents that AWS is known to accept.
#[test]
fn odd_shapes_that_are_accepted_are_not_noted() {
    let conditions = ["{}", r#"{"a": {}}"#, r#"{"StringEquals": {"k": []}}"#, r#"{"Bool": {"k": true}}"#];
    for condition in conditions {
        let text = format!(
            r#"{{"Statement": {{"Effect": "Allow", "Action": "a:b", "Resource": "*", "Condition": {condition}}}}}"#
        );
        assert!(document(&text).malformed.is_empty(), "{condition}");
    }
}

#[test]
fn maps_and_encoded_maps_are_read_as_they_are() {
    let text = r#"{"Statement": {"Effect": "Allow", "Action": "a:b", "Resource": "*"}}"#;
    let decoded = match json::decode(&value(text).parts().unwrap(), &Origin::default()) {
        Decoded::Value(value, _) => value,
        _ => panic!(),
    };
    let encoded = Value::synthetic(Data::Json(Arc::new(decoded.clone())));
    for value in [decoded, encoded] {
        let document = Document::parse(&value, &World::open()).unwrap().into_document().unwrap();
        assert_eq!(places(text, &document), ["a:b", "*"]);
    }
}

/// What stands encoded where a string belongs is the string that it becomes.
#[test]
fn encoded_values_are_strings_within_a_policy() {
    let encode = |text: &str| {
        let Decoded::Value(inner, _) = json::decode(&value(text).parts().unwrap(), &Origin::default()) else {
            panic!("{text}");
        };
        encoded::parts(&inner, &World::open()).unwrap()
    };
    let text = |parts: &[Part]| PartlyKnown::from_parts(parts).to_string();
    for (written, expected) in [
        (r#"{"a": "b"}"#, r#"{"a":"b"}"#),
        (r#"{"a": [1, true, null, "x"]}"#, r#"{"a":[1,true,null,"x"]}"#),
        // Who encodes it chooses the order of names, and what is escaped.
        (r#"{"a": "b", "c": "d"}"#, "{${…}}"),
        (r#"["<a>"]"#, r#"["${…}"]"#),
        (r#"{"a": "«var.x»"}"#, r#"{"a":${…}}"#),
        (r#"{"a": "b-«var.x»"}"#, r#"{"a":"b-${…}"}"#),
        ("{}", "{}"),
    ] {
        assert_eq!(text(&encode(written)), expected, "{written}");
    }
    let mut policy = match json::decode(
        &value(r#"{"Statement": {"Effect": "Allow", "Action": "a:b", "Resource": "*"}}"#).parts().unwrap(),
        &Origin::default(),
    ) {
        Decoded::Value(policy, _) => policy,
        _ => panic!(),
    };
    let Data::Map(outer) = &mut policy.data else { panic!() };
    let statement = &mut Arc::make_mut(outer).entries["Statement"].value;
    let Data::Map(entries) = &mut statement.data else { panic!() };
    let inner = Value::synthetic(Data::List(Arc::new(keylint_model::List::default())));
    Arc::make_mut(entries).entries["Resource"].value = Value::synthetic(Data::Json(Arc::new(inner)));
    let document = Document::parse(&policy, &World::open()).unwrap().into_document().unwrap();
    assert!(document.malformed.is_empty(), "{:?}", document.malformed);
    let resources = document.statements[0].resources.as_ref().unwrap();
    assert_eq!(resources.items[0].as_known(), Some("[]"));
}

#[test]
fn alternatives_are_read_world_by_world() {
    let condition = Condition::plain("IsProd", "IsProd", None);
    let alternative = |outcome: &str, text: &str| Alternative {
        guard: Guard::when(condition.clone(), outcome),
        value: value(text),
    };
    let choice = Data::Choice(Arc::new([
        alternative(Condition::TRUE, r#"{"Statement": {"Effect": "Deny"}}"#),
        alternative(Condition::FALSE, r#"{"Statement": []}"#),
    ]));
    let choice = Value::synthetic(choice);
    assert!(Document::parse(&choice, &World::open()).is_err());
    let answers = World::explore(&World::open(), 4, |world| Document::parse(&choice, world)).unwrap();
    let counts: Vec<_> =
        answers.iter().map(|(_, parsed)| parsed.document().unwrap().statements.len()).collect();
    assert_eq!(counts, [1, 0]);
}

#[test]
fn an_unknown_rest_of_a_list_stays_unknown() {
    let unknown = Arc::new(Unknown::new(Reason::Instances("statement".into())));
    let statement = json_value(r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#);
    let list = List { elements: vec![statement], rest: Some(Arc::clone(&unknown)), ..List::default() };
    let mut map = Map::default();
    let value = Value::synthetic(Data::List(Arc::new(list)));
    map.entries.insert("Statement".into(), Entry { key_span: None, span: None, value });
    let document = Document::parse(&Value::synthetic(Data::Map(Arc::new(map))), &World::open()).unwrap();
    let document = document.into_document().unwrap();
    assert_eq!(document.statements.len(), 1);
    assert!(document.rest.is_some());
}

fn json_value(text: &str) -> Value {
    match json::decode(&value(text).parts().unwrap(), &Origin::default()) {
        Decoded::Value(value, _) => value,
        _ => panic!(),
    }
}

#[test]
fn a_file_becomes_a_stack_of_one_resource() {
    let text = r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;
    let file = file(text);
    let whole = Text::at(text, file.span());
    let (root, _) = keylint_syntax::json::parse(&whole);
    let stack = crate::load(&file, &root.unwrap());
    let [resource] = stack.resources.as_slice() else { panic!() };
    assert_eq!(resource.address.as_str(), "policy.json");
    let document = Document::parse(resource.value(crate::DOCUMENT_ATTRIBUTE).unwrap(), &World::open());
    let document = document.unwrap().into_document().unwrap();
    assert_eq!(places(text, &document), ["*", "*"]);
    assert_eq!(document.infer_kind(), PolicyKind::Scp);
}

#[test]
fn operators_are_read_with_their_parts() {
    let document = document(
        r#"{"Statement": {"Effect": "Deny", "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a"]}}}}"#,
    );
    let entry = &document.statements[0].conditions.entries[0];
    assert_eq!(entry.operator.unwrap().base, Base::StringLike);
    assert!(entry.is_about("AWS:tagkeys"));
}

/// A policy that is cut, doubled or spoilt at any place is read without a panic, and every fact of it
/// has an answer.
#[test]
fn spoilt_policies_are_read_to_the_end() {
    let seed = r#"{"Version": "2012-10-17", "Id": "x", "Statement": [{"Sid": "A", "Effect": "Allow", "Principal": {"AWS": ["*", "arn:aws:iam::111122223333:root"]}, "Action": ["kms:*"], "NotResource": "arn:aws:kms:*:*:key/«var.x»", "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:x}:role/*"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, {"Effect": "Deny", "NotPrincipal": "*", "NotAction": "*", "Resource": ["*"]}]}"#;
    let pieces =
        ["", "\"", "{", "}", "[", "]", ",", ":", "*", "?", "${", "null", "é", "\u{F0000}", "\\u0000", "arn:"];
    // A linear congruence is random enough, and the same on every machine.
    let mut state: u64 = 20_261_122;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    let characters: Vec<char> = seed.chars().collect();
    let mut documents = 0;
    for _ in 0..3000 {
        let mut spoilt = characters.clone();
        for _ in 0..=next(3) {
            let at = next(spoilt.len());
            let until = (at + next(8)).min(spoilt.len());
            let piece: Vec<char> = pieces[next(pieces.len())].chars().collect();
            spoilt.splice(at..until, piece);
        }
        let text: String = spoilt.into_iter().filter(|character| !matches!(character, '«' | '»')).collect();
        if let Parsed::Document(document) = parsed(&text) {
            documents += 1;
            let owner = document.owner(document.infer_kind());
            document.can_lock_out();
            for statement in &document.statements {
                document.is_public(statement);
                statement.allows_other_account(&owner);
                statement.covers_every_key();
                statement.grants("kms:Decrypt");
            }
        }
    }
    assert!(documents > 1500, "{documents}");
}
