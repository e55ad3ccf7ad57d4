//! A company that nurtures its leads: settings, sequences, runs of the engine at any moment, and a post office that takes mails.

use std::cell::{Cell, RefCell};

use lead_core::activity::{ActivityValues, RelatedType};
use lead_core::body::{Members, Sent};
use lead_core::command::activity::RecordActivity;
use lead_core::command::lead::{DeleteLead, MoveLead, Moving, Target};
use lead_core::command::sequence::{CreateSequence, DeleteSequence, EditSequence};
use lead_core::command::settings::EditSettings;
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::mail::sending::{Answer, Provider, Repeats, Sight, Told};
use lead_core::mail::{Mail, MailSecret};
use lead_core::sequence::SequenceValues;
use lead_core::time::Instant;
use lead_store::nurture::send::Post;
use lead_store::nurture::{Budget, Report, Setup, process_within};
use lead_store::run::{Command, run};
use lead_store::statement::{Database, Row};
use pollster::block_on;
use serde_json::{Value, json};

use super::sqlite::Sqlite;
use super::stage::{DAY, START, Stage, Who, visitor, with};

/// An hour in milliseconds.
pub(crate) const HOUR: i64 = 3_600_000;

/// A company with settings, and what its post office took.
pub(crate) struct Nursery {
    pub(crate) stage: Stage,
    pub(crate) secret: MailSecret,
    pub(crate) office: Office,
    runs: Cell<u32>,
}

/// Takes every mail, and remembers it.
#[derive(Default)]
pub(crate) struct Office {
    pub(crate) taken: RefCell<Vec<Mail>>,
}

impl Post for Office {
    fn provider(&self, _: &Mail) -> Provider {
        Provider { name: "office", repeats: Repeats::Unknowable }
    }

    async fn send(&self, mail: &Mail) -> Told<Answer> {
        self.taken.borrow_mut().push(mail.clone());
        Answer::Accepted { provider_id: None }.into()
    }

    async fn look_up(&self, _: &Mail) -> Told<Sight> {
        Sight::Unclear { after_ms: None }.into()
    }
}

/// Steps after so many days each.
pub(crate) fn steps(delays: &[u32]) -> Value {
    let step = |(index, delay): (usize, &u32)| {
        json!({
            "step_number": index + 1, "delay_days": delay, "subject": format!("Mail {}, {{{{lead.first_name}}}}", index + 1),
            "body": "<p>Hello {{lead.first_name}}, <a href=\"https://example.com/more\">more</a></p>",
            "body_text": "Hello {{lead.first_name}}: https://example.com/more",
        })
    };
    delays.iter().enumerate().map(step).collect()
}

/// A sequence for new leads, its steps after so many days each.
pub(crate) fn welcome(delays: &[u32]) -> Value {
    json!({ "name": "Welcome", "is_active": true, "trigger_event": "lead_created", "steps": steps(delays) })
}

/// A visitor who agreed to be written to.
pub(crate) fn agreed(n: usize) -> Value {
    with(visitor(n), json!({ "gdpr_consent": true }))
}

fn members(values: &Value) -> Members {
    Members::from_json(values.to_string().as_bytes()).unwrap()
}

impl Nursery {
    /// With an address to send from, in Kolkata.
    pub(crate) fn new() -> Self {
        Self::on(Stage::new(2))
    }

    /// The same on this stage.
    pub(crate) fn on(stage: Stage) -> Self {
        let secret = MailSecret::new("a secret of more than 32 characters").unwrap();
        let nursery = Self { stage, secret, office: Office::default(), runs: Cell::new(0) };
        nursery.set(&json!({
            "time_zone": "Asia/Kolkata", "mail_address": "hello@tidewater-pumps.com", "postal_address": "1 Dock Rd, Pune",
        }));
        nursery
    }

    pub(crate) fn database(&self) -> &Sqlite {
        &self.stage.database
    }

    /// Changes settings.
    pub(crate) fn set(&self, values: &Value) {
        let command = EditSettings { sent: Sent::Patch(members(values)), precondition: Precondition::Any };
        self.act(&command, START - DAY);
    }

    /// Runs a command at a moment.
    pub(crate) fn act<C: Command>(&self, command: &C, at: i64) -> C::Done {
        block_on(run(self.database(), command, &mut self.stage.context(at))).unwrap().done
    }

