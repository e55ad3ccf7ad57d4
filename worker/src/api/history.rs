//! `/leads/{lead_id}/score` and `/audit`: what was, and who changed it.

use super::call::{Call, page};
use super::endpoint::ParameterKind::{Choice, Id as IdKind, Instant as InstantKind, Text};
use super::endpoint::{Described, Endpoint, Gives, Verb, list_parameters, parameter};
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::audit_query::{AuditQuery, AuditRow};
use lead_core::entity::Entity;
use lead_core::problem;
use lead_core::score_history::{ScoreAt, parse_at, score_at};
use lead_store::{audit, score};

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/leads/{lead_id}/score",
        tag: "Leads",
        summary: "A lead's score at a moment, with its reasons",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[parameter(
            "at",
            InstantKind,
            "At this instant, from the lead's creation on; now unless said otherwise",
        )],
        body: None,
        gives: Gives::Json(Described::of::<ScoreAt>()),
        refusals: &[],
        handle: |call| Box::pin(show_score(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/audit",
        tag: "Audit",
        summary: "A page of the audit trail, newest first",
        scope: Scope::AuditRead,
        role: Role::Admin,
        if_match: false,
        query: list_parameters![
            parameter("entity_type", Choice(Entity::NAMES), "About things of this kind"),
            parameter("entity_id", IdKind, "About this thing"),
            parameter("user_id", IdKind, "By this person"),
            parameter("action", Text, "Of this act: `create`, `update`, `delete`, ..."),
            parameter("field_name", Text, "About this field"),
            parameter("request_id", IdKind, "Of this request"),
            parameter("created_from", InstantKind, "Written at or after this instant"),
            parameter("created_to", InstantKind, "Written before this instant"),
        ],
        body: None,
        gives: Gives::Page(Described::of::<AuditRow>()),
        refusals: &[],
        handle: |call| Box::pin(list_audit(call)),
    },
];

async fn show_score(call: &Call) -> Result<Reply, Reply> {
    let id = call.id("lead_id")?;
    let now = call.arrival.now;
    let at = parse_at(&call.query).map_err(|errors| reply::invalid(&errors))?.unwrap_or(now);
    let outcomes = call.read(score::read(call.company_id(), &id, at, &call.caller.visibility())).await?;
    let history = score::found(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let history = history.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    let score = score_at(call.policy, &id, history, at, now).map_err(|errors| reply::invalid(&errors))?;
    Ok(reply::json(StatusCode::OK, &score))
}

async fn list_audit(call: &Call) -> Result<Reply, Reply> {
    let query = AuditQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let outcomes = call.read(audit::read(call.company_id(), &query).into()).await?;
    let (items, next) = audit::page(&outcomes, &query).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    Ok(page(&items, next.as_deref()))
}
