//! What a sequence shows: its counts over the leads that a caller sees, and its mails as a lead would get them (spec E4, E5).

use std::collections::BTreeMap;

use lead_core::command::sequence::SendTest;
use lead_core::id::Id;
use lead_core::problem::Refusal;
use lead_core::sequence::{Counts, Preview, PreviewRequest};
use lead_core::time::Instant;
use lead_store::run::run;
use lead_store::sequences::{counts, preview};
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::{Value, json};

use super::enrolments::{enrol, lead_of};
use super::faults::lossy;
use super::people::{members, refused};
use super::sequences::{body, context, create, delete, step};
use super::settings::change;
use super::stage::{DAY, START, Stage, Who, with};

pub(crate) fn counted(stage: &Stage, who: Who, sequence: &Id, at: i64) -> Option<Counts> {
    let rows = stage.visibility(who);
    let reads = counts::read_counts(&stage.company_id, sequence, &rows, Instant::from_ms(at).unwrap());
    counts::found_counts(&block_on(stage.database.batch(reads)).unwrap()).unwrap()
}

/// A mail of a step as the engine and what comes back have left it; `columns` are of times at which something happened.
fn mail(stage: &Stage, sequence: &Id, lead: &Id, step: u32, state: &str, columns: &[&str]) {
    let mut ids = stage.context(START).ids;
    let (company, id) = (&stage.company_id, ids.next_id());
    let names: String = columns.iter().map(|name| format!(", {name}")).collect();
    let values = ", 1".repeat(columns.len());
    stage.database.change(&format!(
        "INSERT INTO mails (company_id, id, kind, lead_id, sequence_id, revision, step_number, to_address, from_address, subject, body, \
           body_text, state, due_at, created_at{names}) \
         VALUES ('{company}', '{id}', 'sequence', '{lead}', '{sequence}', 1, {step}, 'a', 'b', 's', 'b', 't', '{state}', 1, 1{values})"
    ));
}

/// Twelve leads of two SDRs in turns, each somewhere else.
fn spread(stage: &Stage) -> (Id, Vec<Id>) {
    let sequence = create(stage, &body()).id;
    let leads: Vec<Id> = (0..12).map(|n| lead_of(stage, n, n % 2)).collect();
    for (n, lead) in leads.iter().enumerate() {
        enrol(stage, Who::Admin, &sequence, lead, START).unwrap();
        let (state, reason, next, due, held) = match n {
            0 | 1 => ("active", "NULL", 1, START, "NULL"),
            2 | 3 => ("active", "NULL", 2, START + DAY, "'window'"),
            4..=6 => ("active", "NULL", 2, START + 3 * DAY, "NULL"),
            7 => ("finished", "NULL", 4, START, "NULL"),
            8 => ("left", "'replied'", 2, START, "NULL"),
            _ => ("left", "'unsubscribed'", 3, START, "NULL"),
        };
        stage.database.change(&format!(
            "UPDATE enrolments SET state = '{state}', left_reason = {reason}, next_step = {next}, due_at = {due}, held_by = {held} WHERE lead_id = '{lead}'"
        ));
        let (state, columns): (&str, &[&str]) = match n % 6 {
            0 => ("sent", &["sent_at"]),
            1 => ("sent", &["sent_at", "delivered_at", "opened_at"]),
            2 => ("sent", &["sent_at", "delivered_at", "opened_at", "clicked_at"]),
            3 => ("dead", &[]),
            4 => ("queued", &[]),
            _ => ("sent", &["sent_at", "bounced_at"]),
        };
        mail(stage, &sequence, lead, 1 + u32::try_from(n).unwrap() % 2, state, columns);
    }
    // Another sequence is nobody's business here.
    let other = create(stage, &body()).id;
    enrol(stage, Who::Admin, &other, &leads[0], START).unwrap();
    (sequence, leads)
}

