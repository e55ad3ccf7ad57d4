//! What a touch does to the lead it attaches to (spec D4, L6, L7).

use lead_core::command::submit::Taken;
use serde_json::{Value, json};

use super::stage::{DAY, START, Stage, Who, contact, visitor, with};

/// A submission that fills the trap: quarantined.
fn spam(n: usize) -> Value {
    with(visitor(n), json!({ "lg_ref": "http://x" }))
}

#[test]
fn a_touch_is_worth_fifteen_points_and_moves_the_stage() {
    let stage = Stage::new(1);
    // 10 for the website and 20 for the authority: below the 40 of consideration.
    stage.visit(&with(visitor(1), json!({ "authority_level": "decision_maker" })), "one", START);
    let lead = stage.lead();
    assert_eq!((lead["lead_score"].as_i64(), lead["stage"].as_str()), (Some(30), Some("awareness")));
    stage.visit(&visitor(1), "two", START + 1);
    let lead = stage.lead();
    assert_eq!((lead["lead_score"].as_i64(), lead["stage"].as_str()), (Some(45), Some("consideration")));
    // Spam is kept and counts nothing.
    stage.visit(&spam(1), "three", START + 2);
    assert_eq!(stage.lead()["lead_score"], 45);
    assert_eq!(stage.effects(), ["created", "attached", "attached"]);
    for n in 0..5 {
        stage.visit(&visitor(1), &format!("more-{n}"), START + 3 + n);
    }
    let lead = stage.lead();
    assert_eq!((lead["lead_score"].as_i64(), lead["score_raw"].as_i64()), (Some(100), Some(120)));
}

#[test]
fn a_quarantined_lead_waits_until_a_clean_touch_releases_it() {
    let stage = Stage::new(2);
    let Taken::Created(lead) = stage.visit(&spam(1), "one", START) else { panic!("not created") };
    assert_eq!((lead.lead_owner_id, lead.assignment), (None, None));
    let stored = stage.lead();
    assert_eq!(
        (stored["validation_status"].as_str(), stored["quarantined_at"].as_i64()),
        (Some("invalid"), Some(START))
    );
    assert!(stage.turns().is_empty(), "a quarantined lead takes no turn");
    stage.visit(&with(spam(1), json!({ "message": "again" })), "two", START + 1);
    assert_eq!(stage.lead()["quarantined_at"], START, "more spam releases nothing");

    stage.visit(&visitor(1), "three", START + 2);
    let stored = stage.lead();
    assert_eq!(stage.effects(), ["created", "attached", "released"]);
    assert_eq!(stored["lead_owner_id"].as_str(), Some(stage.sdrs[0].as_str()));
    assert_eq!((stored["validation_status"].as_str(), &stored["quarantined_at"]), (Some("valid"), &Value::Null));
    assert_eq!((stored["version"].as_i64(), stored["lead_score"].as_i64()), (Some(2), Some(25)));
    let assignment: Value = serde_json::from_str(stored["assignment"].as_str().unwrap()).unwrap();
    assert_eq!((&assignment["rule"], &assignment["turn"]), (&json!("pool"), &json!(1)));
    let sql = "SELECT field_name, old_value, new_value FROM audit_logs WHERE entity_type = 'lead' AND action <> 'create' ORDER BY id";
    let audit = stage.database.rows(sql);
    let expected = json!([
        { "field_name": "quarantined_at", "old_value": START.to_string(), "new_value": null },
        { "field_name": "validation_status", "old_value": "invalid", "new_value": "valid" },
        { "field_name": "lead_owner_id", "old_value": null, "new_value": stage.sdrs[0] },
        { "field_name": "assignment", "old_value": null, "new_value": stored["assignment"] },
        { "field_name": "lead_score", "old_value": "10", "new_value": "25" },
    ]);
    assert_eq!(json!(audit), expected, "each changed field has its row");
    assert_eq!(stage.count("entity_versions WHERE version = 2"), 1);
    // The next lead gets the next turn.
    stage.visit(&visitor(2), "four", START + 3);
    assert_eq!(stage.leads()[1]["lead_owner_id"].as_str(), Some(stage.sdrs[1].as_str()));
}

#[test]
fn an_unqualified_lead_is_recycled() {
    let stage = Stage::new(1);
    stage.visit(&visitor(1), "one", START);
    stage.database.change("UPDATE leads SET status = 'unqualified', stage = 'consideration'");
    let owner = stage.lead()["lead_owner_id"].clone();
    stage.visit(&spam(1), "spam", START + 1);
    assert_eq!(stage.lead()["status"], "unqualified", "spam recycles nothing");
    stage.visit(&visitor(1), "two", START + 2);
    let lead = stage.lead();
    assert_eq!((lead["status"].as_str(), lead["stage"].as_str()), (Some("recycled"), Some("awareness")));
    assert_eq!((lead["version"].as_i64(), &lead["lead_owner_id"]), (Some(2), &owner));
    assert_eq!(stage.effects(), ["created", "attached", "recycled"]);
    let audit = stage.database.rows("SELECT new_value FROM audit_logs WHERE field_name = 'status'");
    assert_eq!(json!(audit), json!([{ "new_value": "recycled" }]));
}

