//! A company of five people, of whom each has a key, and what belongs to whom.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use lead_core::access::SecretKey;
use rusqlite::{Connection, ToSql, params};
use serde_json::{Value, json};

use crate::server::{Disk, State};
use crate::trail::Watch;
use crate::workerd::client::visitor;
use crate::workerd::exchange::{Exchange, Site};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Admin,
    Manager,
    Sdr,
    /// An SDR who reports to the manager.
    Report,
    /// An SDR who reports to nobody.
    Outsider,
    /// The admin of another company.
    Stranger,
}

/// The roles, as columns of the table.
pub(super) const ROLES: [Who; 3] = [Who::Admin, Who::Manager, Who::Sdr];

/// Whose record it is that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Own,
    Team,
    Foreign,
    OtherCompany,
    Nobody,
}

/// Every kind of record that can be asked for.
pub(super) const RECORDS: [Whose; 5] = [Whose::Own, Whose::Team, Whose::Foreign, Whose::OtherCompany, Whose::Nobody];

impl Who {
    /// Whether this role sees a record (spec R1).
    pub(super) fn sees(self, whose: Whose) -> bool {
        match whose {
            Whose::Own => true,
            Whose::Team => matches!(self, Self::Admin | Self::Manager),
            Whose::Foreign => self == Self::Admin,
            Whose::OtherCompany | Whose::Nobody => false,
        }
    }

    pub(super) fn rank(self) -> usize {
        match self {
            Self::Admin | Self::Stranger => 2,
            Self::Manager => 1,
            Self::Sdr | Self::Report | Self::Outsider => 0,
        }
    }

    /// The admin of the person's company.
    pub(super) fn boss(self) -> Who {
        if self == Self::Stranger { self } else { Self::Admin }
    }

    /// The person who owns what this role asks for.
    pub(super) fn owner(self, whose: Whose) -> Who {
        match whose {
            Whose::Own => self,
            Whose::Team => Self::Report,
            Whose::Foreign => Self::Outsider,
            Whose::OtherCompany | Whose::Nobody => Self::Stranger,
        }
    }
}

