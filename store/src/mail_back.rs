//! What mails bring back, written: the list of who is never mailed, events, questions for consent and their answers.

use crate::statement::{Statement, statement};
use crate::trail::{self, changes, trail};
use lead_core::opt_in::{ASK_AGAIN_MS, EXPIRY_MS};
use lead_core::plan::{Confirmed, Context, Lift, NewMailEvent, NewOptIn, Suppress};
use lead_core::suppression::SuppressionReason;
use serde_json::{Value, json};

const SUPPRESS: &str = "INSERT INTO suppressions (company_id, address_hash, sequence_id, id, reason, mail_id, created_at) \
     VALUES (?1, ?2, coalesce(?3, ''), ?4, ?5, ?6, ?7)";

const TRAIL_SUPPRESSED: &str = concat!(
    "WITH told AS (SELECT ?2 AS audit_id, ?3 AS entity_id, NULL AS field_name, NULL AS old_value, NULL AS new_value)",
    trail!("'suppression'", "'create'", "?4")
);

/// The row of the list that stands for one of the weaker reasons ?6: two that make it stronger keep the strongest.
macro_rules! weaker {
    () => {
        " WHERE company_id = ?1 AND address_hash = ?2 AND sequence_id = coalesce(?3, '') AND reason IN (SELECT value FROM json_each(?6))"
    };
}

const SUPPRESS_MORE: &str = concat!("UPDATE suppressions SET reason = ?4, mail_id = ?5", weaker!());

const TRAIL_MORE: &str = concat!(
    "WITH told AS (SELECT ?7 AS audit_id, id AS entity_id, 'reason' AS field_name, reason AS old_value, ?4 AS new_value FROM suppressions",
    weaker!(),
    " UNION ALL SELECT ?8, id, 'mail_id', mail_id, ?5 FROM suppressions",
    weaker!(),
    ")",
    changes!("'suppression'", "'update'", "?9")
);

/// Who acts, for a row that outlives the person: of whoever does not work here it holds neither address nor browser, for
/// nothing ties it to them when they are erased.
fn who(context: &Context<'_>) -> Value {
    let mut who = trail::who(context);
    if context.actor.user_id.is_none() {
        (who["ip"], who["agent"]) = (Value::Null, Value::Null);
    }
    who
}

pub(crate) fn suppress(suppress: &Suppress, context: &Context<'_>) -> [Statement; 2] {
    let Suppress { id, address, sequence_id, reason, mail_id, stands, audit_ids: [audit_id, other_id] } = suppress;
    let (company, address, sequence) = (&context.company_id, address.to_hex(), sequence_id.as_ref());
    let (mail, who) = (mail_id.as_ref(), who(context));
    if *stands {
        let weaker = json!(reason.weaker().map(SuppressionReason::as_str).collect::<Vec<_>>());
        let (hash, reason) = (address.clone(), reason.as_str());
        [
            statement!(TRAIL_MORE, company, hash, sequence, reason, mail, weaker.clone(), audit_id, other_id, who),
            statement!(SUPPRESS_MORE, company, address, sequence, reason, mail, weaker),
        ]
    } else {
        [
            statement!(TRAIL_SUPPRESSED, company, audit_id, id, who),
            statement!(SUPPRESS, company, address, sequence, id, reason.as_str(), mail, context.now),
        ]
    }
}

/// The row that is lifted, as long as it stands for the reason ?4.
macro_rules! lifted {
    () => {
        " FROM suppressions WHERE company_id = ?1 AND address_hash = ?2 AND sequence_id = coalesce(?3, '') AND reason = ?4"
    };
}

const LIFT: &str = concat!("DELETE", lifted!());

const TRAIL_LIFTED: &str = concat!(
    "WITH told AS (SELECT ?5 AS audit_id, id AS entity_id, NULL AS field_name, NULL AS old_value, NULL AS new_value",
    lifted!(),
    ")",
    trail!("'suppression'", "'delete'", "?6")
);

pub(crate) fn lift(lift: &Lift, context: &Context<'_>) -> [Statement; 2] {
    let Lift { address, sequence_id, reason, audit_id } = lift;
    let (company, address, sequence) = (&context.company_id, address.to_hex(), sequence_id.as_ref());
    let (hash, reason) = (address.clone(), reason.as_str());
    [
        statement!(TRAIL_LIFTED, company, hash, sequence, reason, audit_id, who(context)),
        statement!(LIFT, company, address, sequence, reason),
    ]
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

/// Every query text of this module that looks something up, with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    let texts = [SUPPRESS_MORE, TRAIL_MORE, LIFT, TRAIL_LIFTED, ASK, ANSWERED, TRAIL_CONFIRMED, CONFIRMED];
    texts.map(|sql| (sql, "PRIMARY KEY")).to_vec()
}
