//! The outbox at work: mails are claimed under a lease, marked just before a provider is called, and settled by what it said.

use super::turns::companies;
use crate::statement::{Outcome, Statement, read_row, statement};
use crate::trail::{self, changes, trail};
use lead_core::activity::SystemEvent;
use lead_core::id::Id;
use lead_core::mail::sending::{Pending, Provider, Settled, Told, TryAct, TryOutcome};
use lead_core::mail::{Mail, MailState};
use lead_core::plan::Context;
use lead_core::time::Instant;
use serde::Deserialize;

/// How long a run keeps what it claims. The clock may have been set back since: a lease a minute
/// further ahead than that is none. Within the minute another run only read the clock a little later, and holds it.
pub(super) const LEASE_MS: i64 = 5 * 60 * 1000;

/// Companies behind ?1, at most ?3, with mails that are due at ?2.
pub(super) const COMPANIES: &str = concat!(
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
         AND (lease_until <= ?2 OR lease_until > ?4 + 60000) ORDER BY next_try_at, id LIMIT ?5) RETURNING *";

/// Those of ?4 that the lease still holds are anybody's again.
const RELEASE: &str = "UPDATE mails SET lease_id = NULL, lease_until = 0 WHERE company_id = ?1 AND lease_id = ?2 \
       AND id IN (SELECT value FROM json_each(?3))";

/// Collides where the mail is not held any more.
const HOLDS: &str = "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) \
     SELECT ?1, ?2, 0, ?4 FROM json_each('[1,2]') WHERE NOT EXISTS (\
       SELECT 1 FROM mails WHERE company_id = ?1 AND id = ?2 AND lease_id = ?3 AND next_try_at IS NOT NULL)";

/// Collides where its lead left since it was looked at.
const STAYS: &str = "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) \
     SELECT ?1, ?2, 0, ?3 FROM json_each('[1,2]') WHERE EXISTS (SELECT 1 FROM mails m JOIN enrolments e ON e.company_id = m.company_id \
       AND e.sequence_id = m.sequence_id AND e.lead_id = m.lead_id WHERE m.company_id = ?1 AND m.id = ?2 AND e.state = 'left')";

const MARK: &str = "UPDATE mails SET state = 'sending', tries = tries + 1, first_try_at = coalesce(first_try_at, ?3), \
       asked_at = coalesce(asked_at, ?3), provider = ?4, cap_day = coalesce(?5, cap_day) WHERE company_id = ?1 AND id = ?2";

/// It waits on, if it is still held.
const WAIT: &str = "UPDATE mails SET state = ?4, next_try_at = ?5, asked_at = ?6, absent_at = ?7, lease_id = NULL, \
       lease_until = 0 WHERE company_id = ?1 AND id = ?2 AND lease_id = ?3";

/// That a provider has a mail is written whoever holds it by now: nothing makes it untrue.
macro_rules! settles {
    () => {
        " m.company_id = ?1 AND m.id = ?2 AND (m.lease_id = ?3 OR (?4 = 'sent' AND m.state <> 'sent'))"
    };
}

const TRAIL_END: &str = concat!(
    "WITH told AS (SELECT ?7 AS audit_id, m.id AS entity_id, 'state' AS field_name, m.state AS old_value, ?4 AS new_value FROM mails m WHERE",
    settles!(),
    " UNION ALL SELECT ?8, m.id, 'reason', m.reason, ?5 FROM mails m WHERE",
    settles!(),
    ")",
    changes!("'mail'", "'send'", "?6")
);

const END: &str = concat!(
    "UPDATE mails AS m SET state = ?4, reason = ?5, next_try_at = NULL, asked_at = NULL, absent_at = NULL, lease_id = NULL, lease_until = 0, \
       sent_at = coalesce(?6, sent_at), provider_id = coalesce(?7, provider_id) WHERE",
    settles!()
);

/// The lead of a step that is sent by this, if it is not erased meanwhile.
macro_rules! reached {
    () => {
        concat!(
            " FROM mails m JOIN leads l ON l.company_id = m.company_id AND l.id = m.lead_id AND l.erased_at IS NULL \
             WHERE m.kind = 'sequence' AND",
            settles!()
        )
    };
}

const TRAIL_TOLD: &str = concat!(
    "WITH told AS (SELECT ?6 AS audit_id, ?5 AS entity_id, NULL AS field_name, NULL AS old_value, NULL AS new_value",
    reached!(),
    ")",
    trail!("'activity'", "'create'", "?7")
);

const TELL: &str = concat!(
    "INSERT INTO activities (company_id, id, related_to_type, related_to_id, activity_type, event, subject, occurred_at, created_at, updated_at) \
     SELECT ?1, ?5, 'lead', l.id, 'system', ?6, substr(m.subject, 1, 200), ?7, ?7, ?7",
    reached!()
);

