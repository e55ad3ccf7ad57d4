//! `/users`: the people of a company, by admins.

use super::call::{Call, page, record};
use super::endpoint::ParameterKind::{Choice, Flag};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, list_parameters, parameter};
use crate::auth;
use crate::reply::{self, Reply};
use lead_core::access::{Role, Scope};
use lead_core::body::{Members, Sent};
use lead_core::command::user::{CreateUser, EditUser};
use lead_core::problem;
use lead_core::user::{User, UserQuery, UserValues};
use lead_store::users;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/users",
        tag: "People",
        summary: "A page of the company's people",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![
            parameter("role", Choice(Role::NAMES), "Who are this"),
            parameter("is_active", Flag, "Who work here, or do not"),
        ],
        body: None,
        gives: Gives::Page(Described::of::<User>()),
        refusals: &[],
        handle: |call| Box::pin(list(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/users",
        tag: "People",
        summary: "Add a person",
        scope: Scope::SettingsWrite,
        role: Role::Admin,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<UserValues>())),
        gives: Gives::Created(Described::of::<User>()),
        refusals: &[&problem::EMAIL_TAKEN],
        handle: |call| Box::pin(create(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/users/{user_id}",
        tag: "People",
        summary: "One person",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<User>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Put,
        path: "/users/{user_id}",
        tag: "People",
        summary: "Replace a person's values",
        scope: Scope::SettingsWrite,
        role: Role::Admin,
        if_match: true,
        query: &[],
        body: Some(Takes::All(Described::of::<UserValues>())),
        gives: Gives::Record(Described::of::<User>()),
        refusals: &[&problem::EMAIL_TAKEN, &problem::LAST_ADMIN, &problem::MANAGER_CIRCLE],
        handle: |call| Box::pin(edit(call, Sent::Whole)),
    },
    Endpoint {
        verb: Verb::Patch,
        path: "/users/{user_id}",
        tag: "People",
        summary: "Change some of a person's values",
        scope: Scope::SettingsWrite,
        role: Role::Admin,
        if_match: true,
        query: &[],
        body: Some(Takes::Patch(Described::of::<UserValues>())),
        gives: Gives::Record(Described::of::<User>()),
        refusals: &[&problem::EMAIL_TAKEN, &problem::LAST_ADMIN, &problem::MANAGER_CIRCLE],
        handle: |call| Box::pin(edit(call, Sent::Patch)),
    },
];

async fn list(call: &Call) -> Result<Reply, Reply> {
    let query = UserQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let outcome = call.read_one(users::page(call.company_id(), &query)).await?;
    let found = users::listed(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let (items, next_cursor) = query.page.page(found, |user| &user.id);
    Ok(page(&items, next_cursor.as_deref()))
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let outcome = call.read_one(users::read(call.company_id(), &call.id("user_id")?)).await?;
    let found = users::found(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let user = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(record(user.stamp.version, &user))
}

/// Whoever sets addresses and roles can sign in as that person, with every scope: a key with fewer must not.
fn may_set_people(call: &Call) -> Result<(), Reply> {
    let may = Scope::ALL.iter().all(|scope| call.caller.may(*scope, Role::Admin));
    if may { Ok(()) } else { Err(reply::problem(&problem::FORBIDDEN)) }
}

async fn create(call: &Call) -> Result<Reply, Reply> {
    may_set_people(call)?;
    let values = UserValues::parse(call.members()?).map_err(|errors| reply::invalid(&errors))?;
    let mut context = call.context();
    let command = CreateUser { id: context.ids.next_id(), values };
    let user = call.run(&command, &mut context).await?.done;
    auth::forget(call.company_id());
    Ok(call.created("users", &user.id, user.stamp.version, &user))
}

async fn edit(call: &Call, sent: fn(Members) -> Sent) -> Result<Reply, Reply> {
    may_set_people(call)?;
    let (id, sent, precondition) = (call.id("user_id")?, sent(call.members()?), call.precondition());
    let command = EditUser { id, sent, precondition, session_id: call.caller.session_id().cloned() };
    let user = call.run(&command, &mut call.context()).await?.done;
    auth::forget(call.company_id());
    Ok(record(user.stamp.version, &user))
}
