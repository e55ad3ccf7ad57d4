//! Definitions and answers drawn from a seed, the same on every platform: what vectors and laws of forms run over.

use super::Definition;
use super::content::{Content, FieldType, FormField};
use super::logic::{CELL, PAIR};
use crate::body::Members;
use serde_json::{Map, Value, json};

const NEEDED: [(&str, &str); 5] =
    [("first_name", "text"), ("last_name", "text"), ("company_name", "text"), ("email", "email"), ("phone", "phone")];

/// A definition that asks what every lead needs in its first step, and these fields and steps besides.
pub(crate) fn around(fields: &[Value], steps: &[Value]) -> Value {
    let needed = NEEDED.map(|(name, kind)| json!({ "name": name, "type": kind, "label": name, "required": true }));
    let first = json!({ "fields": NEEDED.map(|(name, _)| name) });
    let fields: Vec<&Value> = needed.iter().chain(fields).collect();
    let steps: Vec<&Value> = std::iter::once(&first).chain(steps).collect();
    json!({
        "title": "Talk to us", "submit": "Send", "fields": fields, "steps": steps,
        "thanks": { "title": "Thank you", "message": "We will write." },
        "consent": { "version": "1", "text": "You may write to me." },
    })
}

/// Answers as [`super::logic::form_state`] takes them.
pub(crate) fn spelled(answers: &[(String, String)]) -> String {
    answers.iter().map(|(name, value)| format!("{name}{CELL}{value}")).collect::<Vec<_>>().join(&PAIR.to_string())
}

/// A source of choices.
#[derive(Debug)]
pub(crate) struct Drawn(u64);

const TEXTS: &[&str] = &["Steel", "münchen", "ΟΔΟΣ", "οδος", "a b", "12", "İzmir", "Straße", "\u{212a}elvin", "x"];
const DAYS: &[&str] = &["2026-01-01", "2026-02-29", "2026-12-31", "1999-06-15"];
const OPTIONS: &[&str] = &["Sales", "It", "a: b", "Über uns", "x.y", "1"];

