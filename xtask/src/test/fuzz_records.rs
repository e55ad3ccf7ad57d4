//! What the fuzzer finds in a company: a few records of each kind, so that its requests meet something.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use ureq::Agent;

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
        let agent = Agent::config_builder().http_status_as_error(false).build().into();
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

    /// Makes the records, and the configuration by which path parameters mostly name them.
    ///
    /// # Errors
    /// A record was refused.
    pub(super) fn config(&self) -> Result<String> {
        let leads = (10..16).map(|n| self.make("leads", &lead(n))).collect::<Result<Vec<_>>>()?;
        let ids = [("lead_id", leads)];
        let mut config = format!("headers = {{ Authorization = \"Bearer {}\" }}\n", self.key);
        config += &format!("[parameters]\n\"path.company_id\" = \"{}\"\n", self.company_id);
        for (name, _) in &ids {
            config += &format!("\"path.{name}\" = {{ dictionary = \"{name}\", probability = 0.8 }}\n");
        }
        for (name, ids) in &ids {
            config += &format!("[dictionaries.{name}]\nvalues = {}\n", json!(ids));
        }
        Ok(config)
    }
}

fn lead(n: u32) -> Value {
    json!({
        "first_name": "Asha", "last_name": format!("Verma {n}"), "company_name": format!("Works number {n}"),
        "email": format!("asha@works-{n}.com"), "phone": format!("+9198000000{n:02}"),
        "lead_source": "referral", "campaign": "spring",
    })
}
