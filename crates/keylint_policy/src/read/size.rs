//! How long a policy is, as AWS counts it against its limits.

use keylint_model::{Data, NeedsSplit, Part, Value, World};

use crate::document::Size;

/// The length of JSON text. A hole counts nothing: the document is at least this long.
pub(super) fn of_text(parts: &[Part]) -> Size {
    let mut size = Size::default();
    let (mut quoted, mut escaped) = (false, false);
    for part in parts {
        let Part::Known(text) = part else { continue };
        for character in text.chars() {
            size.written += 1;
            if quoted || !character.is_ascii_whitespace() {
                size.bare += 1;
            }
            match character {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                _ => {}
            }
        }
    }
    size
}

/// The length of the JSON without white space that a value becomes.
pub(super) fn of_value(value: &Value, world: &World) -> Result<Size, NeedsSplit> {
    let length = length(value, world)?;
    Ok(Size { bare: length, written: length })
}

fn length(value: &Value, world: &World) -> Result<usize, NeedsSplit> {
    let value = value.resolve(world)?;
    Ok(match &value.data {
        Data::Null => "null".len(),
        Data::Map(map) => {
            let mut total = 2 + map.entries.len().saturating_sub(1);
            for (key, entry) in &map.entries {
                total += quoted(key) + 1 + length(&entry.value, world)?;
            }
            total
        }
        Data::List(list) => {
            let (mut total, mut count) = (2, 0usize);
            for element in &list.elements {
                if list.gaps && element.resolve(world)?.is_null() {
                    continue;
                }
                total += length(element, world)?;
                count += 1;
            }
            total + count.saturating_sub(1)
        }
        Data::Unknown(_) | Data::Choice(_) => 0,
        Data::Bool(_) | Data::Number(_) => known(&value.parts().unwrap_or_default()),
        // Text inside of a policy is text, whatever it encodes.
        Data::Json(inner) => 2 + length(inner, world)?,
        Data::String(text) => quoted(text),
        Data::Partial(parts) => 2 + known(parts),
    })
}

/// The characters of the known parts of a scalar, escapes included.
fn known(parts: &[Part]) -> usize {
    let texts = parts.iter().filter_map(|part| match part {
        Part::Known(text) => Some(quoted(text) - 2),
        Part::Hole(..) => None,
    });
    texts.sum()
}

/// The length of a string in JSON, quotes included.
fn quoted(text: &str) -> usize {
    // Most texts have nothing but plain characters, which is seen of many bytes at once.
    let is_plain = |byte: u8| (0x20..0x80).contains(&byte) && byte != b'"' && byte != b'\\';
    let plain = text.bytes().map(|byte| usize::from(is_plain(byte))).sum::<usize>();
    if plain == text.len() {
        return 2 + plain;
    }
    let escaped = text.bytes().map(|byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..0x20 => 6,
        // A character is counted at its first byte.
        0x80..0xC0 => 0,
        _ => 1,
    });
    2 + escaped.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{document, value};

    #[test]
    fn white_space_counts_only_inside_of_strings_and_where_the_text_is_kept() {
        let text = "{ \"Statement\" : [ {\"Sid\": \"a b\\\" c\",\n\t\"Effect\": \"Allow\"} ] }";
        let compact = "{\"Statement\":[{\"Sid\":\"a b\\\" c\",\"Effect\":\"Allow\"}]}";
        let document = document(text);
        assert_eq!(document.size, Size { bare: compact.len(), written: text.len() });
        let decoded = crate::decoded_json(&value(text)).unwrap();
        assert_eq!(of_value(&decoded, &World::open()).unwrap().bare, compact.len());
    }

    #[test]
    fn holes_count_nothing() {
        let document = document(r#"{"Statement":[{"Sid":"«var.x»"}]}"#);
        assert_eq!(document.size.bare, r#"{"Statement":[{"Sid":""}]}"#.len());
    }
}
