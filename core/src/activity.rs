//! What happened with whom: calls, mails, meetings, notes, messages, and the system's own events (spec V1).

use crate::body::{Members, Reader};
use crate::edit::NewRecord;
use crate::entity::{Entity, Stamp};
use crate::field::{Text, TextBlock};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::plan::{Change, Context, Require};
use crate::policy::{EventKind, named};
use crate::stored;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

named! {
    /// What kind of thing happened.
    ActivityType {
        /// A telephone call.
        Call = "call",
        /// A mail by a person.
        Email = "email",
        /// A meeting.
        Meeting = "meeting",
        /// Something written down.
        Note = "note",
        /// A message by WhatsApp.
        Whatsapp = "whatsapp",
        /// An event that the system records itself; nobody can send, edit or delete one.
        System = "system",
    }
}

named! {
    /// From whom it went out.
    Direction {
        /// From us.
        Outbound = "outbound",
        /// From the other side.
        Inbound = "inbound",
    }
}

named! {
    /// What came of it.
    Outcome {
        /// Good.
        Positive = "positive",
        /// Bad.
        Negative = "negative",
        /// Neither.
        Neutral = "neutral",
        /// Somebody has to come back to it.
        FollowUpRequired = "follow_up_required",
    }
}

named! {
    /// What an activity can be related to.
    RelatedType {
        /// A lead.
        Lead = "lead",
        /// An account.
        Account = "account",
        /// A contact.
        Contact = "contact",
        /// An opportunity.
        Opportunity = "opportunity",
    }
}

named! {
    /// What the system records on a timeline: the changes of status and what comes with them.
    SystemEvent {
        /// A lead was reached out to for the first time.
        Contacted = "contacted",
        /// A qualification was answered.
        Qualified = "qualified",
        /// A qualification recommended to go on nurturing.
        NurtureMore = "nurture_more",
        /// A qualification was failed.
        Unqualified = "unqualified",
        /// A lead was given up for good.
        Disqualified = "disqualified",
        /// A lead was taken up again.
        Recycled = "recycled",
        /// A lead came out of quarantine.
        Restored = "restored",
        /// Another person works it now.
        Assigned = "assigned",
        /// A lead became account and contact.
        Converted = "converted",
        /// That was taken back.
        ConversionUndone = "conversion_undone",
        /// An opportunity moved to another stage.
        StageChanged = "stage_changed",
        /// An opportunity was won.
        ClosedWon = "closed_won",
        /// An opportunity was lost.
        ClosedLost = "closed_lost",
        /// A closed opportunity was opened again.
        Reopened = "reopened",
        /// A lead began a sequence.
        Enrolled = "enrolled",
        /// A mail of a sequence was taken by the provider.
        MailSent = "mail_sent",
        /// It was delivered.
        MailDelivered = "mail_delivered",
        /// A person opened it.
        MailOpened = "mail_opened",
        /// A person followed a link of it.
        MailClicked = "mail_clicked",
        /// It could not be delivered.
        MailBounced = "mail_bounced",
        /// The person called it spam.
        MailComplained = "mail_complained",
        /// A lead left a sequence, or finished it.
        LeftSequence = "left_sequence",
        /// The person unsubscribed.
        Unsubscribed = "unsubscribed",
        /// The person confirmed their consent by mail.
        ConsentConfirmed = "consent_confirmed",
    }
}

/// What an activity is related to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Related {
    /// Of which kind.
    pub related_to_type: RelatedType,
    /// Which one.
    pub related_to_id: Id,
    /// The account on whose timeline it stands too: itself, or that of the contact.
    pub account_id: Option<Id>,
}

impl Related {
    /// To a lead.
    #[must_use]
    pub fn lead(id: &Id) -> Self {
        Self { related_to_type: RelatedType::Lead, related_to_id: id.clone(), account_id: None }
    }

    /// To an account.
    #[must_use]
    pub fn account(id: &Id) -> Self {
        Self { related_to_type: RelatedType::Account, related_to_id: id.clone(), account_id: Some(id.clone()) }
    }

    /// To a contact of this account.
    #[must_use]
    pub fn contact(id: &Id, account_id: &Id) -> Self {
        Self { related_to_type: RelatedType::Contact, related_to_id: id.clone(), account_id: Some(account_id.clone()) }
    }

    /// To an opportunity. Its owner may be the only one who sees it, so it does not stand on the account's timeline.
    #[must_use]
    pub fn opportunity(id: &Id) -> Self {
        Self { related_to_type: RelatedType::Opportunity, related_to_id: id.clone(), account_id: None }
    }
}

impl Related {
    /// What it is related to must still stand when something about it is written.
    #[must_use]
    pub fn stands(&self) -> Change {
        let id = self.related_to_id.clone();
        Change::Require(match self.related_to_type {
            RelatedType::Lead => Require::Lead(id),
            RelatedType::Account => Require::Account(id),
            RelatedType::Contact => Require::Contact(id),
            RelatedType::Opportunity => Require::Opportunity(id),
        })
    }
}

/// One line that names an activity.
pub type Subject = Text<200>;

