//! What becomes of a mail between the outbox and its provider (spec E3): whether it may be handed over now, and where it stands
//! after an answer. A provider that may have a mail already is never simply asked again: the same key is, or a look-up, or a person.

use super::{MailKind, MailState};
use crate::policy::named;
use crate::time::{HOUR_MS, Instant};

/// How long one call of a provider may take, in milliseconds.
pub const CALL_MS: i64 = 20 * 1000;

/// How much of a key's life is not relied upon, in milliseconds: a call takes a while, and two clocks differ.
const KEY_SPARE_MS: i64 = HOUR_MS;

/// How far a clock may have been set back before nothing can be said of the time in between, in milliseconds.
const SET_BACK_MS: i64 = 60 * 1000;

/// The first pause after a failure, in milliseconds; it doubles.
const PAUSE_MS: i64 = 60 * 1000;

/// The longest one, in milliseconds.
const LONGEST_PAUSE_MS: i64 = 4 * HOUR_MS;

/// What a provider may ask us to wait at most, in milliseconds.
const LONGEST_WAIT_MS: i64 = 24 * HOUR_MS;

/// After so many tries a person has to look. With the pauses that is more than a day.
pub const TRIES: u32 = 16;

/// After so long a link to sign in is not sent any more, in milliseconds: it can hardly be used by then.
const SIGN_IN_MS: i64 = crate::session::LINK_MS;

named! {
    /// What a provider was asked for.
    TryAct {
        /// To take a mail.
        Send = "send",
        /// Whether it has it.
        LookUp = "look_up",
    }
}

named! {
    /// What came of it.
    TryOutcome {
        /// It took the mail.
        Accepted = "accepted",
        /// Not now.
        Retry = "retry",
        /// Never.
        Refused = "refused",
        /// Nobody knows.
        Unclear = "unclear",
        /// It has the mail.
        Found = "found",
        /// It does not have it.
        Absent = "absent",
    }
}

/// Whoever is asked to take mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its name, as it is stored with the mail and its tries.
    pub name: &'static str,
    /// What it does about a mail that it may have already.
    pub repeats: Repeats,
}

/// What can be done where nobody knows whether a provider took a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// Handed over again under the same key, it is not sent twice, for so many milliseconds since it was first handed over.
    Keyed {
        /// How long a key lives.
        for_ms: i64,
    },
    /// It can be looked up by its tag.
    LookedUp {
        /// So many milliseconds after it was handed over, what is not found was not taken.
        settled_ms: i64,
        /// For so many milliseconds what was taken is found.
        kept_ms: i64,
    },
    /// Nothing.
    Unknowable,
}

/// What a provider said when it was handed a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It took it.
    Accepted {
        /// Its own name for the mail.
        provider_id: Option<String>,
    },
    /// It did not, and may later.
    Retry {
        /// After so many milliseconds at the earliest, if it said.
        after_ms: Option<i64>,
        /// Whether the same holds for every other mail: it takes no more for now.
        is_full: bool,
    },
    /// It never will.
    Refused {
        /// Why, in a word of the provider's or ours; never an address.
        reason: String,
    },
    /// Nobody knows.
    Unclear,
}

impl Answer {
    /// What is kept of it.
    #[must_use]
    pub fn outcome(&self) -> TryOutcome {
        match self {
            Self::Accepted { .. } => TryOutcome::Accepted,
            Self::Retry { .. } => TryOutcome::Retry,
            Self::Refused { .. } => TryOutcome::Refused,
            Self::Unclear => TryOutcome::Unclear,
        }
    }
}

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The provider has the mail.
    Found {
        /// Its own name for it.
        provider_id: Option<String>,
    },
    /// It does not.
    Absent,
    /// It did not say.
    Unclear {
        /// After so many milliseconds it may be asked again, if it said.
        after_ms: Option<i64>,
    },
}

impl Sight {
    /// What is kept of it.
    #[must_use]
    pub fn outcome(&self) -> TryOutcome {
        match self {
            Self::Found { .. } => TryOutcome::Found,
            Self::Absent => TryOutcome::Absent,
            Self::Unclear { .. } => TryOutcome::Unclear,
        }
    }
}

