//! The store's picture of the company, with its ids as numbers in the order in which they were made.

use std::collections::HashMap;

use lead_store::statement::Row;
use serde_json::Value;

use super::super::stage::Stage;
use super::picture::Picture;
use super::stored_records;
use super::world::{PERSONS, World};

/// Ids by the names that pictures give them, and the names by their ids.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: HashMap<String, String>,
    ids: HashMap<String, String>,
}

impl Names {
    /// Everything that has a name now.
    pub(crate) fn of(stage: &Stage, world: &World) -> Self {
        let mut names = Self::default();
        let sql = "SELECT 'person' AS kind, id FROM users UNION ALL SELECT 'lead', id FROM leads UNION ALL SELECT 'account', id FROM accounts \
             UNION ALL SELECT 'contact', id FROM contacts UNION ALL SELECT 'opportunity', id FROM opportunities ORDER BY 2";
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for row in stage.database.rows(sql) {
            let kind = text(&row, "kind");
            let number = numbers.entry(kind.clone()).or_default();
            let person = world.people.get(*number).filter(|_| kind == "person");
            names.add(&text(&row, "id"), person.map_or_else(|| format!("{kind} {number}"), |person| person.name()));
            *number += 1;
        }
        names
    }

    fn add(&mut self, id: &str, name: String) {
        self.ids.insert(name.clone(), id.to_owned());
        self.names.insert(id.to_owned(), name);
    }

    /// The name of this id.
    pub(crate) fn name(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| format!("unknown {id}"))
    }

    /// The id of `kind number`.
    pub(crate) fn id(&self, kind: &str, number: usize) -> Option<&str> {
        self.ids.get(&format!("{kind} {number}")).map(String::as_str)
    }
}

/// The leads, oldest first, with the columns that are drawn.
pub(crate) fn leads(stage: &Stage) -> Vec<Row> {
    stage.database.rows(
        "SELECT first_name, company_name, email, phone, lead_owner_id, assignment, status, stage, fit, engagement, score_raw, lead_score, \
           validation_status, quarantined_at, is_duplicate, gdpr_consent, dnd_status, contacted_at, deleted_at, match_slot, \
           converted_to_account_id, converted_to_contact_id, converted_to_opportunity_id, version \
         FROM leads ORDER BY id",
    )
}

/// What can be observed in the store. Where the model cannot say whether a lead is a duplicate, nothing is drawn of it.
pub(crate) fn picture(stage: &Stage, world: &World, names: &Names, leads: &[Row]) -> Picture {
    let mut picture = Picture::default();
    for turns in stage.turns() {
        picture.line(&"pool", "turns", &turns);
    }
    for (number, row) in leads.iter().enumerate() {
        let sure = world.leads.get(number).is_some_and(|lead| lead.duplicate.is_some());
        draw_lead(&format!("lead {number}"), row, sure, names, &mut picture);
    }
    for row in stage.database.rows("SELECT lead_id, effect, count(*) AS n FROM touches GROUP BY 1, 2") {
        tally(&mut picture, &names.name(&text(&row, "lead_id")), &format!("touch {}", text(&row, "effect")), &row);
    }
    for row in stage
        .database
        .rows("SELECT lead_id, purpose || ' ' || state AS state, count(*) AS n FROM consents GROUP BY 1, 2")
    {
        tally(&mut picture, &names.name(&text(&row, "lead_id")), &format!("consent {}", text(&row, "state")), &row);
    }
    let sql = "SELECT related_to_id, activity_type, event, count(*) AS n FROM activities WHERE deleted_at IS NULL GROUP BY 1, 2, 3";
    for row in stage.database.rows(sql) {
        let what = format!("activity {} {}", text(&row, "activity_type"), text(&row, "event"));
        tally(&mut picture, &names.name(&text(&row, "related_to_id")), what.trim_end(), &row);
    }
    for (table, id, what) in [
        ("qualifications", "lead_id", "qualifications"),
        ("conversions", "lead_id", "conversions"),
        ("opportunity_stages", "opportunity_id", "stages"),
    ] {
        for row in stage.database.rows(&format!("SELECT {id} AS id, count(*) AS n FROM {table} GROUP BY 1")) {
            tally(&mut picture, &names.name(&text(&row, "id")), what, &row);
        }
    }
    stored_records::draw(stage, names, &mut picture);
    draw_trail(stage, names, &mut picture);
    picture
}

