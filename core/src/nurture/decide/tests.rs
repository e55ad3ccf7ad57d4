use super::*;
use crate::field::{EmailAddress, Text};
use crate::id::Id;
use crate::sequence::{Asked, SendWindow, TimeOfDay, TriggerEvent, Weekday, ZoneOf};
use crate::settings::{ConsentRule, ConsentRules};
use crate::suppression::{AddressHash, Suppression};
use proptest::prelude::*;
use serde_json::{Value, json};

/// 2026-11-23, a Monday, 10:00 UTC.
const NOW: i64 = 1_795_428_000_000;

fn now() -> Instant {
    Instant::from_ms(NOW).unwrap()
}

fn ago(ms: i64) -> Instant {
    now().plus_ms(-ms)
}

fn id(number: u8) -> Id {
    Id::new(now(), &[number; 10])
}

/// A lead that agreed, with these values in the place of its own.
pub(in crate::nurture) fn lead(more: &Value) -> NurturedLead {
    let mut row = json!({
        "id": id(1), "first_name": "Asha", "last_name": "Verma", "company_name": "Tide", "email": "asha@tide.com", "job_title": null,
        "country": "IN", "state": null, "industry": null, "interest_product": null, "owner_name": null, "owner_email": null,
        "email_key": "asha@tide.com", "budget_range": null, "authority_level": null, "timeline": null, "lead_source": "website_form",
        "campaign": "spring", "medium": null, "locale": null, "lead_owner_id": null, "status": "new", "stage": "awareness",
        "lead_score": 25, "gdpr_consent": 1, "dnd_status": 0, "consent_confirmed_at": null, "withdrawn": 0, "quarantined_at": null,
        "deleted_at": null, "erased_at": null, "replied_at": null, "created_at": NOW - DAY_MS,
    });
    for (name, value) in more.as_object().unwrap() {
        row[name] = value.clone();
    }
    serde_json::from_value(row).unwrap()
}

fn settings() -> SettingsValues {
    SettingsValues {
        time_zone: "UTC".to_owned(),
        mail_name: None,
        mail_address: EmailAddress::parse("hello@tide.com").ok(),
        reply_address: None,
        postal_address: Text::parse("1 Dock Rd").ok(),
        consent: ConsentRules { default: ConsentRule::Given, ..ConsentRules::default() },
        double_opt_in: false,
        lead_alerts: false,
        track_opens: true,
        track_clicks: true,
    }
}

fn step(step_number: u32, delay_days: u32) -> Step {
    let text = || "x".to_owned();
    Step { step_number, subject: text(), body: text(), body_text: text(), delay_days, is_active: true }
}

pub(in crate::nurture) fn definition(steps: Vec<Step>) -> Definition {
    Definition {
        trigger_event: TriggerEvent::LeadCreated,
        score_threshold: None,
        to_status: None,
        condition: None,
        score_max: Some(70),
        send_window: None,
        daily_cap_per_lead: None,
        daily_cap_per_domain: None,
        exit_statuses: Vec::new(),
        exit_condition: None,
        steps,
    }
}

/// Steps 1, 2 and 3, of which the second is three days after the first.
fn three() -> Definition {
    definition(vec![step(1, 0), step(2, 3), step(3, 2)])
}

fn standing<'a>(definition: &'a Definition, lead: &'a NurturedLead) -> Standing<'a> {
    Standing { definition, sequence_deleted: false, lead, suppressed: None, enrolled_at: Some(ago(DAY_MS)) }
}

fn due<'a>(standing: Standing<'a>, settings: &'a SettingsValues) -> Due<'a> {
    let counted = Counted::default();
    Due { standing, enrolled_at: ago(DAY_MS), next_step: 1, previous: None, settings, counted }
}

fn sent(step_number: u32, at: Instant) -> Previous {
    Previous { step_number, state: MailState::Sent, next_try_at: None, sent_at: Some(at) }
}

fn held(by: HeldBy, after: i64) -> Decision<'static> {
    Decision::Hold(Hold { by, until: now().plus_ms(after) })
}

#[test]
fn nothing_ends_by_itself() {
    assert_eq!(standing(&three(), &lead(&json!({}))).leaving(), None);
    // What is only missing for now holds back, and ends nothing.
    assert_eq!(standing(&three(), &lead(&json!({ "gdpr_consent": 0 }))).leaving(), None);
    // An answer from before the enrolment is not one to its mails.
    assert_eq!(standing(&three(), &lead(&json!({ "replied_at": NOW - 2 * DAY_MS }))).leaving(), None);
}

