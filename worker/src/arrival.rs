//! What a request brings besides its body: when it came, entropy, and who sends it.

use crate::reply::{self, Reply};
use axum::http::{HeaderMap, Request};
use lead_core::id::{Entropy, Id, IdSource};
use lead_core::plan::Actor;
use lead_core::time::Instant;
use worker::Date;

/// A request's arrival. The one place that reads the clock and randomness.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) now: Instant,
    pub(crate) request_id: Id,
    /// `https://host`, as the browser would say it.
    pub(crate) origin: String,
    pub(crate) method: String,
    entropy: Entropy,
    ip_address: Option<String>,
    user_agent: Option<String>,
}

impl Arrival {
    pub(crate) fn of<B>(request: &Request<B>) -> worker::Result<Self> {
        let now = now().ok_or("the clock is out of range")?;
        let mut random = [0_u8; 20];
        getrandom::fill(&mut random).map_err(|error| error.to_string())?;
        let [mut entropy, mut of_request] = [[0_u8; 10]; 2];
        entropy.copy_from_slice(&random[..10]);
        of_request.copy_from_slice(&random[10..]);
        let uri = request.uri();
        let scheme = uri.scheme_str().unwrap_or("https");
        let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
        Ok(Self {
            now,
            request_id: Id::new(now, &of_request),
            origin: format!("{scheme}://{authority}"),
            method: request.method().to_string(),
            entropy,
            ip_address: header(request.headers(), "cf-connecting-ip", 45),
            user_agent: header(request.headers(), "user-agent", 500),
        })
    }

    /// Ids for this request's rows.
    pub(crate) fn ids(&self) -> IdSource {
        IdSource::new(self.now, self.entropy)
    }

    /// Where the request comes from; empty where nobody says so, as on a machine of one's own.
    pub(crate) fn address(&self) -> &str {
        self.ip_address.as_deref().unwrap_or_default()
    }

    /// What the caller says it is.
    pub(crate) fn user_agent(&self) -> Option<&str> {
        self.user_agent.as_deref()
    }

    /// Whom the audit trail names; user, key and form are filled in by whoever knows them.
    pub(crate) fn actor(&self) -> Actor {
        Actor {
            ip_address: self.ip_address.clone(),
            user_agent: self.user_agent.clone(),
            request_id: self.request_id.to_string(),
            ..Actor::default()
        }
    }
}

/// The clock.
pub(crate) fn now() -> Option<Instant> {
    i64::try_from(Date::now().as_millis()).ok().and_then(Instant::from_ms)
}

/// Random bytes for a secret.
pub(crate) fn secret() -> Result<[u8; 64], Reply> {
    let mut random = [0_u8; 64];
    getrandom::fill(&mut random).map_err(|error| reply::fault("randomness", &error.to_string()))?;
    Ok(random)
}

fn header(headers: &HeaderMap, name: &str, max: usize) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned();
    Some(text.chars().take(max).collect())
}