    /// Makes a sequence a day before the stories begin.
    pub(crate) fn sequence(&self, values: &Value) -> Id {
        self.sequence_at(values, START - DAY)
    }

    pub(crate) fn sequence_at(&self, values: &Value, at: i64) -> Id {
        let id = self.stage.context(at).ids.next_id();
        let values = SequenceValues::parse(members(values), &self.stage.policy).unwrap();
        self.act(&CreateSequence { id: id.clone(), values }, at);
        id
    }

    /// Edits one.
    pub(crate) fn edit(&self, id: &Id, values: &Value, at: i64) {
        let (sent, precondition) = (Sent::Patch(members(values)), Precondition::Any);
        self.act(&EditSequence { id: id.clone(), sent, precondition }, at);
    }

    pub(crate) fn delete(&self, id: &Id, at: i64) {
        self.act(&DeleteSequence { id: id.clone(), precondition: Precondition::Any }, at);
    }

    /// A lead comes in by the form.
    pub(crate) fn lead(&self, n: usize, values: &Value, at: i64) -> Id {
        self.stage.visit(values, &format!("lead-{n}"), at);
        let email = values["email"].as_str().unwrap();
        let rows =
            self.database().rows(&format!("SELECT id FROM leads WHERE email_key = '{email}' AND match_slot = ''"));
        Id::parse(rows[0]["id"].as_str().unwrap()).unwrap()
    }

    pub(crate) fn target(&self, lead: &Id) -> Target {
        Target { id: lead.clone(), by: self.stage.principal(Who::Admin), precondition: Precondition::Any }
    }

    pub(crate) fn disqualify(&self, lead: &Id, at: i64) {
        let moving = Moving::disqualify(members(&json!({ "reason": "no fit" }))).unwrap();
        self.act(&MoveLead { target: self.target(lead), moving }, at);
    }

    pub(crate) fn hide(&self, lead: &Id, at: i64) {
        self.act(&DeleteLead { target: self.target(lead) }, at);
    }

    /// Something happened with a lead.
    pub(crate) fn record(&self, lead: &Id, values: &Value, at: i64) {
        let values = ActivityValues::parse(members(values), Instant::from_ms(at).unwrap()).unwrap();
        let id = self.stage.context(at).ids.next_id();
        let by = self.stage.principal(Who::Admin);
        let (related_to_type, related_to_id) = (RelatedType::Lead, lead.clone());
        self.act(&RecordActivity { id, related_to_type, related_to_id, values, by }, at);
    }

    /// Runs the engine once.
    pub(crate) fn pass(&self, at: i64) -> Report {
        let report = self.pass_on(self.database(), at, Budget::default());
        assert_eq!((&report.faults[..], report.unreadable), (&[][..], 0));
        report
    }

    /// Runs it once on another way to the database, within a budget.
    pub(crate) fn pass_on<D: Database>(&self, database: &D, at: i64, budget: Budget) -> Report {
        let run = self.runs.get() + 1;
        self.runs.set(run);
        let mut entropy = [7; 10];
        entropy[4..8].copy_from_slice(&run.to_be_bytes());
        let now = || Instant::from_ms(at).unwrap();
        let setup = Setup {
            now: &now,
            entropy,
            policy: &self.stage.policy,
            secret: &self.secret,
            public_url: "https://leads.example",
            request_id: format!("run-{run}"),
        };
        block_on(process_within(database, &self.office, &setup, budget))
    }

    /// The subjects of the mails that were taken, with the addresses they went to.
    pub(crate) fn sent(&self) -> Vec<(String, String)> {
        self.office.taken.borrow().iter().map(|mail| (mail.to_address.clone(), mail.subject.clone())).collect()
    }

    /// The only enrolment.
    pub(crate) fn enrolment(&self) -> Row {
        let mut rows = self.database().rows("SELECT * FROM enrolments");
        assert_eq!(rows.len(), 1);
        rows.remove(0)
    }

    /// What the timeline tells of nurturing, oldest first.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        let rows = self.database().rows(
            "SELECT event, subject FROM activities WHERE event IN ('enrolled', 'left_sequence') ORDER BY occurred_at, id",
        );
        let text = |row: &Row, name: &str| row[name].as_str().unwrap().to_owned();
        rows.iter().map(|row| (text(row, "event"), text(row, "subject"))).collect()
    }
}
