//! A stand-in for the sending of mails, until the providers are there: it claims, looks once more, asks whoever takes mails
//! under the mail's id as key, and records the answer.

use super::turns::{Turns, companies};
use super::{Again, MailToSend, Run, Trouble, count};
use crate::changes::statements;
use crate::statement::{Database, Row, read_row, statement};
use lead_core::id::Id;
use lead_core::mail::{Mail, MailKind, MailState};
use lead_core::nurture::decide::Verdict;
use lead_core::plan::Change;
use lead_core::time::{HOUR_MS, Instant};
use serde::Deserialize;

/// Whoever takes mails.
#[allow(async_fn_in_trait, reason = "the edge is single-threaded: its futures are not Send")]
pub trait Post {
    /// Hands a mail over.
    async fn send(&self, mail: &Mail) -> Answer;
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was taken.
    Accepted,
    /// It was not; it may be tried again after so many milliseconds.
    Retry(i64),
    /// It never will be.
    Refused,
    /// Nobody knows.
    Unclear,
}

const LEASE_MS: i64 = 5 * 60 * 1000;
const KEY_MS: i64 = 20 * HOUR_MS;
const TRIES: u32 = 12;

const COMPANIES: &str = concat!(
    companies!(
        "SELECT m.company_id FROM mails m INDEXED BY mails_due WHERE m.next_try_at IS NOT NULL AND m.company_id > ?1 ORDER BY m.company_id LIMIT 1",
        "SELECT m.company_id FROM mails m INDEXED BY mails_due WHERE m.next_try_at IS NOT NULL AND m.company_id > c.company_id \
         ORDER BY m.company_id LIMIT 1",
        "?3"
    ),
    "SELECT c.company_id FROM c WHERE c.company_id IS NOT NULL AND EXISTS (SELECT 1 FROM mails m INDEXED BY mails_due \
       WHERE m.company_id = c.company_id AND m.next_try_at IS NOT NULL AND m.next_try_at <= ?2)"
);

const CLAIM: &str = "UPDATE mails SET lease_id = ?3, lease_until = ?4 WHERE company_id = ?1 AND id IN (\
       SELECT id FROM mails INDEXED BY mails_due WHERE company_id = ?1 AND next_try_at IS NOT NULL AND next_try_at <= ?2 \
         AND (lease_until <= ?2 OR lease_until > ?4) ORDER BY next_try_at, id LIMIT ?5) RETURNING *";

const HOLDS: &str = "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) \
     SELECT ?1, ?2, 0, ?3 FROM json_each('[1,2]') WHERE NOT EXISTS (SELECT 1 FROM mails WHERE company_id = ?1 AND id = ?2 AND lease_id = ?3)";

const MARK: &str = "UPDATE mails SET state = 'sending', tries = tries + 1, first_try_at = coalesce(first_try_at, ?3), cap_day = coalesce(?4, cap_day) \
     WHERE company_id = ?1 AND id = ?2";

const SETTLE: &str = "UPDATE mails SET state = ?3, next_try_at = ?4, sent_at = ?5, reason = ?6, lease_id = NULL, lease_until = 0 \
     WHERE company_id = ?1 AND id = ?2";

#[derive(Clone, Debug, Deserialize)]
struct Claimed {
    #[serde(flatten)]
    mail: Mail,
    cap_day: Option<i64>,
}

pub(super) async fn run<D: Database, P: Post>(run: &mut Run<'_, D>, post: &P) {
    let now = run.now();
    let most = |most: usize| i64::try_from(most).unwrap_or(i64::MAX);
    let turns = match Turns::read(run, "send", run.budget.companies, |behind, count| statement!(COMPANIES, behind, now, most(count))).await {
        Ok(turns) => turns,
        Err(trouble) => return run.fault("send", &trouble),
    };
    for (company_id, _) in &turns.companies {
        if run.is_over() {
            return;
        }
        if let Err(trouble) = company(run, post, company_id).await {
            run.fault("send", &trouble);
        }
    }
}

