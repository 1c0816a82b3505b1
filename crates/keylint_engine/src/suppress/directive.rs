//! The text of a suppression: `keylint: ignore[SM001, secret-default-key] until=2027-01-31 reason`.
//!
//! A directive that is not understood is a finding, never silence: a typing error in a suppression
//! is otherwise noticed only when somebody wonders why it does nothing.

use std::ops::Range;

use crate::date::Date;

/// The word that opens a directive.
const MARKER: &str = "keylint:";

/// How far a directive reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// What the comment stands on or in front of.
    Place,
    /// The whole file.
    File,
}

/// A directive that was understood. Ranges are offsets in the text it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directive {
    /// From the marker to the closing bracket.
    pub(crate) range: Range<usize>,
    /// How far it reaches.
    pub(crate) reach: Reach,
    /// The rules as written, with their places.
    pub(crate) rules: Vec<(String, Range<usize>)>,
    /// The last day on which it holds, with its place.
    pub(crate) until: Option<(Date, Range<usize>)>,
}

/// Why a directive was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// The part to mend.
    pub(crate) range: Range<usize>,
    /// The fact.
    pub(crate) message: String,
    /// The words of the directive, among which what was meant may be named.
    pub(crate) words: Vec<String>,
}

/// Whether a text can hold a directive at all: cheap enough to ask of every file.
pub(crate) fn may_contain(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), MARKER.as_bytes()).is_some()
}

/// The directives in the text of a comment (without its markers), one a line at most: at the start
/// of the line, or behind a comment sign when an ordinary comment stands in front.
pub(crate) fn parse_comment(comment: &str) -> Vec<Result<Directive, Malformed>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in comment.split_inclusive('\n') {
        if let Some(offset) = marker(line) {
            found.push(Reader { line, base: start, at: offset }.directive());
        }
        start += line.len();
    }
    found
}

/// Where a directive starts in a line of a comment.
fn marker(line: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = line.get(from..)?.find(MARKER) {
        let at = from + found;
        let before = line.get(..at)?.trim_end();
        if before.trim_matches(['*', '#', '/', ' ', '\t']).is_empty() || before.ends_with(['#', '/']) {
            return Some(at);
        }
        from = at + MARKER.len();
    }
    None
}

struct Reader<'t> {
    line: &'t str,
    base: usize,
    at: usize,
}

impl<'t> Reader<'t> {
    fn directive(mut self) -> Result<Directive, Malformed> {
        let start = self.at;
        self.at += MARKER.len();
        self.skip_spaces();
        let verb = self.word(|character| character.is_alphanumeric() || matches!(character, '-' | '_'));
        let reach = match self.line.get(verb.clone()).unwrap_or("") {
            "ignore" => Reach::Place,
            "file-ignore" => Reach::File,
            "" => return Err(self.malformed(start..self.at, "the directive is empty".to_owned())),
            other => {
                let message = format!("`{other}` is no directive");
                return Err(self.malformed(verb, message));
            }
        };
        if !self.rest().starts_with('[') {
            let message = "a suppression names its rules in brackets".to_owned();
            return Err(self.malformed(start..self.at, message));
        }
        let rules = self.rules(start)?;
        let range = self.shift(start..self.at);
        let until = self.until()?;
        Ok(Directive { range, reach, rules, until })
    }

    /// The names between the brackets, which open here.
    fn rules(&mut self, start: usize) -> Result<Vec<(String, Range<usize>)>, Malformed> {
        self.at += 1;
        let Some(length) = self.rest().find(']') else {
            let message = "the bracket is not closed".to_owned();
            return Err(self.malformed(start..self.line.trim_end().len(), message));
        };
        let inside = self.rest().get(..length).unwrap_or("");
        let mut rules = Vec::new();
        let mut offset = self.at;
        for part in inside.split(',') {
            let name = part.trim();
            if !name.is_empty() {
                let at = offset + (part.len() - part.trim_start().len());
                rules.push((name.to_owned(), self.shift(at..at + name.len())));
            }
            offset += part.len() + 1;
        }
        self.at += length + 1;
        if rules.is_empty() {
            return Err(self.malformed(start..self.at, "the suppression names no rule".to_owned()));
        }
        Ok(rules)
    }

