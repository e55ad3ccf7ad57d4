//! A lead is given to a person, or handed out by the rules (spec A).

use super::{Found, KnownNext, Next, Target, facts, hide, is_open};
use crate::assign::Maker;
use crate::body::{Members, Reader};
use crate::edit::Already;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead::{Assigned, Lead};
use crate::plan::{Change, Context, HandOver, Handed, Handover, Plan};
use crate::problem::Refusal;

/// To whom leads go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssignTo {
    /// To this person.
    Person(Id),
    /// By territory, pool and turn.
    Rules,
}

/// The command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignLead {
    /// Which lead.
    pub target: Target,
    /// To whom.
    pub to: AssignTo,
}

/// A person who works here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignee {
    /// The person.
    pub id: Id,
    /// Whether they still do.
    pub is_active: bool,
}

/// What handing over must know.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownAssignment {
    /// The lead, where the caller sees it.
    pub found: Option<Found>,
    /// The person it is to go to, where there is one.
    pub assignee: Option<Assignee>,
    /// How leads are handed out.
    pub next: KnownNext,
}

/// The body of `assign`: whether it only asks, and to whom the lead is to go.
///
/// # Errors
/// Every refused member.
pub fn parse(members: Members) -> Result<(AssignTo, bool), Vec<Invalid>> {
    let mut reader = Reader::new(members);
    let to = reader.id("owner_id").map_or(AssignTo::Rules, AssignTo::Person);
    let dry_run = reader.flag("dry_run");
    reader.close(&[])?;
    Ok((to, dry_run))
}

impl AssignTo {
    /// The person who is asked for, as somebody who may get leads from the caller.
    ///
    /// # Errors
    /// The id names nobody whom the caller sees, or somebody who left.
    pub(super) fn check(&self, assignee: Option<&Assignee>, target_sees: impl Fn(&Id) -> bool) -> Result<(), Refusal> {
        let Self::Person(id) = self else { return Ok(()) };
        match assignee {
            Some(person) if person.id == *id && person.is_active && target_sees(id) => Ok(()),
            _ => Err(Refusal::Invalid(vec![Invalid::member("owner_id", Code::UnknownReference)])),
        }
    }
}

impl AssignLead {
    /// Who would get the lead by the rules now; nothing changes, so no version is asked for.
    ///
    /// # Errors
    /// There is no such lead, or the person who is asked for cannot get it.
    pub fn ask(&self, known: &KnownAssignment, context: &Context<'_>) -> Result<Next, Refusal> {
        let found = known.found.as_ref().filter(|found| found.lead.deleted_at.is_none()).ok_or(Refusal::NotFound)?;
        let by = &self.target.by;
        self.to.check(known.assignee.as_ref(), |id| by.visibility.sees(Some(id)))?;
        Ok(match &self.to {
            AssignTo::Rules => known.next.next(&facts(&found.lead), context),
            AssignTo::Person(id) => Next {
                lead_owner_id: Some(id.clone()),
                assignment: Assigned::by_person(),
                eligible: vec![id.clone()],
                skipped: Vec::new(),
                asked: Vec::new(),
            },
        })
    }

    /// Decides who gets the lead; owner and turn come back from the batch.
    ///
    /// # Errors
    /// There is no such lead, another version of it stands, or the person cannot get it.
    pub fn decide(&self, known: &KnownAssignment, context: &mut Context<'_>) -> Result<Plan<Box<Lead>>, Refusal> {
        let (found, already) = self.target.standing(known.found.as_ref(), context)?;
        let mut lead = found.lead.clone();
        let unchanged = |lead| Ok(Plan { changes: Vec::new(), done: Box::new(lead) });
        if already == Already::Ours {
            return unchanged(lead);
        }
        let by = &self.target.by;
        self.to.check(known.assignee.as_ref(), |id| by.visibility.sees(Some(id)))?;
        let handover = match &self.to {
            AssignTo::Person(id) if lead.lead_owner_id.as_ref() == Some(id) => return unchanged(lead),
            AssignTo::Person(id) => to_person(id),
            AssignTo::Rules => Handover::by(&known.next.routing.assign(&facts(&lead), &Maker::Nobody, context.now)),
        };
        if handover.leaves(lead.lead_owner_id.as_ref(), lead.assignment.as_ref()) {
            return unchanged(lead);
        }
        let leads = vec![handed(&lead, context)];
        let attempt_id = Some(context.attempt());
        let change = Change::HandOver(Box::new(HandOver { handover, leads, attempt_id }));
        hide::stamp(&mut lead, context);
        Ok(Plan { changes: vec![change], done: Box::new(lead) })
    }
}

pub(super) fn to_person(id: &Id) -> Handover {
    Handover { eligible: vec![id.clone()], pool_id: None, why: Some(Assigned::by_person()) }
}

pub(super) fn handed(lead: &Lead, context: &mut Context<'_>) -> Handed {
    Handed::new(&lead.id, lead.version, lead.lead_owner_id.as_ref(), is_open(lead), context)
}
