//! `/console/forms`: the company's forms with what they bring in, and a new one.

use super::chart::{grouped, percent, sparkline};
use super::form::sees_numbers;
use super::frame::{Place, Section};
use super::period::Period;
use super::{Page, see};
use crate::api::call::Call;
use crate::api::endpoint::Verb;
use crate::arrival;
use crate::body::Media;
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::command::form::CreateForm;
use lead_core::field::Text;
use lead_core::form::{Definition, FormKey, FormLine, FormValues};
use lead_core::form_stats::FormTrend;
use lead_core::id::Id;
use lead_core::invalid::Code;
use lead_core::page_query::PageQuery;
use lead_store::{form_counts, forms};
use maud::{Markup, html};

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console/forms",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        takes: None,
        handle: |call| Box::pin(list(call)),
    },
    Page {
        verb: Verb::Post,
        path: "/console/forms",
        scope: Scope::SettingsWrite,
        role: Role::Manager,
        takes: Some(Media::Urlencoded),
        handle: |call| Box::pin(create(call)),
    },
];

/// How many forms a page lists.
const MOST: u8 = 25;

async fn list(call: &Call) -> Result<Reply, Reply> {
    shown(call, StatusCode::OK, &Fresh { name: "", error: None }).await
}

/// The form of a new form: what was typed, and what is wrong with it.
struct Fresh<'a> {
    name: &'a str,
    error: Option<Code>,
}

async fn shown(call: &Call, status: StatusCode, fresh: &Fresh<'_>) -> Result<Reply, Reply> {
    let after = call.query.iter().find(|(name, _)| name == "after").and_then(|(_, id)| Id::parse(id));
    let query = PageQuery { limit: MOST, after };
    let outcome = call.read_one(forms::page(call.company_id(), &query)).await?;
    let found = forms::listed(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let more = found.len() > usize::from(MOST);
    let forms: Vec<FormLine> = found.into_iter().take(MOST.into()).collect();
    let next = forms.last().filter(|_| more).map(|form| format!("/console/forms?after={}", form.id));
    let trends = trends(call, &forms).await?;
    let content = html! {
        @if forms.is_empty() { (nothing(query.after.is_some())) } @else { (table(&forms, &trends, Period::last(call, 30))) }
        @if let Some(next) = next { p.more { a href=(next) { "Newer forms" } } }
        @if call.caller.may(Scope::SettingsWrite, Role::Manager) { (new_form(call, fresh)) }
    };
    let place = Place { title: "Forms", section: Section::Forms, above: &[], script: None };
    Ok(place.page_with(call, status, &content))
}

fn nothing(further: bool) -> Markup {
    html! {
        div.empty {
            @if further { p { "There are no more forms. " a href="/console/forms" { "Back to the first" } } }
            @else { p { "There is no form yet. A new one asks the usual questions, and can be changed before it goes onto a page." } }
        }
    }
}

/// What each form brought in lately; nothing where the caller sees no numbers.
async fn trends(call: &Call, forms: &[FormLine]) -> Result<Vec<FormTrend>, Reply> {
    if !sees_numbers(call) || forms.is_empty() {
        return Ok(Vec::new());
    }
    let query = Period::last(call, 30).query(None);
    let ids: Vec<&Id> = forms.iter().map(|form| &form.id).collect();
    let (spam_from, now) = (call.policy.quarantine_from(), call.arrival.now);
    let outcomes = call.read(form_counts::read_trends(call.company_id(), &ids, &query, spam_from, now)).await?;
    form_counts::found_trends(&outcomes, &query).map_err(|corrupt| reply::failure(&corrupt.into()))
}

fn table(forms: &[FormLine], trends: &[FormTrend], period: Period) -> Markup {
    let counted = !trends.is_empty();
    html! {
        div.wide tabindex="0" role="region" aria-labelledby="forms" {
            table {
                caption #forms {
                    span { "Forms, oldest first" @if counted { "; numbers of " (period.words()) } }
                }
                thead {
                    tr {
                        th scope="col" { "Form" }
                        th scope="col" { "State" }
                        @if counted {
                            th.number scope="col" { "Views" }
                            th.number scope="col" { "Submissions" }
                            th.number scope="col" { "Conversion" }
                            th scope="col" { "By day" }
                        }
                    }
                }
                tbody {
                    @for (at, form) in forms.iter().enumerate() {
                        tr {
                            th scope="row" { a href={ "/console/forms/" (form.id) } { bdi { (form.name) } } }
                            td { (state(form.is_active)) }
                            @if let Some(trend) = trends.get(at) {
                                td.number { (grouped(trend.views)) }
                                td.number { (grouped(trend.submissions)) }
                                td.number { (percent(trend.conversion_permille)) }
                                td.chart { (sparkline(&trend.days)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether a form takes submissions.
pub(super) fn state(is_active: bool) -> Markup {
    html! { @if is_active { span.pill.on { "Open" } } @else { span.pill { "Closed" } } }
}

fn new_form(call: &Call, fresh: &Fresh<'_>) -> Markup {
    // Made here, so that a second press of the button makes no second form.
    let id = call.arrival.ids().next_id();
    let error = fresh.error.map(|code| code.detail());
    html! {
        section aria-labelledby="new-form" {
            h2 #new-form { "New form" }
            form.line method="post" action="/console/forms" novalidate {
                input type="hidden" name="id" value=(id);
                div.field {
                    label for="name" { "Name" }
                    input #name name="name" type="text" autocomplete="off" required maxlength="200" value=(fresh.name)
                        aria-invalid=[error.as_ref().map(|_| "true")] aria-describedby=[error.as_ref().map(|_| "name-error")]
                        autofocus[error.is_some()];
                    @if let Some(error) = &error { p.wrong #name-error { (error) } }
                }
                button type="submit" { "Make the form" }
            }
        }
    }
}

async fn create(call: &Call) -> Result<Reply, Reply> {
    let members = Media::Urlencoded.members(&call.body)?;
    let typed = members.text("name").unwrap_or_default();
    let name = match Text::parse(typed) {
        Ok(name) => name,
        Err(code) => {
            let fresh = Fresh { name: typed, error: Some(code) };
            return shown(call, StatusCode::UNPROCESSABLE_ENTITY, &fresh).await;
        }
    };
    let key = FormKey::generate(&arrival::secret()?);
    let key = key.ok_or_else(|| reply::fault("randomness", "too few usable bytes"))?;
    let mut context = call.context();
    let id = members.text("id").and_then(Id::parse).unwrap_or_else(|| context.ids.next_id());
    let definition = Definition::starter(&call.caller.holder().company);
    let values = FormValues {
        name,
        allowed_origins: Vec::new(),
        redirect_hosts: Vec::new(),
        country: None,
        is_active: true,
        definition,
    };
    let form = call.run(&CreateForm { id, key, values }, &mut context).await?.done;
    Ok(see(&format!("/console/forms/{}/edit", form.id)))
}
