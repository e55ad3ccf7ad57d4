//! Mails the questions for consent that wait. The mail has the question's id, so that two runs write it once.

use super::{Run, Trouble, leads};
use crate::changes::statements;
use crate::statement::{Database, Statement, read_row, statement};
use crate::suppressions;
use lead_core::consent::ConsentText;
use lead_core::id::Id;
use lead_core::nurture::compose::Composer;
use lead_core::nurture::question::{Asking, asking};
use lead_core::opt_in::EXPIRY_MS;
use lead_core::plan::QueuedMail;
use lead_core::suppression::AddressHash;
use lead_core::time::{HOUR_MS, Instant};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// The questions that waited longest.
const WAITING: &str = "SELECT o.company_id, o.lead_id, o.id, o.text, o.text_version, o.expires_at FROM opt_ins o INDEXED BY opt_ins_open \
     WHERE o.mail_id IS NULL AND o.confirmed_at IS NULL AND o.ask_at <= ?1 ORDER BY o.ask_at, o.company_id, o.lead_id LIMIT ?2";

/// The time to answer begins with the mail. ?2 JSON of lead and question.
const ASKED: &str = "WITH j AS MATERIALIZED (SELECT value FROM json_each(?2)) UPDATE opt_ins SET mail_id = id, expires_at = ?3 FROM j \
     WHERE company_id = ?1 AND lead_id = j.value ->> 0 AND id = j.value ->> 1";

const LATER: &str = "WITH j AS MATERIALIZED (SELECT value FROM json_each(?2)) UPDATE opt_ins SET ask_at = ?3 FROM j \
     WHERE company_id = ?1 AND lead_id = j.value ->> 0 AND id = j.value ->> 1 AND mail_id IS NULL";

const NEVER: &str = "DELETE FROM opt_ins WHERE (company_id, lead_id, id) IN (\
       SELECT ?1, j.value ->> 0, j.value ->> 1 FROM json_each(?2) j) AND mail_id IS NULL AND confirmed_at IS NULL";

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    vec![(WAITING, "opt_ins_open"), (ASKED, "PRIMARY KEY"), (LATER, "PRIMARY KEY"), (NEVER, "PRIMARY KEY")]
}

#[derive(Deserialize)]
struct Question {
    company_id: Id,
    lead_id: Id,
    id: Id,
    text: String,
    text_version: String,
    expires_at: Instant,
}

pub(super) async fn run<D: Database>(run: &mut Run<'_, D>) {
    if let Err(trouble) = some(run).await {
        run.report.faults.push(format!("ask: {trouble}"));
    }
}

async fn some<D: Database>(run: &mut Run<'_, D>) -> Result<(), Trouble> {
    let most = i64::try_from(run.budget.questions).unwrap_or(i64::MAX);
    let waiting = run.batch(vec![statement!(WAITING, run.now(), most)]).await?;
    let mut of: BTreeMap<Id, Vec<Question>> = BTreeMap::new();
    for row in waiting.iter().flat_map(|outcome| &outcome.rows) {
        let question: Question = read_row(row)?;
        of.entry(question.company_id.clone()).or_default().push(question);
    }
    for (company_id, questions) in of {
        if run.is_over() {
            return Ok(());
        }
        match of_company(run, &company_id, &questions).await {
            // Another run asks them.
            Ok(()) | Err(Trouble::Collision) => {}
            Err(trouble) => run.report.faults.push(format!("ask: {trouble}")),
        }
    }
    Ok(())
}

async fn of_company<D: Database>(run: &mut Run<'_, D>, company_id: &Id, questions: &[Question]) -> Result<(), Trouble> {
    let ids: Vec<Id> = questions.iter().map(|question| question.lead_id.clone()).collect();
    let read = run.batch(vec![leads::read(company_id, &ids), leads::read_company(company_id)]).await?;
    let [found, company] = read.as_slice() else { return Ok(()) };
    let (known, company) = (leads::found(found), leads::company(company).ok());
    let setup = run.setup;
    let hash = |key: &str| AddressHash::of_key(setup.secret, company_id, key);
    let hashes: Vec<AddressHash> = known.values().map(|lead| hash(&lead.email_key)).collect();
    let read = run.batch(vec![suppressions::read_many(company_id, &hashes)]).await?;
    let suppressed = read.first().map(suppressions::found_many).transpose()?.unwrap_or_default();
    let mut context = run.context(company_id);
    let now = context.now;
    let (mut mails, mut asked, mut later, mut never) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for question in questions {
        let lead = known.get(&question.lead_id);
        let by = lead.and_then(|lead| suppressed.of(hash(&lead.email_key), None));
        let place = json!([question.lead_id, question.id]);
        let mail = || {
            let composer = Composer { company: company.as_ref()?, secret: setup.secret, public_url: setup.public_url };
            let text = ConsentText { version: question.text_version.clone(), text: question.text.clone() };
            composer.question(&question.id, &text, lead?, now)
        };
        match asking(company.as_ref().map(|company| &company.settings), lead, by) {
            Asking::Never => never.push(place),
            _ if question.expires_at <= now => never.push(place),
            Asking::Later => later.push(place),
            Asking::Now => match mail() {
                Some(mail) => {
                    let audit_id = context.ids.next_id();
                    mails.push(QueuedMail { mail, cap_day: None, audit_id });
                    asked.push(place);
                }
                None => later.push(place),
            },
        }
    }
    let count = mails.len();
    let mut writes = statements(&QueuedMail::queue(mails), &context);
    let mut add = |sql: &'static str, places: Vec<serde_json::Value>, until: Option<Instant>| {
        if !places.is_empty() {
            let mut write: Statement = statement!(sql, company_id, serde_json::Value::Array(places));
            write.params.extend(until.map(Into::into));
            writes.push(write);
        }
    };
    add(ASKED, asked, Some(now.plus_ms(EXPIRY_MS)));
    add(LATER, later, Some(now.plus_ms(HOUR_MS)));
    add(NEVER, never, None);
    if !writes.is_empty() {
        run.batch(writes).await?;
    }
    run.report.questions += count;
    Ok(())
}
