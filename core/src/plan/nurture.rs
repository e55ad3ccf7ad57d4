//! What nurturing changes: who is in a sequence, and which mails stand in the outbox (spec E). Each change is a few statements,
//! however many leads it is about.

use super::{Change, Context, Require};
use crate::enrolment::{EnrolmentState, HeldBy, LeftReason};
use crate::id::Id;
use crate::mail::Mail;
use crate::time::Instant;
use std::collections::BTreeSet;

/// Ids of what tells of a change on a lead's timeline: the activity, its audit row, and the audit rows of the change itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The activity.
    pub activity_id: Id,
    /// The row of the activity.
    pub activity_audit_id: Id,
    /// The row of the enrolment: its creation, or its state.
    pub audit_id: Id,
    /// The row of why it ended.
    pub reason_audit_id: Id,
}

impl Telling {
    /// Ids of their own.
    #[must_use]
    pub fn new(context: &mut Context<'_>) -> Self {
        let ids = &mut context.ids;
        Self {
            activity_id: ids.next_id(),
            activity_audit_id: ids.next_id(),
            audit_id: ids.next_id(),
            reason_audit_id: ids.next_id(),
        }
    }
}

/// A lead in a sequence, by what names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnrolmentKey {
    /// The sequence.
    pub sequence_id: Id,
    /// The lead.
    pub lead_id: Id,
}

/// A lead that begins a sequence. Collides where it is, or was, in it already.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEnrolment {
    /// The enrolment's id.
    pub id: Id,
    /// Which lead, in which sequence.
    pub key: EnrolmentKey,
    /// Under which definition of it.
    pub revision: i64,
    /// Its first step.
    pub next_step: u32,
    /// When that is due.
    pub due_at: Instant,
    /// The sequence's name, for the timeline.
    pub name: String,
    /// What tells of it.
    pub telling: Telling,
}

/// An enrolment that ends. One that ended already stays as it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// The enrolment's id.
    pub id: Id,
    /// Which lead, in which sequence.
    pub key: EnrolmentKey,
    /// Why it left; none where every step was sent.
    pub reason: Option<LeftReason>,
    /// The sequence's name, for the timeline.
    pub name: String,
    /// What tells of it.
    pub telling: Telling,
}

impl Ending {
    /// Where the enrolment stands then.
    #[must_use]
    pub fn state(&self) -> EnrolmentState {
        if self.reason.is_some() { EnrolmentState::Left } else { EnrolmentState::Finished }
    }

    /// The line on the timeline.
    #[must_use]
    pub fn subject(&self) -> String {
        let why = self.reason.map_or(EnrolmentState::Finished.as_str(), LeftReason::as_str);
        // Cut as the subject of an activity is.
        format!("{}: {}", self.name.chars().take(150).collect::<String>(), why.replace('_', " "))
    }
}

/// An enrolment that goes on, to its next step or to a later look at the same one. Its lease ends with it.
#[derive(Clone, Debug, PartialEq)]
pub struct MovedOn {
    /// Which lead, in which sequence.
    pub key: EnrolmentKey,
    /// The number from which on the next step is looked for.
    pub next_step: u32,
    /// When.
    pub due_at: Instant,
    /// What holds it back until then.
    pub held_by: Option<HeldBy>,
    /// The mail that was written; none where it waits.
    pub mail_id: Option<Id>,
}

/// A mail that goes into the outbox. One of a sequence collides where its step was written for the lead already.
#[derive(Clone, Debug, PartialEq)]
pub struct QueuedMail {
    /// The mail.
    pub mail: Mail,
    /// The company's day on which it is counted for the caps.
    pub cap_day: Option<i64>,
    /// The audit row's id.
    pub audit_id: Id,
}

impl QueuedMail {
    /// What queues mails that were composed of leads' values: where one of the leads is hidden or erased meanwhile, nothing is
    /// written, so that nothing of an erased person comes back.
    #[must_use]
    pub fn queue(mails: Vec<Self>) -> Vec<Change> {
        let leads: BTreeSet<Id> = mails.iter().filter_map(|queued| queued.mail.lead_id.clone()).collect();
        let stand = (!leads.is_empty()).then(|| Change::Require(Require::Leads(leads.into_iter().collect())));
        stand.into_iter().chain([Change::QueueMails(mails)]).collect()
    }
}
