//! `/f/{form_key}`: a form's page, and what visitors send from it or from any allowed website.

use crate::arrival::Arrival;
use crate::body::{self, Media};
use crate::cache::{Cache, remembered};
use crate::database::D1;
use crate::page;
use crate::rates;
use crate::reply::{self, Reply};
use crate::routes::{context, policy};
use axum::Extension;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use lead_core::body::Members;
use lead_core::command::submit::{Sender, Submit, Taken};
use lead_core::field::Country;
use lead_core::form::{Form, FormKey};
use lead_core::invalid::{Code, Invalid};
use lead_core::plan::Actor;
use lead_core::problem;
use lead_core::submission::{Door, Submission, is_idempotency_key};
use lead_store::failure::Failure;
use lead_store::run::{Cost, run};
use lead_store::statement::Database;
use lead_store::tenants;
use serde_json::json;
use std::rc::Rc;
use worker::Env;

thread_local! {
    static FORMS: Cache<Rc<Form>> = Cache::new();
}

/// `GET /f/{form_key}`: the page, complete without JavaScript.
#[worker::send]
pub(crate) async fn show(
    Path(key): Path<String>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
) -> Reply {
    match found(&key, &env, &arrival).await {
        Ok(form) => {
            let key = arrival.ids().next_id();
            page_reply(StatusCode::OK, page::form(&form, key.as_str(), &page::Answers::default()))
        }
        Err(reply) => reply,
    }
}

/// `GET /f/{form_key}/thanks`: where a plain post ends.
#[worker::send]
pub(crate) async fn thanks(
    Path(key): Path<String>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
) -> Reply {
    match found(&key, &env, &arrival).await {
        Ok(form) => page_reply(StatusCode::OK, page::thanks(&form)),
        Err(reply) => reply,
    }
}

