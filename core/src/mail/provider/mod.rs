//! Mail services over HTTP: the requests that are sent to them and what their answers mean (spec E3). Whoever has a network
//! carries them; nothing here does.

mod postmark;
mod resend;

use super::sending::{Answer, Provider, Repeats, Sight, Told};
use super::{Mail, message};
use crate::time::Instant;
use chrono::DateTime;
use serde_json::Value;

/// How long a provider's words are kept, in characters.
const WORDS: usize = 200;

/// One HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Headers by their names.
    pub headers: Vec<(&'static str, String)>,
    /// JSON, where something is sent.
    pub body: Option<String>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An answer.
    Came {
        /// Its status.
        status: u16,
        /// Its header Retry-After.
        retry_after: Option<String>,
        /// Its body, or as much of it as was read.
        body: Vec<u8>,
    },
    /// None: it did not come in time, or the connection broke.
    Lost,
}

/// The service that takes a deployment's mails.
#[derive(Clone, PartialEq, Eq)]
pub enum Service {
    /// None: mails stay in the outbox, and count as sent.
    Outbox,
    /// Resend.
    Resend(Account),
    /// Postmark.
    Postmark {
        /// Its token is a server's.
        account: Account,
        /// The message stream that mails are sent in.
        stream: String,
    },
}

/// Where a service is called, and as whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// What its addresses begin with; without a slash at the end.
    pub url: String,
    /// The secret.
    pub key: String,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.provider().name)
    }
}

impl Service {
    /// Its name, and what it does about a mail that it may have already.
    #[must_use]
    pub fn provider(&self) -> Provider {
        match self {
            // Nothing is called, so nothing is unclear.
            Self::Outbox => Provider { name: "outbox", repeats: Repeats::Unknowable },
            Self::Resend(_) => Provider { name: "resend", repeats: resend::REPEATS },
            Self::Postmark { .. } => Provider { name: "postmark", repeats: postmark::REPEATS },
        }
    }

    /// The request that hands a mail over; none where nobody is called.
    #[must_use]
    pub fn handing_over(&self, mail: &Mail) -> Option<Request> {
        match self {
            Self::Outbox => None,
            Self::Resend(account) => Some(resend::send(account, mail)),
            Self::Postmark { account, stream } => Some(postmark::send(account, stream, mail)),
        }
    }

    /// What the reply to it means.
    #[must_use]
    pub fn handed_over(&self, reply: &Reply, now: Instant) -> Told<Answer> {
        read(reply, Answer::Unclear, |came| match self {
            Self::Outbox => Answer::Accepted { provider_id: None },
            Self::Resend(_) => resend::sent(came, now),
            Self::Postmark { .. } => postmark::sent(came, now),
        })
    }

    /// The request that looks a mail up; none where that cannot be done.
    #[must_use]
    pub fn looking_up(&self, mail: &Mail) -> Option<Request> {
        match self {
            Self::Outbox | Self::Resend(_) => None,
            Self::Postmark { account, stream } => Some(postmark::look_up(account, stream, mail)),
        }
    }

    /// What the reply to it means.
    #[must_use]
    pub fn looked_up(&self, reply: &Reply, mail: &Mail, now: Instant) -> Told<Sight> {
        let unclear = Sight::Unclear { after_ms: None };
        read(reply, unclear.clone(), |came| match self {
            Self::Outbox | Self::Resend(_) => unclear,
            Self::Postmark { .. } => postmark::found(came, mail, now),
        })
    }
}

/// An answer, read as far as it can be.
struct Came<'a> {
    status: u16,
    retry_after: Option<&'a str>,
    /// Null where it is no JSON.
    body: Value,
}

impl Came<'_> {
    /// After how many milliseconds one may come again: RFC 9110 writes seconds or a moment.
    fn after_ms(&self, now: Instant) -> Option<i64> {
        let text = self.retry_after?.trim();
        let seconds = || text.parse::<u32>().ok().map(|seconds| i64::from(seconds) * 1000);
        let moment = || Some((DateTime::parse_from_rfc2822(text).ok()?.timestamp_millis() - now.ms()).max(0));
        seconds().or_else(moment)
    }

    /// A word of its body that may be kept: letters, digits and underscores.
    fn word(&self, name: &str) -> Option<String> {
        let is_word =
            |text: &&str| text.len() <= 60 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        self.body[name].as_str().filter(|text| !text.is_empty()).filter(is_word).map(str::to_owned)
    }
}

fn read<T>(reply: &Reply, unclear: T, of: impl FnOnce(&Came<'_>) -> T) -> Told<T> {
    match reply {
        Reply::Lost => Told { what: unclear, status: None, words: None },
        Reply::Came { status, retry_after, body } => {
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            let came = Came { status: *status, retry_after: retry_after.as_deref(), body };
            let said = came.body["message"].as_str().or_else(|| came.body["Message"].as_str());
            let words = said.filter(|_| *status >= 400).map(kept);
            Told { what: of(&came), status: Some(*status), words }
        }
    }
}

/// Words without what may be an address, cut short.
fn kept(text: &str) -> String {
    let words = text.split_whitespace().map(|word| if word.contains('@') { "(address)" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(WORDS).collect()
}

/// A name and an address as a header writes them (RFC 5322).
fn mailbox(name: Option<&str>, address: &str) -> String {
    let name = name.map(line).unwrap_or_default();
    if name.is_empty() {
        return address.to_owned();
    }
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || sign == ' ' || !sign.is_ascii();
    if name.chars().all(is_plain) {
        return format!("{name} <{address}>");
    }
    let escaped: String =
        name.chars().flat_map(|sign| ['"', '\\'].contains(&sign).then_some('\\').into_iter().chain([sign])).collect();
    format!("\"{escaped}\" <{address}>")
}

/// One line, whatever was handed in.
fn line(text: &str) -> String {
    message::line(text).trim().to_owned()
}

#[cfg(test)]
mod tests;
