//! Erasing a person (spec R3): the lead or contact that was asked for, with every lead and contact that a conversion ties to it,
//! and the words of the opportunities that are theirs.

use crate::access::Principal;
use crate::command::contact::set_primary;
use crate::contact::Contact;
use crate::edit::Precondition;
use crate::entity::{Entity, Stamp};
use crate::id::Id;
use crate::plan::{Change, Context, ErasedRecord, Erasure, Plan, Require};
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

/// An opportunity that came from a lead of the person, or whose primary contact they are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PersonDeal {
    /// Which one.
    pub id: Id,
    /// Its version.
    #[serde(flatten)]
    pub stamp: Stamp,
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
        let deals = known.deals.iter().map(|deal| (Entity::Opportunity, &deal.id, &deal.stamp));
        let people = standing.iter().map(|record| (record.entity, &record.id, &record.stamp));
        let records = deals.chain(people).map(|(entity, id, stamp)| ErasedRecord {
            audit_id: context.ids.next_id(),
            entity,
            id: id.clone(),
            version: stamp.version,
        });
        let records = records.collect();
        let open = standing.iter().filter(|record| record.is_open);
        let mut changes: Vec<Change> =
            open.map(|record| Change::Load { lead_id: record.id.clone(), delta: -1 }).collect();
        changes.push(Change::Erase(Box::new(Erasure { records, attempt_id: context.attempt() })));
        for account in standing.iter().filter_map(|record| record.primary_of.as_ref()) {
            let heir = known.heirs.iter().find(|heir| heir.account_id == *account);
            changes.extend(heir.and_then(|heir| set_primary(heir, true, context)));
            changes.push(Change::Require(Require::PrimaryContact(account.clone())));
        }
        Ok(Plan { changes, done })
    }
}
