//! Laws of conversion under random histories, with somebody else in between: accounts stand once, contacts have a primary.

use std::cell::RefCell;

use lead_core::id::Id;
use proptest::prelude::{ProptestConfig, Strategy, any, prop, proptest};
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Value, json};

use super::convert::{Interrupted, account, convert_on, eligible};
use super::stage::{Stage, Who, visitor, with};
use super::undo::undo_on;

#[derive(Clone, Debug)]
enum Act {
    Convert { lead: usize, amount: bool },
    Undo { lead: usize },
}

fn act() -> impl Strategy<Value = Act> {
    (0..5_usize, any::<bool>(), 0..3_u8).prop_map(|(lead, amount, kind)| match kind {
        0 => Act::Undo { lead },
        _ => Act::Convert { lead, amount },
    })
}

/// Leads of two companies, one of them by free mail, and of a third that is known already.
fn leads(stage: &Stage) -> Vec<Id> {
    let domain = |n| visitor(n)["email"].as_str().unwrap().split_once('@').unwrap().1.to_owned();
    account(stage, 1, "harbour works", Some(&domain(3)), None);
    let person = |n: usize, email: String, company: Value| {
        let values = json!({ "email": email, "company_name": company, "phone": format!("+9198{n:08}") });
        eligible(stage, &with(visitor(n + 10), values), &format!("lead-{n}"))
    };
    let name = |n: usize| visitor(n)["company_name"].clone();
    vec![
        person(0, format!("a@{}", domain(1)), name(1)),
        person(1, format!("b@{}", domain(1)), json!("Quite Another")),
        person(2, "c@gmail.com".to_owned(), name(1)),
        person(3, format!("d@{}", domain(3)), name(3)),
        person(4, format!("e@{}", domain(3)), name(4)),
    ]
}

fn perform<D: lead_store::statement::Database>(stage: &Stage, database: &D, leads: &[Id], act: &Act) {
    // A refusal is an answer too.
    match act {
        Act::Convert { lead, amount } => {
            let body = if *amount { json!({ "opportunity_amount": 5 }) } else { json!({}) };
            let _ = convert_on(stage, database, Who::Admin, &leads[*lead], &body);
        }
        Act::Undo { lead } => {
            let _ = undo_on(stage, database, Who::Admin, &leads[*lead]);
        }
    }
}

fn none(stage: &Stage, what: &str, sql: &str) {
    let found = stage.database.rows(sql);
    assert!(found.is_empty(), "{what}: {found:?}");
}

fn check(stage: &Stage) {
    for key in ["domain", "company_key"] {
        none(
            stage,
            "an account stands twice",
            &format!(
                "SELECT {key} FROM accounts WHERE deleted_at IS NULL AND {key} IS NOT NULL GROUP BY {key} HAVING count(*) > 1"
            ),
        );
    }
    none(
        stage,
        "contacts without exactly one primary",
        "SELECT account_id FROM contacts WHERE deleted_at IS NULL GROUP BY account_id HAVING sum(is_primary_contact) <> 1",
    );
    none(
        stage,
        "a person twice in an account",
        "SELECT account_id FROM contacts WHERE deleted_at IS NULL GROUP BY account_id, email_key HAVING count(*) > 1",
    );
    none(
        stage,
        "a lead is what its conversions say",
        "SELECT l.id FROM leads l LEFT JOIN conversions c ON c.lead_id = l.id AND c.undone_at IS NULL \
         WHERE (l.status = 'converted') <> (c.id IS NOT NULL) OR l.converted_to_account_id IS NOT c.account_id \
           OR l.converted_to_contact_id IS NOT c.contact_id OR l.converted_to_opportunity_id IS NOT c.opportunity_id \
           OR (l.match_slot = '') <> (c.id IS NULL)",
    );
    none(
        stage,
        "what a lead became stands",
        "SELECT l.id FROM leads l WHERE l.status = 'converted' AND NOT EXISTS (SELECT 1 FROM contacts c JOIN accounts a ON a.id = c.account_id \
           WHERE c.id = l.converted_to_contact_id AND a.id = l.converted_to_account_id AND c.deleted_at IS NULL AND a.deleted_at IS NULL)",
    );
    none(
        stage,
        "an opportunity stands alone",
        "SELECT o.id FROM opportunities o WHERE o.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM leads l WHERE l.converted_to_opportunity_id = o.id)",
    );
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    })]

    #[test]
    fn accounts_stand_once_and_leads_are_what_their_conversions_say(
        history in prop::collection::vec((act(), prop::option::of(act())), 1..12),
    ) {
        let stage = Stage::new(1);
        let leads = leads(&stage);
        for (act, rival) in &history {
            let rival = RefCell::new(rival.clone());
            let meanwhile = Interrupted::new(&stage.database, 1, || {
                if let Some(rival) = rival.take() {
                    perform(&stage, &stage.database, &leads, &rival);
                }
            });
            perform(&stage, &meanwhile, &leads, act);
            drop(meanwhile);
            check(&stage);
        }
    }
}
