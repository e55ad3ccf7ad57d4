//! Follow-ups: to whom they are due, on what, and how they come in pages (spec V5).

use lead_core::access::Visibility;
use lead_core::command::activity::FinishFollowUp;
use lead_core::id::Id;
use lead_core::problem::Refusal;
use lead_core::timeline::DueQuery;
use lead_store::activities::due;
use lead_store::failure::Failure;
use lead_store::run::run;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::json;

use super::activities::{context, edit, lead_id, on_lead, patch, principal};
use super::stage::{START, Stage, Who, contact, with};

/// The subjects of what is due, over all pages.
fn due_for(stage: &Stage, who: Who, pairs: &[(&str, &str)], at: i64) -> Vec<String> {
    pages(stage, who, pairs, at).concat()
}

/// The subjects of what is due, page by page.
fn pages(stage: &Stage, who: Who, pairs: &[(&str, &str)], at: i64) -> Vec<Vec<String>> {
    let rows = stage.visibility(who);
    let now = stage.context(at).now;
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut all: Vec<(String, String)> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        all.extend(cursor.take().map(|cursor| ("cursor".to_owned(), cursor)));
        let query = DueQuery::parse(&all, now).unwrap();
        let outcomes = block_on(stage.database.batch(due::read(&stage.company_id, &query, &rows, true))).unwrap();
        let (items, next) = due::page(&outcomes, &query, &rows).unwrap();
        seen.push(items.into_iter().map(|item| item.values.subject.unwrap().to_string()).collect());
        cursor = next;
        if cursor.is_none() {
            return seen;
        }
    }
}

#[test]
fn follow_ups_are_due_to_their_owner_until_they_are_done() {
    let stage = Stage::new(2);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let lead = lead_id(&stage);
    let asked = |who, subject: &str, due: &str| {
        let values = json!({ "activity_type": "call", "subject": subject, "follow_up_at": due });
        on_lead(&stage, who, &lead, &values, START)
    };
    let second = asked(Who::Sdr(0), "second", "2026-11-23T12:00:00Z");
    asked(Who::Sdr(0), "first", "2026-11-23T11:00:00Z");
    asked(Who::Sdr(0), "far", "2026-12-24T00:00:00Z");
    asked(Who::Manager, "mine", "2026-11-23T11:30:00Z");
    let noon = START + 2 * 3_600_000;
    assert_eq!(due_for(&stage, Who::Sdr(0), &[], noon), ["first", "second"]);
    assert!(due_for(&stage, Who::Sdr(0), &[], START).is_empty(), "not yet");
    assert!(due_for(&stage, Who::Sdr(1), &[], noon).is_empty());
    for limit in ["1", "2", "50"] {
        assert_eq!(due_for(&stage, Who::Manager, &[("limit", limit)], noon), ["first", "mine", "second"]);
        assert_eq!(due_for(&stage, Who::Admin, &[("limit", limit)], noon), ["first", "mine", "second"]);
    }
    let until = [("until", "2027-01-01T00:00:00Z")];
    assert_eq!(due_for(&stage, Who::Sdr(0), &until, START), ["first", "second", "far"]);
    let of_manager = principal(&stage, Who::Manager).user_id;
    assert_eq!(due_for(&stage, Who::Admin, &[("owner", of_manager.as_str())], noon), ["mine"]);
    assert!(due_for(&stage, Who::Sdr(0), &[("owner", of_manager.as_str())], noon).is_empty());

    let finish = |who, rows: Visibility, at| {
        let command = FinishFollowUp { id: second.id.clone(), rows, sales: true };
        block_on(run(&stage.database, &command, &mut context(&stage, who, at))).map(|ran| ran.done)
    };
    let refused = finish(Who::Sdr(1), stage.visibility(Who::Sdr(1)), noon);
    assert_eq!(refused, Err(Failure::Refused(Refusal::NotFound)));
    for at in [noon, noon + 1] {
        let done = finish(Who::Sdr(0), stage.visibility(Who::Sdr(0)), at).unwrap();
        assert_eq!((done.follow_up_done_at.map(|at| at.ms()), done.stamp.version), (Some(noon), 2));
    }
    assert_eq!(due_for(&stage, Who::Sdr(0), &[], noon), ["first"]);
    let again = with(json!({}), json!({ "follow_up_at": "2026-11-23T11:45:00Z" }));
    let again = edit(&stage, Who::Sdr(0), &second.id, patch(&again), &[2], noon + 2).unwrap();
    assert_eq!(again.follow_up_done_at, None, "another date is another follow-up");
    assert_eq!(due_for(&stage, Who::Sdr(0), &[], noon), ["first", "second"]);
}

