//! The audit trail: its rows, and which of them are asked for (spec R3).

use crate::entity::Entity;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::page_query::Parameters;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// A row of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditRow {
    /// The row's id.
    pub id: Id,
    /// The person who did it.
    pub user_id: Option<Id>,
    /// With which key.
    pub key_id: Option<Id>,
    /// Through which form, where a visitor did it.
    pub form_id: Option<Id>,
    /// What kind of thing was changed.
    pub entity_type: String,
    /// Which one.
    pub entity_id: Id,
    /// `create`, `update`, `delete`, ...
    pub action: String,
    /// The field that changed.
    pub field_name: Option<String>,
    /// What it was, as stored.
    pub old_value: Option<String>,
    /// What it became, as stored.
    pub new_value: Option<String>,
    /// Where from.
    pub ip_address: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
    /// In which request.
    pub request_id: String,
    /// When.
    pub created_at: Instant,
}

/// Rows that are asked for, newest first. Every filter must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditQuery {
    /// About things of this kind.
    pub entity_type: Option<Entity>,
    /// About this one.
    pub entity_id: Option<Id>,
    /// By this person.
    pub user_id: Option<Id>,
    /// Of this act.
    pub action: Option<String>,
    /// About this field.
    pub field_name: Option<String>,
    /// Of this request.
    pub request_id: Option<Id>,
    /// At or after this instant.
    pub created_from: Option<Instant>,
    /// Before this instant.
    pub created_to: Option<Instant>,
    /// At most so many, 1 to 200.
    pub limit: u8,
    /// Behind this row.
    pub cursor: Option<Id>,
}

impl AuditQuery {
    /// Reads the pairs of a query string.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let word = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let query = Self {
            entity_type: read.take("entity_type", Code::UnknownValue, Entity::parse),
            entity_id: read.take("entity_id", Code::NotId, Id::parse),
            user_id: read.take("user_id", Code::NotId, Id::parse),
            action: read.take("action", Code::Required, word),
            field_name: read.take("field_name", Code::Required, word),
            request_id: read.take("request_id", Code::NotId, Id::parse),
            created_from: read.instant("created_from"),
            created_to: read.instant("created_to"),
            limit: read.limit(),
            cursor: read.take("cursor", Code::CursorInvalid, |text| Id::parse(text.strip_prefix("audit.")?)),
        };
        read.close().map(|()| query)
    }

    /// The cursor behind this row, as callers carry it.
    #[must_use]
    pub fn cursor_behind(id: &Id) -> String {
        format!("audit.{id}")
    }
}
