//! Accounts, contacts and opportunities in people's hands (spec O, R1).

use super::super::super::stage::Who;
use super::super::records::Account;
use super::super::step::{Happened, On, Seen, Stage};
use super::super::world::{DOMAIN, World};
use super::Refused;

impl World {
    pub(crate) fn open_account(&mut self, by: Who, company: usize) -> Result<String, Refused> {
        let number = self.accounts.len();
        let (domain, owner) = (DOMAIN[company], Some(self.person(by)));
        self.accounts.push(Account { company, domain, owner, deleted: false, version: 1 });
        self.audit(&format!("account {number}"), "create", "");
        Ok("done".to_owned())
    }

    /// An account goes only with nobody and nothing open in it.
    pub(crate) fn close_account(&mut self, by: Who, number: usize, seen: Seen) -> Result<String, Refused> {
        if !self.sees_account(by, number) {
            return Err("refused not-found");
        }
        seen.check()?;
        let open =
            self.opportunities.iter().any(|deal| deal.account == number && !deal.deleted && deal.closed_at.is_none());
        if open || !self.contacts_of(number).is_empty() {
            return Err("refused account-in-use");
        }
        self.accounts[number].deleted = true;
        self.accounts[number].version += 1;
        self.audit(&format!("account {number}"), "delete", "deleted_at");
        Ok("done".to_owned())
    }

    pub(crate) fn open_contact(
        &mut self,
        by: Who,
        account: usize,
        person: usize,
        primary: bool,
    ) -> Result<String, Refused> {
        if !self.sees_account(by, account) {
            return Err("refused invalid-values");
        }
        let before = self.primary_of(account);
        let first = before.is_none();
        if let Some(before) = before.filter(|_| primary) {
            self.set_primary(before, false);
        }
        self.add_contact(account, person, person, primary || first);
        Ok("done".to_owned())
    }

    /// Made the primary contact, or no longer it: then the oldest other one is, if there is one.
    pub(crate) fn appoint(&mut self, by: Who, number: usize, primary: bool, seen: Seen) -> Result<String, Refused> {
        if !self.sees_contact(by, number) {
            return Err("refused not-found");
        }
        seen.check()?;
        let contact = self.contacts[number].clone();
        let oldest = self.contacts_of(contact.account).into_iter().find(|other| *other != number);
        match (contact.primary, primary) {
            (false, true) => {
                if let Some(before) = self.primary_of(contact.account) {
                    self.set_primary(before, false);
                }
                self.set_primary(number, true);
            }
            (true, false) => {
                if let Some(oldest) = oldest {
                    self.set_primary(number, false);
                    self.set_primary(oldest, true);
                }
            }
            _ => {}
        }
        Ok("done".to_owned())
    }

    /// To another account, whose primary contact it is if there is none; the oldest other one follows it where it was.
    pub(crate) fn move_contact(
        &mut self,
        by: Who,
        number: usize,
        account: usize,
        seen: Seen,
    ) -> Result<String, Refused> {
        if !self.sees_contact(by, number) {
            return Err("refused not-found");
        }
        seen.check()?;
        let before = self.contacts[number].clone();
        if before.account == account {
            return Ok("done".to_owned());
        }
        if !self.sees_account(by, account) {
            return Err("refused invalid-values");
        }
        let primary = self.primary_of(account).is_none();
        let contact = &mut self.contacts[number];
        (contact.account, contact.primary) = (account, primary);
        contact.left.push(before.account);
        contact.version += 1;
        let of = format!("contact {number}");
        self.audit(&of, "update", "account_id");
        if before.primary != primary {
            self.audit(&of, "update", "is_primary_contact");
        }
        if let Some(oldest) = self.contacts_of(before.account).first().copied().filter(|_| before.primary) {
            self.set_primary(oldest, true);
        }
        self.unname(number, "update", |deal| deal.account == before.account && !deal.deleted);
        Ok("done".to_owned())
    }

    pub(crate) fn close_contact(&mut self, by: Who, number: usize, seen: Seen) -> Result<String, Refused> {
        if !self.sees_contact(by, number) {
            return Err("refused not-found");
        }
        seen.check()?;
        let contact = self.contacts[number].clone();
        self.contacts[number].deleted = true;
        self.contacts[number].version += 1;
        self.audit(&format!("contact {number}"), "delete", "deleted_at");
        if let Some(oldest) = self.contacts_of(contact.account).first().copied().filter(|_| contact.primary) {
            self.set_primary(oldest, true);
        }
        self.unname(number, "update", |deal| deal.account == contact.account && !deal.deleted);
        Ok("done".to_owned())
    }

