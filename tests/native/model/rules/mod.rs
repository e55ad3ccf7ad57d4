//! What the rules make of each step, written from docs/spec.md.

mod activity;
mod conversion;
mod erasure;
mod leads;
mod people;
mod qualification;
mod sales;
mod submission;

pub(crate) use submission::FIT;

/// Why nothing was done: the answer's words.
pub(crate) type Refused = &'static str;
