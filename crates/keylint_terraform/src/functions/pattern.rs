//! Regular expressions as Go writes them, for an engine that writes some of them differently.
//!
//! Terraform compiles patterns with Go's `regexp`. The same text means something else elsewhere:
//! `\d` is ASCII only, `[a&&b]` is no intersection, `\Q…\E` quotes, `x**` is an error. So a pattern
//! is read here by Go's grammar and written anew; groups lose their names, which are kept beside.
//!
//! Source: <https://github.com/google/re2/wiki/Syntax>, <https://pkg.go.dev/regexp/syntax>.

use std::cell::OnceCell;

use regex::{Regex, RegexBuilder};

use super::search::Search;

/// A compiled pattern.
pub(super) struct Pattern {
    pub(super) regex: Regex,
    /// The names of its groups, in order, without the group that is the whole match.
    pub(super) names: Vec<Option<Box<str>>>,
    /// Its automaton, where it was needed and could be made.
    search: OnceCell<Option<Search>>,
}

impl Pattern {
    /// The automaton that says what the pattern matches in strings with holes.
    pub(super) fn search(&self) -> Option<&Search> {
        self.search.get_or_init(|| Search::new(self.regex.as_str())).as_ref()
    }
}

/// Why there is no pattern.
#[derive(Debug)]
pub(super) enum Wrong {
    /// What Go rejects, and how it says so.
    Rejected(&'static str),
    /// What Go may take and this engine does not, or beyond [`COMPILED_BYTES`].
    NotModelled,
}

/// Bytes of a compiled pattern, and of the tables that are filled in while it runs.
const COMPILED_BYTES: usize = 1024 * 1024;

/// How often a part may be repeated by number: Go's limit.
const REPETITIONS: u32 = 1000;

/// Compiles a pattern.
pub(super) fn compile(pattern: &str) -> Result<Pattern, Wrong> {
    let mut reader = Reader { rest: pattern, written: String::new(), names: Vec::new(), open: 0 };
    reader.read()?;
    let regex = RegexBuilder::new(&reader.written)
        .size_limit(COMPILED_BYTES)
        .dfa_size_limit(COMPILED_BYTES)
        .nest_limit(200)
        .build()
        .map_err(|_| Wrong::NotModelled)?;
    Ok(Pattern { regex, names: reader.names, search: OnceCell::new() })
}

/// What a repetition operator would repeat.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Operand,
    Repetition,
}

struct Reader<'t> {
    rest: &'t str,
    written: String,
    names: Vec<Option<Box<str>>>,
    /// How many groups are open.
    open: usize,
}

/// A part of a pattern that stands for characters.
enum Escape {
    Character(char),
    /// A class, as it is written inside of brackets.
    Class(String),
}

impl<'t> Reader<'t> {
    fn read(&mut self) -> Result<(), Wrong> {
        let mut last = Last::Nothing;
        while let Some(character) = self.next() {
            last = match character {
                '(' => self.group(last)?,
                '|' => {
                    self.written.push('|');
                    Last::Nothing
                }
                ')' => {
                    self.open = self.open.checked_sub(1).ok_or(Wrong::Rejected("unexpected `)`"))?;
                    self.written.push(')');
                    Last::Operand
                }
                '^' | '$' | '.' => {
                    self.written.push(character);
                    Last::Operand
                }
                '[' => {
                    self.class()?;
                    Last::Operand
                }
                '*' | '+' | '?' => {
                    self.repetition(&character.to_string(), last)?;
                    Last::Repetition
                }
                '{' => match counted(self.rest) {
                    Some((least, most, length)) => {
                        if least > REPETITIONS || most.is_some_and(|most| most > REPETITIONS || most < least)
                        {
                            return Err(Wrong::Rejected("invalid repeat count"));
                        }
                        let operator = format!("{{{}", self.take(length));
                        self.repetition(&operator, last)?;
                        Last::Repetition
                    }
                    None => {
                        self.literal('{');
                        Last::Operand
                    }
                },
                '\\' => {
                    self.escaped()?;
                    Last::Operand
                }
                other => {
                    self.literal(other);
                    Last::Operand
                }
            };
        }
        if self.open > 0 { Err(Wrong::Rejected("missing closing `)`")) } else { Ok(()) }
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next()?;
        self.rest = characters.as_str();
        Some(next)
    }

    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn literal(&mut self, character: char) {
        self.written.push_str(&format!("\\x{{{:X}}}", u32::from(character)));
    }

