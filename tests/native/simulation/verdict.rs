//! The end of a story: nothing goes wrong any more, and the engine runs until nothing is left to do. Then everything must have
//! come to its end, or wait for a person where all can see it.

use std::collections::{BTreeMap, BTreeSet};

use lead_core::id::Id;
use lead_core::sequence::Definition;
use lead_store::nurture::Budget;
use serde_json::json;

use super::line::Line;
use super::race::{Task, race};
use super::watcher::{Place, text};
use super::world::World;
use super::{HOUR, MINUTE, Told};

/// So many runs it may take until all is done. Eight hours lie between two at most: sixty days and more.
const PASSES: usize = 240;

impl World {
    /// Lets everything come to its end, and says what came of it.
    pub(super) fn end(&self) -> Told {
        self.calm_down();
        let line = Line::new(self);
        let body = json!({ "mail_address": "hello@tidewater-pumps.com", "postal_address": "1 Dock Rd, Pune" });
        race(vec![Task::new(self.set(&line, &body), &line.killed)], &self.chance);
        for _ in 0..PASSES {
            self.pass(self.chance.between(6 * HOUR, 8 * HOUR).min(self.until_due()));
            let line = Line::new(self);
            race(vec![Task::new(async { drop(self.run(&line, Budget::default()).await) }, &line.killed)], &self.chance);
            if self.is_quiet() {
                break;
            }
        }
        self.mails_stand_where_they_should();
        self.enrolments_ended()
    }

    /// How long it is until something is due, at least a minute: the real cron comes each minute and misses no window of an hour.
    fn until_due(&self) -> i64 {
        let rows = self.stage.database.rows(
            "SELECT MIN(at) AS at FROM (SELECT next_try_at AS at FROM mails UNION ALL SELECT due_at FROM enrolments WHERE state = 'active')",
        );
        rows[0]["at"].as_i64().map_or(i64::MAX, |at| (at - self.now().ms()).max(MINUTE))
    }

    /// Nothing is left that time alone would bring about.
    fn is_quiet(&self) -> bool {
        // What a clock that was ahead wrote is looked at once ours is there.
        let newest = self.stage.database.rows("SELECT max(id) AS id FROM audit_logs");
        // What a provider may have is sent or parked sooner or later, whatever the lead agreed to.
        let unclear = self.stage.database.rows("SELECT id FROM mails WHERE state = 'sending'");
        if newest.iter().any(|row| text(row, "id") > Id::first_at(self.now())) || !unclear.is_empty() {
            return false;
        }
        let rows = self.stage.database.rows(
            "SELECT lead_id, sequence_id FROM mails WHERE next_try_at IS NOT NULL UNION \
             SELECT e.lead_id, e.sequence_id FROM enrolments e WHERE e.state = 'active' AND NOT EXISTS (SELECT 1 FROM mails m \
               WHERE m.id = e.last_mail_id AND m.state IN ('dead', 'parked'))",
        );
        rows.iter().all(|row| self.waits_for_consent(&(text(row, "lead_id"), text(row, "sequence_id"))))
    }

    /// Whether the lead has not agreed to be mailed: what waits for that may wait for ever.
    fn waits_for_consent(&self, place: &Place) -> bool {
        self.watcher.blocked(place, u64::MAX).is_some_and(|why| why.contains("consent"))
    }

    fn mails_stand_where_they_should(&self) {
        for row in self
            .stage
            .database
            .rows("SELECT id, state, next_try_at, reason, sent_at, asked_at, kind, lead_id, sequence_id FROM mails")
        {
            let (id, state) = (text(&row, "id"), text(&row, "state"));
            let delivered = self.office.delivered.borrow().get(&id).map_or(0, Vec::len);
            let known = match state.as_str() {
                "sent" => delivered >= 1 && row["sent_at"].is_i64() && row["reason"].is_null(),
                // What a provider may have is emptied too when its person is erased: then nobody can look after it.
                "cancelled" if row["reason"] == "erased" => true,
                "dead" | "cancelled" => (delivered == 0 || self.was_taken_up(&id)) && row["reason"].is_string(),
                "parked" => row["reason"].is_string(),
                _ => false,
            };
            if state == "queued" && self.waits_for_consent(&(text(&row, "lead_id"), text(&row, "sequence_id"))) {
                continue;
            }
            if !known || !row["next_try_at"].is_null() || !row["asked_at"].is_null() {
                self.wrong(format!("at the end a mail that was delivered {delivered} times is {row:?}"));
            }
        }
    }

