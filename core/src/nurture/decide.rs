//! What becomes of a lead in a sequence: its next mail, a reason to wait, or a reason to leave (spec E2). Asked three times: when
//! something happened to the lead, when a step is due, and once more at the moment of sending.

use super::facts::NurturedLead;
use super::window::next_day;
use super::zone;
use crate::enrolment::{HeldBy, LeftReason};
use crate::mail::MailState;
use crate::policy::Status;
use crate::policy::condition::Truth;
use crate::sequence::{Definition, Step};
use crate::settings::SettingsValues;
use crate::suppression::{Suppressed, SuppressionReason};
use crate::time::{DAY_MS, HOUR_MS, Instant};

/// When what is waited for has no time of its own, it is looked at again after so long.
const LATER_MS: i64 = DAY_MS;

/// The same where a person may mend it any minute, or a run of the engine.
const SOON_MS: i64 = HOUR_MS;

/// How long after the last mail was written it is looked at whether it was sent.
const SENT_MS: i64 = 10 * 60 * 1000;

/// A lead and the sequence that it is in, or that it might begin.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// What the sequence does, by the revision that the lead began.
    pub definition: &'a Definition,
    /// Whether the sequence was deleted.
    pub sequence_deleted: bool,
    /// The lead as it stands.
    pub lead: &'a NurturedLead,
    /// Whether the address is not mailed.
    pub suppressed: Option<Suppressed>,
    /// When it was enrolled, if it is.
    pub enrolled_at: Option<Instant>,
}

impl Standing<'_> {
    /// Why the lead has to leave; `None` where it stays. Nothing here passes by itself: what is only missing for now holds the
    /// next mail back instead.
    #[must_use]
    pub fn leaving(&self) -> Option<LeftReason> {
        let Self { definition, lead, .. } = *self;
        let answered = || self.enrolled_at.is_some_and(|since| lead.replied_at.is_some_and(|at| at >= since));
        let above = || definition.score_max.is_some_and(|most| lead.lead_score > most);
        let wants_out = || {
            let condition = definition.exit_condition.as_ref();
            condition.is_some_and(|asked| asked.condition.judge(&lead.facts()).truth == Truth::True)
        };
        let reason = match () {
            () if lead.erased_at.is_some() => LeftReason::Erased,
            () if lead.deleted_at.is_some() => LeftReason::Deleted,
            () if self.sequence_deleted => LeftReason::SequenceDeleted,
            () if lead.quarantined_at.is_some() => LeftReason::Quarantined,
            () if definition.ends_at(lead.status) => by_status(lead.status),
            () if answered() => LeftReason::Replied,
            () if self.suppressed.is_some() => return self.suppressed.map(by_suppression),
            () if lead.dnd_status => LeftReason::DoNotDisturb,
            () if lead.withdrawn => LeftReason::ConsentWithdrawn,
            () if above() => LeftReason::ScoreReached,
            () if wants_out() => LeftReason::ExitCondition,
            () => return None,
        };
        Some(reason)
    }

    /// What holds any mail of the sequence back at this moment, and until when.
    fn held(&self, settings: &SettingsValues, now: Instant) -> Option<Hold> {
        let hold = |by, until| Some(Hold { by, until });
        if settings.mail_address.is_none() || settings.postal_address.is_none() {
            return hold(HeldBy::Settings, now.plus_ms(SOON_MS));
        }
        if !self.lead.may_be_mailed(settings) {
            return hold(HeldBy::Consent, now.plus_ms(LATER_MS));
        }
        let until = self.opening(settings, now);
        (until > now).then_some(Hold { by: HeldBy::Window, until })
    }

    /// A cap of the day is reached, and until which other day the mail waits.
    #[must_use]
    pub fn capped(&self, counted: Counted, settings: &SettingsValues, now: Instant) -> Option<Hold> {
        let definition = self.definition;
        let full = |count: u32, cap: Option<u32>| cap.is_some_and(|cap| count >= cap);
        let by = match counted {
            Counted { lead, .. } if full(lead, definition.daily_cap_per_lead) => HeldBy::LeadCap,
            Counted { domain, .. } if full(domain, definition.daily_cap_per_domain) => HeldBy::DomainCap,
            Counted { .. } => return None,
        };
        Some(Hold { by, until: self.opening(settings, next_day(now, zone::of_company(&settings.time_zone))) })
    }

    /// The first moment from `at` on at which the send window is open.
    fn opening(&self, settings: &SettingsValues, at: Instant) -> Instant {
        let Some(window) = &self.definition.send_window else { return at };
        let company = zone::of_company(&settings.time_zone);
        let zone = window.zone(company, &self.lead.recipient.country, self.lead.recipient.state.as_deref());
        window.next(at, zone).unwrap_or_else(|| at.plus_ms(LATER_MS))
    }
}

/// What holds a mail back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// What.
    pub by: HeldBy,
    /// When it is looked at again; later than now.
    pub until: Instant,
}

/// The mail of the step before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Previous {
    /// Which step it was.
    pub step_number: u32,
    /// Where it stands.
    pub state: MailState,
    /// When it is tried next.
    pub next_try_at: Option<Instant>,
    /// When a provider took it.
    pub sent_at: Option<Instant>,
}

/// How many mails of the day were counted (spec E2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// To the lead.
    pub lead: u32,
    /// To the lead's mail domain.
    pub domain: u32,
}

