//! Finds the literals of an expression, and those of a template: its text, and what is written inside
//! of its interpolations.
//!
//! Like [`super::names`] without a tree: the expression may stand in a file that does not parse, or in
//! a string of JSON. Keys of objects say what a value is and stay readable, and so does what only says
//! which part of something the value is: `var.all["db"]`, the `","` of `split(",", …)`.

use std::ops::Range;

use memchr::memmem;

use super::names::quoted_value;

/// How deep brackets and templates in a value may stand in each other.
const DEEPEST: usize = 256;

/// The argument, by its position, that only says what is looked for or read: it is no part of what the
/// function returns.
const BESIDE: [(&str, usize); 9] = [
    ("file", 0),
    ("filebase64", 0),
    ("formatdate", 0),
    ("lookup", 1),
    ("regex", 0),
    ("regexall", 0),
    ("split", 0),
    ("templatefile", 0),
    ("trim", 1),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Group,
    /// The arguments of a function: which one may be shown, and which one is read.
    Call(usize, usize),
    Object,
    Index,
    Interpolation,
    /// A string, and whether it may be shown.
    String(bool),
    /// A heredoc, and where its marker starts and ends.
    Heredoc(usize, usize),
}

/// The literals of an HCL expression, and where it ends.
pub(super) fn of_expression(text: &str, start: usize, found: &mut Vec<Range<usize>>) -> usize {
    let mut expression = Expression::new(text, start, found);
    expression.read();
    expression.at
}

/// The literals inside of an interpolation whose braces open before `start`, and the end behind those
/// that close it.
pub(super) fn of_interpolation(text: &str, start: usize, found: &mut Vec<Range<usize>>) -> Option<usize> {
    let before = found.len();
    let mut inner = Expression::new(text, start, found);
    inner.open.push(Open::Interpolation);
    inner.is_inner = true;
    // In a string of JSON they have a backslash.
    let rest = text.get(start..).unwrap_or("");
    inner.are_escaped = rest.find('"').and_then(|at| rest.get(..at)).is_some_and(|it| it.ends_with('\\'));
    inner.read();
    if !inner.is_closed {
        found.truncate(before);
        return None;
    }
    let end = inner.at;
    // What a shell takes where a variable has no value: `${PASSWORD:-…}`.
    if let Some(default) = text.get(start..end - 1).and_then(|inside| inside.find(":-")) {
        found.push(start + default + 2..end - 1);
    }
    Some(end)
}

/// A value without the references in it: `${…}`, and the whole where it is one. `$${` is no reference
/// but text, and so is what is never closed.
pub(super) fn outside_interpolations(
    line: &str,
    value: Range<usize>,
    offset: usize,
    found: &mut Vec<Range<usize>>,
) {
    let text = line.get(..value.end).unwrap_or(line);
    let said = text.get(value.start..).unwrap_or("");
    if said.starts_with("{{resolve:") || said.starts_with("arn:") {
        return;
    }
    let before = found.len();
    let mut at = value.start;
    for open in memmem::find_iter(said.as_bytes(), "${").map(|open| value.start + open) {
        let is_text = text.get(value.start..open).is_some_and(|before| before.ends_with('$'));
        if open < at || is_text {
            continue;
        }
        let Some(end) = of_interpolation(text, open + 2, found) else { break };
        found.push(at..open);
        at = end;
    }
    found.push(at..value.end);
    found.iter_mut().skip(before).for_each(|range| *range = range.start + offset..range.end + offset);
}

struct Expression<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Open>,
    /// Whether it ends with what closes the first that is open.
    is_inner: bool,
    is_closed: bool,
    are_escaped: bool,
    /// The last byte that is no white space; a newline counts.
    previous: u8,
    found: &'t mut Vec<Range<usize>>,
}

impl<'t> Expression<'t> {
    fn new(text: &'t str, at: usize, found: &'t mut Vec<Range<usize>>) -> Self {
        let open = Vec::new();
        let (is_inner, is_closed, are_escaped) = (false, false, false);
        Expression { text, at, open, is_inner, is_closed, are_escaped, previous: b'=', found }
    }