    fn repetition(&mut self, operator: &str, last: Last) -> Result<(), Wrong> {
        match last {
            Last::Nothing => return Err(Wrong::Rejected("missing argument to repetition operator")),
            Last::Repetition => return Err(Wrong::Rejected("invalid nested repetition operator")),
            Last::Operand => self.written.push_str(operator),
        }
        if let Some(rest) = self.rest.strip_prefix('?') {
            self.rest = rest;
            self.written.push('?');
        }
        Ok(())
    }

    /// What follows a `(`.
    fn group(&mut self, last: Last) -> Result<Last, Wrong> {
        let Some(special) = self.rest.strip_prefix('?') else {
            self.open += 1;
            self.names.push(None);
            self.written.push('(');
            return Ok(Last::Nothing);
        };
        if let Some(named) = special.strip_prefix("P<").or_else(|| special.strip_prefix('<')) {
            let (name, rest) = named.split_once('>').ok_or(Wrong::Rejected("invalid named capture"))?;
            let fits = |name: &str| name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
            if name.is_empty() || !fits(name) {
                return Err(Wrong::Rejected("invalid named capture"));
            }
            if self.names.iter().flatten().any(|known| **known == *name) {
                return Err(Wrong::Rejected("duplicate capture group name"));
            }
            self.rest = rest;
            self.open += 1;
            self.names.push(Some(name.into()));
            self.written.push('(');
            return Ok(Last::Nothing);
        }
        self.rest = special;
        self.flags(last)
    }

    /// `(?i)` or `(?i:`, from behind the question mark.
    fn flags(&mut self, last: Last) -> Result<Last, Wrong> {
        const WRONG: Wrong = Wrong::Rejected("invalid or unsupported Perl syntax");
        let (mut on, mut off, mut negated, mut given) = (String::new(), String::new(), false, false);
        loop {
            match self.next().ok_or(Wrong::Rejected("missing closing `)`"))? {
                flag @ ('i' | 'm' | 's' | 'U') => {
                    given = true;
                    let flags = if negated { &mut off } else { &mut on };
                    if !flags.contains(flag) {
                        flags.push(flag);
                    }
                }
                '-' if !negated => (negated, given) = (true, false),
                end @ (':' | ')') if !negated || given => {
                    let off = if off.is_empty() { off } else { format!("-{off}") };
                    if end == ':' {
                        self.open += 1;
                        self.written.push_str(&format!("(?{on}{off}:"));
                        return Ok(Last::Nothing);
                    }
                    if !on.is_empty() || !off.is_empty() {
                        self.written.push_str(&format!("(?{on}{off})"));
                    }
                    return Ok(last);
                }
                _ => return Err(WRONG),
            }
        }
    }

