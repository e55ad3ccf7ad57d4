//! `/keys`: secret keys, shown once and revoked; an admin's for anybody, others' for themselves.

use super::call::{Call, page};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, list_parameters};
use crate::arrival;
use crate::auth;
use crate::reply::{self, Reply};
use axum::http::{StatusCode, header};
use lead_core::access::{Role, Scope, SecretKey};
use lead_core::api_key::{ApiKey, KeyValues};
use lead_core::command::key::{CreateKey, RevokeKey, sees};
use lead_core::page_query::PageQuery;
use lead_core::problem;
use lead_store::keys;
use serde::Serialize;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/keys",
        tag: "Keys",
        summary: "A page of the keys that the caller sees, revoked ones included",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![],
        body: None,
        gives: Gives::Page(Described::of::<ApiKey>()),
        refusals: &[],
        handle: |call| Box::pin(list(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/keys",
        tag: "Keys",
        summary: "Make a key; its secret is shown this once",
        scope: Scope::SettingsWrite,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<KeyValues>())),
        gives: Gives::Added(Described::of::<KeyShown>()),
        refusals: &[],
        handle: |call| Box::pin(create(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/keys/{key_id}",
        tag: "Keys",
        summary: "One key without its secret",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Json(Described::of::<ApiKey>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Delete,
        path: "/keys/{key_id}",
        tag: "Keys",
        summary: "Revoke a key",
        scope: Scope::SettingsWrite,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Nothing,
        refusals: &[],
        handle: |call| Box::pin(revoke(call)),
    },
];

/// A new key with its secret.
#[derive(Serialize, utoipa::ToSchema)]
struct KeyShown {
    #[serde(flatten)]
    record: ApiKey,
    /// The secret, `sk_...`: nobody can show it again.
    key: String,
}

async fn list(call: &Call) -> Result<Reply, Reply> {
    let query = PageQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let outcome = call.read_one(keys::page(call.company_id(), &call.principal(), &query)).await?;
    let found = keys::listed(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let (items, next_cursor) = query.page(found, |key| &key.id);
    Ok(page(&items, next_cursor.as_deref()))
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let outcome = call.read_one(keys::read(call.company_id(), &call.id("key_id")?)).await?;
    let found = keys::found(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let key = found.filter(|key| sees(&call.principal(), key)).ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(reply::json(StatusCode::OK, &key))
}

async fn create(call: &Call) -> Result<Reply, Reply> {
    let values = KeyValues::parse(call.members()?).map_err(|errors| reply::invalid(&errors))?;
    let secret = SecretKey::generate(&arrival::secret()?);
    let secret = secret.ok_or_else(|| reply::fault("randomness", "too few usable bytes"))?;
    let mut context = call.context();
    let command = CreateKey {
        by: call.principal(),
        scopes: call.caller.holder().scopes.clone(),
        id: context.ids.next_id(),
        key_hash: secret.hash(),
        values,
    };
    let record = call.run(&command, &mut context).await?.done;
    let place = call.place("keys", &record.id);
    let shown = KeyShown { record, key: secret.reveal().to_owned() };
    let mut reply = reply::json(StatusCode::CREATED, &shown);
    reply::set(&mut reply, header::LOCATION, &place);
    Ok(reply)
}

async fn revoke(call: &Call) -> Result<Reply, Reply> {
    let command = RevokeKey { by: call.principal(), id: call.id("key_id")? };
    call.run(&command, &mut call.context()).await?;
    auth::forget(call.company_id());
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
