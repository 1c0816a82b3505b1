//! `file:` URIs and paths.
//!
//! Source: RFC 8089 (the file URI scheme) and RFC 3986 (percent encoding); editors write a Windows
//! path as `file:///c%3A/dir`.

use std::path::{Path, PathBuf};

use lsp_types::Uri;

/// The path that a `file:` URI names; `None` for other schemes and for what is not UTF-8.
pub(crate) fn to_path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    // An empty host and `localhost` both name this machine.
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return None;
    }
    let decoded = decode(path)?;
    let drive = decoded.trim_start_matches('/');
    let is_windows =
        drive.as_bytes().get(1) == Some(&b':') && drive.starts_with(|c: char| c.is_ascii_alphabetic());
    Some(PathBuf::from(if is_windows { drive } else { &decoded }))
}

/// The `file:` URI of an absolute path.
pub(crate) fn from_path(path: &Path) -> Uri {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut uri = String::from("file://");
    if !text.starts_with('/') {
        uri.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    Uri(uri)
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_the_way_there_and_back() {
        for path in ["/work/main.tf", "/a dir/é#?.tf", "/100%/x:y.json"] {
            assert_eq!(to_path(&from_path(Path::new(path))), Some(PathBuf::from(path)), "{path}");
        }
    }

    #[test]
    fn windows_paths_lose_the_slash_before_the_drive() {
        assert_eq!(
            to_path(&Uri("file:///c%3A/dir/main.tf".to_owned())),
            Some(PathBuf::from("c:/dir/main.tf"))
        );
        assert_eq!(from_path(Path::new("C:\\dir\\main.tf")).0, "file:///C%3A/dir/main.tf");
    }

    #[test]
    fn other_schemes_and_broken_encodings_name_no_path() {
        for uri in
            ["untitled:Untitled-1", "git:/main.tf", "file://server/share", "file:///a%2", "file:///a%ff"]
        {
            assert_eq!(to_path(&Uri(uri.to_owned())), None, "{uri}");
        }
    }
}
