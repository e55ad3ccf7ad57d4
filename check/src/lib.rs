//! What browser and edge judge alike: the codes of refused values, the fields of a submission and their checks.
//!
//! Invariant: neither the standard library nor any other crate, so that what a visitor loads stays small; what needs
//! tables (IDNA, numbering plans, Unicode categories) stands in `lead-core` behind each type's `parse`. Every check here
//! takes whatever `parse` takes.

#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod choice;
mod code;
mod cut;
mod date;
mod email;
mod email_suggest;
mod field;
mod locale;
pub mod logic;
pub mod longest;
mod name;
mod phone;
mod spell;
mod text;
mod web_address;

pub use choice::{AUTHORITY_LEVELS, flag};
pub use code::{API_ONLY, Code};
pub use date::Date;
pub use email::{check_domain as check_ascii_domain, check_email, is_dot_atom};
pub use email_suggest::suggest_email;
pub use field::{FIELDS, Field, Kind, check, check_as};
pub use locale::check_locale;
pub use name::check_name;
pub use phone::{check_phone, plain, visible};
pub use text::{check_block, check_line};
pub use web_address::{check_website, has_scheme};
