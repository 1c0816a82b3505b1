//! The AWS policy language for keylint: documents, kinds, matching, decisions.
//!
//! A policy reaches AWS as JSON, but it is written in many ways: as text, as a map of CloudFormation,
//! as a `jsonencode` of Terraform, with parts that only deployment knows. [`Document::parse`] reads
//! all of them into one form in which every element has its place and unknown parts stay unknown.
//! What rules ask of a statement is answered here, as a [`keylint_model::Verdict`], because the
//! answers depend on rules of AWS that no rule page should have to repeat.

pub mod algebra;
mod document;
mod element;
mod escalation;
pub mod evaluate;
mod exposure;
mod facts;
mod front_end;
mod glob;
mod infer;
mod issuer;
mod json;
mod kind;
mod matching;
mod operator;
mod read;
mod rewrite;
pub mod service;
pub mod summary;
pub mod validate;

pub use document::{
    Amiss, ConditionEntry, ConditionOperator, Conditions, Document, Effect, Malformed, Parsed,
    PrincipalGroup, PrincipalKind, Principals, Reading, Size, Statement, Version,
};
pub use element::{Element, Elements, PartlyKnown, Scalar};
pub use escalation::{Escalation, escalations};
pub use exposure::{Exposure, exposures};
pub use facts::{
    Account, Boundary, Completed, Fact, Lockout, ORGANISATION_KEYS, Owner, Piece, Remark, Together, Whom,
    serves_http,
};
pub use front_end::{DOCUMENT_ATTRIBUTE, DOCUMENT_TYPE, load, read};
pub use json::{decoded_json, decoded_yaml};
pub use kind::{PolicyKind, UnknownKind};
pub use matching::{
    covers_actions, covers_resources, matches_action, matches_like, matches_resource, overlaps_actions,
    overlaps_resources,
};
pub use operator::{Base, Operator, SetPrefix};
pub use rewrite::Rewrite;

#[cfg(test)]
mod testing;
