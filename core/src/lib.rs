//! Leadgate's rules, pure: the same code runs in the browser, at the edge and in native tests.
//!
//! Invariant: nothing here reads a clock, randomness, the environment or a network. `now`, entropy and the
//! policy are arguments (spec T2).

pub mod accept;
pub mod access;
pub mod account;
pub mod account_query;
pub mod activity;
pub mod api_key;
pub mod assign;
pub mod attribution;
pub mod audit_query;
pub mod body;
pub mod command;
pub mod consent;
pub mod contact;
pub mod convert;
pub mod dedup;
pub mod edit;
pub mod enrolment;
pub mod entity;
pub mod field;
pub mod form;
pub mod form_stats;
pub mod guard;
pub mod id;
pub mod invalid;
#[cfg(test)]
mod laws;
pub mod lead;
pub mod lead_query;
pub mod mail;
pub mod money;
pub mod nurture;
pub mod opportunity;
pub mod opt_in;
pub mod page_query;
pub mod plain;
pub mod plan;
pub mod policy;
pub mod pool;
pub mod problem;
pub mod qualify;
pub mod rate;
pub mod routing;
#[cfg(feature = "openapi")]
mod schema;
pub mod score;
pub mod score_history;
pub mod sequence;
pub mod session;
pub mod settings;
pub mod spam;
pub mod stored;
pub mod submission;
pub mod suppression;
pub mod template;
pub mod territory;
pub mod time;
pub mod timeline;
pub mod user;
#[cfg(feature = "vectors")]
pub mod vectors;
