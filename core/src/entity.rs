//! What is kept, by the names of the audit trail, and the stamp that every editable record carries.

use crate::id::Id;
use crate::policy::named;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

named! {
    /// What a row of the audit trail is about (spec R3).
    Entity {
        /// A lead.
        Lead = "lead",
        /// An account.
        Account = "account",
        /// A contact.
        Contact = "contact",
        /// An opportunity.
        Opportunity = "opportunity",
        /// An activity.
        Activity = "activity",
        /// A person who works here.
        User = "user",
        /// People who share leads in turns.
        Pool = "pool",
        /// A part of the market with a pool of its own.
        Territory = "territory",
        /// A secret key.
        ApiKey = "api_key",
        /// A person's signed-in browser.
        Session = "session",
        /// A form.
        Form = "form",
        /// The company itself.
        Company = "company",
        /// What a company says of its mails.
        Settings = "settings",
        /// Mails that follow one another.
        Sequence = "sequence",
        /// A lead in a sequence.
        Enrolment = "enrolment",
        /// A mail.
        Mail = "mail",
        /// An address that is never mailed.
        Suppression = "suppression",
    }
}

/// When a record was made and changed, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stamp {
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Counts the edits; its ETag (spec R4).
    pub version: i64,
    /// The attempt that wrote this version: by it a lost answer is told from a rival.
    #[serde(default, skip_serializing)]
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub attempt_id: Option<Id>,
}

impl Stamp {
    /// The stamp of a record that is made now.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { created_at: now, updated_at: now, version: 1, attempt_id: None }
    }

    /// The stamp after an edit that is made now.
    #[must_use]
    pub fn edited(&self, now: Instant) -> Self {
        Self {
            created_at: self.created_at,
            updated_at: self.updated_at.max(now),
            version: self.version + 1,
            attempt_id: None,
        }
    }
}
