//! Opportunities, pipeline and forecast walk indexes: what they read does not grow with the closed and the deleted.

use lead_core::body::Members;
use lead_core::command::opportunity::{ChangeOpportunity, CreateOpportunity, OpportunityChange};
use lead_core::edit::Precondition;
use lead_core::opportunity::StageMove;
use lead_store::changes::statements;
use lead_store::opportunities::{one, totals};
use lead_store::run::Command;
use lead_store::statement::Database;
use serde_json::json;

use super::opportunities::Sales;
use super::plans::assert_narrow;
use super::stage::{START, Who};

#[test]
fn totals_are_read_from_their_covering_indexes_alone() {
    let sales = Sales::new();
    for (sql, index) in totals::explainable() {
        let steps = sales.stage.database.explain(sql);
        let tables: Vec<&String> = steps.iter().filter(|step| step.contains("opportunities")).collect();
        let range = if index == "opportunities_closed" {
            "company_id=? AND closed_at>? AND closed_at<?"
        } else {
            "company_id=?"
        };
        assert_eq!(
            tables,
            [&format!("SEARCH opportunities USING COVERING INDEX {index} ({range})")],
            "{steps:?} of {sql}"
        );
    }
}

#[test]
fn commands_on_opportunities_look_everything_up() {
    let sales = Sales::new();
    let members = |body: serde_json::Value| Members::from_json(body.to_string().as_bytes()).unwrap();
    let made = sales.create(Who::Sdr(0), json!({}));
    let mut seen = one::read(&sales.stage.company_id, &made.id, &sales.stage.visibility(Who::Manager));
    for who in [Who::Sdr(0), Who::Manager] {
        let by = sales.stage.principal(who);
        let mut context = sales.stage.context(START + 1);
        context.begin_attempt();
        let new = CreateOpportunity::parse(context.ids.next_id(), members(sales.body()), by.clone()).unwrap();
        seen.extend(new.reads(&context));
        for to in [
            OpportunityChange::Merge(members(json!({ "name": "Valves", "deal_value": 7, "probability": 3 }))),
            OpportunityChange::Move(StageMove::parse(members(json!({ "stage": "closed_won" }))).unwrap()),
            OpportunityChange::Delete,
        ] {
            let command =
                ChangeOpportunity { id: made.id.clone(), to, by: by.clone(), precondition: Precondition::Any };
            let reads = command.reads(&context);
            let outcomes = pollster::block_on(sales.stage.database.batch(reads.clone())).unwrap();
            let plan = Command::decide(&command, &command.known(&outcomes).unwrap(), &mut context).unwrap();
            assert!(!plan.changes.is_empty());
            seen.extend(reads);
            seen.extend(statements(&plan.changes, &context));
        }
    }
    assert!(seen.len() > 40, "{} statements", seen.len());
    for statement in seen {
        assert_narrow(&sales.stage, statement.sql);
    }
}
