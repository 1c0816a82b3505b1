//! Text for people: severities in colour, Markdown pages laid out for the terminal.

use keylint_rules::Severity;

const RESET: &str = "\x1b[0m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const CYAN: &str = "\x1b[36m";

/// The name of a severity in its colour.
pub(crate) fn severity(severity: Severity, color: bool) -> String {
    let code = match severity {
        Severity::Critical => "\x1b[1;31m",
        Severity::High => "\x1b[31m",
        Severity::Medium => "\x1b[33m",
        Severity::Low => "\x1b[36m",
        Severity::Info => "\x1b[34m",
    };
    styled(severity.name(), code, color)
}

/// A title.
pub(crate) fn bold(text: &str, color: bool) -> String {
    styled(text, BOLD, color)
}

fn styled(text: &str, code: &str, color: bool) -> String {
    if color { format!("{code}{text}{RESET}") } else { text.to_owned() }
}

/// A Markdown page: paragraphs wrapped, headings and code set apart.
///
/// Pages use headings, paragraphs, lists, code and links; whatever else there is passes as it is.
pub(crate) fn markdown(page: &str, width: usize, color: bool) -> String {
    let mut out = String::new();
    let mut paragraph = String::new();
    let mut fence: Option<&str> = None;
    for line in page.lines() {
        let trimmed = line.trim_end();
        if let Some(open) = fence {
            if trimmed == open {
                fence = None;
            } else {
                out.push_str(&styled(&format!("    {trimmed}"), DIM, color && !trimmed.is_empty()));
                out.push('\n');
            }
            continue;
        }
        let ticks = trimmed.len() - trimmed.trim_start_matches('`').len();
        let is_item = trimmed.starts_with("- ") || trimmed.starts_with("* ");
        if ticks >= 3 {
            flush(&mut paragraph, &mut out, width, color);
            fence = trimmed.get(..ticks);
        } else if let Some(heading) = heading(trimmed) {
            flush(&mut paragraph, &mut out, width, color);
            out.push_str(&styled(heading, BOLD, color));
            out.push('\n');
        } else if trimmed.is_empty() {
            flush(&mut paragraph, &mut out, width, color);
            out.push('\n');
        } else {
            if is_item {
                flush(&mut paragraph, &mut out, width, color);
            } else if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(trimmed.trim_start());
        }
    }
    flush(&mut paragraph, &mut out, width, color);
    out
}

fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    (text.len() < line.len()).then(|| text.strip_prefix(' ')).flatten()
}

/// Writes a paragraph in lines of the width; an item of a list hangs under its dash.
fn flush(paragraph: &mut String, out: &mut String, width: usize, color: bool) {
    let indent = if paragraph.starts_with("- ") || paragraph.starts_with("* ") { "  " } else { "" };
    let mut lines = String::new();
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            lines.push('\n');
            lines.push_str(indent);
            column = indent.len();
        } else if column > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    if column > 0 {
        lines.push('\n');
    }
    out.push_str(&if color { code_in_color(&lines) } else { lines });
    paragraph.clear();
}

/// What stands between backticks in colour, without the backticks. A last backtick without a
/// partner stays.
fn code_in_color(text: &str) -> String {
    let mut parts = text.split('`');
    let mut out = parts.next().unwrap_or("").to_owned();
    while let Some(code) = parts.next() {
        match parts.next() {
            Some(after) => {
                out.push_str(&styled(code, CYAN, true));
                out.push_str(after);
            }
            None => {
                out.push('`');
                out.push_str(code);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_wrapped_and_code_is_left_alone() {
        let page = "## Why\n\nOne two `three` four\nfive.\n\n- an item that is long\n\n```hcl\na    = 1 # a long line that stays\n```\n";
        let expected = "Why\n\nOne two `three`\nfour five.\n\n- an item that\n  is long\n\n    a    = 1 # a long line that stays\n";
        assert_eq!(markdown(page, 16, false), expected);
        let colored = markdown("see `a b`", 80, true);
        assert_eq!(colored, "see \x1b[36ma b\x1b[0m\n");
    }
}
