//! `/suppressions`: who is never mailed, by a keyed hash of the address (spec E4). No address is ever shown, and none stands in
//! a query string, which logs would keep.

use super::call::{Call, page};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, list_parameters};
use crate::reply::{self, Reply};
use axum::http::{StatusCode, header};
use lead_core::access::{Role, Scope};
use lead_core::command::mail_back::{AddSuppression, LiftSuppression, SuppressionRequest, Whose};
use lead_core::id::Id;
use lead_core::invalid::{Code, Invalid};
use lead_core::page_query::PageQuery;
use lead_core::problem;
use lead_core::suppression::{AddressHash, Suppression};
use lead_store::suppressions;
use serde::Serialize;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/suppressions",
        tag: "Mail",
        summary: "A page of the addresses that are not mailed, as keyed hashes",
        scope: Scope::LeadsRead,
        role: Role::Manager,
        if_match: false,
        query: list_parameters![],
        body: None,
        gives: Gives::Page(Described::of::<Suppression>()),
        refusals: &[],
        handle: |call| Box::pin(list(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/suppressions",
        tag: "Mail",
        summary: "Mail an address no more; one that is not mailed already stays as it is",
        scope: Scope::LeadsWrite,
        role: Role::Manager,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<SuppressionBody>())),
        gives: Gives::Added(Described::of::<Suppression>()),
        refusals: &[&problem::MAIL_NOT_SET_UP],
        handle: |call| Box::pin(add(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/suppressions/look-up",
        tag: "Mail",
        summary: "Whether an address is mailed: its rows of the list",
        scope: Scope::LeadsRead,
        role: Role::Manager,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<LookUpBody>())),
        gives: Gives::Json(Described::of::<LookedUp>()),
        refusals: &[&problem::MAIL_NOT_SET_UP],
        handle: |call| Box::pin(look_up(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/suppressions/{suppression_id}",
        tag: "Mail",
        summary: "One row of the list",
        scope: Scope::LeadsRead,
        role: Role::Manager,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Json(Described::of::<Suppression>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Delete,
        path: "/suppressions/{suppression_id}",
        tag: "Mail",
        summary: "Mail an address again that was written down by hand or bounced",
        scope: Scope::LeadsWrite,
        role: Role::Manager,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Nothing,
        refusals: &[&problem::SUPPRESSION_STANDS],
        handle: |call| Box::pin(lift(call)),
    },
];

/// An address, or the lead whose it is.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes the body, which the core reads")]
struct LookUpBody {
    /// The address; this or `lead_id`.
    #[schema(max_length = 254)]
    email: Option<String>,
    /// A lead that the caller sees.
    lead_id: Option<Id>,
}

/// An address that is to be mailed no more.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes the body, which the core reads")]
struct SuppressionBody {
    /// The address; this or `lead_id`.
    #[schema(max_length = 254)]
    email: Option<String>,
    /// A lead that the caller sees.
    lead_id: Option<Id>,
    /// The one sequence that does not mail it; none means all of the company.
    sequence_id: Option<Id>,
}

/// What the list says about an address.
#[derive(Serialize, utoipa::ToSchema)]
struct LookedUp {
    /// The keyed hash of the address.
    #[schema(value_type = String, min_length = 64, max_length = 64)]
    address_hash: AddressHash,
    /// Its rows; none means that nothing here keeps it from being mailed.
    items: Vec<Suppression>,
}

async fn list(call: &Call) -> Result<Reply, Reply> {
    let query = PageQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let outcome = call.read_one(suppressions::page(call.company_id(), &query)).await?;
    let found = suppressions::found(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let (items, next_cursor) = query.page(found, |row| &row.id);
    Ok(page(&items, next_cursor.as_deref()))
}

/// The hash of the address that a body means.
async fn address(call: &Call, whose: &Whose) -> Result<AddressHash, Reply> {
    let company = call.company_id();
    let secret = call.mail_secret.as_ref().ok_or_else(|| reply::problem(&problem::MAIL_NOT_SET_UP))?;
    let lead_id = match whose {
        Whose::Address(email) => return Ok(AddressHash::of(secret, company, email)),
        Whose::Lead(lead_id) => lead_id,
    };
    let outcome = call.read_one(suppressions::read_key(company, lead_id, &call.caller.visibility())).await?;
    let key = suppressions::found_key(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let unknown = || reply::invalid(&[Invalid::member("lead_id", Code::UnknownReference)]);
    Ok(AddressHash::of_key(secret, company, &key.ok_or_else(unknown)?))
}

async fn look_up(call: &Call) -> Result<Reply, Reply> {
    let asked = SuppressionRequest::parse(call.members()?, false).map_err(|errors| reply::invalid(&errors))?;
    let address_hash = address(call, &asked.whose).await?;
    let outcome = call.read_one(suppressions::read(call.company_id(), address_hash)).await?;
    let items = suppressions::found(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    Ok(reply::json(StatusCode::OK, &LookedUp { address_hash, items }))
}

async fn add(call: &Call) -> Result<Reply, Reply> {
    let asked = SuppressionRequest::parse(call.members()?, true).map_err(|errors| reply::invalid(&errors))?;
    let command = AddSuppression { address: address(call, &asked.whose).await?, sequence_id: asked.sequence_id };
    let stands = call.run(&command, &mut call.context()).await?.done;
    let mut reply = reply::json(StatusCode::CREATED, &stands);
    reply::set(&mut reply, header::LOCATION, &call.place("suppressions", &stands.id));
    Ok(reply)
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let outcome = call.read_one(suppressions::read_one(call.company_id(), &call.id("suppression_id")?)).await?;
    let found = suppressions::found_one(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let row = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(reply::json(StatusCode::OK, &row))
}

async fn lift(call: &Call) -> Result<Reply, Reply> {
    let command = LiftSuppression { id: call.id("suppression_id")? };
    call.run(&command, &mut call.context()).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
