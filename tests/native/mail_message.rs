//! Mails as messages, read by a MIME parser that is not ours.

use lead_core::id::Id;
use lead_core::mail::{Mail, MailKind, MailState};
use lead_core::template::{Letter, Templates, ValueName, Values};
use lead_core::time::Instant;
use mailparse::{MailHeaderMap, ParsedMail, parse_mail};
use proptest::prelude::*;

const BODY: &str = "<h1>Hello {{lead.first_name}}</h1><p>About {{lead.company_name}}: <a href=\"https://example.com/a?n={{lead.first_name}}\">read on</a></p>";

fn mail(first_name: &str, company: &str, sender: &str) -> Mail {
    let templates =
        Templates::parse("", "{{lead.first_name}}, a word", BODY, "Hello {{lead.first_name}} of {{lead.company_name}}")
            .unwrap();
    let unsubscribe = "https://leads.example/m/u/abc";
    let values = Values::default()
        .with(ValueName::FirstName, Some(first_name))
        .with(ValueName::LeadCompany, Some(company))
        .with(ValueName::CompanyName, Some(sender))
        .with(ValueName::PostalAddress, Some("1 Dock Rd, Pune"))
        .with(ValueName::UnsubscribeUrl, Some(unsubscribe));
    let sign = |index: usize| format!("https://leads.example/m/c/{index}");
    let made = templates.render(&Letter { values: &values, sign: Some(&sign), pixel: None });
    let at = Instant::parse("2026-11-24T09:00:00Z").unwrap();
    Mail {
        id: Id::new(at, &[7; 10]),
        company_id: Id::new(at, &[8; 10]),
        kind: MailKind::Sequence,
        lead_id: None,
        user_id: None,
        sequence_id: None,
        revision: None,
        step_number: None,
        to_address: "ada@example.com".into(),
        to_name: Some(first_name.into()),
        from_address: "hello@tidewater-pumps.com".into(),
        from_name: Some(sender.into()),
        reply_address: Some("sales@tidewater-pumps.com".into()),
        subject: made.subject,
        body: made.body,
        body_text: made.body_text,
        unsubscribe_url: Some(unsubscribe.into()),
        links: made.links,
        state: MailState::Queued,
        tries: 0,
        next_try_at: None,
        first_try_at: None,
        provider: None,
        provider_id: None,
        reason: None,
        due_at: at,
        created_at: at,
        sent_at: None,
        delivered_at: None,
        opened_at: None,
        clicked_at: None,
        bounced_at: None,
        complained_at: None,
    }
}

fn names(parsed: &ParsedMail<'_>) -> Vec<String> {
    let mut names: Vec<_> = parsed.headers.iter().map(|header| header.get_key()).collect();
    names.sort();
    names
}

const HEADERS: [&str; 10] = [
    "Content-Type",
    "Date",
    "From",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Message-ID",
    "Reply-To",
    "Subject",
    "To",
];

#[test]
fn a_mail_is_a_message_with_text_and_html_and_one_click_to_leave() {
    let mail = mail("Ádá 名", "Müller & Söhne", "Tidewater Pumps");
    let raw = mail.message();
    let parsed = parse_mail(&raw).unwrap();
    assert_eq!(names(&parsed), HEADERS);
    let header = |name: &str| parsed.headers.get_first_value(name).unwrap();
    assert_eq!(header("Subject"), "Ádá 名, a word");
    assert_eq!(header("Date"), "Tue, 24 Nov 2026 09:00:00 +0000");
    assert_eq!(header("Message-ID"), format!("<{}@tidewater-pumps.com>", mail.id));
    assert_eq!(header("List-Unsubscribe"), "<https://leads.example/m/u/abc>");
    assert_eq!(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert_eq!(parsed.ctype.mimetype, "multipart/alternative");
    let kinds: Vec<_> = parsed.subparts.iter().map(|part| part.ctype.mimetype.as_str()).collect();
    assert_eq!(kinds, ["text/plain", "text/html"]);
    assert_eq!(parsed.subparts[0].get_body().unwrap().replace("\r\n", "\n"), mail.body_text);
    assert_eq!(parsed.subparts[1].get_body().unwrap().replace("\r\n", "\n"), mail.body);
    assert!(raw.split(|byte| *byte == b'\n').all(|line| line.len() <= 998), "RFC 5322, 2.1.1");
    assert_eq!(raw, mail.message(), "the same bytes each time");
}

#[test]
fn no_marketing_no_unsubscribe() {
    let plain = Mail { unsubscribe_url: None, ..mail("Ada", "Analytical", "Tidewater") };
    let raw = plain.message();
    assert!(!names(&parse_mail(&raw).unwrap()).iter().any(|name| name.starts_with("List-")));
}

proptest! {
    #[test]
    fn hostile_names_add_no_header_and_no_recipient(name in ".{0,60}", company in ".{0,60}", sender in ".{0,60}") {
        let name = format!("{name}\r\nBcc: all@example.com");
        let mail = mail(&name, &company, &sender);
        let raw = mail.message();
        let parsed = parse_mail(&raw).unwrap();
        prop_assert_eq!(names(&parsed), HEADERS);
        let to = mailparse::addrparse_header(parsed.headers.get_first_header("To").unwrap()).unwrap();
        prop_assert_eq!(to.count_addrs(), 1);
        prop_assert!(parsed.headers.get_first_value("To").unwrap().ends_with("<ada@example.com>"));
        let text = parsed.subparts[0].get_body().unwrap();
        prop_assert_eq!(text.replace("\r\n", "\n"), mail.body_text.replace("\r\n", "\n"));
    }
}
