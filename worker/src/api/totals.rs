//! `/pipeline` and `/forecast`: what the opportunities that the caller sees add up to.

use super::call::Call;
use super::endpoint::ParameterKind::{Instant, Whole};
use super::endpoint::{Described, Endpoint, Gives, Verb, parameter};
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::opportunity::{Forecast, ForecastQuery, Pipeline, PipelineQuery};
use lead_store::opportunities::totals;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/pipeline",
        tag: "Opportunities",
        summary: "Count, sum and weighted sum of opportunities by stage and owner",
        scope: Scope::SalesRead,
        role: Role::Sdr,
        if_match: false,
        query: &[
            parameter("closed_from", Instant, "Closed ones count from this instant on; the month's first unless given"),
            parameter(
                "closed_to",
                Instant,
                "Closed ones count before this instant; the next month's first unless given",
            ),
        ],
        body: None,
        gives: Gives::Json(Described::of::<Pipeline>()),
        refusals: &[],
        handle: |call| Box::pin(pipeline(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/forecast",
        tag: "Opportunities",
        summary: "What is expected by month and forecast category",
        scope: Scope::SalesRead,
        role: Role::Sdr,
        if_match: false,
        query: &[parameter("months", Whole(1, 36), "How many months from this one on, 12 unless given")],
        body: None,
        gives: Gives::Json(Described::of::<Forecast>()),
        refusals: &[],
        handle: |call| Box::pin(forecast(call)),
    },
];

async fn pipeline(call: &Call) -> Result<Reply, Reply> {
    let query = PipelineQuery::parse(&call.query, call.arrival.now).map_err(|errors| reply::invalid(&errors))?;
    let outcomes = call.read(totals::read_pipeline(call.company_id(), &query, &call.caller.visibility())).await?;
    let groups = totals::stage_groups(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    Ok(reply::json(StatusCode::OK, &Pipeline::of(&groups, query, call.currency()?)))
}

async fn forecast(call: &Call) -> Result<Reply, Reply> {
    let query = ForecastQuery::parse(&call.query, call.arrival.now).map_err(|errors| reply::invalid(&errors))?;
    let outcomes = call.read(totals::read_forecast(call.company_id(), &query, &call.caller.visibility())).await?;
    let groups = totals::month_groups(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    Ok(reply::json(StatusCode::OK, &Forecast::of(&groups, &query, call.currency()?)))
}
