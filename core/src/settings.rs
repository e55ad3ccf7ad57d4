//! What a company says of its mails: from whom they come, by whose clock, and which consent they need (spec E2).

use crate::entity::Stamp;
use crate::field::{Country, EmailAddress, Text};
use crate::id::Id;
use crate::policy::named;
use crate::stored;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

named! {
    /// Which consent a country asks for before anything marketing is sent.
    ConsentRule {
        /// A consent was given, in the ledger.
        Given = "given",
        /// A consent was given and confirmed by mail.
        Confirmed = "confirmed",
        /// No consent was ever taken back.
        NotWithdrawn = "not_withdrawn",
    }
}

/// The rule of each country.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentRules {
    /// Where a country has no rule of its own.
    pub default: ConsentRule,
    /// By ISO 3166-1 alpha-2.
    pub countries: BTreeMap<Country, ConsentRule>,
}

impl Default for ConsentRules {
    fn default() -> Self {
        Self { default: ConsentRule::Given, countries: BTreeMap::new() }
    }
}

/// What can be sent of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettingsValues {
    /// The company's IANA time zone.
    pub time_zone: String,
    /// The sender as mails name it; the company's name where absent.
    pub mail_name: Option<Text<100>>,
    /// The sender's address; without it nothing is mailed to leads.
    pub mail_address: Option<EmailAddress>,
    /// Where answers go, if not to the sender.
    pub reply_address: Option<EmailAddress>,
    /// Where the company resides; stands in every mail to leads, and without it none is sent.
    pub postal_address: Option<Text<300>>,
    /// Which consent marketing needs.
    #[serde(deserialize_with = "stored::json")]
    pub consent: ConsentRules,
    /// Whether a consent is asked to be confirmed by mail.
    #[serde(deserialize_with = "stored::flag")]
    pub double_opt_in: bool,
    /// Whether owners are mailed about new leads, and about touches that need a look.
    #[serde(deserialize_with = "stored::flag")]
    pub lead_alerts: bool,
    /// Whether opened mails are counted.
    #[serde(deserialize_with = "stored::flag")]
    pub track_opens: bool,
    /// Whether followed links are counted.
    #[serde(deserialize_with = "stored::flag")]
    pub track_clicks: bool,
}

/// A company's settings, as they are stored and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// The company's own id.
    pub id: Id,
    /// Whose settings.
    pub company_id: Id,
    /// What can be edited.
    #[serde(flatten)]
    pub values: SettingsValues,
    /// When they were made and changed.
    #[serde(flatten)]
    pub stamp: Stamp,
}
