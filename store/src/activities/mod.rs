//! Activities in storage: what they are recorded on, one of them, timelines, and what is due.

pub mod due;
pub mod one;
pub mod record;
mod row;
mod subject;
pub mod timeline;
mod touch;

/// The columns of an activity for [`row::ActivityRow`]; the alias is `a`.
macro_rules! activity_columns {
    () => {
        concat!(
            "a.id, a.related_to_type, a.related_to_id, a.account_id, a.activity_type, a.event, a.direction, a.subject, a.notes, a.outcome, \
             a.owner_id, a.occurred_at, a.follow_up_at, a.follow_up_done_at, a.created_at, a.updated_at, a.deleted_at, a.version, ",
            $crate::records::attempt_column!("a")
        )
    };
}
pub(crate) use activity_columns;
