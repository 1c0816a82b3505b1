//! What a root module is given from outside of its own directory.
//!
//! Terraform takes values from, weakest first: the defaults of variables, `TF_VAR_name` in the
//! environment, `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars(.json)` by name, and
//! `-var` and `-var-file` in the order given. A directory has its own files with it
//! ([`crate::ModuleDirectory`]); the rest is an [`Inputs`], which whoever evaluates a root hands in.
//! Nothing here looks at the environment or at arguments.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence>.

use std::path::Path;
use std::sync::Arc;

use keylint_source::{LoadError, Sources, Span};
use keylint_syntax::data::Member;
use keylint_syntax::hcl::{self, Body, Expr, ExprKind};
use keylint_syntax::{SyntaxError, Text};

use crate::plan::Known;
use crate::project::{ParsedFile, Variable, load_values, values_of};

/// What a root module is given besides the files of its directory.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Values of the environment, by the names of variables: weaker than every file.
    pub environment: Vec<Argument>,
    /// What is stronger than the files of the directory, weakest first.
    pub given: Vec<Given>,
    /// The name of the workspace, where it is known.
    pub workspace: Option<Text>,
    /// What a plan of the root module was made with, which is stronger than all else.
    pub known: Option<Arc<Known>>,
}

/// A source of values that is stronger than the files of a directory.
#[derive(Clone, Debug)]
pub enum Given {
    /// Values that are written in a file.
    Values(Arc<Values>),
    /// One value of the command line.
    Argument(Argument),
}

/// Values of variables that are written in a file: one of `.tfvars`, or a table of another format.
#[derive(Debug)]
pub struct Values {
    /// The file with its comments and errors, where it is a file of Terraform.
    pub file: Option<ParsedFile>,
    pub(crate) body: Body,
}

impl Values {
    /// Reads a file of values, in the native or, by its name, in the JSON syntax.
    ///
    /// # Errors
    ///
    /// When the file is not there, not readable or too large. What does not parse is in `file`.
    pub fn load(sources: &Sources, path: &Path) -> Result<Values, LoadError> {
        let (file, body) = load_values(sources, path)?;
        Ok(Values { file: Some(file), body })
    }

    /// Values that are written as a mapping of another format.
    pub fn of(members: &[Member]) -> Values {
        Values { file: None, body: values_of(members) }
    }

    /// The names that get a value, with where they are written.
    pub fn names(&self) -> impl Iterator<Item = (&str, Span)> {
        self.body.attributes().map(|attribute| (&*attribute.name.text, attribute.name.span))
    }
}

/// A value for one variable as text, from the command line or the environment.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The name of the variable.
    pub name: Arc<str>,
    text: Arc<str>,
    parsed: Arc<(Expr, Vec<SyntaxError>)>,
}

/// How the text of an argument is read.
#[derive(Clone, Debug)]
pub(crate) enum Reading<'a> {
    /// As the string that it is.
    Literal(&'a Arc<str>),
    /// As an expression.
    Expression(&'a Expr),
    /// It should be an expression and is none.
    Invalid,
}

impl Argument {
    /// The value `text` for the variable `name`.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Argument {
        let text = text.into();
        let parsed = hcl::parse_expression(&Text::synthetic(Arc::clone(&text)));
        Argument { name: name.into(), text, parsed: Arc::new(parsed) }
    }

    /// The text as Terraform reads it for a variable: literally for a primitive type and without
    /// a type, else as an expression.
    ///
    /// Source: <https://developer.hashicorp.com/terraform/language/values/variables#complex-typed-values>.
    pub(crate) fn reading(&self, variable: &Variable) -> Reading<'_> {
        let (expression, errors) = &*self.parsed;
        if variable.takes_literals() {
            Reading::Literal(&self.text)
        } else if errors.is_empty() && !matches!(expression.kind, ExprKind::Invalid) {
            Reading::Expression(expression)
        } else {
            Reading::Invalid
        }
    }
}

/// What a root module makes of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It takes it.
    Taken,
    /// It declares no variable of this name.
    Undeclared,
    /// The variable takes an expression, and the text is none.
    NoExpression,
}