/// A running worker with all of these people.
pub(super) struct World {
    pub(super) site: Site,
    people: Vec<(Who, String, String)>,
    made: Cell<usize>,
    database: Connection,
    watch: Watch,
    /// How many calls left rows of the trail.
    pub(super) told: Cell<usize>,
    /// Calls whose rows of the trail do not tell what was written.
    pub(super) untold: RefCell<BTreeSet<String>>,
    /// What went wrong on the way to a cell.
    pub(super) failed: RefCell<Vec<String>>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(&json!({ "quiet": true }))
    }

    /// With a database that tells what was asked of it.
    pub(super) fn watched() -> Self {
        Self::with(&json!({ "quiet": true, "watch": {} }))
    }

    fn with(options: &Value) -> Self {
        let state = State::new(Disk::Memory);
        let database = Connection::open(state.database()).unwrap();
        let companies = state.companies();
        let mut people = Vec::new();
        for (who, company, role) in
            [(Who::Admin, 0, "admin"), (Who::Manager, 0, "manager"), (Who::Sdr, 0, "sdr"), (Who::Stranger, 1, "admin")]
        {
            let key = companies[company]["keys"][role].as_str().unwrap().to_owned();
            people.push((who, owner_of(&database, &key), key));
        }
        let sdrs = companies[0]["owners"].as_array().unwrap();
        let report = sdrs[1].as_str().unwrap().to_owned();
        let outsider = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".to_owned();
        let columns = "company_id, name, role, is_active, version, created_at, updated_at";
        let copied = format!(
            "INSERT INTO users ({columns}, id, email, email_key, manager_id) \
             SELECT {columns}, ?1, 'omar@tidewater-pumps.com', 'omar@tidewater-pumps.com', NULL FROM users WHERE id = ?2"
        );
        database.execute(&copied, params![outsider, report]).unwrap();
        for (who, id, letter) in [(Who::Report, report, "R"), (Who::Outsider, outsider, "O")] {
            let key = format!("sk_{}", letter.repeat(43));
            let hash = SecretKey::parse(&key).unwrap().hash();
            let copied = "INSERT INTO api_keys (key_hash, company_id, id, user_id, name, scopes, created_at) \
                          SELECT ?1, company_id, ?2, ?2, 'Key', scopes, created_at FROM api_keys WHERE user_id = ?3";
            assert_eq!(database.execute(copied, params![hash, id, people[0].1]).unwrap(), 1);
            people.push((who, id, key));
        }
        let watch = Watch::on(&database, "");
        Self {
            site: Site::on(state, options),
            people,
            made: Cell::new(0),
            database,
            watch,
            told: Cell::new(0),
            untold: RefCell::default(),
            failed: RefCell::default(),
        }
    }

    /// The person's id.
    pub(super) fn id(&self, who: Who) -> &str {
        &self.people.iter().find(|(other, ..)| *other == who).unwrap().1
    }

    pub(super) fn key(&self, who: Who) -> &str {
        &self.people.iter().find(|(other, ..)| *other == who).unwrap().2
    }

    /// A number that no record had before.
    pub(super) fn number(&self) -> usize {
        self.made.set(self.made.get() + 1);
        self.made.get()
    }

    /// The address of something of the person's company.
    pub(super) fn place(&self, who: Who, path: &str) -> String {
        let company = usize::from(who == Who::Stranger);
        format!("/api/companies/{}{path}", self.site.company(company))
    }

    /// A change that no request can bring about.
    pub(super) fn behind(&self, sql: &str, params: &[&dyn ToSql]) {
        self.database.execute(sql, params).unwrap();
        self.watch.skip(&self.database);
    }

    /// Calls an endpoint at an address of its own company, whatever the version.
    pub(super) fn call(&self, who: Who, method: &str, place: &str, body: &Value) -> Exchange {
        let answer = self.ask(self.key(who), method, place, Some("*"), body);
        let (unexplained, requests) = self.watch.unexplained(&self.database);
        // A question whose body is no address of a page.
        let asks = ["/look-up", "/preview"].iter().any(|end| place.ends_with(end));
        let written = method != "GET" && !asks && (200..300).contains(&answer.status);
        let expected = answer.header("x-request-id").filter(|_| written).map(str::to_owned);
        self.told.set(self.told.get() + requests.len());
        if !unexplained.is_empty() || requests != Vec::from_iter(expected) {
            let parts = place.split('/').map(|part| if part.len() == 36 { "{id}" } else { part });
            let call = format!("{method} {}", parts.collect::<Vec<_>>().join("/"));
            self.untold.borrow_mut().insert(format!("{call}: requests {requests:?}, {unexplained:?}"));
        }
        answer
    }

    /// Calls with this key and this `If-Match`.
    pub(super) fn ask(&self, key: &str, method: &str, place: &str, if_match: Option<&str>, body: &Value) -> Exchange {
        let bearer = format!("Bearer {key}");
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(if_match.map(|tag| ("if-match", tag)));
        let bytes = if body.is_null() { String::new() } else { body.to_string() };
        if !body.is_null() {
            headers.push(("content-type", "application/json"));
        }
        self.site.send(method, place, &headers, bytes.as_bytes())
    }

    /// Calls what should go well, and gives the answer's body; what did not is told at the end, with all the rest.
    pub(super) fn done(&self, who: Who, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.call(who, method, &self.place(who, path), body);
        if !(200..300).contains(&answer.status) {
            self.failed.borrow_mut().push(format!("{who:?} {method} {path} {body}: {} {}", answer.status, answer.text));
        }
        if answer.text.is_empty() { Value::Null } else { answer.json() }
    }

    /// Makes a record, and gives its id.
    pub(super) fn make(&self, who: Who, collection: &str, body: &Value) -> String {
        let made = self.done(who, "POST", collection, body);
        made["id"].as_str().unwrap_or_default().to_owned()
    }

    /// The body of a lead that nobody knows; it scores 80.
    pub(super) fn lead_body(&self) -> Value {
        let mut values = visitor(self.number());
        let members = values.as_object_mut().unwrap();
        members.remove("lg_ms");
        for (name, value) in [
            ("lead_source", "referral"),
            ("campaign", "spring"),
            ("authority_level", "decision_maker"),
            ("budget_range", "10k"),
            ("timeline", "30 days"),
        ] {
            members.insert(name.to_owned(), value.into());
        }
        values
    }
}

fn owner_of(database: &Connection, key: &str) -> String {
    let hash = SecretKey::parse(key).unwrap().hash();
    database.query_row("SELECT user_id FROM api_keys WHERE key_hash = ?1", [hash], |row| row.get(0)).unwrap()
}
