//! A person's values vanish from whatever is tied to them (spec R3).

use super::super::records::Opportunity;
use super::super::step::Seen;
use super::super::world::World;
use super::Refused;

/// Leads and contacts of one person.
#[derive(Default)]
struct Person {
    leads: Vec<usize>,
    contacts: Vec<usize>,
}

impl World {
    /// An admin erases the person of a lead or of a contact.
    pub(crate) fn erase(&mut self, of_lead: bool, number: usize, seen: Seen) -> Result<String, Refused> {
        let erased = if of_lead {
            self.leads.get(number).map(|lead| lead.erased)
        } else {
            self.contacts.get(number).map(|contact| contact.erased)
        };
        if erased != Some(false) {
            return Err("refused not-found");
        }
        seen.check()?;
        let person = self.person_of(of_lead, number);
        for deal in self.deals_of(&person) {
            self.opportunities[deal].version += 1;
            self.opportunities[deal].lost = false;
            self.audit(&format!("opportunity {deal}"), "erase", "");
        }
        for contact in &person.contacts {
            self.unname(*contact, "erase", |_| true);
        }
        for number in person.leads.iter().copied().filter(|number| !self.leads[*number].erased).collect::<Vec<_>>() {
            let lead = &mut self.leads[number];
            (lead.deleted, lead.erased, lead.version) = (true, true, lead.version + 1);
            self.audit(&format!("lead {number}"), "erase", "");
            self.touches.retain(|touch| touch.lead != number);
        }
        for number in
            person.contacts.iter().copied().filter(|number| !self.contacts[*number].erased).collect::<Vec<_>>()
        {
            let before = self.contacts[number].clone();
            let contact = &mut self.contacts[number];
            (contact.deleted, contact.erased, contact.primary) = (true, true, false);
            contact.version += 1;
            self.audit(&format!("contact {number}"), "erase", "");
            let others = self.contacts_of(before.account);
            let heir = others.into_iter().find(|other| !person.contacts.contains(other));
            if let Some(heir) = heir.filter(|_| before.primary && !before.deleted) {
                self.set_primary(heir, true);
            }
        }
        Ok("done".to_owned())
    }

    /// Whoever conversions tie together: a lead with each contact it ever became, a contact with the leads that are it now.
    fn person_of(&self, of_lead: bool, number: usize) -> Person {
        let mut person = Person::default();
        if of_lead {
            person.leads.push(number);
        } else {
            person.contacts.push(number);
        }
        loop {
            let became = |lead: &usize| self.leads[*lead].conversions.iter().map(|(contact, _)| *contact);
            let contacts: Vec<usize> =
                (0..self.contacts.len()).filter(|n| person.leads.iter().flat_map(became).any(|c| c == *n)).collect();
            let is_one = |n: &usize| {
                let became = self.leads[*n].became.as_ref();
                became.is_some_and(|became| person.contacts.contains(&became.contact))
            };
            let leads: Vec<usize> = (0..self.leads.len()).filter(is_one).collect();
            let before = person.leads.len() + person.contacts.len();
            person.leads.extend(leads);
            person.contacts.extend(contacts);
            for numbers in [&mut person.leads, &mut person.contacts] {
                numbers.sort_unstable();
                numbers.dedup();
            }
            if person.leads.len() + person.contacts.len() == before {
                return person;
            }
        }
    }

    /// The opportunities of the person, among those of the accounts where they are or were, and those that their leads became.
    fn deals_of(&self, person: &Person) -> Vec<usize> {
        let Person { leads, contacts } = person;
        let mut held: Vec<usize> = contacts.iter().map(|n| self.contacts[*n].account).collect();
        held.extend(contacts.iter().flat_map(|n| &self.contacts[*n].left));
        held.extend(leads.iter().filter_map(|n| self.leads[*n].became.as_ref()).map(|became| became.account));
        let names = |deal: &Opportunity| deal.contact.or(deal.named).is_some_and(|named| contacts.contains(&named));
        let tied = |deal: &Opportunity| deal.lead.is_some_and(|lead| leads.contains(&lead)) || names(deal);
        let made =
            |n: &usize| leads.iter().flat_map(|lead| &self.leads[*lead].conversions).any(|(_, deal)| *deal == Some(*n));
        let of_person = |n: &usize| {
            let deal = &self.opportunities[*n];
            held.contains(&deal.account) && tied(deal) || made(n)
        };
        (0..self.opportunities.len()).filter(of_person).collect()
    }
}
