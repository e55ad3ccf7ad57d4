//! The commands of the flow as an admin calls them.

use std::cell::Cell;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

/// What a command's rows may do as the tables grow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// They stay.
    Same,
    /// A page reads so many at most: with few leads stored, few begin with the letters searched for.
    Page(u64),
    /// It adds up open opportunities and grows with them.
    OpenOpportunities,
}

/// One command.
pub(super) struct Call {
    /// Its name in the table.
    pub(super) name: &'static str,
    method: &'static str,
    /// Below the company; what stands in braces is made first.
    path: &'static str,
    body: fn(&Person) -> Result<Value>,
    /// What keeps its rows from growing.
    pub(super) bound: Bound,
}

const fn call(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    body: fn(&Person) -> Result<Value>,
) -> Call {
    Call { name, method, path, body, bound: Bound::Same }
}

const fn sum(name: &'static str, path: &'static str) -> Call {
    Call { bound: Bound::OpenOpportunities, ..call(name, "GET", path, none) }
}

const fn search(name: &'static str, path: &'static str) -> Call {
    Call { bound: Bound::Page(1_100), ..call(name, "GET", path, none) }
}

/// Every command of the flow.
pub(super) const CALLS: &[Call] = &[
    call("create a lead", "POST", "/leads", |person| Ok(person.lead())),
    call("show a lead", "GET", "/leads/{lead}", none),
    call("list leads", "GET", "/leads?limit=50", none),
    call("list by score", "GET", "/leads?limit=50&sort=-lead_score", none),
    search("search leads", "/leads?limit=50&q=ba"),
    call("edit a lead", "PATCH", "/leads/{lead}", |_| Ok(json!({ "job_title": "Buyer" }))),
    call("assign a lead", "POST", "/leads/{lead}/assign", |_| Ok(json!({}))),
    call("record a call", "POST", "/leads/{lead}/activities", |_| Ok(phoned())),
    call("a lead's timeline", "GET", "/leads/{lead}/activities", none),
    call("a lead's score", "GET", "/leads/{lead}/score", none),
    call("qualify", "POST", "/leads/{lead}/qualify", |_| Ok(met())),
    call("convert", "POST", "/leads/{qualified}/convert", |_| Ok(json!({ "opportunity_amount": 1000 }))),
    call("undo a conversion", "POST", "/leads/{converted}/convert/undo", none),
    call("disqualify", "POST", "/leads/{lead}/disqualify", |_| Ok(json!({ "reason": "They left the market." }))),
    call("delete a lead", "DELETE", "/leads/{lead}", none),
    call("restore a lead", "POST", "/leads/{deleted}/restore", none),
    call("what is due", "GET", "/follow-ups?limit=50", none),
    call("create an account", "POST", "/accounts", |person| Ok(person.account())),
    call("list accounts", "GET", "/accounts?limit=50", none),
    search("search accounts", "/accounts?limit=50&q=ba"),
    call("edit an account", "PATCH", "/accounts/{account}", |_| Ok(json!({ "industry": "Shipping" }))),
    call("create a contact", "POST", "/contacts", |person| person.contact()),
    call("list contacts", "GET", "/contacts?limit=50", none),
    call("create an opportunity", "POST", "/opportunities", |person| person.opportunity()),
    call("list opportunities", "GET", "/opportunities?limit=50", none),
    call("move its stage", "POST", "/opportunities/{opportunity}/stage", |_| Ok(json!({ "stage": "negotiation" }))),
    call("audit trail", "GET", "/audit?limit=50", none),
    sum("pipeline", "/pipeline"),
    sum("forecast", "/forecast"),
];

fn phoned() -> Value {
    json!({ "activity_type": "call", "subject": "First call" })
}

/// Answers that qualify.
fn met() -> Value {
    json!({ "bant": { "budget": "10k", "authority": "Decides", "need": "Pumps", "timeline": "30 days" } })
}

fn none(_: &Person) -> Result<Value> {
    Ok(Value::Null)
}

/// An admin who calls.
pub(super) struct Person {
    agent: Agent,
    base: String,
    key: String,
    /// Counts what was made, over all sizes: no two leads are alike.
    made: Cell<u64>,
}

