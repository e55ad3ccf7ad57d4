//! What can happen: steps with small numbers, so that they meet the same few people and shrink to a short story.

use std::fmt;

use super::super::stage::Who;

/// One thing that happens.
#[derive(Clone)]
pub(crate) struct Step {
    /// How long after the step before, in milliseconds.
    pub(crate) after: i64,
    /// What becomes of the write.
    pub(crate) line: Line,
    /// Who does it.
    pub(crate) by: Who,
    /// What.
    pub(crate) act: Act,
}

/// What becomes of a command's first write on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Good,
    /// It never reaches the database.
    LostBefore,
    /// It is written, and the answer never comes back.
    LostAfter,
}

impl fmt::Debug for Step {
    /// One line, whatever is asked for: a story is a list of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = if self.line == Line::Good { String::new() } else { format!(", {:?}", self.line) };
        write!(f, "+{} s {:?}{line}: {:?}", self.after / 1_000, self.by, self.act)
    }
}

/// The number of no record.
pub(crate) const NONE: usize = 99;

/// The number of the newest record.
pub(crate) const LAST: usize = 98;

/// What somebody does. Numbers of records are taken modulo how many there are, but for [`NONE`] and [`LAST`].
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Somebody writes in, with an idempotency key or without.
    Submit(Said, Option<u8>),
    /// A lead's values are mended.
    Edit(usize, Change, Seen),
    /// A lead is hidden.
    Delete(usize, Seen),
    /// A lead comes back from deletion or quarantine.
    Restore(usize, Seen),
    /// A lead is given to a person by number, or handed out by the rules.
    Assign(usize, Option<usize>, Seen),
    /// The open leads of a person go to another one, or are handed out by the rules.
    Bulk(usize, Option<usize>),
    /// A lead is given up.
    Disqualify(usize, Seen),
    /// A lead is taken up again.
    Recycle(usize, Seen),
    /// Something happened with a lead.
    Record(usize, Happened),
    /// A lead is qualified.
    Qualify(usize, Answers, Seen),
    /// A lead is converted.
    Convert(usize, Deal, Seen),
    /// A conversion is taken back.
    Undo(usize, Seen),
    /// An account of this person's company is made.
    OpenAccount(usize),
    CloseAccount(usize, Seen),
    /// This person is a contact of an account, its primary one or not.
    OpenContact(usize, usize, bool),
    /// A contact is made the primary one, or no longer is.
    Appoint(usize, bool, Seen),
    CloseContact(usize, Seen),
    /// A contact goes to another account.
    MoveContact(usize, usize, Seen),
    /// An opportunity of an account is made.
    OpenDeal(usize),
    /// An opportunity moves; the flag says that a closed one may leave its stage.
    MoveDeal(usize, Stage, bool, Seen),
    /// Its probability is set by hand.
    RateDeal(usize, i64, Seen),
    CloseDeal(usize, Seen),
    /// Something happened with another record.
    RecordOn(On, usize, Happened),
    /// What an SDR takes changes.
    Condition(usize, Condition),
    /// The person of a lead, else of a contact, is erased.
    Erase(bool, usize, Seen),
}

/// What is said of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Name, company and e-mail address are this person's of [`super::world::PERSONS`].
    pub(crate) person: usize,
    /// The phone is this person's.
    pub(crate) phone_of: usize,
    /// How much is said besides: nothing, the authority, or everything that scores.
    pub(crate) worth: usize,
    /// Whether the consent box is ticked.
    pub(crate) consent: bool,
    /// How the form was filled; no part of what is said.
    pub(crate) filling: Filling,
}

/// How a form was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filling {
    /// As people do.
    Calm,
    /// Too fast for a person: marked for a look.
    Hasty,
    /// Into the trap: quarantined.
    Trapped,
}

/// Which version If-Match names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The one that stands.
    Current,
    /// Whatever stands.
    Any,
    /// One that does not stand any more.
    Older,
    /// None: the header is missing.
    Nothing,
}

impl Seen {
    /// What If-Match says of a record that is there (spec R4).
    pub(crate) fn check(self) -> Result<(), &'static str> {
        match self {
            Self::Nothing => Err("refused precondition-required"),
            Self::Older => Err("refused stale"),
            Self::Current | Self::Any => Ok(()),
        }
    }
}

/// One value of a lead that an edit changes, mostly to that of one of [`super::world::PERSONS`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Person(usize),
    Email(usize),
    Phone(usize),
    Worth(usize),
    Consent(bool),
    Dnd(bool),
}

/// An activity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Happened {
    pub(crate) kind: Kind,
    pub(crate) outbound: bool,
}

/// What kind of activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Call,
    Email,
    Meeting,
    Note,
    Whatsapp,
}

impl Kind {
    /// Its wire name.
    pub(crate) fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// What a qualification answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answers {
    /// How many of the four criteria are met.
    pub(crate) bant: usize,
    /// How many of the seven bonus criteria.
    pub(crate) meddicc: usize,
    pub(crate) high_risk: bool,
    pub(crate) confirm: bool,
}

/// How a lead is converted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deal {
    /// Whether there is an amount, and so an opportunity.
    pub(crate) amount: bool,
    /// The account that is asked for.
    pub(crate) account: Option<usize>,
    /// Whether conditions that are not met are set aside.
    pub(crate) overriding: bool,
}

/// What an activity is about besides leads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On {
    Account,
    Contact,
    Opportunity,
}

impl On {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Contact => "contact",
            Self::Opportunity => "opportunity",
        }
    }
}

/// A stage of the pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    Prospect,
    Proposal,
    Negotiation,
    Won,
    Lost,
}

impl Stage {
    /// Its wire name, probability and forecast category (spec O1, O2).
    pub(crate) fn worth(self) -> (&'static str, i64, &'static str) {
        match self {
            Self::Prospect => ("prospect", 10, "best_case"),
            Self::Proposal => ("proposal_sent", 50, "most_likely"),
            Self::Negotiation => ("negotiation", 75, "commit"),
            Self::Won => ("closed_won", 100, "commit"),
            Self::Lost => ("closed_lost", 0, "none"),
        }
    }
}

/// What an SDR takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Condition {
    /// At most so many open leads.
    Capacity(Option<i64>),
    /// Nothing for so many milliseconds from now.
    Absent(Option<i64>),
    /// Nothing at all where not active.
    Active(bool),
}

/// How many SDRs there are.
pub(crate) const SDRS: usize = 3;
