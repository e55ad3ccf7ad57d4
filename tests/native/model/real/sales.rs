//! The real commands on accounts, contacts, opportunities and people.

use lead_core::account::AccountBody;
use lead_core::body::Sent;
use lead_core::command::account::{CreateAccount, DeleteAccount};
use lead_core::command::contact::{CreateContact, DeleteContact, EditContact};
use lead_core::command::opportunity::{ChangeOpportunity, CreateOpportunity, OpportunityChange};
use lead_core::command::user::EditUser;
use lead_core::contact::ContactBody;
use lead_core::edit::Precondition;
use lead_core::field::Country;
use lead_core::money::Currency;
use lead_core::opportunity::StageMove;
use lead_core::time::Instant;
use lead_store::run::run;
use pollster::block_on;
use serde_json::{Value, json};

use super::super::super::stage::Who;
use super::super::step::{Condition, Seen, Stage};
use super::super::world::{DOMAIN, DOMAINS, PERSONS};
use super::{Answer, Play, members};

impl Play {
    pub(super) fn open_account(&self, by: Who, company: usize) -> Answer {
        let mut body = json!({ "name": PERSONS[company].2 });
        if let Some(domain) = DOMAIN[company] {
            body["domain"] = DOMAINS[domain].into();
        }
        let currency = Currency::parse("INR").unwrap();
        let body = AccountBody::parse(members(&body), currency).unwrap();
        let mut context = self.context(by);
        let command = CreateAccount { by: self.principal(by), id: context.ids.next_id(), currency, body };
        Answer::done(block_on(run(&self.database(), &command, &mut context)))
    }

    pub(super) fn close_account(&self, by: Who, number: usize, seen: Seen) -> Answer {
        let precondition = self.precondition("accounts", number, seen);
        self.run(by, &DeleteAccount { by: self.principal(by), id: self.id("account", number), precondition })
    }

    pub(super) fn open_contact(&self, by: Who, account: usize, person: usize, primary: bool) -> Answer {
        let (first, last, _, email, phone) = PERSONS[person];
        let account_id = self.id("account", account);
        let mut body =
            json!({ "account_id": account_id, "name": format!("{first} {last}"), "email": email, "phone": phone });
        if primary {
            body["is_primary_contact"] = true.into();
        }
        let body = ContactBody::parse(members(&body), Country::INDIA, None).unwrap();
        let mut context = self.context(by);
        let id = context.ids.next_id();
        let command = CreateContact { by: self.principal(by), id, account_id, body };
        Answer::done(block_on(run(&self.database(), &command, &mut context)))
    }

    pub(super) fn appoint(&self, by: Who, number: usize, primary: bool, seen: Seen) -> Answer {
        self.change_contact(by, number, &json!({ "is_primary_contact": primary }), seen)
    }

    pub(super) fn move_contact(&self, by: Who, number: usize, account: usize, seen: Seen) -> Answer {
        self.change_contact(by, number, &json!({ "account_id": self.id("account", account) }), seen)
    }

    fn change_contact(&self, by: Who, number: usize, patch: &Value, seen: Seen) -> Answer {
        let command = EditContact {
            by: self.principal(by),
            id: self.id("contact", number),
            precondition: self.precondition("contacts", number, seen),
            members: members(patch),
            whole: false,
        };
        self.run(by, &command)
    }

    pub(super) fn close_contact(&self, by: Who, number: usize, seen: Seen) -> Answer {
        let precondition = self.precondition("contacts", number, seen);
        self.run(by, &DeleteContact { by: self.principal(by), id: self.id("contact", number), precondition })
    }

    pub(super) fn open_deal(&self, by: Who, account: usize) -> Answer {
        let body = json!({ "name": "Pumps", "account_id": self.id("account", account), "deal_value": "12.50", "close_date": "2027-01-01T00:00:00Z" });
        let mut context = self.context(by);
        let command = CreateOpportunity::parse(context.ids.next_id(), members(&body), self.principal(by)).unwrap();
        Answer::done(block_on(run(&self.database(), &command, &mut context)))
    }

    pub(super) fn move_deal(&self, by: Who, number: usize, to: Stage, reopen: bool, seen: Seen) -> Answer {
        let mut body = json!({ "stage": to.worth().0, "reopen": reopen, "reason": "as agreed" });
        if matches!(to, Stage::Lost) {
            body["lost_reason"] = "price".into();
        }
        self.change_deal(by, number, OpportunityChange::Move(StageMove::parse(members(&body)).unwrap()), seen)
    }

    pub(super) fn rate_deal(&self, by: Who, number: usize, percent: i64, seen: Seen) -> Answer {
        self.change_deal(by, number, OpportunityChange::Merge(members(&json!({ "probability": percent }))), seen)
    }

    pub(super) fn close_deal(&self, by: Who, number: usize, seen: Seen) -> Answer {
        self.change_deal(by, number, OpportunityChange::Delete, seen)
    }

    fn change_deal(&self, by: Who, number: usize, to: OpportunityChange, seen: Seen) -> Answer {
        let precondition = self.precondition("opportunities", number, seen);
        self.run(
            by,
            &ChangeOpportunity { id: self.id("opportunity", number), to, by: self.principal(by), precondition },
        )
    }

    pub(super) fn condition(&self, sdr: usize, condition: Condition) -> Answer {
        let at = |ms: i64| json!(Instant::from_ms(self.world.now + ms).unwrap());
        let body = match condition {
            Condition::Capacity(capacity) => json!({ "capacity": capacity }),
            Condition::Absent(ms) => json!({ "absent_until": ms.map(at) }),
            Condition::Active(active) => json!({ "is_active": active }),
        };
        let (id, sent) = (self.stage.sdrs[sdr].clone(), Sent::Patch(members(&body)));
        self.run(Who::Admin, &EditUser { id, sent, precondition: Precondition::Any, session_id: None })
    }
}
