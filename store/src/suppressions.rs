//! Who is never mailed, by a keyed hash of the address (spec E4).

use crate::statement::{Corrupt, Outcome, Statement, read_rows, statement};
use lead_core::id::Id;
use lead_core::plan::Context;
use lead_core::suppression::{AddressHash, Suppressed, Suppression, SuppressionReason};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;

const READ: &str = "SELECT sequence_id, reason, mail_id, created_at FROM suppressions WHERE company_id = ?1 AND address_hash = ?2 \
     ORDER BY sequence_id LIMIT 200";

/// The rows of many addresses, ?2 JSON of their hashes.
const READ_MANY: &str = "SELECT s.address_hash, s.sequence_id, s.reason, s.mail_id, s.created_at \
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

/// Two that write the first row of an address collide: the second decides again, and finds it.
const INSERT: &str = "INSERT INTO suppressions (company_id, address_hash, sequence_id, reason, mail_id, created_at) \
     VALUES (?1, ?2, coalesce(?3, ''), ?4, ?5, ?6)";

const REPLACE: &str = "UPDATE suppressions SET reason = ?4, mail_id = ?5, created_at = ?6 \
     WHERE company_id = ?1 AND address_hash = ?2 AND sequence_id = coalesce(?3, '')";

const LIFT: &str = "DELETE FROM suppressions WHERE company_id = ?1 AND address_hash = ?2 AND sequence_id = coalesce(?3, '') \
     AND reason = ?4";

/// An address, in one sequence or in all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) address: AddressHash,
    pub(crate) sequence_id: Option<&'a Id>,
}

/// Writes a row where none stands, or another reason into the one that stands.
pub(crate) fn write(
    place: Place<'_>,
    stands: bool,
    reason: SuppressionReason,
    mail_id: Option<&Id>,
    context: &Context<'_>,
) -> Statement {
    let Place { address, sequence_id } = place;
    let sql = if stands { REPLACE } else { INSERT };
    statement!(sql, &context.company_id, address.to_hex(), sequence_id, reason.as_str(), mail_id, context.now)
}

/// Takes a row away, if it still has this reason.
pub(crate) fn lift(place: Place<'_>, reason: SuppressionReason, context: &Context<'_>) -> Statement {
    let Place { address, sequence_id } = place;
    statement!(LIFT, &context.company_id, address.to_hex(), sequence_id, reason.as_str())
}
