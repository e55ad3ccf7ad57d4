//! Qualification and conversion walk no table (spec D2): what they read does not grow with it.

use lead_core::command::convert::UndoConversion;
use lead_core::command::lead::Target;
use lead_core::edit::Precondition;
use lead_store::changes::statements;
use lead_store::qualify::read_history;
use lead_store::run::Command;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::json;

use super::convert::{command, convert, eligible};
use super::plans::assert_narrow;
use super::qualify;
use super::stage::{START, Stage, Who, visitor};

/// Checks what a command reads and writes, and writes it.
fn narrow<C: Command>(stage: &Stage, command: &C) -> usize {
    let mut context = qualify::context(stage, Who::Manager, START + 5);
    context.begin_attempt();
    let reads = command.reads(&context);
    let outcomes = block_on(stage.database.batch(reads.clone())).unwrap();
    let known = command.known(&outcomes).unwrap();
    let Ok(plan) = command.decide(&known, &mut context) else { panic!("refused") };
    let writes = statements(&plan.changes, &context);
    for statement in reads.iter().chain(&writes) {
        assert_narrow(stage, statement.sql);
    }
    block_on(stage.database.batch(writes.clone())).unwrap();
    reads.len() + writes.len()
}

#[test]
fn qualification_and_conversion_walk_no_table() {
    let stage = Stage::new(1);
    let lead_id = eligible(&stage, &visitor(1), "one");
    let full = json!({ "bant": { "budget": "x", "authority": "x", "need": "x", "timeline": "x" } });
    stage.database.change("UPDATE leads SET status = 'new'");
    let mut seen = narrow(&stage, &qualify::command(&stage, Who::Manager, &lead_id, &full, Precondition::Any));
    for body in [json!({ "opportunity_amount": 5 }), json!({})] {
        seen += narrow(&stage, &command(&stage, Who::Sdr(0), &lead_id, &body, Precondition::Any));
        let by = stage.principal(Who::Sdr(0));
        let target = Target { id: lead_id.clone(), by, precondition: Precondition::Any };
        seen += narrow(&stage, &UndoConversion { target });
    }
    assert!(seen > 60, "{seen} statements");
    convert(&stage, Who::Sdr(0), &lead_id, &json!({}));
    for statement in read_history(&stage.company_id, &lead_id, &stage.visibility(Who::Sdr(0))) {
        assert_narrow(&stage, statement.sql);
    }
}
