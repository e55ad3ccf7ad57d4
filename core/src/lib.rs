//! Leadgate's rules, pure: the same code runs in the browser, at the edge and in native tests.
//!
//! Invariant: nothing here reads a clock, randomness, the environment or a network. `now`, entropy and the
//! policy are arguments (spec T2).

pub mod access;
pub mod activity;
pub mod assign;
pub mod attribution;
pub mod body;
pub mod command;
pub mod consent;
pub mod dedup;
pub mod edit;
pub mod entity;
pub mod field;
pub mod form;
pub mod id;
pub mod invalid;
#[cfg(test)]
mod laws;
pub mod lead;
pub mod lead_query;
pub mod plan;
pub mod policy;
pub mod problem;
pub mod qualify;
pub mod routing;
#[cfg(feature = "openapi")]
mod schema;
pub mod score;
pub mod spam;
pub mod stored;
pub mod submission;
pub mod time;
pub mod timeline;
#[cfg(feature = "vectors")]
pub mod vectors;
