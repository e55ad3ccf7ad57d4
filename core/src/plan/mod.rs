//! What a decision may change. The store turns each change into one statement; a plan is written in one batch.

mod form;
mod lead;
mod mail_act;
mod mail_back;
mod nurture;
mod sequence;

pub use form::NewFormVersion;
pub use lead::{CountEvent, HandOver, Handed, Handover, LeadKeys, NewLead, NewTouch, Refit};
pub use mail_act::SettledMail;
pub use mail_back::{Confirmed, Lift, NewMailEvent, NewOptIn, Suppress};
pub use nurture::{Ending, EnrolmentKey, MovedOn, NewEnrolment, QueuedMail, Telling};
pub use sequence::{MoveEnrolments, MovedEnrolment, NewRevision};

use crate::api_key::ApiKey;
use crate::consent::Consent;
use crate::convert::{Hold, NewConversion};
use crate::edit::{Edit, NewRecord};
use crate::entity::Entity;
use crate::form::NewFormTest;
use crate::id::{Id, IdSource};
use crate::opportunity::StageEntry;
use crate::policy::Policy;
use crate::qualify::NewQualification;
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
    /// Takes the next turn of a pool for a lead that this batch has just made by it, and counts the lead in as
    /// [`Change::Load`] does. Turns commute.
    TakeTurn {
        /// Which lead.
        lead_id: Id,
        /// Which pool.
        pool_id: Id,
    },
    /// A new lead. Collides with a standing lead of the same e-mail address or phone.
    InsertLead(Box<NewLead>),
    /// A form's definition under its number. Collides with another of the same number.
    KeepFormVersion(Box<NewFormVersion>),
    /// What somebody of the company tried a form with.
    KeepFormTest(Box<NewFormTest>),
    /// A submission, which is also the idempotency record. Collides with the same submission.
    InsertTouch(Box<NewTouch>),
    /// An event that moves a score (spec S3), once for each source; what it moves is audited. Events commute.
    CountEvent(CountEvent),
    /// Another fit, since a lead's own values changed (spec S4); what it moves is audited. Commutes with events.
    Refit(Box<Refit>),
    /// A row of the consent ledger, and what the lead shows of it, audited where that changes.
    RecordConsent(Box<Consent>),
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
    /// A key that does nothing any more, which is audited.
    RevokeKey {
        /// Which one.
        id: Id,
        /// The audit row's id.
        audit_id: Id,
    },
    /// A person's links and sessions end, since whoever has them is not the person any more.
    SignOut {
        /// Whose.
        user_id: Id,
        /// The session that goes on.
        but: Option<Id>,
    },
    /// Leads that get another owner, by name or in turns, each with its audit rows and its word on the timeline. Collides with
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
    /// Opportunities lose a primary contact that leaves their account, each with its audit row. Collides with an edit of the
    /// same version.
    Unname(Box<Unname>),
    /// A person's values vanish from every row tied to them. Collides where other rows are tied to them by now.
    Erase(Box<Erasure>),
    /// What must hold once the changes before it are written: where it does not, the batch collides and is decided again.
    Require(Require),
    /// An address that is mailed no more (spec E4). Collides with another first row of the same address.
    Suppress(Box<Suppress>),
    /// An address that may be mailed again.
    Lift(Box<Lift>),
    /// Something that came back of a mail; the same once more changes nothing.
    KeepMailEvent(Box<NewMailEvent>),
    /// A question for consent, unless the lead was asked within a day (spec L7).
    AskOptIn(Box<NewOptIn>),
    /// The answer to it, and what the lead shows of that.
    ConfirmOptIn(Box<Confirmed>),
    /// A qualification's answers and verdict (spec Q3).
    Qualify(Box<NewQualification>),
    /// What a lead became (spec C2).
    Convert(Box<NewConversion>),
    /// A definition of a sequence, to be kept as long as leads finish on it.
    Revise(Box<NewRevision>),
    /// Enrolments that go on under another definition. Collides where one of them moved on in the meantime.
    MoveEnrolments(Box<MoveEnrolments>),
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
    /// Leads that begin sequences, each audited and told on its timeline. Collides where one is, or was, in it already.
    EnrolLeads(Vec<NewEnrolment>),
    /// Enrolments that end, each audited and told on its lead's timeline; those that ended before stay as they did.
    Leave(Vec<Ending>),
    /// Enrolments that go on. Commutes with nothing: whoever writes it holds their leases.
    MoveOn(Vec<MovedOn>),
    /// Mails for the outbox, each audited. Collides where a step was written for its lead already.
    QueueMails(Vec<QueuedMail>),
    /// A mail that a person takes up again or gives up, audited. Collides where it does not stand as it was read.
    SettleMail(Box<SettledMail>),
}

/// Opportunities whose primary contact leaves their account (spec O6).
#[derive(Clone, Debug, PartialEq)]
pub struct Unname {
    /// The contact.
    pub contact_id: Id,
    /// The opportunities that name it.
    pub opportunities: Vec<Unnamed>,
    /// The attempt that raises their versions.
    pub attempt_id: Id,
}

/// An opportunity that has no primary contact any more.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Unnamed {
    /// Which one.
    pub id: Id,
    /// The version that was read; the new one is one more.
    pub version: i64,
    /// The audit row's id.
    pub audit_id: Id,
}

/// Leads and contacts that lose every identifying value, with all that is tied to them (spec R3).
#[derive(Clone, Debug, PartialEq)]
pub struct Erasure {
    /// Whether a lead or a contact was asked for.
    pub entity: Entity,
    /// Which one.
    pub id: Id,
    /// Every lead and contact of the person that was found, those erased before included.
    pub people: Vec<Id>,
    /// Those that lose their values now, and every opportunity of the person that was found, which loses its words.
    pub records: Vec<ErasedRecord>,
    /// The opportunities among them whose source is somebody's own words.
    pub free_sources: Vec<Id>,
    /// The attempt that writes it.
    pub attempt_id: Id,
}

/// One lead or contact that is erased, or an opportunity of theirs.
#[derive(Clone, Debug, PartialEq)]
pub struct ErasedRecord {
    /// The audit row's id.
    pub audit_id: Id,
    /// Lead, contact or opportunity.
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
    /// Each of these leads is.
    Leads(Vec<Id>),
    /// The account is there.
    Account(Id),
    /// The contact is there: neither deleted nor erased.
    Contact(Id),
    /// The opportunity is there.
    Opportunity(Id),
    /// The account has neither contacts nor open opportunities.
    EmptyAccount(Id),
    /// The account has a primary contact, if it has contacts.
    PrimaryContact(Id),
    /// The contact is there, and is one of this account.
    ContactOf {
        /// The contact.
        contact_id: Id,
        /// The account.
        account_id: Id,
    },
    /// No opportunity of the account that is there names the contact.
    UnnamedContact {
        /// The contact.
        contact_id: Id,
        /// The account.
        account_id: Id,
    },
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
