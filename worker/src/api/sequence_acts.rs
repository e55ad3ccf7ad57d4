//! What is done with a sequence besides editing it: its enrolled leads move on, its mails are looked at, its counts are asked for.

use super::call::Call;
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb};
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::command::sequence::{MoveEnrolled, Moved, SendTest};
use lead_core::id::Id;
use lead_core::problem;
use lead_core::sequence::{Counts, Preview, PreviewRequest};
use lead_store::failure::Failure;
use lead_store::sequences::{counts, preview};
use serde::Serialize;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Post,
        path: "/sequences/{sequence_id}/move-enrolled",
        tag: "Sequences",
        summary: "Enrolled leads go on under the current definition, at most 500 at once",
        scope: Scope::LeadsWrite,
        role: Role::Manager,
        if_match: true,
        query: &[],
        body: Some(Takes::Optional(Described::of::<MoveBody>())),
        gives: Gives::Json(Described::of::<Moved>()),
        refusals: &[],
        handle: |call| Box::pin(move_enrolled(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/sequences/{sequence_id}/counts",
        tag: "Sequences",
        summary: "How far a sequence has come with the leads that the caller sees, by step",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Json(Described::of::<Counts>()),
        refusals: &[],
        handle: |call| Box::pin(count(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/sequences/{sequence_id}/preview",
        tag: "Sequences",
        summary: "A step as a lead would get it",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<PreviewBody>())),
        gives: Gives::Json(Described::of::<Preview>()),
        refusals: &[],
        handle: |call| Box::pin(show_preview(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/sequences/{sequence_id}/test",
        tag: "Sequences",
        summary: "Send a step to oneself",
        scope: Scope::LeadsWrite,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<TestBody>())),
        gives: Gives::Json(Described::of::<TestSent>()),
        refusals: &[&problem::MAIL_NOT_SET_UP],
        handle: |call| Box::pin(send_test(call)),
    },
];

/// Which enrolled leads go on under the current definition.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes the body, which the core reads")]
struct MoveBody {
    /// At most so many enrolments are looked at, 500 unless said otherwise.
    #[schema(minimum = 1, maximum = 500)]
    limit: Option<u16>,
    /// `next_cursor` of the answer before.
    cursor: Option<Id>,
}

/// Which step is to be seen, and for whom.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes the body, which the core reads")]
struct PreviewBody {
    /// The step's number.
    #[schema(minimum = 1)]
    step_number: u32,
    /// A lead that the caller sees.
    lead_id: Id,
}

/// Which step is to be sent, and for whom it is rendered.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes the body, which the core reads")]
struct TestBody {
    /// The step's number.
    #[schema(minimum = 1)]
    step_number: u32,
    /// A lead that the caller sees; a made-up person unless given.
    lead_id: Option<Id>,
}

/// The mail that was put into the outbox.
#[derive(Serialize, utoipa::ToSchema)]
struct TestSent {
    /// The mail.
    mail_id: Id,
    /// Where it goes.
    to_address: String,
}

async fn move_enrolled(call: &Call) -> Result<Reply, Reply> {
    let mut context = call.context();
    let (of, id) = ((call.id("sequence_id")?, call.precondition()), context.ids.next_id());
    let command =
        MoveEnrolled::parse(call.members()?, of, call.principal(), id).map_err(|errors| reply::invalid(&errors))?;
    let moved = call.run(&command, &mut context).await?.done;
    Ok(reply::json(StatusCode::OK, &moved))
}

async fn count(call: &Call) -> Result<Reply, Reply> {
    let (id, rows) = (call.id("sequence_id")?, call.caller.visibility());
    let outcomes = call.read(counts::read_counts(call.company_id(), &id, &rows, call.arrival.now)).await?;
    let found = counts::found_counts(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let counts = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(reply::json(StatusCode::OK, &counts))
}

/// What stands in a preview where a lead unsubscribes: no mail, so nobody does.
fn unsubscribe_url(call: &Call) -> String {
    format!("{}/m/u/preview", call.arrival.origin)
}

async fn show_preview(call: &Call) -> Result<Reply, Reply> {
    let id = call.id("sequence_id")?;
    let asked = PreviewRequest::parse(call.members()?, true).map_err(|errors| reply::invalid(&errors))?;
    let reads = preview::read_preview(call.company_id(), &id, asked.lead_id.as_ref(), &call.caller.visibility());
    let outcomes = call.read(reads).await?;
    let found = preview::found(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let preview::Found { sequence, recipient, sender } = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    let recipient =
        asked.recipient(recipient.as_ref()).map_err(|refusal| reply::failure(&Failure::Refused(refusal)))?;
    let shown = sequence.definition.preview(asked.step_number, &recipient, &sender, &unsubscribe_url(call));
    Ok(reply::json(StatusCode::OK, &shown.map_err(|errors| reply::invalid(&errors))?))
}

async fn send_test(call: &Call) -> Result<Reply, Reply> {
    let sequence_id = call.id("sequence_id")?;
    let request = PreviewRequest::parse(call.members()?, false).map_err(|errors| reply::invalid(&errors))?;
    let mut context = call.context();
    let id = context.ids.next_id();
    let unsubscribe_url = unsubscribe_url(call);
    let command = SendTest { id: id.clone(), sequence_id, request, by: call.principal(), unsubscribe_url };
    let to_address = call.run(&command, &mut context).await?.done;
    Ok(reply::json(StatusCode::OK, &TestSent { mail_id: id, to_address }))
}
