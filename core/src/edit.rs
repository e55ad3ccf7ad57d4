//! Changes of rows that exist: whose version the caller has seen, and which fields differ (spec R3, R4).

use crate::entity::{Entity, Stamp};
use crate::id::Id;
use crate::plan::{Change, Context};
use crate::problem::Refusal;
use serde_json::{Map, Value};

/// What If-Match asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// The header is missing.
    Missing,
    /// `*`: whatever version stands.
    Any,
    /// One of these versions.
    Versions(Vec<i64>),
}

/// What the version says about a change that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Already {
    /// It is still to be made.
    No,
    /// This very request made it, and the answer was lost on the way.
    Ours,
}

impl Precondition {
    /// Reads the header: entity tags that are version numbers, weak ones included; a tag that is none matches nothing.
    #[must_use]
    pub fn parse(header: Option<&str>) -> Self {
        let Some(text) = header else { return Self::Missing };
        if text.trim() == "*" {
            return Self::Any;
        }
        let tags = text.split(',').map(str::trim).map(|tag| tag.strip_prefix("W/").unwrap_or(tag));
        let version = |tag: &str| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok();
        Self::Versions(tags.filter_map(version).collect())
    }

    /// Compares with the record as it stands.
    ///
    /// # Errors
    /// [`Refusal::PreconditionRequired`] without the header, [`Refusal::Stale`] where another version stands.
    pub fn check(&self, stamp: &Stamp, context: &Context<'_>) -> Result<Already, Refusal> {
        if stamp.attempt_id.as_ref().is_some_and(|attempt| context.attempts.contains(attempt)) {
            return Ok(Already::Ours);
        }
        match self {
            Self::Missing => Err(Refusal::PreconditionRequired),
            Self::Versions(seen) if !seen.contains(&stamp.version) => Err(Refusal::Stale { version: stamp.version }),
            Self::Any | Self::Versions(_) => Ok(Already::No),
        }
    }
}

/// An edit of one record: the fields that differ. It raises the version and is audited field by field.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// What kind of record.
    pub entity: Entity,
    /// Which one.
    pub id: Id,
    /// The version that was read; the new one is one more. Two writers of the same version collide.
    pub version: i64,
    /// The attempt that writes it.
    pub attempt_id: Id,
    /// `update`, `delete`, `convert`, ... as the audit trail names it.
    pub action: &'static str,
    /// Columns and their new values, as they are stored. What they were is read where they are written: events and touches may
    /// have changed it since this edit was decided.
    pub fields: Vec<FieldChange>,
}

/// One field that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// The audit row's id.
    pub audit_id: Id,
    /// The column.
    pub name: String,
    /// As it will be.
    pub new: Value,
}

impl Edit {
    /// The change from `old` to `new`, both as [`crate::stored::row`] gives them; `None` where nothing differs.
    /// Only members of `new` are looked at; the stamp's are left out.
    #[must_use]
    pub fn between(
        of: (Entity, &Id, &Stamp),
        action: &'static str,
        old: &Map<String, Value>,
        new: Map<String, Value>,
        context: &mut Context<'_>,
    ) -> Option<Change> {
        const STAMP: [&str; 3] = ["created_at", "updated_at", "version"];
        let (entity, id, stamp) = of;
        let mut fields = Vec::new();
        for (name, value) in new {
            let before = old.get(&name).cloned().unwrap_or_default();
            if before != value && !STAMP.contains(&name.as_str()) {
                fields.push(FieldChange { audit_id: context.ids.next_id(), name, new: value });
            }
        }
        if fields.is_empty() {
            return None;
        }
        let attempt_id = context.attempt();
        let edit = Self { entity, id: id.clone(), version: stamp.version, attempt_id, action, fields };
        Some(Change::Edit(Box::new(edit)))
    }

    /// The deletion of a record that stands; its row is kept.
    #[must_use]
    pub fn hide((entity, id, stamp): (Entity, &Id, &Stamp), context: &mut Context<'_>) -> Change {
        let (name, now) = ("deleted_at".to_owned(), context.now.ms().into());
        let fields = vec![FieldChange { audit_id: context.ids.next_id(), name, new: now }];
        let attempt_id = context.attempt();
        let edit = Self { entity, id: id.clone(), version: stamp.version, attempt_id, action: "delete", fields };
        Change::Edit(Box::new(edit))
    }
}

/// A record to be inserted; the insertion is audited with one row.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRecord {
    /// What kind of record.
    pub entity: Entity,
    /// Its id.
    pub id: Id,
    /// The audit row's id.
    pub audit_id: Id,
    /// Its columns as [`crate::stored::row`] gives them; more than the table has are left out.
    pub columns: Map<String, Value>,
}

impl NewRecord {
    /// The change that inserts this record.
    #[must_use]
    pub fn insert(entity: Entity, id: &Id, columns: Map<String, Value>, context: &mut Context<'_>) -> Change {
        let audit_id = context.ids.next_id();
        Change::Insert(Box::new(Self { entity, id: id.clone(), audit_id, columns }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_is_read_as_versions() {
        let cases = [
            (None, Precondition::Missing),
            (Some("*"), Precondition::Any),
            (Some("\"3\""), Precondition::Versions(vec![3])),
            (Some("W/\"3\", \"4\""), Precondition::Versions(vec![3, 4])),
            (Some("3"), Precondition::Versions(vec![])),
            (Some("\"abc\""), Precondition::Versions(vec![])),
        ];
        for (header, expected) in cases {
            assert_eq!(Precondition::parse(header), expected, "{header:?}");
        }
    }
}
