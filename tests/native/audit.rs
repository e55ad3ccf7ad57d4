//! The audit trail as admins read it (spec R3).

use lead_core::activity::{ActivityValues, RelatedType};
use lead_core::audit_query::{AuditQuery, AuditRow};
use lead_core::command::activity::RecordActivity;
use lead_core::command::lead::EditLead;
use lead_core::time::Instant;
use lead_store::audit;
use lead_store::leads::edit;
use lead_store::run::run;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::json;

use super::activities::{lead_id, on_lead};
use super::edits::{between, context, members, target};
use super::stage::{DAY, START, Stage, Who, contact, visitor, with};

/// Every row over all pages.
fn rows(stage: &Stage, pairs: &[(&str, &str)]) -> Vec<AuditRow> {
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut all: Vec<(String, String)> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        all.extend(cursor.take().map(|cursor| ("cursor".to_owned(), cursor)));
        let query = AuditQuery::parse(&all).unwrap();
        let outcomes = block_on(stage.database.batch(audit::read(&stage.company_id, &query).into())).unwrap();
        let (items, next) = audit::page(&outcomes, &query).unwrap();
        assert!(items.len() <= usize::from(query.limit));
        seen.extend(items);
        cursor = next;
        if cursor.is_none() {
            return seen;
        }
    }
}

#[test]
fn the_trail_is_read_by_every_filter() {
    let stage = Stage::new(1);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let lead = lead_id(&stage);
    on_lead(&stage, Who::Sdr(0), &lead, &json!({ "activity_type": "call" }), START + DAY);
    let all = rows(&stage, &[]);
    assert_eq!(all.len() as i64, stage.count("audit_logs"));
    assert!(all.windows(2).all(|pair| pair[0].id > pair[1].id), "newest first");
    for limit in ["1", "3"] {
        assert_eq!(rows(&stage, &[("limit", limit)]), all);
    }
    let status = rows(&stage, &[("entity_id", lead.as_str()), ("field_name", "status")]);
    assert_eq!((status[0].old_value.as_deref(), status[0].new_value.as_deref()), (Some("new"), Some("contacted")));
    assert_eq!(status.len(), 1);
    let sdr = stage.sdrs[0].as_str();
    let count = |pairs: &[(&str, &str)]| rows(&stage, pairs).len();
    assert_eq!(count(&[("user_id", sdr)]), 6, "four fields of the lead, the call, the system's event");
    assert_eq!(count(&[("entity_type", "activity")]), 2);
    assert_eq!(count(&[("entity_type", "lead"), ("action", "create")]), 1);
    assert_eq!(count(&[("created_from", "2026-11-24T00:00:00Z")]), 6);
    assert_eq!(count(&[("created_to", "2026-11-24T00:00:00Z")]), all.len() - 6);
    assert_eq!(count(&[("entity_id", sdr), ("action", "update")]), 0);
}

#[test]
fn rows_of_one_request_are_found_by_its_moment() {
    let stage = Stage::new(1);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let request = stage.context(START).ids.next_id();
    stage.database.change(&format!("UPDATE audit_logs SET request_id = '{request}' WHERE created_at = {START}"));
    let found = rows(&stage, &[("request_id", request.as_str())]);
    assert_eq!((found.len(), found[0].action.as_str()), (1, "create"));
    let other = stage.context(START + 1).ids.next_id();
    assert!(rows(&stage, &[("request_id", other.as_str())]).is_empty());
}

#[test]
fn a_page_walks_no_further_than_its_cap() {
    let stage = Stage::new(1);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let mut context = stage.context(START + 1);
    for _ in 0..1_000 {
        let id = context.ids.next_id();
        stage.database.change(&format!(
            "INSERT INTO audit_logs (company_id, id, entity_type, entity_id, action, request_id, created_at) \
             SELECT company_id, '{id}', 'lead', id, 'noise', 'r', 1 FROM leads"
        ));
    }
    for pairs in
        [vec![("action", "create")], vec![("action", "create"), ("entity_id", stage.lead()["id"].as_str().unwrap())]]
    {
        let query: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let query = AuditQuery::parse(&query).unwrap();
        let outcomes = block_on(stage.database.batch(audit::read(&stage.company_id, &query).into())).unwrap();
        let (items, next) = audit::page(&outcomes, &query).unwrap();
        assert!(items.is_empty() && next.is_some(), "an empty page goes on");
        assert!(!rows(&stage, &pairs).is_empty(), "and gets there");
    }
    let wrong = AuditQuery::parse(&[("entity_type".to_owned(), "thing".to_owned())]).unwrap_err();
    assert_eq!((wrong[0].pointer.as_str(), wrong[0].code), ("?entity_type", "unknown_value"));
}

