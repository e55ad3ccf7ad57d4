//! Runs the cases of `tests/vectors`: one function that the native, the browser and the HTTP runner all call.

use serde::{Deserialize, Serialize};
use serde_json::Value;

mod field;
mod form;
mod machine;
mod rules;
mod sales;
mod submission;
mod template;

/// One file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Which function the cases go through.
    pub subject: String,
    /// The cases.
    pub cases: Vec<Case>,
}

/// One case: an input and the verdict it must get, reasons included.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Permanent and unique over all files.
    pub id: String,
    /// The rule of docs/spec.md that the case shows.
    pub spec: String,
    /// Why the case is here.
    pub why: String,
    /// What goes in.
    #[serde(rename = "in")]
    pub input: Value,
    /// What must come out.
    #[serde(default)]
    pub out: Option<Value>,
    /// Or the error that must come out.
    #[serde(default)]
    pub err: Option<Value>,
}

/// What a file's run gave, equal in all three runners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// How many cases ran.
    pub count: usize,
    /// FNV-1a (64 bit, hex) over each case's id and outcome, in file order.
    pub digest: String,
    /// The cases whose outcome is not the expected one, in words.
    pub failures: Vec<String>,
}

/// Runs every case of a vector file.
///
/// # Errors
/// The text is no vector file, or names an unknown subject.
pub fn run(text: &str) -> Result<Report, String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut digest = Digest::new();
    let mut failures = Vec::new();
    for case in &file.cases {
        let outcome = outcome(&file.subject, &case.input)?;
        let expected = match (&case.out, &case.err) {
            (Some(out), None) => Ok(out.clone()),
            (None, Some(err)) => Err(err.clone()),
            _ => return Err(format!("{}: a case has either `out` or `err`", case.id)),
        };
        let text = format!("{}={};", case.id, spell(&outcome));
        digest.add(&text);
        if outcome != expected {
            failures.push(format!("{}: expected {}, got {}", case.id, spell(&expected), spell(&outcome)));
        }
    }
    Ok(Report { count: file.cases.len(), digest: digest.to_string(), failures })
}

/// FNV-1a of 64 bits, over everything that was added.
struct Digest(u64);

impl Digest {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

fn spell(outcome: &Result<Value, Value>) -> String {
    match outcome {
        Ok(out) => format!("out {out}"),
        Err(err) => format!("err {err}"),
    }
}

fn outcome(subject: &str, input: &Value) -> Result<Result<Value, Value>, String> {
    field::outcome(subject, input)
        .or_else(|| form::outcome(subject, input))
        .or_else(|| machine::outcome(subject, input))
        .or_else(|| rules::outcome(subject, input))
        .or_else(|| sales::outcome(subject, input))
        .or_else(|| submission::outcome(subject, input))
        .or_else(|| template::outcome(subject, input))
        .ok_or_else(|| format!("unknown subject {subject}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_file_passes_and_ids_are_unique() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors");
        let mut ids = BTreeSet::new();
        let mut failures = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let report = super::run(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            failures.extend(report.failures);
            let file: super::File = serde_json::from_str(&text).unwrap();
            for case in file.cases {
                assert!(ids.insert(case.id.clone()), "{} is there twice", case.id);
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        assert!(!ids.is_empty());
    }
}
