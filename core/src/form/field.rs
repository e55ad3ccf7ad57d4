//! Reading one field of a form: its name, its type, and what only some types have.

use super::compile::Draft;
use super::content::{Bound, FieldType, FormField};
use super::parse::{asked, line, optional_block, options};
use crate::body::Reader;
use crate::field::{Date, Field, Kind, Text, check};
use crate::invalid::{Code, Invalid};
use crate::submission::{PROOF, READ_ONLY};

/// Where a visit came from: caught, never asked.
const CAUGHT: &[&str] = &[
    "lead_source",
    "campaign",
    "medium",
    "term",
    "content",
    "utm_source",
    "utm_campaign",
    "utm_medium",
    "utm_term",
    "utm_content",
    "gclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "fbclid",
    "referrer",
    "landing_page",
];

/// A whole number that is exact in every browser: 15 digits.
pub(super) const MOST: i64 = 999_999_999_999_999;

/// Reads a field. What is wrong with it is kept by the reader; its name is kept all the same, for whoever refers to it.
pub(super) fn draft(read: &mut Reader) -> Draft {
    let raw = read.optional("name", |text| Ok(text.trim().to_owned()));
    let name = match &raw {
        Some(name) => read.judge("name", named(name)),
        None if read.refused("name") => None,
        None => read.judge("name", Err(Code::Required)),
    };
    let kind = read.required("type", |text| FieldType::parse(text.trim()).ok_or(Code::UnknownValue));
    let lead = name.as_deref().and_then(Field::named);
    if let (Some(lead), Some(kind)) = (lead, kind)
        && !fits(lead, kind)
    {
        read.refuse("type", Code::FieldTypeUnfit);
    }
    let field = rest(read, name, kind, lead);
    Draft { name: raw.unwrap_or_default(), field }
}

/// Each field with its place, once another of the same name is refused.
pub(super) fn checked(read: &mut Reader, drafts: Vec<(String, Draft)>) -> Vec<Draft> {
    let twice: Vec<Invalid> = drafts
        .iter()
        .enumerate()
        .filter(|(at, (_, draft))| {
            !draft.name.is_empty() && drafts.iter().take(*at).any(|(_, other)| other.name == draft.name)
        })
        .map(|(_, (place, _))| Invalid::at(format!("{place}/name"), Code::DuplicateMember))
        .collect();
    read.refuse_all(twice);
    drafts.into_iter().map(|(_, draft)| draft).collect()
}

fn named(name: &str) -> Result<String, Code> {
    let shape = name.len() <= 40
        && name.starts_with(|sign: char| sign.is_ascii_lowercase())
        && name.bytes().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'_');
    let own = shape && !name.starts_with("lg_") && name != PROOF && !READ_ONLY.contains(&name);
    if own { Ok(name.to_owned()) } else { Err(Code::NotFieldName) }
}

/// Whether a lead's own member can be asked for so.
pub(super) fn fits(lead: &Field, kind: FieldType) -> bool {
    let free = matches!(kind, FieldType::Text | FieldType::Choice | FieldType::Hidden);
    match lead.kind {
        _ if CAUGHT.contains(&lead.name) => kind == FieldType::Hidden,
        Kind::PersonName | Kind::CompanyName => kind == FieldType::Text,
        Kind::Email => kind == FieldType::Email,
        Kind::Phone => kind == FieldType::Phone,
        Kind::Country => matches!(kind, FieldType::Country | FieldType::Choice | FieldType::Hidden),
        Kind::AuthorityLevel | Kind::Locale => matches!(kind, FieldType::Choice | FieldType::Hidden),
        Kind::Flag => kind == FieldType::Consent,
        Kind::TextBlock => free || kind == FieldType::LongText,
        Kind::Website => matches!(kind, FieldType::Text | FieldType::Hidden),
        Kind::Text | Kind::LeadSource | Kind::BudgetRange | Kind::Timeline => free,
    }
}

