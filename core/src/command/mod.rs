//! One file for each command: what it must know, and what it decides.

pub mod activity;
pub mod key;
pub mod opportunity;
pub mod pool;
pub mod account;
pub mod contact;
pub mod erase;
pub mod lead;
pub mod submit;
pub mod territory;
pub mod user;
