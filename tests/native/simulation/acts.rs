//! What people do meanwhile: visitors, those who work there, and those who get the mails.

use lead_core::activity::{ActivityValues, RelatedType};
use lead_core::body::Sent;
use lead_core::command::activity::RecordActivity;
use lead_core::command::enrolment::{Enrol, LeaveSequence};
use lead_core::command::erase::Erase;
use lead_core::command::lead::{DeleteLead, EditLead, MoveLead, Moving, RestoreLead, Target};
use lead_core::command::mail::{ActOnMail, MailAct};
use lead_core::command::mail_back::{AddSuppression, Cause, ConfirmOptIn, LiftSuppression, Stop};
use lead_core::command::qualify::Qualify;
use lead_core::command::sequence::{CreateSequence, DeleteSequence, EditSequence, MoveEnrolled};
use lead_core::command::settings::EditSettings;
use lead_core::edit::Precondition;
use lead_core::entity::Entity;
use lead_core::id::Id;
use lead_core::qualify::QualificationRequest;
use lead_core::sequence::SequenceValues;
use lead_core::submission::Correction;
use lead_core::suppression::AddressHash;
use lead_store::failure::Failure;
use lead_store::run::{Command, run};
use serde_json::{Value, json};

use super::super::nursery::steps;
use super::super::people::members;
use super::super::stage::{Who, contact, visitor, with};
use super::line::Line;
use super::watcher::text;
use super::world::World;

/// How many people there are, so that they come back.
const PEOPLE: usize = 7;

impl World {
    /// Somebody does something.
    pub(super) async fn act(&self, line: &Line<'_>) {
        match self.chance.below(100) {
            0..=27 => self.visit(line).await,
            28..=49 => self.word(line).await,
            50..=66 => self.work(line).await,
            67..=69 => self.mail(line).await,
            70..=79 => self.stop(line).await,
            80..=93 => self.sequence(line).await,
            _ => self.settings(line).await,
        }
    }

    /// Runs a command, whatever comes of it; only what is stored must be readable.
    async fn command<C: Command>(&self, line: &Line<'_>, what: &str, command: &C) {
        let mut context = self.stage.context(self.now().ms());
        let told = match run(line, command, &mut context).await {
            Ok(_) => "done".to_owned(),
            Err(Failure::Refused(refusal)) => format!("{refusal:?}").chars().take(60).collect(),
            Err(Failure::Busy(why)) => why,
            Err(Failure::Corrupt(why)) => {
                self.wrong(format!("{what}: {why}"));
                why
            }
        };
        self.tell(&format!("{what}: {told}"));
    }

    /// One of the ids that a query gives.
    fn drawn(&self, sql: &str) -> Option<Id> {
        let rows = self.stage.database.rows(sql);
        let at = if rows.is_empty() { return None } else { self.chance.below(rows.len()) };
        Id::parse(&text(&rows[at], "id"))
    }

    fn lead(&self) -> Option<Id> {
        self.drawn("SELECT id FROM leads")
    }

    fn target(&self, id: &Id) -> Target {
        Target { id: id.clone(), by: self.stage.principal(Who::Admin), precondition: Precondition::Any }
    }

    /// Somebody fills the form, for the first time or again, sometimes as spam.
    async fn visit(&self, line: &Line<'_>) {
        let person = self.chance.below(PEOPLE);
        let mut values = with(visitor(person), json!({ "country": self.chance.one(&["IN", "DE", "US", "NZ"]) }));
        // Some share a mail domain.
        if person < 3 {
            values["email"] = format!("p{person}@shared-works.com").into();
        }
        if self.chance.happens(750) {
            values["gdpr_consent"] = true.into();
        }
        if self.chance.happens(100) {
            values["lg_ref"] = "http://x".into();
        }
        let key = format!("{}", self.elapsed());
        let command =
            self.stage.command(Who::Visitor, &values, Some(&key)).hashed(Some(&self.secret), &self.stage.company_id);
        self.command(line, &format!("person {person} visits"), &command).await;
    }

    /// The person says something, or it is said for them.
    async fn word(&self, line: &Line<'_>) {
        let Some(id) = self.lead() else { return };
        match self.chance.below(10) {
            0..=4 => {
                let (name, given) =
                    (self.chance.one(&["gdpr_consent", "gdpr_consent", "dnd_status"]), self.chance.happens(500));
                self.edit(line, &id, &json!({ name: given })).await;
            }
            5..=6 => self.record(line, &id, "email", "inbound").await,
            7..=8 => {
                let asked = self.drawn("SELECT id FROM opt_ins WHERE mail_id IS NOT NULL");
                let Some(mail_id) = asked else { return };
                let key = self.key_of_mail(&mail_id);
                let (address, secret) = (self.hash(&key), self.secret.clone());
                self.command(line, "confirms", &ConfirmOptIn { mail_id, address, secret }).await;
            }
            _ => self.record(line, &id, "call", "outbound").await,
        }
    }

