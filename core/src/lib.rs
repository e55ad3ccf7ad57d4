//! Leadgate's rules, pure: the same code runs in the browser, at the edge and in native tests.
//!
//! Invariant: nothing here reads a clock, randomness, the environment or a network. `now`, entropy and the
//! policy are arguments (spec T2).

pub mod field;
pub mod id;
pub mod invalid;
pub mod time;
#[cfg(feature = "vectors")]
pub mod vectors;