/// `OPTIONS /f/{form_key}`: whether a website may submit.
#[worker::send]
pub(crate) async fn preflight(
    Path(key): Path<String>,
    headers: HeaderMap,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
) -> Reply {
    let form = match found(&key, &env, &arrival).await {
        Ok(form) => form,
        Err(reply) => return reply,
    };
    let Some(origin) = admitted(&form, &headers, &arrival) else { return reply::problem(&problem::ORIGIN_NOT_ALLOWED) };
    let mut reply = reply::empty(StatusCode::NO_CONTENT);
    allow(&mut reply, origin);
    reply::set(&mut reply, header::ACCESS_CONTROL_ALLOW_METHODS, "POST");
    reply::set(&mut reply, header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type, idempotency-key");
    reply::set(&mut reply, header::ACCESS_CONTROL_MAX_AGE, "7200");
    reply
}

/// `POST /f/{form_key}`: takes a submission in. New, known, suppressed and spam get one and the same answer (spec D4).
#[worker::send]
pub(crate) async fn submit(
    Path(key): Path<String>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let form = match found(&key, &env, &arrival).await {
        Ok(form) => form,
        Err(reply) => return reply,
    };
    let Some(origin) = admitted(&form, &headers, &arrival) else { return reply::problem(&problem::ORIGIN_NOT_ALLOWED) };
    let whom = format!("{}:{}", form.id, rates::network(arrival.address()));
    let verdict = rates::count(rates::limits(&env).form, &whom, &arrival);
    let mut reply = if verdict.allowed {
        take_in(&form, &headers, body, &env, &arrival).await.unwrap_or_else(|reply| reply)
    } else {
        rates::refused()
    };
    rates::mark(&mut reply, &verdict);
    allow(&mut reply, origin);
    reply
}

async fn take_in(form: &Form, headers: &HeaderMap, body: Body, env: &Env, arrival: &Arrival) -> Result<Reply, Reply> {
    let media = Media::of(headers)?;
    if media == Media::MergePatch {
        return Err(reply::problem(&problem::UNSUPPORTED_MEDIA_TYPE));
    }
    let plain = media == Media::Urlencoded && wants_page(headers);
    let bytes = body::read(headers, body, body::MOST).await?;
    let members = media.members(&bytes)?;
    let country = Country::parse(&form.country).unwrap_or(Country::INDIA);
    let policy = policy().map_err(|words| reply::fault("policy", words))?;
    let given = idempotency_key(headers)?;
    let parsed = Submission::parse(members.clone(), Door::Form, country, policy);
    let (submission, filling) = match parsed {
        Ok(parsed) => parsed,
        Err(errors) if plain => return Ok(again(form, &members, &errors, arrival)),
        Err(errors) => return Err(reply::invalid(&errors)),
    };
    let key = given.or_else(|| filling.key.clone());
    let sender = Sender::Visitor { form_id: form.id.clone(), consent: form.definition.content().consent.clone() };
    let command = Submit::new(sender, submission, filling, key.as_deref());
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let actor = Actor { form_id: Some(form.id.clone()), ..arrival.actor() };
    let mut context = context(form.company_id.clone(), actor, policy, arrival);
    let ran = run(&database, &command, &mut context).await.map_err(|failure| reply::failure(&failure))?;
    Ok(accepted(form, plain, &ran.done, ran.cost))
}

/// What became of the submission shows nowhere in the answer.
fn accepted(form: &Form, plain: bool, _taken: &Taken, cost: Cost) -> Reply {
    let mut reply = if plain {
        let mut reply = reply::empty(StatusCode::SEE_OTHER);
        reply::set(&mut reply, header::LOCATION, &format!("/f/{}/thanks", form.key.as_str()));
        reply
    } else {
        reply::json(StatusCode::ACCEPTED, &json!({ "status": "accepted" }))
    };
    reply.extensions_mut().insert(cost);
    reply
}

/// The page once more, with what was refused and everything that was typed.
fn again(form: &Form, members: &Members, errors: &[Invalid], arrival: &Arrival) -> Reply {
    let fresh = arrival.ids().next_id();
    let key = members.text(lead_core::submission::KEY).filter(|key| is_idempotency_key(key)).unwrap_or(fresh.as_str());
    page_reply(
        StatusCode::UNPROCESSABLE_ENTITY,
        page::form(form, key, &page::Answers { members: Some(members), errors }),
    )
}

pub(super) fn page_reply(status: StatusCode, markup: maud::Markup) -> Reply {
    let mut reply = reply::html(status, markup);
    reply::set(&mut reply, header::CONTENT_SECURITY_POLICY, page::policy());
    reply
}

async fn found(key: &str, env: &Env, arrival: &Arrival) -> Result<Rc<Form>, Reply> {
    let unknown = || reply::problem(&problem::NOT_FOUND);
    let key = FormKey::parse(key).ok_or_else(unknown)?;
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let read = async || -> Result<_, Failure> {
        let outcomes = database.batch(vec![tenants::read_form(&key)]).await?;
        let first = outcomes.first().ok_or_else(|| Failure::Corrupt("one outcome was expected".into()))?;
        Ok(tenants::found_form(first)?.map(Rc::new))
    };
    let form = remembered(&FORMS, key.as_str(), arrival.now, read).await.map_err(|failure| reply::failure(&failure))?;
    form.ok_or_else(unknown)
}

/// The Origin header where the form admits it; the inner `None` is a request without one.
fn admitted<'a>(form: &Form, headers: &'a HeaderMap, arrival: &Arrival) -> Option<Option<&'a str>> {
    let origin = match headers.get(header::ORIGIN) {
        None => None,
        Some(value) => Some(value.to_str().ok()?),
    };
    form.admits(origin, &arrival.origin).then_some(origin)
}

fn allow(reply: &mut Reply, origin: Option<&str>) {
    reply::set(reply, header::VARY, "Origin");
    if let Some(origin) = origin {
        reply::set(reply, header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        reply::set(
            reply,
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id",
        );
    }
}

/// Whether a browser waits for a page rather than a script for JSON.
fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
}

/// The caller's own idempotency key, if there is one.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Reply> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if is_idempotency_key(key) => Ok(Some(key.to_owned())),
        _ => Err(reply::invalid(&[Invalid::at("Idempotency-Key", Code::IdempotencyKeyInvalid)])),
    }
}
