//! Pools come, change and go. One of them is always the company's (spec A1).

use crate::body::Sent;
use crate::command::user::reroute;
use crate::edit::{Already, Edit, NewRecord, Precondition};
use crate::entity::{Entity, Stamp};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::plan::{Change, Context, Plan};
use crate::pool::{Pool, PoolValues};
use crate::problem::Refusal;
use crate::stored;
use serde_json::Value;

/// A new pool.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatePool {
    /// Its id, made once for the request.
    pub id: Id,
    /// What it is.
    pub values: PoolValues,
}

/// A pool that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct EditPool {
    /// Which one.
    pub id: Id,
    /// What of it.
    pub sent: Sent,
    /// For which version.
    pub precondition: Precondition,
}

/// A pool that goes.
#[derive(Clone, Debug, PartialEq)]
pub struct DeletePool {
    /// Which one.
    pub id: Id,
    /// For which version.
    pub precondition: Precondition,
}

/// What a command on a pool must know.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The pool as it stands.
    pub pool: Option<Pool>,
    /// Whether it was deleted.
    pub deleted: bool,
    /// The company's pool.
    pub default: Option<Pool>,
    /// Those of the members asked for who work or worked here.
    pub people: Vec<Id>,
    /// Whether a territory sends its leads here.
    pub in_use: bool,
    /// The version of the company's routing.
    pub routing: i64,
}

impl CreatePool {
    /// Decides.
    ///
    /// # Errors
    /// A member is nobody of the company.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Pool>, Refusal> {
        if let Some(pool) = &known.pool {
            return Ok(Plan { changes: Vec::new(), done: pool.clone() });
        }
        check(&self.values, &known.people)?;
        let mut changes = Vec::new();
        if self.values.is_default {
            changes.extend(stand_back(&self.id, known, context));
        }
        changes.push(NewRecord::insert(Entity::Pool, &self.id, stored::row(&self.values), context));
        changes.push(reroute(known.routing, context));
        let company_id = context.company_id.clone();
        let stamp = Stamp::new(context.now);
        let done = Pool { id: self.id.clone(), company_id, values: self.values.clone(), stamp };
        Ok(Plan { changes, done })
    }
}

impl EditPool {
    /// The members who are asked for.
    #[must_use]
    pub fn members(&self) -> Value {
        self.sent.members().clone().take("members").filter(Value::is_array).unwrap_or_else(|| Value::Array(Vec::new()))
    }

    /// Decides.
    ///
    /// # Errors
    /// No such pool, another version, refused values, or the company would be left without its pool.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Pool>, Refusal> {
        let old = known.pool.as_ref().filter(|_| !known.deleted).ok_or(Refusal::NotFound)?;
        if self.precondition.check(&old.stamp, context)? == Already::Ours {
            return Ok(Plan { changes: Vec::new(), done: old.clone() });
        }
        let values = PoolValues::parse(self.sent.over(&old.values)).map_err(Refusal::Invalid)?;
        if values.members != old.values.members {
            check(&values, &known.people)?;
        }
        if old.values.is_default && !values.is_default {
            return Err(Refusal::DefaultPool);
        }
        let of = (Entity::Pool, &self.id, &old.stamp);
        let edit = Edit::between(of, "update", &stored::row(&old.values), stored::row(&values), context);
        let Some(edit) = edit else { return Ok(Plan { changes: Vec::new(), done: old.clone() }) };
        let mut changes = Vec::new();
        if values.is_default {
            changes.extend(stand_back(&self.id, known, context));
        }
        changes.push(edit);
        changes.push(reroute(known.routing, context));
        Ok(Plan { changes, done: Pool { values, stamp: old.stamp.edited(context.now), ..old.clone() } })
    }
}

impl DeletePool {
    /// Decides.
    ///
    /// # Errors
    /// No such pool, another version, it is the company's, or a territory needs it.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        let old = known.pool.as_ref().ok_or(Refusal::NotFound)?;
        if let Some(plan) = gone(&old.stamp, known.deleted, &self.precondition, context)? {
            return Ok(plan);
        }
        if old.values.is_default {
            return Err(Refusal::DefaultPool);
        }
        if known.in_use {
            return Err(Refusal::PoolInUse);
        }
        let hidden = Edit::hide((Entity::Pool, &self.id, &old.stamp), context);
        Ok(Plan { changes: vec![hidden, reroute(known.routing, context)], done: () })
    }
}

/// Whether the deletion is made already: by this very request, or the record is gone for others.
pub(super) fn gone(
    stamp: &Stamp,
    deleted: bool,
    precondition: &Precondition,
    context: &Context<'_>,
) -> Result<Option<Plan<()>>, Refusal> {
    let ours = stamp.attempt_id.as_ref().is_some_and(|attempt| context.attempts.contains(attempt));
    if deleted && !ours {
        return Err(Refusal::NotFound);
    }
    let already = precondition.check(stamp, context)? == Already::Ours;
    Ok(already.then(|| Plan { changes: Vec::new(), done: () }))
}

/// The pool that was the company's until now makes room first: two at once would collide.
fn stand_back(id: &Id, known: &Known, context: &mut Context<'_>) -> Option<Change> {
    let before = known.default.as_ref().filter(|pool| pool.id != *id)?;
    let values = PoolValues { is_default: false, ..before.values.clone() };
    let of = (Entity::Pool, &before.id, &before.stamp);
    Edit::between(of, "update", &stored::row(&before.values), stored::row(&values), context)
}

fn check(values: &PoolValues, people: &[Id]) -> Result<(), Refusal> {
    let unknown = |(at, _): (usize, &Id)| Invalid::at(format!("/members/{at}"), Code::UnknownReference);
    let errors: Vec<Invalid> =
        values.members.iter().enumerate().filter(|(_, id)| !people.contains(id)).map(unknown).collect();
    if errors.is_empty() { Ok(()) } else { Err(Refusal::Invalid(errors)) }
}
