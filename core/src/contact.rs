//! Contacts: the people of an account, exactly one of them its primary contact (spec B3).

use crate::account::read_flag;
use crate::body::{Members, Reader};
use crate::entity::Stamp;
use crate::field::{AuthorityLevel, Country, EmailAddress, FullName, PhoneNumber, Text};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead::Lead;
use crate::policy::named;
use crate::stored;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

named! {
    /// How a person likes to be reached (seed, Step 1.3).
    Channel {
        /// By e-mail.
        Email = "email",
        /// By WhatsApp.
        WhatsApp = "whatsapp",
        /// By phone.
        Phone = "phone",
    }
}

named! {
    /// How much a person's word counts (seed, Step 1.3).
    InfluenceScore {
        /// Much.
        High = "high",
        /// Somewhat.
        Medium = "medium",
        /// Little.
        Low = "low",
    }
}

/// What callers may send of a contact besides its place in the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactValues {
    /// The person's whole name.
    pub name: FullName,
    /// Their job.
    pub job_title: Option<Text<100>>,
    /// What they have to say in a purchase.
    pub role: Option<AuthorityLevel>,
    /// Their address.
    pub email: Option<EmailAddress>,
    /// Their phone as given.
    pub phone: Option<Text<{ PhoneNumber::MAX }>>,
    /// How they like to be reached.
    pub preferred_channel: Option<Channel>,
    /// How much their word counts.
    pub influence_score: Option<InfluenceScore>,
}

/// The body of a creation or a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactBody {
    /// Its values.
    #[serde(flatten)]
    pub values: ContactValues,
    /// The account: needed for a new contact; another one moves the contact there.
    pub account_id: Option<Id>,
    /// True makes it the primary contact in place of the one before, false hands that to the oldest other one. An account
    /// with contacts always has one, so an only contact is it in any case.
    pub is_primary_contact: Option<bool>,
    /// The phone in E.164.
    #[serde(skip)]
    pub phone_e164: Option<String>,
}

/// A contact, every field of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contact {
    /// The contact's id.
    pub id: Id,
    /// Whose contact.
    pub company_id: Id,
    /// The account.
    pub account_id: Id,
    /// Its values.
    #[serde(flatten)]
    pub values: ContactValues,
    /// The phone in E.164.
    pub phone_e164: Option<String>,
    /// Whether it is the account's primary contact.
    #[serde(deserialize_with = "stored::flag")]
    pub is_primary_contact: bool,
    /// When it was made and changed.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// Members that only the system sets.
const READ_ONLY: &[&str] = &["id", "company_id", "phone_e164", "created_at", "updated_at", "deleted_at", "version"];

impl ContactBody {
    /// Reads a body's members. `region` is the company's country; a phone that `before` has already keeps the number
    /// that it was read as, whatever region that was in.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members, region: Country, before: Option<&Contact>) -> Result<Self, Vec<Invalid>> {
        let mut reader = Reader::new(members);
        let account_id = reader.id("account_id");
        let name = reader.required("name", FullName::parse);
        let job_title = reader.optional("job_title", Text::parse);
        let role = reader.optional("role", AuthorityLevel::parse);
        let email = reader.optional("email", EmailAddress::parse);
        let phone = reader.optional("phone", |text| read_phone(text, region, before));
        let preferred_channel = reader.choice("preferred_channel", Channel::parse);
        let influence_score = reader.choice("influence_score", InfluenceScore::parse);
        let is_primary_contact = read_flag(&mut reader, "is_primary_contact");
        if account_id.is_none() && before.is_none() && !reader.refused("account_id") {
            reader.refuse("account_id", Code::Required);
        }
        reader.close(READ_ONLY)?;
        let Some(name) = name else { return Err(Vec::new()) };
        let (phone, phone_e164) = phone.unzip();
        let values = ContactValues { name, job_title, role, email, phone, preferred_channel, influence_score };
        Ok(Self { values, account_id, is_primary_contact, phone_e164 })
    }
}

/// The phone as given and in E.164.
fn read_phone(
    text: &str,
    region: Country,
    before: Option<&Contact>,
) -> Result<(Text<{ PhoneNumber::MAX }>, String), Code> {
    if let Some(Contact { values, phone_e164: Some(e164), .. }) = before
        && let Some(same) = values.phone.as_ref().filter(|phone| phone.as_str() == text.trim())
    {
        return Ok((same.clone(), e164.clone()));
    }
    let phone = PhoneNumber::parse(text, region)?;
    Ok((Text::parse(phone.as_str())?, phone.e164().to_owned()))
}

