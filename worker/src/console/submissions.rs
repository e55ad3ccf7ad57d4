//! What came in through a form: the newest on its page, and all of it as a file.

use super::Page;
use super::period::Period;
use crate::api::call::Call;
use crate::api::endpoint::Verb;
use crate::database::D1;
use crate::reply::{self, Reply};
use axum::body::Body;
use axum::http::{StatusCode, header};
use futures_util::stream::unfold;
use lead_core::access::{Role, Scope, Visibility};
use lead_core::command::form::ExportForm;
use lead_core::form::{FormRecord, FormSubmission, Sheet, SubmissionsQuery};
use lead_core::id::Id;
use lead_core::lead::TouchEffect;
use lead_core::problem;
use lead_store::form_submissions::Submitted;
use lead_store::statement::{Database, Outcome};
use lead_store::{form_submissions, forms};
use maud::{Markup, html};
use serde_json::{Value, json};
use worker::console_error;
use worker::send::{SendFuture, SendWrapper};

pub(super) const PAGES: &[Page] = &[Page {
    verb: Verb::Get,
    path: "/console/forms/{id}/submissions.csv",
    scope: Scope::LeadsRead,
    role: Role::Sdr,
    takes: None,
    handle: |call| Box::pin(export(call)),
}];

/// The file's name.
pub(super) const FILE: &str = "submissions.csv";

/// How many a page shows.
const SHOWN: usize = 20;

/// How many are read at once for a file, and how often: a request of D1 may make 1,000 statements, and each reading is four.
const AT_ONCE: usize = 500;
const READINGS: u32 = 240;

fn asked(call: &Call, name: &str) -> Option<String> {
    call.query.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
}

/// What stands before the place that the address names.
fn query(call: &Call, limit: usize) -> Result<SubmissionsQuery, Reply> {
    let cursor = asked(call, "before").map(|cursor| ("cursor".to_owned(), cursor));
    let parsed = SubmissionsQuery::parse(&cursor.into_iter().collect::<Vec<_>>());
    parsed.map(|query| SubmissionsQuery { limit, ..query }).map_err(|_| reply::problem(&problem::NOT_FOUND))
}

/// The newest submissions that the caller sees, or those before them.
pub(super) async fn newest(call: &Call, form: &FormRecord, period: Period) -> Result<Markup, Reply> {
    let (query, rows) = (query(call, SHOWN)?, call.caller.visibility());
    let outcomes = call.read(form_submissions::read(call.company_id(), &form.id, &query, &rows)).await?;
    let found = form_submissions::found(&outcomes, &query, &rows).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let Submitted { items, next_cursor: next } = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    let address = format!("/console/forms/{}?days={}", form.id, period.length());
    Ok(html! {
        section aria-labelledby="submissions" {
            h2 #submissions { "Submissions" }
            @if items.is_empty() { (nothing(query.before.is_some())) } @else { (table(&items, &query)) }
            p.more {
                @if query.before.is_some() { a href={ (address) "#submissions" } { "Newest" } " " }
                @if let Some(next) = next { a href={ (address) "&before=" (next) "#submissions" } { "Older" } }
            }
        }
    })
}

fn nothing(further: bool) -> Markup {
    html! {
        div.empty {
            @if further { p { "There is nothing older that you may see." } }
            @else { p { "Nothing has come in yet on leads that you see." } }
        }
    }
}

fn table(items: &[FormSubmission], query: &SubmissionsQuery) -> Markup {
    let which = if query.before.is_some() { "Older submissions" } else { "The newest submissions" };
    html! {
        div.wide tabindex="0" role="region" aria-labelledby="sent" {
            table {
                caption #sent { (which) ", newest first; times in UTC" }
                thead { tr { @for name in ["Who", "Company", "When", "What it did", "Version"] { th scope="col" { (name) } } } }
                tbody { @for item in items { (line(item)) } }
            }
        }
    }
}

