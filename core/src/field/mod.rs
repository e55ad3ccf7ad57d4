//! The values of a lead, each parsed once into a type that cannot hold a wrong one.
//!
//! Every `parse` trims first and begins with the small check that the browser runs too, so that the browser
//! never refuses what the edge accepts. What needs big tables (IDNA, numbering plans, Unicode categories) stands
//! behind `parse` only. [`FIELDS`] is the one place for names and lengths.

mod budget;
mod choice;
mod company_domain;
mod company_name;
mod country;
mod country_names;
mod email;
mod email_domains;
mod email_idna;
mod fold;
mod gstin;
mod locale;
mod person_name;
mod phone;
mod slug;
#[cfg(test)]
mod tests;
mod text;
mod timeline;
mod timeline_words;
mod web_address;

pub use budget::BudgetRange;
pub use choice::AuthorityLevel;
pub use company_domain::CompanyDomain;
pub use company_name::CompanyName;
pub use country::Country;
pub(crate) use country::name_key;
pub use email::EmailAddress;
pub use email_domains::{is_disposable, is_free_mail};
pub use gstin::Gstin;
pub use lead_check::{Date, FIELDS, Field, Kind, check, flag, suggest_email};
pub use locale::Locale;
pub use person_name::{FullName, PersonName};
pub use phone::PhoneNumber;
pub use slug::{LeadSourceText, slug};
pub use text::{Text, TextBlock};
pub use timeline::{DayRange, Timeline};
pub use web_address::Website;

/// Serialize, Deserialize through `parse`, and Display for a type that is written as its text.
macro_rules! text_type {
    ($name:ty $(, $max:ident)?) => {
        impl $(<const $max: u16>)? serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de $(, const $max: u16)?> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err(|code| serde::de::Error::custom(code.as_str()))
            }
        }

        impl $(<const $max: u16>)? std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use text_type;
