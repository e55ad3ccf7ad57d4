//! A company with its people in a database of its own, and submissions to it.

use std::cell::Cell;

use lead_core::access::{Principal, Role, Visibility};
use lead_core::body::Members;
use lead_core::command::submit::{Sender, Submit, Taken};
use lead_core::consent::ConsentText;
use lead_core::field::Country;
use lead_core::form::FormKey;
use lead_core::id::{Id, IdSource};
use lead_core::plan::{Actor, Context};
use lead_core::policy::Policy;
use lead_core::submission::{Door, Submission};
use lead_core::time::Instant;
use lead_store::changes::handed_over;
use lead_store::failure::Failure;
use lead_store::provision::{NewCompany, NewPerson, statements};
use lead_store::run::{Ran, run};
use lead_store::statement::{Database, Row};
use pollster::block_on;
use serde_json::{Value, json};

use super::sqlite::Sqlite;

/// When the stories begin: 2026-11-23T10:00:00Z.
pub(crate) const START: i64 = 1_795_428_000_000;

/// A day in milliseconds.
pub(crate) const DAY: i64 = 86_400_000;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// A visitor of the company's form.
    Visitor,
    /// The company's admin, through the API.
    Admin,
    /// The manager of the SDRs, through the API.
    Manager,
    /// An SDR by number, through the API.
    Sdr(usize),
}

/// The company.
pub(crate) struct Stage {
    pub(crate) database: Sqlite,
    pub(crate) policy: Policy,
    pub(crate) company_id: Id,
    pub(crate) sdrs: Vec<Id>,
    pub(crate) admin: Id,
    pub(crate) manager: Id,
    /// How many of the SDRs, the first ones, are below the manager: all, unless a test says otherwise.
    pub(crate) reports: usize,
    pub(crate) form_id: Id,
    requests: Cell<u32>,
}

impl Stage {
    /// A company with an admin, a manager and so many SDRs below the manager.
    pub(crate) fn new(sdrs: usize) -> Self {
        Self::on(Sqlite::new(), sdrs)
    }

    /// The same in this database.
    pub(crate) fn on(database: Sqlite, sdrs: usize) -> Self {
        let policy = Policy::builtin().unwrap();
        let now = Instant::from_ms(START - DAY).unwrap();
        let mut ids = IdSource::new(now, [9; 10]);
        let (company_id, admin, manager) = (ids.next_id(), ids.next_id(), ids.next_id());
        let sdrs: Vec<Id> = (0..sdrs).map(|_| ids.next_id()).collect();
        let person = |id: &Id, role: Role, manager_id: Option<&Id>| NewPerson {
            id: id.clone(),
            name: "A Person".to_owned(),
            email: format!("{id}@company.com"),
            role,
            manager_id: manager_id.cloned(),
            key: None,
        };
        let mut people = vec![person(&admin, Role::Admin, None), person(&manager, Role::Manager, None)];
        people.extend(sdrs.iter().map(|id| person(id, Role::Sdr, Some(&manager))));
        let company = NewCompany {
            id: company_id.clone(),
            name: "Tidewater Pumps",
            country: "IN",
            currency: "INR",
            people,
            form_key: FormKey::parse("pk_abcdefghijABCDEFGHIJ01").unwrap(),
            origins: Vec::new(),
        };
        block_on(database.batch(statements(&company, now, &mut ids))).unwrap();
        let form_id = ids.next_id();
        Self {
            database,
            policy,
            company_id,
            reports: sdrs.len(),
            sdrs,
            admin,
            manager,
            form_id,
            requests: Cell::new(0),
        }
    }

    /// What this person sees.
    pub(crate) fn visibility(&self, who: Who) -> Visibility {
        match who {
            Who::Sdr(n) => Visibility::of(Role::Sdr, &self.sdrs[n], Vec::new()),
            Who::Manager => Visibility::of(Role::Manager, &self.manager, self.sdrs[..self.reports].to_vec()),
            Who::Admin | Who::Visitor => Visibility::Company,
        }
    }

    /// This person as a command's principal.
    pub(crate) fn principal(&self, who: Who) -> Principal {
        let (user_id, role) = match who {
            Who::Sdr(n) => (&self.sdrs[n], Role::Sdr),
            Who::Manager => (&self.manager, Role::Manager),
            Who::Admin | Who::Visitor => (&self.admin, Role::Admin),
        };
        let currency = "INR".to_owned();
        Principal {
            user_id: user_id.clone(),
            role,
            visibility: self.visibility(who),
            country: Country::INDIA,
            currency,
        }
    }

