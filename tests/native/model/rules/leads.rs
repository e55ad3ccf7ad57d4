//! People work on a lead: edit it, move it on, hand it over, hide it and bring it back (spec L9, M1, A, R1, R4).

use super::super::super::stage::Who;
use super::super::step::{Change, Seen};
use super::super::world::{Lead, PERSONS, World};
use super::Refused;

impl World {
    /// The lead that somebody may change: it is seen and not deleted, and they know its version.
    pub(crate) fn changeable(&self, by: Who, number: usize, seen: Seen) -> Result<(), Refused> {
        match self.leads.get(number) {
            Some(lead) if !lead.deleted => self.known(by, number, seen),
            _ => Err("refused not-found"),
        }
    }

    /// The same, a deleted one included.
    fn known(&self, by: Who, number: usize, seen: Seen) -> Result<(), Refused> {
        match self.leads.get(number) {
            Some(lead) if !lead.erased && self.sees(by, lead.owner) => seen.check(),
            _ => Err("refused not-found"),
        }
    }

    pub(crate) fn edit(&mut self, by: Who, number: usize, change: Change, seen: Seen) -> Result<String, Refused> {
        self.changeable(by, number, seen)?;
        let old = self.leads[number].clone();
        let lead = &mut self.leads[number];
        match change {
            Change::Person(person) => lead.person = person,
            Change::Email(email) => lead.email = email,
            Change::Phone(phone) => lead.phone = phone,
            Change::Worth(worth) => lead.worth = worth,
            Change::Consent(consent) => lead.consent = consent,
            Change::Dnd(dnd) => lead.dnd = dnd,
        }
        let new = self.leads[number].clone();
        let taken = |lead: &Lead| lead.email == new.email || lead.phone == new.phone;
        let mut others =
            self.leads.iter().enumerate().filter(|(other, lead)| *other != number && lead.stands() && taken(lead));
        if old.status != "converted" && others.next().is_some() {
            self.leads[number] = old;
            return Err("refused duplicate-lead");
        }
        let words = |at: usize| [PERSONS[at].0, PERSONS[at].1, PERSONS[at].2];
        let names = ["first_name", "last_name", "company_name"];
        let mut fields: Vec<&str> =
            (0..3).filter(|n| words(old.person)[*n] != words(new.person)[*n]).map(|n| names[n]).collect();
        fields.extend((old.email != new.email).then_some("email"));
        fields.extend((old.phone != new.phone).then_some("phone"));
        fields.extend(((old.worth > 0) != (new.worth > 0)).then_some("authority_level"));
        if (old.worth > 1) != (new.worth > 1) {
            fields.extend(["budget_range", "timeline"]);
        }
        let of = format!("lead {number}");
        let state = |given: bool| if given { "given" } else { "withdrawn" };
        if old.consent != new.consent {
            fields.extend(["gdpr_consent", "opt_in_date"]);
            self.tally(&of, &format!("consent marketing {}", state(new.consent)));
            self.leads[number].withdrawn = !new.consent;
        }
        if old.dnd != new.dnd {
            fields.push("dnd_status");
            self.tally(&of, &format!("consent dnd {}", state(new.dnd)));
        }
        self.edited(number, "update", &fields);
        self.rescored(number, &old);
        Ok("done".to_owned())
    }

    pub(crate) fn delete(&mut self, by: Who, number: usize, seen: Seen) -> Result<String, Refused> {
        self.changeable(by, number, seen)?;
        self.leads[number].deleted = true;
        self.edited(number, "delete", &["deleted_at"]);
        Ok("done".to_owned())
    }

    /// A deleted lead comes back unless another one stands for its person; else a quarantine is lifted.
    pub(crate) fn restore(&mut self, by: Who, number: usize, seen: Seen) -> Result<String, Refused> {
        self.known(by, number, seen)?;
        let lead = self.leads[number].clone();
        let of = format!("lead {number}");
        if lead.deleted {
            if lead.status != "converted" && self.exact(lead.email, lead.phone).is_some() {
                return Err("refused duplicate-lead");
            }
            self.leads[number].deleted = false;
            self.edited(number, "restore", &["deleted_at"]);
            self.tell(&of, "restored");
        } else if lead.quarantined {
            self.leads[number].quarantined = false;
            self.leads[number].validation = "valid";
            self.edited(number, "restore", &["quarantined_at", "validation_status"]);
            self.tell(&of, "restored");
            if lead.owner.is_none() {
                let (owner, why) = self.next_owner();
                self.hand(number, owner, why);
            }
        }
        Ok("done".to_owned())
    }

