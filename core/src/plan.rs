//! What a decision may change. The store turns each change into one statement; a plan is written in one batch.

use crate::api_key::ApiKey;
use crate::assign::Assignment;
use crate::attribution::Attribution;
use crate::consent::Consent;
use crate::convert::{Hold, NewConversion};
use crate::edit::{Edit, NewRecord};
use crate::entity::Entity;
use crate::id::{Id, IdSource};
use crate::lead::{Assigned, Lead, TouchEffect, ValidationStatus};
use crate::opportunity::StageEntry;
use crate::policy::{EventKind, Policy, Stage, Status};
use crate::qualify::NewQualification;
use crate::score::Reason;
use crate::time::Instant;

/// Who asks, as the audit trail names them (spec R3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// The person whose key or session it is.
    pub user_id: Option<Id>,
    /// The key.
    pub key_id: Option<Id>,
    /// The form, for a visitor.
    pub form_id: Option<Id>,
    /// Where from.
    pub ip_address: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
    /// The request's id, as in the logs.
    pub request_id: String,
}

/// What a decision may know besides what is stored: time, ids, rules and the caller.
#[derive(Debug)]
pub struct Context<'a> {
    /// Whose data.
    pub company_id: Id,
    /// The moment of the request.
    pub now: Instant,
    /// Makes the ids.
    pub ids: IdSource,
    /// The rules.
    pub policy: &'a Policy,
    /// Who asks.
    pub actor: Actor,
    /// This request's attempts so far, the current one last: what one of them wrote is ours.
    pub attempts: Vec<Id>,
}

impl Context<'_> {
    /// Begins another attempt.
    pub fn begin_attempt(&mut self) {
        let id = self.ids.next_id();
        self.attempts.push(id);
    }

    /// The current attempt.
    pub fn attempt(&mut self) -> Id {
        if self.attempts.is_empty() {
            self.begin_attempt();
        }
        self.attempts[self.attempts.len() - 1].clone()
    }
}

/// Changes to be written together, and the answer they stand for.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan<D> {
    /// In the order in which they are written; none means that nothing is.
    pub changes: Vec<Change>,
    /// The answer once they are.
    pub done: D,
}

/// One change of what is stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Takes the next turn of a pool. Turns commute.
    TakeTurn {
        /// Which pool.
        pool_id: Id,
    },
    /// A new lead. Collides with a standing lead of the same e-mail address or phone.
    InsertLead(Box<NewLead>),
    /// A submission, which is also the idempotency record. Collides with the same submission.
    InsertTouch(Box<NewTouch>),
    /// An event that moves a score (spec S3), once for each source. Events commute.
    CountEvent(CountEvent),
    /// Another fit, since a lead's own values changed (spec S4). Commutes with events.
    Refit(Box<Refit>),
    /// A row of the consent ledger, and what the lead shows of it.
    RecordConsent(Box<Consent>),
    /// An edit by the system that a touch brings about: out of quarantine, or back from unqualified.
    Revive(Box<Revive>),
    /// Counts a lead in (+1) or out (-1) of the open leads of its owner, who is looked up at this place of the batch: before
    /// an owner or a standing changes, and after. Only people with a capacity are counted. Loads commute.
    Load {
        /// Which lead.
        lead_id: Id,
        /// One more, or one less.
        delta: i32,
    },
    /// Makes a person's count of open leads anew, or ends it where they have no capacity.
    Recount {
        /// Whose.
        user_id: Id,
    },
    /// Makes the document of pools and territories anew from their rows. Collides with another change of the same version,
    /// so that rules over several people or pools hold.
    Reroute {
        /// The version that was read; the new one is one more.
        version: i64,
        /// The attempt that writes it.
        attempt_id: Id,
    },
    /// A new secret key.
    InsertKey(Box<NewKey>),
    /// A key that does nothing any more.
    RevokeKey {
        /// Which one.
        id: Id,
    },
    /// Leads that get another owner, by name or in turns, each with its audit row and its word on the timeline. Collides with
    /// an edit of the same version; turns and loads commute.
    HandOver(Box<HandOver>),
    /// A row of the audit trail.
    Audit(Box<Audit>),
    /// A row of an opportunity's stage history (spec O3).
    RecordStage(Box<StageEntry>),
    /// A new record, audited with one row.
    Insert(Box<NewRecord>),
    /// An edit of a record, audited field by field. Collides with an edit of the same version.
    Edit(Box<Edit>),
    /// A person's values vanish from every row tied to them.
    Erase(Box<Erasure>),
    /// What must hold once the changes before it are written: where it does not, the batch collides and is decided again.
    Require(Require),
    /// A qualification's answers and verdict (spec Q3).
    Qualify(Box<NewQualification>),
    /// What a lead became (spec C2).
    Convert(Box<NewConversion>),
    /// Marks a conversion as undone.
    UndoConversion {
        /// Of which lead.
        lead_id: Id,
        /// Which conversion.
        id: Id,
    },
    /// Collides where what a conversion was decided by has changed since it was read. The lead's new version must have been
    /// written before it in the batch.
    Hold {
        /// Which lead.
        lead_id: Id,
        /// Its new version.
        version: i64,
        /// What must still be so.
        hold: Box<Hold>,
    },
}

