//! Sums over opportunities, exact until they are shown.

use crate::money::{Currency, Total};
use serde::Serialize;

/// What a group of opportunities adds up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many they are.
    pub count: i64,
    /// Their values, in minor units.
    pub minor: u128,
    /// Each value times its probability in percent: hundredths of minor units.
    pub weighted: u128,
}

impl std::ops::AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.minor += other.minor;
        self.weighted += other.weighted;
    }
}

impl std::iter::Sum for Sums {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sums, more| {
            sums += more;
            sums
        })
    }
}

impl Sums {
    /// As they are shown: the weighted sum is rounded here and nowhere else, half a minor unit up (spec O3).
    #[must_use]
    pub fn shown(self, currency: Currency) -> Totals {
        Totals {
            count: self.count,
            sum: Total { minor: self.minor, currency },
            weighted: Total { minor: (self.weighted + 50) / 100, currency },
        }
    }
}

/// How many opportunities, what they are worth, and what they are worth by their probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Totals {
    /// How many.
    pub count: i64,
    /// The sum of their values.
    pub sum: Total,
    /// The sum of their values times their probabilities, rounded once to the minor unit, half up.
    pub weighted: Total,
}
