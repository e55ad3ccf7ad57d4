//! A submission under a form's definition: what is hidden is dropped, the form's own answers are read, and each answer is judged by
//! the line that the browser judged it by (spec F3).

use super::Definition;
use super::content::{FieldType, FormField};
use super::logic::{CELL, PAIR, check_answer, form_state, whole};
use crate::body::Members;
use crate::field::{Country, Date, EmailAddress, Field, PhoneNumber, Text, TextBlock, flag};
use crate::invalid::{Code, Invalid};
use crate::policy::Policy;
use crate::submission::{Door, Filling, Submission};
use serde_json::Value;
use std::collections::BTreeMap;

/// The most options of one answer that are looked at.
const MOST_CHOSEN: usize = 200;

/// A submission that a form took.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The values, the form's own among them.
    pub submission: Submission,
    /// How the form was filled.
    pub filling: Filling,
    /// The answers of what was shown, as [`form_state`] takes them.
    pub answers: String,
}

impl Definition {
    /// Reads a visitor's submission under this definition, the form's `number`th. `country` is the form's default (spec L4).
    ///
    /// # Errors
    /// Every refused member: those of the lead first, then the others in the form's order.
    pub fn take(
        &self,
        number: i64,
        mut members: Members,
        country: Country,
        policy: &Policy,
    ) -> Result<Taken, Vec<Invalid>> {
        let given: Vec<(&FormField, Given)> =
            self.content().fields.iter().map(|field| (field, Given::of(field, &members))).collect();
        let answers = spelled(&given);
        let state = form_state(self.logic(), &answers);
        let mut refused: Vec<Invalid> = Vec::new();
        let mut own = BTreeMap::new();
        for ((line, sign), name) in (0_u32..).zip(state.chars()).zip(self.names()) {
            let Some((field, given)) = given.iter().find(|(field, _)| Some(field.name.as_str()) == name) else {
                continue;
            };
            let lead = Field::named(&field.name).is_some();
            if sign == 'h' || !lead {
                members.take(&field.name);
            }
            if sign == 'h' {
                continue;
            }
            let judged = match given {
                Given::Odd(code) => Err(*code),
                Given::Texts(texts) => {
                    let text = texts.join(&CELL.to_string());
                    check_answer(self.logic(), line, &text, sign == 'r')
                        .and_then(|()| if lead { Ok(None) } else { read(field, texts, country) })
                }
            };
            match judged {
                Ok(value) => own.extend(value.map(|value| (field.name.clone(), value))),
                Err(code) => refused.push(Invalid::member(&field.name, code)),
            }
        }
        let parsed = Submission::parse(members, Door::Form, country, policy);
        let errors = match parsed {
            Ok((submission, filling)) if refused.is_empty() => {
                let answers = self.shown_answers(&answers, &state);
                let filling = Filling { form_version: Some(number), ..filling };
                return Ok(Taken { submission: Submission { answers: own, ..submission }, filling, answers });
            }
            Ok(_) => Vec::new(),
            Err(errors) => errors,
        };
        // The lead's own rule has said it already.
        let new = |error: &Invalid| errors.iter().all(|other| other.pointer != error.pointer);
        let more: Vec<Invalid> = refused.into_iter().filter(new).collect();
        Err(errors.into_iter().chain(more).collect())
    }

    /// The name on each line; steps and the booking link have none.
    fn names(&self) -> impl Iterator<Item = Option<&str>> {
        let steps = self.content().steps.iter();
        steps
            .flat_map(|step| [None].into_iter().chain(step.fields.iter().map(|name| Some(name.as_str()))))
            .chain([None])
    }

    fn shown_answers(&self, answers: &str, state: &str) -> String {
        let hidden: Vec<&str> =
            self.names().zip(state.chars()).filter(|(_, sign)| *sign == 'h').filter_map(|(name, _)| name).collect();
        let kept =
            answers.split(PAIR).filter(|pair| pair.split_once(CELL).is_some_and(|(name, _)| !hidden.contains(&name)));
        kept.collect::<Vec<_>>().join(&PAIR.to_string())
    }

