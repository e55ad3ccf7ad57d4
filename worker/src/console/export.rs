//! All that came in through a form as one file (spec K3).

use super::Page;
use super::form::above;
use super::frame::{Place, Section};
use super::submissions::place;
use crate::api::call::Call;
use crate::api::endpoint::Verb;
use crate::reply::{self, Reply};
use axum::http::{StatusCode, header};
use lead_core::access::{Role, Scope};
use lead_core::command::form::ExportForm;
use lead_core::form::{FormRecord, Sheet, SubmissionsQuery};
use lead_core::id::Id;
use lead_core::problem;
use lead_core::time::Instant;
use lead_store::{form_submissions, forms};
use maud::html;

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

/// How many are read at once, and how often: a request of D1 may make 1,000 statements, and each reading is four.
const AT_ONCE: usize = 200;
const READINGS: usize = 240;

/// A file that has grown to this takes no more.
const MOST_BYTES: usize = 16 << 20;

/// What was read for a file.
enum Read {
    Whole(Vec<u8>),
    /// More than one file holds: how far this one would come, and where the next begins.
    Part {
        last: Option<(Id, Instant)>,
        next: Id,
    },
}

/// The file is whole before its first byte leaves: the runtime ends an answer that fails on its way like any other, and what was
/// cut off would be taken for all there is. The trail tells of it first.
async fn export(call: &Call) -> Result<Reply, Reply> {
    let (id, before, until) = (call.id("id")?, place(call, "before")?, place(call, "until")?);
    let form = call.run(&ExportForm { id: id.clone() }, &mut call.context()).await?.done;
    let outcome = call.read_one(forms::read_asked(call.company_id(), &id)).await?;
    let names = forms::found_asked(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    match read(call, &id, &Sheet::new(names), before.clone(), until.as_ref()).await? {
        Read::Whole(bytes) => Ok(file(&form, bytes)),
        Read::Part { last, next } => Ok(parts(call, &form, before.as_ref(), last.as_ref(), &next)),
    }
}

/// Reads from `before` on, down to `until` or to the end.
async fn read(
    call: &Call,
    form_id: &Id,
    sheet: &Sheet,
    mut before: Option<Id>,
    until: Option<&Id>,
) -> Result<Read, Reply> {
    let rows = call.caller.visibility();
    let (mut bytes, mut last) = (sheet.head(), None);
    for _ in 0..READINGS {
        let query = SubmissionsQuery { limit: AT_ONCE, before };
        let outcomes = call.read(form_submissions::read(call.company_id(), form_id, &query, &rows)).await?;
        let found =
            form_submissions::found(&outcomes, &query, &rows).map_err(|corrupt| reply::failure(&corrupt.into()))?;
        let mut found = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
        found.items.retain(|item| until.is_none_or(|until| item.id >= *until));
        bytes.extend(sheet.lines(&found.items));
        last = found.items.last().map(|item| (item.id.clone(), item.created_at)).or(last);
        let next = found.next_cursor.and_then(|cursor| Id::parse(cursor.strip_prefix("submission.")?));
        let Some(next) = next.filter(|next| until.is_none_or(|until| next > until)) else {
            return Ok(Read::Whole(bytes));
        };
        before = Some(next);
        if bytes.len() > MOST_BYTES {
            break;
        }
    }
    let next = before.ok_or_else(|| reply::fault("pages of submissions", "none was read"))?;
    Ok(Read::Part { last, next })
}

fn file(form: &FormRecord, bytes: Vec<u8>) -> Reply {
    let mut reply = reply::with_type(StatusCode::OK, "text/csv; charset=utf-8; header=present", bytes);
    let name = format!("attachment; filename=\"submissions-{}.csv\"", form.form_key.as_str());
    reply::set(&mut reply, header::CONTENT_DISPOSITION, &name);
    reply
}

/// Says that it is too much, and gives the parts: one that has an end, and the rest.
fn parts(call: &Call, form: &FormRecord, before: Option<&Id>, last: Option<&(Id, Instant)>, next: &Id) -> Reply {
    let file = format!("/console/forms/{}/{FILE}", form.id);
    let begin = before.map(|id| format!("before={}&", SubmissionsQuery::cursor(id))).unwrap_or_default();
    let content = html! {
        p { "There are more submissions than one file holds. Take them in parts, newest first." }
        ul {
            @if let Some((id, at)) = last {
                @let day = at.to_string();
                li {
                    a href={ (file) "?" (begin) "until=" (SubmissionsQuery::cursor(id)) } {
                        "Those since " time datetime=(day) { (day.get(..10).unwrap_or_default()) }
                    }
                }
            }
            li { a href={ (file) "?before=" (SubmissionsQuery::cursor(next)) } { "Those before" } }
        }
    };
    let place =
        Place { title: "Submissions in parts", section: Section::Forms, above: &above(Some(form)), script: None };
    place.page_with(call, StatusCode::PAYLOAD_TOO_LARGE, &content)
}