    fn key_of_mail(&self, mail: &Id) -> String {
        let rows = self.stage.database.rows(&format!("SELECT to_address FROM mails WHERE id = '{mail}'"));
        rows.first().map(|row| text(row, "to_address")).unwrap_or_default()
    }

    fn hash(&self, key: &str) -> AddressHash {
        AddressHash::of_key(&self.secret, &self.stage.company_id, key)
    }

    async fn edit(&self, line: &Line<'_>, id: &Id, change: &Value) {
        let row = &self
            .stage
            .database
            .rows(&format!("SELECT email, phone, first_name, last_name, company_name FROM leads WHERE id = '{id}'"))[0];
        let mut values = contact(1);
        for name in ["email", "phone", "first_name", "last_name", "company_name"] {
            values[name] = row[name].clone();
        }
        let target = self.target(id);
        let country = target.by.country;
        let Ok(correction) = Correction::parse(members(&with(values, change.clone())), country, &self.stage.policy)
        else {
            return;
        };
        let command = EditLead::whole(target, correction).hashed(Some(&self.secret), &self.stage.company_id);
        self.command(line, &format!("{id} is edited: {change}"), &command).await;
    }

    async fn record(&self, line: &Line<'_>, lead: &Id, kind: &str, direction: &str) {
        let body = json!({ "activity_type": kind, "subject": "about pumps", "direction": direction });
        let Ok(values) = ActivityValues::parse(members(&body), self.now()) else { return };
        let id = self.stage.context(self.now().ms()).ids.next_id();
        let by = self.stage.principal(Who::Admin);
        let (related_to_type, related_to_id) = (RelatedType::Lead, lead.clone());
        let command = RecordActivity { id, related_to_type, related_to_id, values, by };
        self.command(line, &format!("{direction} {kind} of {lead}"), &command).await;
    }

    /// Whoever works there does something with a lead.
    async fn work(&self, line: &Line<'_>) {
        let Some(id) = self.lead() else { return };
        let target = self.target(&id);
        match self.chance.below(20) {
            0..=1 => {
                let moving = Moving::disqualify(members(&json!({ "reason": "no fit" }))).unwrap();
                self.command(line, &format!("{id} is given up"), &MoveLead { target, moving }).await;
            }
            2..=4 => {
                self.command(line, &format!("{id} is recycled"), &MoveLead { target, moving: Moving::Recycle }).await;
            }
            5..=8 => {
                let all = [("budget", "10 lakh"), ("authority", "CTO"), ("need", "pumps"), ("timeline", "Q1")];
                let met = self.chance.one(&[1, 2, 3]);
                let bant: Value = all[..met].iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
                let request = QualificationRequest::parse(members(&json!({ "bant": bant })), &id).unwrap();
                let qualification = self.stage.context(self.now().ms()).ids.next_id();
                self.command(line, &format!("{id} meets {met}"), &Qualify { id: qualification, target, request }).await;
            }
            9..=10 => self.command(line, &format!("{id} is deleted"), &DeleteLead { target }).await,
            11..=13 => self.command(line, &format!("{id} is restored"), &RestoreLead { target }).await,
            14 => {
                let by = self.stage.principal(Who::Admin);
                let erase = Erase { by, entity: Entity::Lead, id: id.clone(), precondition: Precondition::Any };
                self.command(line, &format!("{id} is erased"), &erase).await;
            }
            15 => {
                let Some(sequence_id) = self.drawn("SELECT id FROM sequences") else { return };
                let leave = LeaveSequence { lead_id: id.clone(), sequence_id, by: target.by };
                self.command(line, &format!("{id} is taken out"), &leave).await;
            }
            _ => {
                let Some(sequence_id) = self.drawn("SELECT id FROM sequences") else { return };
                let new = self.stage.context(self.now().ms()).ids.next_id();
                let enrol = Enrol { id: new, sequence_id, lead_id: id.clone(), by: target.by };
                self.command(line, &format!("{id} is enrolled by hand"), &enrol).await;
            }
        }
    }

    /// Somebody takes up a mail that waits for a person, or gives one up.
    async fn mail(&self, line: &Line<'_>) {
        let act = self.chance.one(&[MailAct::Retry, MailAct::Retry, MailAct::Cancel]);
        let open = if act == MailAct::Retry { "('dead', 'parked')" } else { "('queued', 'dead', 'parked')" };
        let Some(mail_id) = self.drawn(&format!("SELECT id FROM mails WHERE state IN {open}")) else { return };
        let by = self.stage.principal(Who::Admin);
        self.command(line, &format!("{mail_id}: {} by hand", act.as_str()), &ActOnMail { mail_id, act, by }).await;
    }