    /// The end of the suppression, wherever it stands in the text after the brackets.
    fn until(&mut self) -> Result<Option<(Date, Range<usize>)>, Malformed> {
        let Some(found) = self.rest().split_whitespace().find(|word| word.starts_with("until=")) else {
            return Ok(None);
        };
        let at = self.at + self.rest().find(found).unwrap_or(0);
        let date = found.trim_start_matches("until=").trim_end_matches([',', ';', '.']);
        let range = at..at + found.len();
        match date.parse() {
            Ok(date) => Ok(Some((date, self.shift(range)))),
            Err(error) => Err(self.malformed(range, format!("`{found}` is {error}"))),
        }
    }

    fn rest(&self) -> &'t str {
        self.line.get(self.at..).unwrap_or("")
    }

    fn skip_spaces(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn word(&mut self, part_of: impl Fn(char) -> bool) -> Range<usize> {
        let start = self.at;
        let rest = self.rest();
        self.at += rest.find(|character| !part_of(character)).unwrap_or(rest.len());
        start..self.at
    }

    fn shift(&self, range: Range<usize>) -> Range<usize> {
        self.base + range.start..self.base + range.end
    }

    fn malformed(&self, range: Range<usize>, message: String) -> Malformed {
        let written = marker(self.line).and_then(|at| self.line.get(at + MARKER.len()..)).unwrap_or("");
        let words = written.split(|one: char| !one.is_alphanumeric() && one != '-');
        let words = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Malformed { range: self.shift(range), message, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(comment: &str) -> Vec<String> {
        let parsed = parse_comment(comment).into_iter().map(Result::unwrap);
        parsed.flat_map(|directive| directive.rules.into_iter().map(|(name, _)| name)).collect()
    }

    #[test]
    fn rules_until_and_reach_are_read_with_their_places() {
        let text = " keylint: ignore[SM001, secret-default-key] until=2027-01-31 rotated by hand";
        let [Ok(directive)] = &parse_comment(text)[..] else { panic!("{text}") };
        assert_eq!(directive.reach, Reach::Place);
        let at = |range: &Range<usize>| text.get(range.clone()).unwrap();
        assert_eq!(at(&directive.range), "keylint: ignore[SM001, secret-default-key]");
        let places: Vec<_> = directive.rules.iter().map(|(_, range)| at(range)).collect();
        assert_eq!(places, ["SM001", "secret-default-key"]);
        let (until, at) = directive.until.clone().unwrap();
        assert_eq!((until, text.get(at)), ("2027-01-31".parse().unwrap(), Some("until=2027-01-31")));
        let file = parse_comment("keylint: file-ignore[KMS001]");
        assert_eq!(file[0].as_ref().unwrap().reach, Reach::File);
    }

    #[test]
    fn a_directive_may_follow_another_comment_and_stand_in_a_block_comment() {
        assert_eq!(rules(" the vendor needs it # keylint: ignore[SM002]"), ["SM002"]);
        assert_eq!(
            rules("\n * why\n * keylint: ignore[SM001]\n * keylint: ignore[SM002]\n "),
            ["SM001", "SM002"]
        );
    }

    #[test]
    fn prose_that_mentions_the_tool_is_no_directive() {
        assert!(parse_comment(" checked with keylint: see the README").is_empty());
        assert!(parse_comment(" keylint ignores this").is_empty());
    }

    #[test]
    fn what_is_not_understood_is_said_with_its_place() {
        let cases = [
            ("keylint: ignroe[SM001]", "`ignroe` is no directive", "ignroe"),
            ("keylint: ignore SM001", "a suppression names its rules in brackets", "keylint: ignore"),
            ("keylint: ignore[]", "the suppression names no rule", "keylint: ignore[]"),
            ("keylint: ignore[SM001", "the bracket is not closed", "keylint: ignore[SM001"),
            ("keylint:", "the directive is empty", "keylint:"),
            (
                "keylint: ignore[SM001] until=31.1.2027",
                "`until=31.1.2027` is not a date in the form 2027-01-31",
                "until=31.1.2027",
            ),
        ];
        for (text, message, place) in cases {
            let [Err(error)] = &parse_comment(text)[..] else { panic!("{text}") };
            assert_eq!((error.message.as_str(), text.get(error.range.clone()).unwrap()), (message, place));
        }
    }
}
