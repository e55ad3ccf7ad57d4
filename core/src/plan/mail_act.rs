//! What a person changes about a mail (spec E3).

use crate::command::mail::MailAct;
use crate::id::Id;
use crate::mail::MailState;

/// A mail that a person takes up again or gives up. Collides where it does not stand any more as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledMail {
    /// Which mail.
    pub mail_id: Id,
    /// What is done.
    pub act: MailAct,
    /// Where it stood when it was read.
    pub from: MailState,
    /// The ids of the audit rows of its state and its reason.
    pub audit_ids: [Id; 2],
}
