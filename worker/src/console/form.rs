//! `/console/forms/{id}`: what a form's visitors did in numbers, where they stopped, and what they sent.

use super::Page;
use super::chart::{bars, curve, grouped, percent, share};
use super::export;
use super::forms::state;
use super::frame::{Place, Section};
use super::period::Period;
use super::submissions::newest;
use crate::api::call::Call;
use crate::api::endpoint::Verb;
use crate::reply::{self, Reply};
use lead_core::access::{Role, Scope};
use lead_core::form::{Definition, FormRecord};
use lead_core::form_stats::{FieldCounts, FormCounts, FormStats};
use lead_core::id::Id;
use lead_core::problem;
use lead_store::statement::Corrupt;
use lead_store::{form_counts, forms};
use maud::{Markup, html};

pub(super) const PAGES: &[Page] = &[Page {
    verb: Verb::Get,
    path: "/console/forms/{id}",
    scope: Scope::SettingsRead,
    role: Role::Sdr,
    takes: None,
    handle: |call| Box::pin(show(call)),
}];

/// A form of the caller's company that stands.
pub(super) async fn standing(call: &Call) -> Result<FormRecord, Reply> {
    let outcome = call.read_one(forms::read(call.company_id(), &call.id("id")?)).await?;
    let found = forms::found(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))
}

/// The pages above those of one form.
pub(super) fn above(form: Option<&FormRecord>) -> Vec<(String, String)> {
    let list = ("/console/forms".to_owned(), "Forms".to_owned());
    let one = form.map(|form| (format!("/console/forms/{}", form.id), form.values.name.as_str().to_owned()));
    [Some(list), one].into_iter().flatten().collect()
}

/// Whether the caller sees numbers: they are of the whole company.
pub(super) fn sees_numbers(call: &Call) -> bool {
    call.caller.may(Scope::SettingsRead, Role::Manager)
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let form = standing(call).await?;
    let (period, version) = (Period::asked(call), asked_version(call));
    let numbers = if sees_numbers(call) { Some(numbers(call, &form, period, version).await?) } else { None };
    let sent = newest(call, &form, period).await?;
    let content = html! {
        (heading(call, &form))
        @if let Some(numbers) = &numbers { (numbers) }
        (sent)
    };
    let place = Place { title: form.values.name.as_str(), section: Section::Forms, above: &above(None), script: None };
    Ok(place.page(call, &content))
}

fn asked_version(call: &Call) -> Option<i64> {
    let named = call.query.iter().find(|(name, _)| name == "version").and_then(|(_, number)| number.parse().ok());
    named.filter(|number| (1..=i64::from(i32::MAX)).contains(number))
}

fn heading(call: &Call, form: &FormRecord) -> Markup {
    let address = format!("/console/forms/{}", form.id);
    html! {
        p.about { (state(form.values.is_active)) " Version " (form.definition_version) }
        ul.acts {
            @if call.caller.may(Scope::SettingsWrite, Role::Manager) {
                li { a.button href={ (address) "/edit" } { "Edit" } }
            }
            li { a.button.quiet href={ (address) "/embed" } { "Put it onto a page" } }
            li { a.button.quiet href={ "/f/" (form.form_key.as_str()) } { "Open its own page" } }
            li { a.button.quiet href={ (address) "/" (export::FILE) } { "Download as CSV" } }
        }
    }
}

