//! Candidates for the duplicate match: equal keys, and neighbours in the order of an index (spec D2).
//!
//! A fuzzy match needs a close company and a second signal, so the neighbours are asked for inside the second signal's
//! own index: within the same e-mail domain, within the same family name, and among all company names. Half the policy's
//! cap on each side bounds what a submission reads, whatever the size of the table (the sorted neighbourhood method).

use crate::statement::{Statement, statement};
use lead_core::command::submit::person_key;
use lead_core::dedup::{Candidate, Entity, Keys};
use lead_core::id::Id;
use lead_core::plan::LeadKeys;
use serde::Deserialize;

macro_rules! lead_near {
    ($place:literal, $order:literal, $side:literal) => {
        concat!(
            "SELECT * FROM (SELECT 'lead' AS entity, id, created_at, email_key, email_domain, phone_e164, company_key, first_name, \
             last_name, lead_owner_id AS owner_id, match_slot FROM leads WHERE company_id = ?1 AND ", $place,
            " ORDER BY ", $order, " LIMIT ", $side, ")"
        )
    };
}

macro_rules! contact_near {
    ($index:literal, $place:literal) => {
        concat!(
            "SELECT * FROM (SELECT 'contact' AS entity, id, created_at, email_key, NULL AS email_domain, phone_e164, NULL AS company_key, \
             NULL AS first_name, NULL AS last_name, NULL AS owner_id, '' AS match_slot FROM contacts INDEXED BY ", $index, " WHERE company_id = ?1 AND ",
            $place, " AND deleted_at IS NULL LIMIT 2)"
        )
    };
}

macro_rules! account_near {
    ($index:literal, $place:literal) => {
        concat!(
            "SELECT * FROM (SELECT 'account' AS entity, id, created_at, NULL AS email_key, domain AS email_domain, NULL AS phone_e164, \
             company_key, NULL AS first_name, NULL AS last_name, NULL AS owner_id, '' AS match_slot FROM accounts INDEXED BY ", $index, " WHERE company_id = ?1 AND ",
            $place, " AND deleted_at IS NULL LIMIT 2)"
        )
    };
}

/// The same address or phone, and the neighbours within the e-mail domain. ?2 e-mail key, ?3 phone, ?4 domain, ?5 company
/// key, ?6 how many on each side.
const SAME_PERSON: &str = concat!(
    lead_near!("email_key = ?2 AND match_slot = ''", "match_slot", "?6"),
    " UNION ALL ",
    lead_near!("phone_e164 = ?3 AND match_slot = ''", "match_slot", "?6"),
    " UNION ALL ",
    lead_near!(
        "email_domain = ?4 AND match_slot = '' AND email_domain IS NOT NULL AND company_key >= ?5",
        "company_key",
        "?6"
    ),
    " UNION ALL ",
    lead_near!(
        "email_domain = ?4 AND match_slot = '' AND email_domain IS NOT NULL AND company_key < ?5",
        "company_key DESC",
        "?6"
    ),
);

/// The neighbours within the family name and among all companies. ?2 family name's key, ?3 company key, ?4 how many on
/// each side.
const CLOSE_NAMES: &str = concat!(
    lead_near!("last_name_key = ?2 AND company_key >= ?3", "company_key", "?4"),
    " UNION ALL ",
    lead_near!("last_name_key = ?2 AND company_key < ?3", "company_key DESC", "?4"),
    " UNION ALL ",
    lead_near!("company_key >= ?3", "company_key", "?4"),
    " UNION ALL ",
    lead_near!("company_key < ?3", "company_key DESC", "?4"),
);

/// Contacts and accounts. The indexes are named: without statistics the planner takes the company's whole table for ten
/// rows and reads all of it rather than look twice. ?2 e-mail key, ?3 phone, ?4 domain, ?5 company key.
const CUSTOMERS: &str = concat!(
    contact_near!("contacts_email", "email_key = ?2 AND email_key IS NOT NULL"),
    " UNION ALL ",
    contact_near!("contacts_phone", "phone_e164 = ?3 AND phone_e164 IS NOT NULL"),
    " UNION ALL ",
    account_near!("accounts_domain", "domain = ?4 AND domain IS NOT NULL"),
    " UNION ALL ",
    account_near!("accounts_key", "company_key = ?5"),
);

/// Reads everything that shares a key with the submission or stands beside it, at most `cap` for a key. D1 takes five terms in one compound
/// SELECT at most, hence three statements.
#[must_use]
pub fn statements(company_id: &Id, keys: &LeadKeys, cap: usize) -> [Statement; 3] {
    let side = i64::try_from(cap.div_ceil(2)).unwrap_or(1);
    let (email, phone, domain) = (&keys.email, keys.phone.as_ref(), keys.email_domain.as_ref());
    [
        statement!(SAME_PERSON, company_id, email, phone, domain, &keys.company, side),
        statement!(CLOSE_NAMES, company_id, &keys.last_name, &keys.company, side),
        statement!(CUSTOMERS, company_id, email, phone, domain, &keys.company),
    ]
}

/// A candidate as it is stored.
#[derive(Debug, Deserialize)]
pub struct NearRow {
    entity: Entity,
    id: Id,
    created_at: i64,
    email_key: Option<String>,
    email_domain: Option<String>,
    phone_e164: Option<String>,
    company_key: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    owner_id: Option<Id>,
    match_slot: String,
}

impl NearRow {
    /// Whether a lead still stands for its person; contacts and accounts always do.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.match_slot.is_empty()
    }

    /// The candidate with its owner.
    #[must_use]
    pub fn into_candidate(self) -> (Candidate, Option<Id>) {
        let person = match (&self.first_name, &self.last_name) {
            (Some(first), Some(last)) => person_key(first, last),
            _ => None,
        };
        let keys = Keys {
            email: self.email_key,
            email_domain: self.email_domain,
            phone: self.phone_e164,
            company: self.company_key,
            person,
        };
        (Candidate { entity: self.entity, id: self.id, created_at: self.created_at, keys }, self.owner_id)
    }
}
