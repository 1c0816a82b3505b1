//! A table of text that fits the terminal: cells are broken into lines.
//!
//! What a condition names is to be copied and searched for, so its words stay whole, except for ARNs; where
//! they need more room than there is, the table is wider.

/// Rows of four cells under a head.
pub(super) struct Table {
    head: [&'static str; 4],
    rows: Vec<[String; 4]>,
}

/// What stands between columns.
const GAP: &str = "  ";

/// How long a word may be to stay whole: longer than any condition key but for the key of a tag.
const LONGEST_WHOLE: usize = 72;

/// How narrow a column may get.
const NARROW: usize = 14;

impl Table {
    pub(super) fn new(head: [&'static str; 4]) -> Self {
        Table { head, rows: Vec::new() }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: [String; 4]) {
        self.rows.push(cells);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table in lines of a width. A column that is empty throughout is left out.
    pub(super) fn text(&self, width: usize) -> String {
        let all = || std::iter::once(self.head.map(str::to_owned)).chain(self.rows.iter().cloned());
        let natural: Vec<usize> = (0..4)
            .map(|column| {
                let is_used =
                    self.rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.is_empty()));
                let longest = all().filter_map(|row| Some(row.get(column)?.chars().count())).max();
                if is_used { longest.unwrap_or(0) } else { 0 }
            })
            .collect();
        let used = natural.iter().filter(|width| **width > 0).count();
        let conditions = self.rows.iter().filter_map(|row| row.last());
        let least =
            [NARROW, NARROW, NARROW, conditions.map(|cell| longest_whole(cell)).fold(NARROW, usize::max)];
        let widths = fitted(&natural, least, width.saturating_sub(GAP.len() * used.saturating_sub(1)));
        let mut out = String::new();
        let rule = self.head.map(|title| "-".repeat(title.chars().count()));
        let head = std::iter::once(self.head.map(str::to_owned)).chain(std::iter::once(rule));
        for row in head.chain(self.rows.iter().cloned()) {
            let cells = row.iter().zip(&widths).filter(|(_, width)| **width > 0);
            let cells: Vec<(Vec<String>, usize)> =
                cells.map(|(cell, width)| (broken(cell, *width), *width)).collect();
            let height = cells.iter().map(|(lines, _)| lines.len()).max().unwrap_or(0).max(1);
            for line in 0..height {
                let parts: Vec<String> = cells
                    .iter()
                    .map(|(lines, width)| format!("{:<width$}", lines.get(line).map_or("", String::as_str)))
                    .collect();
                out.push_str(parts.join(GAP).trim_end());
                out.push('\n');
            }
        }
        out
    }
}

/// The widths of columns within a total: what is narrower than its share leaves the rest to others. None gets
/// narrower than its least width.
fn fitted(natural: &[usize], least: [usize; 4], total: usize) -> Vec<usize> {
    let mut widths = natural.to_vec();
    while widths.iter().sum::<usize>() > total {
        // The widest column gives way.
        let wide = widths.iter_mut().zip(least).enumerate().filter(|(_, (width, least))| **width > *least);
        let Some((_, (width, _))) = wide.max_by_key(|(place, (width, _))| (**width, 4 - *place)) else {
            break;
        };
        *width -= 1;
    }
    widths
}

/// How long the longest word of a cell is that is not broken.
fn longest_whole(cell: &str) -> usize {
    let words = cell.split([' ', '\n']).filter(|word| !word.starts_with("arn:"));
    words.map(|word| word.chars().count()).filter(|length| *length <= LONGEST_WHOLE).max().unwrap_or(0)
}

/// A text in lines: broken at spaces, and where a word is too long for a line behind a colon, a
/// slash, a dot or a comma, or anywhere.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let mut word = word;
            let needed = word.chars().count() + usize::from(!line.is_empty());
            if !line.is_empty() && line.chars().count() + needed > width {
                lines.push(std::mem::take(&mut line));
            }
            while word.chars().count() > width {
                let (head, tail) = word.split_at(break_in(word, width));
                if head.is_empty() {
                    break;
                }
                lines.push(head.to_owned());
                word = tail;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// Where to break a word: the byte behind the last separator within the width, or at the width.
fn break_in(word: &str, width: usize) -> usize {
    let fitting = word.char_indices().take(width).map(|(at, c)| (at + c.len_utf8(), c));
    let mut last = word.len();
    let mut separator = None;
    for (end, character) in fitting {
        last = end;
        if matches!(character, ':' | '/' | ',' | '.') {
            separator = Some(end);
        }
    }
    separator.filter(|end| *end * 3 > last).unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_broken_to_fit() {
        let mut table = Table::new(["Service", "Access", "Resource", "Condition"]);
        let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/database-??????";
        table.row(["secretsmanager".into(), "Limited: Read".into(), arn.into(), String::new()]);
        table.row(["secretsmanager".into(), "Full access".into(), "any".into(), String::new()]);
        let text = table.text(60);
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        assert!(!text.contains("Condition"), "{text}");
        let joined: String =
            text.lines().skip(2).filter_map(|line| line.split("  ").last()).map(str::trim).collect();
        assert!(joined.starts_with(arn), "{joined}");
    }

    #[test]
    fn the_words_of_conditions_stay_whole() {
        let mut table = Table::new(["Service", "Access", "Resource", "Condition"]);
        let arn = "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-0123456789abcdef0";
        let key = "elasticfilesystem:AccessedViaMountTarget";
        let condition = format!("{key} is true and aws:SourceArn is like {arn}");
        table.row(["elasticfilesystem".into(), "Full: Write".into(), arn.into(), condition]);
        for width in [60, 80, 100] {
            let text = table.text(width);
            assert!(text.contains(key) && text.contains("aws:SourceArn"), "{text}");
        }
        let text = table.text(100);
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
}
