//! Opportunities come, change, move from stage to stage and go (spec O).

use crate::access::{Principal, Role};
use crate::activity::{Activity, Related, SystemEvent};
use crate::body::{Members, merged};
use crate::edit::{Already, Edit, Precondition};
use crate::entity::Entity;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::money::Currency;
use crate::opportunity::{
    Deal, NewOpportunity, Opportunity, OpportunityBody, PipelineStage, StageEntry, StageMove, change_stage,
};
use crate::plan::{Change, Context, Plan, Require};
use crate::problem::Refusal;
use crate::time::Instant;

/// A new opportunity.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateOpportunity {
    /// Its id, made once for the request.
    pub id: Id,
    /// What it is.
    pub new: NewOpportunity,
    /// Who makes it.
    pub by: Principal,
}

/// An opportunity that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeOpportunity {
    /// Which one.
    pub id: Id,
    /// How.
    pub to: OpportunityChange,
    /// Who changes it.
    pub by: Principal,
    /// For which version.
    pub precondition: Precondition,
}

/// How an opportunity changes.
#[derive(Clone, Debug, PartialEq)]
pub enum OpportunityChange {
    /// The whole body is replaced.
    Replace(Members),
    /// Some members are (RFC 7396).
    Merge(Members),
    /// It moves to another stage.
    Move(StageMove),
    /// It is deleted.
    Delete,
}

/// The ids that a body names, to be looked up before it is decided upon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// `account_id`.
    pub account_id: Option<Id>,
    /// `primary_contact_id`.
    pub contact_id: Option<Id>,
    /// `owner_id`.
    pub owner_id: Option<Id>,
}

/// What the look-up of these ids gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Whether there is such an account that the caller sees.
    pub account: bool,
    /// The account of the contact.
    pub contact_account: Option<Id>,
    /// Whether the owner works here.
    pub owner: bool,
}

/// An opportunity as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The opportunity.
    pub opportunity: Opportunity,
    /// When it was deleted.
    pub deleted_at: Option<Instant>,
    /// Whether its account stands.
    pub account_stands: bool,
}

/// What these commands must know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The opportunity, where the caller sees it.
    pub standing: Option<Standing>,
    /// What became of the ids.
    pub found: Found,
}

impl CreateOpportunity {
    /// The opportunity of a body of this company's currency. Without an owner it is its creator's.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(id: Id, members: Members, by: Principal) -> Result<Self, Vec<Invalid>> {
        let currency = Currency::parse(&by.currency).map_err(|code| vec![Invalid::member("currency", code)])?;
        let mut new = NewOpportunity::parse(members, currency)?;
        new.body.deal.owner_id.get_or_insert_with(|| by.user_id.clone());
        Ok(Self { id, new, by })
    }

    /// The ids it names.
    #[must_use]
    pub fn named(&self) -> Named {
        let Deal { account_id, primary_contact_id, owner_id, .. } = &self.new.body.deal;
        Named {
            account_id: Some(account_id.clone()),
            contact_id: primary_contact_id.clone(),
            owner_id: owner_id.clone(),
        }
    }

    /// Decides.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for ids of nothing that the caller may name.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Opportunity>, Refusal> {
        if let Some(standing) = &known.standing {
            return Ok(unchanged(&standing.opportunity));
        }
        let NewOpportunity { body, pipeline_stage } = self.new.clone();
        refuse_unknown(None, &body.deal, &known.found, &self.by)?;
        let stage = pipeline_stage.unwrap_or(PipelineStage::Prospect);
        let fresh =
            Opportunity::new(self.id.clone(), context.company_id.clone(), body.deal.clone(), stage, context.now);
        let made = fresh.with(body).map_err(Refusal::Invalid)?;
        let mut changes = vec![Change::Require(Require::Account(made.deal.account_id.clone()))];
        changes.extend(contact_of(&made.deal));
        changes.extend(made.insert(context));
        Ok(Plan { changes, done: made })
    }
}

impl ChangeOpportunity {
    /// The ids that its body names.
    #[must_use]
    pub fn named(&self) -> Named {
        match &self.to {
            OpportunityChange::Replace(members) | OpportunityChange::Merge(members) => {
                let id = |name| members.text(name).and_then(|text| Id::parse(text.trim()));
                Named { account_id: id("account_id"), contact_id: id("primary_contact_id"), owner_id: id("owner_id") }
            }
            OpportunityChange::Move(_) | OpportunityChange::Delete => Named::default(),
        }
    }

