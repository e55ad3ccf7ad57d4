//! Judges what came back of mails, a minute after it came. Overlapping runs come to the same verdicts: what counts and what is
//! told has an id made of what it stands for, and is written once.

use super::{Run, Trouble};
use crate::changes::statements;
use crate::statement::{Database, Outcome, Statement, Value, read_row, statement};
use crate::trail::{self, trail};
use lead_core::id::Id;
use lead_core::mail::machine::Machine;
use lead_core::nurture::judging::{JudgedMail, Judgement, Line, MailEvent, Stamps, WAIT_MS, judge_mail};
use lead_core::plan::{Change, Context};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Mails whose events are judged in one batch.
const AT_ONCE: usize = 20;

/// The oldest events that wait, by their mails.
const WAITING: &str = "SELECT DISTINCT company_id, mail_id FROM (SELECT e.company_id, e.mail_id FROM mail_events e INDEXED BY mail_events_open \
       WHERE e.judged_at IS NULL AND e.created_at <= ?1 ORDER BY e.created_at, e.company_id, e.mail_id LIMIT ?2)";

/// The mails ?2, each with where its lead stands.
const MAILS: &str = "SELECT m.id, m.kind, m.lead_id, m.subject, m.links, m.first_try_at, m.sent_at, m.delivered_at, l.status \
     FROM json_each(?2) j CROSS JOIN mails m ON m.company_id = ?1 AND m.id = j.value \
     LEFT JOIN leads l ON l.company_id = ?1 AND l.id = m.lead_id AND l.deleted_at IS NULL";

/// Their events, those that were judged too.
const EVENTS: &str = "SELECT e.mail_id, e.source, e.kind, e.link, e.method, e.user_agent, e.detail, e.judged_at, e.created_at \
     FROM json_each(?2) j CROSS JOIN mail_events e ON e.company_id = ?1 AND e.mail_id = j.value";

/// ?2 JSON of mail, source and machine.
const VERDICTS: &str = "WITH j AS MATERIALIZED (SELECT value FROM json_each(?2)) UPDATE mail_events SET machine = j.value ->> 2, judged_at = ?3 FROM j \
     WHERE company_id = ?1 AND mail_id = j.value ->> 0 AND source = j.value ->> 1 AND judged_at IS NULL";

/// Events of mails that cannot be read are judged too, or they would be read for ever.
const GIVE_UP: &str = "UPDATE mail_events SET machine = ?3, judged_at = ?4 \
     WHERE company_id = ?1 AND mail_id IN (SELECT value FROM json_each(?2)) AND judged_at IS NULL";

const STAMPS: &str = "WITH j AS MATERIALIZED (SELECT value FROM json_each(?2)) UPDATE mails SET delivered_at = coalesce(delivered_at, j.value ->> 'delivered_at'), \
       opened_at = coalesce(opened_at, j.value ->> 'opened_at'), clicked_at = coalesce(clicked_at, j.value ->> 'clicked_at'), \
       bounced_at = coalesce(bounced_at, j.value ->> 'bounced_at'), complained_at = coalesce(complained_at, j.value ->> 'complained_at') \
     FROM j WHERE company_id = ?1 AND id = j.value ->> 'id'";

/// The lines ?2 of leads that are not erased meanwhile, as far as nobody told them yet.
macro_rules! untold {
    () => {
        " FROM json_each(?2) j CROSS JOIN leads l ON l.company_id = ?1 AND l.id = j.value ->> 'lead_id' AND l.erased_at IS NULL \
         WHERE NOT EXISTS (SELECT 1 FROM activities a WHERE a.company_id = ?1 AND a.id = j.value ->> 'id')"
    };
}

const TRAIL_TOLD: &str = concat!(
    "WITH told AS (SELECT j.value ->> 'audit_id' AS audit_id, j.value ->> 'id' AS entity_id, NULL AS field_name, NULL AS old_value, \
         NULL AS new_value",
    untold!(),
    ")",
    trail!("'activity'", "'create'", "?3")
);

const TELL: &str = concat!(
    "INSERT INTO activities (company_id, id, related_to_type, related_to_id, activity_type, event, subject, notes, occurred_at, created_at, \
       updated_at) SELECT ?1, j.value ->> 'id', 'lead', l.id, 'system', j.value ->> 'event', j.value ->> 'subject', j.value ->> 'notes', \
       j.value ->> 'at', ?3, ?3",
    untold!()
);

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    let by_key = [MAILS, EVENTS, VERDICTS, GIVE_UP, STAMPS, TRAIL_TOLD, TELL].map(|sql| (sql, "PRIMARY KEY"));
    by_key.into_iter().chain([(WAITING, "mail_events_open")]).collect()
}

pub(super) async fn run<D: Database>(run: &mut Run<'_, D>) {
    let mut rest = run.budget.events;
    while rest > 0 && !run.is_over() {
        let most = rest.min(500);
        match some(run, most).await {
            Ok(0) => return,
            Ok(judged) => rest = rest.saturating_sub(judged),
            Err(trouble) => {
                run.report.faults.push(format!("judge: {trouble}"));
                return;
            }
        }
    }
}

