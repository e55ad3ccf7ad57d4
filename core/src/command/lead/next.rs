//! Who is next, and why: nothing changes (spec A3).

use crate::assign::{Asked, Assignment, LeadFacts, Maker, Skipped};
use crate::field::{Country, Text};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead::Assigned;
use crate::page_query::Parameters;
use crate::plan::Context;
use crate::routing::Routing;
use serde::Serialize;
use std::collections::BTreeMap;

/// Asks for a lead that does not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextOwner {
    country: Country,
    state: Option<String>,
    industry: Option<String>,
}

/// How leads are handed out, and how many turns each pool has taken.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownNext {
    /// Pools and territories.
    pub routing: Routing,
    /// Turns taken so far, by pool.
    pub turns: BTreeMap<Id, i64>,
}

/// Who would get the lead now. Another lead may take the turn first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Next {
    /// The owner; nobody is the queue.
    pub lead_owner_id: Option<Id>,
    /// The rule with the turn that would be taken.
    pub assignment: Assigned,
    /// The possible owners in the order of their turns.
    pub eligible: Vec<Id>,
    /// Who is passed over, and why.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub skipped: Vec<Skipped>,
    /// The territories that were asked, up to the one that matched.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub asked: Vec<Asked>,
}

impl KnownNext {
    /// Who would get a lead with these facts.
    #[must_use]
    pub fn next(&self, facts: &LeadFacts<'_>, context: &Context<'_>) -> Next {
        let assignment = self.routing.assign(facts, &Maker::Nobody, context.now);
        let taken = assignment.pool_id.as_ref().map(|pool| self.turns.get(pool).copied().unwrap_or(0));
        let owner = assignment.owner(u64::try_from(taken.unwrap_or(0)).unwrap_or(0)).cloned();
        let why = Assigned { turn: taken.map(|taken| taken + 1), ..Assigned::before_turn(&assignment) };
        let Assignment { eligible, skipped, asked, .. } = assignment;
        Next { lead_owner_id: owner, assignment: why, eligible, skipped, asked }
    }
}

impl NextOwner {
    /// Reads `country`, `state` and `industry` of a query string; without a country it is the company's.
    ///
    /// # Errors
    /// Every refused parameter.
    pub fn parse(pairs: &[(String, String)], country: Country) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let given = read.take("country", Code::CountryUnknown, |text| Country::parse(text).ok());
        let line = |text: &str| Text::<100>::parse(text).ok().map(|text| text.to_string());
        let state = read.take("state", Code::Required, line);
        let industry = read.take("industry", Code::Required, line);
        read.close()?;
        Ok(Self { country: given.unwrap_or(country), state, industry })
    }

    /// Who would get such a lead.
    #[must_use]
    pub fn answer(&self, known: &KnownNext, context: &Context<'_>) -> Next {
        let facts = LeadFacts {
            country: Some(self.country.as_str()),
            state: self.state.as_deref(),
            industry: self.industry.as_deref(),
        };
        known.next(&facts, context)
    }
}
