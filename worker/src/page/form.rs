//! The form as a page of its own: complete without JavaScript, enhanced in place with it.

use super::shell::shell;
use lead_core::body::Members;
use lead_core::field::{AuthorityLevel, Field, Kind};
use lead_core::form::Form;
use lead_core::invalid::Invalid;
use lead_core::submission::{KEY, TRAP};
use maud::{Markup, html};

/// What a visitor sent and what was refused of it; nothing for a fresh form.
#[derive(Default)]
pub(crate) struct Answers<'a> {
    pub(crate) members: Option<&'a Members>,
    pub(crate) errors: &'a [Invalid],
}

impl Answers<'_> {
    fn value(&self, name: &str) -> &str {
        self.members.and_then(|members| members.text(name)).unwrap_or_default()
    }

    fn error(&self, name: &str) -> Option<&Invalid> {
        self.errors.iter().find(|error| error.pointer.strip_prefix('/') == Some(name))
    }
}

/// A field of the page: its member's name, its label, its autocomplete token and its input type.
struct Input {
    name: &'static str,
    label: &'static str,
    autocomplete: &'static str,
    kind: &'static str,
}

const fn input(name: &'static str, label: &'static str, autocomplete: &'static str, kind: &'static str) -> Input {
    Input { name, label, autocomplete, kind }
}

const INPUTS: &[Input] = &[
    input("first_name", "First name", "given-name", "text"),
    input("last_name", "Last name", "family-name", "text"),
    input("email", "Work e-mail", "email", "email"),
    input("phone", "Phone", "tel", "tel"),
    input("company_name", "Company", "organization", "text"),
    input("job_title", "Job title", "organization-title", "text"),
    input("country", "Country", "country-name", "text"),
    input("interest_product", "What are you interested in?", "off", "text"),
    input("budget_range", "Budget", "off", "text"),
];

const TIMELINES: &[&str] = &["30 days", "60 days", "90 days", "3-6 Months", "6-12 Months"];

/// The page with the form: fresh, or again with errors and values. `key` makes sending it twice harmless.
pub(crate) fn form(form: &Form, key: &str, answers: &Answers<'_>) -> Markup {
    let definition = form.definition.content();
    let action = format!("/f/{}", form.key.as_str());
    shell(
        &definition.title,
        true,
        &html! {
            h1 { (definition.title) }
            @if let Some(intro) = &definition.intro { p.intro { (intro) } }
            lead-form form=(form.key.as_str()) {
                form method="post" action=(action) novalidate {
                    @if !answers.errors.is_empty() { (summary(answers)) }
                    div.lf-fields {
                        @for input in INPUTS { (field(input, answers)) }
                        (select("timeline", "When do you need it?", TIMELINES.iter().map(|text| (*text, *text)), answers))
                        (select("authority_level", "Your part in the decision", authorities(), answers))
                        div."lf-field"."lf-wide" {
                            label for="message" { "How can we help?" }
                            textarea #message name="message" rows="4" aria-invalid=[invalid(answers, "message")]
                                aria-describedby=[described(answers, "message")] { (answers.value("message")) }
                            (error("message", answers))
                        }
                        div."lf-check"."lf-wide" {
                            input #gdpr_consent name="gdpr_consent" type="checkbox" value="true" checked[answers.value("gdpr_consent") == "true"];
                            label for="gdpr_consent" { (definition.consent.text) }
                        }
                    }
                    div.lf-trap hidden aria-hidden="true" { input name=(TRAP) id="lg_ref" tabindex="-1" autocomplete="off"; }
                    input type="hidden" name=(KEY) value=(key);
                    button type="submit" { (definition.submit) }
                }
            }
        },
    )
}

fn authorities() -> impl Iterator<Item = (&'static str, &'static str)> {
    AuthorityLevel::ALL.into_iter().map(|level| {
        let label = match level {
            AuthorityLevel::DecisionMaker => "I decide",
            AuthorityLevel::Influencer => "I advise",
            AuthorityLevel::User => "I will use it",
            AuthorityLevel::Gatekeeper => "I look for somebody else",
        };
        (level.as_str(), label)
    })
}

fn needed(name: &str) -> bool {
    Field::named(name).is_some_and(|field| field.required)
}

fn field(input: &Input, answers: &Answers<'_>) -> Markup {
    let &Input { name, label, autocomplete, kind } = input;
    // A limit in octets is no limit in characters.
    let limit = Field::named(name).filter(|field| field.kind != Kind::Email).map(|field| field.max);
    html! {
        div.lf-field {
            label for=(name) { (label) @if needed(name) { " " span.lf-need aria-hidden="true" { "*" } } }
            input id=(name) name=(name) type=(kind) autocomplete=(autocomplete) maxlength=[limit] value=(answers.value(name))
                required[needed(name)] aria-invalid=[invalid(answers, name)] aria-describedby=[described(answers, name)];
            (error(name, answers))
        }
    }
}

fn select<'a>(
    name: &str,
    label: &str,
    options: impl Iterator<Item = (&'a str, &'a str)>,
    answers: &Answers<'_>,
) -> Markup {
    html! {
        div.lf-field {
            label for=(name) { (label) }
            select id=(name) name=(name) aria-invalid=[invalid(answers, name)] aria-describedby=[described(answers, name)] {
                option value="" { "Rather not say" }
                @for (value, text) in options { option value=(value) selected[answers.value(name) == value] { (text) } }
            }
            (error(name, answers))
        }
    }
}

fn error_id(name: &str) -> String {
    format!("{name}-error")
}

fn invalid(answers: &Answers<'_>, name: &str) -> Option<&'static str> {
    answers.error(name).map(|_| "true")
}

fn described(answers: &Answers<'_>, name: &str) -> Option<String> {
    answers.error(name).map(|_| error_id(name))
}

fn error(name: &str, answers: &Answers<'_>) -> Markup {
    html! {
        @if let Some(invalid) = answers.error(name) {
            p.lf-error id=(error_id(name)) data-error-for=(name) { (invalid.detail) }
        }
    }
}

/// The errors in one place: a link to each field that the page has, a sentence for the rest.
fn summary(answers: &Answers<'_>) -> Markup {
    let label = |name: &str| match name {
        "timeline" => Some("When do you need it?"),
        "authority_level" => Some("Your part in the decision"),
        "message" => Some("How can we help?"),
        name => INPUTS.iter().find(|input| input.name == name).map(|input| input.label),
    };
    html! {
        div.lf-summary role="alert" tabindex="-1" aria-labelledby="summary-title" {
            h2.lf-summary-title #summary-title { "Please check the form" }
            ul {
                @for error in answers.errors {
                    @let name = error.pointer.trim_start_matches('/');
                    @match label(name) {
                        Some(label) => li { a href={ "#" (name) } { (label) ": " (error.detail) } },
                        None => li { (name) ": " (error.detail) },
                    }
                }
            }
        }
    }
}

/// The page after sending.
pub(crate) fn thanks(form: &Form) -> Markup {
    shell(
        &form.definition.content().title,
        false,
        &html! {
            h1 { (form.definition.content().thanks.title) }
            p { (form.definition.content().thanks.message) }
        },
    )
}
