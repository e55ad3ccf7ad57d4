//! A lead is qualified (spec Q).

use super::super::super::stage::Who;
use super::super::step::{Answers, Seen};
use super::super::world::World;
use super::Refused;

impl World {
    pub(crate) fn qualify(&mut self, by: Who, number: usize, answers: Answers, seen: Seen) -> Result<String, Refused> {
        let lead = self.leads.get(number).filter(|lead| !lead.deleted && self.sees(by, lead.owner));
        let lead = lead.cloned().ok_or("refused not-found")?;
        if answers.confirm && matches!(by, Who::Sdr(_)) {
            return Err("refused forbidden");
        }
        seen.check()?;
        if !["new", "contacted", "recycled", "unqualified", "qualified"].contains(&lead.status) {
            return Err("refused impossible-move");
        }
        let points = (25 * answers.bant + (5 * answers.meddicc).min(20)).min(100);
        let waits = answers.high_risk && !answers.confirm;
        let (status, event) = match points {
            75.. if waits => (lead.status, "qualified"),
            75.. => ("qualified", "qualified"),
            50.. => (lead.status, "nurture_more"),
            _ => ("unqualified", "unqualified"),
        };
        let stage = if status == "qualified" { "decision" } else { lead.stage };
        let fields = [("status", status != lead.status), ("stage", status != lead.status && stage != lead.stage)];
        let fields: Vec<&str> = fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
        if status != lead.status {
            (self.leads[number].status, self.leads[number].stage) = (status, stage);
        }
        self.edited(number, "qualify", &fields);
        let of = format!("lead {number}");
        self.audit(&of, "qualify", "qualification");
        self.tally(&of, "qualifications");
        self.tell(&of, event);
        Ok("done".to_owned())
    }
}
