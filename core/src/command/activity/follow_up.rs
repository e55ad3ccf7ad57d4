//! A follow-up was done.

use super::KnownActivity;
use crate::access::Visibility;
use crate::activity::Activity;
use crate::edit::Edit;
use crate::entity::Entity;
use crate::id::Id;
use crate::plan::{Context, Plan};
use crate::problem::Refusal;
use crate::stored;

/// The command. It needs no version: whoever does it twice has done it once.
#[derive(Clone, Debug, PartialEq)]
pub struct FinishFollowUp {
    /// The activity that asked for it.
    pub id: Id,
    /// Whose follow-ups the caller sees.
    pub rows: Visibility,
    /// Whether the caller's key reaches accounts, contacts and opportunities too.
    pub sales: bool,
}

impl FinishFollowUp {
    /// Decides; the answer is the activity as it is now.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]: there is no such follow-up of somebody whose rows the caller sees.
    pub fn decide(&self, known: Option<&KnownActivity>, context: &mut Context<'_>) -> Result<Plan<Activity>, Refusal> {
        let standing =
            known.filter(|known| known.is_within(self.sales) && known.activity.values.follow_up_at.is_some());
        let KnownActivity { activity, .. } =
            standing.filter(|known| known.deleted_at.is_none()).ok_or(Refusal::NotFound)?;
        if activity.follow_up_done_at.is_some() {
            return Ok(Plan { changes: Vec::new(), done: activity.clone() });
        }
        let mut done = Activity { follow_up_done_at: Some(context.now), ..activity.clone() };
        let (old, new) = (stored::row(activity), stored::row(&done));
        let edit = Edit::between((Entity::Activity, &self.id, &activity.stamp), "update", &old, new, context);
        done.stamp = done.stamp.edited(context.now);
        Ok(Plan { changes: edit.into_iter().collect(), done })
    }
}
