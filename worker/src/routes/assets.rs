//! `GET /w/1/{file}` and `GET /w/1/{version}/{file}`: the widget's files, compiled in, so that page, widget and rules are
//! always of one build. The versioned address never changes what it gives, so that a page can pin it by its hash.

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

/// The file as it is now.
pub(crate) async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Reply {
    answer(&file, &headers, SHORT)
}

/// The file of one version. Of another one, which a page still holds for some minutes, what comes nearest: as it is now.
pub(crate) async fn serve_version(Path((version, file)): Path<(String, String)>, headers: HeaderMap) -> Reply {
    answer(&file, &headers, if version == VERSION { FOREVER } else { SHORT })
}

/// The version of the widget, and the hash that its module has in it.
pub(crate) fn pinned() -> (&'static str, &'static str) {
    (VERSION, INTEGRITY)
}

const SHORT: &str = "public, max-age=300, stale-while-revalidate=86400";
const FOREVER: &str = "public, max-age=31536000, immutable";

fn answer(file: &str, headers: &HeaderMap, kept: &'static str) -> Reply {
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
    reply::set(&mut answer, header::CACHE_CONTROL, kept);
    reply::set(&mut answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    reply::set(&mut answer, HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    answer
}