/// The same counts as plain Rust makes them of the rows.
fn expected(stage: &Stage, who: Who, sequence: &Id, now: i64) -> Value {
    let rows = |table: &str, more: &str| {
        let sql = format!(
            "SELECT t.*, l.lead_owner_id FROM {table} t JOIN leads l ON l.id = t.lead_id WHERE t.sequence_id = '{sequence}' {more}"
        );
        let sees = stage.visibility(who);
        let mut rows = stage.database.rows(&sql);
        rows.retain(|row| sees.sees(row["lead_owner_id"].as_str().and_then(Id::parse).as_ref()));
        rows
    };
    let enrolments = rows("enrolments", "");
    let of = |state: &str| enrolments.iter().filter(|row| row["state"] == *state).count();
    let mut reasons: BTreeMap<String, i64> = BTreeMap::new();
    for row in enrolments.iter().filter(|row| row["state"] == "left") {
        *reasons.entry(row["left_reason"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let mails = rows("mails", "AND t.kind = 'sequence'");
    let steps: Vec<Value> = (1..=3)
        .map(|number| {
            let next = |held: bool, due: bool| {
                let here = enrolments.iter().filter(|row| row["state"] == "active" && row["next_step"] == number);
                here.filter(|row| row["held_by"].is_null() != held && (held || (row["due_at"].as_i64().unwrap() <= now) == due)).count()
            };
            let here: Vec<_> = mails.iter().filter(|row| row["step_number"] == number).collect();
            let at = |column: &str| here.iter().filter(|row| !row[column].is_null()).count();
            let is = |states: &[&str]| here.iter().filter(|row| states.contains(&row["state"].as_str().unwrap())).count();
            json!({
                "step_number": number, "waiting": next(false, false), "due": next(false, true), "held": next(true, true),
                "queued": is(&["queued", "sending"]), "sent": at("sent_at"), "delivered": at("delivered_at"), "opened": at("opened_at"),
                "clicked": at("clicked_at"), "bounced": at("bounced_at"), "complained": at("complained_at"), "dead": is(&["dead"]),
                "parked": is(&["parked"]), "cancelled": is(&["cancelled"]),
            })
        })
        .collect();
    json!({
        "enrolled": enrolments.len(), "active": of("active"), "finished": of("finished"), "left": of("left"),
        "left_by_reason": reasons, "steps": steps,
    })
}

#[test]
fn counts_are_over_what_the_caller_sees() {
    let stage = Stage::new(2);
    let (sequence, leads) = spread(&stage);
    stage.database.change(&format!("UPDATE leads SET lead_owner_id = NULL WHERE id = '{}'", leads[6]));
    let now = START + 2 * DAY;
    for who in [Who::Admin, Who::Manager, Who::Sdr(0), Who::Sdr(1)] {
        let counts = counted(&stage, who, &sequence, now).unwrap();
        assert_eq!(json!(counts), expected(&stage, who, &sequence, now), "{who:?}");
        assert_eq!(counts.enrolled, counts.active + counts.finished + counts.left);
    }
    assert_eq!(counted(&stage, Who::Admin, &sequence, now).unwrap().enrolled, 12);
    assert_eq!(counted(&stage, Who::Sdr(0), &sequence, now).unwrap().enrolled, 5);
    delete(&stage, &sequence, now).unwrap();
    assert_eq!(counted(&stage, Who::Admin, &sequence, now), None);
}

/// A step that names the lead, the company, and where it resides.
fn letter() -> Value {
    let mut step = step(1, 0);
    step["subject"] = json!("{{lead.company_name}}: hello {{lead.first_name}}");
    step["body"] = json!(
        "<p>{{lead.job_title|\"friend\"}}, {{owner.name|\"we\"}} at {{company.name}}: <a href=\"https://works.com/\">see</a></p>"
    );
    step
}

fn seen(stage: &Stage, who: Who, sequence: &Id, lead: &Id) -> Result<Preview, String> {
    let reads = preview::read_preview(&stage.company_id, sequence, Some(lead), &stage.visibility(who));
    let preview::Found { sequence, recipient, sender } =
        preview::found(&block_on(stage.database.batch(reads)).unwrap()).unwrap().ok_or("no sequence")?;
    let asked = PreviewRequest { step_number: 1, lead_id: Some(lead.clone()) };
    let recipient = asked.recipient(recipient.as_ref()).map_err(|refusal| format!("{refusal:?}"))?;
    sequence
        .definition
        .preview(1, &recipient, &sender, "https://edge.com/m/u/preview")
        .map_err(|errors| format!("{errors:?}"))
}

#[test]
fn a_preview_is_of_a_lead_that_the_caller_sees() {
    let stage = Stage::new(2);
    let sequence = create(&stage, &with(body(), json!({ "steps": [letter()] }))).id;
    let lead = lead_of(&stage, 1, 0);
    stage.database.change("UPDATE leads SET company_name = 'Verma & <Sons>'");
    change(&stage, &json!({ "postal_address": "1 Dock Road, Kochi" }));
    let shown = seen(&stage, Who::Sdr(0), &sequence, &lead).unwrap();
    assert_eq!(shown.subject, "Verma & <Sons>: hello Asha");
    assert!(
        shown.body.contains("<p>friend, A Person at Tidewater Pumps: <a href=\"https://works.com/\">see</a></p>"),
        "{}",
        shown.body
    );
    assert!(
        shown.body.contains("Tidewater Pumps, 1 Dock Road, Kochi")
            && shown.body.contains("https://edge.com/m/u/preview")
    );
    assert!(seen(&stage, Who::Sdr(1), &sequence, &lead).unwrap_err().contains("/lead_id"));
    delete(&stage, &sequence, START).unwrap();
    assert_eq!(seen(&stage, Who::Admin, &sequence, &lead), Err("no sequence".to_owned()));
}

fn test_command(stage: &Stage, who: Who, sequence: &Id, body: &Value, at: i64) -> SendTest {
    SendTest {
        id: context(stage, who, at).ids.next_id(),
        sequence_id: sequence.clone(),
        request: PreviewRequest::parse(members(body), false).unwrap(),
        by: stage.principal(who),
        unsubscribe_url: "https://edge.com/m/u/preview".to_owned(),
    }
}

#[test]
fn a_test_goes_to_whoever_asks_for_it() {
    let stage = Stage::new(2);
    let sequence = create(&stage, &with(body(), json!({ "steps": [letter()] }))).id;
    let lead = lead_of(&stage, 1, 0);
    let send = |who, body: &Value| {
        let command = test_command(&stage, who, &sequence, body, START);
        refused(block_on(run(&stage.database, &command, &mut context(&stage, who, START))).map(|ran| ran.done))
    };
    assert_eq!(send(Who::Manager, &json!({ "step_number": 1 })), Err(Refusal::MailNotSetUp));
    change(&stage, &json!({ "mail_address": "hello@tidewater-pumps.com", "mail_name": "Tidewater" }));
    let to = send(Who::Manager, &json!({ "step_number": 1, "lead_id": lead })).unwrap();
    assert_eq!(to, format!("{}@company.com", stage.manager));
    let row = &stage.database.rows("SELECT * FROM mails")[0];
    let told = ["kind", "state", "to_address", "from_address", "from_name"].map(|name| row[name].as_str().unwrap());
    assert_eq!(told, ["test", "queued", &to, "hello@tidewater-pumps.com", "Tidewater"]);
    assert_eq!(
        (row["next_try_at"].as_i64(), &row["unsubscribe_url"]),
        (Some(START), &Value::Null),
        "nobody unsubscribes by it"
    );
    for (body, pointer) in [
        (json!({ "step_number": 9 }), "/step_number"),
        (json!({ "step_number": 1, "lead_id": stage.admin }), "/lead_id"),
    ] {
        let refused = send(Who::Manager, &body);
        assert!(matches!(&refused, Err(Refusal::Invalid(errors)) if errors[0].pointer == pointer), "{refused:?}");
    }
    let unseen = send(Who::Sdr(1), &json!({ "step_number": 1, "lead_id": lead }));
    assert!(matches!(unseen, Err(Refusal::Invalid(_))));
    send(Who::Sdr(1), &json!({ "step_number": 1 })).unwrap();
    assert_eq!((stage.count("mails"), stage.count("mails WHERE subject = 'Analytical Engines: hello Ada'")), (2, 1));
    assert_eq!(stage.count("enrolments"), 0);
}

#[test]
fn a_lost_answer_queues_one_test() {
    let stage = Stage::new(1);
    let sequence = create(&stage, &body()).id;
    change(&stage, &json!({ "mail_address": "hello@tidewater-pumps.com" }));
    let command = test_command(&stage, Who::Sdr(0), &sequence, &json!({ "step_number": 2 }), START);
    let lossy = lossy(&stage, &[], &[1]);
    block_on(run(&lossy, &command, &mut context(&stage, Who::Sdr(0), START))).unwrap();
    assert_eq!(stage.count("mails"), 1);
}