/// An answer or a sight with what is kept of how it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<T> {
    /// What was said.
    pub what: T,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// The provider's words, cut short and without addresses.
    pub words: Option<String>,
}

impl<T> From<T> for Told<T> {
    fn from(what: T) -> Self {
        Self { what, status: None, words: None }
    }
}

/// When a provider was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Just before, as the mail was marked.
    pub began: Instant,
    /// When it answered, or did not in time.
    pub now: Instant,
    /// Any number, so that those that failed together are not tried together.
    pub jitter: u32,
}

/// A mail whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending<'a> {
    /// Why it is sent.
    pub kind: MailKind,
    /// How often a provider was asked.
    pub tries: u32,
    /// Since when a provider may have it; none where it is known that nobody has.
    pub asked_at: Option<Instant>,
    /// When a look-up first did not find it since then.
    pub absent_at: Option<Instant>,
    /// Which provider that is.
    pub provider: Option<&'a str>,
    /// When it was due.
    pub due_at: Instant,
}

/// What is done about a mail whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// It is handed over.
    Send,
    /// It is looked up.
    LookUp,
    /// Neither: it stands so.
    Settle(Settled),
}

/// Where a mail stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The state.
    pub state: MailState,
    /// When it is tried next.
    pub next_try_at: Option<Instant>,
    /// Since when a provider may have it.
    pub asked_at: Option<Instant>,
    /// When a look-up first did not find it since then.
    pub absent_at: Option<Instant>,
    /// The provider's own name for it.
    pub provider_id: Option<String>,
    /// Why it is dead or parked.
    pub reason: Option<String>,
}

impl Settled {
    /// It waits, with what is known of it.
    #[must_use]
    pub fn waiting(state: MailState, until: Instant, asked_at: Option<Instant>) -> Self {
        Self { state, next_try_at: Some(until), asked_at, absent_at: None, provider_id: None, reason: None }
    }

    /// Nothing is done about it any more by itself, and why.
    #[must_use]
    pub fn end(state: MailState, reason: &str) -> Self {
        let reason = Some(reason.to_owned());
        Self { state, next_try_at: None, asked_at: None, absent_at: None, provider_id: None, reason }
    }

    fn sent(provider_id: Option<&String>) -> Self {
        let (state, provider_id) = (MailState::Sent, provider_id.cloned());
        Self { state, next_try_at: None, asked_at: None, absent_at: None, provider_id, reason: None }
    }
}

