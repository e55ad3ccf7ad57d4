//! Opens, clicks and reports: kept once, judged a minute later, whose they were, and what they count (spec E4, S3).

use lead_core::id::Id;
use lead_core::mail::MailEventKind;
use lead_core::mail::webhook::{Named, Report};
use lead_core::policy::Policy;
use lead_core::time::Instant;
use lead_store::mail_events::{self, Followed};
use lead_store::statement::{Database, Outcome};
use pollster::block_on;
use serde_json::json;

use super::super::nursery::{HOUR, Nursery, agreed};
use super::super::stage::{START, Stage};
use super::{MINUTE, mailed, named, only_mail, row, texts, told};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// Somebody follows the pixel or a link of a mail.
fn follow(
    nursery: &Nursery,
    mail: &Id,
    link: Option<u16>,
    (method, agent): (&str, Option<&str>),
    at: i64,
) -> Vec<Outcome> {
    let statements = mail_events::follow(&Followed {
        company_id: &nursery.stage.company_id,
        mail_id: mail,
        link,
        id: nursery.stage.context(at).ids.next_id(),
        method,
        user_agent: agent,
        now: Instant::from_ms(at).unwrap(),
    });
    block_on(nursery.database().batch(statements)).unwrap()
}

fn person(nursery: &Nursery, mail: &Id, link: Option<u16>, at: i64) {
    follow(nursery, mail, link, ("GET", Some(FIREFOX)), at);
}

/// A mail of a sequence with two links, an hour after it was sent.
fn read_mail(stage: Stage) -> (Nursery, Id, Id) {
    let nursery = Nursery::on(stage);
    nursery.sequence(&named("Welcome"));
    let lead = nursery.lead(1, &agreed(1), START);
    nursery.pass(START + MINUTE);
    let mail = only_mail(&nursery, "sequence");
    let links = r#"["https://example.com/one","https://example.com/two"]"#;
    nursery.database().change(&format!("UPDATE mails SET links = '{links}' WHERE id = '{mail}'"));
    (nursery, lead, mail)
}

/// The lead's score, and how much more it is worth than before.
fn score(nursery: &Nursery, lead: &Id) -> i64 {
    row(nursery, "leads", lead)["lead_score"].as_i64().unwrap()
}

#[test]
fn a_person_scores_five_for_opening_and_ten_for_each_link() {
    let (nursery, lead, mail) = read_mail(Stage::new(2));
    let before = score(&nursery, &lead);
    for minutes in 0..5 {
        person(&nursery, &mail, None, START + HOUR + minutes * MINUTE);
    }
    person(&nursery, &mail, Some(0), START + 2 * HOUR);
    person(&nursery, &mail, Some(0), START + 2 * HOUR + 5 * MINUTE);
    nursery.pass(START + 2 * HOUR + 10 * MINUTE);
    assert_eq!(score(&nursery, &lead), before + 15);
    person(&nursery, &mail, Some(1), START + 3 * HOUR);
    nursery.pass(START + 3 * HOUR + 30_000);
    assert_eq!(score(&nursery, &lead), before + 15, "it is not judged before a minute has passed");
    for hours in 4..8 {
        nursery.pass(START + hours * HOUR);
    }
    assert_eq!(score(&nursery, &lead), before + 25);
    let shown = row(&nursery, "mails", &mail);
    assert_eq!((&shown["opened_at"], &shown["clicked_at"]), (&json!(START + HOUR), &json!(START + 2 * HOUR)));
    let expected = [
        "mail_opened: Mail 1, Asha",
        "mail_clicked: Mail 1, Asha / https://example.com/one",
        "mail_clicked: Mail 1, Asha / https://example.com/two",
    ];
    assert_eq!(told(&nursery), expected);
    assert_eq!(
        texts(&nursery, "SELECT count(*) FROM mail_events WHERE machine IS NULL AND judged_at IS NOT NULL"),
        ["8"]
    );
}

