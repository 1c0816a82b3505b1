//! Finds the suppressions of a file or a stack.

use keylint_model::{Problem, Stack};
use keylint_rules::Registry;
use keylint_source::{SourceFile, Span};
use keylint_syntax::Comment;
use keylint_syntax::data::Node;
use keylint_syntax::hcl::Body;

use crate::date::Date;

use super::directive::{Directive, Reach, may_contain, parse_comment};
use super::place::{hcl_node_at, next_token, yaml_node_at};
use super::{Cover, Suppression, resolve};

/// The tree of a file, to see what a comment stands in front of.
#[derive(Clone, Copy)]
pub(crate) enum Tree<'t> {
    /// Of an HCL file.
    Hcl(&'t Body),
    /// The documents of a YAML file.
    Yaml(&'t [Node]),
}

/// The suppressions in the comments of a file, with a problem for each that is not understood.
pub(crate) fn in_file(
    file: &SourceFile,
    comments: &[Comment],
    tree: Tree<'_>,
) -> (Vec<Suppression>, Vec<Problem>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    if !may_contain(file.text()) {
        return (found, problems);
    }
    for comment in comments {
        let base = comment.content.start as usize;
        let at = |range: std::ops::Range<usize>| Span::new(file.id(), base + range.start, base + range.end);
        for parsed in parse_comment(file.slice(comment.content)) {
            let directive = match parsed {
                Ok(directive) => directive,
                Err(malformed) => {
                    let help = format!("write `keylint: {} reason`", meant(&malformed.words));
                    let problem = Problem::new("KL010", at(malformed.range), malformed.message);
                    problems.push(problem.with_help(help));
                    continue;
                }
            };
            let covers = covers(file, comments, tree, comment, &directive);
            let written = directive.rules.into_iter().map(|(name, range)| (name, at(range)));
            let rules = resolve(written, &mut problems);
            let until = directive.until.map(|(date, range)| (date, at(range)));
            found.push(Suppression { covers, rules, until });
        }
    }
    (found, problems)
}

/// The directive that these words of one stand for, as it would be understood: with the rules that they
/// name, or with one that is there.
fn meant(words: &[String]) -> String {
    let verb = if words.iter().any(|word| word == "file-ignore") { "file-ignore" } else { "ignore" };
    let named = words.iter().filter(|word| Registry::builtin().find(word).is_some());
    let rules: Vec<&str> = named.map(String::as_str).collect();
    let rules = if rules.is_empty() { "SM001".to_owned() } else { rules.join(", ") };
    let until = if words.iter().any(|word| word == "until") { " until=2027-01-31" } else { "" };
    format!("{verb}[{rules}]{until}")
}

/// The suppressions that are declared in the data of a stack.
pub(crate) fn in_stack(stack: &Stack) -> (Vec<Suppression>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for declared in &stack.suppressions {
        // One whose end is not understood might have ended.
        let until: Option<(Date, Span)> =
            match declared.until.as_ref().map(|(text, span)| (text.parse(), text, span)) {
                Some((Ok(date), _, span)) => Some((date, *span)),
                Some((Err(error), text, span)) => {
                    let problem = Problem::new("KL010", *span, format!("`until: {text}` is {error}"));
                    problems.push(problem.with_help("write the day as `2027-01-31`"));
                    continue;
                }
                None => None,
            };
        let written = declared.rules.iter().map(|(name, span)| (name.to_string(), *span));
        let rules = resolve(written, &mut problems);
        found.push(Suppression { covers: Cover::Range(declared.covers), rules, until });
    }
    (found, problems)
}

fn covers(
    file: &SourceFile,
    comments: &[Comment],
    tree: Tree<'_>,
    comment: &Comment,
    directive: &Directive,
) -> Cover {
    if directive.reach == Reach::File {
        return Cover::File(file.id());
    }
    if !comment.own_line {
        return Cover::Line(line_of(file, comment.span));
    }
    let next = next_token(file.text(), comments, comment.span.end);
    let node = next.and_then(|offset| match tree {
        Tree::Hcl(body) => hcl_node_at(body, offset),
        Tree::Yaml(roots) => yaml_node_at(file.text(), roots, offset),
    });
    // In front of nothing, such as a closing brace, it covers nothing and is reported as unused.
    // In front of what did not parse, it covers that line.
    match (node, next) {
        (Some(node), _) => Cover::Range(node),
        (None, Some(offset)) => {
            let offset = offset as usize;
            Cover::Line(line_of(file, Span::new(file.id(), offset, offset)))
        }
        (None, None) => Cover::Range(comment.span),
    }
}

/// The line on which a range starts.
fn line_of(file: &SourceFile, span: Span) -> Span {
    let line = file.position(span.start).line;
    match file.lines().line_range(file.text(), line) {
        Some(range) => Span::new(file.id(), range.start, range.end),
        None => span,
    }
}
