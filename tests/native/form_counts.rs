//! What is counted of forms, and submissions that waited for a connection (spec L6, L7, F4).

use lead_core::command::submit::Taken;
use lead_core::form_stats::{Day, FormStats, Seen, StatsQuery};
use lead_core::guard::Evidence;
use lead_core::id::Id;
use lead_core::time::Instant;
use lead_store::form_counts::{
    count, explainable, found, found_behind, found_sources, found_trends, read, read_behind, read_sources, read_trends,
};
use lead_store::run::run;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::{Value, json};

use super::plans::assert_narrow;
use super::stage::{DAY, START, Stage, Who, visitor, with};

fn at(ms: i64) -> Instant {
    Instant::from_ms(ms).unwrap()
}

/// Submits what a visitor sent at `filled`, once the connection is back.
fn arrive(stage: &Stage, values: &Value, key: &str, filled: i64, now: i64) -> Taken {
    let evidence = Evidence { filled_at: Some(at(filled)), ..Evidence::default() };
    let command = stage.command(Who::Visitor, values, Some(key)).shown(evidence);
    let mut context = stage.context(now);
    context.actor.form_id = Some(stage.form_id.clone());
    block_on(run(&stage.database, &command, &mut context)).unwrap().done
}

/// A visitor of the form, as they come.
fn visit(stage: &Stage, values: &Value, key: &str, now: i64) -> Taken {
    let command = stage.command(Who::Visitor, values, Some(key));
    let mut context = stage.context(now);
    context.actor.form_id = Some(stage.form_id.clone());
    block_on(run(&stage.database, &command, &mut context)).unwrap().done
}

/// The numbers as they are read at the end of all days.
fn stats(stage: &Stage, from: &str, to: &str, version: Option<i64>) -> FormStats {
    stats_at(stage, from, to, version, START + 100 * DAY)
}

fn stats_at(stage: &Stage, from: &str, to: &str, version: Option<i64>, now: i64) -> FormStats {
    let query = StatsQuery { from: Day::parse(from).unwrap(), to: Day::parse(to).unwrap(), version };
    let outcomes = block_on(stage.database.batch(read(
        &stage.company_id,
        form(stage),
        &query,
        stage.policy.quarantine_from(),
        at(now),
    )))
    .unwrap();
    found(&outcomes, &query).unwrap()
}

fn form(stage: &Stage) -> &Id {
    &stage.form_id
}

fn tell(stage: &Stage, version: i64, ms: i64, body: &str) {
    let steps = Seen::parse(body.as_bytes()).unwrap().steps(|_| true);
    let statement = count(&stage.company_id, form(stage), version, Day::of(at(ms)), &steps);
    block_on(stage.database.batch(vec![statement])).unwrap();
}

#[test]
fn five_replays_after_days_make_one_lead_with_the_time_at_which_it_was_sent() {
    let stage = Stage::new(2);
    let values = with(visitor(1), json!({ "gdpr_consent": true, "utm_campaign": "spring" }));
    let sent = START - 3 * DAY;
    let Taken::Created(lead) = arrive(&stage, &values, "one", sent, START) else { panic!("not created") };
    for (day, _) in [1, 2, 8, 15, 29].into_iter().zip(0..5) {
        // The time taken is no part of what was said, nor is the moment of the replay.
        let replay = with(values.clone(), json!({ "lg_ms": 40_000 + day }));
        let Taken::Replayed { lead_id, .. } = arrive(&stage, &replay, "one", sent, START + day * DAY) else {
            panic!("day {day}: not replayed")
        };
        assert_eq!(lead_id, lead.id);
    }
    assert_eq!((stage.count("leads"), stage.count("touches"), stage.count("consents")), (1, 1, 1));
    assert_eq!(stage.lead()["opt_in_date"], sent);
    let rows =
        stage.database.rows("SELECT t.filled_at, t.created_at, c.created_at AS consented FROM touches t, consents c");
    assert_eq!(json!(rows), json!([{ "filled_at": sent, "created_at": START, "consented": sent }]));
    let counted = stats(&stage, "2026-11-01", "2026-11-30", None);
    assert_eq!((counted.total.submissions, counted.total.leads), (1, 1), "replays are not counted");
    let days: Vec<_> =
        counted.days.iter().filter(|day| day.counts.submissions > 0).map(|day| day.day.as_str()).collect();
    assert_eq!(days, ["2026-11-20"]);
}

