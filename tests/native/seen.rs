//! What happens to a lead in a sequence stands on its timeline, and on those of the account and contact that it became (spec E5, C4).

use lead_core::activity::RelatedType;
use lead_core::id::Id;
use lead_core::time::Instant;
use lead_core::timeline::Entry;
use lead_store::mail_events::{Followed, follow};
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::json;

use super::nursery::{HOUR, Nursery, agreed, welcome};
use super::stage::{DAY, START, Who};
use super::timelines::{convert, timeline};

const MINUTE: i64 = 60_000;
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// The events of a timeline, oldest first, each with its subject or its address.
fn told(entries: Vec<Entry>) -> Vec<String> {
    let words = |entry| match entry {
        Entry::Activity(activity) => {
            let what = activity.event.map_or(activity.values.activity_type.to_string(), |event| event.to_string());
            let notes = activity.values.notes.map(|notes| notes.to_string());
            let subject = activity.values.subject.map(|subject| subject.to_string());
            format!("{what}: {}", notes.or(subject).unwrap_or_default())
        }
        Entry::Touch(visit) => format!("touch: {}", visit.effect),
    };
    entries.into_iter().rev().map(words).collect()
}

/// Somebody opens the only mail, or follows its link.
fn looks(nursery: &Nursery, link: Option<u16>, at: i64) {
    let mail = nursery.database().rows("SELECT id FROM mails WHERE state = 'sent'").remove(0);
    let mail_id = Id::parse(mail["id"].as_str().unwrap()).unwrap();
    let followed = Followed {
        company_id: &nursery.stage.company_id,
        mail_id: &mail_id,
        link,
        id: nursery.stage.context(at).ids.next_id(),
        method: "GET",
        user_agent: Some(BROWSER),
        now: Instant::from_ms(at).unwrap(),
    };
    block_on(nursery.database().batch(follow(&followed))).unwrap();
}

/// A lead that was enrolled, mailed, that opened and clicked, and answered.
fn story() -> (Nursery, Id) {
    let nursery = Nursery::new();
    nursery.sequence(&welcome(&[0, 3]));
    let lead = nursery.lead(1, &agreed(1), START);
    nursery.pass(START + MINUTE);
    nursery.database().change(&format!(
        "INSERT INTO mail_events (company_id, mail_id, source, id, kind, created_at) \
         SELECT company_id, id, 'office:1', 'a', 'delivered', {} FROM mails",
        START + 2 * MINUTE
    ));
    looks(&nursery, None, START + HOUR);
    looks(&nursery, Some(0), START + HOUR + MINUTE);
    // Looked at again, and followed again: once each.
    looks(&nursery, None, START + 2 * HOUR);
    looks(&nursery, Some(0), START + 2 * HOUR + MINUTE);
    nursery.pass(START + 3 * HOUR);
    let answer = json!({ "activity_type": "email", "direction": "inbound", "subject": "Re: Mail 1" });
    nursery.record(&lead, &answer, START + DAY);
    nursery.pass(START + DAY + HOUR);
    (nursery, lead)
}

const STORY: [&str; 8] = [
    "touch: created",
    "enrolled: Welcome",
    "mail_sent: Mail 1, Asha",
    "mail_delivered: Mail 1, Asha",
    "mail_opened: Mail 1, Asha",
    "mail_clicked: https://example.com/more",
    "email: Re: Mail 1",
    "left_sequence: Welcome: replied",
];

#[test]
fn a_lead_in_a_sequence_is_seen_on_its_timeline() {
    let (nursery, lead) = story();
    let stage = &nursery.stage;
    for limit in [1, 3, 50] {
        let seen = timeline(stage, Who::Admin, RelatedType::Lead, &lead, limit).unwrap();
        assert_eq!(told(seen), STORY, "{limit} a page");
    }
    // Whoever sees the lead sees it all, and nobody else anything.
    let owner = stage.lead()["lead_owner_id"].as_str().unwrap().to_owned();
    for (number, sdr) in stage.sdrs.iter().enumerate() {
        let seen = timeline(stage, Who::Sdr(number), RelatedType::Lead, &lead, 50);
        assert_eq!(seen.map(told).is_some_and(|told| told == STORY), sdr.as_str() == owner, "SDR {number}");
    }
}

#[test]
fn account_and_contact_show_what_happened_to_the_lead() {
    let (nursery, _) = story();
    let (account, contact) = convert(&nursery.stage, None);
    for (kind, id) in [(RelatedType::Account, account), (RelatedType::Contact, contact)] {
        assert_eq!(told(timeline(&nursery.stage, Who::Admin, kind, &id, 3).unwrap()), STORY, "{kind}");
    }
}

#[test]
fn the_counts_of_the_sequence_tell_the_same() {
    let (nursery, _) = story();
    let sequence = Id::parse(nursery.enrolment()["sequence_id"].as_str().unwrap()).unwrap();
    let counts = super::sequence_views::counted(&nursery.stage, Who::Admin, &sequence, START + 2 * DAY).unwrap();
    assert_eq!((counts.enrolled, counts.left, counts.active), (1, 1, 0));
    assert_eq!(json!(counts.left_by_reason), json!({ "replied": 1 }));
    let first = &counts.steps[0].mails;
    assert_eq!((first.sent, first.delivered, first.opened, first.clicked), (1, 1, 1, 1));
    // Both counted once for the score: 5 and 10 beside the source's 10.
    assert_eq!(nursery.stage.lead()["lead_score"], 25);
}