    /// No more mails, by a mail that came, or by hand.
    async fn stop(&self, line: &Line<'_>) {
        if self.chance.happens(300) {
            let Some(id) = self.lead() else { return };
            let row = &self.stage.database.rows(&format!("SELECT email_key FROM leads WHERE id = '{id}'"))[0];
            let address = self.hash(&text(row, "email_key"));
            if self.chance.happens(500) {
                self.command(line, &format!("{id} is listed"), &AddSuppression { address, sequence_id: None }).await;
            } else {
                let Some(id) = self.drawn("SELECT id FROM suppressions") else { return };
                self.command(line, &format!("{id} is unlisted"), &LiftSuppression { id }).await;
            }
            return;
        }
        let Some(mail_id) =
            self.drawn("SELECT id FROM mails WHERE state = 'sent' AND kind = 'sequence' AND to_address <> ''")
        else {
            return;
        };
        let address = self.hash(&self.key_of_mail(&mail_id));
        let cause = self.chance.one(&[
            Cause::LeftSequence,
            Cause::LeftSequence,
            Cause::Left,
            Cause::Complained,
            Cause::Bounced,
        ]);
        self.command(line, &format!("by {mail_id}: {cause:?}"), &Stop { mail_id, address, cause, event: None }).await;
    }

    /// A sequence as it may be: its name tells how many there were before it.
    pub(super) fn drawn_sequence(&self, name: &str) -> Value {
        let delays: Vec<u32> = (0..self.chance.between(1, 4)).map(|_| self.chance.one(&[0, 0, 1, 2, 5])).collect();
        let mut body = json!({ "name": name, "is_active": true, "steps": steps(&delays) });
        for step in body["steps"].as_array_mut().into_iter().flatten().skip(1) {
            step["is_active"] = self.chance.happens(850).into();
        }
        match self.chance.below(4) {
            0..=1 => body["trigger_event"] = "lead_created".into(),
            2 => {
                body["trigger_event"] = "score_threshold".into();
                body["score_threshold"] = 30.into();
            }
            _ => {
                body["trigger_event"] = "status_changed".into();
                body["to_status"] = self.chance.one(&["contacted", "recycled"]).into();
            }
        }
        if self.chance.happens(500) {
            body["send_window"] = json!({
                "weekdays": self.chance.one(&[["mon", "tue", "wed", "thu"], ["fri", "sat", "sun", "mon"]]),
                "from": self.chance.one(&["00:00", "02:15", "09:00"]), "to": self.chance.one(&["10:30", "17:00", "24:00"]),
                "time_zone": self.chance.one(&["lead", "company"]),
            });
        }
        for cap in ["daily_cap_per_lead", "daily_cap_per_domain"] {
            if self.chance.happens(500) {
                body[cap] = self.chance.between(1, 2).into();
            }
        }
        if self.chance.happens(200) {
            body["exit_condition"] = json!({ "field": "owned", "op": "is", "value": false });
        }
        body
    }

    pub(super) async fn create(&self, line: &Line<'_>, name: &str) {
        let Ok(values) = SequenceValues::parse(members(&self.drawn_sequence(name)), &self.stage.policy) else { return };
        let id = self.stage.context(self.now().ms()).ids.next_id();
        self.command(line, &format!("sequence {name} {id}"), &CreateSequence { id, values }).await;
    }

    async fn sequence(&self, line: &Line<'_>) {
        let Some(id) = self.drawn("SELECT id FROM sequences WHERE deleted_at IS NULL") else { return };
        let precondition = Precondition::Any;
        match self.chance.below(20) {
            0..=8 => {
                let mut body = self.drawn_sequence("Edited");
                body["is_active"] = self.chance.happens(850).into();
                let command = EditSequence { id: id.clone(), sent: Sent::Patch(members(&body)), precondition };
                self.command(line, &format!("{id} is edited"), &command).await;
            }
            9..=16 => {
                let act = self.stage.context(self.now().ms()).ids.next_id();
                let by = self.stage.principal(Who::Admin);
                let command = MoveEnrolled::parse(members(&json!({})), (id.clone(), precondition), by, act).unwrap();
                self.command(line, &format!("those in {id} are moved"), &command).await;
            }
            17 => {
                self.command(line, &format!("{id} is deleted"), &DeleteSequence { id: id.clone(), precondition }).await;
            }
            _ => self.create(line, "Another").await,
        }
    }

    async fn settings(&self, line: &Line<'_>) {
        let body = match self.chance.below(5) {
            0 => json!({ "time_zone": self.chance.one(&["Asia/Kolkata", "Europe/Berlin", "America/New_York", "UTC"]) }),
            1 => json!({ "mail_address": null }),
            2 => json!({ "double_opt_in": self.chance.happens(500) }),
            3 => {
                json!({ "consent": { "default": self.chance.one(&["given", "not_withdrawn", "confirmed"]), "countries": {} } })
            }
            _ => json!({ "mail_address": "hello@tidewater-pumps.com", "postal_address": "1 Dock Rd, Pune" }),
        };
        self.set(line, &body).await;
    }

    pub(super) async fn set(&self, line: &Line<'_>, body: &Value) {
        let command = EditSettings { sent: Sent::Patch(members(body)), precondition: Precondition::Any };
        self.command(line, &format!("settings {body}"), &command).await;
    }
}
