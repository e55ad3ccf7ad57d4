//! Which days and which version are asked for.

use super::Day;
use crate::invalid::{Code, Invalid};
use crate::page_query::Parameters;
use crate::time::Instant;

/// The numbers that are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatsQuery {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// Of this version alone.
    pub version: Option<i64>,
}

/// The longest range, in days: each day is a line of the answer.
const LONGEST: i64 = 366;

impl StatsQuery {
    /// Reads the pairs of a query string: `from` and `to` as days, the last 30 unless given, and `version`.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)], now: Instant) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let day = |text: &str| Day::parse(text);
        let from = read.take("from", Code::NotDate, day);
        let to = read.take("to", Code::NotDate, day);
        let version = read.take("version", Code::NotWholeNumber, |text| {
            text.parse().ok().filter(|version| (1..=i64::from(i32::MAX)).contains(version))
        });
        read.close()?;
        let to =
            to.unwrap_or_else(|| from.map_or(Day::of(now), |from| Day::of(now).max(from).min(from.plus(LONGEST - 1))));
        let from = from.unwrap_or_else(|| to.plus(-29));
        if from > to || to.number() - from.number() >= LONGEST {
            return Err(vec![Invalid::at("?to", Code::OutOfRange)]);
        }
        Ok(Self { from, to, version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_whole_days_of_at_most_a_year() {
        let now = Instant::parse("2026-11-29T10:00:00Z").unwrap();
        let read = |text: &str| {
            let pairs: Vec<(String, String)> = text
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            StatsQuery::parse(&pairs, now)
                .map(|query| format!("{} {} {:?}", query.from, query.to, query.version))
                .map_err(|errors| errors.into_iter().map(|error| format!("{} {}", error.pointer, error.code)).collect())
        };
        let refused = |text: &str| Err::<String, Vec<String>>(vec![text.to_owned()]);
        assert_eq!(read(""), Ok("2026-10-31 2026-11-29 None".to_owned()));
        assert_eq!(read("from=2026-11-01&version=3"), Ok("2026-11-01 2026-11-29 Some(3)".to_owned()));
        assert_eq!(read("to=2026-01-30"), Ok("2026-01-01 2026-01-30 None".to_owned()));
        assert_eq!(read("from=2020-01-01"), Ok("2020-01-01 2020-12-31 None".to_owned()));
        assert_eq!(read("from=2026-01-01&to=2027-01-02"), refused("?to out_of_range"));
        assert_eq!(read("from=2026-01-02&to=2026-01-01"), refused("?to out_of_range"));
        assert_eq!(read("from=today"), refused("?from not_date"));
        assert_eq!(read("version=0"), refused("?version not_whole_number"));
    }
}
