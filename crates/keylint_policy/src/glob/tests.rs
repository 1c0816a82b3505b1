use super::*;
use keylint_model::Reason;

/// `*`, `?`, `@` for a hole, `#` for a run within a field.
fn symbols<'p>(text: &str, hole: &'p Unknown) -> Vec<Symbol<'p>> {
    let symbol = |character| match character {
        '*' => Run,
        '#' => RunInField,
        '?' => One,
        '@' => Hole(hole),
        other => Char(other),
    };
    text.chars().map(symbol).collect()
}

fn hole() -> Unknown {
    Unknown::new(Reason::Input("x".into())).with_identity("var.x")
}

/// All strings over two letters and a colon, shorter than six.
fn strings() -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..5 {
        let until = all.len();
        for place in from..until {
            for letter in ['a', 'b', ':'] {
                let longer = format!("{}{letter}", all[place]);
                all.push(longer);
            }
        }
        from = until;
    }
    all
}

/// A matcher that cannot be wrong: tries every split.
fn matches_slowly(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|cut| matches_slowly(rest, &text[cut..])),
        ['#', rest @ ..] => (0..=text.len())
            .take_while(|cut| !text[..*cut].contains(&':'))
            .any(|cut| matches_slowly(rest, &text[cut..])),
        ['?', rest @ ..] => !text.is_empty() && matches_slowly(rest, &text[1..]),
        [letter, rest @ ..] => text.first() == Some(letter) && matches_slowly(rest, &text[1..]),
    }
}

fn patterns() -> Vec<String> {
    let pieces = ["", "a", "b", ":", "*", "?", "#"];
    let mut all = Vec::new();
    for first in pieces {
        for second in pieces {
            for third in pieces {
                all.push(format!("{first}{second}{third}"));
            }
        }
    }
    all.sort();
    all.dedup();
    all
}

#[test]
fn covering_and_overlapping_agree_with_enumeration() {
    let (strings, patterns, hole) = (strings(), patterns(), hole());
    let slow = |pattern: &String| -> Vec<bool> {
        let pattern: Vec<char> = pattern.chars().collect();
        strings.iter().map(|text| matches_slowly(&pattern, &text.chars().collect::<Vec<_>>())).collect()
    };
    let languages: Vec<_> = patterns.iter().map(slow).collect();
    let mut yes = 0;
    for (left, own) in patterns.iter().zip(&languages) {
        for (right, other) in patterns.iter().zip(&languages) {
            let contained = own.iter().zip(other).all(|(own, other)| *own || !*other);
            let met = own.iter().zip(other).any(|(own, other)| *own && *other);
            let (a, b) = (symbols(left, &hole), symbols(right, &hole));
            assert_eq!(covers(&a, &b), contained.into(), "{left} covers {right}");
            assert_eq!(overlaps(&a, &b), met.into(), "{left} overlaps {right}");
            yes += usize::from(contained);
        }
    }
    assert!(yes > 1000, "{yes}");
}

#[test]
fn the_fast_matcher_agrees_with_the_slow_one() {
    for pattern in patterns().iter().filter(|pattern| !pattern.contains('#')) {
        let symbols: Vec<char> = pattern.chars().collect();
        for text in strings() {
            let slow = matches_slowly(&symbols, &text.chars().collect::<Vec<_>>());
            assert_eq!(matches_known(pattern, &text, |a, b| a == b), slow, "{pattern} on {text}");
        }
    }
}

/// A hole is one string that is not known: whatever is claimed must hold for each.
#[test]
fn what_is_said_of_a_hole_holds_for_every_string() {
    let fillings = ["", "a", "b", "ab", ":", "ba:a"];
    let shapes = ["@", "a@", "@b", "a@b", "@*", "*@", "a@*", "@@", "?@", "*a@*"];
    let others = ["", "a", "b", "ab", "*", "a*", "?", "*b", "a@", "@", "@*", "*a*", "#", "a:*"];
    let hole = hole();
    let mut decided = 0;
    for left in shapes.iter().chain(&others) {
        for right in shapes.iter().chain(&others) {
            let covered = covers(&symbols(left, &hole), &symbols(right, &hole));
            let met = overlaps(&symbols(left, &hole), &symbols(right, &hole));
            for filling in fillings {
                let fill = |shape: &str| symbols(&shape.replace('@', filling), &hole);
                let (a, b) = (fill(left), fill(right));
                if covered != Verdict::Unknown {
                    assert_eq!(covers(&a, &b), covered, "{left} covers {right} with {filling}");
                    decided += 1;
                }
                if met != Verdict::Unknown {
                    assert_eq!(overlaps(&a, &b), met, "{left} overlaps {right} with {filling}");
                }
            }
        }
    }
    assert!(decided > 500, "{decided}");
}

#[test]
fn holes_are_equal_only_to_themselves() {
    let (one, other) = (hole(), Unknown::new(Reason::Input("y".into())).with_identity("var.y"));
    assert_eq!(covers(&symbols("a@", &one), &symbols("a@", &one)), Verdict::Yes);
    assert_eq!(covers(&symbols("a@", &one), &symbols("a@", &other)), Verdict::Unknown);
    assert_eq!(covers(&symbols("b@", &one), &symbols("a@", &other)), Verdict::No);
}

#[test]
fn an_intricate_pair_is_answered_quickly() {
    let hole = hole();
    let many = "*a?b".repeat(200);
    let other = "*b?a".repeat(200);
    overlaps(&symbols(&many, &hole), &symbols(&other, &hole));
    covers(&symbols(&many, &hole), &symbols(&other, &hole));
    assert!(
        !matches_known(&"*a".repeat(300), &"a".repeat(2000).replace("aa", "ab"), |a, b| a == b || b == '!')
    );
}

/// Every answer about letters in whatever case is that of trying all strings.
#[test]
fn letters_in_whatever_case_are_a_set_of_two() {
    let symbols = |text: &str| -> Vec<Symbol<'static>> {
        let symbol = |character| match character {
            '*' => Run,
            '?' => One,
            '%' => Folded('a'),
            other => Char(other),
        };
        text.chars().map(symbol).collect()
    };
    let letters = ["", "a", "A", "b"];
    let strings: Vec<String> = letters
        .iter()
        .flat_map(|one| letters.map(|two| letters.map(|three| format!("{one}{two}{three}"))))
        .flatten()
        .collect();
    let patterns = ["%", "%%", "%b", "a", "A", "?", "*", "%*", "*%", "aA", "b%"];
    for left in patterns {
        for right in patterns {
            let (one, other) = (symbols(left), symbols(right));
            let text = |string: &str| string.chars().map(Char).collect::<Vec<_>>();
            let is_in = |pattern: &[Symbol<'_>], string: &str| search::accepts(pattern, &text(string));
            let all = || strings.iter().filter(|string| is_in(&other, string));
            let covered = all().all(|string| is_in(&one, string));
            // What is covered holds for the strings that were tried.
            let answer = contains(&one, &other);
            assert!(answer == Some(false) || covered, "{left} covers {right}");
            assert!(answer == Some(true) || !covered || right.contains(['*', '?']), "{left} covers {right}");
            let common = all().any(|string| is_in(&one, string));
            assert_eq!(overlaps(&one, &other) == Verdict::Yes, common, "{left} meets {right}");
            match search::find(&[&other], &[&one]) {
                search::Found::Some(found) => {
                    assert!(search::accepts(&other, &found) && !search::accepts(&one, &found));
                }
                search::Found::None => assert!(covered, "{right} without {left}"),
                search::Found::Maybe => panic!("{right} without {left}"),
            }
        }
    }
}
