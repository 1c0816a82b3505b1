//! A scanner of our own: it finds brackets, strings, heredocs and comments, and nothing more.
//!
//! hcl-edit stops at the first error and drops comments. What surrounds it (finding comments,
//! cutting a file into items, getting around what it does not accept) only needs to know where
//! brackets, strings and lines begin and end, also in text that does not parse. The scanner never
//! fails, never recurses, and always moves forward.
//!
//! The rules are those of HashiCorp's scanner (`hclsyntax/scan_tokens.rl`), which differ from
//! hcl-edit's in two places: a quoted string ends with its line, and a heredoc ends only at a
//! line that holds nothing but its marker.

use std::ops::Range;

/// The kinds of brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    /// `{`
    Brace,
    /// `[`
    Square,
    /// `(`
    Round,
    /// `${` and `%{`
    Template,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A line ending outside strings.
    Newline,
    /// A comment, without its line ending.
    Comment,
    /// `/*` without its end, which is no comment: what follows is read as if it were not there.
    CommentOpen,
    /// A name or number.
    Word,
    /// The opening quote of a string.
    StringOpen,
    /// The closing quote of a string.
    StringClose,
    /// The place where a line ends within a quoted string; the string is given up there.
    StringBroken,
    /// `<<NAME` with its line ending.
    HeredocOpen,
    /// The end marker of a heredoc.
    HeredocClose,
    /// A heredoc's end marker that is followed by something else on its line, so that it is
    /// ordinary text.
    FalseMarker,
    /// An opening bracket.
    Open(Bracket),
    /// A closing bracket.
    Close(Bracket),
    /// A closing bracket without an opening one.
    Stray,
    /// `=`
    Equals,
    /// `:`
    Colon,
    /// `,`
    Comma,
    /// Any other character or operator.
    Other,
}

/// A token and where it is in the scanned text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

/// What the scanner is inside of.
#[derive(Clone, Debug)]
enum Mode {
    Code(Bracket),
    Quoted,
    Heredoc {
        marker: Range<usize>,
        line_start: bool,
    },
    /// A template that is a whole text: never closed.
    Bare,
}

#[derive(Clone, Debug)]
struct Frame {
    mode: Mode,
    opener: Range<usize>,
}

/// How many unclosed brackets a closing one may close with its own. Bounded, because each stray
/// bracket looks at them again.
const MAX_SKIPPED: usize = 64;

/// The scanner.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    frames: Vec<Frame>,
    /// The first opening bracket that another kind of closing bracket closed.
    mismatch: Option<Range<usize>>,
}

impl<'t> Lexer<'t> {
    /// Scans the items of a body. Offsets are those of `text`.
    pub(super) fn new(text: &'t str, range: Range<usize>) -> Self {
        let end = range.end.min(text.len());
        Lexer { text, at: range.start, end, frames: Vec::new(), mismatch: None }
    }

    /// Scans a text that is a template as a whole.
    pub(super) fn template(text: &'t str) -> Self {
        let mut lexer = Lexer::new(text, 0..text.len());
        lexer.frames.push(Frame { mode: Mode::Bare, opener: 0..0 });
        lexer
    }

    /// How many brackets, strings and heredocs are open.
    pub(super) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// The innermost thing that is open.
    pub(super) fn open(&self) -> Option<Range<usize>> {
        self.frames.last().map(|frame| frame.opener.clone())
    }

    /// The innermost thing that was open at an offset and still is.
    pub(super) fn open_at(&self, offset: usize) -> Option<Range<usize>> {
        let count = self.frames.partition_point(|frame| frame.opener.end <= offset);
        self.frames.get(count.checked_sub(1)?).map(|frame| frame.opener.clone())
    }

