//! Mails as the API shows them, and what a person does about them. Whoever sees a mail's lead sees the mail; tests are their
//! person's, alerts and links to sign in the admins' (spec R1).

mod act;
mod list;
mod one;
mod outbox;

pub(crate) use act::settle;
pub use list::{found, read};
pub use one::{found_one, read_one};
pub use outbox::{Kept, WholeMail, found_kept, found_mail, read_kept, read_mail};

/// The columns of a mail `m` that a list shows.
macro_rules! summary_columns {
    () => {
        "m.id, m.kind, m.lead_id, m.user_id, m.sequence_id, m.revision, m.step_number, m.to_address, m.to_name, m.subject, m.state, m.reason, \
         m.tries, m.next_try_at, m.first_try_at, m.provider, m.provider_id, m.due_at, m.created_at, m.sent_at, m.delivered_at, m.opened_at, \
         m.clicked_at, m.bounced_at, m.complained_at"
    };
}
pub(crate) use summary_columns;

/// Whether the caller sees a mail `m` of a lead `l`; a mail of a lead that does not stand is nobody's.
macro_rules! mail_visible {
    ($owners:literal, $unowned:literal) => {
        concat!(
            "(m.lead_id IS NULL OR (l.deleted_at IS NULL AND l.id IS NOT NULL AND ",
            $crate::visible::visible!("l.lead_owner_id", $owners, $unowned),
            ")) AND (m.kind IN ('sequence', 'opt_in') OR ",
            $owners,
            " IS NULL OR (m.kind = 'test' AND ",
            $crate::visible::visible!("m.user_id", $owners, $unowned),
            "))"
        )
    };
}
pub(crate) use mail_visible;

/// The query texts of the lists with the index they must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    list::explainable().into_iter().chain(one::explainable()).chain(outbox::explainable()).collect()
}
