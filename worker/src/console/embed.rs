//! `/console/forms/{id}/embed`: what goes onto a page, and which websites may send the form.

use super::form::{above, standing};
use super::frame::{Place, Section};
use super::{Page, see};
use crate::api::call::Call;
use crate::api::endpoint::Verb;
use crate::body::Media;
use crate::reply::{self, Reply};
use crate::routes::assets::{Pinned, pinned};
use crate::routes::form::forget;
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::body::{Members, Sent};
use lead_core::command::form::EditForm;
use lead_core::edit::Precondition;
use lead_core::form::FormRecord;
use lead_core::invalid::Invalid;
use lead_core::problem::Refusal;
use lead_store::failure::Failure;
use maud::{Markup, html};
use serde_json::{Map, json};

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console/forms/{id}/embed",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        takes: None,
        handle: |call| Box::pin(show(call)),
    },
    Page {
        verb: Verb::Post,
        path: "/console/forms/{id}/embed",
        scope: Scope::SettingsWrite,
        role: Role::Manager,
        takes: Some(Media::Urlencoded),
        handle: |call| Box::pin(allow(call)),
    },
];

/// The websites as they are to be shown: as they stand, or as somebody typed them with what is wrong.
struct Websites {
    text: String,
    version: i64,
    errors: Vec<String>,
}

impl Websites {
    fn of(form: &FormRecord) -> Self {
        Self { text: form.values.allowed_origins.join("\n"), version: form.stamp.version, errors: Vec::new() }
    }
}

async fn show(call: &Call) -> Result<Reply, Reply> {
    let form = standing(call).await?;
    Ok(shown(call, StatusCode::OK, &form, &Websites::of(&form)))
}

/// Replaces the websites that may send the form.
async fn allow(call: &Call) -> Result<Reply, Reply> {
    let members = Media::Urlencoded.members(&call.body)?;
    let text = members.text("allowed_origins").unwrap_or_default().replace('\r', "");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let version = members.text("version").and_then(|number| number.parse().ok()).unwrap_or(0);
    let mut patch = Map::new();
    patch.insert("allowed_origins".to_owned(), json!(lines));
    let command = EditForm {
        id: call.id("id")?,
        sent: Sent::Patch(Members::of(patch)),
        precondition: Precondition::Versions(vec![version]),
    };
    let (status, errors) = match call.try_run(&command, &mut call.context()).await {
        Ok(form) => {
            forget(&form.id);
            return Ok(see(&format!("/console/forms/{}/embed", form.id)));
        }
        Err(Failure::Refused(Refusal::Invalid(errors))) => (StatusCode::UNPROCESSABLE_ENTITY, told(&errors, &lines)),
        Err(Failure::Refused(Refusal::Stale { .. })) => {
            let words = "The form was changed meanwhile. Look at what stands above, then save once more.";
            (StatusCode::CONFLICT, vec![words.to_owned()])
        }
        Err(failure) => return Err(reply::failure(&failure)),
    };
    let form = standing(call).await?;
    let websites = Websites { text, version: form.stamp.version, errors };
    Ok(shown(call, status, &form, &websites))
}

/// What is wrong, each with the line that it is about.
fn told(errors: &[Invalid], lines: &[&str]) -> Vec<String> {
    let line = |pointer: &str| {
        let at = pointer.strip_prefix("/allowed_origins/")?.parse::<usize>().ok()?;
        lines.get(at).copied()
    };
    let words = |error: &Invalid| match (line(&error.pointer), error.code) {
        (Some(line), "not_origin") => {
            format!("“{line}” is no website. Write it as https://www.example.com, without a path.")
        }
        (Some(line), _) => format!("“{line}”: {}", error.detail),
        // Taking a website away may leave the form leading its visitors to a place that it may not.
        (None, _) if error.pointer.starts_with("/definition/thanks") => {
            "Visitors are led to one of these websites after sending. Change that first, or keep the website."
                .to_owned()
        }
        (None, _) => error.detail.clone().into_owned(),
    };
    errors.iter().map(words).collect()
}

