//! Territories come, change and go (spec A1).

use crate::body::Sent;
use crate::command::pool::gone;
use crate::command::user::reroute;
use crate::edit::{Already, Edit, NewRecord, Precondition};
use crate::entity::{Entity, Stamp};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::plan::{Context, Plan};
use crate::problem::Refusal;
use crate::stored;
use crate::territory::{Territory, TerritoryValues};

/// A new territory.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTerritory {
    /// Its id, made once for the request.
    pub id: Id,
    /// What it is.
    pub values: TerritoryValues,
}

/// A territory that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct EditTerritory {
    /// Which one.
    pub id: Id,
    /// What of it.
    pub sent: Sent,
    /// For which version.
    pub precondition: Precondition,
}

/// A territory that goes.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteTerritory {
    /// Which one.
    pub id: Id,
    /// For which version.
    pub precondition: Precondition,
}

/// What a command on a territory must know.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The territory as it stands.
    pub territory: Option<Territory>,
    /// Whether it was deleted.
    pub deleted: bool,
    /// The pool that is asked for, where it stands.
    pub pool: Option<Id>,
    /// The version of the company's routing.
    pub routing: i64,
}

impl CreateTerritory {
    /// Decides.
    ///
    /// # Errors
    /// There is no such pool.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Territory>, Refusal> {
        if let Some(territory) = &known.territory {
            return Ok(Plan { changes: Vec::new(), done: territory.clone() });
        }
        check(&self.values, known)?;
        let insert = NewRecord::insert(Entity::Territory, &self.id, stored::row(&self.values), context);
        let changes = vec![insert, reroute(known.routing, context)];
        let company_id = context.company_id.clone();
        let stamp = Stamp::new(context.now);
        let done = Territory { id: self.id.clone(), company_id, values: self.values.clone(), stamp };
        Ok(Plan { changes, done })
    }
}

impl EditTerritory {
    /// The pool that is asked for, if one is.
    #[must_use]
    pub fn pool_id(&self) -> Option<Id> {
        Id::parse(self.sent.members().text("pool_id")?.trim())
    }

    /// Decides.
    ///
    /// # Errors
    /// No such territory, another version, refused values.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Territory>, Refusal> {
        let old = known.territory.as_ref().filter(|_| !known.deleted).ok_or(Refusal::NotFound)?;
        if self.precondition.check(&old.stamp, context)? == Already::Ours {
            return Ok(Plan { changes: Vec::new(), done: old.clone() });
        }
        let values = TerritoryValues::parse(self.sent.over(&old.values)).map_err(Refusal::Invalid)?;
        if values.pool_id != old.values.pool_id {
            check(&values, known)?;
        }
        let of = (Entity::Territory, &self.id, &old.stamp);
        let edit = Edit::between(of, "update", &stored::row(&old.values), stored::row(&values), context);
        let Some(edit) = edit else { return Ok(Plan { changes: Vec::new(), done: old.clone() }) };
        let changes = vec![edit, reroute(known.routing, context)];
        Ok(Plan { changes, done: Territory { values, stamp: old.stamp.edited(context.now), ..old.clone() } })
    }
}

impl DeleteTerritory {
    /// Decides.
    ///
    /// # Errors
    /// No such territory, or another version.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        let old = known.territory.as_ref().ok_or(Refusal::NotFound)?;
        if let Some(plan) = gone(&old.stamp, known.deleted, &self.precondition, context)? {
            return Ok(plan);
        }
        let hidden = Edit::hide((Entity::Territory, &self.id, &old.stamp), context);
        Ok(Plan { changes: vec![hidden, reroute(known.routing, context)], done: () })
    }
}

fn check(values: &TerritoryValues, known: &Known) -> Result<(), Refusal> {
    if known.pool.as_ref() == Some(&values.pool_id) {
        return Ok(());
    }
    Err(Refusal::Invalid(vec![Invalid::member("pool_id", Code::UnknownReference)]))
}
