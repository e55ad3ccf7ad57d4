//! What came in through a form, the newest first, on its page.

use super::period::Period;
use crate::api::call::Call;
use crate::reply::{self, Reply};
use lead_core::form::{FormRecord, FormSubmission, SubmissionsQuery};
use lead_core::id::Id;
use lead_core::lead::TouchEffect;
use lead_core::problem;
use lead_store::form_submissions;
use lead_store::form_submissions::Submitted;
use maud::{Markup, html};
use serde_json::Value;

/// How many a page shows.
const SHOWN: usize = 20;

/// The submission that a parameter of the address names, by its cursor.
pub(super) fn place(call: &Call, name: &str) -> Result<Option<Id>, Reply> {
    let Some((_, cursor)) = call.query.iter().find(|(other, _)| other == name) else { return Ok(None) };
    let id = cursor.strip_prefix("submission.").and_then(Id::parse);
    id.map(Some).ok_or_else(|| reply::problem(&problem::NOT_FOUND))
}

/// The newest submissions that the caller sees, or those before them.
pub(super) async fn newest(call: &Call, form: &FormRecord, period: Period) -> Result<Markup, Reply> {
    let query = SubmissionsQuery { limit: SHOWN, before: place(call, "before")? };
    let rows = call.caller.visibility();
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
                caption #sent { span { (which) ", newest first; times in UTC" } }
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
