//! Whether the worker runs, and whether its database answers.

use crate::database::D1;
use crate::reply::{self, Reply};
use axum::Extension;
use axum::http::StatusCode;
use lead_core::problem;
use lead_store::statement::Database;
use lead_store::tenants;
use serde_json::json;
use worker::Env;

/// `GET /healthz`: the worker runs.
pub(crate) async fn alive() -> Reply {
    reply::json(StatusCode::OK, &json!({ "status": "ok" }))
}

/// `GET /readyz`: the database answers and is migrated.
#[worker::send]
pub(crate) async fn ready(Extension(env): Extension<Env>) -> Reply {
    let Ok(database) = D1::of(&env) else { return reply::problem(&problem::BUSY) };
    match database.batch(vec![tenants::read_ready()]).await {
        Ok(_) => reply::json(StatusCode::OK, &json!({ "status": "ready" })),
        Err(error) => reply::failure(&error.into()),
    }
}
