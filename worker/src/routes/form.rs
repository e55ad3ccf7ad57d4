//! `/f/{form_key}`: a form as the widget gets it, and what visitors send from its page or from any allowed website.

use crate::arrival::Arrival;
use crate::body::{self, Media};
use crate::cache::{Cache, remembered};
use crate::database::D1;
use crate::guard;
use crate::rates;
use crate::reply::{self, Reply};
use crate::routes::{context, form_page, policy};
use crate::secrets;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode, header};
use lead_core::body::Members;
use lead_core::command::submit::{Sender, Submit};
use lead_core::field::Country;
use lead_core::form::{Form, FormKey, Shown, ShownThanks, Taken};
use lead_core::guard::trap_name;
use lead_core::id::Id;
use lead_core::invalid::{Code, Invalid};
use lead_core::plain::OF_PAGE;
use lead_core::plan::Actor;
use lead_core::problem;
use lead_core::submission::{VERSION, is_idempotency_key};
use lead_store::failure::Failure;
use lead_store::run::{Cost, run};
use lead_store::statement::Database;
use lead_store::{forms, tenants};
use serde::Serialize;
use serde_json::json;
use std::rc::Rc;
use worker::Env;

thread_local! {
    /// By public key, and by public key and number those that are not the current definition any more.
    static FORMS: Cache<Rc<Form>> = Cache::new();
}

/// A form with what its filling is to show.
#[derive(Serialize)]
struct Handed {
    #[serde(flatten)]
    shown: Shown,
    /// When it was handed out; none without a secret to sign it.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// The name of the field that nobody sees.
    trap: String,
}

/// `GET /f/{form_key}/definition?locale=..`: the form for the widget on an allowed website.
#[worker::send]
pub(crate) async fn definition(
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
) -> Reply {
    let form = match found(&key, &env, &arrival).await {
        Ok(form) => form,
        Err(reply) => return reply,
    };
    let Some(origin) = admitted(&form, &headers, &arrival) else { return reply::problem(&problem::ORIGIN_NOT_ALLOWED) };
    let query = query.unwrap_or_default();
    let wanted = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "locale").map(|(_, value)| value);
    let shown = form.definition.shown(form.version, wanted.as_deref());
    let token = secrets::form(&env).map(|secret| secret.token(&form, arrival.now));
    let mut reply = reply::json(StatusCode::OK, &Handed { shown, token, trap: trap_name(&form.key) });
    allow(&mut reply, origin);
    reply
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

async fn take_in(
    form: &Rc<Form>,
    headers: &HeaderMap,
    body: Body,
    env: &Env,
    arrival: &Arrival,
) -> Result<Reply, Reply> {
    let media = Media::of(headers)?;
    if media == Media::MergePatch {
        return Err(reply::problem(&problem::UNSUPPORTED_MEDIA_TYPE));
    }
    let given = idempotency_key(headers)?;
    let bytes = body::read(headers, body, body::MOST).await?;
    let form = seen(form, media, &bytes, env, arrival).await?;
    let members = media.members_with_lists(&bytes, |name| form.definition.repeated().any(|list| list == name))?;
    if media == Media::Urlencoded && wants_page(headers) {
        return form_page::posted(&form, members, headers, env, arrival).await;
    }
    match take(&form, members, given, env, arrival).await? {
        // What became of the submission shows nowhere in the answer (spec D4).
        Took::In { thanks, cost } => {
            let mut reply = reply::json(StatusCode::ACCEPTED, &json!({ "status": "accepted", "thanks": thanks }));
            reply.extensions_mut().insert(cost);
            Ok(reply)
        }
        Took::Refused(errors) => Err(reply::invalid(&errors)),
    }
}

/// What came of a form's members.
pub(super) enum Took {
    /// They were taken in; what became of them is nobody's business.
    In {
        /// What the visitor is told.
        thanks: ShownThanks,
        cost: Cost,
    },
    /// Values that were refused.
    Refused(Vec<Invalid>),
}

