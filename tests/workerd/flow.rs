//! The seed's Step 10.2 from end to end: a visitor comes in, is nurtured, qualified and converted, and the opportunity is won.

use std::time::{SystemTime, UNIX_EPOCH};

use lead_core::time::Instant;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::{Exchange, Site};
use super::qualify::{bant, post};
use super::sequences::{made, welcome};
use crate::server::{Disk, PUBLIC_URL, State};

const MINUTE: i64 = 60_000;

/// What a manager sees of the lead: the answer, its ETag, and one member after the other.
struct Lead<'a> {
    site: &'a Site,
    path: String,
}

impl Lead<'_> {
    fn shown(&self) -> (Value, String) {
        let answer = self.site.get("manager", &self.path);
        assert_eq!(answer.status, 200, "{}", answer.text);
        (answer.json(), answer.header("etag").unwrap().to_owned())
    }

    fn stands(&self, status: &str, stage: &str, score: i64) {
        let (lead, _) = self.shown();
        let found = (lead["status"].as_str(), lead["stage"].as_str(), lead["lead_score"].as_i64());
        assert_eq!(found, (Some(status), Some(stage), Some(score)));
        let reasons = lead["score_reasons"].as_array().unwrap();
        let sum: i64 = reasons.iter().map(|reason| reason["points"].as_i64().unwrap()).sum();
        assert_eq!(sum, score, "{reasons:?}");
    }

    fn act(&self, action: &str, body: &Value) -> Exchange {
        let (_, etag) = self.shown();
        post(self.site, "manager", &format!("{}/{action}", self.path), Some(&etag), body)
    }
}

/// Runs nurturing once, so many minutes from now.
fn run(site: &Site, minutes: i64) -> Value {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let at = Instant::from_ms(i64::try_from(since.as_millis()).unwrap() + minutes * MINUTE).unwrap();
    let ran = site.ask("admin", "POST", &format!("/sequences/run?now={at}"), None, &Value::Null);
    assert_eq!((ran.status, &ran.json()["report"]["faults"]), (200, &json!([])), "{ran:?}");
    ran.json()["report"].clone()
}

/// The events of the lead's timeline, oldest first, with what they say.
fn events(site: &Site, lead: &str) -> Vec<(String, String)> {
    let timeline = site.get("manager", &format!("{lead}/activities")).json();
    let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let items = timeline["items"].as_array().unwrap().iter().rev();
    items.filter(|item| item["event"].is_string()).map(|item| (text(item, "event"), text(item, "subject"))).collect()
}

/// The lead is mailed; the person opens the mail and follows its link, an hour after it was sent.
fn nurture(site: &Site, database: &Connection, lead: &Lead<'_>) {
    let report = run(site, 0);
    assert_eq!((&report["enrolled"], &report["sent"]), (&json!(1), &json!(1)), "{report}");
    let id = lead.path.rsplit('/').next().unwrap();
    let mails = site.ask("manager", "GET", &format!("/mails?lead_id={id}"), None, &Value::Null).json();
    let mail_id = mails["items"][0]["id"].as_str().unwrap();
    let mail = site.ask("manager", "GET", &format!("/mails/{mail_id}"), None, &Value::Null).json();
    assert_eq!((&mail["subject"], &mail["state"]), (&json!("Mail 1, Asha"), &json!("sent")), "{mail}");
    assert!(mail["sent_at"].is_string() && mail["opened_at"].is_null() && mail["clicked_at"].is_null(), "{mail}");
    // Whoever looks within seconds is taken for a machine: no request can bring about that an hour passed.
    let earlier = "UPDATE mails SET sent_at = sent_at - 3600000, first_try_at = first_try_at - 3600000";
    assert_eq!(database.execute(earlier, []).unwrap(), 1);
    let browser = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    let link = |kind: &str| {
        let body = mail["body"].as_str().unwrap();
        let link = body.split(&format!("\"{PUBLIC_URL}{kind}")).nth(1).and_then(|rest| rest.split('"').next());
        site.send("GET", &format!("{kind}{}", link.unwrap_or_else(|| panic!("{body}"))), &[browser], b"")
    };
    assert_eq!(link("/m/o/").status, 200);
    let followed = link("/m/c/");
    let place = followed.header("location").unwrap_or_default();
    assert!(followed.status == 302 && place.starts_with("https://example.com/pumps?for=Works"), "{followed:?}");
    assert_eq!(run(site, 5)["judged"], 2);
    let shown = site.ask("manager", "GET", &format!("/mails/{mail_id}"), None, &Value::Null).json();
    assert!(shown["opened_at"].is_string() && shown["clicked_at"].is_string(), "{shown}");
    let told: Vec<String> = events(site, &lead.path).into_iter().map(|(event, _)| event).collect();
    assert_eq!(told, ["enrolled", "mail_sent", "mail_opened", "mail_clicked"]);
}

