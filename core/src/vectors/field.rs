//! Runs the cases about single fields.

use crate::field::{
    BudgetRange, CompanyName, Country, EmailAddress, Locale, PersonName, PhoneNumber, Text, TextBlock, Timeline,
    Website, check, is_disposable, is_free_mail, slug, suggest_email,
};
use crate::invalid::Code;
use serde_json::{Value, json};

/// What the case gives; `None` where the subject is another module's.
pub(super) fn outcome(subject: &str, input: &Value) -> Option<Result<Value, Value>> {
    let text = input.as_str().unwrap_or_default();
    let member = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default();
    let outcome = match subject {
        "budget_range" => BudgetRange::parse(text).map(|budget| json!(budget)),
        "company_key" => CompanyName::parse(text).map(|name| json!(name.key())),
        "country" => Country::parse(text).map(|country| json!({"code": country, "name": country.name()})),
        "email" => EmailAddress::parse(text).map(|email| json!({"key": email.key(), "domain": email.domain()})),
        "email_domain" => Ok(json!({"free": is_free_mail(text), "disposable": is_disposable(text)})),
        "email_suggest" => Ok(json!({"suggestion": suggest_email(text)})),
        "field_check" => {
            let required = input.get("required").and_then(Value::as_bool).unwrap_or_default();
            check(member("name"), member("value"), required).map(|()| json!("ok"))
        }
        "locale" => Locale::parse(text).map(|locale| json!(locale)),
        "person_name" => PersonName::parse(text).map(|name| json!({"name": name, "key": name.key()})),
        "phone" => phone(member("text"), member("region")),
        "slug" => Ok(json!(slug(text))),
        "text" => Text::<20>::parse(text).map(|text| json!(text)),
        "text_block" => TextBlock::<20>::parse(text).map(|text| json!(text)),
        "timeline" => Timeline::parse(text).map(|timeline| {
            let range = timeline.days().map(|days| json!({"lower": days.lower, "upper": days.upper}));
            json!({"text": timeline, "days": range})
        }),
        "website" => Website::parse(text).map(|website| json!(website.href())),
        _ => return None,
    };
    Some(outcome.map_err(|code| json!(code.as_str())))
}

fn phone(text: &str, region: &str) -> Result<Value, Code> {
    let phone = PhoneNumber::parse(text, Country::parse(region)?)?;
    Ok(json!({"raw": phone.as_str(), "e164": phone.e164()}))
}