const TRY: &str = "INSERT INTO mail_tries (company_id, mail_id, id, provider, act, outcome, status, words, created_at) \
     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM mails WHERE company_id = ?1 AND id = ?2)";

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    let by_key =
        [HOLDS, STAYS, MARK, WAIT, TRAIL_END, END, TRAIL_TOLD, TELL, TRY, RELEASE].map(|sql| (sql, "PRIMARY KEY"));
    by_key.into_iter().chain([(COMPANIES, "mails_due"), (CLAIM, "mails_due")]).collect()
}

/// A mail that was claimed, as it stood.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Claimed {
    #[serde(flatten)]
    pub(super) mail: Mail,
    pub(super) cap_day: Option<i64>,
    pub(super) asked_at: Option<Instant>,
    pub(super) absent_at: Option<Instant>,
}

impl Claimed {
    pub(super) fn pending(&self) -> Pending<'_> {
        let Mail { kind, tries, provider, due_at, .. } = &self.mail;
        let (asked_at, absent_at, provider) = (self.asked_at, self.absent_at, provider.as_deref());
        Pending { kind: *kind, tries: *tries, asked_at, absent_at, provider, due_at: *due_at }
    }
}

/// Whose lease it is.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) company_id: Id,
    pub(super) id: Id,
    pub(super) until: Instant,
}

impl Lease {
    /// Takes those that are due longest.
    pub(super) fn claim(&self, now: Instant, most: i64) -> Statement {
        statement!(CLAIM, &self.company_id, now, &self.id, self.until, most)
    }

    /// What the claim took, the longest due first, and how many cannot be read: those must not stop the others.
    pub(super) fn claimed(outcomes: &[Outcome]) -> (Vec<Claimed>, usize) {
        let rows = outcomes.first().map_or(&[][..], |outcome| outcome.rows.as_slice());
        let mut claimed: Vec<Claimed> = rows.iter().filter_map(|row| read_row(row).ok()).collect();
        claimed
            .sort_by(|one, other| (one.mail.next_try_at, &one.mail.id).cmp(&(other.mail.next_try_at, &other.mail.id)));
        let unreadable = rows.len() - claimed.len();
        (claimed, unreadable)
    }

    /// Gives back what was not begun.
    pub(super) fn release(&self, rest: &[Claimed]) -> Statement {
        let ids: Vec<&Id> = rest.iter().map(|claimed| &claimed.mail.id).collect();
        statement!(RELEASE, &self.company_id, &self.id, serde_json::json!(ids))
    }

    /// Lets the batch pass only while this mail is held.
    pub(super) fn holds(&self, mail_id: &Id, context: &Context<'_>) -> Statement {
        statement!(HOLDS, &self.company_id, mail_id, &self.id, &context.actor.request_id)
    }

    /// From now on this provider may have it, unless its lead left just now.
    pub(super) fn mark(
        &self,
        mail_id: &Id,
        provider: &Provider,
        day: Option<i64>,
        context: &Context<'_>,
    ) -> [Statement; 2] {
        let company = &self.company_id;
        [
            statement!(STAYS, company, mail_id, &context.actor.request_id),
            statement!(MARK, company, mail_id, context.now, provider.name, day),
        ]
    }

    /// Where a mail stands from now on, with what tells of it.
    pub(super) fn settle(&self, mail_id: &Id, settled: &Settled, context: &mut Context<'_>) -> Vec<Statement> {
        let Settled { state, next_try_at, asked_at, absent_at, provider_id, reason } = settled;
        let (company, word) = (&self.company_id, state.as_str());
        if matches!(state, MailState::Queued | MailState::Sending) {
            return vec![statement!(WAIT, company, mail_id, &self.id, word, *next_try_at, *asked_at, *absent_at)];
        }
        let [state_id, reason_id, activity_id, told_id] = std::array::from_fn(|_| context.ids.next_id());
        let who = trail::who(context);
        let reason = reason.as_ref();
        let mut out =
            vec![statement!(TRAIL_END, company, mail_id, &self.id, word, reason, who.clone(), state_id, reason_id)];
        let is_sent = *state == MailState::Sent;
        if is_sent {
            let event = SystemEvent::MailSent.as_str();
            out.push(statement!(TRAIL_TOLD, company, mail_id, &self.id, word, &activity_id, told_id, who));
            out.push(statement!(TELL, company, mail_id, &self.id, word, &activity_id, event, context.now));
        }
        let sent_at = is_sent.then_some(context.now);
        out.push(statement!(END, company, mail_id, &self.id, word, reason, sent_at, provider_id.as_ref()));
        out
    }
}

/// What a provider was asked, and what it said.
pub(super) struct Try<'a, T> {
    pub(super) mail_id: &'a Id,
    pub(super) provider: &'static str,
    pub(super) act: TryAct,
    pub(super) outcome: TryOutcome,
    pub(super) told: &'a Told<T>,
}

impl<T> Try<'_, T> {
    pub(super) fn write(&self, context: &mut Context<'_>) -> Statement {
        let id = context.ids.next_id();
        let status = self.told.status.map(i64::from);
        statement!(
            TRY,
            &context.company_id,
            self.mail_id,
            id,
            self.provider,
            self.act.as_str(),
            self.outcome.as_str(),
            status,
            self.told.words.as_ref(),
            context.now,
        )
    }
}
