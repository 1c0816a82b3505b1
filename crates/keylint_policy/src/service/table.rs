//! Tables of the data files, and the order of names that ignores case.

use std::cmp::Ordering;

/// The lines of a table, split into fields; lines that start with `#` are remarks.
pub(crate) fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

/// The first line of a small table whose first field is a name.
pub(super) fn find_row(text: &'static str, name: &str) -> Option<Vec<&'static str>> {
    let is_named = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('\t'));
    Some(text.lines().find(is_named)?.split('\t').collect())
}

/// The order in which names are stored: by their bytes in lower case.
pub(super) fn order(one: &str, other: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    one.bytes().map(lower).cmp(other.bytes().map(lower))
}

/// The item of a sorted list that has a name.
pub(super) fn find<'l, T>(list: &'l [T], name: &str, name_of: impl Fn(&T) -> &str) -> Option<&'l T> {
    let found = list.binary_search_by(|item| order(name_of(item), name)).ok()?;
    list.get(found)
}

/// The items of a sorted list whose names start with a text, and perhaps others.
pub(super) fn starting<'l, T>(list: &'l [T], head: &str, name_of: impl Fn(&T) -> &str) -> &'l [T] {
    let cut = |item: &T| {
        let name = name_of(item);
        // Names are ASCII; any other is only compared as a whole.
        order(name.get(..head.len()).unwrap_or(name), head)
    };
    let start = list.partition_point(|item| cut(item) == Ordering::Less);
    let rest = list.get(start..).unwrap_or_default();
    let length = rest.partition_point(|item| cut(item) == Ordering::Equal);
    rest.get(..length).unwrap_or_default()
}

/// Unpacks a text that the data files hold. It stays until the program ends, because everything that
/// was looked up points into it; each is unpacked once.
///
/// Empty if the data is damaged, which a test rules out.
pub(super) fn unpack(packed: &[u8], length: usize) -> &'static str {
    let bytes = miniz_oxide::inflate::decompress_to_vec_with_limit(packed, length).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default().leak()
}
