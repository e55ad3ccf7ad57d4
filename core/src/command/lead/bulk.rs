//! The open leads of one person go to others, for an absence (spec A).

use super::assign::{self, AssignTo, Assignee};
use crate::access::Principal;
use crate::assign::{LeadFacts, Maker};
use crate::body::{Members, Reader};
use crate::entity::Entity;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::plan::{Audit, Change, Context, HandOver, Handed, Handover, Plan};
use crate::problem::Refusal;
use crate::routing::Routing;
use serde::Serialize;

/// The most leads of one batch.
const MOST: i64 = 50;

/// The command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkAssign {
    /// Names this act in the audit trail: by it a lost answer is recognised.
    pub id: Id,
    /// Who asks.
    pub by: Principal,
    /// Whose leads.
    pub from: Id,
    /// To whom.
    pub to: AssignTo,
    /// At most so many.
    pub limit: i64,
    /// Only leads behind this one.
    pub after: Option<Id>,
}

/// A lead that is still worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLead {
    /// The lead.
    pub id: Id,
    /// The version of its last edit.
    pub version: i64,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// State or province.
    pub state: Option<String>,
    /// The company's trade.
    pub industry: Option<String>,
}

/// The next open leads of a person, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenLeads {
    /// The leads, as far as the walk went.
    pub leads: Vec<OpenLead>,
    /// Where the walk over the person's leads ended without coming to the last of them.
    pub cut_at: Option<Id>,
}

/// What handing over must know.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownBulk {
    /// The person who gives the leads away, and the one who is to get them.
    pub people: Vec<Assignee>,
    /// The leads.
    pub open: OpenLeads,
    /// How many leads this very request moved already, its answer being lost.
    pub moved: Option<usize>,
    /// How leads are handed out.
    pub routing: Routing,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bulked {
    /// How many leads changed hands.
    pub assigned: usize,
    /// How many more are waiting, as far as they were counted.
    pub remaining: usize,
    /// Send the same again with this as `cursor`, until there is none.
    pub next_cursor: Option<Id>,
}

impl BulkAssign {
    /// Reads `from_owner_id`, `owner_id`, `limit` and `cursor`; `id` names the act.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members, by: Principal, id: Id) -> Result<Self, Vec<Invalid>> {
        let mut reader = Reader::new(members);
        let from = reader.required("from_owner_id", |text| Id::parse(text.trim()).ok_or(Code::NotId));
        let to = reader.id("owner_id").map_or(AssignTo::Rules, AssignTo::Person);
        let limit = reader.whole("limit", 1..=MOST).unwrap_or(MOST);
        let after = reader.optional("cursor", |text| Id::parse(text.trim()).ok_or(Code::CursorInvalid));
        reader.close(&[])?;
        from.map(|from| Self { id, by, from, to, limit, after }).ok_or_else(Vec::new)
    }

    /// Decides who gets the leads.
    ///
    /// # Errors
    /// One of the people is nobody whom the caller sees, or the new owner left.
    pub fn decide(&self, known: &KnownBulk, context: &mut Context<'_>) -> Result<Plan<Bulked>, Refusal> {
        let sees = |id: &Id| self.by.visibility.sees(Some(id));
        if !known.people.iter().any(|person| person.id == self.from && sees(&person.id)) {
            return Err(Refusal::Invalid(vec![Invalid::member("from_owner_id", Code::UnknownReference)]));
        }
        let assignee = match &self.to {
            AssignTo::Person(id) => known.people.iter().find(|person| person.id == *id && *id != self.from),
            AssignTo::Rules => None,
        };
        self.to.check(assignee, sees)?;
        let OpenLeads { leads, cut_at } = &known.open;
        if let Some(assigned) = known.moved {
            let next_cursor = self.after.clone().or_else(|| cut_at.clone()).filter(|_| !leads.is_empty());
            return Ok(Plan { changes: Vec::new(), done: Bulked { assigned, remaining: leads.len(), next_cursor } });
        }
        let most = usize::try_from(self.limit).unwrap_or(0);
        let now = leads.get(..most).unwrap_or(leads);
        let remaining = leads.len() - now.len();
        let next_cursor = if remaining > 0 { now.last().map(|lead| lead.id.clone()) } else { cut_at.clone() };
        let mut changes = self.changes(now, &known.routing, context);
        if !changes.is_empty() {
            changes.push(self.audit(now.len()));
        }
        Ok(Plan { changes, done: Bulked { assigned: now.len(), remaining, next_cursor } })
    }

    fn audit(&self, assigned: usize) -> Change {
        Change::Audit(Box::new(Audit {
            id: self.id.clone(),
            entity_type: Entity::User.as_str(),
            entity_id: self.from.clone(),
            action: "bulk_assign",
            field_name: None,
            old_value: None,
            new_value: Some(assigned.to_string()),
        }))
    }

    /// One change for each rule, so that each pool's turns are taken together.
    fn changes(&self, leads: &[OpenLead], routing: &Routing, context: &mut Context<'_>) -> Vec<Change> {
        let mut routing = routing.clone().without(&self.from);
        let mut groups: Vec<HandOver> = Vec::new();
        for lead in leads {
            let handover = match &self.to {
                AssignTo::Person(id) => assign::to_person(id),
                AssignTo::Rules => Handover::by(&routing.assign(&facts(lead), &Maker::Nobody, context.now)),
            };
            let handed = Handed::new(&lead.id, lead.version, Some(&self.from), true, context);
            let at = groups.iter().position(|group| group.handover == handover).unwrap_or_else(|| {
                groups.push(HandOver { handover, leads: Vec::new(), attempt_id: Some(context.attempt()) });
                groups.len() - 1
            });
            groups[at].leads.push(handed);
            // After a whole round each of them has one lead more, which may fill somebody.
            let eligible = &groups[at].handover.eligible;
            if groups[at].leads.len().is_multiple_of(eligible.len()) {
                routing.count(eligible);
            }
        }
        groups.into_iter().map(|group| Change::HandOver(Box::new(group))).collect()
    }
}

