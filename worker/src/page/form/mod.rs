//! The form as a page of its own: one step at a time, complete without a script.

mod countries;
mod field;

use super::shell::{Frame, framed};
use super::words::Words;
use field::{Asked, field};
use lead_core::form::{Form, FormField, Shown as Localized, ShownThanks};
use lead_core::guard::trap_name;
use lead_core::plain::{Filled, GO, SHOWN, STEP, Shown, is_simple};
use maud::{Markup, html};

/// Everything that a page of a form shows.
pub(crate) struct Sheet<'a> {
    pub(crate) form: &'a Form,
    /// The form in the visitor's language.
    pub(crate) words_of_form: &'a Localized,
    pub(crate) filled: &'a Filled<'a>,
    /// The step, and what is wrong in it.
    pub(crate) at: Shown,
    /// What is wrong elsewhere, in words.
    pub(crate) others: Vec<String>,
    /// What the page sends along unseen, besides answers.
    pub(crate) unseen: Vec<(&'static str, String)>,
    /// Whether the widget may take over.
    pub(crate) script: bool,
}

impl Sheet<'_> {
    fn words(&self) -> &'static Words {
        Words::of(&self.words_of_form.locale)
    }

    /// The field with its words in the visitor's language.
    fn localized<'b>(&'b self, field: &'b FormField) -> &'b FormField {
        self.words_of_form.fields.iter().find(|other| other.name == field.name).unwrap_or(field)
    }

    fn has_errors(&self) -> bool {
        !self.at.errors.is_empty() || !self.others.is_empty()
    }

    fn frame(&self, title: &str) -> Frame<'_> {
        Frame {
            title: title.to_owned(),
            lang: &self.words_of_form.locale,
            dir: self.words_of_form.dir,
            theme: Some(theme_address(self.form)),
            script: self.script,
        }
    }
}

/// Where the form's own look is; the version makes a new address of each.
fn theme_address(form: &Form) -> String {
    format!("/f/{}/theme.css?v={}", form.key.as_str(), form.version)
}

/// The page with one step of the form.
pub(crate) fn form(sheet: &Sheet<'_>) -> Markup {
    let words = sheet.words();
    let shown = sheet.words_of_form;
    let steps = sheet.filled.steps();
    let number = steps.iter().position(|step| *step == sheet.at.step).map_or(1, |at| at + 1);
    let (number, count) = (number.to_string(), steps.len().max(1).to_string());
    let place = (steps.len() > 1).then(|| words.filled("step", &[("number", &number), ("count", &count)]));
    let title = match &place {
        Some(place) => format!("{} ({place})", shown.title),
        None => shown.title.clone(),
    };
    let title = if sheet.has_errors() { words.filled("pageTitleError", &[("title", &title)]) } else { title };
    let is_first = number == "1";
    let simple = is_simple(&sheet.form.definition);
    let content = sheet.form.definition.content();
    let work = content.proof_of_work.is_some().then_some("on");
    framed(
        &sheet.frame(&title),
        &html! {
            h1 { (shown.title) }
            @if is_first {
                @if let Some(intro) = &shown.intro { p.intro { (intro) } }
            }
            lead-form form=(sheet.form.key.as_str()) counted data-proof_of_work=[work] data-turnstile_site_key=[&content.turnstile_site_key] {
                form method="post" action={ "/f/" (sheet.form.key.as_str()) } novalidate
                    data-lf-plain=(if simple { "simple" } else { "" }) {
                    @if sheet.has_errors() { (summary(sheet, words)) }
                    @if let Some(place) = &place { p.lf-step { (place) } }
                    @if let Some(title) = shown.steps.get(sheet.at.step).and_then(|step| step.title.as_ref()) {
                        h2.lf-step-title { (title) }
                    }
                    @if sheet.at.grown { p.lf-notice role="status" { (words.text("more")) } }
                    (fields(sheet, words))
                    (unseen(sheet))
                    div.lf-actions {
                        @let is_last = steps.last().is_none_or(|last| *last == sheet.at.step);
                        @if is_last {
                            button type="submit" name=[place.is_some().then_some(GO)] value="next" { (shown.submit) }
                        } @else {
                            button type="submit" name=(GO) value="next" { (words.text("next")) }
                        }
                        @if !is_first { button.lf-back type="submit" name=(GO) value="back" { (words.text("back")) } }
                    }
                }
            }
        },
    )
}

fn fields(sheet: &Sheet<'_>, words: &Words) -> Markup {
    let asked = sheet.filled.asked(sheet.at.step).map(|(of, required)| {
        let error = sheet.at.errors.iter().find(|wrong| wrong.name == of.name).map(|wrong| words.wrong(wrong));
        Asked {
            field: sheet.localized(of),
            required,
            values: sheet.filled.values(&of.name).collect(),
            error,
            words,
            locale: &sheet.words_of_form.locale,
            consent: &sheet.words_of_form.consent.text,
        }
    });
    html! {
        div.lf-fields { @for asked in asked { (field(&asked)) } }
    }
}

/// Answers of other steps, fields that nobody sees, the trap, and what tells the edge where this page was.
fn unseen(sheet: &Sheet<'_>) -> Markup {
    let step = sheet.at.step;
    let names: Vec<&str> = sheet.filled.asked(step).map(|(field, _)| field.name.as_str()).collect();
    let trap = trap_name(&sheet.form.key);
    html! {
        @for (name, value) in sheet.filled.carried(step) { input type="hidden" name=(name) value=(value); }
        @for (name, value) in &sheet.unseen { input type="hidden" name=(name) value=(value); }
        input type="hidden" name=(STEP) value=(step);
        input type="hidden" name=(SHOWN) value=(names.join(","));
        // The attributes tell password managers as well to leave it alone.
        div.lf-trap hidden aria-hidden="true" {
            input name=(trap) tabindex="-1" autocomplete="off" data-1p-ignore data-lpignore="true" data-form-type="other";
        }
    }
}

/// The errors in one place: a link to each field that the page has, a sentence for the rest.
fn summary(sheet: &Sheet<'_>, words: &Words) -> Markup {
    let label = |name: &str| {
        let of = sheet.words_of_form.fields.iter().find(|field| field.name == name);
        of.map(|of| if of.label.is_empty() { sheet.words_of_form.consent.text.as_str() } else { of.label.as_str() })
    };
    html! {
        div.lf-summary role="alert" tabindex="-1" autofocus aria-labelledby="lf-summary-title" {
            h2.lf-summary-title #lf-summary-title { (words.text("summary")) }
            ul {
                @for wrong in &sheet.at.errors {
                    li { a href={ "#" (wrong.name) } { (label(&wrong.name).unwrap_or(&wrong.name)) ": " (words.wrong(wrong)) } }
                }
                @for other in &sheet.others { li { (other) } }
            }
        }
    }
}

/// The page after sending.
pub(crate) fn thanks(form: &Form, shown: &Localized, thanks: &ShownThanks) -> Markup {
    let frame = Frame {
        title: thanks.title.clone(),
        lang: &shown.locale,
        dir: shown.dir,
        theme: Some(theme_address(form)),
        script: false,
    };
    framed(
        &frame,
        &html! {
            h1 { (thanks.title) }
            p { (thanks.message) }
            @if let Some(booking) = &thanks.booking {
                p { a.button href=(booking.url) rel="noopener" { (booking.label) } }
            }
        },
    )
}
