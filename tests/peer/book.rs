//! What a mail service was asked, what it took, and what it is told to do wrong.

use std::collections::HashMap;

use serde_json::Value;

use super::services::{Reply, postmark, resend};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    /// With names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, wanted: &str) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 429, with what Retry-After says.
    TooMany(Option<String>),
    /// This status, and nothing was done.
    Error(u16),
    /// This status, although it was done.
    ErrorAfter(u16),
    /// 502 of something in between, in HTML.
    Gateway,
    /// The connection breaks, and nothing was done.
    CutBefore,
    /// It breaks, and all was done.
    CutAfter,
    /// No answer comes, and nothing was done.
    SilentBefore,
    /// None comes, and all was done.
    SilentAfter,
    /// The answer comes in pieces.
    Slow,
    /// 200 with a page of somebody else's, and nothing was done.
    Garbage,
    /// The same, and all was done.
    GarbageAfter,
}

impl Fault {
    /// Whether the service does what it was asked all the same.
    fn is_done(&self) -> bool {
        matches!(self, Self::ErrorAfter(_) | Self::CutAfter | Self::SilentAfter | Self::Slow | Self::GarbageAfter)
    }
}

/// A mail that was taken: it will be delivered.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// The service's name for it.
    pub(crate) id: String,
    /// Ours.
    pub(crate) mail_id: String,
    pub(crate) stream: String,
    pub(crate) at: i64,
    pub(crate) body: Value,
}

/// Decides what goes wrong with a request.
type Faults = Box<dyn FnMut(&Seen) -> Option<Fault> + Send>;

/// The whole state of a service.
#[derive(Default)]
pub(crate) struct Book {
    /// Its clock, in milliseconds.
    pub(crate) now: i64,
    /// What goes wrong; nothing where it is not set.
    pub(crate) faults: Option<Faults>,
    /// How long a mail that was taken is not found yet, in milliseconds.
    pub(crate) lag_ms: i64,
    pub(crate) seen: Vec<Seen>,
    pub(crate) taken: Vec<Taken>,
    /// Resend's keys: since when, for which body, and the mail's name.
    pub(crate) keys: HashMap<String, (i64, String, String)>,
}

impl Book {
    pub(super) fn answer(&mut self, seen: &Seen) -> (Option<Fault>, Reply) {
        let fault = self.faults.as_mut().and_then(|faults| faults(seen));
        self.seen.push(seen.clone());
        let is_done = fault.as_ref().is_none_or(Fault::is_done);
        let done = is_done.then(|| if seen.path == "/emails" { resend(self, seen) } else { postmark(self, seen) });
        let reply = match &fault {
            Some(Fault::TooMany(after)) => {
                let body = r#"{"statusCode":429,"name":"rate_limit_exceeded","message":"Too many requests"}"#;
                Reply { status: 429, retry_after: after.clone(), body: body.to_owned() }
            }
            Some(Fault::Error(status) | Fault::ErrorAfter(status)) => {
                Reply::new(*status, r#"{"name":"application_error","message":"An unexpected error occurred."}"#)
            }
            Some(Fault::Gateway) => Reply::new(502, "<html><h1>Bad Gateway</h1></html>"),
            Some(Fault::Garbage | Fault::GarbageAfter) => {
                Reply::new(200, "<html>Please sign in to this network</html>")
            }
            _ => done.unwrap_or_else(|| Reply::new(500, "{}")),
        };
        (fault, reply)
    }

    /// How often each of our mails was taken.
    pub(crate) fn counts(&self) -> HashMap<&str, usize> {
        let mut counts = HashMap::new();
        self.taken.iter().for_each(|taken| *counts.entry(taken.mail_id.as_str()).or_default() += 1);
        counts
    }

    /// The requests to this path.
    pub(crate) fn asked(&self, path: &str) -> Vec<Seen> {
        self.seen.iter().filter(|seen| seen.path.split('?').next() == Some(path)).cloned().collect()
    }
}
