//! Every text column of a row that is tied to an erased person loses what stood there, or is known to name nobody (spec R3).

use lead_core::entity::Entity;

use super::erase::{erase, full_person};
use super::stage::Stage;

/// The rows of the person: table, its columns that stay, and which rows. What stays is an id, a state, a source that names
/// nobody, or reasons by rule. A new column is planted in, and so must go, until it stands here. The trail's values depend on
/// their field: `full_person` plants them.
const STAYS: [(&str, &str, &str); 12] = [
    (
        "leads",
        "company_id id country lead_source campaign medium lead_owner_id assignment status stage fit engagement policy_version \
           spam_reasons validation_status match_slot converted_to_account_id converted_to_contact_id converted_to_opportunity_id",
        "id = '{lead}'",
    ),
    ("contacts", "company_id id account_id", "id = '{contact}'"),
    (
        "opportunity_stages",
        "company_id opportunity_id id from_stage to_stage user_id",
        "opportunity_id IN (SELECT id FROM opportunities WHERE name <> 'Pumps')",
    ),
    (
        "opportunities",
        "company_id id account_id primary_contact_id currency pipeline_stage forecast_category owner_id lead_id stage_before_close",
        "name <> 'Pumps'",
    ),
    (
        "activities",
        "company_id id related_to_type related_to_id account_id activity_type event direction outcome owner_id",
        "activity_type = 'note'",
    ),
    ("touches", "company_id id lead_id form_id user_id attempt_id effect spam_reasons", "lead_id = '{lead}'"),
    ("qualifications", "company_id lead_id id user_id result attempt_id", "lead_id = '{lead}'"),
    (
        "mails",
        "company_id id kind lead_id user_id sequence_id from_address from_name reply_address state provider provider_id",
        "lead_id = '{lead}'",
    ),
    ("mail_tries", "company_id mail_id id provider act outcome", "mail_id IN (SELECT id FROM mails)"),
    ("mail_events", "company_id mail_id source id kind method machine", "mail_id IN (SELECT id FROM mails)"),
    ("opt_ins", "company_id lead_id id touch_id text_version source mail_id", "lead_id = '{lead}'"),
    ("enrolments", "company_id sequence_id lead_id id state left_reason last_mail_id", "lead_id = '{lead}'"),
];

/// The text columns of a table.
fn columns(stage: &Stage, table: &str) -> Vec<String> {
    let rows = stage.database.rows(&format!("SELECT name FROM pragma_table_info('{table}') WHERE type = 'TEXT'"));
    rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

/// Where something planted is found.
fn found(stage: &Stage) -> Vec<String> {
    let mut places = Vec::new();
    for (table, ..) in STAYS {
        for column in columns(stage, table) {
            let sql = format!("SELECT count(*) AS n FROM {table} WHERE {column} LIKE '%planted%'");
            if stage.database.rows(&sql)[0]["n"] != 0 {
                places.push(format!("{table}.{column}"));
            }
        }
    }
    places
}

#[test]
fn every_text_column_of_a_tied_row_goes_or_names_nobody() {
    for entity in [Entity::Lead, Entity::Contact] {
        let stage = Stage::new(1);
        let (lead, contact) = full_person(&stage);
        let mut planted = Vec::new();
        for (table, stays, rows) in STAYS {
            let columns = columns(&stage, table);
            let kept: Vec<&str> = stays.split_whitespace().collect();
            assert!(kept.iter().all(|kept| columns.iter().any(|column| column == kept)), "{table} has no such column");
            let rows = rows.replace("{lead}", lead.as_str()).replace("{contact}", contact.as_str());
            for column in columns.iter().filter(|column| !kept.contains(&column.as_str())) {
                planted.push((
                    table,
                    format!("{table}.{column}"),
                    format!("{column} = json_object('planted', id)"),
                    rows.clone(),
                ));
            }
        }
        // A table at once, the stages before the opportunities by whose name they are found.
        for (table, ..) in STAYS {
            let of: Vec<_> = planted.iter().filter(|(of, ..)| *of == table).collect();
            let sets: Vec<&str> = of.iter().map(|(_, _, set, _)| set.as_str()).collect();
            stage.database.change(&format!("UPDATE {table} SET {} WHERE {}", sets.join(", "), of[0].3));
        }
        let mut expected: Vec<String> = planted.iter().map(|(_, place, ..)| place.clone()).collect();
        let mut places = found(&stage);
        expected.sort();
        places.sort();
        assert_eq!(places, expected, "each of them holds something");
        erase(&stage, entity, if entity == Entity::Lead { &lead } else { &contact }).unwrap();
        assert_eq!(found(&stage), Vec::<String>::new());
    }
}
