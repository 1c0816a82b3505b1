//! How much work one configuration may cause.
//!
//! A pull request is hostile input: three lines of Terraform can ask for a list of 10^12 elements
//! or for a module tree that doubles at every level. Each limit below lies far above what real
//! projects reach (the largest of 2,100 measured files needs a hundredth of any of them). What
//! lies beyond one is [`keylint_model::Reason::Limit`] and a KL004 problem, never silence.

/// Steps that the evaluation of one root module may take: one for each expression evaluated, for
/// each element a function makes and for each 64 bytes of string. About half a second of work.
pub(crate) const FUEL: u64 = 4_000_000;

/// Greatest depth of evaluation, through locals, variables and modules. It bounds the depth of
/// values too, because a value is never deeper than the evaluation that made it.
pub(crate) const DEPTH: u32 = 1_000;

/// Stack of the thread that evaluates a root module: [`DEPTH`] times the largest frames of an
/// unoptimised build, with room to spare. Only touched pages take memory.
pub(crate) const STACK_BYTES: usize = 128 * 1024 * 1024;

/// Elements of one list or map that an expression makes.
pub(crate) const ELEMENTS: usize = 10_000;

/// Values in one stored value, counted as a tree: shared parts count at every place.
pub(crate) const NODES: usize = 200_000;

/// Bytes of one string that an expression makes.
pub(crate) const STRING_BYTES: usize = 1024 * 1024;

/// Alternatives of one choice.
pub(crate) const ALTERNATIVES: usize = 16;

/// Constants of a list of which it is known that a value is one of them, or none.
pub(crate) const COMPARED: usize = 64;

/// Cases in which the validations of a variable hold; what makes more of them is passed over.
pub(crate) const PERMITTED: usize = 32;

/// Cases that are tried to tell whether conditions on validated variables can hold together.
pub(crate) const COMBINATIONS: usize = 4_096;

/// Statements of one policy document: the largest that AWS takes, 32 KiB of a key, have room for
/// fewer.
pub(crate) const STATEMENTS: usize = 1_000;

/// Instances of one resource or module call.
pub(crate) const INSTANCES: usize = 10_000;

/// Instances of all resources of one root module.
pub(crate) const RESOURCES: usize = 50_000;

/// Instances of all modules of one root module.
pub(crate) const MODULES: usize = 20_000;

/// Module calls within each other.
pub(crate) const MODULE_DEPTH: usize = 32;

/// Bytes of a file that `file()` and its kin take in.
pub(crate) const FILE_BYTES: usize = 4 * 1024 * 1024;

/// Files and directories that `fileset()` looks at.
pub(crate) const FILES: usize = 5_000;