/// Judges the events that waited longest; gives how many, at least one where some waited.
async fn some<D: Database>(run: &mut Run<'_, D>, most: usize) -> Result<usize, Trouble> {
    #[derive(Deserialize)]
    struct Waiting {
        company_id: Id,
        mail_id: Id,
    }
    let until = run.now().plus_ms(-WAIT_MS);
    let waiting = run.batch(vec![statement!(WAITING, until, i64::try_from(most).unwrap_or(i64::MAX))]).await?;
    let mut of: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    for row in waiting.iter().flat_map(|outcome| &outcome.rows) {
        let Waiting { company_id, mail_id } = read_row(row)?;
        of.entry(company_id).or_default().push(mail_id);
    }
    let mut judged = 0;
    for (company_id, mails) in of {
        for mails in mails.chunks(AT_ONCE) {
            if run.is_over() {
                return Ok(judged.max(1));
            }
            judged += of_company(run, &company_id, mails).await?;
        }
    }
    run.report.judged += judged;
    Ok(judged)
}

async fn of_company<D: Database>(run: &mut Run<'_, D>, company_id: &Id, mails: &[Id]) -> Result<usize, Trouble> {
    let read = run.batch([MAILS, EVENTS].map(|sql| statement!(sql, company_id, json!(mails))).to_vec()).await?;
    let mut context = run.context(company_id);
    let (writes, judged, unreadable) = judgements(&read, mails, &mut context);
    if unreadable > 0 {
        run.report.faults.push(format!("judge: {unreadable} mails cannot be read"));
    }
    if !writes.is_empty() {
        run.batch(writes).await?;
    }
    Ok(judged)
}

/// What is written, how many events that judges, and how many mails could not be read.
fn judgements(read: &[Outcome], asked: &[Id], context: &mut Context<'_>) -> (Vec<Statement>, usize, usize) {
    let rows = |at: usize| read.get(at).map_or(&[][..], |outcome| outcome.rows.as_slice());
    let mut mails: BTreeMap<Id, (JudgedMail, Vec<MailEvent>)> = BTreeMap::new();
    for mail in rows(0).iter().filter_map(|row| read_row::<JudgedMail>(row).ok()) {
        mails.insert(mail.id.clone(), (mail, Vec::new()));
    }
    for row in rows(1) {
        let mail_id = row.get("mail_id").and_then(|id| Id::parse(id.as_str()?));
        match (read_row::<MailEvent>(row), mail_id) {
            (Ok(event), Some(id)) => drop(mails.entry(id).and_modify(|(_, events)| events.push(event))),
            // Without one of its events a mail is not judged.
            (Err(_), Some(id)) => drop(mails.remove(&id)),
            (_, None) => {}
        }
    }
    let unreadable: Vec<&Id> = asked.iter().filter(|id| !mails.contains_key(*id)).collect();
    let judged: Vec<(Id, Judgement)> =
        mails.into_values().map(|(mail, events)| (mail.id.clone(), judge_mail(&mail, &events, context))).collect();
    let count = judged.iter().map(|(_, judgement)| judgement.verdicts.len()).sum::<usize>() + unreadable.len();
    let mut writes = write(judged, context);
    if !unreadable.is_empty() {
        let company = &context.company_id;
        writes.push(statement!(GIVE_UP, company, json!(unreadable), Machine::Unreadable.as_str(), context.now));
    }
    (writes, count, unreadable.len())
}

fn write(judged: Vec<(Id, Judgement)>, context: &mut Context<'_>) -> Vec<Statement> {
    let (mut verdicts, mut stamps, mut lines, mut counts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (mail_id, judgement) in judged {
        verdicts.extend(judgement.verdicts.iter().map(|(source, machine)| json!([mail_id, source, machine])));
        if judgement.stamps != Stamps::default() {
            stamps.push(stamped(&mail_id, &judgement.stamps));
        }
        lines.extend(judgement.lines);
        counts.extend(judgement.counts.into_iter().map(Change::CountEvent));
    }
    // Told twice in one batch, the second would not see the first.
    lines.sort_by(|one, other| (&one.id, one.at).cmp(&(&other.id, other.at)));
    lines.dedup_by(|second, first| second.id == first.id);
    let mut out = statements(&counts, context);
    let lines: Vec<_> = lines.iter().map(|line| told(line, context)).collect();
    let (company, now) = (&context.company_id, context.now);
    let of = |sql: &'static str, items: Vec<serde_json::Value>, last: Option<Value>| {
        let mut statement = statement!(sql, company, serde_json::Value::Array(items));
        statement.params.extend(last);
        statement
    };
    if !stamps.is_empty() {
        out.push(of(STAMPS, stamps, None));
    }
    if !lines.is_empty() {
        out.push(of(TRAIL_TOLD, lines.clone(), Some(trail::who(context).into())));
        out.push(of(TELL, lines, Some(now.into())));
    }
    if !verdicts.is_empty() {
        out.push(of(VERDICTS, verdicts, Some(now.into())));
    }
    out
}

fn stamped(mail_id: &Id, stamps: &Stamps) -> serde_json::Value {
    let Stamps { delivered_at, opened_at, clicked_at, bounced_at, complained_at } = stamps;
    let ms = |at: &Option<lead_core::time::Instant>| at.map(lead_core::time::Instant::ms);
    json!({
        "id": mail_id, "delivered_at": ms(delivered_at), "opened_at": ms(opened_at), "clicked_at": ms(clicked_at),
        "bounced_at": ms(bounced_at), "complained_at": ms(complained_at),
    })
}

fn told(line: &Line, context: &mut Context<'_>) -> serde_json::Value {
    json!({
        "id": line.id, "lead_id": line.lead_id, "event": line.event.as_str(), "subject": line.subject, "notes": line.notes,
        "at": line.at.ms(), "audit_id": context.ids.next_id(),
    })
}
