//! The model's picture of the company.

use super::super::stage::Who;
use super::picture::Picture;
use super::world::{DOMAINS, Lead, PERSONS, Person, World};

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
        self.draw_records(&mut picture);
        for ((of, what), count) in self.tally.iter().filter(|(_, count)| **count != 0) {
            picture.count(of, what, *count);
        }
        for (number, person) in self.people.iter().enumerate().filter(|(_, person)| person.capacity.is_some()) {
            picture.line(&person.name(), "open leads", &format!("{} counted", self.load(number)));
        }
        picture
    }

    fn draw_lead(&self, of: &str, lead: &Lead, picture: &mut Picture) {
        let Lead { person, email, phone, owner, status, stage, events, validation, .. } = lead;
        let words = if lead.erased { "nobody at  and ".to_owned() } else { format!("{person} at {email} and {phone}") };
        picture.line(&of, "person", &words);
        picture.maybe(&of, "owner", owner.map(|owner| self.people[owner].name()).as_ref().map(|name| name as _));
        picture.maybe(&of, "assignment", lead.assignment.as_ref().map(|why| why as _));
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
        picture.line(&of, "dnd", &lead.dnd);
        picture.maybe(&of, "contacted", lead.contacted_at.as_ref().map(|at| at as _));
        if let Some(became) = &lead.became {
            let deal = became.opportunity.map_or("none".to_owned(), |deal| deal.to_string());
            picture.line(
                &of,
                "became",
                &format!("account {} contact {} opportunity {deal}", became.account, became.contact),
            );
        }
        picture.line(&of, "deleted", &lead.deleted);
        picture.line(&of, "stands", &lead.stands());
        picture.line(&of, "version", &lead.version);
    }
    fn draw_records(&self, picture: &mut Picture) {
        let owner = |owner: Option<usize>| owner.map_or("nobody".to_owned(), |owner| self.people[owner].name());
        for (number, account) in self.accounts.iter().enumerate() {
            let of = format!("account {number}");
            picture.line(&of, "owner", &owner(account.owner));
            picture.line(&of, "name", &PERSONS[account.company].2);
            picture.line(&of, "domain", &account.domain.map_or("none", |domain| DOMAINS[domain]));
            picture.line(&of, "deleted", &account.deleted);
            picture.line(&of, "version", &account.version);
        }
        for (number, contact) in self.contacts.iter().enumerate() {
            let of = format!("contact {number}");
            let (first, last, ..) = PERSONS[contact.name];
            let words = format!("{first} {last} {}", PERSONS[contact.email].3);
            let words = if contact.erased { " ".to_owned() } else { words };
            picture.line(&of, "is", &format!("{words} in account {}", contact.account));
            picture.line(&of, "primary", &contact.primary);
            picture.line(&of, "deleted", &contact.deleted);
            picture.line(&of, "version", &contact.version);
        }
        for (number, deal) in self.opportunities.iter().enumerate() {
            let of = format!("opportunity {number}");
            let contact = deal.contact.map_or("none".to_owned(), |contact| contact.to_string());
            picture.line(&of, "is", &format!("of account {} contact {contact}", deal.account));
            picture.line(&of, "owner", &owner(deal.owner));
            let hand = if deal.by_hand { " by hand" } else { "" };
            picture.line(&of, "stage", &format!("{} {}{hand} {}", deal.stage, deal.probability, deal.category));
            picture.maybe(&of, "closed", deal.closed_at.as_ref().map(|at| at as _));
            picture.maybe(&of, "before", deal.stage_before.as_ref().map(|stage| stage as _));
            picture.line(&of, "lost", &deal.lost);
            picture.line(&of, "deleted", &deal.deleted);
            picture.line(&of, "version", &deal.version);
        }
    }
}
