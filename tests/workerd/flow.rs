//! The seed's Step 10.2 from end to end: a visitor comes in, is nurtured, qualified and converted, and the opportunity is won.

use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::{Exchange, Site};
use super::qualify::{bant, post};

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

fn accepted(site: &Site, key: &str) {
    let answer = site.post_form(&visitor(1), &[("idempotency-key", key)]);
    assert_eq!((answer.status, answer.json()["status"].as_str()), (202, Some("accepted")), "{}", answer.text);
}

#[test]
fn a_visitor_becomes_a_customer() {
    let site = Site::new();
    let base = format!("/api/companies/{}", site.company(0));

    // Lead creation: scored, assigned.
    accepted(&site, "first");
    let leads = site.list("manager");
    assert_eq!(leads.len(), 1);
    let lead = Lead { site: &site, path: format!("{base}/leads/{}", leads[0]["id"].as_str().unwrap()) };
    lead.stands("new", "awareness", 10);
    assert!(leads[0]["lead_owner_id"].is_string());
    let refused = lead.act("convert", &json!({})).json();
    assert_eq!(refused["unmet"].as_array().unwrap().len(), 3, "{refused}");

    // Nurturing: the person comes back, somebody calls, they meet.
    accepted(&site, "second");
    lead.stands("new", "awareness", 25);
    for (kind, score) in [("call", 45), ("meeting", 75)] {
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
    lead.stands("qualified", "decision", 75);

    // Conversion: account, contact and opportunity.
    let converted =
        lead.act("convert", &json!({ "opportunity_amount": "1250000.50", "opportunity_name": "Two pumps" }));
    assert_eq!(converted.status, 200, "{}", converted.text);
    let result = converted.json()["conversion_result"].clone();
    let at = |kind: &str, id: &str| format!("{base}/{kind}/{}", result[id].as_str().unwrap());
    let (account, contact) = (at("accounts", "account_id"), at("contacts", "contact_id"));
    let opportunity = at("opportunities", "opportunity_id");
    lead.stands("converted", "converted", 75);
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
    assert!(subjects.contains(&"Lead Converted") && subjects.contains(&"About pumps"), "{subjects:?}");

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
