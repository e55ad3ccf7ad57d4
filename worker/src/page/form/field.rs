//! One field of a form's page, whatever its type: label, help, control and error belong together by their ids.

use super::countries::countries;
use crate::page::words::Words;
use lead_core::field::{Country, Field, Kind};
use lead_core::form::{FieldType, FormField};
use maud::{Markup, html};

/// A field as it is asked.
pub(super) struct Asked<'a> {
    /// With its words in the visitor's language.
    pub(super) field: &'a FormField,
    pub(super) required: bool,
    /// What was answered so far.
    pub(super) values: Vec<&'a str>,
    /// What is wrong with that, in words.
    pub(super) error: Option<String>,
    pub(super) words: &'a Words,
    /// The visitor's language.
    pub(super) locale: &'a str,
    /// The wording of the form's consent box.
    pub(super) consent: &'a str,
}

impl Asked<'_> {
    fn value(&self) -> &str {
        self.values.first().copied().unwrap_or_default()
    }

    fn invalid(&self) -> Option<&'static str> {
        self.error.as_ref().map(|_| "true")
    }

    /// The ids of what is to be read with the control.
    fn described(&self) -> Option<String> {
        let name = &self.field.name;
        let help = self.field.help.as_ref().map(|_| format!("{name}-help"));
        let error = self.error.as_ref().map(|_| format!("{name}-error"));
        let ids: Vec<String> = [help, error].into_iter().flatten().collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    /// What visitors read; the box of the form's own consent reads its text.
    fn label(&self) -> &str {
        let own = self.field.name == "gdpr_consent" || self.field.label.is_empty();
        if self.field.kind == FieldType::Consent && own { self.consent } else { &self.field.label }
    }

    fn mark(&self) -> Markup {
        html! { @if self.required { " " span.lf-need aria-hidden="true" { "*" } } }
    }

    fn help(&self) -> Markup {
        html! { @if let Some(help) = &self.field.help { p.lf-hint id={ (self.field.name) "-help" } { (help) } } }
    }

    fn error(&self) -> Markup {
        let name = &self.field.name;
        html! {
            @if let Some(error) = &self.error { p.lf-error id={ (name) "-error" } data-error-for=(name) { (error) } }
        }
    }
}

/// The field with everything around it.
pub(super) fn field(asked: &Asked<'_>) -> Markup {
    let name = &asked.field.name;
    match asked.field.kind {
        FieldType::Consent => tick(asked),
        FieldType::Choices => boxes(asked),
        FieldType::Hidden => html! {},
        kind => {
            html! {
                div.lf-field.lf-wide[kind == FieldType::LongText] {
                    label for=(name) { (asked.label()) (asked.mark()) }
                    (asked.help())
                    @match kind {
                        FieldType::LongText => (area(asked)),
                        FieldType::Choice => (choice(asked)),
                        FieldType::Country => (country(asked)),
                        kind => (input(asked, kind)),
                    }
                    (asked.error())
                }
            }
        }
    }
}

/// The input type, and the keyboard that a telephone shows for it.
fn kind_of(kind: FieldType) -> (&'static str, Option<&'static str>) {
    match kind {
        FieldType::Email => ("email", None),
        FieldType::Phone => ("tel", None),
        FieldType::Date => ("date", None),
        // Not `number`: it takes no digits of other scripts, and turns with the mouse's wheel.
        FieldType::Number => ("text", Some("numeric")),
        _ => ("text", None),
    }
}

fn input(asked: &Asked<'_>, kind: FieldType) -> Markup {
    let FormField { name, placeholder, autocomplete, min, max, max_length, .. } = asked.field;
    let (input, mode) = kind_of(kind);
    // A limit in octets is no limit in characters.
    let of_lead = Field::named(name).filter(|field| field.kind != Kind::Email).map(|field| field.max);
    let limit = max_length.or(of_lead);
    let is_date = kind == FieldType::Date;
    let end = |bound: &Option<lead_core::form::Bound>| bound.filter(|_| is_date).map(|bound| bound.to_string());
    html! {
        input id=(name) name=(name) type=(input) inputmode=[mode] autocomplete=[autocomplete.as_deref()] maxlength=[limit]
            min=[end(min)] max=[end(max)] placeholder=[placeholder.as_deref()] value=(asked.value()) required[asked.required]
            aria-invalid=[asked.invalid()] aria-describedby=[asked.described()];
    }
}

