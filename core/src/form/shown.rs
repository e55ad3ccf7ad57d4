//! A form as visitors get it: translated, with its compact form in place of its conditions (spec F2).

use super::Definition;
use super::content::{Content, FormField, ProofOfWork, Step, Thanks, Theme};
use super::logic::form_state;
use crate::consent::ConsentText;
use serde::Serialize;

/// What `GET /f/{form_key}/definition` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Which of the form's definitions; it is sent back with the answers.
    pub version: i64,
    /// The language of the words.
    pub locale: String,
    /// `ltr` or `rtl`.
    pub dir: &'static str,
    /// The heading.
    pub title: String,
    /// A sentence below it.
    pub intro: Option<String>,
    /// The label of the button.
    pub submit: String,
    /// The pages; without their conditions, which stand in `logic`.
    pub steps: Vec<Step>,
    /// The fields, likewise.
    pub fields: Vec<FormField>,
    /// The compact form.
    pub logic: String,
    /// What may follow; the booking link is for the answer to a submission to tell.
    pub thanks: ShownThanks,
    /// The wording of the consent box.
    pub consent: ConsentText,
    /// How it looks.
    pub theme: Theme,
    /// Whether unsent answers are kept.
    pub keep_partial: bool,
    /// What to compute before sending.
    pub proof_of_work: Option<ProofOfWork>,
    /// The public key of Turnstile.
    pub turnstile_site_key: Option<String>,
}

/// What a visitor reads after sending, and where they may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownThanks {
    /// The heading.
    pub title: String,
    /// The words.
    pub message: String,
    /// Where the visitor is led instead.
    pub redirect: Option<String>,
    /// The link to book an appointment, where it is offered.
    pub booking: Option<ShownBooking>,
}

/// A link to book an appointment, offered to this visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownBooking {
    /// Where it leads.
    pub url: String,
    /// What it says.
    pub label: String,
}

impl Definition {
    /// The form for visitors, in the wanted language where it is translated.
    #[must_use]
    pub fn shown(&self, version: i64, locale: Option<&str>) -> Shown {
        let content = self.content().in_locale(locale);
        let (dir, thanks) = (content.direction(), told(&content.thanks));
        let Content { title, intro, submit, locale, mut fields, mut steps, consent, .. } = content;
        for field in &mut fields {
            (field.show, field.require) = (None, None);
        }
        for step in &mut steps {
            step.skip = None;
        }
        let Content { theme, keep_partial, proof_of_work, turnstile_site_key, .. } = self.content().clone();
        let logic = self.logic().to_owned();
        Shown {
            version,
            locale,
            dir,
            title,
            intro,
            submit,
            steps,
            fields,
            logic,
            thanks,
            consent,
            theme,
            keep_partial,
            proof_of_work,
            turnstile_site_key,
        }
    }

    /// What a visitor with these answers reads on sending: it depends on their own answers alone (spec D4). `answers` are
    /// pairs as [`form_state`] takes them.
    #[must_use]
    pub fn thanks(&self, answers: &str, locale: Option<&str>) -> ShownThanks {
        self.told(form_state(self.logic(), answers).ends_with('b'), locale)
    }

    /// What a visitor reads on sending, with the booking link where it is `offered` to them.
    #[must_use]
    pub fn told(&self, offered: bool, locale: Option<&str>) -> ShownThanks {
        let thanks = self.content().in_locale(locale).thanks;
        let booking = thanks.booking.as_ref().filter(|_| offered);
        let booking = booking.map(|booking| ShownBooking { url: booking.url.clone(), label: booking.label.clone() });
        ShownThanks { booking, ..told(&thanks) }
    }
}

fn told(thanks: &Thanks) -> ShownThanks {
    let Thanks { title, message, redirect, .. } = thanks.clone();
    ShownThanks { title, message, redirect, booking: None }
}