fn draw_trail(stage: &Stage, names: &Names, picture: &mut Picture) {
    let sql = "SELECT entity_type, entity_id, action, field_name, count(*) AS n FROM audit_logs \
         WHERE request_id LIKE 'request-%' GROUP BY 1, 2, 3, 4";
    for row in stage.database.rows(sql) {
        let of = match text(&row, "entity_type").as_str() {
            kind @ ("activity" | "conversion" | "qualification") => kind.to_owned(),
            _ => names.name(&text(&row, "entity_id")),
        };
        let what = format!("audit {} {}", text(&row, "action"), text(&row, "field_name"));
        tally(picture, &of, what.trim_end(), &row);
    }
    for row in stage.database.rows("SELECT key, value FROM rounds, json_each(loads)") {
        picture.line(&names.name(&text(&row, "key")), "open leads", &format!("{} counted", row["value"]));
    }
}

fn draw_lead(of: &str, row: &Row, sure: bool, names: &Names, picture: &mut Picture) {
    let whose = |field: &str, pick: fn(&super::world::PersonWords) -> &'static str| {
        let said = text(row, field);
        PERSONS.iter().position(|person| pick(person) == said).map_or(said, |at| at.to_string())
    };
    // Name and company together: two of them share a name.
    let person =
        PERSONS.iter().position(|person| person.2 == text(row, "company_name") && person.0 == text(row, "first_name"));
    let person = person.map_or("nobody".to_owned(), |at| at.to_string());
    let (email, phone) = (whose("email", |person| person.3), whose("phone", |person| person.4));
    picture.line(&of, "person", &format!("{person} at {email} and {phone}"));
    if let Some(owner) = row["lead_owner_id"].as_str() {
        picture.line(&of, "owner", &names.name(owner));
    }
    if let Some(why) = row["assignment"].as_str() {
        let why: Value = serde_json::from_str(why).unwrap();
        let turn = why["turn"].as_i64().map_or(String::new(), |turn| format!(" turn {turn}"));
        picture.line(&of, "assignment", &format!("{}{turn}", why["rule"].as_str().unwrap()));
    }
    picture.line(&of, "status", &text(row, "status"));
    picture.line(&of, "stage", &text(row, "stage"));
    picture.line(&of, "score", &format!("{} of {}", row["lead_score"], row["score_raw"]));
    let events: serde_json::Map<String, Value> = serde_json::from_str(&text(row, "engagement")).unwrap();
    for (kind, count) in events {
        picture.line(&of, &kind, &count);
    }
    picture.line(&of, "validation", &text(row, "validation_status"));
    picture.line(&of, "quarantined", &!row["quarantined_at"].is_null());
    if sure {
        picture.line(&of, "duplicate", &(row["is_duplicate"] == 1));
    }
    picture.line(&of, "consent", &(row["gdpr_consent"] == 1));
    picture.line(&of, "dnd", &(row["dnd_status"] == 1));
    picture.line(&of, "contacted", &row["contacted_at"]);
    if let Some(account) = row["converted_to_account_id"].as_str() {
        let (contact, deal) = (text(row, "converted_to_contact_id"), row["converted_to_opportunity_id"].as_str());
        let deal = deal.map_or("opportunity none".to_owned(), |deal| names.name(deal));
        picture.line(&of, "became", &format!("{} {} {deal}", names.name(account), names.name(&contact)));
    }
    picture.line(&of, "deleted", &!row["deleted_at"].is_null());
    picture.line(&of, "stands", &(row["match_slot"] == ""));
    picture.line(&of, "version", &row["version"]);
}

fn tally(picture: &mut Picture, of: &str, what: &str, row: &Row) {
    picture.count(&of, what, row["n"].as_i64().unwrap_or(0));
}

pub(crate) fn text(row: &Row, column: &str) -> String {
    row[column].as_str().unwrap_or_default().to_owned()
}
