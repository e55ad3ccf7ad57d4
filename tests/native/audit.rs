//! The audit trail as admins read it (spec R3).

use lead_core::audit_query::{AuditQuery, AuditRow};
use lead_store::audit;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::json;

use super::activities::{lead_id, on_lead};
use super::stage::{DAY, START, Stage, Who, contact};

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
    assert_eq!(count(&[("user_id", sdr)]), 5, "three fields of the lead, the call, the system's event");
    assert_eq!(count(&[("entity_type", "activity")]), 2);
    assert_eq!(count(&[("entity_type", "lead"), ("action", "create")]), 1);
    assert_eq!(count(&[("created_from", "2026-11-24T00:00:00Z")]), 5);
    assert_eq!(count(&[("created_to", "2026-11-24T00:00:00Z")]), all.len() - 5);
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
