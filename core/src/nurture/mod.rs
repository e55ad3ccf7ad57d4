//! Nurturing: what triggers a sequence, what becomes of a due step, and by whose clock (spec E). Pure: the store reads what is
//! due and writes what is decided here.

pub mod alert;
pub mod caps;
pub mod compose;
pub mod consent;
pub mod decide;
pub mod facts;
pub mod judging;
pub mod question;
pub mod trigger;
pub mod window;
pub mod zone;
mod zone_table;
