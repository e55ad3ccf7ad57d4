//! Submissions as a table for a spreadsheet: RFC 4180 in UTF-8, where nothing that a visitor wrote is taken for a formula (spec K3).

use super::FormSubmission;
use csv::{Terminator, WriterBuilder};
use serde_json::Value;

/// Without it spreadsheets take UTF-8 for an older encoding.
const MARK: &str = "\u{feff}";

/// What stands before the answers.
const ABOUT: [&str; 7] = ["id", "created_at", "is_test", "effect", "lead_id", "form_version", "spam_score"];

/// A lead's own values, as submissions hold them.
const OF_LEAD: [&str; 17] = [
    "first_name",
    "last_name",
    "email",
    "phone",
    "company_name",
    "job_title",
    "country",
    "state",
    "industry",
    "website",
    "interest_product",
    "budget_range",
    "authority_level",
    "timeline",
    "message",
    "gdpr_consent",
    "locale",
];

/// Where a visit came from.
const OF_VISIT: [&str; 8] =
    ["lead_source", "campaign", "medium", "term", "content", "referrer", "landing_page", "attribution_inferred"];

/// A table of submissions with a column for each of a form's own fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    own: Vec<String>,
}

impl Sheet {
    /// A table with columns for these own fields, in this order, each once.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let mut own: Vec<String> = Vec::new();
        for name in names {
            if !own.contains(&name) && !OF_LEAD.contains(&name.as_str()) && !OF_VISIT.contains(&name.as_str()) {
                own.push(name);
            }
        }
        Self { own }
    }

    /// The first line, behind the byte order mark.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        let own = self.own.iter().map(String::as_str);
        let names = ABOUT.into_iter().chain(OF_LEAD).chain(OF_VISIT).chain(own).map(harmless);
        let mut head = MARK.as_bytes().to_vec();
        head.extend(written([names.collect()]));
        head
    }

    /// A line for each submission.
    #[must_use]
    pub fn lines(&self, items: &[FormSubmission]) -> Vec<u8> {
        written(items.iter().map(|item| self.line(item)))
    }

    fn line(&self, item: &FormSubmission) -> Vec<String> {
        let FormSubmission { id, is_test, lead_id, effect, form_version, submitted, spam_score, created_at, .. } = item;
        let or_blank = |value: Option<String>| value.unwrap_or_default();
        let about = [
            id.to_string(),
            created_at.to_string(),
            is_test.to_string(),
            or_blank(effect.map(|effect| effect.as_str().to_owned())),
            or_blank(lead_id.as_ref().map(ToString::to_string)),
            or_blank(form_version.map(|number| number.to_string())),
            or_blank(spam_score.map(|score| score.to_string())),
        ];
        let given = OF_LEAD.iter().map(|name| text(submitted.get(name)));
        let visit = OF_VISIT.iter().map(|name| text(submitted.get("attribution").and_then(|of| of.get(name))));
        let own = self.own.iter().map(|name| text(submitted.get("answers").and_then(|of| of.get(name))));
        about.into_iter().chain(given).chain(visit).chain(own).map(|cell| harmless(&cell)).collect()
    }
}

/// A value as a cell: as it was given, where the reading is kept beside it; several are parted by semicolons.
fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(values)) => values.iter().map(|value| text(Some(value))).collect::<Vec<_>>().join("; "),
        Some(Value::Object(read)) if read.contains_key("raw") => text(read.get("raw")),
        Some(other) => other.to_string(),
    }
}

/// Spreadsheets run a cell that begins like a formula, whatever quotes stand around it; behind an apostrophe it is text.
fn harmless(cell: &str) -> String {
    let begins = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if cell.starts_with(begins) { format!("'{cell}") } else { cell.to_owned() }
}

fn written(lines: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for line in lines {
        // Writing to memory cannot fail.
        drop(writer.write_record(&line));
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use crate::time::Instant;
    use serde_json::json;

    fn submission(submitted: Value) -> FormSubmission {
        FormSubmission {
            id: Id::new(Instant::EPOCH, &[1; 10]),
            is_test: true,
            lead_id: None,
            effect: None,
            user_id: None,
            form_version: Some(2),
            submitted,
            spam_score: None,
            created_at: Instant::EPOCH,
        }
    }

    fn read(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn nothing_that_a_visitor_wrote_is_a_formula() {
        let sheet = Sheet::new(["team".to_owned()]);
        for begin in ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"] {
            let evil = format!("{begin}HYPERLINK(\"https://evil.example\",\"a, b\")\r\nnext");
            let given =
                json!({ "message": evil, "answers": { "team": [evil, "x"] }, "attribution": { "campaign": evil } });
            let lines = read(&sheet.lines(&[submission(given)]));
            assert_eq!(lines.len(), 1, "{lines:?}");
            let found: Vec<&String> = lines[0].iter().filter(|cell| cell.contains("HYPERLINK")).collect();
            assert_eq!(found.len(), 3);
            assert!(found.iter().all(|cell| cell.starts_with('\'') && cell.contains(&evil)), "{found:?}");
        }
    }

    #[test]
    fn a_sheet_reads_back_as_it_was() {
        let sheet = Sheet::new(["size", "team", "size", "email"].map(str::to_owned));
        let given = json!({
            "first_name": "Zoë \"Z\", née\nX", "gdpr_consent": true, "state": null, "phone": { "e164": "+919800000001", "raw": "098 0000 0001" },
            "attribution": { "lead_source": "google_ads", "campaign": "spring" },
            "answers": { "team": ["a b", "c"], "size": 12 },
        });
        let mut bytes = sheet.head();
        assert_eq!(&bytes[..3], "\u{feff}".as_bytes());
        bytes.extend(sheet.lines(&[submission(given)]));
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.ends_with("\r\n") && text.contains("spam_score,first_name,"), "{text}");
        let lines = read(text.trim_start_matches('\u{feff}').as_bytes());
        let cell = |name: &str| {
            let at = lines[0].iter().position(|other| other == name).unwrap();
            lines[1][at].as_str()
        };
        assert_eq!(cell("created_at"), "1970-01-01T00:00:00.000Z");
        assert_eq!((cell("first_name"), cell("gdpr_consent")), ("Zoë \"Z\", née\nX", "true"));
        assert_eq!(cell("phone"), "098 0000 0001");
        assert_eq!((cell("state"), cell("lead_source"), cell("campaign")), ("", "google_ads", "spring"));
        assert_eq!((cell("size"), cell("team"), cell("form_version"), cell("is_test")), ("12", "a b; c", "2", "true"));
        assert_eq!(lines[0].len(), ABOUT.len() + OF_LEAD.len() + OF_VISIT.len() + 2, "each own field once");
    }
}
