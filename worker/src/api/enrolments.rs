//! Leads in sequences: who is in one, where one lead is, beginning and leaving by hand.

use super::call::{Call, page};
use super::endpoint::ParameterKind::Choice;
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, list_parameters, parameter};
use crate::reply::{self, Reply};
use axum::http::{StatusCode, header};
use lead_core::access::{Role, Scope};
use lead_core::body::Reader;
use lead_core::command::enrolment::{Enrol, LeaveSequence};
use lead_core::enrolment::{Enrolment, EnrolmentQuery, EnrolmentState};
use lead_core::id::Id;
use lead_core::invalid::Code;
use lead_core::page_query::PageQuery;
use lead_core::problem;
use lead_store::enrolments;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/sequences/{sequence_id}/enrolments",
        tag: "Sequences",
        summary: "A page of the leads in a sequence that the caller sees",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![parameter("state", Choice(EnrolmentState::NAMES), "Where they stand")],
        body: None,
        gives: Gives::Page(Described::of::<Enrolment>()),
        refusals: &[],
        handle: |call| Box::pin(list_of_sequence(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/sequences/{sequence_id}/enrolments",
        tag: "Sequences",
        summary: "Enrol a lead by hand",
        scope: Scope::LeadsWrite,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<EnrolBody>())),
        gives: Gives::Added(Described::of::<Enrolment>()),
        refusals: &[&problem::NOT_ENROLLABLE],
        handle: |call| Box::pin(enrol(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/leads/{lead_id}/enrolments",
        tag: "Leads",
        summary: "A page of the sequences that a lead is or was in",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![],
        body: None,
        gives: Gives::Page(Described::of::<Enrolment>()),
        refusals: &[],
        handle: |call| Box::pin(list_of_lead(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/leads/{lead_id}/enrolments/{sequence_id}",
        tag: "Leads",
        summary: "Where a lead stands in a sequence",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Json(Described::of::<Enrolment>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/leads/{lead_id}/enrolments/{sequence_id}/leave",
        tag: "Leads",
        summary: "Take a lead out of a sequence",
        scope: Scope::LeadsWrite,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Json(Described::of::<Enrolment>()),
        refusals: &[],
        handle: |call| Box::pin(leave(call)),
    },
];

/// Which lead begins the sequence.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read here")]
struct EnrolBody {
    /// A lead that the caller sees.
    lead_id: Id,
}

async fn list_of_sequence(call: &Call) -> Result<Reply, Reply> {
    let query = EnrolmentQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let (id, rows) = (call.id("sequence_id")?, call.caller.visibility());
    let outcomes = call.read(enrolments::read_of_sequence(call.company_id(), &id, &query, &rows)).await?;
    let found = enrolments::page_of_sequence(&outcomes, &query).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let (items, next_cursor) = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(page(&items, next_cursor.as_deref()))
}

async fn enrol(call: &Call) -> Result<Reply, Reply> {
    let sequence_id = call.id("sequence_id")?;
    let mut read = Reader::new(call.members()?);
    let lead_id = read.required("lead_id", |text| Id::parse(text.trim()).ok_or(Code::NotId));
    let lead_id = read.close(&[]).map(|()| lead_id).map_err(|errors| reply::invalid(&errors))?;
    let lead_id = lead_id.ok_or_else(|| reply::invalid(&[]))?;
    let mut context = call.context();
    let command = Enrol { id: context.ids.next_id(), sequence_id, lead_id, by: call.principal() };
    let enrolment = call.run(&command, &mut context).await?.done;
    let mut reply = reply::json(StatusCode::CREATED, &enrolment);
    let collection = format!("leads/{}/enrolments", enrolment.lead_id);
    reply::set(&mut reply, header::LOCATION, &call.place(&collection, &enrolment.sequence_id));
    Ok(reply)
}

async fn list_of_lead(call: &Call) -> Result<Reply, Reply> {
    let query = PageQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let (id, rows) = (call.id("lead_id")?, call.caller.visibility());
    let outcomes = call.read(enrolments::read_of_lead(call.company_id(), &id, &query, &rows)).await?;
    let found = enrolments::found_of_lead(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let found = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    let (items, next_cursor) = query.page(found, |enrolment| &enrolment.sequence_id);
    Ok(page(&items, next_cursor.as_deref()))
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let (lead_id, sequence_id) = (call.id("lead_id")?, call.id("sequence_id")?);
    let rows = call.caller.visibility();
    let outcomes = call.read(enrolments::read_one(call.company_id(), &lead_id, &sequence_id, &rows)).await?;
    let found = enrolments::found_one(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let found = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(reply::json(StatusCode::OK, &found.enrolment))
}

async fn leave(call: &Call) -> Result<Reply, Reply> {
    let (lead_id, sequence_id) = (call.id("lead_id")?, call.id("sequence_id")?);
    let command = LeaveSequence { lead_id, sequence_id, by: call.principal() };
    let enrolment = call.run(&command, &mut call.context()).await?.done;
    Ok(reply::json(StatusCode::OK, &enrolment))
}
