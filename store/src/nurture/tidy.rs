//! Takes away what nobody asks for any more, a bounded piece of it with each run.

use super::{Run, Trouble};
use crate::statement::{Database, statement};
use lead_core::time::{DAY_MS, HOUR_MS};

/// Counts of days that every clock of the world has left behind.
const DAYS: &str = "DELETE FROM mail_days WHERE (day, company_id, subject) IN (\
       SELECT d.day, d.company_id, d.subject FROM mail_days d WHERE d.day < ?1 ORDER BY d.day LIMIT ?2) RETURNING 1 AS one";

/// Questions that nobody can answer any more; the answers of the others stand in the ledger of consents.
const OPT_INS: &str = "DELETE FROM opt_ins WHERE (company_id, lead_id, id) IN (\
       SELECT o.company_id, o.lead_id, o.id FROM opt_ins o INDEXED BY opt_ins_expired WHERE o.mail_id IS NOT NULL AND o.expires_at < ?1 ORDER BY o.expires_at LIMIT ?2) \
     RETURNING 1 AS one";

/// Mails with links that open nothing: they were written because those of real people are.
const NOBODYS: &str = "DELETE FROM mails WHERE company_id = '' AND id IN (\
       SELECT m.id FROM mails m INDEXED BY mails_due WHERE m.company_id = '' AND m.next_try_at < ?1 ORDER BY m.next_try_at LIMIT ?2) \
     RETURNING 1 AS one";

/// How long each is kept.
const DAYS_KEPT: i64 = 3;
const QUESTIONS_KEPT_MS: i64 = 30 * DAY_MS;
const NOBODYS_KEPT_MS: i64 = HOUR_MS;

/// How many rows of each kind one run takes away.
const MOST: i64 = 500;

/// Every query text of this module with the index it must walk, for the test that explains them.
pub(super) fn explainable() -> [(&'static str, &'static str); 3] {
    [(DAYS, "PRIMARY KEY (day<?)"), (OPT_INS, "opt_ins_expired"), (NOBODYS, "mails_due")]
}

pub(super) async fn run<D: Database>(run: &mut Run<'_, D>) {
    if let Err(trouble) = some(run).await {
        run.fault("tidy", &trouble);
    }
}

async fn some<D: Database>(run: &mut Run<'_, D>) -> Result<(), Trouble> {
    let now = run.now();
    let statements = vec![
        statement!(DAYS, now.ms().div_euclid(DAY_MS) - DAYS_KEPT, MOST),
        statement!(OPT_INS, now.plus_ms(-QUESTIONS_KEPT_MS), MOST),
        statement!(NOBODYS, now.plus_ms(-NOBODYS_KEPT_MS), MOST),
    ];
    let outcomes = run.batch(statements).await?;
    run.report.tidied += outcomes.iter().map(|outcome| outcome.rows.len()).sum::<usize>();
    Ok(())
}