#[test]
fn an_offline_consent_does_not_undo_a_later_withdrawal() {
    let stage = Stage::new(1);
    let values = with(visitor(1), json!({ "gdpr_consent": true }));
    let Taken::Created(lead) = visit(&stage, &values, "one", START) else { panic!("not created") };
    let sql = format!(
        "INSERT INTO consents (company_id, lead_id, id, purpose, state, text, text_hash, text_version, source, created_at) \
         SELECT company_id, lead_id, '{}', purpose, 'withdrawn', text, text_hash, text_version, source, created_at + 1 FROM consents",
        Id::new(at(START + DAY), &[9; 10])
    );
    stage.database.change(&sql);
    stage.database.change("UPDATE leads SET gdpr_consent = 0");
    arrive(&stage, &values, "two", START - DAY, START + 2 * DAY);
    assert_eq!(stage.lead()["gdpr_consent"], 0, "{}", lead.id);
}

#[test]
fn beacons_commute_and_tell_where_visitors_stopped() {
    let bodies = [
        r#"{"view":true}"#,
        r#"{"view":true}"#,
        r#"{"start":true,"field":"email"}"#,
        r#"{"field":"phone","before":"email"}"#,
        r#"{"start":true,"field":"email"}"#,
        r#"{"before":"email"}"#,
    ];
    let there = Stage::new(1);
    let back = Stage::new(1);
    bodies.iter().for_each(|body| tell(&there, 2, START, body));
    bodies.iter().rev().for_each(|body| tell(&back, 2, START, body));
    let stats = |stage: &Stage| stats(stage, "2026-11-23", "2026-11-23", Some(2));
    let told = stats(&there);
    assert_eq!(told, stats(&back));
    assert_eq!((told.total.views, told.total.starts), (2, 2));
    let fields: Vec<_> = told.fields.iter().map(|of| (of.field.as_str(), of.stopped)).collect();
    assert_eq!(fields, [("phone", 1)], "whoever went on or sent the form did not stop there");
    assert_eq!(super::form_counts::stats(&there, "2026-11-23", "2026-11-23", Some(1)).total.views, 0);
}

#[test]
fn submissions_count_by_campaign_and_what_they_made() {
    let stage = Stage::new(1);
    let from = |n, campaign: &str| with(visitor(n), json!({ "utm_campaign": campaign, "utm_source": "newsletter" }));
    visit(&stage, &from(1, "spring"), "one", START);
    visit(&stage, &with(from(1, "spring"), json!({ "message": "once more" })), "two", START + 1);
    visit(&stage, &with(from(2, "spring"), json!({ "lg_ref": "x" })), "three", START + 2);
    visit(&stage, &from(3, "autumn"), "four", START + DAY);
    visit(&stage, &visitor(4), "five", START + 2 * DAY);
    let told = stats(&stage, "2026-11-23", "2026-11-24", None);
    assert_eq!((told.total.submissions, told.total.leads, told.total.spam), (4, 3, 1));
    let campaigns = json!(told.campaigns);
    let line = |campaign: &str, submissions: i64, leads: i64, spam: i64| json!({ "lead_source": "newsletter", "campaign": campaign, "submissions": submissions, "leads": leads, "spam": spam });
    assert_eq!(campaigns, json!([line("spring", 3, 2, 1), line("autumn", 1, 1, 0)]));
    let other = Stage::new(1);
    assert_eq!(stats(&other, "2026-11-23", "2026-11-24", None).total.submissions, 0);
}

