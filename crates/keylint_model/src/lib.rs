//! What the front ends produce and the rules read: values with origins, resources, stacks.
//!
//! A configuration language says three things before deployment: what a value is, that it is one
//! of several depending on a condition, or that only deployment decides. [`Value`] keeps the three
//! apart all the way to the verdict, so that nothing has to be guessed.

pub mod condition;
mod consistency;
mod marks;
mod nearest;
mod number;
pub mod origin;
pub mod problem;
pub mod reference;
pub mod resource;
pub mod stack;
pub mod unknown;
pub mod value;
pub mod value_type;
pub mod verdict;

pub use condition::{Condition, Guard, NeedsSplit, World};
pub use nearest::nearest;
pub use number::{Exact, NotWhole, Number};
pub use origin::{Marks, Origin, Step, Via};
pub use problem::{Problem, Related};
pub use reference::{Address, Reference};
pub use resource::{CallKind, CallSite, Mode, Resource};
pub use stack::{DeclaredSuppression, FrontEnd, Stack};
pub use unknown::{Reason, Shape, Unknown};
pub use value::{Alternative, Data, Entry, List, ListKind, Map, MapKind, Part, Value};
pub use value_type::ValueType;
pub use verdict::Verdict;
