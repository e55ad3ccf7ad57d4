//! `GET /w/1/{file}` and `GET /w/1/{version}/{file}`: the widget's files, compiled in, so that page, widget and rules are
//! always of one build. A versioned address gives the bytes of its version or nothing, so that a page can pin them by a hash.

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

/// One build of the widget.
struct Version {
    name: &'static str,
    /// The hash of its module.
    integrity: &'static str,
    files: &'static [Asset],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The file as it is now.
pub(crate) async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Reply {
    answer(find(CURRENT.files, &file).or_else(|| find(PAGES, &file)), &headers, SHORT)
}

/// The file of one version. A version that is not kept has none: other bytes would fail the hash of a page that pins, mix
/// two versions in one that does not, and stay in caches under an address that may become true.
pub(crate) async fn serve_version(Path((version, file)): Path<(String, String)>, headers: HeaderMap) -> Reply {
    let version = std::iter::once(&CURRENT).chain(RELEASED).find(|known| known.name == version);
    answer(version.and_then(|version| find(version.files, &file)), &headers, FOREVER)
}

/// What a page pins.
pub(crate) struct Pinned {
    /// The current version of the widget.
    pub(crate) version: &'static str,
    /// The hash that its module has in it.
    pub(crate) integrity: &'static str,
    /// Whether later workers serve it too.
    pub(crate) stays: bool,
}

pub(crate) const fn pinned() -> Pinned {
    Pinned { version: CURRENT.name, integrity: CURRENT.integrity, stays: STAYS }
}

fn find(files: &'static [Asset], name: &str) -> Option<&'static Asset> {
    files.iter().find(|asset| asset.name == name)
}

const SHORT: &str = "public, max-age=300, stale-while-revalidate=86400";
const FOREVER: &str = "public, max-age=31536000, immutable";

fn answer(asset: Option<&Asset>, headers: &HeaderMap, kept: &'static str) -> Reply {
    let Some(asset) = asset else { return reply::problem(&NOT_FOUND) };
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