/// Leads and contacts that lose every identifying value, with all that is tied to them (spec R3).
#[derive(Clone, Debug, PartialEq)]
pub struct Erasure {
    /// The leads and contacts of one person.
    pub records: Vec<ErasedRecord>,
    /// The attempt that writes it.
    pub attempt_id: Id,
}

/// One lead or contact that is erased.
#[derive(Clone, Debug, PartialEq)]
pub struct ErasedRecord {
    /// The audit row's id.
    pub audit_id: Id,
    /// Lead or contact.
    pub entity: Entity,
    /// Which one.
    pub id: Id,
    /// The version that was read; the new one is one more.
    pub version: i64,
}

/// A condition over several rows, which no version of one row guards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Require {
    /// The lead is there: neither hidden nor erased.
    Lead(Id),
    /// The account is there.
    Account(Id),
    /// The account has neither contacts nor open opportunities.
    EmptyAccount(Id),
    /// The account has a primary contact, if it has contacts.
    PrimaryContact(Id),
}

/// How the owner of a lead is found when the batch is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Handover {
    /// The owners whose turn it can be, in turn order; one of them is certain, none is the queue.
    pub eligible: Vec<Id>,
    /// The pool whose turn decides; none where there is no turn to take.
    pub pool_id: Option<Id>,
    /// Why, as stored with the lead (spec A3); none for a lead that is held back.
    pub why: Option<Assigned>,
}

impl Handover {
    /// A lead that is held back has neither owner nor reason.
    #[must_use]
    pub fn none() -> Self {
        Self { eligible: Vec::new(), pool_id: None, why: None }
    }

    /// The owner by this assignment's rule.
    #[must_use]
    pub fn by(assignment: &Assignment) -> Self {
        Self {
            eligible: assignment.eligible.clone(),
            pool_id: assignment.pool_id.clone(),
            why: Some(Assigned::before_turn(assignment)),
        }
    }

    /// What counts the lead among its new owner's, once the change that hands it over is written; nothing in the queue.
    #[must_use]
    pub fn load(&self, lead_id: &Id) -> Option<Change> {
        (!self.eligible.is_empty()).then(|| Change::Load { lead_id: lead_id.clone(), delta: 1 })
    }
}

/// Leads that are handed over together, under one rule (spec A).
#[derive(Clone, Debug, PartialEq)]
pub struct HandOver {
    /// Among whom, and why. Each lead takes a turn of its own.
    pub handover: Handover,
    /// The leads in the order of their turns.
    pub leads: Vec<Handed>,
    /// The attempt that raises their versions; none where an edit of the same batch does.
    pub attempt_id: Option<Id>,
}

/// A lead that is handed over.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Handed {
    /// Which lead.
    pub id: Id,
    /// The version that was read.
    pub version: i64,
    /// Who works it so far.
    pub owner: Option<Id>,
    /// Whether it counts among its owner's open leads.
    pub open: bool,
    /// The id of the owner's audit row.
    pub audit_id: Id,
    /// The id of the activity that tells of it.
    pub activity_id: Id,
    /// The id of that activity's audit row.
    pub activity_audit_id: Id,
}

/// A lead to be inserted with its keys for matching.
#[derive(Clone, Debug, PartialEq)]
pub struct NewLead {
    /// The lead; owner and assignment are filled in by the batch.
    pub lead: Lead,
    /// Its keys.
    pub keys: LeadKeys,
    /// How its owner is found.
    pub handover: Handover,
}

/// Normal forms for matching and search (spec N).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadKeys {
    /// Lower-case address with an ASCII domain.
    pub email: String,
    /// Its domain, absent for free mail.
    pub email_domain: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// Folded family name.
    pub last_name: String,
    /// Folded company name without its legal form.
    pub company: String,
}

