//! One file for each command: what it must know, and what it decides.

pub mod account;
pub mod contact;
pub mod erase;
pub mod submit;
