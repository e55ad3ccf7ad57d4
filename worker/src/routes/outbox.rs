//! `/outbox`: the kept mails of a developer's machine as pages. Everywhere else, and unless OUTBOX_PAGE is 1, there is nothing.
//!
//! A mail's HTML has an address and a policy of its own: it runs nothing, fetches nothing unless asked to, and is nobody's origin.

use crate::database::D1;
use crate::page;
use crate::reply::{self, Reply};
use crate::secrets;
use axum::Extension;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderName, StatusCode, header};
use lead_core::id::Id;
use lead_core::mail::{Mail, MailKind};
use lead_core::problem;
use lead_store::mails::{self, WholeMail};
use lead_store::statement::{Database, Outcome, Statement};
use worker::Env;

/// How many mails a page lists.
const MOST: u8 = 50;

/// The pages load their style and frame the mail.
const PAGE: &str = "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; form-action 'none'; base-uri 'none'; \
                    frame-ancestors 'none'";

/// The mail by itself: its own style, and no pictures.
const BODY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; \
                    frame-ancestors 'self'; sandbox allow-popups";

/// The same with pictures.
const BODY_WITH_PICTURES: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; form-action 'none'; \
                                  base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups";

/// `GET /outbox`: the newest mails of every company.
#[worker::send]
pub(crate) async fn list(RawQuery(query): RawQuery, Extension(env): Extension<Env>) -> Reply {
    listed(&env, &query.unwrap_or_default()).await.unwrap_or_else(|reply| reply)
}

async fn listed(env: &Env, query: &str) -> Result<Reply, Reply> {
    let before = asked(query, "before").and_then(|id| Id::parse(&id));
    let outcomes = read(env, vec![mails::read_kept(before.as_ref(), MOST)]).await?;
    let kept =
        outcomes.first().map(mails::found_kept).transpose().map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let kept = kept.unwrap_or_default();
    let older = kept.last().filter(|_| kept.len() >= usize::from(MOST)).map(|kept| &kept.mail.id);
    Ok(page_reply(page::outbox(&kept, older)))
}

/// `GET /outbox/{company_id}/{mail_id}`: one mail.
#[worker::send]
pub(crate) async fn show(
    Path(place): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Extension(env): Extension<Env>,
) -> Reply {
    let pictures = asked(&query.unwrap_or_default(), "pictures").is_some();
    let shown = |WholeMail { mail, answers, events }: WholeMail| {
        let headers = headers(&mail);
        let shown = page::OutboxMail { mail: &mail, headers: &headers, answers: &answers, events: &events, pictures };
        page_reply(page::outbox_mail(&shown))
    };
    one(&env, &place).await.map_or_else(|reply| reply, shown)
}

/// `GET /outbox/{company_id}/{mail_id}/body`: its HTML, byte for byte.
#[worker::send]
pub(crate) async fn body(
    Path(place): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Extension(env): Extension<Env>,
) -> Reply {
    let pictures = asked(&query.unwrap_or_default(), "pictures").is_some();
    let framed = |WholeMail { mail, .. }: WholeMail| {
        let mut reply = reply::with_type(StatusCode::OK, "text/html; charset=utf-8", mail.body);
        let policy = if pictures { BODY_WITH_PICTURES } else { BODY };
        reply::set(&mut reply, header::CONTENT_SECURITY_POLICY, policy);
        hidden(reply)
    };
    one(&env, &place).await.map_or_else(|reply| reply, framed)
}

/// `GET /outbox/{company_id}/{mail_id}/message`: the message for a mail program.
#[worker::send]
pub(crate) async fn message(Path(place): Path<(String, String)>, Extension(env): Extension<Env>) -> Reply {
    let saved = |WholeMail { mail, .. }: WholeMail| {
        let mut reply = reply::with_type(StatusCode::OK, "message/rfc822", mail.message());
        reply::set(&mut reply, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{}.eml\"", mail.id));
        hidden(reply)
    };
    one(&env, &place).await.map_or_else(|reply| reply, saved)
}

/// `GET /outbox/look.css`: the style of these pages.
pub(crate) async fn look(Extension(env): Extension<Env>) -> Reply {
    if !is_on(&env) {
        return nothing();
    }
    reply::with_type(StatusCode::OK, "text/css; charset=utf-8", include_str!("../page/outbox.css"))
}

async fn one(env: &Env, (company, mail): &(String, String)) -> Result<WholeMail, Reply> {
    let (Some(company), Some(mail)) = (Id::parse(company), Id::parse(mail)) else { return Err(nothing()) };
    let outcomes = read(env, mails::read_mail(&company, &mail)).await?;
    let found = mails::found_mail(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let whole = found.ok_or_else(nothing)?;
    Ok(WholeMail { mail: with_link(env, whole.mail), ..whole })
}

/// A link to sign in is not stored; here it is shown, since nobody else's mailbox gets it.
fn with_link(env: &Env, mail: Mail) -> Mail {
    match (mail.kind, secrets::mail(env), secrets::public_url(env)) {
        (MailKind::SignIn, Some(secret), Some(url)) => mail.with_link(&secret, &url),
        _ => mail,
    }
}

async fn read(env: &Env, statements: Vec<Statement>) -> Result<Vec<Outcome>, Reply> {
    if !is_on(env) {
        return Err(nothing());
    }
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    database.batch(statements).await.map_err(|error| reply::failure(&error.into()))
}

fn is_on(env: &Env) -> bool {
    env.var("OUTBOX_PAGE").is_ok_and(|value| value.to_string() == "1")
}

fn nothing() -> Reply {
    reply::problem(&problem::NOT_FOUND)
}

fn asked(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
}

/// What stands before the first blank line of the message.
fn headers(mail: &Mail) -> String {
    let message = String::from_utf8_lossy(&mail.message()).replace("\r\n", "\n");
    message.split("\n\n").next().unwrap_or_default().to_owned()
}

fn page_reply(markup: maud::Markup) -> Reply {
    let mut reply = reply::html(StatusCode::OK, markup);
    reply::set(&mut reply, header::CONTENT_SECURITY_POLICY, PAGE);
    hidden(reply)
}

/// The addresses tell of people: they go nowhere.
fn hidden(mut reply: Reply) -> Reply {
    reply::set(&mut reply, header::REFERRER_POLICY, "no-referrer");
    reply::set(&mut reply, HeaderName::from_static("x-robots-tag"), "noindex");
    reply
}
