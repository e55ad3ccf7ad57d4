//! Nurturing from a new lead to the last mail: what begins a sequence, what is sent when, what ends it (spec E).

use serde_json::json;

use super::nursery::{HOUR, Nursery, agreed, welcome};
use super::stage::{DAY, START};

#[test]
fn a_lead_gets_each_mail_once_in_its_time() {
    let nursery = Nursery::new();
    nursery.sequence(&welcome(&[0, 3]));
    nursery.lead(1, &agreed(1), START);
    let report = nursery.pass(START + 60_000);
    assert_eq!((report.enrolled, report.written), (1, 1), "{report:?}");
    assert_eq!(nursery.sent().len(), 1);
    assert_eq!(nursery.sent()[0].1, "Mail 1, Asha");
    assert_eq!(nursery.enrolment()["next_step"], 2);
    // Nothing is due for three days, however often it runs.
    for hours in 1..72 {
        nursery.pass(START + hours * HOUR);
    }
    assert_eq!(nursery.sent().len(), 1);
    nursery.pass(START + 3 * DAY + 60_000);
    assert_eq!(nursery.sent()[1].1, "Mail 2, Asha");
    nursery.pass(START + 3 * DAY + HOUR);
    assert_eq!(nursery.enrolment()["state"], "finished");
    let told = nursery.told();
    assert_eq!(told[0], ("enrolled".into(), "Welcome".into()));
    assert_eq!(told[1], ("left_sequence".into(), "Welcome: finished".into()));
    assert_eq!(told.len(), 2);
}

#[test]
fn what_came_before_begins_nothing() {
    let nursery = Nursery::new();
    nursery.lead(1, &agreed(1), START);
    nursery.sequence_at(&welcome(&[0]), START + HOUR);
    nursery.lead(2, &agreed(2), START + 2 * HOUR);
    nursery.pass(START + 3 * HOUR);
    let sent = nursery.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].0, agreed(2)["email"].as_str().unwrap());
    let inactive = nursery.sequence_at(&with_name("Sleeps"), START);
    nursery.edit(&inactive, &json!({ "is_active": false }), START + 3 * HOUR);
    nursery.lead(3, &agreed(3), START + 4 * HOUR);
    nursery.pass(START + 5 * HOUR);
    assert_eq!(nursery.stage.count("enrolments"), 2);
}

fn with_name(name: &str) -> serde_json::Value {
    super::stage::with(welcome(&[0]), json!({ "name": name }))
}
