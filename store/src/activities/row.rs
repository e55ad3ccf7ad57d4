//! A row of `activities`.

use lead_core::activity::Activity;
use lead_core::command::activity::KnownActivity;
use lead_core::time::Instant;
use serde::Deserialize;

/// A row as it is stored, deleted ones included.
#[derive(Debug, Deserialize)]
pub(super) struct ActivityRow {
    #[serde(flatten)]
    pub(super) activity: Activity,
    pub(super) deleted_at: Option<Instant>,
}

impl ActivityRow {
    pub(super) fn into_known(self) -> KnownActivity {
        KnownActivity { activity: self.activity, deleted_at: self.deleted_at }
    }
}
