//! Numbers, times and addresses as condition operators read them.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators". Where the page leaves
//! open how a spelling is read, the answer is [`Reading::Unsure`].

mod date;
mod ip;
mod number;

pub(crate) use date::instant;
pub(crate) use ip::{Address, Network};
pub(crate) use number::Decimal;

/// What a text turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading<T> {
    /// This value.
    Value(T),
    /// No value of the type.
    Not,
    /// Perhaps a value: AWS does not document this spelling.
    Unsure,
}
