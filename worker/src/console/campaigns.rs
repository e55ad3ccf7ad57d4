//! `/console/campaigns`: where the submissions of all forms came from.

use super::Page;
use super::chart::{grouped, share};
use super::form::sees_numbers;
use super::frame::{Place, Section};
use super::period::Period;
use crate::api::call::Call;
use crate::api::endpoint::Verb;
use crate::reply::{self, Reply};
use lead_core::access::{Role, Scope};
use lead_core::form_stats::{CampaignCounts, SourceCounts};
use lead_core::problem;
use lead_store::form_counts;
use lead_store::statement::Corrupt;
use maud::{Markup, html};

pub(super) const PAGES: &[Page] = &[Page {
    verb: Verb::Get,
    path: "/console/campaigns",
    scope: Scope::SettingsRead,
    role: Role::Manager,
    takes: None,
    handle: |call| Box::pin(show(call)),
}];

async fn show(call: &Call) -> Result<Reply, Reply> {
    if !sees_numbers(call) {
        return Err(reply::problem(&problem::FORBIDDEN));
    }
    let period = Period::asked(call);
    let corrupt = |corrupt: Corrupt| reply::failure(&corrupt.into());
    let (company, now) = (call.company_id(), call.arrival.now);
    let behind = form_counts::found_behind(&call.read_one(form_counts::read_behind(company, now)).await?);
    let (behind, spam_from) = (behind.map_err(corrupt)?, call.policy.quarantine_from());
    let outcomes = call.read(form_counts::read_sources(company, &behind, period.days(), spam_from, now)).await?;
    let (sources, campaigns) = form_counts::found_sources(&outcomes).map_err(corrupt)?;
    let content = html! {
        (period.choice("/console/campaigns", ""))
        p.quiet { "What came in during the last five minutes is not counted yet." }
        @if sources.is_empty() {
            div.empty {
                p {
                    "Nothing came in through a form in the last " (period.length()) " days. "
                    "A campaign counts here once its links carry utm_campaign and lead to a page with a form."
                }
            }
        } @else {
            section aria-labelledby="sources" { h2 #sources { "Sources" } (of_sources(&sources, period)) }
            section aria-labelledby="campaigns" {
                h2 #campaigns { "Campaigns" }
                (table(&campaigns, "of-campaigns", &caption(&campaigns, period)))
            }
        }
    };
    let place = Place { title: "Campaigns", section: Section::Campaigns, above: &[], script: None };
    Ok(place.page(call, &content))
}

fn caption(campaigns: &[CampaignCounts], period: Period) -> String {
    let which = if campaigns.len() < 200 { "Every campaign" } else { "The 200 campaigns with most submissions" };
    format!("{which}, {}, most first", period.words())
}

fn of_sources(sources: &[SourceCounts], period: Period) -> Markup {
    let all: i64 = sources.iter().map(|source| source.submissions).sum();
    html! {
        div.wide tabindex="0" role="region" aria-labelledby="of-sources" {
            table {
                caption #of-sources { span { "Submissions of all forms by source, " (period.words()) ", most first" } }
                thead { tr { th scope="col" { "Source" } (heads()) td {} } }
                tbody {
                    @for source in sources {
                        tr {
                            th scope="row" { bdi { (source.lead_source) } }
                            (counts(source.submissions, source.leads, source.spam))
                            td.chart { (share(source.submissions, all)) }
                        }
                    }
                }
            }
        }
    }
}

/// A table of campaigns.
pub(super) fn table(campaigns: &[CampaignCounts], id: &str, caption: &str) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-labelledby=(id) {
            table {
                caption id=(id) { span { (caption) } }
                thead { tr { th scope="col" { "Campaign" } th scope="col" { "Source" } (heads()) } }
                tbody {
                    @for of in campaigns {
                        tr {
                            th scope="row" { bdi { (of.campaign) } }
                            td { bdi { (of.lead_source) } }
                            (counts(of.submissions, of.leads, of.spam))
                        }
                    }
                }
            }
        }
    }
}

fn heads() -> Markup {
    html! { @for name in ["Submissions", "New leads", "Spam"] { th.number scope="col" { (name) } } }
}

fn counts(submissions: i64, leads: i64, spam: i64) -> Markup {
    html! { @for number in [submissions, leads, spam] { td.number { (grouped(number)) } } }
}