/// A submission to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTouch {
    /// The touch's id.
    pub id: Id,
    /// The lead it belongs to.
    pub lead_id: Id,
    /// The idempotency key with its scope.
    pub idem_key: String,
    /// The attempt that writes it.
    pub attempt_id: Id,
    /// SHA-256 of the parsed values.
    pub digest: String,
    /// What it does.
    pub effect: TouchEffect,
    /// Where the visit came from.
    pub attribution: Attribution,
    /// The values as given.
    pub submitted: serde_json::Value,
    /// 0 to 100.
    pub spam_score: u8,
    /// What adds up to it.
    pub spam_reasons: Vec<Reason>,
}

/// One more event of a kind on a lead.
#[derive(Clone, Debug, PartialEq)]
pub struct CountEvent {
    /// Which lead.
    pub lead_id: Id,
    /// The touch, activity or mail event that is counted: never twice.
    pub source_id: Id,
    /// The kind's wire name.
    pub kind: &'static str,
    /// What one such event is worth.
    pub points: i32,
    /// The most points that the kind gives or takes in all; none means no limit.
    pub cap: Option<i32>,
    /// A score above this moves awareness to consideration (spec M2).
    pub consideration_above: i32,
}

impl CountEvent {
    /// The event of this kind that `source_id` stands for, as the policy values it.
    #[must_use]
    pub fn of(lead_id: &Id, source_id: &Id, kind: EventKind, context: &Context<'_>) -> Self {
        let worth = context.policy.scoring.engagement.get(&kind);
        Self {
            lead_id: lead_id.clone(),
            source_id: source_id.clone(),
            kind: kind.as_str(),
            points: worth.map_or(0, |worth| worth.points),
            cap: worth.and_then(|worth| worth.cap),
            consideration_above: context.policy.thresholds.consideration_above,
        }
    }
}

/// A fit that follows from edited values. It stands in the same plan as the edit, whose version keeps two of them apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Refit {
    /// Which lead.
    pub lead_id: Id,
    /// The event's id.
    pub id: Id,
    /// The reasons that were stored.
    pub before: Vec<Reason>,
    /// The reasons by the new values.
    pub after: Vec<Reason>,
    /// The rules that gave them.
    pub policy_version: String,
    /// A score above this moves awareness to consideration (spec M2).
    pub consideration_above: i32,
}

impl Refit {
    /// The change from one fit to the other; `None` where they are the same.
    #[must_use]
    pub fn between(lead_id: &Id, before: &[Reason], after: Vec<Reason>, context: &mut Context<'_>) -> Option<Change> {
        (before != after).then(|| {
            Change::Refit(Box::new(Self {
                lead_id: lead_id.clone(),
                id: context.ids.next_id(),
                before: before.to_vec(),
                after,
                policy_version: context.policy.version().to_owned(),
                consideration_above: context.policy.thresholds.consideration_above,
            }))
        })
    }

    /// What it adds to the sum.
    #[must_use]
    pub fn points(&self) -> i32 {
        let sum = |reasons: &[Reason]| reasons.iter().fold(0_i32, |sum, reason| sum.saturating_add(reason.points));
        sum(&self.after).saturating_sub(sum(&self.before))
    }
}

/// A lead that comes back by a touch (spec D4).
#[derive(Clone, Debug, PartialEq)]
pub struct Revive {
    /// Which lead.
    pub lead_id: Id,
    /// The version that was read; the new one is one more.
    pub version: i64,
    /// The new status.
    pub status: Status,
    /// The new stage; none keeps it.
    pub stage: Option<Stage>,
    /// The new standing.
    pub validation_status: ValidationStatus,
    /// For a lead that had no owner because it was held back.
    pub handover: Option<Handover>,
    /// The attempt that writes it.
    pub attempt_id: Id,
}

/// A secret key to be inserted.
#[derive(Clone, Debug, PartialEq)]
pub struct NewKey {
    /// The key as it is shown.
    pub key: ApiKey,
    /// The hash of its secret.
    pub key_hash: String,
}

/// A row of the audit trail.
#[derive(Clone, Debug, PartialEq)]
pub struct Audit {
    /// The row's id.
    pub id: Id,
    /// `lead`, `company`, ...
    pub entity_type: &'static str,
    /// Which one.
    pub entity_id: Id,
    /// `create`, `update`, ...
    pub action: &'static str,
    /// The field, for an update.
    pub field_name: Option<String>,
    /// What it was.
    pub old_value: Option<String>,
    /// What it is.
    pub new_value: Option<String>,
}
