//! What mails bring back: addresses that are mailed no more, questions for consent and their answers.

use super::{Audit, Change, Context};
use crate::consent::ConsentText;
use crate::entity::Entity;
use crate::id::Id;
use crate::mail::MailEventKind;
use crate::suppression::{AddressHash, Suppression, SuppressionReason};
use crate::time::Instant;

/// An address that is mailed no more, or for a stronger reason than before, with its rows of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppress {
    /// The row's id.
    pub id: Id,
    /// Which address.
    pub address: AddressHash,
    /// By which sequence; none means all of the company.
    pub sequence_id: Option<Id>,
    /// Why.
    pub reason: SuppressionReason,
    /// The mail that brought it about.
    pub mail_id: Option<Id>,
    /// Whether a row stands, for a weaker reason. Two that write the first row collide.
    pub stands: bool,
    /// The ids of the rows of the trail: of the row or its reason, and of its mail.
    pub audit_ids: [Id; 2],
}

impl Suppress {
    /// What writes the row; nothing where one stands for as good a reason. `rows` are those of the address.
    #[must_use]
    pub fn over(
        rows: &[Suppression],
        (address, sequence_id): (AddressHash, Option<&Id>),
        reason: SuppressionReason,
        mail_id: Option<&Id>,
        context: &mut Context<'_>,
    ) -> Option<Self> {
        let known = rows.iter().find(|row| row.sequence_id.as_ref() == sequence_id);
        if known.is_some_and(|row| row.reason.rank() >= reason.rank()) {
            return None;
        }
        Some(Self {
            id: known.map_or_else(|| context.ids.next_id(), |row| row.id.clone()),
            address,
            sequence_id: sequence_id.cloned(),
            reason,
            mail_id: mail_id.cloned(),
            stands: known.is_some(),
            audit_ids: [(); 2].map(|()| context.ids.next_id()),
        })
    }
}

/// An address that may be mailed again, with its row of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lift {
    /// Which address.
    pub address: AddressHash,
    /// By which sequence.
    pub sequence_id: Option<Id>,
    /// The reason that is lifted, and no other.
    pub reason: SuppressionReason,
    /// The id of the row of the trail.
    pub audit_id: Id,
}

impl Lift {
    /// What takes a row away.
    #[must_use]
    pub fn of(row: &Suppression, context: &mut Context<'_>) -> Self {
        let Suppression { address_hash, sequence_id, reason, .. } = row;
        Self {
            address: *address_hash,
            sequence_id: sequence_id.clone(),
            reason: *reason,
            audit_id: context.ids.next_id(),
        }
    }
}

/// Something that came back of a mail, kept once for each source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMailEvent {
    /// The row's id.
    pub id: Id,
    /// Of which mail.
    pub mail_id: Id,
    /// The provider's own name for it, or ours.
    pub source: String,
    /// What happened.
    pub kind: MailEventKind,
    /// More of it.
    pub detail: Option<String>,
    /// When it happened.
    pub at: Instant,
    /// Whether nothing is left to be made of it.
    pub is_done: bool,
}

/// A consent that waits for the person's own word by mail (spec L7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOptIn {
    /// The row's id, which its mail will have too.
    pub id: Id,
    /// Whose.
    pub lead_id: Id,
    /// The touch that carried it.
    pub touch_id: Option<Id>,
    /// What the person read, or will read.
    pub text: ConsentText,
    /// The language it was read in.
    pub locale: Option<String>,
    /// `form:<id>`, `api:<user id>` or `mail:<mail id>`.
    pub source: String,
}

impl NewOptIn {
    /// What keeps the question, with the row of the trail that says so: no touch tells of it.
    #[must_use]
    pub fn told(self, context: &mut Context<'_>) -> [Change; 2] {
        let told = Audit {
            id: context.ids.next_id(),
            entity_type: Entity::Lead.as_str(),
            entity_id: self.lead_id.clone(),
            action: "ask_consent",
            field_name: None,
            old_value: None,
            new_value: None,
        };
        [Change::AskOptIn(Box::new(self)), Change::Audit(Box::new(told))]
    }
}

/// The answer to such a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// Which question. Two that answer it collide.
    pub opt_in_id: Id,
    /// Whose.
    pub lead_id: Id,
    /// The attempt that writes it.
    pub attempt_id: Id,
    /// The id of the audit row of the lead's `consent_confirmed_at`.
    pub audit_id: Id,
}
