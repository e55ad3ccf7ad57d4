//! The values of a lead, each parsed once into a type that cannot hold a wrong one.
//!
//! Every `parse` trims first and begins with the small check that the browser runs too, so that the browser
//! never refuses what the edge accepts. What needs big tables (IDNA, numbering plans, Unicode categories) stands
//! behind `parse` only. [`FIELDS`] is the one place for names and lengths.

mod budget;
mod check;
mod choice;
mod company_domain;
mod company_name;
mod country;
mod country_names;
mod date;
mod email;
mod email_domains;
mod email_idna;
mod email_suggest;
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
pub use check::check;
pub(crate) use check::check_as;
pub use choice::{AuthorityLevel, flag};
pub use company_domain::CompanyDomain;
pub use company_name::CompanyName;
pub use country::Country;
pub(crate) use country::name_key;
pub use date::Date;
pub use email::EmailAddress;
pub use email_domains::{is_disposable, is_free_mail};
pub use email_suggest::suggest_email;
pub use gstin::Gstin;
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

/// How a member's text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`Text`]: one line.
    Text,
    /// [`TextBlock`]: several lines.
    TextBlock,
    /// [`PersonName`].
    PersonName,
    /// [`CompanyName`].
    CompanyName,
    /// [`EmailAddress`]; its length counts octets.
    Email,
    /// [`PhoneNumber`].
    Phone,
    /// [`Country`].
    Country,
    /// [`LeadSourceText`].
    LeadSource,
    /// [`BudgetRange`].
    BudgetRange,
    /// [`AuthorityLevel`].
    AuthorityLevel,
    /// [`Timeline`].
    Timeline,
    /// [`flag`].
    Flag,
    /// [`Website`]: the scheme may be left out.
    Website,
    /// [`Locale`].
    Locale,
}

/// One member of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name on the wire.
    pub name: &'static str,
    /// The most Unicode scalar values after trimming; octets for [`Kind::Email`].
    pub max: u16,
    /// Whether a form's submission must have it (spec L2; a form's own definition may ask for more).
    pub required: bool,
    /// How its text is read.
    pub kind: Kind,
}

const fn field(name: &'static str, max: u16, kind: Kind) -> Field {
    Field { name, max, required: false, kind }
}

const fn required(name: &'static str, max: u16, kind: Kind) -> Field {
    Field { name, max, required: true, kind }
}

/// Every member of a form's submission that becomes part of a lead, with its length (spec L1).
pub const FIELDS: &[Field] = &[
    required("first_name", PersonName::MAX, Kind::PersonName),
    required("last_name", PersonName::MAX, Kind::PersonName),
    required("company_name", CompanyName::MAX, Kind::CompanyName),
    required("email", EmailAddress::MAX, Kind::Email),
    required("phone", PhoneNumber::MAX, Kind::Phone),
    field("country", Country::MAX, Kind::Country),
    field("lead_source", LeadSourceText::MAX, Kind::LeadSource),
    field("campaign", 200, Kind::Text),
    field("medium", 50, Kind::Text),
    field("term", 200, Kind::Text),
    field("content", 200, Kind::Text),
    field("utm_source", LeadSourceText::MAX, Kind::LeadSource),
    field("utm_campaign", 200, Kind::Text),
    field("utm_medium", 50, Kind::Text),
    field("utm_term", 200, Kind::Text),
    field("utm_content", 200, Kind::Text),
    field("interest_product", 200, Kind::Text),
    field("budget_range", BudgetRange::MAX, Kind::BudgetRange),
    field("authority_level", 100, Kind::AuthorityLevel),
    field("timeline", Timeline::MAX, Kind::Timeline),
    field("gdpr_consent", 5, Kind::Flag),
    field("industry", 100, Kind::Text),
    field("state", 100, Kind::Text),
    field("job_title", 100, Kind::Text),
    field("message", 5000, Kind::TextBlock),
    field("website", 255, Kind::Website),
    field("locale", Locale::MAX, Kind::Locale),
    field("gclid", 255, Kind::Text),
    field("gbraid", 255, Kind::Text),
    field("wbraid", 255, Kind::Text),
    field("msclkid", 255, Kind::Text),
    field("fbclid", 255, Kind::Text),
    // Captured, not typed: nobody could mend them, and browsers report pages such as android-app://com.example too.
    field("referrer", 2048, Kind::Text),
    field("landing_page", 2048, Kind::Text),
];

impl Field {
    /// The member of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }
}