fn area(asked: &Asked<'_>) -> Markup {
    let FormField { name, placeholder, autocomplete, max_length, .. } = asked.field;
    html! {
        textarea id=(name) name=(name) rows="4" autocomplete=[autocomplete.as_deref()] maxlength=[*max_length]
            placeholder=[placeholder.as_deref()] required[asked.required] aria-invalid=[asked.invalid()]
            // A browser drops the first line break of a text area.
            aria-describedby=[asked.described()] { "\n" (asked.value()) }
    }
}

fn choice(asked: &Asked<'_>) -> Markup {
    let options = asked.field.options.iter().map(|option| (option.value.as_str(), option.label.as_str()));
    select(asked, asked.field.autocomplete.as_deref(), asked.value(), options)
}

/// Under a name that is not known, as another page may have sent it, it stands as it was given until a country is chosen.
fn country(asked: &Asked<'_>) -> Markup {
    let known = countries(asked.locale);
    let chosen = Country::parse(asked.value()).map_or(asked.value(), |country| country.as_str());
    let odd = (!chosen.is_empty() && !known.iter().any(|(country, _)| country.as_str() == chosen)).then_some(chosen);
    // A browser keeps the country's code under this token, its name under the other.
    let token = asked.field.autocomplete.as_deref();
    let token = token.map(|token| if token == "country-name" { "country" } else { token });
    let odd = odd.into_iter().map(|text| (text, text));
    select(asked, token, chosen, odd.chain(known.iter().map(|(country, name)| (country.as_str(), name.as_str()))))
}

fn select<'a>(
    asked: &Asked<'_>,
    autocomplete: Option<&str>,
    chosen: &str,
    options: impl Iterator<Item = (&'a str, &'a str)>,
) -> Markup {
    let name = &asked.field.name;
    let none = if asked.required { "choose" } else { "noChoice" };
    html! {
        select id=(name) name=(name) autocomplete=[autocomplete] required[asked.required]
            aria-invalid=[asked.invalid()] aria-describedby=[asked.described()] {
            option value="" { (asked.words.text(none)) }
            @for (value, label) in options { option value=(value) selected[value == chosen] { (label) } }
        }
    }
}

/// Several boxes under one question. The first has the field's own id, so that the summary's link leads there.
fn boxes(asked: &Asked<'_>) -> Markup {
    let FormField { name, options, .. } = asked.field;
    html! {
        fieldset.lf-field.lf-wide.lf-group aria-describedby=[asked.described()] {
            legend {
                (asked.label())
                @if asked.required { " " span.lf-need aria-hidden="true" { "*" } span.lf-voice { " (" (asked.words.text("requiredMark")) ")" } }
            }
            (asked.help())
            @for (number, option) in options.iter().enumerate() {
                @let id = if number == 0 { name.clone() } else { format!("{name}-{number}") };
                div.lf-option {
                    input id=(id) name=(name) type="checkbox" value=(option.value) checked[asked.values.contains(&option.value.as_str())];
                    label for=(id) { (option.label) }
                }
            }
            (asked.error())
        }
    }
}

fn tick(asked: &Asked<'_>) -> Markup {
    let name = &asked.field.name;
    html! {
        div."lf-check"."lf-wide" {
            input id=(name) name=(name) type="checkbox" value="true" checked[matches!(asked.value(), "true" | "on" | "1")]
                required[asked.required] aria-invalid=[asked.invalid()] aria-describedby=[asked.described()];
            label for=(name) { (asked.label()) (asked.mark()) }
            (asked.help())
            (asked.error())
        }
    }
}
