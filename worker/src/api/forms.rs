//! `/forms`: what is asked of visitors, by managers; every definition that a form had; what came in through it, and trying it out.

use super::call::{Call, page, record};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb, list_parameters};
use crate::arrival;
use crate::reply::{self, Reply};
use crate::routes::form::forget;
use axum::http::{StatusCode, header};
use lead_core::access::{Role, Scope};
use lead_core::body::{Members, Sent};
use lead_core::command::form::{CreateForm, DeleteForm, EditForm, TryForm};
use lead_core::form::{
    Definition, FormKey, FormLine, FormRecord, FormSubmission, FormValues, FormVersion, SubmissionsQuery,
};
use lead_core::id::Id;
use lead_core::invalid::{Code, Invalid};
use lead_core::page_query::PageQuery;
use lead_core::problem;
use lead_store::{form_submissions, forms};
use serde_json::Value;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/forms",
        tag: "Forms",
        summary: "A page of the company's forms, without what they ask",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![],
        body: None,
        gives: Gives::Page(Described::of::<FormLine>()),
        refusals: &[],
        handle: |call| Box::pin(list(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/forms",
        tag: "Forms",
        summary: "Add a form",
        scope: Scope::SettingsWrite,
        role: Role::Manager,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<FormValues>())),
        gives: Gives::Created(Described::of::<FormRecord>()),
        refusals: &[],
        handle: |call| Box::pin(create(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/forms/{form_id}",
        tag: "Forms",
        summary: "One form with what it asks",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<FormRecord>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Put,
        path: "/forms/{form_id}",
        tag: "Forms",
        summary: "Replace a form; visitors are judged under the definition that they saw",
        scope: Scope::SettingsWrite,
        role: Role::Manager,
        if_match: true,
        query: &[],
        body: Some(Takes::All(Described::of::<FormValues>())),
        gives: Gives::Record(Described::of::<FormRecord>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, Sent::Whole)),
    },
    Endpoint {
        verb: Verb::Patch,
        path: "/forms/{form_id}",
        tag: "Forms",
        summary: "Change some of a form; visitors are judged under the definition that they saw",
        scope: Scope::SettingsWrite,
        role: Role::Manager,
        if_match: true,
        query: &[],
        body: Some(Takes::Patch(Described::of::<FormValues>())),
        gives: Gives::Record(Described::of::<FormRecord>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, Sent::Patch)),
    },
    Endpoint {
        verb: Verb::Delete,
        path: "/forms/{form_id}",
        tag: "Forms",
        summary: "Delete a form; what came in through it stays",
        scope: Scope::SettingsWrite,
        role: Role::Manager,
        if_match: true,
        query: &[],
        body: None,
        gives: Gives::Nothing,
        refusals: &[],
        handle: |call| Box::pin(delete(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/forms/{form_id}/versions/{number}",
        tag: "Forms",
        summary: "One definition that a form has had",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Json(Described::of::<FormVersion>()),
        refusals: &[],
        handle: |call| Box::pin(show_version(call)),
    },
    Endpoint {
        verb: Verb::Get,
        path: "/forms/{form_id}/submissions",
        tag: "Forms",
        summary: "A page of what came in through a form on leads that the caller sees, and of its tests, newest first",
        scope: Scope::LeadsRead,
        role: Role::Sdr,
        if_match: false,
        query: list_parameters![],
        body: None,
        gives: Gives::Page(Described::of::<FormSubmission>()),
        refusals: &[],
        handle: |call| Box::pin(list_submissions(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/forms/{form_id}/submissions",
        tag: "Forms",
        summary: "Try a form out: judged as a visitor's, kept as a test, no lead made",
        scope: Scope::SettingsWrite,
        role: Role::Manager,
        if_match: false,
        query: &[],
        body: Some(Takes::All(Described::of::<TestBody>())),
        gives: Gives::Added(Described::of::<FormSubmission>()),
        refusals: &[],
        handle: |call| Box::pin(try_out(call)),
    },
];

/// What somebody tries a form with.
#[derive(utoipa::ToSchema)]
#[schema(as = FormTestValues)]
#[expect(dead_code, reason = "it describes the body, which is read by the definition")]
struct TestBody {
    /// The answers by their fields' names, as a visitor's browser would send them.
    #[schema(value_type = Object)]
    answers: Value,
    /// Which definition to try; the current one if left out.
    form_version: Option<i64>,
}

async fn list(call: &Call) -> Result<Reply, Reply> {
    let query = PageQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let outcome = call.read_one(forms::page(call.company_id(), &query)).await?;
    let found = forms::listed(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let (items, next_cursor) = query.page(found, |form| &form.id);
    Ok(page(&items, next_cursor.as_deref()))
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let form = standing(call, &call.id("form_id")?).await?;
    Ok(record(form.stamp.version, &form))
}

async fn standing(call: &Call, id: &Id) -> Result<FormRecord, Reply> {
    let outcome = call.read_one(forms::read(call.company_id(), id)).await?;
    let found = forms::found(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))
}

async fn create(call: &Call) -> Result<Reply, Reply> {
    let values = FormValues::parse(call.members()?).map_err(|errors| reply::invalid(&errors))?;
    let key = FormKey::generate(&arrival::secret()?);
    let key = key.ok_or_else(|| reply::fault("randomness", "too few usable bytes"))?;
    let mut context = call.context();
    let command = CreateForm { id: context.ids.next_id(), key, values };
    let form = call.run(&command, &mut context).await?.done;
    Ok(call.created("forms", &form.id, form.stamp.version, &form))
}

async fn edit(call: &Call, sent: fn(Members) -> Sent) -> Result<Reply, Reply> {
    let command = EditForm { id: call.id("form_id")?, sent: sent(call.members()?), precondition: call.precondition() };
    let form = call.run(&command, &mut call.context()).await?.done;
    forget(&form.id);
    Ok(record(form.stamp.version, &form))
}

async fn delete(call: &Call) -> Result<Reply, Reply> {
    let command = DeleteForm { id: call.id("form_id")?, precondition: call.precondition() };
    call.run(&command, &mut call.context()).await?;
    forget(&command.id);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

async fn show_version(call: &Call) -> Result<Reply, Reply> {
    let (id, number) = (call.id("form_id")?, call.number("number")?);
    standing(call, &id).await?;
    Ok(reply::json(StatusCode::OK, &version(call, &id, number).await?))
}

async fn version(call: &Call, id: &Id, number: i64) -> Result<FormVersion, Reply> {
    let outcome = call.read_one(forms::read_version(call.company_id(), id, number)).await?;
    let found = forms::found_version(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))
}

async fn list_submissions(call: &Call) -> Result<Reply, Reply> {
    let query = SubmissionsQuery::parse(&call.query).map_err(|errors| reply::invalid(&errors))?;
    let (id, rows) = (call.id("form_id")?, call.caller.visibility());
    let outcomes = call.read(form_submissions::read(call.company_id(), &id, &query, &rows)).await?;
    let found = form_submissions::found(&outcomes, &query, &rows).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let found = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(page(&found.items, found.next_cursor.as_deref()))
}

async fn try_out(call: &Call) -> Result<Reply, Reply> {
    let id = call.id("form_id")?;
    let (answers, wanted) = tried(call.members()?).map_err(|errors| reply::invalid(&errors))?;
    let form = standing(call, &id).await?;
    let number = wanted.unwrap_or(form.definition_version);
    let definition: Definition = if number == form.definition_version {
        form.values.definition
    } else {
        version(call, &id, number).await?.definition
    };
    let country = form.values.country.unwrap_or(call.principal().country);
    let taken = definition.take(number, answers, country, call.policy).map_err(|errors| {
        let within = |error: Invalid| Invalid { pointer: format!("/answers{}", error.pointer), ..error };
        reply::invalid(&errors.into_iter().map(within).collect::<Vec<_>>())
    })?;
    let mut context = call.context();
    let command = TryForm { id, test_id: context.ids.next_id(), form_version: number, submission: taken.submission };
    let test = call.run(&command, &mut context).await?.done;
    let mut reply = reply::json(StatusCode::CREATED, &test);
    reply::set(&mut reply, header::LOCATION, &format!("{}/submissions", call.place("forms", &command.id)));
    Ok(reply)
}

/// The answers and which definition is meant.
fn tried(members: Members) -> Result<(Members, Option<i64>), Vec<Invalid>> {
    let mut read = lead_core::body::Reader::new(members);
    let answers = match read.take("answers") {
        Some(Value::Object(answers)) => Some(Members::of(answers)),
        Some(_) => read.judge("answers", Err(Code::NotObject)),
        None => read.judge("answers", Err(Code::Required)),
    };
    let number = read.whole("form_version", 1..=1 << 53);
    read.close(&[])?;
    answers.map(|answers| (answers, number)).ok_or_else(Vec::new)
}
