//! `/sequences`: mails that follow one another, by managers; and every definition that one had.

use super::call::{Call, page, record};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, list_parameters};
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::body::{Members, Sent};
use lead_core::command::sequence::{CreateSequence, DeleteSequence, EditSequence};
use lead_core::page_query::PageQuery;
use lead_core::problem;
use lead_core::sequence::{Revision, RevisionLine, RevisionQuery, Sequence, SequenceLine, SequenceValues};
use lead_store::sequences;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/sequences",
        tag: "Sequences",
        summary: "A page of the company's sequences, without their mails",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![],
        body: None,
        gives: Gives::Page(Described::of::<SequenceLine>()),
        refusals: &[],
        handle: |call| Box::pin(list(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/sequences",
        tag: "Sequences",
        summary: "Add a sequence",
        scope: Scope::SettingsWrite,
        role: Role::Manager,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<SequenceValues>())),
        gives: Gives::Created(Described::of::<Sequence>()),
        refusals: &[],
        handle: |call| Box::pin(create(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/sequences/{sequence_id}",
        tag: "Sequences",
        summary: "One sequence with its mails",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<Sequence>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Put,
        path: "/sequences/{sequence_id}",
        tag: "Sequences",
        summary: "Replace a sequence; enrolled leads finish on the definition they began",
        scope: Scope::SettingsWrite,
        role: Role::Manager,
        if_match: true,
        query: &[],
        body: Some(Takes::All(Described::of::<SequenceValues>())),
        gives: Gives::Record(Described::of::<Sequence>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, Sent::Whole)),
    },
    Endpoint {
        verb: Verb::Patch,
        path: "/sequences/{sequence_id}",
        tag: "Sequences",
        summary: "Change some of a sequence; enrolled leads finish on the definition they began",
        scope: Scope::SettingsWrite,
        role: Role::Manager,
        if_match: true,
        query: &[],
        body: Some(Takes::Patch(Described::of::<SequenceValues>())),
        gives: Gives::Record(Described::of::<Sequence>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, Sent::Patch)),
    },
    Endpoint {
        verb: Verb::Delete,
        path: "/sequences/{sequence_id}",
        tag: "Sequences",
        summary: "Delete a sequence; whoever is in it leaves",
        scope: Scope::SettingsWrite,
        role: Role::Manager,
        if_match: true,
        query: &[],
        body: None,
        gives: Gives::Nothing,
        refusals: &[],
        handle: |call| Box::pin(delete(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/sequences/{sequence_id}/revisions",
        tag: "Sequences",
        summary: "A page of the definitions that a sequence has had, newest first",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![],
        body: None,
        gives: Gives::Page(Described::of::<RevisionLine>()),
        refusals: &[],
        handle: |call| Box::pin(list_revisions(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/sequences/{sequence_id}/revisions/{revision}",
        tag: "Sequences",
        summary: "One definition that a sequence has had",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Json(Described::of::<Revision>()),
        refusals: &[],
        handle: |call| Box::pin(show_revision(call)),
    },
];

async fn list(call: &Call) -> Result<Reply, Reply> {
    let query = PageQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let outcome = call.read_one(sequences::page(call.company_id(), &query)).await?;
    let found = sequences::listed(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let (items, next_cursor) = query.page(found, |sequence| &sequence.id);
    Ok(page(&items, next_cursor.as_deref()))
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let outcome = call.read_one(sequences::read(call.company_id(), &call.id("sequence_id")?)).await?;
    let found = sequences::found(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let sequence = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(record(sequence.stamp.version, &sequence))
}

async fn create(call: &Call) -> Result<Reply, Reply> {
    let values = SequenceValues::parse(call.members()?, call.policy).map_err(|errors| reply::invalid(&errors))?;
    let mut context = call.context();
    let command = CreateSequence { id: context.ids.next_id(), values };
    let sequence = call.run(&command, &mut context).await?.done;
    Ok(call.created("sequences", &sequence.id, sequence.stamp.version, &sequence))
}

async fn edit(call: &Call, sent: fn(Members) -> Sent) -> Result<Reply, Reply> {
    let command =
        EditSequence { id: call.id("sequence_id")?, sent: sent(call.members()?), precondition: call.precondition() };
    let sequence = call.run(&command, &mut call.context()).await?.done;
    Ok(record(sequence.stamp.version, &sequence))
}

async fn delete(call: &Call) -> Result<Reply, Reply> {
    let command = DeleteSequence { id: call.id("sequence_id")?, precondition: call.precondition() };
    call.run(&command, &mut call.context()).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

async fn list_revisions(call: &Call) -> Result<Reply, Reply> {
    let query = RevisionQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let outcomes = call.read(sequences::read_revisions(call.company_id(), &call.id("sequence_id")?, &query)).await?;
    let found = sequences::found_revisions(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let (items, next_cursor) = query.page(found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?);
    Ok(page(&items, next_cursor.as_deref()))
}

async fn show_revision(call: &Call) -> Result<Reply, Reply> {
    let (id, revision) = (call.id("sequence_id")?, call.number("revision")?);
    let outcomes = call.read(sequences::read_revision(call.company_id(), &id, revision)).await?;
    let found = sequences::found_revision(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let revision = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(reply::json(StatusCode::OK, &revision))
}