impl Contact {
    /// The contact that a lead becomes (spec C2; seed, Step 6.1): its role follows the lead's authority.
    ///
    /// # Errors
    /// A value of the lead is not what a lead can hold.
    pub fn of_lead(id: Id, account_id: Id, lead: &Lead, is_primary: bool, now: Instant) -> Result<Self, Code> {
        let values = ContactValues {
            name: FullName::parse(&format!("{} {}", lead.first_name, lead.last_name))?,
            job_title: lead.job_title.as_deref().map(Text::parse).transpose()?,
            role: lead.authority_level.as_deref().map(AuthorityLevel::parse).transpose()?,
            email: Some(EmailAddress::parse(&lead.email)?),
            phone: Some(Text::parse(&lead.phone)?),
            preferred_channel: None,
            influence_score: None,
        };
        Ok(Self {
            id,
            company_id: lead.company_id.clone(),
            account_id,
            values,
            phone_e164: lead.phone_e164.clone(),
            is_primary_contact: is_primary,
            stamp: Stamp::new(now),
        })
    }

    /// Its columns, the keys for matching (spec N) among them.
    #[must_use]
    pub fn columns(&self) -> Map<String, Value> {
        let mut columns = stored::row(self);
        columns.insert("email_key".into(), self.values.email.as_ref().map(EmailAddress::key).into());
        columns.insert("name_key".into(), self.values.name.key().into());
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(body: &Value, before: Option<&Contact>) -> Result<ContactBody, Vec<(String, &'static str)>> {
        let members = Members::from_json(body.to_string().as_bytes()).unwrap();
        let flat = |errors: Vec<Invalid>| errors.into_iter().map(|error| (error.pointer, error.code)).collect();
        ContactBody::parse(members, Country::INDIA, before).map_err(flat)
    }

    fn contact(phone: &str, e164: &str) -> Contact {
        let now = Instant::from_ms(1_700_000_000_000).unwrap();
        let id = |n| Id::new(now, &[n; 10]);
        let body = json!({ "account_id": id(3), "name": "Asha Verma", "email": "Asha@Tidewater.com", "role": "user" });
        let ContactBody { mut values, account_id, .. } = parse(&body, None).unwrap();
        values.phone = Some(Text::parse(phone).unwrap());
        Contact {
            id: id(1),
            company_id: id(2),
            account_id: account_id.unwrap(),
            values,
            phone_e164: Some(e164.to_owned()),
            is_primary_contact: true,
            stamp: Stamp::new(now),
        }
    }

    #[test]
    fn every_error_is_told() {
        let body = json!({
            "email": "asha", "phone": "12", "role": "boss", "preferred_channel": "Email", "influence_score": 3,
            "is_primary_contact": 1, "phone_e164": "+911234567890",
        });
        let expected = [
            ("/name", "required"),
            ("/role", "unknown_value"),
            ("/email", "email_missing_at"),
            ("/phone", "phone_too_short"),
            ("/preferred_channel", "unknown_value"),
            ("/influence_score", "not_text"),
            ("/is_primary_contact", "not_boolean"),
            ("/account_id", "required"),
            ("/phone_e164", "read_only_member"),
        ];
        assert_eq!(parse(&body, None).unwrap_err(), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn a_phone_read_in_another_country_stays_the_number_it_is() {
        let before = contact("(415) 555-2671", "+14155552671");
        let same = parse(&json!({ "name": "Asha", "phone": "(415) 555-2671" }), Some(&before)).unwrap();
        assert_eq!(same.phone_e164.as_deref(), Some("+14155552671"));
        let other = parse(&json!({ "name": "Asha", "phone": "98765 43210" }), Some(&before)).unwrap();
        assert_eq!(other.phone_e164.as_deref(), Some("+919876543210"));
    }

    #[test]
    fn a_row_reads_back_as_the_contact_it_was_made_of() {
        let contact = contact("98765 43210", "+919876543210");
        let columns = contact.columns();
        assert_eq!(columns["email_key"], "asha@tidewater.com");
        assert_eq!(columns["name_key"], "asha verma");
        assert_eq!(columns["is_primary_contact"], 1);
        assert_eq!(serde_json::from_value::<Contact>(columns.into()).unwrap(), contact);
    }
}
