//! Edits of a list or mapping as it is written: in JSON, HCL, YAML, and in a string that holds one.
//!
//! What a policy's elements came from is known as ranges of bytes only, and the same ranges are written
//! in several languages: JSON in a heredoc, tuples of HCL, the flow and block style of YAML. Rather than
//! parse again, the edit looks at the text around the range. It answers with nothing wherever what it
//! finds there is not what it expects: an element of another list, an expression, a comment in between.

mod literal;
mod scan;

use std::ops::Range;

use keylint_source::Span;

use scan::{First, Item, Quote, items};

/// An element of a list that is to be taken away: a string, a number, a mapping, a block of HCL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Where the list is written. Blocks stand in none: any range in their file.
    pub list: Span,
    /// Where the element is written, without quotes.
    pub item: Span,
    /// Where the element is written that makes it superfluous, without quotes: it must stand in the same
    /// list, not in an expression that may give something else elsewhere.
    pub kept: Span,
}

/// A name with a string that is to be put in front of the others of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// Where the mapping starts.
    pub map: Span,
    /// The name.
    pub name: &'static str,
    /// The string.
    pub value: &'static str,
}

impl Removal {
    /// What to delete of the text of the file: the element with its comma or dash, and its line where
    /// it has one of its own. Comments stay. `None` where the text is not a list that the element
    /// stands in, and where an element of several parts has an expression or a comment in it.
    pub fn edit(&self, text: &str) -> Option<Span> {
        let file = self.list.file;
        if self.item.file != file || self.kept.file != file || self.kept == self.item {
            return None;
        }
        let (list, item, kept) = (self.list.range(), self.item.range(), self.kept.range());
        let has_parts = is_composed(text.get(item.clone())?);
        if has_parts && !(literal::is_bare(text, &item) && literal::is_literal(text, &kept)) {
            return None;
        }
        let is_inside = self.list.contains(self.item) && self.list.contains(self.kept);
        let range = match text.as_bytes().get(list.start)? {
            _ if has_parts && literal::is_block(text, &item) => of_body(text, &item, &kept),
            _ if !is_inside => None,
            b'[' => of_brackets(text, list, &item, &kept),
            b'-' => of_block(text, list, &item, &kept),
            _ => None,
        }?;
        Some(Span::new(file, range.start, range.end))
    }
}

impl Insertion {
    /// Where to put what in the text of the file.
    pub fn edit(&self, text: &str) -> Option<(Span, String)> {
        let range = self.map.range();
        let written = text.get(range.start..)?;
        let Insertion { name, value, .. } = self;
        let (at, new) = if let Some(inner) = written.strip_prefix('{') {
            let gap = white(inner);
            let (space, first) = inner.split_at_checked(gap)?;
            let separator = if gap == 0 { " " } else { space };
            let new = match scan::first(first)? {
                First::Member(escape) => {
                    format!("{escape}\"{name}{escape}\": {escape}\"{value}{escape}\",{separator}")
                }
                First::Attribute if separator.contains('\n') => format!("{name} = \"{value}\"{separator}"),
                First::Attribute => format!("{name} = \"{value}\",{separator}"),
                First::Entry => format!("{name}: \"{value}\",{separator}"),
            };
            (range.start + 1 + gap, new)
        } else if let First::Entry | First::Member("") = scan::first(written)? {
            let column = range.start - line_start(text, range.start);
            (range.start, format!("{name}: \"{value}\"\n{}", " ".repeat(column)))
        } else {
            return None;
        };
        Some((Span::new(self.map.file, at, at), new))
    }
}

/// In a list in brackets: the element with a comma. Which one depends on the side on which the element stands
/// that stays, so that edits of several elements do not meet: the comma on that side. A list that ends with a
/// comma has one after each element.
fn of_brackets(
    text: &str,
    list: Range<usize>,
    item: &Range<usize>,
    kept: &Range<usize>,
) -> Option<Range<usize>> {
    let items = items(text, list)?;
    let is = |place: &Range<usize>, wanted: &Range<usize>| Quote::around(text, place, wanted).is_some();
    let index = items.iter().position(|found| is(&found.place, item))?;
    let kept = items.iter().position(|found| is(&found.place, kept))?;
    let found = items.get(index)?;
    let own = found.place.clone();
    if let Some(comma) = found.comma {
        return with_comma(text, &items, index, kept, comma);
    }
    let before = items.get(index.checked_sub(1)?)?;
    let comma = before.comma?;
    if is_white(text, comma + 1..own.start) {
        return Some(comma..own.end);
    }
    // Behind the comma is a comment, so that this is a language that takes a last comma.
    let is_line = is_blank(text, line_start(text, own.start)..own.start);
    let next = newline_at(text, skip_spaces(text, own.end));
    Some(match next.filter(|_| is_line) {
        Some(next) => line_start(text, own.start)..next,
        None => own,
    })
}