    /// The names of fields that may come several times in one body.
    pub fn repeated(&self) -> impl Iterator<Item = &str> {
        let choices = self.content().fields.iter().filter(|field| field.kind == FieldType::Choices);
        choices.map(|field| field.name.as_str())
    }
}

/// What was sent under a field's name.
enum Given {
    /// As texts: one, of choices any number.
    Texts(Vec<String>),
    /// JSON of a type that the field does not have.
    Odd(Code),
}

impl Given {
    fn of(field: &FormField, members: &Members) -> Self {
        let Some(value) = members.value(&field.name) else { return Self::Texts(Vec::new()) };
        match (value, field.kind) {
            (Value::Null, _) => Self::Texts(Vec::new()),
            (Value::String(text), _) => Self::Texts(vec![text.clone()]),
            (Value::Bool(flag), FieldType::Consent) => {
                Self::Texts(if *flag { vec!["true".to_owned()] } else { Vec::new() })
            }
            (_, FieldType::Consent) => Self::Odd(Code::NotBoolean),
            (Value::Number(number), FieldType::Number) => Self::Texts(vec![number.to_string()]),
            (Value::Array(items), FieldType::Choices) if items.len() <= MOST_CHOSEN => {
                let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
                texts.map_or(Self::Odd(Code::NotText), Self::Texts)
            }
            (Value::Array(_), FieldType::Choices) => Self::Odd(Code::TooMany(200)),
            _ => Self::Odd(Code::NotText),
        }
    }
}

/// The pairs of name and value. A value with a sign that parts them is refused by every field, and tells nothing here.
fn spelled(given: &[(&FormField, Given)]) -> String {
    let mut pairs = Vec::new();
    for (field, given) in given {
        let Given::Texts(texts) = given else { continue };
        let plain = texts.iter().filter(|text| !text.contains([CELL, PAIR]));
        pairs.extend(plain.map(|text| format!("{}{CELL}{text}", field.name)));
    }
    pairs.join(&PAIR.to_string())
}

