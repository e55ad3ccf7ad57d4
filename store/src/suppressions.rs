//! Who is never mailed, by a keyed hash of the address (spec E4).

use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::command::mail_back::{AddSuppression, KnownLift, KnownList, LiftSuppression};
use lead_core::id::Id;
use lead_core::page_query::PageQuery;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use lead_core::stored;
use lead_core::suppression::{AddressHash, Suppressed, Suppression};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;

const READ: &str = "SELECT id, address_hash, sequence_id, reason, mail_id, created_at FROM suppressions WHERE company_id = ?1 AND address_hash = ?2 \
     ORDER BY sequence_id LIMIT 200";

/// The rows of many addresses, ?2 JSON of their hashes.
const READ_MANY: &str = "SELECT s.address_hash, s.id, s.sequence_id, s.reason, s.mail_id, s.created_at \
     FROM json_each(?2) h CROSS JOIN suppressions s ON s.company_id = ?1 AND s.address_hash = h.value";

/// Reads what is known about an address.
#[must_use]
pub fn read(company_id: &Id, address: AddressHash) -> Statement {
    statement!(READ, company_id, address.to_hex())
}

/// The rows of the address; see [`Suppressed::by`] for what they say.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found(outcome: &Outcome) -> Result<Vec<Suppression>, Corrupt> {
    read_rows(&outcome.rows)
}

/// Reads what is known about many addresses of a company at once.
#[must_use]
pub fn read_many(company_id: &Id, addresses: &[AddressHash]) -> Statement {
    let hashes: Vec<String> = addresses.iter().map(|address| address.to_hex()).collect();
    statement!(READ_MANY, company_id, json!(hashes))
}

/// The rows of many addresses.
#[derive(Debug, Default)]
pub struct Known(HashMap<String, Vec<Suppression>>);

impl Known {
    /// The rows of one of the addresses.
    #[must_use]
    pub fn rows(&self, address: AddressHash) -> &[Suppression] {
        self.0.get(&address.to_hex()).map_or(&[], Vec::as_slice)
    }

    /// Whether this address is mailed by this sequence.
    #[must_use]
    pub fn of(&self, address: AddressHash, sequence_id: Option<&Id>) -> Option<Suppressed> {
        Suppressed::by(self.rows(address), sequence_id)
    }
}

/// The rows of many addresses.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_many(outcome: &Outcome) -> Result<Known, Corrupt> {
    let mut known = Known::default();
    for row in read_rows::<Suppression>(&outcome.rows)? {
        known.0.entry(row.address_hash.to_hex()).or_default().push(row);
    }
    Ok(known)
}

const ONE: &str = "SELECT id, address_hash, sequence_id, reason, mail_id, created_at FROM suppressions INDEXED BY suppressions_id \
     WHERE company_id = ?1 AND id = ?2";

/// Reads one row of the list.
#[must_use]
pub fn read_one(company_id: &Id, id: &Id) -> Statement {
    statement!(ONE, company_id, id)
}

/// The row, if it stands.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found_one(outcome: &Outcome) -> Result<Option<Suppression>, Corrupt> {
    read_first(&outcome.rows)
}

const PAGE: &str = "SELECT id, address_hash, sequence_id, reason, mail_id, created_at FROM suppressions INDEXED BY suppressions_id \
     WHERE company_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3";

/// Reads a page of the list, one row more than asked for where there are more.
#[must_use]
pub fn page(company_id: &Id, query: &PageQuery) -> Statement {
    statement!(PAGE, company_id, query.after.as_ref().map_or("", Id::as_str), query.limit + 1)
}

/// The address of the lead ?2 as it is matched, where the caller sees it.
const KEY: &str = concat!(
    "SELECT email_key FROM leads WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL AND ",
    visible!("lead_owner_id", "?3", "?4")
);

/// Reads the address of a lead.
#[must_use]
pub fn read_key(company_id: &Id, lead_id: &Id, rows: &Visibility) -> Statement {
    let [owners, unowned] = visible::params(rows);
    statement!(KEY, company_id, lead_id, owners, unowned)
}

/// The address as it is matched; `None` where the caller does not see the lead.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found_key(outcome: &Outcome) -> Result<Option<String>, Corrupt> {
    #[derive(Deserialize)]
    struct KeyRow {
        email_key: String,
    }
    Ok(read_first::<KeyRow>(&outcome.rows)?.map(|row| row.email_key))
}

/// Whether the company has this sequence; none is always there.
const SEQUENCE: &str =
    "SELECT ?2 IS NULL OR EXISTS (SELECT 1 FROM sequences s WHERE s.company_id = ?1 AND s.id = ?2) AS has_sequence";

impl Command for AddSuppression {
    type Known = KnownList;
    type Done = Suppression;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        vec![read(company, self.address), statement!(SEQUENCE, company, self.sequence_id.as_ref())]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownList, Corrupt> {
        #[derive(Deserialize)]
        struct SequenceRow {
            #[serde(deserialize_with = "stored::flag")]
            has_sequence: bool,
        }
        let [rows, sequence] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
        let sequence: Option<SequenceRow> = read_first(&sequence.rows)?;
        Ok(KnownList { rows: found(rows)?, has_sequence: sequence.is_some_and(|row| row.has_sequence) })
    }

    fn decide(&self, known: &KnownList, context: &mut Context<'_>) -> Result<Plan<Suppression>, Refusal> {
        Self::decide(self, known, context)
    }
}

/// Whether the request ?3 took the row away.
const LIFTED: &str = "SELECT id FROM audit_logs INDEXED BY audit_logs_entity WHERE company_id = ?1 AND entity_id = ?2 AND action = 'delete' \
     AND request_id = ?3 LIMIT 1";

impl Command for LiftSuppression {
    type Known = KnownLift;
    type Done = ();

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        vec![read_one(company, &self.id), statement!(LIFTED, company, &self.id, &context.actor.request_id)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownLift, Corrupt> {
        let [row, lifted] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
        Ok(KnownLift { row: found_one(row)?, is_ours: !lifted.rows.is_empty() })
    }

    fn decide(&self, known: &KnownLift, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        Self::decide(self, known, context)
    }
}

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    let by_key = [READ, READ_MANY, SEQUENCE, KEY].map(|sql| (sql, "PRIMARY KEY"));
    let by_id = [ONE, PAGE].map(|sql| (sql, "suppressions_id"));
    by_key.into_iter().chain(by_id).chain([(LIFTED, "audit_logs_entity")]).collect()
}
