//! `/leads`: creating, listing and reading leads.

use super::call::{Call, record};
use super::endpoint::ParameterKind::{self, Choice, Flag, Instant, Text, Whole};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, list_parameters, parameter};
use super::lead_body::LeadBody;
use crate::reply::{self, Reply};
use crate::routes::form::idempotency_key;
use axum::http::HeaderName;
use lead_core::access::{Role, Scope, Visibility};
use lead_core::command::submit::{Sender, Submit, Taken};
use lead_core::id::Id;
use lead_core::lead::{Lead, Touch, TouchEffect, ValidationStatus};
use lead_core::lead_query::LeadQuery;
use lead_core::page_query::Order;
use lead_core::policy::{Stage, Status};
use lead_core::problem::{self, Refusal};
use lead_core::submission::{Door, Submission};
use lead_store::changes::handed_over;
use lead_store::leads::{list, one};
use lead_store::run::Ran;
use serde::Serialize;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/leads",
        tag: "Leads",
        summary: "A page of the leads that the caller sees",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![
            parameter("status", Choice(Status::NAMES), "In this status"),
            parameter("stage", Choice(Stage::NAMES), "In this stage"),
            parameter("owner", Text, "Of this person; `none` for those without an owner"),
            parameter("source", Text, "From this source; aliases are understood"),
            parameter("campaign", Text, "Of exactly this campaign"),
            parameter("score_min", Whole(0, 100), "With at least this score"),
            parameter("score_max", Whole(0, 100), "With at most this score"),
            parameter("created_from", Instant, "That came in at or after this instant"),
            parameter("created_to", Instant, "That came in before this instant"),
            parameter("validation_status", Choice(ValidationStatus::NAMES), "With this standing"),
            parameter("duplicates", Flag, "That are, or are not, marked as possible duplicates"),
            parameter("updated_since", Instant, "That changed at or after this instant"),
            parameter("q", Text, "Whose e-mail, family name or company begins so, or whose phone is this"),
            parameter("email", Text, "With exactly this e-mail address, converted ones included"),
            parameter("account_id", ParameterKind::Id, "That were converted to this account"),
            parameter("deleted", Flag, "The deleted ones instead; for managers and admins"),
            parameter("sort", Choice(Order::NAMES), "In which order"),
        ],
        body: None,
        gives: Gives::Page(Described::of::<Lead>()),
        refusals: &[],
        handle: |call| Box::pin(list_leads(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/leads",
        tag: "Leads",
        summary: "Create a lead, or keep a touch on the one that stands for the person",
        scope: Scope::LeadsWrite,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<LeadBody>())),
        gives: Gives::Created(Described::of::<Lead>()),
        refusals: &[&problem::DUPLICATE_LEAD, &problem::IDEMPOTENCY_KEY_REUSED],
        handle: |call| Box::pin(create(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/leads/{lead_id}",
        tag: "Leads",
        summary: "One lead with its newest touches",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<LeadResponse>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
];

/// A lead with its newest touches.
#[derive(Serialize, utoipa::ToSchema)]
struct LeadResponse {
    #[serde(flatten)]
    lead: Lead,
    touches: Vec<Touch>,
}

/// 201 with the lead, or 409 where its person is known (spec D4).
async fn create(call: &Call) -> Result<Reply, Reply> {
    let members = call.members()?;
    let key = idempotency_key(&call.headers)?;
    let by = call.principal();
    let (submission, filling) =
        Submission::parse(members, Door::Api, by.country, call.policy).map_err(|errors| reply::invalid(&errors))?;
    let sender = Sender::Caller { user_id: by.user_id, role: by.role, visibility: by.visibility };
    let command =
        Submit::new(sender, submission, filling, key.as_deref()).hashed(call.mail_secret.as_ref(), call.company_id());
    let ran = call.run(&command, &mut call.context()).await?;
    answer(ran, call).await
}

async fn answer(ran: Ran<Taken>, call: &Call) -> Result<Reply, Reply> {
    match ran.done {
        Taken::Created(mut lead) => {
            let handed = handed_over(&ran.written).map_err(|corrupt| reply::failure(&corrupt.into()))?;
            (lead.lead_owner_id, lead.assignment) = handed;
            Ok(created(&lead, call))
        }
        Taken::Duplicate { existing_id } => Ok(reply::refusal(&Refusal::DuplicateLead { existing_id })),
        Taken::Replayed { lead_id, effect, own } => {
            let mut reply = replayed(&lead_id, effect, call).await?;
            if !own {
                reply::set(&mut reply, HeaderName::from_static("idempotency-replayed"), "true");
            }
            Ok(reply)
        }
    }
}

/// The first answer once more: whoever made the lead gets it again, even where it went to somebody they do not see.
async fn replayed(lead_id: &Id, effect: TouchEffect, call: &Call) -> Result<Reply, Reply> {
    let mine = effect == TouchEffect::Created;
    let rows = if mine { Visibility::Company } else { call.caller.visibility() };
    match read_one(lead_id, &rows, call).await? {
        Some((lead, _)) if mine => Ok(created(&lead, call)),
        found => {
            let existing_id = found.map(|(lead, _)| lead.id);
            Ok(reply::refusal(&Refusal::DuplicateLead { existing_id }))
        }
    }
}

fn created(lead: &Lead, call: &Call) -> Reply {
    call.created("leads", &lead.id, lead.version, lead)
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let id = call.id("lead_id")?;
    let found = read_one(&id, &call.caller.visibility(), call).await?;
    let (lead, touches) = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(record(lead.version, &LeadResponse { lead, touches }))
}

/// The lead with its newest touches, where `rows` sees it.
pub(crate) async fn read_one(id: &Id, rows: &Visibility, call: &Call) -> Result<Option<(Lead, Vec<Touch>)>, Reply> {
    let outcomes = call.read(one::read(call.company_id(), id, rows, &call.caller.visibility())).await?;
    one::found(&outcomes, call.policy).map_err(|corrupt| reply::failure(&corrupt.into()))
}

async fn list_leads(call: &Call) -> Result<Reply, Reply> {
    let query =
        LeadQuery::parse(&call.query, call.caller.country(), call.policy).map_err(|errors| reply::invalid(&errors))?;
    if query.deleted && !call.principal().role.is_at_least(Role::Manager) {
        return Err(reply::problem(&problem::FORBIDDEN));
    }
    call.listed(list::page(&call.database, call.company_id(), &query, &call.caller.visibility(), call.policy).await)
}
