//! Creating, editing and deleting a contact (spec B3). An account with contacts has exactly one primary contact: the first one, until
//! another is made it; where it goes, the oldest of those that remain takes its place.

use crate::access::Principal;
use crate::body::{Members, merged};
use crate::contact::{Contact, ContactBody};
use crate::edit::{Already, Edit, NewRecord, Precondition};
use crate::entity::{Entity, Stamp};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::plan::{Change, Context, Plan, Require, Unname, Unnamed};
use crate::problem::Refusal;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Creates a contact.
#[derive(Clone, Debug)]
pub struct CreateContact {
    /// Who creates it.
    pub by: Principal,
    /// Its id, made once for all attempts.
    pub id: Id,
    /// The account.
    pub account_id: Id,
    /// What was sent.
    pub body: ContactBody,
}

/// What a creation must know.
#[derive(Clone, Debug)]
pub struct KnownCreation {
    /// The contact, where an attempt before this one wrote it.
    pub existing: Option<Contact>,
    /// Whether the caller sees the account.
    pub account_is_seen: bool,
    /// The account's primary contact.
    pub primary: Option<Contact>,
}

impl CreateContact {
    /// The contact; the first of its account, or one that is made it, is primary.
    ///
    /// # Errors
    /// No such account.
    pub fn decide(&self, known: &KnownCreation, context: &mut Context<'_>) -> Result<Plan<Contact>, Refusal> {
        if let Some(contact) = &known.existing {
            return Ok(Plan { changes: Vec::new(), done: contact.clone() });
        }
        if !known.account_is_seen {
            return Err(unknown_account());
        }
        let is_primary = self.body.is_primary_contact == Some(true) || known.primary.is_none();
        let contact = Contact {
            id: self.id.clone(),
            company_id: context.company_id.clone(),
            account_id: self.account_id.clone(),
            values: self.body.values.clone(),
            phone_e164: self.body.phone_e164.clone(),
            is_primary_contact: is_primary,
            stamp: Stamp::new(context.now),
        };
        let mut changes = Vec::new();
        if is_primary {
            changes.extend(known.primary.as_ref().and_then(|before| set_primary(before, false, context)));
        }
        changes.push(NewRecord::insert(Entity::Contact, &self.id, contact.columns(), context));
        changes.push(Change::Require(Require::Account(self.account_id.clone())));
        changes.push(Change::Require(Require::PrimaryContact(self.account_id.clone())));
        Ok(Plan { changes, done: contact })
    }
}

/// Edits a contact, or moves it to another account.
#[derive(Clone, Debug)]
pub struct EditContact {
    /// Who edits it.
    pub by: Principal,
    /// Which one.
    pub id: Id,
    /// The version that the caller has seen.
    pub precondition: Precondition,
    /// What was sent.
    pub members: Members,
    /// Whether it replaces every value, else it is a merge patch.
    pub whole: bool,
}

/// What an edit must know.
#[derive(Clone, Debug)]
pub struct KnownEdit {
    /// The contact, where the caller sees it.
    pub contact: Option<Contact>,
    /// Whether the caller sees the account that was asked for.
    pub account_is_seen: bool,
    /// The primary contact of the account that it is in.
    pub primary_here: Option<Contact>,
    /// The oldest other contact of that account.
    pub oldest_here: Option<Contact>,
    /// The primary contact of the account that was asked for.
    pub primary_there: Option<Contact>,
    /// The opportunities that name the contact, where another account was asked for.
    pub naming: Vec<Naming>,
}

/// An opportunity that names a contact as its primary one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Naming {
    /// Which one.
    pub id: Id,
    /// Its version.
    pub version: i64,
}

impl EditContact {
    /// The contact after the edit; nothing is written where nothing differs.
    ///
    /// # Errors
    /// No such contact, another version, refused values, no such account.
    pub fn decide(&self, known: &KnownEdit, context: &mut Context<'_>) -> Result<Plan<Contact>, Refusal> {
        let before = known.contact.as_ref().ok_or(Refusal::NotFound)?;
        let unchanged = Plan { changes: Vec::new(), done: before.clone() };
        if self.precondition.check(&before.stamp, context)? == Already::Ours {
            return Ok(unchanged);
        }
        let members = self.members.clone();
        let members = if self.whole { members } else { merged(&before.values, members) };
        let ContactBody { values, account_id, is_primary_contact, phone_e164 } =
            ContactBody::parse(members, self.by.country, Some(before)).map_err(Refusal::Invalid)?;
        let account_id = account_id.unwrap_or_else(|| before.account_id.clone());
        let moves = account_id != before.account_id;
        if moves && !known.account_is_seen {
            return Err(unknown_account());
        }
        let is_primary = match (moves, is_primary_contact) {
            (_, Some(true)) => true,
            (true, _) => known.primary_there.is_none(),
            (false, Some(false)) => before.is_primary_contact && known.oldest_here.is_none(),
            (false, None) => before.is_primary_contact,
        };
        let stamp = before.stamp.edited(context.now);
        let after = Contact { account_id, values, phone_e164, is_primary_contact: is_primary, stamp, ..before.clone() };
        let Some(own) = edit(before, &after, context) else { return Ok(unchanged) };
        let mut changes = Vec::new();
        // One primary at a time: it is taken from the one before, then given, and what is left behind is handed on last.
        let rival = if moves { known.primary_there.as_ref() } else { known.primary_here.as_ref() };
        if is_primary && (moves || !before.is_primary_contact) {
            changes.extend(rival.and_then(|rival| set_primary(rival, false, context)));
        }
        changes.push(own);
        if before.is_primary_contact && (moves || !is_primary) {
            changes.extend(known.oldest_here.as_ref().and_then(|heir| set_primary(heir, true, context)));
        }
        changes.push(Change::Require(Require::PrimaryContact(before.account_id.clone())));
        if moves {
            changes.extend(unname(before, &known.naming, context));
            changes.push(Change::Require(Require::Account(after.account_id.clone())));
            changes.push(Change::Require(Require::PrimaryContact(after.account_id.clone())));
        }
        Ok(Plan { changes, done: after })
    }
}

