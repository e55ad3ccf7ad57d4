//! A visitor and a user of the API, as the tests need them.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::{Agent, http};

use crate::server::{Server, State};

/// The patience of a caller: longer than any answer takes, shorter than a hung test.
const TIMEOUT: Duration = Duration::from_secs(30);

/// An answer: its status, and its body where that is JSON.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Talks to one worker, as its first demo company.
pub(crate) struct Client {
    agent: Agent,
    form: String,
    leads: String,
    key: String,
}

impl Client {
    pub(crate) fn new(server: &Server, state: &State) -> Self {
        let company = &state.companies()[0];
        let text = |value: &Value| value.as_str().expect("a seeded company").to_owned();
        let (url, id) = (server.url(), text(&company["company_id"]));
        Self {
            agent: agent(),
            form: format!("{url}/f/{}", text(&company["form_key"])),
            leads: format!("{url}/api/companies/{id}/leads"),
            key: format!("Bearer {}", text(&company["keys"]["admin"])),
        }
    }

    /// Submits the form.
    ///
    /// # Errors
    /// No answer came; the text says why.
    pub(crate) fn submit(&self, values: &Value, key: &str) -> Result<Answer, String> {
        read(self.agent.post(&self.form).header("idempotency-key", key).send_json(values))
    }

    /// Every lead of the company.
    pub(crate) fn leads(&self) -> Vec<Value> {
        let (mut leads, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut request = self.agent.get(&self.leads).query("limit", "100").header("authorization", &self.key);
            if let Some(cursor) = &cursor {
                request = request.query("cursor", cursor);
            }
            let page = read(request.call()).expect("the API answers");
            assert_eq!(page.status, 200, "{}", page.body);
            leads.extend(page.body["items"].as_array().expect("a page has items").iter().cloned());
            cursor = page.body["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return leads;
            }
        }
    }
}

/// A client that takes every status as an answer.
pub(crate) fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build().into()
}

fn read(answer: Result<http::Response<ureq::Body>, ureq::Error>) -> Result<Answer, String> {
    let mut answer = answer.map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
    Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::Null) })
}

/// A visitor like no other: number `n`.
pub(crate) fn visitor(n: usize) -> Value {
    json!({
        "first_name": "Asha",
        "last_name": "Verma",
        "company_name": format!("Works {}", spelled(n)),
        "email": format!("asha{n}@{}-works.com", spelled(n)),
        "phone": format!("+9198{n:08}"),
        "lg_ms": 20_000,
    })
}

/// A number in letters, so that no two of them look alike to the matching of company names.
fn spelled(mut n: usize) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va"];
    let mut text = String::new();
    for _ in 0..5 {
        text += SYLLABLES[n % SYLLABLES.len()];
        n /= SYLLABLES.len();
    }
    text
}
