//! What a step is rendered with: a lead that the caller sees, and the company that writes.

use super::{known, read};
use crate::run::Command;
use crate::settings;
use crate::statement::{Corrupt, Outcome, Statement, read_first, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::command::sequence::{KnownTest, SendTest};
use lead_core::id::Id;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use lead_core::sequence::{Recipient, Sender, Sequence};
use serde::Deserialize;

const RECIPIENT: &str = concat!(
    "SELECT l.first_name, l.last_name, l.company_name, l.email, l.job_title, l.country, l.state, l.industry, l.interest_product, \
       u.name AS owner_name, CASE WHEN u.is_active THEN u.email END AS owner_email \
     FROM leads l LEFT JOIN users u ON u.company_id = ?1 AND u.id = l.lead_owner_id \
     WHERE l.company_id = ?1 AND l.id = ?2 AND l.deleted_at IS NULL AND ",
    visible!("l.lead_owner_id", "?3", "?4")
);

const SENDER: &str = "SELECT c.name AS company, s.postal_address FROM companies c \
     LEFT JOIN company_settings s ON s.company_id = c.id AND s.id = c.id WHERE c.id = ?1";

fn reads(company: &Id, sequence: &Id, lead: Option<&Id>, rows: &Visibility) -> Vec<Statement> {
    let [owners, unowned] = visible::params(rows);
    vec![read(company, sequence), statement!(RECIPIENT, company, lead, owners, unowned), statement!(SENDER, company)]
}

/// Reads what a preview needs.
#[must_use]
pub fn read_preview(company: &Id, sequence: &Id, lead: Option<&Id>, rows: &Visibility) -> Vec<Statement> {
    reads(company, sequence, lead, rows)
}

/// What a preview is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The sequence.
    pub sequence: Sequence,
    /// The lead, where the caller sees it.
    pub recipient: Option<Recipient>,
    /// Who writes.
    pub sender: Sender,
}

/// What a preview is made of; `None` where the sequence does not stand.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found(outcomes: &[Outcome]) -> Result<Option<Found>, Corrupt> {
    let [sequence, recipient, sender] = outcomes else { return Err(Corrupt("three outcomes were expected".into())) };
    let Some(sequence) = super::found(sequence)? else { return Ok(None) };
    Ok(Some(Found { sequence, recipient: read_first(&recipient.rows)?, sender: sender_of(sender)? }))
}

fn sender_of(outcome: &Outcome) -> Result<Sender, Corrupt> {
    read_first(&outcome.rows)?.ok_or_else(|| Corrupt("there is no such company".into()))
}

const CALLER: &str = "SELECT name, email FROM users WHERE company_id = ?1 AND id = ?2";

const QUEUED: &str = "SELECT id FROM mails WHERE company_id = ?1 AND id = ?2";

impl Command for SendTest {
    type Known = KnownTest;
    type Done = String;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        let mut all = reads(company, &self.sequence_id, self.request.lead_id.as_ref(), &self.by.visibility);
        all.push(settings::read(company));
        all.push(statement!(CALLER, company, &self.by.user_id));
        all.push(statement!(QUEUED, company, &self.id));
        all
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownTest, Corrupt> {
        #[derive(Deserialize)]
        struct CallerRow {
            name: String,
            email: String,
        }
        let [sequence, recipient, sender, settings, caller, queued] = outcomes else {
            return Err(Corrupt("six outcomes were expected".into()));
        };
        let missing = |what: &str| Corrupt(format!("{what} is missing"));
        let caller: CallerRow = read_first(&caller.rows)?.ok_or_else(|| missing("the caller"))?;
        Ok(KnownTest {
            sequence: known(sequence)?,
            recipient: read_first(&recipient.rows)?,
            sender: sender_of(sender)?,
            settings: settings::found(settings)?.ok_or_else(|| missing("the company's settings"))?.values,
            caller: (caller.name, caller.email),
            queued: !queued.rows.is_empty(),
        })
    }

    fn decide(&self, known: &KnownTest, context: &mut Context<'_>) -> Result<Plan<String>, Refusal> {
        Self::decide(self, known, context)
    }
}