/// Deletes a contact.
#[derive(Clone, Debug)]
pub struct DeleteContact {
    /// Who deletes it.
    pub by: Principal,
    /// Which one.
    pub id: Id,
    /// The version that the caller has seen.
    pub precondition: Precondition,
}

/// What a deletion must know.
#[derive(Clone, Debug)]
pub struct KnownDeletion {
    /// The contact, where the caller sees it.
    pub contact: Option<Contact>,
    /// The attempt that deleted it, where it is deleted.
    pub deleted_by: Option<Id>,
    /// The oldest other contact of its account.
    pub oldest_here: Option<Contact>,
    /// The opportunities that name it.
    pub naming: Vec<Naming>,
}

impl DeleteContact {
    /// Hides the contact and hands its primacy on; no opportunity names it any more.
    ///
    /// # Errors
    /// No such contact, another version.
    pub fn decide(&self, known: &KnownDeletion, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        if known.deleted_by.as_ref().is_some_and(|attempt| context.attempts.contains(attempt)) {
            return Ok(Plan { changes: Vec::new(), done: () });
        }
        let contact = known.contact.as_ref().ok_or(Refusal::NotFound)?;
        self.precondition.check(&contact.stamp, context)?;
        let mut changes = vec![Edit::hide((Entity::Contact, &self.id, &contact.stamp), context)];
        changes.extend(hand_on(contact, known.oldest_here.as_ref(), context));
        changes.extend(unname(contact, &known.naming, context));
        Ok(Plan { changes, done: () })
    }
}

/// What follows where a contact leaves its account: the oldest other one is primary after it.
fn hand_on(leaving: &Contact, oldest: Option<&Contact>, context: &mut Context<'_>) -> Vec<Change> {
    let heir = oldest.filter(|_| leaving.is_primary_contact);
    let mut changes: Vec<Change> = heir.and_then(|heir| set_primary(heir, true, context)).into_iter().collect();
    changes.push(Change::Require(Require::PrimaryContact(leaving.account_id.clone())));
    changes
}

/// Opportunities do not name who leaves their account (spec O6): those that were found, and none besides.
fn unname(leaving: &Contact, naming: &[Naming], context: &mut Context<'_>) -> Vec<Change> {
    let unnamed = |Naming { id, version }: &Naming| Unnamed {
        id: id.clone(),
        version: *version,
        audit_id: context.ids.next_id(),
    };
    let opportunities: Vec<Unnamed> = naming.iter().map(unnamed).collect();
    let mut changes = Vec::new();
    if !opportunities.is_empty() {
        let (contact_id, attempt_id) = (leaving.id.clone(), context.attempt());
        changes.push(Change::Unname(Box::new(Unname { contact_id, opportunities, attempt_id })));
    }
    let (contact_id, account_id) = (leaving.id.clone(), leaving.account_id.clone());
    changes.push(Change::Require(Require::UnnamedContact { contact_id, account_id }));
    changes
}

pub(super) fn set_primary(contact: &Contact, is_primary: bool, context: &mut Context<'_>) -> Option<Change> {
    let column = |flag: bool| Map::from_iter([("is_primary_contact".to_owned(), Value::from(i64::from(flag)))]);
    let of = (Entity::Contact, &contact.id, &contact.stamp);
    Edit::between(of, "update", &column(contact.is_primary_contact), column(is_primary), context)
}

fn edit(before: &Contact, after: &Contact, context: &mut Context<'_>) -> Option<Change> {
    let of = (Entity::Contact, &before.id, &before.stamp);
    let mut change = Edit::between(of, "update", &before.columns(), after.columns(), context)?;
    // A primary contact that becomes an ordinary one elsewhere must not meet the one that stands there on its way.
    if let Change::Edit(edit) = &mut change
        && !after.is_primary_contact
    {
        edit.fields.sort_by_key(|field| field.name != "is_primary_contact");
    }
    Some(change)
}

fn unknown_account() -> Refusal {
    Refusal::Invalid(vec![Invalid::member("account_id", Code::UnknownReference)])
}
