//! `/pools`: people who share leads in turns, by admins.

use super::call::{Call, page, record};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, list_parameters};
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::body::{Members, Sent};
use lead_core::command::pool::{CreatePool, DeletePool, EditPool};
use lead_core::page_query::PageQuery;
use lead_core::pool::{Pool, PoolValues};
use lead_core::problem;
use lead_store::pools;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/pools",
        tag: "Pools and territories",
        summary: "A page of the company's pools",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![],
        body: None,
        gives: Gives::Page(Described::of::<Pool>()),
        refusals: &[],
        handle: |call| Box::pin(list(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/pools",
        tag: "Pools and territories",
        summary: "Add a pool",
        scope: Scope::SettingsWrite,
        role: Role::Admin,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<PoolValues>())),
        gives: Gives::Created(Described::of::<Pool>()),
        refusals: &[],
        handle: |call| Box::pin(create(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/pools/{pool_id}",
        tag: "Pools and territories",
        summary: "One pool",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<Pool>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Put,
        path: "/pools/{pool_id}",
        tag: "Pools and territories",
        summary: "Replace a pool's values",
        scope: Scope::SettingsWrite,
        role: Role::Admin,
        if_match: true,
        query: &[],
        body: Some(Takes::All(Described::of::<PoolValues>())),
        gives: Gives::Record(Described::of::<Pool>()),
        refusals: &[&problem::DEFAULT_POOL],
        handle: |call| Box::pin(edit(call, Sent::Whole)),
    },
    Endpoint {
        verb: Verb::Patch,
        path: "/pools/{pool_id}",
        tag: "Pools and territories",
        summary: "Change some of a pool's values",
        scope: Scope::SettingsWrite,
        role: Role::Admin,
        if_match: true,
        query: &[],
        body: Some(Takes::Patch(Described::of::<PoolValues>())),
        gives: Gives::Record(Described::of::<Pool>()),
        refusals: &[&problem::DEFAULT_POOL],
        handle: |call| Box::pin(edit(call, Sent::Patch)),
    },
    Endpoint {
        verb: Verb::Delete,
        path: "/pools/{pool_id}",
        tag: "Pools and territories",
        summary: "Delete a pool",
        scope: Scope::SettingsWrite,
        role: Role::Admin,
        if_match: true,
        query: &[],
        body: None,
        gives: Gives::Nothing,
        refusals: &[&problem::DEFAULT_POOL, &problem::POOL_IN_USE],
        handle: |call| Box::pin(delete(call)),
    },
];

async fn list(call: &Call) -> Result<Reply, Reply> {
    let query = PageQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let outcome = call.read_one(pools::page(call.company_id(), &query)).await?;
    let found = pools::listed(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let (items, next_cursor) = query.page(found, |pool| &pool.id);
    Ok(page(&items, next_cursor.as_deref()))
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let outcome = call.read_one(pools::read(call.company_id(), &call.id("pool_id")?)).await?;
    let found = pools::found(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let pool = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(record(pool.stamp.version, &pool))
}

async fn create(call: &Call) -> Result<Reply, Reply> {
    let values = PoolValues::parse(call.members()?).map_err(|errors| reply::invalid(&errors))?;
    let mut context = call.context();
    let command = CreatePool { id: context.ids.next_id(), values };
    let pool = call.run(&command, &mut context).await?.done;
    Ok(call.created("pools", &pool.id, pool.stamp.version, &pool))
}

async fn edit(call: &Call, sent: fn(Members) -> Sent) -> Result<Reply, Reply> {
    let command = EditPool { id: call.id("pool_id")?, sent: sent(call.members()?), precondition: call.precondition() };
    let pool = call.run(&command, &mut call.context()).await?.done;
    Ok(record(pool.stamp.version, &pool))
}

async fn delete(call: &Call) -> Result<Reply, Reply> {
    let command = DeletePool { id: call.id("pool_id")?, precondition: call.precondition() };
    call.run(&command, &mut call.context()).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
