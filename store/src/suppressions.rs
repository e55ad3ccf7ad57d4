//! Who is never mailed, by a keyed hash of the address (spec E4).

use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use lead_core::command::mail_back::{AddSuppression, KnownList, LiftSuppression};
use lead_core::id::Id;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use lead_core::stored;
use lead_core::suppression::{AddressHash, Suppressed, Suppression};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;

const READ: &str = "SELECT id, sequence_id, reason, mail_id, created_at FROM suppressions WHERE company_id = ?1 AND address_hash = ?2 \
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
    #[derive(Deserialize)]
    struct HashedRow {
        address_hash: String,
        #[serde(flatten)]
        row: Suppression,
    }
    let mut known = Known::default();
    for HashedRow { address_hash, row } in read_rows(&outcome.rows)? {
        known.0.entry(address_hash).or_default().push(row);
    }
    Ok(known)
}

/// Whether the company has this sequence; none is always there.
const SEQUENCE: &str =
    "SELECT ?2 IS NULL OR EXISTS (SELECT 1 FROM sequences s WHERE s.company_id = ?1 AND s.id = ?2) AS has_sequence";

fn reads(address: AddressHash, sequence_id: Option<&Id>, context: &Context<'_>) -> Vec<Statement> {
    let company = &context.company_id;
    vec![read(company, address), statement!(SEQUENCE, company, sequence_id)]
}

fn known(outcomes: &[Outcome]) -> Result<KnownList, Corrupt> {
    #[derive(Deserialize)]
    struct SequenceRow {
        #[serde(deserialize_with = "stored::flag")]
        has_sequence: bool,
    }
    let [rows, sequence] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    let sequence: Option<SequenceRow> = read_first(&sequence.rows)?;
    Ok(KnownList { rows: found(rows)?, has_sequence: sequence.is_some_and(|row| row.has_sequence) })
}

impl Command for AddSuppression {
    type Known = KnownList;
    type Done = Suppression;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        reads(self.address, self.sequence_id.as_ref(), context)
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownList, Corrupt> {
        known(outcomes)
    }

    fn decide(&self, known: &KnownList, context: &mut Context<'_>) -> Result<Plan<Suppression>, Refusal> {
        Self::decide(self, known, context)
    }
}

impl Command for LiftSuppression {
    type Known = KnownList;
    type Done = ();

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        reads(self.address, self.sequence_id.as_ref(), context)
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownList, Corrupt> {
        known(outcomes)
    }

    fn decide(&self, known: &KnownList, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        Self::decide(self, known, context)
    }
}
