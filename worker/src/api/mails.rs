//! Mails: where each stands, one traced from due to the provider's answer, and what a person does about it.

use super::call::{Call, page};
use super::endpoint::ParameterKind::{Choice, Id as AnId};
use super::endpoint::{Described, Endpoint, Gives, Verb, list_parameters, parameter};
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::command::mail::{ActOnMail, MailAct};
use lead_core::mail::{MailKind, MailQuery, MailState, MailSummary, TracedMail};
use lead_core::problem;
use lead_store::mails;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/mails",
        tag: "Mails",
        summary: "A page of the mails that the caller sees, newest first",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![
            parameter("state", Choice(MailState::NAMES), "Where they stand"),
            parameter("kind", Choice(MailKind::NAMES), "Why they are sent"),
            parameter("lead_id", AnId, "To which lead, or about which"),
            parameter("sequence_id", AnId, "Of which sequence"),
        ],
        body: None,
        gives: Gives::Page(Described::of::<MailSummary>()),
        refusals: &[],
        handle: |call| Box::pin(list(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/mails/{mail_id}",
        tag: "Mails",
        summary: "A mail with its words, what providers answered, and what came back",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Json(Described::of::<TracedMail>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/mails/{mail_id}/retry",
        tag: "Mails",
        summary: "Send a dead or parked mail once more",
        scope: Scope::LeadsWrite,
        role: Role::Manager,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Json(Described::of::<MailSummary>()),
        refusals: &[&problem::MAIL_NOT_OPEN],
        handle: |call| Box::pin(act(call, MailAct::Retry)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/mails/{mail_id}/cancel",
        tag: "Mails",
        summary: "Never send a mail that waits, or that nobody sends by itself any more",
        scope: Scope::LeadsWrite,
        role: Role::Manager,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Json(Described::of::<MailSummary>()),
        refusals: &[&problem::MAIL_NOT_OPEN],
        handle: |call| Box::pin(act(call, MailAct::Cancel)),
    },
];

async fn list(call: &Call) -> Result<Reply, Reply> {
    let query = MailQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let outcomes = call.read(mails::read(call.company_id(), &query, &call.caller.visibility())).await?;
    let (items, next) = mails::found(&outcomes, &query).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    Ok(page(&items, next.as_deref()))
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let (id, rows) = (call.id("mail_id")?, call.caller.visibility());
    let outcomes = call.read(mails::read_one(call.company_id(), &id, &rows)).await?;
    let found = mails::found_one(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let mail = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(reply::json(StatusCode::OK, &mail))
}

async fn act(call: &Call, act: MailAct) -> Result<Reply, Reply> {
    let command = ActOnMail { mail_id: call.id("mail_id")?, act, by: call.principal() };
    let mail = call.run(&command, &mut call.context()).await?.done;
    Ok(reply::json(StatusCode::OK, &mail))
}
