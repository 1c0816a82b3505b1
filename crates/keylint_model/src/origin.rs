//! Where values come from, and what is said of them on the way.

use std::sync::Arc;

use keylint_source::Span;

use crate::reference::Address;

/// Where a value comes from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Where it was written. `None` for what was written nowhere (a default of the provider).
    pub span: Option<Span>,
    /// What it came through, nearest to the use first.
    pub via: Option<Arc<Via>>,
    /// What is said of the value that goes on to whatever is made of it.
    pub marks: Marks,
}

/// What is said of a value besides what it is. Whatever is made of a marked value has its marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// It is secret: declared sensitive, `NoEcho`, or on its way into a secret attribute.
    pub sensitive: bool,
    /// It does not outlast a run of Terraform, which keeps it neither in a plan nor in a state.
    ///
    /// Source: <https://developer.hashicorp.com/terraform/language/manage-sensitive-data/ephemeral>.
    pub ephemeral: bool,
    /// That it is secret may be said by nothing but the output of a module, which Terraform does not
    /// follow any further.
    pub by_output: bool,
}

impl Marks {
    /// Nothing is said.
    pub const NONE: Marks = Marks { sensitive: false, ephemeral: false, by_output: false };

    /// Secret or not, and nothing else.
    pub const fn secret(sensitive: bool) -> Marks {
        Marks { sensitive, ..Marks::NONE }
    }
}

impl std::ops::BitOr for Marks {
    type Output = Marks;

    fn bitor(self, other: Marks) -> Marks {
        Marks {
            sensitive: self.sensitive | other.sensitive,
            ephemeral: self.ephemeral | other.ephemeral,
            by_output: self.by_output | other.by_output,
        }
    }
}

impl std::ops::BitOrAssign for Marks {
    fn bitor_assign(&mut self, other: Marks) {
        *self = *self | other;
    }
}

impl std::iter::FromIterator<Marks> for Marks {
    /// All that is said of one of several values.
    fn from_iter<I: IntoIterator<Item = Marks>>(marks: I) -> Marks {
        marks.into_iter().fold(Marks::NONE, |all, one| all | one)
    }
}

/// One step on the way of a value from where it was written to where it is used.
#[derive(Clone, Debug)]
pub struct Via {
    /// What it came through.
    pub step: Step,
    /// The name of that: of the variable, the local, the module, the file.
    pub name: Arc<str>,
    /// Where that is.
    pub span: Span,
    /// What it came through before.
    pub rest: Option<Arc<Via>>,
}

/// What a value came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The default of a variable or parameter.
    Default,
    /// A value given to a variable or parameter in a file of values.
    VariableFile,
    /// A value given to a variable or parameter on the command line.
    CommandLine,
    /// A value given to a variable by the environment of the program.
    Environment,
    /// An argument of a module call or nested stack.
    Argument,
    /// An output of a module or nested stack.
    Output,
    /// A local value.
    Local,
    /// A CloudFormation mapping.
    Mapping,
    /// Another entry of a mapping with the same value, where it does not matter which one is taken.
    Twin,
    /// A policy document built by a data source; the name is its address.
    Document,
    /// A file read by `file`, `templatefile` or an include.
    File,
    /// A `dynamic` block or another loop.
    Loop,
    /// An attribute of another resource.
    Attribute,
    /// A part of a string of a policy that is written outside of the expression that puts it together.
    Part,
    /// An expression of a policy that is written elsewhere than the value; the name is the element of
    /// the policy that it gives.
    Use,
    /// A plan or a state, which does not say whether the source has it written out; the name is
    /// the argument.
    Plan,
    /// What was given from outside when the plan was made, so that the sources do not have it.
    Given,
}

impl Via {
    /// The label of the place in a report.
    pub fn describe(&self) -> String {
        let name = &self.name;
        match self.step {
            Step::Default => format!("default of `{name}`"),
            Step::VariableFile => format!("value of `{name}`"),
            Step::CommandLine => format!("`{name}` is set on the command line"),
            Step::Environment => format!("`{name}` is set by TF_VAR_{name}"),
            Step::Argument => format!("argument `{name}` of the call"),
            Step::Output => format!("output `{name}`"),
            Step::Local => format!("local value `{name}`"),
            Step::Mapping => format!("mapping `{name}`"),
            Step::Twin => format!("the same value of mapping `{name}`"),
            Step::Document => format!("document `{name}`"),
            Step::File => format!("file `{name}`"),
            Step::Loop => format!("repeated by `{name}`"),
            Step::Attribute => format!("attribute `{name}`"),
            Step::Use => format!("used as `{name}`"),
            Step::Part => "a part of it is written here".to_owned(),
            Step::Plan => format!("value of `{name}` in the plan"),
            Step::Given => format!("value of `{name}` when the plan was made"),
        }
    }

    /// This step and those before it, nearest to the use first.
    pub fn chain(self: &Arc<Via>) -> impl Iterator<Item = &Via> {
        std::iter::successors(Some(&**self), |via| via.rest.as_deref())
    }
}

impl Origin {
    /// The origin of a value that is written at `span`.
    pub fn at(span: Span) -> Self {
        Origin { span: Some(span), via: None, marks: Marks::NONE }
    }

    /// The same value seen through one more step.
    #[must_use]
    pub fn through(&self, step: Step, name: impl Into<Arc<str>>, span: Span) -> Origin {
        let via = Via { step, name: name.into(), span, rest: self.via.clone() };
        Origin { span: self.span, via: Some(Arc::new(via)), marks: self.marks }
    }

    /// The same for the element of a policy that an expression gives; nothing else where the value is
    /// written in the expression.
    #[must_use]
    pub fn used_as(&self, element: &str, expression: Option<Span>) -> Origin {
        let is_said = self.via.as_ref().is_some_and(|via| via.step == Step::Use);
        match (expression, self.span) {
            (Some(expression), Some(span)) if !is_said && !expression.contains(span) => {
                self.through(Step::Use, element, expression)
            }
            _ => self.clone(),
        }
    }

    /// The steps that the value came through, nearest to the use first.
    pub fn steps(&self) -> impl Iterator<Item = &Via> {
        self.via.iter().flat_map(Via::chain)
    }

    /// The address of the policy document that built the value, where one did.
    pub fn document(&self) -> Option<Address> {
        let step = self.steps().find(|via| via.step == Step::Document)?;
        Some(Address::new(Arc::clone(&step.name)))
    }
}
