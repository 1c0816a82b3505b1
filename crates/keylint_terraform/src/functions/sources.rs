//! Data sources that read nothing but what the project has: `template_file` renders as
//! `templatestring` does, `local_file` and `local_sensitive_file` read as `file` does. What they
//! give points at the template and at the file.
//!
//! Source: the providers' pages,
//! <https://registry.terraform.io/providers/hashicorp/template/latest/docs/data-sources/file> and
//! <https://registry.terraform.io/providers/hashicorp/local/latest/docs/data-sources/file>.

use std::path::Path;
use std::sync::Arc;

use keylint_model::{Data, Map, Marks, Mode, Reason, Unknown, Value};
use keylint_source::Span;
use keylint_syntax::hcl::{Expr, ExprKind, TemplatePart};

use super::templates::template_string;
use super::{Call, Function, partial, registry, run};
use crate::evaluate::{Evaluator, ModuleInstance, Scope};
use crate::project::{ResourceBlock, is_of_provider, resolve};
use crate::types::Type;
use crate::values::{self, rejected};

const RENDERED: Function = partial("template_file", 2, 2, rendered);

/// The attributes of a file, and the functions that have the same results.
const OF_FILE: [(&str, &str); 9] = [
    ("content", "file"),
    ("content_base64", "filebase64"),
    ("content_base64sha256", "filebase64sha256"),
    ("content_base64sha512", "filebase64sha512"),
    ("content_md5", "filemd5"),
    ("content_sha1", "filesha1"),
    ("content_sha256", "filesha256"),
    ("content_sha512", "filesha512"),
    ("id", "filesha1"),
];

/// A data source that is computed here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Computed {
    Template,
    File,
    SecretFile,
}

impl Computed {
    fn of(module: &ModuleInstance<'_>, block: &ResourceBlock) -> Option<Computed> {
        if block.mode != Mode::Data {
            return None;
        }
        let (computed, provider) = match &*block.type_name.text {
            "template_file" => (Computed::Template, "template"),
            "local_file" => (Computed::File, "local"),
            "local_sensitive_file" => (Computed::SecretFile, "local"),
            _ => return None,
        };
        is_of_provider(&module.directory.declarations, provider).then_some(computed)
    }
}

/// The attributes that are computed with the arguments of a data source, because a list of its
/// instances is asked for them.
const EAGER: [&str; 2] = ["rendered", "content"];

/// Whether a data source has an attribute that is computed here.
pub(crate) fn computes(module: &ModuleInstance<'_>, block: &ResourceBlock, name: &str) -> bool {
    match Computed::of(module, block) {
        Some(Computed::Template) => name == "rendered",
        Some(Computed::File) => OF_FILE.iter().any(|(attribute, _)| *attribute == name),
        // What says the digest of a secret is of use to who guesses it.
        Some(Computed::SecretFile) => matches!(name, "content" | "content_base64"),
        None => false,
    }
}

/// Adds to the arguments of a data source what it is asked for most.
pub(crate) fn complete(
    evaluator: &Evaluator<'_>,
    module: &ModuleInstance<'_>,
    block: &ResourceBlock,
    arguments: &mut Map,
) {
    for name in EAGER.into_iter().filter(|name| computes(module, block, name)) {
        if let Some(value) = attribute(evaluator, module, block, arguments, name) {
            arguments.entries.insert(name.into(), values::entry(value));
        }
    }
}

