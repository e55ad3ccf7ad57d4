//! How often the look-up for duplicates finds a lead again whose company is written otherwise, and what it reads.
//!
//! Only the look-up is measured: whether the lead is among the candidates. What they are worth is the rules' to say.

use anyhow::{Context, Result, anyhow};
use lead_core::field::CompanyName;
use lead_core::id::Id;
use lead_core::plan::LeadKeys;
use lead_core::policy::Policy;
use lead_store::leads::near;
use lead_store::statement::{Statement, Value as Bound};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Row;
use super::state::{Template, memory};
use crate::project::Project;
use crate::run::say;
use crate::serve::Server;
use crate::tools::node;

/// How many leads are stored.
const STORED: [u64; 2] = [10_000, 100_000];

/// Leads that are looked for, spread evenly over the stored ones.
const SAMPLES: u64 = 200;

/// Look-ups in one batch.
const BATCH: usize = 25;

/// The stored leads that are looked for; ?2 is how many stored ones stand for one of them.
const SAMPLE: &str =
    "SELECT id, company_name, email_domain, last_name_key FROM leads WHERE company_id = ?1 AND created_at % ?2 = 0";

/// Another writing of a company's name, for the sample of this number.
type Change = fn(&str, usize) -> String;

/// How a company's name is written otherwise.
const CHANGES: [(&str, Change); 4] =
    [("letter dropped", dropped), ("letters swapped", swapped), ("letter doubled", doubled), ("legal form", reformed)];

/// What the second submission has in common with the stored lead, besides its company.
#[derive(Clone, Copy)]
enum Shared {
    Domain,
    FamilyName,
    Nothing,
}

#[derive(Deserialize)]
struct Sample {
    id: String,
    company_name: String,
    email_domain: String,
    last_name_key: String,
}

#[derive(Deserialize)]
struct Outcome {
    rows: Vec<Value>,
    rows_read: u64,
}

/// Where look-ups go: the worker, the company, and how many candidates the policy reads for a key.
struct Asked<'a> {
    url: &'a str,
    company: &'a Id,
    cap: usize,
}

/// What several look-ups came to.
#[derive(Default)]
struct Found {
    lookups: u64,
    found: u64,
    read: u64,
    most: u64,
}

/// Measures every size.
///
/// # Errors
/// The database cannot be filled or asked.
pub(super) fn measure(project: &Project) -> Result<Vec<Row>> {
    let node = node(project)?;
    let template = Template::new(project, &node)?;
    let target = project.target();
    let state = template.copy(memory().unwrap_or(&target), "dedup")?;
    let company = template.company["company_id"].as_str().and_then(Id::parse).context("the seed made no company")?;
    let policy = Policy::builtin().map_err(|errors| anyhow!("the compiled-in policy: {errors:?}"))?;
    let cap = policy.candidates_per_key();
    let (mut rows, mut filled) = (Vec::new(), 0);
    for stored in STORED {
        say(&format!("{stored} stored leads"));
        template.fill(project, &node, &state, filled, stored)?;
        filled = stored;
        let worker = project.path("xtask/js/bench-sql");
        let server = Server::start(project, &node, &json!({ "worker": worker, "state": state.folder }))?;
        let url = server.url("url")?;
        let stride = json!([{ "sql": SAMPLE, "params": [company, stored / SAMPLES] }]);
        let sampled = ask(url, &stride)?.pop().context("no answer")?;
        let samples: Vec<Sample> = serde_json::from_value(Value::Array(sampled.rows))?;
        let asked = Asked { url, company: &company, cap };
        for (name, change) in CHANGES {
            let look = |shared| look(&asked, &samples, change, shared);
            let found = [look(Shared::Domain)?, look(Shared::FamilyName)?, look(Shared::Nothing)?];
            rows.push(row(stored, name, &found));
        }
    }
    Ok(rows)
}

