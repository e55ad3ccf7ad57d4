//! `/territories`: parts of the market with a pool of their own, by admins.

use super::call::{Call, page, record};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, list_parameters};
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::body::{Members, Sent};
use lead_core::command::territory::{CreateTerritory, DeleteTerritory, EditTerritory};
use lead_core::page_query::PageQuery;
use lead_core::problem;
use lead_core::territory::{Territory, TerritoryValues};
use lead_store::territories;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/territories",
        tag: "Pools and territories",
        summary: "A page of the company's territories",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![],
        body: None,
        gives: Gives::Page(Described::of::<Territory>()),
        refusals: &[],
        handle: |call| Box::pin(list(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/territories",
        tag: "Pools and territories",
        summary: "Add a territory",
        scope: Scope::SettingsWrite,
        role: Role::Admin,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<TerritoryValues>())),
        gives: Gives::Created(Described::of::<Territory>()),
        refusals: &[],
        handle: |call| Box::pin(create(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/territories/{territory_id}",
        tag: "Pools and territories",
        summary: "One territory",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<Territory>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Put,
        path: "/territories/{territory_id}",
        tag: "Pools and territories",
        summary: "Replace a territory's values",
        scope: Scope::SettingsWrite,
        role: Role::Admin,
        if_match: true,
        query: &[],
        body: Some(Takes::All(Described::of::<TerritoryValues>())),
        gives: Gives::Record(Described::of::<Territory>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, Sent::Whole)),
    },
    Endpoint {
        verb: Verb::Patch,
        path: "/territories/{territory_id}",
        tag: "Pools and territories",
        summary: "Change some of a territory's values",
        scope: Scope::SettingsWrite,
        role: Role::Admin,
        if_match: true,
        query: &[],
        body: Some(Takes::Patch(Described::of::<TerritoryValues>())),
        gives: Gives::Record(Described::of::<Territory>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, Sent::Patch)),
    },
    Endpoint {
        verb: Verb::Delete,
        path: "/territories/{territory_id}",
        tag: "Pools and territories",
        summary: "Delete a territory",
        scope: Scope::SettingsWrite,
        role: Role::Admin,
        if_match: true,
        query: &[],
        body: None,
        gives: Gives::Nothing,
        refusals: &[],
        handle: |call| Box::pin(delete(call)),
    },
];

async fn list(call: &Call) -> Result<Reply, Reply> {
    let query = PageQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let outcome = call.read_one(territories::page(call.company_id(), &query)).await?;
    let found = territories::listed(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let (items, next_cursor) = query.page(found, |territory| &territory.id);
    Ok(page(&items, next_cursor.as_deref()))
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let outcome = call.read_one(territories::read(call.company_id(), &call.id("territory_id")?)).await?;
    let found = territories::found(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let territory = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(record(territory.stamp.version, &territory))
}

async fn create(call: &Call) -> Result<Reply, Reply> {
    let values = TerritoryValues::parse(call.members()?).map_err(|errors| reply::invalid(&errors))?;
    let mut context = call.context();
    let command = CreateTerritory { id: context.ids.next_id(), values };
    let territory = call.run(&command, &mut context).await?.done;
    Ok(call.created("territories", &territory.id, territory.stamp.version, &territory))
}

async fn edit(call: &Call, sent: fn(Members) -> Sent) -> Result<Reply, Reply> {
    let command =
        EditTerritory { id: call.id("territory_id")?, sent: sent(call.members()?), precondition: call.precondition() };
    let territory = call.run(&command, &mut call.context()).await?.done;
    Ok(record(territory.stamp.version, &territory))
}

async fn delete(call: &Call) -> Result<Reply, Reply> {
    let command = DeleteTerritory { id: call.id("territory_id")?, precondition: call.precondition() };
    call.run(&command, &mut call.context()).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
