//! Answers: JSON, problems (RFC 9457), and how each failure becomes one.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use lead_core::invalid::Invalid;
use lead_core::problem::{self, Kind, Refusal};
use lead_store::failure::Failure;
use serde::Serialize;
use serde_json::json;
use worker::console_error;

/// An answer.
pub(crate) type Reply = Response<Body>;

/// JSON with a status.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Reply {
    match serde_json::to_vec(value) {
        Ok(bytes) => with_type(status, "application/json", bytes),
        Err(error) => fault("serialise", &error.to_string()),
    }
}

/// A page.
pub(crate) fn html(status: StatusCode, markup: maud::Markup) -> Reply {
    with_type(status, "text/html; charset=utf-8", markup.into_string().into_bytes())
}

/// Bytes of a media type.
pub(crate) fn with_type(status: StatusCode, media_type: &'static str, bytes: impl Into<Body>) -> Reply {
    let mut reply = Response::new(bytes.into());
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    reply
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Body::empty());
    *reply.status_mut() = status;
    reply
}

/// Sets a header whose value is known to be visible ASCII; anything else is left out.
pub(crate) fn set(reply: &mut Reply, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}

/// The problem that an answer tells, for whoever tells it otherwise.
#[derive(Clone)]
pub(crate) struct Told(pub(crate) &'static Kind);

/// A problem of this kind.
pub(crate) fn problem(kind: &'static Kind) -> Reply {
    problem_with(kind, serde_json::Map::new())
}

/// A problem that lists what was refused.
pub(crate) fn invalid(errors: &[Invalid]) -> Reply {
    let mut members = serde_json::Map::new();
    members.insert("errors".to_owned(), json!(errors));
    problem_with(&problem::INVALID_VALUES, members)
}

fn problem_with(kind: &'static Kind, mut members: serde_json::Map<String, serde_json::Value>) -> Reply {
    members.insert("type".to_owned(), json!(format!("/problems/{}", kind.slug)));
    members.insert("title".to_owned(), json!(kind.title));
    members.insert("status".to_owned(), json!(kind.status));
    members.insert("detail".to_owned(), json!(kind.meaning));
    let status = StatusCode::from_u16(kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::Value::Object(members).to_string();
    let mut reply = with_type(status, "application/problem+json", body);
    reply.extensions_mut().insert(Told(kind));
    match kind.status {
        401 => set(&mut reply, header::WWW_AUTHENTICATE, "Bearer"),
        503 => set(&mut reply, header::RETRY_AFTER, "1"),
        _ => {}
    }
    reply
}

/// The domain's no.
pub(crate) fn refusal(refusal: &Refusal) -> Reply {
    problem_with(refusal.kind(), refusal.members())
}

/// Whatever ended a request without an answer.
pub(crate) fn failure(failure: &Failure) -> Reply {
    match failure {
        Failure::Refused(refused) => refusal(refused),
        Failure::Busy(words) => {
            console_error!("{}", json!({ "level": "error", "event": "database", "error": words }));
            problem(&problem::BUSY)
        }
        Failure::Corrupt(words) => fault("stored row", words),
    }
}

/// A fault of ours: logged, bare to the caller.
pub(crate) fn fault(event: &str, words: &str) -> Reply {
    console_error!("{}", json!({ "level": "error", "event": event, "error": words }));
    problem(&problem::INTERNAL)
}
