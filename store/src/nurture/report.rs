//! What a run did, for the log.

use crate::run::Cost;
use lead_core::mail::MailState;
use lead_core::mail::sending::Settled;
use serde::Serialize;

/// What one run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Audit rows walked.
    pub walked: usize,
    /// Leads that began a sequence.
    pub enrolled: usize,
    /// Leads that left one.
    pub left: usize,
    /// Enrolments that were sent every step.
    pub finished: usize,
    /// Owners told of a lead.
    pub alerts: usize,
    /// Enrolments looked at because they were due.
    pub due: usize,
    /// Mails written into the outbox.
    pub written: usize,
    /// Enrolments that wait for something.
    pub held: usize,
    /// Questions for consent written into the outbox.
    pub questions: usize,
    /// Events of mails judged.
    pub judged: usize,
    /// Mails that a provider took.
    pub sent: usize,
    /// Mails that are tried again later.
    pub retried: usize,
    /// Mails that wait for a person: refused, tried too often, or of which nobody knows.
    pub stopped: usize,
    /// Mails that were not sent any more, because their lead left.
    pub cancelled: usize,
    /// Mails that were held back at the moment of sending.
    pub postponed: usize,
    /// Leads and definitions that could not be read: they wait.
    pub unreadable: usize,
    /// Rows tidied away.
    pub tidied: usize,
    /// What went wrong: the phase and why, without anything of a person.
    pub faults: Vec<String>,
    /// Statements sent.
    pub statements: usize,
    /// What the database did.
    pub cost: Cost,
}

impl Report {
    /// Counts where a mail came to stand.
    pub(crate) fn note(&mut self, settled: &Settled) {
        match settled.state {
            MailState::Sent => self.sent += 1,
            MailState::Queued | MailState::Sending => self.retried += 1,
            MailState::Dead | MailState::Parked => self.stopped += 1,
            MailState::Cancelled => self.cancelled += 1,
        }
    }
}
