//! What the fuzzer finds in a company: a few records of each kind, so that its requests meet something.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use ureq::Agent;

/// Records of each kind.
const RECORDS: u32 = 6;

/// The admin of a demo company.
pub(super) struct Caller {
    agent: Agent,
    base: String,
    company_id: String,
    key: String,
}

impl Caller {
    /// The admin of this company of the seed.
    ///
    /// # Errors
    /// The seed made none.
    pub(super) fn of(url: &str, company: &Value) -> Result<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned).context("the seed made no company");
        let (company_id, key) = (text(&company["company_id"])?, text(&company["keys"]["admin"])?);
        // A connection for each call: workerd closes one now and then, and the next call on it would be lost.
        let agent = Agent::config_builder().http_status_as_error(false).max_idle_connections(0).build().into();
        Ok(Self { agent, base: format!("{url}/api/companies/{company_id}"), company_id, key })
    }

    /// Makes one record and gives its id.
    fn make(&self, collection: &str, body: &Value) -> Result<String> {
        let request = self.agent.post(format!("{}/{collection}", self.base));
        let mut answer = request.header("authorization", format!("Bearer {}", self.key)).send_json(body)?;
        let made: Value = answer.body_mut().read_json()?;
        if answer.status() != 201 {
            bail!("POST {collection} answers {}: {made}", answer.status());
        }
        Ok(made["id"].as_str().with_context(|| format!("no id in {made}"))?.to_owned())
    }

    /// Has each sequence tried, and gives the ids of those mails.
    fn mails(&self, sequences: &[String]) -> Result<Vec<String>> {
        let key = format!("Bearer {}", self.key);
        let settings = json!({ "mail_address": "hello@works-10.com", "postal_address": "1 Dock Road, Pune" });
        let request = self.agent.patch(format!("{}/settings", self.base)).header("authorization", &key);
        let mut answer = request.header("if-match", "*").send_json(&settings)?;
        let set: Value = answer.body_mut().read_json()?;
        if answer.status() != 200 {
            bail!("PATCH settings answers {}: {set}", answer.status());
        }
        let sent = sequences.iter().map(|sequence| {
            let request = self.agent.post(format!("{}/sequences/{sequence}/test", self.base));
            let mut answer = request.header("authorization", &key).send_json(json!({ "step_number": 1 }))?;
            let sent: Value = answer.body_mut().read_json()?;
            Ok(sent["mail_id"].as_str().with_context(|| format!("no mail in {sent}"))?.to_owned())
        });
        sent.collect()
    }

    /// Makes the records, and the configuration by which path parameters mostly name them.
    ///
    /// # Errors
    /// A record was refused.
    pub(super) fn config(&self) -> Result<String> {
        let some = |collection: &str, body: &dyn Fn(u32) -> Value| -> Result<Vec<String>> {
            (10..10 + RECORDS).map(|n| self.make(collection, &body(n))).collect()
        };
        let leads = some("leads", &lead)?;
        let accounts = some("accounts", &|n| json!({ "name": format!("Harbour {n}") }))?;
        let of_account = |n: u32| accounts[n as usize % accounts.len()].clone();
        let contacts = some("contacts", &|n| json!({ "name": "Ravi Menon", "account_id": of_account(n) }))?;
        let opportunities = some("opportunities", &|n| {
            json!({
                "name": format!("Pumps {n}"), "account_id": of_account(n), "deal_value": 5_000,
                "close_date": "2027-03-01T00:00:00Z",
            })
        })?;
        let activity = json!({ "activity_type": "call", "follow_up_at": "2026-12-01T10:00:00Z" });
        let activities = leads.iter().map(|lead| self.make(&format!("leads/{lead}/activities"), &activity));
        let activities = activities.collect::<Result<Vec<_>>>()?;
        let users =
            some("users", &|n| json!({ "name": "Tara Sen", "email": format!("tara{n}@works.com"), "role": "sdr" }))?;
        let pools = some("pools", &|n| json!({ "name": format!("Pool {n}"), "members": [] }))?;
        let territory = |n: u32| json!({ "name": format!("Part {n}"), "pool_id": pools[0], "countries": ["DE"] });
        let territories = some("territories", &territory)?;
        let sequences = some("sequences", &sequence)?;
        let mails = self.mails(&sequences)?;
        let keys = some("keys", &|n| json!({ "name": format!("Key {n}"), "scopes": ["leads:read"] }))?;
        let forms = some("forms", &form)?;
        Ok(self.written(&[
            ("lead_id", leads),
            ("account_id", accounts),
            ("contact_id", contacts),
            ("opportunity_id", opportunities),
            ("activity_id", activities),
            ("user_id", users),
            ("pool_id", pools),
            ("territory_id", territories),
            ("key_id", keys),
            ("form_id", forms),
            ("number", vec!["1".to_owned()]),
            ("sequence_id", sequences),
            ("mail_id", mails),
            ("revision", vec!["1".to_owned()]),
        ]))
    }

    /// The configuration in TOML: now and then a path parameter is whatever the fuzzer thinks of.
    fn written(&self, records: &[(&str, Vec<String>)]) -> String {
        // What one run found is no matter of the next: each sends the same.
        let mut config = format!("cache.enabled = false\nheaders = {{ Authorization = \"Bearer {}\" }}\n", self.key);
        config += &format!("[parameters]\n\"path.company_id\" = \"{}\"\n", self.company_id);
        // Mostly whatever version stands: else nothing would ever be changed.
        config += "\"header.If-Match\" = { dictionary = \"version\", probability = 0.7 }\n";
        for (name, _) in records {
            config += &format!("\"path.{name}\" = {{ dictionary = \"{name}\", probability = 0.8 }}\n");
        }
        config += "[dictionaries.version]\nvalues = [\"*\"]\n";
        for (name, ids) in records {
            config += &format!("[dictionaries.{name}]\nvalues = {}\n", json!(ids));
        }
        config
    }
}

/// A form that asks what every lead needs.
fn form(n: u32) -> Value {
    let needed = [
        ("first_name", "text"),
        ("last_name", "text"),
        ("company_name", "text"),
        ("email", "email"),
        ("phone", "phone"),
    ];
    let fields = needed.map(|(name, kind)| json!({ "name": name, "type": kind, "label": name, "required": true }));
    json!({
        "name": format!("Form {n}"),
        "definition": {
            "title": "Talk to us", "submit": "Send", "fields": fields, "steps": [{ "fields": needed.map(|(name, _)| name) }],
            "thanks": { "title": "Thank you", "message": "We will write." },
            "consent": { "version": "1", "text": "You may write to me." },
        },
    })
}

/// One that any lead may begin.
fn sequence(n: u32) -> Value {
    json!({
        "name": format!("Welcome {n}"), "trigger_event": "lead_created", "is_active": true, "score_max": 100,
        "steps": [{
            "step_number": 1, "delay_days": 1, "subject": "Hello {{lead.first_name}}",
            "body": "<p>Hello {{lead.first_name}}</p>", "body_text": "Hello {{lead.first_name}}",
        }],
    })
}

fn lead(n: u32) -> Value {
    json!({
        "first_name": "Asha", "last_name": format!("Verma {n}"), "company_name": format!("Works number {n}"),
        "email": format!("asha@works-{n}.com"), "phone": format!("+9198000000{n:02}"),
        "lead_source": "referral", "campaign": "spring",
    })
}