    /// Whether a heredoc is the innermost thing that is open.
    pub(super) fn in_heredoc(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { mode: Mode::Heredoc { .. }, .. }))
    }

    /// The first opening bracket that was closed by a bracket of another kind.
    pub(super) fn mismatch(&self) -> Option<Range<usize>> {
        self.mismatch.clone()
    }

    /// Starts anew at an offset, with nothing open.
    pub(super) fn restart(&mut self, at: usize) {
        self.at = at;
        self.frames.clear();
        self.mismatch = None;
    }

    /// Forgets about a mismatch, at the start of a new item.
    pub(super) fn forget_mismatch(&mut self) {
        self.mismatch = None;
    }

    fn byte(&self, at: usize) -> Option<u8> {
        if at < self.end { self.text.as_bytes().get(at).copied() } else { None }
    }

    fn token(&mut self, kind: Kind, start: usize, end: usize) -> Option<Token> {
        self.at = end;
        Some(Token { kind, range: start..end })
    }

    fn push(&mut self, mode: Mode, kind: Kind, start: usize, end: usize) -> Option<Token> {
        self.frames.push(Frame { mode, opener: start..end });
        self.token(kind, start, end)
    }

    /// The end of the line that `at` is in, without its line ending.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.as_bytes().get(at..self.end).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let end = at + length;
        if length > 0 && self.byte(end - 1) == Some(b'\r') { end - 1 } else { end }
    }

    fn code(&mut self) -> Option<Token> {
        while matches!(self.byte(self.at), Some(b' ' | b'\t'))
            || (self.byte(self.at) == Some(b'\r') && self.byte(self.at + 1) != Some(b'\n'))
        {
            self.at += 1;
        }
        let start = self.at;
        let byte = self.byte(start)?;
        let next = self.byte(start + 1);
        match byte {
            b'\n' => self.token(Kind::Newline, start, start + 1),
            b'\r' => self.token(Kind::Newline, start, start + 2),
            b'#' => self.token(Kind::Comment, start, self.line_end(start)),
            b'/' if next == Some(b'/') => self.token(Kind::Comment, start, self.line_end(start)),
            b'/' if next == Some(b'*') => {
                let body = self.text.get(start + 2..self.end).unwrap_or_default();
                match body.find("*/") {
                    Some(length) => self.token(Kind::Comment, start, start + length + 4),
                    None => self.token(Kind::CommentOpen, start, start + 2),
                }
            }
            b'"' => self.push(Mode::Quoted, Kind::StringOpen, start, start + 1),
            b'{' => self.open_bracket(Bracket::Brace, start, start + 1),
            b'[' => self.open_bracket(Bracket::Square, start, start + 1),
            b'(' => self.open_bracket(Bracket::Round, start, start + 1),
            b'}' | b']' | b')' => self.close(byte, start, start + 1),
            b'~' if next == Some(b'}') && self.in_template() => self.close(b'}', start, start + 2),
            b'<' if next == Some(b'<') => self.heredoc_open(start),
            b'=' if matches!(next, Some(b'=' | b'>')) => self.token(Kind::Other, start, start + 2),
            b'!' | b'<' | b'>' if next == Some(b'=') => self.token(Kind::Other, start, start + 2),
            b':' if next == Some(b':') => self.token(Kind::Other, start, start + 2),
            b'=' => self.token(Kind::Equals, start, start + 1),
            b':' => self.token(Kind::Colon, start, start + 1),
            b',' => self.token(Kind::Comma, start, start + 1),
            _ if is_word(byte) => {
                let mut end = start + 1;
                while self.byte(end).is_some_and(|byte| is_word(byte) || byte == b'-') {
                    end += 1;
                }
                self.token(Kind::Word, start, end)
            }
            _ => self.token(Kind::Other, start, start + 1),
        }
    }

    fn in_template(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { mode: Mode::Code(Bracket::Template), .. }))
    }

    fn open_bracket(&mut self, bracket: Bracket, start: usize, end: usize) -> Option<Token> {
        self.push(Mode::Code(bracket), Kind::Open(bracket), start, end)
    }

    /// Closes the nearest bracket that fits. A `}` closes whatever brackets are still open within
    /// its braces; a `)` or `]` never reaches out of the braces it is in.
    fn close(&mut self, byte: u8, start: usize, end: usize) -> Option<Token> {
        let mut found = None;
        for (index, frame) in self.frames.iter().enumerate().rev().take(MAX_SKIPPED) {
            let Mode::Code(bracket) = frame.mode else { break };
            let fits = match bracket {
                Bracket::Brace | Bracket::Template => byte == b'}',
                Bracket::Square => byte == b']',
                Bracket::Round => byte == b')',
            };
            if fits {
                found = Some((index, bracket));
                break;
            }
            if matches!(bracket, Bracket::Brace | Bracket::Template) {
                break;
            }
        }
        let Some((index, bracket)) = found else { return self.token(Kind::Stray, start, end) };
        if index + 1 < self.frames.len() && self.mismatch.is_none() {
            self.mismatch = self.open();
        }
        self.frames.truncate(index);
        self.token(Kind::Close(bracket), start, end)
    }

    fn heredoc_open(&mut self, start: usize) -> Option<Token> {
        let dash = usize::from(self.byte(start + 2) == Some(b'-'));
        let name = start + 2 + dash;
        let mut end = name;
        while self.byte(end).is_some_and(|byte| is_word(byte) || (byte == b'-' && end > name)) {
            end += 1;
        }
        let line_ending = match (self.byte(end), self.byte(end + 1)) {
            (Some(b'\n'), _) => 1,
            (Some(b'\r'), Some(b'\n')) => 2,
            _ => 0,
        };
        if end == name || line_ending == 0 || self.byte(name).is_some_and(|byte| byte.is_ascii_digit()) {
            return self.token(Kind::Other, start, start + 2);
        }
        let mode = Mode::Heredoc { marker: name..end, line_start: true };
        self.push(mode, Kind::HeredocOpen, start, end + line_ending)
    }

    fn quoted(&mut self) -> Option<Token> {
        let mut at = self.at;
        loop {
            match self.byte(at) {
                None => {
                    self.at = at;
                    return None;
                }
                Some(b'"') => {
                    self.frames.pop();
                    return self.token(Kind::StringClose, at, at + 1);
                }
                Some(b'\n') => {
                    let opener = self.open().unwrap_or(at..at);
                    self.frames.pop();
                    self.close_on_line(opener.start);
                    self.at = at;
                    return Some(Token { kind: Kind::StringBroken, range: opener });
                }
                Some(b'\\') if self.byte(at + 1) != Some(b'\n') => at += 2,
                Some(b'$' | b'%') => match self.marker(at) {
                    Marker::Escaped => at += 3,
                    Marker::Open => return self.open_bracket(Bracket::Template, at, at + 2),
                    Marker::None => at += 1,
                },
                Some(_) => at += 1,
            }
        }
    }

    /// Closes the innermost brackets other than braces that were opened earlier on the line of
    /// `at`: what should close them is taken to be in the string that did not end.
    fn close_on_line(&mut self, at: usize) {
        let before = self.text.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let closes = |frame: &mut Frame| {
            matches!(frame.mode, Mode::Code(Bracket::Square | Bracket::Round))
                && frame.opener.start >= line_start
        };
        while self.frames.pop_if(closes).is_some() {}
    }

    fn marker(&self, at: usize) -> Marker {
        let first = self.byte(at);
        match (self.byte(at + 1), self.byte(at + 2)) {
            (Some(b'{'), _) => Marker::Open,
            (second, Some(b'{')) if second == first => Marker::Escaped,
            _ => Marker::None,
        }
    }

    /// Text in a heredoc or bare template, up to the next thing of interest.
    fn lines(&mut self) -> Option<Token> {
        loop {
            if let Some(token) = self.heredoc_line_start() {
                return Some(token);
            }
            let mut at = self.at;
            loop {
                match self.byte(at) {
                    None => {
                        self.at = at;
                        return None;
                    }
                    Some(b'\n') => {
                        at += 1;
                        break;
                    }
                    Some(b'$' | b'%') => match self.marker(at) {
                        Marker::Escaped => at += 3,
                        Marker::Open => return self.open_bracket(Bracket::Template, at, at + 2),
                        Marker::None => at += 1,
                    },
                    Some(_) => at += 1,
                }
            }
            self.at = at;
            if let Some(Frame { mode: Mode::Heredoc { line_start, .. }, .. }) = self.frames.last_mut() {
                *line_start = true;
            }
        }
    }

    fn heredoc_line_start(&mut self) -> Option<Token> {
        let (text, end, at) = (self.text, self.end, self.at);
        let Some(Frame { mode: Mode::Heredoc { marker, line_start }, .. }) = self.frames.last_mut() else {
            return None;
        };
        if !std::mem::take(line_start) {
            return None;
        }
        let rest = text.get(at..end).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let marker = text.get(marker.clone()).unwrap_or_default();
        let content = line.trim_start();
        let start = at + (line.len() - content.len());
        let after = content.strip_prefix(marker)?;
        if after.trim_end().is_empty() {
            self.frames.pop();
            return self.token(Kind::HeredocClose, start, start + marker.len());
        }
        let continues = after.bytes().next().is_some_and(|byte| is_word(byte) || byte == b'-');
        if continues {
            return None;
        }
        self.token(Kind::FalseMarker, start, start + marker.len())
    }
}

enum Marker {
    None,
    Escaped,
    Open,
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        match self.frames.last() {
            None | Some(Frame { mode: Mode::Code(_), .. }) => self.code(),
            Some(Frame { mode: Mode::Quoted, .. }) => self.quoted(),
            Some(Frame { mode: Mode::Heredoc { .. } | Mode::Bare, .. }) => self.lines(),
        }
    }
}

/// Whether a byte can be part of a name or number. Every byte beyond ASCII counts: which letters
/// names may have is the parser's concern.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