#[test]
fn each_reason_to_leave_is_told() {
    let cases = [
        (json!({ "erased_at": 1, "deleted_at": 1 }), LeftReason::Erased),
        (json!({ "deleted_at": 1, "quarantined_at": 1 }), LeftReason::Deleted),
        (json!({ "quarantined_at": 1, "status": "qualified" }), LeftReason::Quarantined),
        (json!({ "status": "qualified", "dnd_status": 1 }), LeftReason::Qualified),
        (json!({ "status": "unqualified" }), LeftReason::Unqualified),
        (json!({ "status": "disqualified" }), LeftReason::Disqualified),
        (json!({ "status": "converted" }), LeftReason::Converted),
        (json!({ "status": "recycled" }), LeftReason::StatusChanged),
        (json!({ "replied_at": NOW, "dnd_status": 1 }), LeftReason::Replied),
        (json!({ "dnd_status": 1, "withdrawn": 1 }), LeftReason::DoNotDisturb),
        (json!({ "gdpr_consent": 0, "withdrawn": 1 }), LeftReason::ConsentWithdrawn),
        (json!({ "lead_score": 71 }), LeftReason::ScoreReached),
        (json!({ "country": "DE" }), LeftReason::ExitCondition),
    ];
    let gone = json!({ "field": "country", "op": "is", "value": "DE" });
    let definition =
        Definition { exit_statuses: vec![Status::Recycled], exit_condition: Asked::parse(gone).ok(), ..three() };
    for (values, reason) in cases {
        assert_eq!(standing(&definition, &lead(&values)).leaving(), Some(reason), "{values}");
    }
    let deleted = Standing { sequence_deleted: true, ..standing(&definition, &lead(&json!({}))) }.leaving();
    assert_eq!(deleted, Some(LeftReason::SequenceDeleted));
    for (reason, left) in [
        (SuppressionReason::Unsubscribed, LeftReason::Unsubscribed),
        (SuppressionReason::Bounced, LeftReason::BouncedHard),
        (SuppressionReason::Complained, LeftReason::Complained),
        (SuppressionReason::ByHand, LeftReason::Removed),
    ] {
        let address_hash = AddressHash::from_bytes([1; 32]);
        let row = Suppression { id: id(3), address_hash, sequence_id: None, reason, mail_id: None, created_at: now() };
        let suppressed = Suppressed::by(&[row], Some(&id(2)));
        assert!(suppressed.is_some());
        let lead = lead(&json!({}));
        assert_eq!(Standing { suppressed, ..standing(&definition, &lead) }.leaving(), Some(left));
    }
}

#[test]
fn a_step_is_sent_and_the_next_one_waits_its_days() {
    let (definition, lead, settings) = (three(), lead(&json!({})), settings());
    let first = due(standing(&definition, &lead), &settings);
    let decided = first.decide(now());
    let due_at = now().plus_ms(3 * DAY_MS);
    assert_eq!(decided, Decision::Send { step: &definition.steps[0], next_step: 2, due_at });
    // Three days after the first was sent, not after it was written.
    let second = Due { next_step: 2, previous: Some(sent(1, ago(3 * DAY_MS - HOUR_MS))), ..first };
    assert_eq!(second.decide(now()), held(HeldBy::Previous, HOUR_MS));
    let second = Due { previous: Some(sent(1, ago(3 * DAY_MS))), ..second };
    assert!(matches!(second.decide(now()), Decision::Send { step, next_step: 3, .. } if step.step_number == 2));
    // The first step is so many days after the enrolment.
    let late = super::tests::definition(vec![step(1, 2)]);
    let waits = due(standing(&late, &lead), &settings).decide(now());
    assert_eq!(waits, held(HeldBy::Previous, DAY_MS));
}

