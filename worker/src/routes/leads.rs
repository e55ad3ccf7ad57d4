//! `/api/companies/{company_id}/leads`: creating, listing and reading leads with a secret key.

use crate::arrival::Arrival;
use crate::auth::Caller;
use crate::body::{self, Media};
use crate::database::D1;
use crate::reply::{self, Reply};
use crate::routes::form::idempotency_key;
use crate::routes::{context, policy};
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use lead_core::access::{Scope, Visibility};
use lead_core::command::submit::{Sender, Submit, Taken};
use lead_core::id::Id;
use lead_core::lead::{Lead, Touch, TouchEffect};
use lead_core::lead_query::LeadQuery;
use lead_core::problem::{self, Refusal};
use lead_core::submission::{Door, Submission};
use lead_store::changes::handed_over;
use lead_store::leads::{list, one};
use lead_store::run::{Ran, run};
use lead_store::statement::Database;
use serde::Serialize;
use serde_json::json;
use worker::Env;

/// A lead on the wire, with its newest touches where one lead is asked for.
#[derive(Serialize)]
struct LeadResponse<'a> {
    #[serde(flatten)]
    lead: &'a Lead,
    #[serde(skip_serializing_if = "Option::is_none")]
    touches: Option<&'a [Touch]>,
}

/// `POST /api/companies/{company_id}/leads`: 201 with the lead, or 409 where its person is known (spec D4).
#[worker::send]
pub(crate) async fn create(
    Path(company_id): Path<String>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    create_lead(&company_id, &env, &arrival, &headers, body).await.unwrap_or_else(|reply| reply)
}

async fn create_lead(
    company_id: &str,
    env: &Env,
    arrival: &Arrival,
    headers: &HeaderMap,
    body: Body,
) -> Result<Reply, Reply> {
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let caller = Caller::of(headers, company_id, Scope::LeadsWrite, &database, arrival).await?;
    let media = Media::of(headers)?;
    if media != Media::Json {
        return Err(reply::problem(&problem::UNSUPPORTED_MEDIA_TYPE));
    }
    let members = media.members(&body::read(headers, body).await?)?;
    let policy = policy().map_err(|words| reply::fault("policy", words))?;
    let key = idempotency_key(headers)?;
    let (submission, filling) =
        Submission::parse(members, Door::Api, caller.country(), policy).map_err(|errors| reply::invalid(&errors))?;
    let holder = caller.holder();
    let sender = Sender::Caller { user_id: holder.user_id.clone(), role: holder.role, visibility: caller.visibility() };
    let command = Submit::new(sender, submission, filling, key.as_deref());
    let mut context = context(caller.company_id().clone(), caller.actor(arrival), policy, arrival);
    let ran = run(&database, &command, &mut context).await.map_err(|failure| reply::failure(&failure))?;
    let cost = ran.cost;
    let mut reply = answer(ran, &caller, &database).await?;
    reply.extensions_mut().insert(cost);
    Ok(reply)
}

async fn answer(ran: Ran<Taken>, caller: &Caller, database: &D1) -> Result<Reply, Reply> {
    match ran.done {
        Taken::Created(mut lead) => {
            let handed = handed_over(&ran.written).map_err(|corrupt| reply::failure(&corrupt.into()))?;
            (lead.lead_owner_id, lead.assignment) = handed;
            Ok(created(&lead))
        }
        Taken::Duplicate { existing_id } => Ok(reply::refusal(&Refusal::DuplicateLead { existing_id })),
        Taken::Replayed { lead_id, effect, own } => {
            let mut reply = replayed(&lead_id, effect, caller, database).await?;
            if !own {
                reply::set(&mut reply, HeaderName::from_static("idempotency-replayed"), "true");
            }
            Ok(reply)
        }
    }
}

