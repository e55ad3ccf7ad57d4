//! `/activities`: recording them on leads, accounts, contacts and opportunities, their timelines, and what is due.

use super::call::{Call, page, record};
use super::endpoint::ParameterKind::{Id as IdKind, Instant as InstantKind};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, list_parameters, parameter};
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::activity::{Activity, ActivityValues, RelatedType};
use lead_core::command::activity::{EditActivity, FinishFollowUp, RecordActivity, Wish};
use lead_core::problem;
use lead_core::timeline::{DueQuery, Entry, TimelineQuery};
use lead_store::activities::timeline::Asked;
use lead_store::activities::{due, one};

/// The timeline of one kind of thing, and recording an activity on it.
macro_rules! related {
    ($kind:ident, $tag:literal, path: $path:literal, $id:literal, $read:ident, $write:ident, $timeline:literal, $record:literal) => {
        [
            Endpoint {
                verb: Verb::Get,
                path: $path,
                tag: $tag,
                summary: $timeline,
                scope: Scope::$read,
                role: Role::Sdr,
                if_match: false,
                query: list_parameters![],
                body: None,
                gives: Gives::Page(Described::of::<Entry>()),
                refusals: &[],
                handle: |call| Box::pin(timeline(call, RelatedType::$kind, $id)),
            },
            Endpoint {
                verb: Verb::Post,
                path: $path,
                tag: $tag,
                summary: $record,
                scope: Scope::$write,
                role: Role::Sdr,
                if_match: false,
                query: &[],
                body: Some(Takes::All(Described::of::<ActivityValues>())),
                gives: Gives::Created(Described::of::<Activity>()),
                refusals: &[],
                handle: |call| Box::pin(create(call, RelatedType::$kind, $id)),
            },
        ]
    };
}

pub(crate) const OF_LEADS: &[Endpoint] = &related!(
    Lead, "Leads",
    path: "/leads/{lead_id}/activities", "lead_id",
    LeadsRead, LeadsWrite,
    "A lead's timeline: its activities and touches, newest first",
    "Record an activity on a lead; it may move score and status"
);

pub(crate) const OF_ACCOUNTS: &[Endpoint] = &related!(
    Account, "Accounts",
    path: "/accounts/{account_id}/activities", "account_id",
    SalesRead, SalesWrite,
    "An account's timeline, with those of its contacts and of the leads that became it",
    "Record an activity on an account"
);

pub(crate) const OF_CONTACTS: &[Endpoint] = &related!(
    Contact, "Contacts",
    path: "/contacts/{contact_id}/activities", "contact_id",
    SalesRead, SalesWrite,
    "A contact's timeline, with those of the leads it came from",
    "Record an activity on a contact"
);

