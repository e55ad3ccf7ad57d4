//! A mail with all that came of it: what providers were asked and answered, and what came back (spec E3, E4).

use super::sending::{TryAct, TryOutcome};
use super::{MailEventKind, MailSummary};
use crate::id::Id;
use crate::stored;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// What a provider was asked about a mail, and what it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailTry {
    /// The try's id.
    pub id: Id,
    /// Which provider.
    pub provider: String,
    /// What it was asked for.
    pub act: TryAct,
    /// What came of it.
    pub outcome: TryOutcome,
    /// The HTTP status of its answer, if there was one.
    pub status: Option<u16>,
    /// What it said, cut short and without addresses.
    pub words: Option<String>,
    /// When.
    pub created_at: Instant,
}

/// Something that came back of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailEvent {
    /// The event's id.
    pub id: Id,
    /// What happened.
    pub kind: MailEventKind,
    /// Which of the mail's links was followed: its place in `links`, from 0.
    pub link: Option<u16>,
    /// By GET or HEAD, where a link of ours was asked.
    pub method: Option<String>,
    /// What asked.
    pub user_agent: Option<String>,
    /// More of it, such as the kind of a bounce.
    pub detail: Option<String>,
    /// Why it was no person; none for a person, or until it is judged.
    pub machine: Option<String>,
    /// When that was judged.
    pub judged_at: Option<Instant>,
    /// When it happened.
    pub created_at: Instant,
}

/// A mail's words, as they are stored and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailWords {
    /// The sender's address.
    pub from_address: String,
    /// The sender's name.
    pub from_name: Option<String>,
    /// Where answers go, if not to the sender.
    pub reply_address: Option<String>,
    /// The HTML as it is sent; none of a mail with a link to sign in.
    pub body: Option<String>,
    /// The plain text as it is sent; none of a mail with a link to sign in.
    pub body_text: Option<String>,
    /// Where one click unsubscribes (RFC 8058); mails to leads have one.
    pub unsubscribe_url: Option<String>,
    /// The addresses behind its signed links, in order.
    #[serde(deserialize_with = "stored::json")]
    pub links: Vec<String>,
}

/// A mail from due to the provider's answer, and what came back of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TracedMail {
    /// Where it stands.
    #[serde(flatten)]
    pub mail: MailSummary,
    /// What it says.
    #[serde(flatten)]
    pub words: MailWords,
    /// What providers were asked and answered, oldest first; the newest 200.
    pub answers: Vec<MailTry>,
    /// What came back, oldest first; 200 at most are kept.
    pub events: Vec<MailEvent>,
}
