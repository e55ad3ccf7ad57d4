//! `GET /w/1/{file}`: the widget's files, compiled in, so that page, widget and rules are always of one build.

use crate::reply::{self, Reply};
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use lead_core::problem::NOT_FOUND;

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
    etag: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

pub(crate) async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Reply {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == file) else { return reply::problem(&NOT_FOUND) };
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|tags| tags.to_str().is_ok_and(|tags| tags.contains(asset.etag)));
    let mut answer = if known {
        reply::empty(StatusCode::NOT_MODIFIED)
    } else {
        reply::with_type(StatusCode::OK, asset.media_type, asset.bytes)
    };
    reply::set(&mut answer, header::ETAG, asset.etag);
    reply::set(&mut answer, header::CACHE_CONTROL, "public, max-age=300, stale-while-revalidate=86400");
    reply::set(&mut answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    reply::set(&mut answer, HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    answer
}
