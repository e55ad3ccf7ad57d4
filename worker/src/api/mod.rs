//! `/api/companies/{company_id}/...`: every endpoint of the API, in one table.

mod accounts;
mod activities;
pub(crate) mod call;
mod contacts;
mod convert;
pub(crate) mod endpoint;
mod enrolments;
mod erase;
mod form_stats;
mod forms;
mod history;
mod keys;
mod lead_assignment;
mod lead_body;
mod lead_edits;
mod leads;
mod mails;
pub(crate) mod openapi;
mod opportunities;
mod pools;
mod qualify;
mod sequence_acts;
mod sequences;
mod settings;
mod suppressions;
mod territories;
mod totals;
mod users;

use crate::arrival::Arrival;
use crate::auth::Caller;
use crate::body::{self, Media};
use crate::database::D1;
use crate::rates;
use crate::reply::{self, Reply};
use crate::routes::policy;
use crate::secrets;
use axum::body::Body;
use axum::extract::{RawPathParams, RawQuery};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Extension, Router};
use call::Call;
use endpoint::{Endpoint, Verb};
use lead_core::problem;
use lead_store::run::Cost;
use std::cell::Cell;
use worker::Env;

/// Where the API of a company begins.
pub(crate) const BASE: &str = "/api/companies/{company_id}";

/// Every endpoint.
pub(crate) static ENDPOINTS: &[&[Endpoint]] = &[
    leads::ENDPOINTS,
    activities::OF_LEADS,
    activities::OF_ACCOUNTS,
    activities::OF_CONTACTS,
    activities::OF_OPPORTUNITIES,
    activities::ENDPOINTS,
    history::ENDPOINTS,
    users::ENDPOINTS,
    pools::ENDPOINTS,
    territories::ENDPOINTS,
    keys::ENDPOINTS,
    opportunities::ENDPOINTS,
    totals::ENDPOINTS,
    accounts::ENDPOINTS,
    contacts::ENDPOINTS,
    erase::ENDPOINTS,
    lead_edits::ENDPOINTS,
    lead_assignment::ENDPOINTS,
    qualify::ENDPOINTS,
    convert::ENDPOINTS,
    settings::ENDPOINTS,
    sequences::ENDPOINTS,
    sequence_acts::ENDPOINTS,
    enrolments::ENDPOINTS,
    forms::ENDPOINTS,
    form_stats::ENDPOINTS,
    mails::ENDPOINTS,
    suppressions::ENDPOINTS,
];

/// The routes of the table.
pub(crate) fn router() -> Router {
    let mut paths: Vec<(&'static str, MethodRouter)> = Vec::new();
    for endpoint in ENDPOINTS.iter().copied().flatten() {
        let filter = match endpoint.verb {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
            Verb::Put => MethodFilter::PUT,
            Verb::Patch => MethodFilter::PATCH,
            Verb::Delete => MethodFilter::DELETE,
        };
        let answer = move |params: RawPathParams, query: RawQuery, env, arrival, headers: HeaderMap, body: Body| {
            dispatch(endpoint, params, query, env, arrival, headers, body)
        };
        match paths.iter_mut().find(|(path, _)| *path == endpoint.path) {
            Some((_, methods)) => *methods = std::mem::take(methods).on(filter, answer),
            None => paths.push((endpoint.path, on(filter, answer))),
        }
    }
    paths.into_iter().fold(Router::new(), |router, (path, methods)| router.route(&format!("{BASE}{path}"), methods))
}

/// What every endpoint asks first: whose key, whose company, enough scope and rank, a body that can be read.
#[worker::send]
async fn dispatch(
    endpoint: &'static Endpoint,
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
    identify(endpoint, asked, &env, arrival).await.unwrap_or_else(|reply| reply)
}

/// What a request brings besides its caller.
struct Asked {
    params: Vec<(String, String)>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Body,
}

/// Who calls, and whether they come too often.
async fn identify(endpoint: &Endpoint, asked: Asked, env: &Env, arrival: Arrival) -> Result<Reply, Reply> {
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let caller = Caller::of(&asked.headers, &database, &arrival).await?;
    let verdict = rates::count(rates::limits(env).key, caller.counted_as(), &arrival);
    let cookie = caller.cookie(&arrival);
    let mut reply = if verdict.allowed {
        answer(endpoint, caller, asked, env, arrival).await.unwrap_or_else(|reply| reply)
    } else {
        rates::refused()
    };
    rates::mark(&mut reply, &verdict);
    if let Some(cookie) = cookie {
        reply::set(&mut reply, SET_COOKIE, &cookie);
    }
    Ok(reply)
}

async fn answer(
    endpoint: &Endpoint,
    caller: Caller,
    asked: Asked,
    env: &Env,
    arrival: Arrival,
) -> Result<Reply, Reply> {
    let Asked { params, query, headers, body } = asked;
    let company = params.iter().find(|(name, _)| name == "company_id").map_or("", |(_, id)| id.as_str());
    if !caller.belongs_to(company) {
        return Err(reply::problem(&problem::NOT_FOUND));
    }
    if !caller.may(endpoint.scope, endpoint.role) {
        return Err(reply::problem(&problem::FORBIDDEN));
    }
    let bytes =
        if endpoint.body.is_some() { body::read(&headers, body, endpoint.most_bytes()).await? } else { Vec::new() };
    let described = headers.contains_key(CONTENT_TYPE) || !bytes.is_empty();
    if endpoint.body.is_some() && described && !endpoint.takes(Media::of(&headers)?) {
        return Err(reply::problem(&problem::UNSUPPORTED_MEDIA_TYPE));
    }
    let policy = policy().map_err(|words| reply::fault("policy", words))?;
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let (mail_secret, cost) = (secrets::mail(env), Cell::new(Cost::default()));
    let call = Call { caller, database, policy, arrival, headers, query, mail_secret, params, body: bytes, cost };
    let mut reply = (endpoint.handle)(&call).await.unwrap_or_else(|reply| reply);
    reply.extensions_mut().insert(call.cost.get());
    Ok(reply)
}
