//! `GET /api/openapi.json` and `GET /api/docs`: the API described for programs and for people.

use crate::api::openapi::document;
use crate::arrival::Arrival;
use crate::page;
use crate::reply::{self, Reply};
use axum::Extension;
use axum::http::{StatusCode, header};

/// The same for everybody until the next deployment.
const CACHED: &str = "public, max-age=300";

pub(crate) async fn openapi() -> Reply {
    let mut reply = reply::json(StatusCode::OK, document());
    reply::set(&mut reply, header::CACHE_CONTROL, CACHED);
    reply
}

pub(crate) async fn page(Extension(arrival): Extension<Arrival>) -> Reply {
    let mut reply = reply::html(StatusCode::OK, page::docs(document(), &arrival.origin));
    reply::set(&mut reply, header::CONTENT_SECURITY_POLICY, page::policy());
    reply::set(&mut reply, header::CACHE_CONTROL, CACHED);
    reply
}
