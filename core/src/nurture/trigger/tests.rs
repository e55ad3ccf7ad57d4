use super::super::decide::tests::{definition, lead};
use super::*;
use crate::entity::Stamp;
use crate::sequence::{Asked, Definition, Step};
use crate::time::HOUR_MS;
use serde_json::json;

const NOW: i64 = 1_795_428_000_000;

fn now() -> Instant {
    Instant::from_ms(NOW).unwrap()
}

fn id(number: u8) -> Id {
    Id::new(now(), &[number; 10])
}

fn row(entity: &str, action: &str, field: Option<&str>, values: (Option<&str>, Option<&str>)) -> TrailRow {
    TrailRow {
        id: id(7),
        entity_type: entity.to_owned(),
        action: action.to_owned(),
        field_name: field.map(str::to_owned),
        old_value: values.0.map(str::to_owned),
        new_value: values.1.map(str::to_owned),
        lead_id: Some(id(1)),
        created_at: now(),
    }
}

#[test]
fn the_trail_tells_what_happened() {
    let cases = [
        (row("lead", "create", None, (None, None)), What::Created),
        (row("lead", NOTICE, None, (None, None)), What::Noticed),
        (row("lead", "restore", Some("quarantined_at"), (Some("1"), None)), What::Released),
        (row("lead", "update", Some("quarantined_at"), (None, Some("1"))), What::Changed),
        (row("lead", "update", Some("lead_score"), (Some("25"), Some("40"))), What::Scored { from: 25, to: 40 }),
        (row("lead", "update", Some("lead_score"), (None, Some("40"))), What::Changed),
        (
            row("lead", "recycle", Some("status"), (Some("unqualified"), Some("recycled"))),
            What::Moved(Status::Recycled),
        ),
        (row("lead", "update", Some("status"), (None, Some("lost"))), What::Changed),
        (row("lead", "delete", Some("deleted_at"), (None, Some("1"))), What::Changed),
        // An inbound mail: whoever answered may have to leave.
        (row("activity", "create", None, (None, None)), What::Changed),
    ];
    for (row, what) in cases {
        let happened = row.happened().unwrap();
        assert_eq!((happened.what, &happened.lead_id, &happened.audit_id), (what, &id(1), &row.id), "{row:?}");
    }
    let nobody = TrailRow { lead_id: None, ..row("account", "create", None, (None, None)) };
    assert_eq!(nobody.happened(), None);
}

fn happened(what: What) -> Happened {
    Happened { lead_id: id(1), what, at: now(), audit_id: id(7) }
}

fn sequence(definition: Definition) -> Sequence {
    Sequence {
        id: id(2),
        company_id: id(3),
        name: "Welcome".to_owned(),
        is_active: true,
        active_since: Some(now()),
        revision: 1,
        definition,
        stamp: Stamp::new(now()),
    }
}

fn one_step() -> Vec<Step> {
    let text = || "x".to_owned();
    vec![Step { step_number: 1, subject: text(), body: text(), body_text: text(), delay_days: 0, is_active: true }]
}

#[test]
fn each_trigger_begins_by_what_it_names() {
    let begins = |definition: Definition, what, values: &serde_json::Value| {
        sequence(definition).begins(&happened(what), &lead(values))
    };
    let created = || definition(one_step());
    let at_forty =
        || Definition { trigger_event: TriggerEvent::ScoreThreshold, score_threshold: Some(40), ..created() };
    let to_contacted =
        || Definition { trigger_event: TriggerEvent::StatusChanged, to_status: Some(Status::Contacted), ..created() };
    let (new, warm, contacted) = (json!({}), json!({ "lead_score": 40 }), json!({ "status": "contacted" }));
    let scored = |from, to| What::Scored { from, to };
    for (definition, what, values, expected) in [
        (created(), What::Created, &new, true),
        (created(), What::Released, &new, true),
        (created(), scored(10, 50), &new, false),
        (created(), What::Changed, &new, false),
        (created(), What::Noticed, &new, false),
        (at_forty(), scored(39, 40), &warm, true),
        (at_forty(), scored(40, 60), &warm, false),
        (at_forty(), scored(60, 39), &new, false),
        // A lead that begins there reached it from nothing.
        (at_forty(), What::Created, &warm, true),
        (at_forty(), What::Created, &new, false),
        (to_contacted(), What::Moved(Status::Contacted), &contacted, true),
        (to_contacted(), What::Moved(Status::Recycled), &contacted, false),
        // It moved on in the meantime.
        (to_contacted(), What::Moved(Status::Contacted), &new, false),
    ] {
        assert_eq!(
            begins(definition.clone(), what, values),
            expected,
            "{:?} {what:?} {values}",
            definition.trigger_event
        );
    }
}

#[test]
fn who_would_leave_at_once_does_not_begin() {
    let created = happened(What::Created);
    let plain = || sequence(definition(one_step()));
    assert!(plain().begins(&created, &lead(&json!({}))));
    for values in [
        json!({ "status": "qualified" }),
        json!({ "quarantined_at": 1 }),
        json!({ "deleted_at": 1 }),
        json!({ "dnd_status": 1 }),
        json!({ "lead_score": 71 }),
        json!({ "gdpr_consent": 0, "withdrawn": 1 }),
    ] {
        assert!(!plain().begins(&created, &lead(&values)), "{values}");
    }
    // Who has only not agreed yet begins, and waits.
    assert!(plain().begins(&created, &lead(&json!({ "gdpr_consent": 0 }))));
}

#[test]
fn a_sequence_begins_while_it_is_active_and_its_condition_holds() {
    let created = happened(What::Created);
    let plain = sequence(definition(one_step()));
    let here = lead(&json!({}));
    assert!(!Sequence { is_active: false, ..plain.clone() }.begins(&created, &here));
    let later = Some(now().plus_ms(HOUR_MS));
    assert!(!Sequence { active_since: later, ..plain.clone() }.begins(&created, &here));
    assert!(!sequence(definition(Vec::new())).begins(&created, &here));
    let condition = Asked::parse(json!({ "field": "industry", "op": "is", "value": "pumps" })).ok();
    let asking = sequence(Definition { condition, ..definition(one_step()) });
    // Not known is not true.
    assert!(!asking.begins(&created, &here));
    assert!(asking.begins(&created, &lead(&json!({ "industry": "Pumps" }))));
}
