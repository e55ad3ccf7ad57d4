//! Account first, then contact, then opportunity: each linked or made, and the note that tells of it (spec C2).

use super::{ContactMatch, Convert};
use crate::account::Account;
use crate::activity::{Activity, ActivityType, ActivityValues, Related, SystemEvent};
use crate::contact::Contact;
use crate::convert::{AccountMatch, Conversion, PartDone, PartOutcome, PartReason};
use crate::edit::NewRecord;
use crate::entity::Entity;
use crate::field::{Text, TextBlock};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead::Lead;
use crate::opportunity::{Deal, Opportunity, Price, default_close_date};
use crate::plan::{Change, Context, Require};
use crate::problem::Refusal;

/// What a conversion gives, and the records that it makes.
pub(super) struct Parts {
    pub(super) conversion: Conversion,
    pub(super) activity_id: Id,
    pub(super) records: Vec<Change>,
}

impl Convert {
    pub(super) fn parts(
        &self,
        lead: &Lead,
        account: Option<&AccountMatch>,
        contacts: &[ContactMatch],
        context: &mut Context<'_>,
    ) -> Result<Parts, Refusal> {
        let mut records = Vec::new();
        let created = |why| PartDone { outcome: PartOutcome::Created, why };
        let linked = |why| PartDone { outcome: PartOutcome::Linked, why };
        let (account_id, of_account) = match account {
            Some(account) => (account.id.clone(), linked(account.why)),
            None => (self.new_account(lead, &mut records, context)?, created(PartReason::NoMatch)),
        };
        let known = contacts.iter().find(|contact| contact.account_id == account_id);
        let (contact_id, of_contact) = match known {
            Some(contact) => {
                // Where it goes to another account just now, the matches are the same and it is not one of this account.
                let (contact_id, account_id) = (contact.id.clone(), account_id.clone());
                records.push(Change::Require(Require::ContactOf { contact_id, account_id }));
                (contact.id.clone(), linked(PartReason::Email))
            }
            None => {
                let is_primary = account.is_none_or(|account| !account.has_primary);
                let id = context.ids.next_id();
                let contact = held(Contact::of_lead(id, account_id.clone(), lead, is_primary, context.now))?;
                records.push(NewRecord::insert(Entity::Contact, &contact.id, contact.columns(), context));
                (contact.id, created(PartReason::NoMatch))
            }
        };
        let opportunity_id = self.new_opportunity(lead, &account_id, &contact_id, &mut records, context)?;
        let activity_id = note(lead, &account_id, &mut records, context);
        let conversion = Conversion {
            opportunity: opportunity_id.as_ref().map(|_| created(PartReason::OpportunityAmount)),
            account_id,
            contact_id,
            opportunity_id,
            account: of_account,
            contact: of_contact,
        };
        Ok(Parts { conversion, activity_id, records })
    }

    fn new_account(&self, lead: &Lead, records: &mut Vec<Change>, context: &mut Context<'_>) -> Result<Id, Refusal> {
        let account = held(Account::of_lead(context.ids.next_id(), lead, self.currency, context.now))?;
        records.push(NewRecord::insert(Entity::Account, &account.id, account.columns(), context));
        Ok(account.id)
    }

    fn new_opportunity(
        &self,
        lead: &Lead,
        account_id: &Id,
        contact_id: &Id,
        records: &mut Vec<Change>,
        context: &mut Context<'_>,
    ) -> Result<Option<Id>, Refusal> {
        let Some(amount) = self.request.opportunity_amount else { return Ok(None) };
        let name = match &self.request.opportunity_name {
            Some(name) => name.clone(),
            None => held(Text::parse(&lead.company_name))?,
        };
        let deal = Deal {
            name,
            account_id: account_id.clone(),
            primary_contact_id: Some(contact_id.clone()),
            source: Text::parse(&lead.attribution.lead_source).ok(),
            price: Price::of(amount),
            close_date: self.request.close_date.unwrap_or_else(|| default_close_date(context.now)),
            owner_id: lead.lead_owner_id.clone(),
        };
        let id = context.ids.next_id();
        let opportunity = Opportunity::of_lead(id, context.company_id.clone(), lead.id.clone(), deal, context.now);
        records.extend(opportunity.insert(context));
        Ok(Some(opportunity.id))
    }
}

/// The seed's note on the account, and the system's own line on the lead.
fn note(lead: &Lead, account_id: &Id, records: &mut Vec<Change>, context: &mut Context<'_>) -> Id {
    let values = ActivityValues {
        activity_type: ActivityType::Note,
        subject: Text::parse("Lead Converted").ok(),
        notes: TextBlock::parse(&format!("Lead {} converted to Account {account_id}", lead.id)).ok(),
        direction: None,
        outcome: None,
        occurred_at: context.now,
        follow_up_at: None,
    };
    let id = context.ids.next_id();
    let mut note = Activity::new(id, Related::account(account_id), values, context);
    note.owner_id = lead.lead_owner_id.clone();
    records.push(note.insert(context));
    let event = Activity::system(Related::lead(&lead.id), SystemEvent::Converted, "Converted", context);
    records.push(event.insert(context));
    note.id
}

/// What a stored lead holds is what its account and contact can hold; were it not, the caller would hear the rule.
fn held<T>(read: Result<T, Code>) -> Result<T, Refusal> {
    read.map_err(|code| Refusal::Invalid(vec![Invalid::at("", code)]))
}
