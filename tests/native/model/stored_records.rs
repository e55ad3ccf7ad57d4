//! The store's accounts, contacts and opportunities, drawn as the model draws its own.

use super::super::stage::Stage;
use super::picture::Picture;
use super::stored::{Names, text};

pub(crate) fn draw(stage: &Stage, names: &Names, picture: &mut Picture) {
    let named = |id: &serde_json::Value| id.as_str().map_or("nobody".to_owned(), |id| names.name(id));
    for row in stage.database.rows("SELECT id, name, domain, account_owner_id, deleted_at, version FROM accounts") {
        let of = names.name(&text(&row, "id"));
        picture.line(&of, "owner", &named(&row["account_owner_id"]));
        picture.line(&of, "name", &text(&row, "name"));
        picture.line(&of, "domain", &row["domain"].as_str().unwrap_or("none"));
        picture.line(&of, "deleted", &!row["deleted_at"].is_null());
        picture.line(&of, "version", &row["version"]);
    }
    let sql = "SELECT id, account_id, name, email, is_primary_contact, deleted_at, version FROM contacts";
    for row in stage.database.rows(sql) {
        let of = names.name(&text(&row, "id"));
        let account = names.name(&text(&row, "account_id"));
        picture.line(&of, "is", &format!("{} {} in {account}", text(&row, "name"), text(&row, "email")));
        picture.line(&of, "primary", &(row["is_primary_contact"] == 1));
        picture.line(&of, "deleted", &!row["deleted_at"].is_null());
        picture.line(&of, "version", &row["version"]);
    }
    let sql = "SELECT id, account_id, primary_contact_id, owner_id, pipeline_stage, probability, probability_by_hand, \
           forecast_category, closed_at, stage_before_close, lost_reason, deleted_at, version FROM opportunities";
    for row in stage.database.rows(sql) {
        let of = names.name(&text(&row, "id"));
        let contact = row["primary_contact_id"].as_str().map_or("contact none".to_owned(), |id| names.name(id));
        picture.line(&of, "is", &format!("of {} {contact}", names.name(&text(&row, "account_id"))));
        picture.line(&of, "owner", &named(&row["owner_id"]));
        let hand = if row["probability_by_hand"] == 1 { " by hand" } else { "" };
        let (stage, category) = (text(&row, "pipeline_stage"), text(&row, "forecast_category"));
        picture.line(&of, "stage", &format!("{stage} {}{hand} {category}", row["probability"]));
        picture.line(&of, "closed", &row["closed_at"]);
        picture.line(&of, "before", &text(&row, "stage_before_close"));
        picture.line(&of, "lost", &row["lost_reason"].is_string());
        picture.line(&of, "deleted", &!row["deleted_at"].is_null());
        picture.line(&of, "version", &row["version"]);
    }
}