/// The first answer once more: whoever made the lead gets it again, even where it went to somebody they do not see.
async fn replayed(lead_id: &Id, effect: TouchEffect, caller: &Caller, database: &D1) -> Result<Reply, Reply> {
    let mine = effect == TouchEffect::Created;
    let rows = if mine { Visibility::Company } else { caller.visibility() };
    match read_one(lead_id, &rows, caller, database).await? {
        Some((lead, _)) if mine => Ok(created(&lead)),
        found => {
            let existing_id = found.map(|(lead, _)| lead.id);
            Ok(reply::refusal(&Refusal::DuplicateLead { existing_id }))
        }
    }
}

fn created(lead: &Lead) -> Reply {
    let mut reply = reply::json(StatusCode::CREATED, &LeadResponse { lead, touches: None });
    let place = format!("/api/companies/{}/leads/{}", lead.company_id, lead.id);
    reply::set(&mut reply, header::LOCATION, &place);
    reply::set(&mut reply, header::ETAG, &etag(lead));
    reply
}

fn etag(lead: &Lead) -> String {
    format!("\"{}\"", lead.version)
}

/// `GET /api/companies/{company_id}/leads/{lead_id}`: one lead with its newest touches.
#[worker::send]
pub(crate) async fn show(
    Path((company_id, lead_id)): Path<(String, String)>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
) -> Reply {
    show_lead(&company_id, &lead_id, &env, &arrival, &headers).await.unwrap_or_else(|reply| reply)
}

async fn show_lead(
    company_id: &str,
    lead_id: &str,
    env: &Env,
    arrival: &Arrival,
    headers: &HeaderMap,
) -> Result<Reply, Reply> {
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let caller = Caller::of(headers, company_id, Scope::LeadsRead, &database, arrival).await?;
    let unknown = || reply::problem(&problem::NOT_FOUND);
    let id = Id::parse(lead_id).ok_or_else(unknown)?;
    let (lead, touches) = read_one(&id, &caller.visibility(), &caller, &database).await?.ok_or_else(unknown)?;
    let mut reply = reply::json(StatusCode::OK, &LeadResponse { lead: &lead, touches: Some(&touches) });
    reply::set(&mut reply, header::ETAG, &etag(&lead));
    Ok(reply)
}

async fn read_one(
    id: &Id,
    rows: &Visibility,
    caller: &Caller,
    database: &D1,
) -> Result<Option<(Lead, Vec<Touch>)>, Reply> {
    let policy = policy().map_err(|words| reply::fault("policy", words))?;
    let statements = one::read(caller.company_id(), id, rows, &caller.visibility());
    let outcomes = database.batch(statements).await.map_err(|error| reply::failure(&error.into()))?;
    one::found(&outcomes, policy).map_err(|corrupt| reply::failure(&corrupt.into()))
}

/// `GET /api/companies/{company_id}/leads`: a page of the leads that the caller sees.
#[worker::send]
pub(crate) async fn list(
    Path(company_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
) -> Reply {
    list_leads(&company_id, query.as_deref(), &env, &arrival, &headers).await.unwrap_or_else(|reply| reply)
}

async fn list_leads(
    company_id: &str,
    query: Option<&str>,
    env: &Env,
    arrival: &Arrival,
    headers: &HeaderMap,
) -> Result<Reply, Reply> {
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let caller = Caller::of(headers, company_id, Scope::LeadsRead, &database, arrival).await?;
    let policy = policy().map_err(|words| reply::fault("policy", words))?;
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let query = LeadQuery::parse(&pairs, caller.country(), policy).map_err(|errors| reply::invalid(&errors))?;
    let page = list::page(&database, caller.company_id(), &query, &caller.visibility(), policy)
        .await
        .map_err(|failure| reply::failure(&failure))?;
    let items: Vec<LeadResponse<'_>> = page.items.iter().map(|lead| LeadResponse { lead, touches: None }).collect();
    let mut reply = reply::json(StatusCode::OK, &json!({ "items": items, "next_cursor": page.next_cursor }));
    reply.extensions_mut().insert(page.cost);
    Ok(reply)
}
