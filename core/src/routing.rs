//! How a company hands out its leads: pools and territories, one document so that a submission reads one row.

use crate::assign::{Assignment, LeadFacts, Maker, Pool, Territory, assign};
use crate::id::Id;
use crate::time::Instant;
use serde::Deserialize;
use std::collections::HashMap;

/// The document as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    company_pool: Id,
    pools: Vec<Pool>,
    territories: Vec<Lists>,
}

/// A territory as it is stored: each list that is not empty must hold the lead's value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    id: Id,
    pool_id: Id,
    #[serde(default)]
    countries: Vec<String>,
    #[serde(default)]
    states: Vec<String>,
    #[serde(default)]
    industries: Vec<String>,
}

/// A company's pools and territories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    company_pool: Id,
    pools: Vec<Pool>,
    territories: Vec<Territory>,
}

impl Routing {
    /// Reads the stored document, and beside it the open leads of each person who has a capacity. A territory without any
    /// list would swallow every lead and is left out.
    ///
    /// # Errors
    /// A text is not such a document.
    pub fn parse(document: &str, loads: &str) -> Result<Self, serde_json::Error> {
        let Document { company_pool, mut pools, territories } = serde_json::from_str(document)?;
        let loads: HashMap<String, u32> = serde_json::from_str(loads)?;
        for member in pools.iter_mut().flat_map(|pool| &mut pool.members) {
            member.open_leads = loads.get(member.user_id.as_str()).copied().unwrap_or_default();
        }
        let territories = territories
            .into_iter()
            .filter_map(|t| Territory::by_lists(t.id, t.pool_id, &t.countries, &t.states, &t.industries))
            .collect();
        Ok(Self { company_pool, pools, territories })
    }

    /// Who may own a lead with these facts (spec A1, A2).
    #[must_use]
    pub fn assign(&self, facts: &LeadFacts<'_>, maker: &Maker, now: Instant) -> Assignment {
        assign(facts, &self.territories, &self.pools, &self.company_pool, maker, now)
    }

    /// The same without this person in any pool, for leads that they give away.
    #[must_use]
    pub fn without(mut self, user_id: &Id) -> Self {
        for pool in &mut self.pools {
            pool.members.retain(|member| member.user_id != *user_id);
        }
        self
    }

    /// One open lead more for each of these people.
    pub fn count(&mut self, owners: &[Id]) {
        for member in self.pools.iter_mut().flat_map(|pool| &mut pool.members) {
            member.open_leads += u32::from(owners.contains(&member.user_id));
        }
    }
}
