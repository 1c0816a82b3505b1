//! The name that somebody probably meant.

/// The candidate that is most like `name`, if one is like it at all: case aside, no more than a
/// third of its characters differ.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // Nobody misspells a name of this length; the distance would only cost time.
    if name.len() > 64 {
        return None;
    }
    let wanted = name.to_ascii_lowercase();
    let length = wanted.chars().count();
    let limit = (length / 3).max(1);
    let distances = candidates.into_iter().filter_map(|candidate| {
        let lower = candidate.to_ascii_lowercase();
        let related =
            lower.len() > 3 && wanted.len() > 3 && (lower.starts_with(&wanted) || wanted.starts_with(&lower));
        if related {
            return Some((1, candidate));
        }
        // Each character more or less is one to insert or remove.
        let near = lower.chars().count().abs_diff(length) <= limit;
        near.then(|| (distance(&wanted, &lower), candidate))
    });
    distances.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

/// How many characters must be inserted, removed, replaced or exchanged with their neighbour to
/// turn one name into the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    let mut last = None;
    for (row, character) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&previous, column) + usize::from(character != *other);
            let mut best = replaced.min(at(&previous, column + 1) + 1).min(at(&current, column) + 1);
            let swapped = column.checked_sub(1).and_then(|column| right.get(column).copied());
            if swapped == Some(character) && last == Some(*other) && !before.is_empty() {
                best = best.min(at(&before, column.saturating_sub(1)) + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut previous, current);
        last = Some(character);
    }
    previous.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["kms_key", "name", "policy", "recovery_window"];
        let cases = [
            ("kms_kye", Some("kms_key")),
            ("KMS_KEY", Some("kms_key")),
            ("recovery_window_in_days", Some("recovery_window")),
            ("plicy", Some("policy")),
            ("tags", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(nearest(name, names), expected, "{name}");
        }
    }
}
