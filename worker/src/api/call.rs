//! A call of an endpoint whose caller is known and may make it.

use crate::arrival::Arrival;
use crate::auth::Caller;
use crate::body::Media;
use crate::database::D1;
use crate::reply::{self, Reply};
use axum::http::{HeaderMap, StatusCode, header};
use lead_core::access::Principal;
use lead_core::body::Members;
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::mail::MailSecret;
use lead_core::money::Currency;
use lead_core::plan::Context;
use lead_core::policy::Policy;
use lead_core::problem;
use lead_store::failure::Failure;
use lead_store::paging::Page;
use lead_store::run::{Command, Cost, Ran, run};
use lead_store::statement::{Database, Outcome, Statement};
use serde::Serialize;
use serde_json::json;
use std::cell::Cell;

/// The call: whose it is, what it asks for, and the way to the database.
pub(crate) struct Call {
    pub(crate) caller: Caller,
    pub(crate) database: D1,
    pub(crate) policy: &'static Policy,
    pub(crate) arrival: Arrival,
    pub(crate) headers: HeaderMap,
    /// The query string's pairs.
    pub(crate) query: Vec<(String, String)>,
    /// What hashes addresses; none where the environment has no such secret.
    pub(crate) mail_secret: Option<MailSecret>,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) cost: Cell<Cost>,
}

impl Call {
    /// Whose data.
    pub(crate) fn company_id(&self) -> &Id {
        self.caller.company_id()
    }

    /// The id in the path under this name; what is no id names nothing.
    pub(crate) fn id(&self, name: &str) -> Result<Id, Reply> {
        let text = self.params.iter().find(|(other, _)| other == name).map(|(_, text)| text.as_str());
        text.and_then(Id::parse).ok_or_else(|| reply::problem(&problem::NOT_FOUND))
    }

    /// The number in the path under this name; what is none names nothing.
    pub(crate) fn number(&self, name: &str) -> Result<i64, Reply> {
        let text = self.params.iter().find(|(other, _)| other == name).map(|(_, text)| text.as_str());
        let number = text.and_then(|text| text.parse().ok()).filter(|number| (0..=1 << 53).contains(number));
        number.ok_or_else(|| reply::problem(&problem::NOT_FOUND))
    }

    /// Whoever acts.
    pub(crate) fn principal(&self) -> Principal {
        self.caller.principal()
    }

    /// The company's currency.
    pub(crate) fn currency(&self) -> Result<Currency, Reply> {
        let code = self.principal().currency;
        Currency::parse(&code).map_err(|_| reply::fault("company's currency", &code))
    }

    /// The body's members; an absent body has none.
    pub(crate) fn members(&self) -> Result<Members, Reply> {
        if self.body.is_empty() && !self.headers.contains_key(header::CONTENT_TYPE) {
            return Ok(Members::of(serde_json::Map::new()));
        }
        Media::Json.members(&self.body)
    }

    /// Which version the change is meant for (spec R4).
    pub(crate) fn precondition(&self) -> Precondition {
        let header = self.headers.get(header::IF_MATCH).map(|value| String::from_utf8_lossy(value.as_bytes()));
        Precondition::parse(header.as_deref())
    }

    /// What a command may know besides what is stored.
    pub(crate) fn context(&self) -> Context<'static> {
        Context {
            company_id: self.company_id().clone(),
            now: self.arrival.now,
            ids: self.arrival.ids(),
            policy: self.policy,
            actor: self.caller.actor(&self.arrival),
            attempts: Vec::new(),
        }
    }

    /// Runs a command to its answer.
    pub(crate) async fn run<C: Command>(&self, command: &C, context: &mut Context<'_>) -> Result<Ran<C::Done>, Reply> {
        let ran = run(&self.database, command, context).await.map_err(|failure| reply::failure(&failure))?;
        self.spend(ran.cost);
        Ok(ran)
    }

    /// The same for whoever tells a refusal in words of its own.
    pub(crate) async fn try_run<C: Command>(&self, command: &C, context: &mut Context<'_>) -> Result<C::Done, Failure> {
        let ran = run(&self.database, command, context).await?;
        self.spend(ran.cost);
        Ok(ran.done)
    }

    /// Reads in one batch.
    pub(crate) async fn read(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, Reply> {
        let outcomes = self.database.batch(statements).await.map_err(|error| reply::failure(&error.into()))?;
        let mut cost = Cost { round_trips: 1, ..Cost::default() };
        cost.add(&outcomes);
        self.spend(cost);
        Ok(outcomes)
    }

    /// Reads with one statement.
    pub(crate) async fn read_one(&self, statement: Statement) -> Result<Outcome, Reply> {
        let mut outcomes = self.read(vec![statement]).await?;
        outcomes.pop().ok_or_else(|| reply::fault("stored row", "one outcome was expected"))
    }

    /// A page of a list, whose cost it adds.
    pub(crate) fn listed<T: Serialize>(&self, found: Result<Page<T>, Failure>) -> Result<Reply, Reply> {
        let found = found.map_err(|failure| reply::failure(&failure))?;
        self.spend(found.cost);
        Ok(page(&found.items, found.next_cursor.as_deref()))
    }

    /// Adds to what this call cost.
    pub(crate) fn spend(&self, cost: Cost) {
        self.cost.set(self.cost.get().plus(cost));
    }

    /// The place of a record of this company.
    pub(crate) fn place(&self, collection: &str, id: &Id) -> String {
        format!("/api/companies/{}/{collection}/{id}", self.company_id())
    }

    /// 201 with a record that has a version.
    pub(crate) fn created<T: Serialize>(&self, collection: &str, id: &Id, version: i64, record: &T) -> Reply {
        let mut reply = with_etag(StatusCode::CREATED, version, record);
        reply::set(&mut reply, header::LOCATION, &self.place(collection, id));
        reply
    }
}

/// A record with its version as ETag.
pub(crate) fn with_etag<T: Serialize>(status: StatusCode, version: i64, record: &T) -> Reply {
    let mut reply = reply::json(status, record);
    reply::set(&mut reply, header::ETAG, &format!("\"{version}\""));
    reply
}

/// 200 with a record and its ETag.
pub(crate) fn record<T: Serialize>(version: i64, record: &T) -> Reply {
    with_etag(StatusCode::OK, version, record)
}

/// One page of a list.
pub(crate) fn page<T: Serialize>(items: &[T], next_cursor: Option<&str>) -> Reply {
    reply::json(StatusCode::OK, &json!({ "items": items, "next_cursor": next_cursor }))
}
