//! The real commands on one lead.

use lead_core::activity::{ActivityValues, RelatedType};
use lead_core::command::activity::RecordActivity;
use lead_core::command::lead::{
    AssignLead, AssignTo, BulkAssign, DeleteLead, EditLead, MoveLead, Moving, RestoreLead, Target,
};
use lead_core::id::Id;
use lead_store::leads::edit;
use lead_store::run::run;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::{Value, json};

use super::super::super::stage::Who;
use super::super::step::{Change, Happened, Seen};
use super::super::world::PERSONS;
use super::{Answer, Play, members};

impl Play {
    pub(super) fn target(&self, by: Who, lead: usize, seen: Seen) -> Target {
        Target {
            id: self.id("lead", lead),
            by: self.principal(by),
            precondition: self.precondition("leads", lead, seen),
        }
    }

    pub(super) fn edit(&self, by: Who, lead: usize, change: Change, seen: Seen) -> Answer {
        let target = self.target(by, lead, seen);
        let mut context = self.context(by);
        let outcomes = block_on(self.stage.database.batch(vec![edit::read(&target, &context)])).unwrap();
        let found = edit::found(&outcomes[0]).unwrap();
        match EditLead::patch(target, members(&patch(change)), found.as_ref(), &context) {
            Ok(command) => Answer::done(block_on(run(&self.database(), &command, &mut context))),
            Err(refusal) => Answer::failed(&refusal.into()),
        }
    }

    pub(super) fn delete(&self, by: Who, lead: usize, seen: Seen) -> Answer {
        self.run(by, &DeleteLead { target: self.target(by, lead, seen) })
    }

    pub(super) fn restore(&self, by: Who, lead: usize, seen: Seen) -> Answer {
        self.run(by, &RestoreLead { target: self.target(by, lead, seen) })
    }

    pub(super) fn assign(&self, by: Who, lead: usize, to: Option<usize>, seen: Seen) -> Answer {
        let to = to.map_or(AssignTo::Rules, |person| AssignTo::Person(self.person(person)));
        self.run(by, &AssignLead { target: self.target(by, lead, seen), to })
    }

    pub(super) fn bulk(&self, by: Who, from: usize, to: Option<usize>) -> Answer {
        let body = json!({ "from_owner_id": self.person(from), "owner_id": to.map(|to| self.person(to)) });
        let mut context = self.context(by);
        let command = BulkAssign::parse(members(&body), self.principal(by), context.ids.next_id()).unwrap();
        Answer::done(block_on(run(&self.database(), &command, &mut context)))
    }

    pub(super) fn disqualify(&self, by: Who, lead: usize, seen: Seen) -> Answer {
        let moving = Moving::disqualify(members(&json!({ "reason": "no budget" }))).unwrap();
        self.run(by, &MoveLead { target: self.target(by, lead, seen), moving })
    }

    pub(super) fn recycle(&self, by: Who, lead: usize, seen: Seen) -> Answer {
        self.run(by, &MoveLead { target: self.target(by, lead, seen), moving: Moving::Recycle })
    }

    pub(super) fn record(&self, by: Who, (kind, id): (RelatedType, Id), happened: Happened) -> Answer {
        let mut context = self.context(by);
        let direction = if happened.outbound { "outbound" } else { "inbound" };
        let body = json!({ "activity_type": happened.kind.name(), "direction": direction, "notes": "as it went" });
        let values = ActivityValues::parse(members(&body), context.now).unwrap();
        let command = RecordActivity {
            id: context.ids.next_id(),
            related_to_type: kind,
            related_to_id: id,
            values,
            by: self.principal(by),
        };
        Answer::done(block_on(run(&self.database(), &command, &mut context)))
    }
}

fn patch(change: Change) -> Value {
    match change {
        Change::Person(at) => {
            json!({ "first_name": PERSONS[at].0, "last_name": PERSONS[at].1, "company_name": PERSONS[at].2 })
        }
        Change::Email(at) => json!({ "email": PERSONS[at].3 }),
        Change::Phone(at) => json!({ "phone": PERSONS[at].4 }),
        Change::Worth(worth) => {
            let (authority, rest) = (worth > 0, worth > 1);
            json!({
                "authority_level": authority.then_some("decision_maker"),
                "budget_range": rest.then_some("10 lakh"),
                "timeline": rest.then_some("30 days"),
            })
        }
        Change::Consent(consent) => json!({ "gdpr_consent": consent }),
        Change::Dnd(dnd) => json!({ "dnd_status": dnd }),
    }
}
