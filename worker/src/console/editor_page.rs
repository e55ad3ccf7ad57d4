//! The editor's pages. Without a script a form is edited as the API's JSON; the script lays its own controls over that text.

use super::form::above;
use super::frame::{Place, Section};
use crate::api::call::Call;
use crate::page::{Head, document};
use crate::reply::{self, Reply};
use axum::http::{StatusCode, header};
use lead_core::body::Members;
use lead_core::form::{FormRecord, Offer};
use lead_core::invalid::Invalid;
use maud::{Markup, html};
use serde_json::json;

/// The editor frames the preview.
const EDITOR: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The preview runs the widget, and sends nothing by itself.
const PREVIEW: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
                       connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

/// A form as it stands in the editor, with everything that was typed.
pub(super) struct Draft {
    pub(super) name: String,
    /// One on each line.
    pub(super) allowed_origins: String,
    pub(super) redirect_hosts: String,
    pub(super) country: String,
    pub(super) is_active: bool,
    /// As JSON.
    pub(super) definition: String,
    /// Which version was opened.
    pub(super) version: Option<i64>,
}

/// What the page has to say about a draft.
pub(super) enum Said {
    Nothing,
    Saved,
    Stale,
    Refused(Vec<Invalid>),
}

impl Draft {
    /// The form as it is.
    pub(super) fn of(form: &FormRecord) -> Self {
        let values = &form.values;
        Self {
            name: values.name.as_str().to_owned(),
            allowed_origins: values.allowed_origins.join("\n"),
            redirect_hosts: values.redirect_hosts.join("\n"),
            country: values.country.as_ref().map(|country| country.as_str().to_owned()).unwrap_or_default(),
            is_active: values.is_active,
            definition: serde_json::to_string_pretty(&values.definition).unwrap_or_default(),
            version: Some(form.stamp.version),
        }
    }

    /// What was sent.
    pub(super) fn read(members: &Members) -> Self {
        let text = |name| members.text(name).unwrap_or_default().to_owned();
        Self {
            name: text("name"),
            allowed_origins: text("allowed_origins"),
            redirect_hosts: text("redirect_hosts"),
            country: text("country"),
            is_active: members.text("is_active").is_some(),
            definition: text("definition"),
            version: members.text("version").and_then(|version| version.parse().ok()),
        }
    }
}

impl Said {
    fn errors(&self) -> &[Invalid] {
        match self {
            Self::Refused(errors) => errors,
            _ => &[],
        }
    }
}

/// The editor.
pub(super) fn page(call: &Call, status: StatusCode, form: &FormRecord, draft: &Draft, said: &Said) -> Reply {
    let address = format!("/console/forms/{}", form.id);
    let content = html! {
        link rel="stylesheet" href="/w/1/editor.css";
        (summary(said, form))
        div.bench {
            form #editor method="post" action={ (address) "/edit" } novalidate data-place=(address)
                data-offer=(json!(Offer::all())) data-errors=(json!(said.errors())) {
                input type="hidden" name="version" value=[draft.version];
                (settings(draft, said.errors()))
                (definition(draft, said.errors()))
                p.save {
                    button type="submit" { "Save" }
                    span #state role="status" {}
                }
            }
            section #preview hidden aria-labelledby="preview-title" {}
        }
    };
    let title = format!("Edit {}", form.values.name.as_str());
    let place =
        Place { title: &title, section: Section::Forms, above: &above(Some(form)), script: Some("/w/1/editor.js") };
    let mut reply = place.page_with(call, status, &content);
    reply::set(&mut reply, header::CONTENT_SECURITY_POLICY, EDITOR);
    reply
}

/// What was refused or done; it takes the focus.
fn summary(said: &Said, form: &FormRecord) -> Markup {
    match said {
        Said::Nothing => html! {},
        Said::Saved => html! {
            p #said.told role="status" tabindex="-1" autofocus {
                "Saved. Visitors get version " (form.definition_version) " from now on."
            }
        },
        Said::Stale => html! {
            div #said.problem role="alert" tabindex="-1" autofocus {
                h2 { "Somebody else saved this form meanwhile" }
                p {
                    "Nothing of yours was saved, and nothing of it is lost: it stands below. "
                    a href={ "/console/forms/" (form.id) "/edit" } target="_blank" { "Look at what was saved" }
                    " (a new tab). If you save again, yours takes its place."
                }
            }
        },
        Said::Refused(errors) => html! {
            div #said.problem role="alert" tabindex="-1" autofocus {
                h2 { "This was not saved" }
                p { "Nothing that you typed is lost." }
                ul {
                    @for error in errors {
                        li { a href={ "#" (control(&error.pointer)) } { code { (error.pointer) } } ": " (error.detail) }
                    }
                }
            }
        },
    }
}