/// Looks for every sample under its changed name.
fn look(asked: &Asked<'_>, samples: &[Sample], change: Change, shared: Shared) -> Result<Found> {
    let mut total = Found::default();
    for (batch, samples) in samples.chunks(BATCH).enumerate() {
        let mut statements = Vec::new();
        for (place, sample) in samples.iter().enumerate() {
            let keys = keys(sample, &change(&sample.company_name, batch * BATCH + place), shared)?;
            statements.extend(near::statements(asked.company, &keys, asked.cap).iter().map(written));
        }
        let outcomes = ask(asked.url, &Value::Array(statements))?;
        for (sample, outcomes) in samples.iter().zip(outcomes.chunks(outcomes.len() / samples.len())) {
            let read = outcomes.iter().map(|outcome| outcome.rows_read).sum();
            let is_it = |row: &Value| row["id"] == sample.id.as_str();
            total.lookups += 1;
            total.found += u64::from(outcomes.iter().flat_map(|outcome| &outcome.rows).any(is_it));
            total.read += read;
            total.most = total.most.max(read);
        }
    }
    Ok(total)
}

/// The keys of a second submission for this lead's company, by another address and phone.
fn keys(sample: &Sample, company: &str, shared: Shared) -> Result<LeadKeys> {
    let company = CompanyName::parse(company).map_err(|code| anyhow!("{company}: {}", code.detail()))?;
    let (email_domain, last_name) = match shared {
        Shared::Domain => (Some(sample.email_domain.clone()), "zuzu"),
        Shared::FamilyName => (None, sample.last_name_key.as_str()),
        Shared::Nothing => (None, "zuzu"),
    };
    let email = format!("somebody.else@{}", email_domain.as_deref().unwrap_or("gmail.com"));
    let phone = Some("+919900000000".to_owned());
    Ok(LeadKeys { email, email_domain, phone, last_name: last_name.to_owned(), company: company.key() })
}

fn written(statement: &Statement) -> Value {
    let params = statement.params.iter().map(|param| match param {
        Bound::Null => Value::Null,
        Bound::Int(number) => (*number).into(),
        Bound::Text(text) => text.as_str().into(),
    });
    json!({ "sql": statement.sql, "params": params.collect::<Vec<_>>() })
}

fn ask(url: &str, statements: &Value) -> Result<Vec<Outcome>> {
    Ok(ureq::post(url).send_json(statements)?.body_mut().read_json()?)
}

fn row(stored: u64, change: &str, found: &[Found; 3]) -> Row {
    let recall = |found: &Found| Value::from((found.found as f64 * 100.0 / found.lookups as f64).round() / 100.0);
    let lookups: u64 = found.iter().map(|found| found.lookups).sum();
    let read: u64 = found.iter().map(|found| found.read).sum();
    vec![
        ("stored", stored.into()),
        ("change", change.into()),
        ("lookups", lookups.into()),
        ("same_domain", recall(&found[0])),
        ("same_family_name", recall(&found[1])),
        ("nothing_else", recall(&found[2])),
        ("read_mean", super::tenths(read as f64 / lookups as f64).into()),
        ("read_most", found.iter().map(|found| found.most).max().into()),
    ]
}

/// The letters with a place among them that differs from sample to sample; the legal form after the blank is left alone.
fn letters(name: &str, sample: usize) -> (Vec<char>, usize) {
    let last = name.find(' ').unwrap_or(name.len()).saturating_sub(1).max(1);
    (name.chars().collect(), sample % last)
}

fn dropped(name: &str, sample: usize) -> String {
    let (mut letters, place) = letters(name, sample);
    letters.remove(place);
    letters.into_iter().collect()
}

fn swapped(name: &str, sample: usize) -> String {
    let (mut letters, place) = letters(name, sample);
    letters.swap(place, place + 1);
    letters.into_iter().collect()
}

fn doubled(name: &str, sample: usize) -> String {
    let (mut letters, place) = letters(name, sample);
    letters.insert(place, letters[place]);
    letters.into_iter().collect()
}

fn reformed(name: &str, _: usize) -> String {
    name.replace(" Ltd", " Private Limited")
}

#[cfg(test)]
mod tests {
    use super::{doubled, dropped, reformed, swapped};

    #[test]
    fn changes_differ_from_sample_to_sample_and_leave_the_legal_form_alone() {
        assert_eq!([dropped("rao Ltd", 0), dropped("rao Ltd", 1)], ["ao Ltd", "ro Ltd"]);
        assert_eq!([swapped("rao Ltd", 1), swapped("rao Ltd", 2)], ["roa Ltd", "aro Ltd"]);
        assert_eq!(doubled("rao Ltd", 1), "raao Ltd");
        assert_eq!(reformed("rao Ltd", 1), "rao Private Limited");
    }
}