impl Person {
    /// The admin of a company; `first` sets apart what is made here from what other runs made.
    ///
    /// # Errors
    /// The seed made no company.
    pub(super) fn admin(url: &str, company: &Value, first: u64) -> Result<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned).context("the seed made no company");
        let base = format!("{url}/api/companies/{}", text(&company["company_id"])?);
        // A connection for each call: workerd closes one now and then, and the next call on it would be lost.
        let agent = Agent::config_builder().http_status_as_error(false).max_idle_connections(0).build().into();
        Ok(Self { agent, base, key: text(&company["keys"]["admin"])?, made: Cell::new(first * 1_000) })
    }

    /// Runs a command on a record made for it, and gives what it cost.
    ///
    /// # Errors
    /// It did not go well.
    pub(super) fn run(&self, call: &Call) -> Result<String> {
        let path = match call.path.split_once('{') {
            Some((before, rest)) => {
                let (what, after) = rest.split_once('}').context("a brace is open")?;
                format!("{before}{}{after}", self.record(what)?)
            }
            None => call.path.to_owned(),
        };
        Ok(self.send(call.method, &path, &(call.body)(self)?)?.0)
    }

    /// Sends a request that must go well: what it cost, and what was answered.
    fn send(&self, method: &str, path: &str, body: &Value) -> Result<(String, Value)> {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        let request = request.header("authorization", format!("Bearer {}", self.key)).header("if-match", "*");
        let mut answer = if body.is_null() {
            self.agent.run(request.body(())?)?
        } else {
            self.agent.run(request.header("content-type", "application/json").body(body.to_string())?)?
        };
        let cost = answer.headers().get("x-leadgate-cost").and_then(|cost| cost.to_str().ok()).map(str::to_owned);
        let (status, text) = (answer.status(), answer.body_mut().read_to_string()?);
        if !status.is_success() {
            bail!("{method} {path} answers {status}: {text}");
        }
        let said = if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? };
        Ok((cost.unwrap_or_default(), said))
    }

    /// Has nurturing run once, and gives its report.
    ///
    /// # Errors
    /// It did not go well.
    pub(super) fn nurture(&self) -> Result<Value> {
        let (_, mut said) = self.send("POST", "/sequences/run", &Value::Null)?;
        Ok(said["report"].take())
    }

    fn make(&self, collection: &str, body: &Value) -> Result<String> {
        let (_, made) = self.send("POST", collection, body)?;
        Ok(made["id"].as_str().with_context(|| format!("no id in {made}"))?.to_owned())
    }

    /// A record in the state that its name says.
    fn record(&self, what: &str) -> Result<String> {
        match what {
            "lead" => self.make("/leads", &self.lead()),
            "qualified" => {
                let id = self.record("lead")?;
                self.send("POST", &format!("/leads/{id}/activities"), &phoned())?;
                self.send("POST", &format!("/leads/{id}/qualify"), &met())?;
                Ok(id)
            }
            "converted" => {
                let id = self.record("qualified")?;
                self.send("POST", &format!("/leads/{id}/convert"), &json!({ "opportunity_amount": 10 }))?;
                Ok(id)
            }
            "deleted" => {
                let id = self.record("lead")?;
                self.send("DELETE", &format!("/leads/{id}"), &Value::Null)?;
                Ok(id)
            }
            "account" => self.make("/accounts", &self.account()),
            "opportunity" => self.make("/opportunities", &self.opportunity()?),
            other => bail!("nobody makes a {other}"),
        }
    }

    fn account(&self) -> Value {
        json!({ "name": format!("Harbour {}", self.number()) })
    }

    fn contact(&self) -> Result<Value> {
        Ok(json!({ "name": "Ravi Menon", "account_id": self.record("account")? }))
    }

    fn opportunity(&self) -> Result<Value> {
        let account_id = self.record("account")?;
        Ok(json!({ "name": "Pumps", "account_id": account_id, "deal_value": 10, "close_date": "2027-03-01T00:00:00Z" }))
    }

    fn number(&self) -> u64 {
        self.made.set(self.made.get() + 1);
        self.made.get()
    }

    /// A lead that nobody knows; it scores 80.
    fn lead(&self) -> Value {
        let mut values = super::load::visitor(self.number());
        let members = values.as_object_mut();
        if let Some(members) = members {
            for name in ["lg_ms", "utm_source", "utm_campaign"] {
                members.remove(name);
            }
            let more = json!({
                "lead_source": "referral", "campaign": "spring", "authority_level": "decision_maker", "budget_range": "10k",
                "timeline": "30 days",
            });
            members.extend(more.as_object().cloned().unwrap_or_default());
        }
        values
    }
}