/// Everything but name and type; a member that only other types have is refused.
fn rest(read: &mut Reader, name: Option<String>, kind: Option<FieldType>, lead: Option<&Field>) -> Option<FormField> {
    let unnamed = matches!(kind, Some(FieldType::Hidden)) || name.as_deref() == Some("gdpr_consent");
    let label = if unnamed {
        read.optional("label", Text::<200>::parse).map(|label| label.to_string()).or(Some(String::new()))
    } else {
        line::<200>(read, "label")
    };
    let help = optional_block::<500>(read, "help");
    let placeholder = read.optional("placeholder", Text::<200>::parse).map(|text| text.to_string());
    let required = read.flag_or("required", false);
    let options = options(read, kind);
    let (min, max) = (bound(read, "min", kind), bound(read, "max", kind));
    let upside_down = match (min, max) {
        (Some(Bound::Number(min)), Some(Bound::Number(max))) => min > max,
        (Some(Bound::Date(min)), Some(Bound::Date(max))) => min > max,
        _ => false,
    };
    if upside_down {
        read.refuse("max", Code::OutOfRange);
    }
    let max_length = length(read, kind, lead);
    let default = read.optional("default", |text| Ok(text.trim().to_owned()));
    let autocomplete = read.optional("autocomplete", tokens).or_else(|| usual(name.as_deref()).map(str::to_owned));
    let (show, require) = (asked(read, "show"), asked(read, "require"));
    if kind == Some(FieldType::Hidden) && (required || require.is_some()) {
        read.refuse(if required { "required" } else { "require" }, Code::NotWithType);
    }
    let field = FormField {
        name: name?,
        kind: kind?,
        label: label?,
        help,
        placeholder,
        required,
        options,
        min,
        max,
        max_length,
        default,
        autocomplete,
        show,
        require,
    };
    judge_values(read, &field);
    Some(field)
}

fn bound(read: &mut Reader, name: &str, kind: Option<FieldType>) -> Option<Bound> {
    match kind {
        Some(FieldType::Number) => read.whole(name, -MOST..=MOST).map(Bound::Number),
        Some(FieldType::Date) => read.optional(name, Date::parse).map(Bound::Date),
        kind => {
            if read.take(name).is_some() && kind.is_some() {
                read.refuse(name, Code::NotWithType);
            }
            None
        }
    }
}

/// How many characters there may be: never more than the lead holds.
fn length(read: &mut Reader, kind: Option<FieldType>, lead: Option<&Field>) -> Option<u16> {
    const NAME: &str = "max_length";
    let Some((most, usual)) = kind.and_then(FieldType::lengths) else {
        if read.take(NAME).is_some() && kind.is_some() {
            read.refuse(NAME, Code::NotWithType);
        }
        return None;
    };
    let most = lead.map_or(most, |lead| lead.max);
    let given = read.whole(NAME, 1..=i64::from(most)).and_then(|length| u16::try_from(length).ok());
    Some(given.unwrap_or(if lead.is_some() { most } else { usual }))
}

/// Options and the default are answers that the field takes itself.
fn judge_values(read: &mut Reader, field: &FormField) {
    let lead = |value: &str| match check(&field.name, value, false) {
        Ok(()) | Err(Code::UnknownMember) => Ok(()),
        Err(code) => Err(code),
    };
    for (at, option) in field.options.iter().enumerate() {
        if let Err(code) = lead(&option.value) {
            read.refuse_at(&format!("options/{at}/value"), code);
        }
    }
    let Some(default) = &field.default else { return };
    if matches!(field.kind, FieldType::Consent | FieldType::Choices) {
        return read.refuse("default", Code::NotWithType);
    }
    let line = super::compile::field_line(field, "", "");
    if let Err(code) = super::logic::check_answer(&line, 0, default, false) {
        read.refuse("default", code);
    }
}

fn tokens(text: &str) -> Result<String, Code> {
    let text = Text::<60>::parse(text)?;
    let right = text
        .as_str()
        .bytes()
        .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || matches!(sign, b'-' | b' '));
    if right { Ok(text.to_string()) } else { Err(Code::UnknownValue) }
}

/// By which tokens browsers fill a lead's own fields (HTML, section 4.10.18.7.1).
pub(super) fn usual(name: Option<&str>) -> Option<&'static str> {
    Some(match name? {
        "first_name" => "given-name",
        "last_name" => "family-name",
        "company_name" => "organization",
        "job_title" => "organization-title",
        "email" => "email",
        "phone" => "tel",
        "country" => "country-name",
        "state" => "address-level1",
        "website" => "url",
        _ => return None,
    })
}