    pub(crate) fn open_deal(&mut self, by: Who, account: usize) -> Result<String, Refused> {
        if !self.sees_account(by, account) {
            return Err("refused invalid-values");
        }
        self.add_opportunity(account, None, Some(self.person(by)));
        Ok("done".to_owned())
    }

    /// To another stage, while the account stands; a closed one leaves its stage only where that is said (spec O3).
    pub(crate) fn move_deal(
        &mut self,
        by: Who,
        number: usize,
        to: Stage,
        reopen: bool,
        seen: Seen,
    ) -> Result<String, Refused> {
        if !self.sees_opportunity(by, number) {
            return Err("refused not-found");
        }
        seen.check()?;
        let before = self.opportunities[number].clone();
        let (name, probability, category) = to.worth();
        if before.stage == name {
            return Ok("done".to_owned());
        }
        let was_closed = before.closed_at.is_some();
        if was_closed && !reopen {
            return Err("refused opportunity-closed");
        }
        if self.accounts[before.account].deleted {
            return Err("refused account-deleted");
        }
        let closes = name.starts_with("closed");
        let deal = &mut self.opportunities[number];
        deal.stage = name;
        (deal.probability, deal.by_hand, deal.category) = (probability, false, category);
        deal.closed_at = closes.then_some(self.now);
        deal.lost = name == "closed_lost";
        let last_open = if was_closed { before.stage_before } else { Some(before.stage) };
        deal.stage_before = last_open.filter(|_| closes);
        deal.version += 1;
        let after = deal.clone();
        let fields = [
            ("pipeline_stage", true),
            ("probability", before.probability != after.probability),
            ("probability_by_hand", before.by_hand),
            ("forecast_category", before.category != after.category),
            ("lost_reason", before.lost != after.lost),
            ("closed_at", before.closed_at != after.closed_at),
            ("stage_before_close", before.stage_before != after.stage_before),
        ];
        let of = format!("opportunity {number}");
        for (field, _) in fields.into_iter().filter(|(_, differs)| *differs) {
            self.audit(&of, "stage", field);
        }
        self.tally(&of, "stages");
        let event = match name {
            "closed_won" | "closed_lost" => name,
            _ if was_closed => "reopened",
            _ => "stage_changed",
        };
        self.tell(&of, event);
        Ok("done".to_owned())
    }

    /// A probability by hand stands until the stage changes (spec O1).
    pub(crate) fn rate_deal(&mut self, by: Who, number: usize, percent: i64, seen: Seen) -> Result<String, Refused> {
        if !self.sees_opportunity(by, number) {
            return Err("refused not-found");
        }
        seen.check()?;
        let before = self.opportunities[number].clone();
        if before.closed_at.is_some() {
            return Err("refused invalid-values");
        }
        let deal = &mut self.opportunities[number];
        (deal.probability, deal.by_hand) = (percent, true);
        let fields = [("probability", before.probability != percent), ("probability_by_hand", !before.by_hand)];
        let fields: Vec<&str> = fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
        deal.version += i64::from(!fields.is_empty());
        for field in fields {
            self.audit(&format!("opportunity {number}"), "update", field);
        }
        Ok("done".to_owned())
    }

    pub(crate) fn close_deal(&mut self, by: Who, number: usize, seen: Seen) -> Result<String, Refused> {
        if !self.sees_opportunity(by, number) {
            return Err("refused not-found");
        }
        seen.check()?;
        self.opportunities[number].deleted = true;
        self.opportunities[number].version += 1;
        self.audit(&format!("opportunity {number}"), "delete", "deleted_at");
        Ok("done".to_owned())
    }

    /// Something happened with an account, a contact or an opportunity.
    pub(crate) fn record_on(&mut self, by: Who, on: On, number: usize, happened: Happened) -> Result<String, Refused> {
        let seen = match on {
            On::Account => self.sees_account(by, number),
            On::Contact => self.sees_contact(by, number),
            On::Opportunity => self.sees_opportunity(by, number),
        };
        if !seen {
            return Err("refused not-found");
        }
        self.tally(&format!("{} {number}", on.name()), &format!("activity {}", happened.kind.name()));
        self.audit("activity", "create", "");
        Ok("done".to_owned())
    }
}
