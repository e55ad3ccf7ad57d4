//! Bodies: capped, in plain UTF-8, of a media type that the route takes.

use crate::reply::{self, Reply};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, header};
use lead_core::body::Members;
use lead_core::problem;

/// The most bytes a body may have.
pub(crate) const MOST: usize = 64 * 1024;

/// The most bytes of a body that holds mails.
pub(crate) const MOST_OF_MAILS: usize = 256 * 1024;

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/json`
    Json,
    /// `application/merge-patch+json` (RFC 7396), for changes of a part
    MergePatch,
    /// `application/x-www-form-urlencoded`
    Urlencoded,
}

impl Media {
    /// The body's media type, judged before a byte of it is read.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Reply> {
        let unsupported = || reply::problem(&problem::UNSUPPORTED_MEDIA_TYPE);
        let text = |name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
        if text(header::CONTENT_ENCODING).is_some_and(|encoding| encoding.trim() != "identity") {
            return Err(unsupported());
        }
        let given = text(header::CONTENT_TYPE).unwrap_or_default();
        let (media_type, parameters) = given.split_once(';').unwrap_or((&given, ""));
        let charset = parameters.split(';').filter_map(|part| part.trim().strip_prefix("charset=")).next();
        if charset.is_some_and(|charset| charset.trim_matches('"') != "utf-8") {
            return Err(unsupported());
        }
        match media_type.trim() {
            "application/json" => Ok(Self::Json),
            "application/merge-patch+json" => Ok(Self::MergePatch),
            "application/x-www-form-urlencoded" => Ok(Self::Urlencoded),
            _ => Err(unsupported()),
        }
    }

    /// Reads the members; all that is wrong with them is a problem already.
    pub(crate) fn members(self, bytes: &[u8]) -> Result<Members, Reply> {
        self.members_with_lists(bytes, |_| false)
    }

    /// The same, where a form's body may have several values of a name.
    pub(crate) fn members_with_lists(self, bytes: &[u8], is_list: impl Fn(&str) -> bool) -> Result<Members, Reply> {
        let members = match self {
            Self::Json | Self::MergePatch => Members::from_json(bytes),
            Self::Urlencoded => Members::from_repeated(bytes, is_list),
        };
        members.map_err(|errors| reply::invalid(&errors))
    }
}

/// Reads a body to its end, or to `most` bytes.
pub(crate) async fn read(headers: &HeaderMap, body: Body, most: usize) -> Result<Vec<u8>, Reply> {
    let too_large = || reply::problem(&problem::BODY_TOO_LARGE);
    let said = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if let Some(length) = said.filter(|length| *length > most) {
        // An answer that comes while its caller is still sending may be lost, so what is not much too long is read to its end.
        if length <= 2 * most {
            drop(to_bytes(body, length).await);
        }
        return Err(too_large());
    }
    to_bytes(body, most).await.map(|bytes| bytes.to_vec()).map_err(|_| too_large())
}
