//! A form as the API knows it: what can be sent of it, and the record.

use super::{Definition, FormKey};
use crate::body::{Members, Reader};
use crate::entity::Stamp;
use crate::field::{Country, Text};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::stored;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::{Host, Url};

/// A form on the wire and in storage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormRecord {
    /// The form's id.
    pub id: Id,
    /// Whose company.
    pub company_id: Id,
    /// The public key: it only lets a visitor submit.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub form_key: FormKey,
    /// What can be edited.
    #[serde(flatten)]
    pub values: FormValues,
    /// Which definition this is; whatever of it changes makes a new one, and all are kept.
    pub definition_version: i64,
    /// When it was made and changed.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// What can be sent of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormValues {
    /// What the company calls it.
    pub name: Text<200>,
    /// The origins whose pages may submit it, such as `https://www.example.com`; at most 50.
    #[serde(deserialize_with = "stored::json")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub allowed_origins: Vec<String>,
    /// Other hosts that visitors may be led to on sending; at most 50.
    #[serde(deserialize_with = "stored::json")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub redirect_hosts: Vec<String>,
    /// The country of its leads where they name none; the company's if left out.
    pub country: Option<Country>,
    /// Whether it takes submissions; it does if left out.
    #[serde(deserialize_with = "stored::flag")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub is_active: bool,
    /// What it asks and says.
    #[serde(deserialize_with = "stored::json")]
    #[cfg_attr(feature = "openapi", schema(value_type = super::Content))]
    pub definition: Definition,
}

/// A form in a list, without what it asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormLine {
    /// The form's id.
    pub id: Id,
    /// Whose company.
    pub company_id: Id,
    /// The public key.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub form_key: FormKey,
    /// What the company calls it.
    pub name: String,
    /// Whether it takes submissions.
    #[serde(deserialize_with = "stored::flag")]
    pub is_active: bool,
    /// Which definition it has.
    pub definition_version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Counts the edits.
    pub version: i64,
}

/// A definition that a form has or had.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormVersion {
    /// Which one.
    pub number: i64,
    /// Who made it; absent for the first of a company.
    pub user_id: Option<Id>,
    /// When.
    pub created_at: Instant,
    /// What it asks and says.
    #[serde(deserialize_with = "stored::json")]
    #[cfg_attr(feature = "openapi", schema(value_type = super::Content))]
    pub definition: Definition,
}

/// Members that only the system sets.
const READ_ONLY: &[&str] =
    &["id", "company_id", "form_key", "definition_version", "created_at", "updated_at", "version"];

impl FormValues {
    /// Reads a body.
    ///
    /// # Errors
    /// Every refused member, each with its pointer, such as `/definition/fields/2/show/field`.
    pub fn parse(members: Members) -> Result<Self, Vec<Invalid>> {
        let mut read = Reader::new(members);
        let name = read.required("name", Text::parse);
        let allowed_origins = read.list("allowed_origins", 50, origin);
        let redirect_hosts = read.list("redirect_hosts", 50, host);
        let country = read.optional("country", Country::parse);
        let is_active = read.flag_or("is_active", true);
        let definition = definition(&mut read);
        if let Some(definition) = &definition
            && let Some(redirect) = &definition.content().thanks.redirect
            && !leads_to(redirect, &allowed_origins, &redirect_hosts)
        {
            read.refuse_at("definition/thanks/redirect", Code::NotAllowedHere);
        }
        read.close(READ_ONLY)?;
        let (Some(name), Some(definition)) = (name, definition) else { return Err(Vec::new()) };
        Ok(Self { name, allowed_origins, redirect_hosts, country, is_active, definition })
    }
}

