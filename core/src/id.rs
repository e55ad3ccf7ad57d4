//! Identifiers: UUIDv7 text, made from a time and entropy that are handed in (spec T2).

use crate::time::Instant;
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::Arc;
use uuid::{Builder, Uuid, Variant, Version};

/// Ten random bytes: what a UUIDv7 holds besides its time.
pub type Entropy = [u8; 10];

/// A UUIDv7 in its lower-case hyphenated text (RFC 9562, section 5.7). Ids made later sort later.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Id(Arc<str>);

impl Id {
    /// The id for `now` with these random bytes.
    #[must_use]
    pub fn new(now: Instant, entropy: &Entropy) -> Self {
        let ms = u64::try_from(now.ms()).unwrap_or(0);
        Self(Builder::from_unix_timestamp_millis(ms, entropy).into_uuid().to_string().into())
    }

    /// Reads the lower-case hyphenated text of a UUIDv7; anything else is `None`, upper case included.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = Uuid::try_parse(text).ok()?;
        let right = uuid.get_version() == Some(Version::SortRand) && uuid.get_variant() == Variant::RFC4122;
        (right && uuid.to_string() == text).then(|| Self(text.into()))
    }

    /// The moment at which it was made.
    #[must_use]
    pub fn made_at(&self) -> Instant {
        let hex: String = self.0.chars().filter(char::is_ascii_hexdigit).take(12).collect();
        i64::from_str_radix(&hex, 16).ok().and_then(Instant::from_ms).unwrap_or_default()
    }

    /// The text that no id made before `at` reaches and every later one does.
    #[must_use]
    pub fn first_at(at: Instant) -> String {
        let hex = format!("{:012x}", at.ms().max(0));
        format!("{}-{}", &hex[..8], &hex[8..])
    }

    /// The sixteen bytes that the text writes.
    #[must_use]
    pub fn bytes(&self) -> [u8; 16] {
        Uuid::try_parse(&self.0).map(Uuid::into_bytes).unwrap_or_default()
    }

    /// The id of these bytes; `None` where they are no UUIDv7.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        Self::parse(&Uuid::from_bytes(bytes).to_string())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a UUIDv7 was expected"))
    }
}

/// Hands out ids for one request: the time and random bytes come from outside, each id differs.
#[derive(Debug)]
pub struct IdSource {
    now: Instant,
    seed: Entropy,
    next: u16,
}

impl IdSource {
    /// Ids for a request that arrived at `now`, from ten random bytes.
    #[must_use]
    pub fn new(now: Instant, seed: Entropy) -> Self {
        Self { now, seed, next: 0 }
    }

    /// The next id; ids of one source sort in the order in which they were made.
    pub fn next_id(&mut self) -> Id {
        let mut bytes = self.seed;
        // The first two bytes are a counter, so that rows of one batch keep their order (RFC 9562, section 6.2).
        bytes[0] = (self.next >> 8) as u8;
        bytes[1] = (self.next & 0xff) as u8;
        self.next = self.next.wrapping_add(1);
        Id::new(self.now, &bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_source_differ_and_sort_in_order() {
        let now = Instant::from_ms(1_700_000_000_000).unwrap();
        let mut source = IdSource::new(now, [7; 10]);
        let ids: Vec<Id> = (0..600).map(|_| source.next_id()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(Id::parse(ids[0].as_str()), Some(ids[0].clone()));
        assert_eq!(ids[0].made_at(), now);
        assert_eq!(Id::from_bytes(ids[0].bytes()), Some(ids[0].clone()));
        assert_eq!(Id::from_bytes([0; 16]), None);
        assert_eq!(Id::parse(&ids[0].as_str().to_uppercase()), None);
        assert_eq!(Id::parse("00000000-0000-4000-8000-000000000000"), None);
        assert!(ids.iter().all(|id| id.as_str() >= Id::first_at(now).as_str()));
        assert!(ids.iter().all(|id| id.as_str() < Id::first_at(now.plus_ms(1)).as_str()));
    }
}
