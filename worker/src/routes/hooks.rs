//! `/hooks/resend` and `/hooks/postmark`: what providers report of mails, once whose word it is was checked (spec E4).

use crate::arrival::Arrival;
use crate::body;
use crate::database::D1;
use crate::reply::{self, Reply};
use crate::routes::{context, policy};
use crate::secrets;
use axum::Extension;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use lead_core::command::mail_back::{Cause, Stop};
use lead_core::field::EmailAddress;
use lead_core::invalid::{Code, Invalid};
use lead_core::mail::webhook::{self, Report};
use lead_core::mail::{MailEventKind, MailSecret};
use lead_core::plan::NewMailEvent;
use lead_core::problem;
use lead_core::suppression::AddressHash;
use lead_store::mail_events::{self, Reported};
use lead_store::run::{Cost, run};
use lead_store::statement::Database;
use serde_json::{Value, json};
use worker::Env;

/// `POST /hooks/resend`
#[worker::send]
pub(crate) async fn resend(
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let bytes = match body::read(&headers, body, body::MOST).await {
        Ok(bytes) => bytes,
        Err(reply) => return reply,
    };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (id, at, signatures) = (text("svix-id"), text("svix-timestamp"), text("svix-signature"));
    let secrets = secrets::text(&env, "RESEND_WEBHOOK_SECRET");
    if id.is_empty() || !webhook::is_resend(&secrets, id, at, signatures, &bytes, arrival.now) {
        return unsigned("Signature");
    }
    taken(&env, &arrival, &bytes, |body| webhook::read_resend(id, body)).await
}

/// `POST /hooks/postmark`
#[worker::send]
pub(crate) async fn postmark(
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let secrets = secrets::text(&env, "POSTMARK_WEBHOOK_SECRET");
    if !webhook::is_postmark(&secrets, text("authorization"), text("x-webhook-secret")) {
        return unsigned("Basic realm=\"postmark\"");
    }
    match body::read(&headers, body, body::MOST).await {
        Ok(bytes) => taken(&env, &arrival, &bytes, webhook::read_postmark).await,
        Err(reply) => reply,
    }
}

fn unsigned(how: &str) -> Reply {
    let mut reply = reply::problem(&problem::SIGNATURE_INVALID);
    reply::set(&mut reply, header::WWW_AUTHENTICATE, how);
    reply
}

/// 200 for whatever was signed: a provider sends again what was answered otherwise.
async fn taken(env: &Env, arrival: &Arrival, bytes: &[u8], read: impl Fn(&Value) -> Option<Report>) -> Reply {
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else {
        return reply::invalid(&[Invalid::at("", Code::MalformedJson)]);
    };
    let kept = match read(&body) {
        Some(report) => keep(env, arrival, &report).await,
        None => Ok((false, Cost::default())),
    };
    match kept {
        Ok((kept, cost)) => {
            let mut reply = reply::json(StatusCode::OK, &json!({ "kept": kept }));
            reply.extensions_mut().insert(cost);
            reply
        }
        Err(reply) => reply,
    }
}

/// What stops mails, and why.
fn cause(report: &Report) -> Option<Cause> {
    match report.kind {
        MailEventKind::Bounced if report.is_final => Some(Cause::Bounced),
        MailEventKind::Complained => Some(Cause::Complained),
        MailEventKind::Unsubscribed => Some(Cause::Left),
        _ => None,
    }
}

/// Keeps the report; a bounce for good or a complaint stops mails in the same batch. A mail that is not ours leaves nothing.
async fn keep(env: &Env, arrival: &Arrival, report: &Report) -> Result<(bool, Cost), Reply> {
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let (secret, mut ids) = (secrets::mail(env), arrival.ids());
    let stopping = cause(report).zip(secret.as_ref());
    let mut statements = vec![mail_events::read_reported(report)];
    if stopping.is_none() {
        statements.push(mail_events::report(report, &ids.next_id(), secret.as_ref(), arrival.now));
    }
    let outcomes = database.batch(statements).await.map_err(|error| reply::failure(&error.into()))?;
    let mut cost = Cost { round_trips: 1, ..Cost::default() };
    cost.add(&outcomes);
    let first = outcomes.first().ok_or_else(|| reply::fault("stored row", "one outcome was expected"))?;
    let Some(mail) = mail_events::reported(first).map_err(|corrupt| reply::failure(&corrupt.into()))? else {
        return Ok((false, cost));
    };
    let Some((cause, secret)) = stopping else { return Ok((true, cost)) };
    let policy = policy().map_err(|words| reply::fault("policy", words))?;
    let mut context = context(mail.company_id.clone(), arrival.actor(), policy, arrival);
    let id = context.ids.next_id();
    let Some(address) = address(&mail, report, secret) else {
        let kept = vec![mail_events::report(report, &id, Some(secret), arrival.now)];
        let outcomes = database.batch(kept).await.map_err(|error| reply::failure(&error.into()))?;
        cost.add(&outcomes);
        return Ok((true, cost));
    };
    let (kind, detail, at) = (report.kind, report.kept_detail(), report.happened_at(arrival.now));
    let event =
        NewMailEvent { id, mail_id: mail.id.clone(), source: report.source.clone(), kind, detail, at, is_done: false };
    let stop = Stop { mail_id: mail.id, address, cause, event: Some(event) };
    let ran = run(&database, &stop, &mut context).await.map_err(|failure| reply::failure(&failure))?;
    Ok((true, cost.plus(ran.cost)))
}

/// The address that the mail went to; once the person is erased, only the report may still know it.
fn address(mail: &Reported, report: &Report, secret: &MailSecret) -> Option<AddressHash> {
    let mut known = [Some(mail.to_address.as_str()), report.recipient.as_deref()].into_iter().flatten();
    let email = known.find_map(|text| EmailAddress::parse(text).ok())?;
    Some(AddressHash::of(secret, &mail.company_id, &email))
}
