//! Every route, in one place.

pub(crate) mod assets;
mod docs;
pub(crate) mod form;
mod form_guard;
mod form_page;
mod health;
mod hooks;
mod mail_links;
mod mail_page;
mod outbox;
mod problems;
mod run;
mod sign_in;
mod unsubscribe;
#[cfg(feature = "vectors")]
mod vectors;

use crate::api;
use crate::arrival::Arrival;
use crate::console;
use crate::dress::Route;
use crate::reply::{self, Reply};
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::routing::{any, get, post};
use lead_core::id::Id;
use lead_core::plan::{Actor, Context};
use lead_core::policy::Policy;
use lead_core::problem;
use percent_encoding::percent_decode_str;
use std::sync::LazyLock;

/// The router; unknown routes and wrong methods are problems too.
pub(crate) fn router() -> Router {
    let router = Router::new()
        .route("/f/{form_key}", get(form_page::show).post(form::submit).options(form::preflight))
        .route("/f/{form_key}/definition", get(form::definition))
        .route("/f/{form_key}/challenge", get(form_guard::challenge))
        .route("/f/{form_key}/seen", post(form_guard::seen).options(form::preflight))
        .route("/f/{form_key}/theme.css", get(form_guard::theme))
        .route("/f/{form_key}/thanks", get(form_page::thanks))
        .merge(api::router())
        .merge(console::router())
        .route("/api/companies/{company_id}/sequences/run", any(run::run))
        .route("/sign-in", get(sign_in::show).post(sign_in::offer))
        .route("/sign-in/{token}", get(sign_in::ask).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/sign-out/everywhere", post(sign_in::leave_everywhere))
        .route("/m/o/{token}", get(mail_links::open))
        .route("/m/c/{token}", get(mail_links::click))
        .route("/m/u/{token}", get(unsubscribe::ask).post(unsubscribe::leave))
        .route("/m/y/{token}", get(unsubscribe::question).post(unsubscribe::confirm))
        .route("/hooks/resend", post(hooks::resend))
        .route("/hooks/postmark", post(hooks::postmark))
        .route("/outbox", get(outbox::list))
        .route("/outbox/look.css", get(outbox::look))
        .route("/outbox/{company_id}/{mail_id}", get(outbox::show))
        .route("/outbox/{company_id}/{mail_id}/body", get(outbox::body))
        .route("/outbox/{company_id}/{mail_id}/message", get(outbox::message))
        .route("/api/openapi.json", get(docs::openapi))
        .route("/api/docs", get(docs::page))
        .route("/w/1/{file}", get(assets::serve))
        .route("/w/1/{version}/{file}", get(assets::serve_version))
        .route("/problems/{slug}", get(problems::show))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready));
    #[cfg(feature = "vectors")]
    let router = router.route("/__vectors", post(vectors::run));
    router
        .layer(middleware::from_fn(remember_route))
        .method_not_allowed_fallback(async || reply::problem(&problem::METHOD_NOT_ALLOWED))
        .fallback(async || reply::problem(&problem::NOT_FOUND))
}

/// Carries the route's template to the log. A path that is not UTF-8 names nothing.
async fn remember_route(path: Option<MatchedPath>, request: Request, next: Next) -> Reply {
    if percent_decode_str(request.uri().path()).decode_utf8().is_err() {
        return reply::problem(&problem::NOT_FOUND);
    }
    let mut reply = next.run(request).await;
    if let Some(path) = path {
        reply.extensions_mut().insert(Route(path));
    }
    reply
}

/// The rules, parsed once per isolate.
static POLICY: LazyLock<Result<Policy, String>> =
    LazyLock::new(|| Policy::builtin().map_err(|errors| serde_json::json!(errors).to_string()));

/// The rules that are compiled in.
pub(crate) fn policy() -> Result<&'static Policy, &'static str> {
    POLICY.as_ref().map_err(String::as_str)
}

/// What a command may know besides what is stored.
fn context(company_id: Id, actor: Actor, policy: &'static Policy, arrival: &Arrival) -> Context<'static> {
    Context { company_id, now: arrival.now, ids: arrival.ids(), policy, actor, attempts: Vec::new() }
}