    /// What follows a `\` outside of brackets.
    fn escaped(&mut self) -> Result<(), Wrong> {
        match self.rest.chars().next() {
            Some(anchor @ ('A' | 'z')) => self.written.push_str(&format!("\\{anchor}")),
            Some('b') => self.written.push_str("(?-u:\\b)"),
            // Between ASCII words only: the engine would have to look into characters.
            Some('B') => return Err(Wrong::NotModelled),
            Some('Q') => {
                self.next();
                let (quoted, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.rest = rest;
                quoted.chars().for_each(|character| self.literal(character));
                return Ok(());
            }
            _ => {
                match self.escape()? {
                    Escape::Character(character) => self.literal(character),
                    Escape::Class(class) => self.written.push_str(&format!("[{class}]")),
                }
                return Ok(());
            }
        }
        self.next();
        Ok(())
    }

    /// What follows a `\` anywhere.
    fn escape(&mut self) -> Result<Escape, Wrong> {
        const WRONG: Wrong = Wrong::Rejected("invalid escape sequence");
        let letter = self.next().ok_or(Wrong::Rejected("trailing backslash at end of expression"))?;
        let class = |class: &str| Ok(Escape::Class(class.to_owned()));
        let character = match letter {
            'd' => return class("0-9"),
            'D' => return class("[^0-9]"),
            's' => return class(r"\t\n\x0C\r\x20"),
            'S' => return class(r"[^\t\n\x0C\r\x20]"),
            'w' => return class("0-9A-Za-z_"),
            'W' => return class("[^0-9A-Za-z_]"),
            'p' | 'P' => return self.property(letter == 'P').map(Escape::Class),
            'a' => '\u{7}',
            'f' => '\u{c}',
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'v' => '\u{b}',
            'x' => return self.hexadecimal().map(Escape::Character),
            // One digit alone would refer back to a group, which Go has not.
            '1'..='7' if !self.rest.starts_with(|next: char| matches!(next, '0'..='7')) => return Err(WRONG),
            '0'..='7' => {
                let mut code = letter.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    let Some(digit) = self.rest.chars().next().and_then(|next| next.to_digit(8)) else {
                        break;
                    };
                    self.next();
                    code = code * 8 + digit;
                }
                char::from_u32(code).ok_or(WRONG)?
            }
            mark if mark.is_ascii() && !mark.is_ascii_alphanumeric() => mark,
            _ => return Err(WRONG),
        };
        Ok(Escape::Character(character))
    }

    /// `\x7F` or `\x{10FFFF}`, from behind the `x`.
    fn hexadecimal(&mut self) -> Result<char, Wrong> {
        const WRONG: Wrong = Wrong::Rejected("invalid escape sequence");
        let digits = if let Some(rest) = self.rest.strip_prefix('{') {
            let (digits, rest) = rest.split_once('}').ok_or(WRONG)?;
            self.rest = rest;
            digits
        } else {
            match self.rest.get(..2) {
                Some(_) => self.take(2),
                None => return Err(WRONG),
            }
        };
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(WRONG);
        }
        let code = u32::from_str_radix(digits, 16).ok().filter(|code| *code <= 0x10_FFFF).ok_or(WRONG)?;
        char::from_u32(code).ok_or(Wrong::NotModelled)
    }

    /// `\pL` or `\p{Greek}`, from behind the `p`.
    fn property(&mut self, mut negated: bool) -> Result<String, Wrong> {
        const WRONG: Wrong = Wrong::Rejected("invalid character class range");
        let mut name = match self.next().ok_or(WRONG)? {
            '{' => {
                let (name, rest) = self.rest.split_once('}').ok_or(WRONG)?;
                self.rest = rest;
                name.to_owned()
            }
            letter => letter.to_string(),
        };
        if let Some(inner) = name.strip_prefix('^') {
            negated = !negated;
            name = inner.to_owned();
        }
        let fits = |one: char| one.is_ascii_alphabetic() || one == '_';
        if !name.starts_with(|first: char| first.is_ascii_uppercase()) || !name.chars().all(fits) {
            return Err(WRONG);
        }
        let set = match &*name {
            "Any" => r"\x{0}-\x{10FFFF}".to_owned(),
            // Without what is not assigned.
            "C" => r"\p{gc=Cc}\p{gc=Cf}\p{gc=Co}".to_owned(),
            "Cs" => return Err(Wrong::NotModelled),
            "Cn" | "LC" => return Err(WRONG),
            category if category.len() <= 2 => format!("\\p{{gc={category}}}"),
            script => format!("\\p{{sc={script}}}"),
        };
        Ok(format!("[{}{set}]", if negated { "^" } else { "" }))
    }

    /// What follows a `[`.
    fn class(&mut self) -> Result<(), Wrong> {
        const RANGE: Wrong = Wrong::Rejected("invalid character class range");
        self.written.push('[');
        if let Some(rest) = self.rest.strip_prefix('^') {
            self.rest = rest;
            self.written.push('^');
        }
        let mut first = true;
        loop {
            if !first && let Some(rest) = self.rest.strip_prefix(']') {
                self.rest = rest;
                self.written.push(']');
                return Ok(());
            }
            first = false;
            if let Some((name, rest)) = self.rest.strip_prefix("[:").and_then(|rest| rest.split_once(":]")) {
                if !POSIX.contains(&name.strip_prefix('^').unwrap_or(name)) {
                    return Err(RANGE);
                }
                self.rest = rest;
                self.written.push_str(&format!("[:{name}:]"));
                continue;
            }
            let from = match self.class_character()? {
                Escape::Class(class) => {
                    self.written.push_str(&class);
                    continue;
                }
                Escape::Character(from) => from,
            };
            self.literal(from);
            if let Some(rest) = self.rest.strip_prefix('-')
                && !rest.starts_with(']')
            {
                self.rest = rest;
                match self.class_character()? {
                    Escape::Character(to) if from <= to => {
                        self.written.push('-');
                        self.literal(to);
                    }
                    _ => return Err(RANGE),
                }
            }
        }
    }

    fn class_character(&mut self) -> Result<Escape, Wrong> {
        match self.next().ok_or(Wrong::Rejected("missing closing `]`"))? {
            '\\' => self.escape(),
            character => Ok(Escape::Character(character)),
        }
    }
}