/// The id of the control that holds what stands at this pointer.
fn control(pointer: &str) -> &str {
    let member = pointer.split('/').nth(1).unwrap_or_default();
    const MEMBERS: [&str; 5] = ["name", "allowed_origins", "redirect_hosts", "country", "is_active"];
    MEMBERS.into_iter().find(|name| *name == member).unwrap_or("definition")
}

/// What was refused of a control.
fn wrong(name: &str, errors: &[Invalid]) -> Markup {
    let own: Vec<&Invalid> = errors.iter().filter(|error| control(&error.pointer) == name).collect();
    html! {
        div.wrong id={ (name) "-error" } {
            @for error in own { p { @if error.pointer.matches('/').count() > 1 { code { (error.pointer) } " " } (error.detail) } }
        }
    }
}

fn is_wrong(name: &str, errors: &[Invalid]) -> Option<&'static str> {
    errors.iter().any(|error| control(&error.pointer) == name).then_some("true")
}

fn settings(draft: &Draft, errors: &[Invalid]) -> Markup {
    let lines = |name: &str, label: &str, hint: &str, text: &str| {
        html! {
            div.field {
                label for=(name) { (label) }
                textarea id=(name) name=(name) rows="3" spellcheck="false" autocapitalize="off"
                    aria-invalid=[is_wrong(name, errors)] aria-describedby={ (name) "-hint " (name) "-error" } { "\n" (text) }
                p.hint id={ (name) "-hint" } { (hint) }
                (wrong(name, errors))
            }
        }
    };
    html! {
        section.sheeted aria-labelledby="settings-title" {
            h2 #settings-title { "The form" }
            div.two {
                div.field {
                    label for="name" { "Name" }
                    input #name name="name" type="text" autocomplete="off" required value=(draft.name)
                        aria-invalid=[is_wrong("name", errors)] aria-describedby="name-hint name-error";
                    p.hint #name-hint { "Only your colleagues read it." }
                    (wrong("name", errors))
                }
                div.field {
                    label for="country" { "Country" }
                    input #country name="country" type="text" autocomplete="off" value=(draft.country)
                        aria-invalid=[is_wrong("country", errors)] aria-describedby="country-hint country-error";
                    p.hint #country-hint { "Of leads that name none, such as IN; your company's if you leave it out." }
                    (wrong("country", errors))
                }
                (lines("allowed_origins", "Websites that may use it", "One on each line, such as https://www.example.com", &draft.allowed_origins))
                (lines("redirect_hosts", "Other hosts that visitors may be led to", "One on each line, such as thanks.example.com", &draft.redirect_hosts))
            }
            label.tick { input #is_active name="is_active" type="checkbox" checked[draft.is_active]; " It takes submissions" }
        }
    }
}

fn definition(draft: &Draft, errors: &[Invalid]) -> Markup {
    html! {
        section.sheeted #as-json aria-labelledby="json-title" {
            h2 #json-title { "What it asks and says" }
            div.field {
                label for="definition" { "Definition, as JSON" }
                p.hint #definition-hint {
                    "As the API has it: " a href="/api/docs" { "its documentation" } " names every member."
                }
                textarea #definition name="definition" rows="30" spellcheck="false" autocapitalize="off" autocomplete="off"
                    aria-invalid=[is_wrong("definition", errors)] aria-describedby="definition-hint definition-error" {
                    "\n" (draft.definition)
                }
                (wrong("definition", errors))
            }
        }
    }
}

/// The page that shows a draft by the widget itself; the editor tells it which.
pub(super) fn preview(form: &FormRecord) -> Reply {
    let sheets = ["/w/1/page.css", "/w/1/lead-form.css", "/w/1/editor.css"];
    let head = Head::english("Preview", &sheets, Some("/w/1/preview.js"));
    let body = html! {
        body.previewed { main #host data-key=(form.form_key.as_str()) { p { "The preview needs JavaScript." } } }
    };
    let markup = document(&head, &body);
    let mut reply = reply::html(StatusCode::OK, markup);
    reply::set(&mut reply, header::CONTENT_SECURITY_POLICY, PREVIEW);
    reply
}