#[test]
fn follow_ups_are_due_only_on_what_stands_and_is_seen() {
    let stage = Stage::new(2);
    let noon = START + 2 * 3_600_000;
    let mut calls = Vec::new();
    for n in [1, 2] {
        stage.database.change("UPDATE leads SET match_slot = 'other' || id, email_key = id, phone_e164 = NULL");
        stage.submit(Who::Sdr(0), &contact(n), None, START);
        let newest = stage.database.rows("SELECT id FROM leads ORDER BY id DESC LIMIT 1");
        let lead = Id::parse(newest[0]["id"].as_str().unwrap()).unwrap();
        for hour in [10, 11] {
            let due = format!("2026-11-23T{hour}:0{n}:00Z");
            let values = json!({ "activity_type": "call", "subject": format!("{n} at {hour}"), "follow_up_at": due });
            calls.push((lead.clone(), on_lead(&stage, Who::Sdr(0), &lead, &values, START)));
        }
    }
    let finish = |who, id: &Id| {
        let command = FinishFollowUp { id: id.clone(), rows: stage.visibility(who), sales: true };
        block_on(run(&stage.database, &command, &mut context(&stage, who, noon))).map(|ran| ran.done)
    };
    let (first, call) = (&calls[0].0, &calls[0].1.id);
    let all = ["1 at 10", "2 at 10", "1 at 11", "2 at 11"];
    let (of_first, of_second) = (["1 at 10", "1 at 11"], ["2 at 10", "2 at 11"]);
    assert_eq!(due_for(&stage, Who::Sdr(0), &[], noon), all);
    let hand_to = |n: usize| {
        stage.database.change(&format!("UPDATE leads SET lead_owner_id = '{}' WHERE id = '{first}'", stage.sdrs[n]));
    };
    // The first lead is somebody else's now; who leads both still finds what was promised. No page ends the list early.
    hand_to(1);
    for limit in ["1", "2", "50"] {
        assert_eq!(due_for(&stage, Who::Sdr(0), &[("limit", limit)], noon), of_second, "{limit}");
        assert!(due_for(&stage, Who::Sdr(1), &[("limit", limit)], noon).is_empty(), "{limit}");
        assert_eq!(due_for(&stage, Who::Manager, &[("limit", limit)], noon), all, "{limit}");
    }
    let unknown = Err(Failure::Refused(Refusal::NotFound));
    assert_eq!(finish(Who::Sdr(0), call), unknown);
    assert_eq!(finish(Who::Sdr(1), call), unknown);
    // What is deleted is nobody's to follow up, until it is restored.
    hand_to(0);
    let delete = |at: &str| stage.database.change(&format!("UPDATE leads SET deleted_at = {at} WHERE id <> '{first}'"));
    delete("1");
    for limit in ["1", "50"] {
        assert_eq!(due_for(&stage, Who::Sdr(0), &[("limit", limit)], noon), of_first, "{limit}");
        assert_eq!(due_for(&stage, Who::Admin, &[("limit", limit)], noon), of_first, "{limit}");
    }
    assert_eq!(finish(Who::Admin, &calls[2].1.id), unknown);
    delete("NULL");
    assert_eq!(due_for(&stage, Who::Sdr(0), &[], noon), all);
    finish(Who::Sdr(0), call).unwrap();
}

/// Follow-ups that the caller may not see take up no place of a page, and end a walk only where they are very many.
#[test]
fn what_is_not_seen_takes_up_no_place_of_a_page() {
    let stage = Stage::new(2);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let noon = START + 2 * 3_600_000;
    let due = json!({ "activity_type": "call", "subject": "x", "follow_up_at": "2026-11-23T11:00:00Z" });
    on_lead(&stage, Who::Sdr(0), &lead_id(&stage), &due, START);
    // Ninety on a lead that is not there come before each of five that are seen.
    let stranger = stage.context(START).ids.next_id();
    let columns =
        "company_id, related_to_type, activity_type, direction, owner_id, occurred_at, created_at, updated_at, version";
    stage.database.change(&format!(
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 455) \
         INSERT INTO activities (id, related_to_id, subject, follow_up_at, {columns}) SELECT substr(id, 1, 32) || printf('%04d', n), \
           iif(n % 91, '{stranger}', related_to_id), printf('due %d', n / 91), follow_up_at + n, {columns} FROM activities, c \
         WHERE activity_type = 'call'; DELETE FROM activities WHERE subject = 'x'"
    ));
    let (first, second) = (vec!["due 1", "due 2"], vec!["due 3", "due 4"]);
    assert_eq!(pages(&stage, Who::Sdr(0), &[("limit", "2")], noon), [first.clone(), second, vec!["due 5"]]);
    let found = pages(&stage, Who::Sdr(0), &[("limit", "5")], noon);
    assert_eq!(found[0], ["due 1", "due 2", "due 3"], "300 are walked");
    assert_eq!(found.concat(), ["due 1", "due 2", "due 3", "due 4", "due 5"]);
    for who in [Who::Manager, Who::Admin] {
        assert_eq!(pages(&stage, who, &[("limit", "1")], noon)[0], first[..1], "{who:?}");
        assert_eq!(due_for(&stage, who, &[], noon), found.concat(), "{who:?}");
    }
}
