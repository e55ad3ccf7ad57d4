//! A touch as timelines show it.

use lead_core::activity::Related;
use lead_core::attribution::Attribution;
use lead_core::id::Id;
use lead_core::lead::TouchEffect;
use lead_core::stored;
use lead_core::time::Instant;
use lead_core::timeline::Visit;
use serde::Deserialize;

/// A row of `touches`.
#[derive(Debug, Deserialize)]
pub(super) struct TouchRow {
    id: Id,
    pub(super) lead_id: Id,
    effect: TouchEffect,
    form_id: Option<Id>,
    #[serde(deserialize_with = "stored::json")]
    attribution: Attribution,
    created_at: Instant,
}

impl TouchRow {
    pub(super) fn into_visit(self) -> Visit {
        Visit {
            id: self.id,
            related: Related::lead(&self.lead_id),
            effect: self.effect,
            form_id: self.form_id,
            attribution: self.attribution,
            occurred_at: self.created_at,
        }
    }
}