#[test]
fn a_disqualified_lead_only_takes_notice() {
    let stage = Stage::new(1);
    stage.visit(&visitor(1), "one", START);
    stage.database.change("UPDATE leads SET status = 'disqualified'");
    stage.visit(&visitor(1), "two", START + 1);
    let lead = stage.lead();
    assert_eq!((lead["status"].as_str(), lead["version"].as_i64()), (Some("disqualified"), Some(1)));
    assert_eq!(stage.effects(), ["created", "noticed"]);
}

#[test]
fn a_converted_lead_is_left_out_of_the_match() {
    let stage = Stage::new(1);
    stage.visit(&visitor(1), "one", START);
    stage.database.change("UPDATE leads SET status = 'converted', match_slot = id, converted_at = 1");
    let again = stage.visit(&visitor(1), "two", START + 1);
    let Taken::Created(lead) = again else { panic!("{again:?}") };
    assert!(!lead.is_duplicate && lead.duplicate_of.is_none(), "{:?}", lead.matches);
    // The new one stands for the person now.
    assert!(matches!(stage.visit(&visitor(1), "three", START + 2), Taken::Duplicate { .. }));
    assert_eq!(stage.count("leads"), 2);
}

#[test]
fn the_same_values_again_are_kept_once_their_lead_stands_no_more() {
    let stage = Stage::new(1);
    stage.submit(Who::Visitor, &visitor(1), None, START);
    assert!(matches!(stage.submit(Who::Visitor, &visitor(1), None, START + 1), Taken::Replayed { .. }));
    stage.database.change("UPDATE leads SET match_slot = id, deleted_at = 1");
    let again = stage.submit(Who::Visitor, &visitor(1), None, START + 2);
    assert!(matches!(again, Taken::Created(_)), "{again:?}");
    assert_eq!((stage.count("leads"), stage.count("touches")), (2, 2));
}

#[test]
fn consent_is_a_ledger_and_shows_on_the_lead() {
    let stage = Stage::new(1);
    stage.visit(&visitor(1), "one", START);
    assert_eq!((stage.count("consents"), stage.lead()["gdpr_consent"].as_i64()), (0, Some(0)));
    let agreed = with(visitor(1), json!({ "gdpr_consent": true, "locale": "en-IN" }));
    stage.visit(&with(agreed.clone(), json!({ "lg_ref": "x" })), "trapped", START + 1);
    assert_eq!(stage.count("consents"), 0, "a robot agrees to nothing");
    stage.visit(&agreed, "two", START + 2);
    let lead = stage.lead();
    assert_eq!((lead["gdpr_consent"].as_i64(), lead["opt_in_date"].as_i64()), (Some(1), Some(START + 2)));
    let row = &stage.database.rows("SELECT * FROM consents")[0];
    assert_eq!((row["state"].as_str(), row["purpose"].as_str()), (Some("given"), Some("marketing")));
    assert_eq!((row["text"].as_str(), row["text_version"].as_str()), (Some("You may write to me."), Some("1")));
    assert_eq!((row["locale"].as_str(), row["created_at"].as_i64()), (Some("en-IN"), Some(START + 2)));
    assert!(row["source"].as_str().unwrap().starts_with("form:"), "{row:?}");
    let touch = stage.database.rows("SELECT id FROM touches WHERE idem_key LIKE '%:key:two'");
    assert_eq!(row["touch_id"], touch[0]["id"]);
    // What stands is not written again, and no later touch without consent takes it back.
    stage.visit(&with(agreed, json!({ "job_title": "Buyer" })), "three", START + 3);
    stage.visit(&visitor(1), "four", START + 4);
    assert_eq!((stage.count("consents"), stage.lead()["gdpr_consent"].as_i64()), (1, Some(1)));
}

#[test]
fn a_withdrawn_consent_is_never_given_again_by_a_touch() {
    let ledger = "UPDATE leads SET gdpr_consent = 0, opt_in_date = NULL; INSERT INTO consents SELECT company_id, lead_id, \
         'ffffffff', purpose, 'withdrawn', text, text_hash, text_version, locale, source, NULL, created_at FROM consents";
    let alone = "UPDATE leads SET gdpr_consent = 0, opt_in_date = NULL, dnd_status = 1";
    for withdrawn in [ledger, alone] {
        let stage = Stage::new(1);
        let agreed = with(visitor(1), json!({ "gdpr_consent": true }));
        stage.visit(&agreed, "one", START);
        assert_eq!((stage.count("consents"), stage.lead()["gdpr_consent"].as_i64()), (1, Some(1)));
        stage.database.change(withdrawn);
        let rows = stage.count("consents");
        stage.visit(&agreed, "two", START + 1);
        let by_api = with(contact(1), json!({ "gdpr_consent": true }));
        stage.submit(Who::Admin, &by_api, None, START + DAY);
        assert_eq!((stage.count("consents"), stage.lead()["gdpr_consent"].as_i64()), (rows, Some(0)), "{withdrawn}");
        assert_eq!(stage.count("touches"), 3);
    }
}