#[test]
fn machines_are_kept_and_marked_and_score_nothing() {
    let (nursery, lead, mail) = read_mail(Stage::new(2));
    let before = score(&nursery, &lead);
    let at = START + HOUR;
    // Nine seconds after it was sent.
    person(&nursery, &mail, Some(0), START + MINUTE + 9_000);
    follow(&nursery, &mail, None, ("HEAD", Some(FIREFOX)), at);
    follow(&nursery, &mail, None, ("GET", None), at + MINUTE);
    follow(&nursery, &mail, None, ("GET", Some("Mozilla/5.0")), at + 2 * MINUTE);
    follow(&nursery, &mail, Some(1), ("GET", Some("BarracudaSentinel (EE)")), at + 3 * MINUTE);
    // Both links and the pixel at one moment.
    for (n, link) in [Some(0), Some(1), None].into_iter().enumerate() {
        person(&nursery, &mail, link, at + HOUR + n as i64 * 100);
    }
    nursery.pass(at + 2 * HOUR);
    let marks = "SELECT machine FROM mail_events ORDER BY created_at, kind";
    let expected = ["too_soon", "head", "no_user_agent", "prefetch", "scanner", "burst", "burst", "burst"];
    assert_eq!(texts(&nursery, marks), expected);
    assert_eq!((score(&nursery, &lead), told(&nursery)), (before, Vec::new()));
    let shown = row(&nursery, "mails", &mail);
    assert_eq!((&shown["opened_at"], &shown["clicked_at"]), (&json!(null), &json!(null)));
    // A person who comes after them counts.
    person(&nursery, &mail, Some(1), at + 3 * HOUR);
    nursery.pass(at + 4 * HOUR);
    assert_eq!(score(&nursery, &lead), before + 10);
}

#[test]
fn a_cap_of_the_policy_holds() {
    let mut stage = Stage::new(2);
    let mut rules: serde_json::Value = serde_json::from_str(include_str!("../../../rules/default.json")).unwrap();
    rules["scoring"]["engagement"]["email_click"]["cap"] = 10.into();
    stage.policy = Policy::parse(&rules.to_string()).unwrap();
    let (nursery, lead, mail) = read_mail(stage);
    let before = score(&nursery, &lead);
    for (n, link) in [0, 1].into_iter().enumerate() {
        person(&nursery, &mail, Some(link), START + HOUR + n as i64 * 5 * MINUTE);
    }
    nursery.pass(START + 2 * HOUR);
    assert_eq!((score(&nursery, &lead), told(&nursery).len()), (before + 10, 2));
}

#[test]
fn a_link_that_the_mail_does_not_have_leads_nowhere_and_keeps_nothing() {
    let (nursery, lead, mail) = read_mail(Stage::new(2));
    let outcomes = follow(&nursery, &mail, Some(2), ("GET", Some(FIREFOX)), START + HOUR);
    assert_eq!((mail_events::link(&outcomes).unwrap(), nursery.stage.count("mail_events")), (None, 0));
    let outcomes = follow(&nursery, &mail, Some(1), ("GET", Some(FIREFOX)), START + HOUR);
    assert_eq!(mail_events::link(&outcomes).unwrap().as_deref(), Some("https://example.com/two"));
    let outcomes = follow(&nursery, &lead, None, ("GET", Some(FIREFOX)), START + HOUR);
    assert!(!mail_events::is_known(&outcomes), "no mail has a lead's id");
    // Whoever has a link cannot fill the table with it.
    for n in 0..250 {
        person(&nursery, &mail, Some(0), START + HOUR + n * MINUTE);
    }
    assert_eq!(nursery.stage.count("mail_events"), 200);
    // Of an erased person nothing is kept, and no link leads anywhere.
    super::super::erase::erase(&nursery.stage, lead_core::entity::Entity::Lead, &lead).unwrap();
    nursery.database().change("DELETE FROM mail_events");
    let outcomes = follow(&nursery, &mail, Some(0), ("GET", Some(FIREFOX)), START + 300 * HOUR);
    assert_eq!((mail_events::link(&outcomes).unwrap(), nursery.stage.count("mail_events")), (None, 0));
}

