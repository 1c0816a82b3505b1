//! Numbers, digit by digit as `terraform console` 1.11.4 writes them.

use super::*;

/// An expression and what `tostring` makes of it in each line.
const RECORDED: &str = include_str!("data/numbers.tsv");

#[test]
fn every_digit_is_as_in_terraform() {
    let records: Vec<(&str, &str)> = RECORDED.lines().map(|line| line.split_once('\t').unwrap()).collect();
    let mut text = String::from("resource \"test_it\" \"it\" {\n");
    for (position, (expression, _)) in records.iter().enumerate() {
        text.push_str(&format!("  x{position} = tostring({expression})\n"));
    }
    text.push_str("}\n");
    let fixture = root(&text);
    let resource = fixture.resource("test_it.it");
    let wrong: Vec<String> = records
        .iter()
        .enumerate()
        .filter_map(|(position, (expression, recorded))| {
            let shown = resource.value(&format!("x{position}")).map(show).unwrap_or_default();
            (shown.trim_matches('"') != *recorded)
                .then(|| format!("{expression}: {shown} instead of {recorded}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