#[test]
fn what_is_sent_is_never_sent_again_and_what_is_not_active_is_passed_over() {
    let mut definition = three();
    definition.steps[1].is_active = false;
    let (lead, settings) = (lead(&json!({})), settings());
    let of = |next_step, step| {
        let previous = Some(sent(step, ago(30 * DAY_MS)));
        Due { next_step, previous, ..due(standing(&definition, &lead), &settings) }.decide(now())
    };
    assert!(matches!(of(2, 1), Decision::Send { step, next_step: 4, .. } if step.step_number == 3));
    // Moved back by a person, it goes on behind what it had.
    assert!(matches!(of(1, 2), Decision::Send { step, .. } if step.step_number == 3));
    assert_eq!(of(1, 3), Decision::Finish);
    assert_eq!(of(4, 3), Decision::Finish);
}

#[test]
fn a_step_waits_for_the_mail_before_it_and_so_does_the_end() {
    let (definition, lead, settings) = (three(), lead(&json!({})), settings());
    let of = |next_step, state, next_try_at| {
        let previous = Some(Previous { step_number: next_step - 1, state, next_try_at, sent_at: None });
        Due { next_step, previous, ..due(standing(&definition, &lead), &settings) }.decide(now())
    };
    for next_step in [2, 4] {
        assert_eq!(of(next_step, MailState::Queued, Some(ago(5))), held(HeldBy::Previous, SENT_MS));
        let later = Some(now().plus_ms(HOUR_MS));
        assert_eq!(of(next_step, MailState::Sending, later), held(HeldBy::Previous, HOUR_MS + SENT_MS));
    }
    // A person has to look first; at the end nothing waits for that any more.
    for state in [MailState::Dead, MailState::Parked] {
        assert_eq!(of(2, state, None), held(HeldBy::Previous, LATER_MS));
        assert_eq!(of(4, state, None), Decision::Finish);
    }
    // One that somebody cancelled is passed over.
    assert!(matches!(of(2, MailState::Cancelled, None), Decision::Send { step, .. } if step.step_number == 2));
}

#[test]
fn what_holds_a_mail_back_is_told_with_its_end() {
    let (definition, settings) = (three(), settings());
    let decide = |definition: &Definition, lead: &NurturedLead, settings: &SettingsValues, counted| match (Due {
        counted,
        ..due(standing(definition, lead), settings)
    })
    .decide(now())
    {
        Decision::Hold(Hold { by, until }) => (by, until.ms() - NOW),
        other => panic!("{other:?}"),
    };
    let (agreed, silent, none) = (lead(&json!({})), lead(&json!({ "gdpr_consent": 0 })), Counted::default());
    let mute = SettingsValues { mail_address: None, ..settings.clone() };
    assert_eq!(decide(&definition, &agreed, &mute, none), (HeldBy::Settings, HOUR_MS));
    let nowhere = SettingsValues { postal_address: None, ..settings.clone() };
    assert_eq!(decide(&definition, &agreed, &nowhere, none), (HeldBy::Settings, HOUR_MS));
    assert_eq!(decide(&definition, &silent, &settings, none), (HeldBy::Consent, DAY_MS));
    let twice = SettingsValues { double_opt_in: true, ..settings.clone() };
    assert_eq!(decide(&definition, &agreed, &twice, none), (HeldBy::Consent, DAY_MS));
    // In India it is 15:30.
    let time = |text| TimeOfDay::parse(text).unwrap();
    let window = SendWindow {
        weekdays: vec![Weekday::Mon, Weekday::Tue],
        from: time("09:00"),
        to: time("15:00"),
        time_zone: ZoneOf::Lead,
    };
    let closed = Definition { send_window: Some(window.clone()), ..three() };
    assert_eq!(decide(&closed, &agreed, &settings, none), (HeldBy::Window, 17 * HOUR_MS + HOUR_MS / 2));
    // A full day waits for the next one, and for its window.
    let capped = Definition { daily_cap_per_lead: Some(1), daily_cap_per_domain: Some(3), ..three() };
    assert_eq!(decide(&capped, &agreed, &settings, Counted { lead: 1, domain: 1 }), (HeldBy::LeadCap, 14 * HOUR_MS));
    assert_eq!(decide(&capped, &agreed, &settings, Counted { lead: 0, domain: 3 }), (HeldBy::DomainCap, 14 * HOUR_MS));
    let open = SendWindow { from: time("15:00"), to: time("24:00"), time_zone: ZoneOf::Lead, ..window };
    let both = Definition { send_window: Some(open), ..capped };
    // The company's next day begins at midnight UTC, 05:30 in India; the window opens at 15:00 there.
    assert_eq!(
        decide(&both, &agreed, &settings, Counted { lead: 1, domain: 1 }),
        (HeldBy::LeadCap, 23 * HOUR_MS + HOUR_MS / 2)
    );
}

