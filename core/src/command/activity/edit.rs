//! An activity is edited or deleted, by its owner or by a manager. What it counted for a score stays counted.

use crate::access::{Principal, Role};
use crate::activity::{Activity, ActivityType, ActivityValues, RelatedType};
use crate::body::{Members, merged};
use crate::edit::{Already, Edit, Precondition};
use crate::entity::Entity;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::plan::{Context, Plan};
use crate::problem::Refusal;
use crate::stored;
use crate::time::Instant;

/// What is to become of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// These members replace its own (RFC 7396).
    Patch(Members),
    /// It is taken off every timeline.
    Delete,
}

/// The command.
#[derive(Clone, Debug, PartialEq)]
pub struct EditActivity {
    /// Which activity.
    pub id: Id,
    /// What is wished.
    pub wish: Wish,
    /// Which version the caller has seen.
    pub precondition: Precondition,
    /// Who wishes it.
    pub by: Principal,
    /// Whether their key reaches accounts, contacts and opportunities too.
    pub sales: bool,
}

/// The activity as it is stored, where the caller sees what it is related to.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownActivity {
    /// The activity.
    pub activity: Activity,
    /// When it was deleted.
    pub deleted_at: Option<Instant>,
}

impl KnownActivity {
    /// Whether a key reaches it: one without the scope for sales sees what is related to leads alone.
    #[must_use]
    pub fn is_within(&self, sales: bool) -> bool {
        sales || self.activity.related.related_to_type == RelatedType::Lead
    }
}

impl EditActivity {
    /// Decides; the answer is the activity as it is now.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for what is unseen or deleted, [`Refusal::Forbidden`] for others' activities and those of the
    /// system, those of the precondition, and [`Refusal::Invalid`] for the members.
    pub fn decide(&self, known: Option<&KnownActivity>, context: &mut Context<'_>) -> Result<Plan<Activity>, Refusal> {
        let KnownActivity { activity, deleted_at } =
            known.filter(|known| known.is_within(self.sales)).ok_or(Refusal::NotFound)?;
        let ours = activity.stamp.attempt_id.as_ref().is_some_and(|attempt| context.attempts.contains(attempt));
        if deleted_at.is_some() && !ours {
            return Err(Refusal::NotFound);
        }
        let own = activity.owner_id.as_ref() == Some(&self.by.user_id) || self.by.role.is_at_least(Role::Manager);
        if activity.values.activity_type == ActivityType::System || !own {
            return Err(Refusal::Forbidden);
        }
        if self.precondition.check(&activity.stamp, context)? == Already::Ours {
            return Ok(Plan { changes: Vec::new(), done: activity.clone() });
        }
        let of = (Entity::Activity, &self.id, &activity.stamp);
        let (edit, mut done) = match &self.wish {
            Wish::Delete => (Some(Edit::hide(of, context)), activity.clone()),
            Wish::Patch(members) => {
                let edited = patched(activity, members.clone(), context.now).map_err(Refusal::Invalid)?;
                (Edit::between(of, "update", &stored::row(activity), stored::row(&edited), context), edited)
            }
        };
        let Some(edit) = edit else { return Ok(Plan { changes: Vec::new(), done }) };
        done.stamp = done.stamp.edited(context.now);
        // No words are added to what is about somebody who is erased just now.
        Ok(Plan { changes: vec![activity.related.stands(), edit], done })
    }
}

/// The activity with the patch. Its type and direction stay, since it may have counted by them; another follow-up date is a
/// follow-up that is still to be done.
fn patched(activity: &Activity, members: Members, now: Instant) -> Result<Activity, Vec<Invalid>> {
    let before = &activity.values;
    let values = ActivityValues::parse(merged(before, members), now)?;
    let stays = |name: &str, stays: bool| (!stays).then(|| Invalid::member(name, Code::ReadOnlyMember));
    let refused = [
        stays("activity_type", values.activity_type == before.activity_type),
        stays("direction", values.direction == before.direction),
    ];
    let refused: Vec<Invalid> = refused.into_iter().flatten().collect();
    if !refused.is_empty() {
        return Err(refused);
    }
    let follow_up_done_at = activity.follow_up_done_at.filter(|_| values.follow_up_at == before.follow_up_at);
    Ok(Activity { values, follow_up_done_at, ..activity.clone() })
}
