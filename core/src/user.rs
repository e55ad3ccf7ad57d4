//! People who work in a company: what they are, to whom they report, and how many leads they take.

use crate::access::Role;
use crate::body::{Members, Reader};
use crate::entity::Stamp;
use crate::field::{EmailAddress, Text};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::page_query::{PageQuery, Parameters};
use crate::stored;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A person on the wire and in storage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// The person's id.
    pub id: Id,
    /// Whose company.
    pub company_id: Id,
    /// What can be edited.
    #[serde(flatten)]
    pub values: UserValues,
    /// When it was made and changed.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// What can be sent of a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserValues {
    /// Their name.
    pub name: Text<200>,
    /// Their address, by which they sign in; one person of a company each.
    pub email: EmailAddress,
    /// What they are.
    pub role: Role,
    /// Whose report they are; reports are followed at any depth.
    #[serde(default)]
    pub manager_id: Option<Id>,
    /// Whether they work here: who does not cannot sign in, and their keys do nothing. True if left out.
    #[serde(default = "yes", deserialize_with = "stored::flag")]
    pub is_active: bool,
    /// Away until this moment: they take no turns before it.
    #[serde(default)]
    pub absent_until: Option<Instant>,
    /// How many open leads they take; no limit where absent.
    #[serde(default)]
    pub capacity: Option<u32>,
}

fn yes() -> bool {
    true
}

/// The most open leads that a capacity can name.
const MOST_LEADS: i64 = 1_000_000;

impl UserValues {
    /// Reads a body.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members) -> Result<Self, Vec<Invalid>> {
        let mut read = Reader::new(members);
        let name = read.required("name", Text::parse);
        let email = read.required("email", EmailAddress::parse);
        let role = read.required("role", |text| Role::parse(text.trim()).ok_or(Code::UnknownValue));
        let manager_id = read.id("manager_id");
        let is_active = read.flag_or("is_active", true);
        let absent_until = read.instant("absent_until");
        let capacity = read.whole("capacity", 0..=MOST_LEADS).and_then(|count| u32::try_from(count).ok());
        read.close(READ_ONLY)?;
        let (Some(name), Some(email), Some(role)) = (name, email, role) else { return Err(Vec::new()) };
        Ok(Self { name, email, role, manager_id, is_active, absent_until, capacity })
    }

    /// The columns, the key of the address included.
    #[must_use]
    pub fn columns(&self) -> Map<String, Value> {
        let mut columns = stored::row(self);
        columns.insert("email_key".to_owned(), self.email.key().into());
        columns
    }

    /// Whether the person can administer the company.
    #[must_use]
    pub fn is_working_admin(&self) -> bool {
        self.is_active && self.role == Role::Admin
    }
}

/// Members that only the system sets.
pub(crate) const READ_ONLY: &[&str] = &["id", "company_id", "created_at", "updated_at", "version"];

/// A list of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserQuery {
    /// What they are.
    pub role: Option<Role>,
    /// Whether they work here.
    pub is_active: Option<bool>,
    /// Which page.
    pub page: PageQuery,
}

impl UserQuery {
    /// Reads the pairs of a query string.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let role = read.take("role", Code::UnknownValue, Role::parse);
        let is_active = read.flag("is_active");
        let page = PageQuery::take(&mut read);
        read.close().map(|()| Self { role, is_active, page })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn codes(body: &Value) -> Vec<(String, &'static str)> {
        let refused = UserValues::parse(Members::from_json(body.to_string().as_bytes()).unwrap());
        refused.err().unwrap_or_default().into_iter().map(|invalid| (invalid.pointer, invalid.code)).collect()
    }

    #[test]
    fn a_person_is_read_with_defaults() {
        let body = json!({ "name": " Asha ", "email": "Asha@Tidewater-Pumps.com", "role": "sdr", "capacity": 5 });
        assert_eq!(codes(&body), []);
        let values = UserValues::parse(Members::from_json(body.to_string().as_bytes()).unwrap()).unwrap();
        assert!(values.is_active && values.manager_id.is_none());
        let columns = values.columns();
        assert_eq!((&columns["email_key"], &columns["is_active"]), (&json!("asha@tidewater-pumps.com"), &json!(1)));
    }

    #[test]
    fn every_wrong_member_is_named() {
        let body = json!({ "name": "", "email": "asha", "role": "boss", "manager_id": "me", "is_active": "x",
            "absent_until": "soon", "capacity": -1, "version": 3, "wage": 1 });
        let expected = [
            ("/name", "required"),
            ("/email", "email_missing_at"),
            ("/role", "unknown_value"),
            ("/manager_id", "not_id"),
            ("/is_active", "not_boolean"),
            ("/absent_until", "not_date_time"),
            ("/capacity", "not_whole_number"),
            ("/version", "read_only_member"),
            ("/wage", "unknown_member"),
        ];
        assert_eq!(codes(&body), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }
}
