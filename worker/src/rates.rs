//! How often each caller came lately, counted per isolate: approximate, and free of round trips.

use crate::arrival::Arrival;
use crate::reply::{self, Reply};
use axum::http::{HeaderName, header};
use lead_core::problem;
use lead_core::rate::{Limit, Limits, Verdict, Window};
use serde_json::json;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::net::Ipv6Addr;
use worker::{Env, console_error};

/// More counters than this are looked through for those that have ended.
const MOST: usize = 10_000;

thread_local! {
    static LIMITS: OnceCell<Limits> = const { OnceCell::new() };
    static WINDOWS: RefCell<HashMap<String, Window>> = RefCell::new(HashMap::new());
}

/// The limits of this installation: the variable `RATE_LIMITS`, or the defaults.
pub(crate) fn limits(env: &Env) -> Limits {
    let read = || {
        let text = env.var("RATE_LIMITS").map(|text| text.to_string()).unwrap_or_default();
        Limits::parse(&text).unwrap_or_else(|word| {
            console_error!("{}", json!({ "level": "error", "event": "RATE_LIMITS", "error": word }));
            Limits::default()
        })
    };
    LIMITS.with(|limits| *limits.get_or_init(read))
}

/// Counts a request of `whom`.
pub(crate) fn count(limit: Limit, whom: &str, arrival: &Arrival) -> Verdict {
    WINDOWS.with(|windows| {
        let mut windows = windows.borrow_mut();
        if windows.len() >= MOST {
            windows.retain(|_, window| !window.has_ended(arrival.now));
            // So many at once are an attack: better to count anew than to grow.
            if windows.len() >= MOST {
                windows.clear();
            }
        }
        windows.entry(format!("{}:{whom}", limit.name)).or_default().take(limit, arrival.now)
    })
}

/// Under which name an address is counted: whoever has an IPv6 address has its whole network of 64 bits.
pub(crate) fn network(address: &str) -> String {
    match address.parse::<Ipv6Addr>().map(|address| address.segments()) {
        Ok([a, b, c, d, ..]) => format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"),
        Err(_) => address.to_owned(),
    }
}

/// Says on an answer what is left, and on a refusal when to come again.
pub(crate) fn mark(reply: &mut Reply, verdict: &Verdict) {
    reply::set(reply, HeaderName::from_static("ratelimit-policy"), &verdict.limit.policy());
    reply::set(reply, HeaderName::from_static("ratelimit"), &verdict.header());
    if !verdict.allowed {
        reply::set(reply, header::RETRY_AFTER, &verdict.reset_s.to_string());
    }
}

/// The refusal of a request that comes too often.
pub(crate) fn refused() -> Reply {
    reply::problem(&problem::RATE_LIMITED)
}
