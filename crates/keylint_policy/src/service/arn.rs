//! The forms of ARNs.

use std::fmt;

/// How the ARNs of a resource type are put together:
/// `arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArnForm(&'static str);

/// The number of the last field, which may have colons of its own.
const LAST_FIELD: usize = 5;

impl ArnForm {
    pub(super) fn new(text: &'static str) -> ArnForm {
        ArnForm(text)
    }

    /// The whole form; `${…}` stands for what differs from resource to resource.
    pub fn text(self) -> &'static str {
        self.0
    }

    /// The pattern that all ARNs of this form match: a wildcard for each placeholder.
    pub(crate) fn pattern(self) -> String {
        wild(self.0)
    }

    /// The service field, which is not always the prefix of the service's actions.
    pub fn service(self) -> &'static str {
        self.field(2)
    }

    /// The Region field: `${Region}`, empty where ARNs have none, or a fixed text.
    pub fn region(self) -> &'static str {
        self.field(3)
    }

    /// The account field: a placeholder, empty where ARNs have none, or a fixed text such as `aws`.
    pub fn account(self) -> &'static str {
        self.field(4)
    }

    /// The resource field, which may have colons of its own.
    pub fn resource(self) -> &'static str {
        self.field(5)
    }

    fn field(self, index: usize) -> &'static str {
        let mut rest = self.0;
        for position in 0..=index {
            // Fields are a few bytes long, which are gone through faster than a search begins.
            let colon = rest.bytes().position(|byte| byte == b':').filter(|_| position < LAST_FIELD);
            match (colon, position == index) {
                (Some(colon), true) => return rest.get(..colon).unwrap_or_default(),
                (None, true) => return rest,
                (Some(colon), false) => rest = rest.get(colon + 1..).unwrap_or_default(),
                (None, false) => return "",
            }
        }
        rest
    }
}

/// A text with a wildcard for each `${…}`.
fn wild(form: &str) -> String {
    let mut pattern = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once("${") {
        pattern.push_str(before);
        pattern.push('*');
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    pattern + rest
}

impl fmt::Display for ArnForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
