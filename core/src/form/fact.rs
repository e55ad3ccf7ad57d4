//! What a condition may ask of one answer, and how that is written in the compact form.

use super::content::{Bound, FieldType, FormField};
use super::field::MOST;
use super::logic::CELL;
use crate::policy::condition::{Facts, Kind, Known, Test, capital, fold};
use serde_json::{Map, Value};

/// What a condition may ask about: one for each field, of choices one for each option.
pub(super) struct Fact<'a> {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// The field's line in the compact form.
    pub(super) line: usize,
    pub(super) field: &'a FormField,
    /// The option that is asked for, of choices.
    pub(super) option: Option<&'a str>,
}

impl Fact<'_> {
    /// Where in this leaf something is asked that no answer is, and why.
    pub(super) fn impossible(&self, leaf: &Map<String, Value>) -> Option<(String, String)> {
        let value = leaf.get("value")?;
        let texts: Vec<(String, String)> = match value {
            Value::String(text) => vec![("/value".to_owned(), text.clone())],
            Value::Array(items) => {
                let place = |(at, item): (usize, &'_ Value)| Some((format!("/value/{at}"), item.as_str()?.to_owned()));
                items.iter().enumerate().filter_map(place).collect()
            }
            Value::Number(number) => {
                let right = number.as_i64().is_some_and(|number| (1 - MOST..MOST).contains(&number));
                let reason = || "a whole number of at most 15 digits is expected".to_owned();
                return (!right).then(|| ("/value".to_owned(), reason()));
            }
            _ => return None,
        };
        texts.into_iter().find_map(|(place, text)| {
            let is_option = || self.field.options.iter().any(|option| fold(&option.value) == fold(&text));
            if text.chars().any(char::is_control) {
                Some((place, "control characters are in no answer".to_owned()))
            } else if self.field.kind == FieldType::Choice && !is_option() {
                Some((place, format!("{} has no option {text:?}", self.name)))
            } else {
                None
            }
        })
    }

    /// An answer of each sort that these tests tell apart.
    pub(super) fn answers(&self, tests: &[&Test]) -> Vec<Known> {
        match (self.kind, self.field.kind) {
            (Kind::Flag, FieldType::Choices) => vec![Known::Flag(true), Known::Flag(false)],
            (Kind::Flag, _) => vec![Known::Flag(true)],
            (Kind::Number, _) => self.numbers(tests),
            (Kind::Text, FieldType::Choice) => {
                let asked = |value: &str| {
                    tests.iter().any(|test| matches!(test, Test::OneOf(texts) if texts.contains(&fold(value))))
                };
                let options = || self.field.options.iter().map(|option| option.value.as_str());
                let other = options().find(|value| !asked(value));
                options().filter(|value| asked(value)).chain(other).map(|value| Known::Text(value.to_owned())).collect()
            }
            (Kind::Text, _) => {
                let texts = tests.iter().filter_map(|test| match test {
                    Test::OneOf(texts) => Some(texts.clone()),
                    _ => None,
                });
                texts.flatten().chain(["\u{10ffff}".to_owned()]).map(Known::Text).collect()
            }
        }
    }

    fn numbers(&self, tests: &[&Test]) -> Vec<Known> {
        let end = |bound: Option<Bound>| match bound {
            Some(Bound::Number(number)) => Some(number),
            _ => None,
        };
        let (least, most) = (end(self.field.min).unwrap_or(-MOST), end(self.field.max).unwrap_or(MOST));
        let mut numbers = vec![least, most];
        for test in tests {
            if let Test::Between { least, most } = test {
                numbers.extend([*least, *most, least.saturating_sub(1), most.saturating_add(1)]);
            }
        }
        numbers.retain(|number| (least..=most).contains(number));
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().map(Known::Number).collect()
    }

    /// These facts, and this answer.
    pub(super) fn with(&self, facts: Facts, answer: &Known) -> Facts {
        match answer {
            Known::Text(text) => facts.text(&self.name, Some(text)),
            Known::Number(number) => facts.number(&self.name, Some(*number)),
            Known::Flag(flag) => facts.flag(&self.name, Some(*flag)),
        }
    }

    /// The cells of a leaf: its sign with the field's line, then its operands; texts one by one, joined by "or".
    pub(super) fn cells(&self, test: &Test, cells: &mut Vec<String>) {
        let line = self.line;
        match test {
            Test::Known(known) => {
                cells.push(format!("?{line}"));
                cells.extend((!known).then(|| "!".to_owned()));
            }
            Test::Flag(flag) => {
                cells.extend([format!("+{line}"), self.option.unwrap_or_default().to_owned()]);
                cells.extend((!flag).then(|| "!".to_owned()));
            }
            Test::Between { least, most } => {
                let end = |number: i64, open| if number == open { String::new() } else { number.to_string() };
                cells.extend([format!("#{line}"), end(*least, i64::MIN), end(*most, i64::MAX)]);
            }
            Test::OneOf(texts) => {
                let alternatives: Vec<(String, String)> = if self.field.kind == FieldType::Choice {
                    let meant = self.field.options.iter().filter(|option| texts.contains(&fold(&option.value)));
                    meant.map(|option| (option.value.clone(), String::new())).collect()
                } else {
                    texts.iter().map(|text| (text.clone(), text.chars().map(capital).collect())).collect()
                };
                for (at, (small, capitals)) in alternatives.into_iter().enumerate() {
                    cells.extend([format!("={line}"), small, capitals]);
                    cells.extend((at > 0).then(|| "|".to_owned()));
                }
            }
        }
    }
}

/// Tells each leaf of a condition with its pointer.
pub(super) fn leaves(json: &Value, pointer: &str, tell: &mut impl FnMut(&str, &Map<String, Value>)) {
    let Some(object) = json.as_object() else { return };
    if object.contains_key("field") {
        return tell(pointer, object);
    }
    for (name, inner) in object {
        match inner {
            Value::Array(nodes) => {
                for (at, node) in nodes.iter().enumerate() {
                    leaves(node, &format!("{pointer}/{name}/{at}"), tell);
                }
            }
            node => leaves(node, &format!("{pointer}/{name}"), tell),
        }
    }
}

/// The cells of a condition as one column.
pub(super) fn column(cells: &[String]) -> String {
    cells.join(&CELL.to_string())
}
