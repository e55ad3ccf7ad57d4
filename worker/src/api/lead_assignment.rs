//! Who works a lead: handing one over, many for an absence, and asking who is next (spec A).

use super::call::Call;
use super::endpoint::ParameterKind::Text;
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, parameter};
use super::lead_edits::{changed, target};
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::command::lead::{AssignLead, BulkAssign, Bulked, Next, NextOwner, parse_assignment};
use lead_core::lead::Lead;
use lead_store::failure::Failure;
use lead_store::leads::edit;
use lead_store::run::Command;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Post,
        path: "/leads/{lead_id}/assign",
        tag: "Leads",
        summary: "Give a lead to a person, or to whoever is next; or ask who that is",
        scope: Scope::LeadsWrite,
        role: Role::Manager,
        if_match: true,
        query: &[],
        body: Some(Takes::Optional(Described::of::<AssignBody>())),
        gives: Gives::Json(Described::of::<AssignAnswer>()),
        refusals: &[],
        handle: |call| Box::pin(assign(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/leads/assignment",
        tag: "Leads",
        summary: "Who is next for a lead like this, and why",
        scope: Scope::LeadsRead,
        role: Role::Manager,
        if_match: false,
        query: &[
            parameter("country", Text, "Its country, by code or English name; else the company's"),
            parameter("state", Text, "Its state or province"),
            parameter("industry", Text, "Its company's trade"),
        ],
        body: None,
        gives: Gives::Json(Described::of::<Next>()),
        refusals: &[],
        handle: |call| Box::pin(next(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/leads/bulk-assign",
        tag: "Leads",
        summary: "Give a person's open leads to others, at most 50 at once",
        scope: Scope::LeadsWrite,
        role: Role::Manager,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<BulkBody>())),
        gives: Gives::Json(Described::of::<Bulked>()),
        refusals: &[],
        handle: |call| Box::pin(bulk_assign(call)),
    },
];

/// To whom a lead goes.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes the body, which the core reads")]
struct AssignBody {
    /// The new owner; without one the rules decide.
    owner_id: Option<lead_core::id::Id>,
    /// Only says who it would be.
    dry_run: Option<bool>,
}

/// The lead, or for a dry run who is next.
#[derive(utoipa::ToSchema)]
#[schema(as = AssignAnswer)]
#[expect(dead_code, reason = "it describes the answer")]
#[serde(untagged)]
enum AssignAnswer {
    Lead(Box<Lead>),
    Next(Next),
}

/// Whose open leads go to whom.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes the body, which the core reads")]
struct BulkBody {
    /// Who gives them away.
    from_owner_id: lead_core::id::Id,
    /// Who gets them; without one the rules decide.
    owner_id: Option<lead_core::id::Id>,
    /// At most so many, 50 unless said otherwise.
    #[schema(minimum = 1, maximum = 50)]
    limit: Option<u8>,
    /// `next_cursor` of the batch before.
    cursor: Option<lead_core::id::Id>,
}

async fn assign(call: &Call) -> Result<Reply, Reply> {
    let target = target(call)?;
    let (to, dry_run) = parse_assignment(call.members()?).map_err(|errors| reply::invalid(&errors))?;
    let command = AssignLead { target, to };
    if !dry_run {
        return changed(call, &command).await;
    }
    let context = call.context();
    let outcomes = call.read(Command::reads(&command, &context)).await?;
    let known = Command::known(&command, &outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let next = command.ask(&known, &context).map_err(|refusal| reply::failure(&Failure::Refused(refusal)))?;
    Ok(reply::json(StatusCode::OK, &next))
}

async fn next(call: &Call) -> Result<Reply, Reply> {
    let asked = NextOwner::parse(&call.query, call.caller.country()).map_err(|errors| reply::invalid(&errors))?;
    let outcomes = call.read(vec![edit::read_next(call.company_id())]).await?;
    let [routing] = outcomes.as_slice() else { return Err(reply::fault("outcomes", "one was expected")) };
    let known = edit::found_next(routing).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    Ok(reply::json(StatusCode::OK, &asked.answer(&known, &call.context())))
}

async fn bulk_assign(call: &Call) -> Result<Reply, Reply> {
    let mut context = call.context();
    let id = context.ids.next_id();
    let command = BulkAssign::parse(call.members()?, call.principal(), id).map_err(|errors| reply::invalid(&errors))?;
    let ran = call.run(&command, &mut context).await?;
    Ok(reply::json(StatusCode::OK, &ran.done))
}
