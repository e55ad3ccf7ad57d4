//! Every member of a submission that becomes part of a lead, and its check.

use crate::{AUTHORITY_LEVELS, Code, flag, longest};
use crate::{check_block, check_email, check_line, check_locale, check_name, check_phone, check_website};

/// How a member's text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text: one line.
    Text,
    /// Text: several lines.
    TextBlock,
    /// A first or last name.
    PersonName,
    /// A company's name.
    CompanyName,
    /// An e-mail address; its length counts octets.
    Email,
    /// A telephone number.
    Phone,
    /// A country by code or English name.
    Country,
    /// A source in the words of whoever sent it.
    LeadSource,
    /// A budget in any words.
    BudgetRange,
    /// One of [`crate::AUTHORITY_LEVELS`].
    AuthorityLevel,
    /// A span of time in any words.
    Timeline,
    /// [`crate::flag`].
    Flag,
    /// A website: the scheme may be left out.
    Website,
    /// A language tag.
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
    required("first_name", longest::PERSON_NAME, Kind::PersonName),
    required("last_name", longest::PERSON_NAME, Kind::PersonName),
    required("company_name", longest::COMPANY_NAME, Kind::CompanyName),
    required("email", longest::EMAIL, Kind::Email),
    required("phone", longest::PHONE, Kind::Phone),
    field("country", longest::COUNTRY, Kind::Country),
    field("lead_source", longest::LEAD_SOURCE, Kind::LeadSource),
    field("campaign", 200, Kind::Text),
    field("medium", 50, Kind::Text),
    field("term", 200, Kind::Text),
    field("content", 200, Kind::Text),
    field("utm_source", longest::LEAD_SOURCE, Kind::LeadSource),
    field("utm_campaign", 200, Kind::Text),
    field("utm_medium", 50, Kind::Text),
    field("utm_term", 200, Kind::Text),
    field("utm_content", 200, Kind::Text),
    field("interest_product", 200, Kind::Text),
    field("budget_range", longest::BUDGET_RANGE, Kind::BudgetRange),
    field("authority_level", 100, Kind::AuthorityLevel),
    field("timeline", longest::TIMELINE, Kind::Timeline),
    field("gdpr_consent", 5, Kind::Flag),
    field("industry", 100, Kind::Text),
    field("state", 100, Kind::Text),
    field("job_title", 100, Kind::Text),
    field("message", 5000, Kind::TextBlock),
    field("website", longest::WEBSITE, Kind::Website),
    field("locale", longest::LOCALE, Kind::Locale),
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
    /// Checks a text for this member; blank is fine unless `required`.
    ///
    /// # Errors
    /// As for [`check`].
    pub fn check(&self, value: &str, required: bool) -> Result<(), Code> {
        if value.trim().is_empty() {
            return if required { Err(Code::Required) } else { Ok(()) };
        }
        check_as(self.kind, self.max, value)
    }
}

/// Checks the text of one member by its wire name; blank is fine unless `required`.
///
/// It refuses only what every edge refuses: whatever a type's `parse` accepts, this accepts.
///
/// # Errors
/// `Required` for a needed value that is blank, `UnknownMember` for a name outside [`FIELDS`], else the first code of
/// the member's own rule.
pub fn check(name: &str, value: &str, required: bool) -> Result<(), Code> {
    match Field::named(name) {
        Some(field) => field.check(value, required),
        None => Err(Code::UnknownMember),
    }
}

/// Checks a text that is not blank as a member of this kind that holds at most `max` characters.
///
/// # Errors
/// The first code of the kind's rule.
pub fn check_as(kind: Kind, max: u16, value: &str) -> Result<(), Code> {
    match kind {
        Kind::Text | Kind::CompanyName | Kind::Country | Kind::LeadSource | Kind::BudgetRange | Kind::Timeline => {
            check_line(value, max).map(drop)
        }
        Kind::TextBlock => check_block(value, max).map(drop),
        Kind::PersonName => check_name(value, max).map(drop),
        Kind::Email => check_email(value).map(drop),
        Kind::Phone => check_phone(value),
        Kind::AuthorityLevel if AUTHORITY_LEVELS.contains(&value.trim()) => Ok(()),
        Kind::AuthorityLevel => Err(Code::UnknownValue),
        Kind::Flag => flag(value).map(drop),
        Kind::Website => check_website(value, max).map(drop),
        Kind::Locale => check_locale(value, max).map(drop),
    }
}