fn line(item: &FormSubmission) -> Markup {
    let given = |name: &str| item.submitted.get(name).and_then(Value::as_str).unwrap_or_default();
    let at = item.created_at.to_string();
    html! {
        tr {
            th scope="row" {
                bdi { (given("first_name")) " " (given("last_name")) } br;
                bdi.quiet { (given("email")) }
            }
            td { bdi { (given("company_name")) } }
            td { time datetime=(at) { (at.get(..10).unwrap_or_default()) " " (at.get(11..16).unwrap_or_default()) } }
            td { @if item.is_test { span.pill { "Test" } } @else { (effect(item.effect)) } }
            td { @if let Some(number) = item.form_version { (number) } }
        }
    }
}

fn effect(effect: Option<TouchEffect>) -> &'static str {
    match effect {
        Some(TouchEffect::Created) => "New lead",
        Some(TouchEffect::Attached) => "Added to a lead",
        Some(TouchEffect::Released) => "Released from quarantine",
        Some(TouchEffect::Recycled) => "Lead brought back",
        Some(TouchEffect::Noticed) => "Noted on a disqualified lead",
        None => "",
    }
}

/// The file, as it is read: a stream, so that its length costs no memory. The trail tells of it first.
async fn export(call: &Call) -> Result<Reply, Reply> {
    let (id, query) = (call.id("id")?, query(call, AT_ONCE)?);
    let form = call.run(&ExportForm { id: id.clone() }, &mut call.context()).await?.done;
    let outcome = call.read_one(forms::read_asked(call.company_id(), &id)).await?;
    let names = forms::found_asked(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let sheet = Sheet::new(names);
    let head = sheet.head();
    let (company_id, rows) = (call.company_id().clone(), call.caller.visibility());
    let database = call.database.clone();
    let reading = Reading { company_id, rows, database, form_id: id, sheet, head, next: Some(query), left: READINGS };
    let stream = unfold(SendWrapper::new(reading), |reading| SendFuture::new(further(reading)));
    let mut reply =
        reply::with_type(StatusCode::OK, "text/csv; charset=utf-8; header=present", Body::from_stream(stream));
    let name = format!("attachment; filename=\"submissions-{}.csv\"", form.form_key.as_str());
    reply::set(&mut reply, header::CONTENT_DISPOSITION, &name);
    Ok(reply)
}

/// How far a file was written.
struct Reading {
    company_id: Id,
    rows: Visibility,
    database: D1,
    form_id: Id,
    sheet: Sheet,
    /// What stands before the next lines.
    head: Vec<u8>,
    /// Where they begin.
    next: Option<SubmissionsQuery>,
    left: u32,
}

type Chunk = Result<Vec<u8>, std::io::Error>;

/// The next lines of the file. One that cannot be read to its end breaks off, so that nobody takes a part for the whole.
async fn further(mut reading: SendWrapper<Reading>) -> Option<(Chunk, SendWrapper<Reading>)> {
    let query = reading.next.take()?;
    let chunk = match lines(&mut reading, &query).await {
        Ok(lines) => Ok(lines),
        Err(words) => {
            console_error!("{}", json!({ "level": "error", "event": "export", "error": words }));
            Err(std::io::Error::other(words))
        }
    };
    Some((chunk, reading))
}

async fn lines(reading: &mut Reading, query: &SubmissionsQuery) -> Result<Vec<u8>, String> {
    reading.left = reading.left.checked_sub(1).ok_or("too much for one file")?;
    let read = form_submissions::read(&reading.company_id, &reading.form_id, query, &reading.rows);
    let outcomes: Vec<Outcome> = reading.database.batch(read).await.map_err(|error| format!("{error:?}"))?;
    let found = form_submissions::found(&outcomes, query, &reading.rows).map_err(|corrupt| corrupt.0)?;
    let found = found.ok_or("the form went meanwhile")?;
    let before = found.next_cursor.and_then(|cursor| Id::parse(cursor.strip_prefix("submission.")?));
    reading.next = before.map(|before| SubmissionsQuery { limit: AT_ONCE, before: Some(before) });
    let mut bytes = std::mem::take(&mut reading.head);
    bytes.extend(reading.sheet.lines(&found.items));
    Ok(bytes)
}
