//! What a form's page asks and tells besides the submission: a challenge to work on, and that it was seen.

use crate::arrival::Arrival;
use crate::body;
use crate::database::D1;
use crate::page;
use crate::rates;
use crate::reply::{self, Reply};
use crate::routes::form::{allowed, found};
use crate::secrets;
use axum::Extension;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use lead_core::form::Form;
use lead_core::form_stats::{Day, Seen, Step};
use lead_core::guard::Challenge;
use lead_core::invalid::{Code, Invalid};
use lead_core::problem;
use lead_core::rate::Limit;
use lead_store::form_counts;
use lead_store::run::Cost;
use lead_store::statement::Database;
use worker::Env;

/// The most bytes that a page tells of itself.
const MOST_SEEN: usize = 1024;

/// `GET /f/{form_key}/challenge`: work for a browser, where the form wants a proof of it.
#[worker::send]
pub(crate) async fn challenge(
    Path(key): Path<String>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
) -> Reply {
    let limit = rates::limits(&env).form;
    answered(&key, limit, &headers, &env, &arrival, async |form: &Form| made(form, &env, &arrival)).await
}

fn made(form: &Form, env: &Env, arrival: &Arrival) -> Result<Reply, Reply> {
    let wanted = secrets::form(env).zip(form.definition.content().proof_of_work);
    let Some((secret, work)) = wanted else { return Err(reply::problem(&problem::NOT_FOUND)) };
    let mut entropy = [0_u8; 16];
    getrandom::fill(&mut entropy).map_err(|error| reply::fault("randomness", &error.to_string()))?;
    Ok(reply::json(StatusCode::OK, &Challenge::new(&secret, form, work.difficulty, arrival.now, &entropy)))
}

/// `POST /f/{form_key}/seen`: counts that the form was shown, begun, or left at a field. Nothing of the visitor is kept.
#[worker::send]
pub(crate) async fn seen(
    Path(key): Path<String>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let limit = rates::limits(&env).seen;
    let tell = async |form: &Form| told(form, &headers, body, &env, &arrival).await;
    answered(&key, limit, &headers, &env, &arrival, tell).await
}

async fn told(form: &Form, headers: &HeaderMap, body: Body, env: &Env, arrival: &Arrival) -> Result<Reply, Reply> {
    let bytes = body::read(headers, body, MOST_SEEN).await?;
    let unread = || reply::invalid(&[Invalid::at("", Code::MalformedJson)]);
    let seen = Seen::parse(&bytes).ok_or_else(unread)?;
    let version = seen.version.unwrap_or(form.version);
    if !(1..=form.version).contains(&version) {
        return Err(reply::invalid(&[Invalid::member("version", Code::OutOfRange)]));
    }
    let fields = &form.definition.content().fields;
    let steps = seen.steps(|name| fields.iter().any(|field| field.name == name));
    let mut reply = reply::empty(StatusCode::NO_CONTENT);
    if !steps.is_empty() {
        reply.extensions_mut().insert(counted(form, version, &steps, env, arrival).await?);
    }
    Ok(reply)
}

/// Counts what was seen of a form.
pub(super) async fn counted(
    form: &Form,
    version: i64,
    steps: &[Step],
    env: &Env,
    arrival: &Arrival,
) -> Result<Cost, Reply> {
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let statement = form_counts::count(&form.company_id, &form.id, version, Day::of(arrival.now), steps);
    let outcomes = database.batch(vec![statement]).await.map_err(|error| reply::failure(&error.into()))?;
    let mut cost = Cost { round_trips: 1, ..Cost::default() };
    cost.add(&outcomes);
    Ok(cost)
}

/// `GET /f/{form_key}/theme.css`: the form's own look.
#[worker::send]
pub(crate) async fn theme(
    Path(key): Path<String>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
) -> Reply {
    let form = match found(&key, &env, &arrival).await {
        Ok(form) => form,
        Err(reply) => return reply,
    };
    let css = page::theme(&form.definition.content().theme);
    let mut reply = reply::with_type(StatusCode::OK, "text/css; charset=utf-8", css);
    reply::set(&mut reply, header::CACHE_CONTROL, "public, max-age=300");
    reply
}

/// Answers where the form admits the caller's origin and the address does not come too often.
async fn answered(
    key: &str,
    limit: Limit,
    headers: &HeaderMap,
    env: &Env,
    arrival: &Arrival,
    answer: impl AsyncFnOnce(&Form) -> Result<Reply, Reply>,
) -> Reply {
    let form = match found(key, env, arrival).await {
        Ok(form) => form,
        Err(reply) => return reply,
    };
    let whom = format!("{}:{}", form.id, rates::network(arrival.address()));
    allowed(&form, headers, arrival, async || {
        let verdict = rates::count(limit, &whom, arrival);
        let mut reply =
            if verdict.allowed { answer(&form).await.unwrap_or_else(|reply| reply) } else { rates::refused() };
        rates::mark(&mut reply, &verdict);
        reply
    })
    .await
}
