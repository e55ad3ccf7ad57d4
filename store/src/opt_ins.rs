//! Questions for consent: one of them as its answer finds it (spec L7).

use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, statement};
use crate::suppressions;
use lead_core::command::mail_back::{Answer, ConfirmOptIn, KnownOptIn};
use lead_core::consent::ConsentText;
use lead_core::id::Id;
use lead_core::opt_in::{Beside, OptIn};
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use lead_core::settings::ConsentRules;
use lead_core::stored;
use lead_core::suppression::{AddressHash, SuppressionReason};
use lead_core::time::Instant;
use serde::Deserialize;

/// What stands beside a consent, of the address ?2; a company without settings has none confirmed.
const BESIDE: &str = "SELECT coalesce(s.double_opt_in, 0) AS double_opt_in, s.consent, (SELECT p.reason FROM suppressions p \
       WHERE p.company_id = ?1 AND p.address_hash = ?2 AND p.sequence_id = '') AS suppressed \
     FROM companies c LEFT JOIN company_settings s ON s.company_id = c.id AND s.id = c.id WHERE c.id = ?1";

pub(crate) fn read_beside(company_id: &Id, address: Option<AddressHash>) -> Statement {
    statement!(BESIDE, company_id, address.map(AddressHash::to_hex))
}

pub(crate) fn found_beside(outcome: &Outcome) -> Result<Beside, Corrupt> {
    #[derive(Deserialize)]
    struct BesideRow {
        #[serde(deserialize_with = "stored::flag")]
        double_opt_in: bool,
        #[serde(deserialize_with = "stored::json_or_null")]
        consent: Option<ConsentRules>,
        suppressed: Option<SuppressionReason>,
    }
    let row: Option<BesideRow> = read_first(&outcome.rows)?;
    let BesideRow { double_opt_in, consent, suppressed } = row.ok_or_else(|| Corrupt("one row was expected".into()))?;
    Ok(Beside { double_opt_in, consent: consent.unwrap_or_default(), suppressed })
}

/// Whether the lead's newest word about marketing is a no by mail.
const OWN_NO: &str = "SELECT coalesce((SELECT k.state = 'withdrawn' AND substr(k.source, 1, 5) = 'mail:' FROM consents k WHERE k.company_id = ?1 \
       AND k.lead_id = ?2 AND k.purpose = 'marketing' ORDER BY k.id DESC LIMIT 1), 0) AS own_no";

pub(crate) fn read_own_no(company_id: &Id, lead_id: &Id) -> Statement {
    statement!(OWN_NO, company_id, lead_id)
}

pub(crate) fn found_own_no(outcome: &Outcome) -> Result<bool, Corrupt> {
    #[derive(Deserialize)]
    struct NoRow {
        #[serde(deserialize_with = "stored::flag")]
        own_no: bool,
    }
    Ok(read_first::<NoRow>(&outcome.rows)?.is_some_and(|row| row.own_no))
}

/// The question has the id of its mail.
const QUESTION: &str = "SELECT c.name AS company, o.text, o.text_version, o.locale, o.expires_at, o.confirmed_at, l.id AS lead_id, l.email_key \
     FROM companies c LEFT JOIN mails m ON m.company_id = c.id AND m.id = ?2 \
     LEFT JOIN opt_ins o ON o.company_id = c.id AND o.lead_id = m.lead_id AND o.id = m.id \
     LEFT JOIN leads l ON l.company_id = c.id AND l.id = m.lead_id AND l.deleted_at IS NULL WHERE c.id = ?1";

#[derive(Deserialize)]
struct QuestionRow {
    company: String,
    text: Option<String>,
    text_version: Option<String>,
    locale: Option<String>,
    expires_at: Option<Instant>,
    confirmed_at: Option<Instant>,
    lead_id: Option<Id>,
    email_key: Option<String>,
}

impl Command for ConfirmOptIn {
    type Known = KnownOptIn;
    type Done = Answer;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        vec![statement!(QUESTION, company, &self.mail_id), suppressions::read(company, self.address)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownOptIn, Corrupt> {
        let [question, rows] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
        let row: Option<QuestionRow> = read_first(&question.rows)?;
        let row = row.ok_or_else(|| Corrupt("no such company".into()))?;
        let text = row.text.zip(row.text_version).map(|(text, version)| ConsentText { version, text });
        let opt_in = text.zip(row.expires_at).map(|(text, expires_at)| OptIn {
            text,
            locale: row.locale,
            expires_at,
            confirmed_at: row.confirmed_at,
        });
        Ok(KnownOptIn {
            company: row.company,
            opt_in,
            lead_id: row.lead_id,
            email_key: row.email_key.unwrap_or_default(),
            rows: suppressions::found(rows)?,
        })
    }

    fn decide(&self, known: &KnownOptIn, context: &mut Context<'_>) -> Result<Plan<Answer>, Refusal> {
        Self::decide(self, known, context)
    }
}

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    [BESIDE, OWN_NO, QUESTION].map(|sql| (sql, "PRIMARY KEY")).to_vec()
}
