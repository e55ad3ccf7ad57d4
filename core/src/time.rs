//! Instants: whole milliseconds UTC in storage, RFC 3339 on the wire (spec T3).

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The largest whole number that JavaScript, and so D1's binding, carries exactly.
pub const MAX_SAFE_INTEGER: i64 = (1 << 53) - 1;

/// Milliseconds in one hour.
pub const HOUR_MS: i64 = 60 * 60 * 1000;

/// Milliseconds in one day.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A moment in UTC, in whole milliseconds since 1970, between the years 0 and 9999. Written as RFC 3339, read as that or as
/// the milliseconds that are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

const MIN_MS: i64 = -62_167_219_200_000;
const MAX_MS: i64 = 253_402_300_799_999;

impl Instant {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// The instant `ms` milliseconds after 1970-01-01T00:00:00Z; `None` outside the years 0 to 9999.
    #[must_use]
    pub fn from_ms(ms: i64) -> Option<Self> {
        (MIN_MS..=MAX_MS).contains(&ms).then_some(Self(ms))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn ms(self) -> i64 {
        self.0
    }

    /// This instant moved by `ms` milliseconds, held inside the years 0 to 9999.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms).clamp(MIN_MS, MAX_MS))
    }

    /// Reads an RFC 3339 date-time with any offset; fractions finer than a millisecond are cut.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let at = DateTime::parse_from_rfc3339(text.trim()).ok()?;
        Self::from_ms(at.timestamp_millis())
    }
}

impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = DateTime::from_timestamp_millis(self.0).unwrap_or_default();
        f.write_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = match Value::deserialize(deserializer)? {
            Value::String(text) => Self::parse(&text),
            Value::Number(ms) => ms.as_i64().and_then(Self::from_ms),
            _ => None,
        };
        read.ok_or_else(|| serde::de::Error::custom("an RFC 3339 date-time or milliseconds were expected"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_and_print_rfc_3339() {
        let at = Instant::parse("2026-11-23T10:15:30.5+05:30").unwrap();
        assert_eq!(at.to_string(), "2026-11-23T04:45:30.500Z");
        assert_eq!(Instant::parse(&at.to_string()), Some(at));
        assert_eq!(Instant::parse("yesterday"), None);
        assert_eq!(Instant::from_ms(MAX_MS + 1), None);
    }
}
