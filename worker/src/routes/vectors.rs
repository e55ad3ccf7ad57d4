//! `POST /__vectors`, in test builds only: runs a vector file through the core as it stands in this worker.

use crate::reply::{self, Reply};
use axum::http::StatusCode;
use serde_json::json;

pub(crate) async fn run(file: String) -> Reply {
    match lead_core::vectors::run(&file) {
        Ok(report) => reply::json(StatusCode::OK, &report),
        Err(error) => reply::json(StatusCode::BAD_REQUEST, &json!({ "error": error })),
    }
}