/// An own answer as it is stored; its line found nothing wrong with it.
fn read(field: &FormField, texts: &[String], country: Country) -> Result<Option<Value>, Code> {
    let Some(text) = texts.iter().find(|text| !text.trim().is_empty()) else { return Ok(None) };
    Ok(Some(match field.kind {
        FieldType::Text | FieldType::Hidden => Text::<{ u16::MAX }>::parse(text)?.as_str().into(),
        FieldType::LongText => TextBlock::<{ u16::MAX }>::parse(text)?.as_str().into(),
        FieldType::Email => EmailAddress::parse(text)?.as_str().into(),
        FieldType::Phone => PhoneNumber::parse(text, country)?.as_str().into(),
        FieldType::Number => whole(text).ok_or(Code::NotWholeNumber)?.into(),
        FieldType::Country => Country::parse(text)?.as_str().into(),
        FieldType::Date => Date::parse(text)?.to_string().into(),
        FieldType::Consent => flag(text)?.into(),
        FieldType::Choice => text.trim().into(),
        FieldType::Choices => {
            let mut chosen: Vec<&str> = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
            chosen.sort_unstable();
            chosen.dedup();
            chosen.into()
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::around;
    use serde_json::json;

    fn form() -> Definition {
        let options = json!([{ "value": "crm", "label": "CRM" }, { "value": "erp", "label": "ERP" }]);
        let leaf = |field: &str, op: &str, value: Value| json!({ "field": field, "op": op, "value": value });
        let fields = [
            json!({ "name": "use", "type": "choices", "label": "l", "options": options }),
            json!({ "name": "seats", "type": "number", "label": "l", "min": 1 }),
            json!({ "name": "when", "type": "date", "label": "l", "show": leaf("use.erp", "is", json!(true)), "required": true }),
            json!({ "name": "job_title", "type": "text", "label": "l", "max_length": 5, "show": leaf("seats", "above", json!(9)) }),
            json!({ "name": "terms", "type": "consent", "label": "l", "required": true }),
            json!({ "name": "second", "type": "email", "label": "l" }),
        ];
        let names: Vec<&Value> = fields.iter().map(|field| &field["name"]).collect();
        let mut json = around(&fields, &[json!({ "fields": names })]);
        json["thanks"]["booking"] =
            json!({ "url": "https://book.example.com", "label": "Book", "when": leaf("seats", "above", json!(50)) });
        Definition::parse(Members::of(json.as_object().unwrap().clone())).unwrap()
    }

    fn take(mut more: Value) -> Result<Taken, Vec<(String, &'static str)>> {
        let mut body = json!({
            "first_name": "Asha", "last_name": "Verma", "company_name": "Pumps", "email": "asha@pumps.com", "phone": "+919876543210",
            "terms": true
        });
        body.as_object_mut().unwrap().append(more.as_object_mut().unwrap());
        let members = Members::of(body.as_object().unwrap().clone());
        form()
            .take(1, members, Country::INDIA, &Policy::builtin().unwrap())
            .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.code)).collect())
    }

    fn own(more: Value) -> Value {
        json!(take(more).unwrap().submission.answers)
    }

    #[test]
    fn own_answers_are_kept_by_their_types() {
        let more = json!({ "use": ["erp", "crm", "erp"], "seats": "٦٠", "when": "2026-11-23", "second": " a@b.co ", "job_title": "Chef" });
        let taken = take(more).unwrap();
        let expected =
            json!({ "use": ["crm", "erp"], "seats": 60, "when": "2026-11-23", "terms": true, "second": "a@b.co" });
        assert_eq!(json!(taken.submission.answers), expected);
        assert_eq!(taken.submission.job_title.as_ref().map(Text::as_str), Some("Chef"));
        assert_eq!(taken.submission.values()["answers"], expected);
        assert!(form().thanks(&taken.answers, None).booking.is_some());
        assert_eq!(form().thanks("", None).booking, None);
    }

    #[test]
    fn what_is_hidden_is_dropped_whatever_it_says() {
        let taken =
            take(json!({ "use": "crm", "when": "no day", "job_title": "far too long", "seats": null })).unwrap();
        assert_eq!(json!(taken.submission.answers), json!({ "use": ["crm"], "terms": true }));
        assert_eq!(taken.submission.job_title, None);
        assert!(!taken.answers.contains("no day"));
    }

    #[test]
    fn each_answer_is_refused_by_name() {
        let at = |more: Value| take(more).err().unwrap_or_default();
        let one = |name: &str, code| vec![(format!("/{name}"), code)];
        assert_eq!(at(json!({ "use": ["erp"] })), one("when", "required"));
        assert_eq!(at(json!({ "use": ["crm", 1] })), one("use", "not_text"));
        assert_eq!(at(json!({ "use": ["crm", "x"] })), one("use", "unknown_value"));
        assert_eq!(at(json!({ "seats": 0 })), one("seats", "number_too_small"));
        assert_eq!(at(json!({ "seats": 10, "job_title": "Director" })), one("job_title", "too_long"));
        assert_eq!(at(json!({ "terms": false })), one("terms", "required"));
        assert_eq!(at(json!({ "second": "a@b" })), one("second", "email_top_level"));
        assert_eq!(at(json!({ "more": 1 })), one("more", "unknown_member"));
        let both = at(json!({ "email": "x", "seats": true }));
        assert_eq!(both, [("/email".to_owned(), "email_missing_at"), ("/seats".to_owned(), "not_text")]);
    }

    #[test]
    fn separators_in_a_value_bring_in_no_other_answer() {
        let refused = take(json!({ "second": "a@b.co\u{1e}seats\u{1f}60", "job_title": "x" })).unwrap_err();
        assert_eq!(refused, [("/second".to_owned(), "control_character")]);
    }

    #[test]
    fn the_same_answers_have_the_same_digest_whatever_is_hidden() {
        let digest = |more| take(more).unwrap().submission.digest();
        assert_eq!(digest(json!({ "use": "crm" })), digest(json!({ "use": ["crm"], "when": "2026-01-01" })));
        assert_ne!(digest(json!({ "use": "crm" })), digest(json!({ "use": "crm", "seats": 1 })));
        assert_eq!(own(json!({})), json!({ "terms": true }));
    }
}
