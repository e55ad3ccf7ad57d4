//! What mails bring back, written: the list of who is never mailed, events, questions for consent and their answers.

use crate::statement::{Statement, statement};
use crate::trail::{self, changes};
use lead_core::opt_in::{ASK_AGAIN_MS, EXPIRY_MS};
use lead_core::plan::{Confirmed, Context, Lift, NewMailEvent, NewOptIn, Suppress};

const SUPPRESS: &str = "INSERT INTO suppressions (company_id, address_hash, sequence_id, id, reason, mail_id, created_at) \
     VALUES (?1, ?2, coalesce(?3, ''), ?4, ?5, ?6, ?7)";

const SUPPRESS_MORE: &str = "UPDATE suppressions SET reason = ?4, mail_id = ?5 \
     WHERE company_id = ?1 AND address_hash = ?2 AND sequence_id = coalesce(?3, '')";

pub(crate) fn suppress(suppress: &Suppress, context: &Context<'_>) -> Statement {
    let Suppress { id, address, sequence_id, reason, mail_id, stands } = suppress;
    let (company, address, sequence) = (&context.company_id, address.to_hex(), sequence_id.as_ref());
    let (reason, mail) = (reason.as_str(), mail_id.as_ref());
    if *stands {
        statement!(SUPPRESS_MORE, company, address, sequence, reason, mail)
    } else {
        statement!(SUPPRESS, company, address, sequence, id, reason, mail, context.now)
    }
}

const LIFT: &str = "DELETE FROM suppressions WHERE company_id = ?1 AND address_hash = ?2 AND sequence_id = coalesce(?3, '') \
     AND reason = ?4";

pub(crate) fn lift(lift: &Lift, context: &Context<'_>) -> Statement {
    let Lift { address, sequence_id, reason } = lift;
    statement!(LIFT, &context.company_id, address.to_hex(), sequence_id.as_ref(), reason.as_str())
}

const KEEP_EVENT: &str = "INSERT INTO mail_events (company_id, mail_id, source, id, kind, detail, created_at, judged_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (company_id, mail_id, source) DO NOTHING";

pub(crate) fn keep_event(event: &NewMailEvent, context: &Context<'_>) -> Statement {
    let NewMailEvent { id, mail_id, source, kind, detail, at, is_done } = event;
    let judged = is_done.then_some(context.now);
    let company = &context.company_id;
    statement!(KEEP_EVENT, company, mail_id, source, id, kind.as_str(), detail.as_ref(), *at, judged)
}

/// Whoever asks again and again would have somebody else's mailbox filled.
const ASK: &str = "INSERT INTO opt_ins (company_id, lead_id, id, touch_id, text, text_version, locale, source, created_at, ask_at, expires_at) \
     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10 WHERE NOT EXISTS (SELECT 1 FROM opt_ins o WHERE o.company_id = ?1 AND o.lead_id = ?2 \
       AND o.confirmed_at IS NULL AND o.created_at > ?11)";

pub(crate) fn ask(asked: &NewOptIn, context: &Context<'_>) -> Statement {
    let NewOptIn { id, lead_id, touch_id, text, locale, source } = asked;
    let now = context.now;
    statement!(
        ASK,
        &context.company_id,
        lead_id,
        id,
        touch_id.as_ref(),
        &text.text,
        &text.version,
        locale.as_ref(),
        source,
        now,
        now.plus_ms(EXPIRY_MS),
        now.plus_ms(-ASK_AGAIN_MS),
    )
}

/// The question's only version: two answers collide, and the second finds it answered.
const ANSWER: &str = "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) VALUES (?1, ?2, 1, ?3)";

const ANSWERED: &str = "UPDATE opt_ins SET confirmed_at = ?4 WHERE company_id = ?1 AND lead_id = ?2 AND id = ?3";

const TRAIL_CONFIRMED: &str = concat!(
    "WITH told AS (SELECT ?4 AS audit_id, id AS entity_id, 'consent_confirmed_at' AS field_name, consent_confirmed_at AS old_value, \
         CAST(?3 AS INTEGER) AS new_value FROM leads WHERE company_id = ?1 AND id = ?2)",
    changes!("'lead'", "'update'", "?5")
);

const CONFIRMED: &str = "UPDATE leads SET consent_confirmed_at = ?3, updated_at = max(updated_at, ?3) \
     WHERE company_id = ?1 AND id = ?2";

pub(crate) fn confirm(confirmed: &Confirmed, context: &Context<'_>) -> [Statement; 4] {
    let Confirmed { opt_in_id, lead_id, attempt_id, audit_id } = confirmed;
    let (company, now) = (&context.company_id, context.now);
    [
        statement!(ANSWER, company, opt_in_id, attempt_id),
        statement!(ANSWERED, company, lead_id, opt_in_id, now),
        statement!(TRAIL_CONFIRMED, company, lead_id, now, audit_id, trail::who(context)),
        statement!(CONFIRMED, company, lead_id, now),
    ]
}