/// What a person says about an activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityValues {
    /// What kind of thing happened; stays as it was recorded.
    pub activity_type: ActivityType,
    /// One line.
    pub subject: Option<Subject>,
    /// More of it.
    pub notes: Option<TextBlock<5000>>,
    /// From whom it went out, outbound by default; a note has none by default. Stays as it was recorded.
    pub direction: Option<Direction>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// When it happened; now where it is not sent.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub occurred_at: Instant,
    /// When somebody should come back to it.
    pub follow_up_at: Option<Instant>,
}

/// How far ahead of our clock the caller's may be.
const CLOCKS_DIFFER_MS: i64 = 5 * 60 * 1000;

/// Members that only the system sets.
const READ_ONLY: &[&str] = &[
    "id",
    "company_id",
    "related_to_type",
    "related_to_id",
    "account_id",
    "event",
    "owner_id",
    "follow_up_done_at",
    "created_at",
    "updated_at",
    "deleted_at",
    "version",
];

impl ActivityValues {
    /// Reads a body. `occurred_at` is `now` where it is missing.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members, now: Instant) -> Result<Self, Vec<Invalid>> {
        let mut read = Reader::new(members);
        let activity_type = read.required("activity_type", |text| {
            let kind = ActivityType::parse(text.trim()).filter(|kind| *kind != ActivityType::System);
            kind.ok_or(Code::UnknownValue)
        });
        let direction = read.choice("direction", Direction::parse);
        let occurred_at = read.instant("occurred_at");
        if occurred_at.is_some_and(|at| at.ms() > now.ms() + CLOCKS_DIFFER_MS) {
            read.refuse("occurred_at", Code::OutOfRange);
        }
        let values = Self {
            activity_type: activity_type.unwrap_or(ActivityType::Note),
            subject: read.optional("subject", Subject::parse),
            notes: read.optional("notes", TextBlock::parse),
            direction: direction.or((activity_type != Some(ActivityType::Note)).then_some(Direction::Outbound)),
            outcome: read.choice("outcome", Outcome::parse),
            occurred_at: occurred_at.unwrap_or(now),
            follow_up_at: read.instant("follow_up_at"),
        };
        let silent = values.subject.is_none() && values.notes.is_none();
        if activity_type == Some(ActivityType::Note) && silent && !read.refused("notes") && !read.refused("subject") {
            read.refuse("notes", Code::Required);
        }
        read.close(READ_ONLY).map(|()| values)
    }

    /// The event that it counts as on a lead's score (spec S3).
    #[must_use]
    pub fn counts_as(&self) -> Option<EventKind> {
        match self.activity_type {
            ActivityType::Call if self.direction == Some(Direction::Outbound) => Some(EventKind::CallMade),
            ActivityType::Meeting => Some(EventKind::MeetingScheduled),
            _ => None,
        }
    }

    /// Whether a person of ours reached out by it (spec M1).
    #[must_use]
    pub fn reaches_out(&self) -> bool {
        let by_person = matches!(
            self.activity_type,
            ActivityType::Call | ActivityType::Email | ActivityType::Meeting | ActivityType::Whatsapp
        );
        by_person && self.direction == Some(Direction::Outbound)
    }
}

/// Something that happened, as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// The activity's id.
    pub id: Id,
    /// With whom.
    #[serde(flatten)]
    pub related: Related,
    /// What a person said about it, or the system.
    #[serde(flatten)]
    pub values: ActivityValues,
    /// Which event, where the system recorded it.
    pub event: Option<SystemEvent>,
    /// Who did it, and whom its follow-up waits for.
    pub owner_id: Option<Id>,
    /// When the follow-up was done.
    pub follow_up_done_at: Option<Instant>,
    /// When it was written down and edited.
    #[serde(flatten)]
    pub stamp: Stamp,
}

impl Activity {
    /// A new activity of the person who asks.
    #[must_use]
    pub fn new(id: Id, related: Related, values: ActivityValues, context: &Context<'_>) -> Self {
        Self {
            id,
            related,
            values,
            event: None,
            owner_id: context.actor.user_id.clone(),
            follow_up_done_at: None,
            stamp: Stamp::new(context.now),
        }
    }

    /// The system's record of an event. `subject` is cut at the length of a [`Subject`].
    #[must_use]
    pub fn system(related: Related, event: SystemEvent, subject: &str, context: &mut Context<'_>) -> Self {
        let line: String = subject.trim().chars().take(200).collect();
        let values = ActivityValues {
            activity_type: ActivityType::System,
            subject: Subject::parse(&line).ok(),
            notes: None,
            direction: None,
            outcome: None,
            occurred_at: context.now,
            follow_up_at: None,
        };
        let id = context.ids.next_id();
        Self { event: Some(event), ..Self::new(id, related, values, context) }
    }

    /// The change that inserts it, with its row in the audit trail.
    #[must_use]
    pub fn insert(&self, context: &mut Context<'_>) -> Change {
        NewRecord::insert(Entity::Activity, &self.id, stored::row(self), context)
    }

    /// The same with more to read, such as a reason in the person's own words; cut at 5,000 characters.
    #[must_use]
    pub fn with_notes(mut self, notes: &str) -> Self {
        let text: String = notes.trim().chars().take(5000).collect();
        self.values.notes = TextBlock::parse(&text).ok();
        self
    }
}
