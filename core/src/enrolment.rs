//! A lead in a sequence: on which step, since when, and why it left (spec E1, E2).

use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::page_query::PageQuery;
use crate::page_query::Parameters;
use crate::policy::named;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

named! {
    /// Where an enrolment stands.
    EnrolmentState {
        /// A step is to come.
        Active = "active",
        /// Every step was sent.
        Finished = "finished",
        /// It ended before.
        Left = "left",
    }
}

named! {
    /// Why a lead left a sequence (spec E2).
    LeftReason {
        /// The person answered.
        Replied = "replied",
        /// The lead was qualified.
        Qualified = "qualified",
        /// The lead failed its qualification.
        Unqualified = "unqualified",
        /// The lead was given up.
        Disqualified = "disqualified",
        /// The lead was converted.
        Converted = "converted",
        /// The lead moved to another status that ends this sequence.
        StatusChanged = "status_changed",
        /// The lead is held back as spam.
        Quarantined = "quarantined",
        /// The lead was deleted.
        Deleted = "deleted",
        /// The person was erased.
        Erased = "erased",
        /// The person unsubscribed.
        Unsubscribed = "unsubscribed",
        /// The person asked to be left alone.
        DoNotDisturb = "dnd",
        /// The consent was taken back.
        ConsentWithdrawn = "consent_withdrawn",
        /// The address does not exist.
        BouncedHard = "bounced",
        /// The person called a mail spam.
        Complained = "complained",
        /// The score is above the sequence's.
        ScoreReached = "score_reached",
        /// The sequence's exit condition holds.
        ExitCondition = "exit_condition",
        /// The sequence was deleted.
        SequenceDeleted = "sequence_deleted",
        /// Somebody took the lead out.
        Removed = "removed",
    }
}

named! {
    /// What holds the next mail back for now.
    HeldBy {
        /// The send window is closed.
        Window = "window",
        /// The lead had its mails of the day.
        LeadCap = "lead_cap",
        /// The lead's mail domain had its mails of the day.
        DomainCap = "domain_cap",
        /// There is no consent yet that the company's policy asks for.
        Consent = "consent",
        /// The company has not said from which address it sends, or where it resides.
        Settings = "settings",
        /// The mail before it was not sent yet.
        Previous = "previous",
        /// What is stored of it cannot be read or rendered.
        Fault = "fault",
    }
}

/// An enrolment, as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolment {
    /// The enrolment's id.
    pub id: Id,
    /// In which sequence.
    pub sequence_id: Id,
    /// Which lead.
    pub lead_id: Id,
    /// Under which definition of the sequence.
    pub revision: i64,
    /// Where it stands.
    pub state: EnrolmentState,
    /// The number of the step that comes next.
    pub next_step: u32,
    /// When that step is due.
    pub due_at: Instant,
    /// What holds it back for now.
    pub held_by: Option<HeldBy>,
    /// Since when.
    pub enrolled_at: Instant,
    /// Why it left.
    pub left_reason: Option<LeftReason>,
    /// When it finished or left.
    pub ended_at: Option<Instant>,
}

/// A list of the enrolments of a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentQuery {
    /// Where they stand.
    pub state: Option<EnrolmentState>,
    /// Which page; it goes by lead.
    pub page: PageQuery,
}

impl EnrolmentQuery {
    /// Reads the pairs of a query string.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let state = read.take("state", Code::UnknownValue, EnrolmentState::parse);
        let page = PageQuery::take(&mut read);
        read.close().map(|()| Self { state, page })
    }
}
