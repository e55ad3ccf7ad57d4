//! `/leads/{lead_id}`: edits, hiding and bringing back, giving up and taking up again.

use super::call::{Call, record};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb};
use super::lead_body::LeadEdit;
use crate::reply::{self, Reply};
use axum::http::{StatusCode, header};
use lead_core::access::{Role, Scope};
use lead_core::command::lead::{DeleteLead, EditLead, MoveLead, Moving, RestoreLead, Target};
use lead_core::lead::Lead;
use lead_core::problem::{self, Kind};
use lead_core::submission::Correction;
use lead_store::changes::handed_over;
use lead_store::failure::Failure;
use lead_store::leads::edit;
use lead_store::run::{Command, Ran};

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        body: Some(Takes::All(Described::of::<LeadEdit>())),
        refusals: &[&problem::DUPLICATE_LEAD],
        handle: |call| Box::pin(replace(call)),
        ..endpoint(Verb::Put, "/leads/{lead_id}", "Replace every editable value of a lead")
    },
    Endpoint {
        body: Some(Takes::Patch(Described::of::<LeadEdit>())),
        refusals: &[&problem::DUPLICATE_LEAD],
        handle: |call| Box::pin(patch(call)),
        ..endpoint(Verb::Patch, "/leads/{lead_id}", "Mend some values of a lead")
    },
    Endpoint {
        role: Role::Manager,
        gives: Gives::Nothing,
        refusals: NONE,
        handle: |call| Box::pin(delete(call)),
        ..endpoint(Verb::Delete, "/leads/{lead_id}", "Hide a lead; it can be brought back")
    },
    Endpoint {
        role: Role::Manager,
        refusals: &[&problem::DUPLICATE_LEAD],
        handle: |call| Box::pin(restore(call)),
        ..endpoint(Verb::Post, "/leads/{lead_id}/restore", "Bring a deleted lead back, or lift a quarantine")
    },
    Endpoint {
        body: Some(Takes::All(Described::of::<Disqualification>())),
        refusals: &[&problem::IMPOSSIBLE_MOVE],
        handle: |call| Box::pin(disqualify(call)),
        ..endpoint(Verb::Post, "/leads/{lead_id}/disqualify", "Give a lead up for good")
    },
    Endpoint {
        refusals: &[&problem::IMPOSSIBLE_MOVE],
        handle: |call| Box::pin(recycle(call)),
        ..endpoint(Verb::Post, "/leads/{lead_id}/recycle", "Take an unqualified lead up again")
    },
];

const NONE: &[&Kind] = &[];

/// What the changes of one lead have in common.
const fn endpoint(verb: Verb, path: &'static str, summary: &'static str) -> Endpoint {
    Endpoint {
        verb,
        path,
        tag: "Leads",
        summary,
        scope: Scope::LeadsWrite,
        role: Role::Sdr,
        if_match: true,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<Lead>()),
        refusals: NONE,
        handle: |call| Box::pin(recycle(call)),
    }
}

/// Why a lead is given up.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes the body, which the core reads")]
struct Disqualification {
    #[schema(max_length = 500)]
    reason: String,
}

/// The lead in the path, for whoever asks and the version they have seen.
pub(super) fn target(call: &Call) -> Result<Target, Reply> {
    Ok(Target { id: call.id("lead_id")?, by: call.principal(), precondition: call.precondition() })
}

async fn replace(call: &Call) -> Result<Reply, Reply> {
    let target = target(call)?;
    let correction =
        Correction::parse(call.members()?, target.by.country, call.policy).map_err(|errors| reply::invalid(&errors))?;
    let command = EditLead::whole(target, correction).hashed(call.mail_secret.as_ref(), call.company_id());
    changed(call, &command).await
}

async fn patch(call: &Call) -> Result<Reply, Reply> {
    let target = target(call)?;
    let members = call.members()?;
    let context = call.context();
    let outcomes = call.read(vec![edit::read(&target, &context)]).await?;
    let outcome = outcomes.first().cloned().unwrap_or_default();
    let found = edit::found(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let command = EditLead::patch(target, members, found.as_ref(), &context)
        .map_err(|refusal| reply::failure(&Failure::Refused(refusal)))?
        .hashed(call.mail_secret.as_ref(), call.company_id());
    changed(call, &command).await
}

async fn delete(call: &Call) -> Result<Reply, Reply> {
    let ran = call.run(&DeleteLead { target: target(call)? }, &mut call.context()).await?;
    let mut reply = reply::empty(StatusCode::NO_CONTENT);
    reply::set(&mut reply, header::ETAG, &format!("\"{}\"", ran.done.version));
    Ok(reply)
}

async fn restore(call: &Call) -> Result<Reply, Reply> {
    changed(call, &RestoreLead { target: target(call)? }).await
}

async fn disqualify(call: &Call) -> Result<Reply, Reply> {
    let target = target(call)?;
    let moving = Moving::disqualify(call.members()?).map_err(|errors| reply::invalid(&errors))?;
    changed(call, &MoveLead { target, moving }).await
}

async fn recycle(call: &Call) -> Result<Reply, Reply> {
    changed(call, &MoveLead { target: target(call)?, moving: Moving::Recycle }).await
}

/// 200 with the lead as it stands afterwards.
pub(super) async fn changed<C: Command<Done = Box<Lead>>>(call: &Call, command: &C) -> Result<Reply, Reply> {
    let Ran { mut done, written, .. } = call.run(command, &mut call.context()).await?;
    // Whose turn it was shows only once the batch has taken it.
    if let Ok((owner, assignment)) = handed_over(&written) {
        (done.lead_owner_id, done.assignment) = (owner, assignment);
    }
    Ok(record(done.version, &done))
}
