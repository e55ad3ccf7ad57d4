//! What one leaf of a condition asks of one fact.

use super::{Kind, Known, Truth};
use crate::policy::reader::{At, Reader};
use serde_json::Value;

/// The question of a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    OneOf(Vec<String>),
    Between { least: i64, most: i64 },
    Flag(bool),
    Known(bool),
}

impl Test {
    pub(super) fn parse(reader: &mut Reader, kind: Kind, op: &At<'_>, value: &At<'_>) -> Option<Self> {
        let name = Some(reader.text(op)).filter(|name| !name.is_empty())?;
        let wanted = match (kind, name, value.value?) {
            (_, "known", Value::Bool(known)) => return Some(Self::Known(*known)),
            (Kind::Flag, "is", Value::Bool(flag)) => return Some(Self::Flag(*flag)),
            (_, "known", _) | (Kind::Flag, "is", _) => "true or false",
            (Kind::Text, "is", Value::String(text)) if !text.trim().is_empty() => {
                return Some(Self::OneOf(vec![fold(text)]));
            }
            (Kind::Text, "is", _) => "text",
            (Kind::Text, "in", _) => return Self::parse_list(reader, value),
            (Kind::Number, "is" | "above" | "below" | "at_least" | "at_most", value) => {
                match value.as_i64().and_then(|number| Self::range(name, number)) {
                    Some(test) => return Some(test),
                    None => "a whole number",
                }
            }
            _ => {
                let known = match kind {
                    Kind::Text => "is, in, known",
                    Kind::Number => "is, above, below, at_least, at_most, known",
                    Kind::Flag => "is, known",
                };
                reader.refuse(&op.pointer, format!("this field has the operators {known}"));
                return None;
            }
        };
        reader.refuse(&value.pointer, format!("this operator takes {wanted}"));
        None
    }

    fn parse_list(reader: &mut Reader, value: &At<'_>) -> Option<Self> {
        let before = reader.errors.len();
        let items = reader.list(value);
        let texts: Vec<String> = items.iter().map(|item| fold(reader.text(item))).collect();
        if texts.is_empty() && reader.errors.len() == before {
            reader.refuse(&value.pointer, "an empty list matches nothing");
        }
        (reader.errors.len() == before).then_some(Self::OneOf(texts))
    }

    fn range(op: &str, number: i64) -> Option<Self> {
        let (least, most) = match op {
            "is" => (number, number),
            "above" => (number.checked_add(1)?, i64::MAX),
            "below" => (i64::MIN, number.checked_sub(1)?),
            "at_least" => (number, i64::MAX),
            _ => (i64::MIN, number),
        };
        Some(Self::Between { least, most })
    }

    pub(super) fn judge(&self, fact: Option<&Known>) -> Truth {
        match (self, fact) {
            (Self::Known(wanted), fact) => Truth::from(fact.is_some() == *wanted),
            (Self::OneOf(texts), Some(Known::Text(text))) => Truth::from(texts.contains(&fold(text))),
            (Self::Between { least, most }, Some(Known::Number(number))) => {
                Truth::from((least..=most).contains(&number))
            }
            (Self::Flag(wanted), Some(Known::Flag(flag))) => Truth::from(wanted == flag),
            // A fact of another type than declared cannot answer, so it counts as unknown.
            _ => Truth::Unknown,
        }
    }

    /// Whether some value could satisfy both tests.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OneOf(left), Self::OneOf(right)) => left.iter().any(|text| right.contains(text)),
            (Self::Between { least: a, most: b }, Self::Between { least: c, most: d }) => a.max(c) <= b.min(d),
            (Self::Flag(left), Self::Flag(right)) | (Self::Known(left), Self::Known(right)) => left == right,
            (Self::Known(known), _) | (_, Self::Known(known)) => *known,
            _ => true,
        }
    }
}

/// Text for comparison: trimmed, and each letter small whose capital letter has it as its only small one. What has other
/// pairs (the Kelvin sign, the sharp s) stands for itself, so that letters compare one by one.
pub(crate) fn fold(text: &str) -> String {
    text.trim().chars().map(small).collect()
}

fn small(letter: char) -> char {
    match (only(letter.to_lowercase()), letter) {
        // Greek has two small letters for one capital.
        (_, 'ς') => 'σ',
        (Some(small), _) if only(small.to_uppercase()) == Some(letter) => small,
        _ => letter,
    }
}

/// The letter that folds to this small one besides itself; itself where there is none.
pub(crate) fn capital(small_letter: char) -> char {
    only(small_letter.to_uppercase()).filter(|capital| small(*capital) == small_letter).unwrap_or(small_letter)
}

fn only(mut letters: impl Iterator<Item = char>) -> Option<char> {
    letters.next().filter(|_| letters.next().is_none())
}