fn report(nursery: &Nursery, mail: &Id, source: &str, kind: MailEventKind) -> Report {
    Report {
        mail: Named { ours: Some((nursery.stage.company_id.clone(), mail.clone())), provider_id: None },
        source: format!("provider:{source}"),
        kind,
        is_final: false,
        detail: None,
        link: None,
        user_agent: Some(FIREFOX.to_owned()),
        recipient: None,
        at: Instant::from_ms(START + HOUR),
    }
}

fn keep(nursery: &Nursery, report: &Report) -> bool {
    let now = Instant::from_ms(START + 2 * HOUR).unwrap();
    let id = nursery.stage.context(now.ms()).ids.next_id();
    let statements =
        vec![mail_events::read_reported(report), mail_events::report(report, &id, Some(&nursery.secret), now)];
    let outcomes = block_on(nursery.database().batch(statements)).unwrap();
    mail_events::reported(&outcomes[0]).unwrap().is_some()
}

#[test]
fn a_report_is_kept_once_and_told_once() {
    let (nursery, lead, mail) = read_mail(Stage::new(2));
    let before = score(&nursery, &lead);
    let delivered = report(&nursery, &mail, "1", MailEventKind::Delivered);
    let clicked = Report {
        link: Some("https://example.com/two".to_owned()),
        ..report(&nursery, &mail, "2", MailEventKind::Clicked)
    };
    for _ in 0..3 {
        assert!(keep(&nursery, &delivered) && keep(&nursery, &clicked));
    }
    let soft =
        Report { detail: Some("MailboxFull".to_owned()), ..report(&nursery, &mail, "3", MailEventKind::Bounced) };
    keep(&nursery, &soft);
    assert_eq!(nursery.stage.count("mail_events"), 3);
    nursery.pass(START + 3 * HOUR);
    // Once more, after it was judged.
    assert!(keep(&nursery, &clicked));
    nursery.pass(START + 4 * HOUR);
    let shown = row(&nursery, "mails", &mail);
    assert_eq!((&shown["delivered_at"], &shown["bounced_at"]), (&json!(START + HOUR), &json!(null)));
    let expected = ["mail_bounced: Mail 1, Asha / Not delivered for now.", "mail_delivered: Mail 1, Asha"];
    assert_eq!(told(&nursery), expected, "a click in the second of the delivery is no person's");
    assert_eq!(score(&nursery, &lead), before);
    assert_eq!(nursery.stage.count("suppressions"), 0);
}

#[test]
fn a_provider_may_name_a_mail_by_its_own_id() {
    let (nursery, _, mail) = mailed();
    nursery.database().change(&format!("UPDATE mails SET provider_id = 'abc' WHERE id = '{mail}'"));
    let named = |provider_id: &str| Report {
        mail: Named { ours: None, provider_id: Some(provider_id.to_owned()) },
        ..report(&nursery, &mail, "1", MailEventKind::Delivered)
    };
    assert!(keep(&nursery, &named("abc")) && !keep(&nursery, &named("abd")) && !keep(&nursery, &named("")));
    assert_eq!(nursery.stage.count("mail_events"), 1);
    let stranger = Report {
        mail: Named { ours: Some((mail.clone(), mail.clone())), provider_id: Some("abc".to_owned()) },
        ..report(&nursery, &mail, "2", MailEventKind::Delivered)
    };
    assert!(!keep(&nursery, &stranger), "another company's name for it is none");
}

#[test]
fn a_click_on_our_link_that_a_provider_reports_too_counts_once() {
    let (nursery, lead, mail) = read_mail(Stage::new(2));
    let before = score(&nursery, &lead);
    person(&nursery, &mail, Some(1), START + HOUR + 20 * MINUTE);
    let clicked = Report {
        link: Some("https://example.com/two".to_owned()),
        at: Instant::from_ms(START + HOUR + 20 * MINUTE),
        ..report(&nursery, &mail, "2", MailEventKind::Clicked)
    };
    keep(&nursery, &clicked);
    nursery.pass(START + 2 * HOUR);
    assert_eq!((score(&nursery, &lead), told(&nursery).len()), (before + 10, 1));
}
