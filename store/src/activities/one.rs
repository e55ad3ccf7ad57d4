//! One activity: shown, edited, deleted, its follow-up done.

use super::activity_columns;
use super::row::ActivityRow;
use super::subject::subject_visible;
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::activity::Activity;
use lead_core::command::activity::{EditActivity, FinishFollowUp, KnownActivity};
use lead_core::id::Id;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;

/// The activity, where the caller sees what it is related to. ?3 owners, ?4 unowned.
const ON_SEEN: &str = concat!(
    "SELECT ",
    activity_columns!(),
    " FROM activities a WHERE a.company_id = ?1 AND a.id = ?2 AND ",
    subject_visible!("a", "?3", "?4")
);

/// The activity, where the caller sees its owner's rows and what it is related to.
const OF_SEEN: &str = concat!(
    "SELECT ",
    activity_columns!(),
    " FROM activities a WHERE a.company_id = ?1 AND a.id = ?2 AND ",
    visible!("a.owner_id", "?3", "?4"),
    " AND ",
    subject_visible!("a", "?3", "?4")
);

/// Reads the activity if `rows` sees what it is related to.
#[must_use]
pub fn read(company_id: &Id, id: &Id, rows: &Visibility) -> Statement {
    let [owners, unowned] = visible::params(rows);
    statement!(ON_SEEN, company_id, id, owners, unowned)
}

/// The activity; `None` where there is none that the caller may see. `sales` is whether their key reaches more than leads.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found(outcomes: &[Outcome], sales: bool) -> Result<Option<Activity>, Corrupt> {
    let standing = known(outcomes)?.filter(|known| known.deleted_at.is_none() && known.is_within(sales));
    Ok(standing.map(|known| known.activity))
}

fn known(outcomes: &[Outcome]) -> Result<Option<KnownActivity>, Corrupt> {
    let [outcome] = outcomes else { return Err(Corrupt("one outcome was expected".into())) };
    Ok(read_first::<ActivityRow>(&outcome.rows)?.map(ActivityRow::into_known))
}

impl Command for EditActivity {
    type Known = Option<KnownActivity>;
    type Done = Activity;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        vec![read(&context.company_id, &self.id, &self.by.visibility)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Self::Known, Corrupt> {
        known(outcomes)
    }

    fn decide(&self, known: &Self::Known, context: &mut Context<'_>) -> Result<Plan<Activity>, Refusal> {
        Self::decide(self, known.as_ref(), context)
    }
}

impl Command for FinishFollowUp {
    type Known = Option<KnownActivity>;
    type Done = Activity;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let [owners, unowned] = visible::params(&self.rows);
        vec![statement!(OF_SEEN, &context.company_id, &self.id, owners, unowned)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Self::Known, Corrupt> {
        known(outcomes)
    }

    fn decide(&self, known: &Self::Known, context: &mut Context<'_>) -> Result<Plan<Activity>, Refusal> {
        Self::decide(self, known.as_ref(), context)
    }
}
