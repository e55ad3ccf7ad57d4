//! The pure decisions of nurturing (spec E).

pub mod consent;
