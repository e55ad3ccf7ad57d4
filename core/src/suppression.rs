//! Who is never mailed: by a keyed hash of the address, which outlives the person's erasure (spec E4, R3).

use crate::consent::hex;
use crate::field::EmailAddress;
use crate::id::Id;
use crate::mail::{MailSecret, Purpose};
use crate::policy::named;
use crate::time::Instant;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

    /// The reasons whose place it takes.
    pub fn weaker(self) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |other| other.rank() < self.rank())
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

    /// In lower-case hex, as it is stored and shown.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }

    /// Reads what [`Self::to_hex`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().map(|byte| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        });
        let digits = digits.collect::<Option<Vec<u8>>>()?;
        let bytes: Vec<u8> = digits.chunks(2).filter_map(|pair| Some(pair.first()? << 4 | pair.get(1)?)).collect();
        bytes.try_into().ok().filter(|_| text.len() == 64).map(Self)
    }
}

impl Serialize for AddressHash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for AddressHash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("a hash of 64 hex digits was expected"))
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
    /// The keyed hash of the address: the address itself is not kept.
    #[cfg_attr(feature = "openapi", schema(value_type = String, min_length = 64, max_length = 64))]
    pub address_hash: AddressHash,
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
            address_hash: AddressHash::from_bytes([1; 32]),
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
        assert_eq!(AddressHash::parse(&hash.to_hex()), Some(hash));
        let hex = hash.to_hex();
        for wrong in ["", &hex[1..], &hex.to_uppercase(), &format!("{hex}0"), &format!("{}g", &hex[1..])] {
            assert!(wrong == hex || AddressHash::parse(wrong).is_none(), "{wrong}");
        }
    }
}