/// The same for an element with a comma after it; `kept` is the place of the one that stays.
fn with_comma(text: &str, items: &[Item], index: usize, kept: usize, comma: usize) -> Option<Range<usize>> {
    let own = items.get(index)?.place.clone();
    if !is_white(text, own.end..comma) {
        return None;
    }
    let is_line = is_blank(text, line_start(text, own.start)..own.start);
    let end = skip_spaces(text, comma + 1);
    let next = items.get(index + 1).map(|next| next.place.start);
    let next = next.filter(|next| is_white(text, comma + 1..*next));
    let before = index.checked_sub(1).and_then(|before| items.get(before));
    let lead = before.and_then(|before| before.comma).filter(|it| is_white(text, it + 1..own.start));
    let ends_bare = items.last().is_some_and(|last| last.comma.is_none());
    let leads = ends_bare && kept < index && next.is_some() || !is_line && kept + 1 == index;
    Some(match (lead.filter(|_| leads), newline_at(text, end), next) {
        (Some(lead), _, _) => lead..own.end,
        (None, Some(line), _) if is_line => line_start(text, own.start)..line,
        // The last of its line: the next one takes its place.
        (None, Some(_), Some(next)) if index > 0 => own.start..next,
        (None, Some(_), _) => own.start..comma + 1,
        // Its comment stays, or what follows on the line.
        (None, None, _) => own.start..end,
    })
}

/// In the block style of YAML: the line of the element, or all of it but a comment.
fn of_block(
    text: &str,
    list: Range<usize>,
    item: &Range<usize>,
    kept: &Range<usize>,
) -> Option<Range<usize>> {
    let column = list.start - line_start(text, list.start);
    // Where the dash stands, and where the scalar or mapping ends.
    let entry = |wanted: &Range<usize>| {
        let start = line_start(text, wanted.start);
        let dash = start + column;
        let is_first = dash == list.start;
        let lead = text.get(start..dash)?;
        let between = text.get(dash..wanted.start)?.strip_prefix('-')?;
        let quote = between.trim_start_matches(' ');
        if (!is_first && !lead.bytes().all(|byte| byte == b' ')) || quote.len() == between.len() {
            return None;
        }
        let end = match quote {
            "" => wanted.end,
            "\"" | "'" => wanted.end + text.get(wanted.end..)?.starts_with(quote).then_some(1)?,
            _ => return None,
        };
        let after = skip_spaces(text, end);
        let is_end = newline_at(text, after).is_some() || after > end && text.get(after..)?.starts_with('#');
        is_end.then_some((start, dash, after))
    };
    entry(kept)?;
    let (start, dash, after) = entry(item)?;
    if !is_blank(text, start..dash) {
        return None;
    }
    Some(match newline_at(text, after) {
        Some(next) => start..next,
        None => dash..after,
    })
}

/// In the body of a block of HCL: the lines of a block.
fn of_body(text: &str, item: &Range<usize>, kept: &Range<usize>) -> Option<Range<usize>> {
    let between = item.end.min(kept.end)..item.start.max(kept.start);
    if !literal::is_block(text, kept) || !literal::is_one_body(text, between) {
        return None;
    }
    let start = line_start(text, item.start);
    let next = newline_at(text, skip_spaces(text, item.end))?;
    is_blank(text, start..item.start).then_some(start..next)
}

/// Whether an element is a mapping or block rather than a string or number.
fn is_composed(element: &str) -> bool {
    element.starts_with('{') || element.contains('\n')
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

/// The start of the next line, where the line ends here; also the end of the text.
fn newline_at(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let ending = ["\r\n", "\n"].into_iter().find(|ending| rest.starts_with(ending));
    ending.map(|ending| at + ending.len()).or_else(|| rest.is_empty().then_some(at))
}

fn skip_spaces(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.len() - rest.trim_start_matches([' ', '\t']).len()
}

fn is_blank(text: &str, range: Range<usize>) -> bool {
    text.get(range).is_some_and(|between| between.chars().all(|found| found == ' ' || found == '\t'))
}

/// Whether there is nothing but white space, which in an escaped string may be written `\n`.
fn is_white(text: &str, range: Range<usize>) -> bool {
    text.get(range).is_some_and(|between| white(between) == between.len())
}

/// How long the white space is that a text starts with.
fn white(text: &str) -> usize {
    let mut rest = text;
    loop {
        let short = rest.trim_start();
        let escaped = ["\\n", "\\t", "\\r"].into_iter().find_map(|escape| short.strip_prefix(escape));
        match escaped {
            Some(after) => rest = after,
            None => return text.len() - short.len(),
        }
    }
}

#[cfg(test)]
mod tests;
