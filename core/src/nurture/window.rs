//! When mails may go out: days and hours of a local clock, which jumps twice a year in most of the world (spec E2).

use crate::sequence::{SendWindow, Weekday};
use crate::time::{DAY_MS, Instant};
use chrono::{DateTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

const MINUTE_MS: i64 = 60_000;

/// How many days are searched for an open window. Even a window on one day of the week opens within two weeks, should a clock
/// jump over it once.
const SEARCHED_DAYS: i64 = 22;

/// A stretch of time in which a local clock runs beside UTC.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: i64,
    until: i64,
    /// Local time less UTC, in milliseconds.
    offset: i64,
}

impl SendWindow {
    /// Whether the local clock of `zone` is inside the window at this moment.
    #[must_use]
    pub fn is_open(&self, at: Instant, zone: Tz) -> bool {
        self.holds(at.ms() + offset_ms(at.ms(), zone))
    }

    /// The first moment from `at` on at which the local clock of `zone` is inside the window; `None` where it never opens.
    ///
    /// A clock that jumps forward over the opening opens the window where it lands, if that is inside; one that is set
    /// back into the window opens it once more.
    #[must_use]
    pub fn next(&self, at: Instant, zone: Tz) -> Option<Instant> {
        let found = stretches(at, zone).find_map(|stretch| self.opening(stretch))?;
        Instant::from_ms(found)
    }

    /// Whether the window holds this local time, in milliseconds as if it were UTC.
    fn holds(&self, local: i64) -> bool {
        let minute = local.rem_euclid(DAY_MS) / MINUTE_MS;
        let [from, to] = [self.from, self.to].map(|time| i64::from(time.minutes()));
        self.weekdays.contains(&weekday(local.div_euclid(DAY_MS))) && (from..to).contains(&minute)
    }

    /// The first moment of the stretch inside the window.
    fn opening(&self, stretch: Stretch) -> Option<i64> {
        let Stretch { from, until, offset } = stretch;
        let local = from + offset;
        if self.holds(local) {
            return Some(from);
        }
        let day = local.div_euclid(DAY_MS);
        let last = (until + offset).div_euclid(DAY_MS);
        let opens = |day: i64| day * DAY_MS + i64::from(self.from.minutes()) * MINUTE_MS;
        let found = (day..=last).map(opens).find(|opens| *opens >= local && self.holds(*opens))?;
        Some(found - offset).filter(|found| *found < until)
    }
}

/// The day that the local clock of `zone` shows, in days since 1970.
#[must_use]
pub fn local_day(at: Instant, zone: Tz) -> i64 {
    (at.ms() + offset_ms(at.ms(), zone)).div_euclid(DAY_MS)
}

/// The first moment after `at` at which the local clock of `zone` shows a later day.
#[must_use]
pub fn next_day(at: Instant, zone: Tz) -> Instant {
    let midnight = (local_day(at, zone) + 1) * DAY_MS;
    let opening = |Stretch { from, until, offset }: Stretch| {
        let found = from.max(midnight - offset);
        (found < until).then_some(found)
    };
    stretches(at, zone).find_map(opening).and_then(Instant::from_ms).unwrap_or_else(|| at.plus_ms(DAY_MS))
}

/// The time from `at` on in stretches of a day at most, cut where the clock jumps.
fn stretches(at: Instant, zone: Tz) -> impl Iterator<Item = Stretch> {
    let start = at.ms();
    (0..SEARCHED_DAYS).flat_map(move |day| {
        let (from, until) = (start + day * DAY_MS, start + (day + 1) * DAY_MS);
        let (before, after) = (offset_ms(from, zone), offset_ms(until, zone));
        let jump = if before == after { until } else { jump(from, until, zone) };
        let first = Stretch { from, until: jump, offset: before };
        let second = Stretch { from: jump, until, offset: after };
        [first, second].into_iter().filter(|stretch| stretch.from < stretch.until)
    })
}

