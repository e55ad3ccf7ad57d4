//! The only place with SQL: statements, row mapping and the read-decide-commit loop. No driver stands here.
//!
//! Invariant: every text is `&'static str` with numbered parameters, binds the company, and fits D1's limits.

pub mod changes;
pub mod failure;
mod handover;
pub mod leads;
pub mod provision;
mod records;
mod routing;
pub mod run;
pub mod score;
pub mod statement;
pub mod submit;
pub mod tenants;
mod visible;
