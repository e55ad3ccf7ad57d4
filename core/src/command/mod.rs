//! One file for each command: what it must know, and what it decides.

pub mod account;
pub mod activity;
pub mod contact;
pub mod convert;
pub mod enrolment;
pub mod erase;
pub mod form;
pub mod key;
pub mod lead;
pub mod mail;
pub mod mail_back;
pub mod opportunity;
pub mod pool;
pub mod qualify;
pub mod sequence;
pub mod settings;
pub mod submit;
pub mod territory;
pub mod user;