    /// The command of a submission.
    pub(crate) fn command(&self, who: Who, values: &Value, key: Option<&str>) -> Submit {
        let caller =
            |user_id: &Id, role| Sender::Caller { user_id: user_id.clone(), role, visibility: self.visibility(who) };
        let consent = ConsentText { version: "1".to_owned(), text: "You may write to me.".to_owned() };
        let (door, sender) = match who {
            Who::Visitor => (Door::Form, Sender::Visitor { form_id: self.form_id.clone(), consent }),
            Who::Admin => (Door::Api, caller(&self.admin, Role::Admin)),
            Who::Manager => (Door::Api, caller(&self.manager, Role::Manager)),
            Who::Sdr(n) => (Door::Api, caller(&self.sdrs[n], Role::Sdr)),
        };
        let members = Members::from_json(values.to_string().as_bytes()).unwrap();
        let (submission, filling) = Submission::parse(members, door, Country::INDIA, &self.policy).unwrap();
        Submit::new(sender, submission, filling, key)
    }

    /// What a request at this moment knows.
    pub(crate) fn context(&self, at: i64) -> Context<'_> {
        let now = Instant::from_ms(at).unwrap();
        let number = self.requests.get() + 1;
        self.requests.set(number);
        let mut entropy = [0; 10];
        entropy[4..8].copy_from_slice(&number.to_be_bytes());
        Context {
            company_id: self.company_id.clone(),
            now,
            ids: IdSource::new(now, entropy),
            policy: &self.policy,
            actor: Actor { request_id: format!("request-{number}"), ..Actor::default() },
            attempts: Vec::new(),
        }
    }

    /// Submits through another way to the database.
    pub(crate) fn try_on<D: Database>(
        &self,
        database: &D,
        who: Who,
        values: &Value,
        key: Option<&str>,
        at: i64,
    ) -> Result<Ran<Taken>, Failure> {
        block_on(run(database, &self.command(who, values, key), &mut self.context(at)))
    }

    /// Submits.
    pub(crate) fn submit(&self, who: Who, values: &Value, key: Option<&str>, at: i64) -> Taken {
        let Ran { mut done, written, .. } = self.try_on(&self.database, who, values, key, at).unwrap();
        if let Taken::Created(lead) = &mut done {
            (lead.lead_owner_id, lead.assignment) = handed_over(&written).unwrap();
        }
        done
    }

    /// A visitor's submission under a key of its own.
    pub(crate) fn visit(&self, values: &Value, key: &str, at: i64) -> Taken {
        self.submit(Who::Visitor, values, Some(key), at)
    }

    /// The stored leads, oldest first.
    pub(crate) fn leads(&self) -> Vec<Row> {
        self.database.rows("SELECT * FROM leads ORDER BY id")
    }

    /// The only lead.
    pub(crate) fn lead(&self) -> Row {
        let mut leads = self.leads();
        assert_eq!(leads.len(), 1);
        leads.remove(0)
    }

    /// What each touch did, oldest first.
    pub(crate) fn effects(&self) -> Vec<String> {
        let rows = self.database.rows("SELECT effect FROM touches ORDER BY id");
        rows.iter().map(|row| row["effect"].as_str().unwrap().to_owned()).collect()
    }

    /// How many turns each pool has taken.
    pub(crate) fn turns(&self) -> Vec<i64> {
        let rows = self.database.rows("SELECT value FROM rounds, json_each(turns) WHERE type = 'integer'");
        rows.iter().map(|row| row["value"].as_i64().unwrap()).collect()
    }

    /// The open leads that are counted, by person.
    pub(crate) fn loads(&self) -> Value {
        serde_json::from_str(self.database.rows("SELECT loads FROM rounds")[0]["loads"].as_str().unwrap()).unwrap()
    }

    /// How many rows a table has.
    pub(crate) fn count(&self, table: &str) -> i64 {
        self.database.rows(&format!("SELECT count(*) AS n FROM {table}"))[0]["n"].as_i64().unwrap()
    }
}

/// Visitor number `n`: no two of them are near each other in any key.
pub(crate) fn visitor(n: usize) -> Value {
    let word = letters(n);
    json!({
        "first_name": "Asha",
        "last_name": format!("Verma{word}"),
        "company_name": format!("{word} {word}"),
        "email": format!("asha@{word}-works.com"),
        "phone": format!("+9198{n:08}"),
        "lg_ms": 20_000,
    })
}

/// The same person as a user of the API writes them down.
pub(crate) fn contact(n: usize) -> Value {
    let mut values = visitor(n);
    let members = values.as_object_mut().unwrap();
    members.remove("lg_ms");
    members.insert("lead_source".to_owned(), "referral".into());
    members.insert("campaign".to_owned(), "spring".into());
    values
}

/// `values` with other members on top; null takes one away.
#[expect(clippy::needless_pass_by_value, reason = "callers write the members on the spot")]
pub(crate) fn with(mut values: Value, more: Value) -> Value {
    let members = values.as_object_mut().unwrap();
    for (name, value) in more.as_object().unwrap().clone() {
        if value.is_null() {
            members.remove(&name);
        } else {
            members.insert(name, value);
        }
    }
    values
}

/// A number in letters; two numbers share few of them.
fn letters(n: usize) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va"];
    let mut text = String::new();
    let mut rest = n.wrapping_mul(2_654_435_761) & 0xff_ffff;
    for _ in 0..6 {
        text += SYLLABLES[rest % SYLLABLES.len()];
        rest /= SYLLABLES.len();
    }
    text
}