/// An enrolment that is due.
#[derive(Clone, Copy, Debug)]
pub struct Due<'a> {
    /// The lead and its sequence.
    pub standing: Standing<'a>,
    /// When it was enrolled.
    pub enrolled_at: Instant,
    /// The number from which on the next step is looked for.
    pub next_step: u32,
    /// The mail before.
    pub previous: Option<Previous>,
    /// What the company says of its mails.
    pub settings: &'a SettingsValues,
    /// Mails of the day.
    pub counted: Counted,
}

/// What becomes of a due enrolment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision<'a> {
    /// The step is mailed.
    Send {
        /// Which step.
        step: &'a Step,
        /// The number from which on the step after it is looked for.
        next_step: u32,
        /// When that is.
        due_at: Instant,
    },
    /// Not yet.
    Hold(Hold),
    /// Not any more.
    Leave(LeftReason),
    /// Every step was sent.
    Finish,
}

impl<'a> Due<'a> {
    /// Decides. A step is due so many days after the one before it was sent, not after it was written: the order and the
    /// distance of mails are kept however long one of them took.
    #[must_use]
    pub fn decide(&self, now: Instant) -> Decision<'a> {
        if let Some(reason) = self.standing.leaving() {
            return Decision::Leave(reason);
        }
        let definition = self.standing.definition;
        // A number that was mailed once is not mailed again, wherever a person moved the lead to.
        let number = self.previous.map_or(0, |mail| mail.step_number.saturating_add(1)).max(self.next_step);
        let Some(step) = definition.next_active(number) else {
            return self.pending(now).map_or(Decision::Finish, Decision::Hold);
        };
        let hold = self.unsent(now).or_else(|| self.early(step, now));
        if let Some(hold) = hold
            .or_else(|| self.standing.held(self.settings, now))
            .or_else(|| self.standing.capped(self.counted, self.settings, now))
        {
            return Decision::Hold(hold);
        }
        let next_step = step.step_number.saturating_add(1);
        let after = definition.next_active(next_step);
        let due_at = now.plus_ms(after.map_or(SENT_MS, |after| days(after.delay_days).max(SENT_MS)));
        Decision::Send { step, next_step, due_at }
    }

    /// The mail before is on its way.
    fn pending(&self, now: Instant) -> Option<Hold> {
        let mail = self.previous?;
        let waits = matches!(mail.state, MailState::Queued | MailState::Sending);
        let until = mail.next_try_at.unwrap_or(now).max(now).plus_ms(SENT_MS);
        waits.then_some(Hold { by: HeldBy::Previous, until })
    }

    /// The same, or it waits for a person.
    fn unsent(&self, now: Instant) -> Option<Hold> {
        let waits = |mail: &Previous| matches!(mail.state, MailState::Dead | MailState::Parked);
        let hold = Hold { by: HeldBy::Previous, until: now.plus_ms(LATER_MS) };
        self.pending(now).or_else(|| self.previous.filter(waits).map(|_| hold))
    }

    /// The step is not due yet: the mail before was sent later than it was written.
    fn early(&self, step: &Step, now: Instant) -> Option<Hold> {
        let since = match self.previous {
            Some(mail) => mail.sent_at?,
            None => self.enrolled_at,
        };
        let until = since.plus_ms(days(step.delay_days));
        (until > now).then_some(Hold { by: HeldBy::Previous, until })
    }
}

/// A mail of a sequence that a provider is about to be asked to take.
#[derive(Clone, Copy, Debug)]
pub struct AtSending<'a> {
    /// The lead and its sequence, by the revision of the mail.
    pub standing: Standing<'a>,
    /// Why the lead left, if it did since the mail was written.
    pub left: Option<LeftReason>,
    /// What the company says of its mails.
    pub settings: &'a SettingsValues,
}

/// What becomes of the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The provider is asked.
    Ask,
    /// Not yet.
    Hold(Hold),
    /// Not any more: the lead leaves, or has left.
    Cancel(LeftReason),
}

impl AtSending<'_> {
    /// Looks once more: what was allowed when the mail was written may not be any more.
    #[must_use]
    pub fn judge(&self, now: Instant) -> Verdict {
        match self.left.or_else(|| self.standing.leaving()) {
            Some(reason) => Verdict::Cancel(reason),
            None => self.standing.held(self.settings, now).map_or(Verdict::Ask, Verdict::Hold),
        }
    }
}

fn days(number: u32) -> i64 {
    i64::from(number).saturating_mul(DAY_MS)
}

fn by_status(status: Status) -> LeftReason {
    match status {
        Status::Qualified => LeftReason::Qualified,
        Status::Unqualified => LeftReason::Unqualified,
        Status::Disqualified => LeftReason::Disqualified,
        Status::Converted => LeftReason::Converted,
        Status::New | Status::Contacted | Status::Recycled => LeftReason::StatusChanged,
    }
}

/// Why a lead leaves whose address is not mailed any more.
#[must_use]
pub fn by_suppression(suppressed: Suppressed) -> LeftReason {
    match suppressed.reason() {
        SuppressionReason::Unsubscribed => LeftReason::Unsubscribed,
        SuppressionReason::Bounced => LeftReason::BouncedHard,
        SuppressionReason::Complained => LeftReason::Complained,
        SuppressionReason::ByHand => LeftReason::Removed,
    }
}

#[cfg(test)]
pub(super) mod tests;
