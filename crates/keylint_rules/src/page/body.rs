//! The body of a page: its sections, and the examples that are its tests.

use std::ops::Range;
use std::sync::Arc;

use keylint_policy::PolicyKind;

use super::policy_language;
use crate::reader::LoadError;

/// An example of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Whether the rule must report something in it.
    pub expectation: Expectation,
    /// What it is written in.
    pub language: Language,
    /// Whether a policy is taken as it stands alone: broken, or of no use that is known. Otherwise
    /// it must be reported alike in every spelling.
    pub raw: bool,
    /// The example.
    pub text: Arc<str>,
    /// The bytes of the page that hold it, without the fence.
    pub range: Range<usize>,
    /// The whole block, fences included.
    pub block: Range<usize>,
    /// The text block after it: what keylint prints. Bytes between its fences.
    pub output: Option<Range<usize>>,
}

/// Whether the rule must report something in an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expectation {
    /// Something.
    Reported,
    /// Nothing.
    Clean,
}

/// What an example is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Terraform.
    Terraform,
    /// CloudFormation in YAML.
    Yaml,
    /// CloudFormation in JSON.
    Json,
    /// A policy of a kind, in JSON.
    Policy(PolicyKind),
}

/// A fenced block.
struct Block {
    info: Range<usize>,
    content: Range<usize>,
    whole: Range<usize>,
}

/// The text under a heading of the second level, up to the next one.
pub(super) fn section<'b>(body: &'b str, heading: &str) -> Option<&'b str> {
    let (mut start, mut fenced, mut offset) = (None, false, 0);
    for line in body.split_inclusive('\n') {
        fenced ^= line.starts_with("```");
        if let Some(title) = line.strip_prefix("## ").filter(|_| !fenced) {
            match start {
                Some(start) => return body.get(start..offset).map(str::trim),
                None if title.trim() == heading => start = Some(offset + line.len()),
                None => {}
            }
        }
        offset += line.len();
    }
    body.get(start?..).map(str::trim)
}

/// The examples in the body, which is the range `rest` of the page.
pub(super) fn examples(page: &str, rest: Range<usize>, errors: &mut Vec<LoadError>) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut expectation = None;
    let mut offset = rest.start;
    while let Some(line) = page.get(offset..rest.end).and_then(|rest| rest.split_inclusive('\n').next()) {
        if line.starts_with("```") {
            let block = block(page, offset, line, rest.end, errors);
            if let Some(expectation) = expectation {
                take(page, &block, expectation, &mut examples, errors);
            }
            offset = block.whole.end;
            continue;
        }
        if let Some(title) = line.strip_prefix("## ") {
            expectation = match title.trim() {
                "Reported" => Some(Expectation::Reported),
                "Clean" => Some(Expectation::Clean),
                _ => None,
            };
        }
        offset += line.len();
    }
    examples
}

/// The block whose opening fence is `line`. A fence of four backticks may hold one of three.
fn block(page: &str, start: usize, line: &str, end: usize, errors: &mut Vec<LoadError>) -> Block {
    let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
    let info = start + ticks..start + line.trim_end().len();
    let content = start + line.len();
    let mut offset = content;
    for line in page.get(content..end).unwrap_or("").split_inclusive('\n') {
        let fence = line.trim_end();
        if fence.len() >= ticks && fence.bytes().all(|byte| byte == b'`') {
            return Block { info, content: content..offset, whole: start..offset + line.len() };
        }
        offset += line.len();
    }
    errors.push(LoadError::new(start..start + line.trim_end().len(), "the block has no closing fence"));
    Block { info, content: content..end, whole: start..end }
}

fn take(
    page: &str,
    block: &Block,
    expectation: Expectation,
    examples: &mut Vec<Example>,
    errors: &mut Vec<LoadError>,
) {
    let info = page.get(block.info.clone()).unwrap_or("").trim();
    let language = match info {
        "hcl" => Some(Language::Terraform),
        "yaml" => Some(Language::Yaml),
        "json" => Some(Language::Json),
        "text" => {
            match examples.last_mut() {
                Some(example) if example.output.is_none() && expectation == Expectation::Reported => {
                    example.output = Some(block.content.clone());
                }
                _ => errors.push(LoadError::new(
                    block.info.clone(),
                    "no reported example stands before this output",
                )),
            }
            return;
        }
        other => {
            let kind = other.strip_prefix("json ").map(|kind| kind.strip_suffix(" raw").unwrap_or(kind));
            kind.and_then(|kind| policy_language(kind.trim())).map(Language::Policy)
        }
    };
    match language {
        Some(language) => examples.push(Example {
            expectation,
            language,
            raw: info.ends_with(" raw"),
            text: page.get(block.content.clone()).unwrap_or("").into(),
            range: block.content.clone(),
            block: block.whole.clone(),
            output: None,
        }),
        None => errors.push(LoadError::new(
            block.info.clone(),
            "an example is `hcl`, `yaml`, `json`, or `json` with a policy kind such as `key-policy`",
        )),
    }
}
