//! `/opportunities`: what is for sale, and its way through the stages.

use super::call::{Call, record};
use super::endpoint::ParameterKind::{Choice, Flag, Id, Instant, Text};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, list_parameters, parameter};
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::body::Members;
use lead_core::command::opportunity::{ChangeOpportunity, CreateOpportunity, OpportunityChange};
use lead_core::opportunity::{
    ForecastCategory, NewOpportunity, Opportunity, OpportunityBody, OpportunityQuery, PipelineStage, StageEntry,
    StageMove,
};
use lead_core::page_query::Order;
use lead_core::problem;
use lead_store::opportunities::{list, one};
use serde::Serialize;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/opportunities",
        tag: "Opportunities",
        summary: "A page of the opportunities that the caller sees",
        scope: Scope::SalesRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![
            parameter("owner", Text, "Of this person; `none` for those without an owner"),
            parameter("pipeline_stage", Choice(PipelineStage::NAMES), "In this stage"),
            parameter("forecast_category", Choice(ForecastCategory::NAMES), "Of this category"),
            parameter("account_id", Id, "Of this account"),
            parameter("closed", Flag, "That are, or are not, won or lost"),
            parameter("close_date_from", Instant, "Expected to close at or after this instant"),
            parameter("close_date_to", Instant, "Expected to close before this instant"),
            parameter("updated_since", Instant, "That changed at or after this instant"),
            parameter("q", Text, "Whose name begins so"),
            parameter("sort", Choice(Order::BY_TIME), "In which order"),
        ],
        body: None,
        gives: Gives::Page(Described::of::<Opportunity>()),
        refusals: &[],
        handle: |call| Box::pin(list_opportunities(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/opportunities",
        tag: "Opportunities",
        summary: "Create an opportunity of an account",
        scope: Scope::SalesWrite,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<NewOpportunity>())),
        gives: Gives::Created(Described::of::<Opportunity>()),
        refusals: &[],
        handle: |call| Box::pin(create(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/opportunities/{opportunity_id}",
        tag: "Opportunities",
        summary: "One opportunity with its stage history",
        scope: Scope::SalesRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<OpportunityResponse>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Put,
        path: "/opportunities/{opportunity_id}",
        tag: "Opportunities",
        summary: "Replace an opportunity's values",
        scope: Scope::SalesWrite,
        role: Role::Sdr,
        if_match: true,
        query: &[],
        body: Some(Takes::All(Described::of::<OpportunityBody>())),
        gives: Gives::Record(Described::of::<Opportunity>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, OpportunityChange::Replace)),
    },
    Endpoint {
        verb: Verb::Patch,
        path: "/opportunities/{opportunity_id}",
        tag: "Opportunities",
        summary: "Change some of an opportunity's values",
        scope: Scope::SalesWrite,
        role: Role::Sdr,
        if_match: true,
        query: &[],
        body: Some(Takes::Patch(Described::of::<OpportunityBody>())),
        gives: Gives::Record(Described::of::<Opportunity>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, OpportunityChange::Merge)),
    },
    Endpoint {
        verb: Verb::Delete,
        path: "/opportunities/{opportunity_id}",
        tag: "Opportunities",
        summary: "Delete an opportunity",
        scope: Scope::SalesWrite,
        role: Role::Manager,
        if_match: true,
        query: &[],
        body: None,
        gives: Gives::Nothing,
        refusals: &[],
        handle: |call| Box::pin(delete(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/opportunities/{opportunity_id}/stage",
        tag: "Opportunities",
        summary: "Move an opportunity to another stage, close or reopen it",
        scope: Scope::SalesWrite,
        role: Role::Sdr,
        if_match: true,
        query: &[],
        body: Some(Takes::All(Described::of::<StageMove>())),
        gives: Gives::Record(Described::of::<Opportunity>()),
        refusals: &[&problem::OPPORTUNITY_CLOSED, &problem::ACCOUNT_DELETED],
        handle: |call| Box::pin(change_stage(call)),
    },
];

/// An opportunity with its stage history.
#[derive(Serialize, utoipa::ToSchema)]
struct OpportunityResponse {
    #[serde(flatten)]
    opportunity: Opportunity,
    /// The newest 50 moves, the newest first.
    stages: Vec<StageEntry>,
}

async fn list_opportunities(call: &Call) -> Result<Reply, Reply> {
    let query = OpportunityQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    call.listed(list::page(&call.database, call.company_id(), &query, &call.caller.visibility()).await)
}

async fn create(call: &Call) -> Result<Reply, Reply> {
    let mut context = call.context();
    let id = context.ids.next_id();
    let command =
        CreateOpportunity::parse(id, call.members()?, call.principal()).map_err(|errors| reply::invalid(&errors))?;
    let made = call.run(&command, &mut context).await?.done;
    Ok(call.created("opportunities", &made.id, made.stamp.version, &made))
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let id = call.id("opportunity_id")?;
    let outcomes = call.read(one::read(call.company_id(), &id, &call.caller.visibility())).await?;
    let found = one::found(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let (opportunity, stages) = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(record(opportunity.stamp.version, &OpportunityResponse { opportunity, stages }))
}

async fn edit(call: &Call, to: fn(Members) -> OpportunityChange) -> Result<Reply, Reply> {
    let changed = change(call, to(call.members()?)).await?;
    Ok(record(changed.stamp.version, &changed))
}

async fn change_stage(call: &Call) -> Result<Reply, Reply> {
    let asked = StageMove::parse(call.members()?).map_err(|errors| reply::invalid(&errors))?;
    let changed = change(call, OpportunityChange::Move(asked)).await?;
    Ok(record(changed.stamp.version, &changed))
}

async fn delete(call: &Call) -> Result<Reply, Reply> {
    change(call, OpportunityChange::Delete).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

async fn change(call: &Call, to: OpportunityChange) -> Result<Opportunity, Reply> {
    let (id, by, precondition) = (call.id("opportunity_id")?, call.principal(), call.precondition());
    let command = ChangeOpportunity { id, to, by, precondition };
    Ok(call.run(&command, &mut call.context()).await?.done)
}
