//! Who gets a lead: territory first, else the company's pool, in turns (spec A).

use crate::id::Id;
use crate::policy::PolicyError;
use crate::policy::condition::{Condition, Facts, Kind, Scope, Truth};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The facts that a territory may ask about.
pub const TERRITORY_SCOPE: Scope<'static> = &[("country", Kind::Text), ("state", Kind::Text), ("industry", Kind::Text)];

/// Where a lead is from, as far as territories ask. Blank text counts as unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeadFacts<'a> {
    /// ISO 3166-1 alpha-2.
    pub country: Option<&'a str>,
    /// The state or province.
    pub state: Option<&'a str>,
    /// The industry.
    pub industry: Option<&'a str>,
}

/// A part of the market that has its own pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Territory {
    id: Id,
    pool_id: Id,
    when: Condition,
}

impl Territory {
    /// A territory by a condition over `TERRITORY_SCOPE`.
    ///
    /// # Errors
    /// What is wrong with the condition.
    pub fn by_condition(id: Id, pool_id: Id, when: &Value) -> Result<Self, Vec<PolicyError>> {
        Ok(Self { id, pool_id, when: Condition::parse(when, TERRITORY_SCOPE)? })
    }

    /// A territory by lists: each list that is not empty must hold the lead's value, country first, then state, then
    /// industry. `None` where all are empty, since such a territory would swallow every lead.
    #[must_use]
    pub fn by_lists(
        id: Id,
        pool_id: Id,
        countries: &[String],
        states: &[String],
        industries: &[String],
    ) -> Option<Self> {
        let when = Condition::of_lists(&[("country", countries), ("state", states), ("industry", industries)])?;
        Some(Self { id, pool_id, when })
    }
}

/// One person in a pool.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The person.
    pub user_id: Id,
    /// Whether the person works here.
    pub active: bool,
    /// Away until this moment, which itself counts as back.
    #[serde(default)]
    pub absent_until: Option<Instant>,
    /// How many open leads the person takes; no limit where absent.
    #[serde(default)]
    pub capacity: Option<u32>,
    /// How many open leads the person has.
    #[serde(default)]
    pub open_leads: u32,
}

/// People who share leads in turns, in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// The pool.
    pub id: Id,
    /// Its members in the order of their turns; the store must always give the same order.
    pub members: Vec<Member>,
}

/// Who makes the lead (spec A2).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Maker {
    /// A visitor or a system: nobody who could own it.
    Nobody,
    /// A salesperson with an own key: the lead is theirs and takes no turn.
    Sdr(Id),
    /// Another person: owns the lead only if nobody is eligible.
    Person(Id),
}

/// Why somebody in the pool is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Passed {
    /// No longer works here.
    Inactive,
    /// Away.
    Absent {
        /// Back from this moment on.
        until: Instant,
    },
    /// Has as many open leads as they take.
    Full {
        /// How many they take.
        capacity: u32,
        /// How many they have.
        open_leads: u32,
    },
}

/// Somebody who is passed over, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The person.
    pub user_id: Id,
    /// Why.
    #[serde(flatten)]
    pub why: Passed,
}

/// A territory that was asked, and what it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The territory.
    pub territory_id: Id,
    /// Whether the lead belongs to it; unknown, where a fact is missing, does not match.
    pub truth: Truth,
    /// The parts of its condition that decided.
    pub decided_by: Vec<String>,
}

/// Which rule gave the lead its owner (spec A3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Rule {
    /// The lead belongs to a territory; its pool takes turns.
    Territory {
        /// The territory.
        territory_id: Id,
    },
    /// No territory matched; the company's pool takes turns.
    Pool,
    /// The person who made the lead owns it; no turn is taken.
    Creator,
    /// Nobody is eligible: the lead waits in the queue, visible to managers.
    Queue,
}

/// Who may own the lead, and why. For `Territory` and `Pool` the store's turn picks one of `eligible`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Assignment {
    /// The rule that decided.
    pub rule: Rule,
    /// The pool whose turn is taken, if one is.
    pub pool_id: Option<Id>,
    /// The possible owners in the order of their turns; the one owner for `Creator`, nobody for `Queue`.
    pub eligible: Vec<Id>,
    /// Who was passed over.
    pub skipped: Vec<Skipped>,
    /// The territories that were asked, up to the one that matched.
    pub asked: Vec<Asked>,
}

impl Assignment {
    /// The owner at this turn: `eligible[turn mod n]`; `None` in the queue. The same turn always gives the same owner.
    #[must_use]
    pub fn owner(&self, turn: u64) -> Option<&Id> {
        let count = u64::try_from(self.eligible.len()).ok().filter(|count| *count > 0)?;
        self.eligible.get(usize::try_from(turn % count).ok()?)
    }
}

/// Decides who may own a lead (spec A1, A2). `territories` are asked in the given order and the first match wins;
/// `company_pool` serves leads outside all of them. A territory whose pool has nobody eligible falls to the
/// maker or the queue and not to another pool, since others do not know that market.
#[must_use]
pub fn assign(
    facts: &LeadFacts<'_>,
    territories: &[Territory],
    pools: &[Pool],
    company_pool: &Id,
    maker: &Maker,
    now: Instant,
) -> Assignment {
    if let Maker::Sdr(user_id) = maker {
        let eligible = vec![user_id.clone()];
        return Assignment { rule: Rule::Creator, pool_id: None, eligible, skipped: Vec::new(), asked: Vec::new() };
    }
    let facts =
        Facts::default().text("country", facts.country).text("state", facts.state).text("industry", facts.industry);
    let mut asked = Vec::new();
    let mut matched = None;
    for territory in territories {
        let judgement = territory.when.judge(&facts);
        let truth = judgement.truth;
        asked.push(Asked { territory_id: territory.id.clone(), truth, decided_by: judgement.decided_by });
        if truth == Truth::True {
            matched = Some(territory);
            break;
        }
    }
    let (rule, pool_id) = match matched {
        Some(territory) => (Rule::Territory { territory_id: territory.id.clone() }, &territory.pool_id),
        None => (Rule::Pool, company_pool),
    };
    let mut eligible = Vec::new();
    let mut skipped = Vec::new();
    for member in pools.iter().filter(|pool| pool.id == *pool_id).flat_map(|pool| &pool.members) {
        match passed(member, now) {
            Some(why) => skipped.push(Skipped { user_id: member.user_id.clone(), why }),
            None => eligible.push(member.user_id.clone()),
        }
    }
    let (rule, pool_id) = match maker {
        _ if !eligible.is_empty() => (rule, Some(pool_id.clone())),
        Maker::Person(user_id) => {
            eligible.push(user_id.clone());
            (Rule::Creator, None)
        }
        _ => (Rule::Queue, None),
    };
    Assignment { rule, pool_id, eligible, skipped, asked }
}

fn passed(member: &Member, now: Instant) -> Option<Passed> {
    if !member.active {
        return Some(Passed::Inactive);
    }
    if let Some(until) = member.absent_until.filter(|until| now < *until) {
        return Some(Passed::Absent { until });
    }
    let full = member.capacity.filter(|capacity| member.open_leads >= *capacity);
    full.map(|capacity| Passed::Full { capacity, open_leads: member.open_leads })
}
