//! How often somebody may come: fixed windows, counted where the requests arrive. Time is given.

use crate::time::Instant;

/// A limit: so many requests in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name in the headers.
    pub name: &'static str,
    /// How many requests.
    pub quota: u32,
}

/// Every limit is for a minute.
const WINDOW_S: u32 = 60;

/// The limits of one installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one secret key or session.
    pub key: Limit,
    /// Of one form and address.
    pub form: Limit,
    /// Of what pages tell of their visitors, of one form and address.
    pub seen: Limit,
    /// Of one address that signs in.
    pub sign_in: Limit,
}

impl Default for Limits {
    fn default() -> Self {
        let limit = |name, quota| Limit { name, quota };
        Self {
            key: limit("key", 600),
            form: limit("form", 120),
            seen: limit("seen", 240),
            sign_in: limit("sign-in", 10),
        }
    }
}

impl Limits {
    /// Reads `key=600 form=120 seen=240 sign-in=10`; what is left out keeps its default.
    ///
    /// # Errors
    /// The word that is no such setting.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut limits = Self::default();
        for word in text.split_whitespace() {
            let (name, quota) = word.split_once('=').ok_or(word)?;
            let quota = quota.parse().ok().filter(|quota| *quota > 0).ok_or(word)?;
            let all = [&mut limits.key, &mut limits.form, &mut limits.seen, &mut limits.sign_in];
            let limit = all.into_iter().find(|limit| limit.name == name);
            limit.ok_or(word)?.quota = quota;
        }
        Ok(limits)
    }
}

impl Limit {
    /// The `RateLimit-Policy` header (draft-ietf-httpapi-ratelimit-headers): a structured list with one item.
    #[must_use]
    pub fn policy(&self) -> String {
        format!("\"{}\";q={};w={WINDOW_S}", self.name, self.quota)
    }
}

/// What was counted so far: a window begins with the first request after the last one ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    ends: i64,
    used: u32,
}

impl Window {
    /// Counts one request, unless there were too many.
    pub fn take(&mut self, limit: Limit, now: Instant) -> Verdict {
        if self.has_ended(now) {
            *self = Self { ends: now.ms() + i64::from(WINDOW_S) * 1000, used: 0 };
        }
        let allowed = self.used < limit.quota;
        self.used += u32::from(allowed);
        let wait = (self.ends - now.ms() + 999) / 1000;
        let reset_s = u32::try_from(wait).unwrap_or(0).clamp(1, WINDOW_S);
        Verdict { limit, allowed, remaining: limit.quota.saturating_sub(self.used), reset_s }
    }

    /// Whether nothing that was counted matters any more. A clock that went back ends a window too.
    #[must_use]
    pub fn has_ended(&self, now: Instant) -> bool {
        now.ms() >= self.ends || self.ends - now.ms() > i64::from(WINDOW_S) * 1000
    }
}

/// Whether a request may pass, and what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The limit that was asked.
    pub limit: Limit,
    /// Whether it may pass.
    pub allowed: bool,
    /// How many more may come in this window.
    pub remaining: u32,
    /// Seconds until the window ends, at least 1.
    pub reset_s: u32,
}

impl Verdict {
    /// The `RateLimit` header.
    #[must_use]
    pub fn header(&self) -> String {
        format!("\"{}\";r={};t={}", self.limit.name, self.remaining, self.reset_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Instant {
        Instant::from_ms(ms).unwrap()
    }

    #[test]
    fn settings_are_read_word_by_word() {
        let limits = Limits::parse("form=7  key=1000").unwrap();
        assert_eq!((limits.key.quota, limits.form.quota, limits.sign_in.quota), (1000, 7, 10));
        assert_eq!(Limits::parse(""), Ok(Limits::default()));
        for wrong in ["key", "key=", "key=0", "key=-1", "other=5"] {
            assert_eq!(Limits::parse(wrong), Err(wrong.to_owned()));
        }
    }

    #[test]
    fn the_headers_are_structured_fields() {
        let limit = Limits::default().key;
        let verdict = Window::default().take(limit, at(1_000));
        assert_eq!(limit.policy(), "\"key\";q=600;w=60");
        assert_eq!(verdict.header(), "\"key\";r=599;t=60");
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let limit = Limit { name: "key", quota: 1 };
        let mut window = Window::default();
        assert!(window.take(limit, at(86_400_000)).allowed);
        assert!(window.take(limit, at(1_000)).allowed);
    }

    proptest! {
        #[test]
        fn no_window_lets_more_pass_than_its_quota(quota in 1_u32..20, steps in prop::collection::vec(0_i64..20_000, 1..200)) {
            let limit = Limit { name: "key", quota };
            let (mut window, mut now) = (Window::default(), 1_000_000);
            let mut passed: Vec<i64> = Vec::new();
            for step in steps {
                now += step;
                let verdict = window.take(limit, at(now));
                if verdict.allowed {
                    passed.push(now);
                } else {
                    prop_assert_eq!(verdict.remaining, 0);
                    // Whoever waits as told may come again.
                    let mut later = window;
                    prop_assert!(later.take(limit, at(now + i64::from(verdict.reset_s) * 1000)).allowed);
                }
            }
            // Fixed windows: at most twice the quota in any sixty seconds.
            for (index, first) in passed.iter().enumerate() {
                let within = passed[index..].iter().take_while(|other| *other - first < 60_000).count();
                prop_assert!(within <= 2 * quota as usize);
            }
        }
    }
}