fn accepted(site: &Site, key: &str) {
    let mut values = visitor(1);
    values["gdpr_consent"] = true.into();
    let answer = site.post_form(&values, &[("idempotency-key", key)]);
    assert_eq!((answer.status, answer.json()["status"].as_str()), (202, Some("accepted")), "{}", answer.text);
}

#[test]
fn a_visitor_becomes_a_customer() {
    let state = State::new(Disk::Memory);
    let database = Connection::open(state.database()).unwrap();
    let site = Site::on(state, &json!({}));
    let base = format!("/api/companies/{}", site.company(0));
    let settings = json!({ "mail_address": "hello@tidewater-pumps.com", "postal_address": "1 Dock Road, Kochi" });
    assert_eq!(site.ask("admin", "PATCH", "/settings", Some("*"), &settings).status, 200);
    let (sequence, _) = made(&site, &welcome());

    // Lead creation: scored, assigned.
    accepted(&site, "first");
    let leads = site.list("manager");
    assert_eq!(leads.len(), 1);
    let lead = Lead { site: &site, path: format!("{base}/leads/{}", leads[0]["id"].as_str().unwrap()) };
    lead.stands("new", "awareness", 10);
    assert!(leads[0]["lead_owner_id"].is_string());
    let refused = lead.act("convert", &json!({})).json();
    assert_eq!(refused["unmet"].as_array().unwrap().len(), 3, "{refused}");

    // Nurturing: a mail that is opened and followed, 5 and 10; the person comes back, somebody calls, they meet.
    nurture(&site, &database, &lead);
    lead.stands("new", "awareness", 25);
    accepted(&site, "second");
    lead.stands("new", "awareness", 40);
    for (kind, score) in [("call", 60), ("meeting", 90)] {
        let done = lead.act("activities", &json!({ "activity_type": kind, "subject": "About pumps" }));
        assert_eq!(done.status, 201, "{}", done.text);
        lead.stands("contacted", "consideration", score);
    }
    let refused = lead.act("convert", &json!({}));
    refused.assert_problem(409, "not-convertible");
    let unmet = refused.json()["unmet"].clone();
    assert_eq!((unmet.as_array().unwrap().len(), &unmet[0]["condition"]), (1, &json!("status")), "{unmet}");

    // Qualification: first too little, then enough.
    let nurture = lead.act("qualify", &bant(2)).json();
    assert_eq!((&nurture["lead_status"], &nurture["success"]), (&json!("contacted"), &json!(true)));
    assert_eq!(nurture["qualification_result"]["recommendation"], "nurture_more");
    let passed = lead.act("qualify", &bant(4)).json();
    assert_eq!(
        (&passed["lead_status"], &passed["qualification_result"]["is_qualified"]),
        (&json!("qualified"), &json!(true))
    );
    lead.stands("qualified", "decision", 90);
    // Whoever is qualified is nurtured no more.
    assert_eq!(run(&site, 10)["left"], 1);
    let told = events(&site, &lead.path);
    assert_eq!(told.last(), Some(&("left_sequence".to_owned(), "Welcome: qualified".to_owned())), "{told:?}");
    let counts = site.ask("manager", "GET", &format!("{sequence}/counts"), None, &Value::Null).json();
    let first = &counts["steps"][0];
    assert_eq!((&first["sent"], &first["opened"], &first["clicked"]), (&json!(1), &json!(1), &json!(1)), "{counts}");
    assert_eq!(counts["left_by_reason"], json!({ "qualified": 1 }));

    // Conversion: account, contact and opportunity.
    let converted =
        lead.act("convert", &json!({ "opportunity_amount": "1250000.50", "opportunity_name": "Two pumps" }));
    assert_eq!(converted.status, 200, "{}", converted.text);
    let result = converted.json()["conversion_result"].clone();
    let at = |kind: &str, id: &str| format!("{base}/{kind}/{}", result[id].as_str().unwrap());
    let (account, contact) = (at("accounts", "account_id"), at("contacts", "contact_id"));
    let opportunity = at("opportunities", "opportunity_id");
    lead.stands("converted", "converted", 90);
    let (shown, _) = lead.shown();
    for (member, id) in [
        ("converted_to_account_id", "account_id"),
        ("converted_to_contact_id", "contact_id"),
        ("converted_to_opportunity_id", "opportunity_id"),
    ] {
        assert_eq!(shown[member], result[id], "{member}");
    }
    let of_account = site.get("manager", &account).json();
    assert_eq!((&of_account["account_type"], &of_account["lifecycle_stage"]), (&json!("prospect"), &json!("SQA")));
    assert_eq!(of_account["name"], visitor(1)["company_name"]);
    let of_contact = site.get("manager", &contact).json();
    assert_eq!((&of_contact["is_primary_contact"], &of_contact["email"]), (&json!(true), &visitor(1)["email"]));

    // The account's timeline holds what happened while it was a lead (spec C4).
    let timeline = site.get("manager", &format!("{account}/activities")).json();
    let subjects: Vec<_> =
        timeline["items"].as_array().unwrap().iter().filter_map(|item| item["subject"].as_str()).collect();
    for subject in ["Lead Converted", "About pumps", "Welcome: qualified", "Mail 1, Asha"] {
        assert!(subjects.contains(&subject), "{subject} of {subjects:?}");
    }

    // The opportunity is won.
    let shown = site.get("manager", &opportunity);
    let of_lead = shown.json();
    assert_eq!((&of_lead["deal_value"], &of_lead["probability"]), (&json!(1_250_000.5), &json!(10)));
    assert_eq!((&of_lead["name"], &of_lead["primary_contact_id"]), (&json!("Two pumps"), &result["contact_id"]));
    let stage = format!("{opportunity}/stage");
    for (etag, to, probability) in [("\"1\"", "negotiation", 75), ("\"2\"", "closed_won", 100)] {
        let moved = post(&site, "manager", &stage, Some(etag), &json!({ "stage": to }));
        assert_eq!((moved.status, &moved.json()["probability"]), (200, &json!(probability)), "{}", moved.text);
    }
    let pipeline = site.get("manager", &format!("{base}/pipeline")).json();
    let won =
        pipeline["stages"].as_array().unwrap().iter().find(|stage| stage["pipeline_stage"] == "closed_won").unwrap();
    assert_eq!((&won["count"], &won["sum"]), (&json!(1), &json!(1_250_000.5)), "{won}");

    // What was won is not undone, and who is known is known when they come again.
    let undo = lead.act("convert/undo", &Value::Null);
    undo.assert_problem(409, "conversion-stands");
    assert_eq!(undo.json()["obstacles"][0]["part"], "opportunity", "{}", undo.text);
    accepted(&site, "third");
    let again = site.list("manager");
    assert_eq!((again.len(), &again[0]["known_customer"], &again[0]["status"]), (2, &json!(true), &json!("new")));
    let trail = site.get("admin", &format!("{base}/audit?entity_id={}", leads[0]["id"].as_str().unwrap())).json();
    let actions: Vec<_> =
        trail["items"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    for action in ["create", "update", "qualify", "convert"] {
        assert!(actions.contains(&action), "{action} of {actions:?}");
    }
}
