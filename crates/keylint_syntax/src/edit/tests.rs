use std::ops::Range;

use keylint_source::{FileId, Span};

use super::{Insertion, Removal};

/// The text without the element `x`, which `all` makes superfluous, of the list between `«` and `»`.
fn removed(marked: &str) -> Option<String> {
    let start = marked.find('«')?;
    let text = marked.replace('«', "");
    let end = text.find('»')?;
    let text = text.replace('»', "");
    let span = |range: Range<usize>| Span::new(FileId::NOWHERE, range.start, range.end);
    let of = |wanted: &str| {
        let inside = text.get(start..end)?;
        let at = start + inside.find(wanted)?;
        Some(span(at..at + wanted.len()))
    };
    let removal = Removal { list: span(start..end), item: of("it:X")?, kept: of("it:*")? };
    let range = removal.edit(&text)?.range();
    Some(format!("{}{}", text.get(..range.start)?, text.get(range.end..)?))
}

#[track_caller]
fn check(marked: &str, expected: &str) {
    assert_eq!(removed(marked).as_deref(), Some(expected), "{marked}");
}

#[test]
fn a_list_on_one_line_loses_the_element_with_one_comma() {
    check(r#"a = «["it:X", "it:*"]»"#, r#"a = ["it:*"]"#);
    check(r#"a = «["it:*", "it:X"]»"#, r#"a = ["it:*"]"#);
    check(r#"a = «["b:B", "it:X", "it:*"]»"#, r#"a = ["b:B", "it:*"]"#);
    check(r#"a = «[ "it:*", "it:X", ]»"#, r#"a = [ "it:*", ]"#);
    check("a: «[it:*, 'it:X']»", "a: [it:*]");
    check("a: «['it:X', \"it:*\"]» # why", "a: [\"it:*\"] # why");
}

#[test]
fn a_line_of_its_own_goes_with_the_element() {
    check("a = «[\n  \"it:X\",\n  \"it:*\",\n]»", "a = [\n  \"it:*\",\n]");
    check("a = «[\n  \"it:*\",\n  \"it:X\",\n]»", "a = [\n  \"it:*\",\n]");
    check("a = «[\n  \"it:*\",\n  \"it:X\"\n]»", "a = [\n  \"it:*\"\n]");
    check("a = «[\r\n  \"it:X\",\r\n  \"it:*\"\r\n]»", "a = [\r\n  \"it:*\"\r\n]");
    check("a = «[\"b:B\", \"it:X\",\n  \"it:*\"]»", "a = [\"b:B\", \"it:*\"]");
    check("a = «[\"it:X\",\n  \"it:*\"]»", "a = [\n  \"it:*\"]");
    check("a = «[\n  \"it:*\", \"it:X\",\n]»", "a = [\n  \"it:*\",\n]");
}

#[test]
fn comments_stay() {
    check("a = «[\n  \"it:X\", # why\n  \"it:*\",\n]»", "a = [\n  # why\n  \"it:*\",\n]");
    check("a = «[\n  \"it:*\", # all, [really]\n  \"it:X\"\n]»", "a = [\n  \"it:*\", # all, [really]\n]");
    check("a = «[\n  // \"it:B\n  \"it:X\", \"it:*\"]»", "a = [\n  // \"it:B\n  \"it:*\"]");
    assert_eq!(removed("a = «[\n  \"it:X\" # why\n  , \"it:*\"]»"), None);
}

#[test]
fn the_block_style_loses_the_line() {
    check("A:\n  «- it:X\n  - it:*»\n", "A:\n  - it:*\n");
    check("A:\n«- it:*\n- \"it:X\"»", "A:\n- \"it:*\"\n".replace("\"it:*\"", "it:*").as_str());
    check("A:\n  «- it:*\n  -  'it:X' # why\n  - b»\n", "A:\n  - it:*\n  # why\n  - b\n");
    check("A:\r\n  «- it:*\r\n  - it:X»\r\nB: 1\r\n", "A:\r\n  - it:*\r\nB: 1\r\n");
}

#[test]
fn what_is_in_a_string_is_written_with_escapes() {
    check(r#"p = "{\"Action\": «[\"it:X\", \"it:*\"]»}""#, r#"p = "{\"Action\": [\"it:*\"]}""#);
    check(
        r#"p = "{\"Action\": «[\n  \"it:*\",\n  \"it:X\"\n]»}""#,
        r#"p = "{\"Action\": [\n  \"it:*\"\n]}""#,
    );
}

#[test]
fn strings_with_commas_brackets_and_templates_are_one_element() {
    check(
        r#"a = «["${var.a["],"]}", "a\"],", "it:X", "$${x", "it:*"]»"#,
        r#"a = ["${var.a["],"]}", "a\"],", "$${x", "it:*"]"#,
    );
    check("a: «['it''s, ]', it:X, it:*]»", "a: ['it''s, ]', it:*]");
}

/// Whoever applies the edits of several findings to one text applies them side by side.
#[test]
fn the_edits_of_several_elements_do_not_meet() {
    let names = ["a", "b", "c", "d"];
    let layouts: [(&str, &str, &str); 5] = [
        ("[", ", ", "]"),
        ("[", ",", ",]"),
        ("[\n  ", ",\n  ", "\n]"),
        ("[\n  ", ",\n  ", ",\n]"),
        ("[ ", ",\n", ", ]"),
    ];
    for (open, comma, close) in layouts {
        let text = format!("{open}{}{close}", names.map(|name| format!("\"{name}\"")).join(comma));
        let span = |range: Range<usize>| Span::new(FileId::NOWHERE, range.start, range.end);
        let of = |name: &str| {
            let at = text.find(name).unwrap_or_default();
            span(at..at + name.len())
        };
        for kept in names {
            let removed: Vec<&str> = names.into_iter().filter(|name| *name != kept).collect();
            let edit = |name: &&str| {
                Removal { list: span(0..text.len()), item: of(name), kept: of(kept) }.edit(&text)
            };
            let mut edits: Vec<Span> = removed.iter().filter_map(edit).collect();
            assert_eq!(edits.len(), removed.len(), "{text}");
            edits.sort_unstable_by_key(|edit| edit.start);
            assert!(edits.windows(2).all(|pair| pair[0].end <= pair[1].start), "{kept} of {text}: {edits:?}");
            let mut left = text.clone();
            for edit in edits.iter().rev() {
                left.replace_range(edit.range(), "");
            }
            let bare: String = left.split_whitespace().collect();
            let expected = [format!("[\"{kept}\"]"), format!("[\"{kept}\",]")];
            let takes_comma = usize::from(close.contains(','));
            assert_eq!(bare, expected[takes_comma], "{kept} of {text}");
        }
    }
}

/// Removing an element of an expression would change what the expression gives.
#[test]
fn what_is_no_element_of_the_list_stays() {
    for marked in [
        r#"«["it:X", "it:*"]»[0]"#.replace("»[0]", "[0]»").as_str(),
        r#"«[var.all ? "it:*" : "it:X", "b"]»"#,
        r#"«["it:X", var.all ? "it:*" : "b"]»"#,
        r#"«[["it:X"], "it:*"]»"#,
        r#"«[for x in ["it:X", "it:*"] : x]»"#,
        r#"«concat(["it:X"], ["it:*"])»"#,
        "«[!If [C, it:X, b], it:*]»",
        "A:\n  «- !If\n    - C\n    - it:X\n    - b\n  - it:*»\n",
        "A:\n  «- - it:X\n    - b\n  - it:*»\n",
        "A:\n  «- &x it:X\n  - it:*»\n",
        "«[<<A\nit:X\nA\n, \"it:*\"]»",
        "«[\"it:X, it:*\"]»",
        "«[\"it:X\", \"it:*\"»",
        "it:X it:*«»",
    ] {
        assert_eq!(removed(marked), None, "{marked}");
    }
}

/// The text without its second statement of two that say the same, in the list between `«` and `»`.
fn without_second(marked: &str, first: &str, second: &str) -> Option<String> {
    let start = marked.find('«')?;
    let text = marked.replace('«', "");
    let end = text.find('»')?;
    let text = text.replace('»', "");
    let span = |range: Range<usize>| Span::new(FileId::NOWHERE, range.start, range.end);
    let of = |wanted: &str| text.find(wanted).map(|at| span(at..at + wanted.len()));
    let range = Removal { list: span(start..end), item: of(second)?, kept: of(first)? }.edit(&text)?.range();
    Some(format!("{}{}", text.get(..range.start)?, text.get(range.end..)?))
}

#[test]
fn mappings_and_blocks_go_whole() {
    let (first, second) = (r#"{"Sid": "A", "Effect": "Deny"}"#, r#"{"Sid": "B", "Effect": "Deny"}"#);
    for (marked, expected) in [
        (format!("S: «[{first}, {second}]»"), format!("S: [{first}]")),
        (format!("S: «[\n  {first},\n  {second}\n]»\n"), format!("S: [\n  {first}\n]\n")),
        (format!("S:\n  «- {first}\n  - {second}»\n"), format!("S:\n  - {first}\n")),
    ] {
        assert_eq!(without_second(&marked, first, second), Some(expected), "{marked}");
    }
    let (first, second) = ("Sid: A\n    Action:\n    - a", "Sid: B\n    Action: [a]");
    for (marked, expected) in [
        (format!("S:\n  «- {first}\n  - {second}»\n"), format!("S:\n  - {first}\n")),
        (format!("S:\n  «- {second}\n  - {first}»\nT: 1"), format!("S:\n  - {first}\nT: 1")),
    ] {
        assert_eq!(without_second(&marked, first, second), Some(expected), "{marked}");
    }
    let (first, second) = ("statement {\n    sid = \"A\"\n  }", "statement {\n    sid = \"B\"\n  }");
    let marked = format!("data \"d\" \"d\" «{{\n  {first}\n  # why\n  {second}\n}}»\n");
    let expected = format!("data \"d\" \"d\" {{\n  {first}\n  # why\n}}\n");
    assert_eq!(without_second(&marked, first, second), Some(expected));
}

#[test]
fn mappings_and_blocks_with_more_than_names_and_literals_stay() {
    let (first, second) = ("statement {\n sid = \"A\"\n}", "statement {\n sid = \"B\"\n}");
    let elsewhere = format!("a «{{\n{first}\n}}\nb {{\n{second}\n}}»\n");
    assert_eq!(without_second(&elsewhere, first, second), None);
    let of_variable = first.replace("\"A\"", "var.a");
    let marked = format!("a «{{\n{of_variable}\n{second}\n}}»\n");
    assert_eq!(without_second(&marked, &of_variable, second), None);
    let commented = second.replace("\n}", " # why\n}");
    let marked = format!("a «{{\n{first}\n{commented}\n}}»\n");
    assert_eq!(without_second(&marked, first, &commented), None);
    let (first, second) = (r#"{Sid: A}"#, r#"{Sid: B}"#);
    for marked in ["S: «[!If [C, {Sid: B}, x], {Sid: A}]»", "S: «[[{Sid: B}], {Sid: A}]»"] {
        assert_eq!(without_second(marked, first, second), None, "{marked}");
    }
}

fn inserted(marked: &str) -> Option<String> {
    let start = marked.find('«')?;
    let text = marked.replace('«', "");
    let map = Span::new(FileId::NOWHERE, start, text.len());
    let (span, new) = Insertion { map, name: "Version", value: "2012" }.edit(&text)?;
    let mut text = text;
    text.insert_str(span.range().start, &new);
    Some(text)
}

#[test]
fn a_name_is_put_in_front_as_the_others_are_written() {
    let cases = [
        (r#"«{"Id": "a"}"#, r#"{"Version": "2012", "Id": "a"}"#),
        ("«{\n  \"Id\": \"a\"}", "{\n  \"Version\": \"2012\",\n  \"Id\": \"a\"}"),
        ("a = «{\n  Id = \"a\"\n}", "a = {\n  Version = \"2012\"\n  Id = \"a\"\n}"),
        ("a = «{ \"Id\" = \"a\" }", "a = { Version = \"2012\", \"Id\" = \"a\" }"),
        ("a: «{Id: a}", "a: {Version: \"2012\", Id: a}"),
        (r#"p = "«{\n  \"Id\": 1}""#, r#"p = "{\n  \"Version\": \"2012\",\n  \"Id\": 1}""#),
        ("a:\n  «Id: a\n", "a:\n  Version: \"2012\"\n  Id: a\n"),
    ];
    for (marked, expected) in cases {
        assert_eq!(inserted(marked).as_deref(), Some(expected), "{marked}");
    }
    for marked in ["«{}", "«merge({ Id = 1 })", "«{ # why\n  Id = 1 }", "«- a", "«{(var.a) = 1}"] {
        assert_eq!(inserted(marked), None, "{marked}");
    }
}
