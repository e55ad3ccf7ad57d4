//! `/sign-in` and `/sign-out`: people come in by a one-time link and stay by a cookie (spec R5).

use super::form_page::page_reply;
use crate::arrival::Arrival;
use crate::auth::{self, Caller, from_own_page, new_token};
use crate::body::{self, Media};
use crate::console::see;
use crate::database::D1;
use crate::nurture::Hasten;
use crate::page;
use crate::rates;
use crate::reply::{self, Reply};
use crate::secrets;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use lead_core::field::EmailAddress;
use lead_core::id::Id;
use lead_core::mail;
use lead_core::problem;
use lead_core::session::{self, LINKS_AT_ONCE, NewLink, SESSION_MS, Token};
use lead_store::run::Cost;
use lead_store::sign_in;
use lead_store::statement::{Database, DatabaseError, Outcome, Statement};
use worker::{Env, console_log};

/// `GET /sign-in`: asks for an address, or says who is signed in. Where they wanted to go waits in a cookie: the link comes by mail.
#[worker::send]
pub(crate) async fn show(
    RawQuery(query): RawQuery,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
) -> Reply {
    let next = wanted(&query.unwrap_or_default());
    match signed_in(&env, &arrival, &headers).await {
        Ok(Some(caller)) => {
            let holder = caller.holder();
            let mut reply = match &next {
                Some(next) => see(next),
                None => page_reply(StatusCode::OK, page::signed_in(&holder.name, &holder.company)),
            };
            if let Some(cookie) = caller.cookie(&arrival) {
                reply::set(&mut reply, header::SET_COOKIE, &cookie);
            }
            reply
        }
        Ok(None) => {
            let mut reply = page_reply(StatusCode::OK, page::sign_in("", None));
            if let Some(next) = &next {
                reply::set(&mut reply, header::SET_COOKIE, &session::next_cookie(Some(next)));
            }
            reply
        }
        Err(reply) => reply,
    }
}

/// `POST /sign-in`: offers a link, unless enough can still be used. Known and unknown addresses get the same answer at the same
/// price (spec R5).
#[worker::send]
pub(crate) async fn offer(
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    limited(&env, &arrival, offer_link(&env, &arrival, &headers, body)).await
}

/// Where they wanted to go, if it is a page of the console.
fn wanted(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "next").and_then(|(_, next)| session::next(&next).map(str::to_owned))
}

