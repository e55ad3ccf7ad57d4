//! The days that numbers are of: the last 7, 30 or 90, in UTC.

use crate::api::call::Call;
use lead_core::form_stats::{Day, StatsQuery};
use maud::{Markup, html};

const LENGTHS: [i64; 3] = [7, 30, 90];

/// Some days up to today.
#[derive(Clone, Copy)]
pub(super) struct Period {
    pub(super) from: Day,
    pub(super) to: Day,
    length: i64,
}

impl Period {
    /// The period that the address names, or the last 30 days.
    pub(super) fn asked(call: &Call) -> Self {
        let named = call.query.iter().find(|(name, _)| name == "days").and_then(|(_, days)| days.parse().ok());
        Self::last(call, named.filter(|days| LENGTHS.contains(days)).unwrap_or(30))
    }

    /// So many days up to today.
    pub(super) fn last(call: &Call, length: i64) -> Self {
        let to = Day::of(call.arrival.now);
        Self { from: to.plus(1 - length), to, length }
    }

    pub(super) fn days(self) -> (Day, Day) {
        (self.from, self.to)
    }

    pub(super) fn length(self) -> i64 {
        self.length
    }

    /// What is asked of the counters.
    pub(super) fn query(self, version: Option<i64>) -> StatsQuery {
        StatsQuery { from: self.from, to: self.to, version }
    }

    /// The period in words, for captions.
    pub(super) fn words(self) -> String {
        format!("{} to {} (UTC)", self.from, self.to)
    }

    /// Links to the same page over other periods; `rest` is what its address carries besides, such as `&version=2`.
    pub(super) fn choice(self, address: &str, rest: &str) -> Markup {
        html! {
            nav.choice aria-label="Period" {
                ul {
                    @for length in LENGTHS {
                        li {
                            a href={ (address) "?days=" (length) (rest) } aria-current=[(length == self.length).then_some("true")] {
                                (length) " days"
                            }
                        }
                    }
                }
            }
        }
    }
}
