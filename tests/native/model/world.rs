//! The company by the rules of docs/spec.md, written as plainly as they can be: structs by number, no SQL, and none of the
//! code's decisions.

use std::collections::BTreeMap;

use super::super::stage::{START, Who};
use super::records::{Account, Became, Contact, Opportunity};
use super::rules::FIT;

/// Somebody who writes in: first name, last name, company, e-mail address, phone.
pub(crate) type PersonWords = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// The people who write in. The first three are near each other, the next two only share a company.
pub(crate) const PERSONS: [PersonWords; 6] = [
    ("Asha", "Verma", "Blue Harbour Ltd", "asha@blueharbour.com", "+919800000001"),
    ("Ravi", "Menon", "Blue Harbor", "ravi@blueharbour.com", "+919800000002"),
    ("Asha", "Verma", "Blue Harbour", "asha.verma@gmail.com", "+919800000003"),
    ("Kim", "Osei", "Nordwind GmbH", "kim@nordwind.de", "+919800000004"),
    ("Lena", "Fuchs", "Nordwind", "lena.fuchs@gmail.com", "+919800000005"),
    ("Tom", "Baker", "Quartz Mining", "tom@quartz-mining.com", "+919800000006"),
];

/// Whose companies' names are close to each other.
pub(crate) const COMPANY: [usize; 6] = [0, 0, 0, 1, 1, 2];

/// Which domain an address has; free mail says nothing.
pub(crate) const DOMAIN: [Option<usize>; 6] = [Some(0), Some(0), None, Some(1), None, Some(2)];

/// The domains.
pub(crate) const DOMAINS: [&str; 3] = ["blueharbour.com", "nordwind.de", "quartz-mining.com"];

/// Whose companies' names are the same but for the legal form.
pub(crate) const COMPANY_KEY: [usize; 6] = [0, 1, 0, 2, 2, 3];

/// Who has the same name.
pub(crate) const NAME: [usize; 6] = [0, 1, 0, 2, 3, 4];

/// A lead.
#[derive(Clone, Debug)]
pub(crate) struct Lead {
    /// Whose name and company it has.
    pub(crate) person: usize,
    /// Whose e-mail address.
    pub(crate) email: usize,
    /// Whose phone.
    pub(crate) phone: usize,
    /// The number of whoever works it, see [`World::people`].
    pub(crate) owner: Option<usize>,
    /// Why them: the rule, with its turn.
    pub(crate) assignment: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) stage: &'static str,
    /// What its source is worth.
    pub(crate) source: i64,
    /// How much its values say, see [`super::step::Said::worth`].
    pub(crate) worth: usize,
    /// How often each kind of event counted.
    pub(crate) events: BTreeMap<&'static str, i64>,
    pub(crate) validation: &'static str,
    pub(crate) quarantined: bool,
    /// Whether a possible duplicate stood when it was made; none where the look-up's bounds may hide one.
    pub(crate) duplicate: Option<bool>,
    pub(crate) consent: bool,
    /// Whether the last word of the person about consent was a no.
    pub(crate) withdrawn: bool,
    /// Whether the person asked to be left alone.
    pub(crate) dnd: bool,
    pub(crate) contacted_at: Option<i64>,
    /// What it became, while that is not undone.
    pub(crate) became: Option<Became>,
    /// The contact and opportunity of each conversion, undone ones included.
    pub(crate) conversions: Vec<(usize, Option<usize>)>,
    pub(crate) deleted: bool,
    pub(crate) erased: bool,
    pub(crate) version: i64,
}

impl Lead {
    /// The sum of what it is and what it did.
    pub(crate) fn raw(&self) -> i64 {
        const WORTH: [(&str, i64); 3] = [("form_submit", 15), ("call_made", 20), ("meeting_scheduled", 30)];
        let events = WORTH.iter().map(|(kind, points)| self.events.get(kind).copied().unwrap_or(0) * points);
        self.source + FIT[self.worth] + events.sum::<i64>()
    }

    pub(crate) fn score(&self) -> i64 {
        self.raw().clamp(0, 100)
    }

    /// Whether it stands for its person (spec D3, L9).
    pub(crate) fn stands(&self) -> bool {
        !self.deleted && self.status != "converted"
    }

    /// Whether somebody has to work it.
    pub(crate) fn is_open(&self) -> bool {
        !self.deleted && !["converted", "disqualified"].contains(&self.status)
    }

    /// The stage of a new lead follows its score; every other one keeps what its last move gave it (spec M2).
    pub(crate) fn restage(&mut self) {
        if self.status == "new" {
            self.stage = if self.score() > 40 { "consideration" } else { "awareness" };
        }
    }
}

/// Somebody who works here.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) who: Who,
    pub(crate) active: bool,
    pub(crate) absent_until: Option<i64>,
    pub(crate) capacity: Option<i64>,
}

/// A submission that was taken in.
#[derive(Clone, Debug)]
pub(crate) struct Touch {
    /// Through which form or by whom, and with which key; without one the values stand for it.
    pub(crate) key: String,
    /// What was said.
    pub(crate) said: String,
    pub(crate) lead: usize,
    pub(crate) effect: &'static str,
    pub(crate) at: i64,
}