impl Drawn {
    /// Begins at this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Splitmix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(most.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let at = self.below(of.len());
        of.get(at).copied()
    }

    fn often(&mut self, of_ten: usize) -> bool {
        self.below(10) < of_ten
    }

    /// A definition as JSON. Most of them can be meant; [`Self::definition`] leaves out what cannot.
    pub(crate) fn json(&mut self) -> Value {
        let mut fields: Vec<Value> = Vec::new();
        let mut steps: Vec<Value> = Vec::new();
        let mut known: Vec<(String, FieldType)> = vec![("first_name".to_owned(), FieldType::Text)];
        let own = 2 + self.below(8);
        let mut names: Vec<String> = Vec::new();
        let mut skip = None;
        for number in 0..own {
            if self.often(3) && !names.is_empty() {
                steps.push(step(&mut names, skip.as_ref()));
                skip = self.often(4).then(|| self.condition(&known, 2));
            }
            let kind = self.one(FieldType::ALL).unwrap_or(FieldType::Text);
            let field = self.field(number, kind, &known);
            let name = format!("own_{number}");
            names.push(name.clone());
            fields.push(field);
            known.push((name, kind));
        }
        steps.push(step(&mut names, skip.as_ref()));
        let mut json = around(&fields, &steps);
        if self.often(7) {
            let when = self.often(8).then(|| self.condition(&known, 3));
            json["thanks"]["booking"] = json!({ "url": "https://book.example.com/", "label": "Book", "when": when });
        }
        json
    }

    fn field(&mut self, number: usize, kind: FieldType, known: &[(String, FieldType)]) -> Value {
        let mut field = Map::new();
        field.insert("name".to_owned(), json!(format!("own_{number}")));
        field.insert("type".to_owned(), json!(kind));
        field.insert("label".to_owned(), json!("l"));
        match kind {
            FieldType::Choice | FieldType::Choices => {
                let most = 2 + self.below(OPTIONS.len() - 1);
                let options = OPTIONS.iter().take(most).map(|value| json!({ "value": value, "label": value }));
                field.insert("options".to_owned(), options.collect());
            }
            FieldType::Number if self.often(5) => {
                field.insert("min".to_owned(), json!(-3));
                field.insert("max".to_owned(), json!(60));
            }
            FieldType::Date if self.often(5) => drop(field.insert("min".to_owned(), json!("2026-01-01"))),
            FieldType::Text if self.often(5) => drop(field.insert("max_length".to_owned(), json!(4))),
            _ => {}
        }
        if self.often(5) {
            field.insert("show".to_owned(), self.condition(known, 3));
        }
        if kind != FieldType::Hidden {
            field.insert("required".to_owned(), json!(self.often(3)));
            if self.often(4) {
                field.insert("require".to_owned(), self.condition(known, 2));
            }
        }
        Value::Object(field)
    }

    fn condition(&mut self, known: &[(String, FieldType)], depth: usize) -> Value {
        if depth > 0 && self.often(4) {
            let name = self.one(&["all", "any", "not"]).unwrap_or("all");
            if name == "not" {
                return json!({ "not": self.condition(known, depth - 1) });
            }
            let nodes = (0..1 + self.below(3)).map(|_| self.condition(known, depth - 1)).collect::<Vec<_>>();
            return json!({ name: nodes });
        }
        let at = self.below(known.len());
        known.get(at).map_or(Value::Null, |(name, kind)| self.leaf(name, *kind))
    }

    fn leaf(&mut self, name: &str, kind: FieldType) -> Value {
        let flag = self.often(7);
        let option = self.one(&OPTIONS[..2]).unwrap_or_default();
        let name = if kind == FieldType::Choices { format!("{name}.{option}") } else { name.to_owned() };
        let (op, value) = match kind {
            _ if self.often(2) => ("known", json!(flag)),
            FieldType::Choices | FieldType::Consent => ("is", json!(flag)),
            FieldType::Number => {
                let op = self.one(&["is", "above", "below", "at_least", "at_most"]).unwrap_or("is");
                (op, json!(self.below(50)))
            }
            FieldType::Choice => ("is", json!(option.to_uppercase())),
            _ if flag => ("in", json!([self.one(TEXTS), self.one(TEXTS), self.one(DAYS)])),
            _ => ("is", json!(self.one(TEXTS))),
        };
        json!({ "field": name, "op": op, "value": value })
    }

    /// A definition that can be meant: conditions that are refused are taken out of it.
    pub(crate) fn definition(&mut self) -> Option<Definition> {
        let mut json = self.json();
        loop {
            let members = Members::of(json.as_object()?.clone());
            let errors = match Definition::parse(members) {
                Ok(definition) => return Some(definition),
                Err(errors) => errors,
            };
            for error in errors {
                let parts: Vec<&str> = error.pointer.split('/').collect();
                let at = parts.iter().position(|part| matches!(*part, "show" | "require" | "skip" | "when"));
                match at {
                    Some(at) => {
                        json.pointer_mut(&parts.get(..at)?.join("/"))?.as_object_mut()?.remove(*parts.get(at)?);
                    }
                    // A step of hidden fields alone.
                    None => return self.definition(),
                }
            }
        }
    }

    /// Answers to it: good ones, blank ones, wrong ones.
    pub(crate) fn answers(&mut self, content: &Content) -> Vec<(String, String)> {
        let mut answers = Vec::new();
        for field in &content.fields {
            for _ in 0..if field.kind == FieldType::Choices { self.below(3) } else { self.below(6).min(1) } {
                answers.push((field.name.clone(), self.answer(field)));
            }
        }
        answers
    }

    fn answer(&mut self, field: &FormField) -> String {
        let text = match field.kind {
            FieldType::Number => (i64::try_from(self.below(60)).unwrap_or(0) - 5).to_string(),
            FieldType::Choice | FieldType::Choices => {
                let at = self.below(field.options.len());
                field.options.get(at).map_or_else(String::new, |option| option.value.clone())
            }
            FieldType::Consent => self.one(&["true", "on", "false", ""]).unwrap_or_default().to_owned(),
            FieldType::Date => self.one(DAYS).unwrap_or_default().to_owned(),
            FieldType::Email => "ada@example.com".to_owned(),
            FieldType::Phone => "+49 30 901820".to_owned(),
            _ => self.one(TEXTS).unwrap_or_default().to_owned(),
        };
        match self.below(12) {
            0 => format!("  {text} "),
            1 => text.to_uppercase(),
            2 => text.to_lowercase(),
            3 => "?".to_owned(),
            _ => text,
        }
    }
}

fn step(names: &mut Vec<String>, skip: Option<&Value>) -> Value {
    json!({ "title": "s", "fields": std::mem::take(names), "skip": skip })
}