#[test]
fn at_the_moment_of_sending_all_is_asked_once_more() {
    let (definition, settings) = (three(), settings());
    let judge = |lead: &NurturedLead, left| {
        AtSending { standing: standing(&definition, lead), left, settings: &settings }.judge(now())
    };
    let agreed = lead(&json!({}));
    assert_eq!(judge(&agreed, None), Verdict::Ask);
    assert_eq!(judge(&agreed, Some(LeftReason::Removed)), Verdict::Cancel(LeftReason::Removed));
    assert_eq!(judge(&lead(&json!({ "status": "converted" })), None), Verdict::Cancel(LeftReason::Converted));
    let until = now().plus_ms(DAY_MS);
    assert_eq!(judge(&lead(&json!({ "gdpr_consent": 0 })), None), Verdict::Hold(Hold { by: HeldBy::Consent, until }));
}

prop_compose! {
    fn steps()(steps in prop::collection::vec((0_u32..4, any::<bool>()), 1..6)) -> Vec<Step> {
        let step = |(index, (delay, is_active)): (usize, &(u32, bool))| {
            Step { is_active: *is_active, ..step(u32::try_from(index).unwrap() + 1, *delay) }
        };
        steps.iter().enumerate().map(step).collect()
    }
}

prop_compose! {
    fn previous()(step in 1_u32..7, state in prop::sample::select(MailState::ALL), at in 0_i64..10, next in any::<bool>()) -> Previous {
        let is_sent = state == MailState::Sent;
        let at = ago(at * DAY_MS / 2);
        Previous { step_number: step, state, next_try_at: next.then_some(at), sent_at: is_sent.then_some(at) }
    }
}

proptest! {
    /// Whatever stands there: a hold ends later than now, a step that is sent is active, behind what was sent, and not before its
    /// time; whoever has to leave is sent nothing.
    #[test]
    fn decisions_keep_their_word(
        steps in steps(),
        previous in prop::option::of(previous()),
        next_step in 1_u32..7,
        flags in any::<[bool; 5]>(),
        counted in (0_u32..3, 0_u32..3),
        status in prop::sample::select(Status::ALL),
    ) {
        let [given, dnd, quarantined, capped, windowed] = flags;
        let lead = lead(&json!({
            "gdpr_consent": u8::from(given), "dnd_status": u8::from(dnd), "status": status.as_str(),
            "quarantined_at": quarantined.then_some(1),
        }));
        let time = |text| TimeOfDay::parse(text).unwrap();
        let window = SendWindow { weekdays: vec![Weekday::Mon], from: time("00:00"), to: time("12:00"), time_zone: ZoneOf::Lead };
        let definition = Definition {
            daily_cap_per_lead: capped.then_some(2),
            send_window: windowed.then_some(window),
            ..definition(steps)
        };
        let settings = settings();
        let counted = Counted { lead: counted.0, domain: counted.1 };
        let standing = standing(&definition, &lead);
        let due = Due { next_step, previous, counted, ..due(standing, &settings) };
        match due.decide(now()) {
            Decision::Hold(hold) => prop_assert!(hold.until > now()),
            Decision::Leave(reason) => prop_assert_eq!(standing.leaving(), Some(reason)),
            Decision::Send { step, next_step: after, due_at } => {
                prop_assert!(standing.leaving().is_none() && given && step.is_active);
                prop_assert!(step.step_number >= next_step && after == step.step_number + 1 && due_at > now());
                prop_assert!(previous.is_none_or(|mail| mail.step_number < step.step_number));
                prop_assert!(!capped || counted.lead < 2);
                let between = |number| number >= next_step.max(previous.map_or(0, |mail| mail.step_number + 1)) && number < step.step_number;
                let skipped = definition.steps.iter().any(|other| other.is_active && between(other.step_number));
                prop_assert!(!skipped, "an active step was passed over");
            }
            Decision::Finish => {
                let number = next_step.max(previous.map_or(0, |mail| mail.step_number + 1));
                prop_assert!(definition.next_active(number).is_none());
            }
        }
    }
}