#[test]
fn a_list_of_forms_tells_of_each_what_its_page_tells() {
    let stage = Stage::new(1);
    for (n, day) in [(1, 1), (2, 2), (3, 3)] {
        visit(&stage, &visitor(n), &n.to_string(), START + DAY * day);
    }
    tell(&stage, 1, START + DAY, r#"{"view":true}"#);
    tell(&stage, 2, START + 2 * DAY, r#"{"view":true,"start":true}"#);
    let query =
        StatsQuery { from: Day::parse("2026-11-23").unwrap(), to: Day::parse("2026-11-26").unwrap(), version: None };
    let nobody = Id::new(at(START), &[3; 10]);
    let policy = &stage.policy;
    let now = at(START + 4 * DAY);
    let ids = [form(&stage), &nobody];
    let read = read_trends(&stage.company_id, &ids, &query, policy.quarantine_from(), now);
    let outcomes = block_on(stage.database.batch(read)).unwrap();
    let trends = found_trends(&outcomes, &query).unwrap();
    assert_eq!((trends[0].views, trends[0].submissions, trends[0].conversion_permille), (2, 3, Some(1500)));
    assert_eq!(trends[0].days, [0, 1, 1, 1]);
    assert_eq!((trends[1].views, trends[1].submissions, trends.len()), (0, 0, 2));
    let whole = stats(&stage, "2026-11-23", "2026-11-26", None);
    let by_day: Vec<i64> = whole.days.iter().map(|day| day.counts.submissions).collect();
    assert_eq!(by_day, trends[0].days);
}

#[test]
fn a_company_is_told_its_sources_once_they_have_settled() {
    let stage = Stage::new(1);
    stage.database.change(&format!(
        "INSERT INTO forms (form_key, company_id, id, name, definition, allowed_origins, created_at) \
         VALUES ('pk', '{}', '{}', 'Site', '{{}}', '[]', 1)",
        stage.company_id, stage.form_id
    ));
    let from = |n, source: &str| with(visitor(n), json!({ "utm_campaign": "spring", "utm_source": source }));
    visit(&stage, &from(1, "newsletter"), "one", START);
    visit(&stage, &from(2, "newsletter"), "two", START + 1);
    visit(&stage, &from(3, "webinar"), "three", START + 2);
    let days = (Day::parse("2026-11-23").unwrap(), Day::parse("2026-11-23").unwrap());
    let sources = |now: i64| {
        let outcomes = block_on(stage.database.batch(vec![read_behind(&stage.company_id, at(now))])).unwrap();
        let behind = found_behind(&outcomes[0]).unwrap();
        let read = read_sources(&stage.company_id, &behind, days, stage.policy.quarantine_from(), at(now));
        let (sources, campaigns) = found_sources(&block_on(stage.database.batch(read)).unwrap()).unwrap();
        let sources: Vec<_> = sources.into_iter().map(|of| (of.lead_source, of.submissions, of.leads)).collect();
        (behind.len(), sources, campaigns.len())
    };
    assert_eq!(sources(START + 3), (0, Vec::new(), 0), "a request that began earlier may still write");
    let told = vec![("newsletter".to_owned(), 2, 2), ("webinar".to_owned(), 1, 1)];
    assert_eq!(sources(START + DAY), (1, told.clone(), 2));
    assert_eq!(sources(START + DAY), (0, told.clone(), 2), "each is counted once");
    stage.database.change("UPDATE forms SET deleted_at = 1");
    assert_eq!(sources(START + DAY).1, told, "what a deleted form brought in stays");
}

#[test]
fn numbers_of_forms_are_read_along_their_days() {
    let stage = Stage::new(1);
    for (sql, indexes) in explainable() {
        let steps = assert_narrow(&stage, sql);
        for index in indexes {
            assert!(steps.iter().any(|step| step.contains(index)), "{index} in {steps:?} of {sql}");
        }
    }
}

#[test]
fn whenever_numbers_are_read_each_submission_counts_once() {
    let stage = Stage::new(1);
    let total = |now: i64| stats_at(&stage, "2026-11-23", "2026-11-24", None, now).total.submissions;
    for n in 0..6 {
        let moment = START + i64::try_from(n).unwrap() * 120_000;
        visit(&stage, &with(visitor(n), json!({ "utm_campaign": "spring" })), &format!("key-{n}"), moment);
        // Some are settled by now, others came in a moment ago.
        for _ in 0..2 {
            assert_eq!(total(moment), i64::try_from(n).unwrap() + 1);
        }
    }
    let rolled = stage.database.rows("SELECT sum(n) AS n FROM form_submits")[0]["n"].as_i64().unwrap();
    assert!((1..6).contains(&rolled), "{rolled} settled");
    assert_eq!(total(START + DAY), 6);
    assert_eq!(stage.database.rows("SELECT sum(n) AS n FROM form_submits")[0]["n"], 6);
}
