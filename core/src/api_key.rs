//! Secret keys of people: listed without their secret, shown once, revoked (spec R2).

use crate::access::Scope;
use crate::body::{Members, Reader};
use crate::field::Text;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::stored;
use crate::time::Instant;
use crate::user::READ_ONLY;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A key on the wire; its secret and its hash are in nobody's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    /// The key's id.
    pub id: Id,
    /// Whose company.
    pub company_id: Id,
    /// The person it acts as.
    pub user_id: Id,
    /// Its name.
    pub name: Text<200>,
    /// What it may be used for.
    #[serde(deserialize_with = "stored::json")]
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last used, to the hour.
    pub last_used_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

/// What can be sent of a new key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyValues {
    /// Its name.
    pub name: Text<200>,
    /// What it may be used for: at least one, and none that the caller lacks.
    pub scopes: Vec<Scope>,
    /// The person it acts as; whoever asks, if left out.
    pub user_id: Option<Id>,
}

impl KeyValues {
    /// Reads a body.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members) -> Result<Self, Vec<Invalid>> {
        let named = members.clone().take("scopes").is_some_and(|list| list != json!([]));
        let mut read = Reader::new(members);
        let name = read.required("name", Text::parse);
        let most = u16::try_from(Scope::ALL.len()).unwrap_or(u16::MAX);
        let mut scopes = read.list("scopes", most, |text| Scope::parse(text.trim()).ok_or(Code::UnknownValue));
        if !named {
            read.refuse("scopes", Code::Required);
        }
        scopes.sort_unstable();
        scopes.dedup();
        let user_id = read.id("user_id");
        read.close(&[READ_ONLY, &["key", "last_used_at", "revoked_at"]].concat())?;
        let Some(name) = name else { return Err(Vec::new()) };
        Ok(Self { name, scopes, user_id })
    }
}