    /// To a person, or by the rules.
    pub(crate) fn assign(&mut self, by: Who, number: usize, to: Option<usize>, seen: Seen) -> Result<String, Refused> {
        self.changeable(by, number, seen)?;
        if let Some(person) = to {
            if !self.people[person].active || !self.sees(by, Some(person)) {
                return Err("refused invalid-values");
            }
            if self.leads[number].owner == to {
                return Ok("done".to_owned());
            }
        }
        let (owner, why) = match to {
            Some(person) => (Some(person), "person".to_owned()),
            None => self.next_owner(),
        };
        let waits = self.leads[number].owner.is_none() && self.leads[number].assignment.as_deref() == Some("queue");
        if owner.is_some() || !waits {
            self.give(number, owner, why);
        }
        Ok("done".to_owned())
    }

    /// The open leads of one person, oldest first; by the rules in whole rounds, after each of which somebody may be full.
    pub(crate) fn bulk(&mut self, by: Who, from: usize, to: Option<usize>) -> Result<String, Refused> {
        let may = |to: usize| to != from && self.people[to].active && self.sees(by, Some(to));
        if !self.sees(by, Some(from)) || !to.is_none_or(may) {
            return Err("refused invalid-values");
        }
        let open = |n: &usize| self.leads[*n].is_open() && self.leads[*n].owner == Some(from);
        let leads: Vec<usize> = (0..self.leads.len()).filter(open).collect();
        let mut round: Vec<usize> = Vec::new();
        let mut left = 0;
        for number in leads.iter().copied() {
            if left == 0 {
                round = self.eligible().into_iter().filter(|person| *person != from).collect();
                left = round.len();
            }
            let owner = to.or_else(|| self.turn(&round));
            let why = to.map_or_else(|| self.by_turn(owner), |_| "person".to_owned());
            left = left.saturating_sub(1);
            self.give(number, owner, why);
        }
        if !leads.is_empty() {
            self.audit(&self.people[from].name(), "bulk_assign", "");
        }
        Ok("done".to_owned())
    }

    /// Another version with this owner, or the same one by another turn.
    fn give(&mut self, number: usize, owner: Option<usize>, why: String) {
        self.leads[number].version += 1;
        self.hand(number, owner, why);
    }

    pub(super) fn hand(&mut self, number: usize, owner: Option<usize>, why: String) {
        let of = format!("lead {number}");
        if self.leads[number].owner != owner {
            self.leads[number].owner = owner;
            self.audit(&of, "assign", "lead_owner_id");
            self.tell(&of, "assigned");
        }
        if self.leads[number].assignment.as_ref() != Some(&why) {
            self.leads[number].assignment = Some(why);
            self.audit(&of, "assign", "assignment");
        }
    }

    pub(crate) fn disqualify(&mut self, by: Who, number: usize, seen: Seen) -> Result<String, Refused> {
        self.changeable(by, number, seen)?;
        if ["converted", "disqualified"].contains(&self.leads[number].status) {
            return Err("refused impossible-move");
        }
        self.leads[number].status = "disqualified";
        self.edited(number, "disqualify", &["status", "disqualified_reason"]);
        self.tell(&format!("lead {number}"), "disqualified");
        Ok("done".to_owned())
    }

    pub(crate) fn recycle(&mut self, by: Who, number: usize, seen: Seen) -> Result<String, Refused> {
        self.changeable(by, number, seen)?;
        if self.leads[number].status != "unqualified" {
            return Err("refused impossible-move");
        }
        let moved = (self.leads[number].stage != "awareness").then_some("stage");
        (self.leads[number].status, self.leads[number].stage) = ("recycled", "awareness");
        let fields: Vec<&str> = ["status"].into_iter().chain(moved).collect();
        self.edited(number, "recycle", &fields);
        self.tell(&format!("lead {number}"), "recycled");
        Ok("done".to_owned())
    }
}
