//! The real commands that qualify and convert a lead, and that erase a person.

use lead_core::command::convert::{Convert, UndoConversion};
use lead_core::command::erase::Erase;
use lead_core::command::qualify::Qualify;
use lead_core::convert::ConversionRequest;
use lead_core::entity::Entity;
use lead_core::money::Currency;
use lead_core::qualify::QualificationRequest;
use lead_store::run::run;
use pollster::block_on;
use serde_json::{Map, Value, json};

use super::super::super::stage::Who;
use super::super::step::{Answers, Deal, Seen};
use super::{Answer, Play, members};

const BANT: [&str; 4] = ["budget", "authority", "need", "timeline"];
const MEDDICC: [&str; 7] =
    ["metrics", "economic_buyer", "decision_criteria", "decision_process", "identify_pain", "champion", "competition"];

impl Play {
    pub(super) fn qualify(&self, by: Who, lead: usize, answers: Answers, seen: Seen) -> Answer {
        let met = |names: &[&str], count: usize| {
            Value::Object(names[..count].iter().map(|name| ((*name).to_owned(), json!("yes"))).collect::<Map<_, _>>())
        };
        let body = json!({
            "bant": met(&BANT, answers.bant),
            "meddicc": met(&MEDDICC, answers.meddicc),
            "risk_score": if answers.high_risk { "high" } else { "low" },
            "confirm": answers.confirm,
        });
        let lead_id = self.id("lead", lead);
        let request = QualificationRequest::parse(members(&body), &lead_id).unwrap();
        let mut context = self.context(by);
        let command = Qualify { id: context.ids.next_id(), target: self.target(by, lead, seen), request };
        Answer::done(block_on(run(&self.database(), &command, &mut context)))
    }

    pub(super) fn convert(&self, by: Who, lead: usize, deal: Deal, seen: Seen) -> Answer {
        let mut body = json!({});
        if deal.amount {
            body["opportunity_amount"] = "1000.50".into();
        }
        if let Some(account) = deal.account {
            body["account_id"] = self.id("account", account).as_str().into();
        }
        if deal.overriding {
            body["override"] = json!({ "reason": "they signed already" });
        }
        let currency = Currency::parse("INR").unwrap();
        let command = Convert {
            target: self.target(by, lead, seen),
            request: ConversionRequest::parse(members(&body), currency).unwrap(),
            currency,
        };
        self.run(by, &command)
    }

    pub(super) fn erase(&self, lead: bool, number: usize, seen: Seen) -> Answer {
        let (entity, table) = if lead { (Entity::Lead, "leads") } else { (Entity::Contact, "contacts") };
        let (id, precondition) = (self.id(entity.as_str(), number), self.precondition(table, number, seen));
        self.run(Who::Admin, &Erase { by: self.principal(Who::Admin), entity, id, precondition })
    }

    pub(super) fn undo(&self, by: Who, lead: usize, seen: Seen) -> Answer {
        self.run(by, &UndoConversion { target: self.target(by, lead, seen) })
    }
}
