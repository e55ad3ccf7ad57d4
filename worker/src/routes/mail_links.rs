//! `/m/o/{token}` and `/m/c/{token}`: what tells that a mail was opened, and where its links lead (spec E4).

use crate::arrival::Arrival;
use crate::database::D1;
use crate::page;
use crate::reply::{self, Reply};
use crate::routes::mail_page::{self, page_reply};
use crate::secrets;
use axum::Extension;
use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use lead_core::mail::link::{LinkToken, What, target};
use lead_core::problem;
use lead_store::mail_events::{self, Followed};
use lead_store::run::Cost;
use lead_store::statement::{Database, DatabaseError, Outcome};
use worker::Env;

/// One transparent point.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

/// `GET /m/o/{token}`: the picture of a mail.
#[worker::send]
pub(crate) async fn open(
    Path(token): Path<String>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
) -> Reply {
    let opened = secrets::mail(&env).and_then(|secret| LinkToken::open(&secret, &token));
    let Some(token @ LinkToken { what: What::Open, .. }) = opened else { return reply::problem(&problem::NOT_FOUND) };
    // A mail whose pictures are broken looks broken: the picture comes whether the event was kept or not.
    let kept = follow(&env, &arrival, &token, None).await;
    let cost = match kept {
        Ok((outcomes, _)) if !mail_events::is_known(&outcomes) => return reply::problem(&problem::NOT_FOUND),
        Ok((_, cost)) => cost,
        Err(_) => Cost::default(),
    };
    let mut picture = reply::with_type(StatusCode::OK, "image/gif", PIXEL);
    reply::set(&mut picture, HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    picture.extensions_mut().insert(cost);
    picture
}

/// `GET /m/c/{token}`: on to the link that stood in the mail, and to nothing else.
#[worker::send]
pub(crate) async fn click(
    Path(token): Path<String>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
) -> Reply {
    let opened = secrets::mail(&env).and_then(|secret| LinkToken::open(&secret, &token));
    let Some(token) = opened else { return nowhere() };
    let What::Click(link) = token.what else { return nowhere() };
    let (outcomes, cost) = match follow(&env, &arrival, &token, Some(link)).await {
        Ok(followed) => followed,
        Err(reply) => return reply,
    };
    let mut reply = match mail_events::link(&outcomes) {
        Ok(link) => match link.as_deref().and_then(target) {
            Some(place) => {
                let mut reply = reply::empty(StatusCode::FOUND);
                reply::set(&mut reply, header::LOCATION, &place);
                mail_page::hide(&mut reply);
                reply
            }
            None => nowhere(),
        },
        Err(corrupt) => reply::failure(&corrupt.into()),
    };
    reply.extensions_mut().insert(cost);
    reply
}

fn nowhere() -> Reply {
    page_reply(StatusCode::NOT_FOUND, page::link_unknown())
}

/// Keeps the event in one batch, and sends it once more where its answer was lost: the row's id is the same.
async fn follow(
    env: &Env,
    arrival: &Arrival,
    token: &LinkToken,
    link: Option<u16>,
) -> Result<(Vec<Outcome>, Cost), Reply> {
    let database = D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))?;
    let id = arrival.ids().next_id();
    let statements = || {
        mail_events::follow(&Followed {
            company_id: &token.company_id,
            mail_id: &token.mail_id,
            link,
            id: id.clone(),
            method: &arrival.method,
            user_agent: arrival.user_agent(),
            now: arrival.now,
        })
    };
    let mut cost = Cost { round_trips: 1, ..Cost::default() };
    let outcomes = match database.batch(statements()).await {
        Err(DatabaseError::Unavailable(_)) => {
            cost.round_trips += 1;
            database.batch(statements()).await
        }
        other => other,
    };
    let outcomes = outcomes.map_err(|error| reply::failure(&error.into()))?;
    cost.add(&outcomes);
    Ok((outcomes, cost))
}
