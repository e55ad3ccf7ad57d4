//! What the pages behind a mail's links have in common: they hold no script, and their address tells nobody anything.

use crate::reply::{self, Reply};
use axum::http::{HeaderName, StatusCode, header};
use maud::Markup;

/// Such a page loads its style and posts its form, and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The page.
pub(crate) fn page_reply(status: StatusCode, markup: Markup) -> Reply {
    let mut reply = reply::html(status, markup);
    reply::set(&mut reply, header::CONTENT_SECURITY_POLICY, POLICY);
    hide(&mut reply);
    reply
}

/// The address holds the token: it goes to no other site, and into no search engine.
pub(crate) fn hide(reply: &mut Reply) {
    reply::set(reply, header::REFERRER_POLICY, "no-referrer");
    reply::set(reply, HeaderName::from_static("x-robots-tag"), "noindex");
}
