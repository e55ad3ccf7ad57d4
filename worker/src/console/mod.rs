//! `/console/...`: the pages of the people who work here, in one table. They read and change what the API does, by the same
//! queries and commands, and need no script.

mod campaigns;
mod chart;
mod editor;
mod editor_page;
mod embed;
mod export;
mod form;
mod forms;
mod frame;
mod period;
mod submissions;

use crate::api::call::Call;
use crate::api::endpoint::{Answering, Verb};
use crate::arrival::Arrival;
use crate::auth::{Caller, from_own_page};
use crate::body::{self, Media};
use crate::database::D1;
use crate::rates;
use crate::reply::{self, Reply, Told};
use crate::routes::policy;
use crate::secrets;
use axum::body::Body;
use axum::extract::{RawPathParams, RawQuery};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::{MethodFilter, MethodRouter, get, on};
use axum::{Extension, Router};
use lead_core::access::{Role, Scope};
use lead_core::problem;
use lead_store::run::Cost;
use std::cell::Cell;
use worker::Env;

/// One page, or one act of a page.
pub(crate) struct Page {
    pub(crate) verb: Verb,
    /// The whole path.
    pub(crate) path: &'static str,
    /// As a key would need it; a session has every scope.
    pub(crate) scope: Scope,
    /// What a person must at least be.
    pub(crate) role: Role,
    /// How its body is written. What takes JSON is asked by a script, and answers problems as JSON.
    pub(crate) takes: Option<Media>,
    /// Who answers.
    pub(crate) handle: for<'a> fn(&'a Call) -> Answering<'a>,
}

impl Page {
    /// A problem as whoever asked reads it: scripts as JSON, people on a page, even where nobody knows them yet.
    fn shown(&self, reply: Reply) -> Reply {
        match reply.extensions().get::<Told>() {
            Some(Told(kind)) if self.takes != Some(Media::Json) => frame::told(reply.status(), kind),
            _ => reply,
        }
    }
}

/// Every page.
static PAGES: &[&[Page]] = &[forms::PAGES, form::PAGES, export::PAGES, embed::PAGES, campaigns::PAGES, editor::PAGES];

/// The routes of the table.
pub(crate) fn router() -> Router {
    let mut paths: Vec<(&'static str, MethodRouter)> = Vec::new();
    for page in PAGES.iter().copied().flatten() {
        let filter = if page.verb == Verb::Get { MethodFilter::GET } else { MethodFilter::POST };
        let answer = move |uri: Uri, params: RawPathParams, query: RawQuery, env, arrival, headers, body: Body| {
            dispatch(page, uri, params, query, env, arrival, headers, body)
        };
        match paths.iter_mut().find(|(path, _)| *path == page.path) {
            Some((_, methods)) => *methods = std::mem::take(methods).on(filter, answer),
            None => paths.push((page.path, on(filter, answer))),
        }
    }
    let router = Router::new().route("/console", get(async || see("/console/forms")));
    paths.into_iter().fold(router, |router, (path, methods)| router.route(path, methods))
}

/// What every page asks first: who is signed in, one of our own pages where something changes, enough rank.
#[worker::send]
#[expect(clippy::too_many_arguments, reason = "they are the parts of a request, as the router hands them over")]
async fn dispatch(
    page: &'static Page,
    uri: Uri,
    params: RawPathParams,
    RawQuery(query): RawQuery,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let asked = Asked {
        params: params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        query: form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect(),
        headers,
        body,
    };
    let place = uri.path_and_query().map_or("/console", |place| place.as_str());
    identify(page, place, asked, &env, arrival).await.unwrap_or_else(|reply| page.shown(reply))
}

/// What a request brings besides its caller.
struct Asked {
    params: Vec<(String, String)>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Body,
}

async fn identify(page: &Page, place: &str, asked: Asked, env: &Env, arrival: Arrival) -> Result<Reply, Reply> {
    // Asked before the session is read: reading may replace its token, which a refusal would not hand out.
    if page.verb != Verb::Get && !from_own_page(&asked.headers, &arrival) {
        return Err(reply::problem(&problem::CROSS_SITE));
    }
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let Some(caller) = Caller::signed_in(&asked.headers, &database, &arrival).await? else {
        return Ok(sign_in(page, place));
    };
    let verdict = rates::count(rates::limits(env).key, caller.counted_as(), &arrival);
    let cookie = caller.cookie(&arrival);
    let mut reply = if verdict.allowed {
        answer(page, caller, asked, env, database, arrival).await
    } else {
        page.shown(rates::refused())
    };
    rates::mark(&mut reply, &verdict);
    if let Some(cookie) = cookie {
        reply::set(&mut reply, SET_COOKIE, &cookie);
    }
    Ok(reply)
}

/// To the door, and back to where they wanted to go. What they sent is not sent again by itself.
fn sign_in(page: &Page, place: &str) -> Reply {
    if page.takes == Some(Media::Json) {
        return reply::problem(&problem::UNAUTHENTICATED);
    }
    let next = if page.verb == Verb::Get { place } else { "/console" };
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    see(&format!("/sign-in?{query}"))
}

async fn answer(page: &Page, caller: Caller, asked: Asked, env: &Env, database: D1, arrival: Arrival) -> Reply {
    let Asked { params, query, headers, body } = asked;
    let allowed = caller.may(page.scope, page.role);
    let policy = match policy() {
        Ok(policy) => policy,
        Err(words) => return page.shown(reply::fault("policy", words)),
    };
    let (mail_secret, cost) = (secrets::mail(env), Cell::new(Cost::default()));
    let mut call =
        Call { caller, database, policy, arrival, headers, query, mail_secret, params, body: Vec::new(), cost };
    let answered = match (allowed, page.takes) {
        (false, _) => Err(reply::problem(&problem::FORBIDDEN)),
        (true, None) => (page.handle)(&call).await,
        (true, Some(media)) => match read(&call.headers, body, media).await {
            Ok(bytes) => {
                call.body = bytes;
                (page.handle)(&call).await
            }
            Err(reply) => Err(reply),
        },
    };
    let mut reply = match answered {
        Err(reply) if page.takes != Some(Media::Json) => frame::refused(&call, reply),
        Ok(reply) | Err(reply) => reply,
    };
    reply.extensions_mut().insert(call.cost.get());
    reply
}

async fn read(headers: &HeaderMap, body: Body, media: Media) -> Result<Vec<u8>, Reply> {
    if Media::of(headers)? != media {
        return Err(reply::problem(&problem::UNSUPPORTED_MEDIA_TYPE));
    }
    body::read(headers, body, body::MOST_OF_MAILS).await
}

/// To another page.
pub(crate) fn see(place: &str) -> Reply {
    let mut reply = reply::empty(StatusCode::SEE_OTHER);
    reply::set(&mut reply, LOCATION, place);
    reply
}
