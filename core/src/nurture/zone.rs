//! By whose clock a lead is mailed (spec E2): its own, as far as country and state tell it, else the company's.

use super::zone_table::{COUNTRIES, STATES};
use crate::field::name_key;
use crate::sequence::{SendWindow, ZoneOf};
use chrono_tz::Tz;

/// Words that say what kind of state it is, and not which.
const KINDS: [&str; 10] =
    ["state", "province", "oblast", "krai", "okrug", "republic", "of", "region", "autonomous", "estado"];

/// The zone of the company's settings; UTC where it names none.
#[must_use]
pub fn of_company(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// The zone of a lead in this country (ISO 3166-1 alpha-2) and state; `None` where they do not tell it.
#[must_use]
pub fn of_lead(country: &str, state: Option<&str>) -> Option<Tz> {
    let of_state = || {
        let wanted = state_key(state?);
        let known = STATES.iter().filter(|(of, _, _)| *of == country);
        let names = |(_, zone, states): &(&str, Tz, &'static str)| {
            states.split([';', '|']).any(|name| name == wanted).then_some(*zone)
        };
        known.into_iter().find_map(names)
    };
    let of_country = || COUNTRIES.iter().find(|(code, _)| *code == country).map(|(_, zone)| *zone);
    of_state().or_else(of_country)
}

impl SendWindow {
    /// The zone whose clock the window goes by.
    #[must_use]
    pub fn zone(&self, company: Tz, country: &str, state: Option<&str>) -> Tz {
        match self.time_zone {
            ZoneOf::Company => company,
            ZoneOf::Lead => of_lead(country, state).unwrap_or(company),
        }
    }
}

fn state_key(state: &str) -> String {
    let key = name_key(state);
    let words: Vec<&str> = key.split(' ').filter(|word| !KINDS.contains(word)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Country;
    use std::collections::BTreeSet;

    #[test]
    fn a_lead_goes_by_the_clock_of_its_country_or_state() {
        let cases = [
            ("IN", None, Some(Tz::Asia__Kolkata)),
            ("IN", Some("Karnataka"), Some(Tz::Asia__Kolkata)),
            ("DE", None, Some(Tz::Europe__Berlin)),
            ("US", None, None),
            ("US", Some("CA"), Some(Tz::America__Los_Angeles)),
            ("US", Some("State of New York"), Some(Tz::America__New_York)),
            ("US", Some("Atlantis"), None),
            ("CA", Some("Québec"), Some(Tz::America__Toronto)),
            ("AU", Some("wa"), Some(Tz::Australia__Perth)),
            ("BR", Some("São Paulo"), Some(Tz::America__Sao_Paulo)),
            ("RU", Some("Republic of Tatarstan"), Some(Tz::Europe__Moscow)),
            ("RU", Some("Kamchatka Krai"), Some(Tz::Asia__Kamchatka)),
            ("ES", Some("Las Palmas"), Some(Tz::Atlantic__Canary)),
            ("ES", Some("Sevilla"), Some(Tz::Europe__Madrid)),
        ];
        for (country, state, expected) in cases {
            assert_eq!(of_lead(country, state), expected, "{country} {state:?}");
        }
    }

    #[test]
    fn names_of_states_are_folded_and_stand_once_in_their_country() {
        let mut seen = BTreeSet::new();
        for (country, _, states) in STATES {
            for name in states.split([';', '|']) {
                assert_eq!(state_key(name), name, "{country}");
                assert!(seen.insert((country, name)), "{country} {name} stands twice");
            }
        }
    }

    #[test]
    fn every_country_tells_a_clock_or_has_states_that_do() {
        let silent: Vec<&str> = Country::all()
            .map(Country::as_str)
            .filter(|code| of_lead(code, None).is_none() && !STATES.iter().any(|(of, _, _)| of == code))
            .collect();
        // Antarctica, uninhabited islands, and a territory that is no longer used.
        assert_eq!(silent, ["AQ", "BV", "HM", "UM"]);
    }

    #[test]
    fn an_unknown_zone_of_a_company_is_utc() {
        assert_eq!(of_company("Asia/Kolkata"), Tz::Asia__Kolkata);
        assert_eq!(of_company("Middle/Earth"), Tz::UTC);
    }
}
