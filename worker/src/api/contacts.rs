//! `/contacts`: the people of accounts.

use super::call::{Call, record};
use super::endpoint::ParameterKind::{Choice, Flag, Id, Instant, Text};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, list_parameters, parameter};
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::account_query::ContactQuery;
use lead_core::command::contact::{CreateContact, DeleteContact, EditContact};
use lead_core::contact::{Contact, ContactBody};
use lead_core::field::AuthorityLevel;
use lead_core::invalid::{Code, Invalid};
use lead_core::page_query::Order;
use lead_core::problem;
use lead_store::contacts::{found, list, read};

const ROLES: &[&str] = &[
    AuthorityLevel::DecisionMaker.as_str(),
    AuthorityLevel::Influencer.as_str(),
    AuthorityLevel::User.as_str(),
    AuthorityLevel::Gatekeeper.as_str(),
];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/contacts",
        tag: "Contacts",
        summary: "A page of the contacts that the caller sees",
        scope: Scope::SalesRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![
            parameter("account_id", Id, "Of this account"),
            parameter("role", Choice(ROLES), "With this say in a purchase"),
            parameter("email", Text, "With exactly this address"),
            parameter("is_primary_contact", Flag, "Primary contacts, or the others"),
            parameter("created_from", Instant, "Made at or after this instant"),
            parameter("created_to", Instant, "Made before this instant"),
            parameter("updated_since", Instant, "Changed at or after this instant"),
            parameter("q", Text, "Whose name or address begins so, or whose phone is this"),
            parameter("sort", Choice(Order::BY_TIME), "In which order"),
        ],
        body: None,
        gives: Gives::Page(Described::of::<Contact>()),
        refusals: &[],
        handle: |call| Box::pin(list_contacts(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/contacts",
        tag: "Contacts",
        summary: "Create a contact; the first of its account is its primary contact",
        scope: Scope::SalesWrite,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<ContactBody>())),
        gives: Gives::Created(Described::of::<Contact>()),
        refusals: &[],
        handle: |call| Box::pin(create(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/contacts/{contact_id}",
        tag: "Contacts",
        summary: "One contact",
        scope: Scope::SalesRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<Contact>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Put,
        path: "/contacts/{contact_id}",
        tag: "Contacts",
        summary: "Replace a contact's values",
        scope: Scope::SalesWrite,
        role: Role::Sdr,
        if_match: true,
        query: &[],
        body: Some(Takes::All(Described::of::<ContactBody>())),
        gives: Gives::Record(Described::of::<Contact>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, true)),
    },
    Endpoint {
        verb: Verb::Patch,
        path: "/contacts/{contact_id}",
        tag: "Contacts",
        summary: "Change some of a contact's values",
        scope: Scope::SalesWrite,
        role: Role::Sdr,
        if_match: true,
        query: &[],
        body: Some(Takes::Patch(Described::of::<ContactBody>())),
        gives: Gives::Record(Described::of::<Contact>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, false)),
    },
    Endpoint {
        verb: Verb::Delete,
        path: "/contacts/{contact_id}",
        tag: "Contacts",
        summary: "Delete a contact; the oldest other one of its account is primary after a primary one",
        scope: Scope::SalesWrite,
        role: Role::Manager,
        if_match: true,
        query: &[],
        body: None,
        gives: Gives::Nothing,
        refusals: &[],
        handle: |call| Box::pin(delete(call)),
    },
];

async fn list_contacts(call: &Call) -> Result<Reply, Reply> {
    let query = ContactQuery::parse(&call.query, call.caller.country()).map_err(|errors| reply::invalid(&errors))?;
    call.listed(list::page(&call.database, call.company_id(), &query, &call.caller.visibility()).await)
}

async fn create(call: &Call) -> Result<Reply, Reply> {
    let by = call.principal();
    let body = ContactBody::parse(call.members()?, by.country, None).map_err(|errors| reply::invalid(&errors))?;
    let Some(account_id) = body.account_id.clone() else {
        return Err(reply::invalid(&[Invalid::member("account_id", Code::Required)]));
    };
    let mut context = call.context();
    let command = CreateContact { by, id: context.ids.next_id(), account_id, body };
    let contact = call.run(&command, &mut context).await?.done;
    Ok(call.created("contacts", &contact.id, contact.stamp.version, &contact))
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let id = call.id("contact_id")?;
    let outcomes = call.read(vec![read(call.company_id(), &id, &call.caller.visibility())]).await?;
    let [outcome] = outcomes.as_slice() else { return Err(reply::fault("batch", "one outcome was expected")) };
    let found = found(outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let contact = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(record(contact.stamp.version, &contact))
}

async fn edit(call: &Call, whole: bool) -> Result<Reply, Reply> {
    let (by, id, precondition, members) =
        (call.principal(), call.id("contact_id")?, call.precondition(), call.members()?);
    let command = EditContact { by, id, precondition, members, whole };
    let contact = call.run(&command, &mut call.context()).await?.done;
    Ok(record(contact.stamp.version, &contact))
}

async fn delete(call: &Call) -> Result<Reply, Reply> {
    let command = DeleteContact { by: call.principal(), id: call.id("contact_id")?, precondition: call.precondition() };
    call.run(&command, &mut call.context()).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
