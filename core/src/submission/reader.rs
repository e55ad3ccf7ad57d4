//! Takes members one by one and collects every error on the way.

use super::Members;
use crate::invalid::{Code, Invalid};
use serde_json::Value;

/// Members that the system sets: sending one is refused by its name.
const READ_ONLY: &[&str] = &[
    "id",
    "company_id",
    "lead_owner_id",
    "owner_id",
    "owner",
    "assignment",
    "status",
    "stage",
    "lead_score",
    "score",
    "score_raw",
    "score_reasons",
    "policy_version",
    "dnd_status",
    "opt_in_date",
    "is_duplicate",
    "duplicate_of",
    "matches",
    "matches_capped",
    "known_customer",
    "spam_score",
    "spam_reasons",
    "validation_status",
    "quarantined_at",
    "phone_e164",
    "lead_source_raw",
    "attribution_inferred",
    "created_at",
    "updated_at",
    "contacted_at",
    "converted_at",
    "converted_to_account_id",
    "deleted_at",
    "version",
];

/// A body being read.
pub(super) struct Reader {
    members: Members,
    errors: Vec<Invalid>,
}

impl Reader {
    pub(super) fn new(members: Members) -> Self {
        Self { members, errors: Vec::new() }
    }

    /// The raw value of a member.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.take(name)
    }

    /// A text that may be missing; blank is missing.
    pub(super) fn optional<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, Code>) -> Option<T> {
        let text = self.text(name)?;
        self.judge(name, parse(&text))
    }

    /// A text that must be there.
    pub(super) fn required<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, Code>) -> Option<T> {
        let before = self.errors.len();
        match self.text(name) {
            Some(text) => self.judge(name, parse(&text)),
            None if self.errors.len() == before => self.judge(name, Err(Code::Required)),
            None => None,
        }
    }

    /// A truth value, `true` or a form's spelling of it; missing is false.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        let read = match self.members.take(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(false),
            Some(Value::String(text)) => crate::field::flag(&text),
            Some(_) => Err(Code::NotBoolean),
        };
        self.judge(name, read).unwrap_or(false)
    }

    /// The value, or its error kept under the member's name.
    pub(super) fn judge<T>(&mut self, name: &str, read: Result<T, Code>) -> Option<T> {
        read.map_err(|code| self.errors.push(Invalid::member(name, code))).ok()
    }

    /// Whether `name` was refused so far.
    pub(super) fn refused(&self, name: &str) -> bool {
        let pointer = Invalid::member(name, Code::Required).pointer;
        self.errors.iter().any(|error| error.pointer == pointer)
    }

    /// Refuses what nobody took; gives every error there was.
    pub(super) fn close(mut self) -> Result<(), Vec<Invalid>> {
        for name in self.members.names() {
            let code = if READ_ONLY.contains(&name) { Code::ReadOnlyMember } else { Code::UnknownMember };
            self.errors.push(Invalid::member(name, code));
        }
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.members.take(name)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text),
            _ => {
                self.errors.push(Invalid::member(name, Code::NotText));
                None
            }
        }
    }
}