/// A form's members as they are read under its definition; the outer error is a fault of ours.
pub(super) fn parsed(form: &Form, mut members: Members) -> Result<Result<Taken, Vec<Invalid>>, Reply> {
    for name in OF_PAGE.into_iter().chain([VERSION]) {
        members.take(name);
    }
    let country = Country::parse(&form.country).unwrap_or(Country::INDIA);
    let policy = policy().map_err(|words| reply::fault("policy", words))?;
    Ok(form.definition.take(form.version, members, country, policy))
}

/// Takes a form's members in, under the key that the caller gave or that stands among them.
pub(super) async fn take(
    form: &Form,
    members: Members,
    given: Option<String>,
    env: &Env,
    arrival: &Arrival,
) -> Result<Took, Reply> {
    let policy = policy().map_err(|words| reply::fault("policy", words))?;
    let taken = match parsed(form, members)? {
        Ok(taken) => taken,
        Err(errors) => return Ok(Took::Refused(errors)),
    };
    let Taken { submission, filling, answers } = taken;
    let locale = submission.locale.as_ref().map(|locale| locale.as_str().to_owned());
    let thanks = form.definition.thanks(&answers, locale.as_deref());
    let key = given.or_else(|| filling.key.clone());
    let consent = form.definition.content().consent_in(locale.as_deref());
    let sender = Sender::Visitor { form_id: form.id.clone(), consent };
    let command = Submit::new(sender, submission, filling.clone(), key.as_deref());
    let evidence = guard::evidence(form, &filling, command.idem().text(), policy, env, arrival).await;
    let command = command.shown(evidence).hashed(secrets::mail(env).as_ref(), &form.company_id);
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let actor = Actor { form_id: Some(form.id.clone()), ..arrival.actor() };
    let mut context = context(form.company_id.clone(), actor, policy, arrival);
    let ran = run(&database, &command, &mut context).await.map_err(|failure| reply::failure(&failure))?;
    Ok(Took::In { thanks, cost: ran.cost })
}

/// The form with the definition that the visitor saw, as the body names it; without a name or under a wrong one, as it is now.
async fn seen(form: &Rc<Form>, media: Media, bytes: &[u8], env: &Env, arrival: &Arrival) -> Result<Rc<Form>, Reply> {
    let said = match media {
        Media::Urlencoded => {
            form_urlencoded::parse(bytes).find(|(name, _)| name == VERSION).map(|(_, value)| value.into_owned())
        }
        _ => media
            .members(bytes)?
            .value(VERSION)
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
    };
    let number = said.and_then(|said| said.trim().parse().ok()).filter(|number| (1..form.version).contains(number));
    let Some(number) = number else { return Ok(form.clone()) };
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let read = async || -> Result<_, Failure> {
        let outcomes = database.batch(vec![forms::read_version(&form.company_id, &form.id, number)]).await?;
        let first = outcomes.first().ok_or_else(|| Failure::Corrupt("one outcome was expected".into()))?;
        let earlier = forms::found_version(first)?;
        Ok(earlier
            .map(|earlier| Rc::new(Form { version: number, definition: earlier.definition, ..Form::clone(form) })))
    };
    let name = format!("{}:{number}", form.key.as_str());
    let earlier = remembered(&FORMS, &name, arrival.now, read).await.map_err(|failure| reply::failure(&failure))?;
    Ok(earlier.unwrap_or_else(|| form.clone()))
}

/// Forgets a form that has changed.
pub(crate) fn forget(form_id: &Id) {
    FORMS.with(|forms| forms.forget(|form| form.id == *form_id));
}

pub(super) async fn found(key: &str, env: &Env, arrival: &Arrival) -> Result<Rc<Form>, Reply> {
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

/// Answers where the form admits the caller's origin, which may read the answer.
pub(super) async fn allowed(
    form: &Form,
    headers: &HeaderMap,
    arrival: &Arrival,
    answer: impl AsyncFnOnce() -> Reply,
) -> Reply {
    let Some(origin) = admitted(form, headers, arrival) else { return reply::problem(&problem::ORIGIN_NOT_ALLOWED) };
    let mut reply = answer().await;
    allow(&mut reply, origin);
    reply
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
