//! What a transform of a template wrote of a policy, so that nothing in the template can say it otherwise.

use keylint_model::Part;
use keylint_policy::validate::Issue;
use keylint_policy::{Document, Element, Statement};

use super::Policy;

impl Policy<'_> {
    /// Whether a transform wrote one of its documents, all of it: nothing in the template says it so, and
    /// nothing in it can say it otherwise.
    pub(crate) fn is_generated(&self, document: &Document) -> bool {
        let mut elements = document.statements.iter().flat_map(elements);
        let is_conditional = document.statements.iter().any(|one| !one.conditions.entries.is_empty());
        self.is_of_transform() && document.rest.is_none() && !is_conditional && elements.all(is_generated)
    }

    /// Whether what an issue is about is a word that a transform wrote, as the actions of a policy template
    /// of SAM are.
    pub(crate) fn is_about_generated(&self, issue: &Issue<'_>) -> bool {
        let of_issue = |element: &&Element| {
            issue.span.is_some()
                && element.span == issue.span
                && element.text.as_known().is_some_and(|text| text == issue.value)
        };
        self.is_of_transform()
            && issue.statement.is_some_and(|statement| {
                let mut about = elements(statement).filter(of_issue).peekable();
                about.peek().is_some() && about.all(is_generated)
            })
    }

    /// Whether a transform made the resource that it is a policy of.
    fn is_of_transform(&self) -> bool {
        !std::ptr::eq(self.resource.written_address(), &self.resource.address)
    }
}

/// The principals, actions and resources of a statement.
fn elements(statement: &Statement) -> impl Iterator<Item = &Element> {
    let principals = statement.principals.iter().flat_map(|principals| &principals.items);
    let lists = [&statement.actions, &statement.not_actions, &statement.resources];
    principals.map(|(_, element)| element).chain(lists.into_iter().flatten().flatten())
}

/// Whether all of an element is written by a transform.
fn is_generated(element: &Element) -> bool {
    element.text.parts().iter().all(|part| match part {
        Part::Known(text) => text.exact_parts().next().is_none(),
        Part::Hole(..) => false,
    })
}
