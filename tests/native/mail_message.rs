//! Mails as messages, read by a MIME parser that is not ours: each header one line of its own, both parts whole, nothing of a
//! hostile name among the headers (spec E4).

use lead_core::command::sequence::SendTest;
use lead_core::id::Id;
use lead_core::mail::provider::{Account, Service};
use lead_core::mail::{Mail, MailKind, Party};
use lead_core::sequence::PreviewRequest;
use lead_core::template::{Letter, Templates, ValueName, Values};
use lead_core::time::Instant;
use lead_store::mails;
use lead_store::statement::Database;
use mailparse::{MailAddr, MailHeaderMap, ParsedMail, parse_mail};
use pollster::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::nursery::{Nursery, agreed, welcome};
use super::stage::{START, Who, with};

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
    let party = |address: &str, name: &str| Party { address: address.into(), name: Some(name.into()) };
    let parties = [party("hello@tidewater-pumps.com", sender), party("ada@example.com", first_name)];
    let (id, company_id) = (Id::new(at, &[7; 10]), Id::new(at, &[8; 10]));
    Mail {
        reply_address: Some("sales@tidewater-pumps.com".into()),
        unsubscribe_url: Some(unsubscribe.into()),
        links: made.links.clone(),
        ..Mail::written(id, &company_id, MailKind::Sequence, parties, made, at)
    }
}

