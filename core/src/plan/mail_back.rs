//! What mails bring back: addresses that are mailed no more, questions for consent and their answers.

use super::{Audit, Change, Context};
use crate::consent::ConsentText;
use crate::entity::Entity;
use crate::id::Id;
use crate::mail::MailEventKind;
use crate::suppression::{AddressHash, Suppression, SuppressionReason};
use crate::time::Instant;

/// An address that is mailed no more, or for a stronger reason than before.
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
}

impl Suppress {
    /// What writes the row with its trail, and the row's id; nothing where one stands for as good a reason. `rows` are those of the address.
    #[must_use]
    pub fn over(
        rows: &[Suppression],
        (address, sequence_id): (AddressHash, Option<&Id>),
        reason: SuppressionReason,
        mail_id: Option<&Id>,
        context: &mut Context<'_>,
    ) -> Option<(Id, Vec<Change>)> {
        let known = rows.iter().find(|row| row.sequence_id.as_ref() == sequence_id);
        if known.is_some_and(|row| row.reason.rank() >= reason.rank()) {
            return None;
        }
        let id = known.map_or_else(|| context.ids.next_id(), |row| row.id.clone());
        let mut changes = Vec::new();
        match known {
            None => changes.push(told(&id, "create", None, context)),
            Some(row) => {
                let reasons = (row.reason.as_str().to_owned(), reason.as_str().to_owned());
                changes.push(told(&id, "update", Some(("reason", Some(reasons.0), Some(reasons.1))), context));
                let mails = (row.mail_id.as_ref().map(Id::to_string), mail_id.map(Id::to_string));
                if mails.0 != mails.1 {
                    changes.push(told(&id, "update", Some(("mail_id", mails.0, mails.1)), context));
                }
            }
        }
        changes.push(Change::Suppress(Box::new(Self {
            id: id.clone(),
            address,
            sequence_id: sequence_id.cloned(),
            reason,
            mail_id: mail_id.cloned(),
            stands: known.is_some(),
        })));
        Some((id, changes))
    }
}

/// An address that may be mailed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lift {
    /// Which address.
    pub address: AddressHash,
    /// By which sequence.
    pub sequence_id: Option<Id>,
    /// The reason that is lifted, and no other.
    pub reason: SuppressionReason,
}

impl Lift {
    /// What takes a row away, with its trail.
    #[must_use]
    pub fn of(row: &Suppression, address: AddressHash, context: &mut Context<'_>) -> [Change; 2] {
        let lift = Self { address, sequence_id: row.sequence_id.clone(), reason: row.reason };
        [told(&row.id, "delete", None, context), Change::Lift(Box::new(lift))]
    }
}

type Told = (&'static str, Option<String>, Option<String>);

fn told(id: &Id, action: &'static str, field: Option<Told>, context: &mut Context<'_>) -> Change {
    let (field_name, old_value, new_value) =
        field.map_or((None, None, None), |(name, old, new)| (Some(name.to_owned()), old, new));
    Change::Audit(Box::new(Audit {
        id: context.ids.next_id(),
        entity_type: Entity::Suppression.as_str(),
        entity_id: id.clone(),
        action,
        field_name,
        old_value,
        new_value,
    }))
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
