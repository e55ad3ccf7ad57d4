//! Accounts, contacts and opportunities, as plain as leads are in [`super::world`].

use super::super::stage::Who;
use super::world::World;

/// An account.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// Whose company's name it has.
    pub(crate) company: usize,
    /// Which e-mail domain.
    pub(crate) domain: Option<usize>,
    pub(crate) owner: Option<usize>,
    pub(crate) deleted: bool,
    pub(crate) version: i64,
}

/// A contact.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) account: usize,
    /// Whose name and e-mail address it has.
    pub(crate) name: usize,
    pub(crate) email: usize,
    pub(crate) primary: bool,
    /// Where it was before.
    pub(crate) left: Vec<usize>,
    pub(crate) deleted: bool,
    pub(crate) erased: bool,
    pub(crate) version: i64,
}

/// An opportunity.
#[derive(Clone, Debug)]
pub(crate) struct Opportunity {
    pub(crate) account: usize,
    pub(crate) contact: Option<usize>,
    /// Whom it named last, where it names nobody.
    pub(crate) named: Option<usize>,
    /// The lead it was converted from.
    pub(crate) lead: Option<usize>,
    pub(crate) owner: Option<usize>,
    pub(crate) stage: &'static str,
    pub(crate) probability: i64,
    pub(crate) by_hand: bool,
    pub(crate) category: &'static str,
    pub(crate) closed_at: Option<i64>,
    pub(crate) stage_before: Option<&'static str>,
    pub(crate) lost: bool,
    pub(crate) deleted: bool,
    pub(crate) version: i64,
}

/// What a lead became.
#[derive(Clone, Debug)]
pub(crate) struct Became {
    pub(crate) account: usize,
    pub(crate) contact: usize,
    pub(crate) opportunity: Option<usize>,
    pub(crate) made_account: bool,
    pub(crate) made_contact: bool,
    pub(crate) status_before: &'static str,
    pub(crate) stage_before: &'static str,
}

impl World {
    /// Whether an account is there for somebody: by its owner, by a lead that was converted to it, or by an opportunity of
    /// it (spec R1).
    pub(crate) fn sees_account(&self, by: Who, number: usize) -> bool {
        let Some(account) = self.accounts.get(number).filter(|account| !account.deleted) else { return false };
        let became = |lead: &super::world::Lead| lead.became.as_ref().is_some_and(|became| became.account == number);
        let by_lead = self.leads.iter().any(|lead| !lead.deleted && became(lead) && self.sees(by, lead.owner));
        let of_it = |deal: &Opportunity| !deal.deleted && deal.account == number && self.sees(by, deal.owner);
        self.sees(by, account.owner) || by_lead || self.opportunities.iter().any(of_it)
    }

    pub(crate) fn sees_contact(&self, by: Who, number: usize) -> bool {
        let contact = self.contacts.get(number).filter(|contact| !contact.deleted);
        contact.is_some_and(|contact| self.sees_account(by, contact.account))
    }

    pub(crate) fn sees_opportunity(&self, by: Who, number: usize) -> bool {
        let deal = self.opportunities.get(number).filter(|deal| !deal.deleted);
        deal.is_some_and(|deal| self.sees(by, deal.owner))
    }

    /// The contacts of an account that are there, oldest first.
    pub(crate) fn contacts_of(&self, account: usize) -> Vec<usize> {
        let here = |n: &usize| self.contacts[*n].account == account && !self.contacts[*n].deleted;
        (0..self.contacts.len()).filter(here).collect()
    }

    /// The primary contact of an account.
    pub(crate) fn primary_of(&self, account: usize) -> Option<usize> {
        self.contacts_of(account).into_iter().find(|n| self.contacts[*n].primary)
    }

    /// Makes a contact the account's primary one or not, which is an edit of it.
    pub(crate) fn set_primary(&mut self, number: usize, primary: bool) {
        self.contacts[number].primary = primary;
        self.contacts[number].version += 1;
        self.audit(&format!("contact {number}"), "update", "is_primary_contact");
    }

    /// A new contact, with its row of the trail.
    pub(crate) fn add_contact(&mut self, account: usize, name: usize, email: usize, primary: bool) -> usize {
        let number = self.contacts.len();
        let left = Vec::new();
        self.contacts.push(Contact { account, name, email, primary, left, deleted: false, erased: false, version: 1 });
        self.audit(&format!("contact {number}"), "create", "");
        number
    }

    /// Opportunities that name a contact name it no more, which is an edit of each (spec O6).
    pub(crate) fn unname(&mut self, contact: usize, action: &str, deals: impl Fn(&Opportunity) -> bool) {
        for number in 0..self.opportunities.len() {
            let deal = &mut self.opportunities[number];
            if deal.contact == Some(contact) && deals(deal) {
                (deal.contact, deal.named) = (None, Some(contact));
                deal.version += i64::from(action == "update");
                self.audit(&format!("opportunity {number}"), action, "primary_contact_id");
            }
        }
    }

    /// A new opportunity at the beginning of the pipeline.
    pub(crate) fn add_opportunity(&mut self, account: usize, contact: Option<usize>, owner: Option<usize>) -> usize {
        let number = self.opportunities.len();
        self.opportunities.push(Opportunity {
            account,
            contact,
            named: None,
            lead: None,
            owner,
            stage: "prospect",
            probability: 10,
            by_hand: false,
            category: "best_case",
            closed_at: None,
            stage_before: None,
            lost: false,
            deleted: false,
            version: 1,
        });
        self.audit(&format!("opportunity {number}"), "create", "");
        self.tally(&format!("opportunity {number}"), "stages");
        number
    }
}