#[test]
fn what_the_trail_does_not_tell_is_noticed() {
    let stage = Stage::new(1);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let id = lead_id(&stage);
    let row = |number: u32, request: &str, field: &str, old: &str, new: &str| {
        format!(
            "INSERT INTO audit_logs (company_id, id, entity_type, entity_id, action, field_name, old_value, new_value, request_id, created_at) \
             VALUES ('{0}', '{number}', 'lead', '{id}', 'update', '{field}', {old}, {new}, '{request}', 1);",
            stage.company_id
        )
    };
    let title = |text: &str| format!("UPDATE leads SET job_title = '{text}';");
    let account = "INSERT INTO accounts (company_id, id, name, company_key, account_type, health_score, lifecycle_stage, created_at, updated_at) \
         SELECT company_id, 'a', 'x', 'x', 'x', 'x', 'x', 1, 1 FROM leads;";
    for (problems, sql) in [
        (0, [row(1, "r", "job_title", "NULL", "'one'"), title("one")].concat()),
        (
            0,
            [row(2, "r", "job_title", "'one'", "'x'"), row(3, "r", "job_title", "'x'", "'two'"), title("two")].concat(),
        ),
        (0, "UPDATE leads SET email_key = 'x', score_raw = 1, version = 9".to_owned()),
        (1, title("untold")),
        (1, [row(4, "r", "job_title", "'wrong'", "'three'"), title("three")].concat()),
        (1, [row(5, "r", "job_title", "'three'", "'wrong'"), title("four")].concat()),
        (1, row(6, "r", "stage", "'awareness'", "'decision'")),
        (
            1,
            [row(7, "r", "job_title", "'four'", "'x'"), row(8, "s", "job_title", "'x'", "'five'"), title("five")]
                .concat(),
        ),
        (1, account.to_owned()),
        (1, "DELETE FROM accounts".to_owned()),
        (1, "UPDATE touches SET digest = ''".to_owned()),
        (1, "INSERT INTO qualifications SELECT company_id, id, id, NULL, '{}', '{}', 0, id, 1 FROM leads".to_owned()),
    ] {
        let found = stage.database.unexplained(&sql);
        assert_eq!(found.len(), problems, "{sql}: {found:#?}");
    }
}

#[test]
fn what_a_value_was_is_told_as_it_is_written_over() {
    let stage = Stage::new(1);
    let said = with(visitor(1), json!({ "authority_level": "decision_maker" }));
    stage.visit(&said, "one", START);
    let lead = lead_id(&stage);
    // Between the read and the write of each a touch comes, which moves the score past 40, or gives the consent.
    let agreed = with(visitor(1), json!({ "gdpr_consent": true }));
    let call = RecordActivity {
        id: stage.context(START + 1).ids.next_id(),
        related_to_type: RelatedType::Lead,
        related_to_id: lead.clone(),
        values: ActivityValues::parse(
            members(&json!({ "activity_type": "call" })),
            Instant::from_ms(START + 1).unwrap(),
        )
        .unwrap(),
        by: stage.principal(Who::Admin),
    };
    let touch = || drop(stage.visit(&visitor(1), "beside", START + 1));
    block_on(run(&between(&stage, &touch), &call, &mut context(&stage, Who::Admin, START + 2))).unwrap();
    let values = |field: &str| {
        let sql = format!("SELECT old_value, new_value FROM audit_logs WHERE field_name = '{field}' ORDER BY id");
        stage.database.rows(&sql).iter().map(|row| json!([row["old_value"], row["new_value"]])).collect::<Vec<_>>()
    };
    assert_eq!(values("lead_score"), [json!(["30", "45"]), json!(["45", "65"])]);
    assert_eq!(values("stage"), [json!(["awareness", "consideration"])], "by the touch: the call found it so");
    let mut context = context(&stage, Who::Admin, START + 4);
    let target = target(&stage, Who::Admin, lead.as_str(), 2);
    let found = edit::found(&block_on(stage.database.batch(vec![edit::read(&target, &context)])).unwrap()[0]).unwrap();
    let agrees = EditLead::patch(target, members(&json!({ "gdpr_consent": true })), found.as_ref(), &context).unwrap();
    let touch = || drop(stage.visit(&agreed, "agreed", START + 3));
    block_on(run(&between(&stage, &touch), &agrees, &mut context)).unwrap();
    assert_eq!(values("gdpr_consent"), [json!(["0", "1"])], "it was given once");
    assert_eq!(values("opt_in_date"), [json!([null, (START + 3).to_string()])]);
    assert_eq!(stage.count("consents"), 2, "and said twice");
}