    /// Decides.
    ///
    /// # Errors
    /// No such opportunity, another version, refused values, or a move that its stage or its account does not allow.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Opportunity>, Refusal> {
        let Some(standing) = &known.standing else { return Err(Refusal::NotFound) };
        let Standing { opportunity: old, deleted_at, .. } = standing;
        let checked = self.precondition.check(&old.stamp, context);
        if checked == Ok(Already::Ours) {
            return Ok(unchanged(old));
        }
        if deleted_at.is_some() {
            return Err(Refusal::NotFound);
        }
        checked?;
        let of = (Entity::Opportunity, &self.id, &old.stamp);
        let (new, action) = match &self.to {
            OpportunityChange::Replace(members) => (self.edited(old, members.clone(), &known.found)?, "update"),
            OpportunityChange::Merge(patch) => {
                (self.edited(old, merged(&old.editable(), patch.clone()), &known.found)?, "update")
            }
            OpportunityChange::Move(asked) => (moved(standing, asked, context.now)?, "stage"),
            OpportunityChange::Delete => {
                return Ok(Plan { changes: vec![Edit::hide(of, context)], ..unchanged(old) });
            }
        };
        let edit = Edit::between(of, action, &old.columns(), new.columns(), context);
        let Some(edit) = edit else { return Ok(unchanged(old)) };
        let mut changes = vec![edit];
        let is_move = matches!(self.to, OpportunityChange::Move(_));
        let other_account = new.deal.account_id != old.deal.account_id;
        if other_account || is_move {
            changes.push(Change::Require(Require::Account(new.deal.account_id.clone())));
        }
        if other_account || new.deal.primary_contact_id != old.deal.primary_contact_id {
            changes.extend(contact_of(&new.deal));
        }
        if let OpportunityChange::Move(asked) = &self.to {
            let entry = StageEntry::of(&new, Some(old.pipeline_stage), asked.reason.clone(), context);
            changes.push(Change::RecordStage(Box::new(entry)));
            changes.push(told(&self.id, old.pipeline_stage, new.pipeline_stage, context));
        }
        let mut done = new;
        done.stamp = done.stamp.edited(context.now);
        Ok(Plan { changes, done })
    }

    fn edited(&self, old: &Opportunity, members: Members, found: &Found) -> Result<Opportunity, Refusal> {
        let body = OpportunityBody::parse(members, old.deal.price.currency).map_err(Refusal::Invalid)?;
        let new = old.with(body).map_err(Refusal::Invalid)?;
        refuse_unknown(Some(&old.deal), &new.deal, found, &self.by)?;
        Ok(new)
    }
}

/// The opportunity in another stage, which it reaches only while its account stands: nobody sells to one that is gone.
fn moved(standing: &Standing, asked: &StageMove, now: Instant) -> Result<Opportunity, Refusal> {
    let old = &standing.opportunity;
    let new = change_stage(old, asked, now)?;
    if new.pipeline_stage != old.pipeline_stage && !standing.account_stands {
        return Err(Refusal::AccountDeleted);
    }
    Ok(new)
}

/// Whom it names must be a contact of its account when that is written.
fn contact_of(deal: &Deal) -> Option<Change> {
    let (contact_id, account_id) = (deal.primary_contact_id.clone()?, deal.account_id.clone());
    Some(Change::Require(Require::ContactOf { contact_id, account_id }))
}

/// What the opportunity's timeline says of a move.
fn told(id: &Id, from: PipelineStage, to: PipelineStage, context: &mut Context<'_>) -> Change {
    let event = match to {
        PipelineStage::ClosedWon => SystemEvent::ClosedWon,
        PipelineStage::ClosedLost => SystemEvent::ClosedLost,
        _ if from.is_closed() => SystemEvent::Reopened,
        _ => SystemEvent::StageChanged,
    };
    let words = format!("{from} to {to}");
    Activity::system(Related::opportunity(id), event, &words, context).insert(context)
}

fn unchanged(opportunity: &Opportunity) -> Plan<Opportunity> {
    Plan { changes: Vec::new(), done: opportunity.clone() }
}

/// Ids must name what the caller may name; one that stays as it was is not asked again.
fn refuse_unknown(old: Option<&Deal>, new: &Deal, found: &Found, by: &Principal) -> Result<(), Refusal> {
    let moved = old.is_none_or(|old| old.account_id != new.account_id);
    let other_contact = moved || old.is_none_or(|old| old.primary_contact_id != new.primary_contact_id);
    let other_owner = old.is_none_or(|old| old.owner_id != new.owner_id);
    let mut errors = Vec::new();
    if moved && !found.account {
        errors.push(Invalid::member("account_id", Code::UnknownReference));
    }
    let belongs = new.primary_contact_id.is_none() || found.contact_account.as_ref() == Some(&new.account_id);
    if other_contact && !belongs {
        errors.push(Invalid::member("primary_contact_id", Code::UnknownReference));
    }
    if let Some(owner) = new.owner_id.as_ref().filter(|_| other_owner)
        && !(found.owner && may_give(by, owner))
    {
        errors.push(Invalid::member("owner_id", Code::UnknownReference));
    }
    if errors.is_empty() { Ok(()) } else { Err(Refusal::Invalid(errors)) }
}

/// An SDR keeps what they make; managers give to those they see, admins to everybody.
fn may_give(by: &Principal, owner: &Id) -> bool {
    *owner == by.user_id || by.role.is_at_least(Role::Manager) && by.visibility.sees(Some(owner))
}
