//! What shows that a form was filled by a person, without a puzzle for that person: a signed token with the time at which the
//! form was shown, a trap, and where the form's owner wants them a proof of work and Turnstile's word. All of it is evidence for
//! the spam score; nothing here refuses (spec L6).

mod token;
mod trap;
mod turnstile;
mod work;

pub use token::TokenState;
pub use trap::{is_trap, trap_name};
pub use turnstile::{TURNSTILE_URL, TurnstileState, read_turnstile, turnstile_key};
pub use work::{Challenge, ProofState, Proven};

use crate::form::Form;
use crate::mail::MailSecret;
use crate::policy::Policy;
use crate::submission::Filling;
use crate::time::{DAY_MS, Instant};

/// The secret that signs tokens and challenges of forms; 32 characters at least. It comes from the environment only.
#[derive(Clone, Debug)]
pub struct FormSecret(MailSecret);

impl FormSecret {
    /// The secret as the environment holds it; `None` where it is too short to keep anything.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        MailSecret::new(text).map(Self)
    }

    /// The token of a form that is shown now.
    #[must_use]
    pub fn token(&self, form: &Form, now: Instant) -> String {
        token::make(self, form, now)
    }
}

/// The furthest back that a form's own time may lie: a queue of submissions that could not be sent waits no longer.
pub const LONGEST_QUEUE_MS: i64 = 30 * DAY_MS;

/// What a form's filling shows, as far as the installation and the form ask for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// What the token is; `None` where the installation makes none.
    pub token: Option<TokenState>,
    /// What the proof of work is; `None` where the form wants none.
    pub proof: Option<ProofState>,
    /// What Turnstile says; `None` where the form does not ask it.
    pub turnstile: Option<TurnstileState>,
    /// When the visitor sent the form, where that was earlier than now.
    pub filled_at: Option<Instant>,
}

impl Evidence {
    /// What the token and the form's own time show. The proof and Turnstile's word are added by who checked them.
    #[must_use]
    pub fn of(filling: &Filling, form: &Form, secret: Option<&FormSecret>, policy: &Policy, now: Instant) -> Self {
        let made_at = secret.and_then(|secret| token::made_at(secret, form, filling.token.as_deref()?, now));
        let filled_at = filled_at(filling.at, made_at, now);
        let token = secret.map(|_| {
            let given = filling.token.is_some();
            token::judge(given, made_at, filled_at.unwrap_or(now), &policy.spam)
        });
        Self { token, filled_at, ..Self::default() }
    }
}

/// The form's own time, where it can be: not in the future, not before the form was shown, not longer ago than a queue lasts.
fn filled_at(said: Option<Instant>, made_at: Option<Instant>, now: Instant) -> Option<Instant> {
    let first = made_at.unwrap_or(Instant::EPOCH).max(now.plus_ms(-LONGEST_QUEUE_MS));
    said.filter(|at| *at < now && *at >= first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Definition, FormKey};
    use crate::id::Id;

    pub(super) fn form(n: u8) -> Form {
        let id = |n| Id::new(Instant::EPOCH, &[n; 10]);
        Form {
            company_id: id(1),
            id: id(n),
            key: FormKey::parse("pk_abcdefghijABCDEFGHIJ01").unwrap(),
            version: 1,
            definition: Definition::starter("Acme"),
            allowed_origins: Vec::new(),
            country: "IN".into(),
        }
    }

    fn at(ms: i64) -> Instant {
        Instant::from_ms(ms).unwrap()
    }

    #[test]
    fn a_time_of_ones_own_counts_within_bounds() {
        let now = at(100 * DAY_MS);
        let three_days_ago = now.plus_ms(-3 * DAY_MS);
        assert_eq!(filled_at(Some(three_days_ago), None, now), Some(three_days_ago));
        assert_eq!(filled_at(Some(now.plus_ms(-LONGEST_QUEUE_MS)), None, now), Some(now.plus_ms(-LONGEST_QUEUE_MS)));
        assert_eq!(filled_at(Some(now.plus_ms(-LONGEST_QUEUE_MS - 1)), None, now), None, "longer than a queue lasts");
        assert_eq!(filled_at(Some(now.plus_ms(1)), None, now), None, "in the future");
        assert_eq!(filled_at(Some(three_days_ago), Some(now.plus_ms(-DAY_MS)), now), None, "before the form was shown");
        assert_eq!(filled_at(None, None, now), None);
    }
}
