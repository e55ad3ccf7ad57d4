//! `GET /problems/{slug}`: what a problem's `type` points to.

use crate::page;
use crate::reply::{self, Reply};
use axum::extract::Path;
use axum::http::{StatusCode, header};
use lead_core::problem::{KINDS, NOT_FOUND};

pub(crate) async fn show(Path(slug): Path<String>) -> Reply {
    let Some(kind) = KINDS.iter().find(|kind| kind.slug == slug) else { return reply::problem(&NOT_FOUND) };
    let status = format!("Sent with HTTP status {}.", kind.status);
    let mut reply = reply::html(StatusCode::OK, page::plain(kind.title, &[kind.meaning, &status]));
    reply::set(&mut reply, header::CONTENT_SECURITY_POLICY, page::policy());
    reply
}
