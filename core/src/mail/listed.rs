//! Mails as lists show them: where each stands, without its words.

use super::{MailKind, MailState};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::page_query::{PageQuery, Parameters};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// A mail without its words, as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailSummary {
    /// The mail's id, which is its idempotency key.
    pub id: Id,
    /// Why it is sent.
    pub kind: MailKind,
    /// To which lead, or about which.
    pub lead_id: Option<Id>,
    /// To whom of the company.
    pub user_id: Option<Id>,
    /// Of which sequence.
    pub sequence_id: Option<Id>,
    /// Under which definition of it.
    pub revision: Option<i64>,
    /// Which step of it.
    pub step_number: Option<u32>,
    /// To which address.
    pub to_address: String,
    /// The recipient's name.
    pub to_name: Option<String>,
    /// Its subject, one line.
    pub subject: String,
    /// Where it stands.
    pub state: MailState,
    /// Why it is dead, parked or cancelled.
    pub reason: Option<String>,
    /// How often a provider was asked to take it.
    pub tries: u32,
    /// When it is tried next; none once nothing is done by itself any more.
    pub next_try_at: Option<Instant>,
    /// When a provider was first asked.
    pub first_try_at: Option<Instant>,
    /// Which provider.
    pub provider: Option<String>,
    /// That provider's name for it.
    pub provider_id: Option<String>,
    /// When it was due.
    pub due_at: Instant,
    /// When it was written.
    pub created_at: Instant,
    /// When a provider took it.
    pub sent_at: Option<Instant>,
    /// When it was delivered.
    pub delivered_at: Option<Instant>,
    /// When a person first opened it.
    pub opened_at: Option<Instant>,
    /// When a person first followed a link of it.
    pub clicked_at: Option<Instant>,
    /// When it bounced.
    pub bounced_at: Option<Instant>,
    /// When the person called it spam.
    pub complained_at: Option<Instant>,
}

/// Which mails are asked for, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailQuery {
    /// Where they stand.
    pub state: Option<MailState>,
    /// Why they are sent.
    pub kind: Option<MailKind>,
    /// To which lead, or about which.
    pub lead_id: Option<Id>,
    /// Of which sequence.
    pub sequence_id: Option<Id>,
    /// Which page; each goes on with what is older.
    pub page: PageQuery,
}

impl MailQuery {
    /// Reads the pairs of a query string.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let query = Self {
            state: read.take("state", Code::UnknownValue, MailState::parse),
            kind: read.take("kind", Code::UnknownValue, MailKind::parse),
            lead_id: read.take("lead_id", Code::NotId, Id::parse),
            sequence_id: read.take("sequence_id", Code::NotId, Id::parse),
            page: PageQuery::take(&mut read),
        };
        read.close().map(|()| query)
    }
}