    fn read(&mut self) {
        while let Some(byte) = self.text.as_bytes().get(self.at).copied() {
            match self.open.last() {
                Some(Open::String(shown)) => {
                    self.string(*shown);
                    continue;
                }
                Some(Open::Heredoc(start, end)) => {
                    self.heredoc(*start..*end);
                    continue;
                }
                _ => {}
            }
            let rest = self.text.get(self.at..).unwrap_or("");
            if rest.starts_with("/*") {
                self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
                continue;
            }
            if byte == b'#' || rest.starts_with("//") {
                // Behind the whole expression something else is written.
                if self.open.is_empty() {
                    return;
                }
                self.at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            if rest.starts_with("<<") {
                self.open_heredoc(rest);
                continue;
            }
            let ends = match byte {
                b'\n' | b',' => self.open.is_empty(),
                b'}' | b']' | b')' => self.open.pop().is_none(),
                _ => false,
            };
            if ends || self.open.len() > DEEPEST {
                return;
            }
            self.opened(byte, rest);
            self.at += 1;
            if self.is_inner && self.open.is_empty() {
                self.is_closed = true;
                return;
            }
            // A name is read by `[` only where nothing is between them.
            if byte == b'\n' || !byte.is_ascii_whitespace() {
                self.previous = byte;
            }
        }
    }

    fn opened(&mut self, byte: u8, rest: &str) {
        let adjacent = self.at.checked_sub(1).and_then(|at| self.text.as_bytes().get(at));
        let is_read =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b']' | b')' | b'"' | b'}');
        match byte {
            b'{' => self.open.push(Open::Object),
            b'(' => self.open.push(self.call()),
            b',' => {
                if let Some(Open::Call(_, position)) = self.open.last_mut() {
                    *position += 1;
                }
            }
            b'[' if adjacent.is_some_and(is_read) => self.open.push(Open::Index),
            b'[' => self.open.push(Open::Group),
            b'"' => {
                let is_beside = match self.open.last() {
                    Some(Open::Call(beside, position)) => beside == position,
                    open => open == Some(&Open::Index),
                };
                let shown = is_beside
                    || self.is_key(rest)
                    || ["\"arn:", "\"{{resolve:"].iter().any(|start| rest.starts_with(start));
                self.open.push(Open::String(shown));
            }
            _ => {}
        }
    }

    /// The arguments of the function whose name stands before a bracket.
    fn call(&self) -> Open {
        let before = self.text.get(..self.at).unwrap_or("");
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = before.bytes().rev().take(16).take_while(is_name).count();
        let name = before.get(before.len() - length..).unwrap_or("");
        match BESIDE.iter().find(|(function, _)| *function == name) {
            Some((_, beside)) => Open::Call(*beside, 0),
            None => Open::Group,
        }
    }

    /// Whether the string that starts here is the name of an attribute.
    fn is_key(&self, rest: &str) -> bool {
        if self.open.last() != Some(&Open::Object) || !matches!(self.previous, b'{' | b',' | b'\n') {
            return false;
        }
        let after = rest.get(quoted_value(rest, 0).end + 1..).unwrap_or("").trim_start();
        after.starts_with(':') || (after.starts_with('=') && !after.starts_with("=="))
    }

