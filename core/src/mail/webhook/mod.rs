//! What providers report by their webhooks: whose word it is, and what happened to which mail (spec E4).

mod postmark;
mod resend;

pub use postmark::{is_postmark, read as read_postmark};
pub use resend::{is_resend, read as read_resend};

use super::MailEventKind;
use crate::id::Id;
use crate::mail::MailSecret;
use crate::mail::link::{LinkToken, What};
use crate::time::{DAY_MS, Instant};
use serde_json::Value;

/// One event as a provider reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which mail, as far as the report says: by our own names, or by the provider's.
    pub mail: Named,
    /// The provider's name for the event: the same when it reports it again.
    pub source: String,
    /// What happened.
    pub kind: MailEventKind,
    /// Whether it is for good: a bounce of an address that does not exist.
    pub is_final: bool,
    /// More of it, such as the kind of bounce; never an address.
    pub detail: Option<String>,
    /// The link that was followed, as the provider names it.
    pub link: Option<String>,
    /// With what it was opened or followed.
    pub user_agent: Option<String>,
    /// To whom the mail went.
    pub recipient: Option<String>,
    /// When it happened.
    pub at: Option<Instant>,
}

/// How the kept word for a bounce begins that is for good.
pub const PERMANENT: &str = "permanent";

/// A mail as a report names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// By the tags that it was sent with: company and mail.
    pub ours: Option<(Id, Id)>,
    /// By the provider's own id.
    pub provider_id: Option<String>,
}

impl Report {
    /// When it happened, as it is kept: not ahead of our clock, nor further back than a provider reports.
    #[must_use]
    pub fn happened_at(&self, now: Instant) -> Instant {
        self.at.map_or(now, |at| at.clamp(now.plus_ms(-30 * DAY_MS), now))
    }

    /// What is kept of it besides its kind: whether a bounce is for good, and the provider's word for it.
    #[must_use]
    pub fn kept_detail(&self) -> Option<String> {
        let word = self.detail.as_deref().unwrap_or_default();
        match self.kind {
            MailEventKind::Bounced if self.is_final => Some(format!("{PERMANENT} {word}").trim_end().to_owned()),
            _ => self.detail.clone(),
        }
    }

    /// The number of the link that was followed, where it is one of our signed ones of this mail.
    #[must_use]
    pub fn signed_link(&self, secret: &MailSecret) -> Option<u16> {
        let token = LinkToken::open(secret, self.link.as_deref()?.rsplit_once("/m/c/")?.1)?;
        match token.what {
            What::Click(link) if self.mail.ours.as_ref().is_none_or(|(_, mail)| *mail == token.mail_id) => Some(link),
            _ => None,
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A word of the provider's that is kept: short, and without anything that may be an address.
fn word(value: &Value) -> Option<String> {
    let fits = |text: &String| text.len() <= 60 && text.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_');
    text(value).filter(fits)
}

fn user_agent(value: &Value) -> Option<String> {
    text(value).map(|text| text.chars().take(500).collect())
}

/// The mail by the names `company_id` and `mail_id`, as `of` finds them.
fn ours<'a>(of: impl Fn(&str) -> Option<&'a str>) -> Option<(Id, Id)> {
    Some((Id::parse(of("company_id")?)?, Id::parse(of("mail_id")?)?))
}
