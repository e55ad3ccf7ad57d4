//! What every answer wears: the request id, security headers, and a line in the log.

use crate::arrival::Arrival;
use crate::reply::{Reply, set};
use axum::extract::MatchedPath;
use axum::http::{HeaderName, HeaderValue, header};
use lead_store::run::Cost;
use serde_json::json;
use worker::{Date, console_log};

/// The route that answered, for the log: the template, never the path, which may hold somebody's data.
#[derive(Clone)]
pub(crate) struct Route(pub(crate) MatchedPath);

/// Nothing is loaded, framed or sent from an answer that is no page.
const CLOSED: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Dresses and logs an answer. A header that the route set itself stays.
pub(crate) fn dress(mut reply: Reply, arrival: &Arrival) -> Reply {
    let cost = reply.extensions().get::<Cost>().copied();
    log(&reply, arrival, cost);
    #[cfg(feature = "vectors")]
    if let Some(Cost { round_trips, rows_read, rows_written }) = cost {
        let text = format!("round_trips={round_trips} rows_read={rows_read} rows_written={rows_written}");
        set(&mut reply, HeaderName::from_static("x-leadgate-cost"), &text);
    }
    set(&mut reply, HeaderName::from_static("x-request-id"), arrival.request_id.as_str());
    let mut defaults = vec![
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, CLOSED),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    if arrival.origin.starts_with("https:") {
        defaults.push((header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"));
    }
    for (name, value) in defaults {
        reply.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    reply
}

fn log(reply: &Reply, arrival: &Arrival, cost: Option<Cost>) {
    let cost = cost.unwrap_or_default();
    let took = i64::try_from(Date::now().as_millis()).unwrap_or(0) - arrival.now.ms();
    let route = reply.extensions().get::<Route>().map(|route| route.0.as_str());
    let line = json!({
        "level": "info",
        "event": "request",
        "request_id": arrival.request_id,
        "method": arrival.method,
        "route": route,
        "status": reply.status().as_u16(),
        "ms": took,
        "round_trips": cost.round_trips,
        "rows_read": cost.rows_read,
        "rows_written": cost.rows_written,
    });
    console_log!("{line}");
}
