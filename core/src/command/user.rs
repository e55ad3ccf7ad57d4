//! People come and change: one address each, nobody below themselves, and always somebody who administers (spec R1).

use crate::body::Sent;
use crate::edit::{Already, Edit, NewRecord, Precondition};
use crate::entity::{Entity, Stamp};
use crate::field::EmailAddress;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::plan::{Change, Context, Plan};
use crate::problem::Refusal;
use crate::user::{User, UserValues};

/// A person who comes.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateUser {
    /// Their id, made once for the request.
    pub id: Id,
    /// What they are.
    pub values: UserValues,
}

/// A person who changes.
#[derive(Clone, Debug, PartialEq)]
pub struct EditUser {
    /// Who.
    pub id: Id,
    /// What of them.
    pub sent: Sent,
    /// For which version.
    pub precondition: Precondition,
    /// The session that asks, if it is one: another address does not end it.
    pub session_id: Option<Id>,
}

/// What a command on a person must know.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The person as they stand.
    pub user: Option<User>,
    /// Whoever has the address that is asked for.
    pub holder: Option<Id>,
    /// The manager who is asked for, then everybody above them; empty where there is no such person.
    pub above: Vec<Id>,
    /// Whether somebody else administers the company.
    pub other_admin: bool,
    /// The version of the company's routing, which every change of people raises.
    pub routing: i64,
}

impl CreateUser {
    /// Decides.
    ///
    /// # Errors
    /// The address is taken, or there is no such manager.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<User>, Refusal> {
        if let Some(user) = &known.user {
            return Ok(Plan { changes: Vec::new(), done: user.clone() });
        }
        check(&self.id, &self.values, known)?;
        let mut changes = vec![NewRecord::insert(Entity::User, &self.id, self.values.columns(), context)];
        changes.extend(self.values.capacity.map(|_| Change::Recount { user_id: self.id.clone() }));
        changes.push(reroute(known.routing, context));
        let company_id = context.company_id.clone();
        let stamp = Stamp::new(context.now);
        let done = User { id: self.id.clone(), company_id, values: self.values.clone(), stamp };
        Ok(Plan { changes, done })
    }
}

impl EditUser {
    /// The address that is asked for, if one is.
    #[must_use]
    pub fn email(&self) -> Option<EmailAddress> {
        EmailAddress::parse(self.sent.members().text("email")?).ok()
    }

    /// The manager who is asked for, if one is.
    #[must_use]
    pub fn manager_id(&self) -> Option<Id> {
        Id::parse(self.sent.members().text("manager_id")?.trim())
    }

    /// Decides.
    ///
    /// # Errors
    /// No such person, another version, refused values, or a rule about people would break.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<User>, Refusal> {
        let old = known.user.as_ref().ok_or(Refusal::NotFound)?;
        if self.precondition.check(&old.stamp, context)? == Already::Ours {
            return Ok(Plan { changes: Vec::new(), done: old.clone() });
        }
        let values = UserValues::parse(self.sent.over(&old.values)).map_err(Refusal::Invalid)?;
        check(&self.id, &values, &Known { above: above(&values, old, known), ..known.clone() })?;
        if old.values.is_working_admin() && !values.is_working_admin() && !known.other_admin {
            return Err(Refusal::LastAdmin);
        }
        let of = (Entity::User, &self.id, &old.stamp);
        let edit = Edit::between(of, "update", &old.values.columns(), values.columns(), context);
        let Some(edit) = edit else { return Ok(Plan { changes: Vec::new(), done: old.clone() }) };
        let mut changes = vec![edit];
        if values.capacity != old.values.capacity {
            changes.push(Change::Recount { user_id: self.id.clone() });
        }
        changes.extend(self.signs_out(&old.values, &values));
        changes.push(reroute(known.routing, context));
        Ok(Plan { changes, done: User { values, stamp: old.stamp.edited(context.now), ..old.clone() } })
    }
}

impl EditUser {
    /// Whoever leaves is out, and stays out when they come back. An address is what a person signs in by: with another one,
    /// the links that went to the old one and the sessions that they began end. A role is read with each request (spec R5).
    fn signs_out(&self, old: &UserValues, new: &UserValues) -> Option<Change> {
        let leaves = old.is_active && !new.is_active;
        let moves = old.email.key() != new.email.key();
        let but = self.session_id.clone().filter(|_| !leaves);
        (leaves || moves).then(|| Change::SignOut { user_id: self.id.clone(), but })
    }
}

/// The manager who stays was good before.
fn above(values: &UserValues, old: &User, known: &Known) -> Vec<Id> {
    match &values.manager_id {
        Some(manager) if old.values.manager_id.as_ref() == Some(manager) => vec![manager.clone()],
        _ => known.above.clone(),
    }
}

fn check(id: &Id, values: &UserValues, known: &Known) -> Result<(), Refusal> {
    if let Some(manager) = &values.manager_id {
        if known.above.first() != Some(manager) {
            return Err(Refusal::Invalid(vec![Invalid::member("manager_id", Code::UnknownReference)]));
        }
        if known.above.contains(id) {
            return Err(Refusal::ManagerCircle);
        }
    }
    match &known.holder {
        Some(holder) if holder != id => Err(Refusal::EmailTaken),
        _ => Ok(()),
    }
}

/// The routing made anew, and the lock of all changes of people, pools and territories.
pub(super) fn reroute(version: i64, context: &mut Context<'_>) -> Change {
    Change::Reroute { version, attempt_id: context.attempt() }
}
