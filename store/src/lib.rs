//! The only place with SQL: statements, row mapping and the read-decide-commit loop. No driver stands here.
//!
//! Invariant: every text is `&'static str` with numbered parameters, binds the company, and fits D1's limits.

pub mod accounts;
pub mod activities;
pub mod audit;
pub mod changes;
pub mod contacts;
pub mod convert;
pub mod enrolments;
pub mod erase;
mod erase_mails;
pub mod failure;
pub mod form_counts;
pub mod form_submissions;
pub mod forms;
mod handover;
pub mod keys;
pub mod leads;
pub mod mail_back;
pub mod mail_events;
pub mod mails;
pub mod nurture;
pub mod opportunities;
pub mod opt_ins;
pub mod paging;
pub mod pools;
pub mod provision;
pub mod qualify;
mod records;
mod require;
mod routing;
pub mod run;
pub mod score;
pub mod sequences;
pub mod settings;
pub mod sign_in;
pub mod statement;
pub mod stop;
pub mod submit;
pub mod suppressions;
pub mod tenants;
pub mod territories;
mod trail;
pub mod users;
mod visible;
