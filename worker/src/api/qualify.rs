//! `/leads/{lead_id}/qualify` and the history of it (spec Q).

use super::call::{Call, page, record};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb};
use super::lead_edits::target;
use crate::reply::{self, Reply};
use lead_core::access::{Role, Scope};
use lead_core::command::qualify::Qualify;
use lead_core::policy::Status;
use lead_core::problem;
use lead_core::qualify::{Qualification, QualificationRecord, QualificationRequest};
use lead_store::qualify;
use serde::Serialize;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Post,
        path: "/leads/{lead_id}/qualify",
        tag: "Leads",
        summary: "Qualify a lead by BANT and MEDDICC; it moves as the points recommend",
        scope: Scope::LeadsWrite,
        role: Role::Sdr,
        if_match: true,
        query: &[],
        body: Some(Takes::All(Described::of::<QualificationRequest>())),
        gives: Gives::Record(Described::of::<QualifyResponse>()),
        refusals: &[&problem::IMPOSSIBLE_MOVE],
        handle: |call| Box::pin(post(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/leads/{lead_id}/qualifications",
        tag: "Leads",
        summary: "The newest 50 qualifications of a lead",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Page(Described::of::<QualificationRecord>()),
        refusals: &[],
        handle: |call| Box::pin(history(call)),
    },
];

/// The verdict, and where the lead stands after it.
#[derive(Serialize, utoipa::ToSchema)]
struct QualifyResponse {
    /// Always true.
    success: bool,
    qualification_result: Qualification,
    lead_status: Status,
}

async fn post(call: &Call) -> Result<Reply, Reply> {
    let target = target(call)?;
    let request = QualificationRequest::parse(call.members()?, &target.id).map_err(|errors| reply::invalid(&errors))?;
    let mut context = call.context();
    let id = context.ids.next_id();
    let done = call.run(&Qualify { id, target, request }, &mut context).await?.done;
    let response = QualifyResponse { success: true, qualification_result: done.result, lead_status: done.lead_status };
    Ok(record(done.version, &response))
}

async fn history(call: &Call) -> Result<Reply, Reply> {
    let lead_id = call.id("lead_id")?;
    let outcomes = call.read(qualify::read_history(call.company_id(), &lead_id, &call.caller.visibility())).await?;
    let found = qualify::found_history(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let found = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(page(&found, None))
}