fn definition(read: &mut Reader) -> Option<Definition> {
    const NAME: &str = "definition";
    let parsed = match read.take(NAME) {
        Some(Value::Object(members)) => Definition::parse(Members::of(members)),
        Some(_) => {
            read.refuse(NAME, Code::NotObject);
            return None;
        }
        None => {
            read.refuse(NAME, Code::Required);
            return None;
        }
    };
    let within = |error: Invalid| Invalid { pointer: format!("/{NAME}{}", error.pointer), ..error };
    parsed.map_err(|errors| read.refuse_all(errors.into_iter().map(within))).ok()
}

/// The origin of a website as browsers send it.
fn origin(text: &str) -> Result<String, Code> {
    let url = Url::parse(text.trim()).map_err(|_| Code::NotOrigin)?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let web = matches!(url.scheme(), "https" | "http") && url.has_host() && url.password().is_none();
    if bare && web { Ok(url.origin().ascii_serialization()) } else { Err(Code::NotOrigin) }
}

fn host(text: &str) -> Result<String, Code> {
    match Host::parse(text.trim()) {
        Ok(Host::Domain(host)) if host.contains('.') => Ok(host),
        _ => Err(Code::NotHost),
    }
}

/// Whether visitors may be led to this address.
fn leads_to(address: &str, origins: &[String], hosts: &[String]) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let known = |host: &str| url.scheme() == "https" && hosts.iter().any(|allowed| allowed == host);
    origins.contains(&url.origin().ascii_serialization()) || url.host_str().is_some_and(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::around;
    use serde_json::json;

    fn parse(more: &Value, definition: Value) -> Result<FormValues, Vec<(String, &'static str)>> {
        let mut body = json!({ "name": "Site" });
        body["definition"] = definition;
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        FormValues::parse(Members::of(body.as_object().unwrap().clone()))
            .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.code)).collect())
    }

    #[test]
    fn a_form_is_stored_as_it_is() {
        let more =
            json!({ "allowed_origins": ["https://Example.com/", "http://localhost:8080"], "country": "Germany" });
        let values = parse(&more, around(&[], &[])).unwrap();
        assert_eq!(values.allowed_origins, ["https://example.com", "http://localhost:8080"]);
        assert!(values.is_active);
        let columns = json!(stored::row(&values));
        assert_eq!(serde_json::from_value::<FormValues>(columns).unwrap(), values);
    }

    #[test]
    fn visitors_are_led_to_known_places_alone() {
        let to = |redirect: &str| {
            let mut definition = around(&[], &[]);
            definition["thanks"]["redirect"] = json!(redirect);
            let more = json!({ "allowed_origins": ["http://localhost:80"], "redirect_hosts": ["thanks.example.com"] });
            parse(&more, definition).err().unwrap_or_default()
        };
        for known in ["https://thanks.example.com/a?b#c", "http://localhost/x"] {
            assert_eq!(to(known), []);
        }
        let refused = |code| vec![("/definition/thanks/redirect".to_owned(), code)];
        for other in ["http://thanks.example.com/", "https://example.com", "https://thanks.example.com.evil.org/"] {
            assert_eq!(to(other), refused("not_allowed_here"), "{other}");
        }
        for none in ["javascript:alert(1)", "//example.com", "https://a:b@thanks.example.com/"] {
            assert_eq!(to(none), refused("not_web_address"), "{none}");
        }
    }

    #[test]
    fn every_wrong_member_is_told() {
        let more = json!({ "name": " ", "allowed_origins": ["https://example.com/path", "*"], "redirect_hosts": ["localhost", "a/b"], "version": 3 });
        let mut definition = around(&[], &[]);
        definition["fields"][0]["odd"] = json!(1);
        let expected = [
            ("/name", "required"),
            ("/allowed_origins/0", "not_origin"),
            ("/allowed_origins/1", "not_origin"),
            ("/redirect_hosts/0", "not_host"),
            ("/redirect_hosts/1", "not_host"),
            ("/definition/fields/0/odd", "unknown_member"),
            ("/version", "read_only_member"),
        ];
        assert_eq!(parse(&more, definition), Err(expected.map(|(at, code)| (at.to_owned(), code)).to_vec()));
    }
}