pub(crate) const OF_OPPORTUNITIES: &[Endpoint] = &related!(
    Opportunity, "Opportunities",
    path: "/opportunities/{opportunity_id}/activities", "opportunity_id",
    SalesRead, SalesWrite,
    "An opportunity's timeline, newest first",
    "Record an activity on an opportunity"
);

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/activities/{activity_id}",
        tag: "Activities",
        summary: "One activity",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<Activity>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Patch,
        path: "/activities/{activity_id}",
        tag: "Activities",
        summary: "Change one's own activity; managers change any that they see",
        scope: Scope::LeadsWrite,
        role: Role::Sdr,
        if_match: true,
        query: &[],
        body: Some(Takes::Patch(Described::of::<ActivityValues>())),
        gives: Gives::Record(Described::of::<Activity>()),
        refusals: &[],
        handle: |call| Box::pin(patch(call)),
    },
    Endpoint {
        verb: Verb::Delete,
        path: "/activities/{activity_id}",
        tag: "Activities",
        summary: "Delete one's own activity; what it counted stays counted",
        scope: Scope::LeadsWrite,
        role: Role::Sdr,
        if_match: true,
        query: &[],
        body: None,
        gives: Gives::Nothing,
        refusals: &[],
        handle: |call| Box::pin(delete(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/follow-ups",
        tag: "Activities",
        summary: "What is due, oldest first",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![
            parameter("until", InstantKind, "Due at or before this instant; now unless said otherwise"),
            parameter("owner", IdKind, "Of this person"),
        ],
        body: None,
        gives: Gives::Page(Described::of::<Activity>()),
        refusals: &[],
        handle: |call| Box::pin(follow_ups(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/follow-ups/{activity_id}/done",
        tag: "Activities",
        summary: "A follow-up was done; saying it twice changes nothing",
        scope: Scope::LeadsWrite,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<Activity>()),
        refusals: &[],
        handle: |call| Box::pin(done(call)),
    },
];

async fn timeline(call: &Call, kind: RelatedType, name: &str) -> Result<Reply, Reply> {
    let query = TimelineQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let asked = Asked { kind, id: call.id(name)?, query };
    let company = call.company_id();
    let sources = call.read(asked.sources(company, &call.caller.visibility())).await?;
    let leads = asked.leads(&sources).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let leads = leads.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    let strands = call.read(asked.strands(company, &leads)).await?;
    let (items, next) = asked.page(&leads, &strands).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    Ok(page(&items, next.as_deref()))
}

async fn create(call: &Call, kind: RelatedType, name: &str) -> Result<Reply, Reply> {
    let mut context = call.context();
    let related_to_id = call.id(name)?;
    let values = ActivityValues::parse(call.members()?, context.now).map_err(|errors| reply::invalid(&errors))?;
    let id = context.ids.next_id();
    let command = RecordActivity { id, related_to_type: kind, related_to_id, values, by: call.principal() };
    let activity = call.run(&command, &mut context).await?.done;
    Ok(call.created("activities", &activity.id, activity.stamp.version, &activity))
}

/// Whether the key reaches accounts, contacts and opportunities, whose activities these endpoints would show.
fn sales(call: &Call, scope: Scope) -> bool {
    call.caller.may(scope, Role::Sdr)
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let id = call.id("activity_id")?;
    let outcomes = call.read(vec![one::read(call.company_id(), &id, &call.caller.visibility())]).await?;
    let found =
        one::found(&outcomes, sales(call, Scope::SalesRead)).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let activity = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(record(activity.stamp.version, &activity))
}

async fn edit(call: &Call, wish: Wish) -> Result<Activity, Reply> {
    let command = EditActivity {
        id: call.id("activity_id")?,
        wish,
        precondition: call.precondition(),
        by: call.principal(),
        sales: sales(call, Scope::SalesWrite),
    };
    Ok(call.run(&command, &mut call.context()).await?.done)
}

async fn patch(call: &Call) -> Result<Reply, Reply> {
    let activity = edit(call, Wish::Patch(call.members()?)).await?;
    Ok(record(activity.stamp.version, &activity))
}

async fn delete(call: &Call) -> Result<Reply, Reply> {
    edit(call, Wish::Delete).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

async fn follow_ups(call: &Call) -> Result<Reply, Reply> {
    let query = DueQuery::parse(&call.query, call.arrival.now).map_err(|errors| reply::invalid(&errors))?;
    let rows = call.caller.visibility();
    let outcomes = call.read(due::read(call.company_id(), &query, &rows, sales(call, Scope::SalesRead))).await?;
    let (items, next) = due::page(&outcomes, &query, &rows).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    Ok(page(&items, next.as_deref()))
}

async fn done(call: &Call) -> Result<Reply, Reply> {
    let command = FinishFollowUp {
        id: call.id("activity_id")?,
        rows: call.caller.visibility(),
        sales: sales(call, Scope::SalesWrite),
    };
    let activity = call.run(&command, &mut call.context()).await?.done;
    Ok(record(activity.stamp.version, &activity))
}
