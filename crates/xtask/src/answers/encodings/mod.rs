//! What the encodings are that Terraform's functions take, asked of Terraform.
//!
//! `cargo xtask record-terraform-encodings` takes the names of `encodings.txt` and writes three files:
//! [`narrow`] and [`wide`] what keylint_terraform reads and writes by, [`proof`] what it is held to.

mod narrow;
mod proof;
mod wide;

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::terraform::{Place, field, parse, run};

const NAMES: &str = "crates/keylint_terraform/src/functions/encodings.txt";

/// Terraform's answers to one plan are about this many, so that it takes a second or so.
const AT_ONCE: usize = 16_384;

/// Runs `record-terraform-encodings` with its arguments.
pub(crate) fn record(root: &Path, arguments: &[String]) -> Result<()> {
    let binary = match arguments {
        [] => "terraform",
        [binary] => binary,
        _ => bail!("usage: cargo xtask record-terraform-encodings [BINARY]"),
    };
    let terraform = Terraform { binary, place: Place::new("encodings")? };
    let version = parse(&run(binary, &terraform.place, &["version", "-json"])?)?;
    let version = field(&version, "terraform_version").as_str().context("no version")?.to_owned();
    let names = super::read(&root.join(NAMES))?;
    narrow::record(root, &terraform, &version, &names)?;
    let writing = proof::Writing::ask(&terraform)?;
    wide::record(root, &terraform, &version, &writing)?;
    proof::record(root, &terraform, &version, &writing)
}

/// The Terraform that is asked.
struct Terraform<'b> {
    binary: &'b str,
    place: Place,
}

impl Terraform<'_> {
    /// The value of an expression that is known before anything is made.
    fn value(&self, expression: &str) -> Result<Value> {
        self.place.write("main.tf", &format!("output \"all\" {{\n  value = {expression}\n}}\n"))?;
        run(self.binary, &self.place, &["plan", "-input=false", "-json", "-out=plan"])?;
        let mut plan = parse(&run(self.binary, &self.place, &["show", "-json", "plan"])?)?;
        let value = plan.pointer_mut("/planned_values/outputs/all/value").map(Value::take);
        value.context("Terraform rejects what is asked")
    }

    /// What each sequence of bytes reads as.
    fn read(&self, encoding: &str, sequences: &[Vec<u8>]) -> Result<Vec<Option<String>>> {
        let mut all = Vec::with_capacity(sequences.len());
        for some in sequences.chunks(AT_ONCE) {
            let letters: Vec<String> = some.iter().map(|bytes| BASE64.encode(bytes)).collect();
            let asked =
                format!("[for b in {} : try(textdecodebase64(b, \"{encoding}\"), null)]", json!(letters));
            all.extend(strings(&self.value(&asked)?, some.len())?);
        }
        Ok(all)
    }

    /// What each text is written as.
    fn written(&self, encoding: &str, texts: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let mut all = Vec::with_capacity(texts.len());
        for some in texts.chunks(AT_ONCE) {
            let literals: Vec<String> = some.iter().map(|text| literal(text)).collect();
            let asked = format!(
                "[for t in [{}] : try(textencodebase64(t, \"{encoding}\"), null)]",
                literals.join(",")
            );
            for letters in strings(&self.value(&asked)?, some.len())? {
                let decode = |letters| BASE64.decode(letters).map_err(|error| anyhow!("{error}"));
                all.push(letters.map(decode).transpose()?);
            }
        }
        Ok(all)
    }
}

/// A list of strings, in which some may be null.
fn strings(value: &Value, count: usize) -> Result<impl Iterator<Item = Option<String>>> {
    let list = value.as_array().context("no list")?;
    ensure!(list.len() == count, "{} answers", list.len());
    Ok(list.iter().map(|answer| answer.as_str().map(str::to_owned)))
}

/// A text as an expression that only says its characters.
fn literal(text: &str) -> String {
    let escaped = text.chars().map(|character| match character {
        // It begins an interpolation only before a brace, which is escaped.
        '$' | '%' => character.to_string(),
        _ => format!("\\U{:08x}", u32::from(character)),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
