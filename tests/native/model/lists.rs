//! What each role finds in lists and totals: exactly what the model says that they see (spec R1).

use std::collections::BTreeSet;

use lead_core::account_query::{AccountQuery, ContactQuery};
use lead_core::field::Country;
use lead_core::lead_query::LeadQuery;
use lead_core::money::Currency;
use lead_core::opportunity::{OpportunityQuery, Pipeline, PipelineQuery};
use lead_core::time::Instant;
use lead_store::opportunities::totals;
use lead_store::statement::Database;
use lead_store::{accounts, contacts, leads, opportunities};
use pollster::block_on;
use serde_json::json;

use super::super::stage::{Stage, Who};
use super::step::SDRS;
use super::stored::Names;
use super::world::World;

/// How many lists of people there are.
pub(crate) const MANY: usize = 5 * (SDRS + 2);

/// One list as one person sees it, another one each `turn`.
pub(crate) fn differences(stage: &Stage, world: &World, names: &Names, turn: usize) -> Vec<String> {
    let people = SDRS + 2;
    let who = world.people[turn % people].who;
    let (kind, stored) = match turn / people % 5 {
        0 => ("lead", listed_leads(stage, who)),
        1 => ("account", listed_accounts(stage, who)),
        2 => ("contact", listed_contacts(stage, who)),
        3 => ("opportunity", listed_opportunities(stage, who)),
        _ => return pipeline(stage, world, who),
    };
    let stored: BTreeSet<String> = stored.iter().map(|id| names.name(id)).collect();
    let sees = |number: usize| match kind {
        "lead" => !world.leads[number].deleted && world.sees(who, world.leads[number].owner),
        "account" => world.sees_account(who, number),
        "contact" => world.sees_contact(who, number),
        _ => world.sees_opportunity(who, number),
    };
    let count = match kind {
        "lead" => world.leads.len(),
        "account" => world.accounts.len(),
        "contact" => world.contacts.len(),
        _ => world.opportunities.len(),
    };
    let model: BTreeSet<String> = (0..count).filter(|n| sees(*n)).map(|n| format!("{kind} {n}")).collect();
    if model == stored {
        return Vec::new();
    }
    vec![format!("the list of {who:?}: the model has {model:?}, the store {stored:?}")]
}

fn all() -> Vec<(String, String)> {
    vec![("limit".to_owned(), "200".to_owned())]
}

fn listed_leads(stage: &Stage, who: Who) -> Vec<String> {
    let query = LeadQuery::parse(&all(), Country::INDIA, &stage.policy).unwrap();
    let seen = stage.visibility(who);
    let page = block_on(leads::list::page(&stage.database, &stage.company_id, &query, &seen, &stage.policy)).unwrap();
    page.items.iter().map(|lead| lead.id.to_string()).collect()
}

fn listed_accounts(stage: &Stage, who: Who) -> Vec<String> {
    let query = AccountQuery::parse(&all()).unwrap();
    let seen = stage.visibility(who);
    let page = block_on(accounts::list::page(&stage.database, &stage.company_id, &query, &seen, "INR")).unwrap();
    page.items.iter().map(|account| account.id.to_string()).collect()
}

fn listed_contacts(stage: &Stage, who: Who) -> Vec<String> {
    let query = ContactQuery::parse(&all(), Country::INDIA).unwrap();
    let seen = stage.visibility(who);
    let page = block_on(contacts::list::page(&stage.database, &stage.company_id, &query, &seen)).unwrap();
    page.items.iter().map(|contact| contact.id.to_string()).collect()
}

fn listed_opportunities(stage: &Stage, who: Who) -> Vec<String> {
    let query = OpportunityQuery::parse(&all()).unwrap();
    let seen = stage.visibility(who);
    let page = block_on(opportunities::list::page(&stage.database, &stage.company_id, &query, &seen)).unwrap();
    page.items.iter().map(|deal| deal.id.to_string()).collect()
}

/// How many opportunities stand in each open stage.
fn pipeline(stage: &Stage, world: &World, who: Who) -> Vec<String> {
    let query = PipelineQuery::parse(&[], Instant::from_ms(world.now).unwrap()).unwrap();
    let reads = totals::read_pipeline(&stage.company_id, &query, &stage.visibility(who));
    let groups = totals::stage_groups(&block_on(stage.database.batch(reads)).unwrap()).unwrap();
    let pipeline = json!(Pipeline::of(&groups, query, Currency::parse("INR").unwrap()));
    let mut differences = Vec::new();
    for totals in pipeline["stages"].as_array().unwrap() {
        let name = totals["pipeline_stage"].as_str().unwrap();
        let here = (0..world.opportunities.len())
            .filter(|n| world.opportunities[*n].stage == name && world.sees_opportunity(who, *n))
            .count();
        if !name.starts_with("closed") && totals["count"] != here {
            differences
                .push(format!("the pipeline of {who:?}, {name}: the model has {here}, the store {}", totals["count"]));
        }
    }
    differences
}