/// As a header holds it: one line, blanks aside, and without the mark that keeps it from being decoded twice.
fn line(text: &str) -> String {
    let text: String = text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    text.replace('\u{200b}', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Ends of lines as they were written, whatever a message makes of them.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn names(parsed: &ParsedMail<'_>) -> Vec<String> {
    let mut names: Vec<_> = parsed.headers.iter().map(|header| header.get_key()).collect();
    names.sort();
    names
}

/// The headers that a mail must have, each once.
fn expected(mail: &Mail) -> Vec<&'static str> {
    let mut names = vec!["Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];
    names.extend(mail.reply_address.as_ref().map(|_| "Reply-To"));
    names.extend(mail.unsubscribe_url.iter().flat_map(|_| ["List-Unsubscribe", "List-Unsubscribe-Post"]));
    names.sort_unstable();
    names
}

/// The only address of a header, with its name.
fn mailbox(parsed: &ParsedMail<'_>, header: &str) -> (Option<String>, String) {
    let header = parsed.headers.get_first_header(header).unwrap();
    let found = mailparse::addrparse_header(header).unwrap();
    match &found[..] {
        [MailAddr::Single(one)] => (one.display_name.clone(), one.addr.clone()),
        other => panic!("{other:?}"),
    }
}

/// What must be true of a message on the wire, before anybody parses it (RFC 5322, 2.1.1 and 2.2).
fn assert_wire(raw: &[u8]) {
    for (at, byte) in raw.iter().enumerate() {
        match byte {
            b'\n' => assert!(at > 0 && raw[at - 1] == b'\r', "a bare LF at {at}"),
            b'\r' => assert_eq!(raw.get(at + 1), Some(&b'\n'), "a bare CR at {at}"),
            0 => panic!("a NUL at {at}"),
            _ => assert!(byte.is_ascii(), "a byte beyond ASCII at {at}"),
        }
    }
    let text = String::from_utf8_lossy(raw);
    assert!(text.split("\r\n").all(|line| line.len() <= 998));
    let (headers, _) = text.split_once("\r\n\r\n").unwrap();
    assert!(headers.split("\r\n").all(|line| !line.trim().is_empty()), "{headers}");
}

/// The message says what the mail says, and nothing else.
fn assert_sound(mail: &Mail) {
    let raw = mail.message();
    assert_wire(&raw);
    let parsed = parse_mail(&raw).unwrap();
    assert_eq!(names(&parsed), expected(mail));
    let header = |name: &str| parsed.headers.get_first_value(name);
    assert_eq!(line(&header("Subject").unwrap()), line(&mail.subject));
    let (name, address) = mailbox(&parsed, "To");
    assert_eq!(address, mail.to_address);
    assert_eq!(line(&name.unwrap_or_default()), line(mail.to_name.as_deref().unwrap_or_default()));
    let (name, address) = mailbox(&parsed, "From");
    assert_eq!(address, mail.from_address);
    assert_eq!(line(&name.unwrap_or_default()), line(mail.from_name.as_deref().unwrap_or_default()));
    if let Some(reply) = &mail.reply_address {
        assert_eq!(mailbox(&parsed, "Reply-To").1, *reply);
    }
    let one_click =
        mail.unsubscribe_url.as_ref().map(|url| (format!("<{url}>"), "List-Unsubscribe=One-Click".to_owned()));
    assert_eq!(header("List-Unsubscribe").zip(header("List-Unsubscribe-Post")), one_click);
    assert_eq!(parsed.ctype.mimetype, "multipart/alternative");
    let parts: Vec<_> =
        parsed.subparts.iter().map(|part| (part.ctype.mimetype.as_str(), part.ctype.charset.as_str())).collect();
    assert_eq!(parts, [("text/plain", "utf-8"), ("text/html", "utf-8")]);
    let part = |index: usize| lines(&parsed.subparts[index].get_body().unwrap());
    assert_eq!((part(0), part(1)), (lines(&mail.body_text), lines(&mail.body)));
    assert_eq!(raw, mail.message(), "the same bytes each time");
    assert_handed_over(mail);
}

/// What providers are handed is the same mail.
fn assert_handed_over(mail: &Mail) {
    let account = || Account { url: "https://api.example".into(), key: "secret".into() };
    for (service, html, text, to, from, subject) in [
        (Service::Resend(account()), "html", "text", "to", "from", "subject"),
        (
            Service::Postmark { account: account(), stream: "leads".into() },
            "HtmlBody",
            "TextBody",
            "To",
            "From",
            "Subject",
        ),
    ] {
        let request = service.handing_over(mail).unwrap();
        let body: Value = serde_json::from_str(request.body.as_deref().unwrap()).unwrap();
        assert_eq!(
            (body[html].as_str(), body[text].as_str()),
            (Some(mail.body.as_str()), Some(mail.body_text.as_str()))
        );
        let told = body[subject].as_str().unwrap();
        assert!(!told.chars().any(char::is_control), "{told:?}");
        assert_eq!(line(told), line(&mail.subject));
        for (field, name, address) in
            [(to, &mail.to_name, &mail.to_address), (from, &mail.from_name, &mail.from_address)]
        {
            let told = body[field].as_str().or_else(|| body[field][0].as_str()).unwrap();
            let found = mailparse::addrparse(told).unwrap();
            let MailAddr::Single(one) = &found[0] else { panic!("{found:?}") };
            assert_eq!((found.len(), &one.addr), (1, address), "{told:?}");
            assert_eq!(
                line(one.display_name.as_deref().unwrap_or_default()),
                line(name.as_deref().unwrap_or_default()),
                "{told:?}"
            );
        }
        assert_eq!(body.to_string().contains("One-Click"), mail.unsubscribe_url.is_some());
    }
}

#[test]
fn a_mail_is_a_message_with_text_and_html_and_one_click_to_leave() {
    let mail = mail("Ádá 名", "Müller & Söhne", "Tidewater Pumps");
    assert_sound(&mail);
    let raw = mail.message();
    let parsed = parse_mail(&raw).unwrap();
    let header = |name: &str| parsed.headers.get_first_value(name).unwrap();
    assert_eq!(header("Subject"), "Ádá 名, a word");
    assert_eq!(header("Date"), "Tue, 24 Nov 2026 09:00:00 +0000");
    assert_eq!(header("Message-ID"), format!("<{}@tidewater-pumps.com>", mail.id));
    assert_eq!(header("List-Unsubscribe"), "<https://leads.example/m/u/abc>");
    assert_eq!(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
}

#[test]
fn no_marketing_no_unsubscribe() {
    let plain = Mail { unsubscribe_url: None, ..mail("Ada", "Analytical", "Tidewater") };
    assert_sound(&plain);
    let raw = plain.message();
    assert!(!names(&parse_mail(&raw).unwrap()).iter().any(|name| name.starts_with("List-")));
}

/// Names as they might come in, each with what a careless program would make of it.
const HOSTILE: [&str; 12] = [
    "Ada\r\nBcc: all@example.com",
    "Ada\n\n<html>",
    "\u{202e}moc.elpmaxe@lla\u{202c}",
    "=?utf-8?Q?Bcc:_all=40example.com?=",
    "\"Ada\" <all@example.com>, Eve <eve@example.com>;",
    "Ada (all@example.com) \\",
    "undisclosed-recipients:;",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "\u{0}\u{7f}\u{85}\u{2028}\u{2029}\u{feff}",
    "Z̴̡̛͙̈́͘a̵̛̗͆l̶̻̾g̷͙̈́o̸͚͐",
    ".",
    "   ",
];

#[test]
fn hostile_names_stay_names() {
    for name in HOSTILE {
        for company in HOSTILE {
            assert_sound(&mail(name, company, company));
        }
        assert_sound(&mail(&name.repeat(300), name, name));
    }
    // No place to break for longer than a line may be.
    for word in ["W", "名", "é"] {
        let word = word.repeat(3000);
        assert_sound(&mail(&word, &word, &word));
    }
}

/// Signs of every kind, those that end lines and begin fields more often than chance has it.
fn hostile() -> impl Strategy<Value = String> {
    let sign = prop_oneof![
        4 => any::<char>(),
        2 => prop::sample::select(vec!['\r', '\n', '\t', ' ', '\0', '"', '\\', '<', '>', ',', ';', ':', '@', '(', ')', '=', '?']),
        1 => prop::sample::select(vec!['\u{202e}', '\u{2066}', '\u{200d}', '\u{fe0f}', 'é', '名', '😀']),
    ];
    let text = prop::collection::vec(sign, 0..120).prop_map(|signs| signs.into_iter().collect::<String>());
    (text, prop::sample::select(HOSTILE.to_vec())).prop_map(|(text, name)| format!("{text}{name}{text}"))
}

proptest! {
    #[test]
    fn hostile_values_add_no_header_and_no_recipient(name in hostile(), company in hostile(), sender in hostile()) {
        assert_sound(&mail(&name, &company, &sender));
    }
}

#[test]
fn each_kind_of_mail_is_a_message() {
    let nursery = Nursery::new();
    nursery.set(&json!({ "lead_alerts": true, "reply_address": "sales@tidewater-pumps.com", "mail_name": "Tidewater \"Pumps\", Pune" }));
    let sequence = nursery.sequence(&welcome(&[0]));
    let hostile = json!({ "first_name": "Ádá <b>", "last_name": "名".repeat(60), "company_name": "O\"Brien, \\ & Söhne <x@y.z>" });
    let lead = nursery.lead(1, &with(agreed(1), hostile.clone()), START);
    nursery.pass(START + 60_000);
    nursery.set(&json!({ "double_opt_in": true }));
    nursery.lead(2, &with(agreed(2), hostile), START + 120_000);
    nursery.pass(START + 180_000);
    let request = PreviewRequest { step_number: 1, lead_id: Some(lead) };
    let (by, id) = (nursery.stage.principal(Who::Admin), nursery.stage.context(START + 240_000).ids.next_id());
    let test = SendTest {
        id,
        sequence_id: sequence,
        request,
        by,
        unsubscribe_url: "https://leads.example/m/u/preview".into(),
    };
    nursery.act(&test, START + 240_000);
    let rows = nursery.database().rows("SELECT id, kind FROM mails ORDER BY id");
    let mut kinds: Vec<&str> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    for row in &rows {
        let id = Id::parse(row["id"].as_str().unwrap()).unwrap();
        let outcomes = block_on(nursery.database().batch(mails::read_mail(&nursery.stage.company_id, &id))).unwrap();
        let found = mails::found_mail(&outcomes).unwrap().unwrap();
        assert_sound(&found.mail);
    }
    // A link to sign in is put in as it is handed over.
    let to_admin = Mail { kind: MailKind::SignIn, unsubscribe_url: None, ..mail("O\"Brien <b>", "x", "Tidewater") };
    assert_sound(&to_admin.with_link(&nursery.secret, "https://leads.example"));
    kinds.push(to_admin.kind.as_str());
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, ["lead_alert", "opt_in", "sequence", "sign_in", "test"]);
}