async fn offer_link(env: &Env, arrival: &Arrival, headers: &HeaderMap, body: Body) -> Result<Reply, Reply> {
    own_page(headers, arrival)?;
    if Media::of(headers)? != Media::Urlencoded {
        return Err(reply::problem(&problem::UNSUPPORTED_MEDIA_TYPE));
    }
    let members = Media::Urlencoded.members(&body::read(headers, body, body::MOST).await?)?;
    let text = members.text("email").unwrap_or_default();
    let email = match EmailAddress::parse(text) {
        Ok(email) => email,
        Err(code) => {
            return Ok(page_reply(StatusCode::UNPROCESSABLE_ENTITY, page::sign_in(text, Some(&code.detail()))));
        }
    };
    let (tokens, mails) = keys(env, arrival)?;
    let mailing = mails.as_ref().map(|(ids, from)| sign_in::Mailing { ids, from_address: from.as_str() });
    let (outcomes, cost) = write(env, || sign_in::offer(&email, &tokens, mailing.as_ref(), arrival.now)).await?;
    let links = sign_in::offered(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    show_links(env, arrival, &links, &tokens);
    let mut reply = page_reply(StatusCode::OK, page::link_sent());
    reply.extensions_mut().insert(cost);
    // After the answer, so that its time tells nothing.
    if mailing.is_some() {
        reply.extensions_mut().insert(Hasten);
    }
    Ok(reply)
}

/// Mails of links: their ids, and whom they are from.
type Mails = (Vec<Id>, EmailAddress);

/// A token for each link, and the mail that brings it. Where there is no mail, tokens are random: they are for the console.
fn keys(env: &Env, arrival: &Arrival) -> Result<(Vec<Token>, Option<Mails>), Reply> {
    let (Some(secret), Some(from)) = (secrets::mail(env), secrets::mail_from(env)) else {
        return Ok(((0..LINKS_AT_ONCE).map(|_| new_token()).collect::<Result<_, _>>()?, None));
    };
    let mut source = arrival.ids();
    let ids: Vec<Id> = (0..LINKS_AT_ONCE).map(|_| source.next_id()).collect();
    let tokens: Option<Vec<Token>> = ids.iter().map(|id| mail::sign_in::token(&secret, id)).collect();
    let tokens = tokens.ok_or_else(|| reply::fault("token", "too few bytes are usable"))?;
    Ok((tokens, Some((ids, from))))
}

/// Shows the links on a developer's console.
fn show_links(env: &Env, arrival: &Arrival, links: &[NewLink], tokens: &[Token]) {
    let to_console = env.var("SIGN_IN_LINKS").is_ok_and(|way| way.to_string() == "log");
    for link in links.iter().filter(|_| to_console) {
        if let Some(token) = tokens.iter().find(|token| token.hash() == link.token_hash) {
            let NewLink { name, company, email, expires_at, .. } = link;
            let minutes = (expires_at.ms() - arrival.now.ms()) / 60_000;
            let (origin, token) = (&arrival.origin, token.reveal());
            console_log!(
                "Sign-in link for {name} of {company} ({email}), for {minutes} minutes:\n  {origin}/sign-in/{token}"
            );
        }
    }
}

/// `GET /sign-in/{token}`: asks before the link is used, and reads nothing: programs that look into mails open links.
pub(crate) async fn ask(Path(token): Path<String>) -> Reply {
    let mut reply = match Token::parse(&token) {
        Some(token) => page_reply(StatusCode::OK, page::confirm(token.reveal())),
        None => page_reply(StatusCode::GONE, page::link_spent()),
    };
    // The address holds the token. `no-referrer` would take the Origin from the form's post, too.
    reply::set(&mut reply, header::REFERRER_POLICY, "same-origin");
    reply
}

/// `POST /sign-in/{token}`: uses the link and begins a session.
#[worker::send]
pub(crate) async fn enter(
    Path(token): Path<String>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
) -> Reply {
    limited(&env, &arrival, use_link(&token, &env, &arrival, &headers)).await
}

async fn use_link(token: &str, env: &Env, arrival: &Arrival, headers: &HeaderMap) -> Result<Reply, Reply> {
    own_page(headers, arrival)?;
    let spent = || page_reply(StatusCode::GONE, page::link_spent());
    let link = Token::parse(token).ok_or_else(spent)?;
    let fresh = new_token()?;
    let (mut ids, actor) = (arrival.ids(), arrival.actor());
    let beginning = sign_in::Beginning {
        link_hash: link.hash(),
        id: ids.next_id(),
        token_hash: fresh.hash(),
        audit_id: ids.next_id(),
        actor: &actor,
        now: arrival.now,
    };
    let (outcomes, cost) = write(env, || sign_in::begin(&beginning)).await?;
    let mut reply = if sign_in::has_begun(&outcomes) { enter_console(headers, &fresh) } else { spent() };
    reply.extensions_mut().insert(cost);
    Ok(reply)
}

/// `POST /sign-out`: ends this browser's session.
#[worker::send]
pub(crate) async fn leave(
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
) -> Reply {
    end(&env, &arrival, &headers, false).await.unwrap_or_else(|reply| reply)
}

/// `POST /sign-out/everywhere`: ends every session of the person.
#[worker::send]
pub(crate) async fn leave_everywhere(
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
) -> Reply {
    end(&env, &arrival, &headers, true).await.unwrap_or_else(|reply| reply)
}

async fn end(env: &Env, arrival: &Arrival, headers: &HeaderMap, everywhere: bool) -> Result<Reply, Reply> {
    own_page(headers, arrival)?;
    let Some(caller) = signed_in(env, arrival, headers).await? else { return Ok(home()) };
    let holder = caller.holder();
    let Some(id) = caller.session_id() else { return Ok(home()) };
    let (audit_id, actor) = (arrival.ids().next_id(), caller.actor(arrival));
    let statements = || {
        let (session_id, audit_id) = ((!everywhere).then_some(id), audit_id.clone());
        let (company_id, user_id) = (&holder.company_id, &holder.user_id);
        sign_in::end(&sign_in::Ending { company_id, user_id, session_id, audit_id, actor: &actor, now: arrival.now })
    };
    let (_, cost) = write(env, statements).await?;
    auth::forget(&holder.company_id);
    let mut reply = home();
    reply.extensions_mut().insert(cost);
    Ok(reply)
}

/// To where they wanted to go, or to the console, with a new session.
fn enter_console(headers: &HeaderMap, token: &Token) -> Reply {
    let mut cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let next = cookies.find_map(session::next_of);
    let mut reply = see(next.as_deref().unwrap_or("/console"));
    reply::set(&mut reply, header::SET_COOKIE, &session::cookie(Some(token), SESSION_MS / 1000));
    let forgotten = next.and_then(|_| HeaderValue::from_str(&session::next_cookie(None)).ok());
    if let Some(forgotten) = forgotten {
        reply.headers_mut().append(header::SET_COOKIE, forgotten);
    }
    reply
}

/// Back to the page to sign in, without a session.
fn home() -> Reply {
    let mut reply = see("/sign-in");
    reply::set(&mut reply, header::SET_COOKIE, &session::cookie(None, 0));
    reply
}

async fn signed_in(env: &Env, arrival: &Arrival, headers: &HeaderMap) -> Result<Option<Caller>, Reply> {
    Caller::signed_in(headers, &database(env)?, arrival).await
}

fn database(env: &Env) -> Result<D1, Reply> {
    D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))
}

fn own_page(headers: &HeaderMap, arrival: &Arrival) -> Result<(), Reply> {
    if from_own_page(headers, arrival) { Ok(()) } else { Err(reply::problem(&problem::CROSS_SITE)) }
}

/// Counts what an address tries, and answers unless it was too much.
async fn limited(env: &Env, arrival: &Arrival, answer: impl Future<Output = Result<Reply, Reply>>) -> Reply {
    let verdict = rates::count(rates::limits(env).sign_in, &rates::network(arrival.address()), arrival);
    let mut reply = if verdict.allowed {
        answer.await.unwrap_or_else(|reply| reply)
    } else {
        let paragraph = "Please wait a minute, then try again.";
        page_reply(StatusCode::TOO_MANY_REQUESTS, page::plain(problem::RATE_LIMITED.title, &[paragraph]))
    };
    rates::mark(&mut reply, &verdict);
    reply
}

/// Writes in one batch, and once more where the answer was lost: ids and hashes are made once, so that what was written
/// already is found.
async fn write(env: &Env, statements: impl Fn() -> Vec<Statement>) -> Result<(Vec<Outcome>, Cost), Reply> {
    let database = database(env)?;
    let mut cost = Cost { round_trips: 1, ..Cost::default() };
    let outcomes = match database.batch(statements()).await {
        Err(DatabaseError::Unavailable(_)) => {
            cost.round_trips += 1;
            database.batch(statements()).await
        }
        other => other,
    };
    let outcomes = outcomes.map_err(|error| reply::failure(&error.into()))?;
    cost.add(&outcomes);
    Ok((outcomes, cost))
}
