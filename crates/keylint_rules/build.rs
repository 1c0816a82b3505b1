//! Lists the rule pages and kind files, and reads the few lines of each that say whether it is
//! needed at all: a run then parses only the pages and kinds that it uses.
//!
//! What is read here is read again by the real parsers, and a test compares the two.

#![expect(clippy::disallowed_methods, reason = "a build script reads files and is told where they are")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let rules = Path::new(&manifest).join("../../rules");
    let (mut pages, mut kinds) = (Vec::new(), Vec::new());
    if rules.is_dir() {
        walk(&rules, &mut pages, &mut kinds)?;
    } else {
        println!("cargo::rerun-if-changed=../../rules");
    }
    pages.sort();
    kinds.sort();
    let mut code = String::from("static PAGES: &[EmbeddedPage] = &[\n");
    for path in &pages {
        write_page(&mut code, &rules, path)?;
    }
    code.push_str("];\nstatic KINDS: &[EmbeddedKind] = &[\n");
    for path in &kinds {
        write_kind(&mut code, &rules, path)?;
    }
    code.push_str("];\n");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("embedded.rs"), code)
}

fn walk(folder: &Path, pages: &mut Vec<PathBuf>, kinds: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, pages, kinds)?;
            continue;
        }
        let in_kinds = folder.file_name().is_some_and(|name| name == "kinds");
        let is_page = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
            name.ends_with(".md")
                && name.starts_with(|first: char| first.is_ascii_uppercase())
                && name.contains('-')
        });
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("md") if is_page => pages.push(path),
            Some("yaml") if in_kinds => kinds.push(path),
            _ => {}
        }
    }
    Ok(())
}

fn write_page(code: &mut String, rules: &Path, path: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", path.display());
    let text = fs::read_to_string(path)?;
    let front = text.split("\n---").next().unwrap_or("");
    let one = |key: &str| values(front, key).into_iter().next().unwrap_or_default();
    let severity = match one("severity") {
        map if map.starts_with('{') => flow_member(&map, "default"),
        plain if plain.is_empty() => nested(front, "severity", "default"),
        plain => plain,
    };
    let confidence = match one("confidence") {
        map if map.starts_with('{') => flow_member(&map, "default"),
        plain => plain,
    };
    let default = one("default");
    let enabled = default != "off" && default != "false";
    let shown = path.strip_prefix(rules).unwrap_or(path);
    writeln!(
        code,
        "EmbeddedPage {{ path: {:?}, id: {:?}, name: {:?}, severity: {severity:?}, confidence: {confidence:?}, enabled: {enabled}, on: &{:?}, check: {:?}, text: include_str!({:?}) }},",
        shown.display().to_string().replace('\\', "/"),
        one("id"),
        one("name"),
        values(front, "on"),
        one("check"),
        path.display().to_string(),
    )
    .map_err(io::Error::other)
}

fn write_kind(code: &mut String, rules: &Path, path: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", path.display());
    let text = fs::read_to_string(path)?;
    let name = values(&text, "kind").into_iter().next().unwrap_or_default();
    let mut types = values(&text, "terraform");
    types.extend(values(&text, "cloudformation"));
    writeln!(
        code,
        "EmbeddedKind {{ path: {:?}, name: {name:?}, types: &{types:?}, text: include_str!({:?}) }},",
        path.strip_prefix(rules).unwrap_or(path).display().to_string().replace('\\', "/"),
        path.display().to_string(),
    )
    .map_err(io::Error::other)
}

/// The strings of a top-level key: a scalar, a list in brackets, or a list of lines.
fn values(text: &str, key: &str) -> Vec<String> {
    let mut lines = text.lines();
    let Some(value) = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(':')) else {
        return Vec::new();
    };
    let value = bare(value);
    if let Some(inner) = value.strip_prefix('[') {
        let inner = inner.trim_end_matches(']');
        return inner.split(',').map(bare).filter(|word| !word.is_empty()).collect();
    }
    if !value.is_empty() {
        return vec![value];
    }
    let items = lines.map_while(|line| line.trim_start().strip_prefix("- "));
    items.map(bare).collect()
}

fn nested(text: &str, key: &str, inner: &str) -> String {
    let lines = text.lines().skip_while(|line| !line.starts_with(key)).skip(1);
    let mut members = lines.take_while(|line| line.starts_with(' '));
    members
        .find_map(|line| Some(bare(line.trim_start().strip_prefix(inner)?.strip_prefix(':')?)))
        .unwrap_or_default()
}

fn flow_member(map: &str, key: &str) -> String {
    let inner = map.trim_matches(['{', '}']);
    let mut members = inner.split(',').filter_map(|member| member.split_once(':'));
    members.find(|(name, _)| name.trim() == key).map(|(_, value)| bare(value)).unwrap_or_default()
}

/// A plain scalar without blanks, quotes and comment.
fn bare(text: &str) -> String {
    let text = text.split(" #").next().unwrap_or("").trim();
    text.trim_matches(['"', '\'']).to_owned()
}
