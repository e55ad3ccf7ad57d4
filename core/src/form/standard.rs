//! The form that a company begins with: what a lead needs and what sales like to know, in one step.

use super::compile::{Draft, compile};
use super::content::{Choice, Content, FieldType, FormField, Step, Thanks, Theme};
use super::field::usual;
use crate::consent::ConsentText;
use crate::field::{AuthorityLevel, Field};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The words of a form that asks the standard fields, as forms were stored before they had fields of their own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) title: String,
    pub(super) intro: String,
    pub(super) submit: String,
    pub(super) thanks: String,
    pub(super) consent: ConsentText,
}

const ASKED: &[(&str, FieldType, &str)] = &[
    ("first_name", FieldType::Text, "First name"),
    ("last_name", FieldType::Text, "Last name"),
    ("email", FieldType::Email, "Work e-mail"),
    ("phone", FieldType::Phone, "Phone"),
    ("company_name", FieldType::Text, "Company"),
    ("job_title", FieldType::Text, "Job title"),
    ("country", FieldType::Country, "Country"),
    ("interest_product", FieldType::Text, "What are you interested in?"),
    ("budget_range", FieldType::Text, "Budget"),
    ("timeline", FieldType::Choice, "When do you need it?"),
    ("authority_level", FieldType::Choice, "Your part in the decision"),
    ("message", FieldType::LongText, "How can we help?"),
    ("gdpr_consent", FieldType::Consent, ""),
];

const TIMELINES: &[&str] = &["30 days", "60 days", "90 days", "3-6 Months", "6-12 Months"];

/// The parts with these words, and the compact form.
pub(super) fn standard(words: Words) -> (Content, String) {
    let Words { title, intro, submit, thanks, consent } = words;
    let fields: Vec<FormField> = ASKED.iter().map(|(name, kind, label)| field(name, *kind, label)).collect();
    let names = fields.iter().map(|field| field.name.clone()).collect();
    let steps = vec![Step { title: None, fields: names, skip: None }];
    let drafts: Vec<Draft> =
        fields.iter().map(|field| Draft { name: field.name.clone(), field: Some(field.clone()) }).collect();
    // Nothing here can be refused: a test reads the result again.
    let logic = compile(&drafts, &steps, None, false).unwrap_or_default();
    let content = Content {
        title,
        intro: Some(intro),
        submit,
        locale: "en".to_owned(),
        fields,
        steps,
        thanks: Thanks { title: "Thank you".to_owned(), message: thanks, redirect: None, booking: None },
        consent,
        theme: Theme::default(),
        keep_partial: false,
        proof_of_work: None,
        turnstile_site_key: None,
        translations: BTreeMap::new(),
    };
    (content, logic)
}

fn field(name: &str, kind: FieldType, label: &str) -> FormField {
    let lead = Field::named(name);
    let options = match name {
        "timeline" => TIMELINES.iter().map(|text| choice(text, text)).collect(),
        "authority_level" => AuthorityLevel::ALL.into_iter().map(authority).collect(),
        _ => Vec::new(),
    };
    FormField {
        name: name.to_owned(),
        kind,
        label: label.to_owned(),
        help: None,
        placeholder: None,
        required: lead.is_some_and(|lead| lead.required),
        options,
        min: None,
        max: None,
        max_length: kind.lengths().and(lead).map(|lead| lead.max),
        default: None,
        autocomplete: usual(Some(name)).map(str::to_owned),
        show: None,
        require: None,
    }
}

fn choice(value: &str, label: &str) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned() }
}

fn authority(level: AuthorityLevel) -> Choice {
    let label = match level {
        AuthorityLevel::DecisionMaker => "I decide",
        AuthorityLevel::Influencer => "I advise",
        AuthorityLevel::User => "I will use it",
        AuthorityLevel::Gatekeeper => "I look for somebody else",
    };
    choice(level.as_str(), label)
}