/// The moment between the two at which the clock jumps: no clock jumps twice in a day.
fn jump(from: i64, until: i64, zone: Tz) -> i64 {
    let before = offset_ms(from, zone);
    let (mut same, mut other) = (from, until);
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if offset_ms(middle, zone) == before { same = middle } else { other = middle }
    }
    other
}

fn offset_ms(at: i64, zone: Tz) -> i64 {
    let utc: NaiveDateTime = DateTime::from_timestamp_millis(at).unwrap_or_default().naive_utc();
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()) * 1000
}

fn weekday(day: i64) -> Weekday {
    // 1970 began on a Thursday.
    match (day + 3).rem_euclid(7) {
        0 => Weekday::Mon,
        1 => Weekday::Tue,
        2 => Weekday::Wed,
        3 => Weekday::Thu,
        4 => Weekday::Fri,
        5 => Weekday::Sat,
        _ => Weekday::Sun,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::{TimeOfDay, ZoneOf};
    use chrono::{Datelike, Timelike};
    use chrono_tz::TZ_VARIANTS;
    use proptest::prelude::*;

    fn window(days: &[Weekday], from: &str, to: &str) -> SendWindow {
        let time = |text| TimeOfDay::parse(text).unwrap();
        SendWindow { weekdays: days.to_vec(), from: time(from), to: time(to), time_zone: ZoneOf::Lead }
    }

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    const ALL: [Weekday; 7] = {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        [Mon, Tue, Wed, Thu, Fri, Sat, Sun]
    };

    #[test]
    fn mails_wait_for_the_window_by_the_local_clock() {
        let office = window(&ALL[..5], "09:00", "17:00");
        let cases = [
            // A Friday evening in Kolkata waits for Monday; a Tuesday morning in New York is inside.
            (Tz::Asia__Kolkata, "2026-11-20T12:00:00Z", "2026-11-23T03:30:00Z"),
            (Tz::America__New_York, "2026-11-24T14:30:00Z", "2026-11-24T14:30:00Z"),
            (Tz::America__New_York, "2026-11-24T13:59:59.999Z", "2026-11-24T14:00:00Z"),
            // The last moment inside, and the first outside.
            (Tz::UTC, "2026-11-24T16:59:59.999Z", "2026-11-24T16:59:59.999Z"),
            (Tz::UTC, "2026-11-24T17:00:00Z", "2026-11-25T09:00:00Z"),
        ];
        for (zone, from, expected) in cases {
            assert_eq!(office.next(at(from), zone), Some(at(expected)), "{zone} {from}");
        }
    }

    #[test]
    fn a_clock_that_jumps_opens_the_window_where_it_lands() {
        let berlin = Tz::Europe__Berlin;
        // On 2026-03-29 Berlin's clock jumps from 02:00 to 03:00, at 01:00 UTC.
        let spring = at("2026-03-29T00:00:00Z");
        assert_eq!(window(&ALL, "02:30", "04:00").next(spring, berlin), Some(at("2026-03-29T01:00:00Z")));
        assert_eq!(window(&ALL, "02:00", "03:00").next(spring, berlin), Some(at("2026-03-30T00:00:00Z")));
        assert_eq!(window(&ALL[6..], "02:00", "03:00").next(spring, berlin), Some(at("2026-04-05T00:00:00Z")));
        // On 2026-10-25 it is set back from 03:00 to 02:00, at 01:00 UTC: 02:10 is there twice.
        let early = window(&ALL, "02:00", "02:20");
        assert_eq!(early.next(at("2026-10-25T00:20:00Z"), berlin), Some(at("2026-10-25T01:00:00Z")));
        assert!(early.is_open(at("2026-10-25T00:10:00Z"), berlin) && early.is_open(at("2026-10-25T01:10:00Z"), berlin));
    }

    #[test]
    fn days_begin_where_the_local_clock_says_so() {
        // In 2018 Brazil's clock jumped at midnight: the day began at 01:00.
        let sao_paulo = Tz::America__Sao_Paulo;
        assert_eq!(next_day(at("2018-11-04T00:00:00Z"), sao_paulo), at("2018-11-04T03:00:00Z"));
        assert_eq!(next_day(at("2018-11-04T03:00:00Z"), sao_paulo), at("2018-11-05T02:00:00Z"));
        // Samoa left out the 30th of December 2011.
        assert_eq!(next_day(at("2011-12-29T20:00:00Z"), Tz::Pacific__Apia), at("2011-12-30T10:00:00Z"));
        assert_eq!(local_day(at("1970-01-02T00:00:00Z"), Tz::UTC), 1);
    }

    #[test]
    fn a_window_without_days_never_opens() {
        assert_eq!(window(&[], "00:00", "24:00").next(Instant::EPOCH, Tz::UTC), None);
    }

    /// What the window says of a minute, by the calendar library alone.
    fn by_calendar(window: &SendWindow, at: i64, zone: Tz) -> bool {
        let local = DateTime::from_timestamp_millis(at).unwrap().with_timezone(&zone);
        let minute = u16::try_from(local.hour() * 60 + local.minute()).unwrap();
        let day = ALL[local.weekday().num_days_from_monday() as usize];
        window.weekdays.contains(&day) && (window.from.minutes()..window.to.minutes()).contains(&minute)
    }

    /// Near the jumps of the zone, or anywhere between 1975 and 2037.
    fn moment(zone: Tz, anywhere: i64, near: bool, minutes: i64) -> i64 {
        let far = anywhere + 200 * DAY_MS;
        if near && offset_ms(anywhere, zone) != offset_ms(far, zone) {
            return (jump(anywhere, far, zone) / MINUTE_MS + minutes) * MINUTE_MS;
        }
        anywhere
    }

    proptest! {
        #[test]
        fn the_next_opening_is_the_first_minute_inside(
            zone in proptest::sample::select(&TZ_VARIANTS[..]),
            anywhere in 157_766_400_000_i64..2_114_380_800_000,
            near in proptest::bool::weighted(0.7),
            minutes in -2_000_i64..200,
            days in proptest::sample::subsequence(&ALL[..], 1..=7),
            from in 0_u16..1440,
            length in 1_u16..1440,
        ) {
            let to = (from + length).min(1440);
            let time = |minutes| TimeOfDay::from_minutes(minutes).unwrap();
            let window = SendWindow { weekdays: days, from: time(from), to: time(to), time_zone: ZoneOf::Lead };
            let start = moment(zone, anywhere, near, minutes);
            let next = window.next(Instant::from_ms(start).unwrap(), zone).unwrap().ms();
            prop_assert!(window.is_open(Instant::from_ms(next).unwrap(), zone) && by_calendar(&window, next, zone));
            // The first whole minute inside from the start on: clocks jump on whole minutes.
            let whole = start.div_euclid(MINUTE_MS) * MINUTE_MS;
            let first = (0..).map(|minute| (whole + minute * MINUTE_MS).max(start)).find(|at| by_calendar(&window, *at, zone));
            prop_assert_eq!(Some(next), first);
        }

        #[test]
        fn the_next_day_is_the_first_minute_of_a_later_date(
            zone in proptest::sample::select(&TZ_VARIANTS[..]),
            anywhere in 157_766_400_000_i64..2_114_380_800_000,
            near in any::<bool>(),
            minutes in -2_000_i64..200,
        ) {
            let start = moment(zone, anywhere, near, minutes);
            let date = |at: i64| DateTime::from_timestamp_millis(at).unwrap().with_timezone(&zone).date_naive();
            let whole = start.div_euclid(MINUTE_MS) * MINUTE_MS;
            let first = (1..).map(|minute| whole + minute * MINUTE_MS).find(|at| date(*at) > date(start)).unwrap();
            prop_assert_eq!(next_day(Instant::from_ms(start).unwrap(), zone).ms(), first);
        }
    }
}
