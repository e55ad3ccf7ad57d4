//! One file for each command: what it must know, and what it decides.

pub mod lead;
pub mod submit;