impl Pending<'_> {
    /// What is done about it now. It is asked at the moment of the try, not when it was claimed.
    #[must_use]
    pub fn act(&self, provider: &Provider, now: Instant) -> Act {
        let is_late = self.kind == MailKind::SignIn && now >= self.due_at.plus_ms(SIGN_IN_MS);
        let Some(asked_at) = self.asked_at else {
            return if is_late { Act::Settle(Settled::end(MailState::Dead, "expired")) } else { Act::Send };
        };
        let parked = |reason| Act::Settle(Settled::end(MailState::Parked, reason));
        if is_late {
            return parked("expired");
        }
        if self.provider != Some(provider.name) {
            return parked("provider_changed");
        }
        let waited = now.ms() - asked_at.ms();
        match provider.repeats {
            Repeats::Keyed { for_ms } if (-SET_BACK_MS..for_ms - KEY_SPARE_MS).contains(&waited) => Act::Send,
            Repeats::LookedUp { kept_ms, .. } if waited >= kept_ms => parked("unclear"),
            Repeats::LookedUp { settled_ms, .. } => {
                let rest = settled_ms - (now.ms() - self.absent_at.unwrap_or(asked_at).ms());
                if rest <= 0 {
                    Act::LookUp
                } else {
                    Act::Settle(self.unsettled(now.plus_ms(rest.min(LONGEST_WAIT_MS))))
                }
            }
            Repeats::Keyed { .. } | Repeats::Unknowable => parked("unclear"),
        }
    }

    /// Where it stands after it was handed over. `self` is what it was before that call, which began at `call.began`.
    #[must_use]
    pub fn answered(&self, provider: &Provider, answer: &Answer, call: &Call) -> Settled {
        let Call { began, now, jitter } = *call;
        let tries = self.tries.saturating_add(1);
        let pause = |after_ms| now.plus_ms(pause_ms(tries, after_ms, jitter));
        match (answer, self.asked_at) {
            (Answer::Accepted { provider_id }, _) => Settled::sent(provider_id.as_ref()),
            // What is said of this call says nothing of the one before, of which nobody knows.
            (Answer::Refused { .. }, Some(_)) => Settled::end(MailState::Parked, "unclear"),
            (Answer::Refused { reason }, None) => Settled::end(MailState::Dead, reason),
            (Answer::Retry { .. }, None) if tries >= TRIES => Settled::end(MailState::Dead, "tries"),
            (Answer::Retry { after_ms, .. }, asked_at) => self.waiting(pause(*after_ms), asked_at),
            (Answer::Unclear, asked_at) => match provider.repeats {
                Repeats::Unknowable => Settled::end(MailState::Parked, "unclear"),
                Repeats::Keyed { .. } => self.waiting(pause(None), asked_at.or(Some(began))),
                Repeats::LookedUp { settled_ms, .. } => {
                    self.waiting(now.plus_ms(settled_ms.max(0)), asked_at.or(Some(began)))
                }
            },
        }
    }

    /// Where it stands after it was looked up. Absent it is once two look-ups said so, the time to settle apart: a clock that
    /// jumps makes one of the two waits too short, not both.
    #[must_use]
    pub fn seen(&self, provider: &Provider, sight: &Sight, call: &Call) -> Settled {
        let Call { now, jitter, .. } = *call;
        match sight {
            Sight::Found { provider_id } => Settled::sent(provider_id.as_ref()),
            Sight::Absent if self.absent_at.is_none() => {
                let settled_ms = match provider.repeats {
                    Repeats::LookedUp { settled_ms, .. } => settled_ms.max(0),
                    Repeats::Keyed { .. } | Repeats::Unknowable => 0,
                };
                Settled { absent_at: Some(now), ..self.unsettled(now.plus_ms(settled_ms)) }
            }
            Sight::Absent if self.tries >= TRIES => Settled::end(MailState::Dead, "tries"),
            Sight::Absent => self.waiting(now, None),
            // Looked for as long as the provider keeps what it took.
            Sight::Unclear { after_ms } => self.unsettled(now.plus_ms(pause_ms(self.tries, *after_ms, jitter))),
        }
    }

    /// It waits, and nobody knows more than before.
    fn unsettled(&self, until: Instant) -> Settled {
        Settled { absent_at: self.absent_at, ..self.waiting(until, self.asked_at) }
    }

    fn waiting(&self, until: Instant, asked_at: Option<Instant>) -> Settled {
        let state = if asked_at.is_some() { MailState::Sending } else { MailState::Queued };
        // A link to sign in is wanted now.
        let until = if self.kind == MailKind::SignIn { until.min(self.due_at.plus_ms(SIGN_IN_MS)) } else { until };
        Settled::waiting(state, until, asked_at)
    }
}

/// The pause after so many tries: doubled each time, between half and the whole of it by chance, and what the provider asked for
/// at least.
fn pause_ms(tries: u32, after_ms: Option<i64>, jitter: u32) -> i64 {
    let whole = (PAUSE_MS << tries.saturating_sub(1).min(16)).min(LONGEST_PAUSE_MS);
    let half = whole / 2;
    let by_chance = half.saturating_mul(i64::from(jitter)) / i64::from(u32::MAX);
    let asked = after_ms.unwrap_or(0).clamp(0, LONGEST_WAIT_MS);
    // The same spread on top: those that were all asked to wait as long do not come back as one.
    if asked > half + by_chance { asked + by_chance.min(PAUSE_MS) } else { half + by_chance }
}

#[cfg(test)]
mod tests;