async fn company<D: Database, P: Post>(run: &mut Run<'_, D>, post: &P, company_id: &Id) -> Result<(), Trouble> {
    let mut context = run.context(company_id);
    let lease = context.ids.next_id();
    let now = run.now();
    let claim = statement!(CLAIM, company_id, now, &lease, now.plus_ms(LEASE_MS), 100_i64);
    let outcomes = run.batch(vec![claim]).await?;
    let rows: Vec<Row> = outcomes.into_iter().flat_map(|outcome| outcome.rows).collect();
    for row in rows {
        let claimed: Claimed = read_row(&row)?;
        match one(run, post, company_id, &lease, claimed).await {
            // Whoever has the mail now goes on with it.
            Ok(()) | Err(Trouble::Collision | Trouble::Lost(_)) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(())
}

async fn one<D: Database, P: Post>(
    run: &mut Run<'_, D>,
    post: &P,
    company_id: &Id,
    lease: &Id,
    claimed: Claimed,
) -> Result<(), Trouble> {
    let Claimed { mail, cap_day } = claimed;
    let mut context = run.context(company_id);
    let holds = || statement!(HOLDS, company_id, &mail.id, lease);
    let settle = |state: MailState, next: Option<Instant>, sent: Option<Instant>, reason: Option<&str>| {
        vec![holds(), statement!(SETTLE, company_id, &mail.id, state.as_str(), next, sent, reason)]
    };
    let unclear = mail.state == MailState::Sending;
    let now = context.now;
    let is_late = mail.first_try_at.is_some_and(|first| now.ms() - first.ms() >= KEY_MS);
    if unclear && is_late {
        return run.batch(settle(MailState::Parked, None, None, Some("unclear"))).await.map(drop);
    }
    let mut day = None;
    let mut mark = vec![holds()];
    if let (MailKind::Sequence, Some(lead_id), Some(sequence_id), Some(revision)) =
        (mail.kind, mail.lead_id.clone(), mail.sequence_id.clone(), mail.revision)
    {
        let asked = MailToSend { id: mail.id.clone(), lead_id, sequence_id, revision, cap_day };
        let again = Again::look(run, std::slice::from_ref(&asked), &mut context).await?;
        match again.verdicts.get(&mail.id) {
            Some(Verdict::Cancel(reason)) => {
                let state = if unclear { MailState::Parked } else { MailState::Cancelled };
                let mut writes = settle(state, None, None, Some(reason.as_str()));
                writes.extend(statements(&[Change::Leave(again.endings)], &context));
                return run.batch(writes).await.map(drop);
            }
            Some(Verdict::Hold(hold)) => {
                return run.batch(settle(mail.state, Some(hold.until), None, None)).await.map(drop);
            }
            Some(Verdict::Ask) => {}
            None => return Ok(()),
        }
        day = Some(again.day);
        mark.extend(count(again.day, &again.tally, &context));
    }
    mark.push(statement!(MARK, company_id, &mail.id, now, day));
    run.batch(mark).await?;
    let answer = post.send(&mail).await;
    let now = run.now();
    let backoff = (60_000_i64 << mail.tries.min(8)).min(2 * HOUR_MS);
    let writes = match answer {
        Answer::Accepted => settle(MailState::Sent, None, Some(now), None),
        Answer::Refused => settle(MailState::Dead, None, None, Some("refused")),
        Answer::Retry(_) if mail.tries >= TRIES && !unclear => settle(MailState::Dead, None, None, Some("tries")),
        // After an unclear try a refusal of this one says nothing about that one.
        Answer::Retry(after) if !unclear => {
            settle(MailState::Queued, Some(now.plus_ms(after.max(backoff))), None, None)
        }
        Answer::Retry(_) | Answer::Unclear => settle(MailState::Sending, Some(now.plus_ms(backoff)), None, None),
    };
    run.batch(writes).await.map(drop)
}
