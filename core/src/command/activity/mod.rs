//! Activities: recording one, editing and deleting one's own, and getting a follow-up done (spec V1).

mod edit;
mod follow_up;
mod record;

pub use edit::{EditActivity, KnownActivity, Wish};
pub use follow_up::FinishFollowUp;
pub use record::{Known, LeadState, RecordActivity, Seen};