const POSIX: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// `2}`, `2,}` or `2,3}` at the start of a text, with its length.
fn counted(text: &str) -> Option<(u32, Option<u32>, usize)> {
    let (inside, _) = text.split_once('}')?;
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        let leading_zero = digits.len() > 1 && digits.starts_with('0');
        (plain && !leading_zero).then(|| digits.parse().unwrap_or(u32::MAX))
    };
    let (least, most) = match inside.split_once(',') {
        Some((least, "")) => (number(least)?, None),
        Some((least, most)) => (number(least)?, Some(number(most)?)),
        None => (number(inside)?, Some(number(inside)?)),
    };
    Some((least, most, inside.len() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Option<String> {
        compile(pattern).unwrap().regex.find(text).map(|found| found.as_str().to_owned())
    }

    #[test]
    fn classes_are_those_of_go() {
        assert_eq!(found(r"\d+", "٣12"), Some("12".into()));
        assert_eq!(found(r"\w+", "é_a"), Some("_a".into()));
        assert_eq!(found(r"[\W]+", "aé b"), Some("é ".into()));
        assert_eq!(found("[a&&b]+", "&a&b"), Some("&a&b".into()));
        assert_eq!(found("[[a]+", "x[a["), Some("[a[".into()));
        assert_eq!(found("[]a]+", "]a]"), Some("]a]".into()));
        assert_eq!(found("[[:alpha:]-]+", "1a-b"), Some("a-b".into()));
        assert_eq!(found(r"\p{Lu}\pL", "aÉx"), Some("Éx".into()));
        assert_eq!(found(r"[^\n]+", "\nab"), Some("ab".into()));
    }

    #[test]
    fn texts_and_counts_are_those_of_go() {
        assert_eq!(found(r"\Qa.b\E+", "a.bb"), Some("a.bb".into()));
        assert_eq!(found("a{,2}", "aa{,2}"), Some("a{,2}".into()));
        assert_eq!(found("a{2", "a{2"), Some("a{2".into()));
        assert_eq!(found(r"\x{1F600}\101", "😀A"), Some("😀A".into()));
        assert_eq!(found("a#b c", "a#b c"), Some("a#b c".into()));
        assert_eq!(found("(?i)ab(?-i)c", "ABc"), Some("ABc".into()));
    }

    #[test]
    fn what_go_rejects_is_rejected() {
        let wrong = [
            "a**",
            "*",
            "(",
            ")",
            "[a",
            "[b-a]",
            r"\1",
            r"\8",
            r"\y",
            "(?=a)",
            "(?<!a)",
            "a{1001}",
            "a{2,1}",
            "(?P<n>a)(?P<n>b)",
            "(?P<n-m>a)",
            "[[:none:]]",
            r"\p{greek}",
            r"\xZZ",
            r"[a-\d]",
            "\\",
            "(?x)a",
            "a++",
            r"\C",
            "(|*)",
        ];
        for pattern in wrong {
            assert!(matches!(compile(pattern), Err(Wrong::Rejected(_))), "{pattern}");
        }
    }
}
