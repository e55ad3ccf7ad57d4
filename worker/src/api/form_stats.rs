//! `/forms/{form_id}/stats`: what the visitors of a form did, in numbers. They are of the whole company, so managers read them.

use super::call::Call;
use super::endpoint::ParameterKind::{Text, Whole};
use super::endpoint::{Described, Endpoint, Gives, Verb, parameter};
use crate::reply::{self, Reply};
use crate::routes::policy;
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::form_stats::{FormStats, StatsQuery};
use lead_core::problem;
use lead_store::{form_counts, forms};

pub(crate) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    verb: Verb::Get,
    path: "/forms/{form_id}/stats",
    tag: "Forms",
    summary: "Views, starts, submissions, where visitors stopped, and campaigns of a form",
    scope: Scope::SettingsRead,
    role: Role::Manager,
    if_match: false,
    query: &[
        parameter("from", Text, "The first day in UTC, as 2026-11-23; the thirtieth last unless given"),
        parameter("to", Text, "The last day, at most a year later; today unless given"),
        parameter("version", Whole(1, 2_147_483_647), "Of this version of the form alone"),
    ],
    body: None,
    gives: Gives::Json(Described::of::<FormStats>()),
    refusals: &[],
    handle: |call| Box::pin(stats(call)),
}];

async fn stats(call: &Call) -> Result<Reply, Reply> {
    let query = StatsQuery::parse(&call.query, call.arrival.now).map_err(|errors| reply::invalid(&errors))?;
    let (company, id) = (call.company_id(), call.id("form_id")?);
    let mut statements = vec![forms::read(company, &id)];
    let policy = policy().map_err(|words| reply::fault("policy", words))?;
    statements.extend(form_counts::read(company, &id, &query, policy.quarantine_from(), call.arrival.now));
    let outcomes = call.read(statements).await?;
    let corrupt = |corrupt: lead_store::statement::Corrupt| reply::failure(&corrupt.into());
    let [form, numbers @ ..] = outcomes.as_slice() else {
        return Err(reply::fault("stored row", "five outcomes were expected"));
    };
    if forms::found(form).map_err(corrupt)?.is_none() {
        return Err(reply::problem(&problem::NOT_FOUND));
    }
    let stats = form_counts::found(numbers, &query).map_err(corrupt)?;
    Ok(reply::json(StatusCode::OK, &stats))
}
