//! Leadgate at the edge: it parses, authenticates, runs commands and replies. It decides nothing.
//!
//! Invariant: whatever is asked, the answer is a page, JSON or an RFC 9457 problem with a request id, and security headers.

mod api;
mod arrival;
mod auth;
mod body;
mod cache;
mod console;
mod database;
mod dress;
mod guard;
mod page;
mod rates;
mod reply;
mod routes;
mod secrets;

use axum::Router;
use axum::body::Body;
use axum::http::Response;
use std::sync::LazyLock;
use tower_service::Service;
use worker::{Context, Env, HttpRequest, Result, event};

/// Built once per isolate.
static ROUTER: LazyLock<Router> = LazyLock::new(routes::router);

#[event(fetch)]
async fn fetch(request: HttpRequest, env: Env, _context: Context) -> Result<Response<Body>> {
    let arrival = arrival::Arrival::of(&request)?;
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(env);
    request.extensions_mut().insert(arrival.clone());
    let Ok(response) = ROUTER.clone().call(request).await;
    Ok(dress::dress(response, &arrival))
}