async fn numbers(call: &Call, form: &FormRecord, period: Period, version: Option<i64>) -> Result<Markup, Reply> {
    let corrupt = |corrupt: Corrupt| reply::failure(&corrupt.into());
    let query = period.query(version);
    let mut statements =
        form_counts::read(call.company_id(), &form.id, &query, call.policy.quarantine_from(), call.arrival.now);
    let older = version.filter(|number| *number != form.definition_version);
    statements.extend(older.map(|number| forms::read_version(call.company_id(), &form.id, number)));
    let outcomes = call.read(statements).await?;
    let (counted, definition) = outcomes.split_at_checked(6).ok_or_else(|| fault(&form.id))?;
    let stats = form_counts::found(counted, &query).map_err(corrupt)?;
    let seen = match definition.first() {
        Some(outcome) => forms::found_version(outcome).map_err(corrupt)?.map(|found| found.definition),
        None => Some(form.values.definition.clone()),
    };
    let address = format!("/console/forms/{}", form.id);
    let rest = version.map(|number| format!("&version={number}")).unwrap_or_default();
    Ok(html! {
        section aria-labelledby="numbers" {
            div.bar { h2 #numbers { "Numbers" } (period.choice(&address, &rest)) (versions(&stats, &address, period, version)) }
            @if stats.total == FormCounts::default() { (no_visitors(period)) }
            @else { (tiles(&stats.total)) (charts(&stats, period)) (by_day(&stats, period)) }
        }
        @if stats.total.starts > 0 { (stops(&stats, seen.as_ref(), period, version)) }
        @if !stats.campaigns.is_empty() { (campaigns(&stats, period)) }
    })
}

fn fault(id: &Id) -> Reply {
    reply::fault("stored row", &format!("six outcomes were expected of form {id}"))
}

/// Links to the numbers of one version alone.
fn versions(stats: &FormStats, address: &str, period: Period, chosen: Option<i64>) -> Markup {
    let mut numbers: Vec<i64> = stats.versions.iter().map(|of| of.version).chain(chosen).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let link = |number: Option<i64>| {
        let rest = number.map(|number| format!("&version={number}")).unwrap_or_default();
        let name = number.map_or_else(|| "All versions".to_owned(), |number| format!("Version {number}"));
        html! { li { a href={ (address) "?days=" (period.length()) (rest) } aria-current=[(number == chosen).then_some("true")] { (name) } } }
    };
    html! {
        @if numbers.len() > 1 || chosen.is_some() {
            nav.choice aria-label="Version" { ul { (link(None)) @for number in numbers { (link(Some(number))) } } }
        }
    }
}

fn no_visitors(period: Period) -> Markup {
    html! {
        div.empty {
            p { "Nobody saw this form in the last " (period.length()) " days. Put it onto a page, or send somebody the address of its own." }
        }
    }
}

fn tiles(total: &FormCounts) -> Markup {
    let tile = |name: &str, value: String| html! { div { dt { (name) } dd { (value) } } };
    html! {
        dl.tiles {
            (tile("Views", grouped(total.views)))
            (tile("Starts", grouped(total.starts)))
            (tile("Submissions", grouped(total.submissions)))
            (tile("Conversion", percent(total.conversion_permille)))
            (tile("New leads", grouped(total.leads)))
            (tile("Set aside as spam", grouped(total.spam)))
        }
    }
}

fn charts(stats: &FormStats, period: Period) -> Markup {
    let days: Vec<(i64, i64)> = stats.days.iter().map(|day| (day.counts.views, day.counts.submissions)).collect();
    let rates: Vec<Option<i64>> = stats.days.iter().map(|day| day.counts.conversion_permille).collect();
    let most = days.iter().map(|(views, sent)| *views.max(sent)).max().unwrap_or(0);
    let best = rates.iter().flatten().max().copied();
    let ends = html! { p.ends { span { (period.from) } span { (period.to) } } };
    html! {
        div.charts {
            figure.card {
                figcaption {
                    span.key.whole { "Views" } " and " span.key.part { "submissions" } " by day, at most " (grouped(most))
                }
                (bars(&format!("Views and submissions by day, {}; the numbers are in the table below", period.words()), &days))
                (ends)
            }
            figure.card {
                figcaption { span.key.part { "Conversion" } " by day, at most " (percent(best)) }
                (curve(&format!("Conversion by day, {}; the numbers are in the table below", period.words()), &rates))
                (ends)
            }
        }
    }
}

fn by_day(stats: &FormStats, period: Period) -> Markup {
    html! {
        details {
            summary { "Numbers by day" }
            div.wide tabindex="0" role="region" aria-labelledby="by-day" {
                table {
                    caption #by-day { span { "By day, " (period.words()) ", newest first" } }
                    thead {
                        tr {
                            th scope="col" { "Day" }
                            @for name in ["Views", "Starts", "Submissions", "Conversion"] { th.number scope="col" { (name) } }
                        }
                    }
                    tbody {
                        @for day in stats.days.iter().rev() {
                            tr {
                                th.day scope="row" { (day.day) }
                                td.number { (grouped(day.counts.views)) }
                                td.number { (grouped(day.counts.starts)) }
                                td.number { (grouped(day.counts.submissions)) }
                                td.number { (percent(day.counts.conversion_permille)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Where visitors stopped, in the order of the form.
fn stops(stats: &FormStats, definition: Option<&Definition>, period: Period, version: Option<i64>) -> Markup {
    let asked = definition.map(|definition| definition.content().fields.as_slice()).unwrap_or_default();
    let place = |name: &str| asked.iter().position(|field| field.name == name);
    let mut fields: Vec<&FieldCounts> = stats.fields.iter().collect();
    fields.sort_by_key(|of| place(&of.field).unwrap_or(usize::MAX));
    let label = |name: &str| {
        let label = place(name).and_then(|at| asked.get(at)).map(|field| field.label.as_str());
        label.filter(|label| !label.is_empty()).unwrap_or(name).to_owned()
    };
    let of = version.map_or_else(|| "all versions".to_owned(), |number| format!("version {number}"));
    html! {
        section aria-labelledby="stops" {
            h2 #stops { "Where visitors stopped" }
            @if fields.is_empty() { div.empty { p { "Everybody who began sent the form." } } }
            @else {
                div.wide tabindex="0" role="region" aria-labelledby="stopped" {
                    table.stops {
                        caption #stopped {
                            span { "The field that visitors reached last without sending the form: " (of) ", " (period.words()) ", in the order of the form" }
                        }
                        thead {
                            tr {
                                th scope="col" { "Field" }
                                th.number scope="col" { "Stopped here" }
                                th.number scope="col" { "Of those who began" }
                                td {}
                            }
                        }
                        tbody {
                            @for field in fields {
                                tr {
                                    th scope="row" { bdi { (label(&field.field)) } }
                                    td.number { (grouped(field.stopped)) }
                                    td.number { (percent(field.stopped_permille)) }
                                    td.chart { (share(field.stopped, stats.total.starts)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn campaigns(stats: &FormStats, period: Period) -> Markup {
    html! {
        section aria-labelledby="campaigns" {
            h2 #campaigns { "Campaigns" }
            (super::campaigns::table(&stats.campaigns, "of-campaigns", &format!("Where submissions came from, {}, most first", period.words())))
        }
    }
}
