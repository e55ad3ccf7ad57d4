//! What a company says of its mails: from whom they come, by whose clock, and which consent they need (spec E2).

use crate::body::{Members, Reader};
use crate::entity::Stamp;
use crate::field::{Country, EmailAddress, Text};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::policy::named;
use crate::stored;
use crate::user::READ_ONLY;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;
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

/// What can be sent of the settings. Whatever is left out of the whole has its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettingsValues {
    /// The company's IANA time zone; `UTC` if left out.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub time_zone: String,
    /// The sender as mails name it; the company's name where absent.
    pub mail_name: Option<Text<100>>,
    /// The sender's address; without it nothing is mailed to leads.
    pub mail_address: Option<EmailAddress>,
    /// Where answers go, if not to the sender.
    pub reply_address: Option<EmailAddress>,
    /// Where the company resides; stands in every mail to leads, and without it none is sent.
    pub postal_address: Option<Text<300>>,
    /// Which consent marketing needs; `given` if left out.
    #[serde(deserialize_with = "stored::json")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub consent: ConsentRules,
    /// Whether a consent is asked to be confirmed by mail; not if left out.
    #[serde(deserialize_with = "stored::flag")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub double_opt_in: bool,
    /// Whether owners are mailed about new leads, and about touches that need a look; not if left out.
    #[serde(deserialize_with = "stored::flag")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub lead_alerts: bool,
    /// Whether opened mails are counted; they are if left out.
    #[serde(deserialize_with = "stored::flag")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub track_opens: bool,
    /// Whether followed links are counted; they are if left out.
    #[serde(deserialize_with = "stored::flag")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
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

impl SettingsValues {
    /// Reads a body.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members) -> Result<Self, Vec<Invalid>> {
        let mut read = Reader::new(members);
        let time_zone = read.optional("time_zone", |text| {
            let zone: Result<Tz, _> = text.trim().parse();
            zone.map(|zone| zone.name().to_owned()).map_err(|_| Code::NotTimeZone)
        });
        let values = Self {
            time_zone: time_zone.unwrap_or_else(|| Tz::UTC.name().to_owned()),
            mail_name: read.optional("mail_name", Text::parse),
            mail_address: read.optional("mail_address", EmailAddress::parse),
            reply_address: read.optional("reply_address", EmailAddress::parse),
            postal_address: read.optional("postal_address", Text::parse),
            consent: read.object("consent", consent).unwrap_or_default(),
            double_opt_in: read.flag("double_opt_in"),
            lead_alerts: read.flag("lead_alerts"),
            track_opens: read.flag_or("track_opens", true),
            track_clicks: read.flag_or("track_clicks", true),
        };
        read.close(READ_ONLY).map(|()| values)
    }
}

/// `default`, and in `countries` the rule of each country by its code or English name.
fn consent(read: &mut Reader) -> ConsentRules {
    let default = read.choice("default", ConsentRule::parse).unwrap_or(ConsentRules::default().default);
    let countries = match read.take("countries") {
        None => BTreeMap::new(),
        Some(Value::Object(rules)) => by_country(read, rules),
        Some(_) => {
            read.refuse("countries", Code::NotObject);
            BTreeMap::new()
        }
    };
    ConsentRules { default, countries }
}

fn by_country(read: &mut Reader, rules: serde_json::Map<String, Value>) -> BTreeMap<Country, ConsentRule> {
    let mut countries = BTreeMap::new();
    let mut refused = Vec::new();
    for (name, rule) in rules {
        let rule = rule.as_str().and_then(|text| ConsentRule::parse(text.trim())).ok_or(Code::UnknownValue);
        let read = Country::parse(&name).and_then(|country| match countries.insert(country, rule?) {
            Some(_) => Err(Code::DuplicateMember),
            None => Ok(()),
        });
        if let Err(code) = read {
            let mut invalid = Invalid::member(&name, code);
            invalid.pointer.insert_str(0, "/consent/countries");
            refused.push(invalid);
        }
    }
    read.refuse_all(refused);
    countries
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(body: &Value) -> Result<SettingsValues, Vec<(String, &'static str)>> {
        let members = Members::from_json(body.to_string().as_bytes()).unwrap();
        SettingsValues::parse(members).map_err(|all| all.into_iter().map(|one| (one.pointer, one.code)).collect())
    }

    #[test]
    fn settings_are_read_with_defaults_and_stored_as_they_are() {
        let plain = parse(&json!({})).unwrap();
        assert_eq!((plain.time_zone.as_str(), plain.track_opens, plain.lead_alerts), ("UTC", true, false));
        assert_eq!(plain.consent, ConsentRules::default());
        let rules = json!({ "default": "given", "countries": { "Germany": "confirmed", "US": "not_withdrawn" } });
        let values =
            parse(&json!({ "time_zone": "Asia/Kolkata", "mail_address": "hello@works.com", "consent": rules }))
                .unwrap();
        assert_eq!(json!(values.consent.countries), json!({ "DE": "confirmed", "US": "not_withdrawn" }));
        let row = Value::Object(stored::row(&values));
        assert_eq!(serde_json::from_value::<SettingsValues>(row).unwrap(), values);
    }

    #[test]
    fn every_wrong_member_is_named() {
        let countries = json!({ "Atlantis": "given", "DE": "never", "IN": "given", "India": "given" });
        let body = json!({ "time_zone": "Mars/Olympus", "mail_address": "hello", "track_opens": "x",
            "consent": { "default": "maybe", "countries": countries }, "version": 2, "colour": 1 });
        let mut found = parse(&body).unwrap_err();
        found.sort();
        let mut expected = [
            ("/time_zone", "not_time_zone"),
            ("/mail_address", "email_missing_at"),
            ("/track_opens", "not_boolean"),
            ("/consent/default", "unknown_value"),
            ("/consent/countries/Atlantis", "country_unknown"),
            ("/consent/countries/DE", "unknown_value"),
            ("/consent/countries/India", "duplicate_member"),
            ("/version", "read_only_member"),
            ("/colour", "unknown_member"),
        ]
        .map(|(pointer, code)| (pointer.to_owned(), code));
        expected.sort();
        assert_eq!(found, expected);
    }
}
