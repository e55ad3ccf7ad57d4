//! Who is never mailed: by a keyed hash of the address, which outlives the person's erasure (spec E4, R3).

use crate::consent::hex;
use crate::field::EmailAddress;
use crate::id::Id;
use crate::mail::{MailSecret, Purpose};
use crate::policy::named;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

named! {
    /// Why an address is not mailed.
    SuppressionReason {
        /// Somebody who works here wrote it down.
        ByHand = "by_hand",
        /// The address does not exist.
        Bounced = "bounced",
        /// The person asked for it.
        Unsubscribed = "unsubscribed",
        /// The person called a mail spam.
        Complained = "complained",
    }
}

impl SuppressionReason {
    /// A reason takes the place of a weaker one, never of a stronger.
    #[must_use]
    pub fn rank(self) -> u8 {
        match self {
            Self::ByHand => 0,
            Self::Bounced => 1,
            Self::Unsubscribed => 2,
            Self::Complained => 3,
        }
    }
}

/// The hash of an address under the secret, for one company: the same address of two companies has two.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressHash([u8; 32]);

impl AddressHash {
    /// The hash of an e-mail key (spec N1).
    #[must_use]
    pub fn of_key(secret: &MailSecret, company_id: &Id, email_key: &str) -> Self {
        Self(secret.seal(Purpose::Suppression, company_id, email_key.as_bytes()))
    }

    /// The hash of an address.
    #[must_use]
    pub fn of(secret: &MailSecret, company_id: &Id, email: &EmailAddress) -> Self {
        Self::of_key(secret, company_id, email.key())
    }

    /// The hash of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// In lower-case hex, as it is stored.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }
}

impl std::fmt::Debug for AddressHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// That an address is not mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suppressed {
    /// By no sequence of the company.
    All(SuppressionReason),
    /// Not by the sequence that was asked about.
    Sequence(SuppressionReason),
}

/// A row of the list, as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suppression {
    /// The row's id, by which the audit trail tells of it.
    pub id: Id,
    /// The one sequence that does not mail the address; none means all of the company.
    #[serde(deserialize_with = "crate::stored::blank_or_id")]
    pub sequence_id: Option<Id>,
    /// Why.
    pub reason: SuppressionReason,
    /// The mail that brought it about.
    pub mail_id: Option<Id>,
    /// Since when.
    pub created_at: Instant,
}

impl Suppressed {
    /// What these rows of an address say about a mail of this sequence; a mail of none asks about the whole company.
    #[must_use]
    pub fn by(rows: &[Suppression], sequence_id: Option<&Id>) -> Option<Self> {
        let all = rows.iter().find(|row| row.sequence_id.is_none()).map(|row| Self::All(row.reason));
        let one = |id: &Id| rows.iter().find(|row| row.sequence_id.as_ref() == Some(id));
        all.or_else(|| sequence_id.and_then(one).map(|row| Self::Sequence(row.reason)))
    }

    /// Why.
    #[must_use]
    pub fn reason(self) -> SuppressionReason {
        match self {
            Self::All(reason) | Self::Sequence(reason) => reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> Id {
        Id::new(Instant::EPOCH, &[n; 10])
    }

    #[test]
    fn a_row_for_all_counts_for_each_sequence() {
        let row = |sequence_id, reason| Suppression {
            id: id(9),
            sequence_id,
            reason,
            mail_id: None,
            created_at: Instant::EPOCH,
        };
        let one = row(Some(id(1)), SuppressionReason::Unsubscribed);
        let all = row(None, SuppressionReason::Bounced);
        let ids = [id(1), id(2)];
        let by = |rows: &[Suppression], sequence: Option<usize>| Suppressed::by(rows, sequence.map(|n| &ids[n]));
        assert_eq!(by(&[], Some(0)), None);
        let alone = [one.clone()];
        assert_eq!(by(&alone, Some(0)), Some(Suppressed::Sequence(SuppressionReason::Unsubscribed)));
        assert_eq!((by(&alone, Some(1)), by(&alone, None)), (None, None));
        assert_eq!(by(&[one, all], Some(0)), Some(Suppressed::All(SuppressionReason::Bounced)));
    }

    #[test]
    fn a_hash_is_of_one_address_in_one_company() {
        let secret = MailSecret::new("a secret of more than 32 characters").unwrap();
        let of = |company, text| AddressHash::of(&secret, &id(company), &EmailAddress::parse(text).unwrap());
        assert_eq!(of(1, "Ada@Example.com"), of(1, "ada@example.COM"));
        assert_ne!(of(1, "ada@example.com"), of(2, "ada@example.com"));
        assert_eq!(of(1, "ada@example.com").to_hex(), secret.seal_hex(Purpose::Suppression, &id(1), "ada@example.com"));
        let hash = of(1, "ada@example.com");
        assert_eq!(AddressHash::from_bytes(hash.bytes()), hash);
    }
}
