//! `/m/u/{token}` and `/m/y/{token}`: a page that asks and a POST that does. Programs that look into mails open links, so a
//! GET changes nothing (spec E4, L7).

use crate::arrival::Arrival;
use crate::body;
use crate::database::D1;
use crate::page;
use crate::reply::{self, Reply};
use crate::routes::mail_page::page_reply;
use crate::routes::{context, policy};
use crate::secrets;
use axum::Extension;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use lead_core::command::mail_back::{Answer, AskAgain, Cause, ConfirmOptIn, Stop, Stopped};
use lead_core::id::Id;
use lead_core::mail::link::{LinkToken, What};
use lead_core::mail::one_click::Wish;
use lead_core::plan::Context;
use lead_core::suppression::AddressHash;
use lead_store::failure::Failure;
use lead_store::run::{Command, Cost, run};
use lead_store::statement::Database;
use lead_store::stop;
use worker::Env;

/// `GET /m/u/{token}`: asks which mails are to stop.
#[worker::send]
pub(crate) async fn ask(Path(token): Path<String>, Extension(env): Extension<Env>) -> Reply {
    let Some((token, _)) = leaving(&env, &token) else { return unknown() };
    asked(&env, &token, StatusCode::OK).await.unwrap_or_else(|reply| reply)
}

async fn asked(env: &Env, token: &LinkToken, status: StatusCode) -> Result<Reply, Reply> {
    let statements = vec![stop::read_mail(&token.company_id, &token.mail_id)];
    let outcomes = database(env)?.batch(statements).await.map_err(|error| reply::failure(&error.into()))?;
    let mut cost = Cost { round_trips: 1, ..Cost::default() };
    cost.add(&outcomes);
    let outcome = outcomes.first().ok_or_else(|| reply::fault("stored row", "one outcome was expected"))?;
    let found = stop::found_mail(outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let Some((company, mail)) = found else { return Ok(unknown()) };
    let in_sequence = mail.is_some_and(|mail| mail.sequence_id.is_some());
    let mut reply = page_reply(status, page::unsubscribe(&company, in_sequence));
    reply.extensions_mut().insert(cost);
    Ok(reply)
}

/// `POST /m/u/{token}`: stops mails, by the page's buttons or by a mail program's one click: no cookie, no redirect.
#[worker::send]
pub(crate) async fn leave(
    Path(token): Path<String>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
    body: Body,
) -> Reply {
    let Some((token, address)) = leaving(&env, &token) else { return unknown() };
    left(&env, &arrival, (&token, address), &headers, body).await.unwrap_or_else(|reply| reply)
}

async fn left(
    env: &Env,
    arrival: &Arrival,
    (token, address): (&LinkToken, AddressHash),
    headers: &HeaderMap,
    body: Body,
) -> Result<Reply, Reply> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let bytes = body::read(headers, body, body::MOST).await?;
    let Some(wish) = Wish::read(content_type, &bytes) else {
        return asked(env, token, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let cause = if wish == Wish::Sequence { Cause::LeftSequence } else { Cause::Left };
    let stop = Stop { mail_id: token.mail_id.clone(), address, cause, event: None };
    if wish == Wish::Again {
        return match done(env, arrival, &token.company_id, &AskAgain(stop)).await {
            Ok((_, cost)) => Ok(costing(page::asked_again(), cost)),
            Err(Failure::Refused(_)) => Ok(unknown()),
            Err(failure) => Err(reply::failure(&failure)),
        };
    }
    let ran = done(env, arrival, &token.company_id, &stop).await;
    let (Stopped { company, is_sequence, may_return, is_other }, cost) =
        ran.map_err(|failure| reply::failure(&failure))?;
    let page = if is_other { page::not_subscribed() } else { page::unsubscribed(&company, is_sequence, may_return) };
    Ok(costing(page, cost))
}

/// `GET /m/y/{token}`: asks whether the consent is the person's own.
#[worker::send]
pub(crate) async fn question(
    Path(token): Path<String>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
) -> Reply {
    let Some((token, command)) = confirming(&env, &token) else { return unknown() };
    questioned(&env, &arrival, &token, &command).await.unwrap_or_else(|reply| reply)
}

async fn questioned(env: &Env, arrival: &Arrival, token: &LinkToken, command: &ConfirmOptIn) -> Result<Reply, Reply> {
    let context = of_person(&token.company_id, arrival)?;
    let outcomes =
        database(env)?.batch(command.reads(&context)).await.map_err(|error| reply::failure(&error.into()))?;
    let known = command.known(&outcomes).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let mut cost = Cost { round_trips: 1, ..Cost::default() };
    cost.add(&outcomes);
    match &known.opt_in {
        Some(opt_in) if command.can_answer(&known, &context) => {
            Ok(costing(page::consent_question(&known.company, &opt_in.text.text), cost))
        }
        _ => Ok(too_late()),
    }
}

/// `POST /m/y/{token}`: confirms the consent.
#[worker::send]
pub(crate) async fn confirm(
    Path(token): Path<String>,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
) -> Reply {
    let Some((token, command)) = confirming(&env, &token) else { return unknown() };
    match done(&env, &arrival, &token.company_id, &command).await {
        Ok((Answer::Confirmed { company }, cost)) => costing(page::consent_confirmed(&company), cost),
        Ok((Answer::TooLate, _)) => too_late(),
        Err(failure) => reply::failure(&failure),
    }
}

/// A token to unsubscribe, and the address it is of.
fn leaving(env: &Env, token: &str) -> Option<(LinkToken, AddressHash)> {
    let secret = secrets::mail(env)?;
    let token = LinkToken::open(&secret, token)?;
    let What::Unsubscribe(address) = token.what else { return None };
    Some((token, address))
}

/// A token to confirm a consent, and what it asks for.
fn confirming(env: &Env, token: &str) -> Option<(LinkToken, ConfirmOptIn)> {
    let secret = secrets::mail(env)?;
    let token = LinkToken::open(&secret, token)?;
    let What::Confirm(address) = token.what else { return None };
    let command = ConfirmOptIn { mail_id: token.mail_id.clone(), address, secret };
    Some((token, command))
}

/// Runs what a person does by a link of theirs.
async fn done<C: Command>(
    env: &Env,
    arrival: &Arrival,
    company_id: &Id,
    command: &C,
) -> Result<(C::Done, Cost), Failure> {
    let broken = |_: Reply| Failure::Corrupt("the binding or the policy".to_owned());
    let database = database(env).map_err(broken)?;
    let mut context = of_person(company_id, arrival).map_err(broken)?;
    let ran = run(&database, command, &mut context).await?;
    Ok((ran.done, ran.cost))
}

fn of_person(company_id: &Id, arrival: &Arrival) -> Result<Context<'static>, Reply> {
    let policy = policy().map_err(|words| reply::fault("policy", words))?;
    Ok(context(company_id.clone(), arrival.actor(), policy, arrival))
}

fn database(env: &Env) -> Result<D1, Reply> {
    D1::of(env).map_err(|error| reply::fault("binding", &error.to_string()))
}

fn costing(page: maud::Markup, cost: Cost) -> Reply {
    let mut reply = page_reply(StatusCode::OK, page);
    reply.extensions_mut().insert(cost);
    reply
}

fn unknown() -> Reply {
    page_reply(StatusCode::NOT_FOUND, page::link_unknown())
}

fn too_late() -> Reply {
    page_reply(StatusCode::GONE, page::link_over())
}
