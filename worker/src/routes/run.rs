//! `POST /api/companies/{company_id}/sequences/run?now=`: one run of nurturing at a moment of the caller's, on a machine of one's
//! own. Where `LOCAL_RUNS` is not set there is no such route, and the API's description never names it.

use crate::arrival::Arrival;
use crate::auth::Caller;
use crate::database::D1;
use crate::nurture::{self, Work};
use crate::reply::{self, Reply};
use axum::Extension;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, Method, StatusCode};
use lead_core::access::{Role, Scope};
use lead_core::invalid::{Code, Invalid};
use lead_core::problem;
use lead_core::time::Instant;
use serde_json::json;
use worker::Env;

#[worker::send]
pub(crate) async fn run(
    method: Method,
    Path(company_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
) -> Reply {
    let is_local = env.var("LOCAL_RUNS").is_ok_and(|text| text.to_string() == "1");
    if !is_local || method != Method::POST {
        return reply::problem(&problem::NOT_FOUND);
    }
    answer(&company_id, &query.unwrap_or_default(), &env, &arrival, &headers).await.unwrap_or_else(|reply| reply)
}

async fn answer(
    company_id: &str,
    query: &str,
    env: &Env,
    arrival: &Arrival,
    headers: &HeaderMap,
) -> Result<Reply, Reply> {
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let caller = Caller::of(headers, &database, arrival).await?;
    if !caller.belongs_to(company_id) {
        return Err(reply::problem(&problem::NOT_FOUND));
    }
    if !caller.may(Scope::LeadsWrite, Role::Admin) {
        return Err(reply::problem(&problem::FORBIDDEN));
    }
    let mut given = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "now").map(|(_, value)| value);
    let at = match given.next() {
        Some(text) => {
            Some(Instant::parse(&text).ok_or_else(|| reply::invalid(&[Invalid::at("?now", Code::NotDateTime)]))?)
        }
        None => None,
    };
    // The whole of every company's work, as the cron does it.
    match nurture::run(env, Work::All, at).await {
        Ok(report) => Ok(reply::json(StatusCode::OK, &json!({ "report": report }))),
        Err(error) => Err(reply::fault("nurture", &error)),
    }
}
