//! Something happened with a lead: it is kept, scores, and a first contact moves it (spec V1, S3, M1).

use super::super::super::stage::Who;
use super::super::step::{Happened, Kind};
use super::super::world::World;
use super::Refused;

impl World {
    pub(crate) fn record(&mut self, by: Who, number: usize, happened: Happened) -> Result<String, Refused> {
        let lead = self.leads.get(number).filter(|lead| self.sees(by, lead.owner) && !lead.deleted);
        let lead = lead.cloned().ok_or("refused not-found")?;
        let of = format!("lead {number}");
        self.tally(&of, &format!("activity {}", happened.kind.name()));
        self.audit("activity", "create", "");
        if lead.status == "converted" {
            return Ok("done".to_owned());
        }
        let reaches = happened.outbound && happened.kind != Kind::Note;
        if reaches && lead.status != "disqualified" {
            self.reach(number);
        }
        let counts = match happened.kind {
            Kind::Call if happened.outbound => Some("call_made"),
            Kind::Meeting => Some("meeting_scheduled"),
            _ => None,
        };
        if let Some(event) = counts {
            let before = self.leads[number].clone();
            *self.leads[number].events.entry(event).or_default() += 1;
            self.rescored(number, &before);
        }
        Ok("done".to_owned())
    }

    /// A person of ours reached out.
    fn reach(&mut self, number: usize) {
        let now = self.now;
        let lead = &mut self.leads[number];
        let before = lead.clone();
        lead.contacted_at.get_or_insert(now);
        if ["new", "recycled"].contains(&lead.status) {
            (lead.status, lead.stage) = ("contacted", "consideration");
        }
        let after = lead.clone();
        let fields = [
            ("contacted_at", before.contacted_at != after.contacted_at),
            ("status", before.status != after.status),
            ("stage", before.stage != after.stage),
        ];
        let fields: Vec<&str> = fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
        self.edited(number, "update", &fields);
        if before.status != after.status {
            self.tell(&format!("lead {number}"), "contacted");
        }
    }
}