fn facts(lead: &OpenLead) -> LeadFacts<'_> {
    LeadFacts { country: Some(&lead.country), state: lead.state.as_deref(), industry: lead.industry.as_deref() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Role, Visibility};
    use crate::field::Country;
    use crate::id::IdSource;
    use crate::plan::Actor;
    use crate::policy::Policy;
    use crate::time::Instant;
    use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};
    use serde_json::json;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn a_batch_fills_nobody_beyond_their_capacity(
            members in prop::collection::vec((prop::option::of(0..6_u32), 0..6_u32), 0..5),
            count in 0..50_usize,
            taken in 0..20_usize,
        ) {
            let now = Instant::from_ms(1_700_000_000_000).unwrap();
            let mut ids = IdSource::new(now, [7; 10]);
            let (pool, from) = (ids.next_id(), ids.next_id());
            let people: Vec<Id> = members.iter().map(|_| ids.next_id()).collect();
            let document = json!({
                "company_pool": pool,
                "pools": [{ "id": pool, "members": people.iter().zip(&members).map(|(id, (capacity, _))| {
                    json!({ "user_id": id, "active": true, "capacity": capacity })
                }).collect::<Vec<_>>() }],
                "territories": [],
            });
            let loads: BTreeMap<&str, u32> = people.iter().map(Id::as_str).zip(members.iter().map(|(_, load)| *load)).collect();
            let routing = Routing::parse(&document.to_string(), &json!(loads).to_string()).unwrap();
            let leads: Vec<OpenLead> = (0..count)
                .map(|_| OpenLead { id: ids.next_id(), version: 1, country: "IN".into(), state: None, industry: None })
                .collect();
            let policy = Policy::builtin().unwrap();
            let mut context = Context {
                company_id: ids.next_id(),
                now,
                ids: IdSource::new(now, [9; 10]),
                policy: &policy,
                actor: Actor::default(),
                attempts: Vec::new(),
            };
            let by = Principal {
                user_id: from.clone(),
                role: Role::Admin,
                visibility: Visibility::Company,
                country: Country::INDIA,
                currency: "INR".into(),
            };
            let command = BulkAssign { id: ids.next_id(), by, from, to: AssignTo::Rules, limit: MOST, after: None };
            let (mut turn, mut got, mut given) = (taken, loads, 0);
            for change in command.changes(&leads, &routing, &mut context) {
                let Change::HandOver(group) = change else { panic!("no handover") };
                given += group.leads.len();
                let eligible = &group.handover.eligible;
                if eligible.is_empty() {
                    continue;
                }
                for _ in &group.leads {
                    *got.get_mut(eligible[turn % eligible.len()].as_str()).unwrap() += 1;
                    turn += 1;
                }
            }
            prop_assert_eq!(given, count);
            for (id, (capacity, before)) in people.iter().zip(&members) {
                let most = capacity.map_or(u32::MAX, |capacity| capacity.max(*before));
                prop_assert!(got[id.as_str()] <= most, "{} of {:?}", got[id.as_str()], capacity);
            }
        }
    }
}
