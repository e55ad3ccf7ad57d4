//! `/accounts`: the companies that are or may become customers.

use super::call::{Call, record};
use super::endpoint::ParameterKind::{Choice, Flag, Instant, Text};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, list_parameters, parameter};
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::account::{Account, AccountBody, AccountType, HealthScore, LifecycleStage};
use lead_core::account_query::AccountQuery;
use lead_core::command::account::{CreateAccount, DeleteAccount, EditAccount};
use lead_core::page_query::Order;
use lead_core::problem;
use lead_store::accounts::{found, list, read};

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/accounts",
        tag: "Accounts",
        summary: "A page of the accounts that the caller sees",
        scope: Scope::SalesRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![
            parameter("owner", Text, "Of this person; `none` for those without an owner"),
            parameter("account_type", Choice(AccountType::NAMES), "Of this type"),
            parameter("lifecycle_stage", Choice(LifecycleStage::NAMES), "In this stage"),
            parameter("health_score", Choice(HealthScore::NAMES), "In this health"),
            parameter("industry", Text, "In exactly this trade"),
            parameter("is_active", Flag, "Active, or not"),
            parameter("created_from", Instant, "Made at or after this instant"),
            parameter("created_to", Instant, "Made before this instant"),
            parameter("updated_since", Instant, "Changed at or after this instant"),
            parameter("q", Text, "Whose name or domain begins so"),
            parameter("sort", Choice(Order::BY_TIME), "In which order"),
        ],
        body: None,
        gives: Gives::Page(Described::of::<Account>()),
        refusals: &[],
        handle: |call| Box::pin(list_accounts(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/accounts",
        tag: "Accounts",
        summary: "Create an account",
        scope: Scope::SalesWrite,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<AccountBody>())),
        gives: Gives::Created(Described::of::<Account>()),
        refusals: &[],
        handle: |call| Box::pin(create(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/accounts/{account_id}",
        tag: "Accounts",
        summary: "One account",
        scope: Scope::SalesRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<Account>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Put,
        path: "/accounts/{account_id}",
        tag: "Accounts",
        summary: "Replace an account's values",
        scope: Scope::SalesWrite,
        role: Role::Sdr,
        if_match: true,
        query: &[],
        body: Some(Takes::All(Described::of::<AccountBody>())),
        gives: Gives::Record(Described::of::<Account>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, true)),
    },
    Endpoint {
        verb: Verb::Patch,
        path: "/accounts/{account_id}",
        tag: "Accounts",
        summary: "Change some of an account's values",
        scope: Scope::SalesWrite,
        role: Role::Sdr,
        if_match: true,
        query: &[],
        body: Some(Takes::Patch(Described::of::<AccountBody>())),
        gives: Gives::Record(Described::of::<Account>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, false)),
    },
    Endpoint {
        verb: Verb::Delete,
        path: "/accounts/{account_id}",
        tag: "Accounts",
        summary: "Delete an account that has neither contacts nor open opportunities",
        scope: Scope::SalesWrite,
        role: Role::Manager,
        if_match: true,
        query: &[],
        body: None,
        gives: Gives::Nothing,
        refusals: &[&problem::ACCOUNT_IN_USE],
        handle: |call| Box::pin(delete(call)),
    },
];

async fn list_accounts(call: &Call) -> Result<Reply, Reply> {
    let query = AccountQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let by = call.principal();
    call.listed(list::page(&call.database, call.company_id(), &query, &by.visibility, &by.currency).await)
}

async fn create(call: &Call) -> Result<Reply, Reply> {
    let currency = call.currency()?;
    let body = AccountBody::parse(call.members()?, currency).map_err(|errors| reply::invalid(&errors))?;
    let mut context = call.context();
    let command = CreateAccount { by: call.principal(), id: context.ids.next_id(), currency, body };
    let account = call.run(&command, &mut context).await?.done;
    Ok(call.created("accounts", &account.id, account.stamp.version, &account))
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let (id, by) = (call.id("account_id")?, call.principal());
    let outcomes = call.read(vec![read(call.company_id(), &id, &by.visibility, &by.currency)]).await?;
    let [outcome] = outcomes.as_slice() else { return Err(reply::fault("batch", "one outcome was expected")) };
    let found = found(outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let account = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(record(account.stamp.version, &account))
}

async fn edit(call: &Call, whole: bool) -> Result<Reply, Reply> {
    let (by, id, precondition, members) =
        (call.principal(), call.id("account_id")?, call.precondition(), call.members()?);
    let command = EditAccount { by, id, precondition, members, whole };
    let account = call.run(&command, &mut call.context()).await?.done;
    Ok(record(account.stamp.version, &account))
}

async fn delete(call: &Call) -> Result<Reply, Reply> {
    let command = DeleteAccount { by: call.principal(), id: call.id("account_id")?, precondition: call.precondition() };
    call.run(&command, &mut call.context()).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