fn shown(call: &Call, status: StatusCode, form: &FormRecord, websites: &Websites) -> Reply {
    let (origin, key, title) =
        (&call.arrival.origin, form.form_key.as_str(), form.values.definition.content().title.as_str());
    let Pinned { version, integrity, stays } = pinned();
    let element = html! {
        "\n" lead-form form=(key) { "\n  " a href={ (origin) "/f/" (key) } { (title) } "\n" }
    };
    let usual = html! { script type="module" src={ (origin) "/w/1/lead-form.js" } async {} (element) };
    let fixed = html! {
        script type="module" src={ (origin) "/w/1/" (version) "/lead-form.js" } integrity=(integrity) crossorigin async {}
        (element)
    };
    let own = format!("{origin}/f/{key}");
    let content = html! {
        @if !form.values.is_active { p.note { "This form is closed: visitors see the link alone, and what they send is refused." } }
        section.sheeted aria-labelledby="snippet-title" {
            h2 #snippet-title { "The snippet" }
            p { "Copy it to where the form is to stand. Pages without JavaScript show a link to the form’s own page." }
            (to_copy("snippet", "The snippet", &usual.into_string()))
        }
        section.sheeted aria-labelledby="own-title" {
            h2 #own-title { "Its own page" }
            p { "Works everywhere, without JavaScript too: for mails, messages and codes to scan." }
            (to_copy("own", "The address of its own page", &own))
        }
        section.sheeted aria-labelledby="websites-title" { h2 #websites-title { "Websites that may send it" } (allowed(call, form, websites)) }
        section.sheeted aria-labelledby="pinned-title" {
            h2 #pinned-title { "For websites that pin every script" }
            p {
                "This one names the very version and its hash, so that the browser runs nothing else. "
                @if stays { "It stays as it is when this installation is updated: to have what is new, copy it again." }
                @else { "Copy it again after each update of this installation: until then visitors see the link alone." }
            }
            (to_copy("pinned", "The snippet with its hash", &fixed.into_string()))
        }
    };
    let place = Place {
        title: "Put it onto a page",
        section: Section::Forms,
        above: &above(Some(form)),
        script: Some("/w/1/console.js"),
    };
    place.page_with(call, status, &content)
}

/// Text to be copied: by hand, or by a button that the script shows.
fn to_copy(id: &str, name: &str, text: &str) -> Markup {
    html! {
        div.copy {
            pre id=(id) tabindex="0" role="group" aria-label=(name) { code { (text) } }
            button.quiet type="button" data-copy=(id) hidden { "Copy" }
            p role="status" {}
        }
    }
}

fn allowed(call: &Call, form: &FormRecord, websites: &Websites) -> Markup {
    let origins = &form.values.allowed_origins;
    let wrong = (!websites.errors.is_empty()).then_some("true");
    html! {
        @if origins.is_empty() { p { "None yet: on another website than this one the form can be seen, but not sent." } }
        @else { ul { @for origin in origins { li { (origin) } } } }
        @if call.caller.may(Scope::SettingsWrite, Role::Manager) {
            form.stack method="post" action={ "/console/forms/" (form.id) "/embed" } novalidate {
                input type="hidden" name="version" value=(websites.version);
                @if wrong.is_some() {
                    div.wrong #websites-error role="alert" { @for error in &websites.errors { p { bdi { (error) } } } }
                }
                div.field {
                    label for="allowed_origins" { "One on each line" }
                    p.help #websites-help { "Such as https://www.example.com" }
                    textarea #allowed_origins name="allowed_origins" rows="4" autocomplete="off" spellcheck="false" autocapitalize="off"
                        aria-invalid=[wrong] autofocus[wrong.is_some()]
                        aria-describedby=(if wrong.is_some() { "websites-error websites-help" } else { "websites-help" }) {
                        "\n" (websites.text)
                    }
                }
                button type="submit" { "Save" }
            }
        }
    }
}
