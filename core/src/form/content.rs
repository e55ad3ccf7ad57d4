//! What a form is made of, as it is sent, stored and shown (spec F1).

use super::logic::line;
use crate::consent::ConsentText;
use crate::field::Date;
use crate::policy::named;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The parts of a form. Only [`super::Definition`] says that they fit together.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = FormDefinition))]
pub struct Content {
    /// The heading.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub title: String,
    /// A sentence below the heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub intro: Option<String>,
    /// The label of the button that sends.
    #[cfg_attr(feature = "openapi", schema(max_length = 60))]
    pub submit: String,
    /// The language of these words, BCP 47; `en` if left out.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub locale: String,
    /// What is asked, at most 100 fields.
    pub fields: Vec<FormField>,
    /// The pages of the form, at most 20. Each field stands in exactly one.
    pub steps: Vec<Step>,
    /// What follows on sending.
    pub thanks: Thanks,
    /// The wording of the consent box.
    pub consent: ConsentText,
    /// How it looks.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub theme: Theme,
    /// Whether unsent answers are kept in the visitor's browser; not if left out.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub keep_partial: bool,
    /// A small computation that the visitor's device does before sending; none if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof_of_work: Option<ProofOfWork>,
    /// The public key of Cloudflare Turnstile, where it is to be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub turnstile_site_key: Option<String>,
    /// By language, what each place says there; a place is a JSON pointer such as `/fields/0/label`. At most 30 languages.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub translations: BTreeMap<String, BTreeMap<String, String>>,
}

named! {
    /// How a field is asked.
    FieldType {
        /// One line.
        Text = "text",
        /// Several lines.
        LongText = "long_text",
        /// An e-mail address.
        Email = "email",
        /// A telephone number.
        Phone = "phone",
        /// A whole number of at most 15 digits.
        Number = "number",
        /// One of some options.
        Choice = "choice",
        /// Any of some options.
        Choices = "choices",
        /// A country.
        Country = "country",
        /// A day.
        Date = "date",
        /// Not shown: filled by the page's address or a default.
        Hidden = "hidden",
        /// A box to tick.
        Consent = "consent",
    }
}

impl FieldType {
    /// Its sign in the compact form.
    pub(super) const fn sign(self) -> u8 {
        match self {
            Self::Text => line::TEXT,
            Self::LongText => line::LONG_TEXT,
            Self::Email => line::EMAIL,
            Self::Phone => line::PHONE,
            Self::Number => line::NUMBER,
            Self::Choice => line::CHOICE,
            Self::Choices => line::CHOICES,
            Self::Country => line::COUNTRY,
            Self::Date => line::DATE,
            Self::Hidden => line::HIDDEN,
            Self::Consent => line::CONSENT,
        }
    }

    /// The most characters of such a text, and how many there may be unless the form says; `None` for other types.
    pub(super) const fn lengths(self) -> Option<(u16, u16)> {
        match self {
            Self::Text => Some((1000, 200)),
            Self::LongText => Some((5000, 5000)),
            Self::Hidden => Some((2048, 255)),
            _ => None,
        }
    }
}

/// A field.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormField {
    /// A lead's own member, or a name of the form's own: a small letter and up to 39 small letters, digits or underscores.
    #[cfg_attr(feature = "openapi", schema(max_length = 40))]
    pub name: String,
    /// How it is asked.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// What is asked; hidden fields and the consent box need none.
    #[cfg_attr(feature = "openapi", schema(max_length = 200, required = false))]
    pub label: String,
    /// A sentence that helps to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub help: Option<String>,
    /// An example inside the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub placeholder: Option<String>,
    /// Whether it must be answered wherever it is shown; not if left out.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub required: bool,
    /// What a choice offers, at most 200.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub options: Vec<Choice>,
    /// The least number, or the first day as `2026-11-23`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Value>))]
    pub min: Option<Bound>,
    /// The greatest number, or the last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Value>))]
    pub max: Option<Bound>,
    /// The most characters of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 5000))]
    pub max_length: Option<u16>,
    /// What stands there at first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 5000))]
    pub default: Option<String>,
    /// The tokens by which browsers fill it; a lead's own fields have the right ones by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 60))]
    pub autocomplete: Option<String>,
    /// It is shown only where this condition over earlier answers holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show: Option<Value>,
    /// It must be answered where this condition over earlier answers holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require: Option<Value>,
}

/// An option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = FormChoice))]
pub struct Choice {
    /// What is sent and stored.
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub value: String,
    /// What the visitor reads.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub label: String,
}

/// An end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Bound {
    /// Of a number.
    Number(i64),
    /// Of a date.
    #[serde(serialize_with = "as_text")]
    Date(Date),
}

fn as_text<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Date(date) => date.fmt(f),
        }
    }
}

/// A page of the form.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = FormStep))]
pub struct Step {
    /// Its heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub title: Option<String>,
    /// The names of its fields in their order.
    pub fields: Vec<String>,
    /// It is skipped where this condition over the answers of earlier steps holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip: Option<Value>,
}

/// What follows on sending.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = FormThanks))]
pub struct Thanks {
    /// The heading.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub title: String,
    /// What the visitor reads.
    #[cfg_attr(feature = "openapi", schema(max_length = 2000))]
    pub message: String,
    /// Where the visitor is led instead: an address of an allowed origin or of a host among `redirect_hosts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 2048))]
    pub redirect: Option<String>,
    /// A link to book an appointment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<Booking>,
}

/// A link to book an appointment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = FormBooking))]
pub struct Booking {
    /// Where it leads: `https`.
    #[cfg_attr(feature = "openapi", schema(max_length = 2048))]
    pub url: String,
    /// What the link says.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub label: String,
    /// It is offered only where this condition over the answers holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Value>,
}

/// How a form looks. Colours are written `#rgb` or `#rrggbb`; what is left out is the widget's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = FormTheme))]
pub struct Theme {
    /// Buttons and links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// Words on `accent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_accent: Option<String>,
    /// Words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What lies behind the form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surface: Option<String>,
    /// What lies behind an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Borders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Words about errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How round corners are, in pixels, 0 to 32.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(maximum = 32))]
    pub radius: Option<u16>,
    /// Names of type faces, parted by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub font: Option<String>,
    /// Light, dark, or as the visitor's device is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
}

named! {
    /// Light or dark.
    Mode {
        /// As the visitor's device is.
        Auto = "auto",
        /// Always light.
        Light = "light",
        /// Always dark.
        Dark = "dark",
    }
}

/// A small computation before sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = FormProofOfWork))]
pub struct ProofOfWork {
    /// How many numbers there are to try at most, 1000 to 10000000.
    #[cfg_attr(feature = "openapi", schema(minimum = 1000, maximum = 10_000_000))]
    pub difficulty: u32,
}
