//! Mails: what stands in the outbox, what a provider makes of it, and what comes back (spec E3, E4).

pub mod link;
mod listed;
pub mod machine;
mod message;
pub mod one_click;
pub mod provider;
mod seal;
pub mod sending;
pub mod sign_in;
mod trace;
pub mod webhook;
mod written;

pub use listed::{MailQuery, MailSummary};
pub use seal::{MailSecret, Purpose};
pub use trace::{MailEvent, MailTry, MailWords, TracedMail};
pub use written::Party;

use crate::id::Id;
use crate::policy::named;
use crate::stored;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

named! {
    /// Why a mail is sent.
    MailKind {
        /// A step of a sequence.
        Sequence = "sequence",
        /// A step, to whoever tries it.
        Test = "test",
        /// Asks a person to confirm their consent.
        OptIn = "opt_in",
        /// Tells an owner of a new lead, or of a touch that needs a look.
        LeadAlert = "lead_alert",
        /// A link to sign in. Its words are made when it is handed over, and not stored.
        SignIn = "sign_in",
    }
}

named! {
    /// Where a mail stands.
    MailState {
        /// It waits for its next try.
        Queued = "queued",
        /// A provider was asked, and nobody knows yet what came of it.
        Sending = "sending",
        /// A provider took it.
        Sent = "sent",
        /// It was refused, or tried too often. A person may retry it.
        Dead = "dead",
        /// A provider may have taken it, and cannot be asked. A person may retry it.
        Parked = "parked",
        /// It was not sent any more: its lead left.
        Cancelled = "cancelled",
    }
}

named! {
    /// What came back.
    MailEventKind {
        /// The recipient's server took it.
        Delivered = "delivered",
        /// It could not be delivered.
        Bounced = "bounced",
        /// The person called it spam.
        Complained = "complained",
        /// It was opened.
        Opened = "opened",
        /// A link of it was followed.
        Clicked = "clicked",
        /// The person unsubscribed by it.
        Unsubscribed = "unsubscribed",
    }
}

/// A mail, as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mail {
    /// The mail's id, which is its idempotency key.
    pub id: Id,
    /// Whose company.
    pub company_id: Id,
    /// Why it is sent.
    pub kind: MailKind,
    /// To which lead.
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
    /// The sender's address.
    pub from_address: String,
    /// The sender's name.
    pub from_name: Option<String>,
    /// Where answers go, if not to the sender.
    pub reply_address: Option<String>,
    /// One line.
    pub subject: String,
    /// The HTML as it is sent.
    pub body: String,
    /// The plain text as it is sent.
    pub body_text: String,
    /// Where one click unsubscribes (RFC 8058); mails to leads have one.
    pub unsubscribe_url: Option<String>,
    /// The addresses behind its signed links, in order.
    #[serde(deserialize_with = "stored::json")]
    pub links: Vec<String>,
    /// Where it stands.
    pub state: MailState,
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
    /// Why it is dead, parked or cancelled.
    pub reason: Option<String>,
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
