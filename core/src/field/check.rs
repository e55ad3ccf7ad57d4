//! The check that the browser runs on one member.

use super::choice::{AuthorityLevel, flag};
use super::text::{check_block, check_line};
use super::{Field, Kind, email, locale, person_name, phone, web_address};
use crate::invalid::Code;

/// Checks the text of one member by its wire name; blank is fine unless `required`.
///
/// It needs no big table, so it refuses only what every edge refuses: whatever a type's `parse` accepts, this accepts.
///
/// # Errors
/// `Required` for a needed value that is blank, `UnknownMember` for a name outside [`super::FIELDS`], else the
/// first code of the member's own rule.
pub fn check(name: &str, value: &str, required: bool) -> Result<(), Code> {
    let Some(Field { max, kind, .. }) = Field::named(name) else {
        return Err(Code::UnknownMember);
    };
    if value.trim().is_empty() {
        return if required { Err(Code::Required) } else { Ok(()) };
    }
    check_as(*kind, *max, value)
}

/// Checks a text that is not blank as a member of this kind that holds at most `max` characters.
///
/// # Errors
/// The first code of the kind's rule.
pub(crate) fn check_as(kind: Kind, max: u16, value: &str) -> Result<(), Code> {
    match kind {
        Kind::Text | Kind::CompanyName | Kind::Country | Kind::LeadSource | Kind::BudgetRange | Kind::Timeline => {
            check_line(value, max).map(drop)
        }
        Kind::TextBlock => check_block(value, max).map(drop),
        Kind::PersonName => person_name::check_shape(value).map(drop),
        Kind::Email => email::check_shape(value).map(drop),
        Kind::Phone => phone::check_shape(value),
        Kind::AuthorityLevel => AuthorityLevel::parse(value).map(drop),
        Kind::Flag => flag(value).map(drop),
        Kind::Website => web_address::check_website(value).map(drop),
        Kind::Locale => locale::check_shape(value).map(drop),
    }
}