    fn enrolments_ended(&self) -> Told {
        let mut told = Told { calls: self.office.calls.get(), ..Told::default() };
        told.delivered = self.office.delivered.borrow().values().map(Vec::len).sum();
        let moved = self.stage.database.rows("SELECT DISTINCT entity_id AS id FROM audit_logs WHERE action = 'move_enrolled' AND entity_type = 'enrolment'");
        let moved: BTreeSet<String> = moved.iter().map(|row| text(row, "id")).collect();
        let definitions = self.definitions();
        for row in self.stage.database.rows("SELECT * FROM enrolments") {
            told.enrolled += 1;
            let place = (text(&row, "lead_id"), text(&row, "sequence_id"));
            let mails = self.steps_of(&place);
            match text(&row, "state").as_str() {
                "active" => {
                    told.stuck += 1;
                    let waits = self.waits_for_consent(&place)
                        || mails.values().any(|state| ["dead", "parked"].contains(&state.as_str()));
                    if !waits {
                        self.wrong(format!("at the end it still waits, and nobody knows for what: {row:?}"));
                    }
                }
                "left" => {
                    told.left += 1;
                    if row["left_reason"].is_null() || row["ended_at"].is_null() {
                        self.wrong(format!("it left without a reason: {row:?}"));
                    }
                }
                _ => {
                    told.finished += 1;
                    let definition = &definitions[&(place.1.clone(), row["revision"].as_i64().unwrap())];
                    let steps = definition.steps.iter().filter(|step| step.is_active).map(|step| step.step_number);
                    let missing: Vec<u32> = steps.filter(|step| !mails.contains_key(step)).collect();
                    if !moved.contains(&text(&row, "id")) && !missing.is_empty() {
                        self.wrong(format!("it finished without the steps {missing:?}: {row:?}"));
                    }
                    // What waited for a person is cancelled with its person.
                    let erased = format!("SELECT 1 FROM leads WHERE id = '{}' AND erased_at IS NOT NULL", place.0);
                    let is_erased = !self.stage.database.rows(&erased).is_empty();
                    if !is_erased && mails.values().any(|state| state == "cancelled") {
                        self.wrong(format!("it finished with a mail that was cancelled: {row:?}"));
                    }
                }
            }
        }
        self.nobody_was_forgotten();
        told
    }

    /// Where each step of a lead in a sequence stands. What a person gave up, or took up again when all else was over, is theirs.
    fn steps_of(&self, (lead, sequence): &Place) -> BTreeMap<u32, String> {
        let sql = format!(
            "SELECT step_number, iif(state = 'cancelled' AND EXISTS (SELECT 1 FROM audit_logs a WHERE a.entity_id = mails.id \
               AND a.action IN ('cancel', 'retry')), 'given up', state) AS state \
             FROM mails WHERE lead_id = '{lead}' AND sequence_id = '{sequence}' AND kind = 'sequence'"
        );
        let step = |row: &lead_store::statement::Row| (row["step_number"].as_i64().unwrap() as u32, text(row, "state"));
        self.stage.database.rows(&sql).iter().map(step).collect()
    }

    fn definitions(&self) -> BTreeMap<(String, i64), Definition> {
        let rows = self.stage.database.rows("SELECT sequence_id, revision, definition FROM sequence_revisions");
        let one = |row: &lead_store::statement::Row| {
            let definition = serde_json::from_str(row["definition"].as_str().unwrap()).unwrap();
            ((text(row, "sequence_id"), row["revision"].as_i64().unwrap()), definition)
        };
        rows.iter().map(one).collect()
    }

    /// A lead to which nothing happened but that it came, while a sequence for new leads stood that never changed, is or was in it.
    fn nobody_was_forgotten(&self) {
        let rows = self.stage.database.rows(
            "SELECT l.id AS lead, s.id AS sequence FROM leads l JOIN sequences s ON s.trigger_event = 'lead_created' AND s.deleted_at IS NULL \
               AND s.version = 1 AND s.is_active = 1 AND s.active_since <= l.created_at \
             WHERE NOT EXISTS (SELECT 1 FROM audit_logs a WHERE a.entity_id = l.id AND a.action <> 'create') \
               AND l.quarantined_at IS NULL AND (s.score_max IS NULL OR l.lead_score <= s.score_max) AND s.exit_condition IS NULL \
               AND NOT EXISTS (SELECT 1 FROM enrolments e WHERE e.lead_id = l.id AND e.sequence_id = s.id)",
        );
        for row in rows.iter().filter(|row| !self.is_hidden(&text(row, "lead"))) {
            self.wrong(format!("nobody enrolled {row:?}"));
        }
    }
}
