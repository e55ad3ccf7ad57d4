//! Erasing a person (spec R3): the lead or contact that was asked for, with every lead and contact that a conversion ties to it,
//! and the words of the opportunities that are theirs.

use crate::access::Principal;
use crate::command::contact::set_primary;
use crate::contact::Contact;
use crate::edit::Precondition;
use crate::entity::{Entity, Stamp};
use crate::id::Id;
use crate::plan::{Audit, Change, Context, ErasedRecord, Erasure, Plan, Require};
use crate::policy::Policy;
use crate::problem::Refusal;
use serde::{Deserialize, Serialize};

/// Erases the person whom a lead or a contact stands for. Cannot be taken back.
#[derive(Clone, Debug)]
pub struct Erase {
    /// Who erases: an admin, who sees everything of the company.
    pub by: Principal,
    /// A lead or a contact.
    pub entity: Entity,
    /// Which one; a hidden one too.
    pub id: Id,
    /// The version that the caller has seen.
    pub precondition: Precondition,
}

/// A lead or contact of the person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PersonRecord {
    /// Lead or contact.
    pub entity: Entity,
    /// Which one.
    pub id: Id,
    /// Its version.
    #[serde(flatten)]
    pub stamp: Stamp,
    /// Whether it is erased already.
    #[serde(deserialize_with = "crate::stored::flag")]
    pub is_erased: bool,
    /// Whether it counts among its owner's open leads.
    #[serde(deserialize_with = "crate::stored::flag")]
    pub is_open: bool,
    /// The account whose primary contact it is.
    pub primary_of: Option<Id>,
}

/// An opportunity that came from a lead of the person, or whose primary contact they are; where it has none, were.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PersonDeal {
    /// Which one.
    pub id: Id,
    /// Its version.
    #[serde(flatten)]
    pub stamp: Stamp,
    /// Whom it names.
    pub primary_contact_id: Option<Id>,
    /// Where it came from, in whoever's words.
    pub source: Option<String>,
    /// The source of the lead it came from.
    pub lead_source: Option<String>,
}

impl PersonDeal {
    /// Whether its source is somebody's own words: neither the rules nor its lead know it.
    fn has_free_source(&self, policy: &Policy) -> bool {
        let known = |source: &String| policy.names_source(source) || self.lead_source.as_ref() == Some(source);
        self.source.as_ref().is_some_and(|source| !known(source))
    }
}

/// A lead or contact by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reference {
    /// Lead or contact.
    pub entity: Entity,
    /// Which one.
    pub id: Id,
}

/// What an erasure must know.
#[derive(Clone, Debug)]
pub struct KnownErasure {
    /// Everything that conversions tie to the one that was asked for, itself included.
    pub records: Vec<PersonRecord>,
    /// The opportunities of the person, deleted ones included.
    pub deals: Vec<PersonDeal>,
    /// For each account that loses its primary contact the oldest contact that remains.
    pub heirs: Vec<Contact>,
    /// Others with the same e-mail address or phone.
    pub others: Vec<Reference>,
}

/// What was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Erased {
    /// The leads and contacts of the person.
    pub erased: Vec<Reference>,
    /// Leads and contacts with the same e-mail address or phone that no conversion ties to the person, and that stay: look at
    /// them, and erase them too where they are the same person.
    pub others: Vec<Reference>,
}

impl Erase {
    /// The records that lose their values.
    ///
    /// # Errors
    /// No such record, or one that is erased already; another version.
    pub fn decide(&self, known: &KnownErasure, context: &mut Context<'_>) -> Result<Plan<Erased>, Refusal> {
        let asked = known.records.iter().find(|record| record.entity == self.entity && record.id == self.id);
        let asked = asked.ok_or(Refusal::NotFound)?;
        let is_ours = asked.stamp.attempt_id.as_ref().is_some_and(|attempt| context.attempts.contains(attempt));
        if asked.is_erased && !is_ours {
            return Err(Refusal::NotFound);
        }
        let erased =
            known.records.iter().map(|PersonRecord { entity, id, .. }| Reference { entity: *entity, id: id.clone() });
        let done = Erased { erased: erased.collect(), others: known.others.clone() };
        if asked.is_erased {
            return Ok(Plan { changes: Vec::new(), done });
        }
        self.precondition.check(&asked.stamp, context)?;
        let standing: Vec<&PersonRecord> = known.records.iter().filter(|record| !record.is_erased).collect();
        let open = standing.iter().filter(|record| record.is_open);
        let mut changes: Vec<Change> =
            open.map(|record| Change::Load { lead_id: record.id.clone(), delta: -1 }).collect();
        changes.push(self.erasure(known, &standing, context));
        changes.extend(unnamed(known, context));
        for account in standing.iter().filter_map(|record| record.primary_of.as_ref()) {
            let heir = known.heirs.iter().find(|heir| heir.account_id == *account);
            changes.extend(heir.and_then(|heir| set_primary(heir, true, context)));
            changes.push(Change::Require(Require::PrimaryContact(account.clone())));
        }
        Ok(Plan { changes, done })
    }

    fn erasure(&self, known: &KnownErasure, standing: &[&PersonRecord], context: &mut Context<'_>) -> Change {
        let deals = known.deals.iter().map(|deal| (Entity::Opportunity, &deal.id, &deal.stamp));
        let people = standing.iter().map(|record| (record.entity, &record.id, &record.stamp));
        let records = deals.chain(people).map(|(entity, id, stamp)| ErasedRecord {
            audit_id: context.ids.next_id(),
            entity,
            id: id.clone(),
            version: stamp.version,
        });
        let records = records.collect();
        let free = known.deals.iter().filter(|deal| deal.has_free_source(context.policy));
        Change::Erase(Box::new(Erasure {
            entity: self.entity,
            id: self.id.clone(),
            people: known.records.iter().map(|record| record.id.clone()).collect(),
            records,
            free_sources: free.map(|deal| deal.id.clone()).collect(),
            attempt_id: context.attempt(),
        }))
    }
}

/// The trail of the opportunities that name nobody any more; the id of a contact tells of nobody.
fn unnamed(known: &KnownErasure, context: &mut Context<'_>) -> Vec<Change> {
    let is_of_person = |id: &&Id| known.records.iter().any(|record| record.id == **id);
    let named =
        known.deals.iter().filter_map(|deal| Some((deal, deal.primary_contact_id.as_ref().filter(is_of_person)?)));
    let rows = named.map(|(deal, contact)| Audit {
        id: context.ids.next_id(),
        entity_type: Entity::Opportunity.as_str(),
        entity_id: deal.id.clone(),
        action: "erase",
        field_name: Some("primary_contact_id".to_owned()),
        old_value: Some(contact.to_string()),
        new_value: None,
    });
    rows.map(|row| Change::Audit(Box::new(row))).collect()
}
