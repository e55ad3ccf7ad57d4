//! Leadgate at the edge: it parses, authenticates, runs commands and replies. It decides nothing.
//!
//! Invariant: whatever is asked, the answer is a page, JSON or an RFC 9457 problem with a request id, and security headers.

mod api;
mod arrival;
mod auth;
mod body;
mod cache;
mod console;
mod courier;
mod database;
mod dress;
mod guard;
mod nurture;
mod page;
mod rates;
mod reply;
mod routes;
mod secrets;

use axum::Router;
use axum::body::Body;
use axum::http::Response;
use nurture::{Hasten, Work};
use std::sync::LazyLock;
use tower_service::Service;
use worker::{Context, Env, HttpRequest, Result, ScheduleContext, ScheduledEvent, event};

/// Built once per isolate.
static ROUTER: LazyLock<Router> = LazyLock::new(routes::router);

#[event(fetch)]
async fn fetch(request: HttpRequest, env: Env, context: Context) -> Result<Response<Body>> {
    let arrival = arrival::Arrival::of(&request)?;
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(env.clone());
    request.extensions_mut().insert(arrival.clone());
    let Ok(response) = ROUTER.clone().call(request).await;
    if response.extensions().get::<Hasten>().is_some() {
        // Where this ends early, the next minute's run goes on.
        context.wait_until(async move { drop(nurture::run(&env, Work::Mails, None).await) });
    }
    Ok(dress::dress(response, &arrival))
}

/// The cron: nothing that goes wrong here may end the isolate, so all of it is logged.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    drop(nurture::run(&env, Work::All, None).await);
}