/// An attribute of a data source with these arguments; `None` where only its provider knows it.
pub(crate) fn attribute(
    evaluator: &Evaluator<'_>,
    module: &ModuleInstance<'_>,
    block: &ResourceBlock,
    arguments: &Map,
    name: &str,
) -> Option<Value> {
    let computed = Computed::of(module, block).filter(|_| computes(module, block, name))?;
    let (function, argument) = match computed {
        Computed::Template => (&RENDERED, "template"),
        Computed::File | Computed::SecretFile => {
            let (_, function) = OF_FILE.iter().find(|(attribute, _)| *attribute == name)?;
            (registry().get(function).copied()?, "filename")
        }
    };
    let entry = arguments.get(argument).filter(|entry| !entry.value.is_null())?;
    let span = entry.span.unwrap_or(block.block.header);
    let mut operands = vec![entry.value.clone()];
    match computed {
        Computed::Template => operands.push(variables(arguments, span)?),
        Computed::File | Computed::SecretFile => {
            // It may be read after something has written it.
            if block.block.body.attribute("depends_on").is_some() {
                return None;
            }
            if let Some(writer) = writer(evaluator, &entry.value, span) {
                return Some(writer);
            }
        }
    }
    let scope = Scope::module(module.id);
    let name = match computed {
        Computed::Template => RENDERED.name,
        Computed::File => "local_file",
        Computed::SecretFile => "local_sensitive_file",
    };
    let call = Call { evaluator, scope: &scope, name, span, places: &[] };
    let operands = values::spread(&operands, span);
    let value = values::distribute(name, &operands, span, |operands| run(function, &call, operands));
    // A file that is not there, or outside of the tree, is the provider's to read.
    let is_left = matches!(value.as_unknown().map(|it| &it.reason), Some(Reason::Function(_)));
    let marks = Marks::secret(computed == Computed::SecretFile);
    (!is_left).then(|| values::marked(value, marks))
}

/// The variables of a template, each a string; `None` for what is no map of them.
fn variables(arguments: &Map, span: Span) -> Option<Value> {
    let Some(given) = arguments.value("vars").filter(|given| !given.is_null()) else {
        return Some(values::made(Data::Map(Arc::default()), span));
    };
    let mut strings = Type::Map(Box::new(Type::String)).convert(given, &|_| rejected(span)).ok()?;
    if let Data::Map(map) = &mut strings.data {
        for entry in Arc::make_mut(map).entries.values_mut().filter(|entry| entry.value.is_null()) {
            entry.value = values::derived("vars", &[], span);
        }
    }
    Some(strings)
}

fn rendered(call: &Call<'_, '_>, operands: &[Value]) -> Value {
    let value = template_string(call, operands);
    match Type::String.convert(&value, &|_| rejected(call.span)) {
        Ok(value) => value,
        Err(_) => call.invalid("the template does not make a string"),
    }
}

/// What stands for the content of a file that a resource of the project writes, or may write: it is
/// what that wrote.
fn writer(evaluator: &Evaluator<'_>, path: &Value, span: Span) -> Option<Value> {
    let path = values::to_string(path)?;
    let name = resolve(Path::new("/"), &path).file_name()?.to_str()?.to_owned();
    let writers = evaluator.project.directories().flat_map(|it| &it.declarations.resources).filter(|block| {
        let is_file = matches!(&*block.type_name.text, "local_file" | "local_sensitive_file");
        block.mode == Mode::Managed && is_file
    });
    let mut writers = writers.filter(|block| {
        let target = block.block.body.attribute("filename");
        target.is_none_or(|target| may_be_called(&target.value, &name))
    });
    let writer = writers.next()?;
    let content: Arc<str> = format!("{}.content", writer.address).into();
    let unknown = Unknown::new(Reason::Computed(content)).with_place(writer.block.header);
    Some(values::unknown(unknown, span))
}

/// Whether the path that an expression makes may end in this name, by the text that it ends with.
fn may_be_called(path: &Expr, name: &str) -> bool {
    let end = match &path.kind {
        ExprKind::String(text) => return text.as_str().rsplit('/').next() == Some(name),
        ExprKind::Template(template) => match template.parts.last() {
            Some(TemplatePart::Literal(text)) => text.as_str(),
            _ => "",
        },
        _ => "",
    };
    match end.rsplit_once('/') {
        Some((_, whole)) => whole == name,
        None => name.ends_with(end),
    }
}