/// Everything.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) now: i64,
    /// The admin, the manager, then the SDRs, who share the leads in this order.
    pub(crate) people: Vec<Person>,
    /// How many turns the pool has taken.
    pub(crate) turns: i64,
    pub(crate) leads: Vec<Lead>,
    pub(crate) touches: Vec<Touch>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) opportunities: Vec<Opportunity>,
    /// Rows that are only added: what is told of how many.
    pub(crate) tally: BTreeMap<(String, String), i64>,
}

impl World {
    pub(crate) fn new(sdrs: usize) -> Self {
        let whos = [Who::Admin, Who::Manager].into_iter().chain((0..sdrs).map(Who::Sdr));
        let people = whos.map(|who| Person { who, active: true, absent_until: None, capacity: None }).collect();
        Self {
            now: START,
            people,
            turns: 0,
            leads: Vec::new(),
            touches: Vec::new(),
            accounts: Vec::new(),
            contacts: Vec::new(),
            opportunities: Vec::new(),
            tally: BTreeMap::new(),
        }
    }

    /// The number of a person.
    pub(crate) fn person(&self, who: Who) -> usize {
        self.people.iter().position(|person| person.who == who).unwrap_or(0)
    }

    /// Whether a row of this owner is seen (spec R1). The last SDR reports to nobody.
    pub(crate) fn sees(&self, who: Who, owner: Option<usize>) -> bool {
        let owner = owner.map(|owner| self.people[owner].who);
        match who {
            Who::Visitor => false,
            Who::Admin => true,
            Who::Manager => match owner {
                None | Some(Who::Manager) => true,
                Some(Who::Sdr(n)) => n < REPORTS,
                Some(_) => false,
            },
            Who::Sdr(_) => owner == Some(who),
        }
    }

    /// One more row of this kind.
    pub(crate) fn tally(&mut self, of: &str, what: &str) {
        *self.tally.entry((of.to_owned(), what.to_owned())).or_default() += 1;
    }

    /// One row less: it is hidden.
    pub(crate) fn untally(&mut self, of: &str, what: &str) {
        *self.tally.entry((of.to_owned(), what.to_owned())).or_default() -= 1;
    }

    /// A row of the audit trail.
    pub(crate) fn audit(&mut self, of: &str, action: &str, field: &str) {
        self.tally(of, format!("audit {action} {field}").trim_end());
    }

    /// A line of the system on a timeline, which is a row of the trail too.
    pub(crate) fn tell(&mut self, of: &str, event: &str) {
        self.tally(of, &format!("activity system {event}"));
        self.audit("activity", "create", "");
    }

    /// An edited version, with one row of the trail for each field.
    pub(crate) fn edited(&mut self, lead: usize, action: &str, fields: &[&str]) {
        if fields.is_empty() {
            return;
        }
        self.leads[lead].version += 1;
        for field in fields {
            self.audit(&format!("lead {lead}"), action, field);
        }
    }

    /// How many open leads somebody has.
    pub(crate) fn load(&self, person: usize) -> i64 {
        self.leads.iter().filter(|lead| lead.owner == Some(person) && lead.is_open()).count() as i64
    }

    /// Who may get a lead now, in the order of the pool (spec A2).
    pub(crate) fn eligible(&self) -> Vec<usize> {
        let may = |n: &usize| {
            let person = &self.people[*n];
            let full = person.capacity.is_some_and(|capacity| self.load(*n) >= capacity);
            person.active && person.absent_until.is_none_or(|until| until <= self.now) && !full
        };
        (2..self.people.len()).filter(may).collect()
    }

    /// Whose turn it is among these; it is taken.
    pub(crate) fn turn(&mut self, eligible: &[usize]) -> Option<usize> {
        if eligible.is_empty() {
            return None;
        }
        self.turns += 1;
        Some(eligible[usize::try_from(self.turns - 1).unwrap_or(0) % eligible.len()])
    }

    /// Whoever's turn it is in the pool, and why they get the lead.
    pub(crate) fn next_owner(&mut self) -> (Option<usize>, String) {
        let eligible = self.eligible();
        let owner = self.turn(&eligible);
        (owner, self.by_turn(owner))
    }

    /// Why somebody gets a lead whose turn it just was; nobody is the queue.
    pub(crate) fn by_turn(&self, owner: Option<usize>) -> String {
        owner.map_or("queue".to_owned(), |_| format!("pool turn {}", self.turns))
    }

    /// What follows where a score's parts have changed, with a row for the score and one for the stage, where they changed too.
    pub(crate) fn rescored(&mut self, number: usize, before: &Lead) {
        self.leads[number].restage();
        let after = &self.leads[number];
        let fields = [("lead_score", before.score() != after.score()), ("stage", before.stage != after.stage)];
        for (field, _) in fields.into_iter().filter(|(_, differs)| *differs) {
            self.audit(&format!("lead {number}"), "update", field);
        }
    }
}

/// How many of the SDRs are below the manager.
pub(crate) const REPORTS: usize = 2;