    /// How many bytes of text that is no sign stand here; `None` where an interpolation opens.
    fn plain(&self) -> Option<usize> {
        match self.text.as_bytes().get(self.at..).unwrap_or_default() {
            [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => Some(3),
            [b'$' | b'%', b'{', ..] => None,
            _ => Some(1),
        }
    }

    /// Goes into the interpolation that stands here.
    fn interpolation(&mut self) {
        self.open.push(Open::Interpolation);
        self.at += 2;
        self.previous = b'{';
    }

    /// A part of a string, up to its end or to what is in it.
    fn string(&mut self, shown: bool) {
        let (start, bytes) = (self.at, self.text.as_bytes());
        let is_interpolation = loop {
            match bytes.get(self.at..).unwrap_or_default() {
                [] | [b'\n', ..] => break false,
                [b'"' | b'\\', ..] if self.ends_string() => break false,
                [b'"', ..] => self.at += 1,
                [b'\\', ..] => {
                    let slashes = self.slashes();
                    // With the sign that they escape.
                    self.at += slashes + usize::from(slashes % 2 == 1 || self.are_escaped);
                }
                _ => match self.plain() {
                    Some(length) => self.at += length,
                    None => break true,
                },
            }
        };
        self.at = self.at.min(self.text.len());
        if !shown {
            self.found.push(start..self.at);
        }
        if is_interpolation {
            return self.interpolation();
        }
        self.open.pop();
        self.at += self.slashes();
        if bytes.get(self.at) == Some(&b'"') {
            self.at += 1;
            self.previous = b'"';
        }
    }

    /// How many backslashes stand here.
    fn slashes(&self) -> usize {
        let bytes = self.text.as_bytes().get(self.at..).unwrap_or_default();
        bytes.iter().take_while(|byte| **byte == b'\\').count()
    }

    /// Whether a quote stands here that closes a string: in JSON the backslashes of a string in a string
    /// are doubled, and the quote has one of its own.
    fn ends_string(&self) -> bool {
        let slashes = self.slashes();
        let is_quote = self.text.as_bytes().get(self.at + slashes) == Some(&b'"');
        is_quote
            && match self.are_escaped {
                true => slashes == 0 || (slashes % 2 == 1 && (slashes / 2).is_multiple_of(2)),
                false => slashes == 0,
            }
    }

    fn open_heredoc(&mut self, rest: &str) {
        let sign = if rest.starts_with("<<-") { 3 } else { 2 };
        let first = rest.find('\n').unwrap_or(rest.len());
        let marker = rest.get(sign..first).unwrap_or("").trim_end();
        self.open.push(Open::Heredoc(self.at + sign, self.at + sign + marker.len()));
        self.at += first;
    }

    /// A part of a heredoc, up to the line that ends it or to what is in it.
    fn heredoc(&mut self, marker: Range<usize>) {
        let marker = self.text.get(marker).unwrap_or("").trim();
        let start = self.at;
        let is_interpolation = loop {
            let Some(byte) = self.text.as_bytes().get(self.at) else { break false };
            if *byte == b'\n' {
                self.at += 1;
                let line = self.text.get(self.at..).unwrap_or("");
                if line.split('\n').next().is_some_and(|line| line.trim() == marker) {
                    break false;
                }
                continue;
            }
            match self.plain() {
                Some(length) => self.at += length,
                None => break true,
            }
        };
        self.at = self.at.min(self.text.len());
        self.found.push(start..self.at);
        if is_interpolation {
            return self.interpolation();
        }
        self.open.pop();
        let rest = self.text.get(self.at..).unwrap_or("");
        self.at += rest.find('\n').unwrap_or(rest.len());
        self.previous = b'"';
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::tests::hidden;

    #[test]
    fn literals_inside_of_interpolations_are_found() {
        let cases: [(&str, &[&str]); 11] = [
            ("password = var.pw # was: token = \"one\"", &["one"]),
            ("password = <<E\n${f(\"one\")}\nE\nx = \"shown\"", &["\n", "one", "\n"]),
            ("password = <<E\n%{ if var.x == \"a\" }one%{ endif }\nE\n", &["\n", "a", "one", "\n"]),
            ("password = <<-E\n  ${<<F\none\nF\n}\n  E\nx = \"shown\"", &["\n  ", "\none\n", "\n"]),
            ("u = <<E\nexport DB_PASSWORD=${var.x ? \"one two\" : null} shown\nE", &["one two"]),
            (
                "u = <<E\n{\"password\": \"a${f(\"one\", \"${g(\"two\")}\")}\", \"x\": \"shown\"}\nE",
                &["a", "one", "two"],
            ),
            ("u = <<E\n{\"password\": ${jsonencode(\"one\")}, \"x\": \"shown\"}\nE", &["one"]),
            (r#"{"password": "${f(\"one\", {a = \"t\\\"wo\"})}", "x": "shown"}"#, &["one", r#"t\\\"wo"#]),
            ("password: ${PASSWORD:-one}\nx: shown", &["one"]),
            ("{\"password\": \"one${two\", \"x\": \"shown\"}", &["one${two"]),
            ("{\"password\": \"$${one}\", \"x\": \"shown\"}", &["$${one}"]),
        ];
        for (text, secrets) in cases {
            assert_eq!(hidden(text), secrets, "{text}");
        }
    }

    #[test]
    fn what_says_which_part_a_value_is_stays_readable() {
        let cases: [(&str, &[&str]); 4] = [
            ("password = split(\",\", \"one,${var.pw}\")[0]", &["one,"]),
            ("password = lookup(var.all, \"shown\", \"one\")", &["one"]),
            ("password = jsondecode(file(\"shown.json\"))[\"shown\"]", &[]),
            ("password = format(\"one%s\", trim(\"two\", \" \"))", &["one%s", "two"]),
        ];
        for (text, secrets) in cases {
            assert_eq!(hidden(text), secrets, "{text}");
        }
    }

    #[test]
    fn values_are_read_to_their_end_however_long_they_are() {
        let many = "\"shown\", ".repeat(10_000).replace("shown", "one");
        for (start, end) in
            [("password = [", "]\n"), ("{\"password\": [", "]}"), ("password = <<E\n", "\nE\n")]
        {
            let text = format!("{start}{many}\"two\"{end}x = \"shown\"");
            let found = hidden(&text);
            assert!(found.last().is_some_and(|last| last.contains("two")), "{start}: {:?}", found.last());
        }
        let lines = format!("a:\n  Password: |\n{}    two\n  x: shown", "    one\n".repeat(10_000));
        assert_eq!(hidden(&lines).last(), Some(&"two"));
    }

    #[test]
    fn what_is_never_closed_takes_time_in_proportion() {
        for part in ["${", "${\"", "${#", "${/*", "\"${", "${\"$${\""] {
            for start in ["password = \"", "password = <<E\n", "{\"password\": \"", "password: "] {
                let text = format!("{start}{}", part.repeat(300_000));
                let started = std::time::Instant::now();
                hidden(&text);
                assert!(started.elapsed().as_secs() < 60, "{start}{part}");
            }
        }
    }
}
