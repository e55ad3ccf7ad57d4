//! The model's picture of the company.

use super::super::stage::Who;
use super::picture::Picture;
use super::world::{Lead, Person, World};

impl Person {
    /// As pictures name it.
    pub(crate) fn name(&self) -> String {
        match self.who {
            Who::Sdr(n) => format!("sdr {n}"),
            other => format!("{other:?}").to_lowercase(),
        }
    }
}

impl World {
    /// What can be observed of it.
    pub(crate) fn picture(&self) -> Picture {
        let mut picture = Picture::default();
        picture.line(&"pool", "turns", &self.turns);
        for (number, lead) in self.leads.iter().enumerate() {
            self.draw_lead(&format!("lead {number}"), lead, &mut picture);
        }
        for ((of, what), count) in &self.tally {
            picture.count(of, what, *count);
        }
        for (number, person) in self.people.iter().enumerate().filter(|(_, person)| person.capacity.is_some()) {
            picture.line(&person.name(), "open leads", &format!("{} counted", self.load(number)));
        }
        picture
    }

    fn draw_lead(&self, of: &str, lead: &Lead, picture: &mut Picture) {
        let Lead { person, email, phone, owner, status, stage, events, validation, .. } = lead;
        picture.line(&of, "person", &format!("{person} at {email} and {phone}"));
        picture.maybe(&of, "owner", owner.map(|owner| self.people[owner].name()).as_ref().map(|name| name as _));
        picture.line(&of, "status", status);
        picture.line(&of, "stage", stage);
        picture.line(&of, "score", &format!("{} of {}", lead.score(), lead.raw()));
        for (kind, count) in events {
            picture.line(&of, kind, count);
        }
        picture.line(&of, "validation", validation);
        picture.line(&of, "quarantined", &lead.quarantined);
        picture.maybe(&of, "duplicate", lead.duplicate.as_ref().map(|duplicate| duplicate as _));
        picture.line(&of, "consent", &lead.consent);
        picture.line(&of, "withdrawn", &lead.withdrawn);
        picture.maybe(&of, "contacted", lead.contacted_at.as_ref().map(|at| at as _));
        picture.line(&of, "deleted", &lead.deleted);
        picture.line(&of, "stands", &lead.stands());
        picture.line(&of, "version", &lead.version);
    }
}
